"""A request for recommendations, read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from parure.pipeline.goals import goals_of
from parure.pipeline.live import Act
from parure.serving.query import parsed
from parure.serving.types import Wanted


@dataclass(slots=True)
class Asking:
    """One request for recommendations, read. Never changed once it is made.

    Attributes:
        user_id: Who asks, as the shop calls them; None for nobody known.
        known_as: The same as the tables call them; empty for nobody known.
        wanted: What for.
        acts: What they did since the bundle was made, by the store's account and the request's own.
        goals: A weight a task.
        said: What for, as it was written; None where the answer is to be one of its own.
    """

    user_id: str | None
    known_as: str
    wanted: Wanted
    acts: Sequence[Act] = ()
    goals: dict[str, float] | None = None
    said: bytes | None = None


def asked(user_id: str | None, known_as: str, query_string: bytes, acts: Sequence[Act] = ()) -> Asking:
    """What the query of a GET says."""
    wanted = _wanted(query_string)
    goals = goals_of(wanted.goals) if wanted.goals else None
    return Asking(user_id, known_as, wanted, acts, goals, None if acts or wants_its_own(wanted) else query_string)


@lru_cache(maxsize=128)
def _wanted(query_string: bytes) -> Wanted:
    """A query, read, and never changed then: a page asks the same for everybody whom it is shown to."""
    return parsed(query_string, Wanted)


def wants_its_own(wanted: Wanted) -> bool:
    """Whether a request names what makes its answer one of its own: itself, a moment, or the page before."""
    return bool(wanted.request_id or wanted.cursor is not None or wanted.timestamp is not None)
