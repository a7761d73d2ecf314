"""Contract suites for authors of sources, rankers, rules and stores, and the small datasets they run on.

A suite is a class to inherit in a test module; pytest then collects its tests for the new part::

    from parure.testing import SourceContract

    class TestMySource(SourceContract):
        def source(self):
            return MySource()
"""

from parure.testing.datasets import checkerboard, checkerboard_of_views, constant, nobody, one_purchase
from parure.testing.encoder_contract import PictureEncoderContract
from parure.testing.index_contract import VectorIndexContract
from parure.testing.ranker_contract import RankerContract
from parure.testing.rule_contract import RuleContract
from parure.testing.source_contract import SourceContract
from parure.testing.store_contract import StoreContract

__all__ = [
    "PictureEncoderContract",
    "RankerContract",
    "RuleContract",
    "SourceContract",
    "StoreContract",
    "VectorIndexContract",
    "checkerboard",
    "checkerboard_of_views",
    "constant",
    "nobody",
    "one_purchase",
]
