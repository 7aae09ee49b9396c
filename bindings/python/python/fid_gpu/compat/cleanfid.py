"""`compute_fid` of `cleanfid.fid`, 0.1.35; and what it takes as `custom_feat_extractor`."""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
from typing import Any, Literal

from fid_gpu import _evaluate
from fid_gpu._errors import InputError
from fid_gpu._extractor import Extractor, Weights
from fid_gpu.compat._inputs import device as device_of
from fid_gpu.compat._inputs import listed, refuse

Mode = Literal["clean", "legacy_pytorch", "legacy_tensorflow"]

_PRESETS = {"clean": "clean", "legacy_pytorch": "clean-legacy-pytorch", "legacy_tensorflow": "clean-legacy-tf"}
#: Endings of the files that are images.
EXTENSIONS = {"bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp", "JPEG", "JPG", "PNG"}


def compute_fid(
    fdir1: str | None = None,
    fdir2: str | None = None,
    gen: Any = None,
    mode: Mode = "clean",
    model_name: str = "inception_v3",
    num_workers: int = 12,
    batch_size: int = 32,
    device: Any = "cuda",
    dataset_name: str = "FFHQ",
    dataset_res: int | str = 1024,
    dataset_split: str = "train",
    num_gen: int = 50_000,
    z_dim: int = 512,
    custom_feat_extractor: Any = None,
    verbose: bool = True,
    custom_image_tranform: Any = None,
    custom_fn_resize: Any = None,
    use_dataparallel: bool = True,
    *,
    weights: Weights = None,
) -> float:
    """The FID of two folders, or of a folder and statistics that clean-fid keeps, by `fid_gpu.evaluate`.

    Args:
        fdir1, fdir2: folders, whose sub-folders are read, too, or .zip archives.
        mode: "clean", "legacy_pytorch" or "legacy_tensorflow".
        batch_size: images that pass the network together.
        device: a device of PyTorch or its name, or one of fid_gpu's. "cuda" is "auto".
        dataset_name, dataset_res, dataset_split: without `fdir2`, the statistics to compare with. Their file must be in the
            folder of an installed clean-fid, which downloads it or makes it (`make_custom_stats`).
        num_workers, verbose, use_dataparallel: without effect.
        gen, num_gen, z_dim, model_name, custom_feat_extractor, custom_image_tranform, custom_fn_resize: refused, unless
            they are the defaults.
        weights: as for `fid_gpu.Extractor`.

    Raises:
        InputError: a folder or an argument cannot be used.
        BadImage, TooFewImages, WeightsMissing, DeviceError: as `fid_gpu.evaluate`.
    """
    refuse(
        {
            "gen": (gen is not None, "pass its images to fid_gpu.FrechetInceptionDistance(preset='clean')"),
            "model_name": (model_name != "inception_v3", "only 'inception_v3' is there; call clean-fid for CLIP"),
            "custom_feat_extractor": (
                custom_feat_extractor is not None,
                "pass its features to fid_gpu.Statistics, and compare with Statistics.frechet_distance",
            ),
            "custom_image_tranform": (
                custom_image_tranform is not None,
                "fid_gpu.evaluate resizes and crops (real_preparation, fake_preparation)",
            ),
            "custom_fn_resize": (custom_fn_resize is not None, "fid_gpu.evaluate has other presets"),
        }
    )
    if mode not in _PRESETS:
        raise InputError(f"unknown mode {mode!r}; known: {', '.join(_PRESETS)}")
    if fdir1 is None:
        raise InputError("fdir1 is missing: name the folder of the images")
    if fdir2 is not None:
        reference = _images(fdir2)
    else:
        reference = contextlib.nullcontext(_reference(dataset_name, dataset_res, dataset_split, mode))
    with reference as real, _images(fdir1) as fake:
        report = _evaluate.evaluate(
            real,
            fake,
            preset=_PRESETS[mode],
            weights=weights,
            device=device_of(device),
            batch_size=batch_size,
            assume_preset=_PRESETS[mode],
        )
    value: float = report.to_dict()["fid"]
    return value


class FeatureExtractor:
    """An `Extractor` as clean-fid's `custom_feat_extractor`, with `custom_fn_resize=unchanged` beside it.

    clean-fid then hands over the pixels of files, and the extractor's preset resizes. Images of a batch have one size.

    Args:
        extractor: the network; the preset "clean" gives clean-fid's values.

    Example:
        ::

            network = FeatureExtractor(fid_gpu.Extractor("clean"))
            fid.compute_fid("real", "fake", custom_feat_extractor=network, custom_fn_resize=unchanged)
    """

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor

    def __call__(self, batch: Any) -> Any:
        """Features, a tensor of shape (n, num_features), of a tensor of shape (n, 3, h, w), whole numbers from 0 to 255.

        Raises:
            InputError: other values, as clean-fid's own resize gives them.
        """
        pixels = batch.round()
        # clean-fid divides by 255 and multiplies again.
        if (pixels - batch).abs().max() > 1e-3 or pixels.min() < 0 or pixels.max() > 255:
            raise InputError("the images are resized: pass custom_fn_resize=fid_gpu.compat.cleanfid.unchanged, too")
        return self.extractor(pixels.byte())


def unchanged(image: Any) -> Any:
    """The image itself, as `custom_fn_resize`."""
    return image


def _images(path: str | os.PathLike[str]) -> contextlib.AbstractContextManager[str]:
    path = os.fspath(path)
    if not os.path.isdir(path):
        return contextlib.nullcontext(path)
    found = (glob.glob(os.path.join(glob.escape(path), f"**/*.{end}"), recursive=True) for end in EXTENSIONS)
    return listed(sorted(file for files in found for file in files), path)


def _reference(name: str, res: int | str, split: str, mode: Mode) -> str:
    """The file of statistics in clean-fid's folder."""
    spec = importlib.util.find_spec("cleanfid")
    if spec is None or spec.origin is None:
        raise InputError("fdir2 is missing, and clean-fid is not installed, whose statistics would be used: pass fdir2")
    file = f"{name}_{mode}_{split}_{'na' if split == 'custom' else res}.npz".lower()
    path = os.path.join(os.path.dirname(spec.origin), "stats", file)
    if not os.path.exists(path):
        way_out = "make it with its make_custom_stats" if split == "custom" else "let clean-fid download it once"
        raise InputError(f"{path}, clean-fid's statistics, does not exist: {way_out}, or pass fdir2")
    return path
