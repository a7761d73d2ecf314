"""Sources of candidates, one module each; :data:`SOURCES` names them all."""

from collections.abc import Mapping
from typing import Any

from parure.retrieval.als import Als, AlsConfig
from parure.retrieval.assortment import Assortment, AssortmentConfig
from parure.retrieval.category import Category, CategoryConfig
from parure.retrieval.demographic import Demographic, DemographicConfig
from parure.retrieval.due import Due, DueConfig
from parure.retrieval.ease import Ease, EaseConfig
from parure.retrieval.folded import (
    BlockFoldedIn,
    DenseFoldedIn,
    FactoredFoldedIn,
    FoldedIn,
    SharedFoldedIn,
    SparseFoldedIn,
)
from parure.retrieval.item_cf import ItemCf, ItemCfConfig
from parure.retrieval.new_arrivals import NewArrivals, NewArrivalsConfig
from parure.retrieval.popular import Popular, PopularConfig
from parure.retrieval.price_affinity import PriceAffinity, PriceAffinityConfig
from parure.retrieval.promoted import Promoted, PromotedConfig
from parure.retrieval.repurchase import Repurchase, RepurchaseConfig
from parure.retrieval.session import SasRec, SasRecConfig, SessionKnn, SessionKnnConfig
from parure.retrieval.source import Grounded, Grounds, ItemSimilarity, Source
from parure.retrieval.style import Style, StyleConfig
from parure.retrieval.tifu_knn import TifuKnn, TifuKnnConfig
from parure.retrieval.trending import Trending, TrendingConfig
from parure.retrieval.two_tower import TwoTower, TwoTowerConfig
from parure.retrieval.up_cf import UpCf, UpCfConfig

_ALL = (
    Popular,
    Trending,
    Demographic,
    Category,
    ItemCf,
    Als,
    Ease,
    Repurchase,
    Due,
    TifuKnn,
    UpCf,
    NewArrivals,
    Promoted,
    PriceAffinity,
    Assortment,
    Style,
    TwoTower,
    SessionKnn,
    SasRec,
)

SOURCES: Mapping[str, type[Source[Any]]] = {source.kind: source for source in _ALL}
"""Every source by its kind, as recipes name it."""

__all__ = [
    "SOURCES",
    "Als",
    "AlsConfig",
    "Assortment",
    "AssortmentConfig",
    "BlockFoldedIn",
    "Category",
    "CategoryConfig",
    "Demographic",
    "DemographicConfig",
    "DenseFoldedIn",
    "Due",
    "DueConfig",
    "Ease",
    "EaseConfig",
    "FactoredFoldedIn",
    "FoldedIn",
    "Grounded",
    "Grounds",
    "ItemCf",
    "ItemCfConfig",
    "ItemSimilarity",
    "NewArrivals",
    "NewArrivalsConfig",
    "Popular",
    "PopularConfig",
    "PriceAffinity",
    "PriceAffinityConfig",
    "Promoted",
    "PromotedConfig",
    "Repurchase",
    "RepurchaseConfig",
    "SasRec",
    "SasRecConfig",
    "SessionKnn",
    "SessionKnnConfig",
    "SharedFoldedIn",
    "Source",
    "SparseFoldedIn",
    "Style",
    "StyleConfig",
    "TifuKnn",
    "TifuKnnConfig",
    "Trending",
    "TrendingConfig",
    "TwoTower",
    "TwoTowerConfig",
    "UpCf",
    "UpCfConfig",
]
