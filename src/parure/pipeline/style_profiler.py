"""Styles of customers for notebooks and the command line: build, look at, recommend by, compare, keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import UNKNOWN, Query, best_first
from parure.core.artifacts import load_json, save_json
from parure.core.clock import DAY_US, from_us, rng_for
from parure.core.errors import InputError, UnknownIdError
from parure.dataset import Dataset, dataset_from_events
from parure.index import unit_rows
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.bundle import bundle_path, load_bundle, read_dataset, write_dataset
from parure.pipeline.event_tables import event_rows
from parure.retrieval import Grounded, Style, StyleConfig
from parure.retrieval.signals import Acts, acts_of_dataset, acts_of_queries
from parure.retrieval.style import (
    Profiles,
    Taste,
    known_rows,
    style_change,
    style_neighbours,
    style_profiles,
    style_windows,
    taste_of,
)

WINDOW_DAYS: Final = 90.0
WINDOWS: Final = 4


class CustomerStyleProfiler:
    """Styles of a shop's customers.

    Args:
        dataset: Events and item vectors.
        config: How styles are made; the defaults where None.

    Example:
        >>> from parure import CustomerStyleProfiler
        >>> events = {
        ...     "customer_id": ["ada"] * 3 + ["bea"] * 3,
        ...     "product_id": ["ring", "chain", "hoop", "chain", "hoop", "ring"],
        ...     "interaction_type": ["purchase", "view", "add_to_cart"] * 2,
        ...     "timestamp": ["2026-05-01", "2026-05-02", "2026-05-03"] * 2,
        ... }
        >>> vectors = [[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [0.95, 0.05], [0.0, 1.0]]
        >>> products = ["ring", "chain", "hoop", "new ring", "watch"]
        >>> profiler = CustomerStyleProfiler.from_tables(events, products, vectors)
        >>> profiler.build_all_profiles().column("customer_id").to_pylist()
        ['ada', 'bea']
        >>> [found["product_id"] for found in profiler.recommend_by_style("ada", 1)]
        ['new ring']
        >>> [found["customer_id"] for found in profiler.find_style_neighbors("ada", 1)]
        ['bea']
    """

    def __init__(self, dataset: Dataset, config: StyleConfig | None = None) -> None:
        self.dataset = dataset
        self._pseudonym: Callable[[str], str] = str
        self._set_config(config or StyleConfig())

    def _set_config(self, config: StyleConfig) -> None:
        self.config = config
        self._source = Style(config).fit(self.dataset, rng=rng_for(0, "style"))
        self._profiles: Profiles | None = None

    @classmethod
    def from_shop(cls, shop: Path | str, config: StyleConfig | None = None, *, version: str | None = None) -> Self:
        """Read a shop's published bundle: ``parure train`` makes one.

        Args:
            shop: The project directory.
            config: How styles are made.
            version: Which bundle; the one being served where None.

        Raises:
            BundleError: There is none, or it is broken.
            InputError: The shop has no item vectors.
        """
        home = Path(shop)
        bundle = load_bundle(home, directory=bundle_path(home, version))
        profiler = cls(bundle.dataset, config)
        if bundle.facts.get("pseudonymised"):
            profiler._pseudonym = pseudonymiser(home)
        return profiler

    @classmethod
    def from_tables(
        cls,
        events: pa.Table | Mapping[str, Sequence[Any]],
        product_ids: Sequence[str],
        vectors: Any,
        config: StyleConfig | None = None,
        *,
        as_of: datetime | None = None,
    ) -> Self:
        """Take events and vectors as they are at hand, without a shop.

        Args:
            events: An Arrow table or lists by name: customer_id, product_id, interaction_type (view, click,
                add_to_cart, add_to_wishlist, purchase, return, dismiss ...), timestamp (datetime or ISO 8601).
            product_ids: Ids of the products that have a vector, n.
            vectors: float[n, size], in the order of ``product_ids``.
            config: How styles are made.
            as_of: The moment up to which events count; just after the newest where None.

        Raises:
            InputError: A column is missing, a kind of event is unknown, or sizes do not fit.
        """
        table = events if isinstance(events, pa.Table) else pa.table({name: list(events[name]) for name in events})
        given = np.asarray(vectors, dtype=np.float32)
        if given.ndim != 2 or len(given) != len(product_ids):
            raise InputError(
                f"Vectors have the shape {given.shape}, expected ({len(product_ids)}, size): one row a product id.",
                hint="Pass them in the order of product_ids.",
            )
        moment = None if as_of is None else int(as_of.timestamp() * 1_000_000)
        dataset = dataset_from_events(event_rows(table), {str(name): {} for name in product_ids}, as_of_us=moment)
        placed = np.full((len(dataset.items), given.shape[1]), np.nan, dtype=np.float32)
        placed[dataset.items.rows_of(str(name) for name in product_ids)] = given
        return cls(replace(dataset, item_vectors=placed), config)

    def build_all_profiles(
        self, *, min_interactions: int | None = None, half_life_days: float | None = None
    ) -> pa.Table:
        """One style for each customer with enough interactions.

        Args:
            min_interactions: From how many interactions on; as configured where None.
            half_life_days: After how many days an interaction counts half; as configured where None.

        Returns:
            customer_id, interactions, consistency (mean likeness of pairs of their items; null where there is no
            pair), profile (a unit vector).

        Cost:
            One sparse x dense product: about a second per million events at 1280 numbers a vector.
        """
        changes: dict[str, Any] = {"min_events": min_interactions, "half_life_days": half_life_days}
        changes = {name: value for name, value in changes.items() if value is not None}
        if changes:
            merged = {**self.config.model_dump(), **changes}
            self._set_config(StyleConfig.parse(merged, where="build_all_profiles"))
        return _as_table(self.profiles, self.dataset)

    def _profiles_of(self, acts: Acts) -> Profiles:
        config, unit = self.config, self._unit
        taste = taste_of(acts, known_rows(unit), half_life_days=config.half_life_days)
        return style_profiles(taste, unit, min_events=config.min_events, average=config.average)

    @cached_property
    def _unit(self) -> NDArray[np.float32]:
        if self.dataset.item_vectors is None:
            raise InputError("The dataset has no item vectors.", hint="Run: parure encode, or ingest embeddings.")
        return unit_rows(self.dataset.item_vectors)

    @property
    def profiles(self) -> Profiles:
        """The profiles of all customers, in the dataset's order; built where they have not been."""
        if self._profiles is None:
            self._profiles = self._profiles_of(acts_of_dataset(self.dataset, purchases_only=self.config.purchases_only))
        return self._profiles

    def recommend_by_style(
        self,
        customer_id: str,
        k: int = 10,
        *,
        min_similarity: float | None = None,
        exclude: Iterable[str] = (),
        exclude_bought: bool = True,
    ) -> list[dict[str, Any]]:
        """What looks like what a customer likes, from each of their styles in proportion.

        Args:
            customer_id: Who.
            k: How many at most.
            min_similarity: Leave out what is less alike than this to each of the styles; as configured where None.
            exclude: Products to leave out.
            exclude_bought: Leave out what the customer has bought.

        Returns:
            product_id, title, score, and the product of the history that speaks most for it: because, similarity.
            Empty for a customer without a style.

        Raises:
            UnknownIdError: Nobody has this id.
        """
        query = self._query(customer_id)
        items = self.dataset.items
        barred = items.rows_of(exclude)
        barred = barred[barred != UNKNOWN]
        if exclude_bought:
            barred = np.union1d(barred, query.history.rows_in(items)[query.history.purchases]).astype(np.int32)
        floor = self.config.min_similarity if min_similarity is None else min_similarity
        folded = self._source.fold_in_above([query], floor)
        (found,) = folded.top(k, [barred])
        (scores,) = folded.score([found.item_ix])
        order = best_first(scores, k)
        picks = zip(found.item_ix[order].tolist(), scores[order].tolist(), strict=True)
        titles = self.dataset.item_table.column("title")
        return [
            {
                "product_id": items.id_of(row),
                "title": titles[row].as_py(),
                "score": score,
                **_ground(self._source, query, row),
            }
            for row, score in picks
        ]

    def find_style_neighbors(self, customer_id: str, k: int = 10) -> list[dict[str, Any]]:
        """The customers whose style is most alike: customer_id and similarity (cosine), nearest first.

        Raises:
            UnknownIdError: Nobody has this id.
        """
        row = self.dataset.users.row_of(self._known_as(customer_id))
        ((rows, cosines),) = style_neighbours(self.profiles.vectors, np.array([row]), k)
        names = self.dataset.users.ids_of(rows)
        return [
            {"customer_id": name, "similarity": cosine} for name, cosine in zip(names, cosines.tolist(), strict=True)
        ]

    def describe(
        self, customer_id: str, *, k: int = 5, window_days: float = WINDOW_DAYS, windows: int = WINDOWS
    ) -> dict[str, Any]:
        """All there is to say of one customer's style.

        Args:
            customer_id: Who.
            k: How many products a style, and how many neighbours.
            window_days: Length of the windows that drift is looked at over.
            windows: How many.

        Returns:
            interactions, has_style, consistency, styles (share, consistency, nearest products), drift (windows,
            change), neighbours; JSON-ready.

        Raises:
            UnknownIdError: Nobody has this id.
        """
        query = self._query(customer_id)
        acts = acts_of_queries([query], self.dataset.items, purchases_only=self.config.purchases_only)
        profile = self._profiles_of(acts)
        known = not bool(np.isnan(profile.vectors).any())
        return {
            "customer_id": customer_id,
            "interactions": int(profile.events[0]),
            "min_interactions": self.config.min_events,
            "has_style": known,
            "consistency": _number(profile.consistency[0]) if known else None,
            "styles": self._described_styles(query, k) if known else [],
            "drift": self._described_drift(acts, query.now_us, window_days, windows),
            "neighbours": self.find_style_neighbors(customer_id, k) if known else [],
        }

    def _described_styles(self, query: Query, k: int) -> list[dict[str, Any]]:
        styles = self._source.styles([query])
        found = []
        apart = style_profiles(Taste(styles.weights, np.diff(styles.weights.indptr)), self._unit, min_events=1)
        for vector, share, consistency in zip(styles.vectors, styles.share, apart.consistency, strict=True):
            nearest = self._source.nearest_to(vector[None], k)[0]
            titles = self.dataset.item_table.column("title")
            products = [
                {"product_id": name, "title": titles[row].as_py(), "similarity": score}
                for name, row, score in zip(
                    nearest.item_ids, nearest.item_ix.tolist(), nearest.scores.tolist(), strict=True
                )
            ]
            found.append({"share": float(share), "consistency": _number(consistency), "products": products})
        return found

    def _described_drift(self, acts: Acts, now_us: int, window_days: float, windows: int) -> dict[str, Any]:
        known = known_rows(self._unit)
        seen = style_windows(
            acts, self._unit, known, window_days=window_days, windows=windows, min_events=self.config.min_events
        )
        drifts = [None, *seen.drift()[0].tolist()] if windows > 1 else [None]
        starts = [
            from_us(int(now_us - (windows - i) * window_days * DAY_US)).date().isoformat() for i in range(windows)
        ]
        change = style_change(acts, self._unit, known, split_days=window_days, rng=rng_for(0, "drift"))
        return {
            "window_days": window_days,
            "windows": [
                {"from": start, "interactions": int(events), "drift": _number(drift)}
                for start, events, drift in zip(starts, seen.events[0], drifts, strict=True)
            ],
            "latest_window": None
            if change is None
            else {"drift": change.drift, "expected_by_chance": change.expected, "p_value": change.p_value},
        }

    def _known_as(self, customer_id: str) -> str:
        """A customer's id as the dataset holds it: behind the keyed hash where the shop is pseudonymised."""
        users = self.dataset.users
        name = customer_id if customer_id in users else self._pseudonym(customer_id)
        if name not in users:
            raise UnknownIdError(f"Nobody has the id {customer_id!r}.", hint="Check the id, upper and lower case too.")
        return name

    def _query(self, customer_id: str) -> Query:
        return self.dataset.query(self._known_as(customer_id))

    def save(self, directory: Path | str) -> None:
        """Write profiles, events and vectors into a directory, made where it is not there."""
        home = Path(directory)
        home.mkdir(parents=True, exist_ok=True)
        write_dataset(self.dataset, home)
        described = {
            "as_of_us": self.dataset.as_of_us,
            "data": self.dataset.fingerprint,
            "config": self.config.model_dump(mode="json"),
        }
        save_json(home / "profiler.json", described)

    @classmethod
    def load(cls, directory: Path | str) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            BundleError: A file is missing or broken.
        """
        home = Path(directory)
        described = load_json(home / "profiler.json")
        dataset = read_dataset(home, as_of_us=described["as_of_us"], fingerprint=described["data"])
        return cls(dataset, StyleConfig.parse(described["config"], where=str(home / "profiler.json")))


def _as_table(profiles: Profiles, dataset: Dataset) -> pa.Table:
    rows = np.flatnonzero(~np.isnan(profiles.vectors).any(axis=1))
    vectors = profiles.vectors[rows]
    consistency = profiles.consistency[rows]
    return pa.table(
        {
            "customer_id": pa.array(dataset.users.ids_of(rows), pa.string()),
            "interactions": profiles.events[rows],
            "consistency": pa.array(consistency, mask=np.isnan(consistency)),
            "profile": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1]),
        }
    )


def _ground(source: Grounded, query: Query, row: int) -> dict[str, Any]:
    """The product of the history that adds most to a score."""
    found = source.grounds(query, row)
    if not len(found.contribution) or found.contribution.max() <= 0:
        return {"because": None, "similarity": None}
    best = int(found.contribution.argmax())
    return {
        "because": query.history.items.id_of(int(query.history.item_ix[best])),
        "similarity": float(found.similarity[best]),
    }


def _number(value: Any) -> float | None:
    """A number for JSON; None where it is not one."""
    return None if value is None or np.isnan(value) else float(value)
