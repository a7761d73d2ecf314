"""Whether a customer's own signals may be used at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from pydantic import Field

from parure.core import History, Query
from parure.core.config import Config
from parure.core.errors import SettingsError
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class ConsentConfig(Config):
    """Parameters of :class:`Consent`."""

    columns: tuple[str, ...] = Field(default=("personalisation_consent", "marketing_consent"), min_length=1)
    """Columns of the customers with true or false: whether they agreed to be recommended to by what they do. The first
    that the shop has counts."""
    unknown: bool = True
    """What holds for customers of whom the column says nothing, and for visitors without a name; for everybody in a
    shop that has none of the columns."""
    without: tuple[str, ...] = ()
    """Ids of customers without consent, whatever the column says."""


class Consent(Rule[ConsentConfig]):
    """Takes every personal signal out of the request of a customer without consent.

    For everything that follows they are nobody known, with an empty history and no attributes: what they get depends
    on the place in the shop, on what is on the page and on the filter alone, and is the same for all of them. Slates
    are left as they are.

    Raises:
        SettingsError: When fitted: the column holds something else than true and false.
    """

    kind: ClassVar[str] = "consent"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"no_consent": "the customer did not agree to personal recommendations"}
    config_type: ClassVar[type[Config]] = ConsentConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read who agreed."""
        self._nothing, self._users = History.empty(dataset.items), dataset.users
        # The last stands for somebody whom the shop does not know: UNKNOWN.
        self._agreed = np.full(len(dataset.users) + 1, self.config.unknown)
        self._agreed[:-1] = _agreed(dataset.user_table, self.config)
        self._without = frozenset(self.config.without)
        self._said: Mapping[str, bool] = {}
        return self

    def listen(self, said: Mapping[str, bool]) -> None:
        """Let what customers say from now on hold before the column.

        Args:
            said: Whether each agreed; looked up at every request, so that what is written there later holds at once.
        """
        self._said = said

    def hears(self, user_id: str | None) -> bool:
        """Not those who did not agree."""
        if user_id is None:
            return self.config.unknown
        said = self._said.get(user_id)
        if said is not None:
            return said
        return user_id not in self._without and bool(self._agreed[self._users.row_of(user_id)])

    def admit(self, query: Query) -> Query:
        """The request as of nobody known, where there is no consent."""
        if self.hears(query.user_id):
            return query
        return query.of_nobody(self._nothing)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """The slate as it is."""
        del shopper
        return slate


def _agreed(user_table: pa.Table, config: ConsentConfig) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Who agreed, bool[users]."""
    name = next((name for name in config.columns if name in user_table.column_names), None)
    if name is None:
        return np.full(len(user_table), config.unknown)
    column = user_table.column(name)
    if pa.types.is_null(column.type):
        column = column.cast(pa.bool_())
    if not pa.types.is_boolean(column.type):
        raise SettingsError(
            f"The column {name!r} of the customers holds {column.type}, expected true and false.",
            hint="Name a column of yes and no in [rules.consent], or map it to one when the tables are read in.",
        )
    return np.asarray(column.fill_null(config.unknown).to_numpy(), dtype=bool)
