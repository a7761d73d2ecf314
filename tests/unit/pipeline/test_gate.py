"""The gate: better beyond chance passes, and nothing else."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.progress import Silent
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline.backtest import Moment
from parure.pipeline.gate import average_precision, judged, not_tried
from parure.pipeline.part import Part
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.train import Fitted
from parure.rules import BoughtAgain

START = datetime(2024, 1, 1, tzinfo=UTC)


def verdict(gain, customers=400, seed=0):
    rng = np.random.default_rng(seed)
    before = rng.random(customers)
    ours = before + gain + rng.normal(0, 0.1, customers)
    return judged(
        "new", "ranker", "map@12", ours=ours, theirs=before, against="old", seconds=1.5, seed=0
    ), ours, before  # fmt: skip


def test_a_better_one_passes_and_the_figures_are_means():
    found, ours, before = verdict(0.05)
    assert found.passed
    assert 0 < found.low < found.gain < found.high
    assert (found.value, found.before) == pytest.approx((ours.mean(), before.mean()))
    assert found.gain == pytest.approx((ours - before).mean())
    assert found.why == f"its gain over old is {found.gain:+.4f} [{found.low:+.4f}, {found.high:+.4f}], above zero"


def test_the_interval_is_that_of_the_mean_difference():
    found, ours, before = verdict(0.05, customers=2000)
    error = (ours - before).std() / np.sqrt(2000)
    assert (found.low, found.high) == pytest.approx(
        (found.gain - 1.96 * error, found.gain + 1.96 * error), abs=0.3 * error
    )


def test_one_that_is_as_good_is_kept_out():
    found, *_ = verdict(0.0)
    assert not found.passed
    assert found.low < 0 < found.high
    assert found.why.endswith("not above zero")


def test_one_that_is_the_same_is_kept_out():
    same = np.linspace(0, 1, 50)
    found = judged("new", "source", "recall", ours=same, theirs=same, against="old", seconds=0, seed=0)
    assert (found.gain, found.low, found.high, found.passed) == (0, 0, 0, False)


def test_a_worse_one_is_kept_out_and_said_to_be():
    found, *_ = verdict(-0.05)
    assert not found.passed
    assert found.why.endswith("], below zero")


def test_few_customers_do_not_make_a_better_one_sure():
    few, *_ = verdict(0.2, customers=4)
    assert few.low > 0
    assert not few.passed
    assert few.why.endswith("above zero, and 4 customers are too few to go by")
    assert verdict(0.2, customers=20)[0].passed


def test_what_could_not_be_tried_has_no_figures():
    found = not_tried("two_tower", "source", "", "PyTorch is not installed: extra neural")
    assert (found.tried, found.passed) == (False, False)
    told = found.to_dict()
    assert [told[name] for name in ("value", "before", "gain", "low", "high")] == [None] * 5
    assert told["why"] == "PyTorch is not installed: extra neural"


RECIPE = recipe_from_toml('name = "small"\n[[sources]]\nkind = "popular"\n', where="test")


def moment(rows, back):
    target = targets_of(dataset_from_events(rows), [back])[0]
    past = dataset_from_events(rows, as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


def test_a_customer_of_two_weeks_counts_once_by_the_mean_of_both():
    # The ring sells best in both weeks, the chain is second: ann buys the ring and then the chain, bob the chain once.
    bought = [("eve", "ring", 0), ("dan", "ring", 0), ("ann", "pin", 0), ("bob", "chain", 0), ("flo", "ring", 1)]
    bought += [("ann", "ring", 7), ("eve", "ring", 8), ("ann", "chain", 14), ("bob", "chain", 15), ("eve", "ring", 20)]
    rows = [(user, item, START + timedelta(days=day), "purchase", 1.0, 100) for user, item, day in bought]
    part = Part.of(RECIPE, BoughtAgain.ALWAYS)
    found = average_precision([moment(rows, 1), moment(rows, 0)], part, progress=Silent())
    assert found == {"ann": 0.75, "bob": 0.5, "eve": 1.0}
