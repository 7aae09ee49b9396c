"""Images to features."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fid_gpu import _arrays, _native
from fid_gpu._errors import FidGpuWarning

Layer = Literal[64, 192, 768, 2048, "logits", "logits_unbiased"]
Weights = str | os.PathLike[str] | None

#: Settings of an ONNX model's input.
EncoderInput = Mapping[str, str | float | Sequence[float]] | None

#: Number of values of each layer.
DIMS: dict[Layer, int] = {64: 64, 192: 192, 768: 768, 2048: 2048, "logits": 1008, "logits_unbiased": 1008}


def run_options(
    encoder: str,
    encoder_input: EncoderInput,
    preset: str | list[str] | None,
    weights: Weights,
    device: str,
    precision: str,
    *,
    download: bool = True,
    batch_size: int | None = None,
    workers: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    skip_bad: bool = False,
    strict: bool = False,
) -> dict[str, Any]:
    """The arguments of a run for the extension module."""
    presets = [preset] if preset is None or isinstance(preset, str) else list(preset)
    if not presets:
        raise ValueError("preset names no preset")
    return {
        "encoder": encoder,
        "encoder_input": [
            (name, ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value))
            for name, value in (encoder_input or {}).items()
        ],
        "preset": presets[0],
        "also": presets[1:],
        "weights": weights,
        "download": download,
        "device": device,
        "precision": precision,
        "batch_size": batch_size,
        "workers": workers,
        "cache": cache,
        "skip_bad": skip_bad,
        "strict": strict,
    }


class Extractor:
    """A network, by default Inception-v3, which turns images into features.

    It opens its device and loads its weights on first use, and again where it is unpickled. Threads may share it.

    Args:
        preset: how images become the network's input, by the program whose numbers it gives: "pytorch-fid",
            "torch-fidelity", "clean", "nvidia", "torchmetrics" and others; see `fid-gpu --help`. None is the encoder's
            default, of Inception "pytorch-fid".
        layer: 2048 (pool3, for FID), 64, 192 or 768 (earlier), "logits" or "logits_unbiased" (1008 classes). Other encoders
            have only their features, which is the default.
        weights: a file (.pth, .safetensors, .onnx), "seeded" or "seeded:7" for random ones, or None for the published
            file, which is found or downloaded.
        device: "auto", "cpu", "vulkan", "metal", "dx12", with ":INDEX" for one of several, or a list such as "vulkan:0,1".
        precision: "f32", or "f16" on GPUs that have it; only f32 is comparable with published values.
        batch_size: images that pass the network together; the device's default if None.
        download: whether the published weights may be downloaded.
        encoder: "inception", "dinov2-s14", "dinov2-b14", "dinov2-l14", "dinov2-g14", "clip-b32", "clip-l14", "clip-l14-336" or
            "clip-l14-datacomp"; or the path of an ONNX model, which ends in ".onnx".
        encoder_input: how images become the input of an ONNX model, as far as its metadata does not say it: "input_size",
            "mean", "std", "resize", "channels", and "output", the name of the output with the features.

    Example:
        >>> import fid_gpu
        >>> extractor = fid_gpu.Extractor(layer=192, weights="seeded", device="cpu")
        >>> features = extractor(["samples/real/0000.png", "samples/real/0001.png"])
        >>> features.shape
        (2, 192)
    """

    def __init__(
        self,
        preset: str | None = None,
        layer: Layer = 2048,
        weights: Weights = None,
        device: str = "auto",
        precision: str = "f32",
        *,
        batch_size: int | None = None,
        download: bool = True,
        encoder: str = "inception",
        encoder_input: EncoderInput = None,
    ) -> None:
        if layer not in DIMS:
            raise ValueError(f"unknown layer {layer!r}; known: {', '.join(map(repr, DIMS))}")
        self.encoder = encoder
        self._features = None if encoder.lower().endswith(".onnx") else _native.encoder(encoder)
        self.layer: Layer = layer
        self._options = run_options(
            encoder, encoder_input, preset, weights, device, precision, batch_size=batch_size, download=download
        )
        self._opened: _native.Network | None = None

    @property
    def num_features(self) -> int:
        """Number of values in a feature vector."""
        if self.layer != 2048:
            return DIMS[self.layer]
        return self._network.dim if self._features is None else self._features

    @property
    def recipe(self) -> dict[str, Any]:
        """How the features are made: preset, weights with their SHA-256, layer (`tap`) and precision. Features of
        different recipes are not comparable."""
        recipe: dict[str, Any] = json.loads(self._network.recipe)
        return recipe

    @property
    def device(self) -> str:
        """Name of the device."""
        return self._network.device

    def __call__(self, images: Any, *, layout: _arrays.Layout | None = None, normalize: bool = False) -> Any:
        """The features of images.

        Args:
            images: uint8 of shape (n, c, h, w) or (n, h, w, c) with 1 or 3 channels, as a NumPy array or any array with
                `__dlpack__` (PyTorch, JAX); or a sequence of Pillow images, or of paths and bytes of encoded files, of any
                sizes. Arrays on the CPU are read in place and must not be written to meanwhile.
            layout: "nchw" or "nhwc", where both fit the shape.
            normalize: whether the values are floats from 0 to 1, which become `(x * 255).byte()`, as in torchmetrics.

        Returns:
            float32 of shape (n, num_features): a tensor on the same device for a tensor, else a NumPy array, or a
            memoryview where NumPy is not installed. An image has the same features in any batch.

        Raises:
            InputError: a wrong or ambiguous shape, or a wrong type of values.
            BadImage: a file cannot be decoded.
            WeightsMissing, BadWeights, DeviceError: on first use.
        """
        batch = _arrays.images(images, layout, normalize)
        data = self._network.features(batch)
        return _arrays.like(images, _arrays.floats(data, (len(batch), self.num_features), "f"))

    @property
    def _network(self) -> _native.Network:
        if self._opened is None:
            self._opened = _native.Network(self._options, str(self.layer))
            if json.loads(self._opened.recipe)["weights"]["random"]:
                message = "the weights are random: values are not comparable with published ones"
                warnings.warn(message, FidGpuWarning, stacklevel=3)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def __repr__(self) -> str:
        options = self._options
        return (
            f"Extractor(encoder={self.encoder!r}, preset={options['preset']!r}, layer={self.layer!r}, weights={options['weights']!r}, "
            f"device={options['device']!r}, precision={options['precision']!r})"
        )
