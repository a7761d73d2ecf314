"""What is typed finds what is meant."""

import pyarrow as pa
import pytest

from parure.core.errors import SettingsError
from parure.search import SearchConfig, SearchEngine, SearchQuery, SynonymFile, WordsConfig, read_synonyms
from parure.search.language import Language, fold, split
from parure.search.vocabulary import Vocabulary


def found(engine: SearchEngine, text: str, k: int = 10) -> list[str]:
    return engine.search(SearchQuery(text, k=k)).item_ids


@pytest.mark.parametrize(
    "text", ["Ohrringe", "Ohrring", "ohrringe", "OHRRINGE", "Ohrringen", "  Ohrringe!  ", "ohr-ringe"]
)
def test_case_number_and_punctuation_make_no_difference(words_only: SearchEngine, text: str) -> None:
    assert found(words_only, text)[0] == "e1"


@pytest.mark.parametrize("text", ["Schöne", "schoene", "SCHÖNE", "schön", "scho\u0308n"])
def test_umlauts_are_found_in_all_their_spellings(words_only: SearchEngine, text: str) -> None:
    assert found(words_only, text) == ["e1"]


@pytest.mark.parametrize("text", ["Weißgold", "weissgold", "WEISSGOLD"])
def test_sharp_s_is_a_double_s(words_only: SearchEngine, text: str) -> None:
    assert found(words_only, text)[0] == "r2"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Halskete", "n1"),
        ("Halskettte", "n1"),
        ("Haslkette", "n1"),
        ("Verlobunsring", "r2"),
        ("wristwach", "w1"),
        ("Saphier", "r1"),
    ],
)
def test_a_slip_of_the_pen_is_forgiven_and_said(words_only: SearchEngine, typed: str, meant: str) -> None:
    result = words_only.search(SearchQuery(typed))
    assert result.item_ids[0] == meant
    assert result.notes[0].startswith(f"{fold(typed)!r} was read as ")


def test_what_is_spelt_right_is_not_guessed_at(words_only: SearchEngine) -> None:
    assert words_only.search(SearchQuery("Ring")).notes == ()


def test_a_word_finds_the_compounds_it_is_part_of_after_itself(words_only: SearchEngine) -> None:
    ids = found(words_only, "Ring")
    assert set(ids[:2]) == {"r3", "r4"}
    assert "r1" in ids


def test_a_compound_finds_its_parts(words_only: SearchEngine) -> None:
    assert found(words_only, "Silberring")[0] == "r3"


def test_two_words_find_the_compound_of_both() -> None:
    table = pa.table({"item_id": ["a", "b"], "title": ["Halskette", "Uhr"]})
    assert found(SearchEngine().fit(table), "hals kette") == ["a"]


def test_letters_in_common_make_no_compound() -> None:
    table = pa.table({"item_id": ["a", "b"], "title": ["spring flowers", "ring"]})
    assert found(SearchEngine().fit(table), "ring") == ["b"]


def test_a_title_weighs_more_than_a_description() -> None:
    table = pa.table({"item_id": ["a", "b"], "title": ["Uhr", "Kette"], "description": ["Kette", "Uhr"]})
    assert found(SearchEngine().fit(table), "Uhr") == ["a", "b"]


def test_columns_in_german_and_english_are_searched_side_by_side() -> None:
    table = pa.table(
        {"item_id": ["a"], "title": ["earrings"], "title_de": ["Ohrringe"], "description_de": ["aus Silber"]}
    )
    engine = SearchEngine().fit(table)
    assert [found(engine, text) for text in ("earring", "Ohrring", "Silber")] == [["a"], ["a"], ["a"]]


def test_addresses_of_pictures_are_not_searched_and_ids_are() -> None:
    table = pa.table({"item_id": ["sku77"], "title": ["x"], "image_url": ["https://shop/ring.jpg"]})
    engine = SearchEngine().fit(table)
    assert (found(engine, "ring"), found(engine, "SKU77")) == ([], ["sku77"])


@pytest.mark.parametrize("text", ["und der die das", "the of and", "", "   ", "!!!", "💍"])
def test_a_text_without_a_word_to_look_up_finds_nothing_or_everything_and_never_fails(
    words_only: SearchEngine, text: str
) -> None:
    result = words_only.search(SearchQuery(text))
    assert result.total == (0 if text.strip() else 10)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE products; --",
        '" OR 1=1',
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "%s%n{0}",
        "\x00\x01ring",
        "ring\ud800",
        "(((" * 200,
        "\\",
    ],
)
def test_what_looks_like_an_attack_is_a_text_like_any_other(words_only: SearchEngine, text: str) -> None:
    assert set(found(words_only, text)) <= set(words_only.items)


def test_ten_thousand_letters_are_cut_and_said(words_only: SearchEngine) -> None:
    result = words_only.search(SearchQuery("ring " + "x" * 10_000))
    assert "r3" in result.item_ids
    assert any("Only the first 2,000 letters" in note for note in result.notes)


def test_words_beyond_the_most_are_passed_over_and_said(words_only: SearchEngine) -> None:
    result = words_only.search(SearchQuery("ring " + " ".join(f"q{number}" for number in range(100))))
    assert any("first words" in note for note in result.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.txt", "# our words\nCollier, Halskette\nTrauring => Verlobungsring\n"),
        ("s.toml", 'same = [["Collier", "Halskette"]]\n[finds]\nTrauring = ["Verlobungsring"]\n'),
    ],
)
def test_synonyms_of_a_file_are_found_both_ways_or_one_way(
    tmp_path, products: pa.Table, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    engine = SearchEngine(synonyms=read_synonyms(tmp_path / name)).fit(products)
    assert found(engine, "Colliers") == ["n1"]
    assert found(engine, "Trauringe")[0] == "r2"


def test_a_phrase_may_be_a_synonym(products: pa.Table) -> None:
    engine = SearchEngine(synonyms=SynonymFile(finds={"something for the wrist": ("Armband",)})).fit(products)
    assert "b1" in found(engine, "something for the wrist")


def test_a_synonym_counts_less_than_the_word_itself(products: pa.Table) -> None:
    table = pa.table({"item_id": ["a", "b"], "title": ["Kette", "Collier"]})
    engine = SearchEngine(synonyms=SynonymFile(same=(("Kette", "Collier"),))).fit(table)
    assert found(engine, "Collier") == ["b", "a"]


@pytest.mark.parametrize("line", ["ring", "=> ring", "ring =>", "ring,"])
def test_a_line_of_synonyms_that_says_nothing_is_named(tmp_path, line: str) -> None:
    (tmp_path / "s.txt").write_text(f"a, b\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="Line 2"):
        read_synonyms(tmp_path / "s.txt")


def test_an_unknown_language_is_named_with_a_near_one() -> None:
    with pytest.raises(SettingsError, match="did you mean 'german'"):
        SearchEngine(SearchConfig(languages=("germam",)))


def test_without_languages_words_match_as_they_stand(products: pa.Table) -> None:
    plain = SearchEngine(SearchConfig(languages=(), words=WordsConfig(compound_weight=0, typo_weight=0))).fit(products)
    assert found(plain, "rings")[0] == "r4"  # the category of four says rings, and the title of this one too
    assert set(found(plain, "rings")) == {"r1", "r2", "r3", "r4"}
    assert found(plain, "Ohrring") == []


def test_slips_are_counted_as_optimal_string_alignment() -> None:
    words = Vocabulary(sorted(["armreifen", "armreif", "kette", "krawatte"]), Language())
    assert words.near("amrreifen") == [("armreifen", 1)]
    assert words.near("kete") == [("kette", 1)]
    assert words.near("krawate") == [("krawatte", 1)]
    assert words.near("abc") == []


def test_words_are_folded_alike_everywhere() -> None:
    assert split("Café-RING, 925er Größe ÄÖÜ ﬁligran") == ["cafe", "ring", "925er", "grösse", "äöü", "filigran"]
