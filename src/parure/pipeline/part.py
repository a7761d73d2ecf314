"""One recipe of a bundle, fitted; and how the sources of several recipes share a place on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from parure.core import IdMap
from parure.core.artifacts import load_json, save_json
from parure.core.errors import SettingsError
from parure.pipeline.recipe import Recipe, SourceSpec, recipe_from_toml
from parure.ranking import RANKERS, Calibration, FeatureTable, Ranker
from parure.ranking.calibration import FILE_NAME as CALIBRATION
from parure.retrieval import SOURCES, Source
from parure.rules import BoughtAgain

_TABLE: Final = "features"


@dataclass(frozen=True)
class Part:
    """One recipe with all that it needs to answer.

    Attributes:
        recipe: How it answers.
        ranker: Its ranker, with the weights in force.
        bought_again: The policy in force; where the recipe says ``auto``, read from the data.
        sources: The recipe's sources, fitted, in its order; none before they are fitted.
        table: Makes the features that the ranker reads; None for one that reads the sources' scores alone.
        calibration: What makes probabilities of its scores; None where that was not learned.
    """

    recipe: Recipe
    ranker: Ranker[Any]
    bought_again: BoughtAgain
    sources: tuple[Source[Any], ...] = ()
    table: FeatureTable | None = None
    calibration: Calibration | None = None

    @classmethod
    def of(cls, recipe: Recipe, bought_again: BoughtAgain, ranker: Ranker[Any] | None = None) -> Part:
        """A recipe with its fixed weights, or another ranker, and nothing fitted yet."""
        return cls(recipe, ranker or recipe.build_ranker(), bought_again)

    @property
    def source_of(self) -> dict[str, Source[Any]]:
        """The fitted sources by the names they have in the recipe."""
        return dict(zip(self.recipe.labels, self.sources, strict=True))


def refuse_doubles(parts: Iterable[Part]) -> None:
    """See that every recipe of a bundle has a name of its own, and every place one recipe.

    Raises:
        SettingsError: Two recipes are called alike, or serve the same surface.
    """
    by_name: dict[str, Recipe] = {}
    by_place: dict[str, Recipe] = {}
    for recipe in (part.recipe for part in parts):
        if recipe.name in by_name:
            raise SettingsError(
                f"Two of the recipes to train are called {recipe.name!r}.",
                hint="Name each file once in [train] of parure.toml, and give each recipe a name of its own.",
            )
        if recipe.place in by_place:
            raise SettingsError(
                f"The recipes {by_place[recipe.place].name!r} and {recipe.name!r} both answer for {recipe.place!r}.",
                hint="Leave one of them out of surfaces in [train] of parure.toml, or give it another surface.",
            )
        by_name[recipe.name] = by_place[recipe.place] = recipe


def save_part(part: Part, directory: Path) -> None:
    """Write all of a part but its sources into an existing directory."""
    (directory / "recipe.toml").write_text(part.recipe.to_toml(), encoding="utf-8")
    (directory / "ranker").mkdir()
    part.ranker.save(directory / "ranker")
    if part.table is not None:
        (directory / _TABLE).mkdir()
        part.table.save(directory / _TABLE)
    save_json(directory / "part.json", {"bought_again": part.bought_again.value})
    if part.calibration is not None:
        part.calibration.save(directory)


def load_part(directory: Path, source_of: Mapping[str, Source[Any]], items: IdMap) -> Part:
    """Read what :func:`save_part` wrote.

    Args:
        directory: Where it was saved.
        source_of: The bundle's sources by :attr:`SourceSpec.key`.
        items: The bundle's catalogue.
    """
    recipe = read_recipe(directory)
    told = load_json(directory / "part.json")
    return Part(
        recipe=recipe,
        ranker=RANKERS[recipe.ranker.kind].load(directory / "ranker"),
        bought_again=BoughtAgain(told["bought_again"]),
        sources=tuple(source_of[spec.key].called(spec.label) for spec in recipe.sources),
        table=FeatureTable.load(directory / _TABLE, items) if (directory / _TABLE).is_dir() else None,
        calibration=Calibration.load(directory) if (directory / CALIBRATION).is_file() else None,
    )


def read_recipe(directory: Path) -> Recipe:
    """The recipe of a saved part."""
    path = directory / "recipe.toml"
    return recipe_from_toml(path.read_text(encoding="utf-8"), where=str(path))


def places_of(recipes: Iterable[Recipe]) -> dict[str, tuple[str, SourceSpec]]:
    """Where the sources of several recipes are kept: one folder for those that are fitted alike.

    Returns:
        For each :attr:`SourceSpec.key` in order of first use, its folder and the spec that named it.
    """
    places: dict[str, tuple[str, SourceSpec]] = {}
    taken: set[str] = set()
    for recipe in recipes:
        for spec in recipe.sources:
            if spec.key not in places:
                folder = spec.label if spec.label not in taken else f"{spec.label}.{recipe.name}"
                taken.add(folder)
                places[spec.key] = folder, spec
    return places


def save_source(source: Source[Any], directory: Path) -> None:
    """Write a source into a directory of its own."""
    directory.mkdir(parents=True)
    source.save(directory)


def load_source(spec: SourceSpec, directory: Path, items: IdMap) -> Source[Any]:
    """Read a source by the spec that named it."""
    return SOURCES[spec.kind].load(directory, items, name=spec.label)
