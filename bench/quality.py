"""How good the recommendations are: every source, the blend, the fixed recipes and the baselines on the test week."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from bench.data import available, lines, split
from bench.options import Options
from bench.shops import settings_of, shop_of
from parure.core.errors import InputError
from parure.core.progress import Silent
from parure.evaluation import Row
from parure.pipeline.evaluate import Past
from parure.pipeline.workflow import compare, past_of

LARGEST_GAP = 1e-3
"""How far our truth may be from the protocol's, as a share of its pairs: ingest sets a few broken lines aside."""


def run(options: Options) -> Iterable[Row]:
    """Rows for every data set that is there and was asked for."""
    for dataset in available():
        if options.wants(dataset):
            yield from _compared(dataset, options)


def _compared(dataset: str, options: Options) -> Iterator[Row]:
    settings = settings_of(dataset, seed=options.seed)
    with shop_of(dataset) as shop:
        past = past_of(shop, settings, with_validation=True, progress=Silent())
        _same_truth(dataset, past)
        result = compare(past, settings, shop=shop, recipes=settings.evaluate.recipes, tuned=True, progress=Silent())
    for note in result.notes():
        print(f"{dataset}: {note}", file=sys.stderr)
    yield from result.rows("quality")


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
