"""Sets of images that are no folders, as the programs write them that people make them with: Python's
zipfile and tarfile, NumPy, and the formats of MNIST and CIFAR-10.

The pixels are those of splitmix.py, which the tests repeat, so that the files hold nothing that is
stored twice.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/array_fixtures.py
"""

import gzip
import io
import json
import pathlib
import platform
import struct
import tarfile
import zipfile

import numpy as np
import PIL
from PIL import Image

import splitmix

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "sets"

# In the order of their bytes, which is that of the images.
NAMES = ["B.png", "a-b.png", "a/1.PNG", "a/" + "deep/" * 30 + "0.png", "é.png"]
OTHERS = ["note.txt", "a/._1.PNG", "__MACOSX/a/._1.PNG", ".cache/a.png"]
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def pixels(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The top byte of each element of a stream."""
    count = int(np.prod(shape))
    bits = splitmix.stream(splitmix.key(name, 0), count) >> np.uint64(56)
    return bits.astype(np.uint8).reshape(shape)


def members(images: np.ndarray) -> list[tuple[str, bytes]]:
    """Name and content of what is packed, not in order."""
    files = []
    for name, image in zip(NAMES, images):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        files.append((name, file.getvalue()))
    return [(name, b"no image") for name in OTHERS] + files[::-1]


class Unseekable(io.RawIOBase):
    """A file such as a pipe: zipfile then writes sizes behind the data."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def write_zip(file, content: list[tuple[str, bytes]], method: int, **options) -> None:
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("a/", ZIP_TIME), b"")
        for name, data in content:
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = method
            with archive.open(info, "w", **options) as member:
                member.write(data)


def write_tar(path: pathlib.Path, content: list[tuple[str, bytes]], form: int) -> None:
    with tarfile.open(path, "w", format=form) as archive:
        folder = tarfile.TarInfo("./a")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in content:
            info = tarfile.TarInfo("./" + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    nhwc = pixels("sets/rgb", (5, 6, 7, 3))
    gray = pixels("sets/gray", (4, 28, 28))

    content = members(nhwc)
    write_zip(TARGET / "stored.zip", content, zipfile.ZIP_STORED)
    write_zip(TARGET / "deflated.zip", content, zipfile.ZIP_DEFLATED)
    write_zip(TARGET / "zip64.zip", content, zipfile.ZIP_DEFLATED, force_zip64=True)
    with open(TARGET / "piped.zip", "wb") as file:
        write_zip(Unseekable(file), content, zipfile.ZIP_DEFLATED)
    write_zip(TARGET / "bzip2.zip", content[-2:], zipfile.ZIP_BZIP2)
    write_tar(TARGET / "pax.tar", content, tarfile.PAX_FORMAT)
    write_tar(TARGET / "gnu.tar", content, tarfile.GNU_FORMAT)

    nchw = np.ascontiguousarray(nhwc.transpose(0, 3, 1, 2))
    np.save(TARGET / "nhwc.npy", nhwc)
    np.save(TARGET / "nchw.npy", nchw)
    np.save(TARGET / "gray.npy", gray)
    np.save(TARGET / "gray1.npy", gray[..., None])
    np.savez(TARGET / "savez.npz", nhwc)
    np.savez(TARGET / "labelled.npz", nhwc, np.arange(5))  # as ADM writes samples of classes
    np.savez_compressed(TARGET / "compressed.npz", nchw)
    np.save(TARGET / "float.npy", nhwc.astype(np.float32)[:1])
    np.save(TARGET / "fortran.npy", np.asfortranarray(nhwc))

    idx = struct.pack(">BBBBIII", 0, 0, 8, 3, *gray.shape) + gray.tobytes()
    (TARGET / "t4-images-idx3-ubyte").write_bytes(idx)
    (TARGET / "t4-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx, mtime=0))
    labels = struct.pack(">BBBBI", 0, 0, 8, 1, 4) + bytes([7, 2, 1, 0])
    (TARGET / "t4-labels-idx1-ubyte").write_bytes(labels)

    cifar = pixels("sets/cifar", (2, 3, 32, 32))
    records = [bytes([label]) + image.tobytes() for label, image in zip([6, 9], cifar)]
    (TARGET / "data_batch_1.bin").write_bytes(b"".join(records))

    versions = {"python": platform.python_version(), "numpy": np.__version__,
                "pillow": PIL.__version__}
    (TARGET / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


if __name__ == "__main__":
    main()
