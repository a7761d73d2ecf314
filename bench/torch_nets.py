"""EfficientNet-Lite0 and MobileNetV2 in plain torch, from their state dicts: what the ONNX graphs are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

STAGES_LITE0 = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))
STAGES_MOBILENET = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))


def lite0(state: Mapping[str, Any]) -> Callable[[Any], Any]:
    """The forward pass of EfficientNet-Lite0: float32[n, 3, 224, 224] -> float32[n, 1280]."""
    import torch.nn.functional as f

    def conv(x: Any, name: str, norm: str, *, stride: int = 1, groups: int = 1, clip: bool = True) -> Any:
        weight = state[f"{name}.weight"]
        kernel, size = weight.shape[-1], x.shape[-1]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        x = f.pad(x, (total // 2, total - total // 2, total // 2, total - total // 2))
        y = _normed(f.conv2d(x, weight, stride=stride, groups=groups), state, norm, 1e-3)
        return f.relu6(y) if clip else y

    def forward(x: Any) -> Any:
        x = conv(x, "_conv_stem", "_bn0", stride=2)
        number = 0
        for blocks, _, first_stride, expansion in STAGES_LITE0:
            for place in range(blocks):
                at, y = f"_blocks.{number}", x
                if expansion > 1:
                    y = conv(y, f"{at}._expand_conv", f"{at}._bn0")
                stride = 1 if place else first_stride
                y = conv(y, f"{at}._depthwise_conv", f"{at}._bn1", stride=stride, groups=y.shape[1])
                y = conv(y, f"{at}._project_conv", f"{at}._bn2", clip=False)
                x, number = (x + y if place else y), number + 1
        return conv(x, "_conv_head", "_bn1").mean(dim=(2, 3))

    return forward


def mobilenet_v2(width: int = 32) -> Any:
    """A MobileNetV2 with torchvision's names, freshly initialised; its forward pass ends at the pool.

    Args:
        width: Channels of the first layer; the others in proportion.
    """
    from collections import OrderedDict

    from torch import nn

    def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> Any:
        layer = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
        return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU6())

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
            super().__init__()
            inner = inputs * expansion
            parts = [] if expansion == 1 else [conv(inputs, inner, 1)]
            parts += [conv(inner, inner, 3, stride, inner), nn.Conv2d(inner, outputs, 1, bias=False)]
            self.conv = nn.Sequential(*parts, nn.BatchNorm2d(outputs))
            self.skip = stride == 1 and inputs == outputs

        def forward(self, x: Any) -> Any:
            return x + self.conv(x) if self.skip else self.conv(x)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers, channels = [conv(3, width, 3, 2)], width
            outputs = [width * n // 32 for n in (16, 24, 32, 64, 96, 160, 320)]
            for (expansion, blocks, stride), wide in zip(STAGES_MOBILENET, outputs, strict=True):
                for place in range(blocks):
                    layers.append(Block(channels, wide, 1 if place else stride, expansion))
                    channels = wide
            layers.append(conv(channels, 40 * width, 1))
            self.features = nn.Sequential(OrderedDict((str(n), layer) for n, layer in enumerate(layers)))

        def forward(self, x: Any) -> Any:
            return self.features(x).mean(dim=(2, 3))

    return Net().eval()


def _normed(x: Any, state: Mapping[str, Any], name: str, eps: float) -> Any:
    import torch.nn.functional as f

    running = (state[f"{name}.running_mean"], state[f"{name}.running_var"])
    return f.batch_norm(x, *running, state[f"{name}.weight"], state[f"{name}.bias"], eps=eps)
