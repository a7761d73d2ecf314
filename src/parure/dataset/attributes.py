"""What is known of customers in words, looked up when somebody asks for it: most requests ask for one or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_FEW_TEXTS: Final = 5000
"""Up to so many distinct texts a column is held as codes; a million postal codes would be as many texts."""


class Attributes(Mapping[str, str]):
    """The attributes of one customer: gender, age_band, country, ...; those that are empty are left out.

    Args:
        columns: Of all customers.
        row: The customer's.
    """

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: AttributeColumns, row: int) -> None:
        self._columns = columns
        self._row = row

    def __getitem__(self, name: str) -> str:
        """One of them.

        Raises:
            KeyError: It is empty, or customers have no such column.
        """
        text = self._columns.text(name, self._row)
        if text is None:
            raise KeyError(name)
        return text

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """One of them, without the way through an exception where there is none."""
        text = self._columns.text(name, self._row)
        return default if text is None else text

    def __iter__(self) -> Iterator[str]:
        """The names of those that are not empty, in the order of the columns."""
        return (name for name in self._columns.names if self._columns.text(name, self._row) is not None)

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        """As a dictionary shows itself."""
        return repr(dict(self))


class AttributeColumns:
    """The text columns of a table of customers: those of few texts by code, and the others as they are.

    A million customers of two genders take a byte each.

    Args:
        table: One row a customer.
    """

    def __init__(self, table: pa.Table) -> None:
        self._coded: dict[str, tuple[NDArray[np.integer], list[str | None]]] = {}
        self._others: dict[str, pa.ChunkedArray] = {}
        for name in table.column_names:
            if pa.types.is_string(table.schema.field(name).type) and name != "user_id":
                column = table.column(name)
                if pc.count_distinct(column.slice(0, 2 * _FEW_TEXTS)).as_py() <= _FEW_TEXTS:
                    self._coded[name] = _coded(column)
                else:
                    self._others[name] = column
        self.names = (*self._coded, *self._others)

    def text(self, name: str, row: int) -> str | None:
        """What one column says of the customer at one row; None where it is empty, or there is no such column."""
        found = self._coded.get(name)
        if found is not None:
            codes, texts = found
            return texts[int(codes[row])]
        column = self._others.get(name)
        text: str | None = None if column is None else column[row].as_py()
        return text


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.integer], list[str | None]]:
    """A text column as codes and the texts that they stand for; the last text is None, for what is empty."""
    coded = column.combine_chunks().dictionary_encode()
    texts: list[str | None] = [*coded.dictionary.to_pylist(), None]
    codes = coded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    return codes.astype(np.min_scalar_type(len(texts))), texts
