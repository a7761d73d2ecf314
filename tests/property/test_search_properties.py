"""What holds of every catalogue and every query."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.filters import ItemFilter
from parure.search import Change, SearchEngine, SearchQuery

WORDS = ("Ring", "Ringe", "Goldring", "Kette", "Halskette", "silber", "rings", "earring", "Perle", "für", "x")
texts = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
rows = st.fixed_dictionaries(
    {
        "title": texts,
        "category": st.sampled_from(["rings", "chains", None]),
        "price_cents": st.integers(0, 50_000),
        "in_stock": st.booleans(),
    }
)
SCHEMA = pa.schema(
    {
        "item_id": pa.string(),
        "title": pa.string(),
        "category": pa.string(),
        "price_cents": pa.int64(),
        "in_stock": pa.bool_(),
    }
)
catalogues = st.dictionaries(st.text("abc01", min_size=1, max_size=3), rows, max_size=12)
filters = st.lists(
    st.sampled_from(["category=rings", "category=chains", "price<=100", "price>=20", "in_stock"]),
    max_size=2,
    unique=True,
).filter(lambda chosen: sum(each.startswith("category") for each in chosen) < 2)


def table_of(catalogue: dict[str, dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist([{"item_id": i, **row} for i, row in catalogue.items()], schema=SCHEMA)


@settings(max_examples=60, deadline=None)
@given(catalogues, st.one_of(texts, st.text(max_size=30)), filters, st.integers(1, 50), st.integers(0, 5))
def test_answers_are_known_distinct_and_pass_the_filters(catalogue, text, chosen, k, offset) -> None:
    table = table_of(catalogue)
    asked = ItemFilter.of(chosen)
    result = SearchEngine().fit(table).search(SearchQuery(text, filters=asked, k=k, offset=offset))
    passing = {i for i, ok in zip(table["item_id"].to_pylist(), asked.mask(table), strict=True) if ok}
    assert len(set(result.item_ids)) == len(result.items) == min(k, max(0, result.total - offset))
    assert set(result.item_ids) <= passing
    order = [(-item.score, item.item_id) for item in result.items]
    assert order == sorted(order)


@settings(max_examples=60, deadline=None)
@given(catalogues, texts, filters)
def test_facet_counts_and_missing_sum_to_what_the_other_filters_leave(catalogue, text, chosen) -> None:
    engine = SearchEngine().fit(table_of(catalogue))
    asked = ItemFilter.of(chosen)
    for facet in engine.search(SearchQuery(text, filters=asked)).facets:
        others = asked.without(facet.name)
        assert (
            sum(value.count for value in facet.values) + facet.missing
            == engine.search(SearchQuery(text, filters=others)).total
        )


@settings(max_examples=40, deadline=None)
@given(catalogues, catalogues, st.lists(st.text("abc01", min_size=1, max_size=3), max_size=3), texts)
def test_an_updated_engine_answers_as_one_fitted_anew(before, upsert, remove, text) -> None:
    updated = SearchEngine().fit(table_of(before)).updated(Change(table_of(upsert), remove))
    now = {i: row for i, row in before.items() if i not in remove} | upsert
    fitted = SearchEngine().fit(table_of(now))
    left, right = (engine.search(SearchQuery(text, k=50)) for engine in (updated, fitted))
    assert left.items == right.items
    assert updated.words.vocabulary.words == fitted.words.vocabulary.words
