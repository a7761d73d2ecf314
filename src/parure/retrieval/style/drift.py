"""How a customer's style moves: profiles over time windows, the drift between them, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.core.clock import DAY_US
from parure.retrieval.signals import Acts
from parure.retrieval.style.profiles import Vectors, style_profiles, taste_of

_SHUFFLES: Final = 499


@dataclass(frozen=True)
class Windows:
    """Styles of several rows over time, oldest window first.

    Attributes:
        vectors: float32[rows, windows, size], of length 1; NaN for a window with too few events.
        events: int64[rows, windows], events that spoke for an item with a vector.
        window_days: Length of a window; the last one ends at the moment of the dataset or query.
    """

    vectors: Vectors
    events: NDArray[np.int64]
    window_days: float

    def drift(self) -> NDArray[np.float32]:
        """1 - cosine between each window's style and the next one's, float32[rows, windows - 1]; 0 is no move.

        NaN where one of the two has none.
        """
        before, after = self.vectors[:, :-1], self.vectors[:, 1:]
        return np.asarray(1 - np.einsum("rwd,rwd->rw", before, after), dtype=np.float32)


def style_windows(
    acts: Acts, unit: Vectors, known: NDArray[np.bool_], *, window_days: float, windows: int, min_events: int = 3
) -> Windows:
    """The styles of each row over consecutive windows; inside a window nothing decays.

    Args:
        acts: Events, sorted by (row, time).
        unit: float32[items, size], vectors of length 1 or NaN.
        known: bool[items], which items have a vector.
        window_days: Length of a window.
        windows: How many, counted back from the moment of the acts; older events are left out.
        min_events: Windows with fewer events have no style.

    Cost:
        One sparse x dense product over the events.
    """
    back = (np.maximum(acts.age_days, 0) / window_days).astype(np.int64)
    kept = back < windows
    acts, back = acts.take(kept), back[kept]
    row = acts.row.astype(np.int64) * windows + (windows - 1 - back)
    apart = replace(acts, row=row.astype(np.int32), shape=(acts.shape[0] * windows, acts.shape[1]))
    taste = taste_of(apart, known, half_life_days=None)
    profiles = style_profiles(taste, unit, min_events=min_events)
    shape = (acts.shape[0], windows)
    return Windows(profiles.vectors.reshape(*shape, unit.shape[1]), profiles.events.reshape(shape), window_days)


@dataclass(frozen=True)
class Change:
    """Whether one customer's style moved between two spans of time.

    Attributes:
        drift: 1 - cosine between the styles of the two spans.
        expected: What the same events give on average when their days are dealt out to the two spans by chance.
        p_value: How often chance gives as much drift, 0-1; small where the move is real.
    """

    drift: float
    expected: float
    p_value: float


def style_change(
    acts: Acts, unit: Vectors, known: NDArray[np.bool_], *, split_days: float, rng: np.random.Generator
) -> Change | None:
    """Compare what one customer liked until ``split_days`` ago with what they liked since.

    Any two samples of one taste differ, so a drift says little by itself. Here whole days of the customer are dealt out
    anew to the two spans, each keeping its number of days, and the drift is compared with what comes of that (a
    permutation test; Good, *Permutation, Parametric and Bootstrap Tests*, 2005). Days, and not events, because what is
    looked at on one day belongs together.

    Args:
        acts: Events of one row, sorted by time.
        unit: float32[items, size], vectors of length 1 or NaN.
        known: bool[items], which items have a vector.
        split_days: How many days before the moment of the acts the later span begins.
        rng: Deals.

    Returns:
        None where one of the spans has nothing to compare.
    """
    acts = acts.take(known[acts.item_ix])
    days = _day_sums(acts, unit)
    if days is None:
        return None
    sums, late = days[0], days[1] < split_days
    if late.all() or not late.any():
        return None
    gram = sums @ sums.T
    drift = _drift_of(gram, late[None])[0]
    if np.isnan(drift):
        return None
    dealt = rng.permuted(np.tile(late, (_SHUFFLES, 1)), axis=1)
    by_chance = _drift_of(gram, dealt)
    by_chance = by_chance[~np.isnan(by_chance)]
    # A deal that repeats the real one may come out a rounding below it.
    as_much = int((by_chance >= drift - 1e-9).sum())
    expected = float(by_chance.mean()) if len(by_chance) else float(drift)
    return Change(float(drift), expected, (as_much + 1) / (len(by_chance) + 1))


def _day_sums(acts: Acts, unit: Vectors) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The weighted sum of unit vectors of each day with events, float64[days, size], and the days' ages."""
    liked = acts.weight > 0
    if not liked.any():
        return None
    age = np.maximum(acts.age_days[liked], 0)
    moment = acts.timestamp_us[liked] // DAY_US
    _, first, day = np.unique(moment, return_index=True, return_inverse=True)
    made_of = sp.csr_matrix((acts.weight[liked], (day, acts.item_ix[liked])), shape=(len(first), len(unit)))
    return np.asarray(made_of @ unit, dtype=np.float64), age[first]


def _drift_of(gram: NDArray[np.float64], late: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 - cosine between the sums of late and of early days, for each way of dealing them: float64[ways]."""
    after, before = late.astype(np.float64), (~late).astype(np.float64)
    to_after, to_before = after @ gram, before @ gram
    squares = np.einsum("ij,ij->i", to_after, after) * np.einsum("ij,ij->i", to_before, before)
    product = np.einsum("ij,ij->i", to_before, after)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, 1 - product / np.sqrt(squares), np.nan)
