"""Holds ranked lists against the truth, contender by contender, and sums up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from parure.core.clock import from_us
from parure.core.errors import InputError
from parure.dataset import Dataset
from parure.evaluation.beyond import ItemFacts, Vectors, category_diversity, gini, novelty, tail_share, vector_diversity
from parure.evaluation.intervals import (
    DIFFERENCE_RESAMPLES,
    MEAN_RESAMPLES,
    Group,
    Interval,
    bootstrap_groups,
    defined_groups,
    paired,
)
from parure.evaluation.metrics import METRICS, coverage, recall_curve, user_metrics
from parure.evaluation.result import (
    LEADING,
    SPLITS,
    Contender,
    Curve,
    Difference,
    Evaluation,
    Protocol,
    Repeats,
    Score,
    SliceScore,
    Split,
)
from parure.evaluation.slices import Slice, slices_of
from parure.evaluation.truth import Rows, Truth

Values = NDArray[np.float64]

CUTOFFS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200)
"""Where the recall curve is read."""

KEY_METRICS = (LEADING, "ndcg@10", "recall@100")
"""Metrics of slices and differences."""

_KEY_COLUMNS = [METRICS.index(metric) for metric in KEY_METRICS]


@dataclass(frozen=True)
class Target:
    """Everything one evaluation is held against.

    Attributes:
        dataset: Everything before the target weeks; sources are fitted on it.
        truths: For ``all`` and ``new``, what was taken.
        facts: What is known of the items.
        slices: For ``all`` and ``new``, the groups to look at.
        until_us: End of the target weeks, microseconds since 1970 UTC.
    """

    dataset: Dataset
    truths: Mapping[Split, Truth]
    facts: ItemFacts
    slices: Mapping[Split, Sequence[Slice]]
    until_us: int

    @classmethod
    def of(cls, dataset: Dataset, truth: Truth, *, until_us: int, vectors: Vectors | None = None) -> Target:
        """Add the ``new`` variant, the facts and the slices to a truth.

        Args:
            dataset: Everything before the target weeks.
            truth: What its users took in the target weeks, over the dataset's items.
            until_us: End of the target weeks.
            vectors: float32[items, size], for diversity by looks; NaN for an item without one.

        Raises:
            InputError: The truth is about other items, or nobody took anything.
        """
        if truth.items != dataset.items:
            raise InputError(
                f"The truth is about {len(truth.items):,} items, the dataset about {len(dataset.items):,} others.",
                hint="Make both from one time split.",
            )
        if not len(truth):
            raise InputError(
                "Nobody known in train bought a known item in the target weeks: there is nothing to measure.",
                hint="Choose an earlier or longer target, or check the dates of the orders.",
            )
        events = dataset.events
        bought = events.purchases
        new, _ = truth.without(dataset.users, events.user_ix[bought], events.item_ix[bought])
        facts = ItemFacts.of(dataset, vectors=vectors)
        truths: dict[Split, Truth] = {"all": truth, "new": new}
        slices = {split: slices_of(dataset, facts, each) for split, each in truths.items()}
        return cls(dataset, truths, facts, slices, until_us)


@dataclass
class _Judged:
    """What is kept of one contender on one split after its lists are gone."""

    users: Values
    """float64[users, METRICS]"""
    beyond: Values
    """float64[users, measures of :meth:`Judge._beyond`]"""
    whole: dict[str, float]
    """Values of the whole catalogue."""
    slices: list[Values]
    """For each slice, float64[members, KEY_METRICS]."""
    curve: Values


@dataclass
class Judge:
    """Compares contenders on one target: :meth:`add` each, then ask for the :meth:`evaluation`.

    Lists are scored as they come and then let go, so that memory does not grow with contenders x depth.

    Args:
        target: What the lists are held against.
        resamples: Bootstrap resamples of a mean; a difference takes twice as many.
        seed: Seed of the resamples.
    """

    target: Target
    resamples: int = MEAN_RESAMPLES
    seed: int = 0
    _contenders: list[Contender] = field(default_factory=list)
    _judged: dict[tuple[str, Split], _Judged] = field(default_factory=dict)

    def add(self, contender: Contender, ranked: Mapping[Split, Rows]) -> None:
        """Score one contender.

        Args:
            contender: Who it is and what it cost.
            ranked: For ``all`` and ``new``, int32[users of that truth, depth], rows of the dataset's items, best
                first, UNKNOWN after the end. For ``new``, what a user had bought must have been left out before.

        Raises:
            InputError: The name is taken, a split is missing, or lists do not fit the truth.
        """
        if any(each.name == contender.name for each in self._contenders):
            raise InputError(f"Two contenders are called {contender.name!r}.", hint="Give each a name of its own.")
        missing = [split for split in SPLITS if split not in ranked]
        if missing:
            raise InputError(f"{contender.name!r} brings no lists for {', '.join(missing)}; both splits are needed.")
        scored = {(contender.name, split): self._score(ranked[split], split) for split in SPLITS}
        self._contenders.append(contender)
        self._judged.update(scored)

    def evaluation(self, name: str, *, reference: str | None = None, repeats: Repeats | None = None) -> Evaluation:
        """Sum up what was added.

        Args:
            name: Name of the data.
            reference: The contender all others are compared with. Default: in each split the best baseline, or the
                first contender where there is no baseline; and recipes with the best single model too.
            repeats: The share of repeat purchases, for the report.
        """
        if not self._contenders:
            raise InputError("There is nothing to compare.", hint="Add at least one contender.")
        means = {split: self._means(split) for split in SPLITS}
        return Evaluation(
            dataset=name,
            contenders=tuple(self._contenders),
            protocol=self._protocol(),
            scores=tuple(score for scores, _ in means.values() for score in scores),
            differences=tuple(gap for split in SPLITS for gap in self._differences(split, reference)),
            slices=tuple(score for _, slices in means.values() for score in slices),
            curves=tuple(self._curves()),
            repeats=repeats,
        )

    def _score(self, ranked: Rows, split: Split) -> _Judged:
        truth, facts = self.target.truths[split], self.target.facts
        users = user_metrics(ranked, truth)
        # For a slice of users their scores are there already; one of items is judged anew.
        slices = [
            users[each.rows] if each.truth is None else user_metrics(ranked[each.rows], each.truth)
            for each in self.target.slices[split]
        ]
        return _Judged(
            users=users,
            beyond=np.column_stack(list(self._beyond(ranked).values())),
            whole={"coverage@10": coverage(ranked, facts.known), "gini@10": gini(ranked, len(truth.items))},
            slices=[each[:, _KEY_COLUMNS] for each in slices],
            curve=recall_curve(ranked, truth, np.array(CUTOFFS)),
        )

    def _beyond(self, ranked: Rows) -> dict[str, Values]:
        """The measures besides accuracy that every user has."""
        facts = self.target.facts
        found = {
            "diversity@10": category_diversity(ranked, facts),
            "novelty@10": novelty(ranked, facts),
            "tail_share@10": tail_share(ranked, facts),
        }
        if facts.vectors is not None:
            found["visual_diversity@10"] = vector_diversity(ranked, facts.vectors)
        return found

    def _means(self, split: Split) -> tuple[list[Score], list[SliceScore]]:
        """All means of one split, drawn at once: the metrics of every contender, and those of every slice."""
        truth, slices = self.target.truths[split], self.target.slices[split]
        if not len(truth):
            return [], []
        judged = [self._judged[each.name, split] for each in self._contenders]
        beyond = defined_groups(np.hstack([each.beyond for each in judged]))
        groups = [Group(np.hstack([each.users for each in judged])), *(group for _, group in beyond)]
        for place, each in enumerate(slices):
            groups.append(Group(np.hstack([found.slices[place] for found in judged]), each.rows))
        found = bootstrap_groups(len(truth), groups, resamples=self.resamples, seed=self.seed)
        parts = [(list(range(len(METRICS) * len(judged))), found[0])]
        scores = self._named(split, METRICS, parts)
        names = tuple(self._beyond(np.empty((0, 10), np.int32)))
        parts = [(columns, each) for (columns, _), each in zip(beyond, found[1:], strict=False)]
        scores += self._named(split, names, parts) + self._whole(split)
        rank = {contender.name: place for place, contender in enumerate(self._contenders)}
        intervals = found[len(found) - len(slices) :]
        return sorted(scores, key=lambda score: rank[score.case]), self._slice_scores(split, intervals)

    def _named(self, split: Split, names: Sequence[str], parts: Sequence[tuple[list[int], Interval]]) -> list[Score]:
        """Scores of columns that stand contender by contender, metric by metric."""
        made = {}
        for columns, interval in parts:
            for column, value, low, high in zip(columns, interval.value, interval.low, interval.high, strict=True):
                case = self._contenders[column // len(names)].name
                metric = names[column % len(names)]
                made[column] = Score(
                    case=case, split=split, metric=metric, value=float(value), low=float(low), high=float(high)
                )
        return [made[column] for column in sorted(made)]

    def _whole(self, split: Split) -> list[Score]:
        """Values of the whole catalogue, which have no interval."""
        return [
            Score(case=contender.name, split=split, metric=metric, value=value)
            for contender in self._contenders
            for metric, value in self._judged[contender.name, split].whole.items()
            if not np.isnan(value)
        ]

    def _differences(self, split: Split, reference: str | None) -> Iterator[Difference]:
        if len(self._contenders) < 2 or not len(self.target.truths[split]):
            return
        base = reference if reference is not None else self._best(split, ("baseline",)) or self._contenders[0].name
        if (base, split) not in self._judged:
            raise InputError(f"The reference {base!r} is not among the contenders.")
        yield from self._gaps(split, [each.name for each in self._contenders if each.name != base], base)
        single = self._best(split, ("baseline", "source"))
        mixes = [each.name for each in self._contenders if each.kind in ("blend", "recipe")]
        if reference is None and mixes and single is not None and single != base:
            yield from self._gaps(split, mixes, single)

    def _gaps(self, split: Split, others: Sequence[str], base: str) -> Iterator[Difference]:
        """Some contenders against another one, paired over users."""
        mine = np.hstack([self._judged[name, split].users[:, _KEY_COLUMNS] for name in others])
        theirs = np.tile(self._judged[base, split].users[:, _KEY_COLUMNS], len(others))
        resamples = self.resamples * DIFFERENCE_RESAMPLES // MEAN_RESAMPLES
        gap = paired(mine, theirs, resamples=resamples, seed=self.seed)
        keys = [(name, metric) for name in others for metric in KEY_METRICS]
        for (name, metric), value, low, high in zip(keys, gap.value, gap.low, gap.high, strict=True):
            yield Difference(
                case=name,
                reference=base,
                split=split,
                metric=metric,
                value=float(value),
                low=float(low),
                high=float(high),
            )

    def _best(self, split: Split, kinds: Sequence[str]) -> str | None:
        """The contender of some kinds with the best leading metric; None where there is none."""
        names = [each.name for each in self._contenders if each.kind in kinds]
        leading = METRICS.index(LEADING)
        return max(names, key=lambda name: float(self._judged[name, split].users[:, leading].mean()), default=None)

    def _slice_scores(self, split: Split, intervals: Sequence[Interval]) -> list[SliceScore]:
        keys = [(contender.name, metric) for contender in self._contenders for metric in KEY_METRICS]
        return [
            SliceScore(
                case=case,
                split=split,
                family=each.family,
                name=each.name,
                about=each.about,
                users=len(each.rows),
                metric=metric,
                value=float(value),
                low=float(low),
                high=float(high),
            )
            for each, interval in zip(self.target.slices[split], intervals, strict=True)
            for (case, metric), value, low, high in zip(keys, interval.value, interval.low, interval.high, strict=True)
        ]

    def _curves(self) -> Iterator[Curve]:
        for (case, split), judged in self._judged.items():
            if len(self.target.truths[split]):
                yield Curve(case=case, split=split, cutoffs=CUTOFFS, recall=tuple(judged.curve.tolist()))

    def _protocol(self) -> Protocol:
        target = self.target
        return Protocol(
            train_until=from_us(target.dataset.as_of_us).isoformat(),
            target_until=from_us(target.until_us).isoformat(),
            train_events=len(target.dataset.events),
            train_users=len(target.dataset.users),
            known_items=target.facts.known,
            judged_users={split: len(truth) for split, truth in target.truths.items()},
            truth_items={split: len(truth.item_ix) for split, truth in target.truths.items()},
            resamples=self.resamples,
            seed=self.seed,
        )
