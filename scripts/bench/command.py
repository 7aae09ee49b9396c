"""Parts `command` and `memory` of peers.py: whole programs, as a user would run them.

`command` runs each peer and our program under the preset of that name, on the same two folders with
the same weights, with default batches and workers. The values must agree within AGREE.

`memory` is the peak of each program's largest process over the number of images in one folder; the
other folder stays unchanged. The images are hard links to those of the corpus. Below 64 images the
batches are not full, and what grows is the batch.
"""

import json
import os
import pathlib

from scripts.bench.runs import Run, alternate, median, ratios, run, spread, table

HERE = pathlib.Path(__file__).parent
AGREE = 1e-3  # relative; with fewer images than dimensions sqrtm loses some digits
PRESETS = {"pytorch-fid": "pytorch-fid", "torch-fidelity": "torch-fidelity", "clean-fid": "clean"}


def record(done: Run, fid: float, **more) -> dict:
    return done.cost() | {"fid": fid} | more


def ours(made, real, fake, preset: str) -> dict:
    command = [made.binary, "--real", real, "--fake", fake, "--weights", made.weights]
    done = run([*command, "--device", made.device, "--preset", preset, "--json", "--quiet"])
    report = json.loads(done.stdout)
    return record(done, report["fid"], seconds=report["seconds"])


def pytorch_fid(made, real, fake) -> dict:
    command = [made.python, "-W", "ignore", "-m", "pytorch_fid", real, fake, "--device", "cpu"]
    done = run(command, TORCH_HOME=str(made.cache))
    return record(done, float(done.stdout.rsplit("FID:", 1)[1]))


def torch_fidelity(made, real, fake) -> dict:
    program = pathlib.Path(made.python).with_name("fidelity")
    command = [made.python, "-W", "ignore", program, "--fid", "--cpu", "--json", "--silent"]
    command += ["--input1", fake, "--input2", real]
    command += ["--feature-extractor", "inception-v3-compat"]
    done = run([*command, "--feature-extractor-weights-path", made.weights])
    return record(done, json.loads(done.stdout)["frechet_inception_distance"])


def clean_fid(made, real, fake) -> dict:
    command = [made.python, "-W", "ignore", HERE / "peer_clean_fid.py", "run"]
    done = run([*command, made.cache, real, fake])
    return record(done, float(done.stdout.rsplit("FID:", 1)[1]))


PEERS = {"pytorch-fid": pytorch_fid, "torch-fidelity": torch_fidelity, "clean-fid": clean_fid}


def measure(args, made) -> dict:
    real, fake = made.corpus
    cases = {}
    for name in args.programs:
        print(f"command: fid-gpu against {name}, 2 x {args.count} images", flush=True)
        programs = {
            "fid-gpu": lambda: ours(made, real, fake, PRESETS[name]),
            name: lambda: PEERS[name](made, real, fake),
        }
        records = alternate(args.slow_rounds, programs)
        own, peer = records["fid-gpu"], records[name]
        for a, b in zip(own, peer):
            if not abs(a["fid"] - b["fid"]) <= AGREE * abs(b["fid"]):
                raise SystemExit(f"{name} gives {b['fid']}, fid-gpu {a['fid']}")
        cases[name] = {
            "runs": records,
            "ratio": {
                q: ratios([r[q] for r in peer], [r[q] for r in own])
                for q in ["wall_s", "cpu_s", "peak_rss_mb"]
            },
        }
    return {"count": args.count, "device": made.device, "cases": cases}


def markdown(part: dict) -> list[str]:
    lines = [f"## The whole command, 2 x {part['count']} images of 256 x 256", ""]
    lines += [f"fid-gpu on `{part['device']}`, the others on the CPU. Medians.", ""]
    for name, c in part["cases"].items():
        rows = []
        for label, quantity in [
            ("wall time, s", "wall_s"),
            ("CPU time, s", "cpu_s"),
            ("peak memory of a process, MB", "peak_rss_mb"),
            ("FID under seeded weights", "fid"),
        ]:
            own, peer = (median(c["runs"][who], quantity) for who in ["fid-gpu", name])
            if quantity == "fid":
                rows.append([label, f"{own:.6f}", f"{peer:.6f}", f"{peer / own:.8f}"])
            else:
                rows.append([label, f"{own:.1f}", f"{peer:.1f}", spread(c["ratio"][quantity])])
        lines += table(["", "fid-gpu", name, "theirs / ours"], rows)
    return lines


def linked(made, count: int) -> pathlib.Path:
    """A folder of `count` images, those of the corpus over and over."""
    folder, sources = made.folder / f"linked-{count}", sorted(made.corpus[0].iterdir())
    folder.mkdir()
    for index in range(count):
        source = sources[index % len(sources)]
        os.link(source, folder / f"{index:06}{source.suffix}")
    return folder


def measure_memory(args, made) -> dict:
    fake = made.corpus[1]
    programs = {"fid-gpu": lambda real: ours(made, real, fake, "pytorch-fid")}
    programs |= {n: lambda real, n=n: PEERS[n](made, real, fake) for n in args.programs}
    cases = {}
    for count in sorted(args.sizes):
        print(f"memory: {count} images against {args.count}", flush=True)
        real = linked(made, count)
        once = {name: lambda of=of: of(real) for name, of in programs.items()}
        cases[count] = {name: records[0] for name, records in alternate(1, once).items()}
    return {"other_folder": args.count, "device": made.device, "cases": cases}


def memory_markdown(part: dict) -> list[str]:
    cases = part["cases"]
    counts = list(cases)
    header = ["peak memory of a process, MB"] + [f"{n} images" for n in counts] + ["kB an image"]
    rows = []
    for name in cases[counts[0]]:
        peaks = [cases[n][name]["peak_rss_mb"] for n in counts]
        more = int(counts[-1]) - int(counts[0])
        growth = f"{(peaks[-1] - peaks[0]) * 1024 / more:.1f}" if more else ""
        rows.append([name, *(f"{peak:.0f}" for peak in peaks), growth])
    lines = ["## Memory over the number of images", ""]
    lines += [f"Of one folder; the other has {part['other_folder']}. One run each.", ""]
    return lines + table(header, rows)
