"""Groups of users and items."""

from __future__ import annotations

import numpy as np

from parure.evaluation import Target
from parure.evaluation.slices import Slice, slices_of


def _family(target: Target, family: str) -> list[Slice]:
    return [s for s in slices_of(target.dataset, target.facts, target.truths["all"]) if s.family == family]


def test_every_user_is_in_one_slice_of_history(target: Target) -> None:
    found = _family(target, "history")
    assert [each.name for each in found] == ["new", "light", "medium", "heavy"]
    assert sorted(np.concatenate([each.rows for each in found])) == list(range(len(target.truths["all"])))


def test_new_users_have_fewer_than_three_purchases(target: Target) -> None:
    new = _family(target, "history")[0]
    purchases = target.dataset.user_table.column("purchases").to_numpy()
    assert sorted(target.truths["all"].users.ids_of(new.rows)) == sorted(
        target.dataset.users.ids_of(np.flatnonzero(purchases < 3))
    )


def test_spending_segments_come_from_small_to_high(target: Target) -> None:
    assert [each.name for each in _family(target, "spending_segment")] == ["small", "low_average", "average", "high"]


def test_groups_that_nothing_is_known_of_are_not_shown(target: Target) -> None:
    assert _family(target, "gender") == []
    assert _family(target, "age_band") == []


def test_items_are_parted_by_age_and_by_popularity(target: Target) -> None:
    for family, names in (("item age", ["new items", "older items"]), ("popularity", ["best sellers", "long tail"])):
        found = _family(target, family)
        assert [each.name for each in found] == names
        parts = [each.truth for each in found if each.truth is not None]
        assert sum(len(part.item_ix) for part in parts) == len(target.truths["all"].item_ix)
        assert not set(parts[0].item_ix) & set(parts[1].item_ix)


def test_cold_start_holds_new_users_new_items_and_what_is_both(target: Target) -> None:
    found = {each.name: each for each in _family(target, "cold start")}
    truth = target.truths["all"]
    new = set(_family(target, "history")[0].rows.tolist())
    assert set(found["new users"].rows.tolist()) == new
    fresh = next(each for each in _family(target, "item age") if each.name == "new items")
    assert np.array_equal(found["new items"].rows, fresh.rows)
    wanted = {
        (user, int(item))
        for user in new
        for item in truth.item_ix[truth.offsets[user] : truth.offsets[user + 1]]
        if target.facts.fresh[item]
    }
    got = set()
    if "both" in found:
        both = found["both"]
        assert both.truth is not None
        pairs = zip(both.rows.tolist(), both.truth.offsets[:-1], both.truth.offsets[1:], strict=True)
        got = {(user, int(item)) for user, start, end in pairs for item in both.truth.item_ix[start:end]}
    assert got == wanted
