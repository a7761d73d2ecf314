"""A feature worked out later for a past moment is the one that was served at that moment."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pytest

from parure.core.clock import to_us
from parure.dataset import DatasetBuilder, DatasetConfig
from parure.demo import DemoSize, make_shop
from parure.ingest import Tables, ingest
from parure.ranking.features import FeatureTable

CUT = datetime(2026, 6, 1, tzinfo=UTC)
SOURCES = ("one", "two", "three")


def write(directory: Path, tables: dict[str, pa.Table]) -> Path:
    directory.mkdir()
    for name, table in tables.items():
        pa_csv.write_csv(table, directory / f"{name}.csv")
    return directory


def promotions(product_ids: list[str]) -> pa.Table:
    """Two kinds of promotions, before and after the cut, on every third product."""
    rows = [
        {
            "promotion_id": f"{product}-{start}",
            "product_id": product,
            "start_date": start,
            "end_date": end,
            "promotion_type": kind,
            "share": share,
        }
        for product in product_ids[::3]
        for start, end, kind, share in (
            (date(2026, 4, 1), date(2026, 4, 20), "mailer", 0.5),
            (date(2026, 5, 20), date(2026, 6, 3), "display", 0.8),
            (date(2026, 6, 3), date(2026, 6, 10), "mailer", 1.0),
            (date(2026, 7, 1), date(2026, 7, 9), "mailer", 1.0),
        )
    ]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """The shop as it is today, and one that only ever got what was there before the cut."""
    home = tmp_path_factory.mktemp("shops")
    made = make_shop(home / "made", size=DemoSize(products=90, customers=600, views=0))
    whole = {path.stem: pa_csv.read_csv(path) for path in made.tables}
    whole["promotions"] = promotions(whole["products"].column("product_id").to_pylist())
    in_stock = pa.array(["in_stock"] * len(whole["products"]))
    place = whole["products"].column_names.index("stock_status")
    whole["products"] = whole["products"].set_column(place, "stock_status", in_stock)
    found = []
    for name, tables in (("whole", whole), ("cut", cut(whole))):
        ingest(home / f"{name} shop", [write(home / name, tables)])
        found.append(home / f"{name} shop")
    return tuple(found)


def cut(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The rows that were there before the cut."""
    moment = pa.scalar(CUT.replace(tzinfo=None), pa.timestamp("s"))
    before = {
        "orders": pc.less(tables["orders"].column("order_date").cast(pa.timestamp("s")), moment),
        "interactions": pc.less(tables["interactions"].column("timestamp").cast(pa.timestamp("s")), moment),
    }
    part = {name: tables[name].filter(mask) for name, mask in before.items()}
    lines = tables["order_items"]
    part["order_items"] = lines.filter(
        pc.is_in(lines.column("order_id"), part["orders"].column("order_id").combine_chunks())
    )
    seen = {
        key: pa.concat_arrays([part[name].column(key).combine_chunks() for name in names])
        for key, names in {
            "product_id": ("interactions", "order_items"),
            "customer_id": ("interactions", "orders"),
        }.items()
    }
    for name, key, since in (
        ("products", "product_id", "created_date"),
        ("customers", "customer_id", "registration_date"),
    ):
        table = tables[name]
        there = pc.or_(
            pc.less(table.column(since).cast(pa.timestamp("s")), moment), pc.is_in(table.column(key), seen[key])
        )
        part[name] = table.filter(there)
    plan = tables["promotions"]
    known = pc.is_in(plan.column("product_id"), part["products"].column("product_id").combine_chunks())
    part["promotions"] = plan.filter(pc.and_(known, pc.less(plan.column("start_date"), pa.scalar(date(2026, 6, 8)))))
    return part


@pytest.mark.slow
def test_features_of_a_past_moment_equal_those_served_at_it_to_the_bit(shops):
    whole, cut = (Tables(shop) for shop in shops)
    # Jewellery is seldom bought again: here once is enough for a cycle.
    config = DatasetConfig(cycle_min_repurchases=1)
    with DatasetBuilder(cut, config=config) as builder:
        served = builder.at(None)
    with DatasetBuilder(whole, config=config) as builder:
        assert builder.newest_us() > to_us(CUT)
        later = builder.at(served.as_of_us)
    assert later.items == served.items
    assert later.users == served.users
    vectors = np.random.default_rng(0).standard_normal((len(served.items), 80)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    served, later = replace(served, item_vectors=vectors), replace(later, item_vectors=vectors.copy())
    tables = [FeatureTable.fit(dataset, SOURCES) for dataset in (served, later)]
    rng = np.random.default_rng(1)
    known = set()
    for user in [*served.users, "a stranger"]:
        rows = np.sort(rng.choice(len(served.items), 40, replace=False)).astype(np.int32)
        scores = rng.random((40, 3), dtype=np.float32)
        first, second = (t.build(d.query(user), rows, scores) for t, d in zip(tables, (served, later), strict=True))
        wrong = [n for n, a, b in zip(tables[0].names, first.T, second.T, strict=True) if a.tobytes() != b.tobytes()]
        assert wrong == []
        known |= {n for n, column in zip(tables[0].names, first.T, strict=True) if not np.isnan(column).all()}
    # The comparison says something only of features that have values: all but those the made-up shop cannot feed.
    assert {name for name in tables[0].names if name not in known} <= {"own_impressions_7d", "region_lift"}
