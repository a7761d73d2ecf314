"""Sentences, headings, dates and numbers in the customer's language, from the templates in ``reasons/``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import resources
from itertools import compress
from typing import Final

DEFAULT_LANGUAGE: Final = "en"
"""What is spoken to somebody whose language has no templates."""

_EPOCH: Final = date(1970, 1, 1)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_KEPT: Final = 4096
"""So many dates, some eleven years, and so many numbers are written out once and kept."""
_SAYINGS: Final = 128
"""For so many lists of what rules had to say of a request, some forty with every rule there is, and ..."""
_MOVES: Final = 128
"""... for each of them so many ways in which all that may have moved an item, what there is to say is kept."""


class Wording:
    """The templates of one language.

    Args:
        language: As in ``en``.
        templates: Sentences by section and key.
    """

    def __init__(self, language: str, templates: dict[str, dict[str, str]]) -> None:
        self.language = language
        self.templates = templates
        self._form = templates["form"]
        self._point = self._form["decimal"]
        # Kept for each language: what a few requests need again and again.
        self.day = lru_cache(_KEPT)(self._day)
        self.popular = lru_cache(_KEPT)(self._popular)
        self.alike = cache(self._alike)
        self.mark = cache(self._mark)
        self.marked = lru_cache(_SAYINGS)(self._marked)

    def text(self, section: str, key: str, otherwise: str = "other") -> str:
        """A template, the one under ``otherwise`` where the section has no such key."""
        found = self.templates[section]
        return found.get(key) or found[otherwise]

    def _mark(self, reason: str) -> str | None:
        """The sentence for an item that stands where it does by a rule's reason code; None where that has none."""
        fitting = [key for key in self.templates["mark"] if reason == key or reason.startswith(f"{key}_")]
        return self.templates["mark"][max(fitting, key=len)] if fitting else None

    def _marked(self, said: tuple[tuple[str, str], ...]) -> Callable[[bytes], tuple[tuple[str, ...], str, str | None]]:
        """What tells of rules and reasons, from a byte for each that is 1 where it moved an item, what there is to say.

        That is the reason codes, the last rule, empty for none, and the sentence of the last that has one.
        """

        @lru_cache(_MOVES)
        def told(moved: bytes) -> tuple[tuple[str, ...], str, str | None]:
            deeds = list(compress(said, moved))
            sentences = [text for _, reason in deeds if (text := self.mark(reason)) is not None]
            return (
                tuple([reason for _, reason in deeds]),
                deeds[-1][0] if deeds else "",
                sentences[-1] if sentences else None,
            )

        return told

    def _day(self, days: int) -> tuple[str, str]:
        """A day, counted from 1970, in ISO 8601 and as people write it: 3 May 2026, 3. Mai 2026."""
        moment = _EPOCH + timedelta(days=days)
        month = self._form[_MONTHS[moment.month - 1]]
        return moment.isoformat(), self._form["date"].format(day=moment.day, month=month, year=moment.year)

    def _alike(self, event: str) -> Callable[[str, str, str], str]:
        """What writes the sentence for an item alike: from the title, the date and the likeness of what speaks."""
        numbered = self.text("alike", event).replace("{title}", "{0}").replace("{date}", "{1}")
        return numbered.replace("{likeness}", "{2}").format

    def _popular(self, buyers: int) -> str:
        """The sentence for an item that so many customers bought."""
        if buyers > 1:
            return self.text("general", "popular").format(buyers=self.count(buyers))
        return self.text("general", "popular_one" if buyers else "popular_none")

    def likenesses(self, values: Sequence[float]) -> list[str]:
        """Numbers with two digits: 0.83, 0,83."""
        written = [f"{value:.2f}" for value in values]
        return written if self._point == "." else [each.replace(".", self._point) for each in written]

    def count(self, value: int) -> str:
        """A whole number: 1,204, 1.204."""
        return f"{value:,}".replace(",", self._form["thousands"])


def languages() -> tuple[str, ...]:
    """The languages there are templates for."""
    folder = resources.files("parure.pipeline") / "reasons"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def wording(language: str) -> Wording:
    """The templates of a language, such as ``de`` or ``de-AT``; English where there are none."""
    return _wordings().get(language) or _wordings().get(language[:2].lower()) or _wordings()[DEFAULT_LANGUAGE]


@cache
def _wordings() -> dict[str, Wording]:
    folder = resources.files("parure.pipeline") / "reasons"
    texts = {name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in languages()}
    return {name: Wording(name, tomllib.loads(text)) for name, text in texts.items()}
