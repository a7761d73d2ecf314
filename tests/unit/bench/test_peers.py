"""The peers, on a checkerboard of two tastes."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data import Train
from bench.peers import PEERS, Parameters, Peer, matrix, rank
from bench.tifu_knn import neighbours, user_vectors
from parure.core import UNKNOWN, IdMap
from parure.evaluation import Truth

USERS = IdMap.of(f"user{n:02d}" for n in range(20))
ITEMS = IdMap.of(f"item{n:02d}" for n in range(12))


@pytest.fixture(scope="module")
def train() -> Train:
    """User u has bought every item of the same parity, but for one."""
    pairs = [(u, i) for u in range(20) for i in range(12) if (u + i) % 2 == 0 and i // 2 != u // 2 % 6]
    user_ix, item_ix = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    ones = np.ones(len(pairs), np.float32)
    return Train(USERS, ITEMS, user_ix, item_ix, age_days=ones, quantity=ones)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth.of({user: {"item00"} for user in USERS}, ITEMS)


def _peer(name: str) -> Peer:
    return next(peer for peer in PEERS if name in peer.name)


def _first(peer: Peer) -> Parameters:
    """The first point of the grid, with as many neighbours as a user of this toy has of the same taste."""
    first = dict(next(peer.settings()))
    return first | {"k": 9} if "TIFU" in peer.name else first


@pytest.mark.parametrize(
    "peer",
    [p for p in PEERS if p.name not in {"popular", "own counts", "implicit BPR"}],
    ids=lambda p: p.name,
)
def test_a_peer_finds_the_one_item_of_the_taste_that_is_missing(peer: Peer, train: Train, truth: Truth) -> None:
    scorer = peer.fit(train, _first(peer), 0)
    first = rank(scorer, train, truth, new_only=True)[:, 0]
    missing = [2 * (u // 2 % 6) + u % 2 for u in range(20)]
    assert first.tolist() == missing


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_what_was_bought_is_left_out_where_only_new_items_count(peer: Peer, train: Train, truth: Truth) -> None:
    ranked = rank(peer.fit(train, next(peer.settings()), 0), train, truth, new_only=True)
    bought = matrix(train, weight="binary").toarray().astype(bool)
    for user, row in enumerate(ranked):
        assert not bought[user, row[row != UNKNOWN]].any()


def test_own_counts_list_what_was_bought_and_nothing_else(train: Train, truth: Truth) -> None:
    ranked = rank(_peer("own counts").fit(train, {"half_life_days": None}, 0), train, truth, new_only=False)
    assert ((ranked != UNKNOWN).sum(axis=1) == 5).all()


def test_recent_lines_count_more() -> None:
    two = np.array([0, 0], np.int32)
    item_ix = np.array([0, 1], np.int32)
    aged = Train(USERS, ITEMS, two, item_ix, np.array([0, 30], np.float32), np.ones(2, np.float32))
    row = matrix(aged, weight="count", half_life_days=30).toarray()[0]
    assert row[:2].tolist() == [1, 0.5]


def test_ease_solves_its_normal_equations(train: Train) -> None:
    # The minimum of |X - XB|^2 + reg |B|^2 with a diagonal of 0: off the diagonal, the gradient is 0.
    ease = _peer("EASE")
    parameters = {"items": 12, "reg": 2.0, "weight": "binary", "half_life_days": None}
    x = matrix(train, weight="binary").toarray()
    scores = ease.fit(train, parameters, 0)(np.arange(20, dtype=np.int32))
    b, gram = np.linalg.lstsq(x, scores)[0], x.T @ x
    assert np.abs(np.diag(b)).max() < 1e-4
    gradient = gram @ b + 2.0 * b - gram
    assert np.abs(gradient - np.diag(np.diag(gradient))).max() < 1e-3


def test_ease_says_nothing_of_items_beyond_the_best_selling(train: Train) -> None:
    # Nine users bought each of the last four items, eight each of the others.
    parameters = {"items": 4, "reg": 1.0, "weight": "binary", "half_life_days": None}
    scores = _peer("EASE").fit(train, parameters, 0)(np.array([0], np.int32))
    assert np.flatnonzero(~np.isnan(scores[0])).tolist() == [8, 9, 10, 11]


def test_rp3beta_is_the_chance_of_a_walk_of_three_steps_less_for_popular_items(train: Train) -> None:
    parameters = {"k": 12, "beta": 0.5, "weight": "binary", "half_life_days": None}
    scores = _peer("RP3beta").fit(train, parameters, 0)(np.arange(20, dtype=np.int32))
    x = matrix(train, weight="binary").toarray()
    sold = x.sum(axis=0)
    walk = (x / sold).T @ (x / x.sum(axis=1, keepdims=True)) / sold**0.5
    assert np.allclose(np.nan_to_num(scores), x @ walk, rtol=1e-5)


def _bought(days_ago: dict[str, list[tuple[float, int]]]) -> Train:
    """Each user's (days ago, item) pairs, of two items at most."""
    users = IdMap.of(sorted(days_ago))
    lines = [(row, age, item) for row, user in enumerate(sorted(days_ago)) for age, item in days_ago[user]]
    user_ix, age, item_ix = zip(*lines, strict=True)
    return Train(
        users,
        IdMap.of(["a", "b"]),
        np.array(user_ix, np.int32),
        np.array(item_ix, np.int32),
        np.array(age, np.float32),
        np.ones(len(lines), np.float32),
    )


def test_a_vector_of_tifu_is_the_mean_of_groups_of_decayed_baskets() -> None:
    # Five baskets in two groups, of two and of three: a, a | b, a (twice on that day), b.
    train = _bought({"u": [(4.5, 0), (3.5, 0), (2.5, 1), (1.2, 0), (1.8, 0), (0.5, 1)]})
    found = user_vectors(train, groups=2, within_decay=0.5, group_decay=0.25).toarray()[0]
    a = 0.25 * (0.5**4 + 0.5**3) / 2 + 0.5 / 3
    b = (0.5**2 + 1) / 3
    assert found == pytest.approx([a / 2, b / 2])


def test_with_fewer_baskets_than_groups_each_is_a_group() -> None:
    train = _bought({"u": [(2.5, 0), (0.5, 1)]})
    found = user_vectors(train, groups=3, within_decay=0.5, group_decay=0.5).toarray()[0]
    assert found == pytest.approx([0.5 * 0.5**2 / 2, 0.5 / 2])


def test_neighbours_are_the_nearest_others() -> None:
    train = _bought({"u": [(0.5, 0)], "v": [(0.5, 0)], "w": [(0.5, 0), (0.5, 1)], "x": [(0.5, 1)]})
    near = neighbours(user_vectors(train, groups=1, within_decay=1, group_decay=1), 2).toarray()
    assert near.tolist() == [[0, 0.5, 0.5, 0], [0.5, 0, 0.5, 0], [0.5, 0.5, 0, 0], near[3].tolist()]
    assert near[3, 2] == 0.5


def test_tifu_mixes_own_purchases_with_those_of_neighbours() -> None:
    train = _bought({"u": [(0.5, 0)], "v": [(0.5, 0)], "w": [(0.5, 0), (0.5, 1)], "x": [(0.5, 1)]})
    parameters = {"k": 2, "groups": 1, "decays": (1.0, 1.0), "alpha": 0.5}
    scores = _peer("TIFU").fit(train, parameters, 0)(np.array([0], np.int32))
    assert scores[0] == pytest.approx([0.5 + 0.5, 0.5 * 0.5])
