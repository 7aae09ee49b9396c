"""Runs torch-fidelity and clean-fid on the rule-made images and writes what they feed their networks
into tests/fixtures/: resize_torch_fidelity.safetensors and resize_clean.safetensors, and sums, hashes
and versions in presets.json. The images are those of scripts/reference.py, whose fixtures cover
pytorch-fid.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/reference_presets.py

The resize functions are the programs' own. The scaling is one line inside each program's network,
which needs weights to be built; that line is repeated here.
"""

import importlib.metadata
import json
import warnings

import numpy as np
import torch
from cleanfid.resize import build_resizer
from safetensors.numpy import save_file
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

import reference
import reference_inputs as inputs
from reference import FIXTURES, GRID, sha256

# clean-fid 0.1.35 calls Image.fromarray(mode=...), which Pillow deprecates; it still does the same.
warnings.filterwarnings("ignore", message=".*mode.*", category=DeprecationWarning)


def centered_on_128(x: torch.Tensor) -> np.ndarray:
    """(x - 128) / 128, as forward() of torch-fidelity's FeatureExtractorInceptionV3 and of clean-fid's
    InceptionV3W have it."""
    return ((x - 128) / 128)[0].numpy()


def torch_fidelity(pixels: np.ndarray) -> np.ndarray:
    """As FeatureExtractorInceptionV3.forward: uint8 to f32, resize, scale; f32 [3,299,299]."""
    x = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None].to(torch.float32)
    size = (inputs.SIDE, inputs.SIDE)
    return centered_on_128(
        interpolate_bilinear_2d_like_tensorflow1x(x, size=size, align_corners=False)
    )


def clean(pixels: np.ndarray) -> np.ndarray:
    """As ResizeDataset with mode "clean", whose ToTensor leaves f32 in 0..255, then InceptionV3W."""
    x = build_resizer("clean")(pixels).transpose(2, 0, 1)
    return centered_on_128(torch.from_numpy(np.ascontiguousarray(x))[None])


def resize(program, file: str) -> dict:
    """The grid of every case into `file`; sums and hashes as the result."""
    tensors, cases = {}, {}
    for height, width in inputs.RESIZE_SIZES:
        for kind in inputs.RESIZE_KINDS:
            source = inputs.resize_source(kind, height, width)
            fed = program(source)
            assert fed.dtype == np.float32 and fed.shape == (3, inputs.SIDE, inputs.SIDE)
            name = f"{kind}.{height}x{width}"
            tensors[name] = np.ascontiguousarray(fed[:, GRID][:, :, GRID])
            cases[name] = {
                "source_sha256": sha256(source),
                "result_sha256": sha256(fed),
                "sum": fed.astype(np.float64).sum(axis=(1, 2)).tolist(),
                "sum_of_squares": (fed.astype(np.float64) ** 2).sum(axis=(1, 2)).tolist(),
            }
    save_file(tensors, FIXTURES / file)
    return {"file": file, "cases": cases}


def main() -> None:
    torch.set_num_threads(2)
    report = {
        "made_by": "scripts/reference_presets.py",
        "rules": "scripts/reference_inputs.py",
        "versions": reference.versions()
        | {name: importlib.metadata.version(name) for name in ["torch-fidelity", "clean-fid"]},
        "layout": "result f32 [3,299,299]; the fixtures keep rows `grid` and columns `grid`",
        "grid": GRID,
        "torch-fidelity": resize(torch_fidelity, "resize_torch_fidelity.safetensors"),
        "clean": resize(clean, "resize_clean.safetensors"),
    }
    (FIXTURES / "presets.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
