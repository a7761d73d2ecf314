"""What the console is told of bundles, and what it may do with them."""

from __future__ import annotations

from pathlib import Path

from parure.core.errors import BundleError, ParureError, UnknownIdError
from parure.pipeline.bundle import roll_back, versions
from parure.pipeline.inventory import Entry, inventory
from parure.serving import models_console as m
from parure.serving.worker import Worker, current_version


class ContradictionError(ParureError):
    """What was asked for cannot be, as things are."""

    code = "conflict"


def told_bundles(worker: Worker) -> m.Bundles:
    """All bundles of the shop."""
    named = current_version(worker.shop)
    served = worker.answers.version
    found = [_told(each, named, served, worker.refused.get(each.version)) for each in inventory(worker.shop)]
    return m.Bundles(named=named, served=served, bundles=found)


def name_bundle(shop: Path, version: str | None) -> m.NamedBundle:
    """Let a bundle be served from now on, the one published before where None: as ``parure publish`` and ``rollback``.

    Raises:
        UnknownIdError: There is no such bundle.
        ContradictionError: It is broken, or there is none before; what is served stays.
    """
    before = current_version(shop)
    if version is not None and version not in (known := versions(shop)):
        raise UnknownIdError(
            f"There is no bundle {version!r}.", hint=f"There are: {', '.join(known)}; see GET /api/v1/bundles."
        )
    try:
        return m.NamedBundle(bundle_version=roll_back(shop, version), before=before)
    except BundleError as error:
        raise ContradictionError(error.message, hint=error.hint) from error


def _told(entry: Entry, named: str | None, served: str, refused: str | None) -> m.BundleEntry:
    return m.BundleEntry(
        version=entry.version,
        named=entry.version == named,
        served=entry.version == served,
        refused=refused or entry.broken or None,
        made_at=entry.made_at,
        published_at=entry.published_at,
        learned_until=entry.learned_until,
        parure=entry.parure,
        size_bytes=entry.size_bytes,
        recipes=[
            m.BundleRecipe(
                name=recipe.name,
                title=recipe.title,
                surface=recipe.surface or None,
                ranker=recipe.ranker.kind,
                sources=list(recipe.labels),
                rules=[rule.kind for rule in recipe.rules],
            )
            for recipe in entry.recipes
        ],
        users=entry.counts.get("users"),
        items=entry.counts.get("items"),
        events=entry.counts.get("events"),
        figures=entry.figures,
        facts=dict(entry.facts),
    )
