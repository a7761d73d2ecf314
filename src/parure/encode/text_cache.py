"""Vectors of texts that were encoded before, by the text's content and the model's name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from parure.core.artifacts import load_arrays, save_arrays
from parure.core.errors import BundleError, InputError
from parure.encode.encoder import TextEncoder, Vectors

_BATCH = 512
"""Texts encoded between two writes: what a kill costs at most."""
_KEY_BYTES = 16


def encode_documents(
    encoder: TextEncoder,
    texts: Sequence[str],
    directory: Path,
    *,
    report: Callable[[int], None] | None = None,
) -> Vectors:
    """Vectors of products' texts; those met before are read, not computed.

    Every batch is on disk before the next begins, so that a killed run goes on where it was.

    Args:
        encoder: The model.
        texts: The texts.
        directory: Where vectors are kept, a folder a model; made where it is not there.
        report: Called with the number of texts known at the start, then with that of each batch.

    Returns:
        float32[len(texts), encoder.size], rows of length 1, or 0 for an empty text.

    Raises:
        InputError: The directory cannot be written.
    """
    home = directory / "".join(letter if letter.isalnum() or letter in "-+." else "_" for letter in encoder.name)
    keys = [_key(text) for text in texts]
    known = _read(home, encoder.size)
    missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items())
    if report is not None:
        report(len(texts) - len(missing))
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = encoder.encode([text for _, text in batch], role="document")
        _write(home, [key for key, _ in batch], vectors)
        known |= {key: vector for (key, _), vector in zip(batch, vectors, strict=True)}
        if report is not None:
            report(len(batch))
    return np.array([known[key] for key in keys], np.float32).reshape(len(texts), encoder.size)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def _read(home: Path, size: int) -> dict[bytes, Vectors]:
    found: dict[bytes, Vectors] = {}
    for path in sorted(home.glob("*.npz")):
        try:
            arrays = load_arrays(path)
            keys, vectors = arrays["keys"], arrays["vectors"]
        except (BundleError, KeyError):
            # A cache is never the reason to fail: a broken part is made again.
            path.unlink(missing_ok=True)
            continue
        if vectors.shape == (len(keys), size):
            found |= {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
    return found


def _write(home: Path, keys: Sequence[bytes], vectors: Vectors) -> None:
    place = home / f"{keys[0].hex()}.npz"
    partial = place.with_suffix(f".{os.getpid()}.partial")
    try:
        home.mkdir(parents=True, exist_ok=True)
        packed = np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), _KEY_BYTES)
        save_arrays(partial, {"keys": packed, "vectors": vectors})
        partial.replace(place)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"Cannot write {place}: {error.strerror}.", hint="Check the disk and its rights.") from error
