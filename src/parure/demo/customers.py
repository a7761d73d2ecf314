"""The made-up customers: who they are, what they like in secret, what they spend."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from parure.demo.attributes import CATEGORIES, STYLES
from parure.demo.catalogue import DAYS, FEATURES, weights_of
from parure.demo.choice import Shoppers
from parure.demo.drawing.outlines import Floats

PERSONAS = 4
"""Styles a customer can have: up to three, and one that replaces the first where the taste drifts."""

_LEANING: dict[str, tuple[float, float]] = {
    "quiet gold": (-0.8, -0.2),
    "silver line": (1.2, -0.5),
    "romantic rose": (-1.6, -0.7),
    "grand vintage": (-0.6, 0.8),
    "art deco evening": (-0.2, 0.5),
    "meadow": (-1.2, -0.1),
    "night sky": (-0.6, -0.6),
    "artisan": (0.8, 0.3),
    "lace and pearl": (-1.8, 0.7),
    "mariner": (1.6, 0.1),
    "colour": (-0.6, 0.2),
}
"""How much likelier a style is, in log odds: for men, and for each 15 years over 40."""

_PLACES = (
    ("DE", "Berlin", "Berlin", "10115"), ("DE", "Bayern", "München", "80331"), ("DE", "Hamburg", "Hamburg", "20095"),
    ("DE", "Nordrhein-Westfalen", "Köln", "50667"), ("DE", "Hessen", "Frankfurt am Main", "60311"),
    ("DE", "Sachsen", "Leipzig", "04109"), ("AT", "Wien", "Wien", "1010"), ("AT", "Steiermark", "Graz", "8010"),
    ("CH", "Zürich", "Zürich", "8001"), ("GB", "England", "London", "SW1A"), ("IE", "Leinster", "Dublin", "D02"),
    ("NL", "Noord-Holland", "Amsterdam", "1012"),
)  # fmt: skip
_PLACE_SHARES = np.array([12, 14, 8, 11, 7, 6, 9, 3, 8, 12, 4, 6]) / 100


@dataclass(frozen=True, slots=True)
class Customers:
    """n customers in columns.

    Attributes:
        number: int64[n], counted from 0 over the whole shop.
        male: bool[n].
        age: int16[n], years.
        place: int16[n], row of the list of places.
        registered_day: int32[n], counted from the first day; negative for those who were there before.
        sessions: float32[n], sessions expected over the two years.
        styles: int8[n, PERSONAS], row of STYLES, -1 for none.
        shares: float32[n, PERSONAS], how often each is followed; sums to 1 over the first three.
        drift_day: int32[n], from when the fourth style stands for the first; DAYS where it never does.
        own: float32[n, features], leanings beside the styles.
        log_budget: float32[n], log of euros.
        categories: float32[n, categories].
        consent: bool[n], to marketing.
    """

    number: NDArray[np.int64]
    male: NDArray[np.bool_]
    age: NDArray[np.int16]
    place: NDArray[np.int16]
    registered_day: NDArray[np.int32]
    sessions: Floats
    styles: NDArray[np.int8]
    shares: Floats
    drift_day: NDArray[np.int32]
    own: Floats
    log_budget: Floats
    categories: Floats
    consent: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def ids(self) -> NDArray[np.str_]:
        """Their ids, as ``C000042``."""
        return np.char.add("C", np.char.zfill((self.number + 1).astype(str), 7))

    def take(self, rows: NDArray[np.intp]) -> Customers:
        """Some of them."""
        return Customers(*(getattr(self, field.name)[rows] for field in fields(self)))

    def in_style(self, rows: NDArray[np.intp], persona: NDArray[np.intp], *, spends: NDArray[np.intp]) -> Shoppers:
        """Customers ``rows`` in one of their styles each, with the budget of customers ``spends``."""
        weights = STYLE_WEIGHTS[self.styles[rows, persona]] + self.own[rows]
        return Shoppers(weights, self.log_budget[spends], self.categories[rows], self.male[rows].astype(np.float32))

    def current_shares(self, day: int) -> Floats:
        """How often each style is followed on a day: float32[n, PERSONAS], rows sum to 1."""
        shares = self.shares.copy()
        drifted = self.drift_day <= day
        shares[drifted, 3] = shares[drifted, 0]
        shares[drifted, 0] = 0
        shares[~drifted, 3] = 0
        return shares


STYLE_WEIGHTS: Floats = np.stack([weights_of(style) for style in STYLES.values()])
"""float32[styles, features]."""


def make_customers(rng: np.random.Generator, start: int, count: int, *, sessions: float) -> Customers:
    """Invent customers.

    Args:
        rng: Of this group alone.
        start: Number of the first.
        count: How many.
        sessions: Of one customer on average, over the two years.
    """
    male = rng.random(count) < 0.28
    age = np.clip(rng.gamma(9.0, 4.2, count), 18, 84).astype(np.int16)
    styles = _styles(rng, male, age)
    style_budget = np.log([style.budget for style in STYLES.values()]).astype(np.float32)
    earning = 0.25 * np.tanh((age - 30) / 15)
    log_budget = np.log(150) + 0.8 * style_budget[styles[:, 0]] + earning + rng.normal(0, 0.40, count)
    registered = np.where(rng.random(count) < 0.55, rng.integers(-700, 1, count), rng.integers(0, DAYS - 7, count))
    # A gamma spread of activity: most come seldom, some often.
    active = rng.gamma(1.3, sessions / 1.3, count) * np.clip((DAYS - np.maximum(registered, 0)) / DAYS, 0.05, 1)
    return Customers(
        number=np.arange(start, start + count),
        male=male,
        age=age,
        place=rng.choice(len(_PLACES), count, p=_PLACE_SHARES).astype(np.int16),
        registered_day=registered.astype(np.int32),
        sessions=active.astype(np.float32),
        styles=styles,
        shares=_shares(rng, count),
        drift_day=np.where(rng.random(count) < 0.15, rng.integers(200, DAYS - 100, count), DAYS).astype(np.int32),
        own=rng.normal(0, 0.30, (count, len(FEATURES))).astype(np.float32),
        log_budget=log_budget.astype(np.float32),
        categories=rng.normal(0, 0.7, (count, len(CATEGORIES))).astype(np.float32),
        consent=rng.random(count) < 0.72,
    )


def _styles(rng: np.random.Generator, male: NDArray[np.bool_], age: NDArray[np.int16]) -> NDArray[np.int8]:
    """Four different styles a customer, the likeliest first: the largest of log odds plus Gumbel noise."""
    odds = np.log([style.share for style in STYLES.values()])[None, :]
    lean = np.array([_LEANING[name] for name in STYLES])
    odds = odds + lean[:, 0] * male[:, None] + lean[:, 1] * ((age[:, None] - 40) / 15)
    return np.argsort(-(odds + rng.gumbel(size=odds.shape)), axis=1)[:, :PERSONAS].astype(np.int8)


def _shares(rng: np.random.Generator, count: int) -> Floats:
    """Half of the customers have one style, a third two, the others three."""
    many = rng.choice(3, count, p=[0.50, 0.33, 0.17])
    first = np.array([1.0, 0.64, 0.50])[many]
    second = np.array([0.0, 0.36, 0.30])[many]
    return np.stack([first, second, 1 - first - second, 0 * first], 1).astype(np.float32)


def place_columns(customers: Customers) -> dict[str, list[str]]:
    """Country, state, city and postal code of each."""
    names = ("location_country", "location_state", "location_city", "postal_code")
    return {name: [_PLACES[row][column] for row in customers.place] for column, name in enumerate(names)}
