"""Classes of torchmetrics with the network of fid_gpu: change one import.

They are subclasses of torchmetrics' own, or of `torchmetrics.Metric`, with the same arguments and states, so that sync between
processes, `MetricCollection`, `FeatureShare`, `merge_state`, `clone` and checkpoints work. They need torchmetrics, and neither
torch-fidelity nor SciPy. The network runs on `device`, which is one of fid_gpu's; states are on the metric's device.

As in torchmetrics, metrics that keep features (all but FID) are gathered batch by batch: where processes have different numbers
of batches, sync does not end.

Values are those of torchmetrics' classes under the same weights. docs/PRECISION.md has the bounds: METRICS_OF_IMAGES, 2e-5
relative, for the values of images. FID, KID and MiFID are computed in float64, and returned as float32; in torchmetrics the
products of KID are float32, with an error of about 1e-7 of the kernel's values. The subsets of KID and the splits of the
Inception Score are drawn by PyTorch's global generator, as in torchmetrics: `torch.manual_seed` repeats them.

`update` also takes lists of Pillow images, paths, or bytes of encoded files, of any sizes.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import Module
from torchmetrics import Metric
from torchmetrics.image import fid as _fid
from torchmetrics.image import inception as _inception
from torchmetrics.image import kid as _kid
from torchmetrics.image import mifid as _mifid
from torchmetrics.utilities.data import dim_zero_cat

from fid_gpu._errors import InputError, TooFewImages
from fid_gpu._extractor import Extractor, Weights
from fid_gpu._functions import frechet_distance, mifid, mmd2, prdc
from fid_gpu.torch import FeatureExtractor

Feature: TypeAlias = int | str | Module


def _network(feature: Feature, normalize: bool, preset: str, weights: Weights, device: str, precision: str) -> Module:
    """`feature`, or the network that it names."""
    if isinstance(feature, Module):
        return feature
    if isinstance(feature, bool) or not isinstance(feature, (int, str)):
        raise TypeError(f"feature is a layer or a module, not {type(feature).__name__}")
    extractor = Extractor(preset, feature, weights, device, precision)  # type: ignore[arg-type] # it checks the layer
    return FeatureExtractor(extractor, normalize=normalize)


def _features(metric: Any, imgs: Any) -> Tensor:
    """The features of a batch on the metric's device; any other shape than (images, features) is an error."""
    features: Tensor = metric.inception(imgs)
    if features.dim() != 2 or features.shape[0] != len(imgs):
        raise InputError(
            f"`feature` gave the shape {tuple(features.shape)} for a batch of {len(imgs)}, not (images, features): "
            "torch.flatten(x, start_dim=1) removes axes of length 1"
        )
    return features.to(metric.device)


class FrechetInceptionDistance(_fid.FrechetInceptionDistance):
    """The Fréchet Inception Distance, as `torchmetrics.image.fid.FrechetInceptionDistance`.

    Args:
        feature: 2048, or 64, 192 or 768 for an earlier layer; or a module that turns images into features, for which the
            keyword arguments have no effect.
        reset_real_features: whether `reset` removes the real images, too.
        normalize: whether images are floats from 0 to 1 instead of uint8; they become `(x * 255).byte()`.
        input_img_size: shape of the image that is tried to find the number of features of a module without `num_features`.
        feature_extractor_weights_path: the same as `weights`.
        antialias: False is the preset "torchmetrics-legacy".
        preset, weights, device, precision: as for `fid_gpu.Extractor`; the preset None gives torchmetrics' values.
        kwargs: as for `torchmetrics.Metric`.

    Raises:
        ValueError: an unknown layer, or arguments that contradict each other.
        TypeError: `feature` is something else.
    """

    orig_dtype = torch.float32  # before the first update, as after `load_state_dict`

    def __init__(
        self,
        feature: Feature = 2048,
        reset_real_features: bool = True,
        normalize: bool = False,
        input_img_size: tuple[int, int, int] = (3, 299, 299),
        feature_extractor_weights_path: str | None = None,
        antialias: bool = True,
        *,
        preset: str | None = None,
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        **kwargs: Any,
    ) -> None:
        if feature_extractor_weights_path is not None and weights is not None:
            raise ValueError("feature_extractor_weights_path and weights mean the same: pass one of them")
        if preset is not None and not antialias:
            raise ValueError("antialias=False is the preset 'torchmetrics-legacy': pass antialias or preset")
        preset = preset or ("torchmetrics" if antialias else "torchmetrics-legacy")
        weights = weights or feature_extractor_weights_path
        network = _network(feature, normalize, preset, weights, device, precision)
        super().__init__(network, reset_real_features, normalize, input_img_size, **kwargs)

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images to the real set, or to the generated one.

        Args:
            imgs: uint8 of shape (n, c, h, w) with 1 or 3 channels, floats from 0 to 1 if `normalize`, or what else
                `fid_gpu.Extractor` takes.
            real: which set.

        Raises:
            InputError: a wrong shape or type of values, of images or of features.
        """
        features = _features(self, imgs)
        self.orig_dtype = features.dtype
        features = features.double()
        side = "real" if real else "fake"
        for name, term in (
            ("features_sum", features.sum(dim=0)),
            ("features_cov_sum", features.t().mm(features)),
            ("features_num_samples", features.shape[0]),
        ):
            getattr(self, f"{side}_{name}").add_(term)

    def compute(self) -> Tensor:
        """The distance, at least 0.

        Raises:
            TooFewImages: a set has fewer than two images (also a `RuntimeError`).
        """
        value = frechet_distance(*self._moments("real"), *self._moments("fake"))
        return torch.tensor(value, dtype=self.orig_dtype, device=self.device)

    def _moments(self, side: str) -> tuple[Tensor, Tensor]:
        n = int(getattr(self, f"{side}_features_num_samples"))
        if n < 2:
            raise TooFewImages(f"FID needs at least 2 images of each set, and the {side} one has {n}")
        mean = getattr(self, f"{side}_features_sum") / n
        covariance = (getattr(self, f"{side}_features_cov_sum") - n * torch.outer(mean, mean)) / (n - 1)
        return mean, covariance


class KernelInceptionDistance(_kid.KernelInceptionDistance):
    """The Kernel Inception Distance, as `torchmetrics.image.kid.KernelInceptionDistance`.

    Args:
        feature: as for `FrechetInceptionDistance`, and "logits_unbiased".
        subsets, subset_size: number of random subsets, and of images of each side in one.
        degree, gamma, coef: the kernel `(gamma x·y + coef)^degree`; gamma None is 1 / features.
        reset_real_features, normalize, preset, weights, device, precision, kwargs: as for `FrechetInceptionDistance`.
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
        preset: str = "torchmetrics",
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        **kwargs: Any,
    ) -> None:
        network = _network(feature, normalize, preset, weights, device, precision)
        super().__init__(network, subsets, subset_size, degree, gamma, coef, reset_real_features, normalize, **kwargs)

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images, as `FrechetInceptionDistance.update` does."""
        (self.real_features if real else self.fake_features).append(_features(self, imgs))

    def compute(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation over the subsets (divisor: number of subsets).

        Raises:
            TooFewImages: a set has fewer images than a subset (also a `ValueError`).
        """
        real, fake = _both(self)
        if min(len(real), len(fake)) < self.subset_size:
            counts = f"{len(real)} real and {len(fake)} generated"
            raise TooFewImages(f"subset_size is {self.subset_size}, and there are {counts} images: lower subset_size")

        def drawn(features: Tensor) -> Tensor:
            return features[torch.randperm(len(features))[: self.subset_size]]

        kernel: dict[str, Any] = {"degree": self.degree, "gamma": self.gamma, "coef": self.coef}
        scores = [mmd2(drawn(real), drawn(fake), **kernel) for _ in range(self.subsets)]
        values = torch.tensor(scores, dtype=torch.float64, device=self.device)
        return values.mean().to(real.dtype), values.std(unbiased=False).to(real.dtype)


class MemorizationInformedFrechetInceptionDistance(_mifid.MemorizationInformedFrechetInceptionDistance):
    """The memorisation-informed FID, as `torchmetrics.image.mifid.MemorizationInformedFrechetInceptionDistance`.

    Args:
        feature, reset_real_features, normalize, preset, weights, device, precision, kwargs: as for
            `FrechetInceptionDistance`.
        cosine_distance_eps: from this mean distance on, nothing counts as copied.
    """

    orig_dtype = torch.float32

    def __init__(
        self,
        feature: Feature = 2048,
        reset_real_features: bool = True,
        normalize: bool = False,
        cosine_distance_eps: float = 0.1,
        *,
        preset: str = "torchmetrics",
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        **kwargs: Any,
    ) -> None:
        network = _network(feature, normalize, preset, weights, device, precision)
        super().__init__(network, reset_real_features, normalize, cosine_distance_eps, **kwargs)

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images, as `FrechetInceptionDistance.update` does."""
        features = _features(self, imgs)
        self.orig_dtype = features.dtype
        (self.real_features if real else self.fake_features).append(features.double())

    def compute(self) -> Tensor:
        """The value, at least 0.

        Raises:
            TooFewImages: a set has fewer than two images.
        """
        real, fake = _both(self)
        value = mifid(real, fake, cosine_distance_eps=self.cosine_distance_eps)
        return torch.tensor(value, dtype=self.orig_dtype, device=self.device)


class InceptionScore(_inception.InceptionScore):
    """The Inception Score, as `torchmetrics.image.inception.InceptionScore`.

    Args:
        feature: "logits_unbiased", or as for `FrechetInceptionDistance`.
        splits: number of splits.
        normalize, preset, weights, device, precision, kwargs: as for `FrechetInceptionDistance`.
    """

    def __init__(
        self,
        feature: Feature = "logits_unbiased",
        splits: int = 10,
        normalize: bool = False,
        *,
        preset: str = "torchmetrics",
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        **kwargs: Any,
    ) -> None:
        network = _network(feature, normalize, preset, weights, device, precision)
        super().__init__(network, splits, normalize, **kwargs)
        # As torchmetrics, which casts images of floats for modules, too, in this class alone.
        self._casts = normalize and network is feature

    def update(self, imgs: Any) -> None:
        """Adds images, as `FrechetInceptionDistance.update` does."""
        self.features.append(_features(self, (imgs * 255).byte() if self._casts else imgs))


class PrecisionRecallDensityCoverage(Metric):
    """Precision, recall, density and coverage, which torchmetrics does not have.

    Args:
        feature, reset_real_features, normalize, preset, weights, device, precision, kwargs: as for
            `FrechetInceptionDistance`.
        nearest_k, closed: as for `fid_gpu.prdc`.
    """

    higher_is_better = True
    is_differentiable = False
    full_state_update = False
    plot_lower_bound = 0.0
    feature_network = "inception"

    real_features: list[Tensor]
    fake_features: list[Tensor]

    def __init__(
        self,
        feature: Feature = 2048,
        nearest_k: int = 3,
        reset_real_features: bool = True,
        normalize: bool = False,
        *,
        closed: bool = True,
        preset: str = "torchmetrics",
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.inception = _network(feature, normalize, preset, weights, device, precision)
        self.nearest_k = nearest_k
        self.closed = closed
        self.reset_real_features = reset_real_features
        self.add_state("real_features", [], dist_reduce_fx=None)
        self.add_state("fake_features", [], dist_reduce_fx=None)

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images, as `FrechetInceptionDistance.update` does."""
        (self.real_features if real else self.fake_features).append(_features(self, imgs))

    def compute(self) -> dict[str, Tensor]:
        """precision, recall, f_score, density and coverage, by name: float32.

        Raises:
            TooFewImages: a set has no more images than neighbours.
        """
        values = prdc(*_both(self), self.nearest_k, closed=self.closed)
        return {name: torch.tensor(value, device=self.device) for name, value in values.items()}

    def reset(self) -> None:
        """Removes the generated images, and the real ones unless `reset_real_features` is False."""
        kept = [] if self.reset_real_features else list(self.real_features)
        super().reset()
        self.real_features.extend(kept)


def _both(metric: Any) -> tuple[Tensor, Tensor]:
    """The features of both sets."""
    for side in ("real", "fake"):
        if len(getattr(metric, f"{side}_features")) == 0:
            raise TooFewImages(f"the {side} set is empty: update the metric with real and with generated images first")
    return dim_zero_cat(metric.real_features), dim_zero_cat(metric.fake_features)
