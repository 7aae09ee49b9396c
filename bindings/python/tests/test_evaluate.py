"""Comparisons of files."""

from __future__ import annotations

import html
import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import fid_gpu
import pytest
from conftest import NETWORK, SAMPLES, program_json

REAL, FAKE = SAMPLES / "real", SAMPLES / "fake"


def without_times(report: dict[str, Any]) -> dict[str, Any]:
    report = dict(report)
    for field in ("seconds", "timestamp"):
        report.pop(field)
    for side in ("real", "fake"):
        report[side] = {key: value for key, value in report[side].items() if "seconds" not in key and key != "stages"}
    return report


def test_the_report_is_that_of_the_command() -> None:
    arguments = ["--real", str(REAL), "--fake", str(FAKE), "--metrics", "fid,kid,is,prdc,mind,mifid,sfid"]
    arguments += ["--kid-subset-size", "20", "--interval", "--outliers", "2", "--preset", "clean,pytorch-fid"]
    report = fid_gpu.evaluate(
        REAL,
        FAKE,
        metrics=["fid", "kid", "is", "prdc", "mind", "mifid", "sfid"],
        kid_subset_size=20,
        interval=0.95,
        outliers=2,
        preset=["clean", "pytorch-fid"],
        **NETWORK,
    )
    assert without_times(report.to_dict()) == without_times(program_json(*arguments))
    assert report.fid == report.to_dict()["fid"]
    assert report.metrics["kid"]["config"]["subset_size"] == 20
    copied = pickle.loads(pickle.dumps(report))
    assert copied.to_dict() == report.to_dict() and repr(copied) == repr(report)


def test_defaults_are_those_of_the_command() -> None:
    by_command = program_json(str(REAL), str(FAKE))
    assert without_times(fid_gpu.evaluate(REAL, FAKE, **NETWORK).to_dict()) == without_times(by_command)


def test_one_set() -> None:
    report = fid_gpu.evaluate(None, FAKE, metrics="is", is_splits=2, **NETWORK)
    by_command = program_json("--fake", str(FAKE), "--metrics", "is", "--is-splits", "2")
    assert report.fid is None
    assert report.metrics == by_command["metrics"]
    assert report._repr_html_() is None
    with pytest.raises(fid_gpu.InputError, match="compares two sets"):
        fid_gpu.evaluate(None, FAKE, **NETWORK)


def test_notes_are_warnings() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        report = fid_gpu.evaluate(REAL, FAKE, **NETWORK)
    assert [str(warning.message) for warning in caught] == report.notes
    assert any("random" in note for note in report.notes) and any("fewer than" in note for note in report.notes)
    assert {warning.filename for warning in caught} == {__file__}


def test_the_page_has_its_plots() -> None:
    report = fid_gpu.evaluate(REAL, FAKE, page=True, **NETWORK)
    page = report.to_html()
    assert page.startswith("<!DOCTYPE html>") and page.count("<svg") >= 3
    frame = report._repr_html_()
    assert frame is not None and frame.startswith("<iframe") and html.escape(page[:200], quote=True) in frame
    # Without them it has what was computed.
    plain = fid_gpu.evaluate(REAL, FAKE, **NETWORK).to_html()
    assert 1 <= plain.count("<svg") < page.count("<svg")
    with pytest.raises(ValueError, match="no page"):
        pickle.loads(pickle.dumps(report)).to_html()


def test_progress_is_called_in_this_thread_and_may_end_the_run() -> None:
    import threading

    seen: list[tuple[str, int, int]] = []
    threads = set()

    def progress(what: str, done: int, total: int) -> None:
        seen.append((what, done, total))
        threads.add(threading.get_ident())

    fid_gpu.evaluate(REAL, FAKE, progress=progress, **NETWORK)
    assert threads == {threading.get_ident()}
    assert ("real", 24, 24) in seen and ("fake", 24, 24) in seen and ("loading weights", 0, 0) in seen

    def stop(what: str, done: int, total: int) -> None:
        if what == "real":
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fid_gpu.evaluate(REAL, FAKE, progress=stop, **NETWORK)


def test_errors_have_their_types(tmp_path: Path) -> None:
    with pytest.raises(fid_gpu.InputError, match="no/such/folder"):
        fid_gpu.evaluate("no/such/folder", FAKE, **NETWORK)
    with pytest.raises(fid_gpu.InputError, match="fid-infinity"):
        fid_gpu.evaluate(REAL, FAKE, metrics="best", **NETWORK)
    with pytest.raises(fid_gpu.TooFewImages, match="1000"):
        fid_gpu.evaluate(REAL, FAKE, metrics="kid", **NETWORK)
    stats = tmp_path / "real.npz"
    fid_gpu.evaluate(REAL, FAKE, save_stats=stats, **NETWORK)
    with pytest.raises(fid_gpu.NotComparable, match="preset pytorch-fid and preset clean"):
        fid_gpu.evaluate(stats, FAKE, preset="clean", **NETWORK)
    assert fid_gpu.evaluate(stats, FAKE, **NETWORK).fid == fid_gpu.evaluate(REAL, FAKE, **NETWORK).fid
    with pytest.raises(fid_gpu.DeviceError):
        fid_gpu.evaluate(REAL, FAKE, weights="seeded", device="vulkan:77")


def test_a_bad_image_is_named_or_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    shutil.copytree(FAKE, folder)
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(fid_gpu.BadImage) as raised:
        fid_gpu.evaluate(REAL, folder, **NETWORK)
    assert raised.value.path == str(folder / "bad.png")
    report = fid_gpu.evaluate(REAL, folder, skip_bad=True, **NETWORK)
    assert [Path(skipped["path"]).name for skipped in report.to_dict()["fake"]["skipped"]] == ["bad.png"]
    assert report.fid == fid_gpu.evaluate(REAL, FAKE, **NETWORK).fid
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = fid_gpu.statistics(folder, skip_bad=True, **NETWORK)
    assert made.n == 24 and any("bad.png" in str(warning.message) for warning in caught)


def test_preparation_and_samples() -> None:
    report = fid_gpu.evaluate(REAL, FAKE, real_preparation="resize 32 lanczos", samples=10, seed=4, **NETWORK)
    arguments = ["--real-resize", "32", "--samples", "10", "--seed", "4"]
    by_command = program_json(str(REAL), str(FAKE), *arguments)
    assert report.fid == by_command["fid"]
    assert report.to_dict()["real"]["images"] == 10
