"""Seeded weights: the network of the FID checkpoint with weights that anyone can draw again.

The published weights are a download of 96 MB and have a licence of their own. Tests and
benchmarks need *some* weights that are the same everywhere, so `--weights seeded:SEED` draws them
by this rule (written a second time in crates/fid-weights/src/seeded.rs):

    u(name)[i] = (top 24 bits of element i of the stream key(name, SEED)  -  2^23) / 2^23
    filters, classifier rows: (u - mean of u over the filter) * gain * sqrt(3 / fan_in)
    gamma, var = 1 + u/4;  beta, fc.bias = u/2;  mean = u/8

with the streams of splitmix.py and gain = 1.7; the first layer keeps its mean and has gain 0.5;
the classifier has gain 4. FID under these weights says nothing about images: it only compares
programs with each other.

Why so. A plain He initialisation gives features that are nearly the same for every image: the
mean of a ReLU is positive, every filter passes on mostly that mean, and after forty layers little
else is left. Filters that sum to zero remove it. Around such a layer the variance q of what a
filter gives goes to  a q + (variance of beta)  with  a = 0.34 gain^2 < 1,  so it settles by itself
whatever the input, and differences between images neither die out nor blow up while 0.34 gain^2
is a little under 1. Beta keeps what all images share from vanishing. The first layer is quiet so
that the brightness of an image, which its filters do not cancel, does not drown the rest.

Exactness. With r = the 24-bit integer, n = fan_in, S = sum of r over the filter, a weight is

    f32( ((r*n - S) / (2^23 * n)) * (gain * sqrt(3 / n)) )        r*n - S fits 37 bits: exact

Each operation is one correctly rounded f64 operation: the bits are the same on every platform.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/seeded_weights.py --seed 0 --out seeded-0.pth         # legacy form
    venv/bin/python scripts/seeded_weights.py --seed 0 --out seeded-0.pth --zip   # PyTorch >= 1.6
    venv/bin/python scripts/seeded_weights.py --seed 0 --out seeded-0.safetensors
    venv/bin/python scripts/seeded_weights.py --seed 0 --sha256
"""

import argparse
import hashlib
import math
import pathlib

import numpy as np

import originals
from splitmix import key, stream

GAIN = 1.7
FIRST_GAIN = 0.5
CLASSIFIER_GAIN = 4.0
FIRST_LAYER = "Conv2d_1a_3x3.conv.weight"
CLASSIFIER = "fc.weight"


def draw(name: str, seed: int, count: int) -> np.ndarray:
    """Integers in -2^23 .. 2^23 - 1."""
    return (stream(key(name, seed), count) >> np.uint64(40)).astype(np.int64) - (1 << 23)


def filters(name: str, seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """A convolution's or the classifier's weight."""
    out, fan_in = shape[0], math.prod(shape[1:])
    r = draw(name, seed, out * fan_in).reshape(out, fan_in)
    gain = {FIRST_LAYER: FIRST_GAIN, CLASSIFIER: CLASSIFIER_GAIN}.get(name, GAIN)
    total = 0 if name == FIRST_LAYER else r.sum(axis=1, keepdims=True)
    unit = (r * fan_in - total).astype(np.float64) / float(fan_in << 23)
    return (unit * (gain * math.sqrt(3.0 / fan_in))).astype(np.float32).reshape(shape)


def vector(name: str, seed: int, count: int) -> np.ndarray:
    """One value a channel: batch normalisation, or the classifier's bias."""
    u = draw(name, seed, count).astype(np.float64) / 2.0**23
    kind = ".".join(name.split(".")[-2:])
    value = {
        "bn.weight": 1.0 + u / 4.0,
        "bn.bias": u / 2.0,
        "bn.running_mean": u / 8.0,
        "bn.running_var": 1.0 + u / 4.0,
        "fc.bias": u / 2.0,
    }[kind]
    return value.astype(np.float32)


def checkpoint(seed: int, counters: bool = True) -> dict[str, np.ndarray]:
    """Every tensor in the order of the published checkpoint; `counters` are the integers that
    batch normalisation carries along (num_batches_tracked)."""
    tensors = {}
    for name, shape in originals.state_dict_shapes().items():
        if name.endswith("num_batches_tracked"):
            if counters:
                tensors[name] = np.zeros((), np.int64)
        elif len(shape) > 1:
            tensors[name] = filters(name, seed, shape)
        else:
            tensors[name] = vector(name, seed, shape[0])
    return tensors


def sha256(seed: int) -> str:
    """SHA-256 of all float tensors, little-endian, in the order of the checkpoint."""
    digest = hashlib.sha256()
    for tensor in checkpoint(seed, counters=False).values():
        digest.update(tensor.astype("<f4").tobytes())
    return digest.hexdigest()


def state_dict(seed: int) -> dict:
    """The checkpoint as PyTorch tensors."""
    import torch

    return {name: torch.from_numpy(tensor) for name, tensor in checkpoint(seed).items()}


def save(seed: int, path: pathlib.Path, zip_form: bool = False) -> None:
    """Writes .pth or .safetensors."""
    if path.suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file(checkpoint(seed, counters=False), path)
    elif path.suffix == ".pth":
        import torch

        torch.save(state_dict(seed), path, _use_new_zipfile_serialization=zip_form)
    else:
        raise SystemExit(f"{path}: .pth or .safetensors expected")


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes seeded weights.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, help="file to write, .pth or .safetensors")
    parser.add_argument("--zip", action="store_true", help=".pth in zip form, not legacy")
    parser.add_argument("--sha256", action="store_true", help="print the hash of the tensors")
    args = parser.parse_args()
    if args.out:
        save(args.seed, args.out, args.zip)
    if args.sha256 or not args.out:
        print(f"seed {args.seed}: {sha256(args.seed)}")


if __name__ == "__main__":
    main()
