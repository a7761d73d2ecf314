"""How a picture is made ready for a model: size, shape, colours. Declared for each model, and part of what it is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from parure.core.config import Config

Triple = tuple[float, float, float]

IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)


class Preparation(Config):
    """What a model expects its input to be."""

    size: int = Field(default=224, ge=16, le=1024)
    """Side of the square input, in pixels."""
    mean: Triple = IMAGENET_MEAN
    """Taken off each channel (red, green, blue), on a scale of 0 to 1."""
    std: Triple = IMAGENET_STD
    """What each channel is divided by after that; above 0."""
    shape: Literal["stretch", "fit", "crop"] = "fit"
    """How a picture becomes square: ``stretch`` pulls it, ``fit`` keeps it whole on white, ``crop`` cuts its middle."""
    colours: Literal["rgb", "bgr"] = "rgb"
    """Order of the channels that the model expects."""
    output: str = ""
    """Name of the ONNX output that holds the vector, [n, d] or [n, d, h, w] (then pooled); the first where empty."""
