"""Training a whole shop: which recipe answers where, what was calibrated on which weeks, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parure.core.errors import SettingsError
from parure.core.progress import Silent
from parure.ingest import ingest
from parure.pipeline.answer import Answers
from parure.pipeline.settings import ShopSettings
from parure.pipeline.workflow import Published, evaluate_shop, train_shop

KINDS = ("ring", "chain", "watch", "brooch")
CUSTOMERS, WEEKS = 16, 3


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Even customers love gold and odd ones silver; in three weeks each buys one piece a week, by itself."""
    home, folder = tmp_path_factory.mktemp("shop"), tmp_path_factory.mktemp("exports")
    orders, lines = [], []
    for customer in range(CUSTOMERS):
        metal = "gold" if customer % 2 == 0 else "silver"
        for week in range(WEEKS):
            number, day = f"o{customer:02}{week}", date(2024, 1, 1) + timedelta(days=7 * week + customer % 5)
            orders.append(f"{number},c{customer:02},{day},completed,100.00")
            lines.append(f"{number}-1,{number},{metal}-{KINDS[(week + customer // 2) % 4]},1,100.00")
    tables = {
        "products": (
            "product_id,title,category,price,image_url,stock_status",
            [f"{m}-{k},{m} {k},{k},99.50,{m}-{k}.jpg,in_stock" for m in ("gold", "silver") for k in KINDS],
        ),
        "orders": ("order_id,customer_id,order_date,order_status,total_amount", orders),
        "order_items": ("order_item_id,order_id,product_id,quantity,unit_price", lines),
    }
    for name, (head, rows) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
    ingest(home, [folder])
    return home


def trained(shop: Path, recipe: str | None = None, *, tuning: dict[str, Any] | None = None, **train: Any) -> Published:
    settings = ShopSettings.parse(
        {
            "train": {"surfaces": ["homepage", "cart"], "models": [], "visitors": "", **train},
            "tuning": tuning or {},
        },
        where="test",
    )
    return train_shop(
        shop, settings, recipe=recipe, tuned=False, now=datetime(2024, 2, 1, tzinfo=UTC), progress=Silent()
    )


def test_the_recipe_of_a_surface_can_be_the_main_one(shop: Path) -> None:
    published = trained(shop, "homepage", calibrate=False)
    assert published.recipe.name == "homepage"
    answers = Answers.open(shop)
    assert sorted(answers.bundle.surfaces) == ["cart", "homepage"]
    assert answers.part("homepage") is answers.part(None)


def test_two_files_with_recipes_of_one_name_are_refused(shop: Path) -> None:
    own = shop / "recipes" / "cart_b.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text('name = "cart"\nsurface = "cart"\n[[sources]]\nkind = "popular"\n')
    with pytest.raises(SettingsError, match="are called 'cart'"):
        trained(shop, "als_item_cf_popular", surfaces=["cart", "cart_b"], calibrate=False)


def test_confidence_is_told_recipe_by_recipe(shop: Path) -> None:
    facts = trained(shop, "als_item_cf_popular").facts
    assert facts["calibration_weeks"] == [1, 0]
    assert set(facts["confidence"]) == {"als_item_cf_popular", "homepage"}
    assert {each["counts"] for each in facts["confidence"].values()} == {"acts"}
    # No order holds two pieces, so that there were no carts to complete.
    assert set(facts["uncalibrated"]) == {"cart"}
    answers = Answers.open(shop)
    there, cart = (answers.recommend("c00", surface=surface) for surface in ("homepage", "cart"))
    assert there.confidence_of == "acts"
    assert there.items[0].confidence is not None
    assert cart.confidence_of == ""


def test_a_week_that_the_data_lack_does_not_take_the_others_away(shop: Path) -> None:
    facts = trained(shop, "als_item_cf_popular", surfaces=[], calibration_weeks=[30, 1, 0]).facts
    assert facts["calibration_weeks"] == [1, 0]
    assert facts["uncalibrated"] == {}
    facts = trained(shop, "als_item_cf_popular", surfaces=[], calibration_weeks=[30]).facts
    assert facts["calibration_weeks"] == []
    assert facts["confidence"] == {}
    assert "leaves nothing to train on" in facts["uncalibrated"]["als_item_cf_popular"]


def test_without_calibration_every_recipe_says_why(shop: Path) -> None:
    facts = trained(shop, "als_item_cf_popular", calibrate=False).facts
    assert facts["uncalibrated"] == dict.fromkeys(
        ("als_item_cf_popular", "homepage", "cart"), "switched off in [train]"
    )


def test_a_weight_of_no_source_is_refused_and_one_of_a_recipe_not_trained_now_is_not(shop: Path) -> None:
    with pytest.raises(SettingsError, match=r"'alss'.*did you mean 'als'"):
        trained(shop, "homepage", tuning={"weights": {"alss": 0.4}}, calibrate=False)
    trained(shop, "homepage", tuning={"weights": {"als": 0.4}}, calibrate=False)
    settings = ShopSettings.parse({"tuning": {"weights": {"alss": 0.4}}}, where="test")
    with pytest.raises(SettingsError, match="alss"):
        evaluate_shop(shop, settings, recipes=["als_item_cf_popular"], tuned=False, progress=Silent())
