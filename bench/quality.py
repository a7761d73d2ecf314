"""How good the recommendations are: every source, the blend, the fixed recipes and the baselines on the test week."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.data import available, lines, split
from bench.options import Options
from bench.shops import settings_of, shop_of
from parure.core.errors import InputError
from parure.core.progress import Silent
from parure.evaluation import Row
from parure.pipeline.auto import contest
from parure.pipeline.evaluate import Past
from parure.pipeline.opened import OpenedShop, opened_shop
from parure.pipeline.recipe import AUTO
from parure.pipeline.settings import ShopSettings
from parure.pipeline.workflow import TEST_WEEK, compare, past_in

SEARCH_MINUTES = 3.0
"""For the search over settings of trees."""

LARGEST_GAP = 1e-3
"""How far our truth may be from the protocol's, as a share of its pairs: ingest sets a few broken lines aside."""


def run(options: Options) -> Iterable[Row]:
    """Rows for every data set that is there and was asked for."""
    for dataset in available():
        if options.wants(dataset):
            yield from _compared(dataset, options)


def _compared(dataset: str, options: Options) -> Iterator[Row]:
    settings = settings_of(dataset, seed=options.seed)
    with shop_of(dataset) as shop, opened_shop(shop, settings, Silent()) as opened:
        recipes = (*settings.evaluate.recipes, _learned(dataset, opened, shop, settings))
        past = past_in(opened, settings, with_validation=True, with_lessons=True)
        _same_truth(dataset, past)
        result = compare(past, settings, shop=shop, recipes=recipes, tuned=True, progress=Silent())
    for note in result.notes():
        print(f"{dataset}: {note}", file=sys.stderr)
    yield from result.rows("quality")


def _learned(dataset: str, opened: OpenedShop, shop: Path, settings: ShopSettings) -> str:
    """The recipe that ``parure train --auto`` would have published before the test week, put into the shop."""
    found, winner = contest(
        opened, shop, settings, recipe=None, minutes=SEARCH_MINUTES, newest=TEST_WEEK + 1, progress=Silent()
    )
    for verdict in found.verdicts:
        kept = "kept" if verdict.passed else "left out"
        print(f"{dataset}: {verdict.kind} {verdict.name} {kept} ({verdict.measure}): {verdict.why}", file=sys.stderr)
    print(f"{dataset}: candidates {found.quotas}", file=sys.stderr)
    (shop / "recipes").mkdir(exist_ok=True)
    recipe = winner.model_copy(update={"name": AUTO})
    (shop / "recipes" / f"{AUTO}.toml").write_text(recipe.to_toml(), encoding="utf-8")
    return AUTO


def _same_truth(dataset: str, past: Past) -> None:
    """Stop where the pipeline would be judged by another truth than the protocol's."""
    theirs = split(lines(dataset)).truth
    users, items = theirs.users.ids_of(theirs.user_position), theirs.items.ids_of(theirs.item_ix)
    wanted = set(zip(users, items, strict=True))
    got = {(user, item) for user, items in past.test.target.truth.items() for item in items}
    if len(wanted ^ got) > LARGEST_GAP * len(wanted):
        raise InputError(
            f"The truth of {dataset} differs from the protocol's in {len(wanted ^ got):,} of {len(wanted):,} pairs.",
            hint="Compare what ingest set aside with the protocol's data rules.",
        )
