"""Columns that slates look candidates up in."""

import numpy as np

from parure.core import IdMap
from parure.core.columns import Column, lay_side_by_side
from parure.core.slate import Slate

_PRICES = np.array([10, 20, np.nan, 40], np.float32)
_BRANDS = np.array([0, 1, -1, 1], np.int32)


def _ruled(prices: Column, brands: Column) -> Slate:
    rows, scores = np.arange(4, dtype=np.int32), np.array([4, 3, 2, 1], np.float32)
    slate = Slate.of(IdMap.of("abcd"), rows, scores, scores[:, None], ("one",))
    slate = slate.drop_outside(prices, 15, 100, "price", "cheap")
    slate = slate.reweigh_coded(brands, np.array([1, 0.5, 4], np.float32), "brand", "liked")
    return slate.raise_between(prices, 10, 40, 1.0, 1.0, "upsell", "dearer")


def test_a_slate_is_the_same_whether_its_columns_stand_alone_or_side_by_side() -> None:
    alone, together = (Column(_PRICES), Column(_BRANDS)), (Column(_PRICES), Column(_BRANDS))
    lay_side_by_side(together)
    assert together[0].place[0] is together[1].place[0]
    assert alone[0].is_alone
    for prices, brands in (alone, together, (alone[0], together[1])):
        found = _ruled(prices, brands)
        assert found.item_ids == ["c", "b", "d"]
        assert found.scores.tolist() == [4, np.float32(1.5 * (1 + 1 / 3)), 8, 1]
        assert [step.rule for step in found.steps] == ["price", "brand", "upsell"]


def test_columns_that_stand_together_stay_there_and_equal_ones_share_a_place() -> None:
    first, second, third = Column(_PRICES), Column(_BRANDS), Column(_PRICES)
    lay_side_by_side((first, second, third))
    assert first.place == third.place
    before = first.place
    lay_side_by_side((first, second, Column(_BRANDS)))
    assert first.place is before
