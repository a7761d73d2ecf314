import numpy as np
import pytest

from parure.core import Event, EventKind, History, IdMap, Query
from parure.dataset import dataset_from_events
from parure.retrieval.signals import Signal, acts_of_dataset, acts_of_queries, csr_arrays, csr_from, normalised_rows

DAY_US = 86_400_000_000


def bought(user, item, day, price_cents=1000, kind="purchase"):
    return (user, item, day * DAY_US, kind, 1, price_cents)


def test_an_event_in_the_future_counts_as_now():
    dataset = dataset_from_events([bought("u", "a", 9)])
    early = Query(dataset.history("u"), now_us=0)
    matrix = acts_of_queries([early], dataset.items).matrix(Signal(weighting="count", half_life_days=1))
    assert matrix.toarray().tolist() == [[1.0]]


def test_half_lives_are_added_up_with_their_weights():
    dataset = dataset_from_events([bought("u", "a", 0)], as_of_us=10 * DAY_US)
    signal = Signal(weighting="count", half_lives=((0.5, 10.0), (0.25, 5.0)))
    assert acts_of_dataset(dataset).matrix(signal).toarray()[0, 0] == pytest.approx(0.5 / 2 + 0.25 / 4)


def test_orders_are_counted_from_the_latest_whatever_their_items():
    rows = [bought("u", "a", 1), bought("u", "b", 2), bought("u", "c", 2), bought("u", "a", 5), bought("v", "a", 3)]
    acts = acts_of_dataset(dataset_from_events(rows))
    assert acts.later_orders().tolist() == [2, 1, 1, 0, 0]


def test_dear_purchases_weigh_more_under_spend():
    rows = [bought("u", "cheap", 1, 100), bought("u", "dear", 1, 1900), bought("v", "cheap", 1, 100)]
    matrix = acts_of_dataset(dataset_from_events(rows)).matrix(Signal(weighting="spend", half_life_days=None))
    cheap, dear = matrix.toarray()[0]
    assert dear > cheap > 0


def test_views_and_returns_count_by_their_weight_when_all_events_do():
    rows = [
        bought("u", "a", 1),
        bought("u", "b", 1, kind="view"),
        bought("u", "c", 1),
        bought("u", "c", 2, kind="return"),
    ]
    signal = Signal(weighting="count", half_life_days=None, purchases_only=False)
    matrix = acts_of_dataset(dataset_from_events(rows), purchases_only=False).matrix(signal)
    assert matrix.toarray().tolist() == [[10.0, 1.0, 0.0]]
    assert matrix.nnz == 2


def test_a_history_on_another_map_finds_its_items():
    dataset = dataset_from_events([bought("u", "a", 1), bought("u", "c", 2)], {"b": {}})
    events = [Event("c", EventKind.PURCHASE, 0), Event("no such thing", EventKind.PURCHASE, 0)]
    query = Query(History.of(events, [10.0, 10.0]), now_us=0)
    matrix = acts_of_queries([query], dataset.items).matrix(Signal(weighting="count"))
    assert matrix.toarray().tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize("purchases_only", [True, False])
def test_a_query_by_itself_gives_what_it_gives_among_others(purchases_only):
    kinds = ("purchase", "view", "return", "purchase", "click", "purchase")
    events = [
        bought("u", item, day, kind=kind) for item, day, kind in zip("abacbb", (1, 1, 2, 3, 5, 5), kinds, strict=True)
    ]
    events += [bought("v", item, 4) for item in "ba"] + [bought("u", "b", 5)]
    dataset = dataset_from_events(events, {item: {} for item in "abc"}, as_of_us=10 * DAY_US)
    signal = Signal(weighting="count", half_life_days=3)
    for items in (dataset.items, IdMap.of("ab")):
        queries = dataset.queries(dataset.users)
        together = acts_of_queries(queries, items, purchases_only=purchases_only).matrix(signal).toarray()
        for query, row in zip(queries, together, strict=True):
            alone = acts_of_queries([query], items, purchases_only=purchases_only).matrix(signal)
            assert alone.toarray()[0] == pytest.approx(row)
            assert alone.has_canonical_format


def test_a_matrix_comes_back_from_its_arrays():
    matrix = acts_of_dataset(dataset_from_events([bought("u", "b", 1), bought("v", "a", 1)])).matrix(Signal())
    again = csr_from("x", csr_arrays("x", matrix))
    assert again.shape == matrix.shape
    assert np.array_equal(again.toarray(), matrix.toarray())


def test_empty_rows_stay_empty_when_rows_are_scaled():
    dataset = dataset_from_events([bought("u", "a", 1), bought("u", "b", 1)], customers={"v": {}})
    scaled = normalised_rows(acts_of_dataset(dataset).matrix(Signal(weighting="count", half_life_days=None)))
    assert scaled.toarray() == pytest.approx(np.array([[2**-0.5, 2**-0.5], [0, 0]]))
