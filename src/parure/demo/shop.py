"""The whole made-up shop on disk: tables as a shop would export them, pictures, and the truth for tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field
from threadpoolctl import threadpool_limits

from parure.core.artifacts import load_json, save_json
from parure.core.clock import rng_for
from parure.core.config import Config
from parure.core.errors import MissingInputError
from parure.core.progress import Progress, Silent
from parure.demo.attributes import CATEGORIES, METALS, STYLES
from parure.demo.behaviour import Life, live
from parure.demo.catalogue import DAYS, FIRST_DAY, Product, make_catalogue
from parure.demo.choice import ChoiceConfig, ChoiceModel
from parure.demo.customers import Customers, make_customers
from parure.demo.pictures import draw_all
from parure.demo.tables import (
    Prices,
    customers_table,
    interactions_table,
    order_tables,
    products_table,
    truth_table,
)

TABLES: Final = ("products", "customers", "orders", "order_items", "interactions")
STAMP: Final = ".made.json"
_GROUP: Final = 2000
"""Customers simulated together; memory does not depend on how many there are in all."""


class DemoSize(Config):
    """How large the made-up shop is."""

    products: int = Field(default=1500, ge=6, le=100_000)
    """Products, each with its pictures."""
    customers: int = Field(default=2000, ge=1, le=10_000_000)
    """Customers."""
    sessions: float = Field(default=9.0, gt=0, le=1000)
    """Visits of one customer on average, over the two years."""
    views: int = Field(default=3, ge=0, le=3)
    """Pictures of each product; none where 0."""
    orders: int | None = Field(default=None, ge=1)
    """Keep just so many orders, where there are more."""
    interactions: int | None = Field(default=None, ge=1)
    """Keep just so many interactions, where there are more."""
    choice: ChoiceConfig = ChoiceConfig()
    """How customers choose."""

    @classmethod
    def tiny(cls) -> Self:
        """20 customers, 40 orders and 120 interactions on 60 products with one picture each."""
        return cls(products=60, customers=20, sessions=22.0, views=1, orders=40, interactions=120)

    @classmethod
    def usual(cls) -> Self:
        """1,500 products in three views, 2,000 customers."""
        return cls()

    @classmethod
    def of(cls, customers: int) -> Self:
        """The usual catalogue with any number of customers."""
        return cls(customers=customers)


@dataclass(frozen=True, slots=True)
class MadeShop:
    """A made-up shop on disk.

    Attributes:
        directory: Its tables as CSV; can be given to ingest as it is.
        images: Its pictures, ``PRODUCT_ID.jpg``, ``PRODUCT_ID_2.jpg``, ``PRODUCT_ID_3.jpg``.
        truth: What only the simulation knows, a customer a row. For tests and benchmarks.
        rows: Rows of each table.
        fresh: Whether it was made by this call; False where it lay there already.
    """

    directory: Path
    images: Path
    truth: Path
    rows: dict[str, int]
    fresh: bool

    @property
    def tables(self) -> list[Path]:
        """The CSV files."""
        return [self.directory / f"{name}.csv" for name in TABLES]


def make_shop(
    directory: Path, *, size: DemoSize | None = None, seed: int = 7, progress: Progress | None = None
) -> MadeShop:
    """Make up a jewellery shop: catalogue, pictures, customers, two years of visits and orders.

    The same size and seed give the same bytes. Where the directory holds that shop already, nothing is done.

    Args:
        directory: Where it goes; made where missing.
        size: How large; the usual size where None.
        seed: What everything random follows from.
        progress: Where the work reports to.

    Cost:
        About 20 ms of processor time a picture and 0.25 ms a customer; memory does not grow with
        customers.
    """
    size, bars = size or DemoSize(), progress or Silent()
    directory = Path(directory)
    key = _key(size, seed)
    found = _standing(directory, key)
    if found is not None:
        return found
    directory.mkdir(parents=True, exist_ok=True)
    (directory / STAMP).unlink(missing_ok=True)
    products = make_catalogue(size.products, seed)
    _write_csv(directory / "products.csv", products_table(products, seed, size.views))
    # Products of small matrices: threads of the linear algebra would spin against each other, and against ours.
    with threadpool_limits(1, user_api="blas"):
        rows = {"products": len(products)} | _write_lives(directory, products, size, seed, bars)
        if size.views:
            draw_all(products, directory / "images", views=size.views, progress=bars)
    files = {path.name: path.stat().st_size for path in [*(directory / f"{t}.csv" for t in TABLES), _truth(directory)]}
    stamp = {"key": key, "seed": seed, "size": json.loads(size.model_dump_json()), "rows": rows, "files": files}
    save_json(directory / STAMP, stamp)
    return MadeShop(directory, directory / "images", _truth(directory), rows, fresh=True)


def _truth(directory: Path) -> Path:
    return directory / "truth.parquet"


@cache
def _program() -> str:
    """Hash of the program that makes the shop: another program makes another shop."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(size: DemoSize, seed: int) -> str:
    return hashlib.sha256(f"{size.model_dump_json()} {seed} {_program()}".encode()).hexdigest()


def _standing(directory: Path, key: str) -> MadeShop | None:
    """The shop in a directory, if it is whole and was made by the same parameters and program."""
    if not (directory / STAMP).exists():
        return None
    stamp = load_json(directory / STAMP)
    if stamp["key"] != key:
        return None
    for name, bytes_ in stamp["files"].items():
        if not (directory / name).exists() or (directory / name).stat().st_size != bytes_:
            return None
    images = directory / "images"
    wanted = stamp["rows"]["products"] * stamp["size"]["views"]
    if wanted and (not images.exists() or sum(1 for _ in images.iterdir()) < wanted):
        return None
    return MadeShop(directory, images, _truth(directory), stamp["rows"], fresh=False)


def _write_csv(path: Path, table: pa.Table) -> None:
    pa_csv.write_csv(table, path)


def _write_lives(
    directory: Path, products: Sequence[Product], size: DemoSize, seed: int, progress: Progress
) -> dict[str, int]:
    """Simulate the customers group by group and append what they did to the tables; gives the rows of each."""
    model = ChoiceModel(products, size.choice)
    prices = Prices(products)
    ids = np.array([product.product_id for product in products])
    categories = np.array([CATEGORIES.index(product.design.category) for product in products])
    metals = np.array([list(METALS).index(product.metal) for product in products])
    rows = dict.fromkeys(TABLES[1:], 0)
    sessions = 0
    with _Writers(directory) as writers, progress.step("Simulating customers", size.customers) as step:
        for start in range(0, size.customers, _GROUP):
            rng = rng_for(seed, f"customers-{start}")
            customers = make_customers(rng, start, min(_GROUP, size.customers - start), sessions=size.sessions)
            life = _cut(rng, live(rng, customers, model), size)
            orders, lines, totals = order_tables(
                rng, customers, life, prices, ids, (rows["orders"], rows["order_items"])
            )
            events = interactions_table(customers, life, ids, rows["interactions"], sessions)
            people = customers_table(customers, life, totals, categories, metals)
            for name, table in zip(TABLES[1:], (people, orders, lines, events), strict=True):
                writers.write(name, table)
                rows[name] += table.num_rows
            writers.write_truth(truth_table(customers, list(STYLES)))
            sessions += len(life.sessions)
            step.advance(len(customers))
    return rows


def _cut(rng: np.random.Generator, life: Life, size: DemoSize) -> Life:
    """Leave out what is more than the size asks for."""
    orders, lines, events = life.orders, life.lines, life.events
    if size.orders is not None and len(orders) > size.orders:
        kept = np.sort(rng.permutation(len(orders))[: size.orders])
        place = np.full(len(orders), -1)
        place[kept] = np.arange(len(kept))
        orders = orders.take(kept)
        rows = np.flatnonzero(place[lines.order] >= 0)
        lines = lines.take(rows)
        lines = type(lines)(place[lines.order], lines.item, lines.quantity, lines.returned)
    if size.interactions is not None and len(events) > size.interactions:
        # Visits that ended in an order come first, so that the two tables tell of the same days.
        bought = np.isin(events.session, orders.session)
        order = np.lexsort((rng.random(len(events)), ~bought))
        events = events.take(np.sort(order[: size.interactions]))
    return Life(life.sessions, orders, lines, events)


class _Writers:
    """Appends Arrow tables to the CSV files and to the truth."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._csv: dict[str, pa_csv.CSVWriter] = {}
        self._truth: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._csv.values():
            writer.close()
        if self._truth is not None:
            self._truth.close()

    def write(self, name: str, table: pa.Table) -> None:
        if name not in self._csv:
            self._csv[name] = pa_csv.CSVWriter(self._directory / f"{name}.csv", table.schema)
        self._csv[name].write_table(table)

    def write_truth(self, table: pa.Table) -> None:
        if self._truth is None:
            self._truth = pq.ParquetWriter(_truth(self._directory), table.schema, compression="zstd")
        self._truth.write_table(table)


def truth_scores(directory: Path, user_ids: Sequence[str]) -> NDArray[np.float32]:
    """The best ranking there can be: how probably each customer would look at and buy each product on the last day.

    For tests and benchmarks; the product never reads it. What is gone from stock is scored like the rest.

    Args:
        directory: Of a made-up shop.
        user_ids: Customer ids.

    Returns:
        float32[users, products], products in the order of ``products.csv``; larger is better, and the numbers are
        probabilities up to one factor a customer.

    Raises:
        MissingInputError: No made-up shop lies there, or it does not know a customer.
    """
    products, size = made_catalogue(directory)
    truth = pq.read_table(_truth(Path(directory)))
    place = {name: row for row, name in enumerate(truth["customer_id"].to_pylist())}
    unknown = [name for name in user_ids if name not in place]
    if unknown:
        raise MissingInputError(
            f"{directory} has no customer {unknown[0]!r}.", hint="Ask for ids of its customers.csv."
        )
    customers = _read_truth(truth.take([place[name] for name in user_ids]))
    model = ChoiceModel(products, size.choice)
    shares = customers.current_shares(DAYS - 1)
    everyone = np.arange(len(customers))
    scores = np.zeros((len(customers), len(products)), np.float32)
    for persona in range(shares.shape[1]):
        rows = everyone[shares[:, persona] > 0]
        for some in np.array_split(rows, max(len(rows) // 1000, 1)):
            if len(some):
                shoppers = customers.in_style(some, np.full(len(some), persona), spends=some)
                scores[some] += shares[some, persona, None] * model.purchase_scores(shoppers, DAYS - 1)
    return scores


def made_catalogue(directory: Path) -> tuple[list[Product], DemoSize]:
    """The catalogue of a made-up shop with its hidden parts, and the shop's size.

    Raises:
        MissingInputError: No made-up shop lies there.
    """
    stamp = Path(directory) / STAMP
    if not stamp.exists():
        raise MissingInputError(f"{directory} holds no made-up shop.", hint="Make one with parure.demo.make_shop.")
    held = load_json(stamp)
    size = DemoSize.parse(held["size"], where=str(stamp))
    return make_catalogue(size.products, held["seed"]), size


def _read_truth(table: pa.Table) -> Customers:
    n = table.num_rows
    styles = list(STYLES)

    def matrix(name: str) -> NDArray[np.float32]:
        return np.asarray(table[name].combine_chunks().flatten().to_numpy(), np.float32).reshape(n, -1)

    names = table["styles"].combine_chunks().flatten().to_pylist()
    drift = (table["drift_date"].to_numpy() - np.datetime64(FIRST_DAY, "D")).astype(np.int32)
    return Customers(
        number=np.arange(n),
        male=table["male"].to_numpy().astype(bool),
        age=np.zeros(n, np.int16),
        place=np.zeros(n, np.int16),
        registered_day=np.zeros(n, np.int32),
        sessions=np.zeros(n, np.float32),
        styles=np.array([styles.index(name) for name in names], np.int8).reshape(n, -1),
        shares=matrix("shares"),
        drift_day=drift,
        own=matrix("own"),
        log_budget=np.log(table["budget_eur"].to_numpy()).astype(np.float32),
        categories=matrix("categories"),
        consent=np.ones(n, bool),
    )
