"""One bundle that is served, and what has happened since it was made laid over it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from parure.core.paging import lay_out
from parure.core.progress import Silent
from parure.pipeline.answer import Answers
from parure.pipeline.bundle import bundle_path
from parure.pipeline.live import Act, fitting
from parure.pipeline.moment import data_offset_us
from parure.pipeline.part import Part
from parure.pipeline.settings import ShopSettings
from parure.pipeline.warm import warm_up
from parure.rules import WITHDRAWN
from parure.serving.people import People
from parure.serving.shared import SharedAnswers
from parure.store import Changes, EventRow, ItemChange, Reader

LOG: Final = logging.getLogger("parure.serving")
ACTS: Final = 500
"""So many of a customer's events since training count: the newest."""


class Served:
    """One bundle with all that answers by it. Swapped as a whole, so that no answer mixes two.

    Args:
        answers: Answers from the bundle.
        reader: Of the store; this closes it.
        offset_us: What is added to the clock where time goes on from the data's last moment.

    Attributes:
        answers: Answers from the bundle.
        people: What is told of customers.
        visitors: The recipe for people whom it does not know, once they have done something; None for none.
        offset_us: As above.
        changed_seq: The number in the store of the last change of products, merges or consents that is in force here;
            while it stays the same, so do products.
        item_changes: What was said live of products, by id, those included that the bundle does not know.
        shared: What strangers are told.
        misfits: How many values said of products the bundle's columns cannot hold; they are left out.
    """

    def __init__(self, answers: Answers, reader: Reader, offset_us: int) -> None:
        facts = answers.bundle.facts
        place = facts.get("visitors")
        self.answers = answers
        self.people = People(answers.bundle.dataset)
        self.visitors: Part | None = answers.bundle.surfaces.get(str(place)) if place else None
        self.offset_us = offset_us
        self.changed_seq = 0
        self.item_changes: dict[str, ItemChange] = {}
        self.misfits = 0
        self.shared = SharedAnswers()
        self._reader = reader
        self._learned_seq = int(facts.get("events_seq", 0))
        self._follow(reader.since(self._learned_seq))

    @classmethod
    def open(cls, shop: Path, settings: ShopSettings, version: str | None) -> Self:
        """Load a bundle, answer once so that the first request does not wait, and catch up with the store.

        Raises:
            BundleError: It is not there, or broken.
            StoreError: The store cannot be read.
        """
        answers = Answers.open(shop, version)
        warm_up(answers, Silent())
        lay_out(bundle_path(shop, answers.version))
        return cls(answers, Reader.open(shop, settings.store), data_offset_us(shop, settings, answers.version))

    def close(self) -> None:
        """Let go of the store."""
        self._reader.close()

    def refresh(self) -> bool:
        """Take in what any process has written; whether products, merges or consents changed."""
        changes = self._reader.refresh()
        if changes:
            self._follow(changes)
        return bool(changes)

    def acts(self, user_id: str) -> Sequence[Act]:
        """What somebody has done since the bundle was made, oldest first.

        Args:
            user_id: As the tables call them.
        """
        later = self.offset_us
        return [
            (each.item_id, each.kind, each.timestamp_us + later, each.quantity, each.price_cents, each.duration_s)
            for each in self.events_of(user_id)
        ]

    def events_of(self, user_id: str) -> list[EventRow]:
        """The same as the store has it."""
        return self._reader.events_of(user_id, ACTS)

    def _follow(self, changes: Changes) -> None:
        """Lay changes over the bundle, whatever they hold: an answer must not fail for what somebody once sent."""
        self.answers.merged(changes.merges)
        for consent in changes.consents:
            self.answers.consents(consent.user_id, consent.agreed)
        # What was settled before the bundle was trained, its own tables say.
        items = [each for each in changes.items if not 0 < each.settled_seq <= self._learned_seq]
        if items:
            self.answers.follow({each.item_id: self._columns(each) for each in items})
            self.item_changes.update({each.item_id: each for each in items})
        self.shared.forget()
        self.changed_seq = changes.seq

    def _columns(self, change: ItemChange) -> dict[str, object]:
        """The columns of a product that changed, as far as the bundle's can hold them."""
        fits, wrong = fitting(change.attributes, self.answers.dataset.item_table.schema)
        self.misfits += len(wrong)
        for error in wrong:
            LOG.warning("what was said of the product %r does not fit and is left out: %s", change.item_id, error)
        return {**fits, WITHDRAWN: bool(change.removed)}
