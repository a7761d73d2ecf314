-- What products cost, in bins that are equally wide on a logarithmic scale (twenty for each factor of ten).
-- Grain:   one row a bin with a product.
-- Key:     bin.
-- Columns: bin INTEGER (prices from 10^(bin/20) cents), products BIGINT.
-- Reads:   products.
SELECT CAST(FLOOR(LOG10(price_cents) * 20) AS INTEGER) AS bin, COUNT(*) AS products
FROM products
WHERE price_cents > 0
GROUP BY bin
ORDER BY bin
