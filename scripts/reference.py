"""Runs the originals on rule-made inputs and writes what they say into tests/fixtures/.

    resize.safetensors      what pytorch-fid feeds its network, at a grid of pixels
    network_K.safetensors   every tap of its network in f64, for input K
    reference.json          Frechet distances, hashes of the inputs, errors of f32, tool versions

Originals: pytorch-fid's InceptionV3 (which resizes and scales), its Frechet distance, and
torchvision's ToTensor, with which it reads images. Weights: seeded:0. Inputs: reference_inputs.py.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/reference.py [resize] [network] [frechet]
"""

import argparse
import hashlib
import importlib.metadata
import json
import pathlib
import platform

import numpy as np
import torch
import torchvision
from safetensors.numpy import save_file

import originals
import reference_inputs as inputs
import seeded_weights

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures"
# Pixels of the 299 x 299 result that are kept: both edges, and some inside.
GRID = [0, 1, 2, 49, 99, 148, 149, 150, 211, 296, 297, 298]


def sha256(array: np.ndarray) -> str:
    """Of the raw little-endian bytes."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


# --- resize ---------------------------------------------------------------------------------


def as_fed(model: torch.nn.Module, pixels: np.ndarray) -> np.ndarray:
    """What pytorch-fid's InceptionV3 hands its first layer, f32 [3,299,299]."""
    seen = []
    hook = model.blocks[0][0].register_forward_pre_hook(lambda _module, x: seen.append(x[0]))
    with torch.no_grad():
        model(torchvision.transforms.ToTensor()(pixels)[None])
    hook.remove()
    return seen[0][0].numpy()


def fused(a, b, c):
    """a * b + c rounded once. The product of two f32 is exact in f64; the sum is rounded to f64
    first, which differs from a true fused operation in about one case of 2^29."""
    return (a.astype(np.float64) * b + c).astype(np.float32)


def emulated(pixels: np.ndarray, coordinates: str) -> np.ndarray:
    """PyTorch's bilinear interpolation written out, columns first, then rows, each as
    fused(low, 1 - share, high * share). `coordinates` is how source positions are computed: "f32"
    (product and difference rounded each) gives PyTorch's very bits; "fused" and "f64" are here to
    show what the choice costs.

    PyTorch 2.15 has a second kernel for a single thread, with fused positions and the four corners
    weighted one after another; originals.py says why the one above counts."""
    real = np.float64 if coordinates == "f64" else np.float32

    def axis(size):
        at = (np.arange(inputs.SIDE) + 0.5).astype(real)
        scale = real(size) / real(inputs.SIDE)
        if coordinates == "fused":
            position = fused(at, scale, -0.5)
        else:
            position = at * scale - real(0.5)
        position = np.maximum(position, real(0))
        low = np.minimum(position.astype(np.int64), size - 1)
        share = np.clip(position - low.astype(real), 0, 1).astype(np.float32)
        return low, np.minimum(low + 1, size - 1), share

    def between(low, high, share):
        return fused(low, np.float32(1) - share, high * share)

    x = (pixels.astype(np.float32) / np.float32(255)).transpose(2, 0, 1)
    left, right, share = axis(x.shape[2])
    x = between(x[:, :, left], x[:, :, right], share)
    top, bottom, share = axis(x.shape[1])
    x = between(x[:, top], x[:, bottom], share[:, None])
    return 2 * x - np.float32(1)


def resize(report: dict) -> None:
    model = originals.features_model(seeded_weights.state_dict(0), (0,))
    tensors, cases = {}, {}
    for height, width in inputs.RESIZE_SIZES:
        for kind in inputs.RESIZE_KINDS:
            source = inputs.resize_source(kind, height, width)
            fed = as_fed(model, source)
            name = f"{kind}.{height}x{width}"
            tensors[name] = np.ascontiguousarray(fed[:, GRID][:, :, GRID])
            off = {c: emulated(source, c).astype(np.float64) - fed for c in ["fused", "f32", "f64"]}
            cases[name] = {
                "source_sha256": sha256(source),
                "result_sha256": sha256(fed),
                "sum": fed.astype(np.float64).sum(axis=(1, 2)).tolist(),
                "sum_of_squares": (fed.astype(np.float64) ** 2).sum(axis=(1, 2)).tolist(),
                "max_abs_difference_by_coordinates": {c: np.abs(d).max() for c, d in off.items()},
            }
    save_file(tensors, FIXTURES / "resize.safetensors")
    report["resize"] = {
        "layout": "result f32 [3,299,299]; the fixture keeps rows `grid` and columns `grid`",
        "grid": GRID,
        "cases": cases,
    }


# --- network --------------------------------------------------------------------------------


@torch.no_grad()
def taps(network: torch.nn.Module, x: torch.Tensor) -> dict[str, np.ndarray]:
    """Every tap of one image."""
    seen, hooks = {}, []
    keep = lambda name: lambda _module, _inputs, output: seen.__setitem__(name, output)
    at = {
        "pool64": "maxpool1",
        "pool192": "maxpool2",
        "spatial": "Mixed_6d.branch1x1",
        "pool768": "Mixed_6e",
        "pool3": "avgpool",
        "logits": "fc",
    }
    for name, module in at.items():
        hooks.append(network.get_submodule(module).register_forward_hook(keep(name)))
    network(x)
    for hook in hooks:
        hook.remove()
    for name in ["pool64", "pool192", "pool768", "pool3"]:
        seen[name] = torch.nn.functional.adaptive_avg_pool2d(seen[name], 1).flatten(1)
    seen["spatial"] = seen["spatial"][:, :7].permute(0, 2, 3, 1).flatten(1)
    seen["logits_unbiased"] = seen["pool3"] @ network.fc.weight.T
    return {name: value[0].numpy() for name, value in seen.items()}


def network(report: dict) -> None:
    f32 = originals.fid_inception(seeded_weights.state_dict(0))
    f64 = originals.fid_inception(seeded_weights.state_dict(0)).double()
    # pytorch-fid's own wrapper, to show that the taps above are its outputs.
    wrapper = originals.features_model(seeded_weights.state_dict(0), (0, 1, 2, 3))
    cases = []
    for k in range(inputs.NETWORK_INPUTS):
        source = inputs.network_source(k)
        unit = torch.from_numpy(source.astype(np.float32) / np.float32(255))[None]
        x = 2 * unit - 1
        truth, single = taps(f64, x.double()), taps(f32, x)
        with torch.no_grad():
            wrapped = [np.float64(out.mean(dim=(2, 3))[0]) for out in wrapper(unit)]
        for name, out in zip(["pool64", "pool192", "pool768", "pool3"], wrapped):
            assert np.allclose(out, truth[name], rtol=1e-3, atol=1e-4), name
        save_file(truth, FIXTURES / f"network_{k}.safetensors")
        cases.append({
            "source_sha256": sha256(source),
            "input_sha256": sha256(x[0].numpy()),
            "norm": {n: float(np.linalg.norm(v)) for n, v in truth.items()},
            "f32_error": {
                n: {
                    "max_abs": float(np.abs(single[n] - v).max()),
                    "relative_norm": float(np.linalg.norm(single[n] - v) / np.linalg.norm(v)),
                }
                for n, v in truth.items()
            },
        })
    report["network"] = {
        "weights": "seeded:0",
        "weights_sha256": seeded_weights.sha256(0),
        "taps_computed_in": "f64, batch normalisation not folded",
        "cases": cases,
    }


# --- Frechet distance -----------------------------------------------------------------------


def low_rank(a: np.ndarray, b: np.ndarray) -> float:
    """The distance without the square root of a singular matrix: tr sqrt(S1 S2) is the sum of the
    singular values of the product of the centred features."""
    a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
    a0, b0 = a0 / np.sqrt(len(a) - 1), b0 / np.sqrt(len(b) - 1)
    root = np.linalg.svd(a0 @ b0.T, compute_uv=False).sum()
    shift = a.mean(axis=0) - b.mean(axis=0)
    return float(shift @ shift + (a0**2).sum() + (b0**2).sum() - 2 * root)


def frechet(report: dict) -> None:
    cases = {}
    for name, d, first, second in [
        ("full_rank", 64, ("a", 400, 0.1), ("b", 300, 0.3)),
        ("deficient", 64, ("c", 40, 0.1), ("d", 30, 0.3)),
        ("one_deficient", 64, ("a", 400, 0.1), ("d", 30, 0.3)),
        ("same", 64, ("a", 400, 0.1), ("a", 400, 0.1)),
        ("same_deficient", 64, ("d", 30, 0.3), ("d", 30, 0.3)),
        ("shifted", 64, ("a", 400, 0.1), ("a", 400, 0.4)),
        ("tiny", 2, ("e", 5, 0.5), ("f", 4, 0.0)),
    ]:
        a, b = (inputs.frechet_features(set_, n, d, shift) for set_, n, shift in (first, second))
        statistics = [f(x) for x in (a, b) for f in (means, covariance)]
        cases[name] = {
            "d": d,
            "sets": [dict(zip(["name", "n", "shift"], s)) for s in (first, second)],
            "sums": [float(a.sum()), float(b.sum())],
            "pytorch_fid": float(originals.frechet_distance(*statistics)),
            "low_rank": low_rank(a, b),
        }
    report["frechet"] = {
        "pytorch_fid": "calculate_frechet_distance, through scipy.linalg.sqrtm",
        "low_rank": "|m1-m2|^2 + tr S1 + tr S2 - 2 * sum of singular values of A B^T; exact in "
        "deficient cases, where sqrtm loses half its digits",
        "cases": cases,
    }


def means(x: np.ndarray) -> np.ndarray:
    """As pytorch-fid's calculate_activation_statistics."""
    return np.mean(x, axis=0)


def covariance(x: np.ndarray) -> np.ndarray:
    """As pytorch-fid's calculate_activation_statistics."""
    return np.cov(x, rowvar=False)


def versions() -> dict:
    """What the numbers depend on."""
    names = ["torch", "torchvision", "pytorch-fid", "numpy", "scipy", "pillow", "safetensors"]
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
        "torch_cpu": torch.backends.cpu.get_cpu_capability(),
    }


def main() -> None:
    parts = {"resize": resize, "network": network, "frechet": frechet}
    parser = argparse.ArgumentParser(description="Writes tests/fixtures/.")
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(parts)}; all by default")
    args = parser.parse_args()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    path = FIXTURES / "reference.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    report["made_by"] = "scripts/reference.py"
    report["rules"] = "scripts/reference_inputs.py"
    report["versions"] = versions()
    for name in args.parts or parts:
        parts[name](report)
        print(f"{name}: done")
    path.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
