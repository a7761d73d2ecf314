"""MobileNetV2: the user's own checkpoint in torchvision's naming, as an ONNX graph up to the global average pool.

Follows Sandler et al., MobileNetV2 (2018). No weights come with parure.
"""

from __future__ import annotations

from collections.abc import Mapping

from parure.core.errors import InputError
from parure.encode.graph import Array, GraphWriter, Weights
from parure.encode.preparation import IMAGENET_MEAN, IMAGENET_STD, Preparation

NAME = "mobilenet_v2"
PREPARATION = Preparation(size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD)

_NORM_EPS = 1e-5
_STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))
"""Expansion, blocks, stride of the first block of each stage."""


def is_mobilenet_v2(arrays: Mapping[str, Array]) -> bool:
    """Whether a state dict has the names of torchvision's MobileNetV2."""
    return (
        "features.0.0.weight" in arrays and "features.18.0.weight" in arrays and "features.17.conv.3.weight" in arrays
    )


def mobilenet_v2_graph(arrays: Mapping[str, Array]) -> bytes:
    """The network up to the global average pool before the classifier, as an ONNX model.

    Widths are read from the weights, so that a ``width_mult`` other than 1 works too.

    Args:
        arrays: The state dict; the classifier is not needed.

    Returns:
        A model with ``input`` float32[n, 3, 224, 224] and ``vector`` float32[n, 1280].

    Raises:
        InputError: The state dict is that of another network.
    """
    if not is_mobilenet_v2(arrays):
        raise InputError(
            "The checkpoint is not a MobileNetV2 in torchvision's naming (features.0.0.weight and so on).",
            hint="Give torchvision's state dict, or an ONNX file with its preparation declared beside it.",
        )
    weights = Weights(arrays, "The MobileNetV2 checkpoint")
    graph = GraphWriter(weights, norm_eps=_NORM_EPS)
    x = graph.relu6(graph.conv("input", "features.0.0", "features.0.1", stride=2, pads=(1, 1, 1, 1)))
    number = 1
    for expansion, blocks, first_stride in _STAGES:
        for place in range(blocks):
            x = _block(graph, weights, x, number, 1 if place else first_stride, expansion, skip=place > 0)
            number += 1
    x = graph.relu6(graph.conv(x, "features.18.0", "features.18.1", pads=(0, 0, 0, 0)))
    width = weights["features.18.0.weight"].shape[0]
    return graph.model(graph.pooled(x), picture_size=PREPARATION.size, vector_size=width)


def _block(
    graph: GraphWriter, weights: Weights, x: str, number: int, stride: int, expansion: int, *, skip: bool
) -> str:
    """An inverted residual block; the first one has no expansion and its parts are numbered one lower."""
    at = f"features.{number}.conv"
    y, part = x, 0
    if expansion > 1:
        y, part = graph.relu6(graph.conv(y, f"{at}.0.0", f"{at}.0.1", pads=(0, 0, 0, 0))), 1
    channels = weights[f"{at}.{part}.0.weight"].shape[0]
    y = graph.conv(y, f"{at}.{part}.0", f"{at}.{part}.1", stride=stride, pads=(1, 1, 1, 1), groups=channels)
    y = graph.conv(graph.relu6(y), f"{at}.{part + 1}", f"{at}.{part + 2}", pads=(0, 0, 0, 0))
    return graph.node("Add", x, y) if skip else y
