"""Opens an encoder by name: the default, the user's own checkpoint or ONNX file, timm's and open_clip's models."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from parure.core.errors import InputError, MissingInputError, SettingsError
from parure.encode import lite0, mobilenet_v2
from parure.encode.checkpoint import read_checkpoint
from parure.encode.converted import hash_of, kept
from parure.encode.encoder import PictureEncoder
from parure.encode.graph import require_onnx
from parure.encode.outside import open_outside
from parure.encode.preparation import Preparation
from parure.encode.quantize import agrees, eight_bit
from parure.encode.runtime import OnnxEncoder, with_pixels_as_input

Precision = Literal["auto", "int8", "fp32"]

DEFAULT_MODEL = lite0.NAME
_EIGHT = "-int8"
_OUTSIDE = ("timm:", "open_clip:")
_CHECKPOINTS = (".pth", ".pt", ".safetensors")
_CONVERTER = "5"
"""Part of every key: a change of the conversion makes the kept files new."""


@dataclass(frozen=True)
class _Source:
    """A model before it is converted.

    Attributes:
        name: What it is called.
        key: Hash of all that its vectors depend on.
        preparation: How pictures are made ready for it.
        graph: Gives it as ONNX, with a float input.
    """

    name: str
    key: str
    preparation: Preparation
    graph: Callable[[], bytes]


def open_encoder(
    model: str = DEFAULT_MODEL, *, precision: Precision = "auto", preparation: Preparation | None = None
) -> PictureEncoder:
    """Open a picture encoder.

    Args:
        model: ``efficientnet-lite0``; a ``.pth``, ``.pt`` or ``.safetensors`` file with MobileNetV2 in torchvision's
            naming; an ``.onnx`` file with its preparation in a ``.toml`` or ``.json`` of the same name beside it;
            ``timm:NAME`` or ``open_clip:NAME/PRETRAINED``. A name that an encoder had before (ending in ``-int8``)
            opens it in that precision.
        precision: ``auto`` takes 8 bits where they have the neighbours of 32 bits on this processor.
        preparation: In place of the model's own.

    Raises:
        MissingExtraError: A package that it needs is not installed.
        MissingInputError: There is no such file.
        SettingsError: No model has this name, or its preparation is not declared.
        InputError: The file is broken or another network.
    """
    if precision == "auto" and model.endswith(_EIGHT):
        model = model.removesuffix(_EIGHT)
    if model.startswith(_OUTSIDE):
        return open_outside(model, preparation)
    source = _source(model, preparation)
    full = kept(f"{source.key}.onnx", lambda: _with_pixels(source))
    if precision != "fp32":
        eight = eight_bit(source.graph, source.preparation, source.key)
        if agrees(eight, full):
            return OnnxEncoder(eight, source.preparation, f"{source.name}{_EIGHT}")
        if precision == "int8":
            raise SettingsError(
                f"On this processor {model} in 8 bits does not find the neighbours that it finds in 32.",
                hint="Leave the precision at auto, or set it to fp32.",
            )
    return OnnxEncoder(full, source.preparation, source.name)


def _with_pixels(source: _Source) -> bytes:
    return with_pixels_as_input(require_onnx().load_from_string(source.graph()), source.preparation)


def _source(model: str, preparation: Preparation | None) -> _Source:
    """The model of a name or a path, judged but not yet converted."""
    if model == lite0.NAME:
        path = lite0.weights_path()
        own, graph, name = lite0.PREPARATION, lambda: lite0.lite0_graph(read_checkpoint(path)), lite0.NAME
        if preparation is None:
            return _Source(name, _key(path, own), own, graph)
    else:
        path = Path(model)
        own, graph = _own_file(path, preparation)
        name = path.stem
    chosen = preparation or own
    key = _key(path, chosen)
    # The content is in the name: vectors of two files that share a name must not be compared.
    return _Source(f"{name}-{key[:8]}", key, chosen, graph)


def _key(path: Path, preparation: Preparation) -> str:
    return hash_of(path, preparation.model_dump_json(), _CONVERTER)


def _own_file(path: Path, preparation: Preparation | None) -> tuple[Preparation, Callable[[], bytes]]:
    """The preparation and the graph of a user's file."""
    if path.suffix not in {".onnx", *_CHECKPOINTS}:
        raise SettingsError(
            f"No model is called {path}.",
            hint=f"Name {lite0.NAME}, timm:NAME, open_clip:NAME/PRETRAINED, or a file: .onnx, .pth, .safetensors.",
        )
    if not path.is_file():
        raise MissingInputError(f"There is no model file {path}.", hint="Check the path.")
    if path.suffix in _CHECKPOINTS:
        return mobilenet_v2.PREPARATION, lambda: mobilenet_v2.mobilenet_v2_graph(read_checkpoint(path))
    return preparation or declared_preparation(path), lambda: _read_onnx(path)


def declared_preparation(path: Path) -> Preparation:
    """What is declared beside an ONNX file, in a ``.toml`` or ``.json`` of the same name.

    Raises:
        SettingsError: Nothing is declared, or something that is not valid.
    """
    for place in (path.with_suffix(".toml"), path.with_suffix(".json")):
        if not place.is_file():
            continue
        try:
            text = place.read_text(encoding="utf-8")
            values: Any = tomllib.loads(text) if place.suffix == ".toml" else json.loads(text)
        except ValueError as error:
            raise SettingsError(
                f"{place} cannot be read: {error}.", hint="See docs/encode.md for an example."
            ) from None
        return Preparation.parse(values, where=str(place))
    raise SettingsError(
        f"How pictures are made ready for {path.name} is not declared.",
        hint=f"Write {path.with_suffix('.toml').name} beside it, with size, mean, std and shape; see docs/encode.md.",
    )


def _read_onnx(path: Path) -> bytes:
    """An ONNX file with its dimensions inferred, so that the rank of its outputs is known."""
    onnx = require_onnx()
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
        return bytes(onnx.shape_inference.infer_shapes(model).SerializeToString())
    except Exception as error:
        raise InputError(f"{path} is no ONNX model: {str(error)[:300]}.", hint="Export it anew.") from error
