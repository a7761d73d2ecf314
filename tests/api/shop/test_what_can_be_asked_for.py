"""Pages, filters, models, goals, languages, moments and pictures: what a request may ask for."""

import base64

import pytest

WHO = "C0000001"


def _pages(reading, path, *, most=50, **query):
    """All pages of a list."""
    pages, cursor = [], None
    while len(pages) < most:
        told = reading.get(path, **query, **({"cursor": cursor} if cursor else {}))
        pages.append(told)
        cursor = told["next_cursor"]
        if cursor is None:
            break
    return pages


def _of_another_bundle(cursor):
    known = base64.urlsafe_b64decode(cursor)
    return base64.urlsafe_b64encode(known.replace(b"2026-", b"2025-")).decode()


def test_pages_of_recommendations_do_not_overlap_and_end(reading):
    pages = _pages(reading, f"/recommendations/{WHO}", n=15)
    items = [each["item_id"] for page in pages for each in page["items"]]
    assert len(pages) > 2
    assert len({*items}) == len(items)
    assert len({page["recommendation_id"] for page in pages}) == 1
    assert pages[-1]["next_cursor"] is None


def test_pages_do_not_overlap_whatever_chance_does_with_their_places(reading):
    explored = 0
    for number in range(60):
        body = {"user_id": WHO, "num_recommendations": 3, "surface": "homepage", "request_id": f"request {number}"}
        told = reading.send("POST", "/recommendations", body)
        items, cursor = told["items"], told["next_cursor"]
        for _ in range(4):
            page = reading.send("POST", "/recommendations", {**body, "cursor": cursor})
            assert len(page["items"]) == 3
            items, cursor = items + page["items"], page["next_cursor"]
        assert len({each["item_id"] for each in items}) == len(items) == 15
        explored += any("explored_random" in each["marks"] for each in items)
    assert explored > 5, "chance had nothing to do with it"


def test_a_page_by_a_body_goes_on_where_the_one_before_ended(reading):
    first = reading.send("POST", "/recommendations", {"user_id": WHO, "num_recommendations": 10})
    body = {"user_id": WHO, "num_recommendations": 10, "cursor": first["next_cursor"]}
    second = reading.send("POST", "/recommendations", body)
    assert not {each["item_id"] for each in first["items"]} & {each["item_id"] for each in second["items"]}


@pytest.mark.parametrize(("path", "query"), [("/users", {}), ("/customers", {}), ("/customers", {"sort": "purchases"})])
def test_pages_of_customers_hold_each_of_them_once(reading, path, query):
    pages = _pages(reading, path, n=17, **query)
    users = [each["user_id"] for page in pages for each in page["users"]]
    assert len(users) == len({*users}) == pages[0]["total"] == 60


@pytest.mark.parametrize("path", [f"/recommendations/{WHO}", "/users", "/customers"])
def test_a_cursor_of_another_bundle_is_told_apart_from_one_that_never_was(reading, path):
    cursor = reading.get(path, n=5)["next_cursor"]
    stale = reading.ask(path, params={"n": 5, "cursor": _of_another_bundle(cursor)})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "cursor_stale")
    odd = (b"-5 x", b'[Infinity,"a","v"]', b'[-1,"a","v"]', b'[1e999,"a","v"]', b'[1,"' + b"a" * 200 + b'","v"]')
    for wrong in ("x", "====", "é", *(base64.urlsafe_b64encode(each).decode() for each in odd)):
        assert reading.ask(path, params={"n": 5, "cursor": wrong}).status_code == 422


def test_a_request_of_any_name_can_be_gone_on_with(reading):
    for name in ("💍" * 100, "\x01" * 100, "a" * 100):
        body = {"user_id": WHO, "num_recommendations": 5, "request_id": name}
        first = reading.send("POST", "/recommendations", body)
        second = reading.send("POST", "/recommendations", {**body, "cursor": first["next_cursor"]})
        assert second["recommendation_id"] == first["recommendation_id"]
        assert not {each["item_id"] for each in first["items"]} & {each["item_id"] for each in second["items"]}


def test_a_price_range_holds_for_every_item(reading):
    told = reading.get(f"/recommendations/{WHO}", n=60, price_min=100, price_max=250)
    assert told["items"]
    assert all(100 <= each["item_price"] <= 250 for each in told["items"])
    response = reading.ask(f"/recommendations/{WHO}", params={"price_min": 2, "price_max": 1})
    assert response.status_code == 422


def test_filters_hold_for_every_item_and_one_that_cannot_be_read_is_named(reading):
    told = reading.get(
        f"/recommendations/{WHO}", n=60, filters=["category=rings|watches", "price<=400"], properties="category"
    )
    assert {each["properties"]["category"] for each in told["items"]} == {"rings", "watches"}
    assert all(each["item_price"] <= 400 for each in told["items"])
    wrong = reading.ask(f"/recommendations/{WHO}", params={"filters": "sparkle=yes"})
    assert wrong.status_code == 422
    assert "sparkle" in wrong.json()["error"]["message"]


def test_properties_come_as_asked_for(reading):
    items = reading.get(f"/recommendations/{WHO}", properties=["material", "brand"])["items"]
    assert all({*each["properties"]} == {"material", "brand"} for each in items)
    assert all("properties" not in each for each in reading.get(f"/recommendations/{WHO}")["items"])


def test_what_was_bought_is_left_out_where_that_is_asked_for(reading):
    latest = reading.get(f"/users/{WHO}/profile", latest=500)["latest_events"]
    bought = {each["item_id"] for each in latest if each["event"] == "purchase"}
    assert bought & {*reading.recommended(WHO, n=60, exclude_purchased=False)}
    assert not bought & {*reading.recommended(WHO, n=60, exclude_purchased=True)}


def test_at_a_moment_in_the_past_only_what_was_before_it_counts(reading):
    first = reading.get(f"/recommendations/{WHO}", timestamp="2000-01-01T00:00:00Z")
    stranger = reading.get("/recommendations/nobody-at-all", timestamp="2000-01-01T00:00:00Z")
    assert all(each["evidence"] is None for each in first["items"])
    assert {each["item_id"] for each in stranger["items"]}
    today = reading.get(f"/recommendations/{WHO}")
    assert any(each["evidence"] for each in today["items"])


def test_a_model_is_asked_for_by_name_and_an_unknown_one_is_told_what_there_is(reading):
    models = [each["name"] for each in reading.get("/models")["models"]]
    assert {"style_led", "hybrid", "session", "homepage"} <= {*models}
    for name in models:
        told = reading.get(f"/recommendations/{WHO}", model=name, n=3, item_ids="P00002")
        assert told["primary_model"] == name or name in told["primary_model"]
    response = reading.ask(f"/recommendations/{WHO}", params={"model": "hybrod"})
    error = response.json()["error"]
    assert response.status_code == 422
    assert all(name in error["hint"] for name in models)
    assert "hybrid" in error["message"]


def test_goals_are_taken_and_unknown_ones_refused(reading):
    assert reading.get(f"/recommendations/{WHO}", goals=["purchase=2", "click=0.5"])["items"]
    assert reading.send("POST", "/recommendations", {"user_id": WHO, "goals": {"purchase": 2}})["items"]
    for response in (
        reading.ask(f"/recommendations/{WHO}", params={"goals": "fame=1"}),
        reading.ask("/recommendations", "POST", json={"user_id": WHO, "goals": {"fame": 1}}),
    ):
        assert response.status_code == 422


def test_reasons_are_given_in_german_where_that_is_asked_for(reading):
    english = reading.get(f"/recommendations/{WHO}")["items"]
    german = reading.get(f"/recommendations/{WHO}", language="de")["items"]
    assert [each["item_id"] for each in german] == [each["item_id"] for each in english]
    assert all(
        one["recommendation_reason"] != two["recommendation_reason"] for one, two in zip(german, english, strict=True)
    )
    assert any("gekauft" in each["recommendation_reason"] for each in german)


@pytest.mark.parametrize("surface", ["product_page", "homepage", "email", "cart", "post_purchase"])
def test_every_place_in_the_shop_answers_and_is_named_in_the_recommendation_id(reading, surface):
    told = reading.get(f"/recommendations/{WHO}", surface=surface, item_ids=["P00002", "P00003"])
    assert told["surface"] == surface
    assert told["recommendation_id"].startswith(f"{surface}.{told['bundle_version'][-8:]}.")
    assert told["items"]


def test_equal_names_of_requests_get_equal_answers(reading):
    one, two = (reading.get(f"/recommendations/{WHO}", surface="homepage", request_id="again", n=20) for _ in range(2))
    assert one["items"] == two["items"]
    assert one["recommendation_id"] == two["recommendation_id"]


def test_a_picture_finds_its_product_and_words_beside_it_narrow(reading):
    reading.search("ring")
    for item in ("P00005", "P00031", "P00077"):
        picture = reading.ask(f"/images/{item}").content
        told = reading.ask("/search", "POST", files={"picture": picture}, data={"n": "5"}).json()
        assert told["items"][0]["item_id"] == item
    both = reading.ask("/search", "POST", files={"picture": picture}, data={"q": "gold", "n": "5"}).json()
    assert both["items"]


def test_words_in_german_find_what_is_described_in_english(reading):
    found = reading.search("goldener Ring", n=5)["items"]
    assert {each["category"] for each in found} & {"rings"}


def test_pictures_come_in_the_size_that_is_asked_for(reading):
    whole, small = reading.ask("/images/P00005"), reading.ask("/images/P00005", params={"size": 48})
    assert whole.headers["content-type"] == small.headers["content-type"] == "image/jpeg"
    assert len(small.content) < len(whole.content)


def test_what_stands_in_the_catalogue_under_an_odd_name_is_refused_kindly(reading):
    for name in ("%00", "a%0Ab", "x" * 300):
        assert reading.ask(f"/items/{name}").status_code in (400, 404, 422)
