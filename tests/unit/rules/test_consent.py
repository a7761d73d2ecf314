"""The rule that takes personal signals out of the requests of customers without consent."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.clock import rng_for
from parure.core.errors import SettingsError
from parure.dataset import Dataset, dataset_from_events
from parure.pipeline.recipe import Recipe, RuleSpec, SourceSpec
from parure.pipeline.recommend import Recommender
from parure.rules import Consent
from parure.rules.consent import ConsentConfig
from parure.testing import checkerboard
from parure.testing.datasets import START

SOURCE_KINDS = (
    "als",
    "item_cf",
    "demographic",
    "style",
    "repurchase",
    "popular",
    "price_affinity",
    "category",
    "up_cf",
)
RULE_KINDS = ("consent", "exclusions", "budget", "price_sensitivity", "price_range")


def shop() -> Dataset:
    """Ada agreed, Bea and Eva did not, Fay was not asked."""
    dataset = checkerboard()
    answers = {"ada": True, "bea": False, "eva": False}
    column = [answers.get(user) for user in dataset.users]
    return replace(dataset, user_table=dataset.user_table.append_column("marketing_consent", [column]))


def admitted(who: str | None, dataset: Dataset | None = None, **config: object) -> bool:
    """Whether a customer's signals reach the later stages, history and attributes alike."""
    dataset = dataset or shop()
    rule = Consent(ConsentConfig(**config)).fit(dataset)
    query = replace(dataset.query("hana"), user_id=who)
    seen = rule.admit(query)
    assert (len(seen.history) > 0) == bool(seen.attributes) == rule.hears(who)
    assert seen.user_id == (who if rule.hears(who) else None)
    assert replace(seen, history=query.history, attributes=query.attributes, user_id=who) == query
    return rule.hears(who)


def test_who_agreed_is_known_and_who_did_not_is_not() -> None:
    assert admitted("ada")
    assert not admitted("bea")


@pytest.mark.parametrize("who", ["fay", "a stranger", None])
def test_who_was_never_asked_is_as_the_shop_says(who: str | None) -> None:
    assert admitted(who)
    assert not admitted(who, unknown=False)


def test_a_shop_without_the_column_is_as_the_shop_says() -> None:
    assert admitted("ada", checkerboard())
    assert not admitted("ada", checkerboard(), unknown=False)


def test_a_list_stands_over_the_column() -> None:
    assert not admitted("ada", without=("ada", "a stranger"))
    assert not admitted("a stranger", without=("ada", "a stranger"))


def test_another_column_may_tell() -> None:
    dataset = shop()
    renamed = dataset.user_table.rename_columns(
        [name.replace("marketing_consent", "agreed") for name in dataset.user_table.column_names]
    )
    assert not admitted("bea", replace(dataset, user_table=renamed), columns=("agreed",))


def test_a_column_of_something_else_is_refused() -> None:
    with pytest.raises(SettingsError, match="holds string, expected true and false"):
        Consent(ConsentConfig(columns=("age_band",))).fit(shop())


def test_a_column_that_is_empty_says_nothing_of_anybody() -> None:
    dataset = checkerboard()
    empty = dataset.user_table.append_column("marketing_consent", [[None] * len(dataset.users)])
    assert admitted("ada", replace(dataset, user_table=empty))


def recommender(dataset: Dataset) -> Recommender:
    """Sources that go by what a customer did, is, or has on the page, and the rules that do."""
    specs = [SourceSpec(kind=kind) for kind in SOURCE_KINDS] + [SourceSpec(kind="up_cf", name="page", of="page")]
    recipe = Recipe(name="all", sources=tuple(specs), rules=tuple(RuleSpec(kind=kind) for kind in RULE_KINDS))
    sources = [spec.build().fit(dataset, rng=rng_for(0, spec.label)) for spec in recipe.sources]
    rules = [rule.fit(dataset) for rule in recipe.build_rules()]
    return Recommender(dataset.items, list(zip(sources, recipe.sources, strict=True)), recipe.build_ranker(), rules)


def answer(asked: Recommender, query: Query) -> tuple[object, ...]:
    slate = asked.slate(query)
    removed = [(part.rule, part.reason, part.item_ix.tolist()) for part in slate.removed]
    return slate.item_ids, slate.scores.tolist(), slate.shares.tolist(), removed


def test_customers_without_consent_get_one_and_the_same_slate() -> None:
    dataset = shop()
    asked = recommender(dataset)
    page = ["gold-ring"]
    bea, eva = (answer(asked, dataset.query(who, items=page)) for who in ("bea", "eva"))
    nobody = answer(asked, Query(History.empty(dataset.items), dataset.as_of_us, items=tuple(page)))
    assert bea == eva == nobody
    assert answer(asked, dataset.query("ada", items=page)) != bea


@cache
def asked_of() -> tuple[Dataset, Recommender, tuple[object, ...]]:
    """A shop, what answers there, and what nobody known gets."""
    dataset = shop()
    asked = recommender(dataset)
    return dataset, asked, answer(asked, replace(dataset.query("nobody known"), k=3))


ACT = st.tuples(st.sampled_from(list(checkerboard().items)), st.sampled_from(list(EventKind)), st.integers(1, 99))


@settings(max_examples=30, deadline=None)
@given(st.lists(ACT, max_size=8))
def test_no_live_event_survives_either(acts: list[tuple[str, EventKind, int]]) -> None:
    dataset, asked, nobody = asked_of()
    events = [Event(item, kind, dataset.as_of_us - days * 10**9, 1.0, 500) for item, kind, days in acts]
    history = History.of(events, [5.0] * len(events), dataset.items)
    query = replace(dataset.query("bea", k=3), history=history, attributes={"age_band": "36-45", "country": "DE"})
    assert answer(asked, query) == nobody


def test_the_slate_is_left_alone() -> None:
    dataset = dataset_from_events([("ada", "ring", START, "purchase", 1.0, 100)])
    slate = recommender(checkerboard()).slate(checkerboard().query("ada"))
    assert Consent().fit(dataset).apply(None, slate) is slate  # type: ignore[arg-type]
    assert np.count_nonzero(slate.kept) == len(slate)
