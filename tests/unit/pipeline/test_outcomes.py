"""What came true of candidates in the week after: looked at, put in the cart, bought, bought above the own average."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.dataset import Dataset, Happened, dataset_from_events, targets_of
from parure.pipeline.outcomes import Outcomes
from parure.ranking import TASKS

START = datetime(2024, 1, 1, tzinfo=UTC)
NAN = float("nan")
PRODUCTS = {name: {"price_cents": price} for name, price in {"chain": 500, "pin": 900, "ring": 2000}.items()}

BEFORE = [
    ("ann", "chain", START, "purchase", 1.0, 500),
    ("ann", "pin", START + timedelta(days=1), "purchase", 1.0, 1500),
    ("bob", "pin", START, "view", 1.0, 0),
]
WEEK = START + timedelta(days=10)


def week(*acts, before=BEFORE):
    """The dataset of the moment and the week after it, which ends with a purchase of somebody else's."""
    rows = [*before, *acts, ("eve", "pin", WEEK + timedelta(days=6), "purchase", 1.0, 900)]
    whole = dataset_from_events(rows, PRODUCTS)
    target = targets_of(whole, [0])[0]
    assert target.as_of_us == int(WEEK.timestamp() * 1e6)
    return dataset_from_events(rows, PRODUCTS, as_of_us=target.as_of_us), target.happened


def labels(week: tuple[Dataset, Happened], user: str | None, *items: str) -> list[list[float]]:
    dataset, happened = week
    return Outcomes.of(dataset, happened).labels([user], [dataset.items.rows_of(items)]).tolist()


def test_each_task_is_told_by_its_own_events():
    acts = [
        ("ann", "ring", WEEK, "click", 1.0, 0),
        ("ann", "chain", WEEK + timedelta(days=1), "view", 1.0, 0),
        ("ann", "chain", WEEK + timedelta(days=1), "add_to_cart", 1.0, 0),
        ("ann", "chain", WEEK + timedelta(days=2), "purchase", 1.0, 500),
    ]
    assert TASKS == ("click", "add_to_cart", "purchase", "spend")
    assert labels(week(*acts), "ann", "chain", "pin", "ring") == [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]


@pytest.mark.parametrize(("price", "above"), [(999, 0.0), (1000, 0.0), (1001, 1.0)])
def test_spend_is_a_purchase_above_the_mean_price_of_what_the_customer_had_bought(price, above):
    # Ann had bought for 500 and for 1500 cents.
    found = labels(week(("ann", "ring", WEEK, "purchase", 3.0, price)), "ann", "ring", "pin")
    assert [row[3] for row in found] == [above, 0.0]


def test_what_was_bought_twice_counts_by_the_higher_price():
    twice = [
        ("ann", "ring", WEEK + timedelta(days=day), "purchase", 1.0, cents) for day, cents in ((0, 1200), (1, 800))
    ]
    assert labels(week(*twice), "ann", "ring")[0][3] == 1


def test_the_price_in_the_catalogue_stands_in_for_one_that_was_not_written_down():
    assert labels(week(("ann", "ring", WEEK, "purchase", 1.0, 0)), "ann", "ring")[0][2:] == [1, 1]


def test_nobody_is_above_an_average_that_is_not_there():
    found = labels(week(("bob", "ring", WEEK, "purchase", 1.0, 2000)), "bob", "ring", "pin")
    assert [row[2] for row in found] == [1, 0]
    assert np.isnan([row[3] for row in found]).all()


def test_what_a_shop_does_not_record_is_not_a_number():
    purchases = [row for row in BEFORE if row[3] == "purchase"]
    found = labels(week(("ann", "ring", WEEK, "purchase", 1.0, 2000), before=purchases), "ann", "ring")
    assert np.array_equal(found, [[NAN, NAN, 1, 1]], equal_nan=True)


@pytest.mark.parametrize("user", [None, "nobody"])
def test_of_somebody_unknown_nothing_is_told(user):
    assert np.isnan(labels(week(), user, "ring", "pin")).all()


def test_somebody_who_first_came_in_the_week_counts_with_what_they_did():
    found = labels(week(("new", "ring", WEEK, "purchase", 1.0, 2000)), "new", "ring")
    assert np.array_equal(found, [[0, NAN, 1, NAN]], equal_nan=True)


def test_queries_come_back_in_their_order():
    dataset, happened = week(("ann", "ring", WEEK, "view", 1.0, 0), ("bob", "chain", WEEK, "view", 1.0, 0))
    chain, ring = dataset.items.rows_of(["chain", "ring"])
    rows = [np.array([ring], np.int32), np.empty(0, np.int32), np.array([ring, chain], np.int32)]
    found = Outcomes.of(dataset, happened).labels(["ann", "ann", "bob"], rows)
    assert found[:, 0].tolist() == [1, 0, 1]


def test_nothing_asked_is_nothing_told():
    assert Outcomes.of(*week()).labels([], []).shape == (0, len(TASKS))
