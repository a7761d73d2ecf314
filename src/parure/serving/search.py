"""Search over HTTP: beside the requests, in a thread of its own, over products as they are now."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, cast

import pyarrow as pa

from parure.core.errors import InputError, ParureError
from parure.core.filters import ItemFilter
from parure.core.money import price_of
from parure.pipeline.answer import Answers
from parure.pipeline.live import fitting
from parure.pipeline.search import Asked, ShopSearch
from parure.search import Change, Mode, Sort
from parure.serving import models as m
from parure.serving.searches import SearchCounter
from parure.serving.worker import Worker
from parure.store import ItemChange

LOG: Final = logging.getLogger("parure.serving")
FACETS: Final = ("category", "subcategory", "brand", "material", "color", "collection", "gender", "price", "in_stock")
"""What is counted where the request does not say, as far as the shop has it."""


class PreparingError(ParureError):
    """The search engine is not open yet."""

    code = "unavailable"
    retry_after_s = 2.0


@dataclass(slots=True)
class _Engine:
    """An engine that answers, and how far it is up to date."""

    search: ShopSearch
    version: str
    """Of the bundle that knows its customers."""
    seen: dict[str, ItemChange] = field(default_factory=dict)
    seen_seq: int = -1
    """Of the last change that it has taken in."""


class LiveSearch:
    """Search of one worker.

    It has a thread, as what is found by pictures and by meaning keeps a processor busy, and another in which an engine
    is opened: the first start of a shop encodes the texts of all its products. Once another bundle is served, the old
    engine answers until the new one is open.

    Args:
        worker: Whose shop.
        counter: Is told of every search that was answered.
    """

    def __init__(self, worker: Worker, counter: SearchCounter) -> None:
        self._worker = worker
        self._counter = counter
        self._thread = ThreadPoolExecutor(1, "search")
        self._opener = ThreadPoolExecutor(1, "open-search")
        self._engine: _Engine | None = None
        self._failed: Exception | None = None
        self._asked_for = ""
        worker.hearing.append(self.prepare)

    def prepare(self) -> None:
        """Begin to open the engine for the bundle that is served, beside the requests."""
        answers = self._worker.answers
        self._asked_for, self._failed = answers.version, None
        self._opener.submit(self._open, answers)

    def close(self) -> None:
        """Begin no more work."""
        self._opener.shutdown(wait=False, cancel_futures=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def asked(
        self,
        text: str,
        picture: bytes | None,
        n: int,
        offset: int,
        filters: Sequence[str],
        facets: Sequence[str],
        mode: str,
        sort: str,
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
            sort=cast("Sort", sort),
            k=n,
            offset=offset,
            facets=tuple(facets),
        )

    async def answer(self, asked: Asked) -> m.SearchAnswer:
        """What is found.

        Raises:
            PreparingError: The first engine is being opened.
            ParureError: It could not be opened, or the question cannot be answered.
        """
        self._worker.refresh()
        engine, served = self._current(), self._worker.served
        began_s = time.perf_counter()
        answer = await asyncio.get_running_loop().run_in_executor(
            self._thread, _answered, engine, asked, served.changed_seq, served.item_changes.copy()
        )
        if not asked.offset:  # A later page is no search of its own.
            self._counter.count(asked.text, answer.total, (time.perf_counter() - began_s) * 1000)
        return answer

    def _current(self) -> _Engine:
        """The engine that answers."""
        if self._engine is None and self._failed is not None:
            failed = self._failed
            # Who asks next gets another try.
            self.prepare()
            raise failed
        if self._engine is None:
            raise PreparingError("Search is being prepared.", hint="Send it again in a while.")
        return self._engine

    def _open(self, answers: Answers) -> None:
        try:
            search = ShopSearch.open(self._worker.shop, self._worker.settings)
        except Exception as error:
            # Nobody may be asking: who asks next is told, too, or answered by the engine of the bundle before.
            LOG.exception("search cannot be opened for bundle %s", answers.version)
            self._failed = error
            return
        search.share(answers)
        if answers.version == self._asked_for:
            self._engine = _Engine(search, answers.version)


def _answered(engine: _Engine, asked: Asked, seq: int, changed: dict[str, ItemChange]) -> m.SearchAnswer:
    """The answer by an engine, over products as they were at a number of the store; on one thread at a time."""
    search = engine.search
    if seq != engine.seen_seq:
        fresh = {name: each for name, each in changed.items() if engine.seen.get(name) != each}
        if fresh:
            search.engine = search.engine.updated(_change(search.engine.table, fresh))
            engine.seen.update(fresh)
        engine.seen_seq = seq
    columns = search.engine.table.column_names
    facets = asked.facets or [name for name in FACETS if name in columns or f"{name}_cents" in columns]
    found = search.search(asked.with_facets(facets))
    return m.SearchAnswer(
        query=asked.text,
        items=[_item(each) for each in search.described(found)],
        total=found.total,
        facets={facet.name: m.Facet.model_validate(facet.to_dict()) for facet in found.facets},
        notes=list(found.notes),
        took_ms=dict(found.took_ms),
    )


def _change(table: pa.Table, changed: dict[str, ItemChange]) -> Change:
    """Changes of products as the engine takes them: whole rows."""
    gone = frozenset(name for name, each in changed.items() if each.removed)
    kept = {name: each for name, each in changed.items() if not each.removed}
    ids = table.column("item_id").to_pylist()
    place = {name: row for row, name in enumerate(ids) if name in kept}
    rows = []
    for name, each in sorted(kept.items()):
        before = table.slice(place[name], 1).to_pylist()[0] if name in place else dict.fromkeys(table.column_names)
        told, wrong = fitting({key: value for key, value in each.attributes.items() if key in before}, table.schema)
        for error in wrong:
            LOG.warning("search leaves out what was said of the product %r: %s", name, error)
        row = {**before, **told, "item_id": name}
        row["price_cents"] = row.get("price_cents") or 0
        row["in_stock"] = True if row.get("in_stock") is None else row["in_stock"]
        rows.append(row)
    return Change(upsert=pa.Table.from_pylist(rows, schema=table.schema), remove=gone)


def _item(told: dict[str, Any]) -> m.SearchItem:
    return m.SearchItem(
        item_id=told["item_id"],
        score=told["score"],
        found_by=dict(told["found_by"]),
        title=told.get("title"),
        category=told.get("category"),
        item_price=price_of(told.get("price_cents")),
    )
