"""How fast, as ratios in one run: ``train`` against the library calls it contains, ``ingest`` against bare DuckDB.

Both sides read the same files and work on the same matrices with the same parameters, in turn. Memory is the peak of a
process of its own that does nothing else, at the size of the data and at ten times the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.data import JOURNEY
from bench.exports import TABLES, write_exports
from bench.options import Options
from bench.shops import settings_of
from bench.timing import alternate, run_measured
from parure.core.progress import Silent
from parure.dataset import Dataset, build_dataset
from parure.evaluation import Row
from parure.ingest import Tables, ingest
from parure.pipeline.recipe import find_recipe
from parure.pipeline.settings import ShopSettings
from parure.pipeline.workflow import train_shop
from parure.retrieval import Als, Ease, ItemCf
from parure.retrieval.signals import acts_of_dataset

NOW = datetime(2024, 1, 1, tzinfo=UTC)
RECIPES = ("als_item_cf_popular", "hybrid")
GROWTH = 10


def run(options: Options) -> Iterable[Row]:
    """Rows of all parts."""
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        exports, shop = Path(folder) / "exports", Path(folder) / "shop"
        write_exports(exports)
        yield _ingest_ratio(exports, Path(folder), options)
        ingest(shop, [exports])
        for recipe in RECIPES:
            yield _train_ratio(shop, recipe, options)
        yield from _memory(Path(folder), exports, shop)


def _ingest_ratio(exports: Path, folder: Path, options: Options) -> Row:
    """Our checks, quarantine, ledger and all, against reading, casting and writing the same files."""
    numbers = iter(range(1000))

    def ours() -> None:
        ingest(folder / f"ours-{next(numbers)}", [exports])

    def theirs() -> None:
        bare_duckdb(exports, folder / f"theirs-{next(numbers)}")

    found = alternate(ours, theirs, rounds=options.rounds)
    print(f"ingest: CPU ratio {found.cpu.value:.2f}", file=sys.stderr)
    return found.wall.row(bench="speed", dataset=JOURNEY, case="ingest", metric="ingest_vs_duckdb")


def bare_duckdb(exports: Path, target: Path) -> None:
    """What DuckDB needs to read, cast and write the same files."""
    import duckdb

    target.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        for name, columns in TABLES.items():
            casts = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
            source = f"read_csv('{exports / f'{name}.csv'}', all_varchar = true, header = true, delim = ',')"
            con.execute(f"COPY (SELECT {casts} FROM {source}) TO '{target / f'{name}.parquet'}' (FORMAT parquet)")


def _train_ratio(shop: Path, recipe: str, options: Options) -> Row:
    """Everything from checked tables to a published bundle, against the library calls in it."""
    settings = main_recipe_alone(settings_of(JOURNEY, seed=options.seed))
    dataset = build_dataset(Tables(shop))
    calls = library_calls(dataset, recipe)

    def ours() -> None:
        train_shop(shop, settings, recipe=recipe, tuned=False, now=NOW, progress=Silent())

    def theirs() -> None:
        for call in calls:
            call()

    found = alternate(ours, theirs, rounds=options.rounds)
    print(f"train {recipe}: CPU ratio {found.cpu.value:.2f}", file=sys.stderr)
    return found.wall.row(bench="speed", dataset=JOURNEY, case=recipe, metric="train_vs_library_calls")


def main_recipe_alone(settings: ShopSettings) -> ShopSettings:
    """Settings under which a bundle is of one recipe, without the surfaces' and without past weeks for confidence."""
    return settings.model_copy(update={"train": settings.train.model_copy(update={"surfaces": (), "calibrate": False})})


def library_calls(dataset: Dataset, recipe: str) -> list[Callable[[], object]]:
    """The bare library calls of a recipe's sources, on the matrices that the sources would hand over."""
    return [_CALLS[kind](matrix, config) for kind, matrix, config in library_inputs(dataset, recipe)]


def library_inputs(dataset: Dataset, recipe: str) -> list[tuple[str, Any, Any]]:
    """Kind, matrix and parameters of each source of a recipe that calls a library to fit."""
    inputs: list[tuple[str, Any, Any]] = []
    for spec in find_recipe(recipe).sources:
        source = spec.build()
        if isinstance(source, Als | ItemCf | Ease):
            config: Any = source.config
            matrix = acts_of_dataset(dataset, purchases_only=config.purchases_only).matrix(config)
            matrix = matrix[np.diff(matrix.indptr) > 0]
            matrix = matrix[:, np.flatnonzero(matrix.getnnz(axis=0))].tocsr()
            inputs.append((source.kind, matrix, config))
    return inputs


def _als_call(matrix: Any, config: Any) -> Callable[[], object]:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    def fit() -> None:
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=config.embedding_size, regularization=config.reg, alpha=config.alpha, iterations=config.epochs
            )
            model.fit(matrix, show_progress=False)

    return fit


def _item_call(matrix: Any, config: Any) -> Callable[[], object]:
    from implicit.nearest_neighbours import CosineRecommender

    return lambda: CosineRecommender(K=config.neighbours).fit(matrix, show_progress=False)


def _ease_call(matrix: Any, config: Any) -> Callable[[], object]:
    """What solving over the smaller side takes: the Gram matrix, its inverse, and their product with the matrix."""
    import scipy.linalg as sl

    wide = matrix.shape[0] < matrix.shape[1]

    def fit() -> None:
        gram = (matrix @ matrix.T if wide else matrix.T @ matrix).toarray()
        np.fill_diagonal(gram, gram.diagonal() + np.float32(config.reg))
        inverse = sl.inv(gram, assume_a="pos")
        if wide:
            columns = matrix.tocsc()
            for start in range(0, matrix.shape[1], 4096):
                columns[:, start : start + 4096].T @ inverse

    return fit


_CALLS = {"als": _als_call, "item_cf": _item_call, "ease": _ease_call}


def _memory(folder: Path, exports: Path, shop: Path) -> Iterator[Row]:
    """Peak resident size of each side in a process of its own, and again with ten times the rows."""
    larger = folder / "exports-larger"
    write_exports(larger, copies=GROWTH)
    large_shop = folder / "shop-larger"
    for label, files, home in (("", exports, shop), (f" x{GROWTH}", larger, large_shop)):
        yield _peak(f"ingest{label}", "from parure.ingest import ingest; from pathlib import Path;"
                    f"ingest(Path({str(home.with_suffix('.again'))!r}), [{str(files)!r}])")  # fmt: skip
        yield _peak(f"duckdb{label}", "from pathlib import Path; from bench.speed import bare_duckdb;"
                    f"bare_duckdb(Path({str(files)!r}), Path({str(home.with_suffix('.duckdb'))!r}))")  # fmt: skip
        if not home.exists():
            ingest(home, [files])
        yield _peak(f"train{label}", _TRAIN.format(shop=str(home)))
        yield _peak(f"library calls{label}", _CALLED.format(saved=str(_save_inputs(home))))


_TRAIN = """
from pathlib import Path
from bench.speed import NOW, main_recipe_alone
from bench.shops import settings_of
from parure.core.progress import Silent
from parure.pipeline.workflow import train_shop
settings = main_recipe_alone(settings_of("complete_journey", seed=0))
train_shop(Path({shop!r}), settings, recipe="als_item_cf_popular", tuned=False, now=NOW, progress=Silent())
"""
_CALLED = """
from pathlib import Path
from bench.speed import call_saved
call_saved(Path({saved!r}))
"""


def _save_inputs(shop: Path) -> Path:
    """Put the matrices of the library calls beside the shop, so that the peer's process need not make them."""
    folder = shop.with_suffix(".matrices")
    folder.mkdir()
    for kind, matrix, _ in library_inputs(build_dataset(Tables(shop)), RECIPES[0]):
        sp.save_npz(folder / f"{kind}.npz", matrix)
    return folder


def call_saved(folder: Path) -> None:
    """Make the bare library calls on saved matrices, one after the other."""
    configs = {spec.kind: spec.build().config for spec in find_recipe(RECIPES[0]).sources}
    for file in sorted(folder.glob("*.npz")):
        _CALLS[file.stem](sp.load_npz(file), configs[file.stem])()


def _peak(case: str, program: str) -> Row:
    used = run_measured([sys.executable, "-c", program])
    print(f"{case}: {used.peak_mib:,.0f} MiB, {used.wall_s:.1f} s wall, {used.cpu_s:.1f} s CPU", file=sys.stderr)
    return Row(
        bench="speed", dataset=JOURNEY, case=case, split="all", metric="peak_mib",
        value=used.peak_mib, low=None, high=None, unit="MiB",
    )  # fmt: skip
