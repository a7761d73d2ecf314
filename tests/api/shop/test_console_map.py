"""The map of taste over HTTP."""

import shutil
import tomllib

import numpy as np
import pytest
import tomli_w

from parure.client import ApiError, Client


@pytest.fixture(scope="module")
def asked(unmade, start):
    with start(unmade) as served:
        yield served


def _map(served):
    served.wait_for(lambda: served.ask("/map").status_code != 503, seconds=180)
    return served.get("/map")


def test_it_is_drawn_in_the_background_and_kept(asked):
    first = asked.ask("/map")
    assert [first.status_code, first.json()["error"]["code"]] == [503, "unavailable"]
    assert int(first.headers["retry-after"]) > 0
    assert asked.recommended("C0000001")
    told = _map(asked)
    assert told["bundle_version"] == asked.get("/health")["bundle_version"]
    assert told["layouts"][-1] == "pca"
    assert [len(told["products"]), told["catalogue_size"]] == [90, 90]
    for each in (*told["products"], *told["customers"]):
        assert {*each["places"]} == {*told["layouts"]}
        assert all(0 <= coordinate <= 1 for place in each["places"].values() for coordinate in place)
    assert all(len(values) == 90 for values in told["columns"].values())
    assert told["products"][0]["category"]
    kept = asked.shop / "cache" / "jobs" / f"map-{told['bundle_version']}.json"
    assert kept.is_file()
    assert asked.get("/map") == told


def test_products_alike_lie_near_each_other(asked):
    products = _map(asked)["products"]
    places = np.array([each["places"]["pca"] for each in products])
    near = np.mean([np.linalg.norm(places[row] - places[each["alike"][0]]) for row, each in enumerate(products)])
    far = np.mean([np.linalg.norm(places[row] - places[row - 45]) for row in range(len(products))])
    assert near < far / 2


def test_the_client_does_the_same(asked):
    _map(asked)
    with Client(asked.url) as client:
        told = client.taste_map()
    assert len(told.products[0].places["pca"]) == 2
    assert told.customers[0].near


def test_without_vectors_one_is_told_to_encode(made, tmp_path, start, train):
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    for name in ("embeddings", "vectors"):
        shutil.rmtree(shop / name, ignore_errors=True)
    settings = tomllib.loads((shop / "parure.toml").read_text(encoding="utf-8"))
    settings["train"] = {**settings["train"], "recipe": "hybrid", "surfaces": [], "models": []}
    (shop / "parure.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    train(shop)
    with start(shop) as served, Client(served.url) as client:
        with pytest.raises(ApiError) as found:
            client.taste_map()
        assert [found.value.status, found.value.code] == [422, "input"]
        assert "parure encode" in found.value.hint
