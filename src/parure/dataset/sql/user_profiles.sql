-- What each customer's purchases add up to.
-- Grain:   one row a known customer.
-- Key:     user_ix.
-- Columns: user_ix INT, purchases BIGINT (lines), purchase_days BIGINT (days with a purchase), units BIGINT,
--          spend_cents BIGINT, unique_items BIGINT, avg_price_cents BIGINT (mean unit price over lines with a price; 0
--          without any), first_purchase_us BIGINT, last_purchase_us BIGINT (NULL for somebody who bought nothing),
--          loyalty STRING (loyal: bought on at least $loyal_min_days days; otherwise new).
-- Reads:   known_users, repurchases, taste_events. Parameters: $loyal_min_days.
WITH totals AS (
    SELECT
        user_ix,
        COUNT(*) AS purchases,
        SUM(quantity) AS units,
        SUM(quantity * price_cents) AS spend_cents,
        COUNT(CASE WHEN price_cents > 0 THEN 1 END) AS priced,
        SUM(price_cents) AS price_sum_cents,
        MIN(timestamp_us) AS first_us,
        MAX(timestamp_us) AS last_us
    FROM taste_events
    WHERE kind = 6
    GROUP BY user_ix
),
item_counts AS (
    SELECT user_ix, COUNT(*) AS unique_items FROM repurchases WHERE previous_us IS NULL GROUP BY user_ix
),
days AS (
    SELECT user_ix, CAST(FLOOR(timestamp_us / 864E8) AS INT) AS day
    FROM taste_events
    WHERE kind = 6
    GROUP BY ALL
),
day_counts AS (
    SELECT user_ix, COUNT(*) AS purchase_days FROM days GROUP BY user_ix
)
SELECT
    k.user_ix,
    COALESCE(t.purchases, 0) AS purchases,
    COALESCE(d.purchase_days, 0) AS purchase_days,
    CAST(COALESCE(t.units, 0) AS BIGINT) AS units,
    CAST(COALESCE(t.spend_cents, 0) AS BIGINT) AS spend_cents,
    COALESCE(i.unique_items, 0) AS unique_items,
    CAST(COALESCE(ROUND(t.price_sum_cents / CAST(NULLIF(t.priced, 0) AS DOUBLE)), 0) AS BIGINT) AS avg_price_cents,
    t.first_us AS first_purchase_us,
    t.last_us AS last_purchase_us,
    CASE WHEN d.purchase_days >= $loyal_min_days THEN 'loyal' ELSE 'new' END AS loyalty
FROM known_users AS k
LEFT JOIN totals AS t ON t.user_ix = k.user_ix
LEFT JOIN item_counts AS i ON i.user_ix = k.user_ix
LEFT JOIN day_counts AS d ON d.user_ix = k.user_ix
