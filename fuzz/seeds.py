"""Writes seeds for the targets whose fixtures are too large or are none: fuzz/corpus/{onnx,safetensors,npz,sets}.

The graph is an exported one without its weights, whole and cut after some of its nodes:

    fid-gpu weights export fid.onnx --weights seeded
    python fuzz/seeds.py fid.onnx        # needs the package onnx
"""

import io
import json
import pathlib
import sys

import numpy as np
import onnx

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures"
CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def write(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def graphs(path):
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
    write("onnx", "whole", model.SerializeToString())
    for count in (1, 2, 4, 12, 40):
        cut = onnx.ModelProto()
        cut.CopyFrom(model)
        del cut.graph.node[count:]
        used = {name for node in cut.graph.node for name in node.input}
        kept = [tensor for tensor in cut.graph.initializer if tensor.name in used]
        del cut.graph.initializer[:]
        cut.graph.initializer.extend(kept)
        write("onnx", f"nodes_{count}", cut.SerializeToString())


def headers():
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    write("safetensors", "one", json.dumps({"fc.weight": entry}).encode())
    more = {"__metadata__": {"a": "b"}, "fc.bias": entry,
            "half": {"dtype": "F16", "shape": [4], "data_offsets": [16, 24]}}
    write("safetensors", "two", json.dumps(more).encode())


def members():
    arrays = [np.zeros(2), np.eye(2), np.eye(2, dtype=np.float32), np.zeros(9, np.uint8),
              np.asfortranarray(np.eye(2, dtype=np.float32))]
    for which, array in enumerate(arrays):
        for version in ((1, 0), (2, 0)):
            file = io.BytesIO()
            np.lib.format.write_array(file, array, version=version)
            write("npz", f"{which}_{version[0]}", bytes([which]) + file.getvalue())
    meta = {"format": 1, "images": 2, "ddof": 1, "preset": "pytorch-fid", "weights": None, "tap": "pool3",
            "decoder": "", "versions": {"fid_gpu": "0", "burn": "0"}, "device": "", "precision": "f32",
            "files": [{"sha256": "", "of": 2, "first": 0, "count": 2}]}
    file = io.BytesIO()
    np.lib.format.write_array(file, np.frombuffer(json.dumps(meta).encode(), np.uint8))
    write("npz", "meta", bytes([3]) + file.getvalue())
    for name in ("plain", "deflated"):
        save = np.savez if name == "plain" else np.savez_compressed
        file = io.BytesIO()
        save(file, mu=np.zeros(2), sigma=np.eye(2))
        write("npz", name, file.getvalue())


def sets():
    """Each with the number of its kind behind it, see targets/sets.rs."""
    kinds = {".zip": 0, ".tar": 1, ".npy": 2, ".npz": 3, "ubyte": 4, ".gz": 5, ".bin": 6, ".txt": 9, ".parquet": 11, ".arrow": 12}
    for path in sorted(FIXTURES.glob("sets/**/*")):
        for ending, kind in kinds.items():
            if path.name.endswith(ending):
                write("sets", path.name, path.read_bytes() + bytes([kind]))
        if path.name.endswith(".npy"):
            for kind in (7, 8):
                write("sets", f"{path.name}_{kind}", path.read_bytes() + bytes([kind]))


if __name__ == "__main__":
    graphs(sys.argv[1])
    headers()
    members()
    sets()
