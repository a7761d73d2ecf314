-- After how many days customers buy the same item again: the median gap between one customer's purchases of it, in
-- calendar days (UTC); a second purchase on the same day is no gap.
-- Grain:   one row an item that was bought again at least $min_repurchases times.
-- Key:     item_ix.
-- Columns: item_ix INT, repurchases BIGINT, cycle_days DOUBLE.
-- Reads:   taste_events, user_items. Parameters: $min_repurchases.
WITH bought_again AS (
    SELECT user_ix, item_ix FROM user_items WHERE purchases > 1
),
purchases AS (
    SELECT e.user_ix, e.item_ix, CAST(FLOOR(e.timestamp_us / 864E8) AS INT) AS day
    FROM taste_events AS e
    SEMI JOIN bought_again AS a ON a.user_ix = e.user_ix AND a.item_ix = e.item_ix
    WHERE e.kind = 6
),
gaps AS (
    SELECT
        item_ix,
        day - LAG(day) OVER (PARTITION BY user_ix, item_ix ORDER BY day NULLS LAST) AS gap_days
    FROM purchases
)
SELECT item_ix, COUNT(*) AS repurchases, CAST(MEDIAN(gap_days) AS DOUBLE) AS cycle_days
FROM gaps
WHERE gap_days > 0
GROUP BY item_ix
HAVING COUNT(*) >= $min_repurchases
