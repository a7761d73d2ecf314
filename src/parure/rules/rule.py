"""The contract of every rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from parure.core import Query
from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.shopper import Shopper

ConfigT = TypeVar("ConfigT", bound=Config)
Rows = NDArray[np.int32]


class Rule(ABC, Generic[ConfigT]):
    """Removes, reweighs or arranges candidates for a business reason, and says which reason.

    A rule is fitted once on a dataset: there it reads the columns it goes by and learns what it has to. It is then
    asked for every request, so :meth:`apply` works on arrays of a few hundred candidates and never on the catalogue.

    Subclasses set ``kind``, ``effect``, ``reasons`` and ``config_type`` and write :meth:`fit` and :meth:`apply`.

    Args:
        config: Its parameters; the defaults where None.
    """

    kind: ClassVar[str]
    """Its name in recipes and reasons."""
    effect: ClassVar[Effect]
    """The one thing that it does to slates."""
    reasons: ClassVar[dict[str, str]]
    """Every reason code that it gives, with what it means in one line."""
    config_type: ClassVar[type[Config]]
    by_chance: ClassVar[bool] = False
    """Whether what it does to two slates that are the same may differ from request to request. Where not, strangers who
    ask for the same in the same minute, whatever is on the page or in the filter, share the answer to the first."""

    def __init__(self, config: ConfigT | None = None) -> None:
        self.config: ConfigT = config if config is not None else self.config_type()  # type: ignore[assignment]

    @abstractmethod
    def fit(self, dataset: Dataset) -> Self:
        """Read what it goes by; the same data and parameters give the same rule."""

    @property
    def columns(self) -> Sequence[Column]:
        """What a fitted rule looks candidates up in by way of the slate: a recommender lays it all side by side."""
        return ()

    def follow(self, dataset: Dataset) -> None:
        """Take in that stock, prices or the catalogue changed, without being fitted anew.

        Args:
            dataset: The one that it was fitted on, its ``item_table`` as it is now. What rules share of its columns, as
                :func:`~parure.rules.columns.prices`, has changed in place.
        """
        del dataset

    def admit(self, query: Query) -> Query:
        """The query as the stages after this rule may see it."""
        return query

    def hears(self, user_id: str | None) -> bool:
        """Whether what is known of a customer may count; where it may not, nobody looks it up.

        A rule that says no here makes the request another one, of nobody known, in :meth:`admit`.

        Args:
            user_id: As the tables call them; None for nobody known.
        """
        del user_id
        return True

    def include(self, shopper: Shopper) -> Rows | None:
        """Items that must be among the candidates, whatever the sources find: distinct rows, ascending.

        None where there are none. The same however many items are asked for.
        """
        del shopper
        return None

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """Items that need not be looked for, because :meth:`apply` would remove them whatever their score.

        It saves places in the pool; a rule may leave it out. The same however many items are asked for.

        Returns:
            The reason code and the items, int32[n] distinct rows, ascending, which never change afterwards; None where
            nothing is forbidden.
        """
        del shopper
        return None

    @abstractmethod
    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """The slate after this rule; every candidate that it touched stands in the new slate's steps."""
