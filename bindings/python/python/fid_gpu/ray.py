"""Statistics of images on several machines, with Ray (`pip install "fid-gpu[ray]"`).

    import fid_gpu.ray

    real = fid_gpu.ray.statistics("/shared/photos", num_gpus=1, num_cpus=8)
    fake = fid_gpu.ray.statistics(["/shared/samples/a", "/shared/samples/b"], num_gpus=1, num_cpus=8)
    print(real.frechet_distance(fake))

Files are divided into shards of consecutive images. Each worker holds a network and computes the mean and covariance of one
shard after another; these are merged in the order of the shards. So the result does not depend on where a shard was computed,
when, or how often. Images of a `ray.data.Dataset` are computed as they arrive. docs/SCALE.md has sizes and limits.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import tempfile
import uuid
import warnings
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

try:
    import ray
    import ray.data
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('fid_gpu.ray needs Ray: pip install "fid-gpu[ray]"', name=missing.name) from missing

import numpy

import fid_gpu
from fid_gpu import _native
from fid_gpu._errors import BadImage, FidGpuError, FidGpuWarning, InputError, TooFewImages
from fid_gpu._extractor import EncoderInput, Extractor, Layer, Weights
from fid_gpu._statistics import Statistics

_LOG = logging.getLogger(__name__)

#: Images of a shard, unless that makes more than `_MAX_SHARDS` shards.
_SHARD_SIZE = 8192
_MAX_SHARDS = 4096
#: Images that are decoded and pass the network together.
_BATCH_SIZE = 128

_File = str | os.PathLike[str]


def statistics(
    source: _File | Sequence[_File] | ray.data.Dataset,
    *,
    encoder: str = "inception",
    encoder_input: EncoderInput = None,
    preset: str | None = None,
    layer: Layer = 2048,
    weights: Weights = None,
    device: str = "auto",
    precision: str = "f32",
    batch_size: int | None = None,
    download: bool = True,
    skip_bad: bool = False,
    num_workers: int | None = None,
    num_cpus: float = 1,
    num_gpus: float | None = None,
    shard_size: int | None = None,
    max_retries: int = 3,
    keep_features_to: _File | None = None,
    num_images: int | None = None,
) -> Statistics:
    """The statistics of images, computed on a Ray cluster, or on this machine if Ray is not connected to one.

    Args:
        source: a folder, an image, or a sequence of them, which every machine reaches by the same path; or a Dataset with
            a column "bytes" of encoded images (`ray.data.read_binary_files(..., include_paths=True)`) or a column "image"
            of uint8 arrays. A column "path" names the images.
        encoder, encoder_input, preset, layer, weights, device, precision, download: as for `Extractor`. `device="auto"` is the CPU for workers
            without a GPU of Ray.
        batch_size: images that are decoded and pass the network together; 128 if None.
        skip_bad: whether images that cannot be read are skipped and listed in warnings instead of being an error.
        num_workers: number of workers; as many as the cluster has room for if None. Each loads the network.
        num_cpus: cores of a worker, which decode images, and compute where there is no GPU.
        num_gpus: GPUs of a worker, which may be a fraction; None is 1 if the cluster has GPUs and `device` may be one.
        shard_size: images of a shard. None is 8192, or a 4096th of the images if that is more.
        max_retries: how often a shard is computed again after its worker was lost.
        keep_features_to: an empty folder, reached by every machine, for the features of every image as Parquet files, which
            `features` reads.
        num_images: number of images of a Dataset, to be checked. Files are always counted.

    Returns:
        The statistics. For files they are the same to the bit on any cluster, for the same `shard_size` and device; for up to
        2048 images they equal `fid_gpu.statistics`, else up to the rounding of float64. A Dataset has no order, so that
        its statistics are the same up to rounding.

    Raises:
        BadImage: an image cannot be decoded; its attribute `path` says which.
        TooFewImages: fewer than two images.
        InputError: the source or an argument cannot be used, or Ray Data is set to drop blocks that fail.
        FidGpuError: a shard lost its worker too often, or images are missing.
        WeightsMissing, BadWeights, DeviceError: as for `Extractor`. For a Dataset, Ray's errors have these as text.
    """
    for name, value in (("num_workers", num_workers), ("batch_size", batch_size), ("shard_size", shard_size)):
        if value is not None and value < 1:
            raise InputError(f"{name} is {value}, and must be at least 1")
    if not ray.is_initialized():
        ray.init()
    if num_gpus is None:
        num_gpus = 1 if device != "cpu" and _room(num_cpus, 1) else 0
    options: dict[str, Any] = {
        "encoder": encoder if not encoder.lower().endswith(".onnx") else os.path.abspath(encoder),
        "encoder_input": encoder_input,
        "preset": preset,
        "layer": layer,
        # Workers have another working directory.
        "weights": os.path.abspath(weights) if weights is not None and os.path.exists(weights) else weights,
        # Ray hides no GPU from workers that have asked for none.
        "device": "cpu" if device == "auto" and not num_gpus else device,
        "precision": precision,
        "batch_size": batch_size,
        "download": download,
    }
    keep = None if keep_features_to is None else _empty_folder(keep_features_to)
    resources: dict[str, Any] = {"num_cpus": num_cpus, "num_gpus": num_gpus}
    worker = (options, num_cpus, _Parts(skip_bad, keep))
    number = num_workers or max(1, _room(num_cpus, num_gpus))
    if isinstance(source, ray.data.Dataset):
        parts = _parts_of_dataset(source, worker, number, resources, shard_size or _SHARD_SIZE)
        whole = _in_a_row(parts)
    else:
        files = _files(source, skip_bad)
        num_images = len(files)
        size = shard_size or max(_SHARD_SIZE, -(-num_images // _MAX_SHARDS))
        shards = [files[start : start + size] for start in range(0, num_images, size)]
        with contextlib.closing(_on_workers(shards, worker, min(number, len(shards)), resources, max_retries)) as done:
            whole = _in_a_tree(done, len(shards))
    for error in whole.skipped:
        warnings.warn(f"skipped: {error}", FidGpuWarning, stacklevel=2)
    arrived = (whole.statistics.n or 0) + len(whole.skipped)
    if num_images is not None and arrived != num_images:
        raise FidGpuError(f"of {num_images} images {arrived} have arrived: the statistics would be of other images")
    if keep is not None:
        _publish(keep, whole.files)
    if (whole.statistics.n or 0) < 2:
        raise TooFewImages(f"there are {whole.statistics.n} images, and the covariance needs at least two")
    return whole.statistics


def evaluate(
    real: Any,
    fake: Any,
    *,
    metrics: str | Sequence[str] = ("fid",),
    keep_features_to: _File | None = None,
    **options: Any,
) -> fid_gpu.Report:
    """Compares two sets of images on a Ray cluster.

    Args:
        real, fake: each a source as for `statistics`, `Statistics`, or a statistics file (.npz).
        metrics: as for `fid_gpu.evaluate`, of those that statistics suffice for: FID, and for up to 2048 images others. For
            the others there are `keep_features_to`, `features`, and functions such as `fid_gpu.kid`.
        keep_features_to: as for `statistics`; the sets go to the sub-folders "real" and "fake".
        options: as for `statistics`.

    Returns:
        The report of `fid_gpu.evaluate`.

    Raises:
        NotComparable: the sets were made differently.
        Others: as for `statistics`.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = []
        for side, source in (("real", real), ("fake", fake)):
            if isinstance(source, Statistics):
                made = source
            elif isinstance(source, (str, os.PathLike)) and os.fspath(source).endswith(".npz"):
                made = Statistics.load(source)
            else:
                keep = None if keep_features_to is None else Path(keep_features_to, side)
                made = statistics(source, keep_features_to=keep, **options)
            saved.append(Path(folder, f"{side}.npz"))
            made.save(saved[-1])
        run = {name: options[name] for name in ("encoder", "encoder_input", "preset", "precision") if name in options}
        return fid_gpu.evaluate(*saved, metrics=metrics, **run)


def features(folder: _File) -> Any:
    """The features that `statistics(..., keep_features_to=folder)` has kept.

    The columns of the Parquet files are "path" and "features".

    Returns:
        float32 of shape (images, features), in the order of the images.

    Raises:
        InputError: the folder has no features, or not all files of a run.
    """
    from pyarrow import parquet

    files = sorted(Path(folder).glob("features-*.parquet"))
    if not files:
        raise InputError(f"{folder} has no features: pass the folder that was keep_features_to of a run that has ended")
    expected = [Path(folder, _name(index, len(files))) for index in range(len(files))]
    if files != expected:
        raise InputError(f"{folder} has not the files of one run: {files[0].name} to {files[-1].name} are {len(files)} files")
    columns = [parquet.read_table(file, columns=["features"])["features"].combine_chunks() for file in files]
    return numpy.concatenate([column.flatten().to_numpy().reshape(len(column), -1) for column in columns])


class _Batch(NamedTuple):
    """Features of a batch of images."""

    features: numpy.ndarray[Any, Any]
    names: list[str]
    skipped: list[BadImage]
    recipe: dict[str, Any]


class _Part(NamedTuple):
    """What is known of some images."""

    statistics: Statistics
    skipped: list[BadImage]
    #: Names of the Parquet files, in order.
    files: list[str]

    def with_next(self, other: _Part) -> _Part:
        """Both; `other` comes second. Changes the statistics of `self`."""
        self.statistics.merge(other.statistics)
        return _Part(self.statistics, self.skipped + other.skipped, self.files + other.files)


class _Parts(NamedTuple):
    """How batches become parts."""

    skip_bad: bool
    #: The folder of the Parquet files.
    keep: Path | None

    def part(self, batches: Iterable[_Batch]) -> _Part:
        """The part of some batches. It ends at the first bad image if those are not to be skipped."""
        whole, taken = Statistics(), []
        skipped: list[BadImage] = []
        for batch in batches:
            if whole.num_features is None:
                whole = Statistics(batch.features.shape[1], recipe=batch.recipe)
            whole.update(batch.features)
            skipped += batch.skipped
            if self.keep is not None:
                taken.append(batch)
            if skipped and not self.skip_bad:
                break
        return _Part(whole, skipped, [] if self.keep is None else [_write(self.keep, taken)])

    def checked(self, part: _Part) -> _Part:
        """The part.

        Raises:
            BadImage: it has one, and those are not to be skipped.
        """
        if part.skipped and not self.skip_bad:
            raise part.skipped[0]
        return part


class _Worker:
    """Computes features in a process of its own."""

    def __init__(self, options: dict[str, Any], num_cpus: float, parts: _Parts) -> None:
        self._extractor = Extractor(**options)
        self._step: int = options["batch_size"] or _BATCH_SIZE
        self._threads = max(1, int(num_cpus))
        self._parts = parts

    def open(self) -> None:
        """Loads the network."""
        # Read by the extension module when it starts its threads.
        os.environ["RAYON_NUM_THREADS"] = str(self._threads)
        _ = self._extractor.recipe

    def shard(self, files: list[str]) -> _Part:
        """The part of a shard."""
        batches = (files[start : start + self._step] for start in range(0, len(files), self._step))
        # One batch is decoded while another is with the network.
        with ThreadPoolExecutor(2) as pool:
            return self._parts.part(pool.map(lambda batch: self.batch(batch, batch), batches))

    def batch(self, images: list[Any], names: list[str]) -> _Batch:
        """The features of images: paths, bytes, or arrays of the shape (h, w, c) or (h, w)."""
        recipe = self._extractor.recipe
        try:
            return _Batch(self._features(images), names, [], recipe)
        except BadImage:
            # An image has the same features in any batch, also alone.
            pass
        rows, kept, skipped = [numpy.empty((0, self._extractor.num_features), numpy.float32)], [], []
        for image, name in zip(images, names, strict=True):
            try:
                rows.append(self._features([image]))
                kept.append(name)
            except BadImage as error:
                text = str(error)
                # Without its file, an image is named by its place in the batch.
                skipped.append(BadImage(text if name in text else text.replace("image 0", name, 1), name))
        return _Batch(numpy.concatenate(rows), kept, skipped, recipe)

    def _features(self, images: list[Any]) -> Any:
        if isinstance(images[0], (str, bytes)):
            return self._extractor(images)
        arrays = [image[..., None] if image.ndim == 2 else image for image in images]
        if len({array.shape for array in arrays}) == 1:
            return self._extractor(numpy.stack(arrays), layout="nhwc")
        return numpy.concatenate([self._extractor(array[None], layout="nhwc") for array in arrays])


# Files: actors of Ray Core.


def _on_workers(
    shards: list[list[str]], worker: tuple[Any, ...], number: int, resources: dict[str, Any], max_retries: int
) -> Generator[tuple[int, _Part]]:
    """The parts of shards with their indices, as they are done. A shard whose worker is lost is computed by another.

    Workers that the cluster has no room for get no shard, so that nothing waits for them.
    """
    *_, parts = worker
    actor: Any = ray.remote(_Worker)
    todo = deque(range(len(shards)))
    busy: dict[Any, tuple[Any, int | None]] = {}
    lost: Counter[int | None] = Counter()

    def start() -> None:
        started = actor.options(**resources).remote(*worker)
        busy[started.open.remote()] = (started, None)

    try:
        for _ in range(number):
            start()
        left = len(shards)
        while left > 0:
            (ready,), _ = ray.wait(list(busy), num_returns=1)
            handle, index = busy.pop(ready)
            try:
                part = ray.get(ready)
            except ray.exceptions.RayTaskError as error:
                raise error.cause if isinstance(error.cause, FidGpuError) else error
            except ray.exceptions.RayError as error:
                what = "before its first shard" if index is None else f"at shard {index + 1} of {len(shards)}"
                _LOG.warning("a worker was lost %s, and another does its work: %s", what, error)
                ray.kill(handle)
                lost[index] += 1
                if lost[index] > max_retries:
                    raise FidGpuError(f"{lost[index]} workers were lost {what}; the last one: {error}") from error
                if index is not None:
                    todo.appendleft(index)
                if todo:
                    start()
                continue
            del lost[index]
            if todo:
                following = todo.popleft()
                busy[handle.shard.remote(shards[following])] = (handle, following)
            else:
                # Its place may be needed for another one's shard.
                ray.kill(handle)
            if index is not None:
                left -= 1
                yield index, parts.checked(part)
    finally:
        for handle, _ in busy.values():
            ray.kill(handle)


def _in_a_tree(parts: Iterable[tuple[int, _Part]], number: int) -> _Part:
    """Merges parts 0 to `number - 1`, which arrive in any order, always in the same pairs: neighbours, then neighbours among
    the pairs, and so on."""
    waiting: dict[tuple[int, int], _Part] = {}
    for index, part in parts:
        width = number
        while width > 1:
            other = waiting.pop((width, index ^ 1), None)
            if other is not None:
                part = part.with_next(other) if index % 2 == 0 else other.with_next(part)
            elif index ^ 1 < width:
                break
            # Otherwise it is the last of an odd number, and moves up alone.
            index, width = index // 2, (width + 1) // 2
        waiting[width, index] = part
    return waiting.pop((1, 0))


# Datasets: Ray Data.


class _Batches:
    """The first step of a Dataset: batches of images to features."""

    def __init__(self, *worker: Any) -> None:
        self._worker = _Worker(*worker)
        self._worker.open()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        images = list(batch["bytes"] if "bytes" in batch else batch["image"])
        names = [str(name) for name in batch.get("path", ["an image without a path"] * len(images))]
        return _cell(self._worker.batch(images, names))


def _parts_of_dataset(
    dataset: ray.data.Dataset, worker: tuple[Any, ...], number: int, resources: dict[str, Any], shard_size: int
) -> Iterator[_Part]:
    """The parts of a Dataset, as they are done."""
    if dataset.context.max_errored_blocks != 0:
        raise InputError(
            f"ray.data.DataContext.max_errored_blocks is {dataset.context.max_errored_blocks}, which drops images whose block "
            "fails: set it to 0, and use skip_bad=True for images that cannot be decoded"
        )
    columns = dataset.columns() or []
    if not {"bytes", "image"}.intersection(columns):
        raise InputError(f"the Dataset has the columns {', '.join(columns)}, and one named bytes or image is needed")
    options, _, parts = worker
    step = options["batch_size"] or _BATCH_SIZE
    batches = dataset.map_batches(
        _Batches,
        fn_constructor_args=worker,
        batch_size=step,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=number),
        **resources,
    )
    made = batches.map_batches(
        lambda cells: _cell(parts.part(map(pickle.loads, cells["pickled"]))),
        batch_size=max(1, shard_size // step),
        batch_format="numpy",
    )
    for row in made.iter_rows():
        yield parts.checked(pickle.loads(row["pickled"]))


def _in_a_row(parts: Iterable[_Part]) -> _Part:
    whole = None
    for part in parts:
        whole = part if whole is None else whole.with_next(part)
    if whole is None:
        raise TooFewImages("the Dataset has no images")
    return whole


def _cell(value: Any) -> dict[str, Any]:
    """A batch of one row with one value, for Ray Data."""
    cell = numpy.empty(1, object)
    cell[0] = pickle.dumps(value)
    return {"pickled": cell}


# Helpers.


def _files(source: _File | Sequence[_File], skip_bad: bool) -> list[str]:
    """The images of folders, and those given; sorted within a folder."""
    files: list[str] = []
    for given in [source] if isinstance(source, (str, os.PathLike)) else source:
        path = os.path.abspath(given)
        if os.path.isdir(path):
            found, left_out = _native.image_files(path, skip_bad)
            files += found
            for line in left_out:
                warnings.warn(f"{path}: {line}", FidGpuWarning, stacklevel=3)
        else:
            files.append(path)
    if not files:
        raise InputError("the list of images is empty")
    return files


def _room(num_cpus: float, num_gpus: float) -> int:
    """How many workers the machines of the cluster have room for."""
    needed = {"CPU": num_cpus, "GPU": num_gpus}
    nodes: Callable[[], list[dict[str, Any]]] = ray.nodes
    machines = [node["Resources"] for node in nodes() if node["Alive"]]
    fits = (min(int(machine.get(name, 0) / count) for name, count in needed.items() if count) for machine in machines)
    return sum(fits)


def _name(index: int, number: int) -> str:
    return f"features-{index:06}-of-{number:06}.parquet"


def _empty_folder(path: _File) -> Path:
    folder = Path(path).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: features of two runs must not mix. Name another folder")
    return folder


def _write(folder: Path, batches: list[_Batch]) -> str:
    """Writes features, and returns the file's name, which nobody reads before `_publish`."""
    import pyarrow
    from pyarrow import parquet

    rows = numpy.concatenate([batch.features for batch in batches])
    values = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.reshape(-1)), rows.shape[1])
    names = [os.fsencode(name).decode(errors="replace") for batch in batches for name in batch.names]
    name = f".{uuid.uuid4().hex}.parquet"
    parquet.write_table(pyarrow.table({"path": names, "features": values}), folder / name)
    return name


def _publish(folder: Path, files: list[str]) -> None:
    """Gives the files of a run their names, and removes those of lost workers."""
    for index, name in enumerate(files):
        os.replace(folder / name, folder / _name(index, len(files)))
    for left in folder.glob(".*.parquet"):
        left.unlink()
