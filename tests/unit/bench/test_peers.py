"""The peers, on a checkerboard of two tastes."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data import Train
from bench.peers import PEERS, Peer, matrix, rank
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


@pytest.mark.parametrize(
    "peer", [p for p in PEERS if "implicit" in p.name and "BPR" not in p.name], ids=lambda p: p.name
)
def test_a_peer_finds_the_one_item_of_the_taste_that_is_missing(peer: Peer, train: Train, truth: Truth) -> None:
    scorer = peer.fit(train, next(peer.settings()), 0)
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
    own = next(peer for peer in PEERS if peer.name == "own counts")
    ranked = rank(own.fit(train, {"half_life_days": None}, 0), train, truth, new_only=False)
    assert ((ranked != UNKNOWN).sum(axis=1) == 5).all()


def test_recent_lines_count_more() -> None:
    two = np.array([0, 0], np.int32)
    item_ix = np.array([0, 1], np.int32)
    aged = Train(USERS, ITEMS, two, item_ix, np.array([0, 30], np.float32), np.ones(2, np.float32))
    row = matrix(aged, weight="count", half_life_days=30).toarray()[0]
    assert row[:2].tolist() == [1, 0.5]
