-- Every line of every order, on integers: what was sold, whatever became of it.
-- Grain:   one row an order line.
-- Key:     none; equal lines of one order are equal rows.
-- Columns: user_code INT, item_code INT, timestamp_us BIGINT, basket INT, quantity INT,
--          price_cents BIGINT (of one unit; 0 where unknown), is_kept, is_returned, is_gift BOOLEAN.
-- Reads:   order_items, order_codes, item_codes.
SELECT
    o.user_code,
    p.item_code,
    o.timestamp_us,
    o.basket,
    CAST(l.quantity AS INT) AS quantity,
    COALESCE(CAST(l.unit_price_cents AS BIGINT), 0) AS price_cents,
    o.is_kept,
    o.is_returned,
    o.is_gift
FROM order_items AS l
JOIN order_codes AS o ON o.order_id = l.order_id
JOIN item_codes AS p ON p.item_id = l.product_id
