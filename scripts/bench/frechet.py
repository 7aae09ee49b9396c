"""Part `frechet` of peers.py: the distance between two sets of statistics, d = 2048.

The features are made up: non-negative and correlated. Two sizes of set: more images than
dimensions, where every program gets the mean and the covariance; and fewer, where ours has kept the
features, as it does when it has seen the images itself, while the others have the covariance alone
and `cholesky` cannot work. The statistics themselves are not part of the time.
"""

import pathlib

import numpy as np

from scripts.bench.runs import alternate, limited, median, ratios, run, spread, table
from scripts.fixtures.splitmix import key, stream

HERE = pathlib.Path(__file__).parent
DIM = 2048
AGREE = 1e-4  # relative; singular covariances cost the others some digits


def features(name: str, n: int, shift: float) -> np.ndarray:
    """f32 [n,2048]."""
    bits = stream(key(f"bench/{name}", 0), n * DIM) >> np.uint64(40)
    u = (bits.astype(np.float64) / 2.0**23 - 1).reshape(n, DIM)
    return np.maximum(0.0, u + 0.75 * np.roll(u, -1, axis=1) + shift).astype(np.float32)


def write(folder: pathlib.Path, name: str, n: int, shift: float) -> None:
    rows = features(name, n, shift)
    rows.astype("<f4").tofile(folder / f"{name}.rows")
    x = rows.astype(np.float64)
    statistics = [x.mean(axis=0), np.cov(x, rowvar=False).ravel()]
    np.concatenate(statistics).astype("<f8").tofile(folder / f"{name}.sigma")


def measure(args, made) -> dict:
    cases = {}
    for n in args.frechet_images:
        few = n <= DIM
        write(made.folder, "a", n, 0.1)
        write(made.folder, "b", n, 0.3)
        methods = ["sqrtm", "eigvals"] + ["cholesky"] * (not few)
        for threads in args.threads:
            print(f"frechet, {n} images a set, {threads} threads", flush=True)
            name = f"{n} images a set, {threads} thread{'s' * (threads > 1)}"
            cases[name] = case(args, made, methods, "rows" if few else "sigma", threads)
    return {"d": DIM, "cases": cases}


def case(args, made, methods: list[str], kind: str, threads: int) -> dict:
    files = lambda kind: [x for n in "ab" for x in (f"--{n}", made.folder / f"{n}.{kind}")]

    def of(command: list):
        def once():
            done = run(command, **limited(threads))
            said = done.reported()
            each = {t: said[t] / said["rounds"] for t in ["cpu_s", "wall_s"]}
            return said | each | {"load_before": done.load_before}

        return once

    own = [made.example("time_frechet"), *files(kind), "--kind", kind, "--threads", threads]
    peer = lambda method: [made.python, HERE / "peer_frechet.py", method, *files("sigma")]
    programs = {"fid-gpu": of(own)} | {method: of(peer(method)) for method in methods}
    records = alternate(args.slow_rounds, programs)
    value = records["fid-gpu"][0]["value"]
    for method in methods:
        other = records[method][0]["value"]
        if not abs(other - value) <= AGREE * value:
            raise SystemExit(f"{method} gives {other}, fid-gpu {value}")
    column = lambda who, what: [record[what] for record in records[who]]
    return {
        "threads": threads,
        "runs": records,
        "ratio": {
            m: {q: ratios(column(m, q), column("fid-gpu", q)) for q in ["cpu_s", "wall_s"]}
            for m in methods
        },
    }


def markdown(part: dict) -> list[str]:
    lines = ["## The distance alone, d = 2048", ""]
    label = {"sqrtm": "sqrtm (pytorch-fid, clean-fid)", "eigvals": "eigvals (torch-fidelity)"}
    for name, c in part["cases"].items():
        clock, quantity = ("CPU", "cpu_s") if c["threads"] == 1 else ("wall", "wall_s")
        rows = []
        for program, records in c["runs"].items():
            ratio = c["ratio"].get(program)
            row = [label.get(program, program), f"{median(records, quantity):.3g}"]
            row += [spread(ratio[quantity]) if ratio else "1", f"{records[0]['value']:.9f}"]
            rows.append(row)
        lines += table([name, f"{clock} seconds", "theirs / ours", "value"], rows)
    return lines
