-- The shop's promotion plan on integers.
-- Grain:   one row a promotion of a product.
-- Key:     none; equal promotions are equal rows.
-- Columns: item_code INT, promotion_type STRING ('' where unknown), start_us BIGINT, end_us BIGINT (the first moment
--          after the last day), share DOUBLE (of stores or customers that it reaches; 1 where unknown).
-- Reads:   promotions, item_codes.
SELECT
    p.item_code,
    COALESCE(r.promotion_type, '') AS promotion_type,
    unix_micros(CAST(r.start_date AS TIMESTAMP)) AS start_us,
    unix_micros(CAST(r.end_date AS TIMESTAMP)) + 86400000000 AS end_us,
    COALESCE(CAST(r.share AS DOUBLE), CAST(1 AS DOUBLE)) AS share
FROM promotions AS r
JOIN item_codes AS p ON p.item_id = r.product_id
