"""Every metric by torch-fidelity's and TorchMetrics' own code and by this project's program, on samples/.

The images are of mixed sizes and formats, so that the programs get them one at a time. Weights are
seeded: all programs read the same .pth file. Input 1 is the fake set, input 2 the real one.

    torch-fidelity   its network, and the functions that calculate_metrics calls: FID, KID, ISC and PRC,
                     all on inception-v3-compat; distances at 64, 192 and 768 features and of the spatial
                     ones (sFID, which it does not compute: 7 channels of Mixed_6d.branch1x1);
                     metric_mind.py of its main branch, which 0.4.0 lacks
    torchmetrics     its network, and its classes fed the features. KID takes all images in every
                     subset, since it draws without a seed

Each value has `program`, what that says, and `truth`, of the same f32 features in f64: Frechet
distances by low_rank of fixtures/reference.py, since the programs' lose digits in singular covariances; KID
and its like by the programs' functions.
Names are JSON pointers into the program's report, `arguments` what it is to be called with.

Without `--binary` only the originals run; `--write` stores what they say in
tests/fixtures/end_to_end_metrics.json, which the Rust tests read. `--known` takes it from there.

    python -m venv venv && venv/bin/pip install -r scripts/fixtures/requirements-metrics.txt
    venv/bin/python -m scripts.compare.with_torch_fidelity --sources FOLDER --write
    venv/bin/python -m scripts.compare.with_torch_fidelity --known --binary target/release/fid-gpu

FOLDER has torch-fidelity's checkout; scripts/fixtures/metrics.py has its name and commit.
"""

import argparse
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import torch
from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc, utils
from torch_fidelity.datasets import ImagesPathDataset
from torchmetrics.image import fid, inception, kid, mifid

from scripts.fixtures import seeded_weights
from scripts.compare.with_pytorch_fid import SAMPLES, images, pixels_sha256
from scripts.fixtures.metrics import SOURCES, taken
from scripts.fixtures.reference import FIXTURES, low_rank, versions

FIXTURE = FIXTURES / "end_to_end_metrics.json"
SEED, SUBSET_SIZE, SUBSETS, SPLITS = 2020, 20, 100, 10
PRESETS = ["torch-fidelity", "torchmetrics"]
LAYERS = ["64", "192", "768", "2048", "logits_unbiased"]
FRECHET = {
    "/fid": "2048",
    "/metrics/fid_64": "64",
    "/metrics/fid_192": "192",
    "/metrics/fid_768": "768",
    "/metrics/sfid": "spatial",
}
Features = dict[str, torch.Tensor]


# --- features -------------------------------------------------------------------------------


class TorchmetricsNetwork(fid.NoTrainInceptionV3):
    """It returns the first of its layers alone; here it is asked for all."""

    def forward(self, x):
        return self._torch_fidelity_forward(x)


def network(preset: str, weights: pathlib.Path) -> torch.nn.Module:
    make = {
        "torch-fidelity": utils.FEATURE_EXTRACTORS_REGISTRY["inception-v3-compat"],
        "torchmetrics": TorchmetricsNetwork,
    }[preset]
    return make("inception-v3-compat", LAYERS, feature_extractor_weights_path=str(weights))


def features(extractor: torch.nn.Module, files: list[pathlib.Path]) -> Features:
    """Of all layers and the spatial ones, [images, d], by torch-fidelity's loader, one image at a time."""
    spatial = []
    keep = lambda _module, _inputs, x: spatial.append(x[:, :7].permute(0, 2, 3, 1).flatten(1))
    hook = extractor.Mixed_6d.branch1x1.register_forward_hook(keep)
    found = utils.get_featuresdict_from_dataset(
        ImagesPathDataset(files), extractor, 1, cuda=False, save_cpu_ram=True, verbose=False
    )
    hook.remove()
    return found | {"spatial": torch.cat(spatial)}


def mean_norms(x: Features) -> dict[str, float]:
    """Norm of the mean of each layer."""
    return {name: float(layer.double().mean(dim=0).norm()) for name, layer in x.items()}


# --- metrics --------------------------------------------------------------------------------


def by_torch_fidelity(fake: Features, real: Features, mind) -> dict:
    """Results of the functions that its calculate_metrics calls."""
    result = {}
    for name, layer in FRECHET.items():
        sides = [metric_fid.fid_features_to_statistics(x[layer]) for x in (fake, real)]
        result[name] = metric_fid.fid_statistics_to_metric(*sides, False)[metric_fid.KEY_METRIC_FID]
    a, b = fake["2048"], real["2048"]
    return result | scores(a, b, fake["logits_unbiased"]) | {"/metrics/mind/value": mind(a, b)}


def scores(a: torch.Tensor, b: torch.Tensor, logits: torch.Tensor) -> dict:
    """KID, ISC and PRC under our names, in the precision of the features."""
    out = metric_kid.kid_features_to_metric(
        a, b, kid_subsets=SUBSETS, kid_subset_size=SUBSET_SIZE, rng_seed=SEED, verbose=False
    )
    out |= metric_isc.isc_features_to_metric(logits, SPLITS, True, SEED)
    return flat(out | metric_prc.prc_features_to_metric(a, b, prc_neighborhood=3, verbose=False))


def true_of_torch_fidelity(fake, real, mind) -> dict:
    """In f64, except MIND, whose function always computes in f32."""
    a, b, logits = fake["2048"].double(), real["2048"].double(), fake["logits_unbiased"].double()
    return frechet(fake, real, FRECHET) | scores(a, b, logits) | {"/metrics/mind/value": mind(a, b)}


def flat(out: dict) -> dict:
    """Under our names."""
    return {
        "/metrics/kid/mean": out[metric_kid.KEY_METRIC_KID_MEAN],
        "/metrics/kid/std": out[metric_kid.KEY_METRIC_KID_STD],
        "/metrics/is/mean": out[metric_isc.KEY_METRIC_ISC_MEAN],
        "/metrics/is/std": out[metric_isc.KEY_METRIC_ISC_STD],
        "/metrics/prdc/precision": out[metric_prc.KEY_METRIC_PRECISION],
        "/metrics/prdc/recall": out[metric_prc.KEY_METRIC_RECALL],
        "/metrics/prdc/f_score": out[metric_prc.KEY_METRIC_F_SCORE],
    }


def frechet(fake: Features, real: Features, names) -> dict:
    return {n: low_rank(*(x[FRECHET[n]].double().numpy() for x in (real, fake))) for n in names}


def mind_function(sources: pathlib.Path):
    function = taken(
        sources / "toshas+torch-fidelity/torch_fidelity/metric_mind.py", "mind_features_to_metric",
        torch=torch, get_kwarg=lambda name, kwargs: kwargs[name], KEY_METRIC_MIND="mind",
        vassert=lambda *_: None, vprint=lambda *_: None,
    )
    return lambda fake, real: function(
        fake, real, mind_num_projections=1000, cuda=False, rng_seed=SEED, verbose=False
    )["mind"]


class Given(torch.nn.Module):
    """A network whose images are features."""

    def __init__(self, d: int):
        super().__init__()
        self.num_features = d

    def forward(self, x):
        return x


def by_torchmetrics(fake: Features, real: Features) -> dict:
    """Results of the program's classes for these features."""
    distances = {n: layer for n, layer in FRECHET.items() if layer != "spatial"}
    result = {}
    for name, layer in distances.items():
        metric = fid.FrechetInceptionDistance(feature=Given(real[layer].shape[1]))
        result[name] = between(metric, fake[layer], real[layer])
    metric = mifid.MemorizationInformedFrechetInceptionDistance(feature=Given(2048))
    result["/metrics/mifid/value"] = between(metric, fake["2048"], real["2048"])
    return result | torchmetrics_scores(fake, real)


def torchmetrics_scores(fake: Features, real: Features) -> dict:
    """Those that are no Frechet distances, in the precision of the features."""
    metric = kid.KernelInceptionDistance(Given(2048), subsets=2, subset_size=len(real["2048"]))
    result = {"/metrics/kid/mean": between(metric, fake["2048"], real["2048"])}
    metric = inception.InceptionScore(Given(1008), splits=SPLITS)
    metric.update(fake["logits_unbiased"])
    torch.manual_seed(SEED)
    mean, std = metric.compute()
    return result | {"/metrics/is/mean": float(mean), "/metrics/is/std": float(std)}


def between(metric, fake: torch.Tensor, real: torch.Tensor) -> float:
    metric.update(real, real=True)
    metric.update(fake, real=False)
    value = metric.compute()
    return float(value[0] if isinstance(value, tuple) else value)


def true_of_torchmetrics(fake: Features, real: Features) -> dict:
    fake, real = ({n: layer.double() for n, layer in x.items()} for x in (fake, real))
    result = frechet(fake, real, FRECHET) | torchmetrics_scores(fake, real)
    penalty = mifid._compute_cosine_distance(real["2048"], fake["2048"])
    return result | {"/metrics/mifid/value": result["/fid"] / float(penalty)}


def arguments(preset: str, count: int) -> list[str]:
    """What our program is called with."""
    common = ["--preset", preset, "--is", preset]
    return common + {
        "torch-fidelity": [
            "--metrics", "fid,fid-64,fid-192,fid-768,sfid,kid,is,prdc,mind",
            "--kid-subset-size", str(SUBSET_SIZE), "--kid-subsets", str(SUBSETS),
        ],
        "torchmetrics": [
            "--metrics", "fid,fid-64,fid-192,fid-768,kid,is,mifid",
            "--kid-subset-size", str(count), "--kid-subsets", "2",
        ],
    }[preset]


def by_originals(weights: pathlib.Path, folder: pathlib.Path, sources: pathlib.Path, presets) -> dict:
    sets = {name: images(folder / name) for name in ["real", "fake"]}
    report = {
        "weights": "seeded:0",
        "images": {name: len(files) for name, files in sets.items()},
        "pixels_sha256": {name: pixels_sha256(files) for name, files in sets.items()},
        "presets": {},
    }
    for preset in presets:
        extractor = network(preset, weights)
        x = {name: features(extractor, files) for name, files in sets.items()}
        print(f"{preset}: features", file=sys.stderr)
        if preset == "torch-fidelity":
            mind = mind_function(sources)
            program = by_torch_fidelity(**x, mind=mind)
            truth = true_of_torch_fidelity(**x, mind=mind)
        else:
            program, truth = by_torchmetrics(**x), true_of_torchmetrics(**x)
        print(f"{preset}: done", file=sys.stderr)
        report["presets"][preset] = {
            "arguments": arguments(preset, len(sets["real"])),
            "mean_norm": {name: mean_norms(layers) for name, layers in x.items()},
            "values": {n: {"program": program[n], "truth": truth[n]} for n in program},
        }
    return report


# --- comparison -----------------------------------------------------------------------------


def at(report: dict, pointer: str) -> float:
    for key in pointer.split("/")[1:]:
        report = report[key]
    return report


def relative(value: float, reference: float) -> float:
    return abs(value - reference) / abs(reference)


def compare(case: dict, presets, binary, weights: pathlib.Path, device: str) -> float:
    """Prints a table of relative differences; the largest of ours from the truth."""
    worst = 0.0
    print(f"{'preset':15} {'value':24} {'program':>18} {'to truth':>9}   ours: to program, to truth")
    for preset in [p for p in case["presets"] if p in presets]:
        expected = case["presets"][preset]
        ours = None
        if binary:
            command = [binary, "--real", SAMPLES / "real", "--fake", SAMPLES / "fake", "--json"]
            command += ["--weights", weights, "--device", device, *expected["arguments"]]
            ours = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for name, value in expected["values"].items():
            program, truth = value["program"], value["truth"]
            row = f"{preset:15} {name:24} {program:18.10f} {relative(program, truth):9.1e}"
            if ours:
                off = relative(at(ours, name), truth)
                row += f" {relative(at(ours, name), program):9.1e} {off:9.1e}"
                worst = max(worst, off)
            print(row)
    return worst


def write(case: dict) -> None:
    """Writes the fixture; presets that were not run remain unchanged."""
    if FIXTURE.exists():
        before = json.loads(FIXTURE.read_text())["cases"]["samples"]
        case["presets"] = before["presets"] | case["presets"]
    programs = ["torch-fidelity", "torchmetrics"]
    report = {
        "made_by": "scripts/compare/with_torch_fidelity.py",
        "versions": versions() | {name: importlib.metadata.version(name) for name in programs},
        "sources": {name: SOURCES[name] for name in ["toshas+torch-fidelity"]},
        "cases": {"samples": case},
    }
    FIXTURE.write_text(json.dumps(report, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares with torch-fidelity and TorchMetrics.")
    parser.add_argument("--sources", type=pathlib.Path, help="folder of torch-fidelity's checkout")
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=PRESETS, help="only these")
    parser.add_argument("--known", action="store_true", help="do not run the originals, read the fixture")
    parser.add_argument("--binary", type=pathlib.Path, help="fid-gpu; without it, no comparison")
    parser.add_argument("--device", default="cpu", help="of the binary")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="relative to the truth; else exit with 1")
    parser.add_argument("--write", action="store_true", help="store the originals' numbers")
    args = parser.parse_args()
    if not args.known and not args.sources:
        parser.error("--sources FOLDER or --known expected")

    with tempfile.TemporaryDirectory() as temporary:
        weights = pathlib.Path(temporary) / "seeded-0.pth"
        seeded_weights.save(0, weights)
        if args.known:
            case = json.loads(FIXTURE.read_text())["cases"]["samples"]
        else:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*buffer.*", category=UserWarning)
                case = by_originals(weights, SAMPLES, args.sources, args.presets)
        worst = compare(case, args.presets, args.binary, weights, args.device)

    if args.write and not args.known:
        write(case)
    sys.exit(worst > args.tolerance)


if __name__ == "__main__":
    main()
