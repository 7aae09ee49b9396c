"""The distances of the programs of FD-DINOv2, CLIP-FID and CMMD, on given features, beside this project's
program: the functions of dgm-eval (FD, KID, PRDC), EDM2 (its sums and its formula), pyiqa (frechet_distance)
and cmmd-pytorch (mmd), on the same rule-made f32 features.

    venv/bin/pip install -r scripts/fixtures/requirements-encoders.txt scikit-learn==1.9.1
    venv/bin/python -m scripts.compare.with_dgm_eval --repositories FOLDER --binary target/release/fid-gpu

FOLDER has the checkouts that scripts/fixtures/encoders.py names.
"""

import argparse
import importlib.metadata
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.linalg
import sklearn.metrics
import torch
from scipy import linalg

from scripts.fixtures.metrics import features, taken

N, D = 1000, 384


def edm2(real: np.ndarray, fake: np.ndarray) -> float:
    """calculate_stats_for_iterable in batches of 64, then calculate_metrics_from_stats: sums in f64."""

    def statistics(rows):
        total, square = torch.zeros(D, dtype=torch.float64), torch.zeros(D, D, dtype=torch.float64)
        for batch in torch.from_numpy(rows).split(64):
            batch = batch.to(torch.float64)
            total += batch.sum(0)
            square += batch.T @ batch
        mu = total / len(rows)
        return mu.numpy(), ((square - mu.ger(mu) * len(rows)) / (len(rows) - 1)).numpy()

    (mu, sigma), (mu_ref, sigma_ref) = statistics(fake), statistics(real)
    root, _ = scipy.linalg.sqrtm(np.dot(sigma, sigma_ref), disp=False)
    return float(np.real(np.square(mu - mu_ref).sum() + np.trace(sigma + sigma_ref - root * 2)))


def originals(folder: pathlib.Path, real: np.ndarray, fake: np.ndarray) -> dict:
    metrics = folder / "dgm-eval/dgm_eval/metrics"
    space = {"np": np, "linalg": linalg, "sklearn": sklearn, "sys": __import__("sys")}

    def function(file: pathlib.Path, name: str, *needs: str):
        for need in needs:
            space[need] = taken(file, need, **space)
        return taken(file, name, **space)

    class Bar(list):
        def __init__(self, items, **_):
            super().__init__(items)

        __enter__ = lambda self: self
        __exit__ = lambda *_: None
        set_postfix = lambda *_: None

    fd = function(metrics / "fd.py", "compute_FD_with_reps", "compute_statistics", "compute_FD_with_stats")
    space |= {"tqdm": Bar, "polynomial_kernel": sklearn.metrics.pairwise.polynomial_kernel}
    mmd = function(metrics / "mmd.py", "compute_mmd", "_mmd2_and_variance", "compute_polynomial_mmd")
    # Subsets of all images are the same set, so one is enough.
    kid = float(mmd(real.astype(np.float64), fake.astype(np.float64), n_subsets=1, subset_size=N).mean())
    prdc = function(
        metrics / "prdc.py", "compute_prdc", "compute_pairwise_distance", "get_kth_value",
        "compute_nearest_neighbour_distances",
    )(real, fake, nearest_k=5)
    pyiqa = pathlib.Path(importlib.metadata.distribution("pyiqa").locate_file("pyiqa/archs/fid_arch.py"))
    frechet = function(pyiqa, "frechet_distance")
    statistics = lambda rows: (np.mean(rows, axis=0), np.cov(rows, rowvar=False))
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
    cmmd = taken(folder / "cmmd-pytorch/distance.py", "mmd", torch=torch, _SIGMA=10, _SCALE=1000)
    return {
        ("dgm-eval", "/frechet"): float(fd(real, fake)),
        ("EDM2", "/frechet"): edm2(real, fake),
        ("pyiqa", "/frechet"): float(frechet(*statistics(fake), *statistics(real))),
        ("dgm-eval", "/mean"): kid,
        **{("dgm-eval", f"/{name}"): float(prdc[name]) for name in ["precision", "recall", "density", "coverage"]},
        ("cmmd-pytorch", "/cmmd"): float(cmmd(unit(real), unit(fake))),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repositories", type=pathlib.Path, required=True)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    options = parser.parse_args()
    real, fake = (features(f"compare/{name}", N, D, shift) for name, shift in [("real", 0.1), ("fake", 0.2)])
    theirs = originals(options.repositories, real, fake)
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.npy" for name in ["real", "fake"]]
        for path, rows in zip(paths, [real, fake]):
            np.save(path, rows)

        def ours(*arguments: str) -> dict:
            text = subprocess.check_output([options.binary, arguments[0], *paths, *arguments[1:], "--json"])
            return json.loads(text)

        report = ours("frechet") | ours("kid", "--kid-subsets", "1", "--kid-subset-size", str(N))
        report |= ours("prdc", "--neighbours", "5", "--prdc", "prdc") | {"cmmd": ours("cmmd")["value"]}
    print("program        value      its             ours            relative difference")
    for (program, pointer), value in theirs.items():
        own = report[pointer[1:]]
        print(f"{program:14} {pointer[1:]:10} {value:<15.9g} {own:<15.9g} {abs(own / value - 1):.1e}")


if __name__ == "__main__":
    main()
