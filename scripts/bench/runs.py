"""Shared by the parts of peers.py: runs of processes, alternating, and their ratios.

A run is a whole process. What it costs is seen from outside (wall time, CPU time with its children,
the peak resident memory of its largest process) or reported by itself, on the last line it prints, as
JSON. Programs take turns, and each round starts with another one, so that a busy machine slows
all alike. A ratio is taken within a round; its spread is the smallest and the largest.
"""

import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Runs a command and prints its time and memory, in a separate process: Linux counts the memory
# of the parent towards a program's peak, and this script is large.
LAUNCHER = """
import json, os, subprocess, sys, tempfile, time
errors = tempfile.TemporaryFile("w+")
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=errors, text=True)
stdout = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
process.returncode = os.waitstatus_to_exitcode(status)
if process.returncode:
    errors.seek(0)
    sys.exit(f"{errors.read()}\\n{sys.argv[1:]}: exit status {process.returncode}")
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

    def reported(self) -> dict:
        """The JSON on the last line it prints."""
        return json.loads(self.stdout.strip().splitlines()[-1])

    def cost(self) -> dict:
        """Times and memory seen from outside."""
        return {k: v for k, v in dataclasses.asdict(self).items() if k != "stdout"}


def run(command: list, **environment: str) -> Run:
    # These variables pin OpenBLAS to an older processor or another cache than the machine has, at
    # up to half the speed: the peer is to run as fast as it can.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    load = os.getloadavg()[0]
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(launcher, stdout=subprocess.PIPE, text=True, env=inherited | environment)
    if done.returncode:
        raise SystemExit("a run failed; its message is above")
    return Run(load_before=load, **json.loads(done.stdout))


def limited(threads: int) -> dict[str, str]:
    """The environment in which every library that is measured uses this many threads."""
    names = ["OMP", "MKL", "OPENBLAS", "RAYON", "LP"]  # LP: Mesa's software driver
    return {f"{name}_NUM_THREADS": str(threads) for name in names}


def alternate(rounds: int, programs: dict) -> dict[str, list]:
    """Calls each of `programs` once a round. They give the run's record; its numbers are shown."""
    records = {name: [] for name in programs}
    names = list(programs)
    for round_ in range(rounds):
        turn = round_ % len(names)
        for name in names[turn:] + names[:turn]:
            records[name].append(programs[name]())
            shown = ", ".join(f"{k} {v:.6g}" for k, v in records[name][-1].items() if number(v))
            print(f"  {round_ + 1}/{rounds} {name}: {shown}", flush=True)
    return records


def number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def ratios(peer: list[float], own: list[float]) -> dict:
    """How many times the peer needs what we need, round by round."""
    each = [p / o for p, o in zip(peer, own)]
    return {"median": statistics.median(each), "min": min(each), "max": max(each)}


def spread(ratio: dict) -> str:
    return f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})"


def median(records: list[dict], quantity: str) -> float:
    return statistics.median(record[quantity] for record in records)


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of Markdown."""
    line = lambda cells: "| " + " | ".join(cells) + " |"
    return [line(header), "|" + "---|" * len(header), *map(line, rows), ""]


def machine() -> dict:
    """The machine and the commit."""
    model = platform.processor() or platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((l.split(":")[1].strip() for l in lines if l.startswith("model name")), model)
        flags = next((l.split(":")[1].split() for l in lines if l.startswith("flags")), [])
        widest = next((f for f in ["avx512f", "avx2"] if f in flags), "")
        model = f"{model} ({widest})" if widest else model
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system(), "commit": commit}
