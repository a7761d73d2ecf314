-- What each customer bought of each product.
-- Grain:   one row a customer and product that were ever seen together in a purchase.
-- Key:     customer, product.
-- Columns: customer INTEGER, product INTEGER, purchases BIGINT, first_moment TIMESTAMP.
-- Reads:   purchases.
SELECT customer, product, COUNT(*) AS purchases, MIN(moment) AS first_moment
FROM purchases
GROUP BY customer, product
