"""Makes what `fid-gpu doctor` compares a machine with, into crates/fid-gpu/src/doctor/:

    image.png, image.jpg    one small picture
    answers.safetensors     what Pillow reads from each, what each preset's program feeds its network
                            from the PNG, and PyTorch's pool3 of it in f64 under the weights seeded:0

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/reference_doctor.py --dgm-eval dgm-eval    # see reference_presets.py

The JPEG is written anew by whatever Pillow is installed: commit all three files together.
"""

import argparse
import importlib.metadata
import pathlib

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file

import originals
import reference
import reference_inputs as inputs
import reference_presets
import seeded_weights

FOLDER = pathlib.Path(__file__).parent.parent / "crates" / "fid-gpu" / "src" / "doctor"
HEIGHT, WIDTH = 40, 56
# Rows and columns that are kept of a preset's [3,299,299].
GRID = [0, 1, 75, 149, 150, 222, 297, 298]


def picture() -> np.ndarray:
    """u8 [HEIGHT,WIDTH,3]: ramps, a disc, and a little noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    ramps = np.stack([255 * x / WIDTH, 255 * y / HEIGHT, 255 - 4 * np.abs(x - y)], axis=-1)
    disc = ((y - 18) ** 2 + (x - 30) ** 2 < 150)[..., None]
    noise = inputs.resize_source("noise", HEIGHT, WIDTH).astype(np.float64) / 8
    return np.clip(np.where(disc, 255 - ramps, ramps) * 0.9 + noise, 0, 255).astype(np.uint8)


def main() -> None:
    pixels = picture()
    Image.fromarray(pixels).save(FOLDER / "image.png", optimize=True)
    Image.fromarray(pixels).save(FOLDER / "image.jpg", quality=85, subsampling="4:2:0")
    read = {kind: np.asarray(Image.open(FOLDER / f"image.{kind}").convert("RGB")) for kind in ["png", "jpg"]}
    assert (read["png"] == pixels).all()

    wrapper = originals.features_model(seeded_weights.state_dict(0), (0,))
    options = argparse.ArgumentParser()
    options.add_argument("--dgm-eval", type=pathlib.Path, required=True, help="its repository")
    programs = reference_presets.presets(options.parse_args().dgm_eval)
    fed = {"pytorch-fid": reference.as_fed(wrapper, pixels)}
    fed |= {name: program(pixels) for name, program in programs.items()}
    network = originals.fid_inception(seeded_weights.state_dict(0)).double()
    pool3 = reference.taps(network, torch.from_numpy(fed["pytorch-fid"])[None].double())["pool3"]

    answers = {name: values for name, values in read.items()}
    answers |= {name: np.ascontiguousarray(x[:, GRID][:, :, GRID]) for name, x in fed.items()}
    answers["grid"] = np.array(GRID, dtype=np.uint16)
    answers["pool3"] = pool3.astype(np.float32)
    versions = {
        name: importlib.metadata.version(name)
        for name in ["pillow", "torch", "pytorch-fid", "torch-fidelity", "clean-fid", "torchmetrics"]
    }
    save_file(answers, FOLDER / "answers.safetensors", metadata=versions)


if __name__ == "__main__":
    main()
