"""The network in the places where other packages take one."""

from __future__ import annotations

import pickle
from typing import Any

import fid_gpu
import fid_gpu.torch
import pytest
import torch
from conftest import NETWORK
from fid_gpu.compat import cleanfid, torch_fidelity
from originals import METRICS_OF_IMAGES, PYTORCH_FID, assert_metrics, close, images, quiet_originals, seeded  # noqa: F401 # fixtures
from PIL import Image

# More images than features, so that covariances are regular, and SciPy's root is exact.
REAL, FAKE = images(80, 1), images(90, 3)


def expected(preset: str = "torchmetrics", fake: torch.Tensor = FAKE) -> float:
    """The FID of both sets at 64 features."""
    metric = fid_gpu.FrechetInceptionDistance(64, preset=preset, **NETWORK)
    metric.update(REAL, real=True)
    metric.update(fake, real=False)
    return metric.compute()


@pytest.fixture
def module() -> fid_gpu.torch.FeatureExtractor:
    return fid_gpu.torch.FeatureExtractor(fid_gpu.Extractor("torchmetrics", 64, **NETWORK))


@pytest.fixture
def saved(tmp_path: Any, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Folders of the first files of both sets."""
    for name, batch in (("real", REAL), ("fake", FAKE)):
        (tmp_path / name).mkdir()
        for at, pixels in enumerate(batch[: request.param]):
            Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(tmp_path / name / f"{at:02}.png")
    return str(tmp_path / "real"), str(tmp_path / "fake")


def test_module(module: fid_gpu.torch.FeatureExtractor) -> None:
    features = module(REAL)
    assert features.dtype == torch.float32 and features.shape == (80, module.num_features) == (80, 64)
    assert not features.requires_grad
    assert list(module.parameters()) == [] and module.state_dict() == {}
    assert module.to("cpu").eval() is module
    assert torch.equal(pickle.loads(pickle.dumps(module))(REAL[:2]), features[:2])
    floats = fid_gpu.torch.FeatureExtractor(module.extractor, normalize=True)
    assert torch.equal(floats((REAL.float() + 0.4) / 255.4), module(((REAL.float() + 0.4) / 255.4 * 255).byte()))
    with pytest.raises((TypeError, fid_gpu.InputError)):
        module(REAL.float())


def test_torchmetrics(module: fid_gpu.torch.FeatureExtractor) -> None:
    from torchmetrics.image import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=module)
    metric.update(REAL, real=True)
    metric.update(FAKE, real=False)
    assert close(metric.compute(), expected(), METRICS_OF_IMAGES)
    assert metric.state_dict() == {}


def test_ignite(module: fid_gpu.torch.FeatureExtractor) -> None:
    from ignite.metrics import FID

    metric = FID(num_features=module.num_features, feature_extractor=module)
    metric.update((FAKE[:35], REAL[:35]))
    metric.update((FAKE[35:80], REAL[35:]))
    assert close(metric.compute(), expected(fake=FAKE[:80]), PYTORCH_FID)


@pytest.mark.parametrize("saved", [None], indirect=True)
def test_clean_fid(saved: tuple[str, str]) -> None:
    from cleanfid import fid

    network = cleanfid.FeatureExtractor(fid_gpu.Extractor("clean", 64, **NETWORK))
    options: dict[str, Any] = {"num_workers": 0, "device": torch.device("cpu"), "verbose": False, "batch_size": 32}
    value = fid.compute_fid(*saved, custom_feat_extractor=network, custom_fn_resize=cleanfid.unchanged, **options)
    assert close(value, expected(preset="clean"), PYTORCH_FID)
    assert not close(value, expected(), 1e-2)
    with pytest.raises(fid_gpu.InputError, match="custom_fn_resize"):
        fid.compute_fid(*saved, custom_feat_extractor=network, **options)


@pytest.mark.parametrize("saved", [10], indirect=True)
def test_torch_fidelity(saved: tuple[str, str], seeded: str) -> None:  # noqa: F811
    import torch_fidelity as original

    torch_fidelity.register("fid-gpu-test", device="cpu")
    options: dict[str, Any] = dict(
        isc=True,
        fid=True,
        kid=True,
        prc=True,
        feature_layer_fid="64",
        feature_layer_kid="192",
        kid_subset_size=8,
        isc_splits=2,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
        feature_extractor_weights_path=seeded,
    )
    real, fake = saved
    values = original.calculate_metrics(input1=fake, input2=real, feature_extractor="fid-gpu-test", **options)
    own = original.calculate_metrics(input1=fake, input2=real, feature_extractor="inception-v3-compat", **options)
    assert len(own) == 8
    assert_metrics(values, own)
