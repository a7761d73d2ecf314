"""What came of a contest between what is and what might be better: who was tried, kept out, overtaken, published."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from parure.pipeline.gate import Verdict
from parure.pipeline.tune_trees import Search
from parure.pipeline.workflow import Published

Outcome = Literal["published", "overtaken", "unused", "kept out", "not tried"]
"""``overtaken``: better than what there was, and then another was better still. ``unused``: a source that finds more,
but no ranker that would read it has earned its place."""


@dataclass(frozen=True)
class Contest:
    """What was tried and what became of it.

    Attributes:
        verdicts: One a challenger, in the order in which they were tried.
        quotas: How many candidates each source of the published recipe may bring.
        search: What the search over settings of trees found; None where there was none.
        chosen: The ranker that is published.
        judged_on: The weeks that verdicts are from, counted back from the last one.
        taught_by: The weeks that rankers learned from for the verdicts.
        began: The recipe that it began from.
        published: What was published; None where only the contest was wanted.
    """

    verdicts: tuple[Verdict, ...]
    quotas: dict[str, int]
    search: Search | None
    chosen: str
    judged_on: tuple[int, ...]
    taught_by: tuple[int, ...]
    began: str = ""
    published: Published | None = None

    def outcome(self, verdict: Verdict) -> Outcome:
        """What became of a challenger."""
        if not verdict.tried:
            return "not tried"
        if not verdict.passed:
            return "kept out"
        if verdict.kind == "source":
            return "published" if verdict.name in self.quotas else "unused"
        return "published" if verdict.name == self.chosen else "overtaken"

    def why(self, verdict: Verdict) -> str:
        """The reason of :meth:`outcome` in words."""
        outcome = self.outcome(verdict)
        if outcome == "unused":
            return f"{verdict.why}; but no ranker that would read it has earned its place"
        return f"{verdict.why}; then {self.chosen} was better still" if outcome == "overtaken" else verdict.why

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return {
            "began": self.began,
            "verdicts": [
                {**verdict.to_dict(), "outcome": self.outcome(verdict), "why": self.why(verdict)}
                for verdict in self.verdicts
            ],
            "quotas": self.quotas,
            "search": None if self.search is None else asdict(self.search),
            "chosen": self.chosen,
            "judged_on": list(self.judged_on),
            "taught_by": list(self.taught_by),
            "published": None if self.published is None else self.published.to_dict(),
        }
