-- What customers did before a moment, and what it says about their taste. Lines of completed and pending orders count as
-- purchases; gifts, cancelled and returned orders are left out. A purchase among the interactions counts only for
-- somebody without any order until then: shops that record orders record the same purchase there.
-- Grain:   one row an order line or interaction.
-- Key:     none; equal events are equal rows.
-- Columns: user_ix INT, item_ix INT, timestamp_us BIGINT, kind TINYINT (parure.core.EventKind), quantity INT,
--          price_cents BIGINT (of one unit; 0 where unknown), weight FLOAT, basket INT (-1 outside orders).
-- Reads:   sales_lines, browsing, order_codes, item_prices, known_items, known_users.
--          Parameters: $as_of_us, $long_view_s, and one $weight_... a kind of event.
WITH with_orders AS (
    SELECT DISTINCT user_code FROM order_codes WHERE timestamp_us < $as_of_us
),
events AS (
    SELECT
        user_code,
        item_code,
        timestamp_us,
        CAST(6 AS TINYINT) AS kind,
        quantity,
        price_cents,
        CAST($weight_purchase AS FLOAT) AS weight,
        basket
    FROM sales_lines
    WHERE is_kept AND NOT is_gift AND timestamp_us < $as_of_us
    UNION ALL
    SELECT
        b.user_code,
        b.item_code,
        b.timestamp_us,
        b.kind,
        1 AS quantity,
        p.price_cents,
        CAST(CASE
            WHEN b.kind = 1 AND b.duration_s > $long_view_s THEN $weight_long_view
            WHEN b.kind = 1 THEN $weight_view
            WHEN b.kind = 2 THEN $weight_click
            WHEN b.kind = 3 THEN $weight_add_to_cart
            WHEN b.kind = 4 THEN $weight_remove_from_cart
            WHEN b.kind = 5 THEN $weight_add_to_wishlist
            WHEN b.kind = 6 THEN $weight_purchase
            WHEN b.kind = 7 THEN $weight_returned
            WHEN b.kind = 8 THEN $weight_impression
            WHEN b.kind = 9 THEN $weight_dismiss
        END AS FLOAT) AS weight,
        -1 AS basket
    FROM browsing AS b
    JOIN item_prices AS p ON p.item_code = b.item_code
    LEFT JOIN with_orders AS o ON o.user_code = b.user_code
    WHERE b.timestamp_us < $as_of_us AND NOT (b.kind = 6 AND o.user_code IS NOT NULL)
)
SELECT
    u.user_ix,
    i.item_ix,
    e.timestamp_us,
    e.kind,
    e.quantity,
    e.price_cents,
    e.weight,
    e.basket
FROM events AS e
JOIN known_users AS u ON u.user_code = e.user_code
JOIN known_items AS i ON i.item_code = e.item_code
