"""What a bundle answers by when a request names it: a place in the shop, a recipe, or one source alone."""

from __future__ import annotations

from dataclasses import replace

from parure.core.errors import SettingsError, did_you_mean
from parure.pipeline.bundle import Bundle
from parure.pipeline.part import Part
from parure.pipeline.recipe import RankerSpec

ALONE = "only_"
"""Begins the name of a recipe that is made of one source of another."""


def part_for(bundle: Bundle, version: str, surface: str | None) -> Part:
    """The recipe that answers for a surface; the main one where None.

    Raises:
        SettingsError: The bundle does not answer for it.
    """
    if surface is None:
        return bundle.main
    if surface not in bundle.surfaces:
        known = bundle.surfaces
        raise SettingsError(
            f"The bundle {version} does not answer for {surface!r} {did_you_mean(surface, known)}".rstrip() + ".",
            hint=f"It answers for: {', '.join(known) or 'no surface'}; see surfaces in [train] of parure.toml.",
        )
    return bundle.surfaces[surface]


def models(bundle: Bundle) -> dict[str, Part]:
    """All that a request may name as its model: the recipes by name, then each source by its name, alone.

    A source answers under the rules of the first recipe that has it.
    """
    found = {part.recipe.name: part for part in bundle.parts}
    for part in bundle.parts:
        for label in part.recipe.labels:
            if label not in found:
                found[label] = _alone(part, label)
    return found


def _alone(part: Part, label: str) -> Part:
    """One source of a recipe as a recipe of its own."""
    place = part.recipe.labels.index(label)
    recipe = part.recipe.model_copy(
        update={
            "name": f"{ALONE}{label}".lower().replace("-", "_"),
            "title": f"{label} alone",
            "surface": "",
            "sources": (part.recipe.sources[place],),
            "ranker": RankerSpec(config={"weights": {label: 1.0}}),
        }
    )
    return replace(
        part,
        recipe=recipe,
        ranker=recipe.build_ranker(),
        sources=(part.sources[place],),
        table=None,
        calibration=None,
    )
