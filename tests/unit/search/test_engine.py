"""One answer out of words, meaning and pictures, with filters and facets."""

import numpy as np
import pyarrow as pa
import pytest

from parure.core.errors import BundleError, InputError, SettingsError
from parure.core.filters import ItemFilter
from parure.search import Change, SearchConfig, SearchEngine, SearchQuery, encoder_name, model_texts


def same_answers(a: SearchEngine, b: SearchEngine, *, meaning: bool = True) -> None:
    queries = [SearchQuery(text, k=20) for text in ("Ring", "silver", "Halskete", "gift for her", "", "w1")]
    queries += [SearchQuery("ring", mode="tfidf", k=20), SearchQuery("Silber", mode="words", k=20)]
    queries += [SearchQuery("Perle Silber", mode="meaning", k=20)] if meaning else []
    for query in queries:
        left, right = a.search(query), b.search(query)
        assert left.item_ids == right.item_ids
        assert [item.score for item in left.items] == [item.score for item in right.items]
        assert (left.total, left.facets, left.notes) == (right.total, right.facets, right.notes)


def test_what_words_and_meaning_both_find_stands_first(whole: SearchEngine) -> None:
    first = whole.search(SearchQuery("Ring aus Silber")).items[0]
    assert first.item_id == "r3"
    assert set(first.parts) == {"words", "meaning"}


@pytest.mark.parametrize("fusion", ["scores", "ranks"])
def test_both_ways_of_fusing_put_the_evident_first(products: pa.Table, encoder: object, fusion: str) -> None:
    vectors = encoder.encode(model_texts(products), role="document")
    engine = SearchEngine(SearchConfig(fusion=fusion), encoder=encoder).fit(products, text_vectors=vectors)
    assert engine.search(SearchQuery("Ohrringe mit Perle")).item_ids[0] == "e1"


def test_a_picture_finds_what_looks_like_it(whole: SearchEngine, pictures: np.ndarray) -> None:
    result = whole.search(SearchQuery(picture=pictures[2], k=2))
    assert result.item_ids == ["e2", "e1"]
    assert set(result.items[0].parts) == {"picture"}


def test_a_picture_with_words_finds_what_looks_so_and_is_called_so(whole: SearchEngine, pictures: np.ndarray) -> None:
    ring = pictures[5]
    assert whole.search(SearchQuery("silver", picture=ring, k=2)).item_ids == ["r4", "r3"]


def test_a_product_without_a_picture_is_never_found_by_one(whole: SearchEngine, pictures: np.ndarray) -> None:
    assert "w1" not in whole.search(SearchQuery(picture=pictures[0], k=20)).item_ids


def test_filters_hold_inside_the_search(whole: SearchEngine) -> None:
    result = whole.search(SearchQuery("silver", filters=ItemFilter.of(["category=rings", "price<=30"])))
    assert result.item_ids == ["r4"]


def test_a_filter_that_leaves_little_is_filled_by_meaning(products: pa.Table, encoder: object) -> None:
    vectors = encoder.encode(model_texts(products), role="document")
    engine = SearchEngine(SearchConfig(meaning_pool=1), encoder=encoder).fit(products, text_vectors=vectors)
    asked = SearchQuery("Verlobungsring", mode="meaning", k=2, filters=ItemFilter.of(["category=earrings"]))
    assert len(engine.search(asked).items) == 2


def test_facets_drill_sideways(words_only: SearchEngine) -> None:
    result = words_only.search(SearchQuery("silver Silber", filters=ItemFilter.of(["category=rings"])))
    category = next(facet for facet in result.facets if facet.name == "category")
    counts = {value.value: value.count for value in category.values}
    assert counts == {"earrings": 2, "rings": 2, "bracelets": 1}
    assert [value.value for value in category.values if value.chosen] == ["rings"]
    stock = next(facet for facet in result.facets if facet.name == "in_stock")
    assert {value.value: value.count for value in stock.values} == {"true": 2}


def test_each_value_of_a_facet_carries_the_filter_that_keeps_just_its_count(words_only: SearchEngine) -> None:
    for facet in words_only.search(SearchQuery()).facets:
        for value in facet.values:
            found = words_only.search(SearchQuery(filters=ItemFilter.of(value.filter), k=1))
            assert found.total == value.count, (facet.name, value)


def test_an_unknown_price_is_in_no_band(words_only: SearchEngine) -> None:
    price = next(facet for facet in words_only.search(SearchQuery()).facets if facet.name == "price")
    assert price.missing == 1
    assert sum(value.count for value in price.values) == 9


def test_a_customers_style_reorders_what_was_found_and_adds_nothing(whole: SearchEngine) -> None:
    plain = whole.search(SearchQuery("silver", mode="words"))
    likes_rings = np.array([1, 0, 0, 0], np.float32)
    styled = whole.search(SearchQuery("silver", mode="words", profile=likes_rings, personal=1.0))
    assert set(styled.item_ids[:2]) == {"r3", "r4"}
    assert set(styled.item_ids) == set(plain.item_ids)
    unmoved = whole.search(SearchQuery("silver", mode="words", profile=likes_rings, personal=0.0))
    assert unmoved.item_ids == plain.item_ids


def test_the_nearest_of_several_styles_counts(whole: SearchEngine) -> None:
    styles = np.eye(4, dtype=np.float32)[:2]
    styled = whole.search(SearchQuery("Silber silver", mode="words", profile=styles, personal=1.0))
    assert set(styled.item_ids[:4]) == {"e1", "e2", "r3", "r4"}


def test_a_search_within_a_feed_stays_in_it(whole: SearchEngine) -> None:
    result = whole.search(SearchQuery("Ring", within=["r2", "w1", "unknown"]))
    assert set(result.item_ids) <= {"r2", "w1"}
    counted = next(facet for facet in result.facets if facet.name == "category")
    assert sum(value.count for value in counted.values) + counted.missing == result.total


def test_later_pages_follow_on_earlier_ones(whole: SearchEngine) -> None:
    everything = whole.search(SearchQuery("ring", mode="words", k=10)).item_ids
    pages = [whole.search(SearchQuery("ring", mode="words", k=2, offset=at)).item_ids for at in range(0, 10, 2)]
    assert [item for page in pages for item in page] == everything


def test_equal_scores_stand_in_order_of_ids() -> None:
    table = pa.table({"item_id": ["z", "a", "m"], "title": ["Ring"] * 3})
    assert SearchEngine().fit(table).search(SearchQuery("Ring", k=2)).item_ids == ["a", "m"]


def test_an_empty_catalogue_finds_nothing() -> None:
    empty = pa.table({"item_id": pa.array([], pa.string()), "title": pa.array([], pa.string())})
    assert SearchEngine().fit(empty).search(SearchQuery("Ring")).items == ()


def test_a_saved_engine_answers_the_same(tmp_path, whole: SearchEngine, encoder: object, pictures: np.ndarray) -> None:
    whole.save(tmp_path)
    assert encoder_name(tmp_path) == "word-hashes"
    same_answers(whole, SearchEngine.load(tmp_path, encoder=encoder))
    asked = SearchQuery("ring", picture=pictures[0])
    assert SearchEngine.load(tmp_path, encoder=encoder).search(asked).item_ids == whole.search(asked).item_ids
    assert not SearchEngine.load(tmp_path).finds_by_meaning


def test_saving_twice_gives_the_same_bytes(tmp_path, whole: SearchEngine) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        whole.save(tmp_path / name)
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_another_sentence_model_than_the_saved_one_is_refused(tmp_path, whole: SearchEngine, encoder: object) -> None:
    whole.save(tmp_path)
    other = type("Other", (type(encoder),), {"name": "other"})()
    with pytest.raises(BundleError, match="'word-hashes', got 'other'"):
        SearchEngine.load(tmp_path, encoder=other)


def test_a_changed_catalogue_is_as_if_fitted_anew(
    products: pa.Table, whole: SearchEngine, encoder: object, pictures: np.ndarray, tmp_path
) -> None:
    added = {"item_id": "k1", "title": "Brosche Smaragd", "category": "brooches", "price_cents": 100, "in_stock": True}
    changed = {**products.slice(5, 1).to_pylist()[0], "title": "Goldring mit Rubin"}
    upsert = pa.Table.from_pylist([added, changed], schema=products.schema)
    vectors = np.eye(4, dtype=np.float32)[:2]
    updated = whole.updated(Change(upsert, ["n1", "nobody"], item_vectors=vectors))

    kept = products.filter(pa.array([each not in ("n1", "r1") for each in products["item_id"].to_pylist()]))
    table = pa.concat_tables([kept, upsert])
    rows = [row for row, each in enumerate(products["item_id"].to_pylist()) if each not in ("n1", "r1")]
    fitted = SearchEngine(encoder=encoder).fit(
        table,
        text_vectors=encoder.encode(model_texts(table), role="document"),
        item_vectors=np.vstack([pictures[rows], vectors]),
    )
    same_answers(updated, fitted)
    assert updated.search(SearchQuery("Saphir")).items == fitted.search(SearchQuery("Saphir")).items
    for name, engine in (("a", updated), ("b", fitted)):
        (tmp_path / name).mkdir()
        engine.save(tmp_path / name)
    for file in ("words.npz", "words.parquet", "search_vectors.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_the_engine_before_a_change_goes_on_answering(whole: SearchEngine) -> None:
    before = whole.search(SearchQuery("Halskette")).item_ids
    whole.updated(Change(remove=["n1"]))
    assert whole.search(SearchQuery("Halskette")).item_ids == before


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_ids_that_are_missing_or_stand_twice_are_refused(ids: list[str]) -> None:
    with pytest.raises(InputError, match="item_id"):
        SearchEngine().fit(pa.table({"item_id": ids, "title": ["x", "y"]}))


def test_vectors_of_another_number_or_size_are_refused(products: pa.Table, whole: SearchEngine) -> None:
    with pytest.raises(InputError, match="10 items"):
        SearchEngine().fit(products, item_vectors=np.ones((3, 4), np.float32))
    with pytest.raises(InputError, match="have 4 numbers"):
        whole.search(SearchQuery(picture=np.ones(5, np.float32)))
    with pytest.raises(InputError, match="no direction"):
        whole.search(SearchQuery(picture=np.zeros(4, np.float32)))


def test_what_the_shop_lacks_is_said_with_what_to_do(words_only: SearchEngine) -> None:
    with pytest.raises(SettingsError, match="parure encode"):
        words_only.search(SearchQuery(picture=np.ones(4, np.float32)))
    with pytest.raises(SettingsError, match=r"parure\[text\]"):
        words_only.search(SearchQuery("ring", mode="meaning"))
