"""Runs the programs that presets are named after on the rule-made images and writes what they feed
their networks into tests/fixtures/: resize_PRESET.safetensors, and sums, hashes and versions in
presets.json. The images are those of scripts/reference.py, whose fixtures cover pytorch-fid. For
every alias of a preset presets.json has the largest difference between its program and the preset's.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    git clone https://github.com/layer6ai-labs/dgm-eval    # it is in no package registry
    venv/bin/python scripts/reference_presets.py --dgm-eval dgm-eval

The resize functions are the programs' own; two exceptions: NVIDIA's network, whose license keeps it
away from here, is repeated by what is known of it, and a scaling that is one line inside a network is
repeated where the network needs weights to be built.
"""

import argparse
import importlib
import importlib.metadata
import json
import pathlib
import sys
import types
import warnings

import numpy as np
import torch
import torchvision
from cleanfid.resize import build_resizer
from PIL import Image
from safetensors.numpy import save_file
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x
from torchmetrics.image.fid import NoTrainInceptionV3

import originals
import reference
import reference_inputs as inputs
import seeded_weights
from reference import FIXTURES, GRID, sha256

# clean-fid 0.1.35 calls Image.fromarray(mode=...), which Pillow deprecates; it still does the same.
warnings.filterwarnings("ignore", message=".*mode.*", category=DeprecationWarning)

SIZE = (inputs.SIDE, inputs.SIDE)
to_tensor = torchvision.transforms.ToTensor()


def batch_of(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [1,3,height,width]."""
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]


def centered_on_128(x: torch.Tensor) -> np.ndarray:
    """(x - 128) / 128, as forward() of torch-fidelity's FeatureExtractorInceptionV3 and of clean-fid's
    InceptionV3W have it."""
    return ((x - 128) / 128)[0].numpy()


def minus_one_to_one(x: torch.Tensor) -> np.ndarray:
    """2 x - 1, as forward() of the InceptionV3 of pytorch-fid, clean-fid and dgm-eval have it."""
    return (2 * x - 1)[0].numpy()


def torch_fidelity(pixels: np.ndarray) -> np.ndarray:
    """As FeatureExtractorInceptionV3.forward: uint8 to f32, resize, scale; f32 [3,299,299]."""
    x = batch_of(pixels).to(torch.float32)
    return centered_on_128(
        interpolate_bilinear_2d_like_tensorflow1x(x, size=SIZE, align_corners=False)
    )


def clean(pixels: np.ndarray) -> np.ndarray:
    """As ResizeDataset with mode "clean", whose ToTensor leaves f32 in 0..255, then InceptionV3W."""
    return centered_on_128(to_tensor(build_resizer("clean")(pixels))[None])


def clean_legacy_pytorch(pixels: np.ndarray) -> np.ndarray:
    """As ResizeDataset with mode "legacy_pytorch", then the division by 255 in feature_extractor."""
    return minus_one_to_one(to_tensor(build_resizer("legacy_pytorch")(pixels))[None] / 255)


def nvidia_resize(x: torch.Tensor) -> torch.Tensor:
    """The resize inside NVIDIA's network, f32 [1,3,299,299]: a grid shifted by 1/in - 1/out, on which
    TensorFlow's o * in / out comes out of PyTorch's half-pixel grid."""
    one = torch.ones(())
    down, across = (one / size - one / inputs.SIDE for size in x.shape[2:])
    moved = torch.tensor([[[1, 0, across], [0, 1, down]]])
    functions = torch.nn.functional
    grid = functions.affine_grid(moved, [1, 3, *SIZE], align_corners=False)
    return functions.grid_sample(x, grid, "bilinear", "border", align_corners=False)


def nvidia(pixels: np.ndarray) -> np.ndarray:
    """As StyleGAN3 and EDM, which hand over uint8."""
    return centered_on_128(nvidia_resize(batch_of(pixels).to(torch.float32)))


def clean_legacy_tf(pixels: np.ndarray) -> np.ndarray:
    """As ResizeDataset with mode "legacy_tensorflow": ToTensor * 255."""
    return centered_on_128(nvidia_resize((to_tensor(build_resizer("legacy_tensorflow")(pixels)) * 255)[None]))


class Seen(Exception):
    """Carries what a network's first layer was given."""


class FirstLayer(torch.nn.Module):
    def forward(self, x):
        raise Seen(x)


def torchmetrics(pixels: np.ndarray, antialias: bool = True) -> np.ndarray:
    """What the forward of its NoTrainInceptionV3 hands its first layer."""
    network = NoTrainInceptionV3.__new__(NoTrainInceptionV3)
    torch.nn.Module.__init__(network)
    network.features_list, network.use_antialias = ["2048"], antialias
    network.Conv2d_1a_3x3 = FirstLayer()
    try:
        network(batch_of(pixels))
    except Seen as seen:
        return seen.args[0][0].numpy()


def dgm_eval(folder: pathlib.Path, clean_resize: bool):
    """As its InceptionEncoder.transform, with and without --clean_resize."""
    sys.modules.setdefault("timm", types.ModuleType("timm"))  # imported there for other networks
    sys.modules.setdefault("yaml", types.ModuleType("yaml"))
    for name in ["dgm_eval", "dgm_eval.models"]:
        package = sys.modules.setdefault(name, types.ModuleType(name))
        package.__path__ = [str(folder.joinpath(*name.split(".")))]
    encoder = importlib.import_module("dgm_eval.models.inception").InceptionEncoder
    options = types.SimpleNamespace(clean_resize=clean_resize)
    return lambda pixels: minus_one_to_one(encoder.transform(options, Image.fromarray(pixels))[None])


def pillow(filter: Image.Resampling):
    """As torchvision's transforms in tutorials, whose Resize calls Image.resize for files."""
    transform = torchvision.transforms.Compose(
        [lambda image: image.resize(SIZE, filter), to_tensor, torchvision.transforms.Normalize(0.5, 0.5)]
    )
    return lambda pixels: transform(Image.fromarray(pixels)).numpy()


def presets(dgm_eval_folder: pathlib.Path) -> dict:
    """Each preset's function, u8 [height,width,3] to f32 [3,299,299]."""
    filters = Image.Resampling
    return {
        "torch-fidelity": torch_fidelity,
        "clean": clean,
        "nvidia": nvidia,
        "torchmetrics": torchmetrics,
        "dgm-eval-clean": dgm_eval(dgm_eval_folder, True),
        "pil-nearest": pillow(filters.NEAREST),
        "pil-box": pillow(filters.BOX),
        "pil-bilinear": pillow(filters.BILINEAR),
        "pil-bicubic": pillow(filters.BICUBIC),
        "pil-lanczos": pillow(filters.LANCZOS),
    }


def aliases(dgm_eval_folder: pathlib.Path) -> dict:
    """Alias to the preset's function and its own."""
    wrapper = originals.features_model(seeded_weights.state_dict(0), (0,))

    def pytorch_fid(pixels):
        return reference.as_fed(wrapper, pixels)

    return {
        "torchmetrics-legacy": (torch_fidelity, lambda pixels: torchmetrics(pixels, antialias=False)),
        "clean-legacy-pytorch": (pytorch_fid, clean_legacy_pytorch),
        "dgm-eval": (pytorch_fid, dgm_eval(dgm_eval_folder, False)),
        "clean-legacy-tf": (nvidia, clean_legacy_tf),
    }


def sources():
    for height, width in inputs.RESIZE_SIZES:
        for kind in inputs.RESIZE_KINDS:
            yield f"{kind}.{height}x{width}", inputs.resize_source(kind, height, width)


def resize(program, file: str) -> dict:
    """The grid of every case into `file`; sums and hashes as the result."""
    tensors, cases = {}, {}
    for name, source in sources():
        fed = program(source)
        assert fed.dtype == np.float32 and fed.shape == (3, inputs.SIDE, inputs.SIDE)
        tensors[name] = np.ascontiguousarray(fed[:, GRID][:, :, GRID])
        cases[name] = {
            "source_sha256": sha256(source),
            "result_sha256": sha256(fed),
            "sum": fed.astype(np.float64).sum(axis=(1, 2)).tolist(),
            "sum_of_squares": (fed.astype(np.float64) ** 2).sum(axis=(1, 2)).tolist(),
        }
    save_file(tensors, FIXTURES / file)
    return {"file": file, "cases": cases}


def difference(one, other) -> float:
    return max(float(np.abs(one(source) - other(source)).max()) for _, source in sources())


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--dgm-eval", type=pathlib.Path, required=True, help="its repository")
    folder = options.parse_args().dgm_eval
    torch.set_num_threads(2)
    programs = ["torch-fidelity", "clean-fid", "torchmetrics", "pillow"]
    report = {
        "made_by": "scripts/reference_presets.py",
        "rules": "scripts/reference_inputs.py",
        "versions": reference.versions()
        | {name: importlib.metadata.version(name) for name in programs}
        | {"dgm-eval": "74c79f7527fbf38fdccfbac51f25d759bc02ab07"},
        "layout": "result f32 [3,299,299]; the fixtures keep rows `grid` and columns `grid`",
        "grid": GRID,
        "alias_differences": {
            name: difference(*pair) for name, pair in aliases(folder).items()
        },
    }
    for name, program in presets(folder).items():
        report[name] = resize(program, f"resize_{name.replace('-', '_')}.safetensors")
    (FIXTURES / "presets.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
