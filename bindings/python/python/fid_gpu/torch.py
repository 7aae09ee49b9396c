"""The network as a module of PyTorch."""

from __future__ import annotations

from typing import Any

import torch

from fid_gpu._extractor import Extractor


class FeatureExtractor(torch.nn.Module):
    """An `Extractor` as a module: for `feature=` of torchmetrics, `feature_extractor=` of ignite and others.

    It has no parameters and no buffers, so that checkpoints do not contain the network. Copies share the network.
    Gradients do not pass.

    Args:
        extractor: the network.
        normalize: whether images are floats from 0 to 1 instead of uint8; they become `(x * 255).byte()`.

    Attributes:
        num_features: number of values in a feature vector.

    Example:
        >>> import fid_gpu
        >>> from fid_gpu.torch import FeatureExtractor
        >>> module = FeatureExtractor(fid_gpu.Extractor(layer=64, weights="seeded", device="cpu"))
        >>> module(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape
        torch.Size([2, 64])
    """

    def __init__(self, extractor: Extractor, *, normalize: bool = False) -> None:
        super().__init__()
        self.extractor = extractor
        self.normalize = normalize
        self.num_features = extractor.num_features

    def forward(self, images: Any) -> torch.Tensor:
        """The features of images.

        Args:
            images: a tensor, uint8 of shape (n, c, h, w) or (n, h, w, c), on any device, or floats if `normalize`; or what
                else an `Extractor` takes.

        Returns:
            float32 of shape (n, num_features), on the device of the images.

        Raises:
            InputError: a wrong or ambiguous shape, or a wrong type of values.
        """
        features = self.extractor(images, normalize=self.normalize)
        return features if isinstance(features, torch.Tensor) else torch.as_tensor(features)

    def extra_repr(self) -> str:
        return f"{self.extractor}, normalize={self.normalize}"

    def __deepcopy__(self, memo: dict[int, Any]) -> FeatureExtractor:
        return type(self)(self.extractor, normalize=self.normalize)
