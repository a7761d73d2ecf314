"""What bundles a shop has on disk, and what is known of each without loading it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parure.core.artifacts import map_table
from parure.core.clock import from_us
from parure.core.errors import ParureError
from parure.pipeline.bundle import BUNDLES, PUBLISHED, read_manifest, versions
from parure.pipeline.part import read_recipe
from parure.pipeline.recipe import Recipe


@dataclass(frozen=True)
class Entry:
    """One bundle of a shop, as its manifest tells of it.

    Attributes:
        version: What it is called.
        made_at: When it was published first, ISO 8601; None where the log does not say.
        published_at: When last.
        size_bytes: Its files together.
        broken: Why it cannot be served; empty where nothing was found. Checksums are not looked at.
        parure: The version of parure that made it.
        learned_until: The moment of its data; the last event that it has learned came before.
        recipes: Its recipes, the main one first.
        counts: How many users, items and events it has learned.
        facts: What training measured and noted.
    """

    version: str
    made_at: str | None
    published_at: str | None
    size_bytes: int
    broken: str = ""
    parure: str = ""
    learned_until: str | None = None
    recipes: tuple[Recipe, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def figures(self) -> dict[str, float]:
        """All numbers among counts and facts by name, with dots between the parts of one, to hold against another's."""
        return {**self.counts, "size_bytes": self.size_bytes, **dict(_numbers(self.facts))}


def inventory(shop: Path) -> list[Entry]:
    """All bundles of a shop, the one published last first.

    Cost: a few milliseconds a bundle; nothing is loaded and no checksum is worked out.
    """
    published = _published(shop)
    return [_entry(shop / BUNDLES / version, published.get(version, [])) for version in versions(shop)[::-1]]


def _entry(path: Path, published: list[str]) -> Entry:
    size = _size(path)
    made_at, published_at = (published[0], published[-1]) if published else (None, None)
    try:
        manifest = read_manifest(path)
        lost = next((name for name in manifest["files"] if not (path / name).is_file()), None)
        return Entry(
            path.name,
            made_at,
            published_at,
            size,
            broken="" if lost is None else f"The bundle {path.name} lacks its file {lost}.",
            parure=manifest["parure"],
            learned_until=from_us(manifest["as_of_us"]).isoformat(),
            recipes=tuple(
                read_recipe(path / "recipes" / name)
                for name in dict.fromkeys([manifest["recipe"], *manifest["surfaces"]])
            ),
            counts={
                "users": map_table(path / "users.arrow").num_rows,
                "items": map_table(path / "items.arrow").num_rows,
                "events": int(manifest["facts"].get("events", 0)),
            },
            facts=manifest["facts"],
        )
    except (ParureError, OSError, KeyError) as error:
        # A list of bundles is of most use where one of them is broken.
        return Entry(path.name, made_at, published_at, size, broken=str(error) or type(error).__name__)


def _size(path: Path) -> int:
    """All files of a bundle together, in bytes; as far as they are there, for a training may be clearing it away."""
    total = 0
    try:
        for file in path.rglob("*"):
            total += file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:
        return total
    return total


def _published(shop: Path) -> dict[str, list[str]]:
    """When each version was published, oldest first."""
    found: dict[str, list[str]] = {}
    log = shop / BUNDLES / PUBLISHED
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # cut short by a crash
        found.setdefault(str(told["version"]), []).append(str(told["published_at"]))
    return found


def _numbers(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of nested values, each by its path."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{before}{name}", value
