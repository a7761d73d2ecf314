"""Answers that strangers share: made for the first of them, and given to all who ask the same in the same minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parure.core.clock import MINUTE_US
from parure.pipeline.recommend import Recommender
from parure.serving.types import Recommendations

_MOST: Final = 256
"""So many answers are kept; when there are more, all are forgotten."""

Question = tuple[bytes, bool]
"""What is asked for, and whether the bundle knows who asks; an answer says why it is not personal."""


@dataclass(slots=True)
class SharedAnswer:
    """What strangers are told who ask one thing. Never changed once it is made.

    Attributes:
        answer: The answer to the first, with its items as they go over the wire.
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

        Args:
            asked: The question.
            known_as: Who asks, as the tables call them.
            now_us: The moment of asking.
        """
        kept = self._kept.get(asked)
        if kept is None or kept.minute != now_us // MINUTE_US:
            return None
        _, is_known = asked
        return None if is_known and kept.recommender.hears(known_as) else kept

    def keep(self, asked: Question, shared: SharedAnswer) -> None:
        """Keep what a stranger is told."""
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[asked] = shared

    def forget(self) -> None:
        """Products are not as they were."""
        self._kept.clear()
