-- Numbers the orders by time and says what each one counts for.
-- Grain:   one row an order.
-- Key:     basket; order_id is unique too.
-- Columns: order_id STRING, basket INT (0 is the oldest), user_code INT, timestamp_us BIGINT,
--          is_kept BOOLEAN (the goods stayed with the customer, or are on their way: completed and pending),
--          is_returned BOOLEAN, is_gift BOOLEAN. An order that is neither kept nor returned was cancelled.
-- Reads:   orders, user_codes.
SELECT
    o.order_id,
    CAST(ROW_NUMBER() OVER (ORDER BY o.order_date NULLS LAST, o.order_id NULLS LAST) - 1 AS INT) AS basket,
    u.user_code,
    unix_micros(o.order_date) AS timestamp_us,
    o.order_status IN ('completed', 'pending') AS is_kept,
    o.order_status = 'returned' AS is_returned,
    COALESCE(o.is_gift, FALSE) AS is_gift
FROM orders AS o
JOIN user_codes AS u ON u.user_id = o.customer_id
