"""Shops made of the benchmark data sets, taken in by parure's own presets once a run; and the made-up shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.data import JOURNEY, MOVIES, RETAIL, data_folder, journey_folder
from parure.demo import DemoSize, make_shop
from parure.ingest import ingest
from parure.pipeline.encode_shop import encode_shop
from parure.pipeline.settings import ShopSection, ShopSettings

MADE_UP = "made_up_shop"
PRESETS = {JOURNEY: "complete_journey", RETAIL: "uci_online_retail", MOVIES: "movielens"}

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment that vectors are said to be made at."""


def files(dataset: str) -> Path:
    """Where a data set's files lie."""
    return journey_folder() if dataset == JOURNEY else data_folder() / dataset


@contextmanager
def shop_of(dataset: str, *, size: DemoSize | None = None, made_from: int = 7) -> Iterator[Path]:
    """A shop directory that holds a data set, or the made-up shop with its pictures; it is gone afterwards.

    Args:
        dataset: Its name.
        size: How large the made-up shop is; the usual size with one picture a product where None.
        made_from: The made-up shop's own seed.
    """
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        shop = Path(folder)
        if dataset == MADE_UP:
            made = make_shop(shop / "exports", size=size or DemoSize(views=1), seed=made_from)
            ingest(shop, made.tables)
            encode_shop(shop, now=_NOW, images=made.images)
        else:
            ingest(shop, [files(dataset)], preset=PRESETS[dataset])
        yield shop


def settings_of(dataset: str, *, seed: int) -> ShopSettings:
    """Default settings, with the data set's name and a seed."""
    settings = ShopSettings(shop=ShopSection(name=dataset))
    return settings.model_copy(update={"train": settings.train.model_copy(update={"seed": seed})})
