"""Facets: how many of the products found have each category, brand, price band, ...

Counts drill sideways: a facet is counted under all filters except those on its own column, so that with *rings* chosen
one still sees how many *earrings* there would be instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core.filters import Condition, ItemFilter

Mask = NDArray[np.bool_]

PRICE: Final = "price"
FACETS: Final = (
    "category",
    "subcategory",
    "brand",
    "collection",
    "material",
    "color",
    "gender",
    PRICE,
    "in_stock",
)
"""What can be counted; a column that the shop does not have is left out."""

_BANDS = 6
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0)
"""What a round price begins with."""


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet.

    Attributes:
        value: As it is shown.
        count: How many of the products found have it.
        filter: The filter's text that keeps just these; several, for a price band.
        chosen: Whether the query asks for it.
    """

    value: str
    count: int
    filter: tuple[str, ...]
    chosen: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return {"value": self.value, "count": self.count, "filter": list(self.filter), "chosen": self.chosen}


@dataclass(frozen=True)
class Facet:
    """The counts of one column.

    Attributes:
        name: The column.
        values: Most first, then by value; price bands from low to high. Values that no product found has are left out
            unless they are chosen.
        missing: How many of the products found have no value.
    """

    name: str
    values: tuple[FacetValue, ...]
    missing: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return {"name": self.name, "values": [each.to_dict() for each in self.values], "missing": self.missing}


@dataclass(frozen=True)
class _Coded:
    """A column as numbers into its values, -1 where it has none."""

    codes: NDArray[np.int64]
    values: tuple[str, ...]
    filters: tuple[ItemFilter, ...]


class Facets:
    """Counts over a catalogue.

    Args:
        table: The item table.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._columns: dict[str, _Coded] = {}
        for name in FACETS:
            if name == PRICE and "price_cents" in table.column_names:
                self._columns[name] = _price_bands(table.column("price_cents"))
            elif name in table.column_names:
                self._columns[name] = _coded(name, table.column(name))

    def count(
        self, found: Mask, filters: ItemFilter, *, within: Mask | None = None, names: Sequence[str] = FACETS
    ) -> tuple[Facet, ...]:
        """Count the facets of an answer.

        Args:
            found: bool[items], what the words or the picture found, whatever the filters.
            filters: The filters in force.
            within: bool[items], the only items there are for this query; all where None.
            names: Which facets; unknown ones and those without a value are left out.

        Returns:
            One facet a column; ``sum of counts + missing`` is the number of products found under the other filters.

        Cost:
            One pass over the products a facet: about 0.3 ms for 44,000 products.
        """
        base = found if within is None else found & within
        met = {str(each): each.mask(self._table) for each in filters.conditions}
        counted = []
        for name in names:
            column = self._columns.get(name)
            if column is None:
                continue
            mask = base.copy()
            for each in filters.conditions:
                if each.column not in _spellings(name):
                    mask &= met[str(each)]
            facet = _facet(name, column, mask, filters)
            if facet.values:
                counted.append(facet)
        return tuple(counted)


def _spellings(name: str) -> tuple[str, ...]:
    """The columns by which a filter may name a facet."""
    return (PRICE, "price_cents") if name == PRICE else (name,)


def _facet(name: str, column: _Coded, mask: Mask, filters: ItemFilter) -> Facet:
    codes = column.codes[mask]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.values))
    asked = _asked(name, filters)
    values = [
        FacetValue(value, int(count), tuple(map(str, held.conditions)), _is_chosen(held, value, asked))
        for value, count, held in zip(column.values, counts, column.filters, strict=True)
    ]
    kept = [each for each in values if each.count or each.chosen]
    if name != PRICE:
        kept.sort(key=lambda each: (-each.count, each.value))
    return Facet(name, tuple(kept), int((codes < 0).sum()))


def _asked(name: str, filters: ItemFilter) -> tuple[Condition, ...]:
    return tuple(each for each in filters.conditions if each.column in _spellings(name))


def _is_chosen(held: ItemFilter, value: str, asked: Sequence[Condition]) -> bool:
    if len(held.conditions) == 1 and held.conditions[0].operator == "=":
        return any(each.operator == "=" and value in each.values for each in asked)
    return bool(asked) and set(held.conditions) <= set(asked)


def _coded(name: str, column: pa.ChunkedArray) -> _Coded:
    # Booleans and numbers as text: ``in_stock=true`` is how a filter says it.
    texts = column.cast(pa.string()).combine_chunks()
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    values = sorted(each for each in pc.unique(texts).to_pylist() if each is not None)
    codes = pc.index_in(texts, value_set=pa.array(values, pa.string())).fill_null(-1)
    filters = tuple(ItemFilter.any_of(name, [value]) for value in values)
    return _Coded(np.asarray(codes, dtype=np.int64), tuple(values), filters)


def _price_bands(column: pa.ChunkedArray) -> _Coded:
    """Bands between round prices that part the catalogue about evenly; the same whatever is asked."""
    cents = np.asarray(column.cast(pa.float64()).fill_null(0.0), dtype=np.float64)
    known = cents[cents > 0]
    edges = sorted({_round(float(q)) for q in np.quantile(known, np.arange(1, _BANDS) / _BANDS)}) if len(known) else []
    codes = np.searchsorted(np.asarray(edges) * 100, cents, side="right").astype(np.int64)
    codes[cents <= 0] = -1
    bounds = [None, *edges, None] if len(known) else []
    filters, values = [], []
    for low, high in pairwise(bounds):
        texts = [f"{PRICE}>={low:g}"] if low is not None else []
        texts += [f"{PRICE}<{high:g}"] if high is not None else []
        filters.append(ItemFilter.of(texts))
        values.append(_band(low, high))
    return _Coded(codes, tuple(values), tuple(filters))


def _band(low: float | None, high: float | None) -> str:
    if low is None:
        return "all prices" if high is None else f"under {high:g}"
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def _round(cents: float) -> float:
    """The nearest round price, in whole units of money."""
    price = cents / 100
    power = 10.0 ** np.floor(np.log10(price))
    steps = np.array(_ROUND) * power
    return float(steps[np.argmin(np.abs(np.log(steps / price)))])


def facets_to_dict(facets: Sequence[Facet]) -> Mapping[str, Any]:
    """Facets as JSON-ready fields, by name."""
    return {facet.name: facet.to_dict() for facet in facets}
