"""Being alike: what a bundle can tell it by, and what it says in each way."""

from dataclasses import replace

import numpy as np
import pytest

from parure.core.errors import SettingsError
from parure.dataset import Dataset
from parure.pipeline.alike import LIKENESSES, alike, likenesses
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train
from parure.rules import BoughtAgain


def bundle_of(dataset: Dataset, recipe: str):
    return train(dataset, Part.of(find_recipe(recipe), BoughtAgain.ALWAYS))


def with_pictures(dataset: Dataset) -> Dataset:
    ids = dataset.items.ids_of(np.arange(len(dataset.items)))
    looks = [[1, 0, row / 50] if "gold" in each else [0, 1, row / 50] for row, each in enumerate(ids)]
    return replace(dataset, item_vectors=np.array(looks, np.float32))


@pytest.mark.parametrize(
    ("recipe", "pictures", "able"),
    [
        ("als_item_cf_popular", True, ["visual", "bought_together", "mixed"]),
        ("als_item_cf_popular", False, ["bought_together"]),
        ("catalogue", True, ["visual"]),
    ],
)
def test_a_bundle_is_alike_in_the_ways_that_it_says_and_in_no_other(
    checkerboard: Dataset, recipe: str, pictures: bool, able: list[str]
) -> None:
    bundle = bundle_of(with_pictures(checkerboard) if pictures else checkerboard, recipe)
    assert likenesses(bundle) == able
    item = bundle.dataset.items.id_of(0)
    for mode in LIKENESSES:
        if mode in able:
            found = alike(bundle, item, 3, mode).item_ids
            assert found
            assert item not in found
        elif mode != "mixed":
            with pytest.raises(SettingsError, match="The bundle has no"):
                alike(bundle, item, 3, mode)


def test_looks_go_by_pictures(checkerboard: Dataset) -> None:
    bundle = bundle_of(with_pictures(checkerboard), "catalogue")
    golden = next(each for each in map(bundle.dataset.items.id_of, range(len(bundle.dataset.items))) if "gold" in each)
    assert all("gold" in each for each in alike(bundle, golden, 3, "visual").item_ids)
