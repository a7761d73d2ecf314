import pytest

from parure.core import EventKind
from parure.core.errors import SettingsError
from parure.dataset import DatasetConfig, EventWeights


def test_the_default_weights_are_those_of_the_guide():
    weights = EventWeights()
    told = {kind.name.lower(): weights.of(kind) for kind in EventKind}
    assert told == {
        "view": 1,
        "click": 0.5,
        "add_to_cart": 3,
        "remove_from_cart": -3,
        "add_to_wishlist": 5,
        "purchase": 10,
        "return": -10,
        "impression": 0,
        "dismiss": -5,
    }
    assert weights.long_view == 2


def test_age_bands_are_named_by_their_borders():
    assert DatasetConfig().age_bands == ("18-25", "26-35", "36-45", "46+")


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment_quantiles": (0.5, 0.25, 0.75)},
        {"segment_quantiles": (0.0, 0.5, 0.75)},
        {"age_band_starts": (18, 18, 36, 46)},
        {"weights": {"returned": 1}},
        {"half_life_days": 0},
        {"half_live_days": 30},
    ],
)
def test_settings_without_a_meaning_are_refused(wrong):
    with pytest.raises(SettingsError, match="not valid"):
        DatasetConfig.parse(wrong, where="parure.toml [dataset]")


def test_a_configuration_comes_back_from_its_own_dump():
    config = DatasetConfig(half_life_days=90, weights=EventWeights(returned=-4))
    assert DatasetConfig.parse(config.model_dump(), where="here") == config
