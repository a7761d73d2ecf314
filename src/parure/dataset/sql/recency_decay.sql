-- How popular each item is at a moment: the weights of its events, each halved every half-life. Added up in millionths,
-- as whole numbers, because a sum of floats depends on the order in which the threads add.
-- Grain:   one row an item with an event.
-- Key:     item_ix.
-- Columns: item_ix INT, popularity DOUBLE (at the moment), first_event_us BIGINT.
-- Reads:   taste_events. Parameters: $as_of_us, $half_life_days.
SELECT
    item_ix,
    CAST(SUM(CAST(ROUND(
        1E6 * weight * POWER(5E-1, ($as_of_us - timestamp_us) / (864E8 * $half_life_days))
    ) AS BIGINT)) AS DOUBLE) / 1E6 AS popularity,
    MIN(timestamp_us) AS first_event_us
FROM taste_events
GROUP BY item_ix
