"""The plots of the data-quality page, drawn from the numbers of :func:`parure.ingest.quality.quality`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parure.core.html import INK, MUTED, figure_to_svg, new_figure, series

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

_SHOWN_LETTERS = 28


def volumes(weeks: list[dict[str, Any]]) -> list[Markup]:
    """Orders with their lines, and interactions, a week; what the shop does not have is not drawn."""
    drawn = []
    if any(week["orders"] for week in weeks):
        names = ("lines", "orders") if any(week["lines"] for week in weeks) else ("orders",)
        drawn.append(_over_weeks(weeks, names, "orders", 0))
    if any(week["interactions"] for week in weeks):
        drawn.append(_over_weeks(weeks, ("interactions",), "interactions", 2))
    return drawn


def _over_weeks(weeks: list[dict[str, Any]], names: tuple[str, ...], name: str, colour: int) -> Markup:
    figure, (axes,) = new_figure(9.6, 2.9)
    days = _days(week["week"] for week in weeks)
    for place, column in enumerate(names):
        counts = [week[column] for week in weeks]
        label = {"lines": "order lines"}.get(column, column)
        axes.plot(days, counts, color=series(colour + place), linewidth=1.8, label=label)
        axes.fill_between(days, counts, color=series(colour + place), alpha=0.12, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.set_ylabel("a week")
    _thousands(axes, "y")
    _dates(axes)
    _legend(axes)
    return figure_to_svg(figure, name=f"volumes-{name}", label=f"{' and '.join(names)} in each of {len(weeks)} weeks")


def long_tails(popularity: dict[str, Any]) -> Markup:
    """Purchases by rank on logarithmic axes, and the Lorenz curves, of products and customers."""
    figure, (ranks, lorenz) = new_figure(9.6, 3.9, columns=2)
    for place, (key, label) in enumerate((("items", "products"), ("users", "customers"))):
        tail = popularity[key]
        ranks.plot(*zip(*tail["curve"], strict=True), color=series(place), linewidth=2, label=label)
        lorenz.plot(
            *zip(*tail["lorenz"], strict=True),
            color=series(place),
            linewidth=2,
            label=f"{label} (Gini {tail['gini']:.2f})",
        )
    ranks.set(xscale="log", yscale="log", xlabel="rank, most purchases first", ylabel="purchases")
    for which in ("x", "y"):
        _thousands(ranks, which)
    lorenz.plot([0, 1], [0, 1], color=MUTED.mark, linewidth=1, linestyle=(0, (4, 3)), label="all alike")
    lorenz.set(
        xlabel="share of products or customers, fewest first", ylabel="share of purchases", xlim=(0, 1), ylim=(0, 1)
    )
    for which in ("x", "y"):
        _percent(lorenz, which)
    for axes in (ranks, lorenz):
        _legend(axes)
    label = "How unevenly purchases are spread over products and customers: counts by rank, and Lorenz curves"
    return figure_to_svg(figure, name="tails", label=label)


def repeats(repeat: dict[str, Any]) -> Markup:
    """The repeat share a month, and of the largest categories."""
    figure, (months, categories) = new_figure(9.6, 1.4 + 0.26 * max(8, len(repeat["categories"])), columns=2)
    days = _days(month["month"] for month in repeat["months"])
    months.plot(
        days, [month["share"] for month in repeat["months"]], color=series(2), linewidth=2, marker="o", markersize=4
    )
    months.axhline(repeat["share"], color=MUTED.mark, linewidth=1, linestyle=(0, (4, 3)))
    months.set_ylim(0, _ceiling([month["share"] for month in repeat["months"]]))
    months.set_title("by month", loc="left")
    _percent(months, "y")
    _dates(months)
    shown = repeat["categories"][::-1]
    places = range(len(shown))
    categories.barh(places, [each["share"] for each in shown], color=series(2), alpha=0.85, height=0.68)
    categories.set_yticks(places, [_short(each["category"]) for each in shown])
    for place, each in zip(places, shown, strict=True):
        categories.annotate(
            f"{each['share']:.0%}", (each["share"], place), xytext=(4, 0), textcoords="offset points", va="center",
            fontsize=8.5, color=MUTED.mark,
        )  # fmt: skip
    categories.set_xlim(0, _ceiling([each["share"] for each in shown]))
    # A few bars stay as thin as many: the empty rows go below them.
    categories.set_ylim(min(0, len(shown) - 8) - 0.6, len(shown) - 0.4)
    categories.set_title("by category, most purchases first", loc="left")
    categories.tick_params(axis="y", labelcolor=INK.mark, length=0)
    categories.grid(visible=False, axis="y")
    _percent(categories, "x")
    return figure_to_svg(
        figure, name="repeats", label="Share of purchases of products bought before, by month and category"
    )


def prices(histogram: list[dict[str, Any]]) -> Markup:
    """How many products cost how much, prices on a logarithmic axis."""
    figure, (axes,) = new_figure(9.6, 2.9)
    axes.bar(
        [each["from"] for each in histogram],
        [each["products"] for each in histogram],
        width=[0.94 * (each["to"] - each["from"]) for each in histogram],
        align="edge",
        color=series(3),
        alpha=0.85,
        linewidth=0,
    )
    axes.set(xscale="log", xlabel="price", ylabel="products")
    axes.grid(visible=False, axis="x")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.2f}" if value < 1 else f"{value:,.0f}")
    _thousands(axes, "y")
    return figure_to_svg(figure, name="prices", label="Number of products by price, on a logarithmic price axis")


def _days(texts: Iterable[str]) -> NDArray[np.datetime64]:
    return np.array(list(texts), dtype="datetime64[D]")


def _ceiling(shares: list[float]) -> float:
    """A limit a little above the largest share, never so low that noise looks large."""
    return min(1.0, max(0.05, 1.15 * max(shares, default=0.0)))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LETTERS else f"{text[: _SHOWN_LETTERS - 1]}…"


def _thousands(axes: Axes, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _percent(axes: Axes, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")


def _dates(axes: Axes) -> None:
    import matplotlib.dates

    dates: Any = matplotlib.dates  # has no types
    locator = dates.AutoDateLocator(maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=9, labelcolor=INK.mark)
