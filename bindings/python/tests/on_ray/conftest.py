"""Ray on this machine. Nothing here needs a network. The folder's name is not Ray's, which Python would import instead."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

# Read when Ray is imported. Without them it reports its use, and keeps a token in the home folder.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"

pytest.importorskip("ray", reason='Ray is not installed: pip install "fid-gpu[ray]"')

import ray  # noqa: E402
from clusters import MACHINE, folder_of_images  # noqa: E402

#: Seconds after which a test has failed; on a busy machine it needs a fifth.
LIMIT = 180


@pytest.fixture(autouse=True)
def _limit() -> Any:
    def stop(*_: object) -> None:
        raise TimeoutError(f"the test has not ended after {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 23 images."""
    return folder_of_images(tmp_path_factory.mktemp("sets") / "photos", 23, seed=1)


@pytest.fixture(scope="module")
def local_ray() -> Any:
    """Ray on two cores."""
    ray.init(num_cpus=2, log_to_driver=False, **MACHINE)
    yield
    ray.shutdown()
