"""The account of one request: every candidate stands in exactly one place, and the account agrees with the answer."""

import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.config import Config
from parure.core.slate import Effect
from parure.pipeline.answer import Answers
from parure.pipeline.explain import Explainer
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, recipe_from_toml
from parure.pipeline.recommend import Recommender
from parure.pipeline.trace import FIRST, trace
from parure.pipeline.train import recommender_of, train
from parure.rules import BoughtAgain, Rule
from parure.testing import checkerboard
from parure.testing.drawn_shop import drawn_shop

RECIPE = """
name = "small"
k = 3
pool_size = 6
[[sources]]
kind = "item_cf"
name = "beside"
of = "page"
[[sources]]
kind = "style"
[sources.config]
min_events = 1
[[sources]]
kind = "popular"
quota = 5
[ranker.config.weights]
beside = 0.2
style = 0.5
popular = 0.3
"""


@pytest.fixture(scope="module")
def bundle():
    return train(checkerboard(), Part.of(recipe_from_toml(RECIPE, where="test"), BoughtAgain.NEVER))


class Chance(Rule[Config]):
    """Removes, reweighs or arranges whatever a generator says."""

    kind = "chance"
    reasons: ClassVar = {"whim": "no reason at all"}
    config_type = Config

    def __init__(self, effect, seed):
        super().__init__()
        self.effect, self._rng = effect, np.random.default_rng(seed)
        self.kind, self._seed = f"chance_{seed}", seed

    def fit(self, dataset):
        return self

    def apply(self, shopper, slate):
        rng = np.random.default_rng(self._seed)
        where = rng.random(len(slate.kept)) < 0.3
        if self.effect is Effect.REMOVES:
            return slate.drop(where, self.kind, "whim")
        if self.effect is Effect.REWEIGHS:
            return slate.reweigh(np.where(where, rng.random(len(where)), 1).astype(np.float32), self.kind, "whim")
        return slate.arrange(rng.permutation(slate.ranked()), self.kind, "whim", where & slate.kept)


def traced(bundle, query, rules=None):
    recommender = recommender_of(bundle.main, bundle.dataset)
    if rules is not None:
        recommender = Recommender(
            recommender.items, recommender.sources, recommender.ranker, rules, pool_size=recommender.pool_size
        )
    return recommender, trace(recommender, Explainer.of(bundle.dataset, bundle.main), query)


def require_all_accounted_for(told):
    merged = told.merged
    assert merged.candidates == sum(merged.found_by.values()) == merged.ranked + merged.below
    assert merged.ranked == told.removed + len(told.final)
    gone = [item.item_id for step in told.steps if step.effect == "removes" for item in step.items]
    left = [each.item_id for each in told.final]
    assert len(set(gone)) == len(gone)
    assert not set(gone) & set(left)
    found = {each.item_id for part in told.sources for each in part.found}
    assert set(gone) | set(left) | set(merged.first_below) == found
    assert [each.place for each in told.final] == list(range(1, len(left) + 1))


def test_the_account_is_that_of_the_answer(bundle):
    query = replace(bundle.dataset.query("ada", k=3), items=("gold-brooch",))
    recommender, told = traced(bundle, query)
    slate = recommender.slate(query)
    assert [each.item_id for each in told.final] == slate.item_ids
    assert [each.score for each in told.final] == slate.scores[slate.ranked()].tolist()
    require_all_accounted_for(told)
    assert [each.shown for each in told.final][:4] == [True, True, True, *[False] * (len(told.final) > 3)]
    assert all((each.reason is not None) == each.shown for each in told.final)


def test_what_each_source_found_stands_with_rank_and_score(bundle):
    query = replace(bundle.dataset.query("ada", k=3), items=("gold-brooch",))
    _, told = traced(bundle, query)
    beside, style, popular = told.sources
    assert (beside.source, beside.kind, beside.of) == ("beside", "item_cf", "page")
    assert [each.rank for each in style.found] == list(range(1, len(style.found) + 1))
    assert [each.score for each in style.found] == sorted((each.score for each in style.found), reverse=True)
    assert popular.quota == len(popular.found) == 5
    (best,) = [each for each in told.final if each.item_id == style.found[0].item_id]
    assert best.ranks["style"] == 1
    alone = sum(part.alone for part in told.sources)
    assert alone == told.merged.found_by.get(1, 0)


def test_what_is_forbidden_is_counted_by_reason_and_rules_without_effect_are_named(bundle):
    _, told = traced(bundle, bundle.dataset.query("ada", k=3))
    (bought,) = [part for part in told.forbidden if part.rule == "bought"]
    assert bought.reason == "bought_never"
    assert bought.count == len(bought.first) == 3
    assert "bought" not in told.idle
    _, stranger = traced(bundle, bundle.dataset.query("nobody at all", k=3))
    assert "bought" in stranger.idle


def test_every_stage_has_its_time(bundle):
    recommender, told = traced(bundle, bundle.dataset.query("ada", k=3))
    stages = ["admit", "forbid", "retrieve beside", "retrieve style", "retrieve popular", "merge", "rank"]
    stages += [f"rule {rule.kind}" for rule in recommender.rules]
    assert list(told.ms) == [*stages, "explain"]
    assert all(ms >= 0 for ms in told.ms.values())


def test_a_trace_is_ready_for_json(bundle):
    _, told = traced(bundle, bundle.dataset.query("ada", k=3), [Chance(effect, 3) for effect in Effect])
    read = json.loads(json.dumps(told.to_dict(), allow_nan=False))
    assert read["user_id"] == "ada"
    assert len(read["final"]) == len(told.final)
    assert {step["effect"] for step in read["steps"]} <= {"removes", "reweighs", "arranges"}


def test_moves_say_from_where_to_where(bundle):
    class LastFirst(Chance):
        def apply(self, shopper, slate):
            order = np.roll(slate.ranked(), 1)
            return slate.arrange(order, "last_first", "whim", np.arange(len(slate.kept)) == order[0])

    _, told = traced(bundle, bundle.dataset.query("ada", k=3), [LastFirst(Effect.ARRANGES, 0)])
    (step,) = told.steps
    (moved,) = step.items
    assert (moved.item_id, moved.place, moved.to) == (told.final[0].item_id, len(told.final), 1)
    assert step.shifted == len(told.final) - 1


def test_long_lists_of_what_was_not_ranked_are_cut_and_counted(bundle):
    _, told = traced(bundle, bundle.dataset.query("ada", k=3), [])
    assert len(told.merged.first_below) == min(told.merged.below, FIRST)


@settings(deadline=None, max_examples=40)
@given(
    effects=st.lists(st.sampled_from(list(Effect)), max_size=5),
    seed=st.integers(0, 1000),
    user=st.sampled_from(["ada", "bea", "nobody"]),
    page=st.sampled_from([(), ("gold-brooch",), ("silver-ring", "gold-ring")]),
)
def test_whatever_rules_do_every_candidate_is_accounted_for(bundle, effects, seed, user, page):
    query = replace(bundle.dataset.query(user, k=3), items=page)
    rules = [Chance(effect, seed + number) for number, effect in enumerate(effects)]
    recommender, told = traced(bundle, query, rules)
    require_all_accounted_for(told)
    slate = recommender.slate(query)
    assert [each.item_id for each in told.final] == slate.item_ids
    for step, again in zip(slate.steps, told.steps, strict=True):
        assert (step.rule, step.reason, str(step.effect)) == (again.rule, again.reason, again.effect)
        assert {item.item_id for item in again.items} == set(slate.items.ids_of(slate.item_ix[step.where]))


def test_a_pool_that_rules_leave_short_is_widened_and_still_accounted_for(bundle):
    """Six of eight candidates go to the rules first; a rule that takes the best six leaves two of all."""

    class TakesTheBest(Chance):
        def apply(self, shopper, slate):
            return slate.drop(np.arange(len(slate.kept)) < 5, self.kind, "whim")

    query = replace(bundle.dataset.query("ada", k=3), items=("gold-brooch",))
    _, told = traced(bundle, query, [])
    assert not told.merged.widened
    assert told.merged.ranked == min(6, told.merged.candidates)
    _, told = traced(bundle, query, [TakesTheBest(Effect.REMOVES, 0)])
    assert told.merged.widened == (told.merged.candidates > 6)
    assert told.merged.below == 0
    require_all_accounted_for(told)


SHOP = drawn_shop(items=200, users=20, events=30, seed=9)


@pytest.fixture(scope="module")
def answers():
    """A recipe that finds two at most and shows eight, with rules that have something to do to what fills up."""
    sources = [{"kind": "style", "of": "page", "quota": 2, "config": {"min_events": 1}}]
    rules = [{"kind": kind} for kind in ("consent", "in_stock", "exclusions", "brand_affinity", "diversity", "explore")]
    rules.insert(3, {"kind": "price_range", "config": {"min_price": 60.0}})
    recipe = Recipe.parse({"name": "narrow", "k": 8, "sources": sources, "rules": rules}, where="test")
    return Answers(train(SHOP, Part.of(recipe, BoughtAgain.NEVER)), "v1")


@pytest.mark.parametrize("user", ["u0003", "u0007", "a stranger", None])
@pytest.mark.parametrize("page", [(), ("p000005",), ("p000005", "p000017")])
def test_a_trace_shows_what_the_answer_shows(answers, user, page):
    answer = answers.recommend(user, items=page, language="de", request_id="r1")
    told = answers.trace(answers.request(user, items=page, language="de", request_id="r1"))
    shown = [(each.place, each.item_id, each.title, each.score, each.reason) for each in told.shown]
    assert shown == [
        (place, item.item_id, item.title, item.score, item.reason) for place, item in enumerate(answer.items, 1)
    ]
    assert told.user_id == answer.user_id
    assert len(shown) == 8
    assert told.filled is not None
    assert told.filled.source == "popular"
    assert "fill up" in told.ms
    assert any(step.rule == "price_range" for step in told.filled.steps) or len(page) != 1
    touched = {item.item_id for step in told.filled.steps if step.effect == "removes" for item in step.items}
    assert not touched & {each.item_id for each in told.filled.items}
    assert told.filled.found >= len(touched) + len(told.filled.items)
    require_all_accounted_for(told)


def test_a_full_list_is_not_filled_up(answers):
    told = answers.trace(answers.request("u0003", 1, items=("p000005",)))
    assert len(told.final) >= 1
    assert told.filled is None
    assert "fill up" not in told.ms
