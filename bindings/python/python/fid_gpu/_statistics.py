"""Mean and covariance of features."""

from __future__ import annotations

import json
import os
from typing import Any, Self

from fid_gpu import _arrays, _native


class Statistics:
    """Number of images, mean and covariance of features that arrive batch by batch; on request the features, too.

    Sets merge with `merge` and `+`, also across processes and machines: they pickle. Up to as many images as
    features, and at most 2048, merged sets equal one set to the bit; beyond, up to the rounding of float64, and the same parts in
    the same order give the same bits.

    Args:
        num_features: length of a feature vector; None takes it from the first update.
        keep_features: whether to keep the features of every image, 4 bytes a value, which KID and others need.
        recipe: how the features are made, as `Extractor.recipe` says. Statistics of different recipes do not merge and
            have no distance.

    Example:
        >>> import fid_gpu
        >>> a, b = fid_gpu.Statistics(2), fid_gpu.Statistics(2)
        >>> a.update(memoryview(bytes(24)).cast("f", (3, 2)))
        >>> b.update(memoryview(bytes(8)).cast("f", (1, 2)))
        >>> (a + b).n
        4
    """

    def __init__(
        self,
        num_features: int | None = None,
        *,
        keep_features: bool = False,
        recipe: dict[str, Any] | None = None,
    ) -> None:
        self._recipe = None if recipe is None else json.dumps(recipe)
        self._keep_features = keep_features
        self._native: _native.Statistics | None = None
        if num_features is not None:
            self._native = self._empty(num_features)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a statistics file (.npz) of fid-gpu, pytorch-fid, TTUR, clean-fid, guided-diffusion or others.

        Raises:
            InputError: the file is no statistics file.
        """
        return cls._of(_native.Statistics.load(path))

    @classmethod
    def from_moments(cls, mean: Any, covariance: Any, n: int | None = None) -> Self:
        """Statistics of a mean, shape (d,), and a covariance with the divisor n - 1, shape (d, d).

        Without `n` nothing can be added or merged.
        """
        return cls._of(_native.Statistics.of_moments(_arrays.on_cpu(mean), _arrays.on_cpu(covariance), n))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The statistics that `to_bytes` wrote.

        Raises:
            InputError: the bytes are damaged or something else.
        """
        return cls._of(_native.Statistics.from_bytes(data))

    @property
    def n(self) -> int | None:
        """Number of images; None if a file of another program does not say."""
        return 0 if self._native is None else self._native.num_images

    @property
    def num_features(self) -> int | None:
        """Length of a feature vector; None before the first update of statistics that were made without it."""
        return None if self._native is None else self._native.dim

    @property
    def recipe(self) -> dict[str, Any] | None:
        """How the features were made; None if unknown."""
        text = self._recipe if self._native is None else self._native.recipe
        recipe: dict[str, Any] | None = None if text is None else json.loads(text)
        return recipe

    @property
    def mean(self) -> Any:
        """The mean: float64 of shape (num_features,)."""
        native = self._require()
        return _arrays.floats(native.mean(), (native.dim,), "d")

    @property
    def covariance(self) -> Any:
        """The covariance with the divisor n - 1: float64 of shape (num_features, num_features).

        Raises:
            TooFewImages: there are fewer than two images.
        """
        native = self._require()
        return _arrays.floats(native.covariance(), (native.dim, native.dim), "d")

    @property
    def features(self) -> Any | None:
        """The features, float32 of shape (n, num_features), in the order of the updates; None unless they are kept."""
        if self._native is None:
            return None
        data = self._native.features()
        return None if data is None else _arrays.floats(data, (self.n or 0, self._native.dim), "f")

    def update(self, features: Any) -> None:
        """Adds features of images. The division into batches does not change the result.

        Args:
            features: floats of shape (images, num_features). float64 must be exact in float32.

        Raises:
            InputError: another shape, or a value that is not finite; then nothing was added.
        """
        features = _arrays.on_cpu(features)
        if self._native is None:
            shape: tuple[int, ...] = tuple(getattr(features, "shape", ()))
            # The extension module says what is wrong with other shapes.
            made = self._empty(shape[1] if len(shape) == 2 and shape[1] > 0 else 1)
            made.update(features)
            self._native = made
        else:
            self._native.update(features)

    def merge(self, other: Statistics) -> None:
        """Adds the images of other statistics, as if they came after these.

        Raises:
            NotComparable: the recipes differ.
            InputError: the lengths of vectors differ, both have images of the same files, a number of images is
                unknown, or these keep features and the others do not.
        """
        if other._native is None:
            return
        if self._native is None:
            made = self._empty(other._native.dim)
            made.merge(other._native)
            self._native = made
        else:
            self._native.merge(other._native)

    def frechet_distance(self, other: Statistics) -> float:
        """The Fréchet distance, at least 0. For features of Inception-v3's pool3 this is FID.

        Raises:
            NotComparable: the recipes differ.
            TooFewImages: one of them has fewer than two images.
        """
        return self._require().frechet_distance(other._require())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a statistics file (.npz), which fid-gpu, pytorch-fid and clean-fid read. Replaces an existing file.

        It records the number of images with a recipe, or with the features; without either, `load` does not know it, and
        `to_bytes` and pickle do.
        """
        self._require().save(path)

    def to_bytes(self) -> bytes:
        """Everything, for `from_bytes`: about 4 bytes for each value of the covariance, whose triangle is stored."""
        return self._require().to_bytes()

    def copy(self) -> Self:
        """A copy that grows on its own."""
        copy = type(self)(keep_features=self._keep_features)
        copy._recipe = self._recipe
        copy._native = None if self._native is None else self._native.copy()
        return copy

    def __add__(self, other: Statistics) -> Self:
        if not isinstance(other, Statistics):
            return NotImplemented
        total = self.copy()
        total.merge(other)
        return total

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statistics):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment] # it grows

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __getstate__(self) -> tuple[str | None, bool, bytes | None]:
        return (self._recipe, self._keep_features, None if self._native is None else self._native.to_bytes())

    def __setstate__(self, state: tuple[str | None, bool, bytes | None]) -> None:
        self._recipe, self._keep_features, data = state
        self._native = None if data is None else _native.Statistics.from_bytes(data)

    def __repr__(self) -> str:
        return f"Statistics(n={self.n}, num_features={self.num_features})"

    @classmethod
    def _of(cls, native: _native.Statistics) -> Self:
        made = cls(keep_features=native.keeps_features)
        made._recipe, made._native = native.recipe, native
        return made

    def _empty(self, dim: int) -> _native.Statistics:
        return _native.Statistics(dim, self._recipe, self._keep_features)

    def _require(self) -> _native.Statistics:
        if self._native is None:
            raise ValueError("these statistics are empty: update them first")
        return self._native
