"""How rules that arrange move candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.slate import Positions, Slate


def put(
    slate: Slate, order: Positions, moved: Positions, places: Positions | slice
) -> tuple[Positions, NDArray[np.bool_]]:
    """Put candidates at places of an order; the others keep theirs around them.

    Args:
        slate: Whose candidates they are.
        order: intp[n], candidates, best first.
        moved: intp[m], distinct ones of them.
        places: Where each of ``moved`` is to stand, counted from 0: m distinct numbers below n.

    Returns:
        The new order, intp[n], and which candidates were moved, bool[candidates of the slate].
    """
    chosen = np.zeros(len(slate.item_ix), dtype=bool)
    chosen[moved] = True
    free = np.ones(len(order), dtype=bool)
    free[places] = False
    arranged = np.empty_like(order)
    arranged[places] = moved
    arranged[free] = order[~chosen.take(order)]
    return arranged, chosen
