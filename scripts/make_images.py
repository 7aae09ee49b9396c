"""Makes two folders of images, `real` and `fake`, with clearly different statistics.

The pictures are gradients with soft and hard spots, cloud textures and stripes. They are drawn
from the streams of splitmix.py with + - * / alone, so the pixels are the same on every platform;
only the bytes of JPEG files depend on the encoder.

Recipes:
    mixed    32 to 400 pixels, every mode and file format that keeps pixels exactly
    bench    256 x 256 RGB, half PNG, half JPEG
    samples  what samples/ in this repository holds: like mixed but small, and a few lossy files

    python -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/make_images.py --out DIR --count 600 --seed 0
    venv/bin/python scripts/make_images.py --out samples --count 24 --seed 0 --recipe samples
"""

import argparse
import dataclasses
import pathlib

import numpy as np
from PIL import Image

from splitmix import Stream


@dataclasses.dataclass(frozen=True)
class Style:
    """What makes a set look as it does. Pairs are ranges."""

    tint: tuple[float, float, float]  # colours are random * (1 - strength) + tint * strength
    tint_strength: float
    spots: int  # at most
    hardness: tuple[float, float]  # of a spot's edge
    roughness: tuple[float, float]  # what an octave of texture keeps of the one before
    stripes: float  # share of images
    grid: float  # strength of a two-pixel grid, as upsampling layers leave behind


REAL = Style((0.6, 0.5, 0.4), 0.1, 6, (1.0, 20.0), (0.5, 0.8), 0.35, 0.0)
FAKE = Style((0.3, 0.5, 0.7), 0.4, 3, (0.5, 3.0), (0.3, 0.6), 0.10, 0.06)


def lattice(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Stretches a small [a,b,c] array over the image, bilinearly, corner on corner."""

    def axis(count, size):
        at = np.arange(size) * (count - 1) / max(size - 1, 1)
        low = np.minimum(at.astype(np.int64), count - 2)
        return low, at - low

    y, fy = axis(values.shape[0], height)
    x, fx = axis(values.shape[1], width)
    fy, fx = fy[:, None, None], fx[None, :, None]
    top = values[y][:, x] * (1 - fx) + values[y][:, x + 1] * fx
    bottom = values[y + 1][:, x] * (1 - fx) + values[y + 1][:, x + 1] * fx
    return top * (1 - fy) + bottom * fy


def picture(s: Stream, style: Style, height: int, width: int) -> np.ndarray:
    """One image, uint8 [height,width,3]."""
    tint = np.array(style.tint)

    def colours(count):
        random = s.uniforms(3 * count).reshape(count, 3)
        return random * (1 - style.tint_strength) + tint * style.tint_strength

    y = ((np.arange(height) + 0.5) / height)[:, None, None]
    x = ((np.arange(width) + 0.5) / width)[None, :, None]
    image = lattice(colours(4).reshape(2, 2, 3), height, width)
    for _ in range(s.below(style.spots + 1)):
        dy, dx = y - s.uniform(), x - s.uniform()
        tall, wide, slant = s.uniform(3, 60), s.uniform(3, 60), s.uniform(-3, 3)
        inside = 1 - (tall * dy * dy + wide * dx * dx + slant * dy * dx)
        cover = np.clip(inside * s.uniform(*style.hardness), 0, 1)
        image = image * (1 - cover) + colours(1)[0] * cover
    strength, cells = s.uniform(0, 0.5), 4
    while cells * 2 <= min(height, width):
        octave = s.uniforms(cells * cells).reshape(cells, cells, 1) - 0.5
        tone = s.uniforms(3) * 0.5 + 0.5
        image = image + strength * lattice(octave, height, width) * tone
        strength, cells = strength * s.uniform(*style.roughness), cells * 2
    if s.uniform() < style.stripes:
        phase = s.uniform(-40, 40) * y + s.uniform(-40, 40) * x
        wave = 4 * np.abs(phase - np.floor(phase) - 0.5) - 1
        image = image + s.uniform(0, 0.4) * wave
    cell = (np.arange(height)[:, None] // 2 + np.arange(width)[None, :] // 2) % 2
    image = image + style.grid * (cell[..., None] - 0.5)
    return np.clip(image * 256, 0, 255).astype(np.uint8)


def in_mode(s: Stream, rgb: np.ndarray, mode: str) -> Image.Image:
    """The picture as gray, palette, or with an alpha channel that a reader must ignore."""
    gray = ((rgb.astype(np.int64) * [77, 150, 29]).sum(axis=2) >> 8).astype(np.uint8)
    if mode == "RGB":
        return Image.fromarray(rgb)
    if mode == "L":
        return Image.fromarray(gray)
    if mode == "1":
        return Image.fromarray(gray > 127)
    if mode == "P":  # a cube of 6 x 6 x 6 colours
        image = Image.fromarray(((rgb // 43) * [36, 6, 1]).sum(axis=2).astype(np.uint8), "P")
        levels = [51 * i for i in range(6)]
        image.putpalette([v for r in levels for g in levels for b in levels for v in (r, g, b)])
        return image
    alpha = lattice(s.uniforms(9).reshape(3, 3, 1), *gray.shape)
    alpha = (alpha * 256).astype(np.uint8)
    colour = rgb if mode == "RGBA" else gray[..., None]
    return Image.fromarray(np.concatenate([colour, alpha], axis=2), mode)


# (mode, extension, options of the encoder). Only what keeps every pixel.
LOSSLESS = [
    ("RGB", "png", {}),
    ("L", "png", {}),
    ("RGB", "bmp", {}),
    ("P", "png", {}),
    ("RGBA", "png", {}),
    ("RGB", "webp", {"lossless": True}),
    ("LA", "png", {}),
    ("RGB", "ppm", {}),
    ("P", "gif", {}),
    ("RGB", "tiff", {"compression": "tiff_lzw"}),
    ("L", "bmp", {}),
    ("RGBA", "webp", {"lossless": True, "exact": True}),
    ("RGB", "PNG", {}),
    ("L", "pgm", {}),
    ("P", "bmp", {}),
    ("L", "tif", {"compression": "tiff_adobe_deflate"}),
    ("1", "png", {}),
    ("L", "gif", {}),
    ("RGBA", "tiff", {}),
    ("RGB", "png", {}),
]
LOSSY = [
    ("RGB", "jpg", {"quality": 92}),
    ("RGB", "JPEG", {"quality": 85, "subsampling": 0}),
    ("L", "jpg", {"quality": 90}),
    ("RGB", "webp", {"quality": 80}),
]
UNCOMPRESSED = {"bmp", "ppm", "pgm", "tiff"}


def plan(recipe: str, index: int, s: Stream) -> tuple[tuple, tuple[int, int]]:
    """Format and size of image `index`."""
    if recipe == "bench":
        lossy = ("RGB", "jpg", {"quality": 75 + s.below(21)})
        return (("RGB", "png", {}), lossy)[index % 2], (256, 256)
    if recipe == "mixed":
        side = lambda: 32 + s.below(369)
        # A third are square and of one size: programs that batch by size get something to batch.
        return LOSSLESS[index % len(LOSSLESS)], (256, 256) if index % 3 == 0 else (side(), side())
    formats = LOSSLESS + LOSSY
    chosen = formats[index % len(formats)]
    most = 64 if chosen[1] in UNCOMPRESSED else 200 if index % 8 == 1 else 110
    side = lambda: 32 + s.below(most - 31)
    return chosen, (side(), side())


def make(out: pathlib.Path, name: str, style: Style, count: int, seed: int, recipe: str) -> None:
    """Writes one set."""
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        s = Stream(f"images/{name}/{index}", seed)
        (mode, extension, options), (height, width) = plan(recipe, index, s)
        image = in_mode(s, picture(s, style, height, width), mode)
        image.save(folder / f"{index:04}.{extension}", **options)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes two folders of images.")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=600, help="images in each folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", choices=["mixed", "bench", "samples"], default="mixed")
    args = parser.parse_args()
    make(args.out, "real", REAL, args.count, args.seed, args.recipe)
    make(args.out, "fake", FAKE, args.count, args.seed, args.recipe)


if __name__ == "__main__":
    main()
