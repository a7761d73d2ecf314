"""Splits, metrics and intervals against figures that the reference protocol gave once, kept in ``protocol.json``.

The protocol is plain numpy and pandas: seven-day windows counted back from the last day, means over all users with a
truth, bootstrap over users with numpy's generator. The file holds 35 days of lines, with somebody and something that
come up in the test week only, a line at its first moment and one just before; and two sets of lists, some short or
empty, some users without any.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from parure.core import IdMap
from parure.dataset import build_targets
from parure.evaluation.intervals import bootstrap, paired
from parure.evaluation.metrics import METRICS, coverage, user_metrics
from parure.evaluation.truth import Truth, ranked_from_ids

FROZEN: dict[str, Any] = json.loads((Path(__file__).parent / "protocol.json").read_text(encoding="utf-8"))
WEEKS = sorted(FROZEN["weeks"])
SHOP = """
CREATE TABLE customers (registration_date DATE, age BIGINT, age_group VARCHAR, customer_id VARCHAR);
CREATE TABLE interactions (customer_id VARCHAR, product_id VARCHAR, interaction_type VARCHAR, "timestamp" TIMESTAMP,
    interaction_duration DOUBLE);
CREATE VIEW products AS SELECT DISTINCT item AS product_id, 'all' AS category, 1 AS price_cents,
    NULL AS sale_price_cents, 'in_stock' AS stock_status, NULL::DATE AS created_date FROM lines;
CREATE VIEW orders AS SELECT basket::VARCHAR AS order_id, who AS customer_id, moment AS order_date,
    'completed' AS order_status, NULL::BOOLEAN AS is_gift FROM lines;
CREATE VIEW order_items AS SELECT basket::VARCHAR AS order_id, item AS product_id, 1 AS quantity,
    1 AS unit_price_cents FROM lines;
"""


def _sets(lists: dict[str, list[str]]) -> dict[str, set[str]]:
    return {user: set(items) for user, items in lists.items()}


@pytest.mark.parametrize("week", WEEKS)
def test_the_splits_are_those_of_the_protocol(week: str) -> None:
    wanted = FROZEN["weeks"][week]
    with duckdb.connect() as con:
        con.execute("CREATE TABLE lines (who VARCHAR, item VARCHAR, moment TIMESTAMP, basket INT)")
        rows = [[*line, basket] for basket, line in enumerate(FROZEN["lines"])]
        con.executemany("INSERT INTO lines VALUES ($1, $2, $3, $4)", rows)
        con.execute(SHOP)
        (target,) = build_targets(con, weeks_back=(int(week),))
        before = con.execute("SELECT count(*) FROM lines WHERE unix_micros(moment) < $1", [target.as_of_us]).fetchall()
    assert target.truth == _sets(wanted["truth"])
    assert target.truth_new == _sets(wanted["truth_new"])
    assert target.known_items == set(wanted["known_items"])
    assert before == [(wanted["train_lines"],)]


@pytest.mark.parametrize("kind", ["truth", "truth_new"])
@pytest.mark.parametrize("week", WEEKS)
def test_values_and_intervals_are_those_of_the_protocol(week: str, kind: str) -> None:
    frozen = FROZEN["weeks"][week]
    items = IdMap.of(frozen["known_items"])
    truth = Truth.of(_sets(frozen[kind]), items)
    ranked = ranked_from_ids(frozen["ours"], truth)
    found = bootstrap(user_metrics(ranked, truth), resamples=200, seed=3)
    wanted = frozen[f"metrics_{kind}"]
    assert set(wanted) == {*METRICS, "coverage@10"}
    expected = np.array([wanted[name] for name in METRICS])
    np.testing.assert_allclose(np.stack([found.value, found.low, found.high], 1), expected, rtol=0, atol=1e-9)
    assert coverage(ranked, len(items)) == pytest.approx(wanted["coverage@10"], abs=1e-9)


@pytest.mark.parametrize("week", WEEKS)
def test_a_paired_difference_is_that_of_the_protocol(week: str) -> None:
    frozen = FROZEN["weeks"][week]
    truth = Truth.of(_sets(frozen["truth"]), IdMap.of(frozen["known_items"]))
    a, b = (user_metrics(ranked_from_ids(frozen[name], truth), truth)[:, :1] for name in ("ours", "theirs"))
    found = paired(a, b)
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx(frozen["paired"], abs=1e-9)
