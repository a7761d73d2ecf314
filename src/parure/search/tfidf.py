"""Search by TF-IDF: the plain baseline that the other ways of searching are measured against.

Words as they stand, without stems, compounds, synonyms or guesses. The weight of a word in a product is
``tf * (ln((1 + N) / (1 + df)) + 1)``, rows have unit length, and a score is the cosine of query and product, as in
Salton & Buckley, *Term-weighting approaches in automatic text retrieval* (1988), with smoothed ``idf``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from parure.search.language import Language
from parure.search.vocabulary import Vocabulary


class TfIdf:
    """Cosine of weighed word counts.

    Args:
        counts: int32[items, words], how often each word stands in each product.
        vocabulary: The words, in the order of the columns.
        language: Splits text into words.
    """

    def __init__(self, counts: sparse.csr_array, vocabulary: Vocabulary, language: Language) -> None:
        self._language = language
        self._column = {word: number for number, word in enumerate(vocabulary.words)}
        products = counts.shape[0]
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        self._idf = np.log((1 + products) / (1 + held)) + 1
        weighed = counts.astype(np.float64) @ sparse.diags_array(self._idf)
        length = np.sqrt(weighed.multiply(weighed).sum(axis=1))
        scale = np.divide(1.0, length, out=np.zeros(products), where=length > 0)
        self._weights = sparse.csc_array(sparse.diags_array(scale) @ weighed)

    def search(self, text: str) -> NDArray[np.float32]:
        """The cosine of every product with a text, float32[items]; 0 where they share no word."""
        typed = [self._column[word] for word in self._language.words(text) if word in self._column]
        if not typed:
            return np.zeros(self._weights.shape[0], np.float32)
        columns, counts = np.unique(typed, return_counts=True)
        query = counts * self._idf[columns]
        found = self._weights[:, columns] @ (query / np.linalg.norm(query))
        return np.asarray(found, dtype=np.float32)
