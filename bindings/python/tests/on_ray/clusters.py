"""Images, and settings of Ray."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy

#: Arguments of every run here.
RUN: dict[str, Any] = {"weights": "seeded", "device": "cpu"}
#: Arguments of `ray.init` and of a machine of a cluster.
MACHINE: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 100 * 2**20}


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
