-- The age band of each customer: counted from the age where it is given, otherwise the band that the shop states.
-- Grain:   one row a known customer with a band.
-- Key:     user_ix.
-- Columns: user_ix INT, age_band STRING.
-- Reads:   known_users, customers. Parameters: $start_1 .. $start_4 (youngest age of a band), $band_1 .. $band_4.
WITH banded AS (
    SELECT
        k.user_ix,
        CASE
            WHEN c.age >= $start_4 THEN $band_4
            WHEN c.age >= $start_3 THEN $band_3
            WHEN c.age >= $start_2 THEN $band_2
            WHEN c.age >= $start_1 THEN $band_1
            WHEN c.age IS NULL THEN c.age_group
        END AS age_band
    FROM known_users AS k
    JOIN customers AS c ON c.customer_id = k.user_id
)
SELECT user_ix, age_band FROM banded WHERE age_band IS NOT NULL
