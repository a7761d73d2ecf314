"""The served towers: small networks in numpy, and the same as ONNX for other runtimes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import Array

Floats = NDArray[np.float32]

_OPSET = 17
_IR_VERSION = 8
_LEAST = 1e-12
"""A length below it is taken as this."""


@dataclass(frozen=True)
class Tower:
    """One hidden layer beside a straight way through, then scaled to length 1.

    Attributes:
        hidden_weight: float32[inputs, hidden].
        hidden_bias: float32[hidden].
        weight: float32[hidden, size].
        straight: float32[inputs, size], the way past the hidden layer.
        bias: float32[size].
    """

    hidden_weight: Floats
    hidden_bias: Floats
    weight: Floats
    straight: Floats
    bias: Floats

    def __call__(self, features: Floats) -> Floats:
        """Unit vectors of ``features``, float32[n, inputs]: float32[n, size]."""
        hidden = features @ self.hidden_weight
        hidden += self.hidden_bias
        np.maximum(hidden, 0, out=hidden)
        out: Floats = np.asarray(hidden @ self.weight, np.float32)
        out += features @ self.straight
        out += self.bias
        out /= np.maximum(np.sqrt(np.einsum("nd,nd->n", out, out)), np.float32(_LEAST))[:, None]
        return out

    def arrays(self, name: str) -> dict[str, Array]:
        """Its weights to save; :meth:`restore` takes them back."""
        return {f"{name}_{part}": getattr(self, part) for part in self.__dataclass_fields__}

    @classmethod
    def restore(cls, name: str, arrays: dict[str, Array]) -> Tower:
        """The tower that :meth:`arrays` took apart."""
        return cls(*(arrays[f"{name}_{part}"] for part in cls.__dataclass_fields__))


def write_onnx(tower: Tower, path: Path) -> None:
    """Write a tower as an ONNX graph: ``features`` float32[n, inputs] in, ``vectors`` float32[n, size] out.

    Equal towers give equal bytes. Needs the package ``onnx``.
    """
    import onnx

    helper: Any = onnx.helper
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Gemm", ["features", "hidden_weight", "hidden_bias"], "raw", {}),
        ("Relu", ["raw"], "hidden", {}),
        ("Gemm", ["hidden", "weight", "bias"], "bent", {}),
        ("MatMul", ["features", "straight"], "past", {}),
        ("Add", ["bent", "past"], "sum", {}),
        ("ReduceL2", ["sum"], "length", {"axes": [1], "keepdims": 1}),
        ("Max", ["length", "least"], "divisor", {}),
        ("Div", ["sum", "divisor"], "vectors", {}),
    ]
    nodes = [helper.make_node(kind, given, [out], name=out, **more) for kind, given, out, more in steps]
    weights = {**tower.arrays("")}
    constants = {name.removeprefix("_"): array for name, array in weights.items()}
    constants["least"] = np.array([_LEAST], np.float32)
    graph = helper.make_graph(
        nodes,
        "tower",
        [_value(helper, onnx, "features", tower.straight.shape[0])],
        [_value(helper, onnx, "vectors", tower.straight.shape[1])],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="parure")
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _value(helper: Any, onnx: Any, name: str, width: int) -> Any:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", width])
