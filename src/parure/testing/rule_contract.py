"""What every rule must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from parure.core import History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import Dataset
from parure.rules import Rule
from parure.testing.checks import require
from parure.testing.datasets import checkerboard


class RuleContract:
    """Tests that every rule passes: inherit, and say how the rule is made."""

    @abstractmethod
    def rule(self, dataset: Dataset) -> Rule:
        """A new rule for a dataset."""
        raise NotImplementedError

    def dataset(self) -> Dataset:
        """The shop it runs in."""
        return checkerboard()

    def queries(self, dataset: Dataset) -> list[Query]:
        """Who asks: everybody, a stranger and an anonymous visitor."""
        anonymous = Query(History.empty(IdMap.of([])), now_us=dataset.as_of_us)
        return [*dataset.queries([*dataset.users, "a stranger"]), anonymous]

    def slate(self, dataset: Dataset) -> Slate:
        """Every item of the shop, in an order that is not that of the ids."""
        n = len(dataset.items)
        order = np.random.default_rng(3).permutation(n).astype(np.int32)
        scores = np.linspace(1, 0, n, dtype=np.float32)
        return Slate(dataset.items, order, scores, scores[:, None].copy(), ("only",))

    def test_every_item_is_kept_or_accounted_for(self) -> None:
        dataset = self.dataset()
        rule, before = self.rule(dataset), self.slate(dataset)
        for query in self.queries(dataset):
            after = rule.apply(query, before)
            kept = after.item_ix.tolist()
            gone = [row for part in after.removed for row in part.item_ix.tolist()]
            require(len(set(kept)) == len(kept), f"an item comes twice: {after.item_ids}")
            require(sorted(kept + gone) == sorted(before.item_ix.tolist()), "an item got lost, or came from nowhere")

    def test_removals_name_the_rule_and_a_reason(self) -> None:
        dataset = self.dataset()
        rule, before = self.rule(dataset), self.slate(dataset)
        for query in self.queries(dataset):
            forbidden = rule.forbid(query, dataset.items)
            for part in (*rule.apply(query, before).removed, *([forbidden] if forbidden is not None else [])):
                require(part.rule == rule.name, f"the removal says {part.rule!r}, the rule is {rule.name!r}")
                require(part.reason, "a removal has no reason code")

    def test_only_known_items_are_forbidden_each_once(self) -> None:
        dataset = self.dataset()
        rule = self.rule(dataset)
        for query in self.queries(dataset):
            forbidden = rule.forbid(query, dataset.items)
            rows = forbidden.item_ix.tolist() if forbidden is not None else []
            require(all(0 <= row < len(dataset.items) for row in rows), f"unknown items are forbidden: {rows}")
            require(len(set(rows)) == len(rows), f"an item is forbidden twice: {rows}")

    def test_an_empty_slate_stays_empty(self) -> None:
        dataset = self.dataset()
        rule, empty = self.rule(dataset), self.slate(dataset).first(0)
        for query in self.queries(dataset):
            require(len(rule.apply(query, empty)) == 0, "items came from nowhere")

    def test_the_slate_given_is_left_as_it_is(self) -> None:
        dataset = self.dataset()
        rule, slate, untouched = self.rule(dataset), self.slate(dataset), self.slate(dataset)
        for query in self.queries(dataset):
            rule.apply(query, slate)
        require(np.array_equal(slate.item_ix, untouched.item_ix), "the items were changed in place")
        require(np.array_equal(slate.scores, untouched.scores), "the scores were changed in place")
        require(slate.removed == (), "the account was changed in place")

    def test_what_a_rule_sees_twice_it_judges_the_same(self) -> None:
        dataset = self.dataset()
        rule, slate = self.rule(dataset), self.slate(dataset)
        for query in self.queries(dataset):
            one, other = rule.apply(query, slate), rule.apply(query, slate)
            require(one.item_ids == other.item_ids, f"{one.item_ids} against {other.item_ids}")

    def test_columns_stay_aligned(self) -> None:
        dataset = self.dataset()
        rule, before = self.rule(dataset), self.slate(dataset)
        for query in self.queries(dataset):
            after = rule.apply(query, before)
            require(len(after.item_ix) == len(after.scores) == len(after.shares), "columns have different lengths")
