"""Two years of a group of customers: sessions, what they look at, keep, buy, send back and give away."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parure.core.events import EventKind
from parure.demo.catalogue import DAYS
from parure.demo.choice import ChoiceModel, gift_share, is_before_christmas, traffic
from parure.demo.customers import Customers
from parure.demo.drawing.outlines import Floats

DAY_S = 86_400
DEVICES = ("mobile", "desktop", "tablet")
REFERRERS = ("direct", "search", "email", "social", "advertisement")
_BLOCK = 1024
"""Rows whose choices are worked out together: their utilities stay near the processor."""
_SPARE = 8
"""Looks that are drawn for each that is wanted; most fall to what has not arrived yet or is out of season."""

Ints = NDArray[np.int64]


class _Columns:
    """Columns of equal length."""

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Some of the rows."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Sessions(_Columns):
    """Visits, in columns: who, when, in which of their styles or whose, for how many looks."""

    customer: Ints
    start_s: Ints
    persona: Ints
    taste_of: Ints
    is_gift: NDArray[np.bool_]
    looks: Ints
    device: NDArray[np.int8]
    referrer: NDArray[np.int8]

    @property
    def day(self) -> NDArray[np.int32]:
        """The day of each, counted from the first."""
        return (self.start_s // DAY_S).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Looks(_Columns):
    """Products looked at, in columns, by session: ``bought`` and ``cart`` say what came of it."""

    session: Ints
    item: Ints
    wish: NDArray[np.bool_]
    cart: NDArray[np.bool_]
    bought: NDArray[np.bool_]
    dismissed: NDArray[np.bool_]
    clicked: NDArray[np.bool_]
    duration_s: Floats
    start_s: Ints


@dataclass(frozen=True, slots=True)
class Events(_Columns):
    """Interactions, in columns, by time; ``session`` is -1 outside one."""

    customer: Ints
    item: Ints
    kind: NDArray[np.int8]
    time_s: Ints
    session: Ints
    duration_s: Floats


@dataclass(frozen=True, slots=True)
class Lines(_Columns):
    """Lines of orders, in columns, by order."""

    order: Ints
    item: Ints
    quantity: Ints
    returned: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Orders(_Columns):
    """Orders, in columns, by time; ``status`` counts completed, pending, cancelled, returned from 0."""

    customer: Ints
    session: Ints
    time_s: Ints
    is_gift: NDArray[np.bool_]
    status: NDArray[np.int8]
    coupon: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Life:
    """All that one group of customers did."""

    sessions: Sessions
    orders: Orders
    lines: Lines
    events: Events


def live(rng: np.random.Generator, customers: Customers, model: ChoiceModel) -> Life:
    """Simulate a group of customers over the two years.

    Args:
        rng: Of this group alone.
        customers: The group.
        model: How they choose.

    Cost:
        About 20 microseconds of processor time a customer and a hundred products.
    """
    sessions = _sessions(rng, customers)
    looks = _looks(rng, customers, sessions, model)
    orders, lines, returns = _orders(rng, sessions, looks)
    return Life(sessions, orders, lines, _events(rng, sessions, looks, orders, lines, returns))


def _sessions(rng: np.random.Generator, customers: Customers) -> Sessions:
    count = np.maximum(rng.poisson(customers.sessions), 1)
    who = np.repeat(np.arange(len(customers)), count)
    n = len(who)
    busy = np.concatenate([[0.0], np.cumsum(traffic())])
    first = busy[np.clip(customers.registered_day[who], 0, DAYS - 2)]
    place = first + rng.random(n) * (busy[-1] - first)
    day = np.clip(np.searchsorted(busy, place, side="right") - 1, 0, DAYS - 1)
    hour = np.where(rng.random(n) < 0.6, rng.normal(20.0, 1.7, n), rng.normal(12.5, 2.6, n))
    start = day * DAY_S + (np.clip(hour, 0.2, 22.8) * 3600).astype(np.int64)
    order = np.lexsort((who, start))
    who, start, day = who[order], start[order], day[order].astype(np.int32)
    is_gift = rng.random(n) < gift_share(day)
    # A gift is chosen to the taste of somebody else, here of some other customer.
    taste_of = np.where(is_gift, rng.integers(0, len(customers), n), who)
    shares = np.cumsum(customers.shares[taste_of, :3], axis=1)
    persona = (rng.random(n)[:, None] * shares[:, -1:] > shares).sum(1).clip(0, 2)
    persona = np.where((persona == 0) & (customers.drift_day[taste_of] <= day), 3, persona)
    return Sessions(
        customer=who,
        start_s=start,
        persona=persona,
        taste_of=taste_of,
        is_gift=is_gift,
        looks=1 + rng.geometric(0.28, n).clip(1, 24),
        device=rng.choice(3, n, p=[0.62, 0.31, 0.07]).astype(np.int8),
        referrer=rng.choice(5, n, p=[0.34, 0.30, 0.14, 0.13, 0.09]).astype(np.int8),
    )


def _looks(rng: np.random.Generator, customers: Customers, sessions: Sessions, model: ChoiceModel) -> Looks:
    """What each session looks at, drawn from the model block by block."""
    key = (sessions.taste_of * 4 + sessions.persona) * len(customers) + sessions.customer
    by_key = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[by_key], prepend=-1))
    row_of = np.cumsum(np.diff(key[by_key], prepend=key[by_key][0]) > 0)
    bounds = [*range(0, len(starts), _BLOCK), len(starts)]
    parts = []
    for low, high in pairwise(bounds):
        begin = starts[low]
        end = starts[high] if high < len(starts) else len(by_key)
        chosen = by_key[begin:end]
        leaders = by_key[starts[low:high]]
        parts.append(_block(rng, customers, sessions, model, leaders, chosen, row_of[begin:end] - low))
    together = [np.concatenate([part[column] for part in parts]) for column in range(4)]
    session, item, liking, usual = together
    order = np.argsort(session, kind="stable")
    return _outcomes(rng, sessions, model, session[order], item[order], liking[order], usual[order])


def _block(
    rng: np.random.Generator,
    customers: Customers,
    sessions: Sessions,
    model: ChoiceModel,
    leaders: NDArray[np.intp],
    chosen: NDArray[np.intp],
    row: NDArray[np.intp],
) -> tuple[Ints, Ints, Floats, Floats]:
    """Draw the looks of the sessions ``chosen``, whose utilities are those of ``leaders[row]``."""
    shoppers = customers.in_style(
        sessions.taste_of[leaders], sessions.persona[leaders], spends=sessions.customer[leaders]
    )
    liking = model.liking(shoppers)
    looks = model.attention(liking)
    usual = np.einsum("ij,ij->i", looks, liking)
    width = looks.shape[1]
    summed = np.cumsum(looks, axis=1, dtype=np.float64)
    summed /= summed[:, -1:]
    summed += np.arange(len(leaders))[:, None]
    wanted = sessions.looks[chosen] * _SPARE + 3
    of = np.repeat(np.arange(len(chosen)), wanted)
    draw = row[of] + rng.random(len(of))
    place = np.minimum(np.searchsorted(summed.ravel(), draw, side="right"), summed.size - 1)
    item = np.clip(place - row[of] * width, 0, width - 1)
    day = sessions.day[chosen][of]
    kept = np.flatnonzero(rng.random(len(of)) * model.most < model.of_the_day(item, day))
    of, item = of[kept], item[kept]
    # Once a session: the first time counts.
    first = np.sort(np.unique(of * width + item, return_index=True)[1])
    of, item = of[first], item[first]
    begin = np.searchsorted(of, np.arange(len(chosen)))
    few = np.flatnonzero(np.arange(len(of)) - begin[of] < sessions.looks[chosen][of])
    of, item = of[few], item[few]
    rows = row[of]
    return chosen[of].astype(np.int64), item.astype(np.int64), liking[rows, item], usual[rows]


def _outcomes(
    rng: np.random.Generator,
    sessions: Sessions,
    model: ChoiceModel,
    session: Ints,
    item: Ints,
    liking: Floats,
    usual: Floats,
) -> Looks:
    n = len(session)
    cart_odds, home_odds = model.bought(liking, usual)
    urgent = np.where(sessions.is_gift[session], 1.4, 1.0)
    cart = rng.random(n) < np.minimum(cart_odds * urgent, 0.95)
    bought = cart & (rng.random(n) < home_odds)
    warmth = 1 / (1 + np.exp(-(liking - usual)))
    duration = (4 + rng.gamma(1.6, 14, n) * (0.5 + 1.2 * warmth) + 25 * cart).astype(np.float32)
    pause = rng.integers(3, 25, n) + duration.astype(np.int64)
    before = np.cumsum(pause) - pause
    begin = np.searchsorted(session, session)
    return Looks(
        session=session,
        item=item,
        wish=rng.random(n) < 0.10 * warmth,
        cart=cart,
        bought=bought,
        dismissed=~cart & (rng.random(n) < 0.02 * (1 - warmth)),
        clicked=rng.random(n) < 0.55,
        duration_s=duration,
        start_s=sessions.start_s[session] + before - before[begin],
    )


def _orders(rng: np.random.Generator, sessions: Sessions, looks: Looks) -> tuple[Orders, Lines, Ints]:
    """Orders, their lines, and when what was sent back came back (0 where it did not)."""
    rows = np.flatnonzero(looks.bought)
    session, order = np.unique(looks.session[rows], return_inverse=True)
    n, lines = len(session), len(rows)
    done = np.zeros(n, np.int64)
    np.maximum.at(done, order, looks.start_s[rows] + looks.duration_s[rows].astype(np.int64))
    time_s = done + rng.integers(60, 400, n)
    returned = rng.random(lines) < np.where(sessions.is_gift[session][order], 0.10, 0.07)
    back = time_s[order] + rng.integers(4 * DAY_S, 16 * DAY_S, lines)
    last = DAYS * DAY_S - 1
    returned &= back < last
    status = np.where(rng.random(n) < 0.02, 2, 0).astype(np.int8)
    status[time_s > last - 3 * DAY_S] = 1
    kept = np.zeros(n, bool)
    np.logical_or.at(kept, order, ~returned)
    status[~kept & (status == 0)] = 3
    returned &= np.isin(status[order], (0, 3))
    orders = Orders(
        customer=sessions.customer[session],
        session=session,
        time_s=np.minimum(time_s, last),
        is_gift=sessions.is_gift[session],
        status=status,
        coupon=rng.random(n) < 0.12,
    )
    found = Lines(order, looks.item[rows], 1 + (rng.random(lines) < 0.03).astype(np.int64), returned)
    return _by_time(orders, found, np.where(returned, back, 0))


def _by_time(orders: Orders, lines: Lines, back: Ints) -> tuple[Orders, Lines, Ints]:
    ranked = np.argsort(orders.time_s, kind="stable")
    rank = np.empty(len(ranked), np.int64)
    rank[ranked] = np.arange(len(ranked))
    order = rank[lines.order]
    rows = np.argsort(order, kind="stable")
    return (
        orders.take(ranked),
        Lines(order[rows], lines.item[rows], lines.quantity[rows], lines.returned[rows]),
        back[rows],
    )


def _events(
    rng: np.random.Generator, sessions: Sessions, looks: Looks, orders: Orders, lines: Lines, back: Ints
) -> Events:
    left = looks.cart & ~looks.bought & (rng.random(len(looks)) < 0.35)
    mid = looks.start_s + (looks.duration_s * 0.6).astype(np.int64)
    end = looks.start_s + looks.duration_s.astype(np.int64)
    kinds = (
        (EventKind.CLICK, looks.clicked, looks.start_s - 1),
        (EventKind.VIEW, np.ones(len(looks), bool), looks.start_s),
        (EventKind.ADD_TO_WISHLIST, looks.wish, mid),
        (EventKind.ADD_TO_CART, looks.cart, end),
        (EventKind.REMOVE_FROM_CART, left, end + 40),
        (EventKind.DISMISS, looks.dismissed, end),
    )
    parts = []
    for kind, which, when in kinds:
        rows = np.flatnonzero(which)
        session = looks.session[rows]
        seconds = np.round(looks.duration_s[rows], 1) if kind == EventKind.VIEW else np.full(len(rows), np.nan)
        parts.append((sessions.customer[session], looks.item[rows], kind, when[rows], session, seconds))
    parts.append(_of_lines(orders, lines, EventKind.PURCHASE, np.arange(len(lines)), orders.time_s[lines.order]))
    rows = np.flatnonzero(lines.returned)
    parts.append(_of_lines(orders, lines, EventKind.RETURN, rows, back[rows]))
    found = Events(
        customer=np.concatenate([p[0] for p in parts]),
        item=np.concatenate([p[1] for p in parts]),
        kind=np.concatenate([np.full(len(p[0]), int(p[2]), np.int8) for p in parts]),
        time_s=np.minimum(np.concatenate([p[3] for p in parts]), DAYS * DAY_S - 1),
        session=np.concatenate([p[4] for p in parts]),
        duration_s=np.concatenate([p[5] for p in parts]).astype(np.float32),
    )
    return found.take(np.argsort(found.time_s, kind="stable"))


def _of_lines(
    orders: Orders, lines: Lines, kind: EventKind, rows: NDArray[np.intp], when: Ints
) -> tuple[Ints, Ints, EventKind, Ints, Ints, Floats]:
    order = lines.order[rows]
    session = orders.session[order] if kind == EventKind.PURCHASE else np.full(len(rows), -1)
    return orders.customer[order], lines.item[rows], kind, when, session, np.full(len(rows), np.nan, np.float32)


def occasions(rng: np.random.Generator, orders: Orders) -> NDArray[np.str_]:
    """What each order is for: a gift before Christmas is a Christmas gift; empty for most others."""
    usual = rng.choice(["birthday", "anniversary", "wedding"], len(orders), p=[0.6, 0.28, 0.12])
    day = (orders.time_s // DAY_S).astype(np.int32)
    given = np.where(is_before_christmas(day), "christmas", usual)
    own = np.where(rng.random(len(orders)) < 0.08, usual, "")
    return np.where(orders.is_gift, given, own)
