"""Every page of the console opens, is read, is walked through by keys, and gives its tables away as files."""

import csv
import re

import pytest
from playwright.sync_api import expect

from parure.cli.data import write_quality_report
from tests.web.conftest import PHONE, ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
NONE = "\u2013"
PAGES = {
    "Overview": "/console",
    "Data quality": "/console/quality",
    "Bundles": "/console/bundles",
    "Trace": "/console/trace?user=visitor&surface=cart&item=P00017",
    "Rules": "/console/rules?recipe=homepage",
    "Catalogue": "/console/catalogue",
    "Map of taste": "/console/map",
    "Searches": "/console/searches",
    "Settings": "/console/settings",
}
GERMAN = {"Überblick": "/console", "Regeln": "/console/rules", "Geschmackskarte": "/console/map"}


@pytest.fixture(scope="module", autouse=True)
def made_once(web):
    """What takes long is made before pages are looked at: while it is not, the server answers 503, and says so."""
    write_quality_report(web.shop)
    for path in ("/catalogue", "/map"):
        web.wait_for(lambda path=path: web.ask(path).status_code == 200, seconds=180)


def _serious(page):
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def _saved(page, button):
    with page.expect_download() as waiting:
        button.click()
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as file:
        return waiting.value.suggested_filename, list(csv.reader(file))


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_what_it_is_and_where_a_machine_reads_it(visit, web, name):
    page = visit().go(PAGES[name])
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    expect(page).to_have_title(re.compile(f"^{name} . Console"))
    twin = page.get_by_role("link", name=re.compile("^As JSON:"))
    assert web.ask(str(twin.get_attribute("href")).removeprefix("/api/v1")).status_code == 200
    assert page.get_by_role("table").count() > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault_in_the_console(visit, name, scheme):
    assert AXE.exists(), "axe-core is not there: run npm ci in web/"
    window = visit(color_scheme=scheme, bypass_csp=True)
    assert _serious(window.go(PAGES[name])) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_of_the_console_is_wider_than_a_phone(visit, name):
    page = visit(viewport=PHONE).go(PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    current = page.get_by_role("navigation").locator("[aria-current=page]").bounding_box()
    assert 0 <= current["x"] <= PHONE["width"] - current["width"]


@pytest.mark.parametrize("name", GERMAN)
def test_the_console_speaks_german(visit, name):
    page = visit(locale="de-DE").go(GERMAN[name])
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Zum Shop")).to_be_visible()


def test_one_goes_from_page_to_page_by_keys_and_back_to_the_shop(visit):
    window = visit()
    page = window.go("/console")
    page.get_by_role("link", name="Bundles", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/bundles")
    expect(page.get_by_role("main")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    page.get_by_role("link", name="To the shop").click()
    expect(page.get_by_role("searchbox", name="Search for products")).to_be_visible()
    window.settle()


def test_a_table_is_saved_as_a_file_that_a_spreadsheet_reads(visit, web):
    page = visit().go("/console/settings?q=half_life")
    expect(page.get_by_role("status").filter(has_text="settings")).to_contain_text("1 of")
    name, rows = _saved(page, page.get_by_role("button", name="Save as CSV"))
    assert name == "settings.csv"
    value = web.get("/config")["dataset"]["half_life_days"]
    assert [rows[0], rows[1][0], float(rows[1][1]), len(rows)] == [
        ["Setting", "Value"],
        "dataset.half_life_days",
        value,
        2,
    ]
    page = visit().go("/console/quality")
    _, rows = _saved(page, page.get_by_role("button", name="Save as CSV").first)
    assert [row[0] for row in rows[1:]] == [each["file"] for each in web.get("/quality")["files"]]


def test_a_table_is_sorted_by_the_column_one_asks_for_and_saved_so(visit):
    page = visit().go("/console/settings?q=train.")
    column = page.get_by_role("columnheader", name="Setting")
    names = page.locator("main tbody tr td:first-child")
    usual = names.all_inner_texts()
    assert len(usual) > 3
    for direction, expected in (("ascending", sorted(usual)), ("descending", sorted(usual, reverse=True))):
        column.get_by_role("button").click()
        expect(column).to_have_attribute("aria-sort", direction)
        assert names.all_inner_texts() == expected
    _, rows = _saved(page, page.get_by_role("button", name="Save as CSV"))
    assert [row[0] for row in rows[1:]] == sorted(usual, reverse=True)
    column.get_by_role("button").press("Enter")
    assert names.all_inner_texts() == usual


def test_where_nothing_was_shown_there_is_no_rate(visit, web):
    told = {"impressions": 0, "clicks": 2, "carts": 0, "purchases": 0}
    rates = {"click_rate": None, "cart_rate": None, "purchase_rate": None}
    answer = {**web.get("/overview"), "surfaces": [{"day": "2026-01-01", "surface": "cart", **told, **rates}]}
    answer["events_per_minute"] = [None, None, 3, 0]
    window = visit()
    window.page.route("**/api/v1/overview?*", lambda route: route.fulfill(json=answer))
    page = window.go("/console")
    row = page.get_by_role("region", name="What becomes of recommendations").get_by_role("row").nth(1)
    assert row.get_by_role("cell").all_inner_texts() == ["Cart", "0", "2", "0", "0", NONE, NONE, NONE]
    chart = page.get_by_role("img", name="Events per minute: 3 in all, 3 in the busiest minute.")
    expect(chart.locator("canvas")).to_be_visible()
    page.get_by_text("As a table").first.click()
    minutes = page.get_by_role("table", name="Events per minute").get_by_role("row").all_inner_texts()
    assert [each.split("\t")[-1] for each in minutes[1:]] == [NONE, NONE, "3", "0"]


def test_the_map_is_walked_by_keys_and_by_hand_and_the_list_follows(visit, web):
    everything = len(web.get("/map")["products"])
    window = visit()
    page = window.go("/console/map")
    chart = page.get_by_role("application")
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(f"{everything} products in view")
    chart.focus()
    for _ in range(6):
        page.keyboard.press("+")
    expect(heading).not_to_have_text(f"{everything} products in view")
    page.keyboard.press("0")
    expect(heading).to_have_text(f"{everything} products in view")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    for _ in range(6):
        page.mouse.wheel(0, -300)
    expect(heading).not_to_have_text(f"{everything} products in view")
    page.get_by_role("button", name="Show all of it").click()
    page.get_by_role("list", name="Show one alone").get_by_role("button").first.click()
    expect(heading).not_to_have_text(f"{everything} products in view")
    chart.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/*")
    window.settle()


def test_the_map_is_coloured_by_what_one_chooses_and_searched(visit):
    page = visit().go("/console/map?colour=price")
    expect(page.get_by_role("combobox", name="Colour by")).to_have_value("price")
    page.get_by_role("combobox", name="Colour by").select_option("-")
    page.wait_for_url("**colour=-")
    expect(page.get_by_role("list", name="Show one alone")).to_have_count(0)
    page.get_by_role("searchbox", name="Find on the map").fill("ring")
    expect(page.get_by_role("status").filter(has_text="fit")).to_be_visible()
