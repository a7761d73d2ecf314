"""The data quality report that ``parure ingest`` left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from parure.core.errors import ParureError


class NothingThereError(ParureError):
    """What was asked for has not been made yet."""

    code = "not_found"


def quality_report(shop: Path) -> dict[str, Any]:
    """The report as it was written.

    Raises:
        NothingThereError: There is none, or it cannot be read.
    """
    path = shop / "reports" / "quality.json"
    hint = "Run: parure ingest YOUR-FILES, which writes it."
    try:
        # Python writes NaN where JSON has no such thing.
        told = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
    except FileNotFoundError:
        raise NothingThereError("The shop has no data quality report.", hint=hint) from None
    except (OSError, ValueError) as error:
        raise NothingThereError(f"The data quality report cannot be read: {error}.", hint=hint) from error
    if not isinstance(told, dict):
        raise NothingThereError("The data quality report is not an object.", hint=hint)
    return told
