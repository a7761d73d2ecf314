"""Sources fitted two at a time are those fitted one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from parure.core.artifacts import load_arrays
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import Fitted, train, usable_sources
from parure.rules import BoughtAgain
from parure.testing import checkerboard


def test_sources_fitted_side_by_side_are_those_fitted_one_after_the_other(tmp_path: Path) -> None:
    dataset = checkerboard()
    table = dataset.item_table
    dataset = replace(dataset, item_table=table.append_column("subcategory", table.column("category")))
    recipe = usable_sources(find_recipe("hybrid"), dataset)
    together = train(dataset, Part.of(recipe, BoughtAgain.ALWAYS), seed=3).sources
    alone = Fitted(dataset, seed=3).sources(recipe.sources)
    assert [source.name for source in together] == [spec.label for spec in recipe.sources]
    for one, other in zip(together, alone, strict=True):
        for where, source in (("one", one), ("other", other)):
            (tmp_path / where / one.name).mkdir(parents=True)
            source.save(tmp_path / where / one.name)
        for file in (tmp_path / "one" / one.name).glob("*.npz"):
            arrays, expected = load_arrays(file), load_arrays(tmp_path / "other" / one.name / file.name)
            assert arrays.keys() == expected.keys()
            for name in arrays:
                np.testing.assert_array_equal(arrays[name], expected[name])
