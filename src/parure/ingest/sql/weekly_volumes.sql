-- How much happened in each week.
-- Grain:   one row a week (named by its Monday) with an order or an interaction.
-- Key:     week.
-- Columns: week DATE, orders BIGINT, lines BIGINT, interactions BIGINT.
-- Reads:   orders, order_items, interactions.
WITH sizes AS (SELECT order_id, COUNT(*) AS lines FROM order_items GROUP BY order_id),
happened AS (
    SELECT CAST(DATE_TRUNC('week', o.order_date) AS DATE) AS week, COUNT(*) AS orders,
        SUM(COALESCE(s.lines, 0)) AS lines, 0 AS interactions
    FROM orders AS o
    LEFT JOIN sizes AS s ON s.order_id = o.order_id
    GROUP BY 1
    UNION ALL
    SELECT CAST(DATE_TRUNC('week', "timestamp") AS DATE) AS week, 0, 0, COUNT(*) FROM interactions GROUP BY 1
)
SELECT week, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(lines) AS BIGINT) AS lines,
    CAST(SUM(interactions) AS BIGINT) AS interactions
FROM happened
GROUP BY week
ORDER BY week
