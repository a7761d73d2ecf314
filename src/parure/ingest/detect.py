"""What a file's values look like: delimiter, decimal mark, date format, currency, offsets.

Decisions are made from samples, by counting. What the sample leaves open (is 03/04 in March or in April?) is returned
as open, and the caller asks the whole column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from parure.ingest.lines import records_in

DELIMITERS: Final = (",", ";", "\t", "|")
CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "Kč": "CZK"}
AMBIGUOUS: Final = "day or month first"
"""Date format of a column whose sample fits both orders."""

_COMMA_DECIMAL: Final = re.compile(r"\d,\d{1,2}(?!\d)(?![.,])|\d\.\d{3},\d")
_POINT_DECIMAL: Final = re.compile(r"\d\.\d{1,2}(?!\d)(?![.,])|\d,\d{3}\.\d")
_ISO: Final = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?(\d{2})?)?$")
_OFFSET: Final = re.compile(r"\d{1,2}:\d{2}\S*?\s*(Z|[+-]\d{2}:?(\d{2})?)$")
_NUMERIC_DATE: Final = re.compile(
    r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[T ,]+(\d{1,2}:\d{2}(?::\d{2})?))?( ?[AaPp][Mm])?$"
)
_ISO_CODE: Final = re.compile(r"\b([A-Z]{3})\b")


def find_delimiter(head: str, known: Iterable[str] = ()) -> str:
    """The delimiter of a text.

    Args:
        head: The first lines.
        known: Column names that a header may well have; a delimiter that brings them out wins.

    Returns:
        One of comma, semicolon, tab and bar; a comma where the text has a single column.
    """
    names = {name.lower() for name in known}

    def quality(delimiter: str) -> tuple[int, float, int]:
        rows = [record.cells for record in records_in(head, delimiter, 100) if not record.fault]
        if not rows or len(rows[0]) < 2:
            return (0, 0.0, 0)
        width = len(rows[0])
        hits = sum(cell.strip().lower() in names for cell in rows[0])
        return (hits, sum(len(row) == width for row in rows) / len(rows), width)

    return max(DELIMITERS, key=quality)


def find_decimal(values: Sequence[str]) -> Literal[".", ",", ""]:
    """The decimal mark that most of ``values`` show, or empty where none shows any."""
    commas = sum(bool(_COMMA_DECIMAL.search(value)) for value in values)
    points = sum(bool(_POINT_DECIMAL.search(value)) for value in values)
    return "," if commas > points else "." if points else ""


def find_currency(values: Sequence[str]) -> str:
    """The ISO code of the currency that most of ``values`` carry, or empty."""
    found: Counter[str] = Counter()
    for value in values:
        sign = next((code for sign, code in CURRENCIES.items() if sign in value), "")
        code = _ISO_CODE.search(value)
        if sign or code:
            found[sign or (code.group(1) if code else "")] += 1
    return found.most_common(1)[0][0] if found else ""


def has_offsets(values: Sequence[str]) -> bool:
    """Whether times carry offsets from UTC."""
    return any(_OFFSET.search(value) for value in values)


def find_date_format(values: Sequence[str]) -> str:
    """How a column writes dates: ``iso``, ``epoch_s``, ``epoch_ms``, ``epoch_us``, a strptime format, or AMBIGUOUS.

    AMBIGUOUS stands before the two candidates' separator and time part; see :func:`day_and_month_first`.
    """
    if not values:
        return "iso"
    epoch = _find_epoch(values)
    if epoch:
        return epoch
    if sum(bool(_ISO.match(value)) for value in values) * 2 >= len(values):
        return "iso"
    matches = [match for match in map(_NUMERIC_DATE.match, values) if match]
    if len(matches) * 2 < len(values):
        return _find_written_out(values)
    first = max(int(match.group(1)) for match in matches)
    second = max(int(match.group(3)) for match in matches)
    day_first, month_first = day_and_month_first(values)
    if matches[0].group(2) == ".":
        return day_first
    if second > 12 and _share(matches, 3) > _share(matches, 1):
        return month_first
    return day_first if first > 12 else AMBIGUOUS


def _share(matches: Sequence[re.Match[str]], group: int) -> int:
    """How many of the dates can only be read with this part as the day."""
    return sum(int(match.group(group)) > 12 for match in matches)


def day_and_month_first(values: Sequence[str]) -> tuple[str, str]:
    """The two readings of a numeric date column: (day first, month first)."""
    match = next(match for match in map(_NUMERIC_DATE.match, values) if match)
    mark = match.group(2)
    year = "%Y" if len(match.group(4)) == 4 else "%y"
    time = ""
    if match.group(5):
        hour = "%I" if match.group(6) else "%H"
        time = f" {hour}:%M:%S" if match.group(5).count(":") == 2 else f" {hour}:%M"
        time += " %p" if match.group(6) else ""
    return f"%d{mark}%m{mark}{year}{time}", f"%m{mark}%d{mark}{year}{time}"


def _find_epoch(values: Sequence[str]) -> str:
    digits = [value.split(".")[0] for value in values if re.fullmatch(r"\d{8,17}(\.\d+)?", value)]
    if len(digits) * 2 < len(values):
        return ""
    length = Counter(map(len, digits)).most_common(1)[0][0]
    if length == 8:
        return "%Y%m%d"
    if length == 14 and digits[0].startswith(("19", "20")):
        return "%Y%m%d%H%M%S"
    return "epoch_s" if length <= 11 else "epoch_ms" if length <= 14 else "epoch_us"


_WRITTEN: Final = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a, %d %b %Y %H:%M:%S",
)


def _find_written_out(values: Sequence[str]) -> str:
    from datetime import datetime

    def reads(date_format: str) -> Callable[[str], bool]:
        def one(value: str) -> bool:
            try:
                datetime.strptime(value, date_format)  # noqa: DTZ007 - only whether it parses
            except ValueError:
                return False
            return True

        return one

    best = max(_WRITTEN, key=lambda date_format: sum(map(reads(date_format), values[:200])))
    return best if any(map(reads(best), values[:200])) else "iso"
