"""Runs a picture model with ONNX Runtime: one thread, one picture at a time, decoding included.

What makes a picture ready (order of axes, colours, mean and standard deviation) is part of the graph, so that nothing
but decoding and resizing happens in Python, and a vector does not depend on what it was computed next to. In 8 bits the
order of axes costs nothing there: the runtime works colour by colour within a pixel, as pictures are decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError, MissingExtraError
from parure.encode.decoding import Pixels, decode
from parure.encode.encoder import PictureError, Vectors
from parure.encode.graph import require_onnx
from parure.encode.preparation import Preparation
from parure.encode.thumbnails import fits, shrunk

_TOGETHER = 32


def require_runtime() -> Any:
    """The module ``onnxruntime``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "pictures", "Encoding pictures") from error
    return onnxruntime


def open_session(model: Path | bytes) -> Any:
    """An ONNX Runtime session on one thread that does not spin while it waits.

    Args:
        model: The file, or its content.

    Raises:
        InputError: It is no model that the runtime can run.
    """
    runtime = require_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(
            model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        what = "The model" if isinstance(model, bytes) else str(model)
        raise InputError(
            f"{what} is no ONNX model that the runtime can run: {str(error)[:300]}.",
            hint="Export the model anew, with an opset that your onnxruntime knows.",
        ) from error


def with_pixels_as_input(model: Any, preparation: Preparation) -> bytes:
    """Put mean and deviation in front of a model, and a pool behind it where it gives maps.

    Args:
        model: An ``onnx.ModelProto`` with one input float[n, 3, size, size], in 32 or 8 bits.
        preparation: Of that model.

    Returns:
        A model with ``pixels`` uint8[1, size, size, 3], red first, and ``vector`` float32[1, d].

    Raises:
        InputError: The model has other inputs, or no such output.
    """
    onnx = require_onnx()
    helper, kinds = onnx.helper, onnx.TensorProto
    own_input, own_output, rank = _ends(model, preparation.output)
    nodes, constants = _front(helper, kinds, list(model.graph.node), own_input, preparation)
    if rank == 4:
        nodes.append(helper.make_node("GlobalAveragePool", [own_output], ["parure.pooled"]))
    nodes.append(helper.make_node("Flatten", ["parure.pooled" if rank == 4 else own_output], ["parure.vector"], axis=1))
    side = preparation.size
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("pixels", kinds.UINT8, [1, side, side, 3])],
        [helper.make_tensor_value_info("parure.vector", kinds.FLOAT, [1, None])],
        [*model.graph.initializer, *(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())],
    )
    made = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    made.functions.extend(model.functions)
    return bytes(made.SerializeToString(deterministic=True))


def _ends(model: Any, output: str) -> tuple[str, str, int]:
    """The names of a model's input and chosen output, and the rank of the latter."""
    initialized = {each.name for each in model.graph.initializer}
    inputs = [each.name for each in model.graph.input if each.name not in initialized]
    outputs = {each.name: len(each.type.tensor_type.shape.dim) for each in model.graph.output}
    if len(inputs) != 1:
        got = f"The model has the inputs {', '.join(inputs)}; one picture was expected."
        raise InputError(got, hint="Export the part that reads pictures alone.")
    chosen = output or next(iter(outputs))
    if chosen not in outputs:
        got = f"The model has no output {chosen!r}; it has {', '.join(outputs)}."
        raise InputError(got, hint="Set output to one of them.")
    if outputs[chosen] not in {2, 4}:
        got = f"The output {chosen!r} has {outputs[chosen]} dimensions; [n, d] or [n, d, h, w] was expected."
        raise InputError(got, hint="Set output to the one that holds the vector.")
    return inputs[0], chosen, outputs[chosen]


def _front(
    helper: Any, kinds: Any, nodes: list[Any], own_input: str, preparation: Preparation
) -> tuple[list[Any], dict[str, NDArray[Any]]]:
    """The nodes with the preparation before them, and its constants."""
    mean, std = np.array(preparation.mean, np.float32), np.array(preparation.std, np.float32)
    planes = helper.make_node("Transpose", ["pixels"], ["parure.planes"], perm=[0, 3, 1, 2])
    rounded = next((n for n in nodes if n.op_type == "QuantizeLinear" and n.input[0] == own_input), None)
    if rounded is not None and len(set(preparation.mean)) == len(set(preparation.std)) == 1:
        # Pixels have 8 bits already: they are the rounded input itself, and only its scale has to be said.
        nodes.remove(rounded)
        for node in nodes:
            if node.op_type == "DequantizeLinear" and node.input[0] == rounded.output[0]:
                node.input[:] = ["parure.planes", "parure.scale", "parure.zero"]
        zero = np.array(min(max(round(255 * float(mean[0])), 0), 255), np.uint8)
        return [planes, *nodes], {"parure.scale": np.array(1 / (255 * std[0]), np.float32), "parure.zero": zero}
    front = [
        planes,
        helper.make_node("Cast", ["parure.planes"], ["parure.float"], to=kinds.FLOAT),
        helper.make_node("Mul", ["parure.float", "parure.scale"], ["parure.scaled"]),
        helper.make_node("Add", ["parure.scaled", "parure.shift"], ["parure.ready"]),
    ]
    if preparation.colours == "bgr":
        front.append(helper.make_node("Gather", ["parure.ready", "parure.order"], [own_input], axis=1))
    else:
        front[-1].output[0] = own_input
    constants: dict[str, NDArray[Any]] = {
        "parure.scale": (1 / (255 * std)).reshape(1, 3, 1, 1),
        "parure.shift": (-mean / std).reshape(1, 3, 1, 1),
        "parure.order": np.array([2, 1, 0], np.int64),
    }
    if preparation.colours == "rgb":
        del constants["parure.order"]
    return [*front, *nodes], constants


def run(session: Any, pixels: Pixels) -> NDArray[np.float32]:
    """The model's answer to one prepared picture, uint8[side, side, 3]: float32[d], not yet of unit length."""
    answer: NDArray[np.float32] = session.run(None, {"pixels": pixels[None]})[0][0]
    return answer


def make_unit(vectors: Vectors, first: int = 0) -> None:
    """Scale vectors, float32[n, d], to length 1 where they stand.

    Raises:
        PictureError: One has no direction, or holds NaN; ``position`` says which, counted from ``first``.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.vecdot(vectors, vectors))
    for place, length in enumerate(lengths.tolist(), first):
        if not 0 < length < np.inf:
            got = "The model gives no direction for this picture."
            raise PictureError("no_direction", got, hint="Use another model.", position=place)
    vectors /= lengths[:, None]


class OnnxEncoder:
    """A picture encoder that runs a converted model.

    Args:
        path: The model, with pixels as its input.
        preparation: How pictures are made ready for it.
        name: Its name.
    """

    def __init__(self, path: Path, preparation: Preparation, name: str) -> None:
        self._path = path
        self._session = open_session(path)
        self._preparation = preparation
        self._name = name
        side = preparation.size
        try:
            blank = run(self._session, np.full((side, side, 3), 255, np.uint8))
        except Exception as error:
            raise InputError(
                f"The model {name!r} does not take a picture of {side} x {side}: {str(error)[:300]}.",
                hint="Declare the size that it was exported with.",
            ) from error
        self._size = len(blank)

    def __reduce__(self) -> tuple[type[OnnxEncoder], tuple[Path, Preparation, str]]:
        """How it is sent to another process, which opens the model anew."""
        return OnnxEncoder, (self._path, self._preparation, self._name)

    @property
    def name(self) -> str:
        """Names the model, its precision and its preparation."""
        return self._name

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return self._size

    @property
    def preparation(self) -> Preparation:
        """How pictures are made ready."""
        return self._preparation

    def encode(self, pictures: Sequence[bytes]) -> Vectors:
        """Vectors of pictures, float32[len(pictures), size], rows of length 1.

        Raises:
            PictureError: One cannot be read; ``position`` says which.

        Cost:
            About 4 ms a picture in 8 bits and 9 ms in 32 for the default model, besides decoding.
        """
        return self.encode_and_see(pictures)[0]

    def encode_and_see(self, pictures: Sequence[bytes]) -> tuple[Vectors, list[Pixels]]:
        """The vectors of pictures, and thumbnails of them; decoded once for both.

        Returns:
            float32[len(pictures), size], and of each uint8[side, side, 3] by
            :func:`parure.encode.thumbnails.shrunk`; none where the model sees pictures in another shape.

        Raises:
            PictureError: One cannot be read; ``position`` says which.
        """
        vectors = np.empty((len(pictures), self._size), np.float32)
        small: list[Pixels] = []
        for start in range(0, len(pictures), _TOGETHER):
            # Decoded first, then encoded: taking turns, each would throw the other out of the processor's cache.
            ready = self._ready(pictures[start : start + _TOGETHER], start)
            if fits(self._preparation):
                small += map(self.small_of, ready)
            block = vectors[start : start + len(ready)]
            for place, pixels in enumerate(ready):
                block[place] = run(self._session, pixels)
            make_unit(block, start)
        return vectors, small

    def _ready(self, pictures: Sequence[bytes], first: int) -> list[Pixels]:
        """What the model sees of pictures; what goes wrong carries the position, counted from ``first``."""
        done: list[Pixels] = []
        try:
            for picture in pictures:
                done.append(self.pixels_of(picture))  # noqa: PERF401 - their number so far is the position
        except PictureError as error:
            error.position = first + len(done)
            raise
        return done

    def small_of(self, pixels: Pixels) -> Pixels:
        """The thumbnail of a picture that is decoded already."""
        return shrunk(pixels)

    def pixels_of(self, picture: bytes) -> Pixels:
        """What the model sees of a picture: uint8[side, side, 3].

        Raises:
            PictureError: It cannot be read.
        """
        return decode(picture, self._preparation)

    def bare_pass(self, pixels: Pixels) -> NDArray[np.float32]:
        """The model alone, as a floor for timings: uint8[1, side, side, 3] -> float32[1, size], any length."""
        answer: NDArray[np.float32] = self._session.run(None, {"pixels": pixels})[0]
        return answer
