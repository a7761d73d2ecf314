"""The index that suits the size, and what happens where faiss is not there."""

from __future__ import annotations

import json
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from parure.core.errors import BundleError, MissingExtraError
from parure.index import ExactIndex, HnswConfig, HnswIndex, build_index, choose, load_index

IDS = [f"i{n:03}" for n in range(300)]
VECTORS = np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32)


def build(vectors=VECTORS):
    return build_index(IDS, vectors, rng=np.random.default_rng(1))


def test_few_vectors_are_looked_at_one_by_one() -> None:
    assert isinstance(build(), ExactIndex)


def test_many_vectors_get_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "EXACT_UP_TO", VECTORS.size - 1)
    index = build()
    assert isinstance(index, HnswIndex)
    assert index.config == HnswConfig()


def test_without_faiss_many_vectors_are_looked_at_one_by_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "EXACT_UP_TO", 0)
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    assert isinstance(build(), ExactIndex)


def test_a_graph_without_faiss_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"parure\[index\]"):
        HnswIndex(16)


def test_ids_without_a_vector_are_left_out() -> None:
    vectors = VECTORS.copy()
    vectors[[3, 5]] = np.nan
    assert list(build(vectors).ids) == [name for row, name in enumerate(IDS) if row not in (3, 5)]


def test_an_unknown_kind_or_version_is_refused(tmp_path: Path) -> None:
    build().save(tmp_path)
    about = json.loads((tmp_path / "index.json").read_text())
    for change, said in (({"kind": "exakt"}, "did you mean 'exact'"), ({"format": 9}, "version 9")):
        (tmp_path / "index.json").write_text(json.dumps({**about, **change}))
        with pytest.raises(BundleError, match=said):
            load_index(tmp_path)
