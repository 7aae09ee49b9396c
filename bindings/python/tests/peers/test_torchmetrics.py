"""fid_gpu.torchmetrics against torchmetrics, and in the ways torchmetrics' classes are used."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import fid_gpu
import fid_gpu.torchmetrics as ours
import pytest
import torch
import torchmetrics.image as theirs
from conftest import NETWORK, files
from fid_gpu.torch import FeatureExtractor
from originals import METRICS_OF_IMAGES, close, images, quiet_originals, seeded  # noqa: F401 # fixtures
from torchmetrics import MetricCollection
from torchmetrics.image.fid import NoTrainInceptionV3
from torchmetrics.wrappers import FeatureShare

SMALL: dict[str, Any] = {"feature": 64, **NETWORK}
#: The network that most tests share: opening it takes a second.
SHARED = FeatureExtractor(fid_gpu.Extractor("torchmetrics", 64, **NETWORK))
FID = "FrechetInceptionDistance"
MIFID = "MemorizationInformedFrechetInceptionDistance"
KID = "KernelInceptionDistance"
PRDC = "PrecisionRecallDensityCoverage"
#: Classes of two sets, with arguments that suit few images.
CLASSES: dict[str, dict[str, Any]] = {
    FID: {},
    KID: {"subsets": 5, "subset_size": 6},
    MIFID: {"cosine_distance_eps": 0.5},
    PRDC: {"nearest_k": 2},
}
REAL, FAKE = images(13, 1), images(9, 3)


def of(name: str, **kwargs: Any) -> Any:
    return getattr(ours, name)(**{"feature": SHARED, **NETWORK, **CLASSES[name], **kwargs})


def filled(metric: Any, real: Any = REAL, fake: Any = FAKE) -> Any:
    for side, batch in ((True, real), (False, fake)):
        metric.update(batch[:4], real=side)
        metric.update(batch[4:], real=side)
    return metric


def value(metric: Any) -> list[float]:
    """What the metric computes, with the same random choices each time."""
    torch.manual_seed(3)
    metric._computed = None  # what an earlier call drew
    computed = metric.compute()
    if isinstance(computed, dict):
        return [float(computed[name]) for name in sorted(computed)]
    return [float(part) for part in (computed if isinstance(computed, tuple) else (computed,))]


@pytest.mark.parametrize(("name", "feature"), [(FID, 64), (FID, 2048), (KID, 64), (KID, 2048), (MIFID, 64)])
def test_values_are_torchmetrics(name: str, feature: int, seeded: str) -> None:  # noqa: F811
    network = NoTrainInceptionV3("inception-v3-compat", [str(feature)], seeded)
    network.num_features = feature
    original = filled(getattr(theirs, name)(feature=network, **CLASSES[name]))
    if name == KID:  # its products of float32 lose digits
        for state in (original.real_features, original.fake_features):
            state[:] = [features.double() for features in state]
    metric = filled(of(name, feature=feature))
    assert isinstance(metric, getattr(theirs, name))
    computed, expected = metric.compute(), original.compute()
    assert type(computed) is type(expected)
    assert all(close(a, b, METRICS_OF_IMAGES) for a, b in zip(value(metric), value(original), strict=True))


def test_inception_score_is_torchmetrics(seeded: str) -> None:  # noqa: F811
    network = NoTrainInceptionV3("inception-v3-compat", ["logits_unbiased"], seeded)
    score, original = ours.InceptionScore(splits=3, **NETWORK), theirs.InceptionScore(network, splits=3)
    for metric in (score, original):
        metric.update(REAL)
        metric.update(FAKE)
    (mean, std), (expected_mean, expected_std) = value(score), value(original)
    assert close(mean, expected_mean, METRICS_OF_IMAGES)
    assert abs(std - expected_std) <= METRICS_OF_IMAGES * expected_mean
    assert score.higher_is_better and isinstance(score, theirs.InceptionScore)


def test_weights_path_and_antialias_are_torchmetrics(seeded: str) -> None:  # noqa: F811
    values = {}
    for antialias in (True, False):
        arguments: dict[str, Any] = {"feature": 64, "feature_extractor_weights_path": seeded, "antialias": antialias}
        metric = filled(ours.FrechetInceptionDistance(**arguments, device="cpu"))
        original = filled(theirs.FrechetInceptionDistance(**arguments))
        assert close(metric.compute(), original.compute(), METRICS_OF_IMAGES)
        values[antialias] = float(metric.compute())
    assert not close(values[True], values[False], 1e-2)
    with pytest.raises(ValueError, match="one of them"):
        ours.FrechetInceptionDistance(feature_extractor_weights_path=seeded, weights="seeded")
    with pytest.raises(ValueError, match="antialias"):
        ours.FrechetInceptionDistance(antialias=False, preset="clean")


@pytest.mark.parametrize("name", CLASSES)
def test_values_are_those_of_fid_gpu(name: str) -> None:
    # Subsets of all images: the two draw differently.
    kwargs = {**CLASSES[name], **({"subset_size": 9} if name == KID else {})}
    plain = filled(getattr(fid_gpu, name)(feature=SHARED.extractor, **kwargs), REAL[:9])
    assert value(filled(of(name, **kwargs), REAL[:9])) == pytest.approx(value(plain), rel=1e-6, abs=1e-9)


def _of_set(real: torch.Tensor, fake: torch.Tensor) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Metrics that do not depend on the order of images, which processes change, and their values."""
    metrics = {name: of(name, **({"subset_size": 9} if name == KID else {})) for name in CLASSES}
    for metric in metrics.values():
        filled(metric, real, fake)
    score = ours.InceptionScore(SHARED, splits=1)
    score.update(real)
    return metrics, {**{name: value(metric) for name, metric in metrics.items()}, "IS": value(score)[:1]}


def _process(rank: int, folder: str) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    # Sets of different sizes: 5 + 4 real images, and 3 + 6 generated ones.
    metrics, values = _of_set(*((REAL[:5], FAKE[:3]), (REAL[5:9], FAKE[3:]))[rank])
    # After the sync each process continues with its own images.
    counts = int(metrics[FID].real_features_num_samples), sum(map(len, metrics[PRDC].real_features))
    torch.save((values, counts), f"{folder}/{rank}")
    torch.distributed.destroy_process_group()


def test_two_processes_have_the_value_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    torch.multiprocessing.spawn(_process, (str(tmp_path),), nprocs=2)
    (first, counts), (second, others) = (torch.load(tmp_path / str(rank)) for rank in (0, 1))
    assert first == second
    assert counts == (5, 5) and others == (4, 4)
    expected = _of_set(REAL[:9], FAKE)[1]
    assert first.keys() == expected.keys()
    for name in first:
        assert first[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize("name", CLASSES)
def test_merge_state(name: str) -> None:
    whole = value(filled(of(name)))
    for as_dict in (False, True):
        a, b = filled(of(name), REAL[:7], FAKE[:5]), filled(of(name), REAL[7:], FAKE[5:])
        b.merge_state({state: getattr(a, state) for state in a._defaults} if as_dict else a)
        assert value(b) == pytest.approx(whole, rel=1e-6)


def test_collection() -> None:
    collection = MetricCollection({name: of(name) for name in CLASSES})
    for batch, side in ((REAL[:5], True), (REAL[5:], True), (FAKE[:5], False), (FAKE[5:], False)):
        collection.update(batch, real=side)
    torch.manual_seed(3)
    computed = collection.compute()
    assert float(computed[FID]) == pytest.approx(value(filled(of(FID)))[0], rel=1e-6)
    assert float(computed[MIFID]) == pytest.approx(value(filled(of(MIFID)))[0], rel=1e-6)
    assert {"precision", "recall", "f_score", "density", "coverage"} <= computed.keys()
    other = collection.clone(prefix="val_")
    other.reset()
    assert f"val_{FID}" in other.keys()
    assert int(collection[FID].real_features_num_samples) == 13


def test_shared_features_are_computed_once() -> None:
    calls = []

    class Counted(fid_gpu.Extractor):
        def __call__(self, images: Any, **kwargs: Any) -> Any:
            calls.append(len(images))
            return super().__call__(images, **kwargs)

    network = FeatureExtractor(Counted(layer=64, preset="torchmetrics", **NETWORK))
    share = FeatureShare({name: getattr(ours, name)(feature=network, **CLASSES[name]) for name in CLASSES})
    share.update(REAL, real=True)
    share.update(FAKE, real=False)
    assert calls == [13, 9]
    assert float(share.compute()[FID]) == pytest.approx(value(filled(of(FID)))[0], rel=1e-6)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda metric: metric.clone(), lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_continue_alone(name: str, copied: Any) -> None:
    metric = of(name)
    metric.update(REAL, real=True)
    metric.update(FAKE[:4], real=False)
    other = copied(metric)
    other.update(FAKE[4:], real=False)
    assert value(other) == pytest.approx(value(filled(of(name))), rel=1e-6)
    metric.update(FAKE[:4], real=False)
    assert value(metric) != pytest.approx(value(other), rel=1e-3)


def test_clones_share_the_network() -> None:
    metric = of(FID)
    assert metric.clone().inception.extractor is metric.inception.extractor


@pytest.mark.parametrize("name", CLASSES)
def test_checkpoints_have_states_and_no_network(name: str) -> None:
    metric = filled(of(name))
    assert metric.state_dict() == {}
    metric.persistent(True)
    state = metric.state_dict()
    assert set(state) == set(metric._defaults)
    other = of(name)
    other.persistent(True)
    other.load_state_dict(pickle.loads(pickle.dumps(state)))
    assert value(other) == value(metric)


def test_states_are_torchmetrics() -> None:
    for name in (FID, KID, MIFID):
        metric, original = of(name), getattr(theirs, name)(feature=of(name).inception)
        assert metric._defaults.keys() == original._defaults.keys()
        assert metric._reductions == original._reductions
        filled(metric)
        filled(original)
        for state in metric._defaults:
            a, b = getattr(metric, state), getattr(original, state)
            for one, other in zip(a, b, strict=True) if isinstance(a, list) else [(a, b)]:
                assert one.dtype == other.dtype and torch.equal(one, other), (name, state)


@pytest.mark.parametrize("name", CLASSES)
def test_reset(name: str) -> None:
    keeping, forgetting = filled(of(name, reset_real_features=False)), filled(of(name))
    before = value(keeping)
    for metric in (keeping, forgetting):
        metric.reset()
        metric.update(FAKE, real=False)
    assert value(keeping) == before
    with pytest.raises((fid_gpu.TooFewImages, ValueError)):
        forgetting.compute()


@pytest.mark.parametrize(
    ("name", "state"), [(FID, "real_features_sum"), (PRDC, "real_features"), ("InceptionScore", "features")]
)
def test_normalize(name: str, state: str) -> None:
    kwargs: dict[str, Any] = {} if name == "InceptionScore" else {"real": True}
    metric, other = (getattr(ours, name)(**SMALL, normalize=normalize) for normalize in (True, False))
    # A little above each byte, which (x * 255).byte() cuts off.
    floats = (REAL.float() + 0.4) / 255.4
    metric.update(floats, **kwargs)
    other.update((floats * 255).byte(), **kwargs)
    a, b = getattr(metric, state), getattr(other, state)
    assert torch.equal(a if name == FID else a[0], b if name == FID else b[0])
    for wrong in (REAL, floats * 2, floats - 1):
        with pytest.raises((fid_gpu.InputError, TypeError)):
            metric.update(wrong, **kwargs)
    with pytest.raises((fid_gpu.InputError, TypeError)):
        other.update(floats, **kwargs)


@pytest.mark.parametrize(
    "batch",
    [REAL[0], REAL.flatten(1), REAL[:, :2], REAL.flatten(), torch.zeros(2, 3, 0, 8, dtype=torch.uint8), REAL.long()],
    ids=["one image", "rows", "two channels", "a line", "no pixels", "int64"],
)
def test_wrong_images_are_refused(batch: torch.Tensor) -> None:
    for name in CLASSES:
        metric = of(name)
        with pytest.raises((fid_gpu.InputError, TypeError)):
            metric.update(batch, real=True)


@pytest.mark.parametrize("shape", ["flat", "square", "fewer"])
@pytest.mark.parametrize("name", CLASSES)
def test_wrong_features_of_a_module_are_refused(name: str, shape: str) -> None:
    class Module(torch.nn.Module):
        num_features = 4

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            rows = torch.ones(len(x), 4)
            return {"flat": rows.flatten(), "square": rows[:, :, None, None], "fewer": rows[1:]}[shape]

    metric = of(name, feature=Module())
    with pytest.raises(fid_gpu.InputError, match="images, features"):
        metric.update(torch.ones(6, 3), real=True)


def test_modules_are_taken_as_torchmetrics_does() -> None:
    class Mean(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.float().mean(dim=(2, 3)) if x.dim() == 4 else x.float()

    metric, original = of(FID, feature=Mean()), theirs.FrechetInceptionDistance(feature=Mean())
    assert float(filled(metric).compute()) == pytest.approx(float(filled(original).compute()), rel=1e-5)
    score, theirs_score = ours.InceptionScore(Mean(), splits=2, normalize=True), theirs.InceptionScore(Mean(), 2, True)
    for inception_score in (score, theirs_score):
        inception_score.update(REAL.float() / 255)
    assert value(score) == value(theirs_score)
    with pytest.raises(TypeError, match="module"):
        of(FID, feature=[64])
    with pytest.raises(ValueError, match="unknown layer"):
        of(FID, feature=65)


def test_too_few_images() -> None:
    for name in CLASSES:
        metric = of(name)
        metric.update(REAL[:1], real=True)
        metric.update(FAKE[:1], real=False)
        with pytest.raises(fid_gpu.TooFewImages):
            metric.compute()
        with pytest.raises(fid_gpu.TooFewImages):
            of(name).compute()


def test_equal_images_have_the_distance_0() -> None:
    # The covariance is 0, and its sums of squares are not exactly.
    metric = of(FID)
    for side in (True, False):
        metric.update(REAL[:1].expand(7, -1, -1, -1), real=side)
    assert 0 <= float(metric.compute()) < 1e-6


def test_files_are_images_too() -> None:
    metric, plain = of(FID), fid_gpu.FrechetInceptionDistance(SHARED.extractor)
    for side in ("real", "fake"):
        metric.update(files(side, 6), real=side == "real")
        plain.update(files(side, 6), real=side == "real")
    assert float(metric.compute()) == pytest.approx(plain.compute(), rel=1e-6)
