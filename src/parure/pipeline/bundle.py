"""A bundle on disk: written apart, checked, published in one step, refused when broken."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from parure import __version__
from parure.core import IdMap
from parure.core.artifacts import (
    load_json,
    map_arrays,
    map_table,
    save_arrays,
    save_json,
    save_mappable,
    sync,
    sync_tree,
)
from parure.core.clock import from_us
from parure.core.errors import BundleError
from parure.dataset import Dataset, Events
from parure.pipeline.part import Part, load_part, load_source, places_of, read_recipe, save_part, save_source
from parure.pipeline.recipe import Recipe
from parure.retrieval import Popular, Source

FORMAT = 4
"""Version of the layout; a bundle of another one is refused."""

BUNDLES = "bundles"
CURRENT = "current"
PUBLISHED = "published.jsonl"
RESERVE = "reserve"
_VERSION = re.compile(r'"version": "([0-9a-f-]+)"')
"""A line of the log that was cut short by a crash has none, and is passed over."""


@dataclass(frozen=True)
class Bundle:
    """All that answers queries: what was known, what was learned, and how it was made.

    Attributes:
        dataset: Users, items, histories and features as of the training moment.
        main: What answers where no surface is named.
        facts: Seed, repeat share, tuning and validation figures: what a reader wants to know of its making.
        surfaces: What answers for a surface, by :attr:`Recipe.place`; the main recipe too where it serves one.
        reserve: What fills up lists that stay short; counted when the bundle is opened where None.
    """

    dataset: Dataset
    main: Part
    facts: Mapping[str, Any]
    surfaces: Mapping[str, Part] = field(default_factory=dict)
    reserve: Popular | None = None

    @property
    def recipe(self) -> Recipe:
        """The recipe of :attr:`main`."""
        return self.main.recipe

    @property
    def sources(self) -> tuple[Source[Any], ...]:
        """The sources of :attr:`main`, in the order of its recipe."""
        return self.main.sources

    @property
    def parts(self) -> tuple[Part, ...]:
        """All recipes with what they need, each once: the main one first."""
        main = self.recipe.name
        return (self.main, *(part for part in self.surfaces.values() if part.recipe.name != main))


def publish(bundle: Bundle, shop: Path, *, now: datetime, keep: int = 5) -> str:
    """Write a bundle, check it by reading it back, and make it the one that is served.

    A crash or a loss of power at any moment leaves the bundle served before untouched: all of the new one is on disk
    before it gets its name, and has its name before it is served.

    Args:
        bundle: What to publish.
        shop: The project directory.
        now: The moment, for the log of publications; it is not part of the bundle.
        keep: How many bundles stay on disk.

    Returns:
        The version, made of the data's last day and a hash of the content.

    Raises:
        BundleError: It cannot be read back, or the disk does not take it.
    """
    home = shop / BUNDLES
    try:
        home.mkdir(parents=True, exist_ok=True)
        version = _stored(bundle, home)
        with (home / PUBLISHED).open("a", encoding="utf-8") as log:
            log.write(json.dumps({"version": version, "published_at": now.isoformat(timespec="seconds")}) + "\n")
        sync(home / PUBLISHED)
        _replace_text(home / CURRENT, version + "\n")
        _forget_old(home, keep)
    except OSError as error:
        raise BundleError(
            f"The bundle cannot be written to {home}: {error.strerror or error}.",
            hint="Check free space and rights. The bundle served before is untouched.",
        ) from error
    return version


def _stored(bundle: Bundle, home: Path) -> str:
    """Write a bundle apart, read it back, and give it its name; the version."""
    work = Path(tempfile.mkdtemp(prefix=".writing-", dir=home))
    try:
        _write(bundle, work)
        version = _version_of(work)
        # What waits for the disk and what reads from memory do not hold each other up.
        with ThreadPoolExecutor(max_workers=1) as beside:
            synced = beside.submit(sync_tree, work)
            _read(work, read_manifest(work))  # the checksums were made from these very files a moment ago
            synced.result()
        _put(work, home / version)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return version


def roll_back(shop: Path, version: str | None = None) -> str:
    """Serve an earlier bundle again.

    Args:
        shop: The project directory.
        version: Which one; the one published before the current one where None.

    Returns:
        The version now served.

    Raises:
        BundleError: There is no such bundle, or it is broken; the current one goes on being served.
    """
    if version is None:
        known = versions(shop)
        current = (shop / BUNDLES / CURRENT).read_text(encoding="utf-8").strip() if known else ""
        earlier = [each for each in known if each != current]
        if not earlier:
            raise BundleError(f"{shop} has no earlier bundle.", hint="Run: parure train")
        version = earlier[-1]
    load_bundle(shop, version)
    _replace_text(shop / BUNDLES / CURRENT, version + "\n")
    return version


def load_bundle(shop: Path, version: str | None = None, *, directory: Path | None = None) -> Bundle:
    """Read a bundle after checking every file of it.

    Args:
        shop: The project directory.
        version: Which bundle; the one being served where None.
        directory: Read this directory instead of one of the shop's bundles.

    Raises:
        BundleError: There is none, a file is missing or changed, or the format is another one.
    """
    path = directory or bundle_path(shop, version)
    manifest = read_manifest(path)
    _check_files(path, manifest)
    return _read(path, manifest)


def _read(path: Path, manifest: Mapping[str, Any]) -> Bundle:
    main, surfaces = manifest["recipe"], manifest["surfaces"]
    names = list(dict.fromkeys([main, *surfaces]))
    dataset = read_dataset(path, as_of_us=manifest["as_of_us"], fingerprint=manifest["data"])
    places = places_of(read_recipe(path / "recipes" / name) for name in names)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        sources = pool.map(
            lambda place: load_source(place[1], path / "sources" / place[0], dataset.items), places.values()
        )
        source_of = dict(zip(places, sources, strict=True))
    parts = {name: load_part(path / "recipes" / name, source_of, dataset.items) for name in names}
    reserve = Popular.load(path / RESERVE, dataset.items) if (path / RESERVE).is_dir() else None
    surfaces_of = {parts[name].recipe.place: parts[name] for name in surfaces}
    return Bundle(dataset, parts[main], manifest["facts"], surfaces_of, reserve)


def bundle_path(shop: Path, version: str | None = None) -> Path:
    """Directory of a version, or of the one being served.

    Raises:
        BundleError: There is no such bundle.
    """
    home = shop / BUNDLES
    if version is None:
        pointer = home / CURRENT
        if not pointer.is_file():
            raise BundleError(f"{shop} has no published bundle.", hint="Run: parure train")
        version = pointer.read_text(encoding="utf-8").strip()
    if not re.fullmatch(r"[0-9a-f-]+", version) or not (home / version).is_dir():
        raise BundleError(f"There is no bundle {version!r} in {home}.", hint=f"There are: {versions(shop) or 'none'}.")
    return home / version


def versions(shop: Path) -> list[str]:
    """Versions on disk, oldest publication first."""
    log = shop / BUNDLES / PUBLISHED
    if not log.is_file():
        return []
    published = [found[1] for line in log.read_text(encoding="utf-8").splitlines() if (found := _VERSION.search(line))]
    latest = list(dict.fromkeys(reversed(published)))[::-1]
    return [version for version in latest if (shop / BUNDLES / version).is_dir()]


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a bundle, checked for its format.

    Raises:
        BundleError: It is missing, not JSON, or of another format.
    """
    manifest = load_json(path / "manifest.json")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        got = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise BundleError(f"{path} has bundle format {got!r}, expected {FORMAT}.", hint="Run: parure train")
    return manifest


def _write(bundle: Bundle, path: Path) -> None:
    source_of = {
        spec.key: source
        for part in bundle.parts
        for spec, source in zip(part.recipe.sources, part.sources, strict=True)
    }
    places = places_of(part.recipe for part in bundle.parts)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        writing = [pool.submit(write_dataset, bundle.dataset, path)]
        for key, (folder, _) in places.items():
            writing.append(pool.submit(save_source, source_of[key], path / "sources" / folder))
        if bundle.reserve is not None:
            writing.append(pool.submit(save_source, bundle.reserve, path / RESERVE))
        for one in writing:
            one.result()
    for part in bundle.parts:
        (path / "recipes" / part.recipe.name).mkdir(parents=True)
        save_part(part, path / "recipes" / part.recipe.name)
    save_json(
        path / "manifest.json",
        {
            "format": FORMAT,
            "parure": __version__,
            "recipe": bundle.recipe.name,
            "as_of_us": bundle.dataset.as_of_us,
            "data": bundle.dataset.fingerprint,
            "surfaces": [part.recipe.name for part in bundle.surfaces.values()],
            "bought_again": bundle.main.bought_again.value,
            "facts": dict(bundle.facts),
            "files": _digests(path, [f for f in sorted(path.rglob("*")) if f.is_file()]),
        },
    )


def _put(work: Path, target: Path) -> None:
    """Give a finished bundle its name; one of that name stays where it is whole and is replaced where it is not."""
    if target.exists():
        try:
            _check_files(target, read_manifest(target))
        except BundleError:
            shutil.rmtree(target)
        else:
            return
    work.rename(target)
    sync(target.parent)


def _version_of(path: Path) -> str:
    """The data's last day and eight digits of the manifest's hash: readable, and the same for the same content."""
    manifest = path / "manifest.json"
    day = from_us(load_json(manifest)["as_of_us"]).date().isoformat()
    return f"{day}-{sha256(manifest.read_bytes()).hexdigest()[:8]}"


def _digests(home: Path, files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file by its path inside the bundle; hashing runs beside itself, for it leaves the lock."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return {str(f.relative_to(home)): digest for f, digest in zip(files, pool.map(_digest, files), strict=True)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check_files(path: Path, manifest: Mapping[str, Any]) -> None:
    files = [path / name for name in manifest["files"]]
    for file in files:
        if not file.is_file():
            raise BundleError(
                f"The bundle {path.name} lacks its file {file.relative_to(path)}.",
                hint="Run: parure train, or: parure rollback",
            )
    for name, digest in _digests(path, files).items():
        if digest != manifest["files"][name]:
            raise BundleError(
                f"The bundle {path.name} was changed after it was made: {name} does not match its checksum.",
                hint="Run: parure train, or: parure rollback",
            )


def write_dataset(dataset: Dataset, path: Path) -> None:
    """Write all of a dataset but its moment and fingerprint into an existing directory."""
    save_mappable(path / "users.arrow", pa.table({"user_id": dataset.users.to_arrow()}))
    save_mappable(path / "items.arrow", pa.table({"item_id": dataset.items.to_arrow()}))
    save_mappable(path / "user_table.arrow", dataset.user_table)
    save_mappable(path / "item_table.arrow", dataset.item_table)
    save_mappable(path / "repeat_share.arrow", dataset.repeat_share)
    save_arrays(path / "events.npz", {f.name: getattr(dataset.events, f.name) for f in fields(Events)})
    if dataset.item_vectors is not None:
        save_arrays(path / "vectors.npz", {"item_vectors": dataset.item_vectors})


def read_dataset(path: Path, *, as_of_us: int, fingerprint: str) -> Dataset:
    """Read what :func:`write_dataset` wrote."""
    vectors: np.ndarray[Any, Any] | None = None
    if (path / "vectors.npz").is_file():
        vectors = map_arrays(path / "vectors.npz")["item_vectors"]
    return Dataset(
        users=_read_ids(path / "users.arrow"),
        items=_read_ids(path / "items.arrow"),
        events=Events(**map_arrays(path / "events.npz")),
        item_table=map_table(path / "item_table.arrow"),
        user_table=map_table(path / "user_table.arrow"),
        as_of_us=as_of_us,
        fingerprint=fingerprint,
        repeat_share=map_table(path / "repeat_share.arrow"),
        item_vectors=vectors,
    )


def _read_ids(path: Path) -> IdMap:
    ids = map_table(path).column(0)
    # Putting together what is in one piece would copy it.
    return IdMap(ids.chunk(0) if ids.num_chunks == 1 else ids.combine_chunks())


def _replace_text(path: Path, text: str) -> None:
    """Replace a small file in one step, on disk before it counts."""
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    sync(Path(name))
    Path(name).replace(path)
    sync(path.parent)


def _forget_old(home: Path, keep: int) -> None:
    for version in versions(home.parent)[:-keep]:
        shutil.rmtree(home / version)
