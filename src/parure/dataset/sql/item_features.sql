-- What is known of each item at a moment beyond its catalogue entry.
-- Grain:   one row a known item.
-- Key:     item_ix.
-- Columns: item_ix INT, price_cents BIGINT (0 where unknown), first_seen_us BIGINT (first order or event; NULL where
--          none), created_us BIGINT (NULL where unknown), purchases BIGINT (taste purchases), buyers BIGINT, units
--          BIGINT, popularity DOUBLE (decayed weights), sold_units BIGINT and revenue_cents BIGINT (gifts included),
--          cycle_days DOUBLE ($default_cycle_days where the item has no cycle of its own), has_cycle BOOLEAN.
-- Reads:   known_items, item_prices, item_totals, sales, recency_decay, repurchase_cycles.
--          Parameters: $default_cycle_days.
SELECT
    k.item_ix,
    p.price_cents,
    COALESCE(LEAST(s.first_sold_us, d.first_event_us), s.first_sold_us, d.first_event_us) AS first_seen_us,
    k.created_us,
    COALESCE(b.purchases, 0) AS purchases,
    COALESCE(b.buyers, 0) AS buyers,
    COALESCE(b.units, 0) AS units,
    COALESCE(d.popularity, 0E0) AS popularity,
    COALESCE(s.sold_units, 0) AS sold_units,
    COALESCE(s.revenue_cents, 0) AS revenue_cents,
    COALESCE(c.cycle_days, CAST($default_cycle_days AS DOUBLE)) AS cycle_days,
    c.item_ix IS NOT NULL AS has_cycle
FROM known_items AS k
JOIN item_prices AS p ON p.item_ix = k.item_ix
LEFT JOIN item_totals AS b ON b.item_ix = k.item_ix
LEFT JOIN sales AS s ON s.item_ix = k.item_ix
LEFT JOIN recency_decay AS d ON d.item_ix = k.item_ix
LEFT JOIN repurchase_cycles AS c ON c.item_ix = k.item_ix
