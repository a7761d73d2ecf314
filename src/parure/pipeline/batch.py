"""Lists for all customers at once, written as they are made: for a nightly run or a campaign."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from parure.core.errors import InputError, MissingInputError
from parure.core.processors import shared_by
from parure.core.progress import Progress, Silent
from parure.pipeline.answer import Answers
from parure.pipeline.explain import leading
from parure.pipeline.part import Part

AT_ONCE: Final = 512
"""Customers worked on between two looks at the clock; the lists do not depend on how many processes share them out."""
_ROW_GROUP: Final = 250_000
"""Rows that are gathered before they are written: some 10 MB."""
_PLAIN: Final = (
    ("user_id", pa.string()),
    ("rank", pa.int16()),
    ("item_id", pa.string()),
    ("score", pa.float32()),
    ("source", pa.string()),
)
_WITH_REASONS: Final = (("confidence", pa.float32()), ("reason", pa.string()))


@dataclass(frozen=True)
class BatchReport:
    """What was written.

    Attributes:
        file: Where.
        customers: How many were asked for.
        rows: Lines of all lists together.
        short: Customers whose list has fewer items than asked for.
        k: How many items were asked for.
        recipe: The recipe that made the lists.
        bundle: The bundle's version.
        processes: How many worked at once.
    """

    file: str
    customers: int
    rows: int
    short: int
    k: int
    recipe: str
    bundle: str
    processes: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return asdict(self)


@dataclass(frozen=True)
class Wanted:
    """What lists are to be like.

    Attributes:
        surface: The place in the shop; the bundle's main recipe answers where None.
        k: How many items at most; as many as the recipe says where None.
        reasons: Whether each item comes with its reason, and its confidence where the recipe has learned one.
        language: Language of the reasons.
    """

    surface: str | None = None
    k: int | None = None
    reasons: bool = False
    language: str = "en"


def write_lists(
    answers: Answers,
    output: Path,
    *,
    wanted: Wanted | None = None,
    users: Sequence[str] | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """Write the lists of many customers as Parquet: user_id, rank, item_id, score, source, and reasons where wanted.

    A list is what :meth:`Answers.recommend` gives the customer, the reserve for short lists included. Lists stand in
    the order of the customers. The file appears when it is whole.

    Args:
        answers: The opened bundle.
        output: The Parquet file.
        wanted: What lists are to be like; the main recipe's where None.
        users: Ids as in the shop's files; everybody that the bundle knows where None.
        processes: How many work at once, all processors where None. Others than the first are forked, and share the
            bundle's memory; where the system cannot fork safely, one works alone.
        progress: Where to report to.

    Raises:
        SettingsError: The bundle does not answer for the surface.
        MissingInputError: The file cannot be written.
        InputError: A process died.

    Cost:
        Some 0.5 ms of one processor a customer with a catalogue of 10,000 items; memory for the bundle and for two
        blocks of lists a process, whatever the number of customers.
    """
    wanted = wanted or Wanted()
    part = answers.part(wanted.surface)
    asked = answers.bundle.dataset.users.to_arrow() if users is None else pa.array(users, pa.string())
    starts = range(0, len(asked), AT_ONCE)
    workers = min(_usable(processes), max(len(starts), 1))
    job = _Job(answers, part, wanted, asked)
    rows = short = 0
    with _replacing(output) as path, _made(job, starts, workers) as blocks:
        step = (progress or Silent()).step(f"recommend to {len(asked):,} customers", total=len(asked))
        with pq.ParquetWriter(path, job.schema, compression="zstd") as file, step as bar:
            waiting: list[pa.Table] = []
            for block in blocks:
                waiting.append(job.table(block))
                rows += len(block.rows)
                short += int(np.count_nonzero(block.counts < job.k))
                if sum(map(len, waiting)) >= _ROW_GROUP:
                    file.write_table(pa.concat_tables(waiting))
                    waiting.clear()
                bar.advance(len(block.counts))
            file.write_table(pa.concat_tables([job.schema.empty_table(), *waiting]))
    return BatchReport(str(output), len(asked), rows, short, job.k, part.recipe.name, answers.version, workers)


def _usable(processes: int | None) -> int:
    # macOS has fork, but libraries of the system do not survive it.
    if sys.platform == "darwin" or "fork" not in get_all_start_methods():
        return 1
    return processes or os.cpu_count() or 1


@contextmanager
def _replacing(output: Path) -> Iterator[Path]:
    """A file beside the output that takes its place when the block ends well."""
    part = output.with_name(f".{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise MissingInputError(
            f"Cannot write {output}: {error.strerror or error}.", hint="Choose another file, or make room."
        ) from error


@dataclass(frozen=True)
class _Block:
    """Lists of a run of customers, one after the other.

    Attributes:
        start: Place of the first customer among all.
        counts: int32[customers], items of each list.
        rows: int32[n], items by their row of the catalogue.
        scores: float32[n].
        sources: Who speaks for each.
        confidences: float32[n], NaN where not known; empty where reasons are not wanted.
        reasons: A sentence each; empty where not wanted.
    """

    start: int
    counts: NDArray[np.int32]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    sources: list[str]
    confidences: NDArray[np.float32]
    reasons: list[str]


@dataclass(frozen=True)
class _Job:
    """What a process does with a run of customers."""

    answers: Answers
    part: Part
    wanted: Wanted
    asked: pa.StringArray

    @property
    def k(self) -> int:
        return self.wanted.k or self.part.recipe.k

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([*_PLAIN, *(_WITH_REASONS if self.wanted.reasons else ())])

    def run(self, start: int, stop: int) -> _Block:
        """The lists of the customers from ``start`` up to ``stop``."""
        answers, part, wanted = self.answers, self.part, self.wanted
        users = self.asked.slice(start, stop - start).to_pylist()
        queries = [answers.request(user, wanted.k, surface=wanted.surface, language=wanted.language) for user in users]
        counts, rows, scores = np.zeros(len(users), np.int32), [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        sources, confidences, reasons = list[str](), list[float](), list[str]()
        items = answers.bundle.dataset.items
        for place, (query, way) in enumerate(zip(queries, answers.recommender(part).ways(queries), strict=True)):
            # The sentences take as long as all the rest of an answer: only who wants them waits for them.
            found = None if wanted.reasons else leading(way.slate, self.k)
            if found is not None and len(found[0]) == self.k:
                counts[place] = self.k
                rows.append(found[0])
                scores.append(found[1])
                sources += found[2]
                continue
            shown = answers.answer_of(query, way, part).items
            counts[place] = len(shown)
            rows.append(items.rows_of(item.item_id for item in shown))
            scores.append(np.array([item.score for item in shown], np.float32))
            sources += [item.source for item in shown]
            if wanted.reasons:
                confidences += [np.nan if item.confidence is None else item.confidence for item in shown]
                reasons += [item.reason for item in shown]
        return _Block(
            start, counts, np.concatenate(rows), np.concatenate(scores), sources,
            np.array(confidences, np.float32), reasons,
        )  # fmt: skip

    def table(self, block: _Block) -> pa.Table:
        """A block in the columns of the file."""
        ends = np.cumsum(block.counts)
        place = np.repeat(np.arange(len(block.counts)), block.counts)
        rank = np.arange(1, len(block.rows) + 1) - np.repeat(ends - block.counts, block.counts)
        columns: list[Any] = [
            self.asked.take(pa.array(block.start + place)),
            rank.astype(np.int16),
            self.answers.bundle.dataset.items.to_arrow().take(pa.array(block.rows)),
            block.scores,
            pa.array(block.sources, pa.string()),
        ]
        if self.wanted.reasons:
            columns += [pa.array(block.confidences, from_pandas=True), pa.array(block.reasons, pa.string())]
        return pa.table(columns, schema=self.schema)


# -- processes --------------------------------------------------------------------------------------------------------


@contextmanager
def _made(job: _Job, starts: range, workers: int) -> Iterator[Iterator[_Block]]:
    """The blocks of all customers in their order, made here or by forked processes."""
    bounds = [(start, min(start + AT_ONCE, len(job.asked))) for start in starts]
    if workers == 1:
        with _alone():
            yield (job.run(*each) for each in bounds)
        return
    with _alone():
        # What is worked out at first use is then shared by all.
        job.run(0, 1)
    pool = ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=_start, initargs=(job,))
    with pool, _forking():
        made = [pool.submit(_run, *each) for each in bounds]
        try:
            yield _in_order(made)
        finally:
            for future in made:
                future.cancel()


def _in_order(made: list[Future[_Block]]) -> Iterator[_Block]:
    made.reverse()
    try:
        while made:
            # Popped, so that what was written is not kept.
            yield made.pop().result()
    except BrokenProcessPool as error:
        raise InputError(
            "A process that makes lists died, perhaps for want of memory.",
            hint="Run it again with fewer processes, as in: parure batch --processes 1",
        ) from error


@contextmanager
def _alone() -> Iterator[None]:
    """With one thread: sums are rounded the same way however many processes there are, and none waits for another."""
    with threadpool_limits(1, "blas"), shared_by(os.cpu_count() or 1):
        yield


@contextmanager
def _forking() -> Iterator[None]:
    """Objects that live now are left alone by the garbage collector, or it would copy their pages in each process."""
    gc.freeze()
    try:
        with warnings.catch_warnings():
            # Newer Pythons warn of forks beside threads. Ours touch no lock that one of them may hold: see _start.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        gc.unfreeze()


class _Worker:
    """What a forked process works with."""

    job: ClassVar[_Job]
    held: ClassVar[ExitStack]


def _start(job: _Job) -> None:
    # A thread that draws bars may have held their locks when this process was forked, and is not here to let go.
    sys.stdout = sys.stderr = None
    _Worker.job, _Worker.held = job, ExitStack()
    _Worker.held.enter_context(_alone())
    Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """End this process when its parent is gone; a killed parent cannot say so itself."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(start: int, stop: int) -> _Block:
    return _Worker.job.run(start, stop)
