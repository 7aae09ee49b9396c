"""Exceptions and the warning of fid_gpu."""

from __future__ import annotations

import os


class FidGpuError(Exception):
    """Base class of the errors of fid_gpu."""


class InputError(FidGpuError, ValueError):
    """An argument, an array or a file cannot be used."""


class BadImage(InputError):
    """An image cannot be decoded, or the network's features of it are not finite.

    Attributes:
        path: the file, or the image's place in its batch.
    """

    def __init__(self, message: str, path: str | os.PathLike[str] = "") -> None:
        super().__init__(message)
        self.path = os.fspath(path)

    def __reduce__(self) -> tuple[type[BadImage], tuple[str, str]]:
        return (type(self), (str(self), self.path))


class NotComparable(FidGpuError):
    """Two sets were made differently (preset, weights, layer, precision), so that their distance would mean nothing."""


class TooFewImages(FidGpuError, RuntimeError, ValueError):
    """A set has fewer images than a metric needs."""


class WeightsMissing(FidGpuError):
    """The published weights are not on this machine and could not be downloaded."""


class BadWeights(FidGpuError):
    """A weights file cannot be used."""


class DeviceError(FidGpuError, RuntimeError):
    """The device cannot be opened, or failed."""


class ForkedProcess(FidGpuError, RuntimeError):
    """fid_gpu was used before this process was forked, and its threads do not exist here."""


class FidGpuWarning(UserWarning):
    """A value was computed, and its reader should know more: random weights, few images."""
