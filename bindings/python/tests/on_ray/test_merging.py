"""The order of merges, and the files of features. No cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
from clusters import limit, numpy  # noqa: F401 # without Ray this skips

import fid_gpu
import fid_gpu.ray
from fid_gpu.ray import _Batch, _in_a_tree, _Part, _publish, _write

RANDOM = numpy.random.default_rng(5)


def part(rows: numpy.ndarray, name: str = "") -> _Part:
    made = fid_gpu.Statistics(rows.shape[1])
    made.update(rows)
    return _Part(made, [], [name])


@pytest.mark.parametrize("number", [1, 2, 3, 7, 12])
def test_the_order_of_arrival_does_not_matter(number: int) -> None:
    # More than 2048 rows each, of which only moments are kept: other orders of sums have other bits.
    shards = [RANDOM.standard_normal((2100 + index, 5), numpy.float32) for index in range(number)]
    results = []
    for _ in range(4):
        order = RANDOM.permutation(number)
        arriving = ((int(index), part(shards[index], str(index))) for index in order)
        results.append(_in_a_tree(arriving, number))
    assert {result.statistics.to_bytes() for result in results} == {results[0].statistics.to_bytes()}
    assert all(result.files == [str(index) for index in range(number)] for result in results)
    whole = numpy.concatenate(shards).astype(float)
    assert results[0].statistics.n == len(whole)
    numpy.testing.assert_allclose(results[0].statistics.covariance, numpy.cov(whole, rowvar=False), rtol=1e-9)


def test_features_come_back_in_order_and_whole(tmp_path: Path) -> None:
    with pytest.raises(fid_gpu.InputError, match="has no features"):
        fid_gpu.ray.features(tmp_path)
    shards = [RANDOM.standard_normal((count, 3), numpy.float32) for count in (2, 5, 1)]
    written = [_write(tmp_path, [_Batch(rows, ["a.png"] * len(rows), [], {})]) for rows in shards]
    with pytest.raises(fid_gpu.InputError, match="has no features"):
        fid_gpu.ray.features(tmp_path)
    _write(tmp_path, [_Batch(shards[0], ["\udcff.png", "b.png"], [], {})])  # by a worker that was lost
    _publish(tmp_path, written)
    assert len(list(tmp_path.iterdir())) == 3
    assert (fid_gpu.ray.features(tmp_path) == numpy.concatenate(shards)).all()
    (tmp_path / "features-000001-of-000003.parquet").unlink()
    with pytest.raises(fid_gpu.InputError, match="not the files of one run"):
        fid_gpu.ray.features(tmp_path)
