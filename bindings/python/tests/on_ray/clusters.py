"""Images, and Ray on this machine. Nothing here needs a network. The folder's name is not Ray's, which Python would import
instead."""

from __future__ import annotations

import os
import signal
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

# Read when Ray is imported. Without them it reports its use, and keeps a token in the home folder.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"

ray: Any = pytest.importorskip("ray", reason='Ray is not installed: pip install "fid-gpu[ray]"')

import numpy  # noqa: E402

#: Arguments of every run here.
RUN: dict[str, Any] = {"weights": "seeded", "device": "cpu"}
#: Arguments of `ray.init` and of a machine of a cluster.
MACHINE: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 100 * 2**20}

#: Seconds after which a test has failed; on a busy machine it needs a fifth.
LIMIT = 180


@pytest.fixture(autouse=True)
def limit() -> Any:
    """Ends a test after `LIMIT`."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"the test has not ended after {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 23 images."""
    return folder_of_images(tmp_path_factory.mktemp("sets") / "photos", 23, seed=1)


@pytest.fixture(scope="module")
def local_ray() -> Any:
    """Ray on two cores."""
    ray.init(num_cpus=2, log_to_driver=False, **MACHINE)
    yield
    ray.shutdown()


def png(pixels: Any) -> bytes:
    """An RGB image, (h, w, 3), as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def folder_of_images(folder: Path, number: int, seed: int) -> Path:
    """Writes images of different sizes."""
    random = numpy.random.default_rng(seed)
    folder.mkdir()
    for index in range(number):
        height, width = random.integers(8, 40, 2)
        (folder / f"{index:03}.png").write_bytes(png(random.integers(0, 256, (height, width, 3), numpy.uint8)))
    return folder
