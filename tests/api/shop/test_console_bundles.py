"""The console's list of bundles, and what it may do with them."""

import shutil

import pytest

from parure.client import ApiError, Client


def _entries(served):
    return {each["version"]: each for each in served.get("/bundles")["bundles"]}


def _served(served, version):
    served.wait_for(lambda: served.get("/health")["bundle_version"] == version)


def test_every_bundle_is_listed_with_its_figures(reading):
    told = reading.get("/bundles")
    assert len(told["bundles"]) == 2
    assert told["named"] == told["served"] == told["bundles"][0]["version"]
    first, second = told["bundles"]
    assert [first["named"], first["served"], second["named"], second["served"]] == [True, True, False, False]
    assert [first["users"], first["items"]] == [60, 90]
    assert first["size_bytes"] > 100_000
    assert first["made_at"] <= first["published_at"]
    assert first["recipes"][0]["name"] == "style_led"
    assert {"homepage", "cart"} <= {each["surface"] for each in first["recipes"]}
    assert {*first["figures"]} == {*second["figures"]} >= {"users", "events", "repeat_share", "size_bytes"}
    assert first["figures"]["seed"] != second["figures"]["seed"]


def test_a_bundle_is_gone_back_to_and_published_again(changing):
    newer, older = [each["version"] for each in changing.get("/bundles")["bundles"]]
    assert changing.send("POST", "/bundles/rollback") == {"bundle_version": older, "before": newer}
    _served(changing, older)
    assert _entries(changing)[older]["named"]
    assert changing.send("POST", f"/bundles/{newer}/publish") == {"bundle_version": newer, "before": older}
    _served(changing, newer)


@pytest.mark.parametrize("version", ["none", "..", "2026-01-01-00000000", "%2e%2e%2fcurrent", "a" * 300])
def test_a_bundle_that_is_not_there_is_not_published(changing, version):
    response = changing.ask(f"/bundles/{version}/publish", "POST")
    assert response.status_code in (404, 405), response.text
    assert _entries(changing)[changing.get("/bundles")["named"]]["named"]


def test_a_broken_bundle_is_listed_with_what_is_broken_and_not_published(changing):
    newer, older = [each["version"] for each in changing.get("/bundles")["bundles"]]
    path = changing.shop / "bundles" / older
    kept = changing.shop / "kept"
    shutil.copytree(path, kept)
    with (path / "events.npz").open("ab") as file:
        file.write(b"more")
    response = changing.ask(f"/bundles/{older}/publish", "POST")
    assert [response.status_code, response.json()["error"]["code"]] == [409, "conflict"]
    assert "does not match its checksum" in response.json()["error"]["message"]
    assert changing.ask("/bundles/rollback", "POST").status_code == 409
    (path / "events.npz").unlink()
    assert "lacks its file events.npz" in _entries(changing)[older]["refused"]
    (path / "manifest.json").write_text("{", encoding="utf-8")
    entry = _entries(changing)[older]
    assert entry["refused"]
    assert entry["users"] is None
    shutil.rmtree(path)
    assert changing.ask("/bundles/rollback", "POST").status_code == 409
    shutil.move(kept, path)
    assert changing.get("/health")["bundle_version"] == newer


def test_the_client_does_the_same(changing):
    with Client(changing.url) as client:
        before = client.bundles()
        named = client.roll_back_bundle()
        assert named.before == before.named
        assert client.publish_bundle(str(before.named)).before == named.bundle_version
        with pytest.raises(ApiError) as found:
            client.publish_bundle("none")
    assert found.value.code == "unknown_id"
