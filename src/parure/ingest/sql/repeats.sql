-- How much is bought again: purchases of a product that the same customer had bought at an earlier moment.
-- Grain:   one row a month and category with a purchase.
-- Key:     month, category.
-- Columns: month DATE (its first day), category VARCHAR, purchases BIGINT, repeats BIGINT (<= purchases).
-- Reads:   purchases, pairs, product_codes.
SELECT
    CAST(DATE_TRUNC('month', b.moment) AS DATE) AS month,
    c.category,
    COUNT(*) AS purchases,
    COUNT(*) FILTER (WHERE b.moment > p.first_moment) AS repeats
FROM purchases AS b
JOIN pairs AS p ON p.customer = b.customer AND p.product = b.product
JOIN product_codes AS c ON c.code = b.product
GROUP BY ALL
ORDER BY month, category
