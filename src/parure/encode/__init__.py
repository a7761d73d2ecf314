"""Pictures and texts as unit vectors; heavy packages are imported only by what needs them."""

from parure.encode.encoder import PictureEncoder, PictureError, TextEncoder, Vectors

__all__ = ["PictureEncoder", "PictureError", "TextEncoder", "Vectors"]
