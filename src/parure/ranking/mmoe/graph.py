"""The net as an ONNX graph, for runtimes other than ours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError
from parure.ranking.mmoe.inputs import CLIP, Inputs
from parure.ranking.mmoe.lessons import PURCHASE, SPEND
from parure.ranking.mmoe.net import Net

OPSET: Final = 17
IR_VERSION: Final = 8


def can_export() -> bool:
    """Whether the package ``onnx`` is installed."""
    try:
        import onnx  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def export(path: Path, inputs: Inputs, net: Net, heads: tuple[str, ...]) -> None:
    """Write the whole way from features to probabilities as ONNX.

    The graph reads ``features``, float32[n, features], NaN where nothing is known, and gives ``probabilities``,
    float32[n, heads]; the names of the heads stand in its metadata as ``tasks``.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    if not can_export():
        raise MissingExtraError("onnx", "neural", "Writing the ranker 'mmoe' as ONNX")
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph()
    read = graph.inputs(inputs, "features")
    logits = graph.logits(net, read)
    graph.add("Identity", graph.probabilities(logits, heads), name="probabilities")
    made = helper.make_graph(
        graph.nodes,
        "mmoe",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(inputs.mean)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(heads)])],
        graph.constants,
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="parure"
    )
    helper.set_model_props(model, {"tasks": ",".join(heads)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


class _Graph:
    """Nodes and constants of a graph that grows."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, *names: str, name: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(names), [name], **attributes))
        return name

    def inputs(self, inputs: Inputs, features: str) -> str:
        """See :meth:`Inputs.apply`."""
        missing = self.add("IsNaN", features)
        nothing = self.constant(np.float32(0).reshape(1))
        known = self.add("Where", missing, nothing, features)
        size = self.add("Mul", self.add("Abs", known), self.constant(inputs.inverse_scale))
        logs = self.add("Log", self.add("Add", size, self.constant(np.ones(1, np.float32))))
        signed = self.add("Mul", self.add("Sign", known), logs)
        centred = self.add("Sub", signed, self.constant(inputs.mean))
        scaled = self.add("Mul", centred, self.constant(inputs.inverse_deviation))
        low, high = (self.constant(np.array(edge, np.float32)) for edge in (-CLIP, CLIP))
        values = self.add("Where", missing, nothing, self.add("Clip", scaled, low, high))
        if not len(inputs.flagged):
            return values
        flags = self.add("Gather", self.add("Cast", missing, to=1), self.constant(inputs.flagged), axis=1)
        return self.add("Concat", values, flags, axis=1)

    def logits(self, net: Net, read: str) -> str:
        """See :meth:`Net.logits`: [tasks, n, 1] here."""
        tasks, size, width = net.tower.shape
        experts = net.experts
        before = self.add("Add", self.add("MatMul", read, self.constant(net.first)), self.constant(net.first_bias))
        ends = np.cumsum([0, experts * size, tasks * experts, tasks])
        hidden, gates, sums = (self._columns(before, start, end) for start, end in pairwise(ends))
        hidden = self._shaped(self.add("Relu", hidden), experts, size)
        gate = self.add("Softmax", self._shaped(gates, tasks, experts), axis=2)
        mixed = self.add("Transpose", self.add("MatMul", gate, hidden), perm=[1, 0, 2])
        tower = self.add("MatMul", mixed, self.constant(net.tower))
        active = self.add("Relu", self.add("Add", tower, self.constant(net.tower_bias.reshape(tasks, 1, width))))
        logits = self.add("MatMul", active, self.constant(net.out.reshape(tasks, width, 1)))
        biased = self.add("Add", logits, self.constant(net.out_bias.reshape(tasks, 1, 1)))
        return self.add("Add", biased, self.add("Transpose", self._shaped(sums, tasks, 1), perm=[1, 0, 2]))

    def probabilities(self, logits: str, heads: tuple[str, ...]) -> str:
        """[n, heads]; of ``spend`` the product with the purchase."""
        single = self.add("Sigmoid", logits)
        if SPEND in heads:
            places = [heads.index(PURCHASE) if head == SPEND else -1 for head in heads]
            bought = self.add("Gather", single, self.constant(np.array([heads.index(PURCHASE)])), axis=0)
            rests = self.constant(np.array([place >= 0 for place in places]).reshape(-1, 1, 1))
            ones = self.constant(np.ones(1, np.float32))
            single = self.add("Mul", single, self.add("Where", rests, bought, ones))
        return self.add("Transpose", self.add("Squeeze", single, self.constant(np.array([2]))), perm=[1, 0])

    def _columns(self, name: str, start: int, end: int) -> str:
        edges = (self.constant(np.array([number], np.int64)) for number in (start, end, 1))
        return self.add("Slice", name, *edges)

    def _shaped(self, name: str, rows: int, columns: int) -> str:
        return self.add("Reshape", name, self.constant(np.array([-1, rows, columns], np.int64)))
