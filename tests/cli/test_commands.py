"""The commands as a person or a script runs them: real processes, real files."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

PRODUCTS = "product_id,title,category,price,image_url,stock_status\n" + "".join(
    f"{metal}-{kind},{metal.title()} {kind},{kind},{price},{metal}-{kind}.jpg,in_stock\n"
    for metal in ("gold", "silver")
    for kind, price in (("ring", "199.00"), ("chain", "99.50"), ("watch", "349.00"), ("brooch", "49.90"))
)


def run(*arguments: str, shop: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", **({"PARURE_SHOP": str(shop)} if shop else {})}
    command = [sys.executable, "-m", "parure", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def done(*arguments: str, shop: Path | None = None) -> str:
    finished = run(*arguments, shop=shop)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of a shop where even customers love gold and odd ones silver; each buys one piece a week."""
    folder = tmp_path_factory.mktemp("exports")
    orders = ["order_id,customer_id,order_date,order_status,total_amount"]
    lines = ["order_item_id,order_id,product_id,quantity,unit_price"]
    for customer in range(16):
        metal = "gold" if customer % 2 == 0 else "silver"
        kinds = ("ring", "chain", "watch", "brooch")
        for week in range(3):  # so that each customer still lacks one piece of their metal
            kind = kinds[(week + customer // 2) % 4]
            number = f"o{customer:02}{week}"
            day = date(2024, 1, 1) + timedelta(days=7 * week + customer % 5)
            orders.append(f"{number},c{customer:02},{day},completed,100.00")
            lines.append(f"{number}-1,{number},{metal}-{kind},1,100.00")
    lines.append("bad-1,o000,gold-ring,-3,100.00")
    (folder / "products.csv").write_text(PRODUCTS)
    (folder / "orders.csv").write_text("\n".join(orders) + "\n")
    (folder / "order_items.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def shop(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that was made, filled and trained by the commands themselves."""
    home = tmp_path_factory.mktemp("work") / "shop"
    done("init", str(home), "--currency", "EUR")
    done("ingest", str(files), shop=home)
    done("train", shop=home)
    return home


def test_version_is_printed() -> None:
    assert done("--version").startswith("parure 0.")


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "inspect",
        "config",
        "doctor",
        "rollback",
        "ingest",
        "train",
        "evaluate",
        "recommend",
        "similar",
        "popular",
        "demo",
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert "Example: parure" in done(command, "--help")


def test_ingest_accounts_for_every_row(files: Path, tmp_path: Path) -> None:
    told = json.loads(done("ingest", str(files), "--json", shop=tmp_path))
    for table, counts in told["tables"].items():
        given = len((files / f"{table}.csv").read_text().splitlines()) - 1
        kept, set_aside = (
            sum(pq.read_metadata(part).num_rows for part in (tmp_path / place / table).glob("*.parquet"))
            for place in ("tables", "quarantine")
        )
        assert (counts["rows_in"], counts["rows_accepted"], counts["rows_quarantined"]) == (given, kept, set_aside)
        assert given == kept + set_aside
    assert told["tables"]["order_items"]["rows_quarantined"] == 1
    assert Path(told["report"]).read_text().startswith("<!doctype html>")


def test_ingest_again_changes_nothing(files: Path, shop: Path) -> None:
    told = json.loads(done("ingest", str(files), "--json", shop=shop))
    assert not told["changed"]


def test_recommend_tells_why(shop: Path) -> None:
    answer = json.loads(done("recommend", "c00", "-k", "3", "--json", shop=shop))
    assert answer["known_user"]
    assert answer["items"][0]["item_id"].startswith("gold-")
    assert all(item["reason"] for item in answer["items"])
    assert "gold-" in done("recommend", "c00", shop=shop)


def test_recommend_keeps_to_a_filter_and_explains_one_that_nothing_passes(shop: Path) -> None:
    answer = json.loads(done("recommend", "c00", "--filter", "category!=ring", "--json", shop=shop))
    assert answer["items"]
    assert "ring" not in {item["category"] for item in answer["items"]}
    assert answer["removed"]["filtered_out"]
    told = run("recommend", "c00", "--filter", "category=rings", shop=shop)
    assert "did you mean 'ring'?" in told.stderr


def test_recommend_to_a_stranger_names_the_fallback(shop: Path) -> None:
    answer = json.loads(done("recommend", "nobody", "--json", shop=shop))
    assert not answer["known_user"]
    assert answer["fallback"]
    assert answer["items"]


def test_similar_items_share_the_taste(shop: Path) -> None:
    found = json.loads(done("similar", "gold-ring", "-k", "2", "--source", "ease", "--json", shop=shop))
    assert [item["item_id"].split("-")[0] for item in found["items"]] == ["gold", "gold"]


def test_popular_keeps_to_a_category(shop: Path) -> None:
    found = json.loads(done("popular", "--category", "watch", "--json", shop=shop))
    assert {item["item_id"] for item in found["items"]} == {"gold-watch", "silver-watch"}


def test_inspect_shows_tables_bundles_customers_and_products(shop: Path) -> None:
    facts = json.loads(done("inspect", "--json", shop=shop))
    assert facts["tables"]["products"] == 8
    assert [bundle["current"] for bundle in facts["bundles"]] == [True]
    assert json.loads(done("inspect", "--user", "c00", "--json", shop=shop))["purchases"] == 3
    assert json.loads(done("inspect", "--item", "gold-ring", "--json", shop=shop))["price_cents"] == 19900


def test_config_shows_what_is_in_force(shop: Path) -> None:
    assert json.loads(done("config", "--json", shop=shop))["shop"]["currency"] == "EUR"


def test_doctor_finds_a_healthy_shop_healthy_and_a_changed_bundle_broken(files: Path, tmp_path: Path) -> None:
    done("ingest", str(files), shop=tmp_path)
    done("train", shop=tmp_path)
    assert "every checksum right" in done("doctor", shop=tmp_path)
    bundle = tmp_path / "bundles" / (tmp_path / "bundles" / "current").read_text().strip()
    with (bundle / "users.arrow").open("ab") as file:
        file.write(b"x")
    finished = run("doctor", "--json", shop=tmp_path)
    assert finished.returncode == 1
    broken = [check for check in json.loads(finished.stdout) if check["state"] == "broken"]
    assert [check["name"] for check in broken] == ["bundle"]
    assert "users.arrow" in broken[0]["finding"]


def test_training_again_mends_a_damaged_bundle_and_rollback_serves_an_earlier_one(files: Path, tmp_path: Path) -> None:
    done("ingest", str(files), shop=tmp_path)
    first = json.loads(done("train", "--json", shop=tmp_path))["version"]
    with (tmp_path / "bundles" / first / "events.npz").open("ab") as file:
        file.write(b"x")
    finished = run("recommend", "c00", shop=tmp_path)
    assert finished.returncode == 1
    assert "parure train" in finished.stderr
    assert json.loads(done("train", "--json", shop=tmp_path))["version"] == first
    assert json.loads(done("recommend", "c00", "--json", shop=tmp_path))["items"]
    second = json.loads(done("train", "--recipe", "als_item_cf_popular", "--json", shop=tmp_path))["version"]
    assert json.loads(done("recommend", "c00", "--json", shop=tmp_path))["bundle"] == second
    assert json.loads(done("rollback", "--json", shop=tmp_path)) == {"version": first}
    assert json.loads(done("recommend", "c00", "--json", shop=tmp_path))["bundle"] == first


def test_a_pseudonymised_shop_is_asked_with_the_ids_of_its_files(files: Path, tmp_path: Path) -> None:
    done("ingest", str(files), "--pseudonymise", shop=tmp_path)
    done("train", shop=tmp_path)
    answer = json.loads(done("recommend", "c00", "--json", shop=tmp_path))
    assert answer["known_user"]
    assert answer["user_id"] != "c00"
    assert json.loads(done("inspect", "--user", "c00", "--json", shop=tmp_path))["purchases"] == 3


def test_who_withdrew_consent_is_named_by_the_ids_of_the_files_and_kept_by_none(files: Path, tmp_path: Path) -> None:
    (tmp_path / "parure.toml").write_text('[rules.consent]\nwithout = ["c00"]\n')
    done("ingest", str(files), "--pseudonymise", shop=tmp_path)
    done("train", shop=tmp_path)
    told, stranger = (
        json.loads(done("recommend", user, "--surface", "homepage", "--json", shop=tmp_path))
        for user in ("c00", "nobody")
    )
    assert told["known_user"]
    assert [item["item_id"] for item in told["items"]] == [item["item_id"] for item in stranger["items"]]
    kept = [file.read_text() for file in (tmp_path / "bundles").rglob("recipe.toml")]
    assert kept
    assert not any("c00" in text for text in kept)


def test_titles_that_look_like_markup_are_shown_as_they_are(files: Path, tmp_path: Path) -> None:
    folder = tmp_path / "[red] files"
    shutil.copytree(files, folder)
    products = folder / "products.csv"
    products.write_text(products.read_text().replace("Gold ", "Gold [/b] ").replace(",ring,", ",[/ring],"))
    shop = tmp_path / "shop"
    done("ingest", str(folder), shop=shop)
    done("train", shop=shop)
    assert "Gold [/b] " in done("recommend", "c00", shop=shop)
    assert "Gold [/b] " in done("similar", "gold-ring", shop=shop)
    assert "[/ring]" in done("popular", "--category", "[/ring]", shop=shop)
    assert "Gold [/b] ring" in done("inspect", "--item", "gold-ring", shop=shop)


def test_vectors_bring_the_visual_source_into_the_fixed_ensemble(files: Path, tmp_path: Path) -> None:
    ids = [line.split(",")[0] for line in PRODUCTS.splitlines()[1:]]
    vectors = tmp_path / "vectors.csv"
    rows = [f"{item},{1 if item.startswith('gold') else 0},{0 if item.startswith('gold') else 1},0.1" for item in ids]
    vectors.write_text("product_id,emb_0,emb_1,emb_2\n" + "\n".join(rows) + "\n")
    shop = tmp_path / "shop"
    done("ingest", str(files), shop=shop)
    done("ingest", "--embeddings", str(vectors), shop=shop)
    done("train", "--recipe", "visual_collaborative_demographic", shop=shop)
    answer = json.loads(done("recommend", "c00", "-k", "4", "--json", shop=shop))
    assert "visual" in answer["items"][0]["shares"]
    assert answer["items"][0]["item_id"].startswith("gold-")


def test_evaluate_compares_sources_recipes_and_baselines(shop: Path) -> None:
    told = json.loads(done("evaluate", "--fixed", "--json", shop=shop))
    cases = {row["case"] for row in told["rows"]}
    assert {"hybrid", "random", "popular", "als_item_cf_popular"} <= cases
    assert {row["split"] for row in told["rows"]} == {"all", "new"}
    assert Path(told["report"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("similar", "gold-rign"), "does not know the item 'gold-rign'"),
        (("similar", "gold-ring", "--source", "alls"), "did you mean 'als'"),
        (("popular", "--category", "wach"), "did you mean 'watch'"),
        (("recommend", "c00", "--bundle", "nope"), "There is no bundle 'nope'"),
        (("recommend", "c00", "--bundle", "../../etc"), "There is no bundle '../../etc'"),
        (("train", "--recipe", "../hybrid"), "No recipe is called '../hybrid'"),
        (("similar", "[/nope]"), "does not know the item '[/nope]'"),
        (("rollback", "2020-01-01-00000000"), "There is no bundle"),
        (("train", "--recipe", "hybird"), "did you mean 'hybrid'"),
        (("inspect", "--user", "nobody"), "does not know the customer 'nobody'"),
        (("ingest", "does-not-exist.csv"), "does-not-exist.csv"),
        (("ingest", ".", "--preset", "h_and_n"), "h_and_m"),
    ],
)
def test_a_mistake_ends_with_one_message_and_no_stack(shop: Path, arguments: tuple[str, ...], message: str) -> None:
    finished = run(*arguments, shop=shop)
    assert finished.returncode == 1
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout
    as_json = run(*arguments, "--json", shop=shop)
    assert json.loads(as_json.stderr)["error"]["code"]


@pytest.mark.parametrize("command", [("recommend", "c00"), ("train",), ("evaluate",)])
def test_an_empty_shop_is_told_what_to_run_first(tmp_path: Path, command: tuple[str, ...]) -> None:
    finished = run(*command, shop=tmp_path)
    assert finished.returncode == 1
    assert "Run: parure" in finished.stderr


def test_init_does_not_overwrite(shop: Path) -> None:
    finished = run("init", str(shop))
    assert finished.returncode == 1
    assert "exists already" in finished.stderr
