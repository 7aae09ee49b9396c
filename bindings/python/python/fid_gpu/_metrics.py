"""Metrics that are updated batch by batch, with the arguments of torchmetrics and without PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Generic, Self, TypedDict, TypeVar, Unpack

from fid_gpu import _arrays, _functions, _native
from fid_gpu._errors import FidGpuWarning, InputError, TooFewImages
from fid_gpu._extractor import EncoderInput, Extractor, Layer, Weights
from fid_gpu._statistics import Statistics

Feature = Layer | Callable[[Any], Any]


class _Rows:
    """Features of images, in order."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.dim: int | None = None

    def update(self, features: Any) -> None:
        self._add(*_native.float_rows(_arrays.on_cpu(features)))

    def merge(self, other: _Rows) -> None:
        if other.dim is not None:
            self._add(other.data, other.dim)

    def array(self) -> Any:
        if self.dim is None or not self.data:
            raise TooFewImages("a set is empty: update the metric with real and with generated images first")
        return memoryview(self.data).cast("f", (len(self.data) // (4 * self.dim), self.dim))

    def _add(self, data: bytes | bytearray, dim: int) -> None:
        if self.dim not in (None, dim):
            raise InputError(f"features of {dim} values after features of {self.dim}")
        self.dim = dim
        self.data += data


S = TypeVar("S", Statistics, _Rows)


class Network(TypedDict, total=False):
    """Keyword arguments of every metric, for `Extractor`: the default preset of Inception is "torchmetrics"."""

    encoder: str
    encoder_input: EncoderInput
    preset: str
    weights: Weights
    device: str
    precision: str


class _Metric:
    """Features of one kind."""

    def __init__(self, feature: Feature, normalize: bool, preset: str | None = None, **network: Any) -> None:
        self.normalize = normalize
        if preset is None and network.get("encoder", "inception") == "inception":
            preset = "torchmetrics"
        self._extract = feature if callable(feature) else Extractor(preset, feature, **network)

    def _features(self, imgs: Any) -> Any:
        if isinstance(self._extract, Extractor):
            return self._extract(imgs, normalize=self.normalize)
        return self._extract(imgs)

    @property
    def _recipe(self) -> dict[str, Any] | None:
        return self._extract.recipe if isinstance(self._extract, Extractor) else None


class _TwoSets(_Metric, Generic[S]):
    """Real and generated images."""

    def __init__(self, feature: Feature, reset_real_features: bool, normalize: bool, **network: Any) -> None:
        super().__init__(feature, normalize, **network)
        self.reset_real_features = reset_real_features
        self._real: S = self._empty()
        self._fake: S = self._empty()

    def _empty(self) -> S:
        raise NotImplementedError

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images to the real set, or to the generated one.

        Args:
            imgs: images as `Extractor` takes them, with this metric's `normalize`; what `feature` takes if that is a
                callable.
            real: which set.
        """
        features = self._features(imgs)
        if real:
            self._real = self._added(self._real, features)
        else:
            self._fake = self._added(self._fake, features)

    def _added(self, images: S, features: Any) -> S:
        images.update(features)
        return images

    def reset(self) -> None:
        """Removes the generated images, and the real ones unless `reset_real_features` is False."""
        if self.reset_real_features:
            self._real = self._empty()
        self._fake = self._empty()

    def merge_state(self, other: Self) -> None:
        """Adds the images of another metric, as if they came after these."""
        self._real.merge(other._real)
        self._fake.merge(other._fake)


class FrechetInceptionDistance(_TwoSets[Statistics]):
    """The Fréchet Inception Distance, with the arguments of torchmetrics' class. Memory does not grow with the images.

    Args:
        feature: 2048, or 64, 192, 768 for an earlier layer; or a callable that turns images into float32 features of
            shape (images, features).
        reset_real_features: whether `reset` removes the real images, too.
        normalize: whether images are floats from 0 to 1 instead of uint8; they become `(x * 255).byte()`.
        network: `encoder`, `preset`, `weights`, `device` and `precision`, as for `Extractor`. The default preset, "torchmetrics", gives its
            values.

    Example:
        >>> import fid_gpu
        >>> fid = fid_gpu.FrechetInceptionDistance(feature=64, weights="seeded", device="cpu")
        >>> fid.update(["samples/real/0000.png", "samples/real/0001.png"], real=True)
        >>> fid.update(["samples/fake/0000.png", "samples/fake/0001.png"], real=False)
        >>> fid.compute() > 0
        True
    """

    def __init__(
        self,
        feature: Feature = 2048,
        reset_real_features: bool = True,
        normalize: bool = False,
        **network: Unpack[Network],
    ) -> None:
        super().__init__(feature, reset_real_features, normalize, **network)

    def _empty(self) -> Statistics:
        return Statistics()

    def _added(self, images: Statistics, features: Any) -> Statistics:
        # The network is open now, and knows its recipe.
        images = Statistics(recipe=self._recipe) if images.num_features is None else images
        return super()._added(images, features)

    def compute(self) -> float:
        """The distance, at least 0; lower is closer.

        Raises:
            TooFewImages: a set has fewer than two images.
            NotComparable: the real statistics were made under another preset, or with other weights.

        Warns:
            FidGpuWarning: a set has fewer images than there are features.
        """
        value = self._real.frechet_distance(self._fake)
        fewest = min(images.n or self._dim for images in (self._real, self._fake))
        if fewest < self._dim:
            message = (
                f"{fewest} images are fewer than the {self._dim} features: exact for these images, but FID falls with the number "
                "of images; compare only values of equal counts"
            )
            warnings.warn(message, FidGpuWarning, stacklevel=2)
        return value

    @property
    def _dim(self) -> int:
        return self._fake.num_features or 0

    @property
    def real_statistics(self) -> Statistics:
        """The statistics of the real images, which can be saved; assign those of a reference set to compare with it."""
        return self._real

    @real_statistics.setter
    def real_statistics(self, statistics: Statistics) -> None:
        self._real = statistics.copy()


class KernelInceptionDistance(_TwoSets[_Rows]):
    """The Kernel Inception Distance, with the arguments of torchmetrics' class. Keeps the features of every image.

    Subsets are drawn by NumPy's `RandomState(seed)`, as in torch-fidelity: torchmetrics draws them from PyTorch's global
    generator, so that its values scatter.

    Args:
        feature: as for `FrechetInceptionDistance`, and "logits_unbiased".
        subsets: number of subsets.
        subset_size: images of each side in a subset.
        degree, gamma, coef: the kernel `(gamma x·y + coef)^degree`; gamma None is 1 / features.
        reset_real_features, normalize, network: as for `FrechetInceptionDistance`.
        seed: seed of the subsets.
    """

    def __init__(
        self,
        feature: Feature = 2048,
        subsets: int = 100,
        subset_size: int = 1000,
        degree: int = 3,
        gamma: float | None = None,
        coef: float = 1.0,
        reset_real_features: bool = True,
        normalize: bool = False,
        *,
        seed: int = 2020,
        **network: Unpack[Network],
    ) -> None:
        super().__init__(feature, reset_real_features, normalize, **network)
        self._settings: dict[str, Any] = {
            "subsets": subsets,
            "subset_size": subset_size,
            "degree": degree,
            "gamma": gamma,
            "coef": coef,
            "seed": seed,
        }

    def _empty(self) -> _Rows:
        return _Rows()

    def compute(self) -> tuple[float, float]:
        """Mean and standard deviation over the subsets.

        Raises:
            TooFewImages: a set has fewer images than a subset.
        """
        return _functions.kid(self._real.array(), self._fake.array(), **self._settings)


class MemorizationInformedFrechetInceptionDistance(_TwoSets[_Rows]):
    """The memorisation-informed FID, with the arguments of torchmetrics' class. Keeps the features of every image.

    Args:
        feature, reset_real_features, normalize, network: as for `FrechetInceptionDistance`.
        cosine_distance_eps: from this mean distance on, nothing counts as copied.
    """

    def __init__(
        self,
        feature: Feature = 2048,
        reset_real_features: bool = True,
        normalize: bool = False,
        cosine_distance_eps: float = 0.1,
        **network: Unpack[Network],
    ) -> None:
        super().__init__(feature, reset_real_features, normalize, **network)
        self.cosine_distance_eps = cosine_distance_eps

    def _empty(self) -> _Rows:
        return _Rows()

    def compute(self) -> float:
        """The value, at least 0; lower is closer.

        Raises:
            TooFewImages: a set has fewer than two images.
        """
        real, fake = self._real.array(), self._fake.array()
        return _functions.mifid(real, fake, cosine_distance_eps=self.cosine_distance_eps)


class PrecisionRecallDensityCoverage(_TwoSets[_Rows]):
    """Precision, recall, density and coverage. Keeps the features of every image.

    Args:
        feature, reset_real_features, normalize, network: as for `FrechetInceptionDistance`.
        nearest_k, closed: as for the function `prdc`.
    """

    def __init__(
        self,
        feature: Feature = 2048,
        nearest_k: int = 3,
        reset_real_features: bool = True,
        normalize: bool = False,
        *,
        closed: bool = True,
        **network: Unpack[Network],
    ) -> None:
        super().__init__(feature, reset_real_features, normalize, **network)
        self.nearest_k = nearest_k
        self.closed = closed

    def _empty(self) -> _Rows:
        return _Rows()

    def compute(self) -> dict[str, float]:
        """precision, recall, f_score, density and coverage, by name.

        Raises:
            TooFewImages: a set has no more images than neighbours.
        """
        return _functions.prdc(self._real.array(), self._fake.array(), self.nearest_k, closed=self.closed)


class InceptionScore(_Metric):
    """The Inception Score, with the arguments of torchmetrics' class. Keeps the logits of every image.

    Args:
        feature: "logits_unbiased", or another layer or a callable, whose features count as logits.
        splits: number of splits.
        normalize, network: as for `FrechetInceptionDistance`.
        seed: seed of PyTorch's generator, which shuffles the images.
    """

    def __init__(
        self,
        feature: Feature = "logits_unbiased",
        splits: int = 10,
        normalize: bool = False,
        *,
        seed: int = 2020,
        **network: Unpack[Network],
    ) -> None:
        super().__init__(feature, normalize, **network)
        self.splits = splits
        self.seed = seed
        self._logits = _Rows()

    def update(self, imgs: Any) -> None:
        """Adds images, as `FrechetInceptionDistance.update` does."""
        self._logits.update(self._features(imgs))

    def compute(self) -> tuple[float, float | None]:
        """Mean and standard deviation over the splits (divisor: splits - 1; None for one split).

        Raises:
            TooFewImages: there are fewer images than splits.
        """
        logits = self._logits.array()
        return _functions.inception_score(logits, self.splits, convention="torchmetrics", seed=self.seed)

    def reset(self) -> None:
        """Removes all images."""
        self._logits = _Rows()

    def merge_state(self, other: InceptionScore) -> None:
        """Adds the images of another metric, as if they came after these."""
        self._logits.merge(other._logits)
