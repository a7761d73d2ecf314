"""Themes, languages, the keyboard, and what a screen reader is told."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import DESKTOP, PHONE, ROOT, SHOP

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "shop": "/",
    "product": "/p/P00017",
    "search": "/search?q=gold+ring&f=category%3Drings",
    "nothing": "/search?q=ring&f=price%3C0.01",
    "start": "/search",
    "cart": "/cart",
    "order": "/order",
    "similar": "/?similar=P00017",
    "chooser": "/?who=choose",
}


def _background(page):
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def _serious(page):
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page_name", PAGES)
def test_axe_finds_no_serious_fault(visit, page_name, scheme):
    assert AXE.exists(), "axe-core is not there: run npm ci in web/"
    # The page's policy forbids foreign scripts, which axe is.
    window = visit(color_scheme=scheme, bypass_csp=True)
    assert _serious(window.go(PAGES[page_name])) == []


def test_axe_finds_no_serious_fault_on_a_phone_or_on_the_customers_page(visit, customer):
    window = visit(viewport=PHONE, bypass_csp=True)
    for path in ("/", "/p/P00017", "/search?q=ring"):
        assert _serious(window.go(path)) == [], path
    window = visit(viewport=DESKTOP, bypass_csp=True)
    assert _serious(window.go(f"/customers/{customer}")) == []


def test_it_is_dark_where_the_device_is_and_as_was_chosen(visit):
    dark = "rgb(19, 18, 17)"
    assert _background(visit(color_scheme="dark").go("/cart")) == dark
    window = visit(color_scheme="light")
    page = window.go("/cart")
    assert _background(page) == "rgb(255, 255, 255)"
    page.get_by_role("combobox", name="Appearance").select_option("dark")
    assert _background(page) == dark
    page.reload()
    assert _background(page) == dark


def test_it_speaks_german_and_so_do_the_reasons(visit):
    window = visit(locale="de-DE")
    with window.page.expect_request(lambda each: "/recommendations/" in each.url and "language=de" in each.url):
        page = window.go("/")
    assert page.evaluate("document.documentElement.lang") == "de"
    expect(page.get_by_role("heading", level=1)).to_have_text("Schmuck, der Ihrem Geschmack folgt")
    expect(page.get_by_text(re.compile(r"\d,\d\d\s€")).first).to_be_visible()
    page.goto(f"{window.url}/p/P00017")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Armkette"))
    page.get_by_role("combobox", name="Sprache").select_option("en")
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
    window.settle()
    page.reload()
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
    window.settle()


def test_the_keyboard_alone_is_enough(visit):
    window = visit()
    page = window.go("/")
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("silver ring")
    press("Enter")
    page.wait_for_url("**/search?q=silver+ring")
    window.settle()
    similar = page.get_by_role("button", name=re.compile("^Items similar to")).first
    similar.focus()
    press("Enter")
    dialog = page.get_by_role("dialog", name="Similar items")
    expect(dialog).to_be_visible()
    window.settle()
    page.get_by_role("tab", name="Looks alike").focus()
    press("ArrowLeft")
    expect(page.get_by_role("tab", name="Both")).to_be_focused()
    for _ in range(80):
        press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    press("Escape")
    expect(dialog).to_have_count(0)
    expect(similar).to_be_focused()
    page.get_by_role("region", name="Availability").get_by_role("button", name="In stock").focus()
    press("Enter")
    expect(page.get_by_role("button", name="Remove the filter In stock")).to_be_visible()
    window.settle()
    page.locator("main article h3 a").first.focus()
    press("Enter")
    page.wait_for_url("**/p/*")
    expect(page.locator("main")).to_be_focused()
    button = page.get_by_role("button", name="Add to cart")
    button.focus()
    press("Enter")
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()
    window.settle()


def test_every_page_has_one_heading_of_the_first_rank_and_a_name(visit, customer):
    window = visit()
    for path in (*PAGES.values(), f"/customers/{customer}"):
        page = window.go(path)
        if path != "/order":
            assert page.get_by_role("heading", level=1).count() == 1 or "?" in path, path
        assert SHOP in page.title()
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("banner").count() == 1
