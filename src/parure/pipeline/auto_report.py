"""What ``parure train --auto`` tried and what became of it, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from parure.core.html import INK, MUTED, figure_to_svg, new_figure, render, series
from parure.pipeline.contest import Contest, Outcome
from parure.pipeline.gate import Kind, Verdict

if TYPE_CHECKING:
    from markupsafe import Markup

_COLOURS: Final[dict[Outcome, str]] = {
    "published": series(2),
    "overtaken": series(5),
    "unused": series(4),
    "kept out": series(1),
}
_MEASURES: Final[dict[Kind, str]] = {"source": "recall of the candidates", "ranker": "MAP@12"}
TAGS: Final[dict[Outcome, str]] = {
    "published": "good", "overtaken": "warn", "unused": "warn", "kept out": "bad", "not tried": "warn"
}  # fmt: skip
"""The look of each outcome in the page."""


def write_auto_report(contest: Contest, path: Path, *, shop: str) -> None:
    """Write the page.

    Args:
        contest: What to report. The same contest always gives the same bytes.
        path: The ``.html`` file; its folder must exist.
        shop: Name of the shop.
    """
    path.write_text(auto_html(contest, shop=shop), encoding="utf-8")


def auto_html(contest: Contest, *, shop: str) -> str:
    """The page as text."""
    return render(
        "parure.pipeline",
        "auto.html",
        c=contest,
        shop=shop,
        tags=TAGS,
        measures=_MEASURES,
        plots={kind: plot for kind in _MEASURES if (plot := gains(contest, kind)) is not None},
    )


def gains(contest: Contest, kind: Kind) -> Markup | None:
    """The gain of every challenger of a kind with its interval, in the order in which they were tried.

    Returns:
        None where none could be tried.
    """
    verdicts = [verdict for verdict in contest.verdicts if verdict.kind == kind and verdict.tried][::-1]
    if not verdicts:
        return None
    figure, (axes,) = new_figure(8.2, 1.4 + 0.42 * len(verdicts))
    for place, verdict in enumerate(verdicts):
        colour = _COLOURS[contest.outcome(verdict)]
        axes.plot([verdict.low, verdict.high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot(verdict.gain, place, "o", color=colour, markersize=7)
        axes.annotate(
            f"{verdict.gain:+.4f}", (verdict.high, place), xytext=(8, 0), textcoords="offset points", va="center",
            fontsize=8.5, color=MUTED.mark,
        )  # fmt: skip
    axes.axvline(0, color=INK.mark, linewidth=1)
    axes.set_yticks(range(len(verdicts)), [f"{each.name}\nover {_short(each)}" for each in verdicts])
    axes.tick_params(axis="y", labelcolor=INK.mark, length=0)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.16)
    axes.set_ylim(-0.7, len(verdicts) - 0.3)
    axes.set_xlabel(f"gain in {_MEASURES[kind]}, with 95 % interval over customers")
    for outcome, colour in _COLOURS.items():
        if outcome in {contest.outcome(verdict) for verdict in verdicts}:
            axes.plot([], [], "o", color=colour, label=outcome)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, labelcolor=MUTED.mark, fontsize=9,
        handletextpad=0.3,
    )  # fmt: skip
    label = f"Gain of {len(verdicts)} {kind}s in {_MEASURES[kind]}, each with its 95 % interval; zero is no gain"
    return figure_to_svg(figure, name=f"gains-{kind}", label=label)


def _short(verdict: Verdict) -> str:
    return verdict.against.removeprefix("the ")
