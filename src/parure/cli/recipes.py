"""``parure recipes``: which there are, what stands in one, whether a file holds, and what its rules cost and bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core.errors import MissingInputError
from parure.pipeline.occasions import OccasionsConfig
from parure.pipeline.preview import ALL_RULES, UNITS, Figure, Preview, preview_shop
from parure.pipeline.recipe import Recipe, find_recipe, recipe_from_toml, shipped_recipes
from parure.pipeline.settings import load_settings
from parure.pipeline.workflow import shop_recipe

_HEADS = {
    "ndcg": "NDCG",
    "coverage": "coverage",
    "mean_price": "mean price",
    "revenue": "revenue / 1,000",
    "changed": "changed",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands = typer.Typer(
        name="recipes", help="List, show, check and preview recipes: what is recommended where.", no_args_is_help=True
    )
    commands.command("list", epilog="Example: parure recipes list")(list_command)
    commands.command("show", epilog="Example: parure recipes show cart > recipes/cart.toml")(show_command)
    commands.command("check", epilog="Example: parure recipes check recipes/cart.toml")(check_command)
    commands.command("preview", epilog="Example: parure recipes preview cart --rule in_stock --weeks 4")(
        preview_command
    )
    app.add_typer(commands)


def list_command(shop: ShopOption = Path(), as_json: JsonOption = False) -> None:
    """List the recipes that come with parure, and the shop's own."""
    found = [_described(recipe, own=own) for recipe, own in _recipes(shop)]
    if as_json:
        print_json(found)
        return
    table = Table("recipe", "surface", "k", "sources", "rules", "for")
    for each in found:
        name = Text(f"{each['name']}{' (own)' if each['own'] else ''}")
        sources, rules = (Text(", ".join(each[part]) or "-") for part in ("sources", "rules"))
        table.add_row(name, Text(str(each["surface"] or "-")), str(each["k"]), sources, rules, Text(str(each["title"])))
    out.print(table)


def show_command(
    name: Annotated[str, typer.Argument(help="Name of the recipe.")],
    shop: ShopOption = Path(),
    in_force: Annotated[
        bool, typer.Option("--in-force", help="With the knobs of parure.toml put in, as it is trained.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print a recipe as TOML, to be saved in recipes/ and changed."""
    recipe = shop_recipe(name, shop, load_settings(shop)) if in_force else find_recipe(name, shop)
    if as_json:
        print_json(recipe.model_dump(mode="json"))
    else:
        typer.echo(recipe.to_toml(), nl=False)


def check_command(
    file: Annotated[Path, typer.Argument(help="A recipe file.")],
    as_json: JsonOption = False,
) -> None:
    """Check a recipe file; exit 1 and name what is wrong where it does not hold."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingInputError(f"Cannot read {file}: {error}.", hint="Name a recipe file, .toml.") from None
    described = _described(recipe_from_toml(text, where=str(file)), own=True)
    if as_json:
        print_json(described)
        return
    out.print("[green]✓[/]", Text(f"{file} holds: {described['name']}."), soft_wrap=True)
    out.print(Text(f"  sources: {', '.join(described['sources'])}"), soft_wrap=True)
    out.print(Text(f"  rules, in order: {', '.join(described['rules']) or 'none'}"), soft_wrap=True)


def preview_command(
    surface: Annotated[str, typer.Argument(help="The surface, or the name of any recipe.")],
    shop: ShopOption = Path(),
    rule: Annotated[list[str] | None, typer.Option(help="Look at this rule only; may be given again.")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="So many of the last weeks are looked at.")] = 1,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many occasions a week.")] = 1000,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table for a page.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what each rule of a recipe costs and brings: lists with and without it, on past occasions."""
    with progress(quiet=as_json) as bars:
        found = preview_shop(
            shop,
            load_settings(shop),
            surface,
            rules=rule or (),
            weeks=tuple(range(weeks)),
            config=OccasionsConfig(most=most),
            progress=bars,
        )
    if as_json:
        print_json(found.to_dict())
    elif markdown:
        typer.echo(found.markdown(), nl=False)
    else:
        _print(found)


def _print(found: Preview) -> None:
    """A preview as a table, with what the numbers mean."""
    title = f"{found.recipe} on {found.occasions:,} occasions of {found.surface}, {found.k} items each"
    table = Table(title=Text(title), title_justify="left")
    table.add_column("rule", no_wrap=True)
    for metric in UNITS:
        table.add_column(_HEADS[metric], justify="right")
    whole = {figure.metric: figure for figure in found.rules[ALL_RULES]}
    plain = [_plain(name, whole[name].with_rule) for name in UNITS if name != "changed"]
    table.add_row("the whole recipe", *plain, "", style="bold", end_section=True)
    for kind, figures in found.rules.items():
        table.add_row(kind, *(_cell(figure) for figure in figures))
    out.print(table)
    what = "bought" if found.counted == "purchases" else "looked at, put in the cart or bought"
    lines = (
        f"A hit is what the customer {what} within the week; {found.judged:,} lists had something to find.",
        "Each line is the recipe with the rule less the recipe without it; in brackets the 95 % interval.",
        "Revenue is the price of the hits, per 1,000 lists: what was bought anyway, not what a list would add.",
    )
    for line in lines:
        out.print(Text(line, style="dim"), soft_wrap=True)


def _cell(figure: Figure) -> str:
    if figure.difference != figure.difference:
        return "-"
    if figure.metric == "changed":
        return f"{figure.difference:.0%}"
    if figure.is_nothing:
        return "0"
    sides = (_plain(figure.metric, bound, sign="+") for bound in (figure.low, figure.high))
    return f"{_plain(figure.metric, figure.difference, sign='+')} \\[{', '.join(sides)}]"


def _plain(metric: str, value: float, *, sign: str = "") -> str:
    if value != value:
        return "-"
    places = 4
    if UNITS[metric] == "money":
        places = 0 if metric == "revenue" else 2
    return f"{value:{sign},.{places}f}"


def _described(recipe: Recipe, *, own: bool) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "surface": recipe.surface,
        "k": recipe.k,
        "sources": list(recipe.labels),
        "rules": [spec.kind for spec in recipe.rules],
        "own": own,
    }


def _recipes(shop: Path) -> list[tuple[Recipe, bool]]:
    """Every recipe by name, and whether it is the shop's own."""
    found = {name: (recipe, False) for name, recipe in shipped_recipes().items()}
    for file in sorted((shop / "recipes").glob("*.toml")):
        found[file.stem] = find_recipe(file.stem, shop), True
    return [found[name] for name in sorted(found)]
