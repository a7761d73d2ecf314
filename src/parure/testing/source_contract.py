"""What every source must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from parure.core import UNKNOWN, Event, EventKind, History, IdMap, Query
from parure.core.clock import rng_for
from parure.core.errors import BundleError, NotFittedError
from parure.dataset import Dataset
from parure.retrieval import ItemSimilarity, Source
from parure.testing.checks import bytes_of, require, require_same_answer, require_well_formed
from parure.testing.datasets import checkerboard, constant, nobody, one_purchase

ALL = 1000
"""More than any of the catalogues holds."""


class SourceContract:
    """Tests that every source passes: inherit, and say how the source is made.

    Attributes:
        follows_taste: The source is personal: on the checkerboard it ranks new items of the own metal first.
        reads_user_ids: The answer may differ for the same history under another user id.
    """

    follows_taste: ClassVar[bool] = False
    reads_user_ids: ClassVar[bool] = False

    @abstractmethod
    def source(self) -> Source[Any]:
        """A new source, not yet fitted."""
        raise NotImplementedError

    def dataset(self) -> Dataset:
        """What it is fitted on."""
        return checkerboard()

    def fitted(self, dataset: Dataset | None = None) -> Source[Any]:
        """A source fitted with a fixed seed."""
        dataset = dataset or self.dataset()
        return self.source().fit(dataset, rng=rng_for(0, "contract"))

    # What comes back

    def test_candidates_are_known_distinct_and_best_first_with_ties_by_id(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        for found in source.retrieve_many(dataset.queries(dataset.users), ALL):
            require_well_formed(found, dataset.items, ALL)
            require(found.source == source.name, f"candidates say {found.source!r}, the source is {source.name!r}")

    def test_a_shorter_list_is_the_beginning_of_a_longer_one(self) -> None:
        dataset = self.dataset()
        folded = self.fitted(dataset).fold_in(dataset.queries(dataset.users))
        for short, long in zip(folded.top(2), folded.top(ALL), strict=True):
            require(short.pairs() == long.pairs()[:2], f"{short.pairs()} does not begin {long.pairs()}")

    def test_k_of_zero_gives_nothing(self) -> None:
        dataset = self.dataset()
        for found in self.fitted(dataset).retrieve_many(dataset.queries(dataset.users), 0):
            require_well_formed(found, dataset.items, 0)

    def test_a_list_is_never_padded_beyond_what_has_a_score(self) -> None:
        dataset = self.dataset()
        folded = self.fitted(dataset).fold_in(dataset.queries(dataset.users))
        everything = np.arange(len(dataset.items), dtype=np.int32)
        scores = folded.score([everything] * len(dataset.users))
        for found, known in zip(folded.top(ALL), scores, strict=True):
            require(len(found) == int((~np.isnan(known)).sum()), "top() and score() know different numbers of items")

    def test_scores_of_given_items_agree_with_those_of_the_best(self) -> None:
        dataset = self.dataset()
        folded = self.fitted(dataset).fold_in(dataset.queries(dataset.users))
        tops = folded.top(ALL)
        backwards = [found.item_ix[::-1] for found in tops]
        for found, scores in zip(tops, folded.score(backwards), strict=True):
            require(scores.dtype == np.float32, f"score() gives {scores.dtype}, expected float32")
            require(np.allclose(scores, found.scores[::-1], rtol=1e-4, atol=1e-6), f"{scores} against {found.scores}")

    def test_excluded_items_do_not_come_back_and_the_others_keep_their_places(self) -> None:
        dataset = self.dataset()
        folded = self.fitted(dataset).fold_in(dataset.queries(dataset.users))
        exclude = [found.item_ix[::2].copy() for found in folded.top(ALL)]
        before = [rows.copy() for rows in exclude]
        for free, rows, found in zip(folded.top(ALL), exclude, folded.top(3, exclude), strict=True):
            kept = [pair for row, pair in zip(free.item_ix, free.pairs(), strict=True) if row not in rows]
            require(found.pairs() == kept[:3], f"{found.pairs()} against {kept[:3]}")
        require(all(np.array_equal(a, b) for a, b in zip(before, exclude, strict=True)), "exclude was changed")

    # Who asks

    def test_one_query_is_answered_as_among_many(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        queries = dataset.queries(dataset.users)
        for query, found in zip(queries, source.retrieve_many(queries, 5), strict=True):
            require_same_answer(source.retrieve(query, 5), found)

    def test_no_queries_give_no_answers(self) -> None:
        source = self.fitted()
        require(source.retrieve_many([], 5) == [], "expected an empty list")
        require(source.fold_in([]).top(5) == [], "expected an empty list")
        require(source.fold_in([]).score([]) == [], "expected an empty list")

    def test_somebody_unknown_without_history_is_answered(self) -> None:
        dataset = self.dataset()
        stranger = Query(History.empty(dataset.items), now_us=dataset.as_of_us, user_id="nobody has heard of me")
        anonymous = Query(History.empty(IdMap.of([])), now_us=dataset.as_of_us)
        for found in self.fitted(dataset).retrieve_many([stranger, anonymous], 5):
            require_well_formed(found, dataset.items, 5)

    def test_all_who_are_unknown_get_the_same(self) -> None:
        # Requests of theirs share what was found for one of them.
        dataset = self.dataset()
        source = self.fitted(dataset)
        for page in ((), tuple(dataset.items.ids_of([0, 1]))):
            nobody = Query(History.empty(dataset.items), now_us=dataset.as_of_us, items=page)
            for user_id in ("nobody has heard of me", "nor of me"):
                another = replace(nobody, user_id=user_id, request_id=f"of {user_id}")
                require_same_answer(source.retrieve(nobody, 5), source.retrieve(another, 5))

    def test_a_history_speaks_for_itself_whoever_it_belongs_to(self) -> None:
        if self.reads_user_ids:
            return
        dataset = self.dataset()
        source = self.fitted(dataset)
        for query in dataset.queries(dataset.users):
            require_same_answer(source.retrieve(query, 5), source.retrieve(replace(query, user_id=None), 5))

    def test_unknown_items_in_a_history_are_skipped(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        for query in dataset.queries(list(dataset.users)):
            more = replace(query, history=_with_unknown_items(query.history))
            require_same_answer(source.retrieve(query, 5), source.retrieve(more, 5))

    def test_unknown_items_on_the_page_are_skipped(self) -> None:
        dataset = self.dataset()
        query = replace(dataset.query(next(iter(dataset.users))), items=("no such thing", next(iter(dataset.items))))
        require_well_formed(self.fitted(dataset).retrieve(query, 5), dataset.items, 5)

    def test_live_events_in_the_future_of_the_training_are_taken(self) -> None:
        dataset = self.dataset()
        query = dataset.query(next(iter(dataset.users)))
        later = replace(query, now_us=query.now_us - 3_600_000_000)
        require_well_formed(self.fitted(dataset).retrieve(later, 5), dataset.items, 5)

    def test_new_items_of_the_own_taste_come_first(self) -> None:
        if not self.follows_taste:
            return
        dataset = checkerboard()
        queries = dataset.queries(["ada", "fay"])
        bought = [np.unique(query.history.item_ix) for query in queries]
        best = [found.item_ids for found in self.fitted(dataset).fold_in(queries).top(1, bought)]
        require(best == [["gold-brooch"], ["silver-chain"]], f"got {best} for ada and fay")

    # Training again, saving, loading

    def test_the_same_seed_gives_the_same_bytes(self, tmp_path: Path) -> None:
        saved = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            self.fitted().save(tmp_path / name)
            saved.append(bytes_of(tmp_path / name))
        require(saved[0] == saved[1], "the same data and seed gave other bytes")

    def test_a_loaded_source_answers_as_the_saved_one(self, tmp_path: Path) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        source.save(tmp_path)
        loaded = type(source).load(tmp_path, dataset.items, name="again")
        queries = dataset.queries([*dataset.users, "a stranger"])
        for ours, theirs in zip(source.retrieve_many(queries, 5), loaded.retrieve_many(queries, 5), strict=True):
            require(theirs.source == "again", f"the loaded source is called {theirs.source!r}")
            require(ours.pairs() == theirs.pairs(), f"{ours.pairs()} against {theirs.pairs()}")

    def test_a_source_of_another_catalogue_is_refused(self, tmp_path: Path) -> None:
        source = self.fitted()
        source.save(tmp_path)
        _require_raises(BundleError, lambda: type(source).load(tmp_path, IdMap.of(["something else"])))

    def test_a_source_that_is_not_fitted_says_so(self, tmp_path: Path) -> None:
        source = self.source()
        _require_raises(NotFittedError, lambda: source.items)
        _require_raises(NotFittedError, lambda: source.save(tmp_path))
        _require_raises(NotFittedError, lambda: source.fold_in([]))

    # Odd data

    def test_one_customer_with_one_item_is_enough(self) -> None:
        self._answers(one_purchase())

    def test_customers_who_cannot_be_told_apart_are_answered(self) -> None:
        self._answers(constant())

    def test_a_shop_without_events_is_answered(self) -> None:
        self._answers(nobody())

    def _answers(self, dataset: Dataset) -> None:
        source = self.fitted(dataset)
        queries = dataset.queries([*dataset.users, "a stranger"])
        for found in source.retrieve_many(queries, ALL):
            require_well_formed(found, dataset.items, ALL)
        if isinstance(source, ItemSimilarity):
            for found in source.similar(list(dataset.items), ALL):
                require_well_formed(found, dataset.items, ALL)

    # Items alike

    def test_an_item_is_not_similar_to_itself(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        if isinstance(source, ItemSimilarity):
            item_ids = list(dataset.items)
            for item_id, found in zip(item_ids, source.similar(item_ids, ALL), strict=True):
                require_well_formed(found, dataset.items, ALL)
                require(item_id not in found.item_ids, f"{item_id} is similar to itself")

    def test_nothing_is_similar_to_an_unknown_item(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        if isinstance(source, ItemSimilarity):
            known = next(iter(dataset.items))
            unknown, found = source.similar(["no such thing", known], 3)
            require(len(unknown) == 0, f"got {unknown.pairs()} for an unknown item")
            require_same_answer(found, source.similar([known], 3)[0])
            require(source.similar([], 3) == [], "expected an empty list")

    def test_likeness_is_what_similar_says_for_any_few_items(self) -> None:
        dataset = self.dataset()
        source = self.fitted(dataset)
        if not isinstance(source, ItemSimilarity):
            return
        rows = np.arange(len(dataset.items), dtype=np.int32)
        likeness = source.likeness(rows, rows)
        require(likeness.shape == (len(rows), len(rows)), f"likeness has the shape {likeness.shape}")
        for other, found in enumerate(source.similar(list(dataset.items), ALL)):
            apart = np.abs(likeness[found.item_ix, other] - found.scores)
            require(
                bool((apart < 1e-4).all()), f"likeness to item {other} differs from similar by {apart.max(initial=0)}"
            )
        few = source.likeness(rows[[2, 0]], rows[[1]])
        alone = np.allclose(few, likeness[[2, 0]][:, [1]], atol=1e-5, equal_nan=True)
        require(alone, "likeness depends on what is asked beside")
        require(source.likeness(rows[:1], rows[:0]).shape == (1, 0), "expected no column for no other item")
        weight = np.linspace(2, 1, len(rows), dtype=np.float32)
        places, alike = source.likeliest(rows, rows, weight)
        added = np.nan_to_num(likeness) * weight
        most = added[np.arange(len(rows)), places]
        says = np.where(places < 0, added.max(axis=1) <= 0, most >= added.max(axis=1) - 1e-5)
        require(bool(says.all()), "likeliest does not find what likeness times weight is largest for")
        near = np.where(places < 0, 0, np.abs(likeness[np.arange(len(rows)), places] - alike))
        require(bool((near < 1e-4).all()), "likeliest tells another likeness than likeness does")

    def test_items_of_one_taste_are_alike(self) -> None:
        source = self.fitted(checkerboard())
        if self.follows_taste and isinstance(source, ItemSimilarity):
            (found,) = source.similar(["gold-ring"], 3)
            metals = {item_id.split("-")[0] for item_id in found.item_ids}
            require(metals == {"gold"}, f"like gold-ring: {found.pairs()}")


def _with_unknown_items(history: History) -> History:
    """The same history with purchases of a thing the catalogue does not hold, on a map of its own."""
    moments = sorted({1, *history.timestamp_us.tolist()})
    events = [Event("a thing of yore", EventKind.PURCHASE, moment) for moment in moments]
    unknown = History.of(events, [10.0] * len(events))
    items = IdMap.of([*history.items, *unknown.items])

    def joined(name: str) -> Any:
        return np.concatenate([getattr(history, name), getattr(unknown, name)])

    rows = np.concatenate([history.rows_in(items), unknown.rows_in(items)])
    require((rows != UNKNOWN).all(), "the larger map holds all items")
    order = np.lexsort((rows, joined("timestamp_us")))
    names = ("timestamp_us", "kind", "quantity", "price_cents", "weight", "spend_ratio", "quantity_ratio")
    return History(items, rows[order], **{name: joined(name)[order] for name in names})


def _require_raises(kind: type[Exception], act: Callable[[], object]) -> None:
    try:
        act()
    except kind as error:
        require(str(error), f"{kind.__name__} came without a message")
        return
    raise AssertionError(f"expected {kind.__name__}")
