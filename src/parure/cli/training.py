"""``parure train`` and ``evaluate``: make a bundle, and measure what it would be worth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core.errors import SettingsError
from parure.evaluation import print_evaluation, write_report
from parure.pipeline.answer import Answers
from parure.pipeline.auto import train_auto
from parure.pipeline.auto_report import write_auto_report
from parure.pipeline.contest import Contest, Outcome
from parure.pipeline.gate import Verdict
from parure.pipeline.settings import load_settings
from parure.pipeline.warm import warm_up
from parure.pipeline.workflow import Published, evaluate_shop, train_shop

TuneOption = Annotated[
    bool, typer.Option("--tune/--fixed", help="Tune the recipe's weights on past weeks, or keep those it fixes.")
]
AutoOption = Annotated[
    bool,
    typer.Option(
        "--auto",
        help="Try learned sources and rankers on past weeks, and publish those that were better; see [auto] in"
        " parure.toml.",
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="With --auto: how long to search for settings of the ranker, 5 where left out, 0 for no search. A later"
        " run on the same data goes on where this one ends.",
    ),
]
_MINUTES = 5.0
_STYLES: dict[Outcome, str] = {
    "published": "green", "overtaken": "yellow", "unused": "yellow", "kept out": "red", "not tried": "dim"
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("train", epilog="Example: parure train --tune")(train_command)
    app.command("evaluate", epilog="Example: parure evaluate --recipe hybrid --json")(evaluate_command)


def train_command(
    shop: ShopOption = Path(),
    recipe: Annotated[str | None, typer.Option(help="The recipe; the one in parure.toml where left out.")] = None,
    tuned: TuneOption = False,
    auto: AutoOption = False,
    minutes: MinutesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a recipe on all data and publish the bundle."""
    if auto and tuned:
        raise SettingsError(
            "--auto and --tune exclude each other.", hint="Leave one out: --auto tries more than other weights."
        )
    if minutes is not None and not auto:
        raise SettingsError("--minutes is for --auto alone.", hint="Add --auto, or leave --minutes out.")
    if auto:
        _train_auto(shop, recipe, _MINUTES if minutes is None else minutes, as_json=as_json)
        return
    with progress(quiet=as_json) as bars:
        published = train_shop(
            shop, load_settings(shop), recipe=recipe, tuned=tuned, now=datetime.now(UTC), progress=bars
        )
        warm_up(Answers.open(shop), bars)
    if as_json:
        print_json(published.to_dict())
    else:
        print_published(published, shop)


def evaluate_command(
    shop: ShopOption = Path(),
    recipe: Annotated[
        list[str] | None, typer.Option(help="A recipe to compare; may be given again. The first one leads.")
    ] = None,
    tuned: TuneOption = True,
    as_json: JsonOption = False,
) -> None:
    """Compare sources, recipes and baselines on the last week, from what was known before it."""
    settings = load_settings(shop)
    with progress(quiet=as_json) as bars:
        result = evaluate_shop(
            shop, settings, recipes=recipe or list(settings.evaluate.recipes), tuned=tuned, progress=bars
        )
    page = evaluation_page(shop)
    write_report(result, page)
    if as_json:
        print_json({"rows": result.rows(), "report": str(page)})
        return
    print_evaluation(result, out)
    out.print(Text(f"Report with plots: {page}"), soft_wrap=True)


def evaluation_page(shop: Path) -> Path:
    """Where the comparison of a shop is written."""
    return _report(shop, "evaluation")


def _report(shop: Path, name: str) -> Path:
    (shop / "reports").mkdir(exist_ok=True)
    return shop / "reports" / f"{name}.html"


def _train_auto(shop: Path, recipe: str | None, minutes: float, *, as_json: bool) -> None:
    """``parure train --auto``."""
    settings = load_settings(shop)
    with progress(quiet=as_json) as bars:
        contest = train_auto(shop, settings, recipe=recipe, minutes=minutes, now=datetime.now(UTC), progress=bars)
        warm_up(Answers.open(shop), bars)
    page = _report(shop, "auto")
    write_auto_report(contest, page, shop=settings.shop.name)
    if as_json:
        print_json({**contest.to_dict(), "report": str(page)})
        return
    print_contest(contest)
    out.print(Text(f"Report with plots: {page}"), soft_wrap=True)
    if contest.published is not None:
        print_published(contest.published, shop)


def print_contest(contest: Contest) -> None:
    """Who was published, who was kept out and why."""
    if contest.verdicts:
        table = Table(title=f"Against {contest.began}, on weeks that nothing had learned from")
        for header in ("challenger", "", "measure", "value", "before", "gain", "s", "why"):
            table.add_column(header, justify="right" if header in {"value", "before", "gain", "s"} else "left")
        for verdict in contest.verdicts:
            outcome = contest.outcome(verdict)
            table.add_row(
                Text(verdict.name),
                Text(outcome, style=_STYLES[outcome]),
                *_figures(verdict),
                Text(contest.why(verdict)),
            )
        out.print(table)
    if contest.search is not None:
        search = contest.search
        out.print(
            f"Searched: {search.trials} settings of trees in all; MAP@12 of candidates in the week before:"
            f" {search.value:.4f} with the best, {search.first:.4f} with the defaults."
        )
    out.print(Text(f"Candidates: {', '.join(f'{name} {quota}' for name, quota in contest.quotas.items())}."))
    out.print(Text(f"Ranked by {contest.chosen}."))


def _figures(verdict: Verdict) -> tuple[str, ...]:
    """The cells of a verdict's figures."""
    if not verdict.tried:
        return ("",) * 5
    gain = f"{verdict.gain:+.4f} [{verdict.low:+.4f}, {verdict.high:+.4f}]"
    return verdict.measure, f"{verdict.value:.4f}", f"{verdict.before:.4f}", escape(gain), f"{verdict.seconds:.1f}"


def print_published(published: Published, shop: Path) -> None:
    """What was made, and what to do with it."""
    share = published.facts["repeat_share"]
    where = "" if shop == Path() else f" --shop {shop}"
    out.print(f"Published [bold]{published.version}[/], recipe {published.recipe.name}.")
    if not published.facts["events"]:
        out.print("Nothing was bought or looked at yet: it says what is alike, and recommends the range to everybody.")
        out.print(Text(f"Next: parure similar PRODUCT{where}"), soft_wrap=True)
        return
    for line in _without_confidence(published):
        out.print(Text(line, style="yellow"), soft_wrap=True)
    out.print(f"{share:.0%} of purchases are of something bought before; bought items come back: {published.policy}.")
    out.print(Text(f"Next: parure recommend CUSTOMER{where}"), soft_wrap=True)


def _without_confidence(published: Published) -> list[str]:
    """One line for each reason why answers carry no confidence, with the recipes that it holds for."""
    without: dict[str, str] = published.facts["uncalibrated"]
    if not published.facts["confidence"] and len(set(without.values())) == 1:
        return [f"Answers carry no confidence: {next(iter(without.values()))}"]
    return [
        f"Answers of {', '.join(name for name in without if without[name] == why)} carry no confidence: {why}"
        for why in dict.fromkeys(without.values())
    ]
