"""Search by words: BM25 over groups of columns, with stems, compounds, slips of the pen and synonyms.

Scores follow Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009): the simple BM25F,
in which the counts of a word in the groups are weighed, set against each group's length, summed, and then saturated.
With one group of weight 1 that is BM25. ``idf`` is ``ln(1 + (N - df + 0.5) / (df + 0.5))``, which is never negative.

Every word typed is a *slot*; what it may mean are the slot's alternatives, each with a weight, and a product's score
in the slot is that of its best alternative. So a synonym or a guessed spelling never counts beside the word itself,
and none counts as rarer than what was typed: the ``idf`` of the best alternatives is the slot's limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from parure.core.artifacts import load_arrays, load_table, save_arrays, save_table
from parure.core.config import Config
from parure.search.documents import GROUPS, columns_of, texts_of
from parure.search.language import Language
from parure.search.synonyms import Phrase, Synonyms
from parure.search.vocabulary import Vocabulary

Scores = NDArray[np.float32]

MOST_WORDS = 48
"""Distinct words of a query that are looked up; the rest of a longer text is passed over, and the answer says so."""

_RARE, _SHORTEST_RARE, _TIMES_AS_COMMON = 3, 5, 50
"""A word of the catalogue in at most so many products and of so many letters may be a slip of the shop itself, where a
near spelling is so many times as common."""

_TYPICAL_SHARE = 0.7
"""The part of a word's ``idf`` that a product earns which has it in its title."""


class WordsConfig(Config):
    """How words are matched and weighed."""

    k1: float = Field(default=1.2, ge=0, le=10)
    """How soon more of the same word stops to count."""
    b: float = Field(default=0.5, ge=0, le=1)
    """How much a long text is held against a product."""
    title_weight: float = Field(default=3.0, ge=0, le=100)
    """Weight of a word in a title."""
    attributes_weight: float = Field(default=2.0, ge=0, le=100)
    """Weight of a word in category, brand, material, color and the like."""
    description_weight: float = Field(default=1.0, ge=0, le=100)
    """Weight of a word in a description."""
    compound_weight: float = Field(default=0.6, ge=0, le=1)
    """Weight of a compound that holds the word (*Goldring* for *Ring*), and of the parts of a compound typed."""
    synonym_weight: float = Field(default=0.9, ge=0, le=1)
    """Weight of a synonym."""
    typo_weight: float = Field(default=0.6, ge=0, le=1)
    """Weight of a word that is one slip away; a second slip counts the same again."""

    @property
    def group_weights(self) -> tuple[float, ...]:
        """One weight a group of columns."""
        return (self.title_weight, self.attributes_weight, self.description_weight)


@dataclass(frozen=True)
class Slot:
    """One word typed, and what it may mean.

    Attributes:
        word: The word, folded.
        alternatives: Stems of the catalogue with their weights.
        guessed: The spellings that were taken instead, where the word is not in the catalogue.
        is_typed: Whether it was typed as it is, and not put together of two words that have slots of their own.
    """

    word: str
    alternatives: Mapping[str, float]
    guessed: tuple[str, ...] = ()
    is_typed: bool = True


@dataclass(frozen=True)
class WordMatches:
    """What words found.

    Attributes:
        scores: float32[items], 0 where no word matches.
        ideal: What a product would score that answers every word as well as the best one for that word does; a word
            that nobody has counts as a rare one.
        guessed: What was typed -> the spellings taken instead.
        unknown: Words that mean nothing here.
        cut: Whether the query had more words than are looked up.
    """

    scores: Scores
    ideal: float = 0.0
    guessed: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    cut: bool = False

    def notes(self) -> list[str]:
        """What a person should read of it."""
        notes = [f"{typed!r} was read as {' or '.join(words)}." for typed, words in self.guessed.items()]
        if self.unknown:
            notes.append(f"No product has the word {', '.join(map(repr, self.unknown))}.")
        if self.cut:
            notes.append("Only the first words of the text were looked up.")
        return notes


class WordIndex:
    """The words of a catalogue, ready to be looked up.

    Args:
        config: Parameters.
        language: Splits and stems.
        synonyms: What else words are called; none where None.
    """

    def __init__(
        self, config: WordsConfig | None = None, *, language: Language | None = None, synonyms: Synonyms | None = None
    ) -> None:
        self.config = config or WordsConfig()
        self.language = language or Language()
        self.synonyms = synonyms
        self._take({}, [sparse.csr_array((0, 0), dtype=np.int32)] * len(GROUPS))

    def __len__(self) -> int:
        return int(self._counts[0].shape[0])

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the catalogue."""
        return self._vocabulary

    @property
    def counts(self) -> sparse.csr_array:
        """int32[items, words], how often each word stands in each product, whatever the column."""
        return sum(self._counts[1:], start=self._counts[0])

    def fit(self, table: pa.Table) -> Self:
        """Take in all products of an item table, in its row order.

        Cost:
            About 6 s for 44,000 products of eight words in a title.
        """
        numbers: dict[str, int] = {}
        self._take(numbers, self._counted(table, numbers))
        return self

    def updated(self, table: pa.Table, kept: NDArray[np.int32]) -> WordIndex:
        """The index of a changed catalogue; only new and changed products are read.

        Args:
            table: The whole catalogue as it is now.
            kept: For each row of it, the row it had here where its texts are the same, else -1.

        Returns:
            What :meth:`fit` would make of ``table``.
        """
        numbers = {word: number for number, word in enumerate(self._vocabulary.words)}
        fresh = self._counted(table.filter(pa.array(kept < 0)), numbers)
        place = kept.astype(np.int64)
        place[kept < 0] = len(self) + np.arange(int((kept < 0).sum()))
        merged = []
        for old, new in zip(self._counts, fresh, strict=True):
            wide = sparse.csr_array((old.data, old.indices, old.indptr), shape=(old.shape[0], len(numbers)))
            merged.append(sparse.vstack([wide, new], format="csr")[place])
        index = WordIndex(self.config, language=self.language, synonyms=self.synonyms)
        index._take(numbers, merged)
        return index

    def search(self, text: str) -> WordMatches:
        """Score every product by the words of a text.

        Args:
            text: What was typed; anything at all.

        Returns:
            Scores of all products, and what was made of each word.

        Cost:
            One pass over the products a word: about 1 ms for 44,000 products, and 1 ms for each unknown word.
        """
        words = list(dict.fromkeys(self.language.words(text)))
        slots = self.slots(words[:MOST_WORDS])
        total: Scores = np.zeros(len(self), np.float32)
        ideal = 0.0
        for slot in slots:
            scores = self._score(slot)
            total += scores
            if slot.is_typed:
                ideal += self._ideal(slot, float(scores.max(initial=0)))
        return WordMatches(
            total,
            ideal,
            {slot.word: list(slot.guessed) for slot in slots if slot.guessed},
            [slot.word for slot in slots if not slot.alternatives],
            cut=len(words) > MOST_WORDS,
        )

    def slots(self, words: Sequence[str]) -> list[Slot]:
        """What each of a query's words may mean."""
        others: dict[int, list[tuple[Phrase, float]]] = {}
        for start, length, phrase in self.synonyms.found(words) if self.synonyms else ():
            others.setdefault(start, []).append((phrase, self.config.synonym_weight / length))
        found = []
        for place, word in enumerate(words):
            parts = [] if place in others else self._parts_of(word)
            found += [self._part(part) for part in parts] or [self._slot(word, others.get(place, ()))]
        joined = (a + b for a, b in pairwise(words))
        return found + [replace(self._slot(word, ()), is_typed=False) for word in joined if word in self._vocabulary]

    def save(self, directory: Path) -> None:
        """Write the index into an existing directory."""
        save_table(directory / "words.parquet", pa.table({"word": pa.array(self._vocabulary.words, pa.string())}))
        arrays: dict[str, NDArray[np.int32]] = {}
        for group, counts in zip(GROUPS, self._counts, strict=True):
            arrays |= {f"{group}_data": counts.data, f"{group}_indices": counts.indices, f"{group}_ends": counts.indptr}
        save_arrays(directory / "words.npz", arrays)

    def load(self, directory: Path) -> Self:
        """Read what :meth:`save` wrote, for the parameters it was made with.

        Raises:
            BundleError: A file is missing or broken.
        """
        words = load_table(directory / "words.parquet").column("word").to_pylist()
        arrays = load_arrays(directory / "words.npz")
        counts = []
        for group in GROUPS:
            ends = arrays[f"{group}_ends"]
            parts = (arrays[f"{group}_data"], arrays[f"{group}_indices"], ends)
            counts.append(sparse.csr_array(parts, shape=(len(ends) - 1, len(words))))
        self._take({word: number for number, word in enumerate(words)}, counts)
        return self

    def _counted(self, table: pa.Table, numbers: dict[str, int]) -> list[sparse.csr_array]:
        """How often each word stands in each product, a matrix a group; new words get a number."""
        columns = columns_of(table.schema)
        found = []
        for group in GROUPS:
            ends, words = [0], []
            for text in texts_of(table, columns[group]):
                words += [numbers.setdefault(word, len(numbers)) for word in self.language.words(text)]
                ends.append(len(words))
            found.append((np.asarray(words, np.int32), np.asarray(ends, np.int32)))
        made = []
        for words_of, ends_of in found:
            ones = np.ones(len(words_of), np.int32)
            counts = sparse.csr_array((ones, words_of, ends_of), shape=(len(table), len(numbers)))
            counts.sum_duplicates()
            made.append(counts)
        return made

    def _take(self, numbers: Mapping[str, int], counts: Sequence[sparse.csr_array]) -> None:
        """Hold counts over a sorted vocabulary without words that stand nowhere, and weigh them."""
        present = np.zeros(len(numbers), dtype=bool)
        for each in counts:
            present[each.indices] = True
        words = sorted(word for word, number in numbers.items() if present[number])
        order = np.fromiter((numbers[word] for word in words), np.int64, len(words))
        self._vocabulary = Vocabulary(words, self.language)
        self._counts = [_sorted(each, order) for each in counts]
        self._weigh()

    def _weigh(self) -> None:
        """What each stem adds to each product's score, a column a stem."""
        stems_of = [self.language.stems(word) for word in self._vocabulary.words]
        stems = sorted({stem for each in stems_of for stem in each})
        self._column = {stem: number for number, stem in enumerate(stems)}
        flat = np.fromiter((self._column[stem] for each in stems_of for stem in each), np.int64)
        ends = np.concatenate([[0], np.cumsum([len(each) for each in stems_of], dtype=np.int64)])
        joins = sparse.csr_array((np.ones(len(flat), np.int32), flat, ends), shape=(len(stems_of), len(stems)))
        total = sparse.csr_array((len(self), len(stems)), dtype=np.float64)
        for weight, counts in zip(self.config.group_weights, self._counts, strict=True):
            length = counts.sum(axis=1).astype(np.float64)
            norm = 1 - self.config.b + self.config.b * length / (length.mean() if length.any() else 1.0)
            if weight:
                total = total + sparse.diags_array(weight / norm) @ (counts @ joins).astype(np.float64)
        impact = sparse.csc_array(total)
        impact.sum_duplicates()
        held = np.diff(impact.indptr)
        self._idf = np.log1p((len(self) - held + 0.5) / (held + 0.5))
        impact.data = np.repeat(self._idf, held) * impact.data / (self.config.k1 + impact.data)
        self._impact = impact.astype(np.float32)

    def _score(self, slot: Slot) -> Scores:
        found: Scores = np.zeros(len(self), np.float32)
        best = max(slot.alternatives.values(), default=0.0)
        limit = min((self._idf[self._column[s]] for s, w in slot.alternatives.items() if w == best), default=0.0)
        for stem, part_weight in slot.alternatives.items():
            column = self._column[stem]
            weight = part_weight * min(1.0, limit / self._idf[column])
            part = slice(self._impact.indptr[column], self._impact.indptr[column + 1])
            rows = self._impact.indices[part]
            found[rows] = np.maximum(found[rows], np.float32(weight) * self._impact.data[part])
        return found

    def _ideal(self, slot: Slot, best: float) -> float:
        """The most that a product could score in a slot, were the word itself in the catalogue."""
        if not best:
            return _TYPICAL_SHARE * float(np.log1p(2 * len(self) + 1))
        # What was guessed stands for what was meant; part of a compound is only part of what was meant.
        return best if slot.guessed else best / max(slot.alternatives.values())

    def _slot(self, word: str, others: Iterable[tuple[Phrase, float]]) -> Slot:
        """A word's alternatives: itself, what it is part of, its parts, what else it is called, near spellings."""
        weights: dict[str, float] = {}
        self._add(weights, word, 1.0)
        for phrase, weight in others:
            for each in phrase:
                self._add(weights, each, weight / len(phrase))
        if self.config.compound_weight:
            for each in self._vocabulary.compounds_with(word):
                self._add(weights, each, self.config.compound_weight)
        guessed = self._respelt(word, weights) if self.config.typo_weight else []
        for near, slips in guessed:
            self._add(weights, near, self.config.typo_weight**slips)
        if not weights and self.config.compound_weight and (head := self._vocabulary.head_of(word)):
            self._add(weights, head, self.config.compound_weight)
        return Slot(word, weights, tuple(near for near, _ in guessed))

    def _parts_of(self, word: str) -> list[str]:
        """The parts of a compound that the catalogue does not have as a whole."""
        # What loses three letters to a stemmer may be a German compound that English takes for a verb: Silberr-ing.
        if not self.config.compound_weight or any(len(stem) > len(word) - 3 for stem in self._stems(word)):
            return []
        return self._vocabulary.parts_of(word)

    def _part(self, part: str) -> Slot:
        weights: dict[str, float] = {}
        self._add(weights, part, self.config.compound_weight)
        return Slot(part, weights)

    def _respelt(self, word: str, weights: Mapping[str, float]) -> list[tuple[str, int]]:
        """Near spellings, where a word is not known, or is so rare that it looks like a slip in the catalogue."""
        if not weights:
            return self._vocabulary.near(word)
        held = max(self._held(stem) for stem in weights)
        if held > _RARE or len(word) < _SHORTEST_RARE:
            return []
        common = _TIMES_AS_COMMON * held
        return [
            (n, s) for n, s in self._vocabulary.near(word) if s == 1 and max(map(self._held, self._stems(n))) >= common
        ]

    def _held(self, stem: str) -> int:
        """In how many products a stem stands."""
        column = self._column[stem]
        return int(self._impact.indptr[column + 1] - self._impact.indptr[column])

    def _stems(self, word: str) -> list[str]:
        return [stem for stem in self.language.stems(word) if stem in self._column]

    def _add(self, weights: dict[str, float], word: str, weight: float) -> None:
        for stem in self.language.stems(word):
            if stem in self._column and weight > weights.get(stem, 0):
                weights[stem] = weight


def _sorted(counts: sparse.csr_array, order: NDArray[np.int64]) -> sparse.csr_array:
    """Columns in another order, in one canonical form: equal counts are equal arrays."""
    found = sparse.csr_array(counts[:, order], dtype=np.int32)
    found.sort_indices()
    for name in ("indices", "indptr"):
        setattr(found, name, getattr(found, name).astype(np.int32))
    return found
