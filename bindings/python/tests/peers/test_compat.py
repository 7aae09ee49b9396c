"""fid_gpu.compat and the programs it stands for: the same arguments, files and numbers."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import fid_gpu
import numpy as np
import pytest
import torch
from fid_gpu.compat import cleanfid, pytorch_fid, torch_fidelity
from originals import (  # noqa: F401 # fixtures
    METRICS_OF_IMAGES,
    PYTORCH_FID,
    assert_metrics,
    close,
    folders,
    pytorch_weights,
    quiet_originals,
    seeded,
    torchscript_weights,
)

CLEAN_FID: dict[str, Any] = dict(
    num_workers=0,
    device=torch.device("cpu"),
    verbose=False,
    use_dataparallel=False,
)


@pytest.mark.usefixtures("pytorch_weights")
def test_pytorch_fid(folders: tuple[str, str], seeded: str) -> None:  # noqa: F811
    from pytorch_fid import fid_score

    # One image at a time, since they are of different sizes.
    expected = fid_score.calculate_fid_given_paths(list(folders), 1, "cpu", 64, num_workers=0)
    value = pytorch_fid.calculate_fid_given_paths(
        list(folders), 1, torch.device("cpu"), 64, num_workers=0, weights=seeded
    )
    assert close(value, expected, PYTORCH_FID)


@pytest.mark.usefixtures("pytorch_weights")
def test_pytorch_fid_statistics(folders: tuple[str, str], seeded: str, tmp_path: Path) -> None:  # noqa: F811
    from pytorch_fid import fid_score

    theirs, ours = str(tmp_path / "theirs.npz"), str(tmp_path / "ours.npz")
    real, fake = folders
    fid_score.save_fid_stats([real, theirs], 1, "cpu", 2048, num_workers=0)
    pytorch_fid.save_fid_stats([real, ours], 1, "cpu", 2048, num_workers=0, weights=seeded)
    with np.load(theirs) as a, np.load(ours) as b:
        for name in ("mu", "sigma"):
            assert np.linalg.norm(a[name] - b[name]) <= 1e-4 * np.linalg.norm(a[name]), name
    expected = fid_score.calculate_fid_given_paths([ours, fake], 1, "cpu", 2048, num_workers=0)
    options: dict[str, Any] = {"batch_size": 8, "device": "cpu", "dims": 2048, "weights": seeded}
    for side in (real, theirs, ours):
        assert close(pytorch_fid.calculate_fid_given_paths([side, fake], **options), expected, PYTORCH_FID)
    with pytest.raises(RuntimeError, match="exists"):
        pytorch_fid.save_fid_stats([real, ours], 1, "cpu", 2048)
    for wrong in ([real], [real, str(tmp_path / "nothing")], [real, str(tmp_path)]):
        with pytest.raises(fid_gpu.InputError):
            pytorch_fid.calculate_fid_given_paths(wrong, **options)


def test_pytorch_fid_distance() -> None:
    from pytorch_fid import fid_score

    random = np.random.RandomState(1)
    a, b = random.rand(40, 6), random.rand(50, 6) ** 2
    moments = [f(x) for x in (a, b) for f in (lambda x: x.mean(axis=0), lambda x: np.cov(x, rowvar=False))]
    expected = fid_score.calculate_frechet_distance(*moments)
    assert close(pytorch_fid.calculate_frechet_distance(*moments), expected, 1e-9)


@pytest.mark.parametrize("mode", ["clean", "legacy_pytorch"])
@pytest.mark.usefixtures("pytorch_weights", "torchscript_weights")
def test_clean_fid(folders: tuple[str, str], seeded: str, mode: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from cleanfid import fid

    if mode == "legacy_pytorch":  # SciPy's root takes minutes of these covariances
        monkeypatch.setattr(fid, "frechet_distance", fid_gpu.frechet_distance)
    expected = fid.compute_fid(*folders, mode=mode, **CLEAN_FID)
    assert close(cleanfid.compute_fid(*folders, mode=mode, **CLEAN_FID, weights=seeded), expected, PYTORCH_FID)


@pytest.mark.usefixtures("torchscript_weights")
def test_clean_fid_statistics(folders: tuple[str, str], seeded: str, tmp_path: Path, monkeypatch: Any) -> None:  # noqa: F811
    import cleanfid as package
    from cleanfid import fid

    # clean-fid keeps statistics beside its code.
    monkeypatch.setattr(package, "__file__", str(tmp_path / "__init__.py"))
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(cleanfid.importlib.util, "find_spec", lambda name: spec)
    real, fake = folders
    arguments: dict[str, Any] = {"dataset_name": "Mine", "dataset_split": "custom", "weights": seeded}
    with pytest.raises(fid_gpu.InputError, match="make_custom_stats"):
        cleanfid.compute_fid(fake, **CLEAN_FID, **arguments)
    fid.make_custom_stats("Mine", real, num_workers=0, device=torch.device("cpu"), verbose=False)
    value = cleanfid.compute_fid(fake, **CLEAN_FID, **arguments)
    assert close(value, cleanfid.compute_fid(real, fake, **CLEAN_FID, weights=seeded), METRICS_OF_IMAGES)
    with pytest.raises(fid_gpu.InputError, match="download"):
        cleanfid.compute_fid(fake, **CLEAN_FID, weights=seeded)


@pytest.mark.parametrize(
    "argument",
    [
        {"gen": lambda z: z},
        {"model_name": "clip_vit_b_32"},
        {"custom_feat_extractor": lambda x: x},
        {"custom_image_tranform": lambda x: x},
        {"custom_fn_resize": lambda x: x},
    ],
    ids=lambda argument: next(iter(argument)),
)
def test_clean_fid_refuses_by_name(argument: dict[str, Any]) -> None:
    with pytest.raises(fid_gpu.InputError, match=f"does not take {next(iter(argument))} here: .+"):
        cleanfid.compute_fid("real", "fake", **argument)


@pytest.mark.parametrize("deep", [False, True])
def test_torch_fidelity(folders: tuple[str, str], seeded: str, deep: bool) -> None:  # noqa: F811
    import torch_fidelity as original

    options: dict[str, Any] = dict(
        isc=True,
        fid=True,
        kid=True,
        prc=True,
        feature_extractor="inception-v3-compat",
        kid_subset_size=6,
        kid_subsets=20,
        isc_splits=3,
        rng_seed=7,
        prc_neighborhood=2,
        feature_extractor_weights_path=seeded,
        samples_find_deep=deep,
        samples_shuffle=deep,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
        batch_size=4 if deep else 1,
        **({"samples_find_ext": "png,webp,bmp", "samples_resize_and_crop": 40} if deep else {}),
    )
    real, fake = folders
    expected = original.calculate_metrics(input1=fake, input2=real, **options)
    values = torch_fidelity.calculate_metrics(input1=fake, input2=real, **options)
    assert len(values) == 8
    assert_metrics(values, expected)


def test_torch_fidelity_of_one_input(folders: tuple[str, str], seeded: str) -> None:  # noqa: F811
    import torch_fidelity as original

    options: dict[str, Any] = dict(
        input1=folders[1],
        isc=True,
        isc_splits=2,
        feature_extractor_weights_path=seeded,
        cuda=False,
        verbose=False,
        save_cpu_ram=True,
        batch_size=1,
    )
    values, expected = torch_fidelity.calculate_metrics(**options), original.calculate_metrics(**options)
    assert_metrics(values, expected)


def test_torch_fidelity_at_another_layer(folders: tuple[str, str], seeded: str) -> None:  # noqa: F811
    import torch_fidelity as original

    options: dict[str, Any] = dict(
        input1=folders[1],
        input2=folders[0],
        fid=True,
        feature_layer_fid="192",
        feature_extractor_weights_path=seeded,
        cuda=False,
        verbose=False,
        save_cpu_ram=True,
        batch_size=1,
    )
    values, expected = torch_fidelity.calculate_metrics(**options), original.calculate_metrics(**options)
    assert_metrics(values, expected)


@pytest.mark.parametrize(
    "argument",
    [
        {"ppl": True},
        {"prc": True},
        {"feature_extractor": "vgg16"},
        {"feature_layer_kid": "64"},
        {"kid": True, "kid_kernel": "rbf"},
        {"feature_extractor_internal_dtype": "float64"},
        {"input1": torch.utils.data.TensorDataset()},
    ],
    ids=lambda argument: list(argument)[-1],
)
def test_torch_fidelity_refuses_by_name(argument: dict[str, Any]) -> None:
    with pytest.raises(fid_gpu.InputError, match=f"does not take {list(argument)[-1]} here: .+"):
        torch_fidelity.calculate_metrics(**{"input1": "real", "input2": "fake", "fid": True, **argument})


def test_torch_fidelity_takes_its_names_alone() -> None:
    with pytest.raises(TypeError, match="fidd"):
        torch_fidelity.calculate_metrics(input1="real", input2="fake", fidd=True)
    for arguments in ({"input1": "a"}, {"input1": "a", "fid": True}, {"input2": "a", "isc": True}):
        with pytest.raises(fid_gpu.InputError):
            torch_fidelity.calculate_metrics(**arguments)


def test_names_and_defaults_are_the_originals() -> None:
    import cleanfid.fid
    from pytorch_fid import fid_score
    from torch_fidelity.defaults import DEFAULTS

    def arguments(function: Any) -> dict[str, Any]:
        parameters = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}

    for name in ("calculate_fid_given_paths", "save_fid_stats", "calculate_frechet_distance"):
        assert arguments(getattr(pytorch_fid, name)) == arguments(getattr(fid_score, name))
    ours, theirs = arguments(fid_gpu.compat.cleanfid.compute_fid), arguments(cleanfid.fid.compute_fid)
    assert list(ours) == list(theirs)
    assert {**ours, "device": torch.device(ours["device"])} == theirs

    parameters = inspect.signature(torch_fidelity.calculate_metrics).parameters.values()
    named = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert named.keys() | torch_fidelity._WITHOUT_EFFECT == DEFAULTS.keys()
    assert named == {name: DEFAULTS[name] for name in named}
    assert pytorch_fid.IMAGE_EXTENSIONS == fid_score.IMAGE_EXTENSIONS
    assert cleanfid.fid.EXTENSIONS == fid_gpu.compat.cleanfid.EXTENSIONS | {"npy"}
