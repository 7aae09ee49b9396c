"""Other encoders than Inception, under random weights."""

import pytest

import fid_gpu

NETWORK = {"encoder": "clip-b32", "weights": "seeded:1", "device": "cpu"}
REAL, FAKE = "samples/real", "samples/fake"


def test_an_extractor_has_the_features_of_its_encoder() -> None:
    extractor = fid_gpu.Extractor(**NETWORK)
    assert extractor.num_features == 512
    with pytest.warns(fid_gpu.FidGpuWarning, match="random"):
        features = extractor([f"{REAL}/0000.png", f"{REAL}/0001.png"])
    assert memoryview(features).shape == (2, 512)
    recipe = extractor.recipe
    assert (recipe["encoder"], recipe["preset"]) == ("clip-b32", "clean-clip")
    assert "encoder='clip-b32'" in repr(extractor)


def test_evaluate_takes_an_encoder_and_its_presets() -> None:
    with pytest.warns(fid_gpu.FidGpuWarning):
        report = fid_gpu.evaluate(REAL, FAKE, preset=["torch-fidelity", "clean-clip"], samples=4, **NETWORK)
    assert report.fid > 0
    assert report.to_dict()["encoder"] == "clip-b32"
    assert [under["preset"] for under in report.to_dict()["presets"]] == ["torch-fidelity", "clean-clip"]


def test_what_an_encoder_does_not_have_is_an_error() -> None:
    with pytest.raises(fid_gpu.InputError, match="there is no encoder dino: name one of inception"):
        fid_gpu.Extractor(encoder="dino")
    with pytest.raises(fid_gpu.InputError, match="unknown preset 'clean'; known: clean-clip"):
        fid_gpu.evaluate(REAL, FAKE, preset="clean", **NETWORK)
    with pytest.raises(fid_gpu.FidGpuError, match="is is defined by other layers of Inception-v3"):
        fid_gpu.evaluate(REAL, FAKE, metrics="is", **NETWORK)
    with pytest.raises(fid_gpu.FidGpuError, match="clip-b32 has no layer pool64"):
        fid_gpu.Extractor(layer=64, **NETWORK)([f"{REAL}/0000.png"])


def test_a_model_of_ones_own_is_an_encoder() -> None:
    folder = "tests/fixtures/onnx_encoder"
    settings = {"mean": 0.25, "std": [0.5], "output": "features"}
    model = {"encoder": f"{folder}/legacy.onnx", "encoder_input": settings, "device": "cpu"}
    report = fid_gpu.evaluate(f"{folder}/real.npy", f"{folder}/fake.npy", **model)
    # Of scripts/fixtures/own_encoder.py, in f64.
    assert report.fid == pytest.approx(1.0806554550663598, rel=1e-5)
    extractor = fid_gpu.Extractor(**model)
    assert extractor.num_features == 24
    assert "output features" in extractor.recipe["encoder"]
    with pytest.raises(fid_gpu.InputError, match="mean is a setting of ONNX models"):
        fid_gpu.Extractor(encoder="clip-b32", encoder_input={"mean": 0})([f"{REAL}/0000.png"])
    with pytest.raises(fid_gpu.FidGpuError, match="2 outputs"):
        fid_gpu.Extractor(encoder=f"{folder}/legacy.onnx")([f"{REAL}/0000.png"])
