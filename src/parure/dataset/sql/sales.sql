-- What was sold of each product before a moment: all orders, gifts included, with what came back or was cancelled apart.
-- Grain:   one row a known product that was ever ordered.
-- Key:     item_ix.
-- Columns: item_ix INT, sold_lines BIGINT, sold_units BIGINT, revenue_cents BIGINT, gift_units BIGINT (all of completed
--          and pending orders), returned_units BIGINT, cancelled_units BIGINT, first_sold_us BIGINT (any order),
--          paid_cents BIGINT (average price of a unit sold; NULL where no price is known).
-- Reads:   sales_lines, known_items. Parameters: $as_of_us.
WITH by_fate AS (
    SELECT
        item_code,
        is_kept,
        is_returned,
        is_gift,
        COUNT(*) AS lines,
        SUM(quantity) AS units,
        SUM(CASE WHEN price_cents > 0 THEN quantity ELSE 0 END) AS priced_units,
        SUM(quantity * price_cents) AS cents,
        MIN(timestamp_us) AS first_us
    FROM sales_lines
    WHERE timestamp_us < $as_of_us
    GROUP BY item_code, is_kept, is_returned, is_gift
)
SELECT
    k.item_ix,
    CAST(SUM(CASE WHEN s.is_kept THEN s.lines ELSE 0 END) AS BIGINT) AS sold_lines,
    CAST(SUM(CASE WHEN s.is_kept THEN s.units ELSE 0 END) AS BIGINT) AS sold_units,
    CAST(SUM(CASE WHEN s.is_kept THEN s.cents ELSE 0 END) AS BIGINT) AS revenue_cents,
    CAST(SUM(CASE WHEN s.is_kept AND s.is_gift THEN s.units ELSE 0 END) AS BIGINT) AS gift_units,
    CAST(SUM(CASE WHEN s.is_returned THEN s.units ELSE 0 END) AS BIGINT) AS returned_units,
    CAST(SUM(CASE WHEN NOT s.is_kept AND NOT s.is_returned THEN s.units ELSE 0 END) AS BIGINT) AS cancelled_units,
    MIN(s.first_us) AS first_sold_us,
    CAST(ROUND(
        CAST(SUM(CASE WHEN s.is_kept THEN s.cents ELSE 0 END) AS DOUBLE)
        / CAST(NULLIF(SUM(CASE WHEN s.is_kept THEN s.priced_units ELSE 0 END), 0) AS DOUBLE)
    ) AS BIGINT) AS paid_cents
FROM by_fate AS s
JOIN known_items AS k ON k.item_code = s.item_code
GROUP BY k.item_ix
