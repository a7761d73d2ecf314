"""The range of a shop: categories take turns, the newest of each first."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from parure.dataset import Dataset, dataset_from_events
from parure.retrieval import Assortment, AssortmentConfig

CATALOGUE = {
    "r1": ("rings", 1, True),
    "r2": ("rings", 3, True),
    "r3": ("rings", 2, True),
    "c1": ("chains", 1, True),
    "c2": ("chains", 9, False),
    "x1": (None, 1, True),
}


def shop(**columns: list[object]) -> Dataset:
    products = {i: {"title": i, "category": c, "price_cents": 100} for i, (c, _, _) in CATALOGUE.items()}
    dataset = dataset_from_events([], products=products)
    ids = dataset.item_table.column("item_id").to_pylist()
    given = {
        "created_us": pa.array([CATALOGUE[i][1] for i in ids], pa.int64()),
        "in_stock": pa.array([CATALOGUE[i][2] for i in ids]),
        **columns,
    }
    table = dataset.item_table
    for name, values in given.items():
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, values)
    return replace(dataset, item_table=table)


def order(dataset: Dataset, **config: object) -> list[str]:
    source = Assortment(AssortmentConfig(**config)).fit(dataset, rng=np.random.default_rng(0))
    return source.retrieve(dataset.query("", k=10), 10).item_ids


def test_categories_take_turns_and_the_largest_begins():
    assert order(shop()) == ["r2", "c1", "x1", "r3", "r1"]


def test_what_is_out_of_stock_is_not_shown():
    assert "c2" not in order(shop())


def test_without_the_column_the_newest_comes_first_and_ties_go_by_id():
    assert order(shop(), column="no_such_column") == ["r2", "r3", "c1", "r1", "x1"]


def test_an_undated_catalogue_goes_by_id():
    undated = shop(created_us=pa.nulls(len(CATALOGUE), pa.int64()))
    assert order(undated) == ["r1", "c1", "x1", "r2", "r3"]
