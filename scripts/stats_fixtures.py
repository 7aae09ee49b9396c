"""Statistics files as NumPy writes them, and a check of those that fid-gpu writes.

The fixtures are tiny: three features instead of 2048. All hold the same numbers, which f32 has
exactly, so that every variant must be read as the very same.

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/stats_fixtures.py
    venv/bin/python scripts/stats_fixtures.py --binary target/release/fid-gpu
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import numpy as np

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "stats"
SAMPLES = pathlib.Path(__file__).parent.parent / "samples"

MU = np.array([0.5, -1.25, 3.0])
SIGMA = np.array([[2.0, 0.5, 0.25], [0.5, 3.0, -0.75], [0.25, -0.75, 4.0]])
FEATURES = np.array([[1.0, 2.0, 3.0], [3.0, 2.5, 1.5], [2.0, 0.0, 0.5]], np.float32)

META = {
    "format": 1, "images": 3, "ddof": 1, "preset": "pytorch-fid", "tap": "pool3",
    "weights": {"name": "seeded:1", "sha256": "ab" * 32, "random": True},
    "decoder": "fid-gpu 0.1.0", "versions": {"fid_gpu": "0.1.0", "burn": "0"},
    "device": "cpu", "precision": "f32",
    "files": [{"sha256": "cd" * 32, "of": 6, "first": 3, "count": 3}],
}


def members(path: pathlib.Path, version: tuple[int, int], ending: str = ".npy") -> None:
    """An archive with another header version or other names than np.savez takes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in [("mu", MU), ("sigma", SIGMA)]:
            with archive.open(name + ending, "w") as member:
                np.lib.format.write_array(member, array, version=version)


def write() -> None:
    FIXTURES.mkdir(parents=True, exist_ok=True)
    f32 = np.float32
    np.savez(FIXTURES / "savez.npz", mu=MU, sigma=SIGMA)
    np.savez_compressed(FIXTURES / "compressed.npz", mu=MU, sigma=SIGMA)
    np.savez(FIXTURES / "f32.npz", mu=MU.astype(f32), sigma=SIGMA.astype(f32))
    np.savez(FIXTURES / "fortran.npz", mu=MU, sigma=np.asfortranarray(SIGMA))
    members(FIXTURES / "header_v2.npz", (2, 0))
    members(FIXTURES / "header_v3.npz", (3, 0))
    members(FIXTURES / "no_ending.npz", (1, 0), "")
    # As guided-diffusion's reference batches: mu in f32, and members that FID has no use for.
    np.savez(FIXTURES / "adm.npz", mu=MU.astype(f32), sigma=SIGMA, mu_s=MU, arr_0=np.zeros(2, "u1"))

    np.savez(FIXTURES / "bad_keys.npz", feats=FEATURES)
    np.savez(FIXTURES / "bad_shape.npz", mu=MU[:2], sigma=SIGMA[:2, :2])
    np.savez(FIXTURES / "bad_flat.npz", mu=MU, sigma=SIGMA.ravel())
    np.savez(FIXTURES / "bad_big_endian.npz", mu=MU.astype(">f8"), sigma=SIGMA)
    np.savez(FIXTURES / "bad_int.npz", mu=MU, sigma=SIGMA.astype("i4"))
    np.savez(FIXTURES / "bad_object.npz", mu=MU.astype(object), sigma=SIGMA)
    np.savez(FIXTURES / "bad_nan.npz", mu=MU * np.nan, sigma=SIGMA)

    # What fid-gpu writes, by NumPy's hand, with the features in the other order.
    np.savez(
        FIXTURES / "features_fortran.npz",
        mu=FEATURES.astype(float).mean(axis=0),
        sigma=np.cov(FEATURES.astype(float), rowvar=False),
        features=np.asfortranarray(FEATURES),
        fidgpu_meta=np.frombuffer(json.dumps(META).encode(), np.uint8),
    )


def others_read(path: pathlib.Path) -> dict:
    """mu and sigma of a file, by the loaders of other programs."""
    import cleanfid.features
    from pytorch_fid import fid_score

    read = {"pytorch-fid": fid_score.compute_statistics_of_path(str(path), None, 0, 0, None)}
    # TTUR's fid.py, which is no package, reads in the same words as pytorch-fid, which descends from it.
    # clean-fid reads by name, from its own folder.
    name = "fidgpucheck"
    there = pathlib.Path(cleanfid.__file__).parent / "stats" / f"{name}_clean_custom_na.npz"
    there.parent.mkdir(exist_ok=True)
    shutil.copy(path, there)
    try:
        read["clean-fid"] = cleanfid.features.get_reference_statistics(name, "na", split="custom")
    finally:
        there.unlink()
    return read


def check(binary: str) -> None:
    """Loads what the program writes, and has pytorch-fid compute the distance."""
    import originals

    def run(*arguments: object) -> dict:
        command = [binary, *map(str, arguments), "--json", "--quiet"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    network = ["--weights", "seeded:1", "--device", "cpu"]
    with tempfile.TemporaryDirectory() as folder:
        sides, stats = ["real", "fake"], []
        for side in sides:
            path = pathlib.Path(folder) / f"{side}.npz"
            run("stats", SAMPLES / side, "-o", path, *network)
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            print({name: (array.dtype.str, array.shape) for name, array in arrays.items()})
            print(json.loads(arrays["fidgpu_meta"].tobytes()))
            mu, sigma, x = arrays["mu"], arrays["sigma"], arrays["features"].astype(float)
            print("mu", np.abs(mu - x.mean(axis=0)).max() / np.abs(mu).max())
            print("sigma", np.abs(sigma - np.cov(x, rowvar=False)).max() / np.abs(sigma).max())
            for program, loaded in others_read(path).items():
                same = all((a == b).all() for a, b in zip(loaded, [mu, sigma], strict=True))
                print(f"{program} loads it:", "equal to the bit" if same else "DIFFERENT")
                assert same, program
            stats += [mu, sigma]
        files = [pathlib.Path(folder) / f"{side}.npz" for side in sides]
        print("fid-gpu, files:  ", run("fid", *files)["fid"])
        folders = [SAMPLES / side for side in sides]
        print("fid-gpu, folders:", run("fid", *folders, *network)["fid"])
        print("pytorch-fid:     ", float(originals.frechet_distance(*stats)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", help="check this program's files instead of writing fixtures")
    arguments = parser.parse_args()
    check(arguments.binary) if arguments.binary else write()
