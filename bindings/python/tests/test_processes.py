"""Imports, processes, threads and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES, program

Run = Callable[[str], "subprocess.CompletedProcess[str]"]

#: A run of many batches, on the CPU.
LONG = """
import fid_gpu, warnings
warnings.simplefilter("ignore")
pixels = memoryview(bytes(3 * 4 * 4 * 4000)).cast("B", (4000, 3, 4, 4))
extractor = fid_gpu.Extractor(weights="seeded", device="cpu")
extractor(memoryview(bytes(48)).cast("B", (1, 3, 4, 4)))
print("started", flush=True)
extractor(pixels)
print("ended")
"""


def test_the_import_is_quick_and_brings_nothing(in_process: Run) -> None:
    code = "import sys; before = set(sys.modules); import fid_gpu; print(*(set(sys.modules) - before))"
    done = in_process(code)
    assert done.returncode == 0, done.stderr
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    assert "fid_gpu" in packages
    assert not packages & {"numpy", "torch", "PIL", "ray", "torchmetrics", "jax"}
    timed = [
        subprocess.run([sys.executable, "-X", "importtime", "-c", "import fid_gpu"], capture_output=True, text=True)
        for _ in range(3)
    ]
    # The last line is the package: self and cumulative microseconds.
    microseconds = min(int(done.stderr.splitlines()[-1].split("|")[1]) for done in timed)
    assert microseconds < 100_000


def test_a_fork_after_use_is_an_error_with_the_cure(in_process: Run) -> None:
    code = """
import os, warnings, fid_gpu
warnings.simplefilter("ignore")
image = memoryview(bytes(48)).cast("B", (1, 3, 4, 4))
statistics = fid_gpu.Statistics(2)
extractor = fid_gpu.Extractor(layer=64, weights="seeded", device="cpu")
extractor(image)
child = os.fork()
if child == 0:
    caught = 0
    for use in (
        lambda: extractor(image),
        lambda: statistics.update(memoryview(bytes(8)).cast("f", (1, 2))),
        lambda: fid_gpu.statistics("samples/real"),
    ):
        try:
            use()
        except fid_gpu.ForkedProcess as error:
            caught += "spawn" in str(error)
    # Dropping it must not wait for threads of the parent.
    del extractor
    os._exit(caught)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
extractor(image)
"""
    done = in_process(code)
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr


def test_a_fork_before_use_is_fine(in_process: Run) -> None:
    code = """
import os, warnings, fid_gpu
warnings.simplefilter("ignore")
extractor = fid_gpu.Extractor(layer=64, weights="seeded", device="cpu")
child = os.fork()
features = extractor(memoryview(bytes(48)).cast("B", (1, 3, 4, 4)))
if child == 0:
    os._exit(len(features))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = in_process(code)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


def test_spawned_processes_compute(in_process: Run, tmp_path: Path) -> None:
    code = """
import multiprocessing, warnings, fid_gpu
warnings.simplefilter("ignore")

def statistics(paths):
    made = fid_gpu.Statistics(recipe=extractor.recipe)
    made.update(extractor(paths))
    return made

extractor = fid_gpu.Extractor(layer=64, weights="seeded", device="cpu")
if __name__ == "__main__":
    import pathlib
    paths = sorted(map(str, pathlib.Path("samples/real").iterdir()))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        a, b = pool.map(statistics, [paths[:10], paths[10:]])
    assert a + b == statistics(paths)
    print((a + b).n)
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "24"), done.stderr


def interrupted(code: str, after: str) -> tuple[subprocess.Popen[str], float]:
    """Sends Ctrl-C after a line; the process and the seconds until it ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == after
    time.sleep(0.3)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=60)
    finally:
        process.kill()
    return process, time.monotonic() - begin


def test_ctrl_c_ends_a_run() -> None:
    process, seconds = interrupted(LONG, "started")
    assert process.stderr is not None and process.stdout is not None
    assert "KeyboardInterrupt" in process.stderr.read()
    assert "ended" not in process.stdout.read()
    # A batch takes more than a second on a busy machine, and is not waited for.
    assert seconds < 5


def test_after_ctrl_c_the_extractor_still_works() -> None:
    code = LONG.replace("extractor(pixels)", "try:\n    extractor(pixels)\nexcept KeyboardInterrupt:\n    pass")
    code = code.replace('print("ended")', 'print(len(extractor(memoryview(bytes(48)).cast("B", (1, 3, 4, 4)))))')
    process, _ = interrupted(code, "started")
    assert process.stderr is not None and process.stdout is not None
    assert (process.returncode, process.stdout.read().strip()) == (0, "1"), process.stderr.read()


def test_ctrl_c_ends_the_command() -> None:
    command = [sys.executable, "-m", "fid_gpu", "watch", str(SAMPLES / "real"), str(SAMPLES), "--weights", "seeded"]
    process = subprocess.Popen([*command, "--device", "cpu"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == -signal.SIGINT


def test_other_threads_run_meanwhile(in_process: Run) -> None:
    code = """
import threading, time, warnings, fid_gpu
warnings.simplefilter("ignore")
extractor = fid_gpu.Extractor(weights="seeded", device="cpu")
extractor(memoryview(bytes(48)).cast("B", (1, 3, 4, 4)))
images = memoryview(bytes(48 * 8)).cast("B", (8, 3, 4, 4))
worker = threading.Thread(target=lambda: extractor(images))
worker.start()
steps = 0
while worker.is_alive():
    steps += 1
    time.sleep(0.001)
print(steps)
"""
    done = in_process(code)
    assert done.returncode == 0 and int(done.stdout) > 10, done.stderr


def test_the_command_line() -> None:
    done = program("--version")
    assert done.returncode == 0 and done.stdout.startswith("fid-gpu ")
    assert program("--help").stdout.startswith("The Fréchet Inception Distance")
    missing = program("a", "b")
    assert missing.returncode == 2 and "fid-gpu: " in missing.stderr
    unknown = program("--bogus")
    assert unknown.returncode == 2 and "--bogus" in unknown.stderr
    entry = Path(sys.executable).with_name("fid-gpu")
    if entry.exists():
        assert subprocess.run([entry, "--version"], capture_output=True, text=True).stdout == done.stdout
    worse = program(
        str(SAMPLES / "real"), str(SAMPLES / "fake"), "--weights", "seeded", "--device", "cpu", "--fail-above", "1"
    )
    assert worse.returncode == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_workers_that_only_load_images(in_process: Run) -> None:
    pytest.importorskip("torch")
    code = """
import warnings, fid_gpu, torch
warnings.simplefilter("ignore")

class Images(torch.utils.data.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return torch.full((3, 8, 8), index, dtype=torch.uint8)

extractor = fid_gpu.Extractor(layer=64, weights="seeded", device="cpu")
images = Images()
images.extractor = extractor
extractor(images[0][None])
for epoch in range(2):
    rows = [extractor(batch) for batch in torch.utils.data.DataLoader(images, 2, num_workers=2)]
print(torch.cat(rows).shape[0])
"""
    done = in_process(code)
    assert (done.returncode, done.stdout.strip()) == (0, "6"), done.stderr


def test_the_example_runs() -> None:
    example = ROOT / "bindings/python/examples/generator.py"
    done = subprocess.run([sys.executable, "-W", "ignore", example], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1] == "True"
    # The same images in each epoch, and those of the first line.
    assert lines[2].split(": ")[1] == lines[3].split(": ")[1] == lines[0].split(",")[0]
