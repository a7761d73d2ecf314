"""CustomerStyleProfiler: the notebook's and the command line's view of styles."""

import doctest
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

import parure
from parure import CustomerStyleProfiler
from parure.core.clock import rng_for
from parure.core.errors import InputError, SettingsError, UnknownIdError
from parure.pipeline import style_profiler
from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.retrieval import Style, StyleConfig
from parure.rules import BoughtAgain
from parure.testing import checkerboard

SHOP = checkerboard()


def test_the_example_of_the_class_runs():
    found = doctest.testmod(style_profiler)
    assert found.attempted >= 6
    assert found.failed == 0


def test_all_profiles_are_those_of_the_source():
    table = CustomerStyleProfiler(SHOP).build_all_profiles()
    assert table.column_names == ["customer_id", "interactions", "consistency", "profile"]
    assert table.column("customer_id").to_pylist() == sorted(set(SHOP.users) - {"newcomer"})
    one_by_one = (
        Style().fit(SHOP, rng=rng_for(0, "style")).profiles(SHOP.queries(table.column("customer_id").to_pylist()))
    )
    assert np.array(table.column("profile").to_pylist()) == pytest.approx(one_by_one, abs=1e-6)
    assert set(table.column("interactions").to_pylist()) == {3}


def test_fewer_interactions_may_do_and_a_longer_half_life_too():
    profiler = CustomerStyleProfiler(SHOP)
    assert len(profiler.build_all_profiles(min_interactions=4)) == 0
    assert len(profiler.build_all_profiles(min_interactions=1, half_life_days=90)) == 8
    assert profiler.config == StyleConfig(min_events=1, half_life_days=90)
    with pytest.raises(SettingsError, match="half_life_days"):
        profiler.build_all_profiles(half_life_days=-1)


def test_recommendations_leave_out_what_was_bought_or_is_not_wanted():
    profiler = CustomerStyleProfiler(SHOP)
    found = profiler.recommend_by_style("ada", 3)
    assert found[0]["product_id"] == "gold-brooch"
    assert found[0]["because"].startswith("gold-")
    assert 0 < found[0]["similarity"] <= 1
    assert [one["product_id"] for one in profiler.recommend_by_style("ada", 9, exclude=["gold-brooch", "no such"])] == [
        "silver-ring",
        "silver-earring",
        "silver-chain",
        "silver-brooch",
    ]
    assert [one["product_id"] for one in profiler.recommend_by_style("ada", 9, min_similarity=0.5)] == ["gold-brooch"]
    assert len(profiler.recommend_by_style("ada", 9, exclude_bought=False)) == 8
    assert profiler.recommend_by_style("newcomer") == []


def test_neighbours_share_the_taste():
    profiler = CustomerStyleProfiler(SHOP)
    found = profiler.find_style_neighbors("ada", 3)
    assert {one["customer_id"] for one in found} == {"bea", "cleo", "dora"}
    assert [one["similarity"] for one in found] == sorted((one["similarity"] for one in found), reverse=True)
    assert profiler.find_style_neighbors("newcomer") == []


def test_somebody_unknown_is_said_to_be():
    profiler = CustomerStyleProfiler(SHOP)
    for ask in (profiler.recommend_by_style, profiler.find_style_neighbors, profiler.describe):
        with pytest.raises(UnknownIdError, match="nobody"):
            ask("nobody")


def test_a_description_says_all_there_is():
    found = CustomerStyleProfiler(SHOP).describe("ada", k=2, window_days=7)
    assert found["has_style"]
    assert found["interactions"] == 3
    assert 0.9 < found["consistency"] <= 1
    (style,) = found["styles"]
    assert style["share"] == 1
    assert [product["product_id"][:4] for product in style["products"]] == ["gold", "gold"]
    assert len(found["drift"]["windows"]) == 4
    assert len(found["neighbours"]) == 2
    empty = CustomerStyleProfiler(SHOP).describe("newcomer")
    assert not empty["has_style"]
    assert empty["styles"] == empty["neighbours"] == []


def test_a_profiler_saved_and_loaded_answers_alike(tmp_path):
    profiler = CustomerStyleProfiler(SHOP, StyleConfig(half_life_days=90))
    profiler.build_all_profiles(min_interactions=2)
    profiler.save(tmp_path / "profiles")
    loaded = CustomerStyleProfiler.load(tmp_path / "profiles")
    assert loaded.config == profiler.config
    assert loaded.recommend_by_style("ada") == profiler.recommend_by_style("ada")
    assert loaded.find_style_neighbors("ada") == profiler.find_style_neighbors("ada")


def test_a_shop_is_read_from_its_published_bundle(tmp_path):
    recipe = usable_sources(find_recipe("style_led"), SHOP)
    publish(train(SHOP, Part.of(recipe, BoughtAgain.NEVER)), tmp_path, now=datetime(2026, 5, 1, tzinfo=UTC))
    profiler = CustomerStyleProfiler.from_shop(tmp_path)
    assert profiler.recommend_by_style("ada", 1)[0]["product_id"] == "gold-brooch"


EVENTS = {
    "customer_id": ["u"] * 3,
    "product_id": ["a", "b", "a"],
    "interaction_type": ["view", "purchase", "click"],
    "timestamp": [datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3)],
}


def test_tables_are_taken_as_arrow_or_as_lists():
    vectors = np.eye(3)
    lists, arrow = (
        CustomerStyleProfiler.from_tables(events, ["a", "b", "c"], vectors).build_all_profiles()
        for events in (EVENTS, pa.table(EVENTS))
    )
    assert lists.equals(arrow)
    assert lists.column("customer_id").to_pylist() == ["u"]


def test_events_after_the_moment_do_not_count():
    profiler = CustomerStyleProfiler.from_tables(
        EVENTS, ["a", "b"], np.eye(2), as_of=datetime(2026, 5, 2, 12, tzinfo=UTC)
    )
    assert profiler.describe("u")["interactions"] == 2


@pytest.mark.parametrize(
    ("change", "vectors", "message"),
    [
        ({"timestamp": None}, np.eye(2), "timestamp"),
        ({"interaction_type": ["look"] * 3}, np.eye(2), "look"),
        ({"timestamp": ["yesterday"] * 3}, np.eye(2), "yesterday"),
        ({}, np.eye(3), r"\(3, 3\)"),
    ],
)
def test_what_does_not_fit_is_named(change, vectors, message):
    events = {name: values for name, values in {**EVENTS, **change}.items() if values is not None}
    with pytest.raises(InputError, match=message):
        CustomerStyleProfiler.from_tables(events, ["a", "b"], vectors)


def test_without_vectors_there_is_no_style():
    with pytest.raises(InputError, match="vectors"):
        CustomerStyleProfiler(replace(SHOP, item_vectors=None))


def test_the_package_gives_out_what_it_names_and_nothing_else():
    assert parure.CustomerStyleProfiler is CustomerStyleProfiler
    with pytest.raises(AttributeError, match="NoSuchThing"):
        parure.NoSuchThing  # noqa: B018
