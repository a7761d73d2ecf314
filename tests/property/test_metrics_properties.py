"""What holds for every list and every truth."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parure.core import IdMap
from parure.evaluation.intervals import bootstrap
from parure.evaluation.metrics import METRICS, user_metrics
from parure.evaluation.truth import Truth, ranked_matrix

ITEMS = IdMap.of(f"{number:02d}" for number in range(40))
ranking = st.lists(st.integers(0, 39), unique=True, max_size=40)
wanted = st.sets(st.integers(0, 39), min_size=1)


def _truth(*taken: set[int]) -> Truth:
    return Truth.of({f"u{n}": {ITEMS.id_of(i) for i in each} for n, each in enumerate(taken)}, ITEMS)


def _plain(ranked: list[int], taken: set[int]) -> list[float]:
    """The definitions, one place at a time."""
    hits = [item in taken for item in ranked]
    precision = sum(sum(hits[: at + 1]) / (at + 1) for at in range(min(12, len(hits))) if hits[at])
    gain = sum(1 / np.log2(at + 2) for at in range(min(10, len(hits))) if hits[at])
    ideal = sum(1 / np.log2(at + 2) for at in range(min(10, len(taken))))
    ten = sum(hits[:10])
    recalls = [sum(hits[:k]) / len(taken) for k in (10, 20, 100, 200)]
    return [precision / min(12, len(taken)), gain / ideal, ten / 10, float(ten > 0), *recalls]


@given(st.lists(st.tuples(ranking, wanted), min_size=1, max_size=6))
def test_many_users_at_once_score_like_one_by_one(users: list[tuple[list[int], set[int]]]) -> None:
    truth = _truth(*(taken for _, taken in users))
    scores = user_metrics(ranked_matrix([ranked for ranked, _ in users]), truth)
    np.testing.assert_allclose(scores, [_plain(*user) for user in users], atol=1e-12)


@given(ranking, wanted)
def test_scores_lie_between_nought_and_one(ranked: list[int], taken: set[int]) -> None:
    scores = user_metrics(ranked_matrix([ranked]), _truth(taken))
    assert ((scores >= 0) & (scores <= 1 + 1e-12)).all()


@given(ranking, wanted)
def test_moving_hits_to_the_front_never_hurts(ranked: list[int], taken: set[int]) -> None:
    better = sorted(ranked, key=lambda item: item not in taken)
    truth = _truth(taken)
    before, after = (user_metrics(ranked_matrix([each]), truth)[0] for each in (ranked, better))
    assert (after >= before - 1e-12).all()


@given(wanted)
def test_naming_all_wanted_items_first_is_perfect(taken: set[int]) -> None:
    scores = dict(zip(METRICS, user_metrics(ranked_matrix([sorted(taken)]), _truth(taken))[0], strict=True))
    assert np.isclose(scores["map@12"], 1)
    assert np.isclose(scores["ndcg@10"], 1)
    assert np.isclose(scores["recall@200"], 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 3))
def test_an_interval_lies_within_the_values_and_repeats_with_its_seed(values: list[float], seed: int) -> None:
    column = np.array(values)[:, None]
    found = bootstrap(column, resamples=50, seed=seed)
    assert min(values) - 1e-9 <= found.low[0] <= found.high[0] <= max(values) + 1e-9
    assert found.low[0] == bootstrap(column, resamples=50, seed=seed).low[0]
