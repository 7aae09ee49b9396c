"""Times this project's program against `python -m pytorch_fid` on the same images and weights.

Both are run as a user would run them, as whole processes with their default batch and worker
settings, alternating, so that a busy machine is unkind to both alike. For each process: wall time,
CPU time of it and its children, and the peak resident memory of its largest process. Ratios are
taken within a pair of neighbouring runs; the spread is the smallest and the largest.

Images: 2 x COUNT of 256 x 256, half PNG, half JPEG. Weights: seeded, in the file that pytorch-fid
would otherwise download (torch.hub takes a file that is already there).

The Frechet distance alone is timed as well: pytorch-fid's function (scipy.linalg.sqrtm) on made-up
statistics of 2 x COUNT rows, d = 2048, against the seconds that our program reports for that stage.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    cargo build --release -p fid-gpu
    venv/bin/python scripts/bench_pytorch_fid.py --binary target/release/fid-gpu --write
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import make_images
import seeded_weights
from reference import versions
from splitmix import key, stream

RESULTS = pathlib.Path(__file__).parent.parent / "benches" / "results"
CHECKPOINT = "hub/checkpoints/pt_inception-2015-12-05-6726825d.pth"
# What pytorch-fid does once it has the statistics, timed from inside. Prints seconds.
FRECHET = """
import sys, time, warnings
import numpy as np
from pytorch_fid.fid_score import calculate_frechet_distance
warnings.simplefilter("ignore")
a, b = (dict(np.load(path)) for path in sys.argv[1:])
start = time.perf_counter()
calculate_frechet_distance(a["mu"], a["sigma"], b["mu"], b["sigma"])
print(time.perf_counter() - start)
"""


# Runs a command and prints what it cost. It is a process of its own because Linux counts the
# memory of whoever starts a program towards that program's peak, and this script is large.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
stdout = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
process.returncode = os.waitstatus_to_exitcode(status)
if process.returncode:
    sys.exit(f"{sys.argv[1:]}: exit status {process.returncode}")
unit = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss: bytes on macOS, KiB on Linux
cpu, rss = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit
print(json.dumps({"wall_s": wall, "cpu_s": cpu, "peak_rss_mb": rss, "stdout": stdout}))
"""


@dataclasses.dataclass
class Run:
    """One process."""

    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    load_before: float
    stdout: str


def run(command: list, **environment: str) -> Run:
    # These variables pin OpenBLAS to an older processor or another cache than the machine has, at
    # up to half the speed: the peer is to run as fast as it can.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    load = os.getloadavg()[0]
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(
        launcher, check=True, stdout=subprocess.PIPE, text=True, env=inherited | environment
    )
    return Run(load_before=load, **json.loads(done.stdout))


def ours(args, real: pathlib.Path, fake: pathlib.Path, weights: pathlib.Path) -> tuple[Run, dict]:
    command = [args.binary, "--real", real, "--fake", fake, "--weights", weights]
    done = run([*command, "--device", args.device, "--json"])
    return done, json.loads(done.stdout)


def theirs(args, real: pathlib.Path, fake: pathlib.Path, cache: pathlib.Path) -> tuple[Run, float]:
    command = [sys.executable, "-W", "ignore", "-m", "pytorch_fid", real, fake, "--device", "cpu"]
    done = run(command, TORCH_HOME=str(cache))
    return done, float(done.stdout.rsplit("FID:", 1)[1])


def made_up_statistics(folder: pathlib.Path, n: int) -> list[pathlib.Path]:
    """Two statistics files at d = 2048 from n correlated non-negative rows each."""
    d, paths = 2048, []
    for name, shift in [("a", 0.1), ("b", 0.3)]:
        bits = stream(key(f"bench/{name}", 0), n * d) >> np.uint64(40)
        u = (bits.astype(np.float64) / 2.0**23 - 1).reshape(n, d)
        x = np.maximum(0.0, u + 0.75 * np.roll(u, -1, axis=1) + shift)
        paths.append(folder / f"{name}.npz")
        np.savez(paths[-1], mu=x.mean(axis=0), sigma=np.cov(x, rowvar=False))
    return paths


def ratios(peer: list[float], own: list[float]) -> dict:
    """How many times the peer needs what we need, pair by pair."""
    each = [p / o for p, o in zip(peer, own)]
    return {"median": statistics.median(each), "min": min(each), "max": max(each)}


def measure(args, folder: pathlib.Path) -> dict:
    real, fake, cache = folder / "real", folder / "fake", folder / "torch"
    make_images.make(folder, "real", make_images.REAL, args.count, 0, "bench")
    make_images.make(folder, "fake", make_images.FAKE, args.count, 0, "bench")
    weights = cache / CHECKPOINT
    weights.parent.mkdir(parents=True)
    seeded_weights.save(0, weights)

    runs = {"fid-gpu": [], "pytorch-fid": []}
    fids = {"fid-gpu": [], "pytorch-fid": []}
    stages = []
    for repetition in range(args.repetitions):
        done, report = ours(args, real, fake, weights)
        runs["fid-gpu"].append(done)
        fids["fid-gpu"].append(report["fid"])
        stages.append(report["seconds"])
        done, fid = theirs(args, real, fake, cache)
        runs["pytorch-fid"].append(done)
        fids["pytorch-fid"].append(fid)
        for name in runs:
            last = runs[name][-1]
            print(
                f"{repetition + 1}/{args.repetitions} {name}: {last.wall_s:.1f} s wall, "
                f"{last.cpu_s:.1f} s CPU, {last.peak_rss_mb:.0f} MB, "
                f"FID {fids[name][-1]:.6f}, load before {last.load_before:.1f}",
                flush=True,
            )
    quantities = ["wall_s", "cpu_s", "peak_rss_mb"]
    column = lambda name, quantity: [getattr(r, quantity) for r in runs[name]]
    return {
        "runs": {
            name: [{q: getattr(r, q) for q in [*quantities, "load_before"]} for r in each]
            for name, each in runs.items()
        },
        "fid": fids,
        "seconds_by_stage": stages,
        "ratio": {q: ratios(column("pytorch-fid", q), column("fid-gpu", q)) for q in quantities},
        "images_per_second": {
            name: 2 * args.count / statistics.median(column(name, "wall_s")) for name in runs
        },
    }


def measure_frechet(args, folder: pathlib.Path, stages: list[dict]) -> dict:
    command = [sys.executable, "-c", FRECHET, *made_up_statistics(folder, args.count)]
    peer = [float(run(command).stdout) for _ in range(args.repetitions)]
    own = [stage["frechet"] for stage in stages]
    return {"d": 2048, "pytorch_fid_s": peer, "fid_gpu_s": own, "ratio": ratios(peer, own)}


def machine() -> dict:
    """What the times depend on."""
    model = platform.processor() or platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((l.split(":")[1].strip() for l in lines if l.startswith("model name")), model)
    git = ["git", "-C", pathlib.Path(__file__).parent, "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system(), "commit": commit}


def markdown(report: dict) -> str:
    ends, frechet, machine = report["end_to_end"], report["frechet"], report["machine"]
    lines = [
        f"# fid-gpu against pytorch-fid, {report['date']}",
        "",
        f"{machine['cpu']}, {machine['cores']} cores, commit {machine['commit'] or 'unknown'}, "
        f"fid-gpu on `{report['device']}`. 2 x {report['count']} images of 256 x 256, "
        f"{report['repetitions']} runs each, alternating; made by scripts/bench_pytorch_fid.py. "
        "Medians; ratios are pytorch-fid / fid-gpu, with the smallest and the largest.",
        "",
        "| | fid-gpu | pytorch-fid | ratio |",
        "|---|---|---|---|",
    ]
    for label, quantity in [
        ("wall time, s", "wall_s"),
        ("CPU time, s", "cpu_s"),
        ("peak memory, MB", "peak_rss_mb"),
    ]:
        own, peer = (
            statistics.median(run[quantity] for run in ends["runs"][name])
            for name in ["fid-gpu", "pytorch-fid"]
        )
        lines.append(f"| {label} | {own:.1f} | {peer:.1f} | {spread(ends['ratio'][quantity])} |")
    own, peer = (statistics.median(frechet[name]) for name in ["fid_gpu_s", "pytorch_fid_s"])
    lines.append(f"| of it the distance, s | {own:.2f} | {peer:.2f} | {spread(frechet['ratio'])} |")
    own, peer = (ends["fid"][name][-1] for name in ["fid-gpu", "pytorch-fid"])
    lines.append(f"| FID under seeded:0 | {own:.6f} | {peer:.6f} | {peer / own:.8f} |")
    loads = [run["load_before"] for runs in ends["runs"].values() for run in runs]
    lines += ["", f"Load of the machine before a run: {min(loads):.1f} to {max(loads):.1f}."]
    return "\n".join(lines) + "\n"


def spread(ratio: dict) -> str:
    return f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Times fid-gpu against pytorch-fid.")
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="cpu", help="of fid-gpu; pytorch-fid runs on the CPU")
    parser.add_argument("--count", type=int, default=250, help="images in each folder")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="store the result")
    args = parser.parse_args()
    args.binary = args.binary.resolve()

    report = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "device": args.device,
        "count": args.count,
        "repetitions": args.repetitions,
    }
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ends = report["end_to_end"] = measure(args, folder)
        report["frechet"] = measure_frechet(args, folder, ends["seconds_by_stage"])
    print(markdown(report))
    if args.write:
        RESULTS.mkdir(parents=True, exist_ok=True)
        stem = RESULTS / f"{report['date']}-pytorch-fid-{args.device.replace(':', '-')}"
        stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
        stem.with_suffix(".md").write_text(markdown(report))


if __name__ == "__main__":
    main()
