"""Comparisons of folders, archives and statistics files."""

from __future__ import annotations

import html
import json
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from fid_gpu import _native
from fid_gpu._errors import FidGpuWarning
from fid_gpu._extractor import EncoderInput, Layer, Weights, run_options
from fid_gpu._statistics import Statistics

Path = str | os.PathLike[str]
Progress = Callable[[str, int, int], object]


class Report:
    """The result of `evaluate`, with how it was made. Notebooks show it as the page of `fid-gpu report`."""

    def __init__(self, comparison: _native.Comparison) -> None:
        self._comparison: _native.Comparison | None = comparison
        self._json = comparison.json

    def to_dict(self) -> dict[str, Any]:
        """Everything, as `fid-gpu --json` prints it; docs/JSON.md describes the fields."""
        report: dict[str, Any] = json.loads(self._json)
        return report

    @property
    def fid(self) -> float | None:
        """The Fréchet Inception Distance, at least 0; None where only one set was measured."""
        value: float | None = self.to_dict().get("fid")
        return value

    @property
    def metrics(self) -> dict[str, Any]:
        """The other metrics by name, as in the JSON report: {"kid": {"mean": ..., "std": ...}, ...}."""
        metrics: dict[str, Any] = self.to_dict()["metrics"]
        return metrics

    @property
    def notes(self) -> list[str]:
        """Sentences that the reader of the values should know."""
        notes: list[str] = self.to_dict()["notes"]
        return notes

    def to_html(self) -> str:
        """The page of `fid-gpu report`: one HTML document, with the plots of what was computed. Takes seconds. With
        `evaluate(..., page=True)` all plots are there.

        Raises:
            ValueError: only one set was measured, or the report was unpickled, so that its data is not here.
        """
        page = None if self._comparison is None else self._comparison.page()
        if page is None:
            raise ValueError("no page can be drawn: it needs two sets, in the process that compared them")
        return page

    def _repr_html_(self) -> str | None:
        if self._comparison is None or self.fid is None:
            return None
        # A frame of its own keeps the page's style from the notebook.
        page = html.escape(self.to_html(), quote=True)
        return f'<iframe srcdoc="{page}" sandbox style="width:100%;height:40em;border:0"></iframe>'

    def __getstate__(self) -> dict[str, Any]:
        return {"_comparison": None, "_json": self._json}

    def __repr__(self) -> str:
        shown = [] if self.fid is None else [f"fid={self.fid:.4f}"]
        return f"Report({', '.join(shown + sorted(self.metrics))})"


def evaluate(
    real: Path | None,
    fake: Path,
    *,
    metrics: str | Sequence[str] = ("fid",),
    encoder: str = "inception",
    encoder_input: EncoderInput = None,
    preset: str | list[str] | None = None,
    weights: Weights = None,
    device: str = "auto",
    precision: str = "f32",
    batch_size: int | None = None,
    workers: int | None = None,
    cache: Path | None = None,
    download: bool = True,
    skip_bad: bool = False,
    strict: bool = False,
    samples: int | None = None,
    seed: int | None = None,
    real_preparation: str | None = None,
    fake_preparation: str | None = None,
    assume_preset: str | None = None,
    save_stats: Path | None = None,
    suite: str | None = None,
    leave_out: bool = False,
    kid_subsets: int = 100,
    kid_subset_size: int = 1000,
    kid_degree: int = 3,
    kid_gamma: float | None = None,
    kid_coef: float = 1.0,
    is_splits: int = 10,
    is_convention: str | None = None,
    is_shuffle: bool | None = None,
    nearest_k: int | None = None,
    closed: bool | None = None,
    cosine_distance_eps: float = 0.1,
    interval: float | None = None,
    outliers: int = 0,
    per_class: int | None = None,
    explain: bool = False,
    page: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Compares two sets of images, as the program `fid-gpu` does, with the same values to the bit.

    Args:
        real, fake: each a folder, an archive, an array file, a list of paths, or a statistics file (.npz). Without `real`
            only the Inception Score can be computed.
        metrics: "fid", "fid-64", "fid-192", "fid-768", "sfid", "fid-infinity", "kid", "is", "prdc", "mind", "mifid", "cmmd", or "all".
        encoder, encoder_input, preset, weights, device, precision, batch_size, download: as for `Extractor`. Several presets give a table of FID.
        workers: threads that decode images; one for each core if None.
        cache: a folder that keeps the features of every image for later runs.
        skip_bad: whether images that cannot be read are skipped and listed instead of being an error.
        strict: whether files that look like images and are not read are an error.
        samples: use only so many images of a set, drawn with `seed`.
        seed: seed of every random choice; None is 2020, and 0 for `samples`.
        real_preparation, fake_preparation: what is done to images before the preset, such as "resize 64 lanczos".
        assume_preset: the preset of statistics files that do not record theirs.
        save_stats: where to write the statistics of the real images (.npz).
        suite: the metrics of one program with its conventions: "adm".
        leave_out: whether metrics that the sets are too small for are left out instead of being an error.
        kid_subsets, kid_subset_size, kid_degree, kid_gamma, kid_coef: as for `kid`.
        is_splits, is_convention, is_shuffle: as for `inception_score`.
        nearest_k, closed: as for `prdc`.
        cosine_distance_eps: as for `mifid`.
        interval: the level of confidence intervals of FID and KID, such as 0.95.
        outliers: how many of the images that move the FID most to list.
        per_class: the least number of images of a class (a sub-folder) whose FID is computed.
        explain: whether to explain the value; takes seconds.
        page: whether to compute everything that the page in a notebook shows.
        progress: called as progress(what, done, total) in this thread, with "real" or "fake" and numbers of images, or with a
            phase such as "loading weights" and zeros. What it raises ends the run.

    Returns:
        The report. Its notes are also given as warnings (`FidGpuWarning`).

    Raises:
        InputError, BadImage: a path, an argument or an image cannot be used.
        NotComparable: the sides were made differently.
        TooFewImages: a set is too small for a metric.
        WeightsMissing, BadWeights, DeviceError: the network cannot be loaded or fails.

    Example:
        >>> import fid_gpu
        >>> report = fid_gpu.evaluate("samples/real", "samples/fake", weights="seeded", device="cpu")
        >>> round(report.fid, 3)
        255.388
    """
    run = run_options(
        encoder,
        encoder_input,
        preset,
        weights,
        device,
        precision,
        download=download,
        batch_size=batch_size,
        workers=workers,
        cache=cache,
        skip_bad=skip_bad,
        strict=strict,
    )
    chosen = {
        "metrics": [metrics] if isinstance(metrics, str) else list(metrics),
        "suite": suite,
        "leave_out": leave_out,
        "kid_subsets": kid_subsets,
        "kid_subset_size": kid_subset_size,
        "kid_degree": kid_degree,
        "kid_gamma": kid_gamma,
        "kid_coef0": kid_coef,
        "is_splits": is_splits,
        "is_convention": is_convention,
        "is_shuffle": is_shuffle,
        "nearest_k": nearest_k,
        "closed": closed,
        "cosine_distance_eps": cosine_distance_eps,
        "interval": interval,
        "outliers": outliers,
        "per_class": per_class,
        "explain": explain,
        "whole_page": page,
        "seed": seed,
        "samples": samples,
        "real_preparation": real_preparation,
        "fake_preparation": fake_preparation,
        "assume_preset": assume_preset,
        "save_stats": save_stats,
    }
    report = Report(_native.evaluate(real, fake, run, chosen, progress))
    for note in report.notes:
        warnings.warn(note, FidGpuWarning, stacklevel=2)
    not_saved = report.to_dict().get("not_saved")
    if not_saved is not None:
        raise OSError(f"the values were computed, but a file could not be written: {not_saved}")
    return report


def statistics(
    path: Path,
    *,
    layer: Layer = 2048,
    keep_features: bool = False,
    shard: tuple[int, int] | None = None,
    preparation: str | None = None,
    encoder: str = "inception",
    encoder_input: EncoderInput = None,
    preset: str | None = None,
    weights: Weights = None,
    device: str = "auto",
    precision: str = "f32",
    batch_size: int | None = None,
    workers: int | None = None,
    cache: Path | None = None,
    download: bool = True,
    skip_bad: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Statistics:
    """The statistics of a set of images, as `fid-gpu stats` computes them.

    Args:
        path: a folder, an archive, an array file or a list of paths.
        layer: 2048, 768, 192 or 64.
        keep_features: whether to keep the features of every image, 4 bytes a value.
        shard: (i, n) for the i-th of n parts of the set, counted from 1.
        preparation: what is done to images before the preset, such as "resize 64 lanczos".
        encoder, encoder_input, preset, weights, device, precision, batch_size, workers, cache, download, skip_bad, strict, progress: as for
            `evaluate`.

    Raises:
        TooFewImages: fewer than two images.
        InputError, BadImage, WeightsMissing, BadWeights, DeviceError: as for `evaluate`.
    """
    run = run_options(
        encoder,
        encoder_input,
        preset,
        weights,
        device,
        precision,
        download=download,
        batch_size=batch_size,
        workers=workers,
        cache=cache,
        skip_bad=skip_bad,
        strict=strict,
    )
    made, skipped = _native.statistics_of(path, run, str(layer), keep_features, shard, preparation, progress)
    for image in skipped:
        warnings.warn(f"skipped: {image}", FidGpuWarning, stacklevel=2)
    return Statistics._of(made)
