"""Rules over HTTP: which are in force, what others would do, and a bundle that has them."""

import os
import signal
from pathlib import Path

import pytest

from parure.client import ApiError, Client
from parure.pipeline.jobs import Jobs
from parure.pipeline.recipe import find_recipe
from parure.rules import RULES

GIVEN = {"recipe": "homepage", "rules": [{"kind": "consent"}, {"kind": "in_stock"}, {"kind": "caps", "category": 1}]}


def _rules_of(served, recipe="homepage"):
    found = next(each for each in served.get("/rules")["recipes"] if each["recipe"] == recipe)
    return {rule["kind"]: rule["config"] for rule in found["rules"]}


def _refused(served, body, path="/rules/preview"):
    response = served.ask(path, "POST", json=body)
    assert response.status_code == 422, response.text
    return response.json()["error"]


def _over(served, job):
    return served.wait_for(
        lambda: told if (told := served.get(f"/rules/preview/{job}"))["state"] != "running" else None
    )


def test_the_rules_of_every_recipe_are_told_with_all_their_parameters(reading):
    told = reading.get("/rules")
    assert told["recipes"][0]["recipe"] == "style_led"
    assert {"homepage", "cart", "email"} <= {each["recipe"] for each in told["recipes"]}
    assert _rules_of(reading)["budget"] == {"above": 0.5, "below": None, "min_orders": 2}
    kinds = {each["kind"]: each for each in told["kinds"]}
    assert {*kinds} == {*RULES}
    assert all(each["does"].endswith(".") and each["reasons"] for each in kinds.values())
    assert kinds["caps"]["parameters"]["properties"]["category"]["minimum"] == 0
    assert [kinds["caps"]["effect"], kinds["in_stock"]["effect"], kinds["upsell"]["effect"]] == [
        "arranges", "removes", "reweighs",
    ]  # fmt: skip


def test_what_is_told_can_be_sent_back_as_it_is(changing):
    for each in changing.get("/rules")["recipes"]:
        given = [{"kind": rule["kind"], **rule["config"]} for rule in each["rules"]]
        published = changing.send("POST", "/rules/publish", {"recipe": each["recipe"], "rules": given})
        kept = find_recipe(each["recipe"], changing.shop)
        assert kept.rules == find_recipe(each["recipe"]).rules
        assert published["recipe_file"] == f"recipes/{each['recipe']}.toml"


def test_every_wrong_parameter_is_named_with_its_place(changing):
    wrong = [{"kind": "in_stok"}, {"kind": "caps", "category": -1, "colour": 2}, {"kind": "boosts", "entries": [{}]}]
    error = _refused(changing, {"recipe": "homepage", "rules": wrong})
    assert error["code"] == "settings"
    places = [each["where"] for each in error["details"]]
    assert places == ["rules.0.kind", "rules.1.category", "rules.1.colour", "rules.2.entries.0.factor"]
    assert "in_stock" in error["details"][0]["problem"]


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ([{"kind": "caps"}, {"kind": "caps"}], "rules"),
        ([{"kind": "diversity"}, {"kind": "boosts"}], "rules"),
        ([{"kind": "consent"}, {"kind": "exclusions", "filters": ["nowhere=1"]}], "rules.1"),
        ([{"kind": "boosts", "entries": [{"name": "b", "where": ["nowhere=1"], "factor": 2}]}], "rules.0"),
    ],
)
def test_rules_that_do_not_hold_together_or_against_the_data_are_refused(changing, rules, where):
    for path in ("/rules/preview", "/rules/publish"):
        error = _refused(changing, {"recipe": "homepage", "rules": rules}, path)
        assert [each["where"] for each in error["details"]] == [where]
    assert not (changing.shop / "recipes" / "none.toml").exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"recipe": "none", "rules": []},
        {"recipe": "../evil", "rules": []},
        {"recipe": "homepage", "rules": {}},
        {"recipe": "homepage", "rules": [{"category": 1}]},
        {"recipe": "homepage", "rules": [{"kind": "caps", "category": "many"}]},
        {"recipe": "homepage", "rules": [{"kind": "caps"}], "surprise": 1},
        {"recipe": "homepage", "rules": [{"kind": "in_stock"}] * 51},
    ],
)
def test_what_is_no_set_of_rules_is_refused(changing, body):
    for path in ("/rules/preview", "/rules/publish"):
        _refused(changing, body, path)


def test_half_a_character_is_refused(changing):
    body = '{"recipe": "homepage", "rules": [{"kind": "exclusions", "items": ["\\ud800"]}]}'
    for path in ("/rules/preview", "/rules/publish"):
        response = changing.ask(path, "POST", content=body, headers={"content-type": "application/json"})
        assert [response.status_code, response.json()["error"]["code"]] == [422, "text"], response.text


def test_a_preview_tells_how_far_it_is_and_what_each_rule_does(changing):
    job = changing.send("POST", "/rules/preview", {**GIVEN, "most": 50})
    assert [job["state"], job["recipe"], job["figures"]] == ["running", "homepage", None]
    busy = changing.ask("/rules/preview", "POST", json=GIVEN)
    assert [busy.status_code, busy.json()["error"]["code"]] == [409, "conflict"]
    told = _over(changing, job["id"])
    assert [told["state"], told["progress"], told["error"]] == ["done", 1.0, None]
    figures = told["figures"]
    assert [figures["recipe"], figures["surface"]] == ["homepage", "homepage"]
    assert figures["occasions"] > 0
    assert [each["rule"] for each in figures["rules"]] == ["all rules", "bought", "consent", "in_stock", "caps"]
    caps = {each["metric"]: each for each in figures["rules"][-1]["figures"]}
    assert {*caps} == {"ndcg", "coverage", "mean_price", "revenue", "changed"}
    assert caps["coverage"]["low"] <= caps["coverage"]["difference"] <= caps["coverage"]["high"]
    assert changing.recommended("C0000001")


def test_a_preview_that_was_ended_says_so_and_another_may_begin(changing):
    job = changing.send("POST", "/rules/preview", GIVEN)
    for pid in _children(changing.process.pid, job["id"]):
        os.kill(pid, signal.SIGKILL)
    told = _over(changing, job["id"])
    assert [told["state"], told["error"]["code"]] == ["failed", "fault"]
    again = changing.send("POST", "/rules/preview", {**GIVEN, "weeks": 2, "most": 10})
    assert _over(changing, again["id"])["state"] == "done"


def _children(parent, name):
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text(encoding="utf-8").split("\0")
        except OSError:
            continue
        if name in words and int(folder.name) != parent:
            yield int(folder.name)


def test_every_worker_tells_of_a_preview_that_one_of_them_began(copied, start):
    with start(copied, workers=2) as served:
        job = served.send("POST", "/rules/preview", {**GIVEN, "most": 10})
        told = _over(served, job["id"])
        assert told["state"] == "done"
        workers = {served.get("/health")["worker"] for _ in range(40)}
        assert len(workers) == 2
        assert all(served.get(f"/rules/preview/{job['id']}") == told for _ in range(20))


@pytest.mark.parametrize("job", ["preview-0123456789abcdef", "none", "..%2f..%2fparure", "map-1"])
def test_a_preview_that_is_not_known_is_not_found(changing, job):
    assert changing.ask(f"/rules/preview/{job}").status_code == 404


def test_published_rules_are_served_kept_and_can_be_gone_back_from(changing):
    before = changing.get("/health")["bundle_version"]
    published = changing.send("POST", "/rules/publish", GIVEN)
    changing.wait_for(lambda: changing.get("/health")["bundle_version"] == published["bundle_version"])
    assert {*_rules_of(changing)} == {"consent", "in_stock", "caps"}
    assert _rules_of(changing)["caps"]["category"] == 1
    told = changing.get("/recommendations/C0000001", surface="homepage", n=6)["items"]
    assert len({each["category"] for each in told}) > 3
    kept = find_recipe("homepage", changing.shop)
    assert [rule.kind for rule in kept.rules] == ["consent", "in_stock", "caps"]
    assert kept.sources == find_recipe("homepage").sources
    facts = changing.get("/bundles")["bundles"][0]["facts"]
    assert "homepage" in facts["rules_published"]
    changing.send("POST", f"/bundles/{published['before']}/publish")
    changing.wait_for(lambda: changing.get("/health")["bundle_version"] == published["before"])
    assert published["before"] in (before, changing.get("/bundles")["named"])


def test_a_recipe_that_the_bundle_lacks_is_not_published(changing):
    error = _refused(changing, {"recipe": "catalogue", "rules": []}, "/rules/publish")
    assert "has no recipe 'catalogue'" in error["message"]
    assert not (changing.shop / "recipes" / "catalogue.toml").exists()


def test_the_client_does_the_same(changing):
    with Client(changing.url) as client:
        assert len(client.rules().kinds) == len(RULES)
        job = client.preview_rules("homepage", GIVEN["rules"], most=10)
        _over(changing, job.id)
        assert client.rules_preview(job.id).figures.rules[0].figures[0].metric == "ndcg"
        assert client.publish_rules("homepage", GIVEN["rules"]).recipe_file == "recipes/homepage.toml"
        with pytest.raises(ApiError) as found:
            client.publish_rules("homepage", [{"kind": "none"}])
    assert found.value.details[0]["where"] == "rules.0.kind"
    assert Jobs(changing.shop).running("preview") is None
