"""What a server took in, laid where training reads the shop's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from parure.core import EventKind
from parure.core.progress import Progress
from parure.ingest import Tables
from parure.ingest.live_log import LIVE_LOG, LIVE_SCHEMA
from parure.store import Store, has_store

_KINDS: Final = {int(kind): kind.name.lower() for kind in EventKind}
_AT_ONCE: Final = 1000
_MAY_BE_EMPTY: Final = ("session_id", "duration_s", "price_cents", "order_id")


def lay_out_log(shop: Path, progress: Progress, *, offset_us: int = 0) -> int:
    """Write the events of the shop's store where its tables are read, all of them, as they are attributed now.

    Args:
        shop: The project directory.
        progress: Where to report to.
        offset_us: What is added to their times, for a shop that lives on old data.

    Returns:
        The number in the store up to which events were written; 0 where there is no store.

    Cost:
        Some microseconds an event; memory for 50,000 of them.
    """
    if not has_store(shop):
        return 0
    with Store.open(shop) as store, progress.step("lay out live events"):
        until = store.last_seq()
        target = shop / LIVE_LOG
        writing = target.with_suffix(".writing")
        with pq.ParquetWriter(writing, LIVE_SCHEMA, compression="zstd") as file:
            for part in store.read_events(0, until):
                file.write_table(_rows(part, offset_us))
        writing.replace(target)
    return until


def settle_products(shop: Path, parts: int, *, before_us: int) -> int:
    """Let live changes of the products that were just taken in hold for older bundles alone.

    What the shop's files say of them is newer; bundles that are trained from now on go by that.

    Args:
        shop: The project directory.
        parts: How many files of products were taken in, the newest parts of the table.
        before_us: When those files were written, in microseconds since 1970 UTC: what was said later goes on holding.

    Returns:
        How many changes were settled.
    """
    if not parts or not has_store(shop):
        return 0
    with Store.open(shop) as store:
        settled = 0
        for path in Tables(shop).paths("products")[-parts:]:
            ids = pq.read_table(path, columns=["product_id"]).column(0).to_pylist()
            for start in range(0, len(ids), _AT_ONCE):
                settled += store.settle_items_blocking(ids[start : start + _AT_ONCE], before_us).accepted
    return settled


def _rows(part: dict[str, list[Any]], offset_us: int) -> pa.Table:
    moments = pa.array([at + offset_us for at in part["timestamp_us"]], pa.int64()).cast(pa.timestamp("us"))
    columns = {
        "event_id": part["event_id"],
        "user_id": part["user_id"],
        "item_id": part["item_id"],
        "kind": [_KINDS[kind] for kind in part["kind"]],
        "moment": moments,
        "quantity": part["quantity"],
        **{name: [each or None for each in part[name]] for name in _MAY_BE_EMPTY},
    }
    return pa.table({name: columns[name] for name in LIVE_SCHEMA.names}, schema=LIVE_SCHEMA)
