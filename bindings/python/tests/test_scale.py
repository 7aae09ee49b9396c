"""The scripts of docs/SCALE.md, with a stand-in for Slurm."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import fid_gpu
import pytest
from conftest import NETWORK, ROOT, files, values

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="Slurm's scripts need bash")

#: Runs a script for every task of --array, or once, as Slurm would; remembers whether a job has succeeded.
SBATCH = """#!/bin/bash
set -u
job=$(ls jobs | wc -l) ids=0
while [[ $1 == --* ]]; do
  case $1 in
    --parsable) ;;
    --array=*-*) ids=${1#--array=}; ids=$(seq "${ids%-*}" "${ids#*-}") ;;
    --array=*) ids=${1#--array=} ;;
    --dependency=afterok:*) [[ $(cat "jobs/${1##*:}") == 0 ]] || exit 1 ;;
    *) echo "unknown: $1" >&2; exit 2 ;;
  esac
  shift
done
failed=0
for id in $ids; do
  SLURM_ARRAY_TASK_COUNT=$(wc -w <<<"$ids") SLURM_ARRAY_TASK_ID=$id bash "$@" >&2 || failed=1
done
echo $failed >"jobs/$job"
echo $job
exit $failed
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    """A folder with 7 images, the scripts, and a stand-in for Slurm."""
    page = (ROOT / "docs" / "SCALE.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    scripts = {re.search(r"--job-name=(\S+)", block).group(1): block for block in blocks if "#SBATCH" in block}
    (submit,) = [block for block in blocks if "sbatch --parsable" in block]
    for old, new in (("n=64\n", "n=3\n"), ("/shared/photos parts)", "photos parts --weights seeded --device cpu)")):
        assert submit.count(old) == 1
        submit = submit.replace(old, new)
    (tmp_path / "submit").write_text("set -e\n" + submit)
    (tmp_path / "stats.sbatch").write_text(scripts["fid-stats"])
    (tmp_path / "merge.sbatch").write_text(scripts["fid-merge"])
    for folder in ("photos", "jobs", "bin"):
        (tmp_path / folder).mkdir()
    for index, file in enumerate(files("real") + files("fake")):
        if index < 7:
            shutil.copy(file, tmp_path / "photos" / f"{index}{Path(file).suffix}")
    program = f'#!/bin/bash\nexec "{sys.executable}" -m fid_gpu "$@"\n'
    for name, text in (("sbatch", SBATCH), ("fid-gpu", program)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_the_array_job_has_the_bits_of_one_machine(slurm: Path) -> None:
    done = run(slurm, "bash", "submit")
    assert done.returncode == 0, done.stderr
    merged = fid_gpu.Statistics.load(slurm / "photos.npz")
    whole = fid_gpu.statistics(slurm / "photos", **NETWORK)
    assert merged.n == whole.n == 7
    assert values(merged.mean) == values(whole.mean)
    assert values(merged.covariance) == values(whole.covariance)

    # One part again, alone.
    before = (slurm / "parts" / "2.npz").read_bytes()
    (slurm / "parts" / "2.npz").unlink()
    assert run(slurm, "sbatch", "merge.sbatch", "3", "parts", "again.npz").returncode != 0
    again = ["stats.sbatch", "3", "photos", "parts", "--weights", "seeded", "--device", "cpu"]
    assert run(slurm, "sbatch", "--array=2", *again).returncode == 0
    assert (slurm / "parts" / "2.npz").read_bytes() == before


def test_a_failed_part_stops_the_merge(slurm: Path) -> None:
    (slurm / "photos" / "3.png").write_bytes(b"no image")
    assert run(slurm, "bash", "submit").returncode != 0
    assert not (slurm / "photos.npz").exists()
