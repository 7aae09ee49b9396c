"""Arguments of other programs as arguments of fid_gpu."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from fid_gpu._errors import InputError


def device(torch_device: Any) -> str:
    """fid_gpu's name of a device that PyTorch names.

    The first GPU of CUDA is "auto", which takes the CPU where there is no GPU. The others count in the order of "vulkan".
    """
    name = str(torch_device)
    if name in ("cuda", "cuda:0", "None"):
        return "auto"
    return name.replace("cuda:", "vulkan:").replace("mps", "metal")


@contextlib.contextmanager
def listed(files: Iterable[str | os.PathLike[str]], folder: str) -> Iterator[str]:
    """A list of the images that were found in a folder, as a file."""
    lines = [os.path.abspath(path) + "\n" for path in files]
    if not lines:
        raise InputError(f"no images in {folder}: check its path, and the endings of names that this program reads")
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "images.txt")
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(lines)
        yield path


def refuse(arguments: dict[str, tuple[bool, str]]) -> None:
    """Raises an error for the first argument that is given, with the way out."""
    for name, (given, way_out) in arguments.items():
        if given:
            raise InputError(f"fid_gpu does not take {name} here: {way_out}")
