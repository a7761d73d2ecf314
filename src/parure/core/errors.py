"""Every error parure raises on purpose.

::

    ParureError
    ├── SettingsError          a setting, recipe or mapping is wrong
    ├── InputError             a file or table from outside cannot be used
    │   ├── MissingInputError      not there, not readable, empty
    │   ├── ColumnError            a required column is missing
    │   └── CursorError            a page of a list that has changed since its first page
    ├── UnknownIdError         a user or item nobody has heard of
    ├── NotFittedError         asked to answer before it was trained
    ├── BundleError            a bundle is missing, broken or from another version
    ├── StoreError             the operational store cannot be opened, read or written
    │   └── StoreFullError         more waits to be written than may wait; try again shortly
    └── MissingExtraError      an optional dependency is not installed

A message has three parts: what was got, what was expected, what to do next. ``code`` is stable and can be matched on.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ParureError(Exception):
    """Base of all errors that a user can act on.

    Args:
        message: What was got and what was expected.
        hint: What to do next.
    """

    code = "parure"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def to_dict(self) -> dict[str, str]:
        """The error as JSON-ready fields: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class SettingsError(ParureError):
    """A setting, recipe or mapping is wrong."""

    code = "settings"


class InputError(ParureError):
    """A file or table from outside cannot be used."""

    code = "input"


class MissingInputError(InputError):
    """An input is not there, cannot be read, or is empty."""

    code = "input_missing"


class ColumnError(InputError):
    """A required column is missing."""

    code = "input_columns"


class CursorError(InputError):
    """A page of a list that has changed since its first page."""

    code = "cursor_stale"


class UnknownIdError(ParureError):
    """A user or item id that is not in the bundle."""

    code = "unknown_id"


class NotFittedError(ParureError):
    """A model was asked to answer before it was trained or loaded."""

    code = "not_fitted"


class BundleError(ParureError):
    """A bundle is missing, broken, or written by a version that cannot be read."""

    code = "bundle"


class StoreError(ParureError):
    """The operational store cannot be opened, read or written. What was submitted may or may not be stored."""

    code = "store"


class StoreFullError(StoreError):
    """More waits to be written than may wait. Nothing of what was submitted is stored.

    Args:
        waiting: Events that wait.
        allowed: Events that may wait.
        retry_after_s: In how many seconds there should be room.
    """

    code = "store_full"

    def __init__(self, waiting: int, allowed: int, retry_after_s: float) -> None:
        super().__init__(
            f"{waiting} events wait to be stored, of {allowed} that may.",
            hint=f"Send them again in {retry_after_s:.1f} seconds.",
        )
        self.retry_after_s = retry_after_s


class MissingExtraError(ParureError):
    """An optional dependency is not installed."""

    code = "missing_extra"

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed.",
            hint=f'Install it with: pip install "parure[{extra}]"',
        )


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """Phrase the nearest known name as a question, or give an empty string when nothing is near."""
    near = get_close_matches(got.lower(), sorted(known), n=1, cutoff=0.55)
    return f"did you mean {near[0]!r}?" if near else ""
