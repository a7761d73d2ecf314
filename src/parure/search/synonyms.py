"""Words that mean the same in a shop, from a file that the shop keeps.

As text, a line a group (``#`` begins a remark)::

    ring, fingerring, bandring        any of these finds the others
    trauring => ring, ehering         the left finds the right, and not the other way round

As TOML::

    same = [["ring", "fingerring", "bandring"]]

    [finds]
    trauring = ["ring", "ehering"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from parure.core.config import Config
from parure.core.errors import MissingInputError, SettingsError
from parure.search.language import Language

Phrase = tuple[str, ...]
"""Words of a phrase, folded."""


class SynonymFile(Config):
    """What a synonyms file says."""

    same: tuple[tuple[str, ...], ...] = ()
    """Groups of words or phrases, each of which finds the others."""
    finds: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """A word or phrase, and what it finds besides itself."""


class Synonyms:
    """Looks up what else a phrase may be called.

    Args:
        file: The synonyms.
        language: Folds and stems words, so that *Ringe* finds what is said of *Ring*.
    """

    def __init__(self, file: SynonymFile, language: Language) -> None:
        self.file = file
        self._language = language
        self._others: dict[Phrase, list[Phrase]] = {}
        pairs = [(a, b) for group in file.same for a in group for b in group if a != b]
        pairs += [(a, b) for a, others in file.finds.items() for b in others]
        for said, other in pairs:
            meant = tuple(language.words(other))
            for key in self._keys(language.words(said)):
                if meant and meant not in self._others.setdefault(key, []):
                    self._others[key].append(meant)
        self._longest = max(map(len, self._others), default=0)

    def __bool__(self) -> bool:
        return bool(self._others)

    def found(self, words: Sequence[str]) -> list[tuple[int, int, Phrase]]:
        """Synonyms of every run of words: where the run begins, how many words it has, and another phrase for it."""
        return [
            (start, length, other)
            for start in range(len(words))
            for length in range(1, min(self._longest, len(words) - start) + 1)
            for other in self._of(words[start : start + length])
        ]

    def _of(self, words: Sequence[str]) -> list[Phrase]:
        return list(dict.fromkeys(other for key in self._keys(words) for other in self._others.get(key, ())))

    def _keys(self, words: Sequence[str]) -> Iterable[Phrase]:
        """The words' stems, once a language."""
        if not words:
            return ()
        stems = [self._language.stems(word) for word in words]
        widest = max(map(len, stems))
        return dict.fromkeys(tuple(each[min(n, len(each) - 1)] for each in stems) for n in range(widest))


def read_synonyms(path: Path) -> SynonymFile:
    """Read a synonyms file, TOML where it is called so, else text.

    Raises:
        MissingInputError: It is not there, or cannot be read.
        SettingsError: It cannot be understood; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MissingInputError(
            f"Cannot read the synonyms {path}: {error.strerror}.", hint="Check synonyms in parure.toml [search]."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The synonyms {path} are not UTF-8.", hint="Save the file as UTF-8.") from None
    if path.suffix.lower() == ".toml":
        try:
            return SynonymFile.parse(tomllib.loads(text), where=str(path))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{path} is not TOML: {error}.", hint="Fix the line it names.") from None
    return _from_lines(text.splitlines(), path)


def _from_lines(lines: Iterable[str], path: Path) -> SynonymFile:
    same: list[tuple[str, ...]] = []
    finds: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        said = line.split("#", 1)[0].strip()
        if not said:
            continue
        left, arrow, right = said.partition("=>")
        words = tuple(word.strip() for word in (right if arrow else left).split(",") if word.strip())
        if (arrow and not left.strip()) or len(words) < (1 if arrow else 2):
            raise SettingsError(
                f"Line {number} of {path} has nothing to find: {line.strip()!r}.",
                hint="Write it as: ring, fingerring   or: trauring => ring, ehering",
            )
        if arrow:
            for each in filter(None, (part.strip() for part in left.split(","))):
                finds[each] = (*finds.get(each, ()), *words)
        else:
            same.append(words)
    return SynonymFile(same=tuple(same), finds=finds)
