"""JPEG files of every kind that Pillow reads, for image_fixtures.py.

Pillow writes the common ones. Sampling factors of all sorts, arithmetic coding and other orders of
scans come from `cjpeg` and `jpegtran` of libjpeg-turbo (Debian: libjpeg-turbo-progs), what no
writer makes from cutting up their files.
"""

import subprocess
import tempfile

import numpy as np
from PIL import Image

from fixture_pixels import exif_orientation, noise, photo, ramp, saved

SAMPLINGS = [
    "1x2", "4x1", "1x4", "4x2", "2x4", "3x1", "1x3", "2x1,2x1,2x1", "2x2,1x2,1x2", "2x2,1x1,2x1", "2x2,2x1,1x2",
    "2x1,1x2,1x1", "1x1,2x1,2x1", "1x1,2x2,1x1", "3x2,1x1,1x1", "4x1,2x1,1x1",
]  # fmt: skip


def run(program: str, data: bytes, *options: str) -> bytes:
    return subprocess.run([program, *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def cjpeg(pixels: np.ndarray, *options: str) -> bytes:
    return run("cjpeg", saved(Image.fromarray(pixels), "PPM"), *options)


def scripted(pixels: np.ndarray, script: str, *options: str) -> bytes:
    """A file with the scans that `script` lists."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(script)
        file.flush()
        return cjpeg(pixels, "-scans", file.name, *options)


def segments(data: bytes):
    """`(marker, begin, end)` of each segment up to the first scan header."""
    at = 2
    while True:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], at, end
        if data[at + 1] == 0xDA:
            return
        at = end


def without(data: bytes, *markers: int) -> bytes:
    """The file without its segments of these kinds."""
    spans = [(begin, end) for marker, begin, end in segments(data) if marker in markers]
    for begin, end in reversed(spans):
        data = data[:begin] + data[end:]
    return data


def behind_start(data: bytes, extra: bytes) -> bytes:
    return data[:2] + extra + data[2:]


def adobe(transform: int) -> bytes:
    return b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])


def common(pixels: np.ndarray):
    rgb = Image.fromarray(pixels)
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        for quality in (30, 90):
            yield f"{name}_q{quality}.jpg", saved(rgb, "JPEG", quality=quality, subsampling=sampling)
        yield f"{name}_progressive.jpg", saved(rgb, "JPEG", quality=85, subsampling=sampling, progressive=True)
    yield "420_optimized.jpg", saved(rgb, "JPEG", quality=85, subsampling=2, optimize=True)
    yield "420_restart.jpg", saved(rgb, "JPEG", quality=85, subsampling=2, restart_marker_blocks=2)
    yield "420_restart_rows.jpg", saved(rgb, "JPEG", quality=85, subsampling=2, restart_marker_rows=1)
    yield "420_progressive_restart.jpg", saved(rgb, "JPEG", quality=85, progressive=True, restart_marker_blocks=1)
    yield "gray.jpeg", saved(rgb.convert("L"), "JPEG", quality=85)
    yield "gray_progressive.JPG", saved(rgb.convert("L"), "JPEG", quality=85, progressive=True)
    yield "rgb.jpg", saved(rgb, "JPEG", quality=85, keep_rgb=True)
    yield "420_exif6.jpg", saved(rgb, "JPEG", quality=90, subsampling=2, exif=b"Exif\0\0" + exif_orientation(6))
    yield "two_pictures.jpg", saved(rgb, "MPO", save_all=True, append_images=[rgb.rotate(180)])
    for quality in (1, 100):
        for name, sampling in (("444", 0), ("420", 2)):
            pixels = Image.fromarray(noise((19, 21, 3), 256, 90 + quality))
            yield f"{name}_noise_q{quality}.jpg", saved(pixels, "JPEG", quality=quality, subsampling=sampling)


def inks(pixels: np.ndarray):
    height, width, _ = pixels.shape
    black = Image.fromarray(ramp(1, height, width)[..., 0] // 2)
    ink = Image.merge("CMYK", [*Image.fromarray(pixels).split(), black])
    for name, options in (("", {}), ("_420", {"subsampling": 2}), ("_progressive", {"progressive": True})):
        cmyk = saved(ink, "JPEG", quality=90, **options)
        yield f"cmyk{name}.jpg", cmyk
        at = cmyk.index(b"Adobe") + 11
        yield f"ycck{name}.jpg", cmyk[:at] + b"\x02" + cmyk[at + 1 :]
    cmyk = saved(ink, "JPEG", quality=90)
    yield "cmyk_unnamed.jpg", without(cmyk, 0xEE)
    yield "cmyk_transform1.jpg", behind_start(without(cmyk, 0xEE), adobe(1))
    yield "ycck_arithmetic.jpg", run("jpegtran", behind_start(without(cmyk, 0xEE), adobe(2)), "-arithmetic", "-copy", "all")


def rare(pixels: np.ndarray):
    for sampling in SAMPLINGS:
        name = sampling.replace(",", "_")
        yield f"s{name}.jpg", cjpeg(pixels, "-quality", "90", "-sample", sampling)
    for sampling in ("1x2", "4x1", "1x1,2x1,2x1"):
        name = sampling.replace(",", "_")
        yield f"s{name}_progressive.jpg", cjpeg(pixels, "-quality", "85", "-sample", sampling, "-progressive")
    for sampling in ("1x1", "2x2", "1x2"):
        for more in ([], ["-progressive"]):
            name = "_".join(["s" + sampling, "arithmetic", *(option[1:] for option in more)])
            yield f"{name}.jpg", cjpeg(pixels, "-quality", "85", "-sample", sampling, "-arithmetic", *more)
    yield "arithmetic_restart.jpg", cjpeg(pixels, "-arithmetic", "-restart", "2B")
    yield "arithmetic_noise.jpg", cjpeg(noise((40, 40, 3), 256, 77), "-arithmetic", "-quality", "95")
    yield "arithmetic_noise_progressive.jpg", cjpeg(noise((24, 24, 3), 256, 78), "-arithmetic", "-progressive", "-quality", "95")
    yield "gray_arithmetic.jpg", cjpeg(pixels, "-arithmetic", "-grayscale")
    yield "gray_2x2.jpg", cjpeg(pixels, "-grayscale", "-sample", "2x2")
    yield "scans_apart.jpg", scripted(pixels, "0; 1; 2;", "-quality", "85")
    yield "scans_luma_first.jpg", scripted(pixels, "0; 1 2;", "-quality", "85", "-sample", "2x1", "-restart", "1B")
    bands = "0 1 2: 0-0, 0, 2; 0: 1-63, 0, 3; 0: 1-63, 3, 2; 0: 1-63, 2, 1; 0: 1-63, 1, 0; 1: 1-9, 0, 1; 1: 10-63, 0, 1;"
    bands += " 2: 1-63, 0, 0; 0 1 2: 0-0, 2, 1; 1: 1-63, 1, 0; 0 1 2: 0-0, 1, 0;"
    yield "progressive_bands.jpg", scripted(pixels, bands, "-quality", "95")
    yield "progressive_bands_arithmetic.jpg", scripted(pixels, bands, "-quality", "95", "-arithmetic")
    yield "steps_of_16_bits.jpg", cjpeg(pixels, "-quality", "5")
    yield "optimized_rgb_names.jpg", without(cjpeg(pixels, "-rgb", "-optimize"), 0xEE, 0xE0)
    yield "rgb_420.jpg", cjpeg(pixels, "-rgb", "-sample", "2x2")
    plain = saved(Image.fromarray(pixels), "JPEG", quality=90)
    yield "without_jfif.jpg", without(plain, 0xE0)
    yield "adobe_transform1.jpg", behind_start(without(plain, 0xE0), adobe(1))
    yield "adobe_transform0.jpg", behind_start(without(plain, 0xE0), adobe(0))
    yield "adobe_transform9.jpg", behind_start(without(plain, 0xE0), adobe(9))
    yield "jfif_and_adobe0.jpg", plain[:20] + adobe(0) + plain[20:]
    yield "without_tables.jpg", without(saved(Image.fromarray(pixels), "JPEG", quality=90), 0xC4)
    yield "fill_bytes.jpg", plain[:20] + b"\xff\xff\xff" + plain[20:]
    yield "comment.jpg", behind_start(plain, b"\xff\xfe\0\x07hello")
    yield "trailing_bytes.jpg", plain + b"not a picture"


def sizes(pixels: np.ndarray):
    for height, width in ((1, 1), (1, 9), (9, 1), (2, 2), (3, 5), (8, 8), (16, 16), (9, 17), (33, 4)):
        part = np.ascontiguousarray(pixels[3 : 3 + height, 3 : 3 + width])
        for name, sampling in (("444", "1x1"), ("420", "2x2"), ("422", "2x1"), ("440", "1x2")):
            if name == "420" or (height, width) in ((1, 1), (2, 2), (3, 5)):
                yield f"{name}_{width}x{height}.jpg", cjpeg(part, "-quality", "90", "-sample", sampling)
    yield "420_1x1_progressive.jpg", cjpeg(pixels[5:6, 5:6].copy(), "-sample", "2x2", "-progressive")


def damaged(pixels: np.ndarray):
    """Files with faults that libjpeg passes over with a warning: Pillow returns an image."""
    plain = saved(Image.fromarray(pixels), "JPEG", quality=90)
    begin = [end for _, _, end in segments(plain)][-1]
    yield "damaged_cut.jpg", plain[: (begin + len(plain)) // 2] + b"\xff\xd9"
    yield "damaged_bits.jpg", plain[: begin + 30] + bytes([255 - plain[begin + 30], 0x5A]) + plain[begin + 32 :]
    restarts = saved(Image.fromarray(pixels), "JPEG", quality=90, subsampling=0, restart_marker_blocks=1)
    for name, place, mark in (("lost", 1, b""), ("far", 1, b"\xff\xd4"), ("early", 1, b"\xff\xd3"), ("late", 1, b"\xff\xd0"), ("old", 2, b"\xff\xd0")):
        at = restarts.index(bytes([0xFF, 0xD0 + place]))
        yield f"damaged_restart_{name}.jpg", restarts[:at] + mark + restarts[at + 2 :]
    coarse = cjpeg(pixels, "-quality", "5", "-sample", "2x2")
    begin = [end for _, _, end in segments(coarse)][-1]
    yield "damaged_overflow.jpg", coarse[: begin + 3] + b"\xfe\xfd\xfb" + coarse[begin + 6 :]
    progressive = saved(Image.fromarray(pixels), "JPEG", quality=85, progressive=True)
    begin = [end for _, _, end in segments(progressive)][-1]
    yield "damaged_progressive.jpg", progressive[: begin + 9] + b"\x77" + progressive[begin + 10 :]
    arithmetic = cjpeg(pixels, "-arithmetic", "-quality", "90")
    begin = [end for _, _, end in segments(arithmetic)][-1]
    yield "damaged_arithmetic.jpg", arithmetic[: begin + 60] + b"\x13\x57" + arithmetic[begin + 62 :]


def jpegs():
    pixels = photo(17, 22)
    for make in (common, inks, rare, damaged):
        yield from make(pixels)
    yield from sizes(photo(40, 40))
