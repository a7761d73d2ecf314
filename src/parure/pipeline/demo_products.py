"""Products as the demo's page shows them: title, price, and the cell of the picture sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from parure.dataset import Dataset
from parure.pipeline.thumbnails import jpeg_uri, sheet_of, thumbnail_jpeg

if TYPE_CHECKING:
    from parure.pipeline.thumbnails import Sheet

PictureFinder = Callable[[Sequence[str]], Sequence[bytes | None]]
"""Gives the picture file of each product, None where there is none."""

_THUMBNAIL_PX: Final = 170


class ShownProducts:
    """Products that are noted first, then put on one sheet, and then asked for by the template.

    Args:
        dataset: For titles and prices.
        currency: ISO 4217 code of the prices.
    """

    def __init__(self, dataset: Dataset, currency: str) -> None:
        self._dataset = dataset
        self._currency = currency
        self._ids: dict[str, int] = {}
        self._sheet: Sheet | None = None

    def note(self, product_ids: Iterable[str]) -> None:
        """Products that will be shown."""
        for product_id in product_ids:
            if product_id in self._dataset.items:
                self._ids.setdefault(product_id, len(self._ids))

    def sheet(self, pictures: PictureFinder) -> Sheet:
        """All their pictures side by side."""
        self._sheet = sheet_of(pictures(list(self._ids)), size=_THUMBNAIL_PX, quality=80)
        return self._sheet

    def __call__(self, product_id: str) -> dict[str, Any]:
        """One product for the template."""
        row = self._dataset.items.row_of(product_id)
        if row < 0:
            return {"id": product_id, "title": product_id, "price": "", "at": None}
        table = self._dataset.item_table
        cents = table.column("price_cents")[row].as_py()
        return {
            "id": product_id,
            "title": table.column("title")[row].as_py() or product_id,
            "price": "" if cents is None else money(cents, self._currency),
            "at": self._cell(product_id),
        }

    def _cell(self, product_id: str) -> str | None:
        """Where its picture lies on the sheet, as CSS says it."""
        sheet, number = self._sheet, self._ids.get(product_id)
        if sheet is None or number is None or sheet.place[number] < 0:
            return None
        down, across = divmod(sheet.place[number], sheet.columns)
        x = 100 * across / max(sheet.columns - 1, 1)
        y = 100 * down / max(sheet.rows - 1, 1)
        return f"{x:.4f}% {y:.4f}%"


def picture_uri(content: bytes | None, size: int) -> str:
    """A picture of its own, ``size`` pixels wide, as an address inside the page; empty where there is none."""
    jpeg = thumbnail_jpeg(content, size) if content else None
    return jpeg_uri(jpeg) if jpeg else ""


def day_words(day: date) -> str:
    """A day as the page writes it: 3 May 2026."""
    return f"{day.day} {day:%b %Y}"


def money(cents: float, currency: str) -> str:
    """A price as the page writes it: €1,204.00."""
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency)
    return f"{sign}{cents / 100:,.2f}" if sign else f"{cents / 100:,.2f} {currency}"
