-- The customers known at a moment: everybody when the moment is now; before that, who had registered or had an order
-- or interaction. With a limit, a sample of them: those whose number, scrambled by a multiplication, is smallest.
-- Grain:   one row a known customer.
-- Key:     user_ix; user_code is unique too.
-- Columns: user_ix INT (0 is the smallest id), user_code INT, user_id STRING.
-- Reads:   user_codes, order_codes, browsing. Parameters: $as_of_us, $is_now, $most_users.
WITH seen AS (
    SELECT user_code FROM order_codes WHERE timestamp_us < $as_of_us AND NOT $is_now
    UNION
    SELECT user_code FROM browsing WHERE timestamp_us < $as_of_us AND NOT $is_now
),
known AS (
    SELECT
        c.user_code,
        c.user_id,
        MOD(CAST(c.user_code AS BIGINT) * 2654435761, 4294967296) AS scrambled
    FROM user_codes AS c
    LEFT JOIN seen AS s ON s.user_code = c.user_code
    WHERE $is_now OR s.user_code IS NOT NULL OR c.registered_us <= $as_of_us
),
drawn AS (
    SELECT user_code, user_id, ROW_NUMBER() OVER (ORDER BY scrambled NULLS LAST, user_code NULLS LAST) AS place
    FROM known
)
SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY user_code NULLS LAST) - 1 AS INT) AS user_ix,
    user_code,
    user_id
FROM drawn
WHERE place <= $most_users
