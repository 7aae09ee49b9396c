"""Part `vit` of peers.py: vision transformers alone on the CPU, ours against OpenVINO and PyTorch.

As network.py does on Inception: the same seeded weights and the same batch, and features that agree,
or the run stops. DINOv2 runs with the positions of transformers, in all programs.
"""

import pathlib

import numpy as np

from scripts.bench import network
from scripts.bench.peer_vit import side
from scripts.bench.runs import alternate, limited, ratios, run
from scripts.fixtures.splitmix import key, stream

HERE = pathlib.Path(__file__).parent
ENGINES = ["openvino", "torch"]


def images(count: int, length: int) -> np.ndarray:
    """f32 [count,3,length,length] in one row, noise in [-2, 2)."""
    values = stream(key("bench/vit", 0), count * 3 * length**2) >> np.uint64(40)
    return (values.astype(np.float64) / 2.0**22 - 2.0).astype(np.float32)


def measure(args, made) -> dict:
    cases = {}
    for encoder in args.encoders:
        for threads in args.threads:
            name = f"{encoder}, {threads} thread{'s' * (threads > 1)}"
            cases[name] = case(args, made, encoder, threads)
    return {"cases": cases}


def case(args, made, encoder: str, threads: int) -> dict:
    """One network and number of threads."""
    batch = 4 * threads
    print(f"{encoder}, {threads} threads, batches of {batch}", flush=True)
    source = made.folder / f"{encoder}-{batch}.f32"
    images(batch, side(encoder)).tofile(source)
    options = ["--batch", batch, "--threads", threads, "--seconds", args.seconds]
    options += ["--input", source, "--out"]

    def of(name: str, command: list):
        def once():
            done = run([*command, *options, made.folder / f"vit-{name}.f32"], **limited(threads))
            said = done.reported()
            per_image = {f"{t}_per_image": said[t] / said["images"] for t in ["cpu_s", "wall_s"]}
            memory = {"peak_rss_mb": done.peak_rss_mb, "load_before": done.load_before}
            return said | per_image | memory

        return once

    own = [made.example("time_vit"), "--encoder", encoder]
    if encoder.startswith("dinov2"):
        own += ["--preset", "transformers"]
    peer = [made.python, "-m", "scripts.bench.peer_vit"]
    engines = [name for name in ENGINES if name in args.engines]
    programs = {"fid-gpu": of("fid-gpu", own)}
    programs |= {name: of(name, [*peer, name, encoder, made.folder]) for name in engines}
    for name in engines:
        programs[name]()  # OpenVINO's form of the network is made in the first run
    records = alternate(args.rounds, programs)

    read = lambda name: np.fromfile(made.folder / f"vit-{name}.f32", "<f4").astype(np.float64)
    ours, difference, ratio = read("fid-gpu"), {}, {}
    for name in engines:
        difference[name] = float(np.linalg.norm(read(name) - ours) / np.linalg.norm(ours))
        if not difference[name] < network.TOLERANCE:
            raise SystemExit(f"{name} runs another network: features differ by {difference[name]}")
        column = lambda who, what: [record[what] for record in records[who]]
        ratio[name] = {
            q: ratios(column(name, q), column("fid-gpu", q))
            for q in ["cpu_s_per_image", "wall_s_per_image", "peak_rss_mb"]
        }
    return {
        "batch": batch,
        "threads": threads,
        "runs": records,
        "feature_difference": difference,
        "ratio": ratio,
    }


def markdown(part: dict) -> list[str]:
    return ["## Vision transformers alone", *network.markdown(part)[1:]]
