"""The evaluation as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parure.core.html import render
from parure.evaluation import plots
from parure.evaluation.result import LEADING, SPLITS, Evaluation, SliceScore, Split

ACCURACY = ("map@12", "ndcg@10", "precision@10", "hit_rate@10", "recall@10", "recall@20", "recall@100", "recall@200")
"""Columns of the report's comparison."""

BEYOND = ("coverage@10", "diversity@10", "visual_diversity@10", "novelty@10", "tail_share@10", "gini@10")
"""Columns of the table beyond accuracy."""

TITLES = {"all": "All items", "new": "Only items new to the user"}

_IN_SLICES = 4
"""Contenders in the slice plots; the table holds all."""


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the page.

    Args:
        evaluation: What to report. The same evaluation always gives the same bytes.
        path: The ``.html`` file; its folder must exist.
    """
    path.write_text(report_html(evaluation), encoding="utf-8")


def report_html(evaluation: Evaluation) -> str:
    """The page as text."""
    splits = [split for split in SPLITS if evaluation.ranking(split)]
    return render(
        "parure.evaluation",
        "evaluation.html",
        e=evaluation,
        leading=LEADING,
        splits=splits,
        titles=TITLES,
        accuracy=_measured(evaluation, ACCURACY),
        beyond=_measured(evaluation, BEYOND),
        forests={split: plots.forest(evaluation, split) for split in splits},
        recall=plots.recall_curves(evaluation) if evaluation.curves else None,
        scatter={split: plots.coverage_scatter(evaluation, split) for split in splits},
        slices={split: _slices(evaluation, split) for split in splits},
        costs=[each for each in evaluation.contenders if each.fit_s is not None or each.peak_mib is not None],
        repeat_plot=plots.repeat_bars(evaluation),
        reliability_plot=plots.reliability_plot(evaluation),
    )


def _measured(evaluation: Evaluation, wanted: tuple[str, ...]) -> list[str]:
    """Those of the wanted metrics that were measured."""
    there = set(evaluation.metrics())
    return [metric for metric in wanted if metric in there]


def _slices(evaluation: Evaluation, split: Split) -> list[dict[str, Any]]:
    """For each family of slices: its plot, and a table of the leading metric."""
    found = [score for score in evaluation.slices if score.split == split and score.metric == LEADING]
    ranking = [score.case for score in evaluation.ranking(split)]
    shown = _worth_showing(evaluation, ranking)
    made = []
    for family in dict.fromkeys(score.family for score in found):
        mine = [score for score in found if score.family == family]
        by_name: dict[str, dict[str, SliceScore]] = {}
        for score in mine:
            by_name.setdefault(score.name, {})[score.case] = score
        plot = plots.slice_dots(evaluation, split, family, shown)
        made.append({"family": family.replace("_", " "), "plot": plot, "by_name": by_name, "cases": ranking})
    return made


def _worth_showing(evaluation: Evaluation, ranking: list[str]) -> list[str]:
    """The best few contenders, the best baseline among them."""
    best = ranking[:_IN_SLICES]
    kinds = {each.name: each.kind for each in evaluation.contenders}
    baseline = next((name for name in ranking if kinds[name] == "baseline"), None)
    if baseline is not None and baseline not in best:
        best[-1] = baseline
    return best
