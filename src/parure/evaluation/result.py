"""The outcome of an evaluation: numbers with intervals for every contender, and what they honestly say."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict

from parure.core.errors import InputError, MissingInputError, UnknownIdError, did_you_mean

Split = Literal["all", "new"]
Kind = Literal["source", "blend", "recipe", "baseline"]

SPLITS: tuple[Split, ...] = ("all", "new")

LEADING = "map@12"
"""The metric that ranks contenders."""

UNITS = {"novelty@10": "bits"}
"""Units of the metrics that are not a score between 0 and 1."""

_HIGHER_IS_BETTER = ("map@", "ndcg@", "precision@", "hit_rate@", "recall@", "coverage@")


class Row(TypedDict):
    """One line of a benchmark's JSON; every benchmark keeps this form."""

    bench: str
    dataset: str
    case: str
    split: str
    metric: str
    value: float
    low: float | None
    high: float | None
    unit: str


class Record(BaseModel):
    """A frozen record that goes to JSON and back without loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Contender(Record):
    """One of the things compared."""

    name: str
    """What it is called in tables."""
    kind: Kind
    """A single source, the blend, a fixed recipe, or a baseline that anybody could write in ten lines."""
    about: str = ""
    """One line that says what it does."""
    fit_s: float | None = None
    """Wall seconds to fit."""
    fit_cpu_s: float | None = None
    """CPU seconds to fit."""
    rank_s: float | None = None
    """Wall seconds to rank for all judged users."""
    peak_mib: float | None = None
    """Largest resident memory while fitting, in MiB."""


class Score(Record):
    """A mean over users with its 95 % interval."""

    case: str
    """Name of the contender."""
    split: Split
    """``all`` items, or only those ``new`` to the user."""
    metric: str
    """Lower case, with its cut-off: ``map@12``."""
    value: float
    """The mean."""
    low: float | None = None
    """Lower end of the interval; None for a value of the whole catalogue."""
    high: float | None = None
    """Upper end of the interval."""


class Difference(Score):
    """A mean difference over the same users, with its 95 % interval."""

    reference: str
    """The contender that is subtracted."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class SliceScore(Score):
    """A score over some of the users, or against some of the items."""

    family: str
    """What the slices of one family differ in."""
    name: str
    """Which slice."""
    about: str
    """What its name means."""
    users: int
    """Judged users in it."""


class Curve(Record):
    """Recall at growing list lengths."""

    case: str
    """Name of the contender."""
    split: Split
    """``all`` or ``new``."""
    cutoffs: tuple[int, ...]
    """List lengths."""
    recall: tuple[float, ...]
    """Mean recall over users at each."""


class Reliability(Record):
    """What was said and what came true, bin by bin, with 95 % intervals over occasions."""

    case: str
    """What said it: a recipe, a surface."""
    target: str
    """Until when and of whom, in words."""
    predicted: tuple[float, ...]
    """Mean probability of each bin, ascending."""
    observed: tuple[float, ...]
    """Share that came true."""
    low: tuple[float, ...]
    """Lower ends of the intervals of the shares."""
    high: tuple[float, ...]
    """Upper ends."""
    rows: tuple[int, ...]
    """Rows in each bin."""
    error: float
    """The expected calibration error."""
    error_by_chance: float
    """What that error would be on average if every probability were exactly right."""
    log_loss: float
    """Mean log loss in nats."""
    log_loss_of_rate: float
    """Mean log loss of saying the share that came true of everything: what a calibrated constant has."""


class Protocol(Record):
    """How the numbers came about."""

    train_until: str
    """The moment that parts train from target, ISO 8601."""
    target_until: str
    """The end of the target weeks, ISO 8601."""
    train_events: int
    """Events in train."""
    train_users: int
    """Users known in train."""
    known_items: int
    """Items known in train; coverage is a share of them."""
    judged_users: dict[str, int]
    """Users with something to find, by split."""
    truth_items: dict[str, int]
    """(user, item) pairs to find, by split."""
    resamples: int = 1000
    """Bootstrap resamples of a mean; a difference takes twice as many."""
    seed: int = 0
    """Seed of the resamples."""


class Repeats(Record):
    """Whether customers buy the same thing again, and what was made of it."""

    share: float
    """Share of purchases of items the customer had bought before, 0-1."""
    policy: str
    """When a bought item may be recommended again: never, after_cycle, always."""
    reason: str
    """Why, in a sentence."""
    by_category: tuple[tuple[str, float], ...] = ()
    """The share in each of the largest categories."""


class Evaluation(Record):
    """What several contenders reached on the same target weeks."""

    dataset: str
    """Name of the data."""
    contenders: tuple[Contender, ...]
    """In the order they were added."""
    protocol: Protocol
    """How it was measured."""
    scores: tuple[Score, ...]
    """Every metric of every contender."""
    differences: tuple[Difference, ...] = ()
    """Every other contender against one reference, paired over users."""
    slices: tuple[SliceScore, ...] = ()
    """Groups of users and items."""
    curves: tuple[Curve, ...] = ()
    """Recall by list length."""
    repeats: Repeats | None = None
    """The share of repeat purchases and the policy; None where it was not looked at."""
    reliability: tuple[Reliability, ...] = ()
    """Whether the confidence of recipes means what it says; none where it was not looked at."""

    def contender(self, name: str) -> Contender:
        """The contender of that name.

        Raises:
            UnknownIdError: There is none.
        """
        for each in self.contenders:
            if each.name == name:
                return each
        names = [each.name for each in self.contenders]
        hint = did_you_mean(name, names) or f"There are: {', '.join(names)}."
        raise UnknownIdError(f"No contender is called {name!r}.", hint=hint)

    def score(self, case: str, split: Split, metric: str) -> Score | None:
        """One score; None where it was not measured."""
        wanted = (case, split, metric)
        return next((score for score in self.scores if (score.case, score.split, score.metric) == wanted), None)

    def metrics(self) -> list[str]:
        """Names of all metrics, in the order measured."""
        return list(dict.fromkeys(score.metric for score in self.scores))

    def ranking(self, split: Split, metric: str = LEADING) -> list[Score]:
        """The scores of one metric, best first; ties in the order of the contenders."""
        found = [score for score in self.scores if score.split == split and score.metric == metric]
        return sorted(found, key=lambda score: -score.value)

    def best(self, split: Split, metric: str) -> float | None:
        """The best value of a metric for which more is better; None for others (novelty, Gini, ...)."""
        found = self.ranking(split, metric)
        return found[0].value if found and metric.startswith(_HIGHER_IS_BETTER) else None

    def notes(self) -> list[str]:
        """What a reader should not miss: one sentence a split that says whether the baselines were beaten."""
        return [note for split in SPLITS if (note := self._note(split))]

    def rows(self, bench: str = "quality") -> list[Row]:
        """All scores and differences in the form of benchmark rows."""
        plain = [(score, score.case, UNITS.get(score.metric, "score")) for score in self.scores]
        gaps = [(gap, f"{gap.case} - {gap.reference}", "difference") for gap in self.differences]
        return [
            Row(
                bench=bench,
                dataset=self.dataset,
                case=case,
                split=score.split,
                metric=score.metric,
                value=score.value,
                low=score.low,
                high=score.high,
                unit=unit,
            )
            for score, case, unit in (*plain, *gaps)
        ]

    def save(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            MissingInputError: There is no such file.
            InputError: It is not an evaluation.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MissingInputError(f"Cannot read {path}: {error}.", hint="Run parure evaluate first.") from None
        except ValueError as error:
            problem = str(error).splitlines()[0]
            raise InputError(f"{path} holds no evaluation: {problem}.", hint="Run parure evaluate again.") from None

    def _note(self, split: Split) -> str:
        """Whether the best baseline of a split was beaten, and how clearly."""
        ranking = self.ranking(split)
        kinds = {each.name: each.kind for each in self.contenders}
        plain = next((score for score in ranking if kinds[score.case] == "baseline"), None)
        learned = next((score for score in ranking if kinds[score.case] != "baseline"), None)
        if plain is None or learned is None:
            return ""
        where = "All items" if split == "all" else "New items only"
        if plain.value >= learned.value:
            verb = "wins over" if plain.value > learned.value else "is as good as"
            figures = f"{LEADING} {plain.value:.4f} against {learned.value:.4f} of {learned.case!r}"
            return f"{where}: the baseline {plain.case!r} {verb} everything learned ({figures})."
        figures = f"{LEADING} {learned.value:.4f} against {plain.value:.4f}"
        gap = next(
            (
                d
                for d in self.differences
                if (d.case, d.reference, d.split, d.metric) == (learned.case, plain.case, split, LEADING)
            ),
            None,
        )
        if gap is not None and not gap.is_clear:
            return (
                f"{where}: {learned.case!r} is ahead of the baseline {plain.case!r}, but not clearly: the difference "
                f"{gap.value:+.4f} has the interval {gap.low:+.4f} to {gap.high:+.4f}."
            )
        return f"{where}: {learned.case!r} beats the best baseline, {plain.case!r} ({figures})."
