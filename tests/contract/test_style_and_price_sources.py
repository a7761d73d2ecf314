"""Style in all its forms, and price affinity, keep the contract of sources."""

from parure.retrieval import Category, CategoryConfig, PriceAffinity, PriceAffinityConfig, Style, StyleConfig
from parure.testing import SourceContract


class TestStyleByMedian(SourceContract):
    follows_taste = True

    def source(self):
        return Style(StyleConfig(average="median"))


class TestStyleThroughAnIndex(SourceContract):
    follows_taste = True

    def source(self):
        return Style(StyleConfig(exact_up_to=0))


class TestStyleAboveABorder(SourceContract):
    def source(self):
        return Style(StyleConfig(min_similarity=0.5))


class TestStyleAboveABorderThroughAnIndex(SourceContract):
    def source(self):
        return Style(StyleConfig(min_similarity=0.5, exact_up_to=0))


SPLIT = {"styles_from_items": 2, "style_min_items": 1, "style_min_silhouette": -1.0, "min_events": 1}


class TestSeveralStyles(SourceContract):
    def source(self):
        return Style(StyleConfig(**SPLIT))


class TestSeveralStylesThroughAnIndex(SourceContract):
    def source(self):
        return Style(StyleConfig(**SPLIT, exact_up_to=0))


class TestPriceAffinity(SourceContract):
    def source(self):
        return PriceAffinity()


class TestPriceAffinityOfTheOwnPurchases(SourceContract):
    def source(self):
        return PriceAffinity(PriceAffinityConfig(half_life_days=None, strength=0.1))


class TestCategoryPreference(SourceContract):
    def source(self):
        return Category(CategoryConfig(popularity=0.0))
