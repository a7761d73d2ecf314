"""Writes small convolution networks as ONNX graphs, with batch norm folded into the convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError, MissingExtraError

Array = NDArray[np.float32]

OPSET = 17
IR_VERSION = 8


def require_onnx() -> Any:
    """The module ``onnx``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("onnx", "pictures", "Writing a model for the runtime") from error
    return onnx


class Weights:
    """The arrays of a checkpoint, asked for by name and shape.

    Args:
        arrays: Name -> array.
        where: What they are, for messages.
    """

    def __init__(self, arrays: Mapping[str, Array], where: str) -> None:
        self._arrays = arrays
        self._where = where

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __getitem__(self, name: str) -> Array:
        try:
            return self._arrays[name]
        except KeyError:
            raise InputError(
                f"{self._where} has no weight {name!r}; it is not the network that was expected.",
                hint="Give the state dict of that very architecture, or an ONNX file.",
            ) from None

    def folded(self, conv: str, norm: str, *, eps: float) -> tuple[Array, Array]:
        """Weight and bias of a convolution with the batch norm after it folded in."""
        weight = self[f"{conv}.weight"]
        scale = self[f"{norm}.weight"].astype(np.float64) / np.sqrt(
            self[f"{norm}.running_var"].astype(np.float64) + eps
        )
        bias = self[f"{norm}.bias"] - self[f"{norm}.running_mean"] * scale
        return (weight * scale[:, None, None, None]).astype(np.float32), bias.astype(np.float32)


class GraphWriter:
    """A graph under construction; each method adds a step and gives the name of its output.

    Args:
        weights: Where convolutions find their weights.
        norm_eps: The batch norms' epsilon.
    """

    def __init__(self, weights: Weights, *, norm_eps: float) -> None:
        self._onnx = require_onnx()
        self._weights = weights
        self._eps = norm_eps
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Store an array in the graph."""
        self._initializers.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add one ONNX operator."""
        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def conv(
        self, x: str, conv: str, norm: str, *, stride: int = 1, pads: tuple[int, int, int, int], groups: int = 1
    ) -> str:
        """A convolution with its batch norm; ``pads`` are top, left, bottom, right."""
        weight, bias = self._weights.folded(conv, norm, eps=self._eps)
        return self.node(
            "Conv", x, self.constant(f"{conv}.weight", weight), self.constant(f"{conv}.bias", bias),
            kernel_shape=list(weight.shape[2:]), strides=[stride, stride], pads=list(pads), group=groups,
        )  # fmt: skip

    def relu6(self, x: str) -> str:
        """Clip to 0..6."""
        names = {each.name for each in self._initializers}
        for name, value in (("zero", 0.0), ("six", 6.0)):
            if name not in names:
                self.constant(name, np.array(value, np.float32))
        return self.node("Clip", x, "zero", "six")

    def pooled(self, x: str) -> str:
        """Global average pool: [n, c, h, w] -> [n, c]."""
        return self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)

    def model(self, output: str, *, picture_size: int, vector_size: int) -> bytes:
        """The finished model: ``input`` float32[n, 3, size, size] -> ``vector`` float32[n, vector_size]."""
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        self._nodes.append(helper.make_node("Identity", [output], ["vector"], name="vector"))
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("input", kind, ["n", 3, picture_size, picture_size])],
            [helper.make_tensor_value_info("vector", kind, ["n", vector_size])],
            self._initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "parure"
        self._onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int, int, int]:
    """Padding as TensorFlow's SAME: top, left, bottom, right; the odd one goes to the end."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total // 2, total - total // 2, total - total // 2
