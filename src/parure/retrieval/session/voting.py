"""The loops of session-kNN, compiled: the current session, its neighbours among past ones, and their votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native
from parure.retrieval.folded import Rows, Scores

Offsets = NDArray[np.int64]


@native
def current(
    item_ix: Rows,
    timestamp_us: NDArray[np.int64],
    kind: NDArray[np.int8],
    weights: Scores,
    pause_us: int,
    most: int,
) -> tuple[Rows, Rows, Scores, int]:
    """The distinct items of a history's last session, newest first.

    Args:
        item_ix: int32[n], oldest first; below 0 for an unknown item.
        timestamp_us: int64[n], ascending.
        kind: int8[n].
        weights: float32[kinds], what a kind counts; 0 leaves it out.
        pause_us: The session begins after the last pause longer than this.
        most: No more items than this.

    Returns:
        int32[m], the items; int32[m], how many moments before the last one each was last touched; float32[m], the
        largest weight of its kinds; and the moment of the last step, in microseconds.
    """
    items, places = np.empty(most, np.int32), np.empty(most, np.int32)
    worth = np.empty(most, np.float32)
    found, place = 0, -1
    last_us, before = 0, 0
    for at in range(len(item_ix) - 1, -1, -1):
        item, time, weight = item_ix[at], timestamp_us[at], weights[kind[at]]
        if item < 0 or weight <= 0:
            continue
        if place < 0:
            last_us = time
        elif before - time > pause_us:
            break
        if place < 0 or time != before:
            place += 1
        before = time
        known = 0
        while known < found and items[known] != item:
            known += 1
        if known < found:
            worth[known] = max(worth[known], weight)
        elif found == most:
            break
        else:
            items[found], places[found], worth[found] = item, place, weight
            found += 1
    return items[:found], places[:found], worth[:found], last_us


@native
def nearest(
    items: Rows,
    weights: Scores,
    starts: Offsets,
    sessions_of: Rows,
    sample: int,
    neighbours: int,
) -> tuple[Rows, Scores, Rows]:
    """The past sessions most like the current one, among the newest that share an item with it.

    The lists of all items are merged newest first, so that a session's weight is complete when it is met, and nothing
    needs more room than ``sample``.

    Args:
        items: int32[m], of the current session.
        weights: float32[m], what sharing each of them counts.
        starts: int64[items + 1], where each item's list begins.
        sessions_of: int32, the lists: sessions that hold the item, newest first.
        sample: How many sessions are compared.
        neighbours: How many of them are kept.

    Returns:
        int32[n], sessions; float32[n], how near each is; int32[n], the place in ``items`` of the first one shared.
    """
    m = len(items)
    heads, ends = np.empty(m, np.int64), np.empty(m, np.int64)
    for i in range(m):
        heads[i], ends[i] = starts[items[i]], starts[items[i] + 1]
    session, shared = np.empty(sample, np.int32), np.empty(sample, np.int32)
    near = np.empty(sample, np.float32)
    found = 0
    while found < sample:
        newest = np.int32(-1)
        for i in range(m):
            if heads[i] < ends[i] and sessions_of[heads[i]] > newest:
                newest = sessions_of[heads[i]]
        if newest < 0:
            break
        weight, first = np.float32(0), -1
        for i in range(m):
            if heads[i] < ends[i] and sessions_of[heads[i]] == newest:
                weight += weights[i]
                first = i if first < 0 else first
                heads[i] += 1
        session[found], shared[found], near[found] = newest, first, weight
        found += 1
    if found <= neighbours:
        return session[:found], near[:found], shared[:found]
    border = np.partition(near[:found], found - neighbours)[found - neighbours]
    above = 0
    for i in range(found):
        above += near[i] > border
    ties, kept = neighbours - above, 0
    for i in range(found):
        # Of those on the border the newest stay.
        if near[i] > border or (near[i] == border and ties > 0):
            ties -= near[i] == border
            session[kept], near[kept], shared[kept] = session[i], near[i], shared[i]
            kept += 1
    return session[:kept], near[:kept], shared[:kept]


@native
def votes(
    sessions: Rows,
    near: Scores,
    shared_items: Rows,
    offsets: Offsets,
    step_items: Rows,
    step_places: NDArray[np.uint8],
    step_kinds: NDArray[np.int8],
    kind_weights: Scores,
    rarity: Scores,
    by_distance: Scores,
) -> tuple[Rows, Scores]:
    """What the neighbours vote for, in a hash table as large as their sessions together.

    Args:
        sessions: int32[n], the neighbours.
        near: float32[n], what a vote of each counts.
        shared_items: int32[n], the item that each shares with the current session, the newest if several.
        offsets: int64[sessions + 1], where each session's steps begin.
        step_items: int32, distinct items of the sessions, in the order of their steps.
        step_places: uint8, the number of each step's moment within its session.
        step_kinds: int8, kinds of the steps.
        kind_weights: float32[kinds], what a kind counts.
        rarity: float32[items], what a vote for an item counts.
        by_distance: float32[256], what a vote counts by how many moments lie between the item and the one shared.

    Returns:
        int32[m], ascending items, and float32[m], their scores.
    """
    total = 0
    for n in range(len(sessions)):
        total += offsets[sessions[n] + 1] - offsets[sessions[n]]
    size = 16
    while size < 2 * total:
        size *= 2
    mask = size - 1
    keys, sums = np.full(size, -1, np.int32), np.empty(size, np.float32)
    used = np.empty(total, np.int32)
    found = 0
    for n in range(len(sessions)):
        start, end = offsets[sessions[n]], offsets[sessions[n] + 1]
        here = np.int64(0)
        for at in range(start, end):
            if step_items[at] == shared_items[n]:
                here = np.int64(step_places[at])
                break
        for at in range(start, end):
            item = step_items[at]
            vote = near[n] * kind_weights[step_kinds[at]] * by_distance[abs(np.int64(step_places[at]) - here)]
            slot = (np.int64(item) * 2654435761 >> 7) & mask
            while keys[slot] != -1 and keys[slot] != item:
                slot = (slot + 1) & mask
            if keys[slot] == -1:
                keys[slot], sums[slot] = item, vote
                used[found] = slot
                found += 1
            else:
                sums[slot] += vote
    rows = np.empty(found, np.int32)
    for i in range(found):
        rows[i] = keys[used[i]]
    order = np.argsort(rows)
    scores = np.empty(found, np.float32)
    for i in range(found):
        scores[i] = sums[used[order[i]]] * rarity[rows[order[i]]]
    return rows[order], scores
