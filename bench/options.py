"""What a benchmark is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Asked for on the command line.

    Attributes:
        datasets: Names of the data sets to run on; empty for all that are there.
        rounds: Rounds of a timing, at least 5 for a figure that is published.
        seed: Seed of everything random.
    """

    datasets: tuple[str, ...] = ()
    rounds: int = 5
    seed: int = 0

    def wants(self, dataset: str) -> bool:
        """Whether a data set was asked for."""
        return not self.datasets or dataset in self.datasets
