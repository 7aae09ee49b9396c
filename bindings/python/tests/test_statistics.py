"""Mean and covariance."""

from __future__ import annotations

import copy
import pickle
import random
from array import array
from pathlib import Path
from typing import Any

import fid_gpu
import pytest
from conftest import NETWORK, SAMPLES, files, floats, program, values


def rows(count: int, dim: int = 3, seed: int = 1) -> list[list[float]]:
    # Eighths are exact in float32.
    draw = random.Random(seed)
    return [[draw.randrange(-800, 800) / 8 for _ in range(dim)] for _ in range(count)]


def of(rows: list[list[float]], **settings: Any) -> fid_gpu.Statistics:
    made = fid_gpu.Statistics(**settings)
    made.update(floats(rows))
    return made


def test_mean_and_covariance_are_those_of_the_definition() -> None:
    data = rows(50)
    made = of(data)
    mean = [sum(column) / 50 for column in zip(*data, strict=True)]
    assert values(made.mean) == pytest.approx(mean, rel=1e-14)
    covariance = [
        [sum((row[i] - mean[i]) * (row[j] - mean[j]) for row in data) / 49 for j in range(3)] for i in range(3)
    ]
    for found, expected in zip(values(made.covariance), covariance, strict=True):
        assert found == pytest.approx(expected, rel=1e-13)
    assert (made.n, made.num_features, made.features) == (50, 3, None)


@pytest.mark.parametrize("count", [5, 3000])
def test_updates_merges_and_bytes_agree(count: int) -> None:
    data = rows(count, dim=8)
    whole = of(data)
    by_batches = fid_gpu.Statistics()
    for start in range(0, count, 7):
        by_batches.update(floats(data[start : start + 7]))
    assert by_batches == whole
    parts = [of(data[: count // 2]), of(data[count // 2 :])]
    sent = [pickle.loads(pickle.dumps(part)) for part in parts]
    merged, of_sent = parts[0] + parts[1], sent[0] + sent[1]
    assert merged.n == of_sent.n == count
    if count <= 8:
        assert merged == whole == of_sent
    for a, b in ((merged, whole), (of_sent, whole)):
        assert sum(values(a.mean)) == pytest.approx(sum(values(b.mean)), rel=1e-13)
        flat = [sum(values(part.covariance), []) for part in (a, b)]
        assert flat[0] == pytest.approx(flat[1], rel=1e-12, abs=1e-9)
    # The same parts in the same order, whatever ran where.
    again = [pickle.loads(pickle.dumps(part)) for part in parts]
    assert (again[0] + again[1]).to_bytes() == of_sent.to_bytes()


def test_one_image_and_none() -> None:
    one, none = of(rows(1)), fid_gpu.Statistics(3)
    for made in (one, none):
        assert fid_gpu.Statistics.from_bytes(made.to_bytes()) == made
        with pytest.raises(fid_gpu.TooFewImages):
            _ = made.covariance
    assert values(one.mean) == rows(1)[0]
    assert (none + one + none) == one + fid_gpu.Statistics()
    with pytest.raises(ValueError, match="empty"):
        fid_gpu.Statistics().to_bytes()


def test_kept_features() -> None:
    data = rows(2100)
    made = of(data[:2099], keep_features=True)
    made += of(data[2099:], keep_features=True)
    assert values(made.features) == data
    assert values(pickle.loads(pickle.dumps(made)).features) == data
    with pytest.raises(fid_gpu.InputError, match="do not keep the features"):
        made.merge(of(data[:3]))
    assert made.n == 2100
    small = of(data[:3], keep_features=True)
    assert values(pickle.loads(pickle.dumps(small)).features) == data[:3]


def test_copies_grow_on_their_own() -> None:
    made = of(rows(3))
    copies = [made.copy(), copy.copy(made), copy.deepcopy(made)]
    made.update(floats(rows(1)))
    assert [copied.n for copied in copies] == [3, 3, 3]


def test_files_of_numpy(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    data = numpy.array(rows(20, dim=30), "f4")
    mu, sigma = data.mean(0, dtype="f8"), numpy.cov(data, rowvar=False)
    theirs = tmp_path / "theirs.npz"
    numpy.savez(theirs, mu=mu, sigma=sigma)
    loaded = fid_gpu.Statistics.load(theirs)
    assert loaded.n is None and loaded.recipe is None
    assert (loaded.mean == mu).all() and (loaded.covariance == sigma).all()
    with pytest.raises(fid_gpu.InputError, match="number of images is unknown"):
        loaded.update(data)
    assert fid_gpu.Statistics.from_bytes(loaded.to_bytes()) == loaded
    known = fid_gpu.Statistics.from_moments(mu, sigma, n=20)
    known.update(data)
    assert known.n == 40
    assert loaded.frechet_distance(known) > 0
    # And back.
    ours = tmp_path / "ours.npz"
    of(rows(20, dim=30)).save(ours)
    saved = numpy.load(ours)
    numpy.testing.assert_allclose(saved["mu"], mu, rtol=1e-14)
    numpy.testing.assert_allclose(saved["sigma"], sigma, rtol=1e-12, atol=1e-10)
    assert fid_gpu.Statistics.load(ours) == of(rows(20, dim=30))
    # More images than features are a mean and a covariance, as other programs write them.
    of(rows(20)).save(ours)
    assert sorted(numpy.load(ours)) == ["mu", "sigma"] and fid_gpu.Statistics.load(ours).n is None


def test_of_files_they_are_those_of_the_command(tmp_path: Path) -> None:
    saved = tmp_path / "by_command.npz"
    program("stats", str(SAMPLES / "real"), "-o", str(saved), "--weights", "seeded", "--device", "cpu", check=True)
    by_command = fid_gpu.Statistics.load(saved)
    made = fid_gpu.statistics(SAMPLES / "real", **NETWORK)
    assert values(made.mean) == values(by_command.mean)
    assert values(made.covariance) == values(by_command.covariance)
    assert made.recipe == by_command.recipe and made.n == by_command.n == 24
    mine = tmp_path / "mine.npz"
    made.save(mine)
    assert mine.read_bytes() == saved.read_bytes()
    # From memory, with the recipe of an extractor.
    extractor = fid_gpu.Extractor(**NETWORK)
    by_hand = fid_gpu.Statistics(recipe=extractor.recipe)
    by_hand.update(extractor(files("real")))
    assert values(by_hand.covariance) == values(made.covariance)
    assert by_hand.frechet_distance(made) == pytest.approx(0, abs=1e-9)
    # Merged shards are the whole, and a shard twice is refused.
    shards = [fid_gpu.statistics(SAMPLES / "real", shard=(index, 2), **NETWORK) for index in (1, 2)]
    assert values((shards[0] + shards[1]).covariance) == values(made.covariance)
    with pytest.raises(fid_gpu.InputError, match="the other statistics"):
        shards[0].merge(shards[0].copy())


def test_recipes_must_agree() -> None:
    def made(preset: str) -> fid_gpu.Statistics:
        return of(rows(4), recipe={"preset": preset, "weights": None, "tap": "pool3"})

    a, b = made("clean"), made("pytorch-fid")
    for call in (a.merge, a.frechet_distance):
        with pytest.raises(fid_gpu.NotComparable, match="preset clean and preset pytorch-fid"):
            call(b)
    assert a.n == 4
    assert (a + of(rows(4))).recipe == a.recipe


def test_bad_bytes_and_values() -> None:
    good = of(rows(4)).to_bytes()
    for bad in (b"", b"PK\x03\x04", good[:-1], good + b"1", good[:40] + b"0" + good[41:]):
        with pytest.raises(fid_gpu.InputError):
            fid_gpu.Statistics.from_bytes(bad)
    made = of(rows(4))
    with pytest.raises(fid_gpu.InputError, match="nan|NaN"):
        made.update(floats([[1.0, float("nan"), 2.0]]))
    assert made == of(rows(4))
    lossy = memoryview(array("d", [0.1, 0.2, 0.3])).cast("B").cast("d", (1, 3))
    with pytest.raises(fid_gpu.InputError, match="rounded to float32"):
        made.update(lossy)
    exact = memoryview(array("d", [0.5, 0.25, 3])).cast("B").cast("d", (1, 3))
    made.update(exact)
    assert made.n == 5
    with pytest.raises(fid_gpu.InputError, match="shape"):
        fid_gpu.Statistics.from_moments(exact, exact)
    with pytest.raises(fid_gpu.InputError, match="no_such"):
        fid_gpu.Statistics.load("no_such.npz")
