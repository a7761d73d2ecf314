"""The chance that something is bought again, counted over like cases."""

from datetime import UTC, datetime

import numpy as np
import pytest

from parure.core.clock import DAY_US, rng_for, to_us
from parure.dataset import dataset_from_events
from parure.retrieval import Due, DueConfig

START_US = to_us(datetime(2025, 1, 1, tzinfo=UTC))


def shop(*purchases, days):
    """Purchases as (user, item, days on which it was bought), seen ``days`` days after the start."""
    rows = [(u, i, START_US + int(day * DAY_US), "purchase", 1, 100) for u, i, when in purchases for day in when]
    return dataset_from_events(rows, as_of_us=START_US + days * DAY_US)


def chances(dataset, user, **config):
    source = Due(DueConfig(**config)).fit(dataset, rng=rng_for(0, "due"))
    found = source.retrieve(dataset.query(user), 10)
    return dict(found.pairs())


def test_the_chance_is_the_share_of_like_cases_that_came_true():
    # A week before day 20, both had bought once, 3 to 6 days earlier: one of the two bought again.
    dataset = shop(("u1", "milk", [8]), ("u2", "milk", [7, 15]), ("u3", "bread", [16]), days=20)
    # The case of u3 today is alike: bought once, less than 7 days ago. One imaginary case of average 1/2 is added.
    assert chances(dataset, "u3", moments=1, strength=1) == {"bread": pytest.approx((1 + 0.5) / (2 + 1))}


def test_what_is_due_comes_before_what_was_bought_just_now_and_what_was_given_up():
    weekly = [(f"w{n}", "milk", np.arange(n % 7, 70, 7.0)) for n in range(40)]
    stopped = [(f"s{n}", "milk", np.arange(n % 7, 28, 7.0)) for n in range(40)]
    mine = [
        ("me", "due", np.arange(13.5, 70, 7.0)[:8]),
        ("me", "fresh", np.arange(20, 70, 7.0)),
        ("me", "given up", [1, 8, 15, 22]),
    ]
    ranked = chances(shop(*weekly, *stopped, *mine, days=70), "me", horizon_days=1, moments=30)
    assert list(ranked) == ["due", "fresh", "given up"]
    assert ranked["due"] > 5 * ranked["fresh"]


def test_the_moment_itself_is_no_secret():
    # Only purchases before the moment decide the class; what came after it is what is counted.
    dataset = shop(("u1", "milk", [1, 8, 15]), ("u2", "milk", [1]), days=16)
    with_later = shop(("u1", "milk", [1, 8, 15, 22]), ("u2", "milk", [1]), days=16)
    assert chances(dataset, "u2") == chances(with_later, "u2")
