"""Answers that strangers share: made for the first of them, and given to all who ask the same in the same minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parure.core.clock import MINUTE_US
from parure.pipeline.recommend import Recommender
from parure.serving.types import Recommendations

_MOST: Final = 256
"""So many answers are kept."""
LONGEST: Final = 64 << 10
"""Answers with more bytes of items than this are made anew: few ask for as much, and none for the same."""

Question = tuple[bytes, bool]
"""What is asked for, and whether the bundle knows who asks; an answer says why it is not personal."""


@dataclass(slots=True)
class SharedAnswer:
    """What strangers are told who ask one thing. Never changed once it is made.

    Attributes:
        answer: The answer to the first, less what it said of who asked and of itself, its items in JSON.
        prefix: What the names of such answers begin with.
        fingerprints: Of the items, for the cursor behind them.
        more: Whether there is one.
        recommender: What made it; it says whether what is known of a customer may count.
        minute: In which it was made, since 1970.
    """

    answer: Recommendations
    prefix: str
    fingerprints: Sequence[int]
    more: bool
    recommender: Recommender
    minute: int


class SharedAnswers:
    """The answers of one bundle that strangers share.

    A stranger is nobody whom the bundle knows and who has done nothing since, or somebody who did not agree that what
    they do counts. Rules may leave something to chance, and then each has an answer of their own.
    """

    def __init__(self) -> None:
        self._kept: dict[Question, SharedAnswer] = {}

    def found(self, asked: Question, known_as: str | None, now_us: int) -> SharedAnswer | None:
        """What somebody is told who has done nothing since training; None if they are no stranger, or the first to ask.

        Whom the bundle does not know is a stranger whatever they said: there is nothing that could count.

        Args:
            asked: The question.
            known_as: Who asks, as the tables call them; looked at where the bundle knows them.
            now_us: The moment of asking.
        """
        kept = self._kept.get(asked)
        if kept is None or kept.minute != now_us // MINUTE_US:
            return None
        _, is_known = asked
        return None if is_known and kept.recommender.hears(known_as) else kept

    def keep(self, asked: Question, shared: SharedAnswer) -> None:
        """Keep what a stranger is told. What is of another minute goes; of too many, what came first."""
        kept = self._kept
        kept.pop(asked, None)
        while kept:
            first = next(iter(kept))
            if len(kept) < _MOST and kept[first].minute == shared.minute:
                break
            del kept[first]
        kept[asked] = shared

    def forget(self) -> None:
        """Products are not as they were."""
        self._kept.clear()
