"""Scores of the sources against numbers worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.dataset import dataset_from_events
from parure.retrieval import (
    Category,
    CategoryConfig,
    Demographic,
    DemographicConfig,
    Ease,
    EaseConfig,
    ItemCf,
    ItemCfConfig,
    NewArrivals,
    NewArrivalsConfig,
    Popular,
    PopularConfig,
    Repurchase,
    RepurchaseConfig,
    Style,
    StyleConfig,
    TifuKnn,
    TifuKnnConfig,
    Trending,
    TrendingConfig,
    UpCf,
    UpCfConfig,
)
from parure.retrieval.signals import Signal, acts_of_dataset
from parure.retrieval.term_weights import Bm25

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def shop(*bought, products=None, customers=None):
    """A dataset of (user, item, days ago) or (user, item, days ago, units), all at 10 euros."""
    rows = [
        (user, item, NOW - timedelta(days=days), "purchase", units[0] if units else 1, 1000)
        for user, item, days, *units in bought
    ]
    as_of_us = int(NOW.timestamp() * 1e6)
    return dataset_from_events(rows, products, customers, as_of_us)


def scores(source, dataset, user_id, k=100):
    fitted = source.fit(dataset, rng=rng_for(0, "golden"))
    return dict(fitted.retrieve(dataset.query(user_id), k).pairs())


def near(expected):
    return pytest.approx(expected, abs=1e-6)


# Three customers, three items: u bought a and b, v bought a, w bought c.
TRIO = shop(("u", "a", 1), ("u", "b", 1), ("v", "a", 1), ("w", "c", 1))


def test_popular_weighs_purchases_buyers_and_units():
    dataset = shop(("u", "a", 1, 1), ("u", "a", 2, 1), ("v", "a", 3, 1), ("u", "b", 1, 6), ("v", "c", 1, 1))
    # purchases a 3, b 1, c 1; buyers a 2, b 1, c 1; units a 3, b 6, c 1; each over its maximum.
    expected = {"a": 0.4 + 0.4 + 0.2 * 3 / 6, "b": 0.4 / 3 + 0.4 / 2 + 0.2, "c": 0.4 / 3 + 0.4 / 2 + 0.2 / 6}
    found = scores(Popular(PopularConfig(half_life_days=None)), dataset, "u")
    assert found == pytest.approx(expected)
    assert list(found) == ["a", "b", "c"]


def test_popular_halves_a_purchase_with_each_half_life():
    dataset = shop(("u", "a", 20), ("v", "b", 10))
    # Decayed counts 1/4 and 1/2; every part of a is half of b's.
    found = scores(Popular(PopularConfig(half_life_days=10)), dataset, "u")
    assert found == pytest.approx({"b": 1.0, "a": 0.5})


def test_popular_counts_the_window_only():
    dataset = shop(("u", "a", 20), ("v", "a", 30), ("v", "b", 5))
    found = scores(Popular(PopularConfig(half_life_days=None, window_days=7)), dataset, "u")
    assert found == {"b": 1.0}


def test_two_lines_of_an_item_in_one_order_are_one_purchase_of_their_units():
    dataset = shop(("u", "a", 1, 2), ("u", "a", 1, 3), ("v", "b", 1, 5))
    found = scores(Popular(PopularConfig(half_life_days=None)), dataset, "u")
    assert found == pytest.approx({"a": 1.0, "b": 1.0})


def test_demographic_mixes_in_the_whole():
    customers = {user: {"age_band": "26-35"} for user in "uv"} | {user: {"age_band": "46+"} for user in "wx"}
    dataset = shop(("u", "a", 1), ("v", "a", 1), ("w", "b", 1), ("x", "b", 1), customers=customers)
    config = DemographicConfig(columns=("age_band",), half_life_days=None, strength=2, min_users=2)
    # Two purchases of a in the group, whole shares 1/2 each: a (2 + 2/2) / (2 + 2), b (0 + 2/2) / 4.
    assert scores(Demographic(config), dataset, "u") == pytest.approx({"a": 0.75, "b": 0.25})
    assert scores(Demographic(config), dataset, "stranger") == pytest.approx({"a": 0.5, "b": 0.5})


def test_item_cf_cosine_of_three_items():
    config = ItemCfConfig(weighting="binary", half_life_days=None, shrink=0)
    fitted = ItemCf(config).fit(TRIO, rng=rng_for(0, "golden"))
    # a = (1, 1, 0), b = (1, 0, 0): cosine 1 / sqrt(2); c shares no customer.
    assert dict(fitted.similar(["a"], 5)[0].pairs()) == pytest.approx({"b": 2**-0.5})
    assert dict(fitted.similar(["c"], 5)[0].pairs()) == {}
    # v has a only, so b gets a's weight 1 times the cosine.
    assert dict(fitted.retrieve(TRIO.query("v"), 5).pairs()) == pytest.approx({"b": 2**-0.5})


def test_item_cf_shrinks_what_few_customers_support():
    config = ItemCfConfig(weighting="binary", half_life_days=None, shrink=2)
    fitted = ItemCf(config).fit(TRIO, rng=rng_for(0, "golden"))
    # 1 / (sqrt(2 + 2) sqrt(1 + 2))
    assert dict(fitted.similar(["a"], 5)[0].pairs()) == pytest.approx({"b": 1 / (2 * 3**0.5)})


def test_item_cf_by_order_does_not_join_orders_of_one_customer():
    dataset = shop(("u", "a", 1), ("u", "b", 1), ("u", "c", 9))
    config = ItemCfConfig(weighting="binary", half_life_days=None, shrink=0, together="order")
    fitted = ItemCf(config).fit(dataset, rng=rng_for(0, "golden"))
    assert dict(fitted.similar(["a"], 5)[0].pairs()) == pytest.approx({"b": 1.0})
    assert dict(fitted.similar(["c"], 5)[0].pairs()) == {}


def test_rp3beta_walks_from_item_to_customer_to_item():
    config = ItemCfConfig(weighting="binary", half_life_days=None, similarity="rp3beta", beta=1.0)
    fitted = ItemCf(config).fit(TRIO, rng=rng_for(0, "golden"))
    # b -> u (1) -> a (1/2), over a's mass 2: 1/4.  a -> u (1/2) -> b (1/2), over b's mass 1: 1/4.
    assert dict(fitted.similar(["b"], 5)[0].pairs()) == pytest.approx({"a": 0.25})
    assert dict(fitted.similar(["a"], 5)[0].pairs()) == pytest.approx({"b": 0.25})


def test_bm25_of_one_history():
    counts = acts_of_dataset(TRIO).matrix(Signal(weighting="count", half_life_days=None))
    weighted = Bm25.of(counts, k1=1.2, b=0.75).apply(counts).toarray()
    # Three customers, mean length 4/3. Rarity of a ln(3 / (1 + 2)) = 0, of b ln(3 / 2). u has length 2:
    # norm 1.2 (0.25 + 0.75 * 2 / (4/3)) = 1.65, so b is 2.2 / 2.65 * ln(1.5).
    assert weighted[0] == pytest.approx([0, 2.2 / 2.65 * np.log(1.5), 0])


@pytest.mark.parametrize("form", ["users", "items"])
def test_ease_on_three_items(form):
    config = EaseConfig(form=form, weighting="binary", half_lives=(), order_half_lives=(), half_life_days=None, reg=1)
    fitted = Ease(config).fit(TRIO, rng=rng_for(0, "golden"))
    # X'X + I = [[3, 1, 0], [1, 2, 0], [0, 0, 2]]; inverse [[2, -1, 0], [-1, 3, 0], [0, 0, 2.5]] / 5.
    # B = -P / its diagonal by column: a -> b  1/3, b -> a  1/2, nothing else.
    assert dict(fitted.retrieve(TRIO.query("u"), 5).pairs()) == pytest.approx(
        {"a": 1 / 2, "b": 1 / 3, "c": 0}, abs=1e-6
    )
    assert dict(fitted.retrieve(TRIO.query("v"), 5).pairs()) == near({"a": 0, "b": 1 / 3, "c": 0})
    (alike,) = fitted.similar(["b"], 1)
    assert dict(alike.pairs()) == pytest.approx({"a": 1 / 2})


def test_repurchase_adds_up_decays_by_days_and_by_orders():
    dataset = shop(("u", "a", 20), ("u", "a", 10), ("u", "b", 10), ("u", "b", 0.5))
    config = RepurchaseConfig(half_lives=((1.0, 10.0),), order_half_lives=((2.0, 1.0),), late=0)
    # Days: a 1/4 + 1/2, b 1/2 + 2^-0.05. Orders later: a 2 and 1, b 1 and 0, so 2 (1/4 + 1/2) and 2 (1/2 + 1).
    found = scores(Repurchase(config), dataset, "u")
    assert found == pytest.approx({"b": 0.5 + 2**-0.05 + 3.0, "a": 0.75 + 1.5})


def test_repurchase_turns_down_what_is_overdue():
    dataset = shop(("u", "a", 24), ("u", "a", 20), products={"a": {"cycle_days": 4.0}})
    config = RepurchaseConfig(half_lives=((1.0, 1e4),), order_half_lives=(), late=0.5)
    # Usual gap: geometric mean of the own 4 days and the item's 4 days; 20 days since are 5 gaps.
    count = 2 ** (-24 / 1e4) + 2 ** (-20 / 1e4)
    assert scores(Repurchase(config), dataset, "u") == pytest.approx({"a": count * 5**-0.5})


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        # The newest group holds c (weight 1) and b (1/2); the oldest holds a alone, times 1/10.
        (False, {"c": 1.0, "b": 0.5, "a": 0.1}),
        # The newest over its 2 orders, the oldest over its 1, and both over 2 groups.
        (True, {"c": 1 / 4, "b": 0.5 / 4, "a": 0.1 / 2}),
    ],
)
def test_tifu_decays_orders_in_groups(mean, expected):
    dataset = shop(("u", "a", 3), ("u", "b", 2), ("u", "c", 1))
    config = TifuKnnConfig(group_size=2, within_decay=0.5, group_decay=0.1, own_share=1.0, mean=mean)
    assert scores(TifuKnn(config), dataset, "u") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        # u = (1, 0, 0); v = (1, 1, 0) is 1 away, w = (0, 0, 1) sqrt(2), x = (3, 1, 1) sqrt(6).
        ("euclidean", {"a": 1.0, "b": 0.4}),
        # Cosines: v 1 / sqrt(2), w 0, x 3 / sqrt(11).
        ("cosine", {"a": 0.6 + 0.4 * 3, "b": 0.4, "c": 0.4}),
    ],
)
def test_tifu_mixes_in_the_nearest_neighbour(distance, expected):
    wide = (("x", item, days) for item, days in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1)])
    dataset = shop(("u", "a", 1), ("v", "a", 1), ("v", "b", 1), ("w", "c", 1), *wide)
    config = TifuKnnConfig(neighbours=1, own_share=0.6, within_decay=1, group_decay=1, distance=distance)
    assert scores(TifuKnn(config), dataset, "u") == pytest.approx(expected)


def test_up_cf_votes_by_cosine_to_a_power():
    dataset = shop(
        ("u", "a", 1), ("v", "a", 1), ("v", "b", 1), ("w", "a", 1), ("w", "b", 1), ("w", "c", 1), ("w", "d", 1)
    )
    config = UpCfConfig(half_lives=(), order_half_lives=(), half_life_days=None, power=2.0)
    # Cosines 1 / sqrt(2) and 1 / 2 squared: votes 1/2 and 1/4, so 2/3 and 1/3. v's shares are 1/2, w's 1/4.
    expected = {"a": 5 / 12, "b": 5 / 12, "c": 1 / 12, "d": 1 / 12}
    assert scores(UpCf(config), dataset, "u") == pytest.approx(expected)


def test_new_arrivals_by_age_and_category():
    products = {
        item: {"category": category, "created_us": int((NOW - timedelta(days=days)).timestamp() * 1e6)}
        for item, category, days in [("a", "gold", 10), ("b", "silver", 10), ("c", "gold", 20), ("d", "gold", 100)]
    }
    dataset = shop(("u", "d", 1), products=products)
    config = NewArrivalsConfig(half_life_days=10, max_age_days=30, affinity=1.0, popularity=0.0)
    # All of u's purchases are gold, so gold counts twice; d is too old.
    assert scores(NewArrivals(config), dataset, "u") == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.5})


def test_category_multiplies_the_customers_share_with_the_items():
    products = {"a": {"category": "gold"}, "b": {"category": "gold"}, "c": {"category": "silver"}}
    dataset = shop(("u", "a", 1), ("v", "a", 1), ("v", "b", 1), ("w", "c", 1), products=products)
    config = CategoryConfig(half_life_days=None, popularity_half_life_days=None, strength=4)
    # Whole: gold 3/4, silver 1/4; u bought gold once: (1 + 4 * 3/4) / 5 and (4 * 1/4) / 5. Of gold, a is 2/3.
    expected = {"a": 0.8 * 2 / 3, "b": 0.8 / 3, "c": 0.2}
    assert scores(Category(config), dataset, "u") == pytest.approx(expected)


def test_trending_holds_late_sales_against_the_usual_ones():
    dataset = shop(("u", "a", 10), ("v", "b", 20), products={"c": {}})
    config = TrendingConfig(half_life_days=10, usual_half_life_days=20, strength=1)
    # Lately 1/2 and 1/4; usually 1 / sqrt(2) and 1/2, brought to the same sum of 3/4. Nobody bought c.
    fewer = 0.75 / (2**-0.5 + 0.5)
    expected = {"a": (0.5 + 1) / (2**-0.5 * fewer + 1), "b": (0.25 + 1) / (0.5 * fewer + 1)}
    assert scores(Trending(config), dataset, "u") == pytest.approx(expected)


def test_style_is_the_decayed_mean_of_unit_vectors():
    dataset = shop(("u", "a", 10), ("u", "b", 0.001), products={"c": {}, "d": {}})
    vectors = np.array([[2, 0], [0, 5], [1, 1], [np.nan, np.nan]], dtype=np.float32)
    dataset = replace(dataset, item_vectors=vectors)
    found = scores(Style(StyleConfig(half_life_days=10, min_events=2)), dataset, "u")
    # a counts 1/2, b 1: the profile is (1, 2) / sqrt(5); c points to (1, 1) / sqrt(2).
    assert found == pytest.approx({"c": 3 / 10**0.5, "b": 2 / 5**0.5, "a": 1 / 5**0.5}, abs=1e-4)
