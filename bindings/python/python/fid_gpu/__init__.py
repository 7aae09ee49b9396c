"""Fréchet Inception Distance and the metrics read beside it, on any GPU or on the CPU.

From files:

    >>> import fid_gpu
    >>> fid_gpu.evaluate("samples/real", "samples/fake", weights="seeded", device="cpu").fid > 0
    True

From memory there are, lowest first: `Extractor` (images to features), `Statistics` (mean and covariance, mergeable) and metrics
with the arguments of torchmetrics, such as `FrechetInceptionDistance`; and functions of arrays, such as `frechet_distance`.
`fid_gpu.torchmetrics` has classes of torchmetrics, `fid_gpu.ray` computes on several machines, and `fid_gpu.compat` has the
functions of pytorch-fid, clean-fid and torch-fidelity. Nothing here imports NumPy or PyTorch before it is needed.
"""

from fid_gpu._errors import (
    BadImage,
    BadWeights,
    DeviceError,
    FidGpuError,
    FidGpuWarning,
    ForkedProcess,
    InputError,
    NotComparable,
    TooFewImages,
    WeightsMissing,
)
from fid_gpu._evaluate import Report, evaluate, statistics
from fid_gpu._extractor import Extractor
from fid_gpu._functions import frechet_distance, inception_score, kid, mifid, mmd2, prdc
from fid_gpu._metrics import (
    FrechetInceptionDistance,
    InceptionScore,
    KernelInceptionDistance,
    MemorizationInformedFrechetInceptionDistance,
    PrecisionRecallDensityCoverage,
)
from fid_gpu._native import devices, version
from fid_gpu._statistics import Statistics

__version__ = version()

__all__ = [
    "BadImage",
    "BadWeights",
    "DeviceError",
    "Extractor",
    "FidGpuError",
    "FidGpuWarning",
    "ForkedProcess",
    "FrechetInceptionDistance",
    "InceptionScore",
    "InputError",
    "KernelInceptionDistance",
    "MemorizationInformedFrechetInceptionDistance",
    "NotComparable",
    "PrecisionRecallDensityCoverage",
    "Report",
    "Statistics",
    "TooFewImages",
    "WeightsMissing",
    "devices",
    "evaluate",
    "frechet_distance",
    "inception_score",
    "kid",
    "mifid",
    "mmd2",
    "prdc",
    "statistics",
]
