"""A shop that knows views and carts but no sales is served by what it knows."""

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.core.events import EventKind
from parure.dataset import dataset_from_events
from parure.retrieval import (
    Als,
    AlsConfig,
    Category,
    CategoryConfig,
    Demographic,
    DemographicConfig,
    Ease,
    EaseConfig,
    ItemCf,
    ItemCfConfig,
    Popular,
    Repurchase,
    TifuKnn,
    TifuKnnConfig,
    Trending,
    UpCf,
    UpCfConfig,
)
from parure.testing import SourceContract, checkerboard, checkerboard_of_views

VIEWS = checkerboard_of_views()
PERSONAL = {
    "als": lambda: Als(AlsConfig(embedding_size=2, rescale="none")),
    "item_cf": lambda: ItemCf(ItemCfConfig(shrink=1.0)),
    "ease over users": lambda: Ease(EaseConfig(form="users")),
    "ease over items": lambda: Ease(EaseConfig(form="items")),
    "up_cf": lambda: UpCf(UpCfConfig(neighbours=3)),
    "tifu_knn": lambda: TifuKnn(TifuKnnConfig(neighbours=3)),
    "category": lambda: Category(CategoryConfig(strength=0.1)),
    "demographic": lambda: Demographic(DemographicConfig(min_users=2, strength=1.0)),
}
SHARED = {"popular": Popular, "trending": Trending}
EVERY = {**PERSONAL, **SHARED}


def fit(source, dataset=VIEWS):
    return source.fit(dataset, rng=rng_for(0, "views"))


class TestAlsWithoutPurchases(SourceContract):
    def dataset(self):
        return VIEWS

    def source(self):
        return PERSONAL["als"]()


class TestEaseWithoutPurchases(TestAlsWithoutPurchases):
    def source(self):
        return PERSONAL["ease over users"]()


class TestItemCfWithoutPurchases(TestAlsWithoutPurchases):
    def source(self):
        return PERSONAL["item_cf"]()


class TestPopularWithoutPurchases(TestAlsWithoutPurchases):
    def source(self):
        return Popular()


@pytest.mark.parametrize("make", PERSONAL.values(), ids=PERSONAL)
def test_everybody_gets_the_pieces_of_their_metal_first(make):
    queries = VIEWS.queries(list(VIEWS.users))
    for query, found in zip(queries, fit(make()).retrieve_many(queries, 4), strict=True):
        seen = {item_id.split("-")[0] for item_id in VIEWS.items.ids_of(query.history.rows_in(VIEWS.items))}
        assert {item_id.split("-")[0] for item_id in found.item_ids[:3]} == seen - {"dismissed"}


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED)
def test_all_that_was_liked_is_ranked(make):
    found = fit(make()).retrieve(VIEWS.query("ada"), 10)
    assert set(found.item_ids) == set(VIEWS.items) - {"dismissed"}


def test_a_cart_makes_more_popular_than_a_view():
    rows = [("u", "looked", 0, "view", 1, 100), ("v", "taken", 0, "add_to_cart", 1, 100)]
    assert fit(Popular(), dataset_from_events(rows)).retrieve(VIEWS.query("ada"), 2).item_ids == ["taken", "looked"]


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_a_saved_source_counts_the_same_events_when_it_is_loaded(make, tmp_path):
    source = fit(make())
    source.save(tmp_path)
    loaded = type(source).load(tmp_path, VIEWS.items)
    queries = VIEWS.queries(list(VIEWS.users))
    before, after = source.retrieve_many(queries, 10), loaded.retrieve_many(queries, 10)
    assert [found.pairs() for found in before] == [found.pairs() for found in after]
    assert all(len(found) for found in after)


@pytest.mark.parametrize("make", PERSONAL.values(), ids=PERSONAL)
def test_with_purchases_in_the_data_views_say_nothing(make, tmp_path):
    shop = checkerboard()
    source = fit(make(), shop)
    source.save(tmp_path)
    loaded = type(source).load(tmp_path, shop.items)
    ada = shop.query("ada")
    browsing = VIEWS.query("ada")
    assert not (browsing.history.kind == EventKind.PURCHASE).any()
    empty = shop.query("newcomer")
    nothing, views = loaded.retrieve_many([empty, browsing], 10)
    if source.kind != "demographic":
        assert views.pairs() == nothing.pairs()
        assert loaded.retrieve(ada, 10).pairs() != nothing.pairs()


@pytest.mark.parametrize("config", [AlsConfig, EaseConfig, ItemCfConfig, UpCfConfig])
def test_the_choice_can_be_forced_either_way(config):
    kinds = {AlsConfig: Als, EaseConfig: Ease, ItemCfConfig: ItemCf, UpCfConfig: UpCf}
    forced = fit(kinds[config](config(purchases_only=True)))
    assert len(forced.retrieve(VIEWS.query("ada"), 10)) == 0
    alike = fit(kinds[config](config(purchases_only=False))), fit(kinds[config](config()))
    ours, free = (source.retrieve(VIEWS.query("ada"), 10) for source in alike)
    assert ours.pairs() == free.pairs()
    assert len(ours)


def test_nothing_was_bought_so_nothing_is_bought_again():
    assert len(fit(Repurchase()).retrieve(VIEWS.query("ada"), 10)) == 0


def test_scores_of_what_everybody_dismissed_are_not_negative():
    for make in SHARED.values():
        scores = fit(make()).fold_in([VIEWS.query("ada")]).score([np.arange(len(VIEWS.items), dtype=np.int32)])[0]
        assert not (scores < 0).any()
