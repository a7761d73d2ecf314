"""Price affinity and category preference, by hand."""

import math

import numpy as np
import pytest

from parure.core.clock import DAY_US, rng_for
from parure.dataset import dataset_from_events
from parure.retrieval import Category, CategoryConfig, PriceAffinity, PriceAffinityConfig

NOW = 1000 * DAY_US
PRICES = {"cheap": 1000, "middle": 4000, "dear": 16000, "unpriced": 0}


def shop(*rows, products=PRICES):
    events = [(user, item, NOW - ago * DAY_US, kind, 1, 0) for user, item, ago, kind in rows]
    return dataset_from_events(events, {item: {"price_cents": price} for item, price in products.items()}, as_of_us=NOW)


def fit(dataset, **config):
    return PriceAffinity(PriceAffinityConfig(**config)).fit(dataset, rng=rng_for(0, "test"))


def test_mean_and_spread_are_shrunk_towards_those_of_the_shop():
    dataset = shop(("u", "cheap", 1, "purchase"), ("v", "dear", 1, "purchase"))
    source = fit(dataset, half_life_days=None, strength=3)
    low, high = math.log(1000), math.log(16000)
    mean, variance = (low + high) / 2, ((high - low) / 2) ** 2
    (own_mean, own_spread), (their_mean, their_spread) = source.tastes(dataset.queries(["u", "stranger"]))
    assert (their_mean, their_spread) == pytest.approx((mean, math.sqrt(variance)))
    expected = (low + 3 * mean) / 4
    assert own_mean == pytest.approx(expected)
    assert own_spread == pytest.approx(math.sqrt(((low - expected) ** 2 + 3 * variance) / 4))


def test_the_score_is_the_density_of_the_log_price():
    dataset = shop(("u", "cheap", 1, "purchase"), ("v", "dear", 1, "purchase"))
    source = fit(dataset, half_life_days=None)
    ((mean, spread),) = source.tastes([dataset.query("u")])
    found = dict(source.retrieve(dataset.query("u"), 9).pairs())
    assert set(found) == {"cheap", "middle", "dear"}
    away = (math.log(4000) - mean) / spread
    assert found["middle"] == pytest.approx(math.exp(-away * away / 2) / spread / math.sqrt(2 * math.pi), rel=1e-4)


def test_a_bargain_hunter_gets_what_is_cheap_and_a_spender_what_is_dear():
    rows = [("u", "cheap", day, "purchase") for day in range(1, 9)]
    rows += [("v", "dear", day, "purchase") for day in range(1, 9)]
    dataset = shop(*rows)
    for user, item in (("u", "cheap"), ("v", "dear")):
        assert fit(dataset).retrieve(dataset.query(user), 1).item_ids == [item]


def test_a_purchase_counts_half_after_its_half_life():
    dataset = shop(("u", "cheap", 10, "purchase"), ("u", "dear", 0.001, "purchase"))
    ((mean, _),) = fit(dataset, half_life_days=10, strength=1e-6).tastes([dataset.query("u")])
    assert mean == pytest.approx((0.5 * math.log(1000) + math.log(16000)) / 1.5, rel=1e-3)


def test_views_speak_where_nothing_was_sold_and_returns_do_not():
    dataset = shop(("u", "cheap", 2, "view"), ("u", "dear", 1, "return"))
    source = fit(dataset, half_life_days=None, strength=1e-6)
    assert source.tastes([dataset.query("u")])[0, 0] == pytest.approx(math.log(1000))


def test_a_shop_without_sales_goes_by_what_is_on_offer_and_one_without_prices_by_nothing():
    dataset = shop()
    ((mean, _),) = fit(dataset).tastes([dataset.query("stranger")])
    assert mean == pytest.approx(math.log(4000))
    unpriced = shop(("u", "a", 1, "purchase"), products={"a": 0, "b": 0})
    assert len(fit(unpriced).retrieve(unpriced.query("u"), 9)) == 0


def test_category_preference_does_not_depend_on_what_sells_in_the_category():
    products = {"a": {"category": "gold"}, "b": {"category": "gold"}, "c": {"category": "silver"}}
    rows = [("u", "a", NOW - DAY_US, "purchase", 1, 0), ("v", "c", NOW - DAY_US, "purchase", 1, 0)]
    dataset = dataset_from_events(rows, products, as_of_us=NOW)
    config = CategoryConfig(half_life_days=None, popularity_half_life_days=None, strength=2, popularity=0)
    source = Category(config).fit(dataset, rng=rng_for(0, "test"))
    # u bought gold once, the shop is half gold: (1 + 2 / 2) / 3, whether b was ever sold or not.
    assert dict(source.retrieve(dataset.query("u"), 9).pairs()) == pytest.approx({"a": 2 / 3, "b": 2 / 3, "c": 1 / 3})
    half = Category(config.model_copy(update={"popularity": 0.5})).fit(dataset, rng=rng_for(0, "test"))
    assert np.isclose(dict(half.retrieve(dataset.query("u"), 9).pairs())["a"], 2 / 3)
