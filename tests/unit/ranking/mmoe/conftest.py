"""Drawn slates in which two tasks follow two different, crooked rules."""

from dataclasses import dataclass

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.ranking import Examples, Mmoe, MmoeConfig, Slates

pytest.importorskip("torch")

FEATURES = ("style", "style_rank", "popular", "popular_rank", "price")
CONFIG = MmoeConfig(epochs=8)


@dataclass(frozen=True)
class Drawn:
    """Examples and the true probabilities, float64[n, tasks], behind them."""

    examples: Examples
    truth: np.ndarray


def drawn(seed: int, queries: int = 300, candidates: int = 30) -> Drawn:
    """Clicks follow a product of two features, purchases how near a third is to the middle; carts nothing at all."""
    rng = np.random.default_rng(seed)
    n = queries * candidates
    style, popular, price = rng.normal(size=(3, n))
    click = 1 / (1 + np.exp(-(-2 + 2.5 * style * popular)))
    purchase = 1 / (1 + np.exp(-(1.0 - 3 * np.abs(price))))
    above = 1 / (1 + np.exp(-2 * price))
    truth = np.column_stack([click, np.full(n, 0.1), purchase, purchase * above])
    tasks = (rng.random((n, 4)) < np.column_stack([truth[:, :3], above])).astype(np.float32)
    tasks[:, 3] *= tasks[:, 2]
    places = np.tile(np.arange(1, candidates + 1), queries)
    silent = rng.random(n) < 0.2
    features = np.column_stack([style, places, popular, places, price]).astype(np.float32)
    features[silent, :2] = np.nan
    truth[silent, 0] = np.nan
    slates = Slates(features, np.arange(0, n + 1, candidates, dtype=np.int64))
    relevant = tasks[:, 2].reshape(queries, -1).sum(axis=1).astype(np.int64)
    return Drawn(Examples(slates, tasks[:, 2], relevant, tasks=tasks), truth)


def fitted(examples: Examples, config: MmoeConfig = CONFIG, features: tuple[str, ...] = FEATURES) -> Mmoe:
    return Mmoe(config, features).fit(examples, rng=rng_for(0, "test"))


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """How often something that came true is scored above something that did not."""
    place = np.argsort(np.argsort(scores, kind="stable"), kind="stable") + 1
    true = labels == 1
    return float((place[true].sum() - true.sum() * (true.sum() + 1) / 2) / (true.sum() * (~true).sum()))


@pytest.fixture(scope="session")
def past() -> Drawn:
    return drawn(1)


@pytest.fixture(scope="session")
def future() -> Drawn:
    return drawn(2)


@pytest.fixture(scope="session")
def ranker(past: Drawn) -> Mmoe:
    return fitted(past.examples)
