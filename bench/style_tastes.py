"""Are hidden tastes found again, and what do styles cost.

**Tastes.** The made-up shop goes through the ordinary doors (ingest, encode, dataset); then every way of recommending
is judged by the truth that the shop was simulated from: how probably each customer would buy each product on the last
day. The gain of a list is graded by these probabilities (NDCG@10, Järvelin & Kekäläinen 2002), so that the ranking by
the truth itself, the best there can be, has 1.

**Cost.** Profiles of 100,000 customers from 5 million events against one bare sparse x dense product of the same shape;
a recommendation by style over 100,000 products against the index query that it contains.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.index import drawn
from bench.options import Options
from bench.timing import alternate
from parure.core import UNKNOWN, Query
from parure.core.clock import DAY_US, rng_for
from parure.dataset import Dataset, build_dataset, dataset_from_events
from parure.demo import DemoSize, made_catalogue, make_shop, truth_scores
from parure.evaluation import Row
from parure.evaluation.intervals import bootstrap
from parure.ingest import Tables, ingest
from parure.ingest.embeddings import load_vectors
from parure.pipeline.encode_shop import encode_shop
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import recommender_of, train, usable_sources
from parure.retrieval import Popular, Source, Style, StyleConfig
from parure.retrieval.signals import Acts
from parure.retrieval.style import style_profiles, taste_of
from parure.rules import BoughtAgain

SHOP, DRAWN = "made_up_shop", "drawn_vectors"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
K = 10
CANDIDATES = 200
QUERIES = 300
Lists = list[NDArray[np.int32]]


def rows(options: Options) -> Iterable[Row]:
    """Rows of both parts."""
    if options.wants(SHOP):
        with TemporaryDirectory(prefix="parure-bench-") as folder:
            yield from _tastes(Path(folder), options.seed, DemoSize(views=1))
    if options.wants(DRAWN):
        with threadpool_limits(1):
            yield _profiles_vs_bare_product(options)
            yield from _style_vs_index_query(options)


def _tastes(folder: Path, seed: int, size: DemoSize) -> Iterator[Row]:
    dataset, truth = made_up(folder, seed, size)
    style = Style().fit(dataset, rng=rng_for(seed, "style"))
    users = list(dataset.users)
    known = ~np.isnan(style.profiles(dataset.queries(users))[:, 0])
    yield _row(SHOP, "style", "customers_with_style", float(known.mean()), None, None, "share")
    judged = [user for user, has in zip(users, known.tolist(), strict=True) if has]
    gains = truth(judged)
    queries = dataset.queries(judged)
    for case, lists in contenders(dataset, queries, seed).items():
        values = ndcg(lists, gains)
        found = bootstrap(values[:, None], seed=seed)
        print(f"{case}: NDCG@{K} {found.value[0]:.3f}", file=sys.stderr)
        bounds = (float(found.low[0]), float(found.high[0]))
        yield _row(SHOP, case, f"ndcg@{K}", float(found.value[0]), *bounds, "score")
    best = ndcg(list(np.argsort(-gains, axis=1, kind="stable").astype(np.int32)[:, :K]), gains)
    yield _row(SHOP, "bayes_best", f"ndcg@{K}", float(best.mean()), float(best.min()), float(best.max()), "score")


def made_up(folder: Path, seed: int, size: DemoSize) -> tuple[Dataset, Callable[[list[str]], NDArray[np.float32]]]:
    """The made-up shop as a dataset with picture vectors, and its truth: probabilities float32[users, items]."""
    made = make_shop(folder / "made", size=size)
    shop = folder / "shop"
    ingest(shop, made.tables)
    encode_shop(shop, now=NOW, images=made.images)
    dataset = build_dataset(Tables(shop))
    dataset = replace(dataset, item_vectors=load_vectors(shop, dataset.items))
    products, _ = made_catalogue(made.directory)
    place = dataset.items.rows_of(product.product_id for product in products)

    def truth(users: list[str]) -> NDArray[np.float32]:
        gains = np.zeros((len(users), len(dataset.items)), np.float32)
        gains[:, place[place != UNKNOWN]] = truth_scores(made.directory, users)[:, place != UNKNOWN]
        return gains

    del seed  # the shop is the same whatever is drawn later
    return dataset, truth


def contenders(dataset: Dataset, queries: list[Query], seed: int) -> dict[str, Lists]:
    """The best items of each way of recommending, for each query."""

    def best(source: Source[Any]) -> Lists:
        return [
            found.item_ix for found in source.fit(dataset, rng=rng_for(seed, source.name)).retrieve_many(queries, K)
        ]

    rng = np.random.default_rng(seed)
    chance = [rng.permutation(len(dataset.items))[:K].astype(np.int32) for _ in queries]
    return {
        "random": chance,
        "popular": best(Popular()),
        "style": best(Style()),
        "style_90_days": best(Style(StyleConfig(half_life_days=90.0))),
        "style_single": best(Style(StyleConfig(max_styles=1))),
        "style_median": best(Style(StyleConfig(average="median"))),
        "style_led": _by_recipe(dataset, queries, "style_led", seed),
    }


def _by_recipe(dataset: Dataset, queries: list[Query], name: str, seed: int) -> Lists:
    recipe = usable_sources(find_recipe(name), dataset)
    bundle = train(dataset, Part.of(recipe, BoughtAgain.ALWAYS), seed=seed)
    recommender = recommender_of(bundle.main, dataset)
    return [slate.best(K) for slate in recommender.slates(queries)]


def ndcg(lists: Lists, gains: NDArray[np.float32]) -> NDArray[np.float64]:
    """Graded gain of each list over that of the best list there is, float64[lists], 0-1."""
    discount = 1 / np.log2(np.arange(K) + 2)
    ideal = -np.sort(-gains, axis=1)[:, :K] @ discount[: gains.shape[1]]
    reached = [float(gain[found[:K]] @ discount[: len(found[:K])]) for found, gain in zip(lists, gains, strict=True)]
    return np.array(reached) / np.maximum(ideal, 1e-30)


def _profiles_vs_bare_product(options: Options) -> Row:
    """Events of all kinds and ages to unit profiles, against the product alone, its matrix made beforehand."""
    customers, items, size, count = 100_000, 50_000, 1280, 5_000_000
    rng = np.random.default_rng(options.seed)
    acts = drawn_acts(rng, customers, items, count)
    unit = rng.standard_normal((items, size), dtype=np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    known = np.ones(items, dtype=bool)
    bare = sp.csr_matrix(acts.sums(np.ones(count)), dtype=np.float32)

    def ours() -> None:
        # A copy has none of the layout that the events keep once it was worked out.
        style_profiles(taste_of(replace(acts), known, half_life_days=30.0), unit)

    found = alternate(ours, lambda: bare @ unit, rounds=options.rounds).cpu
    print(f"profiles: {found.value:.2f} of the bare product", file=sys.stderr)
    return found.row(bench="style", dataset=DRAWN, case="100k_customers", metric="profiles_vs_bare_product")


def drawn_acts(rng: np.random.Generator, customers: int, items: int, count: int) -> Acts:
    """Events of two years, popular items more often, sorted by customer and time."""
    row = np.sort(rng.integers(0, customers, count)).astype(np.int32)
    age = rng.uniform(0, 730, count)
    age = age[np.lexsort((-age, row))]
    ones = np.ones(count, dtype=np.float32)
    return Acts(
        row=row,
        item_ix=(items * rng.random(count) ** 2).astype(np.int32),
        timestamp_us=(-age * DAY_US).astype(np.int64),
        age_days=age,
        quantity=ones,
        weight=rng.choice(np.array([10, 5, 3, 1, 0.5], dtype=np.float32), count),
        dearness=ones,
        shape=(customers, items),
    )


def _style_vs_index_query(options: Options) -> Iterator[Row]:
    """Histories in and candidates out, against the search for the customers' styles alone."""
    vectors, _ = drawn(100_000, seed=options.seed, queries=1)
    dataset = shop_of(vectors, np.random.default_rng(options.seed))
    source = Style().fit(dataset, rng=rng_for(options.seed, "style"))
    queries = dataset.queries(dataset.users)
    index = source.index
    if index is None:
        raise RuntimeError("100,000 products are searched through an index")
    for case, at_once in (("100k_products", 64), ("100k_products_one_by_one", 1)):
        batches = [queries[start : start + at_once] for start in range(0, len(queries), at_once)]
        styles = [source.styles(batch).vectors for batch in batches]

        def ours(batches: list[list[Query]] = batches) -> None:
            for batch in batches:
                source.retrieve_many(batch, CANDIDATES)

        def theirs(styles: list[NDArray[np.float32]] = styles) -> None:
            for each in styles:
                index.search(each, CANDIDATES)

        found = alternate(ours, theirs, rounds=options.rounds).cpu
        print(f"recommendation by style, {at_once} at a time: {found.value:.2f} of its index query", file=sys.stderr)
        yield found.row(bench="style", dataset=DRAWN, case=case, metric="style_vs_index_query")


def shop_of(vectors: NDArray[np.float32], rng: np.random.Generator) -> Dataset:
    """Customers with twenty events each, on items like one that they began with."""
    names = [f"{place:06}" for place in range(len(vectors))]
    moment = 1000 * DAY_US
    events = []
    for customer, first in enumerate(rng.choice(len(vectors), QUERIES, replace=False)):
        near = np.argpartition(-(vectors @ vectors[first]), 60)[:60]
        for item in rng.choice(near, 20, replace=False).tolist():
            kind = ("view", "add_to_cart", "purchase")[int(rng.integers(3))]
            when = moment - int(rng.integers(1, 200)) * DAY_US
            events.append((f"{customer:04}", names[item], when, kind, 1.0, 1000))
    dataset = dataset_from_events(events, {name: {} for name in names}, as_of_us=moment)
    return replace(dataset, item_vectors=vectors)


def _row(dataset: str, case: str, metric: str, value: float, low: float | None, high: float | None, unit: str) -> Row:
    return Row(
        bench="style", dataset=dataset, case=case, split="all", metric=metric,
        value=value, low=low, high=high, unit=unit,
    )  # fmt: skip
