"""An evaluation on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parure.evaluation.result import LEADING, SPLITS, Evaluation, Score, Split

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLUMNS = ("map@12", "ndcg@10", "recall@10", "recall@200", "precision@10", "hit_rate@10", "coverage@10")
"""Metrics of the terminal table; the report and the JSON hold all."""
NARROW_COLUMNS = ("map@12", "ndcg@10", "recall@200")
"""What is left of them on a terminal of fewer than :data:`WIDE` columns."""
WIDE = 120

_TITLES = {"all": "All items", "new": "Only items new to the user"}


def comparison_table(evaluation: Evaluation, split: Split, *, columns: tuple[str, ...] = COLUMNS) -> Table:
    """Contenders in rows, best first; the best value of each column in green with a star.

    Args:
        evaluation: What to show.
        split: ``all`` or ``new``.
        columns: The metrics to show.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    users, items = evaluation.protocol.judged_users[split], evaluation.protocol.truth_items[split]
    table = Table(
        title=f"{_TITLES[split]}: {users:,} users, {items:,} items to find",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("contender", no_wrap=True)
    for metric in columns:
        table.add_column(metric, justify="right", no_wrap=True)
    table.add_column("fit s", justify="right")
    for leading in evaluation.ranking(split):
        contender = evaluation.contender(leading.case)
        cells = [_cell(evaluation, evaluation.score(leading.case, split, metric)) for metric in columns]
        label = f"{escape(contender.name)} [dim]{contender.kind}[/]"
        table.add_row(label, *cells, "" if contender.fit_s is None else f"{contender.fit_s:,.1f}")
    return table


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print both tables and what they honestly say."""
    columns = COLUMNS if console.width >= WIDE else NARROW_COLUMNS
    for split in SPLITS:
        if evaluation.ranking(split):
            console.print(comparison_table(evaluation, split, columns=columns))
    for note in evaluation.notes():
        console.print(note, highlight=False, markup=False)
    if evaluation.repeats is not None:
        share, policy = evaluation.repeats.share, evaluation.repeats.policy
        line = f"Repeat purchases: {share:.1%}. Bought items come back: {policy}. {evaluation.repeats.reason}"
        console.print(line, highlight=False, markup=False)


def _cell(evaluation: Evaluation, score: Score | None) -> str:
    """A value with its interval; the leading metric's in full, the others' value alone to keep the table narrow."""
    if score is None:
        return ""
    best = score.value == evaluation.best(score.split, score.metric)
    value = f"[bold green]{score.value:.4f}*[/]" if best else f"{score.value:.4f}"
    if score.metric != LEADING or score.low is None or score.high is None:
        return value
    return f"{value} [dim]{score.low:.3f}-{score.high:.3f}[/]"
