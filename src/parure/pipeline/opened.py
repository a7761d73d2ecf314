"""A shop whose tables are loaded: what was known of it at any moment, and rankers and confidence learned from that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from parure.core.errors import InputError, MissingInputError
from parure.core.progress import Progress
from parure.dataset import Dataset, DatasetBuilder, targets_of
from parure.ingest import Tables
from parure.ingest.embeddings import load_vectors, vector_models
from parure.pipeline.backtest import Moment
from parure.pipeline.calibrate import calibrate
from parure.pipeline.learning import Lessons, tune, weeks_before
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, learns
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import Fitted
from parure.ranking import Ranker
from parure.rules import BoughtAgain

_NOTHING_SHOWN = "in the weeks that it would be learned from, nothing would have been shown"


def tables_of(shop: Path) -> Tables:
    """The shop's checked tables.

    Raises:
        MissingInputError: Nothing has been taken in yet.
    """
    tables = Tables(shop)
    if not any(tables.counts().values()):
        raise MissingInputError(f"{shop} has no tables yet.", hint=f"Run: parure ingest YOUR-FILES --shop {shop}")
    return tables


@dataclass(frozen=True)
class Calibrated:
    """Parts with their calibrations.

    Attributes:
        parts: In the order given, with a calibration where one could be learned.
        weeks: What they were learned from, counted back from the last week.
        without: Why some have none, by the name of the recipe.
    """

    parts: list[Part]
    weeks: list[int]
    without: dict[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the bundle's manifest tells of it."""
        learned = {part.recipe.name: part.calibration.facts for part in self.parts if part.calibration is not None}
        return {"calibration_weeks": self.weeks, "confidence": learned, "uncalibrated": self.without}


class OpenedShop:
    """A shop whose tables are loaded, ready to be seen as of any moment."""

    def __init__(
        self, shop: Path, tables: Tables, builder: DatasetBuilder, settings: ShopSettings, progress: Progress
    ) -> None:
        self.tables = tables
        self._shop = shop
        self._builder = builder
        self._settings = settings
        self._progress = progress
        self._moments: dict[int, Moment] = {}

    def at(self, as_of_us: int | None) -> Dataset:
        """The dataset of one moment, with the vectors that the shop has."""
        dataset = self._whole if as_of_us is None else self._builder.at(as_of_us)
        if not vector_models(self._shop):
            return dataset
        return replace(dataset, item_vectors=load_vectors(self._shop, dataset.items, self._settings.train.vectors))

    @cached_property
    def _whole(self) -> Dataset:
        return self._builder.at(None)

    def moments(self, weeks: Sequence[int]) -> list[Moment]:
        """What was known before each of the weeks, counted back from the last one, and what came true in it."""
        seed = self._settings.train.seed
        missing = [week for week in weeks if week not in self._moments]
        for week, target in zip(missing, targets_of(self._whole, missing), strict=True):
            if not target.truth:
                raise InputError(
                    f"Nobody known before week {week} back from the end bought anything in it.",
                    hint="Quality needs a few weeks of purchases; set other weeks in parure.toml [train].",
                )
            dataset = self.at(target.as_of_us)
            self._moments[week] = Moment(dataset, target, Fitted(dataset, seed, self._progress))
        return [self._moments[week] for week in weeks]

    def tuned(self, recipe: Recipe, policy: BoughtAgain) -> Ranker[Any]:
        """The recipe's ranker, fitted on the validation weeks."""
        train = self._settings.train
        # With nothing to serve but what is new to the customer, weights are tuned on what was new to them.
        new_only = policy is BoughtAgain.NEVER
        moments = self.moments(train.validation_weeks)
        return tune(moments, recipe, policy, new_only=new_only, seed=train.seed, progress=self._progress)

    def taught(self, part: Part, *, before: int) -> Part:
        """The part with its ranker taught, where it must be, by the weeks up to that of ``before``, counted back."""
        if not learns(part.recipe):
            return part
        weeks = weeks_before(before, self._settings.train.ranker_weeks)
        return replace(part, ranker=self.lessons.learned(part.recipe, part.bought_again, weeks))

    @cached_property
    def lessons(self) -> Lessons:
        """What rankers of features learn from."""
        train = self._settings.train
        return Lessons(lambda week: self.moments([week])[0], train.ranker_customers, train.seed, self._progress)

    def calibrated(self, parts: Sequence[Part]) -> Calibrated:
        """The parts with what makes probabilities of their scores, where that can be learned."""
        names = [part.recipe.name for part in parts]
        if not self._settings.train.calibrate:
            return Calibrated(list(parts), [], dict.fromkeys(names, "switched off in [train]"))
        moments, missing = self.there(self._settings.train.calibration_weeks)
        if not moments:
            return Calibrated(list(parts), [], dict.fromkeys(names, missing))
        seed = self._settings.train.seed
        # What a ranker says of weeks that it learned from is too good to be believed of others.
        unseen = max(moment.target.weeks_back for moment in moments) + 1
        calibrated, without = [], {}
        for part in parts:
            found, why = None, _NOTHING_SHOWN
            try:
                found = calibrate(moments, self.taught(part, before=unseen), seed=seed, progress=self._progress)
            except InputError as error:
                # There may be no weeks before those: the ranker learns from these then, and nothing else can.
                why = error.message
            calibrated.append(replace(part, calibration=found))
            if found is None:
                without[part.recipe.name] = why
        return Calibrated(calibrated, [moment.target.weeks_back for moment in moments], without)

    def there(self, weeks: Sequence[int]) -> tuple[list[Moment], str]:
        """The moments of those of the weeks that the data has, and what the last of the others lacks."""
        found, missing = [], "no calibration_weeks in [train]"
        for week in weeks:
            try:
                found += self.moments([week])
            except InputError as error:
                missing = error.message
        return found, missing


@contextmanager
def opened_shop(shop: Path, settings: ShopSettings, progress: Progress) -> Iterator[OpenedShop]:
    """A shop's tables, loaded while the block runs."""
    tables = tables_of(shop)
    with DatasetBuilder(tables, config=settings.dataset, progress=progress) as builder:
        yield OpenedShop(shop, tables, builder, settings, progress)
