"""Every source that comes with parure keeps the contract, with its defaults and with its other settings."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from parure.core.clock import DAY_US
from parure.retrieval import (
    Als,
    AlsConfig,
    Assortment,
    Category,
    CategoryConfig,
    Demographic,
    DemographicConfig,
    Due,
    DueConfig,
    Ease,
    EaseConfig,
    ItemCf,
    ItemCfConfig,
    NewArrivals,
    NewArrivalsConfig,
    Popular,
    PopularConfig,
    Promoted,
    PromotedConfig,
    Repurchase,
    RepurchaseConfig,
    SasRec,
    SasRecConfig,
    SessionKnn,
    SessionKnnConfig,
    Style,
    StyleConfig,
    TifuKnn,
    TifuKnnConfig,
    Trending,
    TrendingConfig,
    TwoTower,
    TwoTowerConfig,
    UpCf,
    UpCfConfig,
)
from parure.testing import SourceContract, checkerboard


class TestPopular(SourceContract):
    def source(self):
        return Popular()


class TestPopularLately(SourceContract):
    def source(self):
        return Popular(PopularConfig(half_life_days=None, window_days=8))


class TestPopularInTheCategory(SourceContract):
    def source(self):
        return Popular(PopularConfig(within="category", categories=("gold",)))


class TestPopularInThePriceRange(SourceContract):
    def source(self):
        return Popular(PopularConfig(within="price", min_price_cents=1500, max_price_cents=3500))


class TestAssortment(SourceContract):
    def source(self):
        return Assortment()


class TestTrending(SourceContract):
    def source(self):
        return Trending()


class TestTrendingThisWeek(SourceContract):
    def source(self):
        return Trending(TrendingConfig(half_life_days=3, usual_half_life_days=14, strength=0.5))


class TestPromotedWithoutAPlan(SourceContract):
    def source(self):
        return Promoted()


class TestPromoted(SourceContract):
    def source(self):
        return Promoted(PromotedConfig(promotion_types=("mailer",), strength=1))

    def dataset(self):
        shop = checkerboard()
        rows = np.arange(0, len(shop.items), 2, dtype=np.int32)
        # Each was in the mailer on the days on which it was bought, and half of the stores show it again tomorrow.
        bought = [shop.events.timestamp_us[shop.events.item_ix == row] for row in rows]
        starts = [int(times.min()) if len(times) else shop.as_of_us for times in bought]
        plan = {
            "item_ix": np.concatenate([rows, rows]),
            "promotion_type": ["mailer"] * (2 * len(rows)),
            "start_us": [*starts, *[shop.as_of_us + DAY_US] * len(rows)],
            "end_us": [*[start + DAY_US for start in starts], *[shop.as_of_us + 2 * DAY_US] * len(rows)],
            "share": np.full(2 * len(rows), 0.5, dtype=np.float32),
        }
        return replace(shop, promotions=pa.table(plan))


class TestDue(SourceContract):
    def source(self):
        return Due()


class TestDueByTheDay(SourceContract):
    def source(self):
        return Due(DueConfig(horizon_days=1, moments=20, strength=0.5, purchases_only=False))


class TestDemographic(SourceContract):
    def source(self):
        return Demographic(DemographicConfig(columns=("age_band",), min_users=2))


class TestDemographicByAColumnThatIsNotThere(SourceContract):
    def source(self):
        return Demographic(DemographicConfig(columns=("age_band", "home_store")))


class TestCategory(SourceContract):
    follows_taste = True

    def source(self):
        return Category(CategoryConfig(strength=0.1))


class TestCategoryByBrand(SourceContract):
    def source(self):
        return Category(CategoryConfig(column="brand", half_life_days=None, popularity_half_life_days=None))


class TestItemCf(SourceContract):
    follows_taste = True

    def source(self):
        return ItemCf()


class TestItemCfBm25InOrders(SourceContract):
    def source(self):
        return ItemCf(ItemCfConfig(similarity="bm25", together="order"))


class TestItemCfTfIdfWithOwnItems(SourceContract):
    follows_taste = True

    def source(self):
        return ItemCf(ItemCfConfig(similarity="tfidf", together="both", own=1.0, weighting="spend"))


class TestItemCfRandomWalk(SourceContract):
    follows_taste = True

    def source(self):
        return ItemCf(ItemCfConfig(similarity="rp3beta", neighbours=3))


class TestAls(SourceContract):
    follows_taste = True

    def source(self):
        return Als(AlsConfig(embedding_size=4))


class TestAlsOnRatios(SourceContract):
    follows_taste = True

    def source(self):
        return Als(AlsConfig(embedding_size=4, weighting="spend", rescale="none", alpha=2.0, threads=1))


class TestAlsOnAllEvents(SourceContract):
    def source(self):
        return Als(AlsConfig(embedding_size=2, purchases_only=False, rescale="none"))


class TestEaseOverUsers(SourceContract):
    follows_taste = True

    def source(self):
        return Ease(EaseConfig(form="users"))


class TestEaseOverItems(SourceContract):
    follows_taste = True

    def source(self):
        return Ease(EaseConfig(form="items"))


class TestEaseOfTheMostPopular(SourceContract):
    def source(self):
        return Ease(EaseConfig(form="items", max_items=3))


class TestRepurchase(SourceContract):
    def source(self):
        return Repurchase()


class TestRepurchaseInTime(SourceContract):
    def source(self):
        return Repurchase(RepurchaseConfig(late=1.0, early=0.5, half_lives=((1.0, 30.0),), order_half_lives=()))


class TestTifuKnn(SourceContract):
    follows_taste = True
    reads_user_ids = True

    def source(self):
        return TifuKnn(TifuKnnConfig(neighbours=3))


class TestTifuKnnOfMeans(SourceContract):
    reads_user_ids = True

    def source(self):
        return TifuKnn(TifuKnnConfig(mean=True, distance="euclidean", group_size=2, max_users=3))


class TestUpCf(SourceContract):
    follows_taste = True
    reads_user_ids = True

    def source(self):
        return UpCf(UpCfConfig(neighbours=3))


class TestUpCfWithFewUsers(SourceContract):
    reads_user_ids = True

    def source(self):
        return UpCf(UpCfConfig(max_users=2, own_share=0.5, shares=False))


class TestNewArrivals(SourceContract):
    def source(self):
        return NewArrivals()


class TestNewArrivalsBySegment(SourceContract):
    def source(self):
        return NewArrivals(NewArrivalsConfig(columns=("age_band",), min_users=2, max_age_days=15))


class TestStyle(SourceContract):
    follows_taste = True

    def source(self):
        return Style()


class TestStyleOfPurchases(SourceContract):
    def source(self):
        return Style(StyleConfig(min_events=1, half_life_days=None, purchases_only=True))


SMALL = {"embedding_size": 8, "hidden": 8, "min_steps": 60, "epochs": 1, "uniform_negatives": 4, "learning_rate": 0.02}


class TestTwoTower(SourceContract):
    follows_taste = True

    def source(self):
        pytest.importorskip("torch")
        # The three weeks of the checkerboard at once: week by week, what comes first is what comes next.
        return TwoTower(TwoTowerConfig(**SMALL, min_count=1, horizon_days=30))


class TestTwoTowerOfAttributesAlone(SourceContract):
    def source(self):
        pytest.importorskip("torch")
        return TwoTower(TwoTowerConfig(**SMALL, min_count=1000, profile=()))


class TestTwoTowerAboveABorder(SourceContract):
    def source(self):
        pytest.importorskip("torch")
        return TwoTower(TwoTowerConfig(**SMALL, threshold=0.3))


class TestSessionKnn(SourceContract):
    def source(self):
        return SessionKnn()


class TestSessionKnnOfWholeHistories(SourceContract):
    follows_taste = True

    def source(self):
        return SessionKnn(SessionKnnConfig(gap_minutes=None, sample=6, neighbours=4, stale_hours=None))


class TestSasRec(SourceContract):
    def source(self):
        pytest.importorskip("torch")
        return SasRec(SasRecConfig(embedding_size=4, layers=1, heads=2, max_length=8, epochs=2))


class TestSasRecOfProductsInPieces(SourceContract):
    def source(self):
        pytest.importorskip("torch")
        sampled = {"negatives": 3, "temperature": None, "max_length": 2, "batch_size": 3}
        return SasRec(SasRecConfig(embedding_size=4, layers=2, heads=1, min_count=1, epochs=1, **sampled))
