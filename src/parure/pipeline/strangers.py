"""What requests have in common of which nothing personal is known: candidates found for one are kept for the next.

Who is nobody the shop knows, or did not agree to be known, says nothing to sources and ranker. What these say to such
requests is the same for all of them, and so is what rules do, but for what they leave to chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from parure.core import IdMap, Query
from parure.core.clock import MINUTE_US
from parure.core.slate import Removed
from parure.pipeline.stages import Asked, Scored

_KEPT_US: Final = MINUTE_US
"""So far an answer may lag: newness and promotions move with the moment, by less than anyone can see in a minute."""


class Strangers:
    """Keeps the candidates of the last request of a stranger, for the next that asks for the same.

    Args:
        users: Everybody whom the sources know; where None, whoever gives an id counts as known.
    """

    def __init__(self, users: IdMap | None) -> None:
        self._users = users
        self._last: tuple[Asked, Scored] | None = None

    def found(self, asked: Asked) -> Scored | None:
        """What was found for a request that differs from this one in nothing that sources or ranker look at."""
        last = self._last
        if last is None or not self._is_one(asked.shopper.query):
            return None
        return last[1] if _same(last[0], asked) else None

    def keep(self, asked: Asked, scored: Scored) -> None:
        """Take note of what was found."""
        if self._is_one(asked.shopper.query):
            # One assignment: a thread that reads meanwhile sees what belongs together.
            self._last = asked, scored

    def forget(self) -> None:
        """Products are not as they were."""
        self._last = None

    def _is_one(self, query: Query) -> bool:
        """Whether a query says nothing but where in the shop it is asked, and when."""
        return (
            not len(query.history)
            and not query.items
            and not query.goals
            and not query.item_filter.conditions
            and (query.user_id is None or (self._users is not None and query.user_id not in self._users))
            and not query.attributes
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
