"""Histories as weighted averages of items: one and the same arithmetic for training and for a query.

Each item of a history counts once, at the last time it was met. Its worth is the logarithm of what was done with it in
all; how much it fades depends on how long before the newest event that was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from parure.core.clock import DAY_US
from parure.retrieval.signals import Acts

CONTEXT = 7
"""Numbers of :func:`context`."""
PROFILE_VALUES = 1024
"""Values of customers' attributes are told apart by a hash of so many; 0 stands for none."""

_NEVER = np.iinfo(np.int64).max
_YEAR_DAYS = 365.25
_LITTLE = 1e-6
"""What rounding leaves of acts that cancel each other."""


@dataclass(frozen=True)
class Bags:
    """Averages to be taken, one bag a history.

    Attributes:
        item_ix: int64[n], items of all bags, one bag after the other, each item once a bag.
        offsets: int64[bags + 1], bag b holds ``item_ix[offsets[b]:offsets[b + 1]]``.
        weights: float32[half-lives, n], what each item counts; the weights of a bag sum to 1.
        newest_us: int64[bags], the moment of the newest event; -1 for an empty bag.
    """

    item_ix: NDArray[np.int64]
    offsets: NDArray[np.int64]
    weights: NDArray[np.float32]
    newest_us: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64[bags]: how many items each holds."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Log:
    """Events of several customers, sorted by (row, time), in a form from which any past moment is read at once.

    Attributes:
        acts: The events.
        scale: The weight of an event that counts as 1.
    """

    acts: Acts
    scale: float

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """int64[rows + 1]: row r's events are ``[offsets[r], offsets[r + 1])``."""
        return np.searchsorted(self.acts.row, np.arange(self.acts.shape[0] + 1)).astype(np.int64)

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The events sorted by (row, item, time), and which of them are the first of their (row, item)."""
        acts = self.acts
        order = np.lexsort((acts.timestamp_us, acts.item_ix, acts.row))
        row, item = acts.row[order], acts.item_ix[order]
        first = np.ones(len(order), bool)
        first[1:] = (row[1:] != row[:-1]) | (item[1:] != item[:-1])
        return order, first

    @cached_property
    def _next_us(self) -> NDArray[np.int64]:
        """int64[n]: when the same customer met the same item the next time."""
        order, first = self._pairs
        following = np.full(len(order), _NEVER)
        again = ~first[1:]
        following[:-1][again] = self.acts.timestamp_us[order[1:]][again]
        result = np.empty_like(following)
        result[order] = following
        return result

    @cached_property
    def _worth(self) -> NDArray[np.float64]:
        """float64[n]: log of 1 + all that the customer did with the item up to this event; 0 where that is against."""
        order, first = self._pairs
        if not len(order):
            return np.empty(0)
        total = np.cumsum(self.acts.weight[order].astype(np.float64))
        starts = np.flatnonzero(first)
        before = np.repeat(total[starts] - self.acts.weight[order[starts]], np.diff(np.append(starts, len(order))))
        result = np.empty(len(order))
        result[order] = np.log1p(np.maximum((total - before) / self.scale, 0.0))
        return result

    def ends(self, rows: NDArray[np.int64], moments_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: where the events of each row up to and with a moment end."""
        low, high = self.offsets[rows].copy(), self.offsets[rows + 1].copy()
        time = self.acts.timestamp_us
        while (searching := low < high).any():
            middle = (low + high) // 2
            after = np.zeros(len(rows), bool)
            after[searching] = time[middle[searching]] > moments_us[searching]
            high = np.where(searching & after, middle, high)
            low = np.where(searching & ~after, middle + 1, low)
        return low

    def bags(
        self, rows: NDArray[np.int64], moments_us: NDArray[np.int64] | None, *, length: int, half_lives: Sequence[float]
    ) -> Bags:
        """What was known of some rows at some moments.

        Args:
            rows: int64[bags].
            moments_us: int64[bags], what happened later is not seen; all is seen where None.
            length: Events at most, the newest ones.
            half_lives: In days.

        Cost:
            Linear in bags x length.
        """
        ends = self.offsets[rows + 1] if moments_us is None else self.ends(rows, moments_us)
        begins = np.maximum(self.offsets[rows], ends - length)
        counts = ends - begins
        bag = np.repeat(np.arange(len(rows)), counts)
        event = np.arange(len(bag)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begins, counts)
        seen = _NEVER - 1 if moments_us is None else moments_us[bag]
        kept = (self._next_us[event] > seen) & (self._worth[event] > _LITTLE)
        bag, event = bag[kept], event[kept]
        time = self.acts.timestamp_us
        newest = np.full(len(rows), -1, np.int64)
        newest[bag] = time[event]  # the last one stays, and events stand in the order of time
        fading = (newest[bag] - time[event]) / DAY_US
        weights = np.empty((len(half_lives), len(event)), np.float32)
        for place, half_life in enumerate(half_lives):
            worth = self._worth[event] * np.exp2(-fading / half_life)
            total = np.bincount(bag, worth, minlength=len(rows))
            weights[place] = worth / total[bag]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(bag, minlength=len(rows)))]).astype(np.int64)
        return Bags(self.acts.item_ix[event].astype(np.int64), offsets, weights, newest)


def context(bags: Bags, now_us: NDArray[np.int64]) -> NDArray[np.float32]:
    """What is known besides the items: size and age of the history, season, day of the week; float32[bags, CONTEXT].

    Args:
        bags: The histories.
        now_us: int64[bags], the moments of asking.
    """
    some = bags.sizes > 0
    age_days = np.where(some, np.maximum(now_us - bags.newest_us, 0) / DAY_US, 0.0)
    day = now_us / DAY_US
    year, week = 2 * np.pi * day / _YEAR_DAYS, 2 * np.pi * day / 7
    columns = [
        some,
        np.log1p(bags.sizes) / 5,
        np.log1p(age_days) / 5,
        np.sin(year),
        np.cos(year),
        np.sin(week),
        np.cos(week),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def profile_codes(attributes: Sequence[Mapping[str, str]], columns: Sequence[str]) -> NDArray[np.int64]:
    """The customers' attributes by number, int64[customers, columns]; 0 where unknown."""
    codes = np.zeros((len(attributes), len(columns)), np.int64)
    for row, known in enumerate(attributes):
        for place, name in enumerate(columns):
            value = known.get(name)
            if value:
                codes[row, place] = 1 + crc32(f"{name}={value}".encode()) % (PROFILE_VALUES - 1)
    return codes
