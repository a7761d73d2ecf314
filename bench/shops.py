"""Shops made of the benchmark data sets: taken in by parure's own presets, once a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.data import JOURNEY, MOVIES, RETAIL, data_folder, journey_folder
from parure.ingest import ingest
from parure.pipeline.settings import ShopSection, ShopSettings

PRESETS = {JOURNEY: "complete_journey", RETAIL: "uci_online_retail", MOVIES: "movielens"}


def files(dataset: str) -> Path:
    """Where a data set's files lie."""
    return journey_folder() if dataset == JOURNEY else data_folder() / dataset


@contextmanager
def shop_of(dataset: str) -> Iterator[Path]:
    """A shop directory that holds a data set; it is gone afterwards."""
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        shop = Path(folder)
        ingest(shop, [files(dataset)], preset=PRESETS[dataset])
        yield shop


def settings_of(dataset: str, *, seed: int) -> ShopSettings:
    """Default settings, with the data set's name and a seed."""
    settings = ShopSettings(shop=ShopSection(name=dataset))
    return settings.model_copy(update={"train": settings.train.model_copy(update={"seed": seed})})
