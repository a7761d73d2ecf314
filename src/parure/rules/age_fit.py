"""Whether an item is made for the customer's age."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import inf
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_EVERY_AGE: Final = (0.0, inf)
_WORDS: Final = {
    (0.0, 1.0): "newborn newborns infant infants baby babies säugling säuglinge",
    (1.0, 5.0): "toddler toddlers kleinkind kleinkinder",
    (2.0, 13.0): "kid kids child children kind kinder boys girls mädchen jungen",
    (13.0, 19.0): "teen teens teenager teenagers youth junior juniors jugendliche jugendlicher",
    (18.0, inf): "adult adults erwachsene erwachsener erwachsen",
    (60.0, inf): "senior seniors senioren",
}
"""Words for ages, in English (with those of product feeds) and German, and the years that they stand for."""
_AGES: Final = {word: years for years, words in _WORDS.items() for word in words.split()}
_BETWEEN: Final = re.compile(r"(\d+)\s*(?:-|\u2013|to|bis)\s*(\d+)\s*(?:years|yrs|y|jahre)?")
_FROM: Final = re.compile(r"(?:from|over|ab|über|>=?)?\s*(\d+)\s*(?:\+|and over|and older|years and over|plus)?")
_BELOW: Final = re.compile(r"(?:under|below|unter|<)\s*(\d+)")


class AgeFitConfig(Config):
    """Parameters of :class:`AgeFit`."""

    enabled: bool = True
    """Whether age plays a part at all."""
    factor: float = Field(default=0.8, ge=0, le=1)
    """What the score of an item made for another age is multiplied by."""


class AgeFit(Rule[AgeFitConfig]):
    """Lowers what is made for another age than the customer's.

    It compares the customer's attribute ``age_band`` with the items' column ``age_group``. Both may be years as in
    ``26-35``, ``46+`` and ``under 18``, or words as ``adult``, ``kids`` and ``Erwachsene``. Ages that overlap fit; what
    is not understood or not known fits everything.
    """

    kind: ClassVar[str] = "age_fit"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"other_age": "made for another age"}
    config_type: ClassVar[type[Config]] = AgeFitConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read whom the items are made for."""
        groups, names = codes(dataset, "age_group")
        self._groups = Column(groups)
        # One more, which UNKNOWN (-1) falls on.
        years = np.array([*(age_range(name) for name in names), _EVERY_AGE], dtype=np.float32)
        self._youngest, self._oldest = years[:, 0].copy(), years[:, 1].copy()
        self._acts = self.config.enabled and any(age_range(name) != _EVERY_AGE for name in names)
        self._factors_of = lru_cache(maxsize=64)(self._factors_for)
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """Whom the items are made for."""
        return (self._groups,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is made for another age lower."""
        band = shopper.query.attributes.get("age_band")
        if not self._acts or not band:
            return slate
        return slate.reweigh_coded(self._groups, self._factors_of(band), self.kind, "other_age")

    def _factors_for(self, band: str) -> NDArray[np.float32]:
        """What the scores of each group of items are multiplied by for customers of one age: float32[groups + 1]."""
        youngest, oldest = age_range(band)
        fits = (self._youngest <= oldest) & (self._oldest >= youngest)
        return np.where(fits, 1, self.config.factor).astype(np.float32)


@lru_cache(maxsize=256)
def age_range(text: str) -> tuple[float, float]:
    """The youngest and the oldest age, in years, that a shop's word for an age stands for; all ages where unknown."""
    word = text.strip().casefold()
    if word in _AGES:
        return _AGES[word]
    if between := _BETWEEN.fullmatch(word):
        return float(between[1]), float(between[2])
    if below := _BELOW.fullmatch(word):
        return 0.0, float(below[1]) - 1
    if over := _FROM.fullmatch(word):
        # A number alone is one age.
        return float(over[1]), float(over[1]) if word.isdigit() else inf
    return _EVERY_AGE
