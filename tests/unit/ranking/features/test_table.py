"""The feature table as a whole."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import EventKind, History, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.errors import BundleError
from parure.dataset import dataset_from_events
from parure.ranking.features import FEATURES, FeatureTable
from parure.ranking.features.page import features_markdown
from parure.testing.datasets import checkerboard, checkerboard_of_views, constant, nobody, one_purchase
from parure.testing.drawn_shop import drawn_queries, drawn_shop

ROOT = Path(__file__).resolve().parents[4]
SOURCES = ("one", "two")
SHOP = drawn_shop(items=120, users=40, events=25)
TABLE = FeatureTable.fit(SHOP, SOURCES)


def scores_of(rng, n):
    scores = np.round(rng.random((n, 2)), 1).astype(np.float32)
    scores[rng.random((n, 2)) < 0.3] = np.nan
    return scores


def some_rows(rng, n):
    return np.sort(rng.choice(len(SHOP.items), n, replace=False)).astype(np.int32)


def same(one, other):
    assert one.tobytes() == other.tobytes()


def test_there_are_at_least_40_features_each_with_a_name_of_its_own():
    assert len(FEATURES) >= 40
    assert len(set(TABLE.names)) == len(TABLE.names)
    assert all(f.name and f.group and f.unit and f.says for f in TABLE.features)


def test_every_feature_stands_in_the_docs():
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == features_markdown()
    for feature in FEATURES:
        assert f"| `{feature.name}` |" in features_markdown()


@pytest.mark.parametrize("make", [checkerboard, checkerboard_of_views, constant, nobody, one_purchase])
def test_columns_are_the_same_whatever_the_shop_has(make):
    dataset = make()
    table = FeatureTable.fit(dataset, SOURCES)
    assert table.names == TABLE.names
    n = len(dataset.items)
    found = table.build(dataset.query("somebody"), np.arange(n, dtype=np.int32), np.zeros((n, 2), np.float32))
    assert found.shape == (n, len(table.names))
    assert found.dtype == np.float32
    assert not np.isinf(found).any()


def test_of_a_stranger_nothing_is_known():
    rows = np.arange(50, dtype=np.int32)
    stranger = Query(History.empty(SHOP.items), SHOP.as_of_us)
    found = TABLE.build(stranger, rows, np.zeros((50, 2), np.float32))
    about = [n for n, f in enumerate(TABLE.features) if f.group in ("customer and item", "affinity", "customer")]
    about += [
        n for n, name in enumerate(TABLE.names) if name.endswith(("_to_customer", "_to_taste", "_to_last", "_lift"))
    ]
    assert np.isnan(found[:, about]).all()
    assert not np.isnan(found[:, TABLE.names.index("item_purchases")]).any()


def test_what_a_shop_lacks_is_unknown():
    dataset = dataset_from_events(
        [("ada", "ring", 10 * DAY_US, "view", 1, 0), ("ada", "watch", 11 * DAY_US, "view", 1, 0)]
    )
    table = FeatureTable.fit(dataset, [])
    found = table.build(dataset.query("ada"), np.array([0, 1], np.int32), np.empty((2, 0), np.float32))
    unknown = {name for name, column in zip(table.names, found.T, strict=True) if np.isnan(column).all()}
    groups = {f.name for f in FEATURES if f.group in ("price", "promotion", "visual", "demographics")}
    assert groups <= unknown
    assert {"own_purchases", "item_purchases_7d", "customer_orders", "brand_share", "own_carts_7d"} <= unknown
    assert not {"own_views_7d", "item_views_7d", "customer_events"} & unknown


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_candidates_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    (query,) = drawn_queries(SHOP, 1, seed=seed)
    rows = some_rows(rng, int(rng.integers(1, 60)))
    scores = scores_of(rng, len(rows))
    shuffled = rng.permutation(len(rows))
    same(TABLE.build(query, rows, scores)[shuffled], TABLE.build(query, rows[shuffled], scores[shuffled]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 300))
def test_nothing_that_happens_after_the_moment_is_seen(seed, days):
    rng = np.random.default_rng(seed)
    (query,) = drawn_queries(SHOP, 1, seed=seed)
    query = replace(query, now_us=SHOP.as_of_us - int(days * DAY_US))
    before = query.history.take(query.history.timestamp_us <= query.now_us)
    rows = some_rows(rng, 40)
    scores = scores_of(rng, 40)
    same(TABLE.build(query, rows, scores), TABLE.build(replace(query, history=before), rows, scores))


def test_what_other_candidates_there_are_changes_nothing_but_ranks():
    rng = np.random.default_rng(3)
    (query,) = drawn_queries(SHOP, 1, seed=3)
    rows, scores = some_rows(rng, 60), scores_of(rng, 60)
    after = len(SOURCES) * 2 + 2
    whole = TABLE.build(query, rows, scores)[::2, after:]
    same(np.ascontiguousarray(whole), np.ascontiguousarray(TABLE.build(query, rows[::2], scores[::2])[:, after:]))


def test_many_queries_get_what_each_gets_alone():
    rng = np.random.default_rng(1)
    queries = drawn_queries(SHOP, 8, seed=1)
    rows = [some_rows(rng, n) for n in (30, 0, 12, 1, 50, 7, 20, 3)]
    offsets = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    scores = scores_of(rng, offsets[-1])
    parts = [scores[a:b] for a, b in pairwise(offsets)]
    alone = [TABLE.build(q, r, s) for q, r, s in zip(queries, rows, parts, strict=True)]
    same(TABLE.build_many(queries, rows, scores, offsets), np.concatenate(alone))


def test_a_request_leaves_nothing_behind_for_the_next_one():
    rng = np.random.default_rng(2)
    first, other = drawn_queries(SHOP, 2, seed=2)
    rows, scores = some_rows(rng, 40), scores_of(rng, 40)
    alone = TABLE.build(first, rows, scores)
    TABLE.build(other, rows, scores)
    same(TABLE.build(first, rows, scores), alone)


def test_a_saved_table_says_the_same(tmp_path):
    rng = np.random.default_rng(4)
    TABLE.save(tmp_path)
    again = FeatureTable.load(tmp_path, SHOP.items)
    assert again.names == TABLE.names
    assert again.sources == SOURCES
    for query in drawn_queries(SHOP, 10, seed=4):
        rows, scores = some_rows(rng, 30), scores_of(rng, 30)
        same(again.build(query, rows, scores), TABLE.build(query, rows, scores))


def test_the_same_data_are_saved_as_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        FeatureTable.fit(SHOP, SOURCES).save(tmp_path / name)
    for file in ("features.json", "features.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_table_of_another_catalogue_is_refused(tmp_path):
    TABLE.save(tmp_path)
    with pytest.raises(BundleError, match="features of the catalogue"):
        FeatureTable.load(tmp_path, IdMap.of(["else"]))


def test_live_events_count_and_items_the_table_does_not_know_are_passed_over():
    items = IdMap.of([*SHOP.items, "new today"])
    row = SHOP.items.row_of("p000005")
    live = History(
        items,
        np.array([items.row_of("new today"), items.row_of("p000005")], np.int32),
        np.full(2, SHOP.as_of_us),
        np.full(2, EventKind.VIEW, np.int8),
        np.ones(2, np.float32),
        np.zeros(2, np.int64),
        np.ones(2, np.float32),
    )
    query = Query(live, SHOP.as_of_us + 60_000_000)
    found = TABLE.build(query, np.array([row], np.int32), np.zeros((1, 2), np.float32))[0]
    assert found[TABLE.names.index("own_session_views")] == 1
    assert found[TABLE.names.index("customer_session_events")] == 2
    assert found[TABLE.names.index("category_share")] == 1
