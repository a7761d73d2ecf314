"""The Complete Journey as a shop would export it: CSV files in parure's own tables, at any multiple of its size."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.data import journey_folder

TABLES = {
    "products": {
        "product_id": "VARCHAR", "title": "VARCHAR", "category": "VARCHAR", "price": "DECIMAL(18, 2)",
        "image_url": "VARCHAR", "stock_status": "VARCHAR",
    },
    "customers": {
        "customer_id": "VARCHAR", "registration_date": "DATE", "location_country": "VARCHAR",
        "last_active_date": "DATE",
    },
    "orders": {
        "order_id": "VARCHAR", "customer_id": "VARCHAR", "order_date": "TIMESTAMP", "order_status": "VARCHAR",
        "total_amount": "DECIMAL(18, 2)",
    },
    "order_items": {
        "order_item_id": "VARCHAR", "order_id": "VARCHAR", "product_id": "VARCHAR", "quantity": "BIGINT",
        "unit_price": "DECIMAL(18, 2)", "final_price": "DECIMAL(18, 2)",
    },
}  # fmt: skip
"""Table -> column -> the type DuckDB casts it to."""

_QUERIES = {
    "products": """
        SELECT product_id, coalesce(product_type, 'product') AS title, coalesce(product_category, 'other') AS category,
            1.99 AS price, product_id || '.jpg' AS image_url, 'in_stock' AS stock_status
        FROM articles ORDER BY product_id""",
    "customers": """
        SELECT household_id || suffix AS customer_id, CAST(min(transaction_timestamp) AS DATE) AS registration_date,
            'US' AS location_country, CAST(max(transaction_timestamp) AS DATE) AS last_active_date
        FROM lines, copies GROUP BY household_id, suffix ORDER BY customer_id""",
    "orders": """
        SELECT basket_id || suffix AS order_id, min(household_id) || suffix AS customer_id,
            min(transaction_timestamp) AS order_date, 'completed' AS order_status,
            CAST(sum(sales_value) AS DECIMAL(18, 2)) AS total_amount
        FROM lines, copies GROUP BY basket_id, suffix ORDER BY order_date, order_id""",
    "order_items": """
        SELECT basket_id || suffix || '-' || product_id AS order_item_id, basket_id || suffix AS order_id, product_id,
            greatest(quantity, 1) AS quantity, CAST(greatest(sales_value, 0.01) AS DECIMAL(18, 2)) AS unit_price,
            CAST(sales_value AS DECIMAL(18, 2)) AS final_price
        FROM lines JOIN articles USING (product_id), copies ORDER BY transaction_timestamp, order_item_id""",
}


def write_exports(folder: Path, *, copies: int = 1) -> None:
    """Write one CSV a table.

    Args:
        folder: Where to.
        copies: How many times over, each time with customers and orders of its own; products stay the same.
    """
    folder.mkdir(parents=True)
    source = journey_folder()
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"CREATE VIEW lines AS SELECT * FROM '{source / 'transactions.parquet'}'")
        con.execute(f"CREATE VIEW articles AS SELECT * FROM '{source / 'products.parquet'}'")
        con.execute(
            "CREATE TABLE copies AS SELECT CASE WHEN i = 0 THEN '' ELSE '-' || i END AS suffix"
            f" FROM range({copies}) AS numbers(i)"
        )
        for name, query in _QUERIES.items():
            con.execute(f"COPY ({query}) TO '{folder / f'{name}.csv'}' (HEADER, DELIMITER ',')")
