"""Part `network` of peers.py: the FID network alone, ours against other engines.

All get the same batch and must give the same features (relative L2 below TOLERANCE), or the run
stops. On one thread the figure is CPU seconds per image, which a busy machine hardly changes; on
several it is wall seconds per image. `vulkan` is the machine's first Vulkan device, a software one
if it has no other; there both figures are reported.
"""

import pathlib

import numpy as np

from scripts.bench.runs import alternate, limited, median, ratios, run, spread, table
from scripts.fixtures.splitmix import key, stream

HERE = pathlib.Path(__file__).parent
CPU = ["openvino", "onnxruntime", "torch", "ncnn"]
VULKAN = ["ncnn-vulkan"]
TOLERANCE = 1e-4
SIDE = 299


def images(count: int) -> np.ndarray:
    """f32 [count,3,299,299] from -1 to 1: soft squares of 13 pixels under noise."""
    cells = SIDE // 13
    values = stream(key("bench/network", 0), count * 3 * (cells**2 + SIDE**2)) >> np.uint64(57)
    soft, noise = np.split(values.astype(np.int64), [count * 3 * cells**2])
    soft = soft.reshape(count, 3, cells, cells).repeat(13, axis=2).repeat(13, axis=3)
    return ((soft + noise.reshape(soft.shape)) / 127.0 - 1.0).astype(np.float32)


def measure(args, made) -> dict:
    cases = {}
    for threads in args.threads:
        name = f"cpu, {threads} thread{'s' * (threads > 1)}"
        cases[name] = case(args, made, "cpu", args.engines, threads, args.batch)
    if args.vulkan and made.vulkan:
        threads = args.threads[-1]
        cases["vulkan"] = case(args, made, "vulkan", VULKAN, threads, args.vulkan_batch)
    elif args.vulkan:
        print("no Vulkan device: that case is left out")
    return {"cases": cases}


def case(args, made, device: str, engines: list[str], threads: int, batch: int) -> dict:
    """One device and number of threads."""
    print(f"network on {device}, {threads} threads, batches of {batch}", flush=True)
    source, features = made.folder / f"batch-{batch}.f32", made.folder / "features"
    features.mkdir(exist_ok=True)
    if not source.exists():
        images(batch).tofile(source)
    options = ["--batch", batch, "--threads", threads, "--seconds", args.seconds]
    options += ["--input", source, "--out"]

    def of(name: str, command: list):
        def once():
            out = features / f"{name}.f32"
            done = run([*command, *options, out], **limited(threads), TORCH_HOME=str(made.cache))
            said = done.reported()
            per_image = {f"{t}_per_image": said[t] / said["images"] for t in ["cpu_s", "wall_s"]}
            return said | per_image | {"load_before": done.load_before}

        return once

    peer = HERE / "peer_engine.py"
    own = [made.example("time_cpu")]
    if device != "cpu":
        own = [made.example("time_network"), "--device", device]
    own += ["--weights", made.weights]
    programs = {"fid-gpu": of("fid-gpu", own)}
    programs |= {n: of(n, [made.python, peer, n, made.onnx]) for n in engines}
    records = alternate(args.rounds, programs)

    read = lambda name: np.fromfile(features / f"{name}.f32", "<f4").astype(np.float64)
    ours, difference, ratio = read("fid-gpu"), {}, {}
    for name in engines:
        difference[name] = float(np.linalg.norm(read(name) - ours) / np.linalg.norm(ours))
        if not difference[name] < TOLERANCE:
            raise SystemExit(f"{name} runs another network: features differ by {difference[name]}")
        column = lambda who, what: [record[what] for record in records[who]]
        ratio[name] = {
            q: ratios(column(name, q), column("fid-gpu", q))
            for q in ["cpu_s_per_image", "wall_s_per_image"]
        }
    return {
        "batch": batch,
        "threads": threads,
        "device": records["fid-gpu"][0]["device"],
        "runs": records,
        "feature_difference": difference,
        "ratio": ratio,
    }


def markdown(part: dict) -> list[str]:
    lines = ["## The network alone", ""]
    for name, c in part["cases"].items():
        # Worth reporting: CPU time on one thread, wall time on several, both on Vulkan.
        wall, cpu = c["threads"] > 1, c["threads"] == 1 or name == "vulkan"
        shown = [("CPU", "cpu_s_per_image")] * cpu + [("wall", "wall_s_per_image")] * wall
        header = [f"{name}, batch {c['batch']}", "features differ by"]
        for clock, _ in shown:
            header += [f"images per {clock} second", f"theirs / ours, {clock} time"]
        rows = []
        for program, records in c["runs"].items():
            difference = c["feature_difference"].get(program)
            row = [program, f"{difference:.1e}" if difference else ""]
            for _, quantity in shown:
                ratio = c["ratio"].get(program)
                row.append(f"{1 / median(records, quantity):.3g}")
                row.append(spread(ratio[quantity]) if ratio else "1")
            rows.append(row)
        lines += table(header, rows)
        if name == "vulkan":
            lines += [f"Vulkan device: {c['device']}.", ""]
    return lines
