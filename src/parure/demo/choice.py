"""How the made-up customers choose: a multinomial logit whose utilities are written down, so that the best is known.

A customer who looks round takes product i with probability proportional to

    exp(utility) * novelty(i, day) * season(i, day)

    utility = taste * <weights of the style of the moment, features of i>
            + price * fit of i's price to the budget
            + category * liking of i's category
            + gender * whether i is made for the customer's gender
            + appeal * what i has beyond taste

and buys what they look at with a probability that rises with the utility less its appeal. See McFadden, Conditional
logit analysis of qualitative choice behavior (1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.demo.attributes import CATEGORIES
from parure.demo.catalogue import DAYS, FIRST_DAY, Product, features_of
from parure.demo.drawing.outlines import Floats


class ChoiceConfig(Config):
    """Weights of what a made-up customer chooses by."""

    taste: float = Field(default=1.05, ge=0, le=20)
    """Of the match between the customer's style and the product."""
    price: float = Field(default=0.9, ge=0, le=20)
    """Of how well the price fits the budget."""
    category: float = Field(default=0.8, ge=0, le=20)
    """Of the customer's liking for the category."""
    gender: float = Field(default=2.2, ge=0, le=20)
    """Taken off where a product is made for the other gender."""
    appeal: float = Field(default=0.55, ge=0, le=20)
    """Of what makes a product popular with everybody."""
    novelty: float = Field(default=1.5, ge=0, le=20)
    """How much likelier a product is looked at on the day of its arrival: 1 is twice as likely."""
    novelty_days: float = Field(default=40.0, gt=0, le=1000)
    """After so many days that is down to a third."""
    cart_slope: float = Field(default=0.7, ge=0, le=20)
    """How much the odds of buying what was looked at grow with its utility."""
    cart_level: float = Field(default=-1.7, ge=-20, le=20)
    """Log odds that a product of average utility goes into the cart."""
    buy_level: float = Field(default=-0.5, ge=-20, le=20)
    """Log odds that what is in the cart is bought."""


@dataclass(frozen=True, slots=True)
class Shoppers:
    """What decides the choices of n rows: a row is one customer in one style.

    Attributes:
        weights: float32[n, features], of the style with the customer's own leanings.
        log_budget: float32[n], log of the price in euros that suits them best.
        categories: float32[n, categories], liking of each.
        male: float32[n], 1 for men, 0 for women, 0.5 where it does not matter.
    """

    weights: Floats
    log_budget: Floats
    categories: Floats
    male: Floats

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: NDArray[np.intp] | slice) -> Shoppers:
        """Some of the rows."""
        return Shoppers(self.weights[rows], self.log_budget[rows], self.categories[rows], self.male[rows])


class ChoiceModel:
    """The utilities of a catalogue.

    Args:
        products: The catalogue.
        config: The weights.
    """

    def __init__(self, products: Sequence[Product], config: ChoiceConfig | None = None) -> None:
        self.config = config or ChoiceConfig()
        self.features = features_of(products)
        self.log_price = np.log([p.price_cents / 100 for p in products]).astype(np.float32)
        self.category = np.array([CATEGORIES.index(p.design.category) for p in products])
        sides = {"women": 0.0, "men": 1.0, "unisex": 0.5}
        self.made_for = np.array([sides[p.gender] for p in products], np.float32)
        self.appeal = np.array([p.appeal for p in products], np.float32)
        self.created_day = np.array([p.created_day for p in products], np.int32)
        self._season = _season_factors(products)

    def liking(self, shoppers: Shoppers) -> Floats:
        """Utilities without appeal: float32[n, products]."""
        c = self.config
        base = (shoppers.weights * np.float32(c.taste)) @ self.features.T
        base += (shoppers.categories * np.float32(c.category))[:, self.category]
        over = self.log_price[None, :] - shoppers.log_budget[:, None]
        # Twice the budget hurts more than half of it.
        np.multiply(over, np.where(over > 0, np.float32(1.5), np.float32(0.8)), out=over)
        base -= np.float32(c.price) * over * over
        base -= np.float32(c.gender) * np.maximum(np.abs(shoppers.male[:, None] - self.made_for[None, :]) - 0.5, 0) * 2
        return base

    def attention(self, liking: Floats) -> Floats:
        """Share of looks that each product gets, without season and novelty: float32[n, products], rows sum to 1."""
        utility = liking + np.float32(self.config.appeal) * self.appeal[None, :]
        utility -= utility.max(1, keepdims=True)
        np.exp(utility, out=utility)
        utility /= utility.sum(1, keepdims=True)
        return utility

    def of_the_day(self, item_ix: NDArray[np.intp], day: NDArray[np.int32]) -> Floats:
        """Novelty times season of products on days: 0 before their arrival; at most :attr:`most`."""
        age = day - self.created_day[item_ix]
        fresh = 1 + self.config.novelty * np.exp(-np.maximum(age, 0) / self.config.novelty_days)
        return np.asarray(np.where(age >= 0, fresh, 0) * self._season[_season_of(day), item_ix], np.float32)

    @property
    def most(self) -> float:
        """The largest value :meth:`of_the_day` can take."""
        return (1 + self.config.novelty) * float(self._season.max())

    def bought(self, liking: Floats, usual: Floats) -> tuple[Floats, Floats]:
        """Probability that a product looked at goes into the cart, and from there home.

        Args:
            liking: Its utility without appeal, any shape.
            usual: The average of that over what the customer looks at, same shape or broadcast.
        """
        more = np.float32(self.config.cart_slope) * (liking - usual)
        return _odds(more + np.float32(self.config.cart_level)), _odds(more + np.float32(self.config.buy_level))

    def purchase_scores(self, shoppers: Shoppers, day: int) -> Floats:
        """Share of looks times chance of buying on a day: float32[n, products]."""
        liking = self.liking(shoppers)
        looks = self.attention(liking)
        usual = (looks * liking).sum(1, keepdims=True)
        cart, home = self.bought(liking, usual)
        today = self.of_the_day(np.arange(len(self.appeal)), np.full(len(self.appeal), day, np.int32))
        return np.asarray(looks * today[None, :] * cart * home, np.float32)


def _odds(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)), np.float32)


# Seasons: 0 none, 1 Valentine's, 2 Mother's Day, 3 summer, 4 December.


def _season_table() -> NDArray[np.int8]:
    days = np.array([(FIRST_DAY.toordinal() + d) for d in range(DAYS)])
    found = np.zeros(DAYS, np.int8)
    for row, ordinal in enumerate(days):
        day = FIRST_DAY.fromordinal(int(ordinal))
        if (day.month, day.day) >= (1, 28) and (day.month, day.day) <= (2, 14):
            found[row] = 1
        elif (day.month == 4 and day.day > 24) or (day.month == 5 and day.day <= 11):
            found[row] = 2
        elif day.month in (6, 7, 8):
            found[row] = 3
        elif (day.month == 11 and day.day >= 20) or (day.month == 12 and day.day <= 24):
            found[row] = 4
    return found


_SEASONS = _season_table()


def _season_of(day: NDArray[np.int32]) -> NDArray[np.int8]:
    return np.asarray(_SEASONS[np.clip(day, 0, DAYS - 1)])


def traffic() -> Floats:
    """How busy each day is against an average one: float32[DAYS]."""
    busy = np.array([1.0, 1.45, 1.35, 0.92, 1.8], np.float32)[_SEASONS]
    weekday = (np.arange(DAYS) + FIRST_DAY.weekday()) % 7
    growth = np.linspace(0.85, 1.15, DAYS)
    return np.asarray(busy * np.array([1.0, 0.95, 0.95, 1.0, 1.0, 1.15, 1.3])[weekday] * growth, np.float32)


def gift_share(day: NDArray[np.int32]) -> Floats:
    """Share of sessions that look for a gift on a day."""
    return np.asarray(np.array([0.06, 0.32, 0.26, 0.06, 0.34], np.float32)[_season_of(day)])


def is_before_christmas(day: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether days lie in the Christmas season."""
    return np.asarray(_season_of(day) == 4)


def _season_factors(products: Sequence[Product]) -> Floats:
    """What a season does to each product: float32[5, products]."""
    found = np.ones((5, len(products)), np.float32)
    for row, product in enumerate(products):
        if product.design.ornament == "heart" or product.hue in ("red", "pink"):
            found[1, row] = 1.6
        if product.design.ornament == "floral" or product.design.category == "sets":
            found[2, row] = 1.5
        if product.design.category == "bracelets" or product.stone in ("turquoise", "aquamarine", "pearl"):
            found[3, row] = 1.35
        if product.design.ornament == "celestial" or product.design.category in ("watches", "sets"):
            found[4, row] = 1.5
    return found
