"""What one process of the server holds: the bundle that answers, and what happened since it was made."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, Query
from parure.core.progress import Silent
from parure.pipeline.answer import Answers
from parure.pipeline.bundle import BUNDLES, CURRENT
from parure.pipeline.live import Act, LiveWeights
from parure.pipeline.moment import data_offset_us
from parure.pipeline.part import Part
from parure.pipeline.settings import ShopSettings
from parure.pipeline.warm import warm_up
from parure.rules import WITHDRAWN
from parure.rules.consent import Consent
from parure.serving.types import UserInfo
from parure.store import Changes, ItemChange, Reader, Store

ACTS: Final = 500
"""So many of a customer's events since training count: the newest."""


@dataclass(frozen=True, slots=True)
class Served:
    """One bundle with all that answers by it. Swapped as a whole, so that no answer mixes two.

    Attributes:
        answers: Answers from it.
        people: What is told of customers.
        visitors: The recipe for people whom it does not know, once they have done something; None for none.
        offset_us: What is added to the clock where time goes on from the data's last moment.
        events_seq: The last event of the store that it has learned from.
    """

    answers: Answers
    people: People
    visitors: Part | None
    offset_us: int
    events_seq: int

    def agreed(self, query: Query, part: Part) -> bool:
        """Whether a recipe may use, and an answer tell, what is known of who asks."""
        rules = self.answers.recommender(part).rules
        return all(rule.allows(query.user_id) for rule in rules if isinstance(rule, Consent))

    @classmethod
    def open(cls, shop: Path, settings: ShopSettings, version: str | None) -> Served:
        """Load a bundle and answer once, so that the first request does not wait."""
        answers = Answers.open(shop, version)
        warm_up(answers, Silent())
        facts = answers.bundle.facts
        place = facts.get("visitors")
        return cls(
            answers=answers,
            people=People(answers),
            visitors=answers.bundle.surfaces.get(str(place)) if place else None,
            offset_us=data_offset_us(shop, settings, answers.version),
            events_seq=int(facts.get("events_seq", 0)),
        )


class Worker:
    """One process of the server.

    Args:
        shop: The project directory.
        settings: Its settings.
        store: What is written to disk at once.

    Attributes:
        served: The bundle that answers.
        changed_seq: The number in the store of the last change of products or consents that is in force here; equal
            numbers, equal products.
        item_changes: All that was said live of products, by id, those included that the bundle does not know.
        refused: Bundles that were to be served and are broken, with why.
    """

    def __init__(self, shop: Path, settings: ShopSettings, store: Store) -> None:
        self.shop = shop
        self.settings = settings
        self.store = store
        self.changed_seq = 0
        self.item_changes: dict[str, ItemChange] = {}
        self.refused: dict[str, str] = {}
        self.cache = AnswerCache(settings.serving.cache_entries, settings.serving.cache_ttl_s)
        self.weights = LiveWeights(settings.dataset.weights, settings.dataset.long_view_s)
        self.reader = Reader.open(shop, settings.store)
        self.take(self.opened(None))

    def opened(self, version: str | None) -> Served:
        """A bundle, loaded and tried out but not served yet; the published one where None.

        Raises:
            BundleError: It is not there, or broken.
        """
        return Served.open(self.shop, self.settings, version)

    def take(self, served: Served) -> None:
        """Serve a bundle from the next request on."""
        self.served = served
        self.cache.clear()
        self.item_changes = {}
        self._follow(self.reader.since(served.events_seq))

    @property
    def answers(self) -> Answers:
        """Answers from the bundle that is served now."""
        return self.served.answers

    def now_us(self) -> int:
        """The moment, in microseconds since 1970 UTC; in a shop that lives on old data, as that goes on."""
        now = time.time_ns() // 1000 + self.served.offset_us
        return max(now, self.served.answers.bundle.dataset.as_of_us)

    def refresh(self) -> None:
        """Take in what any process has written; next to nothing where nothing was."""
        changes = self.reader.refresh()
        if changes:
            self._follow(changes)

    def _follow(self, changes: Changes) -> None:
        if not changes.items and not changes.consents:
            return
        self.answers.follow({each.item_id: {**each.attributes, WITHDRAWN: each.removed} for each in changes.items})
        self.item_changes.update({each.item_id: each for each in changes.items})
        for consent in changes.consents:
            self.answers.consents(consent.user_id, consent.agreed)
        self.changed_seq = changes.seq

    def acts(self, user_id: str) -> Sequence[Act]:
        """What somebody has done since the bundle was made, oldest first.

        Args:
            user_id: As the tables call them.
        """
        later = self.served.offset_us
        return [
            (each.item_id, each.kind, each.timestamp_us + later, each.quantity, each.price_cents, each.duration_s)
            for each in self.reader.events_of(user_id, ACTS)
        ]


class People:
    """What is told of customers, read from columns: one lookup each a request.

    Args:
        answers: The bundle.
    """

    def __init__(self, answers: Answers) -> None:
        table = answers.bundle.dataset.user_table
        self._users = answers.bundle.dataset.users

        def numbers(name: str) -> NDArray[Any]:
            if name not in table.column_names:
                return np.zeros(len(table), np.int64)
            return np.asarray(table.column(name).fill_null(0).to_numpy())

        self._purchases = numbers("purchases")
        self._items = numbers("unique_items")
        self._price = numbers("avg_price_cents")
        self._last_us = numbers("last_purchase_us")

    def told(self, query: Query, live_events: int, *, known: bool) -> UserInfo:
        """What is told of the customer of a query."""
        row = self._users.row_of(query.user_id) if known and query.user_id is not None else UNKNOWN
        if row == UNKNOWN:
            is_there = query.user_id is not None or live_events
            return UserInfo(query.user_id, "visitor" if is_there else "unknown", live_events=live_events)
        purchases = int(self._purchases[row])
        loyalty = query.attributes.get("loyalty")
        last = int(self._last_us[row])
        return UserInfo(
            query.user_id,
            "browser" if not purchases else "loyal" if loyalty == "loyal" else "new",
            query.attributes.get("spending_segment"),
            purchases,
            int(self._items[row]),
            float(self._price[row]) / 100 if self._price[row] else None,
            np.datetime_as_string(np.datetime64(last, "us"), "s") + "Z" if last > 0 else None,
            live_events,
        )


class AnswerCache:
    """Answers that hold for a while, the least recently used ones forgotten first.

    Only who has done nothing since training is answered from it, and only until any product or consent changes: the key
    holds the worker's epoch. What it may get wrong is time itself, by ``ttl_s``.

    Args:
        entries: How many are kept; 0 for none.
        ttl_s: For how many seconds each holds; 0 for not at all.
    """

    def __init__(self, entries: int, ttl_s: float) -> None:
        self._entries = entries if ttl_s > 0 else 0
        self._ttl_s = ttl_s
        self._kept: OrderedDict[Any, tuple[float, bytes]] = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key: Any) -> bytes | None:
        """The answer kept under a key; None where there is none, or it is too old."""
        found = self._kept.get(key)
        if found is None or found[0] < time.monotonic():
            self.misses += 1
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return found[1]

    def put(self, key: Any, answer: bytes) -> None:
        """Keep an answer."""
        if not self._entries:
            return
        self._kept[key] = time.monotonic() + self._ttl_s, answer
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


def current_version(shop: Path) -> str | None:
    """The version that the shop's pointer names; None where there is none."""
    pointer = shop / BUNDLES / CURRENT
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None
