"""The contract of every rule."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from parure.core import IdMap, Query
from parure.core.slate import Removed, Slate


class Rule(ABC):
    """Keeps, drops or moves items for a business reason, and says which reason.

    What a rule forbids whatever the scores are, it names in :meth:`forbid`: sources then never look at those items,
    and the pool is not wasted on them. What depends on the slate, it does in :meth:`apply`.
    """

    name: ClassVar[str]

    def forbid(self, query: Query, items: IdMap) -> Removed | None:
        """Items that must not be candidates for ``query``, with the reason; None where nothing is forbidden."""
        del query, items
        return None

    def apply(self, query: Query, slate: Slate) -> Slate:
        """The slate without what this rule takes out; every removed item is accounted for in ``slate.removed``."""
        del query
        return slate
