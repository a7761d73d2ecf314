"""What a pass of training sees."""

import numpy as np
import pytest

from parure.ranking import Examples, Slates
from parure.ranking.mmoe.lessons import Lessons

NAN = np.nan


def lessons(tasks, offsets=None, labels=None) -> Lessons:
    tasks = None if tasks is None else np.array(tasks, np.float32)
    count = len(labels) if tasks is None else len(tasks)
    slates = Slates(np.zeros((count, 1), np.float32), np.array(offsets or [0, count], np.int64))
    bought = np.array(labels if labels is not None else tasks[:, 2], np.float32)
    return Lessons.of(Examples(slates, bought, np.ones(len(slates.offsets) - 1, np.int64), tasks=tasks))


def test_a_task_that_is_not_recorded_or_never_came_true_has_no_head():
    assert lessons([[NAN, 0, 1, 0], [NAN, 0, 0, 0], [NAN, 0, 1, 1]]).heads == ("purchase", "spend")


def test_spend_has_no_head_without_purchases():
    assert lessons([[1, 0, NAN, 1], [0, 0, NAN, 0]]).heads == ("click",)


def test_without_tasks_purchases_alone_are_learned():
    found = lessons(None, labels=[0, 1, 0])
    assert found.heads == ("purchase",)
    assert found.labels.tolist() == [[0], [1], [0]]


def test_the_rate_of_spend_is_that_among_what_was_bought():
    found = lessons([[0, 0, 1, 1], [1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    assert found.heads == ("click", "purchase", "spend")
    assert found.rates() == pytest.approx([1.5 / 5, 3.5 / 5, 1.5 / 4])


def test_few_of_the_others_are_drawn_and_stand_for_all_of_them():
    tasks = np.zeros((110, 4), np.float32)
    tasks[[3, 50], 2] = 1
    tasks[70, 0] = 1
    found = lessons(tasks, offsets=[0, 10, 100, 110])
    rows, counts = found.drawn(np.arange(110), 5, np.random.default_rng(0))
    assert {3, 50, 70} <= set(rows.tolist())
    assert len(set(rows.tolist())) == len(rows) == 3 + 3 * 5
    by_query = np.bincount(found.query[rows], counts)
    assert by_query.tolist() == pytest.approx([10, 90, 10])


def test_drawn_negatives_give_the_sums_of_all_rows_in_the_mean():
    rng = np.random.default_rng(1)
    tasks = (rng.random((400, 4)) < 0.05).astype(np.float32)
    found = lessons(tasks, offsets=list(range(0, 401, 40)))
    values = rng.random(400)
    sums = [
        (values[rows] * counts).sum() for rows, counts in (found.drawn(np.arange(400), 10, rng) for _ in range(400))
    ]
    assert np.mean(sums) == pytest.approx(values.sum(), rel=0.01)


def test_whole_queries_are_held_out():
    found = lessons(np.ones((40, 4)), offsets=list(range(0, 41, 4)))
    seen, unseen = found.parted(0.2, np.random.default_rng(0))
    assert sorted([*seen, *unseen]) == list(range(40))
    assert len(set(found.query[unseen].tolist())) == 2
    assert not set(found.query[seen].tolist()) & set(found.query[unseen].tolist())
