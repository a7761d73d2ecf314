"""Moving back in time: what was known then, what came true, and what each contender would have shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from parure.core.progress import Silent
from parure.dataset import Dataset, dataset_from_events, targets_of
from parure.evaluation import Evaluation
from parure.pipeline.backtest import Moment, examples, random_lists, recipe_lists, source_lists
from parure.pipeline.evaluate import Past, Plan, distinct_sources, evaluate
from parure.pipeline.learning import Lessons, tune
from parure.pipeline.recipe import RankerSpec, Recipe, SourceSpec, recipe_from_toml
from parure.pipeline.repeats import repeat_share, repeat_share_by_category
from parure.pipeline.train import Fitted, policy_of, usable_sources
from parure.ranking import RANKERS
from parure.rules import BoughtAgain

START = datetime(2024, 1, 1, tzinfo=UTC)
PIECES = ["ring", "chain", "watch", "brooch", "pin"]
SILENT = Silent()

RECIPE = recipe_from_toml(
    """
name = "small"
[[sources]]
kind = "item_cf"
[[sources]]
kind = "popular"
[[sources]]
kind = "repurchase"
""",
    where="test",
)


def rows(weeks: int = 6) -> list[tuple[str, str, datetime, str, float, int]]:
    """Twenty customers, half gold and half silver, who buy one piece of their metal a week and come round again."""
    return [
        (
            f"c{customer:02}",
            f"{'gold' if customer % 2 else 'silver'} {PIECES[(customer // 2 + week) % 5]}",
            START + timedelta(days=7 * week + customer % 5),
            "purchase",
            1.0,
            1000,
        )
        for customer in range(20)
        for week in range(weeks)
    ]


def moment(weeks_back: int) -> Moment:
    whole = dataset_from_events(rows())
    target = targets_of(whole, [weeks_back])[0]
    past = dataset_from_events(rows(), as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


@pytest.fixture(scope="module")
def last_week() -> Moment:
    return moment(0)


def test_nothing_of_the_target_week_is_known(last_week: Moment) -> None:
    assert last_week.dataset.events.timestamp_us.max() < last_week.target.as_of_us
    assert all(query.now_us == last_week.target.as_of_us for query in last_week.queries(new_only=False))


def test_examples_are_labelled_with_what_came_true(last_week: Moment) -> None:
    found = examples(last_week, RECIPE, BoughtAgain.ALWAYS, new_only=False, progress=SILENT)
    users = sorted(last_week.target.truth)
    assert found.relevant.tolist() == [len(last_week.target.truth[user]) for user in users]
    assert 0 < found.labels.sum() <= found.relevant.sum()


def test_everybody_who_did_something_can_be_asked_not_buyers_alone() -> None:
    looked = ("c00", "gold ring", START + timedelta(days=36), "view", 1.0, 0)
    buyers = [row for row in rows() if row[0] != "c00" or row[2] < START + timedelta(days=35)]
    stranger = ("c99", "gold ring", START + timedelta(days=36), "view", 1.0, 0)
    acts = [*buyers, looked, stranger]
    target = targets_of(dataset_from_events(acts), [0])[0]
    past = dataset_from_events(acts, as_of_us=target.as_of_us)
    there = Moment(past, target, Fitted(past))

    asked = examples(there, RECIPE, BoughtAgain.ALWAYS, new_only=False, everybody=True, progress=SILENT)
    bought = examples(there, RECIPE, BoughtAgain.ALWAYS, new_only=False, progress=SILENT)
    # The first of them only looked; the stranger was not known before.
    assert asked.relevant.tolist() == [0, *bought.relevant.tolist()]
    assert asked.labels.sum() == bought.labels.sum()
    assert asked.tasks is not None
    assert asked.tasks[: asked.slates.offsets[1], 0].sum() == 1


def test_rankers_of_chances_are_taught_by_everybody_and_the_others_by_buyers() -> None:
    assert {kind for kind, ranker in RANKERS.items() if ranker.asks_everybody} == {"mmoe"}
    acts = [*rows(), ("c00", "gold ring", START + timedelta(days=36), "view", 1.0, 0)]
    acts = [row for row in acts if row[:1] != ("c00",) or row[3] == "view" or row[2] < START + timedelta(days=35)]
    target = targets_of(dataset_from_events(acts), [0])[0]
    past = dataset_from_events(acts, as_of_us=target.as_of_us)
    lessons = Lessons(lambda _week: Moment(past, target, Fitted(past)), most=100, seed=0, progress=SILENT)
    asked = {}
    for kind in ("lambdamart", "mmoe"):
        recipe = RECIPE.model_copy(update={"ranker": RankerSpec(kind=kind)})
        asked[kind] = len(lessons.of(recipe, BoughtAgain.ALWAYS, [0]).relevant)
    assert asked == {"lambdamart": 19, "mmoe": 20}


def test_of_many_customers_some_are_looked_at_by_the_seed(last_week: Moment) -> None:
    some, again, others = (last_week.of_some(5, seed=seed) for seed in (0, 0, 1))
    assert sorted(some.target.truth) == sorted(again.target.truth) != sorted(others.target.truth)
    assert len(some.target.truth) == 5
    assert all(last_week.target.truth[user] == items for user, items in some.target.truth.items())
    assert set(some.target.truth_new) == set(some.target.truth) & set(last_week.target.truth_new)
    assert some.fitted is last_week.fitted
    assert last_week.of_some(20, seed=0) is last_week


def test_new_only_lists_hold_nothing_bought_before(last_week: Moment) -> None:
    for spec in RECIPE.sources:
        lists = source_lists(last_week, spec, size=10, new_only=True, progress=SILENT)
        for user, ranked in lists.items():
            bought = set(last_week.dataset.history(user).item_ids)
            assert bought.isdisjoint(last_week.dataset.items.ids_of(ranked))


def test_a_recipe_that_never_repeats_holds_nothing_bought_before(last_week: Moment) -> None:
    ranker = RECIPE.build_ranker()
    lists = recipe_lists(last_week, RECIPE, ranker, BoughtAgain.NEVER, size=10, new_only=False, progress=SILENT)
    for user, ranked in lists.items():
        bought = set(last_week.dataset.history(user).item_ids)
        assert bought.isdisjoint(last_week.dataset.items.ids_of(ranked))


def test_random_lists_repeat_under_a_seed_and_hold_no_item_twice(last_week: Moment) -> None:
    one = random_lists(last_week, size=5, new_only=False, seed=3)
    two = random_lists(last_week, size=5, new_only=False, seed=3)
    assert all(np.array_equal(one[user], two[user]) for user in one)
    assert all(len(set(ranked.tolist())) == len(ranked) for ranked in one.values())


def test_a_source_that_two_recipes_share_is_fitted_once(last_week: Moment) -> None:
    spec = SourceSpec(kind="popular", quota=10)
    assert last_week.fitted.source(spec) is last_week.fitted.source(SourceSpec(kind="popular", quota=99))


def test_tuning_does_not_make_the_ranking_of_its_own_weeks_worse() -> None:
    from parure.ranking.average_precision import AveragePrecision

    weeks = [moment(2), moment(1)]
    tuned = tune(weeks, RECIPE, BoughtAgain.ALWAYS, new_only=False, seed=0, progress=SILENT)
    for week in weeks:
        found = examples(week, RECIPE, BoughtAgain.ALWAYS, new_only=False, progress=SILENT)
        measure = AveragePrecision(found)
        before = measure(RECIPE.build_ranker().score_many(found.slates)).mean()
        assert measure(tuned.score_many(found.slates)).mean() >= before - 0.02


def compare() -> Evaluation:
    past = Past(moment(0), [moment(2), moment(1)], repeat_share=0.3)
    return evaluate("small", past, Plan([RECIPE], tuned=frozenset({"small"}), resamples=100))


def test_the_comparison_holds_every_source_the_recipe_and_the_baselines() -> None:
    found = compare()
    kinds = {contender.name: contender.kind for contender in found.contenders}
    assert kinds == {
        "random": "baseline",
        "own_counts": "baseline",
        "item_cf": "source",
        "popular": "baseline",
        "repurchase": "source",
        "small": "blend",
    }
    best = found.score("small", "all", "map@12")
    chance = found.score("random", "all", "map@12")
    assert best is not None
    assert chance is not None
    assert best.value > chance.value
    assert found.repeats is not None
    assert found.repeats.policy == "always"


def test_two_sources_of_one_name_are_told_apart_by_their_recipe() -> None:
    other = RECIPE.model_copy(
        update={"name": "other", "sources": (SourceSpec(kind="popular", config={"window_days": 7.0}),)}
    )
    assert set(distinct_sources([RECIPE, other])) == {"item_cf", "popular", "repurchase", "popular (other)"}


@pytest.mark.parametrize(
    ("said", "share", "policy"),
    [("auto", 0.5, "always"), ("auto", 0.01, "never"), ("never", 0.5, "never"), ("after_cycle", 0.0, "after_cycle")],
)
def test_a_recipe_decides_the_policy_or_leaves_it_to_the_data(said: str, share: float, policy: str) -> None:
    recipe = RECIPE.model_copy(update={"bought_again": said})
    assert policy_of(recipe, share, threshold=0.1) == policy


def test_without_vectors_style_leaves_the_recipe_and_its_weight_with_it() -> None:
    recipe = recipe_from_toml(
        """
name = "looks"
[[sources]]
kind = "style"
[[sources]]
kind = "popular"
[ranker.config.weights]
style = 0.7
popular = 0.3
""",
        where="test",
    )
    dataset = dataset_from_events(rows())
    left: Recipe = usable_sources(recipe, dataset)
    assert left.labels == ("popular",)
    assert left.ranker.config["weights"] == {"popular": 0.3}


def test_the_repeat_share_counts_recent_weeks_only() -> None:
    shares = pa.table(
        {
            "category": ["food", "food", "jewels", None],
            "weeks_back": pa.array([0, 7, 3, 2], pa.int32()),
            "purchases": [6, 4, 8, 2],
            "repeats": [3, 2, 0, 1],
        }
    )
    early = pa.table(
        {"category": ["food"], "weeks_back": pa.array([8], pa.int32()), "purchases": [100], "repeats": [0]}
    )
    dataset: Dataset = replace(dataset_from_events(rows()), repeat_share=pa.concat_tables([shares, early]))
    assert repeat_share(dataset) == pytest.approx(6 / 20)
    assert repeat_share_by_category(dataset) == [("food", pytest.approx(0.5)), ("jewels", 0.0)]


def test_without_purchases_the_repeat_share_is_zero() -> None:
    dataset = dataset_from_events([("a", "ring", START, "view", 1, 100)])
    assert repeat_share(dataset) == 0.0
