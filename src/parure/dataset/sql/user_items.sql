-- What each customer bought of each product: who knows what already.
-- Grain:   one row a customer and product that was bought.
-- Key:     user_ix, item_ix.
-- Columns: user_ix INT, item_ix INT, purchases BIGINT (lines), first_us BIGINT (moment of the first).
-- Reads:   taste_events.
SELECT
    user_ix,
    item_ix,
    COUNT(*) AS purchases,
    MIN(timestamp_us) AS first_us
FROM taste_events
WHERE kind = 6
GROUP BY user_ix, item_ix
