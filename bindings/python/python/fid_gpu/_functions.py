"""Metrics of arrays."""

from __future__ import annotations

from typing import Any

from fid_gpu import _arrays, _native


def frechet_distance(mu1: Any, sigma1: Any, mu2: Any, sigma2: Any) -> float:
    """The Fréchet distance of two normal distributions, `|mu1 - mu2|² + tr(sigma1 + sigma2 - 2 √(sigma1 sigma2))`.

    Computed in float64 from symmetric matrices: never complex, NaN or negative.

    Args:
        mu1, mu2: means, shape (d,).
        sigma1, sigma2: covariances, shape (d, d).

    Raises:
        InputError: another shape, a value that is not finite, or a matrix that is no covariance.

    Example:
        >>> from array import array
        >>> import fid_gpu
        >>> unit = memoryview(array("d", [1, 0, 0, 1])).cast("B").cast("d", (2, 2))
        >>> fid_gpu.frechet_distance(array("d", [0, 0]), unit, array("d", [3, 4]), unit)
        25.0
    """
    arrays = map(_arrays.on_cpu, (mu1, sigma1, mu2, sigma2))
    return _native.frechet_distance(*arrays)


def kid(
    real: Any,
    fake: Any,
    *,
    subsets: int = 100,
    subset_size: int = 1000,
    degree: int = 3,
    gamma: float | None = None,
    coef: float = 1.0,
    seed: int = 2020,
) -> tuple[float, float]:
    """The Kernel Inception Distance: the mean over random subsets of the unbiased squared MMD.

    Subsets are torch-fidelity's, drawn by NumPy's `RandomState(seed)`.

    Args:
        real, fake: features, float32 or float64 of shape (images, features).
        subsets: number of subsets.
        subset_size: images of each side in a subset.
        degree, gamma, coef: the kernel `(gamma x·y + coef)^degree`; gamma None is 1 / features.
        seed: seed of the subsets.

    Returns:
        Mean and standard deviation (divisor: number of subsets). The mean may be below 0.

    Raises:
        TooFewImages: a side has fewer images than a subset.
        InputError: the shapes do not match, or a value is not finite.
    """
    return _native.kid(
        _arrays.on_cpu(real),
        _arrays.on_cpu(fake),
        subsets=subsets,
        subset_size=subset_size,
        seed=seed,
        degree=degree,
        gamma=gamma,
        coef0=coef,
    )


def mmd2(real: Any, fake: Any, *, degree: int = 3, gamma: float | None = None, coef: float = 1.0) -> float:
    """The unbiased squared MMD of all features, by the kernel of `kid`: KID without random subsets.

    Args:
        real, fake: features, float32 or float64 of shape (images, features).
        degree, gamma, coef: as for `kid`.

    Raises:
        TooFewImages: a side has fewer than two images.
        InputError: the shapes do not match, or a value is not finite.
    """
    real, fake = _arrays.on_cpu(real), _arrays.on_cpu(fake)
    return _native.mmd2(real, fake, degree=degree, gamma=gamma, coef0=coef)


def prdc(real: Any, fake: Any, nearest_k: int = 3, *, closed: bool = True) -> dict[str, float]:
    """Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).

    The defaults are torch-fidelity's; the package prdc and dgm-eval have `nearest_k=5, closed=False`.

    Args:
        real, fake: features, float32 or float64 of shape (images, features).
        nearest_k: a ball reaches to this neighbour.
        closed: whether a ball contains its surface.

    Returns:
        precision, recall, f_score and coverage, from 0 to 1, and density, from 0.

    Raises:
        TooFewImages: a side has no more images than neighbours.
        InputError: the shapes do not match, or a value is not finite.
    """
    return _native.prdc(_arrays.on_cpu(real), _arrays.on_cpu(fake), neighbours=nearest_k, closed=closed)


def mifid(real: Any, fake: Any, *, cosine_distance_eps: float = 0.1) -> float:
    """The memorisation-informed FID, as torchmetrics defines it: FID over the mean cosine distance of real images to the
    nearest generated one, where that is below `cosine_distance_eps`.

    Args:
        real, fake: features, float32 or float64 of shape (images, features).
        cosine_distance_eps: from this distance on, nothing counts as copied.

    Raises:
        TooFewImages: a side has fewer than two images.
        InputError: the shapes do not match, or a value is not finite.
    """
    real, fake = _arrays.on_cpu(real), _arrays.on_cpu(fake)
    return _native.mifid(real, fake, cosine_distance_eps=cosine_distance_eps)


def inception_score(
    logits: Any,
    splits: int = 10,
    *,
    convention: str = "torch-fidelity",
    shuffle: bool = True,
    seed: int = 2020,
) -> tuple[float, float | None]:
    """The Inception Score.

    Args:
        logits: float32 or float64 of shape (images, classes), as the layer "logits_unbiased" gives them.
        splits: number of splits.
        convention: the program whose splits and divisor apply: "torch-fidelity", "torchmetrics", "openai", "adm",
            "dgm-eval".
        shuffle: whether images are shuffled first.
        seed: seed of the shuffle.

    Returns:
        Mean and standard deviation over the splits; the latter is None where its divisor is 0.

    Raises:
        TooFewImages: there are fewer images than splits.
    """
    logits = _arrays.on_cpu(logits)
    return _native.inception_score(logits, splits=splits, convention=convention, shuffle=shuffle, seed=seed)
