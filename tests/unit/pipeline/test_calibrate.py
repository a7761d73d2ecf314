"""Scores made into probabilities by what came of past lists."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.progress import Silent
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline.backtest import Moment
from parure.pipeline.calibrate import calibrate, occasions_of, reliability, shown
from parure.pipeline.evaluate import Past, Plan, evaluate
from parure.pipeline.occasions import OccasionsConfig
from parure.pipeline.part import Part
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.train import Fitted
from parure.ranking import CalibrationConfig
from parure.rules import BoughtAgain

START = datetime(2025, 1, 6, tzinfo=UTC)
CUSTOMERS, WEEKS = 60, 8
PURCHASES = OccasionsConfig(counted="purchases")
SMALL = CalibrationConfig(min_positive=10)

RECIPE = recipe_from_toml(
    """
name = "own"
k = 4
[[sources]]
kind = "repurchase"
[[sources]]
kind = "popular"
[ranker.config.weights]
repurchase = 0.8
popular = 0.2
""",
    where="test",
)


def rows() -> list[tuple[str, str, datetime, str, float, int]]:
    """Sixty customers with a favourite among twelve items each; a week brings it with a chance of two thirds."""
    rng = np.random.default_rng(0)
    found = []
    for customer in range(CUSTOMERS):
        for week in range(WEEKS):
            item = customer % 12 if rng.random() < 2 / 3 else int(rng.integers(12))
            when = START + timedelta(days=7 * week + customer % 7)
            found.append((f"c{customer:02}", f"item-{item:02}", when, "purchase", 1.0, 1000))
    return found


def moment(weeks_back: int) -> Moment:
    (target,) = targets_of(dataset_from_events(rows()), [weeks_back])
    past = dataset_from_events(rows(), as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


@pytest.fixture(scope="module")
def past() -> list[Moment]:
    return [moment(2), moment(1)]


@pytest.fixture(scope="module")
def test_week() -> Moment:
    return moment(0)


PART = Part.of(RECIPE, BoughtAgain.ALWAYS)


def test_what_is_learned_holds_in_a_week_not_seen(past: list[Moment], test_week: Moment) -> None:
    learned = calibrate(past, PART, config=PURCHASES, curve=SMALL)
    assert learned is not None
    assert learned.outcome == "purchases"
    seen = shown([test_week], PART, config=PURCHASES)
    found = reliability(learned, seen, case="own")
    assert found.error < 0.1
    assert found.log_loss < found.log_loss_of_rate
    assert found.target == "purchases within 7 days, weeks back: 0"


def test_the_first_place_says_more_than_the_last(past: list[Moment], test_week: Moment) -> None:
    learned = calibrate(past, PART, config=PURCHASES, curve=SMALL)
    assert learned is not None
    scores = shown([test_week], PART, config=PURCHASES).scores.reshape(-1, 4)
    chances = np.array([learned.predict(row, 8.0) for row in scores])
    assert (np.diff(chances, axis=1) <= 0).all()
    assert chances[:, 0].mean() > 0.5
    assert chances[:, 3].mean() < 0.2


def test_the_same_moments_teach_the_same(past: list[Moment]) -> None:
    once, again = (calibrate(past, PART, config=PURCHASES, curve=SMALL) for _ in range(2))
    assert once is not None
    assert again is not None
    assert once.to_dict() == again.to_dict()


def test_somebody_unknown_is_told_less(past: list[Moment], test_week: Moment) -> None:
    learned = calibrate(past, PART, config=PURCHASES, curve=SMALL)
    assert learned is not None
    strangers = shown([test_week], PART, config=OccasionsConfig(counted="purchases", strangers=True))
    assert set(strangers.activity.tolist()) == {-1}
    chances = learned.predict_many(strangers.scores, strangers.activity)
    assert chances.mean() == pytest.approx(strangers.outcomes.mean(), abs=0.06)
    assert chances.max() < 0.3


def test_where_nothing_is_shown_nothing_is_learned(past: list[Moment]) -> None:
    # Two purchases never share an order here, so that there are no carts to complete.
    assert calibrate(past, PART, surface="cart", config=PURCHASES) is None


def test_weeks_that_would_count_differently_are_counted_alike(past: list[Moment]) -> None:
    # Each customer buys one item a week.
    some = OccasionsConfig(enough_purchases=CUSTOMERS)
    assert {found.counted for found in occasions_of(past, PART, config=some)} == {"purchases"}
    many = OccasionsConfig(enough_purchases=CUSTOMERS + 1)
    assert {found.counted for found in occasions_of(past, PART, config=many)} == {"acts"}


def test_an_evaluation_tells_whether_confidence_held(past: list[Moment], test_week: Moment) -> None:
    plan = Plan([RECIPE], tuned=frozenset(), list_size=12, resamples=50)
    found = evaluate("shop", Past(test_week, past, 0.6), plan, progress=Silent())
    (curve,) = found.reliability
    assert curve.case == "own"
    assert sum(curve.rows) == 4 * CUSTOMERS
    without = evaluate("shop", Past(test_week, [], 0.6), plan, progress=Silent())
    assert without.reliability == ()
