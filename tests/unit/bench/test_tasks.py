"""The benchmark of several goals: figures worked by hand, and the whole on a shop small enough for a test."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bench import tasks
from bench.shops import MADE_UP, settings_of
from bench.tasks import METRICS, Scored, auc_by_query, gain_by_query
from parure.demo import DemoSize, make_shop
from parure.ingest import ingest
from parure.ranking import TASKS, Examples, Slates

NAN = float("nan")


def auc(scores: list[float], labels: list[float], offsets: list[int]) -> list[float]:
    found = auc_by_query(np.array(scores, np.float32), np.array(labels, np.float32), np.array(offsets, np.int64))
    return found.tolist()


def test_auc_is_the_share_of_pairs_in_the_right_order_within_a_query() -> None:
    # Of the pairs (hit, miss), the first query has 3 of 4 right, the second all; across queries nothing counts.
    assert auc([4, 3, 2, 1, 9, 8], [1, 0, 1, 0, 1, 0], [0, 4, 6]) == [0.75, 1.0]


def test_ties_count_half_and_what_nobody_knows_is_left_out() -> None:
    assert auc([1, 1, 5], [1, 0, NAN], [0, 3]) == [0.5]
    assert auc([2, 1, 1, 0], [0, 1, 0, 0], [0, 4]) == [0.5]


def test_a_query_in_which_all_came_true_or_nothing_has_no_auc() -> None:
    found = auc([1, 2, 1, 2, 1, 2], [1, 1, 0, 0, 0, 1], [0, 2, 4, 4, 6])
    assert np.isnan(found).tolist() == [True, True, True, False]
    assert found[3] == 1


def test_gain_counts_what_was_bought_and_not_found_and_skips_who_bought_nothing() -> None:
    slates = Slates(np.zeros((5, 1), np.float32), np.array([0, 3, 5], np.int64))
    judged = Examples(slates, np.array([0, 1, 0, 0, 0], np.float32), np.array([2, 0]))
    found = gain_by_query(np.array([3, 2, 1, 1, 2], np.float32), judged)
    second, both = 1 / np.log2(3), 1 + 1 / np.log2(3)
    assert found[0] == pytest.approx(second / both)
    assert np.isnan(found[1])


@pytest.mark.slow
@pytest.mark.skipif(not (find_spec("torch") and find_spec("lightgbm")), reason="extras neural and ranker")
def test_every_ranker_is_taught_by_earlier_weeks_and_judged_by_later_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_shop(tmp_path / "exports", size=DemoSize(products=80, customers=1000, views=0))
    ingest(tmp_path, made.tables)
    monkeypatch.setattr(tasks, "TAUGHT_BY", (1,))
    monkeypatch.setattr(tasks, "JUDGED", (0,))
    monkeypatch.setattr(tasks, "MOST", 40)
    lesson = tasks.lesson_of(tmp_path, settings_of(MADE_UP, seed=0))
    assert set(lesson.everybody.weeks.tolist()) == set(lesson.buyers.weeks.tolist()) == {1}
    assert set(lesson.judged.weeks.tolist()) == {0}
    assert len(lesson.customers) == len(lesson.judged.relevant)
    assert len(lesson.buyers.relevant) < len(lesson.everybody.relevant)

    found = tasks.scored_by_all(lesson)
    rows = list(tasks.rows_of(lesson, found))
    assert {row["metric"] for row in rows} == set(METRICS)
    assert {row["case"] for row in rows if row["unit"] == "score"} == set(found)
    by_case = {row["case"]: row for row in rows if row["metric"] == "auc_click"}
    gap = by_case["mmoe"]["value"] - by_case["lambdamart"]["value"]
    assert by_case["mmoe - lambdamart"]["value"] == pytest.approx(gap)
    assert all(0 <= row["value"] <= 1 for row in rows if row["unit"] == "score")


def test_a_ranker_of_one_score_is_judged_by_it_in_every_task() -> None:
    score = np.array([1.0, 2.0], np.float32)
    assert all(Scored(score).of(task) is score for task in range(len(TASKS)))
    by_task = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert Scored(score, by_task).of(2).tolist() == [2.0, 6.0]
