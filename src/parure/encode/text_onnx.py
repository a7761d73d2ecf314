"""A sentence model of the user's own: a directory with ``model.onnx``, ``tokenizer.json`` and perhaps ``model.toml``.

``model.toml`` says how the model wants its texts::

    query_prefix = "query: "
    document_prefix = "passage: "
    pooling = "mean"              # or "cls"
    max_tokens = 256

The model takes ``input_ids`` and, where it has those inputs, ``attention_mask`` and ``token_type_ids``, and gives one
vector a token (float32[batch, tokens, size]) or one a text (float32[batch, size]).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.errors import InputError, MissingExtraError, MissingInputError, SettingsError
from parure.encode.encoder import Vectors

_BATCH = 32


class OnnxTextConfig(Config):
    """How a sentence model wants its texts."""

    query_prefix: str = ""
    """Stands before what is looked for."""
    document_prefix: str = ""
    """Stands before what is found."""
    pooling: Literal["mean", "cls"] = "mean"
    """How one vector is made of the tokens': their mean, or that of the first."""
    max_tokens: int = Field(default=256, ge=2, le=8192)
    """Longer texts are cut."""


class OnnxText:
    """Runs a user's sentence model by ONNX Runtime.

    Args:
        directory: Where its files lie.

    Raises:
        MissingInputError: A file is not there.
        InputError: A file is broken, or the model is none of sentences.
        MissingExtraError: ONNX Runtime or tokenizers is not installed.
    """

    def __init__(self, directory: Path) -> None:
        model, tokens = directory / "model.onnx", directory / "tokenizer.json"
        for path in (model, tokens):
            if not path.is_file():
                raise MissingInputError(
                    f"The sentence model {directory} lacks {path.name}.",
                    hint="Export it with: optimum-cli export onnx --task feature-extraction",
                )
        self.config = _config(directory / "model.toml")
        self._tokenizer, self._session = _opened(model, tokens, self.config)
        self._inputs = {each.name for each in self._session.get_inputs()}
        self.name = f"{directory.resolve().name}-{_digest([model, tokens, directory / 'model.toml'])}"
        self.size = int(self._run(["a"]).shape[1])

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"]) -> Vectors:
        """Vectors of texts, float32[len(texts), size]."""
        from parure.encode.text import readable

        prefix = self.config.query_prefix if role == "query" else self.config.document_prefix
        clean = [readable(text) for text in texts]
        # Texts of like length share a batch, so that little is computed on padding.
        order = sorted((row for row, text in enumerate(clean) if text), key=lambda row: len(clean[row]))
        found = np.zeros((len(texts), self.size), np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            found[rows] = self._run([prefix + clean[row] for row in rows])
        return found

    def _run(self, texts: list[str]) -> Vectors:
        read = self._tokenizer.encode_batch(texts)
        given = {
            "input_ids": np.array([each.ids for each in read], np.int64),
            "attention_mask": np.array([each.attention_mask for each in read], np.int64),
            "token_type_ids": np.array([each.type_ids for each in read], np.int64),
        }
        try:
            answer = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        except Exception as error:
            # ONNX Runtime raises many kinds of its own; all mean that this model does not take texts.
            raise InputError(
                f"The sentence model cannot be run on text: {error}.", hint="Export it for feature extraction."
            ) from error
        pooled = _pooled(np.asarray(answer, np.float32), given["attention_mask"], self.config.pooling)
        return np.asarray(pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), np.float32(1e-12)))


def _pooled(answer: NDArray[np.float32], mask: NDArray[np.int64], pooling: str) -> NDArray[np.float32]:
    if answer.ndim == 2:
        return answer
    if answer.ndim != 3:
        raise InputError(f"The sentence model gives an array of the shape {answer.shape}, expected 2 or 3 dimensions.")
    if pooling == "cls":
        return np.asarray(answer[:, 0])
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((answer * weights).sum(axis=1) / weights.sum(axis=1))


def _opened(model: Path, tokens: Path, config: OnnxTextConfig) -> tuple[Any, Any]:
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("onnxruntime", "text", "A sentence model of your own") from None
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("tokenizers", "text", "A sentence model of your own") from None
    try:
        tokenizer = Tokenizer.from_file(str(tokens))
        tokenizer.enable_truncation(config.max_tokens)
        tokenizer.enable_padding()
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    except Exception as error:
        # Both libraries raise bare Exception and kinds of their own for a broken file.
        raise InputError(f"Cannot open the sentence model {model.parent}: {error}.", hint="Export it again.") from error
    unknown = {each.name for each in session.get_inputs()} - {"input_ids", "attention_mask", "token_type_ids"}
    if unknown:
        raise InputError(
            f"The sentence model {model} wants the inputs {', '.join(sorted(unknown))}, which no tokenizer gives.",
            hint="Export it for feature extraction.",
        )
    return tokenizer, session


def _config(path: Path) -> OnnxTextConfig:
    if not path.is_file():
        return OnnxTextConfig()
    try:
        return OnnxTextConfig.parse(tomllib.loads(path.read_text(encoding="utf-8")), where=str(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.", hint="Fix the line it names.") from None


def _digest(paths: Sequence[Path]) -> str:
    """Eight digits of the files' content: another model of the same name is another model."""
    found = ""
    for path in paths:
        if path.is_file():
            with path.open("rb") as file:
                found += file_digest(file, "sha256").hexdigest()
    return sha256(found.encode()).hexdigest()[:8]
