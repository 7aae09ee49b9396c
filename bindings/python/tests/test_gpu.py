"""The package on a GPU: the machine's own, or a software driver. `scripts/test.sh` says with FID_TEST_GPU whether there is one."""

from __future__ import annotations

import math
import os

import fid_gpu
import pytest
from conftest import SAMPLES, files, values

pytestmark = pytest.mark.skipif(os.environ.get("FID_TEST_GPU") != "yes", reason="IGNORED: no GPU (FID_TEST_GPU is not yes)")
DEVICE = os.environ.get("FID_TEST_DEVICE") or "vulkan"

#: Twice FEATURES of fid-core's tolerance.rs: each device is that close to the network in float64.
FEATURES = 2e-5


def test_features_are_those_of_the_cpu() -> None:
    paths = files("real", 3)
    rows = {}
    for device in ("cpu", DEVICE):
        extractor = fid_gpu.Extractor(weights="seeded", device=device)
        rows[device] = values(extractor(paths))
        assert (extractor.device == "cpu") == (device == "cpu")
    for a, b in zip(rows["cpu"], rows[DEVICE], strict=True):
        difference = math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))
        assert difference / math.sqrt(sum(x * x for x in a)) < FEATURES
    assert rows["cpu"] != rows[DEVICE]


def test_the_report_names_the_device() -> None:
    report = fid_gpu.evaluate(SAMPLES / "real", SAMPLES / "fake", weights="seeded", device=DEVICE).to_dict()
    assert report["fid"] == pytest.approx(255.388414, rel=1e-5)
    assert report["kernels"] and report["driver"]
