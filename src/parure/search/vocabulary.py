"""The words of a catalogue, and those near to a word that somebody typed: misspelt, or part of a compound."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parure.search.language import Language

_LINKS = ("", "s", "es", "n", "en", "e", "er")
"""What German puts between the parts of a compound: Verlobung-s-ring, Perle-n-kette."""

_SHORTEST_PART = 3
_SHORTEST_HEAD = 4
"""A compound's head is at least this long where its modifier is unknown: else *spring* would be a *ring*."""
_MOST_FORMS = 16
"""Most compounds that one word is taken to be part of."""
_SHORTEST_MISSPELT = 4
_SHORTEST_MISSPELT_TWICE = 8
_MOST_NEAR = 8


class Vocabulary:
    """The distinct words of a catalogue in sorted order; a word's number is its place.

    Args:
        words: Folded words in ascending order.
        language: Knows their stems.
    """

    def __init__(self, words: Sequence[str], language: Language) -> None:
        self.words = list(words)
        self._language = language
        self._number = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._number

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self.words:
            for stem in self._language.stems(word):
                found.setdefault(stem, []).append(word)
        return found

    def same(self, word: str) -> list[str]:
        """Words of the catalogue that share a stem with a word, itself among them."""
        found = [each for stem in self._language.stems(word) for each in self._by_stem.get(stem, ())]
        return sorted(set(found))

    def compounds_with(self, word: str) -> list[str]:
        """Words of the catalogue that are compounds of a word and another known word, as *goldring* for *ring*."""
        forms = [form for form in {word, *self.same(word)} if len(form) >= _SHORTEST_PART]
        found = {each for form in forms for each in (*self._ending_with(form), *self._beginning_with(form))}
        return sorted(found)[:_MOST_FORMS]

    def parts_of(self, word: str) -> list[str]:
        """The two known words that a compound is made of, head last; empty where it is none."""
        for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            modifier, head = word[:place], word[place:]
            if self._knows(head) and (known := self._without_link(modifier)):
                return [known, head]
        return []

    def head_of(self, word: str) -> str:
        """The known word that a compound ends in, whatever stands before it, as in *Strassring*; empty where none."""
        for place in range(_SHORTEST_HEAD, len(word) - _SHORTEST_HEAD + 1):
            if self._knows(word[place:]):
                return word[place:]
        return ""

    def near(self, word: str) -> list[tuple[str, int]]:
        """Words within one slip of a word, two for long ones, with how many: nearest first, then by spelling.

        A slip is a letter left out, put in, exchanged, or two neighbours swapped (optimal string alignment).

        Cost:
            One vectorised pass over the words of like length and letters: about 1 ms for 20,000 words.
        """
        if len(word) < _SHORTEST_MISSPELT:
            return []
        allowed = 2 if len(word) >= _SHORTEST_MISSPELT_TWICE else 1
        codes, lengths, letters = self._spelling
        differing = np.bitwise_count(letters ^ _letters(word))
        rows = np.flatnonzero((np.abs(lengths - len(word)) <= allowed) & (differing <= 2 * allowed))
        slips = _slips(word, codes[rows], lengths[rows])
        chosen = np.flatnonzero(slips <= allowed)
        order = np.lexsort((rows[chosen], slips[chosen]))[:_MOST_NEAR]
        return [(self.words[rows[each]], int(slips[each])) for each in chosen[order].tolist()]

    def _knows(self, word: str) -> bool:
        return any(stem in self._by_stem for stem in self._language.stems(word))

    def _without_link(self, modifier: str) -> str:
        """A compound's modifier as a known word, empty where it is none."""
        for link in _LINKS:
            bare = modifier.removesuffix(link)
            if modifier.endswith(link) and len(bare) >= _SHORTEST_PART and self._knows(bare):
                return bare
        return ""

    def _ending_with(self, form: str) -> Iterator[str]:
        if len(form) < _SHORTEST_HEAD:
            return
        for word in _with_prefix(self._reversed, form[::-1]):
            if self._without_link(word[::-1][: -len(form)]):
                yield word[::-1]

    def _beginning_with(self, form: str) -> Iterator[str]:
        for word in _with_prefix(self.words, form):
            rest = word[len(form) :]
            if any(rest.startswith(link) and self._is_head(rest.removeprefix(link)) for link in _LINKS):
                yield word

    def _is_head(self, word: str) -> bool:
        return len(word) >= _SHORTEST_HEAD and self._knows(word)

    @cached_property
    def _reversed(self) -> list[str]:
        return sorted(word[::-1] for word in self.words)

    @cached_property
    def _spelling(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint64]]:
        """Words as numbers: uint32[words, longest] letters, int64[words] lengths, uint64[words] sets of letters."""
        lengths = np.fromiter(map(len, self.words), np.int64, len(self.words))
        codes = np.zeros((len(self.words), int(lengths.max(initial=1))), np.uint32)
        for row, word in enumerate(self.words):
            codes[row, : len(word)] = np.frombuffer(word.encode("utf-32-le"), np.uint32)
        letters = np.array([_letters(word) for word in self.words], dtype=np.uint64)
        return codes, lengths, letters


def _with_prefix(words: Sequence[str], prefix: str) -> Iterable[str]:
    """The longer words among sorted ones that begin with ``prefix``."""
    for place in range(bisect_left(words, prefix), len(words)):
        if not words[place].startswith(prefix):
            return
        if words[place] != prefix:
            yield words[place]


def _letters(word: str) -> np.uint64:
    """The set of a word's letters as bits; letters may share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return np.uint64(bits)


def _slips(word: str, codes: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Optimal string alignment distance of one word to many: int64[words]."""
    count, width = len(codes), int(lengths.max(initial=0))
    typed = np.frombuffer(word.encode("utf-32-le"), np.uint32)
    before = np.zeros((width + 1, count), np.int64)
    last = np.repeat(np.arange(width + 1)[:, None], count, axis=1)
    for i, letter in enumerate(typed, 1):
        row = np.empty_like(last)
        row[0] = i
        for j in range(1, width + 1):
            differs = codes[:, j - 1] != letter
            row[j] = np.minimum(np.minimum(last[j] + 1, row[j - 1] + 1), last[j - 1] + differs)
            if i > 1 and j > 1:
                swapped = (codes[:, j - 2] == letter) & (codes[:, j - 1] == typed[i - 2])
                row[j] = np.where(swapped, np.minimum(row[j], before[j - 2] + 1), row[j])
        before, last = last, row
    return np.asarray(last[lengths, np.arange(count)])
