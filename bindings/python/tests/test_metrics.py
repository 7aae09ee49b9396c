"""Metrics of memory: batch by batch, and of arrays."""

from __future__ import annotations

import pickle
import random
import warnings
from array import array
from typing import Any

import fid_gpu
import pytest
from conftest import NETWORK, SAMPLES, files, floats, pixels, program_json

PYTORCH_FID: dict[str, Any] = {**NETWORK, "preset": "pytorch-fid"}


def filled(metric: Any, count: int | None = None) -> Any:
    for side in ("real", "fake"):
        paths = files(side, count)
        # Uneven batches.
        for part in (paths[:5], paths[5:6], paths[6:]):
            metric.update(part, real=side == "real")
    return metric


def test_values_are_those_of_the_command() -> None:
    sides = ["--real", str(SAMPLES / "real"), "--fake", str(SAMPLES / "fake")]
    names = ["--metrics", "fid,kid,mifid,prdc", "--kid-subset-size", "10", "--kid-subsets", "7"]
    report = program_json(*sides, *names)
    assert filled(fid_gpu.FrechetInceptionDistance(**PYTORCH_FID)).compute() == report["fid"]
    kid = filled(fid_gpu.KernelInceptionDistance(subsets=7, subset_size=10, **PYTORCH_FID)).compute()
    assert kid == (report["metrics"]["kid"]["mean"], report["metrics"]["kid"]["std"])
    mifid = filled(fid_gpu.MemorizationInformedFrechetInceptionDistance(**PYTORCH_FID)).compute()
    assert mifid == report["metrics"]["mifid"]["value"]
    prdc = filled(fid_gpu.PrecisionRecallDensityCoverage(**PYTORCH_FID)).compute()
    assert prdc == {name: report["metrics"]["prdc"][name] for name in prdc} and len(prdc) == 5


def test_inception_score_is_that_of_the_command() -> None:
    arguments = ["--fake", str(SAMPLES / "fake"), "--metrics", "is", "--is", "torchmetrics", "--is-splits", "3"]
    expected = program_json(*arguments, "--preset", "torchmetrics")["metrics"]["is"]
    score = fid_gpu.InceptionScore(splits=3, **NETWORK)
    for part in (files("fake")[:7], files("fake")[7:]):
        score.update(part)
    assert score.compute() == (expected["mean"], expected["std"])
    score.reset()
    with pytest.raises(fid_gpu.TooFewImages):
        score.compute()


@pytest.fixture
def small() -> fid_gpu.FrechetInceptionDistance:
    return fid_gpu.FrechetInceptionDistance(feature=64, **NETWORK)


def test_equal_sets_and_symmetry(small: fid_gpu.FrechetInceptionDistance) -> None:
    other = fid_gpu.FrechetInceptionDistance(feature=64, **NETWORK)
    for side, path in ((True, "real"), (False, "fake")):
        small.update(files(path, 8), real=side)
        other.update(files(path, 8), real=not side)
    assert small.compute() == pytest.approx(other.compute(), rel=1e-12) and small.compute() > 0
    small.real_statistics = other.real_statistics
    assert small.compute() == pytest.approx(0, abs=1e-9)


def test_few_images_warn(small: fid_gpu.FrechetInceptionDistance) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        filled(small, 9).compute()
    assert any(str(warning.message).startswith("9 images are fewer than the 64 features") for warning in caught)
    metric = fid_gpu.FrechetInceptionDistance(lambda images: floats([[float(image)] for image in images]))
    for real in (True, False):
        metric.update([1, 2, 3], real=real)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metric.compute()


def test_statistics_of_another_preset_are_refused(small: fid_gpu.FrechetInceptionDistance) -> None:
    other = fid_gpu.FrechetInceptionDistance(feature=64, preset="clean", **NETWORK)
    other.update(files("real", 4), real=True)
    assert other.real_statistics.recipe is not None and other.real_statistics.recipe["preset"] == "clean"
    small.real_statistics = other.real_statistics
    small.update(files("fake", 4), real=False)
    with pytest.raises(fid_gpu.NotComparable, match="preset clean and preset torchmetrics"):
        small.compute()
    with pytest.raises(TypeError, match="colour"):
        fid_gpu.FrechetInceptionDistance(64, colour="red")  # type: ignore[call-arg]


def test_reset_keeps_the_real_images_if_asked() -> None:
    for keep in (False, True):
        metric = fid_gpu.FrechetInceptionDistance(64, reset_real_features=not keep, **NETWORK)
        filled(metric, 6)
        metric.reset()
        assert metric.real_statistics.n == (6 if keep else 0)


def test_merged_and_pickled_metrics_are_one(small: fid_gpu.FrechetInceptionDistance) -> None:
    whole = filled(fid_gpu.FrechetInceptionDistance(feature=64, **NETWORK), 9).compute()
    other = fid_gpu.FrechetInceptionDistance(feature=64, **NETWORK)
    for side in ("real", "fake"):
        paths = files(side, 9)
        small.update(paths[:4], real=side == "real")
        other.update(paths[4:], real=side == "real")
    small.merge_state(pickle.loads(pickle.dumps(other)))
    assert small.compute() == whole
    kid = [fid_gpu.KernelInceptionDistance(64, 2, 9, **NETWORK) for _ in range(3)]
    for side in ("real", "fake"):
        paths = files(side, 9)
        kid[0].update(paths, real=side == "real")
        kid[1].update(paths[:4], real=side == "real")
        kid[2].update(paths[4:], real=side == "real")
    kid[1].merge_state(kid[2])
    assert kid[0].compute() == kid[1].compute()


def test_too_few_images_is_the_error_of_torchmetrics(small: fid_gpu.FrechetInceptionDistance) -> None:
    small.update(pixels(1, 3, 4, 4), real=True)
    small.update(pixels(2, 3, 4, 4), real=False)
    with pytest.raises(RuntimeError):
        small.compute()
    kid = filled(fid_gpu.KernelInceptionDistance(64, **NETWORK), 4)
    with pytest.raises(ValueError, match="1000"):
        kid.compute()


def test_any_callable_is_a_feature() -> None:
    given = []

    def feature(images: Any) -> memoryview:
        given.append(images)
        return floats([[float(image), image * image / 8] for image in images])

    metric = fid_gpu.FrechetInceptionDistance(feature)
    metric.update([1, 2, 3], real=True)
    metric.update([1, 2, 4], real=False)
    assert given == [[1, 2, 3], [1, 2, 4]]
    real, fake = fid_gpu.Statistics(), fid_gpu.Statistics()
    real.update(feature([1, 2, 3]))
    fake.update(feature([1, 2, 4]))
    assert metric.compute() == real.frechet_distance(fake) > 0
    flat = fid_gpu.FrechetInceptionDistance(lambda images: memoryview(array("f", [1.0, 2.0])))
    with pytest.raises(fid_gpu.InputError, match="one row for each image"):
        flat.update([1], real=True)


def test_functions_of_arrays() -> None:
    draw = random.Random(3)
    real, fake = ([[draw.gauss(mean, 1) for _ in range(4)] for _ in range(40)] for mean in (0.0, 0.5))
    a, b = floats(real), floats(fake)
    # In float64, as NumPy's own files have it.
    wide = memoryview(array("d", a.cast("B").cast("f"))).cast("B").cast("d", (40, 4))
    mean, std = fid_gpu.kid(a, b, subsets=5, subset_size=20)
    assert (mean, std) == fid_gpu.kid(wide, b, subsets=5, subset_size=20)

    def kernel(x: list[float], y: list[float]) -> float:
        return (sum(p * q for p, q in zip(x, y, strict=True)) / 4 + 1) ** 3

    real, fake = a.tolist(), b.tolist()
    within = sum(kernel(x, y) for s in (real, fake) for i, x in enumerate(s) for j, y in enumerate(s) if i != j)
    between = sum(kernel(x, y) for x in real for y in fake)
    assert fid_gpu.mmd2(a, b) == pytest.approx(within / (40 * 39) - 2 * between / 1600, rel=1e-9)
    values = fid_gpu.prdc(a, b, nearest_k=5, closed=False)
    assert set(values) == {"precision", "recall", "f_score", "density", "coverage"}
    assert fid_gpu.prdc(a, a) == {"precision": 1.0, "recall": 1.0, "f_score": 1.0, "coverage": 1.0} | {
        "density": fid_gpu.prdc(a, a)["density"]
    }
    assert fid_gpu.mifid(a, b) > 0
    score, deviation = fid_gpu.inception_score(a, splits=2)
    assert 1 <= score <= 4 and deviation is not None
    assert fid_gpu.inception_score(a, splits=1, convention="torchmetrics")[1] is None


def test_functions_refuse_wrong_arrays() -> None:
    a, b = floats([[1.0, 2.0]] * 3), floats([[1.0, 2.0, 3.0]] * 3)
    with pytest.raises(fid_gpu.InputError, match="2 .* 3"):
        fid_gpu.kid(a, b, subsets=1, subset_size=2)
    with pytest.raises(fid_gpu.TooFewImages):
        fid_gpu.prdc(a, a, nearest_k=3)
    with pytest.raises(fid_gpu.InputError, match="torch-fidelity"):
        fid_gpu.inception_score(a, convention="mine")
    with pytest.raises(TypeError, match="list is no array"):
        fid_gpu.prdc([[1.0]], a)
    with pytest.raises(fid_gpu.InputError, match="NaN|nan"):
        fid_gpu.prdc(a, floats([[1.0, float("nan")]] * 3), nearest_k=1)
