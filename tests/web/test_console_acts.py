"""What an operator does in the console: traces a request, changes rules, publishes and rolls back, gives a key."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.api.shop.conftest import KEYS, serving

NOT_FOUND = {
    "error": {"code": "not_found", "message": "There is nothing at this address.", "hint": "", "request_id": "x"}
}


@pytest.fixture(scope="module")
def changed(made, built, tmp_path_factory):
    """A server of a shop that is changed."""
    home = tmp_path_factory.mktemp("changed") / "shop"
    shutil.copytree(made, home)
    with serving(home) as served:
        served.search("ring")
        yield served


@pytest.fixture(scope="module")
def locked(made, built, tmp_path_factory):
    """A server that wants a key."""
    home = tmp_path_factory.mktemp("locked") / "shop"
    shutil.copytree(made, home)
    keys = ",".join(f"{role}:{secret}" for role, secret in KEYS.items())
    with serving(home, environment="production", api_keys=keys) as served:
        yield served


def test_a_request_is_traced_from_sources_to_what_is_shown(visit, web):
    window = visit()
    page = window.go("/console/trace")
    page.get_by_label("Customer", exact=True).fill("visitor")
    page.get_by_label("Place").select_option("cart")
    page.get_by_label("Products on the page or in the cart").fill("P00017")
    page.get_by_role("button", name="Trace").click()
    page.wait_for_url(re.compile("user=visitor.*item=P00017"))
    told = web.get("/users/visitor/trace", surface="cart", item_ids=["P00017"], n=12)
    shown = [each["item_id"] for each in told["final"] if each["shown"]]
    rows = page.get_by_role("region", name="What is shown").get_by_role("row")
    expect(rows).to_have_count(len(shown) + 1)
    stages = page.get_by_role("list").filter(has_text="Give reasons").get_by_role("listitem")
    assert stages.count() == len(told["ms"]) + 1
    removed = [
        (step["rule"], item["item_id"])
        for step in told["steps"]
        if step["effect"] == "removes"
        for item in step["items"]
    ]
    page.locator("summary", has_text="dropped").click()
    dropped = page.get_by_role("region", name=re.compile("dropped$")).get_by_role("row")
    expect(dropped).to_have_count(len(removed) + 1)
    rule, item = removed[0]
    page.get_by_label("Id of a product").fill(item)
    expect(page.get_by_role("status").filter(has_text="Dropped by")).to_contain_text(f"Dropped by {rule}")
    page.get_by_label("Id of a product").fill(shown[0])
    expect(page.get_by_role("status").filter(has_text="Shown at")).to_contain_text("Shown at place 1.")


def test_rules_are_moved_by_keys_changed_tried_and_put_into_force_and_rolled_back(visit, changed):
    before = changed.get("/rules")["bundle_version"]
    window = visit(url=changed.url)
    page = window.go("/console/rules?recipe=cart")
    up = page.get_by_role("button", name="Move Pins up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="pins is at place")).to_have_count(1)
    page.get_by_role("button", name=re.compile(r"^\d+\. Diversity")).click()
    page.get_by_label("Relevance").fill("0.6")
    page.get_by_label("Method").select_option("mmr")
    page.get_by_role("button", name="Remove Upsell").click()
    expect(page.get_by_text(re.compile(r"^\d changes, not in force$"))).to_be_visible()

    page.get_by_role("button", name="Preview").click()
    page.get_by_text(re.compile(r"lists of \d+; \d+ of them could hit something")).wait_for(timeout=120_000)
    tried = page.get_by_role("region", name="What each rule changes")
    expect(tried.get_by_role("row").filter(has_text="All rules together")).to_be_visible()
    expect(tried.get_by_role("row").filter(has_text="Upsell")).to_have_count(0)

    page.get_by_role("button", name="Put into force").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Upsell is removed")).to_be_visible()
    expect(dialog.get_by_text("Diversity: relevance from 0.8 to 0.6")).to_be_visible()
    dialog.get_by_role("button", name="Put into force").click()
    expect(page.get_by_text(re.compile("The rules are in force, in bundle"))).to_be_visible()
    changed.wait_for(lambda: changed.get("/rules")["bundle_version"] != before)
    cart = next(each for each in changed.get("/rules")["recipes"] if each["recipe"] == "cart")
    kinds = {each["kind"]: each["config"] for each in cart["rules"]}
    assert "upsell" not in kinds
    assert (kinds["diversity"]["relevance"], kinds["diversity"]["method"]) == (0.6, "mmr")
    assert list(kinds)[-2:] == ["pins", "diversity"]

    page = window.go("/console/bundles")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert changed.get("/bundles")["named"] != before
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text(f"{before} is served from now on.")).to_be_visible()
    assert changed.get("/bundles")["named"] == before
    changed.wait_for(lambda: changed.get("/bundles")["served"] == before)


def test_two_bundles_stand_side_by_side_and_one_is_published(visit, changed):
    window = visit(url=changed.url)
    page = window.go("/console/bundles")
    told = changed.get("/bundles")
    other = next(each["version"] for each in told["bundles"] if not each["named"])
    page.get_by_role("combobox", name="Left").select_option(other)
    page.get_by_role("combobox", name="Right").select_option(told["named"])
    expect(page.get_by_role("region", name="Figures")).to_be_visible()
    page.get_by_label("Only what differs").check()
    page.get_by_role("button", name=f"Publish {other}").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text(f"{other} is served from now on.")).to_be_visible()
    assert changed.get("/bundles")["named"] == other


def test_rules_in_an_order_that_undoes_itself_are_not_published(visit, changed):
    page = visit(url=changed.url).go("/console/rules?recipe=product_page")
    page.get_by_role("button", name="Move Diversity up").click()
    expect(page.get_by_role("alert")).to_contain_text("Boosts changes scores after Diversity has arranged the products")
    expect(page.get_by_role("button", name="Put into force")).to_be_disabled()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("As in force")).to_be_visible()


def test_the_form_of_a_rule_is_made_from_its_schema(visit, changed):
    page = visit(url=changed.url).go("/console/rules?recipe=homepage")
    page.get_by_role("button", name=re.compile(r"^\d+\. Pins")).click()
    page.get_by_role("button", name="Add an entry").click()
    page.get_by_label("Item id").fill("P00017")
    page.get_by_label("Place", exact=True).fill("2")
    page.get_by_label("Starts").fill("2026-10-01")
    page.get_by_label("Surfaces").fill("homepage\nemail")
    page.get_by_role("button", name=re.compile(r"^\d+\. Age fit")).click()
    page.get_by_role("switch", name="Enabled").click()
    page.get_by_role("button", name="Put into force").click()
    dialog = page.get_by_role("dialog")
    told = dialog.get_by_text(re.compile(r"^Pins: entries from \[\] to")).inner_text()
    assert '"item_id":"P00017"' in told
    expect(dialog.get_by_text("Age fit: enabled from true to false")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_the_console_asks_for_a_key_of_an_operator_and_forgets_it(visit, locked):
    window = visit(faults=True, url=locked.url)
    page = window.go("/console")
    expect(page.get_by_role("heading", name="A key is needed")).to_be_visible()
    page.get_by_label("API key").fill("x" * 16)
    page.get_by_role("button", name="Open the console").click()
    expect(page.get_by_role("alert")).to_contain_text("This key was not taken.")
    page.get_by_label("API key").fill(KEYS["read"])
    page.get_by_role("button", name="Open the console").click()
    expect(page.get_by_role("alert")).to_contain_text("the role admin is needed")
    page.get_by_label("API key").fill(KEYS["admin"])
    page.get_by_role("button", name="Open the console").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^As JSON")).click()
    assert "bundle_version" in json.loads(waiting.value.path().read_text(encoding="utf-8"))
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_role("heading", name="A key is needed")).to_be_visible()


def test_a_page_that_the_server_is_too_old_for_says_so(visit):
    window = visit(faults=True)
    window.page.route("**/api/v1/map", lambda route: route.fulfill(status=404, json=NOT_FOUND))
    page = window.go("/console/map")
    expect(page.get_by_role("alert")).to_contain_text("There is nothing at this address.")
    page.route("**/openapi.json", lambda route: route.fulfill(json={"paths": {"/api/v1/rules": {}}}))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("This server is older than this page")).to_be_visible()


def test_what_is_still_being_made_is_said_and_comes_by_itself(visit):
    window = visit(faults=True)
    asked = []
    error = {"code": "unavailable", "message": "The map of taste is being made.", "hint": "", "request_id": "x"}

    def later(route):
        asked.append(route.request.url)
        if len(asked) > 9:
            route.continue_()
        else:
            route.fulfill(status=503, headers={"Retry-After": "0.2"}, json={"error": error})

    window.page.route("**/api/v1/map", later)
    window.page.goto(window.url + "/console/map")
    expect(window.page.get_by_text("The map of taste is being made.")).to_be_visible()
    expect(window.page.get_by_role("application")).to_be_visible(timeout=120_000)
