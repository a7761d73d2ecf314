"""Metrics of one worker, in the text format that Prometheus reads.

A worker knows of itself alone, so every sample has the label ``worker``. Of a server with one worker that is all there
is to know. Of one with several, a scrape tells of the worker that took its connection: a scraper that keeps the
connection meets the same worker again, one that connects anew may meet another, and nobody can ask them all. So of
several workers these are samples, not sums; whoever needs sums runs servers of one worker each, on ports of their own.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels, float]
"""What a line says: the end of the name, labels, value."""


class Family(Protocol):
    """Samples of one name."""

    name: str
    kind: str
    help: str

    def samples(self) -> Iterable[Sample]:
        """The lines, without the label of the worker."""


class Counter:
    """Counts what happened, by labels.

    Args:
        name: Ends in ``_total``.
        help: One sentence.
        labels: Names of the labels; their values must come from a small fixed set, never from a client.
    """

    kind = "counter"

    def __init__(self, name: str, help: str, labels: Sequence[str] = ()) -> None:  # noqa: A002 - the format's own word
        self.name, self.help, self._labels = name, help, tuple(labels)
        self._counts: dict[tuple[str, ...], float] = {}

    def add(self, *values: str, by: float = 1) -> None:
        """Count ``by`` more under these values of the labels."""
        self._counts[values] = self._counts.get(values, 0) + by

    def counts(self) -> dict[tuple[str, ...], float]:
        """What was counted, by the values of the labels."""
        return dict(self._counts)

    def samples(self) -> Iterator[Sample]:
        """One line for each combination of labels that was met."""
        for values, count in list(self._counts.items()):
            yield "", tuple(zip(self._labels, values, strict=True)), count


class Reading:
    """A number that is kept elsewhere, and asked for when metrics are read.

    Args:
        name: With its unit.
        help: One sentence.
        read: Gives the number.
        kind: ``gauge``, or ``counter`` for what only grows, whose name ends in ``_total``.
    """

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002 - the format's own word
        read: Callable[[], float],
        kind: str = "gauge",
    ) -> None:
        self.name, self.help, self.kind, self._read = name, help, kind, read

    def samples(self) -> Iterator[Sample]:
        """The one line."""
        yield "", (), self._read()


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long requests took.

    Attributes:
        counts: How many lie in each bucket of :data:`BUCKETS_S`, and at last those that were slower than all.
        failed: How many were answered with a status of 500 or more.
    """

    counts: tuple[float, ...]
    failed: int

    @property
    def requests(self) -> int:
        """How many there were."""
        return int(sum(self.counts))

    def quantile_s(self, share: float) -> float | None:
        """The time, in seconds, within which a share of the requests was answered; None where there was none.

        As if requests lay evenly in their bucket; what was slower than all buckets counts as the last bound.
        """
        wanted, seen, low = share * self.requests, 0.0, 0.0
        if not wanted:
            return None
        for high, count in zip(BUCKETS_S, self.counts, strict=False):
            if seen + count >= wanted:
                return low + (high - low) * (wanted - seen) / count
            seen, low = seen + count, high
        return low


class HttpMetrics:
    """Requests by route template, method and class of status, and how long they took.

    Cost: about 0.5 microseconds a request; some 300 bytes for each combination that was met.
    """

    kind = "histogram"
    name = "parure_http_request_seconds"
    help = "Time from a request's head to the end of its answer, in seconds."

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str, int], list[float]] = {}

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (route, method if method in _METHODS else "OTHER", status // 100)
        cell = self._cells.get(key)
        if cell is None:
            # One place a bucket, one for what is slower than all of them, one for the sum.
            cell = self._cells[key] = [0] * (len(BUCKETS_S) + 2)
        cell[bisect_left(BUCKETS_S, seconds)] += 1
        cell[-1] += seconds

    def by_route(self) -> dict[tuple[str, str], Latencies]:
        """What was met, by route and method."""
        found: dict[tuple[str, str], list[float]] = {}
        failed: dict[tuple[str, str], float] = {}
        for (route, method, status), cell in list(self._cells.items()):
            key = route, method
            counts = found.setdefault(key, [0] * (len(BUCKETS_S) + 1))
            found[key] = [before + more for before, more in zip(counts, cell[:-1], strict=True)]
            failed[key] = failed.get(key, 0) + (sum(cell[:-1]) if status >= 5 else 0)
        return {key: Latencies(tuple(counts), int(failed[key])) for key, counts in found.items()}

    def samples(self) -> Iterator[Sample]:
        """Cumulative buckets, sum and count."""
        for (route, method, status), cell in list(self._cells.items()):
            labels = (("route", route), ("method", method), ("status", f"{status}xx"))
            seen = 0.0
            for bound, count in zip((*BUCKETS_S, float("inf")), cell, strict=False):
                seen += count
                yield "_bucket", (*labels, ("le", _number(bound))), seen
            yield "_sum", labels, cell[-1]
            yield "_count", labels, seen


class Metrics:
    """All metrics of a worker."""

    def __init__(self) -> None:
        self.http = HttpMetrics()
        self.errors = Counter("parure_http_errors_total", "Answers that were errors, by their code.", ("code",))
        self._families: list[Family] = [self.http, self.errors]

    def add(self, family: Family) -> None:
        """Show one more.

        Raises:
            ValueError: The name is there already.
        """
        if any(family.name == known.name for known in self._families):
            raise ValueError(f"there are metrics named {family.name!r} already")
        self._families.append(family)

    def render(self, worker: str) -> bytes:
        """Everything as text, see :data:`CONTENT_TYPE`.

        Args:
            worker: Names this process among the workers, as ``"0"``.

        Cost: about 10 microseconds for each route, method and class of status that was met.
        """
        lines: list[str] = []
        for family in self._families:
            lines += [f"# HELP {family.name} {_help(family.help)}", f"# TYPE {family.name} {family.kind}"]
            for ending, labels, value in family.samples():
                told = ",".join(f'{name}="{_label(text)}"' for name, text in (*labels, ("worker", worker)))
                lines.append(f"{family.name}{ending}{{{told}}} {_number(value)}")
        return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
