"""parure: a self-hosted recommender for shops.

A row's way through the package is the order of its folders: ``ingest`` checks the shop's tables, ``dataset`` turns
them into signals, ``retrieval`` finds candidates, ``ranking`` scores them, ``rules`` keeps what may be shown, and
``pipeline`` strings these together into a bundle that answers queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parure.pipeline.style_profiler import CustomerStyleProfiler

__version__ = "0.1.0"

__all__ = ["CustomerStyleProfiler", "__version__"]


def __getattr__(name: str) -> type[CustomerStyleProfiler]:
    """What notebooks import from here is loaded when it is asked for, so that a part does not load the whole."""
    if name == "CustomerStyleProfiler":
        from parure.pipeline.style_profiler import CustomerStyleProfiler

        return CustomerStyleProfiler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
