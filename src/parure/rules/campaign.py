"""When and where something that a merchandiser set holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from pydantic import Field, model_validator

from parure.core import Query
from parure.core.clock import DAY_US, to_us
from parure.core.config import Config


class Campaign(Config):
    """What everything has that a merchandiser sets for a while."""

    name: str = Field(default="", max_length=200)
    """What it is called, for people."""
    starts: date | None = None
    """The first day on which it holds, UTC; always before ``ends`` where left out."""
    ends: date | None = None
    """The last day on which it holds, UTC; for good where left out."""
    surfaces: tuple[str, ...] = ()
    """Where it holds, as in ``homepage``; everywhere where left out."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts is not None and self.ends is not None and self.ends < self.starts:
            raise ValueError(f"it ends on {self.ends}, before it starts on {self.starts}")
        return self

    def span(self) -> Span:
        """When and where it holds, quick to ask."""
        # Beyond every moment that a date can name.
        start_us = -(1 << 62) if self.starts is None else _midnight_us(self.starts)
        end_us = (1 << 62) if self.ends is None else _midnight_us(self.ends) + DAY_US
        return Span(start_us, end_us, frozenset(self.surfaces))


@dataclass(frozen=True, slots=True)
class Span:
    """When and where something holds.

    Attributes:
        start_us: From when on, in microseconds since 1970 UTC.
        end_us: Until before when.
        surfaces: On which surfaces; on all where empty.
    """

    start_us: int
    end_us: int
    surfaces: frozenset[str]

    def holds(self, query: Query) -> bool:
        """Whether it holds for a request."""
        return self.start_us <= query.now_us < self.end_us and (not self.surfaces or query.surface in self.surfaces)


def _midnight_us(day: date) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=UTC))
