"""What would have been asked on each surface at a past moment, on a shop small enough to go through by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.errors import SettingsError
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline.backtest import Moment
from parure.pipeline.occasions import SURFACES, Occasions, OccasionsConfig, occasions, surface_of
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import Fitted

START = datetime(2025, 1, 6, tzinfo=UTC)
PRODUCTS = {item: {} for item in ("brooch", "chain", "pin", "ring", "unsold", "watch")}
CUSTOMERS = {"cia": {}}
EVENTS = [
    # Before the week: it begins with day 14.
    ("bea", "pin", 3, "purchase"),
    ("ada", "ring", 10, "purchase"),
    ("ada", "chain", 10, "purchase"),
    ("ada", "watch", 12, "view"),
    # The week; dan and the new item came with it.
    ("ada", "pin", 15, "view"),
    ("ada", "brooch", 16, "purchase"),
    ("ada", "watch", 16, "purchase"),
    ("dan", "ring", 17, "purchase"),
    ("bea", "chain", 18, "purchase"),
    ("bea", "new", 18, "purchase"),
    ("bea", "pin", 18, "purchase"),
    ("bea", "ring", 18, "purchase"),
    ("cia", "ring", 19, "view"),
    ("cia", "watch", 19, "dismiss"),
    ("cia", "chain", 20, "purchase"),
]
PURCHASES, ACTS = OccasionsConfig(counted="purchases"), OccasionsConfig(counted="acts")


@pytest.fixture(scope="module")
def moment() -> Moment:
    rows = [(user, item, START + timedelta(days=day), kind, 1.0, 1000) for user, item, day, kind in EVENTS]
    whole = dataset_from_events(rows, {**PRODUCTS, "new": {}}, {**CUSTOMERS, "dan": {}})
    (target,) = targets_of(whole, [0])
    past = dataset_from_events(rows, PRODUCTS, CUSTOMERS, as_of_us=target.as_of_us)
    return Moment(past, target, Fitted(past))


def told(found: Occasions) -> dict[str, set[str]]:
    return {
        str(query.user_id): set(found.items.ids_of(found.true_of(place))) for place, query in enumerate(found.queries)
    }


def test_the_homepage_is_asked_for_by_known_customers_who_came(moment: Moment) -> None:
    found = occasions(moment, "homepage", PURCHASES)
    assert told(found) == {"ada": {"brooch", "watch"}, "bea": {"chain", "pin", "ring"}, "cia": {"chain"}}
    assert {query.surface for query in found.queries} == {"homepage"}
    assert all(query.items == () for query in found.queries)


def test_looks_count_where_acts_are_asked_for_and_dismissals_never(moment: Moment) -> None:
    found = told(occasions(moment, "email", ACTS))
    assert found["ada"] == {"brooch", "watch", "pin"}
    assert found["cia"] == {"chain", "ring"}


def test_what_counts_is_read_from_how_much_is_bought(moment: Moment) -> None:
    assert occasions(moment, "homepage", OccasionsConfig(enough_purchases=6)).counted == "purchases"
    assert occasions(moment, "homepage", OccasionsConfig(enough_purchases=7)).counted == "acts"


def test_histories_end_with_the_moment(moment: Moment) -> None:
    for surface in SURFACES:
        for query in occasions(moment, surface, PURCHASES).queries:
            assert query.now_us == moment.target.as_of_us
            assert (query.history.timestamp_us < moment.target.as_of_us).all()


def test_a_product_page_is_that_of_the_last_item_and_finds_the_others(moment: Moment) -> None:
    found = occasions(moment, "product_page", PURCHASES)
    assert [query.items for query in found.queries] == [("watch",), ("pin",), ("ring",)]
    assert told(found) == {"ada": {"brooch"}, "bea": {"chain", "ring"}, "cia": {"chain"}}


def test_a_product_page_may_be_that_of_the_first_item_of_the_week(moment: Moment) -> None:
    found = occasions(moment, "product_page", OccasionsConfig(counted="acts", page="first_of_week"))
    assert [query.items for query in found.queries] == [("pin",), ("chain",), ("ring",)]


def test_a_stranger_on_a_product_page_has_no_past(moment: Moment) -> None:
    found = occasions(moment, "product_page", OccasionsConfig(counted="purchases", strangers=True))
    assert [query.items for query in found.queries] == [("watch",), ("pin",), ("ring",)]
    assert all(query.user_id is None and not len(query.history) and not query.attributes for query in found.queries)
    assert found.activity.tolist() == [-1, -1, -1]


def test_an_order_is_parted_into_a_cart_and_what_is_to_be_found(moment: Moment) -> None:
    found = occasions(moment, "cart", PURCHASES)
    orders = {"ada": {"brooch", "watch"}, "bea": {"chain", "pin", "ring"}}  # what is new was not known
    assert {str(query.user_id) for query in found.queries} == set(orders)
    for query in found.queries:
        true = told(found)[str(query.user_id)]
        assert len(true) == 1
        assert true | set(query.items) == orders[str(query.user_id)]
        assert not true & set(query.items)


def test_more_may_be_left_out_of_the_cart_but_never_all(moment: Moment) -> None:
    found = occasions(moment, "cart", OccasionsConfig(counted="purchases", held_out=0.99))
    assert [len(query.items) for query in found.queries] == [1, 1]
    assert found.sizes.tolist() == [1, 2]


def test_after_an_order_what_is_bought_besides_it_is_found(moment: Moment) -> None:
    found = occasions(moment, "post_purchase", PURCHASES)
    assert [(query.user_id, query.items) for query in found.queries] == [("ada", ("chain", "ring"))]
    assert told(found) == {"ada": {"brooch", "watch"}}
    longer = occasions(moment, "post_purchase", OccasionsConfig(counted="purchases", ordered_within_days=14))
    assert told(longer) == {"ada": {"brooch", "watch"}, "bea": {"chain", "ring"}}


def test_of_too_many_some_are_drawn_the_same_ones_each_time(moment: Moment) -> None:
    config = OccasionsConfig(counted="purchases", most=2)
    once, again = (occasions(moment, "homepage", config, seed=5) for _ in range(2))
    assert len(once) == 2
    assert [query.user_id for query in once.queries] == [query.user_id for query in again.queries]
    whole = told(occasions(moment, "homepage", PURCHASES))
    assert all(whole[user] == true for user, true in told(once).items())
    seen = {tuple(told(occasions(moment, "homepage", config, seed=seed))) for seed in range(20)}
    assert len(seen) == 3


def test_each_request_has_a_name_of_its_own(moment: Moment) -> None:
    names = [query.request_id for surface in SURFACES for query in occasions(moment, surface, PURCHASES).queries]
    assert len(set(names)) == len(names)


def test_hits_are_the_places_that_hold_something_true(moment: Moment) -> None:
    found = occasions(moment, "homepage", PURCHASES)
    brooch, chain, watch = moment.dataset.items.rows_of(["brooch", "chain", "watch"])
    ranked = np.array([[watch, chain, brooch], [brooch, chain, -1], [-1, -1, -1]], np.int32)
    assert found.hits(ranked).tolist() == [[True, False, True], [False, True, False], [False, False, False]]


def test_activity_counts_events_of_the_last_month_and_tells_who_did_nothing_ever(moment: Moment) -> None:
    assert occasions(moment, "homepage", PURCHASES).activity.tolist() == [3, 1, -1]


def test_a_surface_that_is_none_is_refused(moment: Moment) -> None:
    with pytest.raises(SettingsError, match="did you mean 'homepage'"):
        occasions(moment, "home_page")


def test_a_recipe_without_a_surface_is_one_for_the_homepage() -> None:
    assert surface_of(find_recipe("cart")) == "cart"
    assert surface_of(find_recipe("hybrid")) == "homepage"
