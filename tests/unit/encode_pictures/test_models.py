import io
import json
import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bench.torch_nets import lite0, mobilenet_v2
from parure.core.errors import InputError, MissingExtraError, MissingInputError, SettingsError
from parure.encode.checkpoint import read_checkpoint
from parure.encode.graph import same_padding
from parure.encode.lite0 import lite0_graph, weights_path
from parure.encode.mobilenet_v2 import mobilenet_v2_graph
from parure.encode.models import open_encoder
from parure.encode.runtime import open_session
from parure.testing.encoder_contract import example_pictures

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: nothing to compare with")


@pytest.fixture
def small_net(tmp_path):
    """A MobileNetV2 of a quarter's width with made-up weights, saved by torch."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = mobilenet_v2(8)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    torch.save(net.state_dict(), tmp_path / "net.pth")
    return net, tmp_path / "net.pth"


def assert_same_answers(graph: bytes, forward) -> None:
    import torch

    x = np.random.default_rng(0).normal(size=(2, 3, 224, 224)).astype(np.float32)
    ours = np.concatenate([open_session(graph).run(None, {"input": x[row : row + 1]})[0] for row in range(2)])
    with torch.inference_mode():
        theirs = forward(torch.from_numpy(x)).numpy()
    assert np.abs(ours - theirs).max() < 2e-5 * max(np.abs(theirs).max(), 1)


@needs_torch
def test_lite0_gives_what_torch_gives():
    import torch

    state = torch.load(weights_path(), weights_only=True)
    assert_same_answers(lite0_graph(read_checkpoint(weights_path())), lite0(state))


@needs_torch
def test_mobilenet_v2_gives_what_torch_gives(small_net):
    net, path = small_net
    assert_same_answers(mobilenet_v2_graph(read_checkpoint(path)), net)


@needs_torch
def test_a_checkpoint_reads_the_same_from_every_format(small_net, tmp_path):
    import torch

    net, path = small_net
    state = net.state_dict()
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}, "epoch": 3}, tmp_path / "nested.pth")
    write_safetensors(tmp_path / "net.safetensors", {k: v.numpy() for k, v in state.items()})
    wanted = read_checkpoint(path)
    for name in ("old.pth", "nested.pth", "net.safetensors"):
        found = read_checkpoint(tmp_path / name)
        assert found.keys() == wanted.keys()
        assert all(np.array_equal(found[key], wanted[key]) for key in wanted)


def write_safetensors(path: Path, arrays: dict[str, np.ndarray]) -> None:
    header, body = {}, b""
    for name, array in arrays.items():
        kind = {"float32": "F32", "int64": "I64"}[array.dtype.name]
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + array.nbytes],
        }
        body += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


class Harm:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path, capsys):
    path = tmp_path / "harm.pth"
    path.write_bytes(pickle.dumps(Harm()))
    with pytest.raises(InputError, match="no weight"):
        read_checkpoint(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps([1, 2]), pickle.dumps({"a": 1}), b"PK\x03\x04 cut"])
def test_what_is_no_checkpoint_is_said(content, tmp_path):
    for name in ("x.pth", "x.safetensors"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            read_checkpoint(tmp_path / name)


def test_a_cut_checkpoint_is_said(tmp_path):
    whole = weights_path().read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        read_checkpoint(tmp_path / "cut.pth")


@needs_torch
def test_the_users_mobilenet_is_opened_by_its_file(small_net, tmp_path):
    pictures = example_pictures(2)
    encoder = open_encoder(str(small_net[1]), precision="fp32")
    assert encoder.size == 320
    assert encoder.name.startswith("net-")
    assert np.allclose(np.linalg.norm(encoder.encode(pictures), axis=1), 1, atol=1e-5)


def test_an_onnx_file_needs_its_preparation_declared(tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(lite0_graph(read_checkpoint(weights_path())))
    with pytest.raises(SettingsError, match="not declared"):
        open_encoder(str(path))
    path.with_suffix(".toml").write_text(
        "size = 224\nmean = [0.5, 0.5, 0.5]\nstd = [0.5, 0.5, 0.5]\n", encoding="utf-8"
    )
    pictures = example_pictures(2)
    ours = open_encoder(str(path), precision="fp32").encode(pictures)
    assert np.allclose(ours, open_encoder(precision="fp32").encode(pictures), atol=1e-5)
    path.with_suffix(".toml").write_text("size = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="size"):
        open_encoder(str(path))


def test_channels_in_the_other_order_are_turned_round(tmp_path):
    from PIL import Image

    path = tmp_path / "mine.onnx"
    path.write_bytes(lite0_graph(read_checkpoint(weights_path())))
    declared = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "colours": "bgr"}
    path.with_suffix(".json").write_text(json.dumps(declared), encoding="utf-8")
    red, blue = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (50, 50), (250, 10, 90)).save(red, "PNG")
    Image.new("RGB", (50, 50), (90, 10, 250)).save(blue, "PNG")
    turned = open_encoder(str(path), precision="fp32").encode([red.getvalue()])
    assert np.allclose(turned, open_encoder(precision="fp32").encode([blue.getvalue()]), atol=1e-5)


def test_eight_bits_are_close_to_thirty_two():
    pictures = example_pictures(12)
    eight, full = open_encoder(precision="auto"), open_encoder(precision="fp32")
    assert full.name == "efficientnet-lite0"
    alike = (eight.encode(pictures) * full.encode(pictures)).sum(axis=1)
    assert alike.mean() > 0.97


def test_unknown_models_and_files_are_said(tmp_path):
    with pytest.raises(SettingsError, match="No model is called"):
        open_encoder("resnet")
    with pytest.raises(MissingInputError):
        open_encoder(str(tmp_path / "none.pth"))
    (tmp_path / "broken.onnx").write_bytes(b"nonsense")
    (tmp_path / "broken.toml").write_text("size = 224\n", encoding="utf-8")
    with pytest.raises(InputError):
        open_encoder(str(tmp_path / "broken.onnx"))


@pytest.mark.skipif(find_spec("timm") is not None, reason="timm is installed")
def test_a_model_of_timm_needs_timm():
    with pytest.raises(MissingExtraError, match="timm"):
        open_encoder("timm:resnet18")


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pads"),
    [(224, 3, 2, (0, 0, 1, 1)), (112, 5, 1, (2, 2, 2, 2)), (7, 5, 2, (2, 2, 2, 2))],
)
def test_padding_is_that_of_tensorflow(size, kernel, stride, pads):
    assert same_padding(size, kernel, stride) == pads
