"""What passes between the stages of a request: what rules say first, candidates as the ranker sees them, the slate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parure.core.slate import Removed, Slate
from parure.rules import Shopper

Rows = NDArray[np.int32]


@dataclass(slots=True)
class Asked:
    """A query before anything is looked for.

    Attributes:
        shopper: Who asks, as far as the rules let the later stages see it.
        forbidden: What rules forbid whatever its score.
        included: int32[n], what has to be a candidate.
    """

    shopper: Shopper
    forbidden: tuple[Removed, ...]
    included: Rows


@dataclass(slots=True)
class Way:
    """One query's way through ranker and rules. Never changed once it is made.

    Attributes:
        shopper: Who asked, as far as the rules let the later stages see it.
        ranked: The best candidates, before any rule.
        slate: After all rules.
        widened: Whether rules left fewer than were wanted of the pool, so that all candidates went through them.
    """

    shopper: Shopper
    ranked: Slate
    slate: Slate
    widened: bool


@dataclass(slots=True)
class Scored:
    """The candidates of a request as the ranker sees them.

    Attributes:
        rows: int32[n], all candidates, ascending.
        scores: float32[n], the ranker's score of each.
        shares: float32[n, voices], what each source has to do with it.
        ranked: The best of them as a slate that no rule has touched; None until somebody asks for it. Slates do not
            change, so that several requests may go on from one.
    """

    rows: Rows
    scores: NDArray[np.float32]
    shares: NDArray[np.float32]
    ranked: Slate | None = None
