"""Reasons for what style recommends: the event that the score rests on, in words."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from parure.core import Query
from parure.core.clock import DAY_US, rng_for
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.pipeline.explain import Explainer
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import usable_sources
from parure.retrieval import Category, PriceAffinity, Style, StyleConfig
from parure.testing import checkerboard

MAY_3 = 1_777_766_400_000_000
PLACES = {"near": (1, 0.05), "telling": (1, 0.6), "other": (0, 1), "shown": (1, 0)}


def shop(kind: str) -> Dataset:
    rows = [
        ("u", "near", MAY_3 - 2 * DAY_US, "click", 1, 100),
        ("u", "telling", MAY_3, kind, 1, 100),
        ("u", "other", MAY_3 + DAY_US, "view", 1, 100),
    ]
    products = {item: {"title": item.title(), "category": "rings", "price_cents": 100} for item in PLACES}
    dataset = dataset_from_events(rows, products, as_of_us=MAY_3 + 5 * DAY_US)
    return replace(dataset, item_vectors=np.array([PLACES[item] for item in dataset.items], dtype=np.float32))


def reason(dataset: Dataset, source, item: str, query: Query | None = None):
    source.fit(dataset, rng=rng_for(0, "test"))
    row = np.array([dataset.items.row_of(item)], np.int32)
    slate = Slate.of(dataset.items, row, np.ones(1, np.float32), np.ones((1, 1), np.float32), (source.name,))
    (found,) = Explainer(dataset, [source]).explain(query or dataset.query("u"), slate, 1)
    return found


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("purchase", "Because you bought Telling on 3 May 2026 (0.86 alike)."),
        ("add_to_cart", "Because you put Telling in the cart on 3 May 2026 (0.86 alike)."),
        ("add_to_wishlist", "Because you put Telling on your wish list on 3 May 2026 (0.86 alike)."),
    ],
)
def test_the_event_that_adds_most_is_named_with_its_likeness(kind, sentence):
    found = reason(shop(kind), Style(), "shown")
    assert found.reason == sentence
    assert found.evidence.item_id == "telling"
    assert found.evidence.event == kind
    assert found.evidence.date == "2026-05-03"
    assert found.evidence.similarity == pytest.approx(1 / np.hypot(1, 0.6), abs=1e-5)


def test_an_item_that_was_looked_at_speaks_for_itself():
    dataset = shop("purchase")
    rows = [("u", "shown", MAY_3 + day * DAY_US, "add_to_wishlist", 1, 100) for day in range(3)]
    dataset = replace(
        dataset_from_events(rows, {item: {"title": item} for item in PLACES}), item_vectors=dataset.item_vectors
    )
    found = reason(dataset, Style(), "shown")
    assert found.reason == "You put it on your wish list on 5 May 2026."
    assert found.evidence.similarity is None
    assert found.evidence.times == 3


def test_somebody_without_a_style_gets_no_made_up_reason():
    dataset = shop("purchase")
    found = reason(dataset, Style(StyleConfig(min_events=9)), "shown")
    assert found.evidence is None
    assert found.reason == "Fits what you did so far."


def test_price_and_category_say_what_they_go_by():
    assert reason(shop("purchase"), PriceAffinity(), "shown").reason == "Priced like what you buy."
    assert reason(shop("purchase"), Category(), "shown").reason == "From a category you like: rings."


def test_the_style_led_recipe_has_the_agreed_weights_and_drops_what_the_data_cannot_feed():
    recipe = find_recipe("style_led")
    weights = {"style": 0.5, "category": 0.2, "price_affinity": 0.15, "popular": 0.15}
    assert recipe.ranker.config["weights"] == weights
    full = checkerboard()
    assert usable_sources(recipe, full) == recipe
    table = full.item_table
    free = table.set_column(
        table.column_names.index("price_cents"), "price_cents", pa.array(np.zeros(len(table), np.int64))
    )
    bare = replace(full, item_table=free, item_vectors=None)
    assert usable_sources(recipe, bare).labels == ("category", "popular")
