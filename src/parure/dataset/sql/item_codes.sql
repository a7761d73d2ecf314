-- Numbers the catalogue in id order, so that everything after this joins and groups on integers.
-- Grain:   one row a product of the catalogue.
-- Key:     item_code; item_id is unique too.
-- Columns: item_id STRING, item_code INT (0 is the smallest id), created_us BIGINT (NULL where unknown),
--          category STRING, category_code INT (-1 for none), catalogue_cents BIGINT (the sale price where there is one; NULL where unknown).
-- Reads:   products.
WITH categories AS (
    SELECT category, CAST(ROW_NUMBER() OVER (ORDER BY category NULLS LAST) - 1 AS INT) AS category_code
    FROM products
    WHERE category IS NOT NULL
    GROUP BY category
)
SELECT
    p.product_id AS item_id,
    CAST(ROW_NUMBER() OVER (ORDER BY p.product_id NULLS LAST) - 1 AS INT) AS item_code,
    unix_micros(CAST(p.created_date AS TIMESTAMP)) AS created_us,
    p.category,
    COALESCE(c.category_code, -1) AS category_code,
    CAST(COALESCE(CASE WHEN p.sale_price_cents > 0 THEN p.sale_price_cents END, p.price_cents) AS BIGINT)
        AS catalogue_cents
FROM products AS p
LEFT JOIN categories AS c ON c.category = p.category
