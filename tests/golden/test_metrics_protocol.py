"""The vectorised metrics against the protocol's plain ones, to 1e-9."""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from parure.core import IdMap
from parure.evaluation.intervals import bootstrap, paired
from parure.evaluation.metrics import METRICS, coverage, user_metrics
from parure.evaluation.truth import Truth, ranked_from_ids

SHARED = Path(os.environ.get("PARURE_DATA", Path(__file__).parents[3] / "shared" / "data")).parent
PROTOCOL = SHARED / "bench" / "protocol" / "protocol.py"
pytestmark = pytest.mark.data

Lists = dict[str, list[str]]


@pytest.fixture(scope="module")
def protocol() -> ModuleType:
    if not PROTOCOL.exists():
        pytest.skip(f"the reference protocol is not at {PROTOCOL}; set PARURE_DATA to the data folder beside it")
    pytest.importorskip("pandas", reason="the reference protocol needs pandas")
    spec = spec_from_file_location("protocol", PROTOCOL)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # The dataclass in it looks its own module up.
    sys.modules["protocol"] = module
    spec.loader.exec_module(module)
    return module


def _made_up(seed: int, users: int = 150, items: int = 400) -> tuple[IdMap, dict[str, set[str]], Lists]:
    """Truths of 1 to 40 items; lists of 0 to 230 places that hit more at the top; a tenth of the users has none."""
    rng = np.random.default_rng(seed)
    names = np.array([f"i{number:03d}" for number in range(items)])
    truth, lists = {}, {}
    for number in range(users):
        taken = rng.choice(items, size=rng.integers(1, 41), replace=False)
        truth[f"u{number}"] = set(names[taken].tolist())
        if number % 10:
            liking = rng.normal(size=items)
            liking[taken] += 1.5
            lists[f"u{number}"] = names[np.argsort(-liking)[: rng.integers(0, 231)]].tolist()
    return IdMap.of(names.tolist()), truth, lists


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_values_and_intervals_agree_with_the_protocol(protocol: ModuleType, seed: int) -> None:
    items, taken, lists = _made_up(seed)
    expected = protocol.evaluate(lists, taken, set(items), resamples=300, seed=seed)
    truth = Truth.of(taken, items)
    ranked = ranked_from_ids(lists, truth)
    found = bootstrap(user_metrics(ranked, truth), resamples=300, seed=seed)
    wanted = expected.loc[list(METRICS)]
    np.testing.assert_allclose(found.value, wanted["value"].to_numpy(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.low, wanted["low"].to_numpy(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.high, wanted["high"].to_numpy(), rtol=0, atol=1e-9)
    assert coverage(ranked, len(items)) == pytest.approx(expected.loc["coverage@10", "value"], abs=1e-9)


def test_a_paired_difference_agrees_with_the_protocol(protocol: ModuleType) -> None:
    items, taken, ours = _made_up(5)
    _, _, theirs = _made_up(6)
    expected = protocol.paired(ours, theirs, taken)
    truth = Truth.of(taken, items)
    a, b = (user_metrics(ranked_from_ids(lists, truth), truth)[:, :1] for lists in (ours, theirs))
    found = paired(a, b)
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx(expected, abs=1e-9)
