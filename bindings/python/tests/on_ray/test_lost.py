"""Workers and machines that are lost in the middle of a run."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from clusters import MACHINE, RUN, limit, photos, ray  # noqa: F401 # fixtures
from ray.cluster_utils import Cluster

import fid_gpu
import fid_gpu.ray

#: 12 shards.
HOW = {"shard_size": 2, **RUN}


def wrap_writing(after: object) -> dict[str, object]:
    """Makes every worker call `after(path)` when it has written a Parquet file under its first name."""

    def hook() -> None:
        from pyarrow import parquet

        write = parquet.write_table

        def write_table(table: object, path: Path) -> None:
            write(table, path)
            after(path)

        parquet.write_table = write_table

    return {"worker_process_setup_hook": hook}


def test_a_worker_is_killed_while_it_writes(photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed = str(tmp_path / "killed")

    def die_once(path: Path) -> None:
        try:
            os.close(os.open(killed, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.truncate(path, os.path.getsize(path) // 2)
        os.kill(os.getpid(), signal.SIGKILL)

    rows = tmp_path / "rows"
    ray.init(num_cpus=2, log_to_driver=False, runtime_env=wrap_writing(die_once), **MACHINE)
    try:
        made = fid_gpu.ray.statistics(photos, layer=64, keep_features_to=rows, **HOW)
    finally:
        ray.shutdown()
    assert os.path.exists(killed)
    assert [record.getMessage() for record in caplog.records if "a worker was lost at shard" in record.getMessage()]
    here = fid_gpu.statistics(photos, layer=64, keep_features=True, **RUN)
    assert (made.mean == here.mean).all()
    assert (made.covariance == here.covariance).all()
    # The half-written file is gone, and no shard is there twice.
    assert len(list(rows.iterdir())) == 12
    assert (fid_gpu.ray.features(rows) == here.features).all()


def test_a_shard_that_kills_its_workers_is_an_error(photos: Path, tmp_path: Path) -> None:
    def die(path: Path) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    ray.init(num_cpus=1, log_to_driver=False, runtime_env=wrap_writing(die), **MACHINE)
    try:
        with pytest.raises(fid_gpu.FidGpuError, match="2 workers were lost at shard 1 of 12"):
            fid_gpu.ray.statistics(photos, layer=64, max_retries=1, keep_features_to=tmp_path / "rows", **HOW)
    finally:
        ray.shutdown()


def test_a_machine_is_lost(photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "fid_gpu.ray")
    log = tmp_path / "log"
    log.touch()

    def machines_that_wrote() -> list[str]:
        return list(dict.fromkeys(log.read_text().split()))

    def wait_for_the_other(path: Path) -> None:
        here = ray.get_runtime_context().get_node_id()
        with open(log, "a") as lines:
            lines.write(here + "\n")
        # The second one has written its first shard, and does not return it before it is killed.
        while len(machines_that_wrote()) < 2 or here == machines_that_wrote()[1]:
            time.sleep(0.02)

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **MACHINE})
    try:
        machines = [cluster.add_node(num_cpus=1, object_store_memory=MACHINE["object_store_memory"]) for _ in range(2)]
        ray.init(address=cluster.address, log_to_driver=False, runtime_env=wrap_writing(wait_for_the_other))
        cluster.wait_for_nodes(timeout=100)

        def kill_the_second() -> None:
            # All other shards are done, so that the first machine has to make room for this one.
            while len(log.read_text().split()) < 12:
                time.sleep(0.02)
            (second,) = [machine for machine in machines if machine.node_id == machines_that_wrote()[1]]
            cluster.remove_node(second, allow_graceful=False)

        killer = threading.Thread(target=kill_the_second, daemon=True)
        killer.start()
        made = fid_gpu.ray.statistics(photos, keep_features_to=tmp_path / "rows", **HOW)
        killer.join()
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert any("a worker was lost at shard" in record.getMessage() for record in caplog.records)
    assert len(log.read_text().split()) == 13
    here = fid_gpu.statistics(photos, keep_features=True, **RUN)
    assert (made.mean == here.mean).all()
    assert (made.covariance == here.covariance).all()
    assert (fid_gpu.ray.features(tmp_path / "rows") == here.features).all()
