"""What the tests share. Those of this folder need pytest alone: NumPy, PyTorch and others are used where they are."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fid_gpu
import pytest

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"

#: The network of all tests: random weights, on the CPU.
NETWORK: dict[str, Any] = {"weights": "seeded", "device": "cpu"}


def pixels(*shape: int, seed: int = 1) -> memoryview:
    """uint8 values without a pattern, of any shape."""
    size = 1
    for axis in shape:
        size *= axis
    state, data = seed, bytearray(size)
    for at in range(size):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        data[at] = state >> 16 & 255
    return memoryview(data).cast("B", shape)


def floats(rows: list[list[float]]) -> memoryview:
    """float32 of shape (len(rows), len(rows[0]))."""
    from array import array

    flat = array("f", [value for row in rows for value in row])
    return memoryview(flat).cast("B").cast("f", (len(rows), len(rows[0])))


def values(result: Any) -> list[Any]:
    """An array as lists, of NumPy or not."""
    listed: list[Any] = result.tolist()
    return listed


def files(side: str, count: int | None = None) -> list[str]:
    """Images of samples/, in the order of the program."""
    return [str(path) for path in sorted((SAMPLES / side).iterdir()) if path.is_file()][:count]


def program(*arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command line."""
    command = [sys.executable, "-m", "fid_gpu", *arguments]
    return subprocess.run(command, capture_output=True, text=True, **kwargs)


def program_json(*arguments: str) -> dict[str, Any]:
    """What the command line prints as JSON, under the network of the tests."""
    done = program(*arguments, "--weights", "seeded", "--device", "cpu", "--json", check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fid_gpu.FidGpuWarning)
        yield


@pytest.fixture(scope="session")
def extractor() -> fid_gpu.Extractor:
    """The network up to 64 features, which takes a tenth of the time."""
    return fid_gpu.Extractor(layer=64, **NETWORK)


@pytest.fixture
def in_process() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs Python code in a new process, from the root of the repository."""

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)

    return run
