"""What each rule of a recipe costs and brings: lists with and without it, on the same past occasions.

The sources are fitted once and every query is taken in once; only the rules differ. A rule's figures are those of the
whole recipe less those of the recipe without the rule, so that a plus is what the rule brings.

What was in stock in the past is not known, so that the stock rule changes nothing here; and nobody in the past was
shown these lists, so that a hit is something found anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.core import UNKNOWN, Query
from parure.core.errors import SettingsError, did_you_mean
from parure.core.progress import Progress, Silent
from parure.evaluation import Row
from parure.evaluation.intervals import DIFFERENCE_RESAMPLES, bootstrap_groups, defined_groups
from parure.pipeline.backtest import Moment
from parure.pipeline.calibrate import occasions_of, recommender_at
from parure.pipeline.occasions import Occasions, OccasionsConfig
from parure.pipeline.part import Part
from parure.pipeline.recommend import CHUNK, Recommender
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import policy_of, usable_sources
from parure.pipeline.workflow import moments_of, shop_recipe
from parure.ranking import Slates
from parure.retrieval import FoldedIn
from parure.rules import Rule
from parure.rules.columns import prices

Rows = NDArray[np.int32]
Values = NDArray[np.float64]

ALL_RULES: Final = "all rules"
"""Case of the whole recipe against none of its rules; that of the policy for bought items stays."""

UNITS: Final = {"ndcg": "score", "coverage": "share", "mean_price": "money", "revenue": "money", "changed": "share"}
_IN_MEASURES: Final = ("ndcg", "mean_price", "revenue", "changed")
"""Columns of :func:`_measures`; coverage is of all lists together."""
_ROUNDING: Final = 1e-9
_ALWAYS: Final = ("filtered", "bought")
"""Rules that stand in no recipe; what was asked for is no matter of preview."""


@dataclass(frozen=True)
class Figure:
    """One figure of the whole recipe, and what a rule makes of it.

    Attributes:
        metric: ``ndcg``, ``coverage``, ``mean_price`` (of the items shown), ``revenue`` (prices of the true items
            shown, per 1,000 occasions), ``changed`` (share of lists that the rule changes).
        with_rule: Value of the whole recipe; for ``changed`` the share.
        without_rule: Value without the rule.
        difference: The first less the second.
        low: Lower end of the difference's 95 % interval over occasions.
        high: Upper end.
    """

    metric: str
    with_rule: float
    without_rule: float
    difference: float
    low: float
    high: float

    @property
    def is_nothing(self) -> bool:
        """Whether the rule leaves the figure as it is, but for rounding."""
        # Not a number where nothing is known: such a figure says of no rule that it did something.
        return not max(abs(self.difference), abs(self.low), abs(self.high)) >= _ROUNDING


@dataclass(frozen=True)
class Preview:
    """What the rules of one recipe do on past occasions.

    Attributes:
        recipe: The recipe.
        surface: Where it was asked.
        counted: What makes an item a true one: ``purchases`` or ``acts``.
        k: Items a list.
        occasions: How many lists were compared.
        judged: How many of them had something to find.
        rules: Figures by rule, in order of application; first :data:`ALL_RULES` against none.
    """

    recipe: str
    surface: str
    counted: str
    k: int
    occasions: int
    judged: int
    rules: Mapping[str, tuple[Figure, ...]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        rules = {rule: [_known(asdict(figure)) for figure in figures] for rule, figures in self.rules.items()}
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, "rules": rules}

    def rows(self, dataset: str, *, bench: str = "rules") -> list[Row]:
        """The differences in the form of benchmark rows, after the figures of the whole recipe."""
        made = []
        for rule, figures in self.rules.items():
            for figure in figures:
                unit = UNITS[figure.metric]
                whole = Figure(figure.metric, figure.with_rule, figure.without_rule, figure.with_rule, np.nan, np.nan)
                if rule == ALL_RULES and figure.metric != "changed":
                    made.append(self._row(dataset, bench, self.recipe, whole, unit))
                made.append(
                    self._row(dataset, bench, rule, figure, "share" if figure.metric == "changed" else "difference")
                )
        return [row for row in made if not np.isnan(row["value"])]

    def _row(self, dataset: str, bench: str, case: str, figure: Figure, unit: str) -> Row:
        low, high = (None if np.isnan(bound) else bound for bound in (figure.low, figure.high))
        metric = f"{figure.metric}@{self.k}" if figure.metric in ("ndcg", "coverage") else figure.metric
        return Row(
            bench=bench, dataset=dataset, case=case, split=self.surface, metric=metric,
            value=figure.difference, low=low, high=high, unit=unit,
        )  # fmt: skip

    @property
    def idle(self) -> list[str]:
        """The rules that changed no list."""
        return [rule for rule, found in self.rules.items() if all(figure.is_nothing for figure in found)]

    def markdown(self) -> str:
        """A table for a page: the whole recipe in the first line, what each rule changes below, the idle ones named."""
        figures = {figure.metric: figure for figure in self.rules[ALL_RULES]}
        heads = ["rule", f"NDCG@{self.k}", f"coverage@{self.k}", "mean price", "revenue / 1,000", "lists changed"]
        whole = [f"**{self.recipe}**", *(_plain(name, figures[name].with_rule) for name in UNITS if name != "changed")]
        lines = [[*whole, ""]]
        for rule, found in self.rules.items():
            by_name = {figure.metric: figure for figure in found}
            if rule not in self.idle:
                lines.append([rule, *(_with_interval(by_name[name]) for name in UNITS)])
        table = [heads, ["---"] * len(heads), *lines]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in table) + "\n"
        return text + (f"\nNo list was changed by: {', '.join(self.idle)}.\n" if self.idle else "")


def preview(
    moments: Sequence[Moment],
    part: Part,
    *,
    surface: str | None = None,
    rules: Sequence[str] = (),
    config: OccasionsConfig | None = None,
    resamples: int = DIFFERENCE_RESAMPLES,
    seed: int = 0,
    progress: Progress | None = None,
) -> Preview:
    """Compare a recipe with itself, less one rule at a time.

    Args:
        moments: Past moments; occasions of several are put together.
        part: The recipe with its ranker and policy; its sources need not be fitted.
        surface: Where it is asked; the recipe's own surface where None.
        rules: Kinds of the rules to look at; all of the recipe, and the policy for bought items, where empty.
        config: How occasions are made; the defaults where None.
        resamples: Bootstrap resamples of a difference.
        seed: What is drawn follows from it.
        progress: Where to report to.

    Raises:
        SettingsError: The recipe has no such rule.

    Cost:
        Taking in each query once, and a pool for each rule that keeps items from being candidates.
    """
    asked = occasions_of(moments, part, surface=surface, config=config, seed=seed)
    kinds = _kinds(part, rules)
    newest = max(moments, key=lambda moment: moment.dataset.as_of_us).dataset.items
    measured: dict[str, list[_Lists]] = {kind: [] for kind in ("", *kinds)}
    for moment, found in zip(moments, asked, strict=True):
        place = moment.dataset.items.translate(newest)
        cents = prices(moment.dataset)
        for kind, ranked in _ranked(recommender_at(moment, part), found, kinds, part.recipe.k, progress).items():
            measured[kind].append(_Lists.of(ranked, found, cents, place))
    lists = {kind: _Lists.together(parts) for kind, parts in measured.items()}
    return Preview(
        recipe=part.recipe.name,
        surface=asked[0].surface,
        counted=asked[0].counted,
        k=part.recipe.k,
        occasions=sum(len(each) for each in asked),
        judged=sum(int(np.count_nonzero(each.sizes)) for each in asked),
        rules={kind: _figures(lists[""], lists[kind], len(newest), resamples, seed) for kind in kinds},
    )


def preview_shop(
    shop: Path,
    settings: ShopSettings,
    recipe: str,
    *,
    rules: Sequence[str] = (),
    weeks: Sequence[int] = (0,),
    config: OccasionsConfig | None = None,
    progress: Progress | None = None,
) -> Preview:
    """:func:`preview` of a recipe on the last weeks of a shop's data, with the shop's knobs put in.

    Args:
        shop: The project directory.
        settings: Its settings.
        recipe: Name of the recipe, as of the surface that it is for.
        rules: Kinds of the rules to look at; all of the recipe where empty.
        weeks: Weeks back from the last one; occasions of several are put together.
        config: How occasions are made; the defaults where None.
        progress: Where to report to.
    """
    chosen = shop_recipe(recipe, shop, settings)
    moments = moments_of(shop, settings, weeks, progress=progress or Silent())
    dataset = moments[0].dataset
    usable = usable_sources(chosen, dataset)
    policy = policy_of(usable, repeat_share(dataset), threshold=settings.train.repeat_share_threshold)
    return preview(
        moments, Part.of(usable, policy), rules=rules, config=config, seed=settings.train.seed, progress=progress
    )


def _kinds(part: Part, wanted: Sequence[str]) -> list[str]:
    """The variants to look at: without any rule, and without each of those wanted."""
    there = ["bought", *(spec.kind for spec in part.recipe.rules if spec.kind not in _ALWAYS)]
    for kind in wanted:
        if kind not in there:
            raise SettingsError(
                f"The recipe {part.recipe.name!r} has no rule {kind!r} {did_you_mean(kind, there)}".rstrip() + ".",
                hint=f"It has: {', '.join(there)}.",
            )
    return [ALL_RULES, *(kind for kind in there if kind in wanted or not wanted)]


class _Sharing(Recommender):
    """A recommender that shares with others, alike but for their rules, what they do alike.

    ``shared`` keeps the queries beside what was made of them, so that no other query takes their identity.
    """

    shared: dict[object, tuple[object, Any]]

    @classmethod
    def of(cls, whole: Recommender, rules: Sequence[Rule[Any]], shared: dict[object, tuple[object, Any]]) -> Self:
        made = cls(whole.items, whole.sources, whole.ranker, rules, pool_size=whole.pool_size)
        made.shared = shared
        return made

    def folded(self, queries: Sequence[Query]) -> list[FoldedIn]:
        key = ("folded", *map(id, queries))
        if key not in self.shared:
            self.shared[key] = list(queries), super().folded(queries)
        return cast("list[FoldedIn]", self.shared[key][1])

    def pool(
        self, queries: Sequence[Query], exclude: Sequence[Rows], include: Sequence[Rows] = ()
    ) -> tuple[Slates, list[Rows]]:
        asked = (rows.tobytes() for rows in (*exclude, *include))
        key = ("pool", *map(id, queries), *asked)
        if key not in self.shared:
            self.shared[key] = list(queries), super().pool(queries, exclude, include)
        return cast("tuple[Slates, list[Rows]]", self.shared[key][1])


def _ranked(
    whole: Recommender, asked: Occasions, kinds: Sequence[str], k: int, progress: Progress | None
) -> dict[str, Rows]:
    """Lists of the whole recipe, by the name "", and of each variant: int32[queries, k], UNKNOWN after the end."""
    shared: dict[object, tuple[object, Any]] = {}
    rules = {kind: [rule for rule in whole.rules if rule.kind != kind] for kind in ("", *kinds)}
    rules[ALL_RULES] = [rule for rule in whole.rules if rule.kind in _ALWAYS]
    variants = {kind: _Sharing.of(whole, kept, shared) for kind, kept in rules.items()}
    lists = {kind: np.full((len(asked), k), UNKNOWN, dtype=np.int32) for kind in variants}
    with (progress or Silent()).step(f"show on {asked.surface}", total=len(asked)) as bar:
        for start in range(0, len(asked), CHUNK):
            chunk = asked.queries[start : start + CHUNK]
            for kind, variant in variants.items():
                for place, slate in enumerate(variant.slates(chunk), start):
                    best = slate.best(k)
                    lists[kind][place, : len(best)] = best
            shared.clear()
            bar.advance(len(chunk))
    return lists


@dataclass(frozen=True)
class _Lists:
    """What is kept of the lists of one variant.

    Attributes:
        shown: int32[occasions, k], rows of the newest catalogue.
        measures: float64[occasions, 3], as :data:`_IN_MEASURES` without the last; NaN where not defined.
    """

    shown: Rows
    measures: Values = field(repr=False)

    @classmethod
    def of(cls, ranked: Rows, asked: Occasions, cents: NDArray[np.float32], place: Rows) -> _Lists:
        there = ranked != UNKNOWN
        return cls(np.where(there, place[ranked], UNKNOWN), _measures(ranked, asked, cents))

    @classmethod
    def together(cls, parts: Sequence[_Lists]) -> _Lists:
        return cls(np.concatenate([part.shown for part in parts]), np.concatenate([part.measures for part in parts]))


def _measures(ranked: Rows, asked: Occasions, cents: NDArray[np.float32]) -> Values:
    """NDCG, mean price of what is shown, and prices of the true items shown times 1,000: float64[occasions, 3]."""
    hits = asked.hits(ranked)
    price = np.where(ranked != UNKNOWN, cents[ranked] / 100, np.nan).astype(np.float64)
    known = ~np.isnan(price)
    priced = known.sum(axis=1)
    filled = np.where(known, price, 0.0)
    discount = 1.0 / np.log2(np.arange(2, ranked.shape[1] + 2))
    ideal = np.concatenate([[np.nan], np.cumsum(discount)])[np.minimum(asked.sizes, ranked.shape[1])]
    mean = np.divide(filled.sum(axis=1), priced, out=np.full(len(ranked), np.nan), where=priced > 0)
    return np.column_stack([(hits * discount).sum(axis=1) / ideal, mean, 1000 * (filled * hits).sum(axis=1)])


def _figures(whole: _Lists, without: _Lists, catalogue: int, resamples: int, seed: int) -> tuple[Figure, ...]:
    changed = (whole.shown != without.shown).any(axis=1).astype(np.float64)
    mine = np.column_stack([whole.measures, changed])
    theirs = np.column_stack([without.measures, np.zeros(len(changed))])
    gaps = mine - theirs
    made = {"coverage": _coverage(whole.shown, without.shown, catalogue, resamples, seed)}
    parts = defined_groups(gaps)
    intervals = bootstrap_groups(len(gaps), [group for _, group in parts], resamples=resamples, seed=seed)
    for (columns, group), interval in zip(parts, intervals, strict=True):
        rows = slice(None) if group.rows is None else group.rows
        for place, column in enumerate(columns):
            metric = _IN_MEASURES[column]
            with_rule, without_rule = (float(side[rows, column].mean()) for side in (mine, theirs))
            gap, low, high = (float(bound[place]) for bound in (interval.value, interval.low, interval.high))
            made[metric] = Figure(metric, with_rule, without_rule, gap, low, high)
    nan = float("nan")
    return tuple(made.get(metric, Figure(metric, nan, nan, nan, nan, nan)) for metric in UNITS)


def _coverage(mine: Rows, theirs: Rows, catalogue: int, resamples: int, seed: int) -> Figure:
    """Share of the catalogue in anybody's list.

    Lists drawn anew hold fewer different items than those there are, so the middle of the resampled differences is
    moved onto the difference itself: only their spread is taken from the resamples.
    """
    values = [len(np.unique(shown[shown != UNKNOWN])) / catalogue for shown in (mine, theirs)]
    rng = np.random.default_rng(seed)
    lists = len(mine)
    incidence = [_incidence(shown) for shown in (mine, theirs)]
    gaps = np.empty(resamples)
    for number in range(resamples):
        drawn = np.bincount(rng.integers(lists, size=lists), minlength=lists).astype(np.float32)
        covered = [np.count_nonzero(matrix @ drawn) / catalogue for matrix in incidence]
        gaps[number] = covered[0] - covered[1]
    difference = values[0] - values[1]
    low, high = np.percentile(gaps - gaps.mean(), [2.5, 97.5]) + difference
    return Figure("coverage", values[0], values[1], difference, float(low), float(high))


def _incidence(shown: Rows) -> sp.csr_array:
    """float32[items shown, lists]: which lists show which item."""
    lists, _ = np.nonzero(shown != UNKNOWN)
    items = np.unique(shown[shown != UNKNOWN], return_inverse=True)[1]
    shape = (max(int(items.max(initial=-1)) + 1, 1), len(shown))
    return sp.csr_array((np.ones(len(lists), np.float32), (items, lists)), shape=shape)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """With None where a number is not defined, as JSON wants it."""
    return {name: None if value != value else value for name, value in values.items()}


def _plain(metric: str, value: float) -> str:
    return "-" if np.isnan(value) else f"{value:,.{2 if UNITS[metric] == 'money' else 4}f}"


def _with_interval(figure: Figure) -> str:
    """A difference with its interval; - where nothing is known, 0 where the rule does nothing."""
    if np.isnan(figure.difference):
        return "-"
    if figure.metric == "changed":
        return f"{figure.difference:.1%}"
    if figure.is_nothing:
        return "0"
    places = 2 if UNITS[figure.metric] == "money" else 4
    return f"{figure.difference:+,.{places}f} [{figure.low:+,.{places}f}, {figure.high:+,.{places}f}]"
