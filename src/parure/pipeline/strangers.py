"""What requests have in common of which nothing personal is known: their candidates, found and scored once a minute.

Most visitors of a shop are nobody it knows, or did not agree to be known. What sources and ranker say to their requests
is the same for all of them; only what rules leave to chance differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import Query
from parure.core.clock import MINUTE_US
from parure.core.slate import Removed, Slate
from parure.rules import Shopper

Rows = NDArray[np.int32]
_KEPT_US: Final = MINUTE_US
"""So long sources may say what they said: what hangs on the moment, as newness, changes by the day."""


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
class Scored:
    """The candidates of a request as the ranker sees them.

    Attributes:
        rows: int32[n], all candidates, ascending.
        scores: float32[n], the ranker's score of each.
        shares: float32[n, voices], what each source has to do with it.
        ranked: The best of them as a slate that no rule has touched; None until somebody asks for it.
    """

    rows: Rows
    scores: NDArray[np.float32]
    shares: NDArray[np.float32]
    ranked: Slate | None = None


class Strangers:
    """Keeps the candidates of the last request of a stranger, for the next that asks for the same."""

    def __init__(self) -> None:
        self._last: tuple[Asked, Scored] | None = None

    def found(self, asked: Asked) -> Scored | None:
        """What was found for a request that differs from this one in nothing that sources or ranker look at."""
        last = self._last
        if last is None or not _is_stranger(asked.shopper.query):
            return None
        return last[1] if _same(last[0], asked) else None

    def keep(self, asked: Asked, scored: Scored) -> None:
        """Take note of what was found."""
        if _is_stranger(asked.shopper.query):
            # One assignment: a thread that reads meanwhile sees what belongs together.
            self._last = asked, scored

    def forget(self) -> None:
        """Products are not as they were."""
        self._last = None


def _is_stranger(query: Query) -> bool:
    """Whether a query says nothing but where in the shop it is asked, and when."""
    return (
        query.user_id is None
        and not len(query.history)
        and not query.items
        and not query.attributes
        and not query.goals
        and not query.item_filter.conditions
    )


def _same(one: Asked, other: Asked) -> bool:
    """Whether two requests of strangers find the same."""
    mine, theirs = one.shopper.query, other.shopper.query
    return (
        mine.now_us // _KEPT_US == theirs.now_us // _KEPT_US
        and mine.surface == theirs.surface
        and one.included is other.included
        and _same_rows(one.forbidden, other.forbidden)
    )


def _same_rows(some: Sequence[Removed], others: Sequence[Removed]) -> bool:
    """Whether rules forbid the same rows: they keep them while nothing changes, so that identity is enough."""
    return len(some) == len(others) and all(
        mine.rule == theirs.rule and mine.item_ix is theirs.item_ix for mine, theirs in zip(some, others, strict=True)
    )
