"""What every encoder of pictures must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

import pickle
from abc import abstractmethod
from io import BytesIO

import numpy as np

from parure.encode.encoder import PictureEncoder, PictureError
from parure.encode.quantize import drawn_pictures
from parure.testing.checks import require

_NEAR = 0.9
"""How alike a picture must be to itself, saved with loss."""


class PictureEncoderContract:
    """Tests that every encoder of pictures passes: inherit, and say how it is opened."""

    @abstractmethod
    def encoder(self) -> PictureEncoder:
        """The encoder."""
        raise NotImplementedError

    def test_it_gives_one_unit_vector_a_picture(self) -> None:
        encoder = self.encoder()
        vectors = encoder.encode(example_pictures(3))
        require(vectors.shape == (3, encoder.size), f"the shape is {vectors.shape}")
        require(vectors.dtype == np.float32, f"the type is {vectors.dtype}")
        require(bool(np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)), "a vector is not of length 1")

    def test_no_pictures_give_no_vectors(self) -> None:
        encoder = self.encoder()
        require(encoder.encode([]).shape == (0, encoder.size), "no pictures must give no rows")

    def test_a_vector_does_not_depend_on_what_is_encoded_with_it(self) -> None:
        encoder, pictures = self.encoder(), example_pictures(3)
        together = encoder.encode(pictures)
        alone = np.concatenate([encoder.encode([each]) for each in reversed(pictures)])[::-1]
        require(bool(np.array_equal(together, alone)), "alone and together the vectors differ")

    def test_the_same_name_gives_the_same_vectors(self) -> None:
        first, second = self.encoder(), self.encoder()
        require(first.name == second.name, "opened twice, it has two names")
        pictures = example_pictures(2)
        require(bool(np.array_equal(first.encode(pictures), second.encode(pictures))), "opened twice, vectors differ")

    def test_a_picture_is_alike_to_itself_saved_anew(self) -> None:
        encoder = self.encoder()
        fine, coarse = (encoder.encode(example_pictures(2, quality=quality)) for quality in (95, 60))
        alike = fine @ coarse.T
        require(bool((np.diag(alike) > _NEAR).all()), f"saved anew, a picture is alike to itself by {np.diag(alike)}")

    def test_a_bad_picture_is_named_by_its_position(self) -> None:
        try:
            self.encoder().encode([*example_pictures(1), b"no picture"])
        except PictureError as error:
            require(
                error.position == 1 and error.reason == "not_a_picture", f"it says {error.position}, {error.reason}"
            )
        else:
            require(False, "a file that is no picture was encoded")

    def test_it_can_be_sent_to_another_process(self) -> None:
        encoder, pictures = self.encoder(), example_pictures(1)
        # The round trip is what a process pool does; nothing from outside is read.
        sent = pickle.loads(pickle.dumps(encoder))  # noqa: S301
        require(sent.name == encoder.name, "sent, it has another name")
        require(bool(np.array_equal(sent.encode(pictures), encoder.encode(pictures))), "sent, its vectors differ")


def example_pictures(count: int, *, size: int = 300, quality: int = 90, seed: int = 3) -> list[bytes]:
    """Drawn pictures as JPEG files."""
    from PIL import Image

    files = []
    for pixels in drawn_pictures(count, size, rng=np.random.default_rng(seed)):
        out = BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=quality)
        files.append(out.getvalue())
    return files
