"""Times this project against the programs and engines people use instead, alternating in one run.

    python3 -m scripts.bench.peers                            # everything, small: 20 to 30 minutes
    python3 -m scripts.bench.peers --quick                    # does it run at all: 5 minutes
    python3 -m scripts.bench.peers --parts network --threads 1
    python3 -m scripts.bench.peers --parts command --count 1000 --programs pytorch-fid
    python3 -m scripts.bench.peers --parts memory --sizes 1000,5000,20000       # hours
    python3 -m scripts.bench.peers --parts memory --sizes 20000 --programs ""   # fid-gpu alone

One command: it makes a virtual environment with the peers as scripts/bench/requirements.txt pins
them (several GB the first time; it lists them first), builds our programs, makes weights (seeded) and images (rule-made,
256 x 256, half PNG, half JPEG), and runs the parts:

    network   the network alone: OpenVINO, onnxruntime, PyTorch, ncnn; ncnn-Vulkan on Vulkan
    vit       vision transformers alone on the CPU: OpenVINO, PyTorch; minutes for each of --encoders
    command   the whole command: pytorch-fid, torch-fidelity, clean-fid
    frechet   the distance alone: scipy's sqrtm, torch-fidelity's eigvals, Cholesky and eigvalsh
    memory    the peak of the whole command over the number of images

Ratios are theirs / ours: above 1, ours needs less. benches/results/DATE-peers.json and .md have the
result, part by part: a later run of the same day replaces the parts it measured. --quick writes
only to a given --out.
"""

import argparse
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "fid-gpu"
CHECKPOINT = "hub/checkpoints/pt_inception-2015-12-05-6726825d.pth"


def arguments() -> argparse.Namespace:
    words = lambda value: [word for word in value.split(",") if word]
    numbers = lambda value: [int(word) for word in words(value)]
    parser = argparse.ArgumentParser(description="Times fid-gpu against its peers.")
    add = parser.add_argument
    add("--parts", type=words, default="network,vit,command,frechet,memory", help="which to run")
    add("--quick", action="store_true", help="the least of everything; figures mean nothing")
    add("--venv", type=pathlib.Path, default=CACHE / "peers", help="made if it is not there")
    add("--out", type=pathlib.Path, help="folder for the result [default: benches/results]")
    add("--rounds", type=int, default=3, help="of network")
    add("--threads", type=numbers, default="1,2", help="of network and frechet")
    add("--engines", type=words, default="openvino,onnxruntime,torch,ncnn", help="of network")
    add("--encoders", type=words, default="dinov2-l14,clip-l14", help="of vit")
    add("--batch", type=int, default=8, help="of network on the CPU")
    add("--seconds", type=float, default=3, help="of one engine's run")
    add("--no-vulkan", dest="vulkan", action="store_false", help="leave network on Vulkan out")
    add("--vulkan-batch", type=int, default=1, help="of network on Vulkan")
    add("--device", default="cpu", help="of fid-gpu in command and memory")
    add("--programs", type=words, default="pytorch-fid,torch-fidelity,clean-fid", help="of those")
    add("--count", type=int, default=50, help="images in each folder of command")
    add("--slow-rounds", type=int, default=2, help="of command and frechet")
    add("--frechet-images", type=numbers, default="5000,500", help="in each set")
    add("--sizes", type=numbers, default="64,192", help="of the growing folder of memory")
    args = parser.parse_args()
    if args.quick:
        args.rounds = args.slow_rounds = 1
        args.seconds, args.batch, args.count, args.sizes = 0.0, 2, 8, [8, 16]
        args.threads, args.frechet_images = args.threads[:1], args.frechet_images[-1:]
        args.encoders = ["dinov2-s14"]
        os.environ["OMP_NUM_THREADS"] = "1"  # sqrtm is the longest by far, and longer on two
    return args


def with_peers(folder: pathlib.Path) -> None:
    """Restarts in the environment that has the peers, creating it first if it is missing."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pins = [HERE / "requirements.txt", HERE.parent / "fixtures" / "requirements.txt"]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in pins)).hexdigest()
    stamp = folder / "fid-gpu-peers"
    if not stamp.exists() or stamp.read_text() != wanted:
        lines = [line.split("#")[0].strip() for path in pins for line in path.read_text().splitlines()]
        packages = " ".join(line for line in lines if line and not line.startswith("-r"))
        print(f"installing into {folder} (several GB): {packages}", flush=True)
        if not python.exists():
            venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "-r"]
        subprocess.run([*install, HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    if pathlib.Path(sys.prefix).resolve() != folder.resolve():
        os.execv(python, [str(python), "-m", "scripts.bench.peers", *sys.argv[1:]])


@dataclasses.dataclass
class Made:
    """Inputs of the parts."""

    folder: pathlib.Path  # for anything; goes away
    target: pathlib.Path  # where Cargo built
    device: str  # of fid-gpu in whole commands
    corpus: tuple[pathlib.Path, pathlib.Path]
    cache: pathlib.Path  # $TORCH_HOME, and where clean-fid's network is
    weights: pathlib.Path
    onnx: pathlib.Path  # and beside it ncnn's form
    vulkan: bool
    python: str = sys.executable

    @property
    def binary(self) -> pathlib.Path:
        return self.target / "fid-gpu"

    def example(self, name: str) -> pathlib.Path:
        return self.target / "examples" / name


def make(args, folder: pathlib.Path) -> Made:
    from scripts.fixtures import make_images, seeded_weights

    target = pathlib.Path(os.environ.setdefault("CARGO_TARGET_DIR", str(ROOT / "target")))
    build = ["cargo", "build", "--release", "--locked"]
    build += ["-p", "fid-gpu", "-p", "fid-cpu", "-p", "fid-tests"]
    subprocess.run([*build, "--bins", "--examples"], check=True, cwd=ROOT)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # a Vulkan loader complains without it

    corpus = folder / "real", folder / "fake"
    for path, style in zip(corpus, [make_images.REAL, make_images.FAKE]):
        make_images.make(folder, path.name, style, args.count, 0, "bench")
    cache, onnx, python = folder / "torch", folder / "fid.onnx", sys.executable
    weights = cache / CHECKPOINT
    weights.parent.mkdir(parents=True)
    seeded_weights.save(0, weights)
    made = Made(folder, target / "release", args.device, corpus, cache, weights, onnx, False)
    if "network" in args.parts:
        export = [made.binary, "weights", "export", onnx, "--weights", weights]
        subprocess.run(export, check=True)
        convert = [pathlib.Path(python).with_name("pnnx"), onnx]
        convert += ["inputshape=[1,3,299,299]", "fp16=0"]
        subprocess.run(convert, check=True, cwd=folder, capture_output=True)
        count = [python, "-c", "import ncnn; print(ncnn.get_gpu_count())"]
        counted = subprocess.run(count, check=True, capture_output=True, text=True).stdout
        made.vulkan = int(counted.split()[-1]) > 0
    if {"command", "memory"} & set(args.parts) and "clean-fid" in args.programs:
        script = ["-m", "scripts.bench.peer_clean_fid"]
        subprocess.run([python, *script, "make", weights, cache], check=True, cwd=ROOT)
    return made


def versions() -> dict[str, str]:
    import importlib.metadata as installed

    names = "torch transformers pytorch-fid torch-fidelity clean-fid openvino onnxruntime ncnn scipy numpy"
    return {name: installed.version(name) for name in names.split()}


def loads(value) -> list[float]:
    """Every `load_before` in a record."""
    if isinstance(value, list):
        return [load for part in value for load in loads(part)]
    if not isinstance(value, dict):
        return []
    own = [value["load_before"]] if "load_before" in value else []
    return own + [load for part in value.values() for load in loads(part)]


def markdown(report: dict, parts: dict) -> str:
    lines = [f"# fid-gpu against its peers, {report['date']}", ""]
    lines += ["Made by scripts/bench/peers.py, which says what is measured and how. Medians;"]
    lines += ["ratios are theirs / ours within a round, with the smallest and the largest.", ""]
    for name, (_, show) in parts.items():
        if name not in report["parts"]:
            continue
        part = report["parts"][name]
        machine, load = part["machine"], loads(part)
        lines += show(part)
        lines += [f"{machine['cpu']}, {machine['cores']} cores, commit {machine['commit']};"]
        lines += [f"load before a run {min(load):.1f} to {max(load):.1f}.", ""]
    pairs = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return "\n".join([*lines, f"Versions: {pairs}."]) + "\n"


def main() -> None:
    args = arguments()
    with_peers(args.venv)
    from scripts.bench import command, frechet, network, vit
    from scripts.bench.runs import machine

    parts = {
        "network": (network.measure, network.markdown),
        "vit": (vit.measure, vit.markdown),
        "command": (command.measure, command.markdown),
        "frechet": (frechet.measure, frechet.markdown),
        "memory": (command.measure_memory, command.memory_markdown),
    }
    unknown = set(args.parts) - set(parts)
    if unknown:
        raise SystemExit(f"--parts {','.join(unknown)}: there are {', '.join(parts)}")
    out = args.out or (None if args.quick else ROOT / "benches" / "results")
    report = {"date": datetime.date.today().isoformat(), "versions": versions(), "parts": {}}
    stem = out / f"{report['date']}-peers" if out else None
    if stem and stem.with_suffix(".json").exists():
        report["parts"] = json.loads(stem.with_suffix(".json").read_text())["parts"]
    with tempfile.TemporaryDirectory() as folder:
        made = make(args, pathlib.Path(folder))
        for name in args.parts:
            report["parts"][name] = {"machine": machine()} | parts[name][0](args, made)
            if stem:  # after each part, so that its results survive a failure of the next one
                out.mkdir(parents=True, exist_ok=True)
                stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
                stem.with_suffix(".md").write_text(markdown(report, parts))
    print(markdown(report, parts))


if __name__ == "__main__":
    main()
