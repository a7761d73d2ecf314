"""The source ``style``: what it recommends, by which means, and on what grounds."""

from dataclasses import replace

import numpy as np
import pytest

from parure.core import Event, EventKind, History, Query
from parure.core.clock import DAY_US, rng_for
from parure.dataset import dataset_from_events
from parure.index import unit_rows
from parure.retrieval import Style, StyleConfig
from parure.testing import checkerboard

SHOP = checkerboard()
NOW = 1000 * DAY_US


def fit(source, dataset=SHOP):
    return source.fit(dataset, rng=rng_for(0, "test"))


def two_tastes(size=32, each=60, seed=0):
    """Items a-000 ... and b-000 ... around two directions; ``u`` bought six of each, those of b with three times the
    weight (they were bought three times)."""
    rng = np.random.default_rng(seed)
    names = [f"{taste}-{place:03}" for taste in "ab" for place in range(each)]
    rows = []
    for taste, times in (("a", 1), ("b", 3)):
        for place in range(6):
            days = [place + 10 * time for time in range(times)]
            rows += [("u", f"{taste}-{place:03}", NOW - day * DAY_US, "purchase", 1, 100) for day in days]
    dataset = dataset_from_events(rows, {name: {} for name in names}, as_of_us=NOW + 1)
    middles = unit_rows(rng.normal(size=(2, size)).astype(np.float32))
    noise = rng.normal(size=(2 * each, size)).astype(np.float32) * 0.6 / np.sqrt(size)
    return replace(dataset, item_vectors=np.repeat(middles, each, axis=0) + noise)


def test_an_item_that_nobody_has_touched_is_recommended_by_its_picture_alone():
    rows = [("u", item, NOW - 5, "view", 1, 100) for item in "abc"]
    dataset = dataset_from_events(rows, {"new and alike": {}, "new and other": {}}, as_of_us=NOW)
    vectors = np.array([[1, 0, 0], [0.9, 0.1, 0], [0.9, 0, 0.1], [1, 0.1, 0.1], [-1, 0.2, 0]], dtype=np.float32)
    dataset = replace(dataset, item_vectors=vectors)
    assert dataset.items.ids_of([3, 4]) == ["new and alike", "new and other"]
    (found,) = fit(Style(), dataset).fold_in([dataset.query("u")]).top(9, [np.array([0, 1, 2], np.int32)])
    assert found.item_ids == ["new and alike", "new and other"]


def test_live_events_move_a_style_at_the_next_request():
    source = fit(Style())
    ada = SHOP.query("ada")
    assert source.retrieve(ada, 4).item_ids[0].startswith("gold")
    old = [
        Event(item, EventKind.PURCHASE, int(time))
        for item, time in zip(ada.history.item_ids, ada.history.timestamp_us, strict=True)
    ]
    live = [Event(f"silver-{kind}", EventKind.PURCHASE, ada.now_us + place) for place, kind in enumerate(("ring",) * 9)]
    history = History.of([*old, *live], [10.0] * (len(old) + len(live)), SHOP.items)
    later = replace(ada, history=history, now_us=ada.now_us + DAY_US)
    assert source.retrieve(later, 4).item_ids[0].startswith("silver")


def test_nothing_less_alike_than_the_border_comes_back():
    ada = SHOP.query("ada")
    every = fit(Style()).retrieve(ada, 99)
    some = fit(Style(StyleConfig(min_similarity=0.9))).retrieve(ada, 99)
    assert 0 < len(some) < len(every)
    assert some.pairs() == [pair for pair in every.pairs() if pair[1] >= 0.9]


def test_a_customer_of_two_tastes_is_served_from_both_in_proportion():
    dataset = two_tastes()
    source = fit(Style(StyleConfig(half_life_days=None)), dataset)
    styles = source.styles([dataset.query("u")])
    assert styles.share.tolist() == [0.75, 0.25]
    bought = np.unique(dataset.query("u").history.item_ix)
    for k in (8, 20, 60):
        (found,) = source.fold_in([dataset.query("u")]).top(k, [bought])
        of_b = sum(item.startswith("b") for item in found.item_ids)
        assert of_b == pytest.approx(0.75 * k, abs=2)


def test_there_is_one_style_where_one_is_asked_for():
    dataset = two_tastes()
    source = fit(Style(StyleConfig(max_styles=1)), dataset)
    assert len(source.styles([dataset.query("u")]).share) == 1


@pytest.mark.parametrize("max_styles", [1, 4])
def test_an_index_finds_what_comparing_all_items_finds(max_styles):
    dataset = two_tastes(each=300)
    exact, indexed = (
        fit(Style(StyleConfig(exact_up_to=limit, max_styles=max_styles, half_life_days=None)), dataset)
        for limit in (10_000, 0)
    )
    queries = [dataset.query("u"), dataset.query("a stranger")]
    bought = np.unique(queries[0].history.item_ix)
    exclude = [bought, np.empty(0, np.int32)]
    for ours, theirs in zip(
        exact.fold_in(queries).top(50, exclude), indexed.fold_in(queries).top(50, exclude), strict=True
    ):
        assert ours.item_ids == theirs.item_ids
        assert ours.scores == pytest.approx(theirs.scores, abs=1e-4)
    assert [f.item_ids for f in exact.similar(["a-000"], 9)] == [f.item_ids for f in indexed.similar(["a-000"], 9)]


def test_most_of_the_catalogue_may_be_excluded_from_an_index():
    dataset = two_tastes(each=900)
    source = fit(Style(StyleConfig(exact_up_to=0, half_life_days=None)), dataset)
    free = np.array([5, 700, 1200], np.int32)
    barred = np.setdiff1d(np.arange(1800), free).astype(np.int32)
    (found,) = source.fold_in([dataset.query("u")]).top(10, [barred])
    assert sorted(found.item_ix.tolist()) == free.tolist()


def test_an_indexed_source_loads_as_it_was_saved(tmp_path):
    dataset = two_tastes()
    source = fit(Style(StyleConfig(exact_up_to=0)), dataset)
    source.save(tmp_path)
    loaded = Style.load(tmp_path, dataset.items)
    query = dataset.query("u")
    assert loaded.retrieve(query, 20).pairs() == source.retrieve(query, 20).pairs()
    assert loaded.fold_in([query]).top(5)[0].item_ids == source.fold_in([query]).top(5)[0].item_ids


def test_items_without_a_usable_vector_are_neither_recommended_nor_counted():
    vectors = SHOP.item_vectors.copy()
    vectors[SHOP.items.row_of("gold-chain"), 1] = np.nan
    vectors[SHOP.items.row_of("gold-ring")] = 0
    for limit in (0, 100):
        source = fit(Style(StyleConfig(exact_up_to=limit)), replace(SHOP, item_vectors=vectors))
        assert len(source.retrieve(SHOP.query("ada"), 99)) == 0  # one event is left of three
        found = source.retrieve(SHOP.query("eva"), 99)
        assert {"gold-chain", "gold-ring", "unsold"}.isdisjoint(found.item_ids)
        assert len(found) == 6


def test_no_item_with_a_vector_is_no_fault():
    nothing = np.full_like(SHOP.item_vectors, np.nan)
    for limit in (0, 100):
        source = fit(Style(StyleConfig(exact_up_to=limit)), replace(SHOP, item_vectors=nothing))
        assert len(source.retrieve(SHOP.query("ada"), 9)) == 0
        assert len(source.similar(["gold-ring"], 9)[0]) == 0


def test_grounds_add_up_to_the_score():
    source = fit(Style(StyleConfig(half_life_days=10, max_styles=1)))
    query = SHOP.query("ada")
    row = SHOP.items.row_of("gold-brooch")
    found = source.grounds(query, row)
    (score,) = source.fold_in([query]).score([np.array([row], np.int32)])
    # Three items, one event each: the parts are those of the score, up to the length of the sum.
    weights = 10 * 2.0 ** (-(query.now_us - query.history.timestamp_us) / DAY_US / 10)
    unit = unit_rows(SHOP.item_vectors)
    length = np.linalg.norm((weights[:, None] * unit[query.history.item_ix]).sum(axis=0))
    newest = 2.0 ** ((query.now_us - query.history.timestamp_us[-1]) / DAY_US / 10)
    assert found.contribution.sum() / length / newest == pytest.approx(score[0], rel=1e-4)
    assert found.similarity == pytest.approx(unit[query.history.item_ix] @ unit[row], abs=1e-6)


def test_what_weighs_most_speaks_for_an_item_rather_than_what_is_nearest():
    rows = [
        ("u", "near", NOW - 3 * DAY_US, "click", 1, 100),
        ("u", "telling", NOW - 2 * DAY_US, "purchase", 1, 100),
        ("u", "other", NOW - 1 * DAY_US, "view", 1, 100),
    ]
    dataset = dataset_from_events(rows, {"shown": {}}, as_of_us=NOW)
    place = {"near": (1, 0.05), "telling": (1, 0.6), "other": (0, 1), "shown": (1, 0)}
    dataset = replace(dataset, item_vectors=np.array([place[item] for item in dataset.items], dtype=np.float32))
    source = fit(Style(), dataset)
    query = dataset.query("u")
    found = source.grounds(query, dataset.items.row_of("shown"))
    assert query.history.item_ids[int(found.contribution.argmax())] == "telling"
    assert query.history.item_ids[int(np.nanargmax(found.similarity))] == "near"


def test_an_item_is_explained_by_the_style_that_it_belongs_to():
    dataset = two_tastes()
    query = dataset.query("u")
    for average in ("mean", "median"):
        source = fit(Style(StyleConfig(half_life_days=None, average=average)), dataset)
        for item in ("a-030", "b-030"):
            found = source.grounds(query, dataset.items.row_of(item))
            telling = {
                name[0] for name, part in zip(query.history.item_ids, found.contribution, strict=True) if part > 0
            }
            assert telling == {item[0]}


def test_somebody_without_history_gives_no_grounds():
    found = fit(Style()).grounds(Query(History.empty(SHOP.items), now_us=NOW), 0)
    assert len(found.contribution) == len(found.similarity) == 0
