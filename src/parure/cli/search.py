"""``parure search``: find products by words, by a picture, or by both."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from parure.cli.ask import FilterOption
from parure.cli.console import JsonOption, err, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core.errors import MissingInputError, SettingsError
from parure.core.filters import ItemFilter
from parure.pipeline.search import Asked, ShopSearch
from parure.pipeline.settings import load_settings
from parure.search import FACETS, Facet, Mode, Sort

_SHOWN_VALUES = 8
"""Values of a facet that the terminal shows; JSON holds all."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog='Example: parure search "goldener Ring" --filter "price<=100" --facets')(search)


def search(
    text: Annotated[str, typer.Argument(help="What to look for; empty for a picture or a filter alone.")] = "",
    shop: ShopOption = Path(),
    picture: Annotated[Path | None, typer.Option(help="A picture file to find the like of.")] = None,
    user: Annotated[str | None, typer.Option(help="A customer whose style re-orders what is found.")] = None,
    personal: Annotated[float, typer.Option(min=0, max=1, help="How much the customer's style counts.")] = 0.3,
    feed: Annotated[bool, typer.Option("--feed", help="Only what would be recommended to the customer.")] = False,
    filters: FilterOption = None,
    facets: Annotated[bool, typer.Option("--facets", help="Count categories, brands, prices, ... among them.")] = False,
    mode: Annotated[Mode, typer.Option(help="How the text is searched; auto fuses words and meaning.")] = "auto",
    sort: Annotated[Sort, typer.Option(help="What the order goes by.")] = "relevance",
    k: Annotated[int, typer.Option("-k", "--count", min=1, max=1000, help="How many items.")] = 10,
    offset: Annotated[int, typer.Option(min=0, max=100_000, help="Pass over so many, for later pages.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Find products by words in German or English, by a picture, or by both."""
    if not (text.strip() or picture or filters):
        raise SettingsError("There is nothing to look for.", hint='Try: parure search "goldener Ring"')
    if feed and user is None:
        raise SettingsError("--feed needs a customer.", hint="Say whose with --user.")
    asked = Asked(
        text=text,
        picture=None if picture is None else _content(picture),
        user_id=user,
        feed_only=feed,
        filters=ItemFilter.of(filters or ()),
        mode=mode,
        sort=sort,
        k=k,
        offset=offset,
        facets=FACETS if facets else (),
        personal=personal,
    )
    with progress(quiet=as_json) as bars:
        opened = ShopSearch.open(shop, load_settings(shop), progress=bars)
    result = opened.search(asked)
    items = opened.described(result)
    if as_json:
        print_json({"text": text, **result.to_dict(), "items": items})
        return
    for note in result.notes:
        err.print(Text(note, style="yellow"), soft_wrap=True)
    _print_items(items, f"{text or 'Found'}: {result.total:,} match, {sum(result.took_ms.values()):.0f} ms")
    for facet in result.facets:
        _print_facet(facet)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingInputError(f"Cannot read the picture {path}: {error.strerror}.", hint="Check the path.") from None


def _print_items(items: list[dict[str, Any]], title: str) -> None:
    table = Table("#", "item", "title", "category", "price", "score", "found by", title=Text(title))
    for place, item in enumerate(items, 1):
        price = f"{item['price_cents'] / 100:.2f}" if item.get("price_cents") else ""
        found_by = " ".join(f"{name} {value:.2f}" for name, value in item["found_by"].items())
        texts = (str(item.get(name) or "") for name in ("item_id", "title", "category"))
        table.add_row(str(place), *map(Text, texts), price, f"{item['score']:.3f}", Text(found_by, style="dim"))
    out.print(table)


def _print_facet(facet: Facet) -> None:
    shown = [f"{'✓ ' if value.chosen else ''}{value.value} ({value.count:,})" for value in facet.values[:_SHOWN_VALUES]]
    more = len(facet.values) - len(shown)
    out.print(Text.assemble((f"{facet.name}: ", "bold"), ", ".join(shown), f", {more} more" if more > 0 else ""))
