"""What somebody does in the shop, from the first look to the order."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, at_work


def _events(sent):
    return [event for body in sent for event in body["events"]]


def _open_first_product(page):
    page.locator("main article h3 a").first.click()
    page.wait_for_url("**/p/*")
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()


def _drop_picture(page: Page, path: Path) -> None:
    """Drop a file on the page, as a mouse does."""
    page.evaluate(
        """async (bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", { type: "image/jpeg" }));
            const over = { dataTransfer: data, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("dragover", over));
            document.body.dispatchEvent(new DragEvent("drop", over));
        }""",
        [*path.read_bytes()],
    )


def test_a_new_visitor_looks_around_buys_and_is_shown_something_else(visit):
    window = visit()
    page = window.go("/")
    before = window.shown()
    _open_first_product(page)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()
    page.get_by_role("link", name="Go to the cart").click()
    expect(page.get_by_role("heading", name="Cart", exact=True)).to_be_visible()
    page.get_by_role("button", name="One more").click()
    window.settle()
    expect(page.get_by_role("link", name="Cart, 2 items")).to_be_visible()
    with at_work(page, "/events") as sent:
        page.get_by_role("button", name="Order").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    bought = [event for event in _events(sent) if event["event"] == "purchase"]
    assert [(event["quantity"], event["surface"], bool(event["order_id"])) for event in bought] == [
        (2, "homepage", True)
    ]
    assert bought[0]["item_id"] == before[0]
    page.get_by_role("link", name="To your suggestions").click()
    window.settle()
    assert window.shown() != before
    expect(page.get_by_role("link", name="Cart, 0 items")).to_be_visible()


def test_the_order_can_be_come_back_to_by_its_address(visit):
    window = visit()
    page = window.go("/p/P00017")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").click()
    page.get_by_role("button", name="Order").click()
    page.wait_for_url("**/order?id=*")
    page.reload()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(window.settle().locator("main ul li").first).to_contain_text("1 \N{MULTIPLICATION SIGN}")


def test_words_are_searched_filtered_and_taken_back(visit):
    window = visit()
    page = window.go("/")
    page.get_by_role("searchbox", name="Search for products").fill("gold ring")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=gold+ring")
    status = page.locator("main [role=status]").first
    expect(status).to_have_text(re.compile(r"^\d+ products in [\d.,]+ ms$"))
    found = int(status.inner_text().split()[0])
    page.get_by_role("region", name="Category").get_by_role("button", name=re.compile("^Rings")).click()
    page.wait_for_url("**f=category%3Drings")
    expect(status).not_to_have_text(re.compile(f"^{found} products"))
    rings = int(status.inner_text().split()[0])
    assert rings < found
    page.get_by_role("region", name="Price").get_by_role("button").first.click()
    expect(page.get_by_role("button", name=re.compile("^Remove the filter"))).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("button", name=re.compile("^Remove the filter"))).to_have_count(1)
    page.get_by_role("button", name="Remove the filter Rings").click()
    expect(status).to_have_text(re.compile(f"^{found} products"))


def test_two_values_of_a_facet_add_up_and_all_are_cleared_at_once(visit):
    window = visit()
    page = window.go("/search?q=jewellery&f=category%3Drings")
    page.get_by_role("region", name="Category").get_by_role("button", name=re.compile("^Necklaces")).click()
    expect(page.get_by_role("button", name=re.compile("^Remove the filter"))).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    page.wait_for_url("**/search?q=jewellery")
    expect(page.get_by_role("button", name=re.compile("^Remove the filter"))).to_have_count(0)


def test_what_is_found_can_be_sorted_and_the_address_says_how(visit):
    window = visit()
    page = window.go("/search?q=ring")
    with page.expect_response(lambda response: "sort=price_asc" in response.url):
        page.get_by_role("combobox", name="Sort").select_option("Price, low to high")
    page.wait_for_url("**sort=price_asc")
    page.wait_for_timeout(200)  # until what came is drawn
    window.settle()
    told = page.locator("main article p .tabular-nums").all_inner_texts()
    prices = [float(re.sub(r"[^\d.]", "", each)) for each in told]
    assert len(prices) > 5
    assert prices == sorted(prices)
    page.go_back()
    expect(page.get_by_role("combobox", name="Sort")).to_have_value("relevance")


def test_nothing_found_has_a_way_out(visit):
    window = visit()
    page = window.go("/search?q=ring&f=price%3C0.01")
    expect(page.get_by_text("Nothing fits all of this")).to_be_visible()
    page.get_by_role("link", name="Search without filters").click()
    expect(page.locator("main article").first).to_be_visible()


@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_a_picture_finds_what_looks_like_it(visit, web, how):
    window = visit()
    page = window.go("/")
    picture = web.shop / "exports" / "images" / "P00017.jpg"
    if how == "chosen":
        page.locator("input[type=file]").set_input_files(picture)
    else:
        _drop_picture(page, picture)
    page.wait_for_url("**/search?picture=*")
    expect(page.get_by_role("heading", name="What looks like your picture")).to_be_visible()
    expect(page.locator("main article").first).to_be_visible()
    title = web.get("/items/P00017")["attributes"]["title"]
    assert title in [each.inner_text() for each in page.locator("main article h3").all()][:3]
    page.get_by_role("searchbox").fill("ring")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="“ring” that looks like your picture")).to_be_visible()
    page.reload()
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    page.get_by_role("link", name="Remove the picture").click()
    expect(page.get_by_role("heading", name="“ring”", exact=True)).to_be_visible()


def test_what_is_no_picture_is_said_to_be_none(visit, tmp_path):
    window = visit()
    page = window.go("/")
    file = tmp_path / "words.jpg"
    file.write_text("words")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("This file is not a picture that can be read.")).to_be_visible()


def test_a_product_shows_what_is_like_it_in_three_ways(visit):
    window = visit()
    page = window.go("/p/P00017")
    tabs = page.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Looks alike", "Bought together", "Both"]
    expect(page.get_by_role("tabpanel").get_by_role("meter", name="Likeness").first).to_be_visible()
    page.get_by_role("tab", name="Both").click()
    page.wait_for_url("**mode=mixed")
    expect(page.get_by_role("tab", name="Both")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel").locator("article").first).to_be_visible()


def test_the_window_of_similar_items_opens_from_a_card_and_leads_on(visit):
    window = visit()
    page = window.go("/")
    page.get_by_role("button", name=re.compile("^Items similar to")).first.click()
    dialog = page.get_by_role("dialog", name="Similar items")
    expect(dialog.locator("article").first).to_be_visible()
    page.go_back()
    expect(dialog).to_have_count(0)
    page.go_forward()
    dialog.locator("article h3 a").first.click()
    page.wait_for_url("**/p/*")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()


def test_why_this_shows_what_it_rests_on(visit, web, customer):
    window = visit()
    _shop_as(window, customer)
    page = window.page
    told = web.get(f"/recommendations/{customer}", surface="homepage", n=12)["items"]
    named = next(item for item in told if item["evidence"] and item["evidence"]["item_id"] != item["item_id"])
    page.get_by_role("button", name=f"Why this? {named['title']}").first.click()
    dialog = page.get_by_role("dialog", name="Why this?")
    expect(dialog.get_by_role("meter", name="How far up it stands, of what was found for you")).to_be_visible()
    expect(dialog.get_by_text("It rests on")).to_be_visible()
    expect(dialog.get_by_role("img")).to_have_count(2)
    for picture in dialog.get_by_role("img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_what_is_not_wanted_is_gone_at_once_and_for_good(visit, web):
    window = visit()
    page = window.go("/")
    hidden = window.shown()[0]
    with at_work(page, "/events") as sent:
        page.get_by_role("button", name=re.compile("^Not interested in")).first.click()
        assert hidden not in window.shown()
    assert ("dismiss", hidden) in [(event["event"], event["item_id"]) for event in _events(sent)]
    visitor = page.evaluate("JSON.parse(localStorage['parure.session']).visitor")
    assert hidden not in web.recommended(visitor, surface="homepage", n=50)


def test_what_is_saved_waits_below_the_cart(visit):
    window = visit()
    page = window.go("/")
    page.get_by_role("button", name=re.compile("^Save ")).first.click()
    expect(page.get_by_text("Saved. You find it below your cart.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Cart")).click()
    saved = page.get_by_role("region", name="Saved for later")
    saved.get_by_role("button", name="Move to the cart").click()
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()
    expect(saved).to_have_count(0)


def test_what_came_into_view_is_counted_once_and_under_its_recommendation(visit):
    window = visit()
    page = window.page
    with at_work(page, "/events") as sent:
        window.go("/")
        page.wait_for_timeout(3_500)
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(500)
    impressions = [event for event in _events(sent) if event["event"] == "impression"]
    assert impressions
    assert all(event["recommendation_id"] and event["surface"] == "homepage" for event in impressions[:4])
    keys = [(event["recommendation_id"], event["item_id"]) for event in impressions]
    assert len(keys) == len({*keys})


def _shop_as(window, customer):
    page = window.go("/")
    page.get_by_role("button", name="Shopping as").click()
    dialog = page.get_by_role("dialog", name="Who is shopping?")
    dialog.get_by_role("searchbox").fill(customer[-4:])
    dialog.get_by_role("button", name=re.compile(f"^{customer}")).click()
    expect(dialog).to_have_count(0)
    return window.settle()


def test_another_customer_sees_another_shop_and_their_clicks_are_theirs(visit, customer):
    window = visit()
    page = window.go("/")
    before = window.shown()
    _shop_as(window, customer)
    expect(page.get_by_role("button", name=re.compile(customer))).to_be_visible()
    expect(page.locator("main").get_by_text("purchases", exact=False).first).to_be_visible()
    assert window.shown() != before
    with at_work(page, "/events") as sent:
        _open_first_product(page)
    clicks = [event for event in _events(sent) if event["event"] == "click"]
    assert [click["user_id"] for click in clicks] == [customer]
    page.reload()
    expect(page.get_by_role("button", name=re.compile(customer))).to_be_visible()
    page.get_by_role("button", name="Shopping as").click()
    page.get_by_role("button", name="Begin as a new visitor").click()
    expect(page.get_by_role("button", name="Shopping as Visitor")).to_be_visible()


def test_another_model_recommends_something_else_and_stands_in_the_address(visit, customer):
    window = visit()
    page = _shop_as(window, customer)
    usual = window.shown()
    page.get_by_role("combobox", name="Recommended by").select_option("popular")
    page.wait_for_url("**?model=popular")
    window.settle()
    chosen = window.shown()
    assert chosen != usual
    page.go_back()
    window.settle()
    assert window.shown() == usual


def test_the_feed_goes_on_as_one_scrolls_and_back_leads_to_where_one_was(visit):
    window = visit()
    page = window.go("/")
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    cards = page.locator("section[aria-labelledby=feed] article h3 a")
    # The first list, two rows that are scrolled sideways, and what came after them.
    expect(page.locator("section[aria-labelledby=feed] > div > div.grid")).to_have_count(2)
    window.settle()
    card = cards.nth(14)
    card.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    window.settle()
    place, number = page.evaluate("scrollY"), cards.count()
    assert place > 500
    card.click()
    page.wait_for_url("**/p/*")
    assert page.evaluate("scrollY") == 0
    window.settle()
    page.go_back()
    expect(cards).to_have_count(number)
    page.wait_for_timeout(500)
    assert abs(page.evaluate("scrollY") - place) < 200
    expect(page.get_by_role("button", name="Show what fits now")).to_be_visible()


def test_the_whole_way_works_on_a_phone(visit):
    window = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page = window.go("/search?q=ring")
    expect(page.get_by_role("region", name="Material")).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    page.get_by_role("region", name="Material").get_by_role("button").first.tap()
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    page.locator("main article h3 a").first.tap()
    page.wait_for_url("**/p/*")
    page.get_by_role("button", name="Add to cart").tap()
    page.get_by_role("link", name="Cart, 1 item").tap()
    page.get_by_role("button", name="Order").tap()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    window.settle()


@pytest.mark.parametrize(
    "path", ["/", "/p/P00017", "/search?q=ring", "/cart", "/?similar=P00017", "/?who=choose", "/none"]
)
def test_nothing_is_wider_than_a_phone(visit, path):
    window = visit(viewport=PHONE, is_mobile=True, has_touch=True, faults=path == "/none")
    page = window.go(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pictures_come_without_moving_the_page(visit):
    window = visit()
    window.page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const each of list.getEntries()) "
        "if (!each.hadRecentInput) window.moved += each.value; }).observe({ type: 'layout-shift', buffered: true });"
    )
    for path in ("/", "/p/P00017", "/search?q=ring"):
        page = window.go(path)
        page.wait_for_timeout(300)
        assert page.evaluate("window.moved") < 0.1, path
