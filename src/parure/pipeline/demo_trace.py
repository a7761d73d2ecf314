"""The account of one request, in the portions in which the demo's page tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parure.pipeline.answer import IMPERSONAL, Answers
from parure.pipeline.demo_places import Visit, meaning_of
from parure.pipeline.trace import Ranked, SourceTrace, StepTrace, Touched, Trace

PICTURED: Final = 10
"""So many products of a list stand on the page with a picture."""
NEXT: Final = 4
"""So many products that just missed being shown stand behind those that were."""

_DONE: Final = {"removes": "removed", "reweighs": "reweighed", "arranges": "moved"}


@dataclass(frozen=True)
class Deed:
    """What one rule did for one reason, as a line of the page.

    Attributes:
        rule: The rule.
        done: ``never looked for``, ``removed``, ``reweighed`` or ``moved``.
        count: How many products.
        meaning: Why, in one line.
        gone: Whether they are out of the request for it.
        pictured: The first of them, each with what happened to it in a word or a number.
        shifted: How many others have another place for it.
    """

    rule: str
    done: str
    count: int
    meaning: str
    gone: bool
    pictured: tuple[tuple[str, str], ...]
    shifted: int


@dataclass(frozen=True)
class TracedVisit:
    """The account of the request behind one visit.

    Attributes:
        visit: The customer at the place.
        told: The account.
    """

    visit: Visit
    told: Trace

    @classmethod
    def of(cls, answers: Answers, visit: Visit, customer_id: str) -> TracedVisit:
        """Answer the visit's request once more, keeping the account.

        Cost:
            That of a few answers and some 10 ms for writing everything down.
        """
        query = answers.request(customer_id, surface=visit.surface, items=visit.items, language=visit.language)
        return cls(visit, answers.trace(query, answers.part(visit.surface)))

    @property
    def stages(self) -> list[tuple[int, str]]:
        """How many products there were at each stage, with what the stage is called."""
        merged, told = self.told.merged, self.told
        filled = [(len(told.filled.items), "best sellers, to fill up")] if told.filled else []
        return [
            (sum(len(source.found) for source in told.sources), "found by sources"),
            (merged.candidates, "different ones, merged"),
            (merged.ranked, "ranked, for the rules"),
            (len(told.final), "left by the rules"),
            *filled,
            (len(self.shown), "shown"),
        ]

    @property
    def shown(self) -> tuple[Ranked, ...]:
        """What was shown, best first."""
        return self.told.shown

    @property
    def listed(self) -> tuple[Ranked, ...]:
        """What was shown, and the next behind it."""
        return self.shown + tuple(each for each in self.told.final if not each.shown)[:NEXT]

    @property
    def overlap(self) -> list[tuple[str, int, float]]:
        """How many sources found a product: in words, how many products, and their share of the largest number."""
        most = max(self.told.merged.found_by.values(), default=1)
        return [(_by_sources(n), count, count / most) for n, count in self.told.merged.found_by.items()]

    @cached_property
    def deeds(self) -> list[Deed]:
        """What rules did, in their order."""
        never = [
            Deed(each.rule, "never looked for", each.count, meaning_of(each.reason), True, _plain(each.first), 0)
            for each in self.told.forbidden
        ]
        return never + [_deed(step) for step in self.told.steps]

    @staticmethod
    def goes_by(source: SourceTrace) -> str:
        """What a source is, and what it goes by, in words."""
        if source.of == "page":
            return f"{source.kind}, by what is on the page"
        return source.kind if source.kind in IMPERSONAL else f"{source.kind}, by what the customer did"

    @property
    def colours(self) -> dict[str, int]:
        """The number of each source's colour."""
        return {source.source: place % 8 + 1 for place, source in enumerate(self.told.sources)}

    @property
    def top(self) -> float:
        """The highest score before the rules, which the bars go by."""
        return max((sum(abs(share) for share in each.shares.values()) for each in self.listed), default=0.0) or 1.0

    def products(self) -> Iterable[str]:
        """Ids of all that is shown with a picture."""
        yield from self.visit.items
        for source in self.told.sources:
            yield from (each.item_id for each in source.found[:PICTURED])
        yield from self.told.merged.first_below[:PICTURED]
        for deed in self.deeds:
            yield from (item_id for item_id, _ in deed.pictured)
        yield from (each.item_id for each in self.listed)


def _deed(step: StepTrace) -> Deed:
    gone = step.effect == "removes"
    pictured = tuple((each.item_id, _happened(each)) for each in step.items[:PICTURED])
    return Deed(step.rule, _DONE[step.effect], len(step.items), meaning_of(step.reason), gone, pictured, step.shifted)


def _happened(item: Touched) -> str:
    if item.factor is not None:
        return f"{item.factor:.2f} times"
    return f"was {item.place}" if item.to is None else f"{item.place} → {item.to}"


def _plain(ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((item_id, "") for item_id in ids)[:PICTURED]


def _by_sources(number: int) -> str:
    return {0: "only a rule asked for", 1: "found by one source"}.get(number, f"found by {number} sources")
