"""Whether an item is made for the customer's gender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_FEMALE: Final = 0
_MALE: Final = 1
_ANY: Final = 2

_WORDS: Final = {
    _FEMALE: "f w female woman women womens womans lady ladies ladieswear womenswear girl girls"
    " weiblich frau frauen dame damen mädchen maedchen femme femmes fille filles donna donne mujer mujeres",
    _MALE: "m male man men mens mans gentleman gentlemen gents menswear boy boys"
    " männlich maennlich mann männer maenner herr herren junge jungen homme hommes garçon garçons uomo uomini"
    " hombre hombres",
}
"""How shops write the two, in English, German, French, Italian and Spanish, without case, apostrophes and dots."""
_GENDERS: Final = {word: gender for gender, words in _WORDS.items() for word in words.split()}


class GenderFitConfig(Config):
    """Parameters of :class:`GenderFit`."""

    enabled: bool = True
    """Whether gender plays a part at all."""
    factor: float = Field(default=0.5, ge=0, le=1)
    """What the score of an item made for another gender is multiplied by."""


class GenderFit(Rule[GenderFitConfig]):
    """Lowers what is made for another gender than the customer's.

    It compares the customer's attribute ``gender`` with the items' column ``gender``. Both are understood in several
    spellings and languages; any other word, as ``unisex`` or none at all, fits everything.
    """

    kind: ClassVar[str] = "gender_fit"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"other_gender": "made for another gender"}
    config_type: ClassVar[type[Config]] = GenderFitConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read whom the items are made for."""
        found, names = codes(dataset, "gender")
        genders = np.array([*(gender_of(name) for name in names), _ANY], dtype=np.int32)
        self._genders = Column(genders.take(found))
        self._acts = self.config.enabled and bool((genders != _ANY).any())
        low = self.config.factor
        self._factors = np.array([[1, low, 1], [low, 1, 1]], dtype=np.float32)
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """Whom the items are made for."""
        return (self._genders,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is made for another gender lower."""
        if not self._acts:
            return slate
        gender = gender_of(shopper.query.attributes.get("gender", ""))
        if gender == _ANY:
            return slate
        return slate.reweigh_coded(self._genders, self._factors[gender], self.kind, "other_gender")


def gender_of(text: str) -> int:
    """What a shop's word for a gender means: 0 female, 1 male, 2 neither, both or unknown."""
    word = text.strip().casefold()
    if word not in _GENDERS:
        word = word.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "").rstrip(".")
    return _GENDERS.get(word, _ANY)
