-- Every interaction, on integers; the kinds are the numbers of parure.core.EventKind.
-- Grain:   one row an interaction.
-- Key:     none; equal interactions are equal rows.
-- Columns: user_code INT, item_code INT, timestamp_us BIGINT, kind TINYINT, duration_s DOUBLE (NULL where unknown).
-- Reads:   interactions, user_codes, item_codes.
SELECT
    u.user_code,
    p.item_code,
    unix_micros(e.timestamp) AS timestamp_us,
    CAST(CASE e.interaction_type
        WHEN 'view' THEN 1
        WHEN 'click' THEN 2
        WHEN 'add_to_cart' THEN 3
        WHEN 'remove_from_cart' THEN 4
        WHEN 'add_to_wishlist' THEN 5
        WHEN 'purchase' THEN 6
        WHEN 'return' THEN 7
        WHEN 'impression' THEN 8
        WHEN 'dismiss' THEN 9
    END AS TINYINT) AS kind,
    CAST(e.interaction_duration AS DOUBLE) AS duration_s
FROM interactions AS e
JOIN user_codes AS u ON u.user_id = e.customer_id
JOIN item_codes AS p ON p.item_id = e.product_id
