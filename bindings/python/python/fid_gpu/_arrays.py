"""Images and arrays of other packages, which are imported only by their users."""

from __future__ import annotations

import os
import sys
from typing import Any, Literal

from fid_gpu import _native

Layout = Literal["nchw", "nhwc"]


def images(batch: Any, layout: Layout | None = None, normalize: bool = False) -> _native.Images:
    """The images of a batch: an array, or a sequence of Pillow images, paths or bytes of encoded files."""
    if isinstance(batch, (str, os.PathLike)):
        raise TypeError("images are a sequence of paths, not one path: pass [path]")
    if not isinstance(batch, (list, tuple)) or hasattr(batch, "__dlpack__"):
        return _native.Images.of_array(on_cpu(batch), layout, normalize)
    if layout is not None or normalize:
        raise TypeError("layout and normalize are for arrays, and these images are a sequence")
    if all(isinstance(image, (str, os.PathLike, bytes)) for image in batch):
        return _native.Images.of_files(list(batch))
    if all(hasattr(image, "tobytes") and hasattr(image, "mode") for image in batch):
        return _native.Images.of_pixels([_pixels(image) for image in batch])
    kinds = sorted({type(image).__name__ for image in batch})
    raise TypeError(
        f"a sequence of {', '.join(kinds)} is no batch of images: pass an array, or a sequence of only Pillow images, "
        "or of only paths and bytes of encoded files"
    )


def on_cpu(array: Any) -> Any:
    """The array, or its copy in the memory of the CPU, in C order and without a gradient."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        return array.detach().cpu().contiguous()
    return array


def floats(data: bytearray, shape: tuple[int, ...], format: Literal["f", "d"]) -> Any:
    """A NumPy array of `data`, or a memoryview of the same shape where NumPy is not installed."""
    try:
        import numpy
    except ModuleNotFoundError:
        if 0 not in shape:
            return memoryview(data).cast(format, shape)
        # Of no rows, which cast does not make.
        import ctypes

        row = ctypes.c_float if format == "f" else ctypes.c_double
        return memoryview((row * shape[-1] * 0)())
    return numpy.frombuffer(data, numpy.dtype(format)).reshape(shape)


def like(batch: Any, array: Any) -> Any:
    """The array as a tensor on the device of `batch`, if that is a tensor."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(batch, torch.Tensor):
        return torch.from_numpy(array).to(batch.device)
    return array


def _pixels(image: Any) -> tuple[int, int, int, bytes]:
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    return (image.width, image.height, 1 if image.mode == "L" else 3, image.tobytes())
