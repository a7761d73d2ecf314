"""parure.toml, and the environment over it."""

from pathlib import Path

import pytest

from parure.core.errors import SettingsError
from parure.pipeline.settings import ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_toml


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == ShopSettings()


def test_the_written_template_reads_back_as_it_was(tmp_path: Path) -> None:
    settings = ShopSettings.parse({"shop": {"name": "Schmuck & Söhne"}, "train": {"seed": 7}}, where="test")
    (tmp_path / "parure.toml").write_text(settings_toml(settings), encoding="utf-8")
    assert load_settings(tmp_path, {}) == settings


def test_the_template_shows_every_setting_of_every_section() -> None:
    text = settings_toml()
    assert "[train]" in text
    assert "# seed = 0" in text
    assert "[dataset.weights]" in text


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "parure.toml").write_text("[train]\nseed = 1\n")
    environment = {"PARURE_TRAIN__SEED": "2", "PARURE_SHOP__NAME": "Söhne", "PARURE_DEBUG": "1", "HOME": "/"}
    settings = load_settings(tmp_path, environment)
    assert (settings.train.seed, settings.shop.name) == (2, "Söhne")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[train]\nsed = 1\n", "unknown setting 'train.sed', did you mean 'seed'"),
        ("[trian]\nseed = 1\n", "unknown setting 'trian', did you mean 'train'"),
        ("[train]\nseed = -1\n", "'train.seed': input should be greater than or equal to 0, got -1"),
        ("[shop]\ncurrency = 'Euro'\n", "shop.currency"),
        ("[train\n", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "parure.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings(tmp_path, {})
