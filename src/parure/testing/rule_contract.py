"""What every rule must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np

from parure.core import History, IdMap, Query
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules import Rule, Shopper
from parure.testing.checks import require
from parure.testing.datasets import checkerboard


class RuleContract:
    """Tests that every rule passes: inherit, and say how the rule is made."""

    @abstractmethod
    def rule(self, dataset: Dataset) -> Rule[Any]:
        """A rule fitted on a dataset."""
        raise NotImplementedError

    def dataset(self) -> Dataset:
        """The shop it runs in."""
        return checkerboard()

    def shoppers(self, dataset: Dataset) -> list[Shopper]:
        """Who asks: everybody, a stranger and an anonymous visitor, on an empty page and with something in the cart."""
        anonymous = Query(History.empty(IdMap.of([])), now_us=dataset.as_of_us, request_id="anonymous")
        queries = [*dataset.queries([*dataset.users, "a stranger"]), anonymous]
        cart = dataset.query(next(iter(dataset.users)), items=[dataset.items.id_of(0), "unknown to the shop"])
        return [Shopper(query, dataset.items) for query in (*queries, cart)]

    def slate(self, dataset: Dataset) -> Slate:
        """Every item of the shop, in an order that is not that of the ids."""
        n = len(dataset.items)
        order = np.random.default_rng(3).permutation(n).astype(np.int32)
        scores = np.linspace(1, 0, n, dtype=np.float32)
        return Slate.of(dataset.items, order, scores, scores[:, None].copy(), ("only",))

    def _cases(self) -> list[tuple[Rule[Any], Shopper, Slate, Slate]]:
        dataset = self.dataset()
        rule, before = self.rule(dataset), self.slate(dataset)
        return [(rule, shopper, before, rule.apply(shopper, before)) for shopper in self.shoppers(dataset)]

    def test_every_item_is_kept_or_accounted_for(self) -> None:
        for _, _, before, after in self._cases():
            kept = after.item_ix[after.ranked()].tolist()
            gone = [row for part in after.removed for row in part.item_ix.tolist()]
            require(len(set(kept)) == len(kept), f"an item comes twice: {after.item_ids}")
            require(sorted(kept + gone) == sorted(before.item_ix.tolist()), "an item got lost, or came from nowhere")

    def test_it_does_only_what_it_declares(self) -> None:
        for rule, _, before, after in self._cases():
            effects = {step.effect for step in after.steps}
            require(effects <= {rule.effect}, f"{rule.kind} says that it {rule.effect}, and {effects}")
            if rule.effect is not Effect.REMOVES:
                require(len(after) == len(before), f"{rule.kind} removed candidates")
            if rule.effect is not Effect.REWEIGHS:
                require(np.array_equal(after.scores, before.scores), f"{rule.kind} changed scores")
            if rule.effect is Effect.REMOVES:
                rest = [name for name in before.item_ids if name in set(after.item_ids)]
                require(after.item_ids == rest, f"{rule.kind} changed the order")

    def test_scores_stay_numbers_of_0_or_more(self) -> None:
        for rule, _, _, after in self._cases():
            require(bool(np.isfinite(after.scores).all()), f"{rule.kind} gave a score that is no number")
            require(bool((after.scores >= 0).all()), f"{rule.kind} gave a score below 0")

    def test_steps_name_the_rule_and_a_reason_it_declares(self) -> None:
        for rule, shopper, _, after in self._cases():
            forbidden = rule.forbid(shopper)
            for step in after.steps:
                require(step.rule == rule.kind, f"the step says {step.rule!r}, the rule is {rule.kind!r}")
                require(len(step.where) == len(after.item_ix), "a step does not say of every candidate if it was meant")
            for reason in [*(step.reason for step in after.steps), *([forbidden[0]] if forbidden else [])]:
                require(reason in rule.reasons, f"{rule.kind} gives the reason {reason!r}, which it does not declare")

    def test_what_it_forbids_it_removes_and_each_item_once(self) -> None:
        for rule, shopper, before, after in self._cases():
            reason, rows = rule.forbid(shopper) or ("", np.empty(0, np.int32))
            require(bool((np.diff(rows) > 0).all()), f"items are forbidden twice or out of order: {rows.tolist()}")
            require(all(0 <= row < len(before.items) for row in rows), f"unknown items are forbidden: {rows.tolist()}")
            shown = set(after.item_ix[after.ranked()].tolist())
            require(not shown & set(rows.tolist()), f"{rule.kind} shows what it forbids as {reason}")

    def test_an_empty_slate_stays_empty(self) -> None:
        dataset = self.dataset()
        rule, full = self.rule(dataset), self.slate(dataset)
        nothing = Slate.of(full.items, full.item_ix[:0], full.scores[:0], full.shares[:0], full.sources)
        for shopper in self.shoppers(dataset):
            require(len(rule.apply(shopper, nothing)) == 0, "items came from nowhere")

    def test_the_slate_given_is_left_as_it_is(self) -> None:
        dataset = self.dataset()
        rule, slate, untouched = self.rule(dataset), self.slate(dataset), self.slate(dataset)
        for shopper in self.shoppers(dataset):
            rule.apply(shopper, slate)
        require(np.array_equal(slate.item_ix, untouched.item_ix), "the items were changed in place")
        require(np.array_equal(slate.scores, untouched.scores), "the scores were changed in place")
        require(np.array_equal(slate.kept, untouched.kept), "what is kept was changed in place")
        require(slate.steps == () and slate.order is None, "the account was changed in place")

    def test_what_a_rule_sees_twice_it_judges_the_same(self) -> None:
        dataset = self.dataset()
        rule, again, slate = self.rule(dataset), self.rule(dataset), self.slate(dataset)
        for shopper in self.shoppers(dataset):
            one, other = rule.apply(shopper, slate), again.apply(shopper, slate)
            require(one.item_ids == other.item_ids, f"{one.item_ids} against {other.item_ids}")

    def test_strangers_are_told_apart_by_chance_alone(self) -> None:
        dataset = self.dataset()
        rule, slate = self.rule(dataset), self.slate(dataset)
        nobody = Query(History.empty(dataset.items), dataset.as_of_us, k=3)
        page = tuple(dataset.items.ids_of(slate.item_ix[:2]))
        for asked in (nobody, replace(nobody, items=page), replace(nobody, item_filter=ItemFilter.of(["price>=0"]))):
            said = []
            for name in ("one visitor", "another", None):
                shopper = Shopper(rule.admit(replace(asked, user_id=name, request_id=f"of {name}")), dataset.items)
                forbidden, included = rule.forbid(shopper), rule.include(shopper)
                after = [] if rule.by_chance else rule.apply(shopper, slate).item_ids
                rows = [None if part is None else part.tolist() for part in (forbidden and forbidden[1], included)]
                said.append((rule.hears(name), forbidden and forbidden[0], rows, after))
            same = said[0] == said[1] == said[2]
            require(same, f"{rule.kind} says different things to people whom nobody knows: {said}")

    def test_what_must_and_must_not_be_looked_for_does_not_hang_on_how_many_are_wanted(self) -> None:
        dataset = self.dataset()
        rule = self.rule(dataset)
        for shopper in self.shoppers(dataset):
            more = Shopper(replace(shopper.query, k=3 * shopper.query.k), dataset.items)
            said = [(rule.forbid(each), rule.include(each)) for each in (shopper, more)]
            rows = [[None if part is None else part.tolist() for part in (a and a[1], b)] for a, b in said]
            require(rows[0] == rows[1], f"{rule.kind} forbids or includes other items where more are wanted: {rows}")

    def test_whom_it_does_not_hear_it_makes_nobody(self) -> None:
        dataset = self.dataset()
        rule = self.rule(dataset)
        for shopper in self.shoppers(dataset):
            seen = rule.admit(shopper.query)
            if not rule.hears(shopper.query.user_id):
                told = (seen.user_id, len(seen.history), dict(seen.attributes))
                require(told == (None, 0, {}), f"{rule.kind} lets be seen of whom it does not hear: {told}")
                require(seen is not shopper.query, f"{rule.kind} leaves the request of whom it does not hear as it is")

    def test_items_that_must_be_candidates_are_of_the_catalogue(self) -> None:
        dataset = self.dataset()
        rule = self.rule(dataset)
        for shopper in self.shoppers(dataset):
            rows = rule.include(shopper)
            if rows is not None:
                require(bool(((rows >= 0) & (rows < len(dataset.items))).all()), f"unknown items: {rows.tolist()}")
                require(bool((rows[1:] > rows[:-1]).all()), f"not distinct and ascending: {rows.tolist()}")
