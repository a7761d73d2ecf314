"""Bundles: the same bytes for the same data, checked when read, published in one step."""

import errno
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.core.errors import BundleError
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.bundle import FORMAT, Bundle, bundle_path, load_bundle, publish, versions
from parure.pipeline.part import Part
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.train import train
from parure.rules import BoughtAgain

NOW = datetime(2024, 6, 1, tzinfo=UTC)
RECIPE = """
name = "small"
[[sources]]
kind = "item_cf"
[[sources]]
kind = "als"
config = {embedding_size = 4, epochs = 3}
[[sources]]
kind = "popular"
[ranker.config.weights]
item_cf = 0.7
als = 0.2
popular = 0.1
"""


def make(dataset: Dataset, seed: int = 0) -> Bundle:
    return train(dataset, Part.of(recipe_from_toml(RECIPE, where="test"), BoughtAgain.NEVER), seed=seed)


def test_the_same_data_and_seed_give_the_same_bytes(checkerboard: Dataset, tmp_path: Path) -> None:
    one = publish(make(checkerboard), tmp_path / "one", now=NOW)
    two = publish(make(checkerboard), tmp_path / "two", now=NOW)
    assert one == two
    files = {f.relative_to(tmp_path / "one"): f.read_bytes() for f in (tmp_path / "one" / "bundles" / one).rglob("*.*")}
    assert len(files) > 8
    for name, content in files.items():
        assert (tmp_path / "two" / name).read_bytes() == content, name


def test_another_seed_gives_another_version(checkerboard: Dataset, tmp_path: Path) -> None:
    assert publish(make(checkerboard, 1), tmp_path, now=NOW) != publish(make(checkerboard, 2), tmp_path, now=NOW)


def test_a_bundle_answers_the_same_after_it_was_read_back(checkerboard: Dataset, tmp_path: Path) -> None:
    bundle = make(checkerboard)
    version = publish(bundle, tmp_path, now=NOW)
    fresh = Answers(bundle, version)
    again = Answers.open(tmp_path)
    for user in [*checkerboard.users, "nobody"]:
        assert again.recommend(user, 5) == fresh.recommend(user, 5)


def test_the_missing_piece_of_a_customers_taste_comes_first(checkerboard: Dataset) -> None:
    answers = Answers(make(checkerboard), "test")
    assert answers.recommend("c00", 1).items[0].item_id == "gold ring"
    assert answers.recommend("c01", 1).items[0].item_id == "silver ring"


def test_what_was_bought_is_held_back_and_counted(checkerboard: Dataset) -> None:
    answer = Answers(make(checkerboard), "test").recommend("c00", 10)
    bought = set(checkerboard.history("c00").item_ids)
    assert bought.isdisjoint(item.item_id for item in answer.items)
    assert answer.removed == {"bought_never": 3}


def test_a_reason_names_the_evidence(checkerboard: Dataset) -> None:
    first = Answers(make(checkerboard), "test").recommend("c00", 1).items[0]
    assert first.source == "item_cf"
    assert first.evidence is not None
    assert first.evidence.item_id in checkerboard.history("c00").item_ids
    assert first.reason.startswith(f"Because you bought {first.evidence.title} on ")


def test_somebody_unknown_gets_the_popular_and_is_told_so(checkerboard: Dataset) -> None:
    answer = Answers(make(checkerboard), "test").recommend("nobody", 3)
    assert not answer.known_user
    assert answer.fallback == "popular"
    assert [item.source for item in answer.items] == ["popular"] * 3


def test_a_changed_file_is_refused_and_named(checkerboard: Dataset, tmp_path: Path) -> None:
    version = publish(make(checkerboard), tmp_path, now=NOW)
    events = tmp_path / "bundles" / version / "events.npz"
    content = bytearray(events.read_bytes())
    content[len(content) // 2] ^= 1
    events.write_bytes(content)
    with pytest.raises(BundleError, match=r"events\.npz does not match its checksum"):
        load_bundle(tmp_path)


def test_a_missing_file_is_refused_and_named(checkerboard: Dataset, tmp_path: Path) -> None:
    version = publish(make(checkerboard), tmp_path, now=NOW)
    (tmp_path / "bundles" / version / "users.arrow").unlink()
    with pytest.raises(BundleError, match=r"lacks its file users\.arrow"):
        load_bundle(tmp_path)


def test_a_bundle_of_another_format_is_refused(checkerboard: Dataset, tmp_path: Path) -> None:
    version = publish(make(checkerboard), tmp_path, now=NOW)
    manifest = tmp_path / "bundles" / version / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
    with pytest.raises(BundleError, match=f"format 99, expected {FORMAT}"):
        load_bundle(tmp_path)


def test_a_training_that_breaks_leaves_the_old_bundle_served(
    checkerboard: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(make(checkerboard), tmp_path, now=NOW)
    broken = make(checkerboard, seed=5)

    def fail(directory: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(broken.main.ranker, "save", fail)
    with pytest.raises(BundleError, match="no space"):
        publish(broken, tmp_path, now=NOW)
    assert bundle_path(tmp_path).name == version
    assert [f.name for f in (tmp_path / "bundles").iterdir() if f.name.startswith(".")] == []


def test_only_the_newest_bundles_are_kept(checkerboard: Dataset, tmp_path: Path) -> None:
    made = [publish(make(checkerboard, seed), tmp_path, now=NOW, keep=2) for seed in range(4)]
    assert versions(tmp_path) == made[-2:]
    assert bundle_path(tmp_path).name == made[-1]


def test_without_a_bundle_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="parure train"):
        load_bundle(tmp_path)


def test_an_unknown_version_lists_those_there_are(checkerboard: Dataset, tmp_path: Path) -> None:
    version = publish(make(checkerboard), tmp_path, now=NOW)
    with pytest.raises(BundleError, match=version):
        bundle_path(tmp_path, "1999-01-01-00000000")


def test_a_bundle_moved_to_another_place_still_answers(checkerboard: Dataset, tmp_path: Path) -> None:
    publish(make(checkerboard), tmp_path / "here", now=NOW)
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert Answers.open(tmp_path / "there").recommend("c00", 1).items


def test_all_of_a_bundle_is_on_disk_before_it_is_served(
    checkerboard: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = tmp_path / "bundles" / "current"
    synced: list[tuple[int, str]] = []
    real = os.fsync

    def watched(handle: int) -> None:
        real(handle)
        synced.append((os.fstat(handle).st_ino, current.read_text().strip() if current.exists() else ""))

    monkeypatch.setattr(os, "fsync", watched)
    version = publish(make(checkerboard), tmp_path, now=NOW)
    home = tmp_path / "bundles"
    before = {inode for inode, served in synced if served != version}
    needed = [*(home / version).rglob("*"), home / version, home / "published.jsonl", home]
    assert len(needed) > 12
    assert [str(path) for path in needed if path.stat().st_ino not in before] == []
    assert current.stat().st_ino in before
    assert synced[-1] == (home.stat().st_ino, version)


def test_a_disk_that_fails_leaves_the_bundle_served_before(
    checkerboard: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(make(checkerboard, 1), tmp_path, now=NOW)

    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(BundleError, match=r"Input/output error\. Check free space"):
        publish(make(checkerboard, 2), tmp_path, now=NOW)
    assert versions(tmp_path) == [first]
    assert bundle_path(tmp_path).name == first
    assert [path.name for path in (tmp_path / "bundles").iterdir() if path.name.startswith(".")] == []
