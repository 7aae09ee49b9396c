"""FID by pytorch-fid's own code and by this project's program, on the same images and weights.

Two jobs. `--samples` takes the images in samples/. Otherwise a few hundred images of mixed sizes and
formats are made first. Without `--binary` only pytorch-fid runs;
`--write` stores its numbers in tests/fixtures/end_to_end.json, which the Rust tests read.

pytorch-fid's command line cannot batch images of different sizes, so its functions are called
here with one size at a time. Weights are seeded: both programs read the same .pth file.

    python -m venv venv && venv/bin/pip install -r scripts/fixtures/requirements.txt
    venv/bin/python -m scripts.compare.with_pytorch_fid --samples --write
    venv/bin/python -m scripts.compare.with_pytorch_fid --count 600 --binary target/release/fid-gpu
"""

import argparse
import collections
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from pytorch_fid import fid_score

from scripts.fixtures import make_images, originals, seeded_weights
from scripts.fixtures.reference import FIXTURES, covariance, low_rank, means, versions

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"
SUFFIXES = {".png", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".gif", ".webp", ".jpg", ".jpeg"}


def images(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def features(model: torch.nn.Module, files: list[pathlib.Path]) -> np.ndarray:
    """pytorch-fid's activations, computed one image size at a time."""
    by_size = collections.defaultdict(list)
    for file in files:
        with Image.open(file) as image:
            by_size[image.size].append(file)
    parts = [
        fid_score.get_activations(group, model, min(16, len(group)), 2048, "cpu", num_workers=0)
        for group in by_size.values()
    ]
    return np.concatenate(parts)


def by_pytorch_fid(model: torch.nn.Module, folder: pathlib.Path) -> dict:
    sets = {name: images(folder / name) for name in ["real", "fake"]}
    x = {name: features(model, files) for name, files in sets.items()}
    result = {
        "weights": "seeded:0",
        "images": {name: len(files) for name, files in sets.items()},
        "pixels_sha256": {name: pixels_sha256(files) for name, files in sets.items()},
        "mean_norm": {name: float(np.linalg.norm(means(f))) for name, f in x.items()},
        "covariance_trace": {name: float(np.var(f, axis=0, ddof=1).sum()) for name, f in x.items()},
        "low_rank": low_rank(x["real"], x["fake"]),
    }
    statistics = [f(x[name]) for name in ["real", "fake"] for f in (means, covariance)]
    result["pytorch_fid"] = float(originals.frechet_distance(*statistics))
    return result


def pixels_sha256(files: list[pathlib.Path]) -> str:
    """Of the RGB bytes of all images, one after another in the order of their names."""
    digest = hashlib.sha256()
    for file in files:
        with Image.open(file) as image:
            digest.update(image.convert("RGB").tobytes())
    return digest.hexdigest()


def by_binary(binary: pathlib.Path, weights: pathlib.Path, folder: pathlib.Path) -> float:
    command = [binary, "--real", folder / "real", "--fake", folder / "fake"]
    command += ["--weights", weights, "--device", "cpu", "--json"]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out)["fid"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares with pytorch-fid.")
    parser.add_argument("--binary", type=pathlib.Path, help="fid-gpu; without it, no comparison")
    parser.add_argument("--samples", action="store_true", help="use samples/")
    parser.add_argument("--count", type=int, default=600, help="images to make for each set")
    parser.add_argument("--seed", type=int, default=0, help="of the images")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="relative; else exit with 1")
    parser.add_argument("--write", action="store_true", help="store pytorch-fid's numbers")
    args = parser.parse_args()

    report, agree = {}, True
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        if args.samples:
            cases = {"samples": SAMPLES}
        else:
            name = f"mixed_{args.count}_seed_{args.seed}"
            cases = {name: temporary / "images"}
            for set_, style in [("real", make_images.REAL), ("fake", make_images.FAKE)]:
                make_images.make(cases[name], set_, style, args.count, args.seed, "mixed")
        weights = temporary / "seeded-0.pth"
        seeded_weights.save(0, weights)
        model = originals.features_model(torch.load(weights, weights_only=True))
        for name, folder in cases.items():
            report[name] = by_pytorch_fid(model, folder)
            print(f"{name}: pytorch-fid {report[name]['pytorch_fid']:.10f}")
            print(f"{name}: low rank    {report[name]['low_rank']:.10f} (same features)")
            if args.binary:
                ours, theirs = by_binary(args.binary, weights, folder), report[name]["pytorch_fid"]
                relative = abs(ours - theirs) / theirs
                agree &= relative <= args.tolerance
                print(f"{name}: fid-gpu     {ours:.10f}, relative difference {relative:.2e}")

    if args.write:
        path = FIXTURES / "end_to_end.json"
        known = json.loads(path.read_text()) if path.exists() else {"cases": {}}
        cases = known["cases"] | report
        known = {"made_by": "scripts/compare/with_pytorch_fid.py", "versions": versions()}
        path.write_text(json.dumps(known | {"cases": cases}, indent=1) + "\n")
    sys.exit(not agree)


if __name__ == "__main__":
    main()
