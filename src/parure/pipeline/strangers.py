"""What requests have in common of which nothing personal is known: what is found for one is kept for the next.

Who is nobody the shop knows, or did not agree to be known, says nothing to sources, ranker and rules. What these say to
such requests is the same for all of them, but for what a rule leaves to chance.
"""

from __future__ import annotations

from typing import Final

from parure.core import IdMap, Query
from parure.core.clock import MINUTE_US
from parure.pipeline.stages import Asked, Scored

_KEPT_US: Final = MINUTE_US
"""So far an answer may lag: newness and promotions move with the moment, by less than anyone can see in a minute."""


class Strangers:
    """Keeps what was found for the last request of a stranger, for the next that asks for the same.

    Args:
        users: Everybody whom the sources know; where None, whoever gives an id counts as known.
    """

    def __init__(self, users: IdMap | None) -> None:
        self._users = users
        self._last: tuple[Asked, Scored] | None = None

    def found(self, query: Query) -> tuple[Asked, Scored] | None:
        """What was found for a request that differs from this one in nothing that anybody looks at, and that request.

        Args:
            query: As the rules let the later stages see it.
        """
        last = self._last
        if last is None or not self._is_one(query):
            return None
        before = last[0].shopper.query
        same = before.now_us // _KEPT_US == query.now_us // _KEPT_US and before.surface == query.surface
        return last if same else None

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
