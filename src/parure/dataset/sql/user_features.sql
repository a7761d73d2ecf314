-- What is known of each customer at a moment beyond the customer row itself.
-- Grain:   one row a known customer.
-- Key:     user_ix.
-- Columns: those of user_profiles, and age_band STRING and spending_segment STRING (NULL where unknown).
-- Reads:   user_profiles, age_bands, spending_segments.
SELECT
    p.user_ix,
    a.age_band,
    s.spending_segment,
    p.loyalty,
    p.purchases,
    p.purchase_days,
    p.units,
    p.spend_cents,
    p.unique_items,
    p.avg_price_cents,
    p.first_purchase_us,
    p.last_purchase_us
FROM user_profiles AS p
LEFT JOIN age_bands AS a ON a.user_ix = p.user_ix
LEFT JOIN spending_segments AS s ON s.user_ix = p.user_ix
