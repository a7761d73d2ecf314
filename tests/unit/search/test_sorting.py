"""Orders that do not go by relevance."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from parure.search import SearchEngine, SearchQuery

TABLE = pa.table(
    {
        "item_id": ["a", "b", "c", "d", "e"],
        "title": ["ring gold", "ring", "ring ring gold", "ring", "earring"],
        "price_cents": pa.array([500, 100, 300, 0, 50], pa.int64()),
        "created_date": [date(2026, 1, 1), date(2026, 3, 1), None, date(2026, 2, 1), date(2026, 4, 1)],
        "in_stock": [True] * 5,
    }
)


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [("price_asc", ["b", "c", "a", "d"]), ("price_desc", ["a", "c", "b", "d"]), ("newest", ["b", "d", "a", "c"])],
)
def test_what_was_found_is_put_in_order_and_what_is_unknown_comes_last(sort, wanted):
    engine = SearchEngine().fit(TABLE)
    query = SearchQuery(text="ring", sort=sort, mode="words", facets=())
    assert [item.item_id for item in engine.search(query).items] == wanted
    page = SearchQuery(text="ring", sort=sort, mode="words", facets=(), k=2, offset=1)
    assert [item.item_id for item in engine.search(page).items] == wanted[1:3]


def test_what_is_equal_goes_by_relevance():
    table = TABLE.set_column(2, "price_cents", pa.array([100] * 5, pa.int64()))
    engine = SearchEngine().fit(table)
    by = {
        sort: [item.item_id for item in engine.search(SearchQuery(text="gold ring", sort=sort, facets=())).items]
        for sort in ("relevance", "price_asc", "price_desc")
    }
    assert by["price_asc"] == by["price_desc"] == by["relevance"]
    assert np.all(np.isfinite(engine.search(SearchQuery(text="gold ring", facets=())).items[0].score))


def test_without_days_the_newest_are_the_most_relevant():
    engine = SearchEngine().fit(TABLE.drop_columns(["created_date"]))
    newest = engine.search(SearchQuery(text="gold ring", sort="newest", facets=())).items
    assert newest == engine.search(SearchQuery(text="gold ring", facets=())).items
