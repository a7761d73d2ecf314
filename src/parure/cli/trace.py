"""``parure trace``: the full account of one request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from parure.cli.ask import (
    AnyCountOption,
    FilterOption,
    ItemsOption,
    LanguageOption,
    RequestOption,
    SurfaceOption,
    UserArgument,
    VersionOption,
    known_items,
)
from parure.cli.console import JsonOption, out, print_json
from parure.cli.shop import ShopOption
from parure.core.filters import ItemFilter
from parure.pipeline.answer import Answers
from parure.pipeline.trace import Filled, StepTrace, Touched, Trace

_FIRST = 5
"""So many items of a list are printed; all of them with ``--json``."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("trace", epilog="Example: parure trace C00017 --surface cart --items P00005,P00012 --json")(
        trace_command
    )


def trace_command(
    user_id: UserArgument = None,
    shop: ShopOption = Path(),
    k: AnyCountOption = None,
    surface: SurfaceOption = None,
    items: ItemsOption = "",
    filters: FilterOption = None,
    language: LanguageOption = "en",
    request_id: RequestOption = "",
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the way of one request: what sources found, what rules dropped and moved, what is left, and the time."""
    answers = Answers.open(shop, bundle)
    part = answers.part(surface)
    query = answers.request(
        user_id,
        k,
        surface=surface,
        items=known_items(answers, items),
        item_filter=ItemFilter.of(filters or ()),
        language=language,
        request_id=request_id,
    )
    told = answers.trace(query, part)
    if as_json:
        print_json({"recipe": part.recipe.name, "bundle": answers.version, **told.to_dict()})
    else:
        print_trace(told, title=f"recipe {part.recipe.name}, bundle {answers.version}")


def print_trace(told: Trace, *, title: str) -> None:
    """A trace as tables: sources, rules, what is left, and the time of each stage."""
    who = told.user_id or "nobody known"
    asked = f"{told.k} for {who}{f', {told.surface}' if told.surface else ''}: {title}"
    out.print(Text(asked, style="bold"))
    events = "1 event" if told.events == 1 else f"{told.events} events"
    page = f"; on the page {', '.join(told.items)}" if told.items else ""
    out.print(Text(f"History of {events}{page}"))
    out.print(_source_table(told))
    _print_merged(told)
    if told.forbidden or told.steps:
        out.print(_rule_table(told))
    if told.idle:
        out.print(f"[dim]Rules with nothing to do: {escape(', '.join(told.idle))}.[/]")
    out.print(_final_table(told))
    if told.filled is not None:
        _print_filled(told.filled)
    spent = ", ".join(f"{stage} {ms:.2f}" for stage, ms in told.ms.items())
    out.print(f"[dim]Milliseconds: {escape(spent)}; together {sum(told.ms.values()):.2f}.[/]", soft_wrap=True)


def _source_table(told: Trace) -> Table:
    table = Table(title="What sources found")
    for header in ("source", "kind", "goes by", "found", "quota", "alone", "its best"):
        table.add_column(header, justify="right" if header in {"found", "quota", "alone"} else "left")
    for part in told.sources:
        best = ", ".join(f"{each.item_id} {each.score:.3g}" for each in part.found[:_FIRST])
        table.add_row(
            Text(part.source), part.kind, part.of, str(len(part.found)), str(part.quota), str(part.alone), Text(best)
        )
    return table


def _print_merged(told: Trace) -> None:
    merged = told.merged
    overlap = ", ".join(f"{count} by {number}" for number, count in merged.found_by.items())
    out.print(
        f"Merged: {merged.candidates} candidates (found by so many sources: {overlap or 'none'});"
        f" {merged.ranked} ranked, {merged.below} below the pool."
    )
    if merged.widened:
        out.print("Rules left fewer than were wanted of the pool, so that all candidates went through them.")
    out.print(f"Of the ranked, rules removed {told.removed}; {len(told.final)} are left.")


def _rule_table(told: Trace) -> Table:
    table = _steps_table("What rules did")
    for part in told.forbidden:
        table.add_row(part.rule, part.reason, "forbade", str(part.count), Text(", ".join(part.first[:_FIRST])))
    _add_steps(table, told.steps)
    return table


def _add_steps(table: Table, steps: Sequence[StepTrace]) -> None:
    for step in steps:
        table.add_row(step.rule, step.reason, _DONE[step.effect], str(len(step.items)), Text(_first_of(step)))


def _steps_table(title: str) -> Table:
    table = Table(title=title)
    for header in ("rule", "reason", "did", "items", "the first of them"):
        table.add_column(header, justify="right" if header == "items" else "left")
    return table


def _print_filled(filled: Filled) -> None:
    """What filled up a short list."""
    if filled.steps:
        table = _steps_table(f"What rules did to what fills up ({filled.source})")
        _add_steps(table, filled.steps)
        out.print(table)
    table = Table(title=f"Filled up with {len(filled.items)} of {filled.found} ({filled.source})")
    for header in ("#", "item", "title", "score", "why"):
        table.add_column(header, justify="right" if header in {"#", "score"} else "left")
    for each in filled.items:
        table.add_row(
            str(each.place), Text(each.item_id), Text(each.title), f"{each.score:.3f}", Text(each.reason or "")
        )
    out.print(table)


_DONE = {"removes": "removed", "reweighs": "reweighed", "arranges": "moved"}


def _first_of(step: StepTrace) -> str:
    listed = ", ".join(_touched(item) for item in step.items[:_FIRST])
    return f"{listed}; {step.shifted} others shifted" if step.shifted else listed


def _touched(item: Touched) -> str:
    if item.factor is not None:
        return f"{item.item_id} x{item.factor:.2f}"
    return item.item_id if item.to is None else f"{item.item_id} {item.place} to {item.to}"


def _final_table(told: Trace) -> Table:
    table = Table(title="What is left, best first")
    for header in ("#", "item", "title", "ranker", "score", "shares", "rank at", "why"):
        table.add_column(header, justify="right" if header in {"#", "ranker", "score"} else "left")
    for each in told.final[: told.k + _FIRST]:
        shares = ", ".join(f"{name} {share:.2f}" for name, share in each.shares.items())
        ranks = ", ".join(f"{name} {rank}" for name, rank in each.ranks.items())
        why = Text(each.reason) if each.reason is not None else Text("not shown", style="dim")
        numbers = (f"{each.given:.3f}", f"{each.score:.3f}")
        table.add_row(str(each.place), Text(each.item_id), Text(each.title), *numbers, Text(shares), Text(ranks), why)
    return table
