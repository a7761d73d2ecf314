"""Reads the weights in a checkpoint without torch: ``.pth`` of both kinds and ``.safetensors``.

A ``.pth`` is a pickle, and unpickling can run code. Here only the handful of names that a state dict consists of are
known, each bound to a plain function of this module; anything else in the file is refused.
"""

from __future__ import annotations

import json
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError, MissingInputError

Weights = dict[str, NDArray[np.float32]]

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGE_TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
_SAFETENSORS_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "<u1", "BOOL": "?"}
_NESTED = ("state_dict", "model_state_dict", "model")
_LARGEST_HEADER = 100 << 20


def read_checkpoint(path: Path) -> Weights:
    """The arrays of a state dict, by name, as float32.

    A state dict may lie under ``state_dict``, ``model_state_dict`` or ``model``, as trainers write it; the prefix
    ``module.`` of parallel training is taken off.

    Args:
        path: A ``.pth`` or ``.pt`` (zip or legacy format) or a ``.safetensors`` file.

    Raises:
        MissingInputError: The file is not there.
        InputError: It is no checkpoint, is damaged, or holds more than weights.
    """
    try:
        with path.open("rb") as file:
            found = _read_safetensors(file) if path.suffix == ".safetensors" else _read_torch(file)
    except FileNotFoundError as error:
        raise MissingInputError(f"There is no checkpoint {path}.", hint="Check the path.") from error
    except _BROKEN as error:
        raise InputError(
            f"{path} cannot be read as a checkpoint: {error or type(error).__name__}.",
            hint="Save the weights alone: torch.save(model.state_dict(), 'weights.pth').",
        ) from error
    weights = {name.removeprefix("module."): np.asarray(array, np.float32) for name, array in found.items()}
    if not weights:
        raise InputError(f"{path} holds no weights.", hint="Save model.state_dict(), not the model.")
    return weights


_BROKEN = (
    pickle.UnpicklingError, zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError, IndexError,
    AttributeError, json.JSONDecodeError,
)  # fmt: skip


class _Storage:
    """The numbers behind one or more tensors; in the legacy format they follow after the pickle."""

    def __init__(self, dtype: str, count: int) -> None:
        self.dtype = np.dtype(dtype)
        self.count = count
        self.values: NDArray[Any] | None = None


class _Tensor:
    """A view of a storage, resolved once the numbers are there."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None or min((self.offset, *self.shape, *self.strides), default=0) < 0:
            raise ValueError("a tensor has no numbers")
        if 0 in self.shape:
            return np.empty(self.shape, values.dtype)
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if last >= len(values):
            raise ValueError("a tensor reaches beyond its numbers")
        strides = [step * values.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides, writeable=False).copy()


def _rebuild_tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> Any:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _rebuild_parameter(tensor: _Tensor, *_: Any) -> _Tensor:
    return tensor


_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "Size"): tuple,
    **{("torch", name): dtype for name, dtype in _STORAGE_TYPES.items()},
}


class _Restricted(pickle.Unpickler):
    """Unpickler that knows the names of a state dict and no other."""

    def __init__(self, file: BinaryIO, storage_of: Callable[[str, str, int], _Storage] | None = None) -> None:
        super().__init__(file, encoding="utf-8")
        self._storage_of = storage_of

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, which is no weight") from None

    def persistent_load(self, pid: Any) -> Any:
        if self._storage_of is None or pid[0] != "storage":
            raise pickle.UnpicklingError("it refers to something outside")
        return self._storage_of(str(pid[2]), pid[1], int(pid[4]))


def _read_torch(file: BinaryIO) -> Mapping[str, NDArray[Any]]:
    is_zip = zipfile.is_zipfile(file)
    file.seek(0)
    return _arrays(_read_zip(file) if is_zip else _read_legacy(file))


def _read_zip(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        pickled = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
        if pickled is None:
            raise ValueError("it has no data.pkl")
        root = pickled.removesuffix("data.pkl")

        def storage_of(key: str, dtype: str, count: int) -> _Storage:
            storage = _Storage(dtype, count)
            storage.values = np.frombuffer(archive.read(f"{root}data/{key}"), dtype=storage.dtype, count=count)
            return storage

        return _Restricted(BytesIO(archive.read(pickled)), storage_of).load()


def _read_legacy(file: BinaryIO) -> Any:
    if _Restricted(file).load() != _LEGACY_MAGIC:
        raise ValueError("it was not written by torch.save")
    _Restricted(file).load()  # the version of the protocol
    if not _Restricted(file).load().get("little_endian", True):
        raise ValueError("its numbers are big-endian")
    storages: dict[str, _Storage] = {}

    def storage_of(key: str, dtype: str, count: int) -> _Storage:
        return storages.setdefault(key, _Storage(dtype, count))

    content = _Restricted(file, storage_of).load()
    for key in _Restricted(file).load():
        storage = storages[key]
        count = int.from_bytes(file.read(8), "little")
        size = count * storage.dtype.itemsize
        numbers = file.read(size)
        if len(numbers) < size:
            raise EOFError("the file ends early")
        storage.values = np.frombuffer(numbers, storage.dtype)
    return content


def _arrays(content: Any) -> Mapping[str, NDArray[Any]]:
    """The tensors of a state dict, or of one that lies in a larger checkpoint."""
    for name in _NESTED:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict):
        raise TypeError("it holds no state dict")
    return {str(name): value.array() for name, value in content.items() if isinstance(value, _Tensor)}


def _read_safetensors(file: BinaryIO) -> Mapping[str, NDArray[Any]]:
    size = int.from_bytes(file.read(8), "little")
    if not 2 <= size <= _LARGEST_HEADER:
        raise ValueError("it has no header")
    header = json.loads(file.read(size))
    body = file.read()
    found = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        start, end = about["data_offsets"]
        kind = about["dtype"]
        if kind == "BF16":
            # A bfloat16 is the upper half of a float32.
            upper = np.frombuffer(body[start:end], "<u2").astype(np.uint32)
            values = (upper << np.uint32(16)).view(np.float32)
        elif kind in _SAFETENSORS_TYPES:
            values = np.frombuffer(body[start:end], _SAFETENSORS_TYPES[kind])
        else:
            raise ValueError(f"{name} has the type {kind}")
        if len(values) != math.prod(about["shape"]):
            raise ValueError(f"{name} is cut short")
        found[name] = values.reshape(about["shape"])
    return found
