"""One process of the server: the bundle that answers, the answers that hold for a while, and the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from parure.core import History, Query
from parure.core.clock import time_us
from parure.core.filters import ItemFilter
from parure.pipeline.answer import NO_FILTER, Answers
from parure.pipeline.bundle import BUNDLES, CURRENT
from parure.pipeline.live import LiveWeights
from parure.pipeline.part import Part
from parure.pipeline.settings import ShopSettings
from parure.serving.answer_cache import AnswerCache
from parure.serving.garbage import set_aside
from parure.serving.served import Served
from parure.store import ItemChange, Store


class Worker:
    """One process of the server.

    Args:
        shop: The project directory.
        settings: Its settings.
        store: What is written to disk at once.

    Attributes:
        served: The bundle that answers.
        refused: Bundles that were to be served and are broken, with why.
        cache: Answers that hold for a while.
        weights: What an event says about taste.
        hearing: Called when another bundle has been taken.
    """

    def __init__(self, shop: Path, settings: ShopSettings, store: Store) -> None:
        self.shop = shop
        self.settings = settings
        self.store = store
        self.refused: dict[str, str] = {}
        self.hearing: list[Callable[[], None]] = []
        self.cache = AnswerCache(settings.serving.cache_entries, settings.serving.cache_ttl_s)
        self.weights = LiveWeights(settings.dataset.weights, settings.dataset.long_view_s)
        self.served = self.opened(None)
        set_aside()

    def opened(self, version: str | None) -> Served:
        """A bundle, loaded and tried out but not served yet; the published one where None.

        Raises:
            BundleError: It is not there, or broken.
        """
        return Served.open(self.shop, self.settings, version)

    def take(self, served: Served) -> None:
        """Serve a bundle from the next request on, and let go of the one before."""
        before, self.served = self.served, served
        before.close()
        del before
        self.cache.clear()
        for hear in self.hearing:
            hear()
        set_aside()

    @property
    def answers(self) -> Answers:
        """Answers from the bundle that is served now."""
        return self.served.answers

    @property
    def item_changes(self) -> Mapping[str, ItemChange]:
        """What was said live of products, by id, those included that the bundle does not know."""
        return self.served.item_changes

    @property
    def changed_seq(self) -> int:
        """The number in the store of the last change that is in force; equal numbers, equal products."""
        return self.served.changed_seq

    def now_us(self) -> int:
        """The moment, in microseconds since 1970 UTC; in a shop that lives on old data, as that goes on."""
        now = time_us() + self.served.offset_us
        return max(now, self.served.answers.bundle.dataset.as_of_us)

    def query(
        self,
        user_id: str,
        n: int,
        part: Part,
        *,
        surface: str | None = None,
        items: Sequence[str] = (),
        item_filter: ItemFilter = NO_FILTER,
        language: str = "en",
        request_id: str = "",
    ) -> Query:
        """What would be asked for a customer at this moment, with what they did up to it.

        The arguments are those of :meth:`parure.pipeline.answer.Answers.request`.
        """
        answers = self.answers
        return answers.request(
            user_id,
            n,
            part=part,
            surface=surface,
            items=items,
            item_filter=item_filter,
            language=language,
            request_id=request_id,
            now_us=self.now_us(),
            acts=self.served.acts(answers.known_as(user_id)),
            weights=self.weights,
        )

    def past(self, user_id: str) -> History:
        """What a customer did up to this moment, whether or not it may count."""
        known_as = self.answers.known_as(user_id)
        acts = self.served.acts(known_as)
        return self.answers.past(known_as, now_us=self.now_us(), acts=acts, weights=self.weights)

    def bundle_age_s(self) -> float:
        """How long ago the last event was that the served bundle has learned, in seconds."""
        return time.time() - self.answers.bundle.dataset.as_of_us / 1e6

    def refresh(self) -> None:
        """Take in what any process has written; next to nothing where nothing was."""
        if self.served.refresh():
            self.cache.clear()


def current_version(shop: Path) -> str | None:
    """The version that the shop's pointer names; None where there is none."""
    pointer = shop / BUNDLES / CURRENT
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None
