"""Sessions: what a customer did without a long pause, in the order in which it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import EventKind
from parure.core.clock import MINUTE_US
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import Rows, Scores

NO_GAP: Final = np.iinfo(np.int64).max
"""A pause so long that nothing is ever cut."""
_Weight = Annotated[float, Field(ge=0, le=100)]


class StepWeights(Config):
    """What a step of a session counts by the kind of its event; 0 leaves it out."""

    view: _Weight = 1.0
    """Looked at the product page."""
    click: _Weight = 1.0
    """Clicked on it in a list."""
    add_to_wishlist: _Weight = 1.5
    """Put on the wish list."""
    add_to_cart: _Weight = 1.5
    """Put in the cart."""
    purchase: _Weight = 2.0
    """Bought."""

    def table(self) -> Scores:
        """The weights by number of the kind, float32; 0 for kinds that speak against an item or of nothing."""
        table = np.zeros(max(EventKind) + 1, np.float32)
        for name in type(self).model_fields:
            table[EventKind[name.upper()]] = getattr(self, name)
        return table


@dataclass(frozen=True)
class Steps:
    """Steps of many sessions in columns of equal length n, sorted by (session, time, item).

    Attributes:
        session: int64[n], ascending; sessions are numbered by the time of their last step, the newest last.
        item_ix: int32[n].
        timestamp_us: int64[n].
        kind: int8[n], :class:`~parure.core.EventKind` numbers.
        sessions: How many sessions there are.
    """

    session: NDArray[np.int64]
    item_ix: Rows
    timestamp_us: NDArray[np.int64]
    kind: NDArray[np.int8]
    sessions: int

    def __len__(self) -> int:
        return len(self.item_ix)

    def take(self, order: NDArray[np.int64]) -> Steps:
        """The steps at ``order``, int64[m], whose sessions ascend."""
        columns = (self.session[order], self.item_ix[order], self.timestamp_us[order], self.kind[order])
        return Steps(*columns, sessions=self.sessions)

    def offsets(self) -> NDArray[np.int64]:
        """int64[sessions + 1]: session s has the steps ``offsets[s]`` to ``offsets[s + 1]``."""
        return np.searchsorted(self.session, np.arange(self.sessions + 1)).astype(np.int64)


def gap_us(minutes: float | None) -> int:
    """A pause in microseconds; :data:`NO_GAP` where None."""
    return NO_GAP if minutes is None else int(minutes * MINUTE_US)


def sessions_of(dataset: Dataset, weights: StepWeights, pause_us: int) -> Steps:
    """Cut what every customer did wherever they paused for longer than ``pause_us``.

    In a shop that knows orders alone a session is an order, and orders placed shortly after one another are one.
    """
    events = dataset.events
    kept = np.flatnonzero(weights.table()[events.kind] > 0)
    user, time = events.user_ix[kept], events.timestamp_us[kept]
    new = np.ones(len(kept), dtype=bool)
    new[1:] = (user[1:] != user[:-1]) | (np.diff(time) > pause_us)
    starts = np.flatnonzero(new)
    lengths = np.diff(np.append(starts, len(kept)))
    order = np.argsort(time[starts + lengths - 1], kind="stable")
    # The steps of session after session, in the new order of sessions.
    within = np.arange(len(kept)) - np.repeat(np.cumsum(lengths[order]) - lengths[order], lengths[order])
    rows = kept[np.repeat(starts[order], lengths[order]) + within]
    return Steps(
        session=np.repeat(np.arange(len(starts)), lengths[order]),
        item_ix=events.item_ix[rows],
        timestamp_us=events.timestamp_us[rows],
        kind=events.kind[rows],
        sessions=len(starts),
    )


__all__: Sequence[str] = ["NO_GAP", "StepWeights", "Steps", "gap_us", "sessions_of"]
