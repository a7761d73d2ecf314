-- How much is bought again: of all purchases, those of an item that the same customer had bought before.
-- Grain:   one row a category and week with a purchase.
-- Key:     category (NULL where unknown), weeks_back.
-- Columns: category STRING, weeks_back INT (0 is the last seven days before the moment), purchases BIGINT,
--          repeats BIGINT (<= purchases).
-- Reads:   repurchases, known_items. Parameters: $as_of_us.
WITH names AS (
    SELECT category_code, MIN(category) AS category FROM known_items GROUP BY category_code
),
counted AS (
    SELECT
        k.category_code,
        CAST(FLOOR(($as_of_us - 1 - r.timestamp_us) / 6048E8) AS INT) AS weeks_back,
        COUNT(*) AS purchases,
        COUNT(r.previous_us) AS repeats
    FROM repurchases AS r
    JOIN known_items AS k ON k.item_ix = r.item_ix
    GROUP BY ALL
)
SELECT n.category, c.weeks_back, c.purchases, c.repeats
FROM counted AS c
JOIN names AS n ON n.category_code = c.category_code
