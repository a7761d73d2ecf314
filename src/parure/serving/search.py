"""Search over HTTP: beside the requests, in a thread of its own, over products as they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

import pyarrow as pa

from parure.core.errors import InputError
from parure.core.filters import ItemFilter
from parure.pipeline.search import Asked, ShopSearch
from parure.search import Change, Mode
from parure.serving import models as m
from parure.serving.worker import Worker
from parure.store import ItemChange

FACETS: Final = ("category", "subcategory", "brand", "material", "color", "collection", "gender", "price", "in_stock")
"""What is counted where the request does not say, as far as the shop has it."""


class LiveSearch:
    """Search of one worker. One thread: what is found by pictures and by meaning keeps a processor busy.

    Args:
        worker: Whose shop.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._thread = ThreadPoolExecutor(1, "search")
        self._search: ShopSearch | None = None
        self._seen: dict[str, ItemChange] = {}
        self._version = ""

    def asked(
        self,
        text: str,
        picture: bytes | None,
        n: int,
        offset: int,
        filters: Sequence[str],
        facets: Sequence[str],
        mode: str,
        user_id: str | None,
    ) -> Asked:
        """One question, put together from what a request said."""
        if not text.strip() and picture is None and not filters:
            raise InputError("There is nothing to search for.", hint="Send words as q, a picture, or filters.")
        return Asked(
            text=text,
            picture=picture,
            user_id=user_id,
            filters=ItemFilter.of(filters),
            mode=cast("Mode", mode),
            k=n,
            offset=offset,
            facets=tuple(facets),
        )

    async def answer(self, asked: Asked) -> m.SearchAnswer:
        """What is found."""
        self._worker.refresh()
        changed = dict(self._worker.item_changes)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answered, asked, changed)

    def _answered(self, asked: Asked, changed: dict[str, ItemChange]) -> m.SearchAnswer:
        search = self._current(changed)
        columns = search.engine.table.column_names
        facets = asked.facets or [name for name in FACETS if name in columns or f"{name}_cents" in columns]
        found = search.search(asked.with_facets(facets))
        return m.SearchAnswer(
            query=asked.text,
            items=[_item(each) for each in search.described(found)],
            total=found.total,
            facets={facet.name: facet.to_dict() for facet in found.facets},
            notes=list(found.notes),
            took_ms=dict(found.took_ms),
        )

    def _current(self, changed: dict[str, ItemChange]) -> ShopSearch:
        """The engine over products as they are now."""
        worker = self._worker
        if self._search is None or self._version != worker.answers.version:
            self._search = ShopSearch.open(worker.shop, worker.settings)
            self._search.share(worker.answers)
            self._seen, self._version = {}, worker.answers.version
        fresh = {name: each for name, each in changed.items() if self._seen.get(name) != each}
        if fresh:
            self._search.engine = self._search.engine.updated(_change(self._search.engine.table, fresh))
            self._seen = {**self._seen, **fresh}
        return self._search


def _change(table: pa.Table, changed: dict[str, ItemChange]) -> Change:
    """Changes of products as the engine takes them: whole rows."""
    gone = frozenset(name for name, each in changed.items() if each.removed)
    kept = {name: each for name, each in changed.items() if not each.removed}
    ids = table.column("item_id").to_pylist()
    place = {name: row for row, name in enumerate(ids) if name in kept}
    rows = []
    for name, each in sorted(kept.items()):
        before = table.slice(place[name], 1).to_pylist()[0] if name in place else dict.fromkeys(table.column_names)
        told = {key: value for key, value in each.attributes.items() if key in table.column_names}
        row = {**before, **told, "item_id": name}
        row["price_cents"] = row.get("price_cents") or 0
        row["in_stock"] = True if row.get("in_stock") is None else row["in_stock"]
        rows.append(row)
    try:
        upsert = pa.Table.from_pylist(rows, schema=table.schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"A changed product does not fit the catalogue's columns: {error}.") from error
    return Change(upsert=upsert, remove=gone)


def _item(told: dict[str, Any]) -> m.SearchItem:
    cents = told.get("price_cents")
    return m.SearchItem(
        item_id=told["item_id"],
        score=told["score"],
        found_by=dict(told["found_by"]),
        title=told.get("title"),
        category=told.get("category"),
        item_price=cents / 100 if cents else None,
    )
