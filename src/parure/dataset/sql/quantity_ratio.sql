-- How many units each purchase took for such an item: units over the item's average units a purchase, as
-- log2(1 + ratio), so that the average is 1; clipped. 1 for events that are no purchases.
-- Grain:   one row a taste event.
-- Key:     none.
-- Columns: those of spending_ratio, and quantity_ratio FLOAT; quantity as FLOAT.
-- Reads:   spending_ratio, item_totals. Parameters: $ratio_low, $ratio_high.
SELECT
    e.user_ix,
    e.item_ix,
    e.timestamp_us,
    e.kind,
    CAST(e.quantity AS FLOAT) AS quantity,
    e.price_cents,
    e.weight,
    e.basket,
    e.spend_ratio,
    CAST(CASE
        WHEN e.kind = 6 AND e.quantity > 0 THEN LEAST(GREATEST(
            LN(1 + CAST(e.quantity * f.purchases AS DOUBLE) / CAST(f.units AS DOUBLE)) / LN(2E0), $ratio_low
        ), $ratio_high)
        ELSE 1E0
    END AS FLOAT) AS quantity_ratio
FROM spending_ratio AS e
LEFT JOIN item_totals AS f ON f.item_ix = e.item_ix
