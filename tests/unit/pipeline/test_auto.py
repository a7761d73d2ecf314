"""``train --auto``: what is dearer than a blend is tried on past weeks, and what was better is published."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parure.core.errors import InputError, SettingsError
from parure.core.progress import Silent
from parure.pipeline import auto, tune_trees
from parure.pipeline.answer import Answers
from parure.pipeline.auto import train_auto
from parure.pipeline.contest import Contest
from parure.pipeline.gate import Verdict, not_tried
from parure.pipeline.recipe import AUTO, find_recipe
from parure.pipeline.settings import ShopSettings
from parure.pipeline.workflow import train_shop

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SILENT = Silent()
BEGIN = """
name = "begin"
surface = "homepage"
[[sources]]
kind = "popular"
quota = 20
[[sources]]
kind = "trending"
quota = 20
[ranker.config.weights]
popular = 0.9
trending = 0.1
[[rules]]
kind = "price_sensitivity"
"""


def settings(*, sources=(), rankers=("lambdamart",), forests=1, **sections):
    train = {"recipe": "begin", "surfaces": [], "ranker_weeks": 3, "calibrate": False}
    contest = {"sources": sources, "rankers": rankers, "candidates": 20, "judged_weeks": 3, "forests": forests}
    return ShopSettings.parse({"train": train, "auto": contest, **sections}, where="test")


@pytest.fixture(scope="module")
def shop(weekly_shop, tmp_path_factory):
    home = weekly_shop(tmp_path_factory.mktemp("weekly"), 11)
    (home / "recipes").mkdir()
    (home / "recipes" / "begin.toml").write_text(BEGIN)
    return home


def run(shop, minutes=0.0, **kwargs):
    return train_auto(shop, settings(**kwargs), recipe=None, minutes=minutes, now=NOW, progress=SILENT)


@pytest.mark.slow
def test_a_better_ranker_is_published_with_a_recipe_that_can_be_trained_again(shop):
    pytest.importorskip("lightgbm")
    rules = {
        "rules": {"price_sensitivity": {"max_ratio": 9.0}},
        "tuning": {"weights": {"popular": 0.8}, "pool_size": 150},
    }
    found = run(shop, **rules)
    (verdict,) = found.verdicts
    assert (verdict.name, verdict.against, found.outcome(verdict)) == ("lambdamart", "begin", "published")
    assert (found.chosen, found.began) == ("lambdamart", "begin")
    assert (found.judged_on, found.taught_by) == ((2, 1, 0), (6, 5, 4))
    written = find_recipe(AUTO, shop)
    assert found.published.recipe.labels == written.labels
    assert {spec.label: spec.quota for spec in written.sources} == found.quotas
    # The shop's knobs stay in its settings, and the place of another recipe is not taken.
    assert (written.rules, written.pool_size, written.surface) == (find_recipe("begin", shop).rules, 200, "")
    assert written.ranker.config["base"]["weights"] == {"popular": 0.8, "trending": 0.1}
    again = train_shop(shop, settings(**rules), recipe=AUTO, tuned=False, now=NOW, progress=SILENT)
    assert again.version == found.published.version
    assert Answers.open(shop).recommend("c01", 3).items


@pytest.mark.slow
def test_one_that_begins_from_what_won_before_weighs_its_sources_as_before(shop):
    pytest.importorskip("lightgbm")
    run(shop)
    found = train_auto(shop, settings(), recipe=AUTO, minutes=0, now=NOW, progress=SILENT)
    assert found.began == AUTO
    assert find_recipe(AUTO, shop).ranker.config["base"]["weights"] == {"popular": 0.9, "trending": 0.1}


@pytest.mark.slow
def test_the_blend_to_be_beaten_has_its_weights_tuned(shop):
    (shop / "recipes" / "leaning.toml").write_text(BEGIN.replace("begin", "leaning").replace("trending", "item_cf"))
    found = train_auto(shop, settings(rankers=()), recipe="leaning", minutes=0, now=NOW, progress=SILENT)
    weights = find_recipe(AUTO, shop).ranker.config["weights"]
    assert (found.verdicts, found.chosen) == ((), "leaning")
    assert weights["item_cf"] > 0.2
    assert sum(weights.values()) == pytest.approx(1)


@pytest.mark.slow
def test_a_mean_of_forests_is_tried_behind_one_and_published_where_it_is_better(shop, monkeypatch):
    pytest.importorskip("lightgbm")
    found = run(shop, forests=2)
    one, mean = found.verdicts
    assert (one.name, mean.name, mean.against) == ("lambdamart", "lambdamart, mean of 2", "lambdamart")
    there = auto.judged
    monkeypatch.setattr(auto, "judged", lambda *args, **kwargs: replace(there(*args, **kwargs), passed=True))
    found = run(shop, forests=2)
    assert [found.outcome(each) for each in found.verdicts] == ["overtaken", "published"]
    written = find_recipe(AUTO, shop).ranker.config
    assert {name: written[name] for name in ("forests", "objective")} == {"forests": 2, "objective": "both"}
    assert Answers.open(shop).recommend("c01", 3).items


@pytest.mark.slow
def test_what_a_search_found_is_held_against_a_mean_as_a_mean(shop, monkeypatch):
    pytest.importorskip("lightgbm")
    pytest.importorskip("optuna")
    there = auto.judged
    monkeypatch.setattr(auto, "judged", lambda *args, **kwargs: replace(there(*args, **kwargs), passed=True))
    found = run(shop, minutes=0.001, forests=2)
    assert found.chosen == "lambdamart, searched"
    assert find_recipe(AUTO, shop).ranker.config["forests"] == 2


@pytest.mark.slow
def test_a_search_goes_on_where_it_was_left(shop):
    pytest.importorskip("lightgbm")
    pytest.importorskip("optuna")
    first, second = run(shop, minutes=0.03), run(shop, minutes=0.03)
    assert [each.verdicts[-1].name for each in (first, second)] == ["lambdamart, searched"] * 2
    assert second.search.trials > first.search.trials >= 1
    assert second.search.first == first.search.first
    assert second.search.value >= first.search.value
    tried = [trial.params for trial in _trials(shop)]
    assert tried[0] == tune_trees._DEFAULTS
    assert len({json.dumps(each, sort_keys=True) for each in tried}) == len(tried)


def _trials(shop):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(shop / AUTO / "search.log")))
    (name,) = optuna.get_all_study_names(storage)
    return [trial for trial in optuna.load_study(study_name=name, storage=storage).trials if trial.value is not None]


@pytest.mark.slow
def test_what_cannot_be_tried_says_why_and_what_is_worth_nothing_leaves_all_as_it_was(shop, monkeypatch):
    there = auto.find_spec
    monkeypatch.setattr(auto, "find_spec", lambda name: None if name in {"torch", "optuna"} else there(name))
    found = run(shop, minutes=1, sources=("two_tower", "session_knn", "popular"), rankers=("mmoe",))
    by_name = {verdict.name: verdict for verdict in found.verdicts}
    assert by_name["two_tower"].why == "PyTorch is not installed: extra neural"
    # What the recipe has already need not be tried.
    assert "popular" not in by_name
    assert by_name["session_knn"].tried
    assert found.search is None


@pytest.mark.slow
def test_without_the_library_of_trees_or_of_the_search_the_blend_stays(shop, monkeypatch):
    there = auto.find_spec
    monkeypatch.setattr(auto, "find_spec", lambda name: None if name == "optuna" else there(name))
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    found = run(shop, minutes=1)
    assert [verdict.tried for verdict in found.verdicts] == [False, False]
    assert "lightgbm" in found.verdicts[0].why
    assert found.verdicts[1].why == "optuna is not installed: extra auto"
    assert (found.chosen, found.published.recipe.ranker.kind) == ("begin", "blend")
    assert find_recipe(AUTO, shop).ranker == find_recipe("begin", shop).ranker


@pytest.mark.slow
def test_too_few_weeks_to_judge_by_are_refused(weekly_shop, tmp_path):
    home = weekly_shop(tmp_path, 3)
    (home / "recipes").mkdir()
    (home / "recipes" / "begin.toml").write_text(BEGIN)
    with pytest.raises(InputError, match="leaves nothing to train on"):
        run(home)


def test_a_challenger_that_does_not_exist_is_refused_with_the_name_that_was_meant():
    with pytest.raises(SettingsError, match="unknown source 'two_towers' did you mean 'two_tower'"):
        settings(sources=("two_towers",))
    with pytest.raises(SettingsError, match="unknown ranker 'lambdamarts' did you mean 'lambdamart'"):
        settings(rankers=("lambdamarts",))


# -- what became of a challenger ---------------------------------------------------------------------------------------


def verdict(name, kind="ranker", *, low=0.1):
    return Verdict(name, kind, "map@12", "begin", 0.5, 0.4, 0.1, low, 0.2, passed=low > 0, why="so it is", seconds=1)


CONTEST = Contest(
    (
        verdict("session_knn", "source"),
        verdict("sasrec", "source"),
        verdict("lambdamart"),
        verdict("mmoe"),
        verdict("lambdamart, searched", low=-0.1),
        not_tried("two_tower", "source", "", "PyTorch is not installed: extra neural"),
    ),
    {"popular": 100, "session_knn": 50},
    None,
    "mmoe",
    (1, 0),
    (4, 3),
    "begin",
)


def test_each_challenger_is_told_what_became_of_it():
    told = {each["name"]: each for each in json.loads(json.dumps(CONTEST.to_dict(), allow_nan=False))["verdicts"]}
    assert {name: each["outcome"] for name, each in told.items()} == {
        "session_knn": "published",
        "sasrec": "unused",
        "lambdamart": "overtaken",
        "mmoe": "published",
        "lambdamart, searched": "kept out",
        "two_tower": "not tried",
    }
    assert told["lambdamart"]["why"] == "so it is; then mmoe was better still"
    assert told["sasrec"]["why"] == "so it is; but no ranker that would read it has earned its place"
    assert told["mmoe"]["why"] == told["lambdamart, searched"]["why"] == "so it is"


def test_a_contest_that_nobody_won_publishes_no_ranker():
    lost = replace(CONTEST, verdicts=(verdict("lambdamart", low=-0.1),), chosen="begin")
    assert [lost.outcome(each) for each in lost.verdicts] == ["kept out"]
