"""Models of timm and open_clip by name; they bring torch with them and run in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError, SettingsError
from parure.encode.decoding import Pixels, decode
from parure.encode.encoder import PictureError, Vectors
from parure.encode.preparation import Preparation


class TorchEncoder:
    """A picture encoder that calls a torch module.

    Args:
        forward: float32[1, 3, size, size] -> float32[1, d]; a module in evaluation mode, or its method.
        preparation: How pictures are made ready for it.
        name: Its name.
    """

    def __init__(self, forward: Callable[[Any], Any], preparation: Preparation, name: str) -> None:
        self._torch = _import("torch", "Running a model of timm or open_clip")
        self._forward = forward
        self._preparation = preparation
        self._name = name
        side = preparation.size
        self._size = len(self._run(np.full((side, side, 3), 255, np.uint8)))

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return self._size

    def encode(self, pictures: Sequence[bytes]) -> Vectors:
        """Vectors of pictures, float32[len(pictures), size], rows of length 1.

        Raises:
            PictureError: One cannot be read; ``position`` says which.
        """
        vectors = np.empty((len(pictures), self._size), np.float32)
        for position, picture in enumerate(pictures):
            try:
                vectors[position] = self._unit(decode(picture, self._preparation))
            except PictureError as error:
                error.position = position
                raise
        return vectors

    def _unit(self, pixels: Pixels) -> NDArray[np.float32]:
        vector = self._run(pixels)
        length = float(np.linalg.norm(vector))
        if not 0 < length < np.inf:
            raise PictureError(
                "no_direction", "The model gives no direction for this picture.", hint="Use another model."
            )
        return vector / np.float32(length)

    def _run(self, pixels: Pixels) -> NDArray[np.float32]:
        mean, std = (np.array(each, np.float32) for each in (self._preparation.mean, self._preparation.std))
        ready = ((pixels.astype(np.float32) / 255 - mean) / std).transpose(2, 0, 1)[None]
        with self._torch.inference_mode():
            answer = self._forward(self._torch.from_numpy(np.ascontiguousarray(ready)))
        return np.asarray(answer.numpy()[0], np.float32)


def open_outside(name: str, preparation: Preparation | None = None) -> TorchEncoder:
    """Open ``timm:NAME`` or ``open_clip:NAME/PRETRAINED``.

    The weights are fetched by that library where they are not on this machine yet.

    Args:
        name: As above.
        preparation: In place of what the library says.

    Raises:
        MissingExtraError: The library is not installed.
        SettingsError: It has no such model, or cannot get the weights.
    """
    library, _, model = name.partition(":")
    opener = _timm if library == "timm" else _open_clip
    module = _import(library, f"The model {name}", package="timm" if library == "timm" else "open-clip-torch")
    try:
        forward, own = opener(module, model)
    except Exception as error:
        raise SettingsError(
            f"{library} cannot open {model!r}: {str(error)[:300]}.",
            hint="Check the name, and that its weights are on this machine or can be fetched.",
        ) from error
    return TorchEncoder(forward, preparation or own, name.replace(":", "-").replace("/", "-"))


def _timm(timm: Any, name: str) -> tuple[Callable[[Any], Any], Preparation]:
    model = timm.create_model(name, pretrained=True, num_classes=0).eval()
    about = timm.data.resolve_model_data_config(model)
    return model, Preparation(size=about["input_size"][-1], mean=tuple(about["mean"]), std=tuple(about["std"]))


def _open_clip(open_clip: Any, name: str) -> tuple[Callable[[Any], Any], Preparation]:
    architecture, _, pretrained = name.partition("/")
    model = open_clip.create_model(architecture, pretrained=pretrained).eval()
    visual = model.visual
    size = visual.image_size[0] if isinstance(visual.image_size, tuple) else visual.image_size
    mean = getattr(visual, "image_mean", None) or open_clip.OPENAI_DATASET_MEAN
    std = getattr(visual, "image_std", None) or open_clip.OPENAI_DATASET_STD
    return model.encode_image, Preparation(size=size, mean=tuple(mean), std=tuple(std))


def _import(module: str, purpose: str, *, package: str = "") -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(package or module, "pictures-torch", purpose) from error
