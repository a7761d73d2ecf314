"""Search by words: success@10 and precision@10 on queries that are not in the catalogue's own words.

**Queries.** ``bench/style_search_queries.py`` is a table, written by hand, of everyday words for things and for what
they look like, in English and German. A query is a thing alone, or a thing with a look; every combination that at least
five products answer is a candidate, of which 150 a kind are drawn. Kinds: ``english`` and ``german`` (other words than
the catalogue's, "crimson stilettos", "rote Stöckelschuhe"), ``english_misspelt`` (the catalogue's own words, with one
letter lost, doubled, exchanged or swapped in the longest). Synonyms files play no part. **Relevant** are the products
whose attributes are those asked for. **Split:** things are dealt out by turns: weights and the way of fusing were
chosen on the half ``tune``; rows are of the half ``test``.

**Catalogues.** The titles, types, colours and uses of the Fashion Product Images set, which are English (so a German
query crosses languages), and the made-up jewellery shop with texts in both languages.

**Contenders.** ``tfidf``; ``bm25``, without stems, compounds and guessed spellings; ``words``, with them;
``meaning``, sentence vectors alone; ``fused``, what a shop gets.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench import style_search_queries as said
from bench.data import data_folder
from bench.options import Options
from bench.style_search_queries import Thing
from parure.encode.text import text_encoder
from parure.encode.text_cache import encode_documents
from parure.evaluation import Row
from parure.evaluation.intervals import bootstrap, paired
from parure.search import SearchConfig, SearchEngine, SearchQuery, WordsConfig, model_texts
from parure.search.query import Mode

K = 10
QUERIES = 150
"""Queries a kind and split, where there are as many."""
LEAST = 5
"""Products that must answer a query."""

FASHION = "fashion_product_images_small"
JEWELS = "made_up_shop"
JEWEL_PRODUCTS = 1500

_PLAIN = WordsConfig(compound_weight=0, typo_weight=0, synonym_weight=0)
CASES: Mapping[str, tuple[str, Mode]] = {
    "tfidf": ("full", "tfidf"),
    "bm25": ("plain", "words"),
    "words": ("full", "words"),
    "meaning": ("full", "meaning"),
    "fused": ("full", "auto"),
}
"""Contender -> which engine answers, and in which mode."""


@dataclass(frozen=True)
class Question:
    """One query with what answers it.

    Attributes:
        kind: english, german or english_misspelt.
        split: tune or test.
        text: What is typed.
        relevant: bool[items].
    """

    kind: str
    split: str
    text: str
    relevant: NDArray[np.bool_]


@dataclass(frozen=True)
class Catalogue:
    """Products with the columns that things and looks are told by.

    Attributes:
        name: The data set.
        table: The item table, rows in id order.
        things: Column, and the things to look for in it.
        looks: Columns, and what their values are called.
    """

    name: str
    table: pa.Table
    things: tuple[str, Sequence[Thing]]
    looks: tuple[tuple[str, Sequence[Thing]], ...]


def rows(options: Options) -> Iterable[Row]:
    """Rows of every catalogue that is there and was asked for."""
    for name, load in {FASHION: fashion, JEWELS: jewels}.items():
        if options.wants(name) and (catalogue := load()) is not None:
            yield from judged(catalogue, options.seed)


run = rows


def judged(catalogue: Catalogue, seed: int) -> Iterator[Row]:
    """Success and precision of every contender on the test half, by kind of query, with 95 % intervals."""
    asked = [each for each in questions(catalogue, seed) if each.split == "test"]
    engines = engines_of(catalogue)
    for kind in dict.fromkeys(each.kind for each in asked):
        mine = [each for each in asked if each.kind == kind]
        found = {case: answered(engines[which], mode, mine) for case, (which, mode) in CASES.items()}
        for column, metric in enumerate((f"success@{K}", f"precision@{K}")):
            values = np.column_stack([found[case][:, column] for case in CASES])
            held = bootstrap(values, seed=seed)
            for place, case in enumerate(CASES):
                numbers = (held.value[place], held.low[place], held.high[place])
                yield _row(catalogue.name, case, kind, metric, "score", numbers)
            best = paired(found["fused"][:, [column]], np.maximum(values[:, [0]], values[:, [1]]), seed=seed)
            numbers = (best.value[0], best.low[0], best.high[0])
            yield _row(catalogue.name, "fused - better of tfidf and bm25", kind, metric, "difference", numbers)


def engines_of(catalogue: Catalogue, *, model: str = "auto") -> dict[str, SearchEngine]:
    """The engine as a shop has it, and one whose words are plain BM25."""
    encoder, _ = text_encoder(model)
    with tempfile.TemporaryDirectory() as folder:
        vectors = encode_documents(encoder, model_texts(catalogue.table), Path(folder))
    full = SearchEngine(encoder=encoder).fit(catalogue.table, text_vectors=vectors)
    plain = SearchEngine(SearchConfig(words=_PLAIN, languages=())).fit(catalogue.table)
    return {"full": full, "plain": plain}


def answered(engine: SearchEngine, mode: Mode, asked: Sequence[Question]) -> NDArray[np.float64]:
    """float64[questions, 2]: success and precision in the first ten."""
    found = np.zeros((len(asked), 2))
    for place, question in enumerate(asked):
        result = engine.search(SearchQuery(question.text, k=K, mode=mode, facets=()))
        right = question.relevant[engine.items.rows_of(result.item_ids)]
        found[place] = right.any(), right.sum() / K
    return found


def questions(catalogue: Catalogue, seed: int) -> list[Question]:
    """The queries of a catalogue; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    column, things = catalogue.things
    candidates: dict[tuple[str, str], list[Question]] = {}
    for number, thing in enumerate(things):
        split = ("tune", "test")[number % 2]
        right = _has(catalogue.table, column, thing)
        for look, mask in [(None, right), *_looks(catalogue, right)]:
            if mask.sum() >= LEAST:
                for kind, text in _texts(thing, look, rng):
                    candidates.setdefault((kind, split), []).append(Question(kind, split, text, mask))
    drawn = []
    for each in candidates.values():
        chosen = rng.permutation(len(each))[:QUERIES]
        drawn += [each[place] for place in sorted(chosen.tolist())]
    return drawn


def fashion() -> Catalogue | None:
    """The Fashion set as a shop would list it; None where it is not on this machine."""
    path = data_folder() / FASHION / "items.parquet"
    if not path.exists():
        return None
    items = pq.read_table(path)
    names = {
        "item_id": "item_id",
        "title": "productDisplayName",
        "category": "articleType",
        "color": "baseColour",
        "gender": "gender_from_title",
        "usage": "usage",
    }
    table = pa.table({to: items.column(of).cast(pa.string()) for to, of in names.items()}).sort_by("item_id")
    return Catalogue(FASHION, table, ("category", said.FASHION_TYPES), (("color", said.FASHION_COLOURS),))


def jewels() -> Catalogue | None:
    """The products of the made-up jewellery shop in its usual size, as its table lists them."""
    from parure.demo.catalogue import make_catalogue
    from parure.demo.tables import products_table

    made = products_table(make_catalogue(JEWEL_PRODUCTS, 0), 0, 1)
    kept = [name for name in made.column_names if name != "price"]
    names = ["item_id" if name == "product_id" else name for name in kept]
    table = made.select(kept).rename_columns(names).sort_by("item_id")
    looks = (("material", said.JEWEL_METALS), ("stone_type", said.JEWEL_STONES))
    return Catalogue(JEWELS, table, ("category", said.JEWEL_TYPES), looks)


def _looks(catalogue: Catalogue, right: NDArray[np.bool_]) -> Iterator[tuple[Thing, NDArray[np.bool_]]]:
    for column, looks in catalogue.looks:
        for look in looks:
            yield look, right & _has(catalogue.table, column, look)


def _has(table: pa.Table, column: str, thing: Thing) -> NDArray[np.bool_]:
    values = pc.is_in(table.column(column), value_set=pa.array(thing.values))
    return np.asarray(values.combine_chunks().to_numpy(zero_copy_only=False), dtype=bool)


def _texts(thing: Thing, look: Thing | None, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """One query a kind for a thing with a look."""
    english, german = str(rng.choice(thing.english)), str(rng.choice(thing.german))
    if look is None:
        yield "english", english
        yield "german", german
        yield "english_misspelt", _misspelt(thing.plain, rng)
        return
    yield "english", f"{rng.choice(look.english)} {english}"
    word = str(rng.choice(look.german))
    yield "german", f"{word} {german}" if rng.random() < 0.5 else f"{german} {word}"
    yield "english_misspelt", f"{look.values[0].lower()} {_misspelt(thing.plain, rng)}"


def _misspelt(text: str, rng: np.random.Generator) -> str:
    """One slip in the longest word: a letter lost, doubled, exchanged or swapped with the next."""
    words = text.split()
    place = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[place]
    at = int(rng.integers(1, max(2, len(word) - 1)))
    slip = int(rng.integers(4))
    if slip == 0:
        word = word[:at] + word[at + 1 :]
    elif slip == 1:
        word = word[:at] + word[at] + word[at:]
    elif slip == 2:
        word = word[:at] + "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))] + word[at + 1 :]
    else:
        word = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return " ".join([*words[:place], word, *words[place + 1 :]])


def _row(dataset: str, case: str, split: str, metric: str, unit: str, numbers: tuple[float, float, float]) -> Row:
    value, low, high = (float(number) for number in numbers)
    return {
        "bench": "style",
        "dataset": dataset,
        "case": case,
        "split": split,
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
    }
