"""``parure map``: products and customers on a map of taste."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core.errors import SettingsError
from parure.pipeline.bundle import load_bundle
from parure.pipeline.settings import load_settings
from parure.pipeline.taste_map import TasteMapConfig, taste_map, umap_is_there
from parure.pipeline.taste_map_page import map_page, map_picture
from parure.pipeline.thumbnails import product_pictures

NO_UMAP = 'UMAP is left out, for it is not installed: pip install "parure[map]".'
"""Said where only PCA was drawn because nothing better can be."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("map", epilog="Example: parure map --images exports/images")(map_command)


def map_command(
    shop: ShopOption = Path(),
    images: Annotated[
        Path | None,
        typer.Option(help="A folder of pictures, or a Parquet file of them; images/ of the shop if left out."),
    ] = None,
    products: Annotated[int, typer.Option(min=3, max=20_000, help="Show at most so many products.")] = 1500,
    customers: Annotated[int, typer.Option(min=0, max=20_000, help="Show at most so many customers.")] = 150,
    layout: Annotated[str | None, typer.Option(help="umap or pca; both where left out.")] = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="Draw this version instead of the current one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a map of taste: one page to walk through, and a picture."""
    if layout not in {None, "umap", "pca"}:
        raise SettingsError(f"There is no layout {layout!r}.", hint="Layouts: umap, pca.")
    layouts = (layout,) if layout else ("umap", "pca") if umap_is_there() else ("pca",)
    note = "" if layout or umap_is_there() else NO_UMAP
    config = TasteMapConfig.parse(
        {"layouts": layouts, "most_products": products, "most_customers": customers}, where="parure map"
    )
    written = write_taste_map(shop, config, images=images, version=bundle, note=note, quiet=as_json)
    if as_json:
        told = {**asdict(written), "page": str(written.page), "picture": str(written.picture)}
        print_json({**told, "layouts": layouts, "note": note})
        return
    shown = f"{written.products:,} products ({written.pictures:,} with a picture) and {written.customers:,} customers."
    out.print(Text(shown), soft_wrap=True)
    if not written.pictures:
        out.print("[yellow]•[/]", Text("No pictures were found: give their folder with --images."), soft_wrap=True)
    if note:
        out.print("[yellow]•[/]", Text(note), soft_wrap=True)
    out.print(Text(f"Map: {written.page}"), soft_wrap=True)
    out.print(Text(f"Picture: {written.picture}"), soft_wrap=True)


@dataclass(frozen=True)
class WrittenMap:
    """What was drawn: the page, the picture, and how much is on them."""

    page: Path
    picture: Path
    products: int
    pictures: int
    customers: int


def write_taste_map(
    shop: Path,
    config: TasteMapConfig,
    *,
    images: Path | None = None,
    version: str | None = None,
    note: str = "",
    quiet: bool = False,
) -> WrittenMap:
    """Draw the map of a shop into its reports."""
    section = load_settings(shop).shop
    with progress(quiet=quiet) as bars:
        with bars.step("read the bundle"):
            trained = load_bundle(shop, version)
        drawn = taste_map(trained, config, progress=bars)
        with bars.step("read the pictures"):
            pictures = product_pictures(drawn.product_ids, drawn.addresses, shop=shop, images=images)
        with bars.step("write the map"):
            page = map_page(
                drawn,
                pictures,
                shop=section.name,
                currency=section.currency,
                thumbnail_px=config.thumbnail_px,
                note=note,
            )
            picture = map_picture(drawn, pictures, shop=section.name)
    reports = shop / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "taste_map.html").write_text(page, encoding="utf-8")
    (reports / "taste_map.png").write_bytes(picture)
    return WrittenMap(
        page=reports / "taste_map.html",
        picture=reports / "taste_map.png",
        products=len(drawn.product_ids),
        pictures=sum(each is not None for each in pictures),
        customers=len(set(drawn.customer_ids)),
    )
