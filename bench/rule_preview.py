"""What each rule of the five surfaces costs and brings, on real data and on the made-up shop."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.data import JOURNEY
from bench.options import Options
from bench.shops import MADE_UP, settings_of, shop_of
from parure.core.progress import Silent
from parure.evaluation import Row
from parure.pipeline.occasions import SURFACES, OccasionsConfig
from parure.pipeline.part import Part
from parure.pipeline.preview import Preview, preview
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import policy_of, usable_sources
from parure.pipeline.workflow import moments_of, shop_recipe

WEEKS = {JOURNEY: (0, 1), MADE_UP: (0, 1, 2, 3)}
"""Weeks back whose occasions are looked at; the made-up shop has few a week."""
MOST = 500
"""Occasions a week."""


def run(options: Options) -> Iterable[Row]:
    """Rows of both shops; the tables for the page go to standard error."""
    for dataset in WEEKS:
        if options.wants(dataset):
            with shop_of(dataset) as shop:
                for found in previews(shop, settings_of(dataset, seed=options.seed), WEEKS[dataset], MOST):
                    print(described(dataset, found), file=sys.stderr)
                    yield from found.rows(dataset)


def previews(shop: Path, settings: ShopSettings, weeks: tuple[int, ...], most: int) -> Iterator[Preview]:
    """Previews of the five surfaces; sources that several have are fitted once."""
    moments = moments_of(shop, settings, weeks, progress=Silent())
    dataset = moments[0].dataset
    share = repeat_share(dataset)
    for surface in SURFACES:
        recipe = usable_sources(shop_recipe(surface, shop, settings), dataset)
        policy = policy_of(recipe, share, threshold=settings.train.repeat_share_threshold)
        part, config = Part.of(recipe, policy), OccasionsConfig(most=most)
        yield preview(moments, part, config=config, seed=settings.train.seed)


def described(dataset: str, found: Preview) -> str:
    """A preview as a part of a page."""
    return (
        f"#### {found.surface}, {dataset}\n\n{found.occasions:,} occasions, {found.judged:,} of them with something to"
        f" find; a hit is one of the {found.counted} of the week.\n\n{found.markdown()}"
    )
