-- Parts the customers by the average price of what they buy. The borders are read from a histogram of cents with a
-- running count (NTILE would split equal averages by chance): a border is the smallest average that at least the given
-- share of the buyers does not exceed, and who is on a border belongs below it.
-- Grain:   one row a customer with an average price.
-- Key:     user_ix.
-- Columns: user_ix INT, spending_segment STRING (small, low_average, average, high).
-- Reads:   user_profiles. Parameters: $quantile_1, $quantile_2, $quantile_3.
WITH histogram AS (
    SELECT avg_price_cents, COUNT(*) AS buyers
    FROM user_profiles
    WHERE avg_price_cents > 0
    GROUP BY avg_price_cents
),
running AS (
    SELECT
        avg_price_cents,
        SUM(buyers) OVER (ORDER BY avg_price_cents NULLS LAST) AS up_to,
        SUM(buyers) OVER () AS total
    FROM histogram
),
borders AS (
    SELECT
        MIN(CASE WHEN up_to >= $quantile_1 * total THEN avg_price_cents END) AS first_border,
        MIN(CASE WHEN up_to >= $quantile_2 * total THEN avg_price_cents END) AS second_border,
        MIN(CASE WHEN up_to >= $quantile_3 * total THEN avg_price_cents END) AS third_border
    FROM running
)
SELECT
    p.user_ix,
    CASE
        WHEN p.avg_price_cents <= b.first_border THEN 'small'
        WHEN p.avg_price_cents <= b.second_border THEN 'low_average'
        WHEN p.avg_price_cents <= b.third_border THEN 'average'
        ELSE 'high'
    END AS spending_segment
FROM user_profiles AS p
CROSS JOIN borders AS b
WHERE p.avg_price_cents > 0
