"""The loops of session-kNN, compiled: the current session, its neighbours among past ones, and their votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native
from parure.retrieval.folded import Rows, Scores

Offsets = NDArray[np.int64]
Packed = NDArray[np.int64]


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
    items: Rows, weights: Scores, starts: Offsets, lists: Rows, sample: int, neighbours: int
) -> tuple[Rows, Scores, Rows]:
    """The past sessions most like the current one, among the newest that share an item with it.

    The lists of all items are merged newest first, so that a session's weight is complete when it is met, and nothing
    needs more room than ``sample``.

    Args:
        items: int32[m], of the current session.
        weights: float32[m], what sharing each of them counts.
        starts: int64[items + 1], where each item's list begins.
        lists: int32, the sessions with each item, newest first: where they begin among all steps.
        sample: How many sessions are compared.
        neighbours: How many of them are kept.

    Returns:
        int32[n], where sessions begin; float32[n], how near each is; int32[n], the place in ``items`` of the first one
        shared.
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
            if heads[i] < ends[i] and lists[heads[i]] > newest:
                newest = lists[heads[i]]
        if newest < 0:
            break
        weight, first = np.float32(0), -1
        for i in range(m):
            if heads[i] < ends[i] and lists[heads[i]] == newest:
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
def packed(item_ix: Rows, places: NDArray[np.uint8], kind: NDArray[np.int8], last: NDArray[np.bool_]) -> Packed:
    """Steps as one number each, int64[n]: item, number of its moment, kind, and whether the session ends there.

    All that is read of a session thus lies side by side: a request waits for memory once a neighbour.
    """
    steps = np.empty(len(item_ix), np.int64)
    for at in range(len(item_ix)):
        steps[at] = np.int64(item_ix[at]) << 16 | np.int64(places[at]) << 8 | np.int64(kind[at]) << 1 | last[at]
    return steps


@native
def votes(
    sessions: Rows, near: Scores, shared_items: Rows, steps: Packed, kinds: Scores, rarity: Scores, distance: Scores
) -> tuple[Rows, Scores]:
    """What the neighbours vote for, in a hash table as large as their sessions together.

    Args:
        sessions: int32[n], where the neighbours begin among all steps.
        near: float32[n], what a vote of each counts.
        shared_items: int32[n], the item that each shares with the current session, the newest if several.
        steps: int64, steps of all sessions, as :func:`packed` makes them; a session holds an item once.
        kinds: float32[kinds], what a kind counts.
        rarity: float32[items], what a vote for an item counts.
        distance: float32[256], what a vote counts by how many moments lie between the item and the one shared.

    Returns:
        int32[m], distinct items in no order, and float32[m], their scores.
    """
    total = 0
    for n in range(len(sessions)):
        at = np.int64(sessions[n])
        while not steps[at] & 1:
            at += 1
        total += at + 1 - sessions[n]
    size = 16
    while size < 2 * total:
        size *= 2
    slots = np.full(size, -1, np.int32)
    rows, scores = np.empty(total, np.int32), np.empty(total, np.float32)
    found = 0
    for n in range(len(sessions)):
        at = np.int64(sessions[n])
        while steps[at] >> 16 != shared_items[n]:
            at += 1
        here = steps[at] >> 8 & 255
        at, step = np.int64(sessions[n]), np.int64(0)
        while not step & 1:
            step = steps[at]
            at += 1
            item = np.int32(step >> 16)
            vote = near[n] * kinds[step >> 1 & 127] * distance[abs((step >> 8 & 255) - here)]
            slot = (np.int64(item) * 2654435761 >> 7) & (size - 1)
            while slots[slot] != -1 and rows[slots[slot]] != item:
                slot = (slot + 1) & (size - 1)
            if slots[slot] == -1:
                slots[slot], rows[found], scores[found] = found, item, vote * rarity[item]
                found += 1
            else:
                scores[slots[slot]] += vote * rarity[item]
    return rows[:found], scores[:found]


@native
def answer(
    item_ix: Rows,
    timestamp_us: NDArray[np.int64],
    kind: NDArray[np.int8],
    starts: Offsets,
    lists: Rows,
    steps: Packed,
    tables: tuple[Scores, Scores, Scores, Scores, Scores],
    limits: tuple[int, int, int, int],
) -> tuple[Rows, Scores, int]:
    """What past sessions say to a history.

    Args:
        item_ix: See :func:`current`, as for the next two.
        timestamp_us: As there.
        kind: As there.
        starts: See :func:`nearest`.
        lists: As there.
        steps: See :func:`votes`.
        tables: What a kind counts; what an item of the current session counts by the age of its moment, in finding
            neighbours and for their votes; rarity and distance of :func:`votes`.
        limits: The longest pause in microseconds, most items of the current session, sessions compared and kept.

    Returns:
        int32[m], distinct items in no order, float32[m], their scores, and the moment of the last step.
    """
    kinds, decay, vote_decay, rarity, distance = tables
    pause_us, most, sample, neighbours = limits
    items, places, worth, last_us = current(item_ix, timestamp_us, kind, kinds, pause_us, most)
    for i in range(len(items)):
        places[i] = min(places[i], len(decay) - 1)
        worth[i] *= decay[places[i]]
    sessions, near, shared = nearest(items, worth, starts, lists, sample, neighbours)
    for n in range(len(near)):
        near[n] *= vote_decay[places[shared[n]]]
    rows, scores = votes(sessions, near, items[shared], steps, kinds, rarity, distance)
    return rows, scores, last_us


@native
def first_of(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The ``k`` best of distinct rows in any order, best first, ties by row; for a small ``k``."""
    best, values = np.empty(k, np.int32), np.empty(k, np.float32)
    found = 0
    for i in range(len(rows)):
        row, score = rows[i], scores[i]
        if found == k:
            if k == 0 or score < values[k - 1] or (score == values[k - 1] and row > best[k - 1]):
                continue
            place = k - 1
        else:
            place = found
            found += 1
        while place > 0 and (score > values[place - 1] or (score == values[place - 1] and row < best[place - 1])):
            best[place], values[place] = best[place - 1], values[place - 1]
            place -= 1
        best[place], values[place] = row, score
    return best[:found], values[:found]
