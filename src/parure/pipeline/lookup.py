"""What a bundle tells of products and customers, in the shop's own ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, Candidates, EventKind
from parure.core.clock import from_us
from parure.core.errors import SettingsError, UnknownIdError, did_you_mean
from parure.core.native import native
from parure.dataset import Dataset
from parure.pipeline.alike import Likeness, alike
from parure.pipeline.bundle import Bundle
from parure.pipeline.explain import facts_by_row
from parure.pipeline.reserve import Reserve, best_sellers
from parure.retrieval import ItemSimilarity, Popular
from parure.rules import WITHDRAWN

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]
_GONE: Final = 50
"""So many more are looked up where some products cannot be bought."""


@dataclass(frozen=True, slots=True)
class Likely:
    """Items like one item.

    Attributes:
        item_id: That item.
        title: Its title; empty where it has none.
        source: What says that they are alike.
        items: Id, title, category, price in cents (None where unknown) and how alike each is, the likest first.
    """

    item_id: str
    title: str
    source: str
    items: list[tuple[str, str, str, int | None, float]]


class Lookups:
    """What a bundle tells of products and customers.

    Args:
        bundle: The bundle.
        version: What it is called.

    Attributes:
        dataset: The bundle's dataset, its products as they are now.
    """

    def __init__(self, bundle: Bundle, version: str) -> None:
        self.bundle = bundle
        self.version = version
        self.dataset = bundle.dataset
        self._reserve = Reserve(bundle.reserve or best_sellers(bundle.dataset))
        self._pseudonym: Callable[[str], str] = str
        self._aliases: dict[str, str] = {}
        self._absent = absent(bundle.dataset)

    def stored_as(self, user_id: str) -> str:
        """A customer's id as tables and store hold it: behind the keyed hash where the shop is pseudonymised."""
        return user_id if not user_id or user_id in self.dataset.users else self._pseudonym(user_id)

    def known_as(self, user_id: str) -> str:
        """The same of the customer whom an id stands for since it was merged."""
        stored = self.stored_as(user_id)
        return self._aliases.get(stored, stored)

    def knows(self, user_id: str | None) -> bool:
        """Whether a customer was there when the bundle was made."""
        return user_id is not None and self.known_as(user_id) in self.dataset.users

    def similar(
        self, item_id: str, k: int, *, source: str | None = None, mode: Likeness | None = None
    ) -> dict[str, Any]:
        """Items most alike to one item.

        Args:
            item_id: The item.
            k: How many at most.
            source: Which source says so. Where None, what is bought together (item-CF), or where that knows nothing of
                the item, the first other source of the bundle that does.
            mode: ``visual``, ``bought_together`` or ``mixed`` instead of a source; see :mod:`parure.pipeline.alike`.

        Raises:
            UnknownIdError: The bundle does not know the item.
            SettingsError: The source or the mode does not exist, or has no notion of likeness.
        """
        found = self.similar_to(item_id, k, source=source, mode=mode)
        names = ("item_id", "title", "category", "price_cents", "score")
        items = [dict(zip(names, item, strict=True)) for item in found.items]
        return {"item_id": item_id, "title": found.title, "source": found.source, "items": items}

    def similar_to(self, item_id: str, k: int, *, source: str | None = None, mode: Likeness | None = None) -> Likely:
        """The same as :meth:`similar`, with the same arguments, at less cost."""
        row = self._known_item(item_id)
        wanted = self._enough(k)
        if mode is not None:
            found = alike(self.bundle, item_id, wanted, mode)
        else:
            found = self._likest(item_id, wanted, source)
        found = self._there(found, k)
        facts = facts_by_row(self.dataset)
        items = [
            (*facts(item), score) for item, score in zip(found.item_ix.tolist(), found.scores.tolist(), strict=True)
        ]
        return Likely(item_id, facts(row)[1], found.source, items)

    def popular(self, k: int, *, category: str | None = None) -> dict[str, Any]:
        """What sells best, in one category or everywhere.

        Raises:
            UnknownIdError: No item has this category.
        """
        dataset = self.dataset
        model = next((s for s in self.bundle.sources if isinstance(s, Popular)), self._reserve.source)
        wanted = self._enough(k)
        ranked = model.retrieve(dataset.query("", k=k), len(dataset.items) if category else wanted)
        if category:
            ranked = self._in_category(ranked, category, wanted)
        ranked = self._there(ranked, k)
        return {"category": category, "source": model.name, "items": self._described(ranked)}

    def describe_user(self, user_id: str, *, latest: int = 10) -> dict[str, Any]:
        """One customer's profile and latest events.

        Raises:
            UnknownIdError: The bundle does not know the customer.
        """
        dataset = self.dataset
        user_id, asked = self.known_as(user_id), user_id
        row = dataset.users.row_of(user_id)
        if row == UNKNOWN:
            raise UnknownIdError(
                f"The bundle {self.version} does not know the customer {asked!r}.",
                hint="Check the id, or ingest it and run: parure train",
            )
        history = dataset.history(user_id)
        titles = dataset.item_table.column("title")
        events = [
            {
                "date": from_us(int(history.timestamp_us[i])).date().isoformat(),
                "event": EventKind(int(history.kind[i])).name.lower(),
                "item_id": history.items.id_of(int(history.item_ix[i])),
                "title": titles[int(history.item_ix[i])].as_py(),
            }
            for i in range(max(0, len(history) - latest), len(history))
        ]
        profile = dataset.user_table.slice(row, 1).to_pylist()[0]
        return {**profile, "events": len(history), "latest_events": events}

    def describe_item(self, item_id: str) -> dict[str, Any]:
        """One product's attributes and features.

        Raises:
            UnknownIdError: The bundle does not know the product.
        """
        return dict(self.dataset.item_table.slice(self._known_item(item_id), 1).to_pylist()[0])

    def properties(self, item_ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """Some columns of items that the bundle knows.

        Raises:
            SettingsError: The items do not have a column.
        """
        table = self.dataset.item_table
        for name in names:
            if name not in table.column_names:
                raise SettingsError(
                    f"Items have no property {name!r} {did_you_mean(name, table.column_names)}".rstrip() + ".",
                    hint=f"There are: {', '.join(table.column_names)}.",
                )
        found: list[dict[str, Any]] = table.select([*names]).take(self.dataset.items.rows_of(item_ids)).to_pylist()
        return found

    def _enough(self, k: int) -> int:
        """How many to ask for so that as many as wanted can be bought, unless most of a likely list is gone."""
        return 2 * k + _GONE

    def _there(self, found: Candidates, k: int) -> Candidates:
        """The first ``k`` of what can be bought."""
        return Candidates(found.source, found.items, *_first_there(found.item_ix, found.scores, self._absent, k))

    def _in_category(self, ranked: Candidates, category: str, k: int) -> Candidates:
        categories = self.dataset.item_table.column("category").to_numpy()
        if category not in set(categories):
            near = did_you_mean(category, {str(c) for c in categories if c})
            raise UnknownIdError(f"No item has the category {category!r} {near}.", hint="Mind upper and lower case.")
        kept = (categories[ranked.item_ix] == category).nonzero()[0][:k]
        return Candidates(ranked.source, ranked.items, ranked.item_ix[kept], ranked.scores[kept])

    def _known_item(self, item_id: str) -> int:
        row = self.dataset.items.row_of(item_id)
        if row == UNKNOWN:
            raise UnknownIdError(
                f"The bundle {self.version} does not know the item {item_id!r}.",
                hint="Check the id, or ingest it and run: parure train",
            )
        return row

    @cached_property
    def _able(self) -> dict[str, ItemSimilarity]:
        """The sources of the bundle that say which items are alike, by name: item-CF, and then as recipes name them.

        Co-occurrence says it most directly; other models only through what they learned for another end.
        """
        named = [pair for part in self.bundle.parts for pair in part.source_of.items()]
        named.sort(key=lambda pair: pair[1].kind != "item_cf")
        able: dict[str, ItemSimilarity] = {}
        for name, source in named:
            if isinstance(source, ItemSimilarity):
                able.setdefault(name, source)
        return able

    def _likest(self, item_id: str, k: int, name: str | None) -> Candidates:
        """What the source of a name says is like an item; where None, the first that says anything."""
        able = self._able
        if not able:
            raise SettingsError("No source of the recipe says which items are alike.", hint="Add item_cf or als to it.")
        if name is not None and name not in able:
            raise SettingsError(
                f"{name!r} is not a source that says which items are alike {did_you_mean(name, able)}.",
                hint=f"There are: {', '.join(able)}.",
            )
        for source in able.values() if name is None else [able[name]]:
            (found,) = source.similar([item_id], k)
            if len(found.item_ix):
                break
        return found

    def _described(self, candidates: Candidates) -> list[dict[str, Any]]:
        table = self.dataset.item_table.select(["title", "category", "price_cents"]).take(candidates.item_ix)
        return [
            {"item_id": item_id, "score": score, **row}
            for (item_id, score), row in zip(candidates.pairs(), table.to_pylist(), strict=True)
        ]


@native
def _first_there(rows: Rows, scores: Scores, gone: NDArray[np.bool_], k: int) -> tuple[Rows, Scores]:
    """The first ``k`` of some rows of the catalogue that are not gone, and their scores."""
    kept, values, found = np.empty_like(rows), np.empty_like(scores), 0
    for place in range(len(rows)):
        if found == k:
            break
        kept[found], values[found] = rows[place], scores[place]
        found += not gone[rows[place]]
    return kept[:found], values[:found]


def absent(dataset: Dataset) -> NDArray[np.bool_]:
    """The items that nobody can buy, sold out or withdrawn: bool[items]."""
    table = dataset.item_table
    there = table.column("in_stock").fill_null(True).to_numpy().astype(bool)
    if WITHDRAWN in table.column_names:
        there &= ~table.column(WITHDRAWN).fill_null(False).to_numpy().astype(bool)
    gone: NDArray[np.bool_] = ~there
    return gone
