import pickle

import pytest

from parure.encode.encoder import PictureEncoder
from parure.encode.models import open_encoder
from parure.testing import PictureEncoderContract


class TestLite0EightBit(PictureEncoderContract):
    def encoder(self) -> PictureEncoder:
        return open_encoder()


class TestLite0(PictureEncoderContract):
    def encoder(self) -> PictureEncoder:
        return open_encoder(precision="fp32")


class TestTorch(PictureEncoderContract):
    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        pytest.importorskip("torch")

    def test_it_can_be_sent_to_another_process(self) -> None:
        # One of timm or open_clip is opened anew by its name; a function of one's own cannot be.
        with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
            pickle.dumps(self.encoder())

    def encoder(self) -> PictureEncoder:
        from parure.encode.outside import TorchEncoder
        from parure.encode.preparation import Preparation

        return TorchEncoder(lambda x: x[:, :, ::16, ::16].flatten(1) + 3, Preparation(), "patches")
