-- After how many days customers buy the same item again: the median gap between one customer's purchases of it, in
-- calendar days (UTC); a second purchase on the same day is no gap.
-- Grain:   one row an item that was bought again at least $min_repurchases times.
-- Key:     item_ix.
-- Columns: item_ix INT, repurchases BIGINT, cycle_days DOUBLE.
-- Reads:   repurchases. Parameters: $min_repurchases.
WITH gaps AS (
    SELECT
        item_ix,
        CAST(FLOOR(timestamp_us / 864E8) AS INT) - CAST(FLOOR(previous_us / 864E8) AS INT) AS gap_days
    FROM repurchases
    WHERE previous_us IS NOT NULL
)
SELECT item_ix, COUNT(*) AS repurchases, CAST(MEDIAN(gap_days) AS DOUBLE) AS cycle_days
FROM gaps
WHERE gap_days > 0
GROUP BY item_ix
HAVING COUNT(*) >= $min_repurchases
