-- The price of one unit of each product at a moment. The catalogue is not dated: it says what things cost now. For a
-- moment in the past the average price paid until then stands first, so that no later price leaks back.
-- Grain:   one row a known product.
-- Key:     item_ix.
-- Columns: item_ix INT, item_code INT, price_cents BIGINT (0 where unknown).
-- Reads:   known_items, sales. Parameters: $is_now.
SELECT
    k.item_ix,
    k.item_code,
    COALESCE(
        CASE WHEN $is_now THEN k.catalogue_cents ELSE s.paid_cents END,
        CASE WHEN $is_now THEN s.paid_cents ELSE k.catalogue_cents END,
        0
    ) AS price_cents
FROM known_items AS k
LEFT JOIN sales AS s ON s.item_ix = k.item_ix
