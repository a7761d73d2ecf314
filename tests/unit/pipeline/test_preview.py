"""What rules cost and bring, where it can be told beforehand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.errors import SettingsError
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline.backtest import Moment
from parure.pipeline.calibrate import recommender_at, shown
from parure.pipeline.occasions import OccasionsConfig, occasions
from parure.pipeline.part import Part
from parure.pipeline.preview import ALL_RULES, Figure, Preview, _coverage, _ranked, preview
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.train import Fitted
from parure.rules import BoughtAgain

START = datetime(2025, 1, 6, tzinfo=UTC)
CONFIG = OccasionsConfig(counted="purchases")

RECIPE = recipe_from_toml(
    """
name = "best_sellers"
k = 2
[[sources]]
kind = "popular"
[[rules]]
kind = "in_stock"
[[rules]]
kind = "price_sensitivity"
""",
    where="test",
)


@pytest.fixture(scope="module")
def moment() -> Moment:
    """Everybody buys pins, then chains; watches sell best of all, are dear, and chains are out of stock."""
    rows = []
    for customer in range(10):
        user = f"c{customer}"
        rows += [(user, "pin", START + timedelta(days=day), "purchase", 1.0, 1000) for day in (1, 2)]
        rows += [("rich", "watch", START + timedelta(days=3, minutes=customer + 20 * n), "purchase", 1.0, 9000)
                 for n in range(5)]  # fmt: skip
        rows += [(user, "chain", START + timedelta(days=4), "purchase", 1.0, 1100)]
        rows += [(user, "pin", START + timedelta(days=16), "purchase", 1.0, 1000)]
    products = {
        "chain": {"price_cents": 1100, "in_stock": False},
        "pin": {"price_cents": 1000, "in_stock": True},
        "ring": {"price_cents": 1200, "in_stock": True},
        "watch": {"price_cents": 9000, "in_stock": True},
    }
    rows += [("rich", "ring", START + timedelta(days=1), "purchase", 1.0, 1200)]
    (target,) = targets_of(dataset_from_events(rows, products), [0])
    past = dataset_from_events(rows, products, as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


@pytest.fixture(scope="module")
def found(moment: Moment) -> Preview:
    return preview([moment], Part.of(RECIPE, BoughtAgain.ALWAYS), config=CONFIG, resamples=200)


def figures(found: Preview, rule: str) -> dict[str, Figure]:
    return {figure.metric: figure for figure in found.rules[rule]}


def test_each_rule_is_held_against_the_recipe_without_it(found: Preview) -> None:
    assert (found.occasions, found.judged, found.counted, found.surface) == (10, 10, "purchases", "homepage")
    assert list(found.rules) == [ALL_RULES, "bought", "in_stock", "price_sensitivity"]


def test_what_a_rule_costs_is_what_lists_without_it_have(found: Preview) -> None:
    # With all rules lists are pin, ring; without the price rule watch, pin: dearer, and the hit one place lower.
    price = figures(found, "price_sensitivity")
    assert price["mean_price"].with_rule == pytest.approx(11.0)
    assert price["mean_price"].without_rule == pytest.approx(50.0)
    assert price["mean_price"].difference == pytest.approx(-39.0)
    assert price["ndcg"].with_rule == pytest.approx(1.0)
    assert price["ndcg"].without_rule == pytest.approx(1 / np.log2(3))
    assert price["changed"].difference == 1.0
    # Both lists hold the pin: 10 EUR each time.
    assert price["revenue"].with_rule == price["revenue"].without_rule == pytest.approx(10_000)
    assert (price["coverage"].with_rule, price["coverage"].without_rule) == (0.5, 0.5)


def test_what_comes_in_instead_of_a_forbidden_item_is_seen(found: Preview) -> None:
    # Without the stock rule the chain comes in place of the ring.
    stock = figures(found, "in_stock")
    assert stock["mean_price"].without_rule == pytest.approx(10.5)
    assert stock["ndcg"].difference == pytest.approx(0.0)


def test_a_rule_that_does_nothing_changes_nothing(found: Preview) -> None:
    for figure in found.rules["bought"]:
        assert (figure.difference, figure.low, figure.high) == (0, 0, 0)


def test_one_rule_may_be_looked_at_alone(moment: Moment) -> None:
    part = Part.of(RECIPE, BoughtAgain.ALWAYS)
    alone = preview([moment], part, rules=["in_stock"], config=CONFIG, resamples=200)
    assert list(alone.rules) == [ALL_RULES, "in_stock"]
    with pytest.raises(SettingsError, match="no rule 'stock'"):
        preview([moment], part, rules=["stock"], config=CONFIG)


def test_occasions_of_several_moments_are_put_together(moment: Moment, found: Preview) -> None:
    twice = preview([moment, moment], Part.of(RECIPE, BoughtAgain.ALWAYS), config=CONFIG, resamples=50)
    assert twice.occasions == 20
    assert figures(twice, "in_stock")["ndcg"].with_rule == figures(found, "in_stock")["ndcg"].with_rule


def test_lists_of_the_whole_recipe_are_those_that_it_would_show(moment: Moment) -> None:
    part, asked = Part.of(RECIPE, BoughtAgain.ALWAYS), occasions(moment, "homepage", CONFIG, k=2)
    recommender = recommender_at(moment, part)
    lists = _ranked(recommender, asked, ["in_stock"], 2, None)[""]
    assert [row.tolist() for row in lists] == [slate.best(2).tolist() for slate in recommender.slates(asked.queries)]


def test_a_preview_is_rows_json_and_a_table(found: Preview) -> None:
    rows = found.rows("shop")
    assert {(row["case"], row["metric"]) for row in rows} >= {("best_sellers", "ndcg@2"), ("in_stock", "coverage@2")}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows if row["low"] is not None)
    assert found.to_dict()["rules"]["in_stock"][0]["metric"] == "ndcg"
    lines = found.markdown().splitlines()
    assert lines[2] == "| **best_sellers** | 1.0000 | 0.5000 | 11.00 | 10,000.00 |  |"
    assert len({line.count("|") for line in lines[:-2]}) == 1
    assert found.idle == ["bought"]
    assert lines[-1] == "No list was changed by: bought."


def test_coverage_has_an_interval_around_its_difference() -> None:
    rng = np.random.default_rng(0)
    mine, theirs = (rng.integers(0, most, (200, 5)).astype(np.int32) for most in (400, 100))
    gap = _coverage(mine, theirs, 1000, 300, 0)
    assert gap.low < gap.difference < gap.high
    assert gap.difference == pytest.approx(gap.with_rule - gap.without_rule)
    same = _coverage(mine, mine, 1000, 300, 0)
    assert (same.low, same.difference, same.high) == (0, 0, 0)


def test_what_is_shown_is_told_with_what_came_of_it(moment: Moment) -> None:
    seen = shown([moment], Part.of(RECIPE, BoughtAgain.ALWAYS), config=CONFIG)
    assert len(seen) == 20
    assert seen.outcomes.reshape(10, 2).tolist() == [[True, False]] * 10
    assert (np.diff(seen.scores.reshape(10, 2)) <= 0).all()
    assert seen.activity.tolist() == [3] * 20
    assert seen.occasion.tolist() == np.repeat(np.arange(10), 2).tolist()
