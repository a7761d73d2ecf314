-- Numbers the catalogue in id order, so that everything after this joins and groups on integers.
-- Grain:   one row a product of the catalogue.
-- Key:     item_code; item_id is unique too.
-- Columns: item_id STRING, item_code INT (0 is the smallest id), created_us BIGINT (NULL where unknown),
--          category STRING, category_code INT (one number a category, one for none), catalogue_cents BIGINT (the sale price where there is one; NULL where unknown).
-- Reads:   products.
SELECT
    product_id AS item_id,
    CAST(ROW_NUMBER() OVER (ORDER BY product_id NULLS LAST) - 1 AS INT) AS item_code,
    unix_micros(CAST(created_date AS TIMESTAMP)) AS created_us,
    category,
    CAST(DENSE_RANK() OVER (ORDER BY category NULLS LAST) - 1 AS INT) AS category_code,
    CAST(COALESCE(CASE WHEN sale_price_cents > 0 THEN sale_price_cents END, price_cents) AS BIGINT) AS catalogue_cents
FROM products
