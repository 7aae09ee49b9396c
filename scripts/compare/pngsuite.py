#!/usr/bin/env python3
"""PngSuite and other odd PNG files: what fid-gpu reads from them, against Pillow.

    cargo build --release -p fid-images --example decode_files
    python -m scripts.compare.pngsuite --program target/release/examples/decode_files
    python -m scripts.compare.pngsuite --write     # tests/fixtures/pngsuite anew

The files come out of two packages, through their package managers: the crate `libpng-src` holds
libpng's copy of PngSuite (60 files, free to copy), its test pictures and files that have crashed
decoders; `pypng` holds 28 pictures, most of PngSuite, as Python source. `--write` keeps both copies of
PngSuite and, for each file, the size and the hash of Pillow's pixels. Of the other files the
differences are printed.
"""

import argparse
import ast
import binascii
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import PIL

from scripts.compare import with_pillow

TARGET = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "pngsuite"
CRATE, CRATE_VERSION = "libpng-src", "0.2.3"
PACKAGE, PACKAGE_VERSION = "pypng", "0.20220715.0"


def from_crate(folder: Path) -> Path:
    """Libpng's `contrib` folder."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("")
    package = '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n'
    (folder / "Cargo.toml").write_text(f'{package}[dependencies]\n{CRATE} = "={CRATE_VERSION}"\n')
    command = ["cargo", "metadata", "--format-version", "1", "--quiet"]
    out = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    packages = json.loads(out)["packages"]
    manifest = next(package["manifest_path"] for package in packages if package["name"] == CRATE)
    return Path(manifest).parent / "libpng" / "contrib"


def from_package(folder: Path) -> dict[str, bytes]:
    """The pictures in pypng's source, read without running it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", folder, f"{PACKAGE}=={PACKAGE_VERSION}"], check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        member = next(name for name in archive.getnames() if name.endswith("/code/pngsuite.py"))
        tree = ast.parse(archive.extractfile(member).read())
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "png" and isinstance(node.value, ast.Dict)
    )
    pairs = zip(table.keys, table.values)
    return {key.value: binascii.unhexlify(call.args[0].value.replace(b"\n", b"")) for key, call in pairs}


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares PngSuite with Pillow.")
    parser.add_argument("--program", type=Path, help="the example decode_files")
    parser.add_argument("--write", action="store_true", help="store PngSuite and Pillow's answers")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        contrib = from_crate(temporary / "crate")
        suite = temporary / "pypng"
        (temporary / "download").mkdir()
        suite.mkdir()
        for name, data in from_package(temporary / "download").items():
            (suite / f"pypng_{name}.png").write_bytes(data)
        if args.write:
            TARGET.mkdir(parents=True, exist_ok=True)
            expected = {}
            for path in sorted([*(contrib / "pngsuite").rglob("*.png"), *suite.iterdir()]):
                name = path.name if path.parent.name != "interlaced" else f"interlaced_{path.name}"
                (TARGET / name).write_bytes(path.read_bytes())
                expected[name] = with_pillow.by_pillow(path)
            facts = {"pillow": PIL.__version__, "expected": expected}
            (TARGET / "expected.json").write_text(json.dumps(facts, indent=1) + "\n")
            print(f"{len(expected)} files")
        if args.program:
            return with_pillow.report(args.program, sorted([*contrib.rglob("*.png"), *suite.iterdir()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
