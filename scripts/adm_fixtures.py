"""The five values of guided-diffusion's evaluator.py (ADM) under seeded weights: tests/fixtures/adm.json.

Two runs, since the network runs in PyTorch and evaluator.py in TensorFlow:

    venv/bin/python scripts/adm_fixtures.py features FEATURES.npz          # scripts/requirements.txt
    tf-venv/bin/python scripts/adm_fixtures.py values FEATURES.npz --source DIR/evaluations/evaluator.py
                                                   # pip install tensorflow-cpu requests tqdm scipy

The first takes the place of TensorFlow's network: torch-fidelity's resize, (x - 128) / 128, pytorch-fid's
network under seeded:0, of which pool3 and the first 7 channels of Mixed_6d.branch1x1 (mixed_6/conv:0), in
the order height, width, channel. The second runs evaluator.py's own main(): it reads two .npz files, computes
statistics, distances, the score and the manifolds. Only its two calls of the network are answered from the
features, and the softmax has the seeded classifier; FID_POOL_NAME and the rest of its graph are not touched.

Images, uint8 [64, 64, 3], element (y, x, c) of image i of a set; b = byte("adm/SET/i"), n = byte("adm/SET/i/noise"):
    smooth    min(255, |((2 + c) (1 + b[0] mod 12) x + (3 - c) (1 + b[1] mod 12) y + b[3]) mod 512 - 256|)
    value     (smooth (4 - m) + n[(64 y + x) 3 + c] m) / 4, rounded down; m = FIRST + b[2] mod 3, of SETS

The reference batch is made like ADM's: mu (f32), sigma, mu_s (f32), sigma_s of the images of the set
"statistics", arr_0 those of "batch". The case "images" has no statistics in its reference.
"""

import argparse
import contextlib
import importlib.metadata
import importlib.util
import io
import json
import pathlib
import tempfile

import numpy as np

import reference_inputs as inputs

FIXTURE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "adm.json"
# Number of images, and the least share of noise, in quarters.
SETS = {"statistics": (24, 1), "batch": (18, 0), "samples": (22, 2)}
SIDE = 64
COMMIT = "22e0df8183507e13a7813f8d38d51b072ca1e67c"


def image(name: str, index: int) -> np.ndarray:
    """uint8 [64, 64, 3]."""
    b = inputs.bytes_of(f"adm/{name}/{index}", 4)
    noise = inputs.bytes_of(f"adm/{name}/{index}/noise", SIDE * SIDE * 3).reshape(SIDE, SIDE, 3)
    y, x, c = np.indices((SIDE, SIDE, 3))
    ramp = (2 + c) * (1 + b[0] % 12) * x + (3 - c) * (1 + b[1] % 12) * y + b[3]
    smooth = np.minimum(255, np.abs(ramp % 512 - 256))
    mixed = SETS[name][1] + b[2] % 3
    return ((smooth * (4 - mixed) + noise * mixed) // 4).astype(np.uint8)


def images(name: str) -> np.ndarray:
    """uint8 [N, 64, 64, 3]."""
    return np.stack([image(name, index) for index in range(SETS[name][0])])


def features(path: pathlib.Path) -> None:
    import torch
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    import originals
    import seeded_weights

    network = originals.fid_inception(seeded_weights.state_dict(0))
    seen = {}
    for name, module in [("pool", "avgpool"), ("spatial", "Mixed_6d.branch1x1")]:
        keep = lambda _module, _inputs, output, name=name: seen.__setitem__(name, output)
        network.get_submodule(module).register_forward_hook(keep)
    arrays = {"classifier": network.fc.weight.detach().numpy()}
    for name in SETS:
        x = torch.from_numpy(images(name)).permute(0, 3, 1, 2).to(torch.float32)
        size = (inputs.SIDE, inputs.SIDE)
        x = interpolate_bilinear_2d_like_tensorflow1x(x, size=size, align_corners=False)
        with torch.no_grad():
            network((x - 128) / 128)
        arrays[f"{name}.pool"] = seen["pool"].flatten(1).numpy()
        arrays[f"{name}.spatial"] = seen["spatial"][:, :7].movedim(1, -1).flatten(1).numpy()
        print(name, arrays[f"{name}.pool"].shape, arrays[f"{name}.spatial"].shape)
    versions = {p: importlib.metadata.version(p) for p in ["torch", "torch-fidelity", "pytorch-fid"]}
    np.savez(path, weights_sha256=seeded_weights.sha256(0), versions=json.dumps(versions), **arrays)


def original(path: pathlib.Path, arrays) -> tuple:
    """evaluator.py with a network that knows the features of our images."""
    spec = importlib.util.spec_from_file_location("evaluator", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tf = module.tf
    tf.disable_eager_execution()
    known = {}
    for name in SETS:
        for index, pixels in enumerate(images(name)):
            row = arrays[f"{name}.pool"][index], arrays[f"{name}.spatial"][index]
            known[pixels.astype(np.float32).tobytes()] = row

    def look_up(batch):
        rows = [known.get(pixels.tobytes()) for pixels in batch]
        zero = np.zeros(2048, np.float32), np.zeros(2023, np.float32)  # the warm-up's
        return [np.stack([(row or zero)[at] for row in rows]) for at in (0, 1)]

    def feature_graph(batch):
        return tf.numpy_function(look_up, [batch], [tf.float32, tf.float32])

    def softmax_graph(batch):
        return tf.nn.softmax(tf.matmul(batch, tf.constant(arrays["classifier"].T)))

    module._create_feature_graph = feature_graph
    module._create_softmax_graph = softmax_graph
    return module, tf


def run(module, reference: pathlib.Path, samples: pathlib.Path) -> dict:
    """What main() prints."""
    import sys

    out, argv = io.StringIO(), sys.argv
    sys.argv = ["evaluator.py", str(reference), str(samples)]
    try:
        with contextlib.redirect_stdout(out):
            module.main()
    finally:
        sys.argv = argv
    names = ["Inception Score", "FID", "sFID", "Precision", "Recall"]
    lines = dict(line.split(": ", 1) for line in out.getvalue().splitlines() if ": " in line)
    return {name: float(lines[name]) for name in names}


def values(path: pathlib.Path, source: pathlib.Path) -> None:
    if not hasattr(np, "bool"):
        np.bool = bool  # not in NumPy 1.24 to 1.26; evaluator.py calls it that
    arrays = np.load(path, allow_pickle=False)
    module, tf = original(source, arrays)
    statistics = {}
    for end, tap in [("", "pool"), ("_s", "spatial")]:
        x = arrays[f"statistics.{tap}"]
        # As compute_statistics.
        statistics |= {f"mu{end}": np.mean(x, axis=0), f"sigma{end}": np.cov(x, rowvar=False)}
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.savez(folder / "reference.npz", arr_0=images("batch"), **statistics)
        np.savez(folder / "images.npz", images("batch"))
        labels = np.arange(SETS["samples"][0])
        np.savez(folder / "samples.npz", images("samples"), labels)
        for name in ["reference", "images"]:
            cases[name] = run(module, folder / f"{name}.npz", folder / "samples.npz")
            # The same lines without f16, which the program does not follow.
            half, tf.float16 = tf.float16, tf.float32
            try:
                wide = module.Evaluator(tf.Session())
            finally:
                tf.float16 = half
            found = wide.compute_prec_recall(arrays["batch.pool"], arrays["samples.pool"])
            cases[name] |= dict(zip(["Precision without f16", "Recall without f16"], found))
            print(name, cases[name])
    packages = ["numpy", "scipy", "tensorflow"]
    versions = {p: importlib.metadata.version(p) for p in packages} | json.loads(str(arrays["versions"]))
    norm = lambda a: float(np.linalg.norm(a))
    report = {
        "made_by": "scripts/adm_fixtures.py",
        "original": f"evaluations/evaluator.py of openai/guided-diffusion, {COMMIT}",
        "versions": versions,
        "weights": "seeded:0",
        "weights_sha256": str(arrays["weights_sha256"]),
        "sets": SETS,
        "sums": {name: int(images(name).astype(np.int64).sum()) for name in SETS},
        "norms": {name: norm(value) for name, value in statistics.items()},
        "mu_s": statistics["mu_s"][:21].astype(float).tolist(),
        "cases": cases,
    }
    FIXTURE.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["features", "values"])
    parser.add_argument("file", type=pathlib.Path, help="features, .npz")
    parser.add_argument("--source", type=pathlib.Path, help="evaluator.py")
    arguments = parser.parse_args()
    if arguments.step == "features":
        features(arguments.file)
    else:
        values(arguments.file, arguments.source)
