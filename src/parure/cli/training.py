"""``parure train`` and ``evaluate``: make a bundle, and measure what it would be worth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.evaluation import print_evaluation, write_report
from parure.pipeline.settings import load_settings
from parure.pipeline.workflow import Published, evaluate_shop, train_shop

TuneOption = Annotated[
    bool, typer.Option("--tune/--fixed", help="Tune the recipe's weights on past weeks, or keep those it fixes.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("train", epilog="Example: parure train --tune")(train_command)
    app.command("evaluate", epilog="Example: parure evaluate --recipe hybrid --json")(evaluate_command)


def train_command(
    shop: ShopOption = Path(),
    recipe: Annotated[str | None, typer.Option(help="The recipe; the one in parure.toml where left out.")] = None,
    tuned: TuneOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a recipe on all data and publish the bundle."""
    with progress(quiet=as_json) as bars:
        published = train_shop(
            shop, load_settings(shop), recipe=recipe, tuned=tuned, now=datetime.now(UTC), progress=bars
        )
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
    (shop / "reports").mkdir(exist_ok=True)
    return shop / "reports" / "evaluation.html"


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
