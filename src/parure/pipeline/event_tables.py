"""Events as a table of one's own, for notebooks: customer, product, kind and time a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from parure.core import EventKind
from parure.core.errors import InputError

_COLUMNS: Final = ("customer_id", "product_id", "interaction_type", "timestamp")


def event_rows(table: pa.Table) -> list[tuple[str, str, datetime | int, EventKind | str, float, int]]:
    """Events as rows of :func:`~parure.dataset.dataset_from_events`."""
    missing = [name for name in _COLUMNS if name not in table.column_names]
    if missing:
        raise InputError(
            f"The events have no column {missing[0]!r}; they have {', '.join(table.column_names) or 'none'}.",
            hint=f"Name the columns {', '.join(_COLUMNS)}.",
        )
    columns = [table.column(name).to_pylist() for name in _COLUMNS]
    return [
        (str(customer), str(product), _moment(when), _kind(kind), 1.0, 0)
        for customer, product, kind, when in zip(*columns, strict=True)
    ]


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise InputError(
            f"{value!r} is not a timestamp.", hint="Give datetimes, or text as in 2026-05-03 or 2026-05-03T10:15:00."
        ) from None


def _kind(value: Any) -> EventKind:
    name = str(value).upper()
    if name not in EventKind.__members__:
        raise InputError(
            f"{value!r} is not a kind of interaction.",
            hint=f"There are: {', '.join(kind.name.lower() for kind in EventKind)}.",
        )
    return EventKind[name]
