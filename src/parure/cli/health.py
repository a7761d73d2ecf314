"""The checks of ``parure doctor``."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from parure.core import IdMap
from parure.core.errors import BundleError, ParureError
from parure.index import ExactIndex, VectorIndex, load_index, measure_recall
from parure.ingest import Tables
from parure.pipeline.bundle import Bundle, bundle_path, load_bundle
from parure.pipeline.settings import FILE_NAME, load_settings

EXTRAS = {
    "excel": "python_calamine",
    "hdf5": "h5py",
    "sql": "sqlalchemy",
    "postgres": "psycopg",
    "pictures": "onnxruntime",
    "text": "tokenizers",
    "index": "faiss",
    "map": "umap",
    "ranker": "lightgbm",
    "auto": "optuna",
    "neural": "torch",
}
LOW_DISK_GIB = 2.0
LOW_RECALL = 0.95


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: What was looked at.
        state: ``ok``; ``note`` for something to know; ``broken`` for something to mend.
        finding: What was found.
        hint: What to do.
    """

    name: str
    state: Literal["ok", "note", "broken"]
    finding: str
    hint: str = ""

    def to_dict(self) -> dict[str, str]:
        """JSON-ready fields."""
        return asdict(self)


def check_shop(shop: Path) -> list[Check]:
    """Look at the installation first, then at the shop, in the order in which things depend on each other."""
    return [_python(), *_packages(), *_extras(), _disk(shop), _settings(shop), _tables(shop), *_bundle(shop)]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok", version)


def _packages() -> list[Check]:
    names = ("duckdb", "numpy", "scipy", "pyarrow", "implicit")
    return [Check("packages", "ok", ", ".join(f"{name} {metadata.version(name)}" for name in names))]


def _extras() -> list[Check]:
    missing = [extra for extra, module in EXTRAS.items() if util.find_spec(module) is None]
    if not missing:
        return [Check("extras", "ok", "all installed")]
    hint = f'Where you need them: pip install "parure[{",".join(missing)}]"'
    return [Check("extras", "note", f"not installed: {', '.join(missing)}", hint)]


def _disk(shop: Path) -> Check:
    place = next(path for path in (shop.resolve(), *shop.resolve().parents) if path.exists())
    free_gib = shutil.disk_usage(place).free / 2**30
    if free_gib < LOW_DISK_GIB:
        return Check("disk", "broken", f"{free_gib:.1f} GiB free", "Free some space, or fewer bundles: keep_bundles.")
    return Check("disk", "ok", f"{free_gib:.0f} GiB free")


def _settings(shop: Path) -> Check:
    if not (shop / FILE_NAME).is_file():
        return Check("settings", "note", f"no {FILE_NAME} in {shop}: the defaults hold", f"Run: parure init {shop}")
    try:
        load_settings(shop)
    except ParureError as error:
        return Check("settings", "broken", error.message, error.hint)
    return Check("settings", "ok", str(shop / FILE_NAME))


def _tables(shop: Path) -> Check:
    try:
        counts = Tables(shop).counts()
    except ParureError as error:
        return Check("tables", "broken", error.message, error.hint)
    filled = {name: rows for name, rows in counts.items() if rows}
    if not filled:
        return Check("tables", "note", "nothing taken in yet", "Run: parure ingest YOUR-FILES")
    return Check("tables", "ok", ", ".join(f"{rows:,} {name}" for name, rows in filled.items()))


def _bundle(shop: Path) -> list[Check]:
    try:
        path = bundle_path(shop)
    except BundleError as error:
        return [Check("bundle", "note", error.message, error.hint)]
    try:
        bundle = load_bundle(shop, directory=path)
    except ParureError as error:
        return [Check("bundle", "broken", error.message, error.hint)]
    size_mib = sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) / 2**20
    stale = Tables(shop).fingerprint not in bundle.facts.get("tables", "")
    hint = "The tables have changed since. Run: parure train" if stale else ""
    finding = f"{path.name}, recipe {bundle.recipe.name}, {size_mib:.0f} MiB, every checksum right"
    return [Check("bundle", "note" if stale else "ok", finding, hint), *_indexes(path, bundle)]


def _indexes(path: Path, bundle: Bundle) -> list[Check]:
    """Each vector index of the bundle, asked for the neighbours of some products; none where every one is looked at."""
    vectors = bundle.dataset.item_vectors
    if vectors is None:
        return []
    folders = [each.parent for each in sorted(path.rglob("index.json"))]
    return [_recall(load_index(folder), bundle.dataset.items, vectors) for folder in folders]


def _recall(index: VectorIndex, items: IdMap, vectors: NDArray[np.float32]) -> Check:
    held = f"{index.kind}, {len(index):,} vectors, {index.bytes_in_use() / 2**20:.0f} MiB"
    if isinstance(index, ExactIndex):
        return Check("index", "ok", f"{held}: every one is looked at")
    rng = np.random.default_rng(0)
    rows = items.rows_of(index.ids)
    exact = np.where(index.taken[:, None], vectors[rows], np.float32(np.nan))
    asked = exact[rng.choice(np.flatnonzero(index.taken), min(200, len(index)), replace=False)]
    found = measure_recall(index, exact, asked, rng=rng)
    finding = f"{held}: recall@{found.k} {found.value:.3f} ({found.low:.3f}-{found.high:.3f}, {found.queries} queries)"
    if found.value < LOW_RECALL:
        return Check("index", "note", finding, "Neighbours are missed. Run: parure train, which builds it anew")
    return Check("index", "ok", finding)
