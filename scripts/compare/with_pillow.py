#!/usr/bin/env python3
"""Compare what fid-gpu reads from image files with what Pillow reads, pixel by pixel.

    cargo build --release -p fid-images --example decode_files
    python -m scripts.compare.with_pillow --program target/release/examples/decode_files FOLDER ...
    python -m scripts.compare.with_pillow --program ... --damaged 3000    # fixtures with faults, --kind tiff
    python -m scripts.compare.with_pillow --program ... --cut 40          # fixtures without their ends

For each file one of: equal pixels; other pixels; read by Pillow alone (with fid-gpu's error); read
by fid-gpu alone; refused by both. Pillow is taken as its users have it, `LOAD_TRUNCATED_IMAGES` off.
The exit status is 1 if any pixels differ.
"""

import argparse
import collections
import hashlib
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = {
    "jpeg": {".jpg", ".jpeg"}, "png": {".png"}, "gif": {".gif"}, "webp": {".webp"}, "bmp": {".bmp", ".dib"},
    "tiff": {".tif", ".tiff"}, "pnm": {".pbm", ".pgm", ".ppm", ".pfm"},
}  # fmt: skip
FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "images"


def by_pillow(path: Path) -> str | None:
    """Height, width and hash of the pixels; nothing if Pillow refuses the file."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
    except Exception:  # of many kinds, struct.error among them
        return None
    height, width, _ = pixels.shape
    return f"{height}x{width} {hashlib.sha256(pixels.tobytes()).hexdigest()}"


def by_program(program: Path, files: list[Path]) -> dict[Path, tuple[str, str]]:
    names = "".join(f"{path}\n" for path in files)
    out = subprocess.run([program], input=names, stdout=subprocess.PIPE, check=True, text=True).stdout
    lines = [line.split("\t", 2) for line in out.splitlines()]
    return {Path(path): (kind, text) for path, kind, text in lines}


def damaged(count: int, seed: int, kind: str, folder: Path) -> list[Path]:
    """Copies of fixtures of one kind with bytes changed, lost or put in; in JPEG files most of them in
    coded data."""
    rng = random.Random(seed)
    sources = [path for path in sorted(FIXTURES.iterdir()) if path.suffix.lower() in KINDS[kind]]
    files = []
    for number in range(count):
        source = rng.choice(sources)
        data = bytearray(source.read_bytes())
        coded = min(data.index(b"\xff\xda") + 14, len(data) - 9) if kind == "jpeg" else 2
        way = rng.choice(["change", "change", "change", "header", "cut", "insert", "restart", "lose"])
        at = rng.randrange(coded, len(data) - 8)
        if way in {"change", "header"}:
            reach = len(data) if way == "change" or kind == "jpeg" else min(len(data), 256)
            for _ in range(rng.randint(1, 3)):
                data[rng.randrange(coded if way == "change" else 2, reach - 2)] = rng.randrange(256)
        elif way == "cut":
            data = data[:at] + (b"\xff\xd9" if kind == "jpeg" else b"")
        elif way == "insert":
            data[at:at] = rng.randbytes(rng.randint(1, 5))
        elif way == "restart" and kind == "jpeg":
            data[at:at] = bytes([0xFF, 0xD0 + rng.randrange(8)])
        else:
            del data[at : at + rng.randint(1, 4)]
        files.append(folder / f"{number:05}_{way}_{source.name}")
        files[-1].write_bytes(data)
    return files


def cut(most: int, folder: Path) -> list[Path]:
    """Copies of every fixture without its last 1 to `most` bytes, at a few places further up, and with
    bytes behind its end."""
    files = []
    for source in sorted(FIXTURES.iterdir()):
        if source.suffix == ".safetensors":
            continue
        data = source.read_bytes()
        lengths = {len(data) - less for less in range(1, most + 1)}
        lengths |= {len(data) * eighths // 8 for eighths in range(1, 8)}
        kept = [(f"{keep:06}", data[:keep]) for keep in sorted(lengths) if keep > 0]
        for name, part in [*kept, ("more", data + bytes(range(40)))]:
            files.append(folder / f"cut{name}_{source.name}")
            files[-1].write_bytes(part)
    return files


def report(program: Path, files: list[Path]) -> int:
    """Prints the differences and the counts; 1 if any pixels differ."""
    ours = by_program(program, files)
    counts = collections.Counter()
    for path in files:
        theirs, (kind, text) = by_pillow(path), ours[path]
        if theirs is None:
            verdict = "read by fid-gpu alone" if kind == "read" else "refused by both"
        elif kind != "read":
            verdict = f"read by Pillow alone, {kind}"
        else:
            verdict = "equal" if text == theirs else "other pixels"
        counts[verdict] += 1
        if verdict not in {"equal", "refused by both"}:
            print(f"{path.name}: {verdict}: {text}")
    for verdict, count in counts.most_common():
        print(f"{count:6} {verdict}")
    return int(counts["other pixels"] > 0)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares decoded pixels with Pillow's.")
    parser.add_argument("--program", type=Path, required=True, help="the example decode_files")
    parser.add_argument("--damaged", type=int, default=0, metavar="N", help="damage N fixtures")
    parser.add_argument("--kind", choices=KINDS, default="jpeg", help="the fixtures to damage")
    parser.add_argument("--cut", type=int, default=0, metavar="N", help="cut 1 to N bytes off each fixture")
    parser.add_argument("--seed", type=int, default=0, help="of the damage")
    parser.add_argument("folders", type=Path, nargs="*")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        files = [path for folder in args.folders for path in sorted(folder.rglob("*")) if path.is_file()]
        files += damaged(args.damaged, args.seed, args.kind, Path(temporary))
        files += cut(args.cut, Path(temporary)) if args.cut else []
        return report(args.program, files)


if __name__ == "__main__":
    sys.exit(main())
