"""BM25 and TF-IDF as one works them out on paper."""

from math import log, sqrt

import numpy as np
import pyarrow as pa
import pytest

from parure.search import SearchConfig, SearchEngine, SearchQuery, WordsConfig

TABLE = pa.table({"item_id": ["1", "2", "3"], "title": ["red ring ring", "blue ring", "red red stone box"]})
PLAIN = WordsConfig(k1=1.2, b=0.75, title_weight=1, attributes_weight=0, compound_weight=0, typo_weight=0)


def test_bm25_of_one_group_of_columns_is_bm25() -> None:
    engine = SearchEngine(SearchConfig(words=PLAIN, languages=())).fit(TABLE)
    # Lengths 3, 2, 4; mean 3. "red" stands in 2 of 3 products, "ring" in 2 of 3.
    idf = log(1 + (3 - 2 + 0.5) / (2 + 0.5))

    def part(count: int, length: int) -> float:
        return idf * count / (count + 1.2 * (1 - 0.75 + 0.75 * length / 3))

    result = engine.search(SearchQuery("red ring", mode="words"))
    expected = {"1": part(1, 3) + part(2, 3), "2": part(1, 2), "3": part(2, 4)}
    assert {item.item_id: item.score for item in result.items} == pytest.approx(expected, rel=1e-6)
    assert result.item_ids == ["1", "3", "2"]


def test_groups_of_columns_are_weighed_before_they_saturate() -> None:
    table = pa.table({"item_id": ["1", "2"], "title": ["ring", "stone"], "description": ["ring box", "box box"]})
    config = WordsConfig(k1=1.2, b=0, title_weight=3, description_weight=1, compound_weight=0, typo_weight=0)
    engine = SearchEngine(SearchConfig(words=config, languages=())).fit(table)
    idf = log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert engine.search(SearchQuery("ring")).items[0].score == pytest.approx(idf * 4 / (4 + 1.2))


def test_tf_idf_is_the_cosine_of_weighed_counts() -> None:
    table = pa.table({"item_id": ["1", "2"], "title": ["red ring", "red box"]})
    engine = SearchEngine(SearchConfig(languages=())).fit(table.rename_columns(["item_id", "title"]))
    # The ids are words too: each stands in one product.
    rare, common = log(3 / 2) + 1, log(3 / 3) + 1
    length = sqrt(2 * rare**2 + common**2)
    result = engine.search(SearchQuery("red ring", mode="tfidf"))
    query = np.array([common, rare]) / sqrt(common**2 + rare**2)
    expected = {"1": (query @ [common, rare]) / length, "2": query[0] * common / length}
    assert {item.item_id: item.score for item in result.items} == pytest.approx(expected, rel=1e-6)
