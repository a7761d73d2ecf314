"""What is said of a product holds in the next answer of every kind."""

import pytest

ADDED = {"title": "Zirkonring Morgentau", "category": "rings", "price": 77.5, "in_stock": True}


def _popular(changing):
    return [each["item_id"] for each in changing.get("/items/popular", n=80)["items"]]


def _similar(changing, to="P00002"):
    return [each["item_id"] for each in changing.get(f"/items/{to}/similar", n=80)["items"]]


def _searched(changing, title):
    return [each["item_id"] for each in changing.search(title, n=90)["items"]]


def _places(changing, who="C0000004"):
    """An item that every kind of answer shows, and the title that it is searched by."""
    shown = {*changing.recommended(who, n=60)} & {*_popular(changing)} & {*_similar(changing)}
    item = min(shown - {"P00002"})
    return item, changing.get(f"/items/{item}")["attributes"]["title"]


def test_what_cannot_be_bought_is_recommended_nowhere_and_said_to_be_out_of_stock(changing):
    who = "C0000004"
    item, title = _places(changing)
    changing.send("PUT", f"/items/{item}/stock", {"in_stock": False})
    assert item not in changing.recommended(who, n=60)
    assert item not in _popular(changing)
    assert item not in _similar(changing)
    assert changing.get(f"/items/{item}")["attributes"]["in_stock"] is False
    assert item not in [each["item_id"] for each in changing.search(title, filters="in_stock", n=90)["items"]]
    changing.send("PUT", f"/items/{item}/stock", {"in_stock": True})
    assert item in changing.recommended(who, n=60)
    assert item in _popular(changing)
    assert item in _similar(changing)
    assert item in [each["item_id"] for each in changing.search(title, filters="in_stock", n=90)["items"]]


def test_a_new_price_stands_in_every_answer_and_filters_go_by_it(changing):
    who = "C0000004"
    item, title = _places(changing)
    changing.send("PUT", f"/items/{item}/price", {"price": 4321.09})
    answers = [
        changing.get(f"/recommendations/{who}", n=60),
        changing.get("/items/popular", n=80),
        changing.get("/items/P00002/similar", n=80),
        changing.search(title, n=90),
    ]
    for answer in answers:
        assert [each["item_price"] for each in answer["items"] if each["item_id"] == item] in ([4321.09], [])
    assert [each["item_price"] for each in answers[3]["items"] if each["item_id"] == item] == [4321.09]
    assert changing.get(f"/items/{item}")["attributes"]["price_cents"] == 432109
    assert changing.recommended(who, price_min=4321, price_max=4322) == [item]
    assert item not in changing.recommended(who, n=60, price_max=4321)
    assert [each["item_id"] for each in changing.search(title, filters="price>4321")["items"]] == [item]


def test_what_is_removed_is_gone_everywhere_and_comes_back_when_it_is_told_again(changing):
    who = "C0000006"
    item, title = _places(changing, who)
    assert changing.send("DELETE", f"/items/{item}") == {"changed": 1, "in_bundle": 1}
    assert item not in changing.recommended(who, n=60)
    assert item not in _popular(changing)
    assert item not in _similar(changing)
    assert item not in _searched(changing, title)
    assert changing.get(f"/items/{item}")["withdrawn"] is True
    changing.send("PUT", f"/items/{item}", {"title": title})
    assert changing.get(f"/items/{item}")["withdrawn"] is False
    assert item in changing.recommended(who, n=60)
    assert item in _searched(changing, title)


def test_a_new_product_can_be_found_at_once_and_is_there_to_be_looked_at(changing):
    assert changing.ask("/items/N1").status_code == 404
    assert changing.send("PUT", "/items/N1", ADDED) == {"changed": 1, "in_bundle": 0}
    told = changing.get("/items/N1")
    assert not told["in_bundle"]
    assert told["attributes"] == {
        "item_id": "N1", "title": ADDED["title"], "category": "rings", "price_cents": 7750, "in_stock": True,
    }  # fmt: skip
    found = changing.search("Morgentau")["items"][0]
    assert [found["item_id"], found["item_price"], found["category"]] == ["N1", 77.5, "rings"]
    assert "N1" not in changing.recommended("C0000004", n=90)
    assert changing.send("DELETE", "/items/N1")["changed"] == 1
    assert "N1" not in _searched(changing, "Morgentau")


def test_a_new_title_is_told_and_found(changing):
    changing.send("PUT", "/items/P00011", {"title": "Quetzalcoatl brooch"})
    assert changing.get("/items/P00011")["attributes"]["title"] == "Quetzalcoatl brooch"
    assert _searched(changing, "Quetzalcoatl")[0] == "P00011"
    shown = changing.get("/recommendations/C0000004", n=90)["items"]
    assert {each["title"] for each in shown if each["item_id"] == "P00011"} <= {"Quetzalcoatl brooch"}


def test_several_changes_come_all_or_none(changing):
    body = {"items": {"P00012": {"price": 1.25}, "P00013": {"in_stock": False}}, "remove": ["P00014"]}
    assert changing.send("POST", "/items", body) == {"changed": 3, "in_bundle": 3}
    assert changing.get("/items/P00012")["attributes"]["price_cents"] == 125
    assert changing.get("/items/P00014")["withdrawn"]
    wrong = {"items": {"P00012": {"price": 9.0}, "P00013": {"attributes": {"weight": "heavy"}}}}
    assert changing.ask("/items", "POST", json=wrong).status_code == 422
    assert changing.get("/items/P00012")["attributes"]["price_cents"] == 125


@pytest.mark.parametrize("item", ["P00015", "N-wrong"])
@pytest.mark.parametrize(
    "attributes",
    [
        {"item_id": "P00001"},
        {"withdrawn": True},
        {"price_cents": -1},
        {"title": None},
        {"brand": {"a": 1}},
        {"brand": 7},
    ],
)
def test_what_does_not_fit_its_column_is_refused_and_search_goes_on(changing, item, attributes):
    response = changing.ask(f"/items/{item}", "PUT", json={"title": "Aurora", "attributes": attributes})
    assert response.status_code == 422
    assert next(iter(attributes)) in response.json()["error"]["message"]
    assert changing.search("ring")["items"]


def test_a_file_that_is_no_picture_is_not_shown_whatever_the_catalogue_says(changing):
    (changing.shop / "private.txt").write_text("a secret", encoding="utf-8")
    changing.send("PUT", "/items/P00017", {"attributes": {"image_url": "private.txt"}})
    for size in ({}, {"size": 32}):
        response = changing.ask("/images/P00017", params=size)
        assert "secret" not in response.text


def test_a_column_that_the_shop_does_not_have_is_kept_with_the_product(changing):
    changing.send("PUT", "/items/N2", {"title": "Aurora", "attributes": {"shelf": [1, 2]}})
    assert changing.get("/items/N2")["attributes"]["shelf"] == [1, 2]
    assert _searched(changing, "Aurora")


def test_an_answer_of_the_catalogue_is_not_sent_again_while_it_holds(changing):
    for path in ("/items/P00016", "/items/popular"):
        first = changing.ask(path)
        etag = {"If-None-Match": first.headers["etag"]}
        again = changing.ask(path, headers=etag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        changing.send("PUT", "/items/P00016/price", {"price": 5.0 if path.endswith("16") else 6.0})
        anew = changing.ask(path, headers=etag)
        assert anew.status_code == 200
        assert anew.headers["etag"] != first.headers["etag"]
    picture = changing.ask("/images/P00016", params={"size": 32})
    assert (
        changing.ask(
            "/images/P00016", params={"size": 32}, headers={"If-None-Match": picture.headers["etag"]}
        ).status_code
        == 304
    )
