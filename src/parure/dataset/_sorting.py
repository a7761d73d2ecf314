"""The one order of events: by user, time and item, and where these are equal by everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_KEYS = ("user_ix", "timestamp_us", "item_ix")
_TIE_KEYS = ("kind", "basket", "quantity", "price_cents", "weight")


def event_order(columns: Mapping[str, Array]) -> NDArray[np.int64]:
    """The permutation that sorts events; events that it cannot tell apart are equal in every column.

    Args:
        columns: The columns of :class:`~parure.dataset.Events` by name, each of length n.

    Returns:
        int64[n].

    Cost:
        One sort of n whole numbers when user, time and item fit into 63 bits together, else eight.
    """
    keys = [columns[name] for name in _KEYS]
    packed = _pack(keys)
    if packed is None:
        return np.lexsort([columns[name] for name in reversed((*_KEYS, *_TIE_KEYS))])
    order = np.argsort(packed)
    return _break_ties(order, packed[order], columns)


def _pack(keys: list[Array]) -> NDArray[np.int64] | None:
    """Several columns as one number that sorts like them; None where it would not fit."""
    packed = np.zeros(len(keys[0]), np.int64)
    room = 1
    if not len(packed):
        return packed
    for key in keys:
        low = key.min()
        offset = (key - low).astype(np.int64)
        # Moments are mostly whole seconds: in their greatest common step they need far fewer bits.
        step = int(np.gcd.reduce(offset)) or 1
        offset //= step
        size = int(offset.max()) + 1
        room *= size
        if room >= 2**63:
            return None
        packed *= size
        packed += offset
    return packed


def _break_ties(order: NDArray[np.int64], packed: NDArray[np.int64], columns: Mapping[str, Array]) -> NDArray[np.int64]:
    """Put events of equal user, time and item into the order of their other columns."""
    same = packed[1:] == packed[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rows = order[tied]
    ties = [columns[name][rows] for name in reversed(_TIE_KEYS)]
    order[tied] = rows[np.lexsort([*ties, packed[tied]])]
    return order
