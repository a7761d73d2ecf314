-- The part of the promotion plan that is known at a moment: a shop knows what starts within the next days, nothing later.
-- Grain:   one row a promotion of a known product.
-- Key:     none.
-- Columns: item_ix INT, promotion_type STRING, start_us BIGINT, end_us BIGINT, share FLOAT.
-- Reads:   plan, known_items. Parameters: $as_of_us, $plan_days.
SELECT
    k.item_ix,
    p.promotion_type,
    p.start_us,
    p.end_us,
    CAST(p.share AS FLOAT) AS share
FROM plan AS p
JOIN known_items AS k ON k.item_code = p.item_code
WHERE p.start_us < $as_of_us + $plan_days * 86400000000
