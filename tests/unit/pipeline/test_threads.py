"""The same data and seed give the same bundle, however many threads the environment allows."""

import os
import subprocess
import sys
from pathlib import Path

RECIPE = """
name = "small"
title = "Three sources"
bought_again = "always"
pool_size = 50

[[sources]]
kind = "ease"

[[sources]]
kind = "als"

[[sources]]
kind = "item_cf"

[ranker]
kind = "blend"
[ranker.config.weights]
ease = 0.4
als = 0.3
item_cf = 0.3
"""
_BUNDLE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import numpy as np
from parure.dataset import dataset_from_events
from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train
from parure.rules import BoughtAgain

shop = Path(sys.argv[1])
rng = np.random.default_rng(5)
users, items = rng.integers(0, 700, 16_000), np.minimum(rng.geometric(0.004, 16_000), 900)
days = rng.integers(0, 90, 16_000) * 86_400_000_000
rows = [
    (f"u{u}", f"i{i}", int(t), "purchase", 1, 1000)
    for u, i, t in zip(users.tolist(), items.tolist(), days, strict=True)
]
bundle = train(dataset_from_events(rows), Part.of(find_recipe("small", shop), BoughtAgain("always")))
print(publish(bundle, shop, now=datetime(2026, 1, 1, tzinfo=UTC)))
"""


def version_with(threads: int, shop: Path) -> str:
    """The version of a bundle trained in a process that may use so many threads."""
    (shop / "recipes").mkdir(parents=True)
    (shop / "recipes" / "small.toml").write_text(RECIPE)
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **{name: str(threads) for name in names}}
    command = [sys.executable, "-c", _BUNDLE, str(shop)]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_the_bundle_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    assert version_with(1, tmp_path / "one") == version_with(2, tmp_path / "two")
