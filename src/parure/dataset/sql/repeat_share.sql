-- How much is bought again: of all purchases, those of an item that the same customer had bought before. It needs no
-- look back: a customer's first purchases of an item are counted in the week of the first, all others are repeats.
-- Grain:   one row a category and week with a purchase.
-- Key:     category (NULL where unknown), weeks_back.
-- Columns: category STRING, weeks_back INT (0 is the last seven days before the moment), purchases BIGINT,
--          repeats BIGINT (<= purchases).
-- Reads:   taste_events, user_items, known_items. Parameters: $as_of_us.
WITH names AS (
    SELECT category_code, MIN(category) AS category FROM known_items GROUP BY category_code
),
bought AS (
    SELECT
        k.category_code,
        CAST(FLOOR(($as_of_us - 1 - e.timestamp_us) / 6048E8) AS INT) AS weeks_back,
        COUNT(*) AS purchases
    FROM taste_events AS e
    JOIN known_items AS k ON k.item_ix = e.item_ix
    WHERE e.kind = 6
    GROUP BY ALL
),
begun AS (
    SELECT
        k.category_code,
        CAST(FLOOR(($as_of_us - 1 - u.first_us) / 6048E8) AS INT) AS weeks_back,
        COUNT(*) AS firsts
    FROM user_items AS u
    JOIN known_items AS k ON k.item_ix = u.item_ix
    GROUP BY ALL
)
SELECT n.category, b.weeks_back, b.purchases, b.purchases - COALESCE(f.firsts, 0) AS repeats
FROM bought AS b
JOIN names AS n ON n.category_code = b.category_code
LEFT JOIN begun AS f ON f.category_code = b.category_code AND f.weeks_back = b.weeks_back
