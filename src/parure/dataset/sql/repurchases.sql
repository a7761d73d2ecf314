-- When each purchase's customer had bought the same item before.
-- Grain:   one row a purchase of taste_events.
-- Key:     none; two lines of one order for the same item are two rows, the second a repurchase at the same moment.
-- Columns: user_ix INT, item_ix INT, quantity INT, timestamp_us BIGINT, previous_us BIGINT (NULL for the customer's first
--          purchase of the item: these rows are the distinct pairs of customer and item).
-- Reads:   taste_events.
SELECT
    user_ix,
    item_ix,
    quantity,
    timestamp_us,
    LAG(timestamp_us) OVER (PARTITION BY user_ix, item_ix ORDER BY timestamp_us NULLS LAST) AS previous_us
FROM taste_events
WHERE kind = 6
