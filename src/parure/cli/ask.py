"""``parure recommend``, ``similar``, ``popular``: questions to the published bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from parure.cli.console import JsonOption, err, out, print_json
from parure.cli.shop import ShopOption
from parure.core.errors import SettingsError
from parure.core.filters import ItemFilter
from parure.core.recommendation import Answer, Recommendation
from parure.pipeline.alike import Likeness
from parure.pipeline.answer import Answers
from parure.pipeline.goals import goals_of
from parure.ranking import TASKS

CountOption = Annotated[int, typer.Option("-k", "--count", min=1, max=1000, help="How many items.")]
UserArgument = Annotated[
    str | None, typer.Argument(help="The customer's id, as in your files; nobody known if left out.")
]
AnyCountOption = Annotated[
    int | None,
    typer.Option("-k", "--count", min=1, max=1000, help="How many items; as the recipe says if left out."),
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="CONDITION", help="As category=a|b, brand!=x, price<=100, in_stock; repeatable."),
]
SurfaceOption = Annotated[
    str | None,
    typer.Option(
        help="The place in the shop: product_page, homepage, email, cart, post_purchase; the main recipe if left out."
    ),
]
ItemsOption = Annotated[
    str, typer.Option(metavar="A,B", help="Products on the page, in the cart or just ordered, by id.")
]
LanguageOption = Annotated[str, typer.Option(help="Language of the reasons: en or de.")]
GoalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--goal",
        metavar="TASK=WEIGHT",
        help=f"What the items are to achieve, as purchase=1; repeatable. Tasks: {', '.join(TASKS)}. Rankers of one task"
        " pass over it.",
    ),
]
RequestOption = Annotated[
    str, typer.Option("--request-id", help="What is left to chance follows from it: the same again for the same.")
]
VersionOption = Annotated[str | None, typer.Option("--bundle", help="Ask this version instead of the current one.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: parure recommend --surface cart --items A17,B4 --json")(recommend)
    app.command(epilog="Example: parure similar 995242 --mode mixed")(similar)
    app.command(epilog="Example: parure popular --category SOFT\\ DRINKS -k 5")(popular)


def recommend(
    user_id: UserArgument = None,
    shop: ShopOption = Path(),
    k: AnyCountOption = None,
    surface: SurfaceOption = None,
    items: ItemsOption = "",
    filters: FilterOption = None,
    goals: GoalOption = None,
    language: LanguageOption = "en",
    request_id: RequestOption = "",
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recommend items to one customer, or for one place in the shop, with the reason for each."""
    item_filter, wanted = ItemFilter.of(filters or ()), goals_of(goals or ())
    answers = Answers.open(shop, bundle)
    page = known_items(answers, items)
    answer = answers.recommend(
        user_id,
        k,
        surface=surface,
        items=page,
        item_filter=item_filter,
        language=language,
        request_id=request_id,
        goals=wanted,
    )
    if not answer.items and (why := item_filter.why_empty(answers.bundle.dataset.item_table)):
        err.print(Text(why, style="yellow"), soft_wrap=True)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer)


def known_items(answers: Answers, items: str) -> list[str]:
    """The product ids of a comma-separated list; warns of those that the bundle does not know."""
    given = [item for part in items.split(",") if (item := part.strip())]
    unknown = [item for item in given if item not in answers.bundle.dataset.items]
    if unknown:
        err.print(Text(f"The bundle does not know {', '.join(unknown)}: passed over.", style="yellow"), soft_wrap=True)
    return given


def similar(
    item_id: Annotated[str, typer.Argument(help="The product's id, as in your files.")],
    shop: ShopOption = Path(),
    k: CountOption = 10,
    source: Annotated[str | None, typer.Option(help="Which source says so; the first that can where left out.")] = None,
    mode: Annotated[
        Likeness | None, typer.Option(help="Alike to the eye, bought together, or both; instead of a source.")
    ] = None,
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the items most alike to one item."""
    if source is not None and mode is not None:
        raise SettingsError("--source and --mode exclude each other.", hint="Leave one of them out.")
    found = Answers.open(shop, bundle).similar(item_id, k, source=source, mode=mode)
    if as_json:
        print_json(found)
    else:
        print_scored(found["items"], f"Alike to {found['title'] or item_id} ({found['source']})")


def popular(
    shop: ShopOption = Path(),
    k: CountOption = 10,
    category: Annotated[str | None, typer.Option(help="Only items of this category.")] = None,
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what sells best."""
    found = Answers.open(shop, bundle).popular(k, category=category)
    if as_json:
        print_json(found)
    else:
        print_scored(found["items"], f"Popular{f' in {category}' if category else ''}")


def print_answer(answer: Answer) -> None:
    """An answer as a table with reasons."""
    heading = f"{answer.title}: {_who(answer)}" if answer.surface else f"For {_who(answer)}"
    table = Table(title=Text(heading), caption=f"recipe {answer.recipe}, bundle {answer.bundle}")
    calibrated = any(item.confidence is not None for item in answer.items)
    headers = ("#", "item", "title", "price", "score", *(("chance",) if calibrated else ()), "why")
    for header in headers:
        table.add_column(header, justify="left" if header in {"item", "title", "why"} else "right")
    for place, item in enumerate(answer.items, 1):
        why = Text.assemble(item.reason, " ", (" ".join((item.source, *item.marks)), "dim"))
        chance = ("" if item.confidence is None else f"{item.confidence:.1%}",) if calibrated else ()
        table.add_row(str(place), Text(item.item_id), Text(item.title), _price(item), f"{item.score:.3f}", *chance, why)
    out.print(table)
    if answer.fallback:
        out.print(Text(f"Where nothing personal speaks, {answer.fallback} fills in.", style="dim"))
    if answer.short:
        out.print(Text(answer.short))
    if answer.removed:
        held = ", ".join(f"{count} {reason}" for reason, count in answer.removed.items())
        out.print(f"[dim]Held back by rules: {held}.[/]")


def print_scored(items: list[dict[str, object]], title: str) -> None:
    """Items with scores as a table."""
    table = Table("#", "item", "title", "category", "score", title=Text(title))
    for place, item in enumerate(items, 1):
        cells = (Text(str(item[name])) for name in ("item_id", "title", "category"))
        table.add_row(str(place), *cells, f"{item['score']:.3f}")
    out.print(table)


def _who(answer: Answer) -> str:
    """The customer, and whether anything was known of them at training."""
    return str(answer.user_id) if answer.known_user else f"{answer.user_id or 'nobody known'} (unknown)"


def _price(item: Recommendation) -> str:
    return "" if item.price_cents is None else f"{item.price_cents / 100:.2f}"
