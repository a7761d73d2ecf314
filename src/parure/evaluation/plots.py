"""The plots of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parure.core.html import INK, MUTED, figure_to_svg, new_figure, series
from parure.evaluation.result import LEADING, Evaluation, Kind, SliceScore, Split

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

_KINDS: tuple[Kind, ...] = ("source", "blend", "recipe", "baseline")
_COLOURS = {kind: series(place) for place, kind in enumerate(_KINDS)}
_SHAPES = {"source": "o", "blend": "D", "recipe": "s", "baseline": "^"}
_TITLES = {"all": "all items", "new": "items new to the user"}


def forest(evaluation: Evaluation, split: Split) -> Markup:
    """Every contender's leading metric with its interval, best on top."""
    ranking = evaluation.ranking(split)[::-1]
    figure, (axes,) = new_figure(8.2, 1.3 + 0.34 * len(ranking))
    for place, score in enumerate(ranking):
        kind = evaluation.contender(score.case).kind
        low, high = score.low or score.value, score.high or score.value
        axes.plot([low, high], [place, place], color=_COLOURS[kind], linewidth=2, solid_capstyle="round")
        axes.plot(score.value, place, _SHAPES[kind], color=_COLOURS[kind], markersize=7)
        axes.annotate(
            f"{score.value:.4f}", (high, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=8.5,
            color=MUTED.mark,
        )  # fmt: skip
    axes.set_yticks(range(len(ranking)), [score.case for score in ranking])
    axes.tick_params(axis="y", labelcolor=INK.mark, length=0)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_ylim(-0.7, len(ranking) - 0.3)
    axes.set_xlabel(f"{LEADING.upper()}, {_TITLES[split]}, with 95 % interval over users")
    _legend_of_kinds(axes, {evaluation.contender(score.case).kind for score in ranking})
    label = f"{LEADING} of {len(ranking)} contenders on {_TITLES[split]}, each with its 95 % interval"
    return figure_to_svg(figure, name=f"forest-{split}", label=label)


def recall_curves(evaluation: Evaluation, *, most: int = 8) -> Markup:
    """Recall by list length for the best contenders, both splits side by side."""
    names = [score.case for score in evaluation.ranking("all")][:most]
    splits = [split for split in _TITLES if any(curve.split == split for curve in evaluation.curves)]
    figure, panels = new_figure(9.6, 4.2, columns=len(splits))
    for axes, split in zip(panels, splits, strict=True):
        for curve in evaluation.curves:
            if curve.split == split and curve.case in names:
                place = names.index(curve.case)
                axes.plot(curve.cutoffs, curve.recall, color=series(place), linewidth=1.8, label=curve.case)
        axes.set_xscale("log")
        axes.set_xticks([1, 3, 10, 30, 100, 200], ["1", "3", "10", "30", "100", "200"])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel("list length k")
        axes.set_title(_TITLES[split].capitalize(), loc="left", color=INK.mark)
    panels[0].set_ylabel("recall@k")
    handles, labels = panels[0].get_legend_handles_labels()
    order = np.argsort([names.index(label) for label in labels])
    figure.legend(
        [handles[i] for i in order], [labels[i] for i in order], loc="outside lower center", ncols=4, frameon=False,
        labelcolor=MUTED.mark, fontsize=9,
    )  # fmt: skip
    return figure_to_svg(figure, name="recall", label=f"Recall by list length of the best {len(names)} contenders")


def coverage_scatter(evaluation: Evaluation, split: Split) -> Markup:
    """Accuracy against the share of the catalogue that is shown."""
    figure, (axes,) = new_figure(6.4, 4.2)
    kinds = set()
    free_below: list[tuple[float, float]] = []
    gap = 0.05 * max((score.value for score in evaluation.ranking(split)), default=1.0)
    for score in evaluation.ranking(split):
        covered = evaluation.score(score.case, split, "coverage@10")
        if covered is None:
            continue
        kind = evaluation.contender(score.case).kind
        kinds.add(kind)
        x, y = max(covered.value, 1e-6), score.value
        # Points come from top to bottom: a label moves down until it is clear of those at about the same coverage.
        height = min([y, *(taken - gap for other, taken in free_below if 0.4 < x / other < 2.5)])
        free_below.append((x, height))
        axes.plot(x, y, _SHAPES[kind], color=_COLOURS[kind], markersize=8)
        axes.annotate(score.case, (x, y), xytext=(x * 1.12, height), fontsize=8.5, color=INK.mark, va="center")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    axes.margins(0.16)
    axes.set_xlim(right=min(axes.get_xlim()[1] * 2, 6))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("coverage@10: share of the catalogue shown to anybody (log scale)")
    axes.set_ylabel(LEADING.upper())
    _legend_of_kinds(axes, kinds)
    label = f"{LEADING} against coverage on {_TITLES[split]}"
    return figure_to_svg(figure, name=f"coverage-{split}", label=label)


def slice_dots(evaluation: Evaluation, split: Split, family: str, cases: list[str]) -> Markup:
    """The leading metric of a few contenders in every slice of one family, with intervals."""
    found = [s for s in evaluation.slices if s.split == split and s.family == family and s.metric == LEADING]
    names = list(dict.fromkeys(score.name for score in found))[::-1]
    users = {score.name: score.users for score in found}
    figure, (axes,) = new_figure(6.4, 1.4 + 0.16 * len(names) * (len(cases) + 1))
    for place, case in enumerate(cases):
        mine = {score.name: score for score in found if score.case == case}
        _slice_row(axes, mine, names, offset=(len(cases) - 1) / 2 - place, width=len(cases) + 1, position=place)
    axes.set_yticks(range(len(names)), [f"{name} ({users[name]:,})" for name in names])
    axes.tick_params(axis="y", labelcolor=INK.mark, length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(left=0)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel(f"{LEADING.upper()} with 95 % interval (judged users in brackets)")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        columnspacing=1.2,
        frameon=False,
        labelcolor=MUTED.mark,
        fontsize=8.5,
    )
    slug = family.replace(" ", "-").replace("_", "-")
    return figure_to_svg(figure, name=f"slice-{split}-{slug}", label=f"{LEADING} by {family.replace('_', ' ')}")


def repeat_bars(evaluation: Evaluation) -> Markup | None:
    """The share of repeat purchases by category; None where it is not known."""
    if evaluation.repeats is None or not evaluation.repeats.by_category:
        return None
    shares = sorted(evaluation.repeats.by_category, key=lambda pair: pair[1])
    figure, (axes,) = new_figure(6.4, 0.9 + 0.3 * len(shares))
    axes.barh([name for name, _ in shares], [100 * share for _, share in shares], color=series(0), height=0.62)
    axes.axvline(100 * evaluation.repeats.share, color=series(1), linewidth=1.6, linestyle="--")
    axes.tick_params(axis="y", labelcolor=INK.mark, length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("purchases of items bought before, in % (dashed: the whole shop)")
    return figure_to_svg(figure, name="repeats", label="Share of repeat purchases by category")


def reliability_plot(evaluation: Evaluation) -> Markup | None:
    """What confidence said against what came true; None where that was not looked at."""
    if not evaluation.reliability:
        return None
    figure, (axes,) = new_figure(6.4, 4.6)
    top = max(max(curve.predicted + curve.high) for curve in evaluation.reliability)
    axes.plot([0, 100 * top], [0, 100 * top], color=MUTED.mark, linewidth=1, linestyle="--")
    for place, curve in enumerate(evaluation.reliability):
        said, came, low, high = (
            100 * np.array(column) for column in (curve.predicted, curve.observed, curve.low, curve.high)
        )
        axes.vlines(said, low, high, color=series(place), linewidth=1.6)
        label = f"{curve.case} (error {100 * curve.error:.2f} %)"
        axes.plot(said, came, "o-", color=series(place), markersize=5, linewidth=1.2, label=label)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("confidence, in %")
    axes.set_ylabel("came true, in %")
    axes.legend(loc="upper left", frameon=False, labelcolor=MUTED.mark, fontsize=9)
    return figure_to_svg(figure, name="reliability", label="Confidence against what came true")


def _slice_row(
    axes: Axes, mine: dict[str, SliceScore], names: list[str], *, offset: float, width: int, position: int
) -> None:
    """One contender's dots in every slice."""
    places = [names.index(name) + offset / width for name in mine]
    scores = list(mine.values())
    axes.hlines(
        places,
        [s.low or s.value for s in scores],
        [s.high or s.value for s in scores],
        color=series(position),
        linewidth=1.8,
    )
    label = scores[0].case if scores else None
    axes.plot([s.value for s in scores], places, "o", color=series(position), markersize=5.5, label=label)


def _legend_of_kinds(axes: Axes, kinds: set[Kind]) -> None:
    """Explain shape and colour above the plot."""
    for kind in _KINDS:
        if kind in kinds:
            axes.plot([], [], _SHAPES[kind], color=_COLOURS[kind], label=kind)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        frameon=False,
        labelcolor=MUTED.mark,
        fontsize=9,
        handletextpad=0.3,
    )
