-- Every purchase that speaks of taste, on integers: lines of orders that were neither cancelled, returned nor a gift.
-- Purchase interactions count only for customers without any order: shops that keep orders record the same act there.
-- Grain:   one row a line.
-- Key:     none; equal lines of one order are equal rows.
-- Columns: customer INTEGER, product INTEGER (codes), moment TIMESTAMP.
-- Reads:   orders, order_items, interactions, customer_codes, product_codes.
WITH bought AS (
    SELECT o.customer_id, l.product_id, o.order_date AS moment
    FROM order_items AS l
    JOIN orders AS o ON o.order_id = l.order_id
    WHERE o.order_status NOT IN ('cancelled', 'returned') AND NOT COALESCE(o.is_gift, FALSE)
    UNION ALL
    SELECT i.customer_id, i.product_id, i."timestamp"
    FROM interactions AS i
    LEFT JOIN (SELECT DISTINCT customer_id FROM orders) AS o ON o.customer_id = i.customer_id
    WHERE i.interaction_type = 'purchase' AND o.customer_id IS NULL
)
SELECT c.code AS customer, p.code AS product, b.moment
FROM bought AS b
JOIN customer_codes AS c ON c.id = b.customer_id
JOIN product_codes AS p ON p.id = b.product_id
