"""Encodes many pictures: several processes of one thread each, through the cache, in memory that does not grow.

Pictures travel in batches. A worker reads, hashes, decodes and encodes; only the parent writes to the cache, a batch at
a time, so that a run that is killed goes on where it was.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

import numpy as np

from parure.core.errors import InputError
from parure.encode.cache import VectorCache, content_hash
from parure.encode.decoding import Pixels
from parure.encode.encoder import PictureEncoder, PictureError, Reason, Vectors
from parure.encode.pictures import Picture
from parure.encode.runtime import OnnxEncoder
from parure.encode.thumbnails import thumbnail
from parure.encode.web import WebLimits

BATCH = 32
_FETCHERS = 8
_FEW = 2 * BATCH
"""Up to so many pictures, starting processes takes longer than encoding."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What became of one picture.

    Attributes:
        product_id: Whose it is.
        place: Where it lay.
        content: Hash of its file, which finds the vector in the cache; empty where there is none.
        reason: Why there is no vector; None where there is one.
        sentence: The reason in words.
        computed: Whether the vector was computed now, and not known before.
    """

    product_id: str
    place: str
    content: bytes = b""
    reason: Reason | None = None
    sentence: str = ""
    computed: bool = False


@dataclass(frozen=True)
class _Done:
    """A batch that came back: one outcome a picture, new vectors by hash, and what lay at addresses."""

    outcomes: list[Encoded]
    contents: list[bytes]
    vectors: Vectors
    fetched: dict[str, bytes]
    thumbnails: dict[bytes, Pixels]


def default_processes() -> int:
    """As many processes as this one may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def encode_pictures(
    pictures: Iterable[Picture],
    encoder: PictureEncoder,
    cache: Path,
    *,
    processes: int | None = None,
    limits: WebLimits | None = None,
) -> Iterator[Encoded]:
    """Encode pictures into the cache.

    Args:
        pictures: Read lazily; any number.
        encoder: Sent to the processes, so it must survive pickling, as all encoders of this package do.
        cache: The cache's file.
        processes: How many encode at once; one a processor where None. With one, no process is started.
        limits: For pictures that are fetched.

    Yields:
        One outcome a picture, in the order given; when it comes, the vector is in the cache.

    Raises:
        InputError: The cache is broken or cannot be written, or a process died.

    Cost:
        Memory: one model a process and two batches of pictures a process, whatever the number of pictures.
    """
    job = _Job(encoder, cache, limits or WebLimits())
    waiting = iter(pictures)
    first = list(islice(waiting, _FEW))
    workers = processes or default_processes()
    with VectorCache(cache) as kept:
        done: Iterator[_Done]
        if workers == 1 or len(first) < _FEW:
            done = (job.run(batch, kept) for batch in _batches(_chain(first, waiting)))
        else:
            done = _in_processes(job, _batches(_chain(first, waiting)), workers)
        for batch in done:
            kept.add(encoder.name, batch.contents, batch.vectors, batch.thumbnails, batch.fetched)
            yield from batch.outcomes


def _chain(first: list[Picture], rest: Iterator[Picture]) -> Iterator[Picture]:
    yield from first
    # The list would otherwise live as long as the run, with the bytes of its pictures.
    first.clear()
    yield from rest


def _batches(pictures: Iterator[Picture]) -> Iterator[list[Picture]]:
    while batch := list(islice(pictures, BATCH)):
        yield batch


@dataclass(frozen=True)
class _Job:
    """What a process does with a batch."""

    encoder: PictureEncoder
    cache: Path
    limits: WebLimits

    def run(self, batch: Sequence[Picture], kept: VectorCache) -> _Done:
        name = self.encoder.name
        seen = kept.fetched([each.place for each in batch if each.is_remote])
        known = kept.known(name, set(seen.values()))
        known -= kept.without_thumbnail(known)
        seen = {place: content for place, content in seen.items() if content in known}
        read = self._read([each for each in batch if each.place not in seen])
        hashes = {each: content_hash(found) for each, found in read.items() if isinstance(found, bytes)}
        known |= kept.known(name, set(hashes.values()))
        new = {hashes[each]: found for each, found in read.items() if isinstance(found, bytes)}
        new = {content: found for content, found in new.items() if content not in known}
        vectors, small, faults = self._encode(list(new.values()))
        wrong = dict(zip(new, faults, strict=True))
        outcomes: list[Encoded] = []
        computed = {content for content, fault in wrong.items() if fault is None}
        first = set(computed)
        for each in batch:
            content = seen.get(each.place) or hashes.get(each, b"")
            found = wrong.get(content) if content else read[each]
            if isinstance(found, PictureError):
                outcomes.append(Encoded(each.product_id, each.place, reason=found.reason, sentence=found.message))
            else:
                outcomes.append(Encoded(each.product_id, each.place, content, computed=content in first))
                first.discard(content)
        stored = [content for content in new if content in computed]
        thumbnails = dict(zip(stored, small, strict=True)) if small else {}
        # Vectors of before thumbnails were kept, and those of models that see pictures in another shape.
        late = {hashes[each]: found for each, found in read.items() if isinstance(found, bytes)}
        for content in kept.without_thumbnail(set(late) - set(thumbnails) - (set(new) - computed)):
            with suppress(PictureError):
                # An encoder may read what Pillow does not; its vectors then have to do.
                thumbnails[content] = thumbnail(late[content])
        fetched = {each.place: hashes[each] for each in hashes if each.is_remote}
        return _Done(outcomes, stored, vectors, fetched, thumbnails)

    def _encode(self, pictures: list[bytes]) -> tuple[Vectors, list[Pixels], list[PictureError | None]]:
        """The vectors of those that can be read, of each picture what is wrong with it, and the thumbnails at hand."""
        try:
            vectors, small = self._seen(pictures)
            return vectors, small, [None] * len(pictures)
        except PictureError:
            # One of them is bad: each by itself.
            pass
        each_vector, small, faults = [np.empty((0, self.encoder.size), np.float32)], [], []
        for picture in pictures:
            fault = None
            try:
                vector, pixels = self._seen([picture])
                each_vector.append(vector)
                small += pixels
            except PictureError as error:
                fault = error
            faults.append(fault)
        return np.concatenate(each_vector), small, faults

    def _seen(self, pictures: list[bytes]) -> tuple[Vectors, list[Pixels]]:
        """Vectors and thumbnails; no thumbnails where the encoder has none to give."""
        if isinstance(self.encoder, OnnxEncoder):
            return self.encoder.encode_and_see(pictures)
        return self.encoder.encode(pictures), []

    def _read(self, batch: Sequence[Picture]) -> dict[Picture, bytes | PictureError]:
        """The bytes of each picture, or what is wrong with it; several addresses are asked at once."""
        remote = [each for each in batch if each.is_remote]
        found = {each: self._content(each) for each in batch if not each.is_remote}
        if remote:
            with ThreadPoolExecutor(_FETCHERS) as threads:
                found.update(zip(remote, threads.map(self._content, remote), strict=True))
        return found

    def _content(self, picture: Picture) -> bytes | PictureError:
        try:
            return picture.read(self.limits)
        except PictureError as error:
            return error


# -- processes --------------------------------------------------------------------------------------------------------


def _in_processes(job: _Job, batches: Iterator[list[Picture]], workers: int) -> Iterator[_Done]:
    """Batches through processes, answers in the order of the batches, a few under way at a time."""
    # Spawned, not forked: the runtime's threads and locks do not survive a fork.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(job,)
    ) as pool:
        under_way: deque[Future[_Done]] = deque()
        try:
            for batch in batches:
                under_way.append(pool.submit(_run_batch, batch))
                if len(under_way) >= 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "A process that encodes pictures died, perhaps for want of memory.",
                hint="Run it again with fewer processes; what is done is kept.",
            ) from error
        finally:
            for future in under_way:
                future.cancel()


class _Worker:
    """What a spawned process keeps between batches."""

    job: _Job
    kept: VectorCache


def _start_worker(job: _Job) -> None:
    _Worker.job, _Worker.kept = job, VectorCache(job.cache)
    Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """End this process when its parent is gone; a killed parent cannot say so itself."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run_batch(batch: list[Picture]) -> _Done:
    return _Worker.job.run(batch, _Worker.kept)
