from datetime import UTC, datetime

import pytest

from parure.core.clock import to_us
from parure.core.errors import InputError
from parure.dataset import dataset_from_events, targets_of, week_starts


def day(number: int, hour: int = 12) -> int:
    return to_us(datetime(2025, 1, number, hour, tzinfo=UTC))


def bought(user_id: str, item_id: str, when: int, kind: str = "purchase"):
    return (user_id, item_id, when, kind, 1, 100)


def test_weeks_are_counted_back_from_the_end_of_the_last_day():
    assert week_starts(day(31, 0), [0, 1]) == [day(25, 0), day(18, 0)]
    assert week_starts(day(31, 23), [0]) == [day(25, 0)]


def test_truth_is_what_known_customers_bought_of_known_items():
    dataset = dataset_from_events(
        [
            bought("ada", "ring", day(20)),
            bought("bea", "watch", day(24, 23)),
            bought("ada", "ring", day(25, 0)),
            bought("ada", "watch", day(26)),
            bought("ada", "brooch", day(26)),
            bought("bea", "watch", day(27)),
            bought("cia", "ring", day(28)),
            bought("bea", "ring", day(28), "view"),
            bought("bea", "watch", day(31)),
        ]
    )
    (target,) = targets_of(dataset, [0])
    assert (target.as_of_us, target.end_us) == (day(25, 0), day(31, 0) + 86_400_000_000)
    assert target.truth == {"ada": {"ring", "watch"}, "bea": {"watch"}}
    assert target.truth_new == {"ada": {"watch"}}
    assert target.known_items == {"ring", "watch"}


def test_a_week_with_nobody_known_has_no_truth():
    dataset = dataset_from_events([bought("ada", "ring", day(1)), bought("bea", "watch", day(31))])
    (target,) = targets_of(dataset, [0])
    assert target.truth == target.truth_new == {}


def test_too_short_a_history_is_refused_with_the_days_it_needs():
    dataset = dataset_from_events([bought("ada", "ring", day(25)), bought("ada", "ring", day(31))])
    with pytest.raises(InputError, match=r"span 7 days.*at least 8 days"):
        targets_of(dataset, [0])


def test_a_shop_without_purchases_cannot_be_split():
    with pytest.raises(InputError, match="no purchases"):
        targets_of(dataset_from_events([bought("ada", "ring", day(25), "view")]))
