"""`fid_gpu.ray` on the two cores of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from clusters import RUN, folder_of_images, limit, local_ray, numpy, photos, ray  # noqa: F401 # fixtures

import fid_gpu
import fid_gpu.ray

pytestmark = pytest.mark.usefixtures("local_ray")


def paths(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.png"))


def equal(a: fid_gpu.Statistics, b: fid_gpu.Statistics) -> bool:
    return a.n == b.n and bool((a.mean == b.mean).all() and (a.covariance == b.covariance).all())


def test_a_folder_has_the_bits_of_one_machine(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Workers have the directory where Ray was started.
    monkeypatch.chdir(photos.parent)
    made = fid_gpu.ray.statistics("photos", shard_size=4, batch_size=3, keep_features_to=tmp_path / "rows", **RUN)
    here = fid_gpu.statistics(photos, keep_features=True, **RUN)
    assert equal(made, here)
    assert made.recipe == here.recipe
    assert (fid_gpu.ray.features(tmp_path / "rows") == here.features).all()
    assert len(list((tmp_path / "rows").iterdir())) == 6


def test_a_dataset_of_files_has_the_values_of_one_machine(photos: Path, tmp_path: Path) -> None:
    files = ray.data.read_binary_files(str(photos), include_paths=True)
    rows = tmp_path / "rows"
    made = fid_gpu.ray.statistics(
        files, layer=192, batch_size=4, shard_size=8, keep_features_to=rows, num_images=23, num_workers=1, **RUN
    )
    here = fid_gpu.statistics(photos, layer=192, keep_features=True, **RUN)
    assert made.n == 23
    assert made.recipe == here.recipe
    numpy.testing.assert_allclose(made.mean, here.mean, rtol=1e-12)
    numpy.testing.assert_allclose(made.covariance, here.covariance, atol=1e-12 * abs(here.covariance).max())
    assert sorted(fid_gpu.ray.features(rows).tolist()) == sorted(here.features.tolist())


@pytest.mark.parametrize("sizes", [[3, 3, 3], [3, 5, 9]])
def test_a_dataset_of_arrays_is_read(sizes: list[int]) -> None:
    random = numpy.random.default_rng(3)
    pixels = [random.integers(0, 256, (size, size, 3), numpy.uint8) for size in sizes]
    images = ray.data.from_items([{"image": image} for image in pixels], override_num_blocks=1)
    made = fid_gpu.ray.statistics(images, layer=64, num_workers=1, **RUN)
    extractor = fid_gpu.Extractor(layer=64, **RUN)
    expected = numpy.concatenate([extractor(image[None], layout="nhwc") for image in pixels])
    assert made.n == 3
    numpy.testing.assert_allclose(made.mean, expected.astype(float).mean(0), rtol=1e-6)


@pytest.mark.parametrize("as_dataset", [False, True])
def test_a_bad_image_fails_with_its_path_or_is_listed(as_dataset: bool, tmp_path: Path) -> None:
    folder = folder_of_images(tmp_path / "images", 4, seed=2)
    bad = [folder / "001x.png", folder / "001y.png"]
    for file in bad:
        file.write_bytes((folder / "000.png").read_bytes()[:80])
    # The bad ones fill a shard.
    how = {"layer": 64, "batch_size": 2, "shard_size": 2, "num_workers": 1, **RUN}

    def source() -> object:
        return ray.data.read_binary_files(str(folder), include_paths=True) if as_dataset else folder

    with pytest.raises(fid_gpu.BadImage, match="001[xy].png") as raised:
        fid_gpu.ray.statistics(source(), **how)
    assert raised.value.path in map(str, bad)

    with pytest.warns(fid_gpu.FidGpuWarning) as warned:
        made = fid_gpu.ray.statistics(source(), skip_bad=True, num_images=6, **how)
    skipped = sorted(str(warning.message) for warning in warned if "skipped" in str(warning.message))
    assert [str(file) in line for file, line in zip(bad, skipped, strict=True)] == [True, True]
    expected = fid_gpu.Extractor(layer=64, **RUN)([file for file in paths(folder) if Path(file) not in bad])
    assert made.n == 4
    numpy.testing.assert_allclose(made.mean, expected.astype(float).mean(0), rtol=1e-6)


def test_nothing_is_lost_silently(photos: Path, tmp_path: Path) -> None:
    files = ray.data.read_binary_files(paths(photos)[:4], include_paths=True)
    with pytest.raises(fid_gpu.FidGpuError, match="of 5 images 4 have arrived"):
        fid_gpu.ray.statistics(files, layer=64, num_images=5, num_workers=1, **RUN)
    files.context.max_errored_blocks = 1
    with pytest.raises(fid_gpu.InputError, match="max_errored_blocks is 1"):
        fid_gpu.ray.statistics(files, layer=64, **RUN)


def test_wrong_arguments_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(fid_gpu.FidGpuError, match="nothing.pth"):
        fid_gpu.ray.statistics(photos, weights=tmp_path / "nothing.pth", device="cpu", num_workers=1)
    with pytest.raises(fid_gpu.InputError, match="bytes or image"):
        fid_gpu.ray.statistics(ray.data.range(3), **RUN)
    with pytest.raises(fid_gpu.InputError, match="shard_size is 0"):
        fid_gpu.ray.statistics(photos, shard_size=0, **RUN)
    with pytest.raises(fid_gpu.InputError, match="missing"):
        fid_gpu.ray.statistics(tmp_path / "missing", **RUN)
    (tmp_path / "another").mkdir()
    with pytest.raises(fid_gpu.InputError, match="another"):
        fid_gpu.ray.statistics(tmp_path / "another", **RUN)
    (tmp_path / "another" / "file").touch()
    with pytest.raises(fid_gpu.InputError, match="not empty"):
        fid_gpu.ray.statistics(photos, keep_features_to=tmp_path / "another", **RUN)


def test_evaluate_has_the_value_of_one_machine(photos: Path, tmp_path: Path) -> None:
    fake = folder_of_images(tmp_path / "fake", 6, seed=4)
    real = fid_gpu.statistics(photos, **RUN)
    report = fid_gpu.ray.evaluate(real, fake, shard_size=2, num_workers=1, keep_features_to=tmp_path / "rows", **RUN)
    assert report.fid == fid_gpu.evaluate(photos, fake, **RUN).fid
    assert fid_gpu.ray.features(tmp_path / "rows" / "fake").shape == (6, 2048)
