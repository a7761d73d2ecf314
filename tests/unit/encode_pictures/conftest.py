"""Pictures of every kind, made in memory."""

import os

import numpy as np
import pytest

from parure.testing.encoder_contract import example_pictures

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of 800 x 600."""
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(example_pictures(1)[0])) as image:
        image.resize((800, 600)).save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
