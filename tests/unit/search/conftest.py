import hashlib

import numpy as np
import pyarrow as pa
import pytest

from parure.search import SearchEngine
from parure.search.language import split


class WordHashes:
    """A sentence model of twelve lines: texts that share words are near; enough to test what is built on one."""

    name = "word-hashes"
    size = 64

    def encode(self, texts, *, role):
        del role
        found = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            for word in split(text):
                found[row, int(hashlib.sha256(word.encode()).hexdigest(), 16) % self.size] += 1
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.divide(found, length, out=np.zeros_like(found), where=length > 0)


PRODUCTS = {
    "item_id": ["b1", "e1", "e2", "n1", "n2", "r1", "r2", "r3", "r4", "w1"],
    "title": [
        "Armband aus Silber",
        "Ohrringe mit Perle",
        "Silver hoop earrings",
        "Halskette in Gold",
        "Perlenkette",
        "Goldring mit Saphir",
        "Verlobungsring Weißgold",
        "Ring aus Silber",
        "Plain silver rings",
        "Steel wristwatch",
    ],
    "description": [None, "Schöne Ohrhänger", None, "feingliedrig", "", "für die Liebste", None, None, "a gift", None],
    "category": [
        "bracelets", "earrings", "earrings", "necklaces", "necklaces", "rings", "rings", "rings", "rings", "watches",
    ],
    "material": ["silver", "silver", "silver", "gold", None, "gold", "white gold", "silver", "silver", "steel"],
    "price_cents": [4900, 3900, 2900, 19900, 8900, 29900, 59900, 3500, 2500, 0],
    "in_stock": [True, True, False, True, True, True, True, True, True, True],
}  # fmt: skip


@pytest.fixture
def products() -> pa.Table:
    return pa.table(PRODUCTS)


@pytest.fixture
def encoder() -> WordHashes:
    return WordHashes()


@pytest.fixture
def words_only(products: pa.Table) -> SearchEngine:
    return SearchEngine().fit(products)


@pytest.fixture
def pictures(products: pa.Table) -> np.ndarray:
    """Rings lie along the first axis, earrings along the second, all else along the third; the watch has no picture."""
    axis = {"rings": 0, "earrings": 1}
    found = np.zeros((len(products), 4), np.float32)
    for row, category in enumerate(products["category"].to_pylist()):
        found[row, axis.get(category, 2)] = 1
        found[row, 3] = row / 100
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found[-1] = np.nan
    return found


@pytest.fixture
def whole(products: pa.Table, encoder: WordHashes, pictures: np.ndarray) -> SearchEngine:
    from parure.search import model_texts

    vectors = encoder.encode(model_texts(products), role="document")
    return SearchEngine(encoder=encoder).fit(products, text_vectors=vectors, item_vectors=pictures)
