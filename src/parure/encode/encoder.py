"""What an encoder is: something that turns pictures or texts into unit vectors, and is named by what it is.

Encoders carry no state of a shop. Two encoders of the same name give the same vectors, so the name goes with every
stored vector and keys the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError

Vectors = NDArray[np.float32]

Reason = Literal[
    "empty",
    "not_a_picture",
    "truncated",
    "too_large",
    "too_many_pixels",
    "unsupported_picture",
    "not_found",
    "not_readable",
    "no_direction",
    "address_refused",
    "fetch_failed",
    "fetch_timeout",
    "no_picture",
]
"""Why a picture could not be turned into a vector; stable codes that stand in reports and in quarantine."""


class PictureError(InputError):
    """A picture cannot be read.

    Args:
        reason: One of the codes of :data:`Reason`.
        message: What was got and what was expected.
        hint: What to do next.
        position: Place of the picture in the sequence that was given.
    """

    code = "picture"

    def __init__(self, reason: Reason, message: str, *, hint: str = "", position: int = 0) -> None:
        super().__init__(message, hint=hint or "Replace the picture by a JPEG, PNG, WebP or GIF that opens.")
        self.reason: Reason = reason
        self.position = position

    def to_dict(self) -> dict[str, str]:
        """The error as JSON-ready fields: code, message, hint, reason."""
        return {**super().to_dict(), "reason": self.reason}


@runtime_checkable
class PictureEncoder(Protocol):
    """Turns the bytes of picture files into unit vectors."""

    @property
    def name(self) -> str:
        """Names the model and everything that changes its vectors; stored as ``embedding_model``."""

    @property
    def size(self) -> int:
        """Numbers in a vector."""

    def encode(self, pictures: Sequence[bytes]) -> Vectors:
        """Vectors of pictures.

        Args:
            pictures: Contents of picture files.

        Returns:
            float32[len(pictures), size], rows of length 1; the same bytes always give the same row.

        Raises:
            PictureError: One cannot be read; ``position`` says which.
        """


@runtime_checkable
class TextEncoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Names the model and everything that changes its vectors."""

    @property
    def size(self) -> int:
        """Numbers in a vector."""

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"]) -> Vectors:
        """Vectors of texts.

        Args:
            texts: Texts; an empty one has the zero vector.
            role: Whether they are looked for or look; some models tell the two apart.

        Returns:
            float32[len(texts), size], rows of length 1 (or 0 for an empty text).
        """
