"""Money: whole cents inside, the shop's currency outside."""

from __future__ import annotations


def price_of(cents: float | None) -> float | None:
    """A price as it is shown to callers; None where it is unknown, which tables write as 0 or null."""
    return float(cents) / 100 if cents else None
