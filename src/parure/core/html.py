"""The look that every HTML report shares: one self-contained page, light and dark, with plots as inline SVG.

A report is a Jinja2 template in the ``templates`` folder of its own package that starts with
``{% extends "page.html" %}`` and fills the blocks ``title``, ``lead``, ``contents``, ``main`` and, where it has some of
its own, ``style``. Plots are matplotlib
figures made with :func:`new_figure`; :func:`figure_to_svg` turns their colours into the page's CSS variables, so that
one drawing reads well in both colour schemes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour of the page, as a plot names it.

    Attributes:
        mark: The hex colour to draw with; it stands for the CSS variable and is replaced by it.
        variable: The CSS variable of ``page.css``.
        fallback: What is shown where the drawing stands outside the page.
    """

    mark: str
    variable: str
    fallback: str


INK = Colour("#010201", "--ink", "#1d2330")
"""Text."""
MUTED = Colour("#010202", "--muted", "#5d6675")
"""Axis labels and less important marks."""
GRID = Colour("#010203", "--line", "#dde1e8")
"""Grid lines and frames."""
SERIES = (
    Colour("#010211", "--series-1", "#2f6fd0"),
    Colour("#010212", "--series-2", "#c8582b"),
    Colour("#010213", "--series-3", "#2d8a57"),
    Colour("#010214", "--series-4", "#8b5cc2"),
    Colour("#010215", "--series-5", "#b8860b"),
    Colour("#010216", "--series-6", "#13899b"),
    Colour("#010217", "--series-7", "#c2477f"),
    Colour("#010218", "--series-8", "#6b7a2c"),
)
"""Data, in the order of use."""

_FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_SVG_START = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_VIEW_BOX = re.compile(r'viewBox="([^"]+)"')
_FONT_FAMILY = re.compile(r"((?:font|font-family): (?:[^;\"']*? )?)'DejaVu Sans'[^;\"]*")


def series(position: int) -> str:
    """The hex mark of the colour of data series number ``position``, counted from 0; colours come round again."""
    return SERIES[position % len(SERIES)].mark


def new_figure(width_in: float = 8.0, height_in: float = 3.6, *, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure with styled axes side by side, free of pyplot's global state.

    Args:
        width_in: Width in inches; the page scales the drawing down where there is less room.
        height_in: Height in inches.
        columns: How many axes, side by side.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    figure.patch.set_alpha(0.0)
    axes = [figure.add_subplot(1, columns, position + 1) for position in range(columns)]
    for each in axes:
        style_axes(each)
    return figure, axes


def style_axes(axes: Axes) -> None:
    """Give axes the look of the page: no box, quiet grid, theme colours."""
    axes.patch.set_alpha(0.0)
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=GRID.mark, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(GRID.mark)
    axes.tick_params(which="both", color=GRID.mark, labelcolor=MUTED.mark, labelsize=9)
    axes.xaxis.label.set_color(MUTED.mark)
    axes.yaxis.label.set_color(MUTED.mark)
    axes.title.set_color(INK.mark)
    axes.title.set_fontsize(11)


def figure_to_svg(figure: Figure, *, name: str, label: str) -> Markup:
    """Draw a figure as SVG to stand inside an HTML page.

    Args:
        figure: Colours of :data:`INK`, :data:`MUTED`, :data:`GRID` and :data:`SERIES` follow the page's scheme.
        name: Unique on the page: letters, digits and dashes. Keeps the ids of several drawings apart.
        label: What the picture shows, for those who cannot see it.

    Returns:
        Markup without XML header; the same figure always gives the same text.
    """
    import matplotlib as mpl
    from markupsafe import Markup, escape

    drawn = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "parure"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = drawn.getvalue()
    start = _SVG_START.search(text)
    if start is None:  # pragma: no cover - matplotlib always writes the element
        raise RuntimeError("matplotlib wrote no <svg> element")
    view_box = _VIEW_BOX.search(start.group())
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="{view_box.group(1) if view_box else ""}" '
        f'style="max-width: {figure.get_figwidth() * 96:.0f}px" aria-label="{escape(label)}">'
    )
    return Markup(opening + _themed(_with_own_ids(text[start.end() :], name)))  # noqa: S704 - drawn by matplotlib, which escapes


def _with_own_ids(svg: str, name: str) -> str:
    """Prefix every id, and every reference to one, with the drawing's name."""
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(xlink:href|href)="#', rf'\1="#{name}-', svg)
    return svg.replace("url(#", f"url(#{name}-")


def _themed(svg: str) -> str:
    """Colours that stand for the page's become CSS variables, and text takes the page's font."""
    for colour in (INK, MUTED, GRID, *SERIES):
        svg = svg.replace(colour.mark, f"var({colour.variable}, {colour.fallback})")
    return _FONT_FAMILY.sub(rf"\1{_FONT}", svg)


def environment(package: str) -> Environment:
    """A Jinja2 environment that finds a package's own templates and the shared ``page.html``.

    Values are escaped; an unknown name in a template is an error. Filters: ``count`` (12,345), ``percent`` (12.3 %),
    ``decimals`` (``{{ x | decimals(4) }}``).

    Args:
        package: Dotted name of the package that holds a ``templates`` folder, as in ``parure.evaluation``.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("parure.core")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(count=_count, percent=_percent, decimals=_decimals)
    return made


def render(package: str, template: str, **values: Any) -> str:
    """Fill a template of ``package`` and give the page back as text."""
    return environment(package).get_template(template).render(**values)


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float, places: int = 1) -> str:
    return f"{value * 100:.{places}f} %"


def _decimals(value: float, places: int = 4) -> str:
    return f"{value:.{places}f}"
