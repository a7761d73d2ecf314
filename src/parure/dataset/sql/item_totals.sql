-- What all purchases of each item add up to.
-- Grain:   one row an item that was bought.
-- Key:     item_ix.
-- Columns: item_ix INT, purchases BIGINT (lines), buyers BIGINT, units BIGINT.
-- Reads:   repurchases.
SELECT
    item_ix,
    COUNT(*) AS purchases,
    COUNT(CASE WHEN previous_us IS NULL THEN 1 END) AS buyers,
    CAST(SUM(quantity) AS BIGINT) AS units
FROM repurchases
GROUP BY item_ix
