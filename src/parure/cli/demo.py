"""``parure demo``: the whole way in one command, on a made-up jewellery shop or on real sales."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from rich.text import Text

from parure.cli.ask import print_answer
from parure.cli.console import JsonOption, err, out, print_json, progress
from parure.cli.data import write_quality_report
from parure.cli.demo_journey import journey_demo
from parure.cli.taste_map import write_taste_map
from parure.core.errors import MissingInputError
from parure.core.progress import Progress
from parure.core.serving_config import ServingConfig
from parure.demo import MadeShop, make_shop
from parure.ingest import ingest
from parure.pipeline.answer import Answers
from parure.pipeline.demo_page import PageOptions, ShownSearch, customer_page
from parure.pipeline.demo_places import Visit, traced_visit, visits
from parure.pipeline.encode_shop import encode_shop
from parure.pipeline.search import Asked, ShopSearch
from parure.pipeline.settings import FILE_NAME, ShopSection, ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_toml
from parure.pipeline.style_profiler import CustomerStyleProfiler
from parure.pipeline.taste_map import TasteMapConfig, umap_is_there
from parure.pipeline.thumbnails import product_pictures
from parure.pipeline.warm import warm_up
from parure.pipeline.workflow import train_shop

RECIPE = "style_led"
CALIBRATION_WEEKS = (5, 4, 3, 2, 1, 0)
"""Two thousand customers do not do enough in two weeks to learn chances from."""
WORDS = ("goldener Ring mit rotem Stein", "sparkling silver earrings for a party")
WITH_PICTURE = "rose gold"
LOOKED_AT = 20
"""Customers among whom the one with the most styles is shown."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: parure demo --shop demo-shop")(demo)


def demo(
    data: Annotated[
        Literal["jewellery", "journey"],
        typer.Argument(help="jewellery: a made-up shop with pictures; journey: a year of real grocery sales."),
    ] = "jewellery",
    shop: Annotated[
        Path | None, typer.Option("--shop", help="The directory to work in; demo-shop/DATA if left out.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Whom to recommend to; somebody with a long history if left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what parure does, from files to recommendations: a page with pictures, or figures on real sales."""
    place = shop or Path("demo-shop") / data
    if data == "journey":
        journey_demo(place, **({"customer": customer} if customer else {}), as_json=as_json)
    else:
        jewellery_demo(place, customer=customer, as_json=as_json)


def jewellery_demo(shop: Path, *, customer: str | None = None, as_json: bool = False) -> None:
    """Draw a jewellery shop, encode its pictures, train, and show one customer on a page.

    The page has the customer's style, picks, what each place in the shop recommends, the trace of one request, and
    searches.

    Args:
        shop: The directory to work in; what is there already is not made again.
        customer: Whom to show; one with many purchases and several styles where None.
        as_json: Print one JSON value instead of tables.
    """
    _prepare(shop)
    settings = load_settings(shop)
    now = datetime.now(UTC)
    with progress(quiet=as_json) as bars:
        _say("1/5  Drawing the shop: 1,500 products, 2,000 customers, two years")
        made = make_shop(shop / "exports", progress=bars)
        _say("2/5  Taking its files in, as any shop's")
        taken = ingest(shop, made.tables, config=settings.ingest, progress=bars)
        quality = write_quality_report(shop)
        _say("3/5  Turning pictures into vectors")
        encoded = encode_shop(shop, images=made.images, now=now, progress=bars)
        _say("4/5  Training")
        published = train_shop(shop, settings, recipe=None, tuned=False, now=now, progress=bars)
        answers = Answers.open(shop)
        warm_up(answers, bars)
        profiler = CustomerStyleProfiler.from_shop(shop)
        whom = customer or _most_telling(answers, profiler)
        _say(f"5/5  One customer, {whom}: style, picks, places in the shop, neighbours, search")
        search = ShopSearch.open(shop, settings, progress=bars)
        places = visits(answers, whom)
        page = _write_page(shop, made, answers, profiler, search, whom, places, bars)
    chart = _map(shop, made, published.version, quiet=as_json)
    answer = answers.recommend(whom, 10)
    if as_json:
        parts = {
            "rows": made.rows,
            "ingest": taken.to_dict(),
            "encode": encoded.to_dict(),
            "train": published.to_dict(),
        }
        shown = {"answer": answer.to_dict(), "places": [_as_json(place) for place in places]}
        print_json({**parts, **shown, "page": str(page), "reports": [str(quality), str(chart)]})
        return
    print_answer(answer)
    print_places(places)
    _say("Done. Open the page in a browser:")
    out.print(Text(f"  {page.resolve()}"), soft_wrap=True)
    _say("What to do next:")
    for what, how in {
        "walk through the map of taste": str(chart),
        **ask_again(places, whom, shop),
        "search": f'./run parure search "silberne Ohrringe" --shop {shop}',
        "shop in it, and see why": f"./run parure serve --shop {shop} --open",
        "see another customer": "./run demo --customer C0000042",
        "see what real sales say": "./run demo journey",
        "use your own shop": "./run parure init my-shop, then docs/guide.md",
    }.items():
        out.print(Text(f"  {what:<32} {how}"), soft_wrap=True)


def print_places(places: Sequence[Visit]) -> None:
    """Which places in the shop are on the page, and how many recommendations each has."""
    if not places:
        return
    _say("On the page, what each place in the shop recommends:")
    for place in places:
        beside = f", beside {', '.join(place.items)}" if place.items else ""
        many = f"{len(place.answer.items)} products{beside}"
        out.print(Text(f"  {place.name:<16} {place.title:<28} {many}"), soft_wrap=True)


def ask_again(places: Sequence[Visit], customer: str, shop: Path) -> dict[str, str]:
    """The commands that repeat what the page shows of one place, by what they do; none where there is no place."""
    place = traced_visit(places)
    if place is None:
        return {}
    rest = shlex.join([customer, *place.arguments, "--shop", str(shop)])
    name = place.name.lower()
    return {
        f"recommend for the {name}": f"./run parure recommend {rest}",
        f"trace the request of the {name}": f"./run parure trace {rest}",
    }


def _as_json(place: Visit) -> dict[str, Any]:
    return {"surface": place.surface, "items": list(place.items), "answer": place.answer.to_dict()}


def _prepare(shop: Path) -> None:
    if (shop / FILE_NAME).exists():
        return
    shop.mkdir(parents=True, exist_ok=True)
    usual = ShopSettings(
        shop=ShopSection(name="Parure Jewellery", currency="EUR"),
        serving=ServingConfig(environment="demo", clock="data", images="exports/images"),
    )
    settings = usual.model_copy(
        update={"train": usual.train.model_copy(update={"recipe": RECIPE, "calibration_weeks": CALIBRATION_WEEKS})}
    )
    (shop / FILE_NAME).write_text(settings_toml(settings), encoding="utf-8")


def _most_telling(answers: Answers, profiler: CustomerStyleProfiler) -> str:
    """Of those who agreed to be known and bought most, the customer with the most styles; the first among equals."""
    users = answers.bundle.dataset.user_table
    agreed = users.column("marketing_consent").fill_null(False).to_numpy()
    purchases = users.column("purchases").fill_null(0).to_numpy() * agreed
    busiest = [
        str(users.column("user_id")[int(row)].as_py()) for row in np.argsort(-purchases, kind="stable")[:LOOKED_AT]
    ]
    if not busiest:
        raise MissingInputError("The made-up shop has no customers.", hint="Remove its directory and run it again.")
    return max(busiest, key=lambda user: len(profiler.describe(user, k=1)["styles"]))


def _write_page(
    shop: Path,
    made: MadeShop,
    answers: Answers,
    profiler: CustomerStyleProfiler,
    search: ShopSearch,
    whom: str,
    places: Sequence[Visit],
    bars: Progress,
) -> Path:
    with bars.step("write the page"):
        html = customer_page(
            answers,
            profiler,
            whom,
            places=places,
            searches=_searches(search, made, answers, whom),
            pictures=lambda ids: product_pictures(ids, [None] * len(ids), shop=shop, images=made.images),
            options=PageOptions(shop="Parure Jewellery", currency="EUR", links=[("Map of taste", "taste_map.html")]),
        )
    page = shop / "reports" / "demo.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(html, encoding="utf-8")
    return page


def _searches(search: ShopSearch, made: MadeShop, answers: Answers, whom: str) -> list[ShownSearch]:
    """Words in two languages, a picture, and a picture with words."""
    shown = [_shown(search, "Search by words", Asked(text=words, k=6)) for words in WORDS]
    liked = (made.images / f"{_last_bought(answers, whom)}_2.jpg").read_bytes()
    shown.append(_shown(search, "Search by a picture", Asked(picture=liked, k=6)))
    shown.append(_shown(search, "Search by a picture and words", Asked(text=WITH_PICTURE, picture=liked, k=6)))
    return shown


def _shown(search: ShopSearch, title: str, asked: Asked) -> ShownSearch:
    found = search.search(asked)
    pairs = [(item.item_id, item.score) for item in found.items]
    return ShownSearch(title=title, asked=asked.text, found=pairs, picture=asked.picture, notes=found.notes)


def _last_bought(answers: Answers, whom: str) -> str:
    history = answers.bundle.dataset.history(whom)
    bought = history.item_ix[history.purchases]
    if not len(bought):
        raise MissingInputError(f"{whom} has bought nothing.", hint="Choose somebody else with --customer.")
    return str(history.items.id_of(int(bought[-1])))


def _map(shop: Path, made: MadeShop, version: str, *, quiet: bool) -> Path:
    """The map of taste, drawn again only where the bundle changed."""
    page, drawn = shop / "reports" / "taste_map.html", shop / "reports" / "taste_map.version"
    if not page.exists() or not drawn.exists() or drawn.read_text(encoding="utf-8") != version:
        layouts: tuple[Any, ...] = ("umap", "pca") if umap_is_there() else ("pca",)
        write_taste_map(shop, TasteMapConfig(layouts=layouts), images=made.images, quiet=quiet)
        drawn.write_text(version, encoding="utf-8")
    return page


def _say(text: str) -> None:
    err.print(f"\n[bold]{text}[/]")
