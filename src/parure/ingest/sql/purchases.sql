-- Every purchase, on integers: lines of orders that were neither cancelled nor returned, and purchase interactions.
-- Grain:   one row a line.
-- Key:     none; equal lines of one order are equal rows.
-- Columns: customer INTEGER, product INTEGER (codes), moment TIMESTAMP.
-- Reads:   orders, order_items, interactions, customer_codes, product_codes.
WITH bought AS (
    SELECT o.customer_id, l.product_id, o.order_date AS moment
    FROM order_items AS l
    JOIN orders AS o ON o.order_id = l.order_id
    WHERE o.order_status NOT IN ('cancelled', 'returned')
    UNION ALL
    SELECT customer_id, product_id, "timestamp" FROM interactions WHERE interaction_type = 'purchase'
)
SELECT c.code AS customer, p.code AS product, b.moment
FROM bought AS b
JOIN customer_codes AS c ON c.id = b.customer_id
JOIN product_codes AS p ON p.id = b.product_id
