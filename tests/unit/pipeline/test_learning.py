"""Rankers learn from what was known, and never from the weeks that they are judged on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.errors import InputError
from parure.core.progress import Silent
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline import opened as opening
from parure.pipeline.answer import Answers
from parure.pipeline.backtest import Moment, examples
from parure.pipeline.learning import Lessons, weeks_before
from parure.pipeline.opened import opened_shop
from parure.pipeline.part import Part
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import Fitted
from parure.pipeline.workflow import train_shop
from parure.ranking import Examples
from parure.rules import BoughtAgain

pytest.importorskip("lightgbm")

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 1, tzinfo=UTC)
SILENT = Silent()
TEXT = """
name = "learned"
[[sources]]
kind = "item_cf"
[[sources]]
kind = "popular"
quota = 10
[[sources]]
kind = "repurchase"
[ranker]
kind = "lambdamart"
config = {trees = 5, leaves = 4, min_leaf = 5, base = {}}
"""
RECIPE = recipe_from_toml(TEXT, where="test")


def rows(weeks, *, lively=0, looking=0):
    """Customers buy one of six things a week; ``lively`` more of them from the seventh week on; ``looking`` of them
    only look after the first."""
    rng = np.random.default_rng(1)
    found = []
    for week in range(weeks):
        for customer in range(30 + (lively if week >= 6 else 0)):
            item = f"{'gold' if customer % 2 else 'silver'} {int(rng.integers(6))}"
            moment = START + timedelta(days=7 * week + customer % 7, hours=1 + customer % 20)
            found += [(f"c{customer:02}", item, moment - timedelta(minutes=5), "view", 1.0, 0)]
            if customer >= looking or week == 0:
                found += [(f"c{customer:02}", item, moment, "purchase", 1.0, 1000)]
    return found


def moment(weeks, back, **more):
    whole = dataset_from_events(rows(weeks, **more))
    target = targets_of(whole, [back])[0]
    past = dataset_from_events(rows(weeks, **more), as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


def taught(at, **more):
    return examples(at, RECIPE, BoughtAgain.ALWAYS, new_only=False, progress=SILENT, **more)


def same(one, other):
    assert np.array_equal(one.slates.features, other.slates.features, equal_nan=True)
    assert np.array_equal(one.slates.offsets, other.slates.offsets)
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.relevant, other.relevant)
    assert np.array_equal(one.tasks, other.tasks, equal_nan=True)


@pytest.mark.parametrize("everybody", [False, True])
def test_what_happens_later_changes_nothing_of_the_examples_of_a_week(everybody):
    before = taught(moment(6, 0), everybody=everybody)
    assert 0 < before.labels.sum() < len(before.labels)
    same(before, taught(moment(8, 2, lively=40), everybody=everybody))


def test_a_week_is_asked_for_once_and_its_examples_are_kept():
    asked = []

    def moment_of(week):
        asked.append(week)
        return moment(8, week)

    lessons = Lessons(moment_of, most=100, seed=0, progress=SILENT)
    both = lessons.of(RECIPE, BoughtAgain.ALWAYS, [2, 1])
    again = lessons.of(RECIPE, BoughtAgain.ALWAYS, [1])
    assert asked == [2, 1]
    assert set(both.weeks.tolist()) == {1, 2}
    same(again, _of_week(both, 1))


def _of_week(told, week):
    queries = told.weeks == week
    rows = queries[told.slates.query_of_row]
    offsets = np.concatenate([[0], np.cumsum(np.diff(told.slates.offsets)[queries])])
    slates = replace(told.slates, features=told.slates.features[rows], offsets=offsets)
    return Examples(slates, told.labels[rows], told.relevant[queries], told.weeks[queries], told.tasks[rows])


def test_other_candidates_are_other_lessons():
    lessons = Lessons(lambda week: moment(8, week), most=100, seed=0, progress=SILENT)
    fewer = RECIPE.model_copy(update={"sources": RECIPE.sources[:2]})
    widths = [
        lessons.of(recipe, BoughtAgain.ALWAYS, [1]).slates.features.shape[1] for recipe in (RECIPE, fewer, RECIPE)
    ]
    assert widths[0] == widths[2] == widths[1] + 2


def test_of_many_customers_some_are_drawn_by_the_seed():
    drawn = [
        Lessons(lambda week: moment(8, week), most=12, seed=seed, progress=SILENT).of(RECIPE, BoughtAgain.ALWAYS, [1])
        for seed in (0, 0, 1)
    ]
    assert [len(each.relevant) for each in drawn] == [12, 12, 12]
    same(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0].slates.features, drawn[2].slates.features, equal_nan=True)


def _no_week(week):
    raise InputError(f"The data does not reach back to week {week}.")


def test_weeks_that_the_data_do_not_hold_are_passed_over_and_none_at_all_is_refused():
    lessons = Lessons(lambda week: moment(8, week) if week < 3 else _no_week(week), 100, 0, SILENT)
    assert set(lessons.of(RECIPE, BoughtAgain.ALWAYS, weeks_before(1, 6)).weeks.tolist()) == {1, 2}
    with pytest.raises(InputError, match="there are none: The data does not reach back to week 4") as refused:
        lessons.of(RECIPE, BoughtAgain.ALWAYS, [5, 4])
    assert "blend" in refused.value.hint


def test_where_everybody_bought_something_buyers_and_everybody_are_one_lesson():
    moments = {False: moment(8, 1), True: moment(8, 1, looking=3)}
    tasks = recipe_from_toml(TEXT.split("[ranker]")[0] + '[ranker]\nkind = "mmoe"', where="test")
    for looking, asked in ((False, 0), (True, 3)):
        lessons = Lessons(lambda _, there=moments[looking]: there, 100, 0, SILENT)
        buyers, everybody = (lessons.of(recipe, BoughtAgain.ALWAYS, [1]) for recipe in (RECIPE, tasks))
        assert len(everybody.relevant) - len(buyers.relevant) == asked


def test_weeks_are_counted_back_with_the_oldest_first():
    assert weeks_before(2, 3) == [4, 3, 2]
    assert weeks_before(0, 1) == [0]


# -- a whole shop ------------------------------------------------------------------------------------------------------

SETTINGS = ShopSettings.parse(
    {"train": {"recipe": "learned", "surfaces": [], "ranker_weeks": 3, "ranker_customers": 500}}, where="test"
)


@pytest.fixture(scope="module")
def shop(weekly_shop, tmp_path_factory):
    return with_recipe(weekly_shop(tmp_path_factory.mktemp("weekly"), 11))


def with_recipe(shop):
    (shop / "recipes").mkdir()
    (shop / "recipes" / "learned.toml").write_text(TEXT)
    return shop


def trained(shop, settings=SETTINGS):
    train_shop(shop, settings, recipe=None, tuned=False, now=NOW, progress=SILENT)
    return Answers.open(shop)


@pytest.mark.slow
def test_a_ranker_is_calibrated_by_one_that_has_not_seen_the_weeks_and_served_as_taught_by_them(shop, monkeypatch):
    seen = []

    def watched(moments, part, **more):
        seen.append(([each.target.weeks_back for each in moments], part.ranker))
        return calibrate(moments, part, **more)

    calibrate = opening.calibrate
    monkeypatch.setattr(opening, "calibrate", watched)
    with opened_shop(shop, SETTINGS, SILENT) as opened:
        part = Part.of(RECIPE, BoughtAgain.ALWAYS)
        (calibrated,) = opened.calibrated([part]).parts
        unseen, served = (opened.lessons.learned(RECIPE, part.bought_again, weeks) for weeks in ([4, 3, 2], [2, 1, 0]))
        told = opened.lessons.of(RECIPE, part.bought_again, [0]).slates
        ((weeks, judge),) = seen
        assert weeks == [1, 0]
        assert np.array_equal(judge.score_many(told), unseen.score_many(told))
        final = opened.taught(calibrated, before=0)
        assert np.array_equal(final.ranker.score_many(told), served.score_many(told))
        assert not np.array_equal(served.score_many(told), unseen.score_many(told))
        assert calibrated.calibration is not None


@pytest.mark.slow
def test_where_no_weeks_are_left_to_be_calibrated_on_the_bundle_is_published_and_says_so(weekly_shop, tmp_path):
    settings = SETTINGS.model_copy(
        update={"train": SETTINGS.train.model_copy(update={"calibration_weeks": (4, 3, 2, 1, 0)})}
    )
    answers = trained(with_recipe(weekly_shop(tmp_path, 6)), settings)
    assert "there are none" in answers.bundle.facts["uncalibrated"]["learned"]
    assert answers.recommend("c01").items[0].confidence is None


def test_features_that_a_past_week_teaches_are_those_that_a_bundle_of_that_moment_serves(shop, weekly_shop, tmp_path):
    """The shop of today tells of the week before last; the shop as it was then, trained and read back, serves it."""
    answers = trained(with_recipe(weekly_shop(tmp_path, 9)))
    part, dataset = answers.bundle.main, answers.bundle.dataset
    with opened_shop(shop, SETTINGS, SILENT) as opened:
        (week,) = opened.moments([1])
        assert week.target.as_of_us == dataset.query("c01").now_us
        policy = part.bought_again
        told = examples(week, RECIPE, policy, new_only=policy is BoughtAgain.NEVER, everybody=True, progress=SILENT)
        users = [str(query.user_id) for query in week.queries_of_all()]
    recommender = answers.recommender(part)
    queries = [dataset.query(user) for user in users]
    slates, _ = recommender.pool(queries, [recommender.excluded(query) for query in queries])
    assert len(queries) > 30
    assert np.array_equal(slates.offsets, told.slates.offsets)
    assert np.array_equal(slates.features, told.slates.features, equal_nan=True)


@pytest.mark.slow
def test_a_bundle_with_a_ranker_of_features_answers_the_same_after_it_was_read_back(shop, tmp_path):
    answers = trained(shop)
    part = answers.bundle.main
    assert part.table is not None
    assert part.table.names == part.ranker.features
    with opened_shop(shop, SETTINGS, SILENT) as opened:
        dataset = opened.at(None)
        fitted = Fitted(dataset, SETTINGS.train.seed).part(opened.taught(Part.of(RECIPE, part.bought_again), before=0))
    fresh = replace(answers.bundle, dataset=dataset, main=replace(fitted, calibration=part.calibration))
    again = Answers(fresh, answers.version)
    for user in [*sorted(dataset.users)[:20], "nobody"]:
        assert answers.recommend(user, 6) == again.recommend(user, 6)


@pytest.mark.slow
def test_the_source_that_is_named_is_one_that_says_something_of_the_item(shop):
    answers = trained(shop)
    dataset, part = answers.bundle.dataset, answers.bundle.main
    recommender = answers.recommender(part)
    named = set()
    for user in [*sorted(dataset.users), "nobody"]:
        query = dataset.query(user, k=12)
        slates, (rows,) = recommender.pool([query], [recommender.excluded(query)])
        said = dict(zip(rows.tolist(), ~np.isnan(slates.features[:, : 2 * len(part.sources) : 2]), strict=True))
        for item in answers.answer(query).items:
            row = dataset.items.row_of(item.item_id)
            named.add(item.source)
            if row in said and said[row].any():
                assert said[row][part.recipe.labels.index(item.source)]
    assert "other" not in named
    assert len(named) > 1
