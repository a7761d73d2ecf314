"""A model in 8 bits: unsigned activations, signed weights a channel, calibrated on drawn pictures.

The pictures are drawn from a seed, so that everybody's 8-bit model is the same one. It counts only where it says what
the 32-bit model says on this very processor: without dot-product instructions (VNNI and the like) sums of products
saturate, and the check fails.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError
from parure.encode.converted import hash_of, kept
from parure.encode.decoding import Pixels
from parure.encode.graph import require_onnx
from parure.encode.preparation import Preparation
from parure.encode.runtime import open_session, require_runtime, run, with_pixels_as_input

CALIBRATION_PICTURES = 48
CHECK_PICTURES = 64
NEIGHBOURS = 5
LEAST_COSINE = 0.97
LEAST_OVERLAP = 0.75
_SEED, _CHECK_SEED = 7, 11


def eight_bit(graph: Callable[[], bytes], preparation: Preparation, key: str) -> Path:
    """The 8-bit version of a model with pixels as its input; made once.

    Args:
        graph: Gives the model as it came, without preparation.
        preparation: Of the model.
        key: Hash of model and preparation.

    Raises:
        MissingExtraError: onnxruntime's quantisation is not there.

    Cost:
        About 5 s, once.
    """
    version = require_runtime().__version__
    return kept(f"{hash_of(key, version, 'int8-1')}.onnx", lambda: _quantized(graph(), preparation))


def agrees(eight: Path, full: Path) -> bool:
    """Whether the 8-bit model has the neighbours of the full one on this processor; found out once a processor.

    Args:
        eight: The 8-bit model.
        full: The 32-bit model.

    Cost:
        About a second, once a processor and runtime.
    """
    key = hash_of(eight.stem, full.stem, _processor(), require_runtime().__version__, "check-1")
    verdict = kept(f"{key}.json", lambda: json.dumps(_compared(eight, full), sort_keys=True).encode())
    found = json.loads(verdict.read_text(encoding="utf-8"))
    return bool(found["cosine"] >= LEAST_COSINE and found["overlap"] >= LEAST_OVERLAP)


def drawn_pictures(count: int, size: int, *, rng: np.random.Generator) -> Pixels:
    """Pictures with shapes, gradients, stripes and grain on white or coloured ground: uint8[count, size, size, 3]."""
    across = np.linspace(0, 1, size)
    y, x = np.meshgrid(across, across, indexing="ij")
    pictures = np.empty((count, size, size, 3), np.uint8)
    for number in range(count):
        texture = _gradient(rng, size) + rng.uniform(0, 90) * _stripes(rng, x, y)[..., None]
        texture += rng.normal(0, rng.uniform(0, 30), texture.shape)
        ground = np.full(3, 255.0) if rng.random() < 0.6 else rng.integers(0, 256, 3).astype(float)
        inside = np.zeros((size, size), bool)
        for _ in range(rng.integers(1, 5)):
            inside |= _shape(rng, x, y)
        pictures[number] = np.where(inside[..., None], texture, ground).clip(0, 255)
    return pictures


def _gradient(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """A coarse grid of colours, blended."""
    cells = rng.integers(2, 12)
    grid = rng.integers(0, 256, (cells, cells, 3)).astype(float)
    place = np.linspace(0, cells - 1, size)
    low = np.minimum(place.astype(int), cells - 2)
    part = (place - low)[:, None, None]
    rows = grid[low] * (1 - part) + grid[low + 1] * part
    columns = rows.transpose(1, 0, 2)
    blended: NDArray[np.float64] = columns[low] * (1 - part) + columns[low + 1] * part
    return blended.transpose(1, 0, 2)


def _stripes(rng: np.random.Generator, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    angle, frequency = rng.uniform(0, np.pi), rng.uniform(4, 180)
    return np.asarray(np.sin((x * np.cos(angle) + y * np.sin(angle)) * frequency))


def _shape(rng: np.random.Generator, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """An ellipse or a rectangle."""
    (cx, cy), (rx, ry) = rng.uniform(0.15, 0.85, 2), rng.uniform(0.08, 0.5, 2)
    dx, dy = (x - cx) / rx, (y - cy) / ry
    if rng.random() < 0.5:
        return np.asarray(dx**2 + dy**2 < 1)
    return np.asarray((np.abs(dx) < 1) & (np.abs(dy) < 1))


def _quantized(model: bytes, preparation: Preparation) -> bytes:
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    except ImportError as error:
        raise MissingExtraError("onnx", "pictures", "Making an 8-bit model") from error
    onnx = require_onnx()
    pictures = drawn_pictures(CALIBRATION_PICTURES, preparation.size, rng=np.random.default_rng(_SEED))
    feeds = _prepared(pictures, preparation, onnx.load_from_string(model).graph.input[0].name)

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(feeds, None)

    with TemporaryDirectory(prefix="parure-int8-") as folder:
        source, target = Path(folder) / "full.onnx", Path(folder) / "eight.onnx"
        source.write_bytes(model)
        quantize_static(
            str(source), str(target), Reader(),
            quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )  # fmt: skip
        return with_pixels_as_input(onnx.load(str(target)), preparation)


def _prepared(pictures: Pixels, preparation: Preparation, name: str) -> Iterator[dict[str, NDArray[np.float32]]]:
    """What the graph's preparation would give, for the calibration of the bare model."""
    mean, std = (np.array(each, np.float32) for each in (preparation.mean, preparation.std))
    for picture in pictures:
        ready = (picture.astype(np.float32) / 255 - mean) / std
        if preparation.colours == "bgr":
            ready = ready[..., ::-1]
        yield {name: np.ascontiguousarray(ready.transpose(2, 0, 1))[None]}


def _compared(eight: Path, full: Path) -> dict[str, float]:
    """Mean cosine to the full model's vectors, and the share of its nearest neighbours kept."""
    session = open_session(full)
    size = session.get_inputs()[0].shape[2]
    pictures = drawn_pictures(CHECK_PICTURES, size, rng=np.random.default_rng(_CHECK_SEED))
    a, b = (np.stack([run(each, picture) for picture in pictures]) for each in (session, open_session(eight)))
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (a, b))
    near_a, near_b = (_nearest(np.nan_to_num(each)) for each in (a, b))
    shared = [len(set(x) & set(y)) / NEIGHBOURS for x, y in zip(near_a.tolist(), near_b.tolist(), strict=True)]
    return {"cosine": float(np.nan_to_num((a * b).sum(axis=1)).mean()), "overlap": float(np.mean(shared))}


def _nearest(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -2)
    return np.argsort(-alike, axis=1, kind="stable")[:, :NEIGHBOURS]


def _processor() -> str:
    """What tells one kind of processor from another."""
    info = Path("/proc/cpuinfo")
    flags = ""
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {platform.processor()} {flags}"
