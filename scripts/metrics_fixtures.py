"""Runs the originals of the metrics beside FID and writes what they say: tests/fixtures/metrics/*.json.

    random.json            NumPy's RandomState, PyTorch's CPU generator
    kid.json               torch-fidelity; TF-GAN's block estimator, its lines evaluated in NumPy
    inception_score.json   torch-fidelity, OpenAI, ADM, torchmetrics, dgm-eval
    fid_infinity.json      Chong and Forsyth's program
    mind.json              torch-fidelity's main branch
    mifid.json             torchmetrics
    principal.json         scikit-learn's PCA of both sets as one

Programs that are no package are read from a folder of their checkouts (SOURCES below): the named
function is taken out of its file and run, with stand-ins for what it imports (the network, a
TensorFlow session). What is not run is said beside the value.

    python -m venv venv && venv/bin/pip install -r scripts/requirements-metrics.txt
    venv/bin/python scripts/metrics_fixtures.py --sources FOLDER [random] [kid] ...

Inputs, of which the Rust tests have a twin, F of reference_inputs.frechet_features, all f32:
    F(name, n, d, shift)    features
    logits [n, 1008]        element (i, c): 8 F("metrics/logits")[i, c] - 4, and 6 more where c = i mod 37
    memorised               rows of the fake set but every fourth, from the first on, are 0.75 times
                            those of the real set
    with zeros              memorised, and row 3 is 0
    signs                   memorised, and odd columns are negative
"""

import argparse
import ast
import contextlib
import importlib.metadata
import io
import json
import math
import pathlib
import sys
import types

import numpy as np
import torch

import reference_inputs as inputs

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "metrics"
# Folder of a checkout: its commit.
SOURCES = {
    "mchong6+FID_IS_infinity": "2cbf52e132964553cbd43b723088a8c6639beede",
    "layer6ai-labs+dgm-eval": "74c79f7527fbf38fdccfbac51f25d759bc02ab07",
    "openai+guided-diffusion": "22e0df8183507e13a7813f8d38d51b072ca1e67c",
    "openai+improved-gan": "4f5d1ec5c16a7eceb206f42bfc652693601e1d5c",
    "toshas+torch-fidelity": "5e211a950a7b45206bd4976813ffd6aed6cf4ccc",
    "tensorflow+gan": "bc369b7ec040f2c4f04e4daf29f60252118e72c7",
}
PACKAGES = ["numpy", "scipy", "torch", "torch-fidelity", "torchmetrics", "scikit-learn"]


def features(name: str, n: int, d: int, shift: float) -> np.ndarray:
    """f32 [n, d]."""
    return inputs.frechet_features(name, n, d, shift).astype(np.float32)


def logits(n: int) -> np.ndarray:
    """f32 [n, 1008]."""
    values = 8 * inputs.frechet_features("metrics/logits", n, 1008, 0.1) - 4
    values[np.arange(n), np.arange(n) % 37] += 6
    return values.astype(np.float32)


def taken(path: pathlib.Path, name: str, **names):
    """Function `name` of a file, run alone with `names` for what its file imports."""
    tree = ast.parse(path.read_text())
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
    for argument in ast.walk(found[0].args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    found[0].returns = None
    space = dict(names)
    exec(compile(ast.Module(found[:1], []), str(path), "exec"), space)
    return space[name]


# --- random ---------------------------------------------------------------------------------


def random(_sources) -> dict:
    cases = []
    for seed in [0, 1, 123, 2020, 2**31, 2**32 - 1]:
        for n in [1, 2, 10, 1024, 1025, 50000]:
            rng = np.random.RandomState(seed)
            first = rng.permutation(n)
            again = rng.choice(n, min(n, 5), replace=False)
            weights = np.arange(1, n + 1, dtype=np.int64)
            cases.append({
                "seed": seed,
                "n": n,
                "permutation_starts": first[:10].tolist(),
                "permutation_weighted_sum": int((first * weights).sum()),
                "then_choice": again.tolist(),
            })
    try:
        np.random.RandomState(2**32)
        raise SystemExit("NumPy takes a seed of 2^32 now")
    except ValueError as error:
        refused = str(error)
    torch_cases = []
    for seed in [0, 2020]:
        for n, normals in [(1, 16), (10, 17), (1000, 35), (1025, 240)]:
            g = torch.Generator(device="cpu").manual_seed(seed)
            permutation = torch.randperm(n, generator=g)
            values = torch.randn(normals, generator=g, dtype=torch.float32)
            torch_cases.append({
                "seed": seed,
                "n": n,
                "randperm_starts": permutation[:10].tolist(),
                "randperm_weighted_sum": int((permutation * torch.arange(1, n + 1)).sum()),
                "then_randn": values.double().tolist(),
            })
    return {"numpy": cases, "numpy_refuses": refused, "torch": torch_cases}


# --- KID ------------------------------------------------------------------------------------


def block_estimate(r, g) -> float:
    """compute_kid_block of TF-GAN's classifier_metrics.py, its lines in NumPy and f64."""
    m, n, dim = len(r), len(g), r.shape[1]
    k_rr, k_rg, k_gg = ((a @ b.T / dim + 1) ** 3 for a, b in [(r, r), (r, g), (g, g)])
    within = lambda k, size: (k.sum() - np.trace(k)) / (size * (size - 1))
    return float(-2 * k_rg.mean() + within(k_rr, m) + within(k_gg, n))


def kid(_sources) -> dict:
    from torch_fidelity.metric_kid import kid_features_to_metric

    real, fake = features("metrics/real", 1500, 16, 0.1), features("metrics/fake", 1200, 16, 0.2)
    cases = []
    for subsets, size, seed in [(100, 1000, 2020), (7, 50, 2020), (300, 40, 3)]:
        case = {"subsets": subsets, "subset_size": size, "seed": seed}
        for kind in [np.float64, np.float32]:
            out = kid_features_to_metric(
                torch.from_numpy(fake.astype(kind)), torch.from_numpy(real.astype(kind)),
                kid_subsets=subsets, kid_subset_size=size, rng_seed=seed, verbose=False,
            )
            name = np.dtype(kind).name
            case[f"mean_{name}"] = out["kernel_inception_distance_mean"]
            case[f"std_{name}"] = out["kernel_inception_distance_std"]
        cases.append(case)
    blocks = []
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    for max_block, seed in [(1024, None), (1024, 2020), (100, None), (220, None)]:
        r, g = real, fake
        if seed is not None:
            rng = np.random.RandomState(seed)
            g = fake[rng.permutation(len(fake))]
            r = real[rng.permutation(len(real))]
        count = math.ceil(max(len(r), len(g)) / max_block)
        sizes = lambda n: [n // count] * (count - n % count) + [n // count + 1] * (n % count)
        cut = lambda x: np.split(x, np.cumsum(sizes(len(x)))[:-1])
        values = np.array([block_estimate(a, b) for a, b in zip(cut(r), cut(g))])
        blocks.append({
            "max_block": max_block,
            "seed": seed,
            "blocks": count,
            "mean": values.mean(),
            "standard_error": values.std(ddof=1) / math.sqrt(count),
        })
    return {
        "original": "torch_fidelity.metric_kid.kid_features_to_metric, input 1 = fake",
        "real": ["metrics/real", 1500, 16, 0.1],
        "fake": ["metrics/fake", 1200, 16, 0.2],
        "cases": cases,
        "blocks_original": "TF-GAN compute_kid_block and its block sizes, evaluated in NumPy",
        "blocks": blocks,
        "full": block_estimate(real, fake),
    }


# --- Inception Score ------------------------------------------------------------------------


def openai_score(path: pathlib.Path, probabilities: np.ndarray, splits: int):
    """get_inception_score with a session that looks the softmax of an image up by its first pixel."""

    class Session:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def run(self, _softmax, feed):
            return probabilities[[int(feed["ExpandDims:0"][0, 0, 0, 0])]]

    function = taken(
        path, "get_inception_score", np=np, math=math, sys=sys, softmax=None,
        tf=types.SimpleNamespace(Session=Session),
    )
    images = [np.full((1, 1, 1), i, dtype=np.int64) for i in range(len(probabilities))]
    images[0] = np.array([[[0], [100]]])
    with contextlib.redirect_stdout(io.StringIO()):
        return function(images, splits)


def inception_score(sources) -> dict:
    from scipy.stats import entropy
    from torch_fidelity.metric_isc import isc_features_to_metric
    from torchmetrics.image.inception import InceptionScore

    n = 257
    x = torch.from_numpy(logits(n))
    p = x.double().softmax(dim=1).numpy()
    cases = []

    def case(variant, mean, std=None, **settings):
        cases.append({"variant": variant, "mean": float(mean), **settings})
        if std is not None:
            cases[-1]["std"] = float(std)

    for splits, shuffle, seed in [(10, True, 2020), (10, False, 2020), (3, True, 7)]:
        out = isc_features_to_metric(x, splits, shuffle, seed)
        case("torch-fidelity", out["inception_score_mean"], out["inception_score_std"],
             splits=splits, shuffle=shuffle, seed=seed)
    for splits in [10, 4]:
        mean, std = openai_score(sources / "openai+improved-gan/inception_score/model.py", p, splits)
        case("openai", mean, std, splits=splits)
    adm = taken(sources / "openai+guided-diffusion/evaluations/evaluator.py", "compute_inception_score", np=np)
    session = types.SimpleNamespace(run=lambda _softmax, feed_dict: feed_dict[0])
    self = types.SimpleNamespace(sess=session, softmax=None, softmax_input=0, softmax_batch_size=512)
    for size in [5000, 100]:
        case("adm", adm(self, p, size), split_size=size)
    dgm = taken(sources / "layer6ai-labs+dgm-eval/dgm_eval/metrics/inception_score.py", "calculate_score",
                np=np, entropy=entropy)
    case("dgm-eval", *dgm(p, 10, n), splits=10)
    case("dgm-eval", *dgm(p, 10, n, shuffle=False), splits=10, shuffle=False)
    for splits, seed in [(10, 2020), (6, 1)]:

        class Identity(torch.nn.Module):
            num_features = 1008

            def forward(self, x):
                return x

        metric = InceptionScore(feature=Identity(), splits=splits)
        metric.update(x.double())
        torch.manual_seed(seed)
        case("torchmetrics", *metric.compute(), splits=splits, seed=seed)
    return {
        "n": n,
        "note": "the softmax is computed in f64 for OpenAI, ADM and dgm-eval, whose own functions take it",
        "cases": cases,
    }


# --- FID infinity ---------------------------------------------------------------------------


def fid_infinity(sources) -> dict:
    from scipy import linalg
    from sklearn.linear_model import LinearRegression

    path = sources / "mchong6+FID_IS_infinity/score_infinity.py"
    distance = taken(path, "numpy_calculate_frechet_distance", np=np, linalg=linalg)
    sizes, values = [], []

    def record(m, s, *real):
        values.append(float(distance(m, s, *real)))
        return values[-1]

    cases = []
    for n, min_fake, points, seed in [(700, 100, 15, 2020), (700, 333, 4, 5)]:
        real = features("metrics/infinity_real", 500, 12, 0.1).astype(np.float64)
        fake = features("metrics/infinity_fake", n, 12, 0.2).astype(np.float64)
        values.clear()
        run = taken(
            path, "calculate_FID_infinity_path", np=np, LinearRegression=LinearRegression,
            load_inception_net=lambda: None, load_path_statistics=None,
            compute_path_statistics=lambda p, *_, **__: (real if p == "real" else fake, None),
            numpy_calculate_frechet_distance=record,
        )
        np.random.seed(seed)
        infinity = float(run("real", "fake", min_fake=min_fake, num_points=points))
        sizes = np.linspace(min_fake, n, points).astype("int32")
        design = np.stack([np.ones(points), 1 / sizes], axis=1)
        rest = np.array(values) - design @ np.linalg.lstsq(design, np.array(values), rcond=None)[0]
        covariance = np.linalg.inv(design.T @ design) * (rest @ rest) / (points - 2)
        cases.append({
            "n": n, "min_fake": min_fake, "points": points, "seed": seed,
            "sizes": sizes.tolist(),
            "fids": list(values),
            "fid_infinity": infinity,
            "standard_error": float(np.sqrt(covariance[0, 0])),
        })
    start = lambda n: min(5000, max(n // 10, 2))  # of dgm-eval's compute_FD_infinity
    grids = [
        {"start": s, "n": n, "sizes": np.linspace(s, n, 15).astype("int32").tolist()}
        for n in [20, 700, 5001, 10000, 49999, 50000, 123457]
        for s in {start(n), min(5000, n)}
    ]
    return {
        "original": "calculate_FID_infinity_path; the standard error is NumPy's, the original has none",
        "real": ["metrics/infinity_real", 500, 12, 0.1],
        "fake": ["metrics/infinity_fake", 700, 12, 0.2],
        "cases": cases,
        "grids": grids,
    }


# --- MIND -----------------------------------------------------------------------------------


def mind(sources) -> dict:
    function = taken(
        sources / "toshas+torch-fidelity/torch_fidelity/metric_mind.py", "mind_features_to_metric",
        torch=torch, get_kwarg=lambda name, kwargs: kwargs[name], KEY_METRIC_MIND="mind",
        vassert=lambda *_: None, vprint=lambda *_: None,
    )
    cases = []
    for n_real, n_fake, d, projections, seed in [
        (300, 300, 24, 1000, 2020), (300, 250, 24, 1000, 2020), (250, 300, 24, 1000, 2020),
        (300, 300, 5, 7, 3), (1500, 1200, 64, 200, 11),
    ]:
        real = torch.from_numpy(features("metrics/mind_real", n_real, d, 0.1))
        fake = torch.from_numpy(features("metrics/mind_fake", n_fake, d, 0.2))
        run = lambda seed: function(
            fake, real, mind_num_projections=projections, cuda=False, rng_seed=seed, verbose=False
        )["mind"]
        spread = [run(s) for s in range(20)]
        cases.append({
            "real": n_real, "fake": n_fake, "d": d, "projections": projections, "seed": seed,
            "mind": run(seed),
            "mean_of_20_seeds": float(np.mean(spread)),
            "std_of_20_seeds": float(np.std(spread, ddof=1)),
        })
    return {"original": "mind_features_to_metric, input 1 = fake, f32", "cases": cases}


# --- MiFID ----------------------------------------------------------------------------------


def mifid(_sources) -> dict:
    from torchmetrics.image import mifid as module

    class Identity(torch.nn.Module):
        num_features = 24

        def forward(self, x):
            return x

    def run(real, fake):
        metric = module.MemorizationInformedFrechetInceptionDistance(feature=Identity())
        real, fake = torch.from_numpy(real).double(), torch.from_numpy(fake).double()
        metric.update(real, real=True)
        metric.update(fake, real=False)
        # What the penalty is before it is cut: an eps of 1 never cuts.
        distance = module._compute_cosine_distance(real, fake, 1.0)
        return {"mifid": float(metric.compute()), "cosine_distance": float(distance)}

    real = features("metrics/mifid_real", 300, 24, 0.1)
    fake = features("metrics/mifid_fake", 250, 24, 0.2)
    memorised = fake.copy()
    copies = np.arange(len(fake)) % 4 != 0
    memorised[copies] = np.float32(0.75) * real[: len(fake)][copies]
    with_zeros = memorised.copy()
    with_zeros[3] = 0
    signs = np.where(np.arange(24) % 2 == 0, 1, -1).astype(np.float32)
    return {
        "original": "MemorizationInformedFrechetInceptionDistance, eps 0.1",
        "cases": {
            "plain": run(real, fake),
            "swapped": run(fake, real),
            "memorised": run(real, memorised),
            "with_zeros": run(real, with_zeros),
            "signs": run(real, memorised * signs),
            "same": run(real, real),
        },
    }


def principal(_sources) -> dict:
    from sklearn.decomposition import PCA

    def run(real, fake):
        # Of all rows, by a singular value decomposition in f64.
        pca = PCA(n_components=2, svd_solver="full").fit(np.concatenate([real, fake]).astype(np.float64))
        # The value of largest size in each vector is positive.
        largest = np.abs(pca.components_).argmax(axis=1)
        signs = np.sign(pca.components_[[0, 1], largest])
        return {
            "variance": pca.explained_variance_.tolist(),
            "shares": pca.explained_variance_ratio_.tolist(),
            "real": (pca.transform(real.astype(np.float64))[:8] * signs).tolist(),
            "fake": (pca.transform(fake.astype(np.float64))[:8] * signs).tolist(),
        }

    real = features("metrics/mifid_real", 300, 24, 0.1)
    fake = features("metrics/mifid_fake", 250, 24, 0.2)
    return {
        "original": "sklearn.decomposition.PCA",
        "cases": {"plain": run(real, fake), "few": run(real[:9], fake[:7]), "apart": run(real, fake + np.float32(3))},
    }


def main() -> None:
    functions = [random, kid, inception_score, fid_infinity, mind, mifid, principal]
    parts = {f.__name__: f for f in functions}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help="default: all")
    parser.add_argument("--sources", type=pathlib.Path, help="folder of checkouts")
    args = parser.parse_args()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    for name in args.parts or parts:
        report = {"versions": versions, "sources": SOURCES, **parts[name](args.sources)}
        (FIXTURES / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n")
        print(name, "written")


if __name__ == "__main__":
    main()
