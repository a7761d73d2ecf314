"""Settings of ingest."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from parure.core.config import Config


class Dialect(Config):
    """How a file writes its values. What is None is detected from the file and reported."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Character between two cells."""
    encoding: str | None = None
    """Name of the character encoding, as ``utf-8`` or ``cp1252``."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers and prices."""
    date_format: str | None = None
    """Format of dates and times in strptime letters, as ``%d.%m.%Y %H:%M``."""
    timezone: str | None = None
    """Zone of times that carry no offset, as ``Europe/Berlin``; UTC where None."""
    currency: str | None = Field(default=None, min_length=3, max_length=3)
    """Currency of prices without a sign, as ``EUR``."""

    def over(self, base: Dialect) -> Dialect:
        """These settings, with those of ``base`` where these are None."""
        own = {name: value for name, value in self.model_dump().items() if value is not None}
        return base.model_copy(update=own)


class IngestConfig(Config):
    """Bounds and choices of ingest."""

    dialect: Dialect = Dialect()
    """Overrides of what would be detected, for all files."""
    pseudonymise: bool = False
    """Replace customer ids by a keyed hash at the door. Cannot be changed once a shop has tables."""
    earliest: str = "1990-01-01"
    """Times before this day are absurd."""
    latest_ahead_days: float = Field(default=1.0, ge=0)
    """Times further ahead of now than this are future, in days."""
    max_quantity: float = Field(default=100_000, gt=0)
    """Largest plausible number of units in one order line."""
    free_lines: bool = False
    """Whether an order line may cost nothing, as a sample does; otherwise a price of zero is a fault."""
    max_price: float = Field(default=10_000_000, gt=0)
    """Largest plausible price or amount, in the currency's whole unit."""
    max_columns: int = Field(default=2_000, ge=10)
    """Files with more columns are refused."""
    max_field_chars: int = Field(default=1_000_000, ge=100)
    """Rows with a longer cell are malformed."""
    missing_values: tuple[str, ...] = ("NULL", "null", "\\N", "None", "N/A", "#N/A")
    """Texts that mean that nothing is there, besides the empty cell."""
    memory_limit_mib: int = Field(default=1024, ge=128)
    """Memory the SQL engine may hold before it spills to disk, in MiB."""
    threads: int | None = Field(default=None, ge=1)
    """Threads of the SQL engine; all processors where None."""
