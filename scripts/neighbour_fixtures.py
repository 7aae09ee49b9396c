"""Precision, recall, density and coverage by the original programs, on features by rule.

One program a run, since they want different environments; each run replaces its own entry.

    venv/bin/python scripts/neighbour_fixtures.py torch-fidelity
    prdc-venv/bin/python scripts/neighbour_fixtures.py prdc                 # pip install prdc scikit-learn
    prdc-venv/bin/python scripts/neighbour_fixtures.py dgm-eval --source DIR/dgm_eval/metrics/prdc.py
    tf-venv/bin/python scripts/neighbour_fixtures.py adm --source DIR/evaluations/evaluator.py
                                                   # pip install tensorflow-cpu requests tqdm scipy
"""

import argparse
import contextlib
import importlib.metadata
import importlib.util
import io
import json
import pathlib

import numpy as np
import splitmix

FIXTURE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "metrics" / "prdc.json"

# Name: number of real and of generated rows, values in a row, and how many of the generated rows are
# copies of real ones, at which distances tie.
CASES = {
    "narrow": (300, 257, 64, 0),
    "large": (1500, 1200, 256, 0),
    "wide_rows": (200, 220, 2048, 0),
    "copies": (300, 250, 64, 50),
}
HIDDEN = 6


def signed(name: str, count: int) -> np.ndarray:
    """Numbers in [-1, 1), of 24 bits."""
    bits = splitmix.stream(splitmix.key(name, 0), count) >> np.uint64(40)
    return (bits.astype(np.float64) - 2.0**23) / 2.0**23


def features(name: str, n: int, dim: int, spread: float, shift: float) -> np.ndarray:
    """Rows near a surface of few dimensions, half of their values 0. Every step is exact in f64."""
    weights = np.floor(4.0 * signed("neighbours.weights", HIDDEN * dim)).reshape(HIDDEN, dim)
    hidden = signed(f"{name}.hidden", n * HIDDEN).reshape(n, HIDDEN) * spread + shift
    noise = signed(f"{name}.noise", n * dim).reshape(n, dim)
    return np.maximum(hidden @ weights + 0.5 * noise, 0.0).astype(np.float32)


def case(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Real and generated features of a case."""
    num_real, num_fake, dim, copies = CASES[name]
    real = features(f"{name}.real", num_real, dim, 1.0, 0.0)
    fake = features(f"{name}.fake", num_fake, dim, 0.875, 0.375)
    fake[:copies] = real[:copies]
    return real, fake


def load(path: str):
    """A module from its file, without the package around it."""
    spec = importlib.util.spec_from_file_location("original", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def torch_fidelity(_source):
    import torch
    from torch_fidelity import metric_prc

    def run(real, fake):
        real, fake = torch.from_numpy(real), torch.from_numpy(fake)
        options = dict(prc_neighborhood=3, prc_batch_size=10000, verbose=False)
        return metric_prc.prc_features_to_metric(fake, real, save_cpu_ram=False, **options)

    return run, ["torch-fidelity", "torch"]


def prdc(source):
    compute = load(source).compute_prdc if source else importlib.import_module("prdc").compute_prdc

    def run(real, fake):
        with contextlib.redirect_stdout(io.StringIO()):
            return compute(real, fake, nearest_k=5)

    return run, ["scikit-learn", "numpy"] + ([] if source else ["prdc"])


def adm(source):
    if not hasattr(np, "bool"):
        np.bool = bool  # not in NumPy 1.24 to 1.26; evaluator.py calls it that
    original = load(source)
    import tensorflow.compat.v1 as tf

    tf.disable_eager_execution()
    estimator = original.ManifoldEstimator(tf.Session())

    def evaluate(real, fake):
        radii = [estimator.manifold_radii(x) for x in (real, fake)]
        precision, recall = estimator.evaluate_pr(real, radii[0], fake, radii[1])
        return {"precision": float(precision[0]), "recall": float(recall[0])}

    def run(real, fake):
        nonlocal estimator
        values = evaluate(real, fake)
        # The same lines on f32 alone: what is left when f16 is taken out.
        f16, tf.float16 = tf.float16, tf.float32
        try:
            half, estimator = estimator, original.ManifoldEstimator(tf.Session())
            wide = evaluate(real, fake)
        finally:
            tf.float16, estimator = f16, half
        return values | {f"{name}_f32": value for name, value in wide.items()}

    return run, ["tensorflow-cpu", "numpy"]


ORIGINALS = {"torch-fidelity": torch_fidelity, "prdc": prdc, "dgm-eval": prdc, "adm": adm}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("original", choices=ORIGINALS)
    parser.add_argument("--source", help="file of the original, for those that are no package")
    parser.add_argument("--commit", help="of that file")
    arguments = parser.parse_args()
    run, packages = ORIGINALS[arguments.original](arguments.source)
    versions = {name: importlib.metadata.version(name) for name in packages}
    if arguments.commit:
        versions["commit"] = arguments.commit
    fixture = json.loads(FIXTURE.read_text()) if FIXTURE.exists() else {"originals": {}}
    fixture["cases"] = {
        name: dict(zip(["real", "fake", "dim", "copies"], CASES[name], strict=True)) for name in CASES
    }
    values = {}
    for name in CASES:
        values[name] = {key: float(value) for key, value in run(*case(name)).items()}
        print(name, values[name])
    fixture["originals"][arguments.original] = {"versions": versions, "values": values}
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(fixture, indent=1) + "\n")


if __name__ == "__main__":
    main()
