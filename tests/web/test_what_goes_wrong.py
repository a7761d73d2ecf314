"""The app with a server that is away, slow, refuses, or wants a key."""

import json
import re
import shutil
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from parure.core.progress import Silent
from parure.pipeline.settings import load_settings
from parure.pipeline.workflow import train_shop
from tests.api.shop.conftest import KEYS, serving
from tests.web.conftest import SHOP


def test_a_server_that_is_away_is_said_so_and_the_page_recovers(visit):
    window = visit(faults=True)
    page = window.go("/cart")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("link", name=SHOP).first.click()
    expect(page.get_by_text("The server does not answer. Trying again …")).to_be_visible()
    expect(page.get_by_role("main")).to_be_visible()
    page.unroute("**/api/v1/**")
    expect(page.locator("section[aria-labelledby=feed] article").first).to_be_visible()
    expect(page.get_by_text("The server does not answer. Trying again …")).to_have_count(0)


def test_a_search_that_is_being_prepared_opens_by_itself(visit):
    window = visit(faults=True)
    asked = []

    def later(route):
        asked.append(route.request.url)
        if len(asked) > 3:
            route.continue_()
            return
        told = {"code": "unavailable", "message": "Search is being prepared.", "hint": "", "request_id": "x"}
        route.fulfill(
            status=503,
            headers={"Retry-After": "1", "Content-Type": "application/json"},
            body=json.dumps({"error": told}),
        )

    window.page.route("**/api/v1/search?q=**", later)
    page = window.go("/search?q=ring")
    expect(page.get_by_text("Search is being prepared and opens by itself in a moment.")).to_be_visible()
    expect(page.locator("main article").first).to_be_visible()


def test_an_answer_that_is_no_json_is_no_blank_page(visit):
    window = visit(faults=True)
    window.page.route("**/api/v1/items/P00017", lambda route: route.fulfill(status=500, body="<h1>proxy</h1>"))
    page = window.go("/p/P00017")
    expect(page.get_by_role("alert")).to_contain_text("This could not be shown")
    page.unroute("**/api/v1/items/P00017")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()


def test_what_is_bought_together_is_asked_of_any_recipe_of_the_bundle(visit):
    page = visit().go("/p/P00017?mode=bought_together")
    expect(page.locator("main article").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_page_that_there_is_not_says_so(visit):
    window = visit(faults=True)
    page = window.go("/nothing-here")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    page = window.go("/p/none")
    expect(page.get_by_text("There is no such product.")).to_be_visible()


def test_an_order_that_cannot_be_recorded_stays_in_the_cart(visit):
    window = visit(faults=True)
    page = window.go("/p/P00017")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").click()
    window.settle()
    page.route("**/api/v1/events", lambda route: route.abort())
    page.get_by_role("button", name="Order").click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()
    page.unroute("**/api/v1/events")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


@pytest.fixture(scope="module")
def guarded(made, built, tmp_path_factory):
    home = tmp_path_factory.mktemp("guarded") / "shop"
    shutil.copytree(made, home)
    keys = ",".join(f"{role}:{secret}" for role, secret in KEYS.items())
    with serving(home, environment="production", api_keys=keys, open_reads="true") as served:
        yield served


def test_a_shop_with_open_reads_is_shown_without_a_key_and_asks_for_one_where_it_is_needed(visit, guarded):
    window = visit(faults=True, url=guarded.url)
    page = window.go("/")
    expect(page.locator("section[aria-labelledby=feed] article").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Not interested in")).first.click()
    expect(page.get_by_text("This server takes no events without a key")).to_be_visible()
    page.get_by_role("button", name="Shopping as").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("API key").fill(KEYS["admin"])
    dialog.get_by_role("button", name="Use this key").click()
    expect(dialog.get_by_text(re.compile(r"^\d+ customers$"))).to_be_visible()
    expect(page.get_by_text("This server takes no events without a key")).to_have_count(0)


def _told(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "hint": "", "request_id": "r-1"}})


def test_a_slow_server_is_waited_for(visit):
    window = visit()
    held = []
    window.page.route(
        "**/api/v1/recommendations**",
        lambda route: held.append(route) if len(held) < 1 else route.continue_(),
    )
    page = window.page
    page.goto(window.url)
    feed = page.locator("section[aria-labelledby=feed]")
    expect(feed.locator("[aria-busy=true]")).to_be_visible()
    page.wait_for_timeout(2_000)
    expect(feed.locator("[aria-busy=true]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    held[0].continue_()
    expect(feed.locator("article").first).to_be_visible()
    expect(feed.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (429, "rate", "The server has too much to do at the moment. Trying again …"),
        (504, "late", "The server has too much to do at the moment. Trying again …"),
        (503, "stopping", "The server does not answer. Trying again …"),
        (500, "fault", "This could not be shown"),
    ],
)
def test_what_passes_is_said_and_goes_by_itself(visit, status, code, said):
    window = visit(faults=True)
    page = window.page
    page.route(
        "**/api/v1/recommendations**",
        lambda route: route.fulfill(
            status=status,
            headers={"Retry-After": "1", "Content-Type": "application/json"},
            body=_told(code, "It was not to be."),
        ),
    )
    page.goto(window.url)
    expect(page.get_by_text(said)).to_be_visible()
    page.unroute("**/api/v1/recommendations**")
    # After the last of its retries a page looks again every ten seconds.
    expect(page.locator("section[aria-labelledby=feed] article").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text(said)).to_have_count(0)


def test_a_key_that_no_longer_holds_is_asked_for_and_the_page_goes_on(visit, guarded):
    window = visit(faults=True, url=guarded.url)
    page = window.page
    page.add_init_script("if (!sessionStorage.getItem('parure.key')) sessionStorage.setItem('parure.key', '\"gone\"')")
    window.go("/")
    asked = page.get_by_role("alert").first
    expect(asked).to_contain_text("A key is needed")
    asked.get_by_label("API key").fill(KEYS["read"])
    asked.get_by_role("button", name="Use this key").click()
    expect(page.locator("section[aria-labelledby=feed] article").first).to_be_visible()
    expect(page.get_by_text("A key is needed")).to_have_count(0)


def test_a_bundle_without_places_in_the_shop_fills_the_homepage_from_its_main_recipe(visit, made, tmp_path):
    home = tmp_path / "shop"
    shutil.copytree(made, home)
    settings = load_settings(home, {"PARURE_TRAIN__SURFACES": "[]"})
    train_shop(home, settings, recipe=None, tuned=False, now=datetime.now(UTC), progress=Silent())
    with serving(home) as served:
        assert all(each["surface"] is None for each in served.get("/models")["models"])
        window = visit(faults=True, url=served.url)
        page = window.go("/")
        expect(page.locator("section[aria-labelledby=feed] article").first).to_be_visible()
        page = window.go("/customers/C0000042")
        expect(page.get_by_role("region", name="Recommended now").locator("article").first).to_be_visible()
