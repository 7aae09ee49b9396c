"""The other programs under seeded weights, without a network; and images that all of them read."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, SAMPLES
from PIL import Image

sys.path.insert(0, str(ROOT))
from scripts.fixtures import seeded_weights  # noqa: E402

#: `METRICS_OF_IMAGES` and `PYTORCH_FID` of docs/PRECISION.md.
METRICS_OF_IMAGES, PYTORCH_FID = 2e-5, 1e-4


def images(count: int, seed: int) -> torch.Tensor:
    """Smooth images with noise, uint8 of shape (count, 3, 48, 40)."""
    random = np.random.RandomState(seed)
    small = random.randint(0, 256, (count, 5 + seed, 4 + seed, 3)).astype(np.uint8)
    made = [np.asarray(Image.fromarray(pixels).resize((40, 48), Image.Resampling.BICUBIC)) for pixels in small]
    return torch.from_numpy(np.stack(made).transpose(0, 3, 1, 2).copy())


def close(value: Any, other: Any, bound: float) -> bool:
    """Whether the relative difference is within a bound."""
    return abs(float(value) - float(other)) <= bound * abs(float(other))


def assert_metrics(values: dict[str, float], expected: dict[str, float]) -> None:
    """Whether these are torch-fidelity's metrics within the bound. A deviation is as exact as its mean; and torch-fidelity's KID
    of float32 is off by 1e-7 of the kernel's values, which are about 1000 times larger here."""
    assert values.keys() == expected.keys()
    for name, value in values.items():
        size = expected[name.replace("_std", "_mean")]
        bound = PYTORCH_FID if name.startswith("kernel") else METRICS_OF_IMAGES
        assert abs(value - expected[name]) <= bound * abs(size), (name, value, expected[name])


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The weights "seeded" as the file that the other programs read."""
    path = tmp_path_factory.mktemp("weights") / "seeded-0.pth"
    seeded_weights.save(0, path)
    return str(path)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The files of samples/, real and fake: of many formats, and some in a sub-folder, so that programs read different ones."""
    root = tmp_path_factory.mktemp("images")
    for side in ("real", "fake"):
        shutil.copytree(SAMPLES / side, root / side)
        (root / side / "deeper").mkdir()
        for path in sorted((root / side).glob("00*"))[:6]:
            path.rename(path.parent / "deeper" / path.name)
    return str(root / "real"), str(root / "fake")


@pytest.fixture
def pytorch_weights(seeded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytorch-fid, and clean-fid's mode "legacy_pytorch", under seeded weights."""
    import cleanfid.inception_pytorch
    import pytorch_fid.inception

    state = torch.load(seeded, weights_only=True)
    for module in (pytorch_fid.inception, cleanfid.inception_pytorch):
        monkeypatch.setattr(module, "load_state_dict_from_url", lambda *_, **__: state)


@pytest.fixture
def torchscript_weights(seeded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """clean-fid's mode "clean" under seeded weights: its network is pytorch-fid's, which is not downloaded as TorchScript."""
    import cleanfid.features
    from scripts.fixtures import originals

    network = originals.fid_inception(torch.load(seeded, weights_only=True))
    network.fc = torch.nn.Identity()

    class Scaled(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            features: torch.Tensor = network((x - 128) / 128)
            return features

    monkeypatch.setattr(cleanfid.features, "InceptionV3W", lambda *_, **__: Scaled())


@pytest.fixture(autouse=True)
def quiet_originals() -> Iterator[None]:
    """Without the warnings of the other programs, which are not this project's."""
    with warnings.catch_warnings():
        for category in (UserWarning, DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        yield
