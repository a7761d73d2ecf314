"""What of a product is searched: which columns, in which group, and the text that a sentence model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

Group = str
TITLE: Final = "title"
ATTRIBUTES: Final = "attributes"
DESCRIPTION: Final = "description"
GROUPS: Final = (TITLE, ATTRIBUTES, DESCRIPTION)
"""Groups of columns, most telling first. ``title_de`` belongs to ``title``, ``description_de`` to ``description``."""

_CONTRACT = (
    "category",
    "subcategory",
    "brand",
    "collection",
    "material",
    "color",
    "gender",
    "age_group",
    "stone_type",
)
_NOT_WORDS = frozenset({"stock_status", "created_date", "additional_images", "size", "image", "images", "link"})
_LONGEST_FOR_MODEL = 400
"""Letters of a description that the sentence model reads; what stands behind them blurs what stands before."""


def columns_of(schema: pa.Schema) -> dict[Group, list[str]]:
    """The searchable columns of an item table by group, those of the contract first, then the shop's own by name.

    All columns of text are searchable except addresses of pictures and pages. The choice goes by name and type alone,
    so that no change of a product can change it.
    """
    names = [field.name for field in schema if _is_text(field.type) and not _is_hidden(field.name)]
    found: dict[Group, list[str]] = {group: [] for group in GROUPS}
    for name in sorted(names, key=lambda name: (name not in _CONTRACT, _place(name), name)):
        found[_group(name)].append(name)
    return found


def texts_of(table: pa.Table, columns: Sequence[str]) -> list[str]:
    """The texts of some columns, one a product, set apart by a full stop."""
    parts = [table.column(name).cast(pa.string()).to_pylist() for name in columns]
    if not parts:
        return [""] * len(table)
    return [". ".join(text for text in row if text) for row in zip(*parts, strict=True)]


def model_texts(table: pa.Table) -> list[str]:
    """What a sentence model reads of each product: titles, attributes, the beginning of each description."""
    columns = columns_of(table.schema)
    attributes = [name for name in columns[ATTRIBUTES] if name in _CONTRACT]
    head = texts_of(table, [*columns[TITLE], *attributes])
    bodies = [
        [text[:_LONGEST_FOR_MODEL] if text else "" for text in table.column(name).cast(pa.string()).to_pylist()]
        for name in columns[DESCRIPTION]
    ]
    return [". ".join(text for text in row if text) for row in zip(head, *bodies, strict=True)]


def _group(name: str) -> Group:
    for group in (TITLE, DESCRIPTION):
        if name == group or name.startswith(f"{group}_"):
            return group
    return ATTRIBUTES


def _place(name: str) -> int:
    return _CONTRACT.index(name) if name in _CONTRACT else 0


def _is_hidden(name: str) -> bool:
    return name in _NOT_WORDS or (name.endswith(("_url", "_urls", "_image", "_images", "_id")) and name != "item_id")


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
