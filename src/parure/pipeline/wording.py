"""Sentences, headings, dates and numbers in the customer's language, from the templates in ``reasons/``."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Final

DEFAULT_LANGUAGE: Final = "en"
"""What is spoken to somebody whose language has no templates."""

_EPOCH: Final = date(1970, 1, 1)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS_KEPT: Final = 4096
"""Dates are written out once; so many are kept, some eleven years."""


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
        self.day = lru_cache(_DAYS_KEPT)(self._day)

    def text(self, section: str, key: str, otherwise: str = "other") -> str:
        """A template, the one under ``otherwise`` where the section has no such key."""
        found = self.templates[section]
        return found.get(key) or found[otherwise]

    @cache  # noqa: B019 - there are as many objects as languages, and as many marks as rules have reason codes
    def mark(self, reason: str) -> str | None:
        """The sentence for an item that stands where it does by a rule's reason code; None where that has none."""
        fitting = [key for key in self.templates["mark"] if reason == key or reason.startswith(f"{key}_")]
        return self.templates["mark"][max(fitting, key=len)] if fitting else None

    def _day(self, days: int) -> tuple[str, str]:
        """A day, counted from 1970, in ISO 8601 and as people write it: 3 May 2026, 3. Mai 2026."""
        moment = _EPOCH + timedelta(days=days)
        month = self._form[_MONTHS[moment.month - 1]]
        return moment.isoformat(), self._form["date"].format(day=moment.day, month=month, year=moment.year)

    def likeness(self, value: float) -> str:
        """A number with two digits: 0.83, 0,83."""
        written = f"{value:.2f}"
        return written if self._form["decimal"] == "." else written.replace(".", self._form["decimal"])

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
