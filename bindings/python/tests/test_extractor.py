"""Images to features."""

from __future__ import annotations

import copy
import pickle
import threading
import warnings
from array import array
from pathlib import Path

import fid_gpu
import pytest
from conftest import NETWORK, files, floats, pixels, values


def test_layouts_have_equal_features(extractor: fid_gpu.Extractor) -> None:
    nhwc = pixels(2, 5, 7, 3)
    plane = [bytes(nhwc.cast("B")[channel::3]) for channel in range(3)]
    nchw = b"".join(plane[c][n * 35 : (n + 1) * 35] for n in range(2) for c in range(3))
    by_first = extractor(memoryview(nchw).cast("B", (2, 3, 5, 7)))
    by_last = extractor(nhwc)
    assert by_first.shape == by_last.shape == (2, extractor.num_features) == (2, 64)
    assert values(by_first) == values(by_last)


def test_batches_do_not_change_features(extractor: fid_gpu.Extractor) -> None:
    images = pixels(3, 9, 8, 3)
    alone = [pixels(3, 9, 8, 3).cast("B")[at * 216 : (at + 1) * 216].cast("B", (1, 9, 8, 3)) for at in range(3)]
    assert values(extractor(images)) == [values(extractor(image))[0] for image in alone]


def test_files_and_bytes_have_the_features_of_their_pixels(extractor: fid_gpu.Extractor) -> None:
    paths = files("real", 3)
    by_path = values(extractor(paths))
    assert values(extractor([Path(path) for path in paths])) == by_path
    assert values(extractor([Path(path).read_bytes() for path in paths])) == by_path
    assert len(set(map(tuple, by_path))) == 3


def test_pillow_images(extractor: fid_gpu.Extractor) -> None:
    image = pytest.importorskip("PIL.Image")
    paths = [path for path in files("real") if path.endswith((".png", ".jpg"))][:6]
    opened = [image.open(path) for path in paths]
    assert values(extractor(opened)) == values(extractor(paths))


def test_floats_are_cut_like_byte(extractor: fid_gpu.Extractor) -> None:
    bytes_of = pixels(1, 3, 4, 4)
    # Between two bytes, so that rounding would give the next one.
    scaled = array("f", [min((byte + 0.75) / 255, 1.0) for byte in bytes_of.cast("B")])
    scaled = memoryview(scaled).cast("B").cast("f", (1, 3, 4, 4))
    assert values(extractor(scaled, normalize=True)) == values(extractor(bytes_of))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((4, 4), "Statistics.update"),
        ((3, 4, 4), r"images\[None\]"),
        ((2, 4, 4, 4), "neither 1 nor 3 channels"),
        ((2, 3, 4, 3), 'layout="nchw" or "nhwc"'),
        ((2, 3, 4, 4, 4), "is needed"),
    ],
)
def test_wrong_shapes_are_refused(extractor: fid_gpu.Extractor, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(fid_gpu.InputError, match=says):
        extractor(pixels(*shape))


def test_the_layout_decides_where_both_fit(extractor: fid_gpu.Extractor) -> None:
    images = pixels(1, 3, 4, 3)
    assert values(extractor(images, layout="nchw")) != values(extractor(images, layout="nhwc"))
    with pytest.raises(fid_gpu.InputError, match="unknown layout"):
        extractor(images, layout="chwn")  # type: ignore[arg-type]
    with pytest.raises(fid_gpu.InputError, match="do not have 1 or 3 channels in the layout nhwc"):
        extractor(pixels(1, 3, 4, 4), layout="nhwc")


def test_wrong_values_are_refused(extractor: fid_gpu.Extractor) -> None:
    def image(value: float) -> memoryview:
        return memoryview(array("f", [value] * 48)).cast("B").cast("f", (1, 3, 4, 4))

    with pytest.raises(fid_gpu.InputError, match="normalize=True"):
        extractor(image(0.5))
    for value in (1.01, -0.5, float("nan"), 255.0):
        with pytest.raises(fid_gpu.InputError, match="from 0 to 1"):
            extractor(image(value), normalize=True)
    with pytest.raises(fid_gpu.InputError, match="uint8"):
        extractor(pixels(1, 3, 4, 4), normalize=True)
    with pytest.raises(fid_gpu.InputError, match="type 'i'"):
        extractor(memoryview(array("i", [1] * 48)).cast("B").cast("i", (1, 3, 4, 4)))


def test_wrong_kinds_are_refused(extractor: fid_gpu.Extractor) -> None:
    for images in ("a.png", Path("a.png"), 3, [1, 2], [b"", 1]):
        with pytest.raises(TypeError):
            extractor(images)
    with pytest.raises(ValueError, match="unknown layer"):
        fid_gpu.Extractor(layer=100)  # type: ignore[arg-type]


def test_a_bad_image_is_named(extractor: fid_gpu.Extractor, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    with pytest.raises(fid_gpu.BadImage, match="bad.png") as raised:
        extractor([*files("real", 1), bad])
    assert raised.value.path == str(bad)
    assert isinstance(raised.value, ValueError)
    copied = pickle.loads(pickle.dumps(raised.value))
    assert (str(copied), copied.path) == (str(raised.value), str(bad))
    with pytest.raises(fid_gpu.BadImage) as raised:
        extractor([b"no image"])
    assert raised.value.path == "image 0"


def test_an_empty_batch(extractor: fid_gpu.Extractor) -> None:
    assert extractor([]).shape == (0, 64)
    assert extractor(pixels(1, 3, 4, 4)).shape == (1, 64)


def test_layers_and_recipe() -> None:
    for layer, dim in ((192, 192), ("logits_unbiased", 1008)):
        network = fid_gpu.Extractor("clean", layer, **NETWORK)  # type: ignore[arg-type]
        assert network(pixels(1, 3, 4, 4)).shape == (1, network.num_features) == (1, dim)
        assert network.recipe["preset"] == "clean"
        assert network.recipe["weights"]["random"] and len(network.recipe["weights"]["sha256"]) == 64


def test_wrong_arguments_name_the_known_ones() -> None:
    for wrong, says in (
        ({"preset": "mine"}, "pytorch-fid"),
        ({"device": "abacus"}, "vulkan"),
        ({"precision": "f8"}, "f16"),
        ({"batch_size": 0}, "at least 1"),
    ):
        with pytest.raises(fid_gpu.InputError, match=says):
            fid_gpu.Extractor(**{**NETWORK, **wrong})(pixels(1, 3, 4, 4))


def test_missing_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FID_GPU_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(fid_gpu.WeightsMissing, match="pt_inception"):
        fid_gpu.Extractor(device="cpu", download=False)(pixels(1, 3, 4, 4))
    bad = tmp_path / "weights.pth"
    bad.write_bytes(b"none")
    with pytest.raises(fid_gpu.BadWeights, match="weights.pth"):
        fid_gpu.Extractor(device="cpu", weights=bad)(pixels(1, 3, 4, 4))


def test_random_weights_warn() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fid_gpu.Extractor(layer=64, **NETWORK)(pixels(1, 3, 4, 4))
    assert ["random" in str(warning.message) for warning in caught] == [True]


def test_it_pickles_and_is_shared_by_threads(extractor: fid_gpu.Extractor) -> None:
    images = pixels(2, 3, 8, 8)
    expected = values(extractor(images))
    for copied in (pickle.loads(pickle.dumps(extractor)), copy.deepcopy(extractor)):
        assert values(copied(images)) == expected
    found = []
    threads = [threading.Thread(target=lambda: found.append(values(extractor(images)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_numpy(extractor: fid_gpu.Extractor) -> None:
    numpy = pytest.importorskip("numpy")
    images = numpy.asarray(pixels(2, 8, 8, 3))
    features = extractor(images)
    assert isinstance(features, numpy.ndarray) and features.dtype == numpy.float32
    # Not in C order, and read-only.
    flipped = images[:, ::-1, :, :]
    assert (extractor(flipped) == extractor(flipped.copy())).all()
    images.flags.writeable = False
    assert (extractor(images) == features).all()
    halves = (images / 255).astype("f2").transpose(0, 3, 1, 2)
    with pytest.raises(fid_gpu.InputError, match="C order"):
        extractor(halves, normalize=True)
    assert extractor(numpy.ascontiguousarray(halves), normalize=True).shape == (2, 64)
    with pytest.raises(fid_gpu.InputError, match="byte order"):
        extractor(images.astype(">f4"), normalize=True)


def test_jax(extractor: fid_gpu.Extractor) -> None:
    jax = pytest.importorskip("jax.numpy")
    images = pixels(2, 3, 8, 8)
    assert values(extractor(jax.array(images))) == values(extractor(images))
    halves = jax.array(images).astype(jax.bfloat16) / 255
    assert extractor(halves, normalize=True).shape == (2, 64)


def test_a_single_row_is_not_a_flat_array() -> None:
    with pytest.raises(fid_gpu.InputError, match="one row for each image"):
        fid_gpu.Statistics().update(memoryview(array("f", [1.0, 2.0])))
    with pytest.raises(fid_gpu.InputError, match="3 values each"):
        fid_gpu.Statistics(2).update(floats([[1.0, 2.0, 3.0]]))
