"""The benchmarks of confidence and of rules, on a made-up shop small enough for a test."""

from pathlib import Path

import pytest

from bench import calibration, rule_preview
from bench.data import JOURNEY
from bench.shops import MADE_UP, settings_of
from parure.demo import DemoSize, make_shop
from parure.ingest import ingest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    made = make_shop(home / "exports", size=DemoSize(products=80, customers=2000, views=0))
    ingest(home, made.tables)
    return home


def test_confidence_is_judged_for_each_surface_week_by_week(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "LEARNED_ON", {MADE_UP: (2, 3, 4, 5)})
    monkeypatch.setattr(calibration, "RECIPES", ("homepage", "cart"))
    rows = list(calibration.judged(MADE_UP, shop, settings_of(MADE_UP, seed=0), 1000))
    errors, gains = (
        {row["case"]: row["value"] for row in rows if row["metric"] == metric} for metric in ("ece", "log_loss_gain")
    )
    cases = (f"{name}{who}" for name in ("homepage", "cart") for who in ("", ", strangers"))
    assert set(errors) == {f"{case}{when}" for case in cases for when in ("", ", week 0 back", ", week 1 back")}
    for case in (case for case in errors if "back" not in case):
        assert errors[case] <= 0.03, case
        # To say one thing of everything is right on average too, and gains nothing.
        assert gains[case] > 0, case
    assert {row["split"] for row in rows} == {"acts"}


def test_it_is_learned_from_as_much_as_training_learns_it_from() -> None:
    assert calibration.LEARNED_ON[JOURNEY] == (3, 2)
    assert calibration.LEARNED_ON[MADE_UP] == (7, 6, 5, 4, 3, 2)


def test_every_surface_is_previewed_and_printed_as_a_table(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_preview, "SURFACES", ("homepage", "email"))
    found = list(rule_preview.previews(shop, settings_of(MADE_UP, seed=0), (0,), 40))
    assert [each.surface for each in found] == ["homepage", "email"]
    page = rule_preview.described(MADE_UP, found[0])
    assert "#### homepage, made_up_shop" in page
    assert "in_stock" in page.splitlines()[-1]
