-- How dear each event's item is to this customer: its price over the average price of what the customer buys, as
-- log2(1 + ratio), so that the average is 1 and twice the average 1.58; clipped. 1 where either price is unknown.
-- Grain:   one row a taste event.
-- Key:     none.
-- Columns: those of taste_events, and spend_ratio FLOAT.
-- Reads:   taste_events, user_profiles. Parameters: $ratio_low, $ratio_high.
SELECT
    e.user_ix,
    e.item_ix,
    e.timestamp_us,
    e.kind,
    e.quantity,
    e.price_cents,
    e.weight,
    e.basket,
    CAST(CASE
        WHEN e.price_cents > 0 AND p.avg_price_cents > 0 THEN LEAST(GREATEST(
            LN(1 + CAST(e.price_cents AS DOUBLE) / CAST(p.avg_price_cents AS DOUBLE)) / LN(2E0), $ratio_low
        ), $ratio_high)
        ELSE 1E0
    END AS FLOAT) AS spend_ratio
FROM taste_events AS e
JOIN user_profiles AS p ON p.user_ix = e.user_ix
