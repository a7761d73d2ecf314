"""How much more sells while promoted, and what that says of the coming days."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from parure.core.clock import DAY_US, rng_for, to_us
from parure.dataset import dataset_from_events
from parure.retrieval import Promoted, PromotedConfig

START_US = to_us(datetime(2025, 1, 1, tzinfo=UTC))
NOW_US = START_US + 100 * DAY_US
NO_PRIOR = 1e-6


def shop(bought, plan):
    """A shop of 100 days.

    Args:
        bought: item id -> days on which somebody bought it.
        plan: (item id, kind, first day, first day after, share).
    """
    days = [(item, day) for item, days in bought.items() for day in days]
    rows = [(f"u{n}", item, START_US + day * DAY_US, "purchase", 1, 100) for n, (item, day) in enumerate(days)]
    dataset = dataset_from_events(rows, products={"never": {}}, as_of_us=NOW_US)
    table = {
        "item_ix": dataset.items.rows_of([row[0] for row in plan]),
        "promotion_type": pa.array([row[1] for row in plan], pa.string()),
        "start_us": np.array([START_US + row[2] * DAY_US for row in plan], np.int64),
        "end_us": np.array([START_US + row[3] * DAY_US for row in plan], np.int64),
        "share": np.array([row[4] for row in plan], np.float32),
    }
    return replace(dataset, promotions=pa.table(table))


def fitted(dataset, **config):
    return Promoted(PromotedConfig(strength=NO_PRIOR, **config)).fit(dataset, rng=rng_for(0, "promoted"))


def scores(source, dataset, now_us=NOW_US):
    query = replace(dataset.query("u0"), now_us=now_us)
    found = source.fold_in([query]).score([np.arange(len(dataset.items), dtype=np.int32)])[0]
    return dict(zip(dataset.items, found.tolist(), strict=True))


# Ring: promoted on 20 of 100 days, on which 30 of its 70 purchases fall: 30 / 20 against 40 / 80 a day is 3 times.
RING = [0, *[10.5] * 30, *[50.5] * 39]
PLAN = [("ring", "mailer", 10, 30, 1.0)]


def test_the_lift_is_how_much_faster_a_product_sells_while_promoted():
    assert fitted(shop({"ring": RING}, PLAN)).lifts == {"mailer": pytest.approx(3.0, rel=1e-4)}


def test_products_sell_at_rates_of_their_own():
    # Chain sells a tenth as often and three times as often while promoted too: what is popular must not look lifted.
    bought = {"ring": RING, "chain": [*[10.5] * 3, *[50.5] * 4]}
    assert fitted(shop(bought, [*PLAN, ("chain", "mailer", 10, 30, 1.0)])).lifts["mailer"] == pytest.approx(3, rel=1e-4)


def test_a_promotion_that_does_nothing_has_no_lift():
    assert fitted(shop({"ring": [0, *[10.5] * 2, *[50.5] * 40]}, PLAN)).lifts == {"mailer": 1.0}


def test_few_purchases_prove_little():
    dataset = shop({"ring": [0, 10.5, 10.6, 11.5, 50.5]}, PLAN)
    careful = Promoted().fit(dataset, rng=rng_for(0, "promoted")).lifts["mailer"]
    assert 1 < careful < fitted(dataset).lifts["mailer"] / 2


def test_the_score_grows_with_the_days_and_the_stores_that_a_promotion_covers():
    ahead = [("ring", "mailer", 100, 107, 1.0), ("chain", "mailer", 100, 107, 0.5), ("watch", "mailer", 103.5, 120, 1)]
    dataset = shop({"ring": RING, "chain": [50], "watch": [50], "bangle": [50]}, [*PLAN, *ahead])
    assert scores(fitted(dataset), dataset) == {
        "bangle": 1.0,
        "chain": pytest.approx(2.0, rel=1e-3),
        "never": pytest.approx(np.nan, nan_ok=True),
        "ring": pytest.approx(3.0, rel=1e-3),
        "watch": pytest.approx(2.0, rel=1e-3),
    }


def test_a_new_product_in_the_plan_has_a_score():
    dataset = shop({"ring": RING}, [*PLAN, ("never", "mailer", 100, 107, 1.0)])
    assert scores(fitted(dataset), dataset)["never"] == pytest.approx(3.0, rel=1e-3)


def test_of_several_promotions_the_strongest_counts_and_other_kinds_can_be_left_out():
    plan = [
        *PLAN,
        ("ring", "shelf", 10, 30, 0.5),
        ("chain", "shelf", 100, 107, 1.0),
        ("chain", "mailer", 100, 107, 1.0),
    ]
    dataset = shop({"ring": RING, "chain": [50]}, plan)
    both = fitted(dataset)
    assert scores(both, dataset)["chain"] == pytest.approx(max(both.lifts.values()), rel=1e-4)
    assert list(fitted(dataset, promotion_types=("shelf",)).lifts) == ["shelf"]


def test_the_plan_is_read_at_the_moment_of_the_query():
    dataset = shop({"ring": RING}, [*PLAN, ("ring", "mailer", 100, 107, 1.0)])
    source = fitted(dataset)
    later = scores(source, dataset, NOW_US + 7 * DAY_US)
    assert later["ring"] == 1.0
