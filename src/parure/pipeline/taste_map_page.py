"""The map of taste as one page that loads nothing from elsewhere, and as a picture to hand on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core.html import SERIES, render
from parure.pipeline.taste_map import AMONG, TasteMap
from parure.pipeline.thumbnails import Sheet, sheet_of, thumbnail

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

_PICTURE_INCHES: Final = 0.36
_OTHERS: Final = "#8a93a3"
_TITLES: Final = {
    "umap": "UMAP: what is near looks alike",
    "pca": "PCA: the two directions in which most differs",
}


def map_page(
    drawn: TasteMap, pictures: Sequence[bytes | None], *, shop: str, currency: str, thumbnail_px: int, note: str = ""
) -> str:
    """The map as one HTML page.

    Args:
        drawn: The map.
        pictures: Picture files of its products, None where there is none.
        shop: Name of the shop.
        currency: ISO 4217 code of the prices.
        thumbnail_px: Side of the pictures in the page.
        note: One more sentence for the reader.

    Cost:
        The page takes 2 to 3 KB a product with its picture.
    """
    sheet = sheet_of(pictures, size=thumbnail_px)
    return render(
        "parure.pipeline",
        "taste_map.html",
        shop=shop,
        sheet=sheet,
        products=len(drawn.product_ids),
        catalogue=drawn.catalogue_size,
        customers=len(set(drawn.customer_ids)),
        all_customers=drawn.customers_size,
        layouts=list(drawn.layouts),
        among=AMONG,
        note=note,
        listed=sorted(zip(drawn.titles, drawn.product_ids, strict=True)),
        data=_json(_values(drawn, sheet, currency)),
    )


def _values(drawn: TasteMap, sheet: Sheet, currency: str) -> dict[str, Any]:
    return {
        "ids": drawn.product_ids,
        "titles": drawn.titles,
        "prices": drawn.price_cents.tolist(),
        "currency": currency,
        "columns": [_coded(name, values) for name, values in drawn.columns.items()],
        "layouts": {
            name: {"products": _flat(points), "customers": _flat(drawn.places[name])}
            for name, points in drawn.layouts.items()
        },
        "alike": drawn.alike.tolist(),
        "owners": drawn.customer_ids,
        "shares": [round(share, 3) for share in drawn.shares.tolist()],
        "near": drawn.near.tolist(),
        "cells": sheet.place,
        "sheet": [sheet.columns, sheet.rows],
    }


def _coded(name: str, values: Sequence[str | None]) -> dict[str, Any]:
    """A column as its values, the commonest first, and for each product which of them; -1 for none."""
    counts = Counter(value for value in values if value is not None)
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    code = {value: place for place, value in enumerate(ordered)}
    return {"name": name, "values": ordered, "codes": [-1 if value is None else code[value] for value in values]}


def _flat(points: NDArray[np.float32]) -> list[float]:
    return [round(value, 4) for value in points.ravel().tolist()]


def _json(values: dict[str, Any]) -> Markup:
    """JSON that may stand inside a script element, whatever the shop's texts say."""
    from markupsafe import Markup

    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 - no character is left that could end the element


def map_picture(drawn: TasteMap, pictures: Sequence[bytes | None], *, shop: str, colour_by: str = "") -> bytes:
    """The map as a PNG: a drawing a layout, pictures where they have room, dots where they have not.

    Args:
        drawn: The map.
        pictures: Picture files of its products, None where there is none.
        shop: Name of the shop.
        colour_by: Column that gives the colours; the first of the map where empty.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5 * len(drawn.layouts), 9.4), dpi=110, layout="constrained", facecolor="white")
    column = colour_by or next(iter(drawn.columns), "")
    tones, legend = _tones(drawn.columns.get(column, [None] * len(drawn.product_ids)))
    all_axes = np.atleast_1d(figure.subplots(1, len(drawn.layouts)))
    for axes, (name, points) in zip(all_axes, drawn.layouts.items(), strict=True):
        _draw(axes, points, drawn.places[name][_weightiest(drawn.customer_ids)], pictures, tones)
        axes.set_title(_TITLES[name], fontsize=13, color="#5d6675", loc="left")
    for label, tone in legend:
        all_axes[0].scatter([], [], s=60, color=tone, label=label)
    if len(drawn.shares):
        all_axes[0].scatter([], [], s=50, facecolor="white", edgecolor="#1d2330", linewidth=1.8, label="customers")
    figure.suptitle(f"Map of taste: {shop}", fontsize=18, color="#1d2330", x=0.004, ha="left", fontweight="bold")
    if legend or len(drawn.shares):
        figure.legend(loc="outside lower left", ncols=10, frameon=False, fontsize=11, title=column.replace("_", " "))
    written = BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _weightiest(owners: Sequence[str]) -> list[int]:
    """The first style of each customer."""
    return [place for place, owner in enumerate(owners) if place == 0 or owners[place - 1] != owner]


def _tones(values: Sequence[str | None]) -> tuple[list[str], list[tuple[str, str]]]:
    """A colour a product, and the legend; what is rarer than the colours reach is grey."""
    coded = _coded("", values)
    colours = [colour.fallback for colour in SERIES]
    tones = [colours[code] if 0 <= code < len(colours) else _OTHERS for code in coded["codes"]]
    legend = list(zip(coded["values"], colours, strict=False))
    if len(coded["values"]) > len(colours):
        legend.append((f"{len(coded['values']) - len(colours)} others", _OTHERS))
    return tones, legend


def _draw(
    axes: Axes,
    points: NDArray[np.float32],
    places: NDArray[np.float32],
    pictures: Sequence[bytes | None],
    tones: Sequence[str],
) -> None:
    """One layout: dots first, pictures over them, customers over all."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.04 * float((high - low).max() or 1)
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    axes.set_axis_off()
    axes.scatter(points[:, 0], points[:, 1], s=14, c=list(tones), alpha=0.65, linewidths=0)
    across = (high - low + 2 * margin) * _PICTURE_INCHES / np.array([10.3, 8.2])
    for row in _with_room(points, across, pictures):
        small = thumbnail(pictures[row] or b"", 44)
        if small is None:
            continue
        box = AnnotationBbox(OffsetImage(np.asarray(small), zoom=0.54), points[row], pad=0.08, frameon=True)
        box.patch.set(edgecolor=tones[row], linewidth=1.4, boxstyle="round,pad=0.08,rounding_size=0.2")
        axes.add_artist(box)
    axes.scatter(
        places[:, 0], places[:, 1], s=34, facecolor=(1, 1, 1, 0.75), edgecolor="#1d2330", linewidth=1.5, zorder=9
    )


def _with_room(
    points: NDArray[np.float32], across: NDArray[np.float32], pictures: Sequence[bytes | None]
) -> Iterator[int]:
    """Products that keep their picture: in order, each that does not lie on one before it."""
    kept = np.empty((0, 2), np.float32)
    for row, point in enumerate(points):
        if pictures[row] is None or (np.abs(kept - point) < across).all(axis=1).any():
            continue
        kept = np.vstack([kept, point])
        yield row
