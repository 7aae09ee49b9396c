"""Reads the tensors of a .pth file, without PyTorch and without running what the file says.

A .pth file is a pickle, and a pickle can name any function to call. Here only the handful of names
that a plain state dict needs are known; any other name is an error.

Legacy form (before PyTorch 1.6): five pickles one after another -- a magic number, a protocol
number, facts about the machine, the object, the list of storage keys -- and then for every key its
element count (int64) and its raw values. Zip form: `*/data.pkl` and one `*/data/KEY` per storage.
"""

import collections
import dataclasses
import math
import pathlib
import pickle
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8"}


@dataclasses.dataclass(frozen=True)
class Storage:
    """Raw values somewhere in the file."""

    key: str
    dtype: str
    count: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor over a storage that may not have been read yet."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]


def read_pth(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Every tensor by name."""
    if zipfile.is_zipfile(path):
        return _read_zip(path)
    return _read_legacy(path)


def _read_legacy(path):
    with open(path, "rb") as file:
        magic = _Unpickler(file).load()
        protocol = _Unpickler(file).load()
        if magic != MAGIC or protocol != PROTOCOL:
            raise ValueError(f"{path}: not a PyTorch file of the legacy form")
        _Unpickler(file).load()  # byte order and integer sizes of the machine that wrote it
        tensors = _tensors(_Unpickler(file).load())
        keys = _Unpickler(file).load()
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        values = {}
        for key in keys:
            storage = storages[key]
            count = int.from_bytes(file.read(8), "little", signed=True)
            if count != storage.count:
                raise ValueError(f"storage {key}: {count} values, the pickle says {storage.count}")
            values[key] = _values(file.read(count * np.dtype(storage.dtype).itemsize), storage)
    return {name: _view(tensor, values) for name, tensor in tensors.items()}


def _read_zip(path):
    with zipfile.ZipFile(path) as archive:
        [pickled] = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        folder = pickled.removesuffix("data.pkl")
        order = folder + "byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError(f"{path}: big-endian")
        with archive.open(pickled) as file:
            tensors = _tensors(_Unpickler(file).load())
        storages = {tensor.storage for tensor in tensors.values()}
        values = {s.key: _values(archive.read(f"{folder}data/{s.key}"), s) for s in storages}
    return {name: _view(tensor, values) for name, tensor in tensors.items()}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"a state dict has no need of {module}.{name}")

    def persistent_load(self, pid):
        kind, dtype, key, _device, count, *_view_of = pid
        if kind != "storage" or any(part is not None for part in _view_of):
            raise pickle.UnpicklingError(f"unknown reference {pid!r}")
        return Storage(str(key), dtype, int(count))


def _rebuild(storage, offset, shape, stride, *_gradient_and_hooks):
    dense = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    if any(s != d and size > 1 for s, d, size in zip(stride, dense, shape)):
        raise pickle.UnpicklingError(f"strides {stride} of shape {shape}: not contiguous")
    if offset < 0 or offset + math.prod(shape) > storage.count:
        raise pickle.UnpicklingError(f"shape {shape} at {offset} is outside its storage")
    return Tensor(storage, offset, tuple(shape))


def _tensors(state):
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ValueError("a dictionary of tensors expected")
    return state


def _values(raw, storage):
    values = np.frombuffer(raw, storage.dtype)
    if len(values) != storage.count:
        raise ValueError(f"storage {storage.key}: {len(values)} of {storage.count} values")
    return values


def _view(tensor, values):
    flat = values[tensor.storage.key][tensor.offset : tensor.offset + math.prod(tensor.shape)]
    return flat.reshape(tensor.shape)
