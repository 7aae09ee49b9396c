"""Functions of `pytorch_fid.fid_score`, 0.3.0."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fid_gpu import _evaluate, _functions
from fid_gpu._errors import InputError
from fid_gpu._extractor import Weights
from fid_gpu.compat._inputs import device as device_of
from fid_gpu.compat._inputs import listed

Dims = Literal[64, 192, 768, 2048]

#: Endings of the files that are images, in lower case only.
IMAGE_EXTENSIONS = {"bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp"}


def calculate_fid_given_paths(
    paths: Sequence[str | os.PathLike[str]],
    batch_size: int,
    device: Any,
    dims: Dims,
    num_workers: int = 1,
    *,
    weights: Weights = None,
) -> float:
    """The FID of two paths, by `fid_gpu.evaluate`.

    Args:
        paths: two folders, whose sub-folders are not read, or statistics files (.npz), which need `dims=2048`.
        batch_size: images that pass the network together. They may be of different sizes.
        device: a device of PyTorch or its name, or one of fid_gpu's. "cuda" is "auto".
        dims: 2048, 768, 192 or 64.
        num_workers: without effect: images are decoded by a thread for each core.
        weights: as for `fid_gpu.Extractor`.

    Raises:
        InputError, BadImage, TooFewImages, WeightsMissing, DeviceError: as `fid_gpu.evaluate`.
    """
    if len(paths) != 2:
        raise InputError(f"two paths are compared, not {len(paths)}")
    name = "fid" if dims == 2048 else f"fid-{dims}"
    with _images(paths[0]) as real, _images(paths[1]) as fake:
        report = _evaluate.evaluate(
            real,
            fake,
            metrics=name,
            preset="pytorch-fid",
            weights=weights,
            device=device_of(device),
            batch_size=batch_size,
            assume_preset="pytorch-fid",
        )
    value: float = report.to_dict()["fid"] if dims == 2048 else report.metrics[f"fid_{dims}"]
    return value


def save_fid_stats(
    paths: Sequence[str | os.PathLike[str]],
    batch_size: int,
    device: Any,
    dims: Dims,
    num_workers: int = 1,
    *,
    weights: Weights = None,
) -> None:
    """Saves the statistics of the folder `paths[0]` in the file `paths[1]`, which must not exist.

    Args:
        batch_size, device, dims, num_workers, weights: as for `calculate_fid_given_paths`.

    Raises:
        RuntimeError: the file exists.
        InputError, BadImage, TooFewImages, WeightsMissing, DeviceError: as `fid_gpu.statistics`.
    """
    if os.path.exists(paths[1]):
        raise RuntimeError(f"{paths[1]} exists: remove it, or name another file")
    with _images(paths[0]) as images:
        options: dict[str, Any] = {"weights": weights, "device": device_of(device), "batch_size": batch_size}
        _evaluate.statistics(images, layer=dims, **options).save(paths[1])


def calculate_frechet_distance(mu1: Any, sigma1: Any, mu2: Any, sigma2: Any, eps: float = 1e-6) -> float:
    """The Fréchet distance of two means, shape (d,), and covariances, shape (d, d).

    `eps` is without effect: singular covariances need no correction. See `fid_gpu.frechet_distance`.
    """
    return _functions.frechet_distance(mu1, sigma1, mu2, sigma2)


def _images(path: str | os.PathLike[str]) -> contextlib.AbstractContextManager[str]:
    path = os.fspath(path)
    if not os.path.isdir(path):
        return contextlib.nullcontext(path)
    return listed(sorted(file for end in IMAGE_EXTENSIONS for file in Path(path).glob(f"*.{end}")), path)
