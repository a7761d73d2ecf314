"""What single sources do beyond the contract."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from parure.core import Event, EventKind, History, Query
from parure.core.clock import DAY_US, rng_for
from parure.core.errors import BundleError, ColumnError, InputError, SettingsError
from parure.dataset import dataset_from_events
from parure.retrieval import (
    SOURCES,
    Als,
    AlsConfig,
    BlockFoldedIn,
    Category,
    CategoryConfig,
    Demographic,
    DemographicConfig,
    Ease,
    EaseConfig,
    ItemCf,
    ItemCfConfig,
    NewArrivals,
    NewArrivalsConfig,
    Popular,
    PopularConfig,
    SharedFoldedIn,
    Style,
    TifuKnn,
    TifuKnnConfig,
    UpCf,
)
from parure.retrieval import folded as folded_module
from parure.testing import checkerboard

SHOP = checkerboard()


def fit(source, dataset=SHOP):
    return source.fit(dataset, rng=rng_for(0, "test"))


def metals(found):
    return {item_id.split("-")[0] for item_id in found.item_ids}


def visitor(*item_ids):
    """Somebody unknown who has just bought these."""
    events = [Event(item_id, EventKind.PURCHASE, SHOP.as_of_us - 1000 + n) for n, item_id in enumerate(item_ids)]
    return Query(History.of(events, [10.0] * len(events)), now_us=SHOP.as_of_us)


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_every_source_is_registered_under_its_kind_and_documents_its_settings(kind):
    source = SOURCES[kind]
    assert source.kind == kind
    assert source().name == kind
    inherited = {name for base in source.config_type.__mro__[1:] for name in getattr(base, "model_fields", {})}
    fields = source.config_type.model_fields
    assert [name for name, field in fields.items() if not field.description and name not in inherited] == []


@pytest.mark.parametrize("source", [Als(), Ease(), ItemCf(), TifuKnn(TifuKnnConfig(neighbours=4)), UpCf()])
def test_a_live_purchase_of_an_unknown_visitor_counts_at_once(source):
    queries = [visitor("gold-ring", "gold-chain"), visitor("silver-ring", "silver-chain")]
    bought = [np.unique(query.history.rows_in(SHOP.items)) for query in queries]
    gold, silver = fit(source).fold_in(queries).top(1, bought)
    assert (metals(gold), metals(silver)) == ({"gold"}, {"silver"})


def test_popular_keeps_to_the_category_of_the_items_on_the_page():
    source = fit(Popular(PopularConfig(within="category")))
    assert metals(source.retrieve(SHOP.query("ada", items=["silver-ring"]), 10)) == {"silver"}
    assert metals(source.retrieve(SHOP.query("ada"), 10)) == {"gold", "silver"}


def test_popular_keeps_to_the_price_range_of_the_items_in_the_cart():
    source = fit(Popular(PopularConfig(within="price", price_range=1.4)))
    found = source.retrieve(SHOP.query("ada", items=["gold-chain", "gold-earring"]), 10)
    # 20 and 30 euros: from 14.29 to 42.
    assert {item_id.split("-")[1] for item_id in found.item_ids} == {"chain", "earring", "ring"}


def test_popular_keeps_to_the_categories_and_prices_it_is_set_to():
    source = fit(Popular(PopularConfig(categories=("gold",), min_price_cents=2000, max_price_cents=3000)))
    assert sorted(source.retrieve(SHOP.query("ada"), 10).item_ids) == ["gold-chain", "gold-earring"]


def test_demographic_says_which_group_answers():
    source = fit(Demographic(DemographicConfig(columns=("age_band",), min_users=4, strength=1)))
    assert source.group_of(SHOP.query("newcomer")) == "age_band=36-45"
    assert source.group_of(SHOP.query("stranger")) is None
    assert metals(source.retrieve(SHOP.query("newcomer"), 4)) == {"silver"}


def test_a_group_that_is_too_small_is_served_with_the_whole():
    source = fit(Demographic(DemographicConfig(columns=("age_band",), min_users=5)))
    assert source.group_of(SHOP.query("ada")) is None
    assert source.retrieve(SHOP.query("ada"), 9).pairs() == source.retrieve(SHOP.query("eva"), 9).pairs()


def test_a_category_column_that_is_not_there_is_named_with_a_near_one():
    with pytest.raises(ColumnError, match="did you mean 'category'"):
        fit(Category(CategoryConfig(column="categroy")))


def test_new_items_of_the_own_category_come_first():
    newest = {"gold": SHOP.as_of_us - DAY_US, "silver": SHOP.as_of_us - DAY_US}
    created = [newest.get(item_id.split("-")[0]) for item_id in SHOP.items]
    place = SHOP.item_table.column_names.index("created_us")
    dataset = replace(SHOP, item_table=SHOP.item_table.set_column(place, "created_us", [created]))
    source = fit(NewArrivals(NewArrivalsConfig(affinity=1.0)), dataset)
    ada, eva = source.retrieve_many(dataset.queries(["ada", "eva"]), 4)
    assert (metals(ada), metals(eva)) == ({"gold"}, {"silver"})


def test_als_is_the_same_on_one_thread_and_on_many_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, many = (fit(Als(AlsConfig(embedding_size=8, threads=threads))) for threads in (1, 4))
    queries = SHOP.queries(SHOP.users)
    for a, b in zip(one.retrieve_many(queries, 9), many.retrieve_many(queries, 9), strict=True):
        assert a.pairs() == b.pairs()


def test_another_seed_gives_other_vectors():
    query = SHOP.query("ada")
    one, other = (Als().fit(SHOP, rng=rng_for(seed, "als")).retrieve(query, 9) for seed in (0, 1))
    assert one.pairs() != other.pairs()


def test_ease_leaves_items_beyond_the_most_popular_without_a_score():
    source = fit(Ease(EaseConfig(form="items", max_items=2)))
    (found,) = source.fold_in([visitor("gold-ring", "gold-chain")]).top(9)
    assert len(found) <= 2


def test_ease_takes_fewer_items_than_allowed_where_they_do_not_fit_in_memory():
    tall = [
        (f"user-{u:04}", f"item-{(u * 7 + step) % 600:03}", u, "purchase", 1, 100)
        for u in range(700)
        for step in (0, 3)
    ]
    dataset = dataset_from_events(tall)
    source = fit(Ease(EaseConfig(memory_mib=1, form="items")), dataset)
    everything = np.arange(len(dataset.items), dtype=np.int32)
    (scores,) = source.fold_in([dataset.query("user-0000")]).score([everything])
    # A mebibyte holds 512 x 512 numbers.
    assert int((~np.isnan(scores)).sum()) in (0, 512)


def test_ease_that_cannot_be_solved_names_the_setting():
    rows = [(f"user-{u}", item, 1, "purchase", 1, 100) for u in range(3000) for item in "abc"]
    config = EaseConfig(form="items", reg=1e-30, weighting="binary")
    with pytest.raises(SettingsError, match="reg"):
        fit(Ease(config), dataset_from_events(rows))


def test_nobody_is_their_own_neighbour():
    source = fit(UpCf())
    known = source.retrieve(SHOP.query("ada"), 9)
    anonymous = source.retrieve(replace(SHOP.query("ada"), user_id=None), 9)
    assert known.pairs() != anonymous.pairs()


def test_style_needs_vectors():
    with pytest.raises(InputError, match="item vectors"):
        fit(Style(), replace(SHOP, item_vectors=None))


def test_a_style_needs_enough_events():
    source = fit(Style())
    assert len(source.retrieve(visitor("gold-ring", "gold-chain"), 9)) == 0
    assert len(source.retrieve(visitor("gold-ring", "gold-chain", "gold-brooch"), 9)) == 8


def test_items_in_the_own_history_speak_for_themselves_only_where_set():
    query = visitor("gold-ring")
    without, with_own = (fit(ItemCf(ItemCfConfig(own=own))).retrieve(query, 9) for own in (0.0, 1.0))
    assert "gold-ring" not in without.item_ids
    assert with_own.item_ids[0] == "gold-ring"


def test_a_source_does_not_load_as_another_kind(tmp_path):
    fit(Popular()).save(tmp_path)
    with pytest.raises(BundleError, match="popular"):
        Demographic.load(tmp_path, SHOP.items)


def test_many_queries_are_scored_in_blocks(monkeypatch):
    monkeypatch.setattr(folded_module, "BLOCK_BYTES", 4 * 9 * 3)
    asked = []

    def block(start, stop):
        asked.append((start, stop))
        return np.tile(np.arange(9, dtype=np.float32), (stop - start, 1))

    part = BlockFoldedIn("blocks", SHOP.items, 7, block)
    assert [found.item_ix.tolist() for found in part.top(1)] == [[8]] * 7
    assert asked == [(0, 3), (3, 6), (6, 7)]


def test_shared_rankings_give_each_query_its_own_exclusions():
    rankings = np.arange(9, dtype=np.float32)[None]
    part = SharedFoldedIn("shared", SHOP.items, rankings, np.zeros(3, dtype=np.int64))
    none, some = np.empty(0, np.int32), np.array([8, 7], np.int32)
    found = part.top(2, [none, some, none])
    assert [candidates.item_ix.tolist() for candidates in found] == [[8, 7], [6, 5], [8, 7]]
