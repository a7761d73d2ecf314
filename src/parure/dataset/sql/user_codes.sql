-- Numbers everybody who has a customer row, an order or an interaction, in id order.
-- Grain:   one row a customer.
-- Key:     user_code; user_id is unique too.
-- Columns: user_id STRING, user_code INT (0 is the smallest id), registered_us BIGINT (NULL where unknown).
-- Reads:   customers, orders, interactions.
WITH everybody AS (
    SELECT customer_id AS user_id, unix_micros(CAST(registration_date AS TIMESTAMP)) AS registered_us FROM customers
    UNION ALL
    SELECT DISTINCT customer_id AS user_id, CAST(NULL AS BIGINT) AS registered_us FROM orders
    UNION ALL
    SELECT DISTINCT customer_id AS user_id, CAST(NULL AS BIGINT) AS registered_us FROM interactions
)
SELECT
    user_id,
    CAST(ROW_NUMBER() OVER (ORDER BY user_id NULLS LAST) - 1 AS INT) AS user_code,
    MIN(registered_us) AS registered_us
FROM everybody
WHERE user_id IS NOT NULL
GROUP BY user_id
