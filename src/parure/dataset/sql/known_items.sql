-- The products known at a moment: the whole catalogue when the moment is now; before that, what had been created or
-- had been seen in an order or interaction.
-- Grain:   one row a known product.
-- Key:     item_ix; item_code is unique too.
-- Columns: item_ix INT (0 is the smallest id), item_code INT, item_id STRING, created_us BIGINT, category STRING,
--          category_code INT (-1 for none), catalogue_cents BIGINT.
-- Reads:   item_codes, sales_lines, browsing. Parameters: $as_of_us, $is_now.
WITH seen AS (
    SELECT item_code FROM sales_lines WHERE timestamp_us < $as_of_us AND NOT $is_now
    UNION
    SELECT item_code FROM browsing WHERE timestamp_us < $as_of_us AND NOT $is_now
)
SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY c.item_code NULLS LAST) - 1 AS INT) AS item_ix,
    c.item_code,
    c.item_id,
    c.created_us,
    c.category,
    c.category_code,
    c.catalogue_cents
FROM item_codes AS c
LEFT JOIN seen AS s ON s.item_code = c.item_code
WHERE $is_now OR s.item_code IS NOT NULL OR c.created_us <= $as_of_us
