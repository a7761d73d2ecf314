"""Every route answers on The Complete Journey too: no pictures, no titles to speak of, households that buy again."""

import shutil
from datetime import UTC, datetime

import pytest

from bench.data import journey_folder
from parure.core.progress import Silent
from parure.ingest import ingest
from parure.pipeline.settings import FILE_NAME, ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_toml
from parure.pipeline.workflow import train_shop

RECIPE = "als_item_cf_popular"


@pytest.fixture(scope="module")
def journey(tmp_path_factory, start):
    """The Complete Journey, served."""
    shop = tmp_path_factory.mktemp("journey") / "shop"
    shop.mkdir()
    train = {"recipe": RECIPE, "surfaces": [], "models": [], "visitors": "", "calibrate": False}
    serving = {"environment": "demo", "rate_limit_per_s": 0, "clock": "data"}
    parsed = ShopSettings.parse({"shop": {"name": "Journey"}, "train": train, "serving": serving}, where="test")
    (shop / FILE_NAME).write_text(settings_toml(parsed), encoding="utf-8")
    settings = load_settings(shop, {})
    ingest(shop, [journey_folder()], preset="complete_journey", config=settings.ingest, progress=Silent())
    train_shop(shop, settings, recipe=None, tuned=False, now=datetime.now(UTC), progress=Silent())
    with start(shop) as served:
        yield served
    shutil.rmtree(shop)


@pytest.fixture(scope="module")
def household(journey):
    """Who bought most."""
    return journey.get("/customers", sort="purchases", n=1)["users"][0]["user_id"]


@pytest.fixture(scope="module")
def product(journey):
    """What sells best."""
    return journey.get("/items/popular", n=1)["items"][0]["item_id"]


def test_recommendations_are_personal_and_in_stock(journey, household):
    answer = journey.get(f"/recommendations/{household}", n=12)
    assert [len(answer["items"]), answer["fallback_used"]] == [12, False]
    assert answer["user_info"]["total_purchases"] > 1000
    assert {each["model_source"] for each in answer["items"]} <= {"als", "item_cf", "popular"}
    assert all(each["recommendation_reason"] for each in answer["items"])
    assert journey.recommended("nobody", n=12) != [each["item_id"] for each in answer["items"]]


def test_an_event_counts_at_once(journey, product):
    before = journey.recommended("a visitor", n=20)
    assert product in before
    journey.event("a visitor", product, "purchase")
    assert product not in journey.recommended("a visitor", n=20)


def test_similar_items_are_bought_together(journey, product):
    similar = journey.get(f"/items/{product}/similar", n=5)
    assert similar["model_source"] == "item_cf"
    assert len(similar["items"]) == 5


def test_what_needs_pictures_says_so(journey, household, product):
    for path in (f"/users/{household}/style", f"/items/{product}/similar?mode=visual"):
        response = journey.ask(path)
        assert response.status_code == 422
        assert "parure encode" in response.json()["error"]["hint"]
    assert journey.ask(f"/images/{product}").status_code == 404


ROUTES = [
    ("/recommendations", {}),
    ("/recommendations/{household}", {"model": "als", "price_max": 5}),
    ("/items/{product}/similar", {"model": "als"}),
    ("/items/popular", {"n": 3}),
    ("/items/{product}", {}),
    ("/customers", {"q": "1"}),
    ("/users", {}),
    ("/users/{household}/profile", {}),
    ("/users/{household}/trace", {}),
    ("/models", {}),
    ("/stats", {}),
    ("/config", {}),
    ("/health", {}),
    ("/health/live", {}),
    ("/health/ready", {}),
    ("/metrics", {}),
]


@pytest.mark.parametrize(("path", "query"), ROUTES)
def test_an_answer_is_what_the_document_says(journey, fits, household, product, path, query):
    response = journey.ask(path.format(household=household, product=product), params=query)
    assert response.status_code == 200, response.text
    fits(response, path.replace("{household}", "{user_id}").replace("{product}", "{item_id}"))


def test_words_are_searched_for(journey, fits):
    found = journey.search("ice cream", n=5)
    assert any("ICE CREAM" in (each["title"] or "").upper() for each in found["items"])
    fits(journey.ask("/search", params={"q": "ice cream"}), "/search")


def test_changes_of_a_product_hold_at_once(journey, fits, product):
    other = journey.get("/items/popular", n=2)["items"][1]["item_id"]
    for method, path, body in (
        ("PUT", "/items/{item_id}/price", {"price": 1.25}),
        ("PUT", "/items/{item_id}/stock", {"in_stock": False}),
        ("PUT", "/items/{item_id}", {"title": "Another name"}),
    ):
        fits(journey.ask(path.format(item_id=other), method, json=body), path)
    assert journey.get(f"/items/{other}")["attributes"]["title"] == "Another name"
    assert other not in [each["item_id"] for each in journey.get("/items/popular", n=5)["items"]]
    assert other not in journey.recommended("somebody new", n=20)
    fits(journey.ask("/items", "POST", json={"items": {"NEW": {"title": "New"}}, "remove": [other]}), "/items")
    fits(journey.ask("/items/NEW", "DELETE"), "/items/{item_id}")
    fits(journey.ask("/users/a visitor/consent", "PUT", json={"agreed": True}), "/users/{user_id}/consent")
    fits(journey.ask("/users/merge", "POST", json={"anonymous_id": "a visitor", "user_id": "1"}), "/users/merge")
