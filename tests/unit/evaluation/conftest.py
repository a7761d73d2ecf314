"""A small shop with two tastes: even users buy even items, odd users odd ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from parure.core import UNKNOWN
from parure.core.clock import DAY_US
from parure.dataset import Dataset, dataset_from_events
from parure.evaluation import Contender, Evaluation, Judge, Repeats, Target, Truth, reliability_curve
from parure.evaluation.truth import Rows

USERS, ITEMS, DAYS = 48, 30, 120


def _item(number: int) -> str:
    return f"item{number:02d}"


@pytest.fixture(scope="session")
def shop() -> Dataset:
    rng = np.random.default_rng(7)
    rows = []
    for user in range(USERS):
        for _ in range(1 + user // 2):
            item = 2 * int(rng.integers(0, ITEMS // 2)) + user % 2
            # The last six items are new: nobody could buy them before day 100.
            first_day = 100 if item >= ITEMS - 6 else 0
            day = int(rng.integers(first_day, DAYS))
            rows.append((f"user{user:02d}", _item(item), day * DAY_US, "purchase", 1.0, 500 + 100 * item))
    products = {_item(n): {"category": "even" if n % 2 == 0 else "odd"} for n in range(ITEMS)}
    spending = ("small", "low_average", "average", "high")
    customers = {f"user{n:02d}": {"spending_segment": spending[n % 4]} for n in range(USERS)}
    return dataset_from_events(rows, products, customers, as_of_us=DAYS * DAY_US)


@pytest.fixture(scope="session")
def target(shop: Dataset) -> Target:
    rng = np.random.default_rng(8)
    items = list(shop.items)
    taken = {
        f"user{user:02d}": {items[2 * i + user % 2] for i in rng.integers(0, ITEMS // 2, size=4)}
        for user in range(USERS)
    }
    return Target.of(shop, Truth.of(taken, shop.items), until_us=(DAYS + 7) * DAY_US)


def _lists(target: Target, *, taste: float, seed: int) -> dict[str, Rows]:
    """Random lists of 20 that lean to the user's taste; bought items are left out for ``new``."""
    rng = np.random.default_rng(seed)
    dataset = target.dataset
    ranked = {}
    for split, truth in target.truths.items():
        made = np.full((len(truth), 20), UNKNOWN, np.int32)
        for position, user in enumerate(truth.users):
            liking = rng.random(ITEMS) + taste * (np.arange(ITEMS) % 2 == int(user[4:]) % 2)
            order = np.argsort(-liking)
            if split == "new":
                order = order[~np.isin(order, dataset.history(user).item_ix)]
            made[position, : min(20, len(order))] = order[:20]
        ranked[split] = made
    return ranked


@pytest.fixture(scope="session")
def lists_for() -> Callable[..., dict[str, Rows]]:
    return _lists


@pytest.fixture(scope="session")
def evaluation(target: Target) -> Evaluation:
    judge = Judge(target, resamples=60)
    judge.add(Contender(name="popular", kind="baseline"), _lists(target, taste=0.0, seed=1))
    judge.add(
        Contender(name="taste", kind="source", about="knows the two tastes", fit_s=1.25, fit_cpu_s=2.0, peak_mib=210),
        _lists(target, taste=1.0, seed=2),
    )
    judge.add(Contender(name="blend", kind="blend"), _lists(target, taste=0.5, seed=3))
    reason = "At 31 % of purchases, hiding what was bought would hide what is wanted."
    repeats = Repeats(share=0.31, policy="always", reason=reason, by_category=(("even", 0.4), ("odd", 0.2)))
    said = np.random.default_rng(9).random(400)
    curve = reliability_curve(said, said > 0.5, case="blend", target="purchases within 7 days", resamples=60)
    return judge.evaluation("two tastes", repeats=repeats).model_copy(update={"reliability": (curve,)})
