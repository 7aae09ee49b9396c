#!/usr/bin/env python3
"""Make tests/fixtures/images: small image files of many kinds, and what Pillow reads from them.

`fid-gpu` promises the pixels of `Image.open(path).convert("RGB")`. This script writes the files
that `crates/fid-images/tests/decode/` reads, and `expected.safetensors`: for each file name one u8 tensor
`[height, width, 3]`, Pillow's answer. Its metadata name the versions of Pillow and libjpeg-turbo and, for each image, the
first 16 hexadecimal digits of its SHA-256.

    python3 -m venv venv && venv/bin/pip install -r scripts/requirements.txt
    venv/bin/python scripts/image_fixtures.py            # write everything anew
    venv/bin/python scripts/image_fixtures.py --check    # compare what is stored with Pillow's answer

Formats that Pillow cannot write (48-bit PNG, 2-bit gray, RLE bitmaps, tiled TIFF ...) are
assembled from their specifications in the `write_*` functions below; JPEG files are made in
jpeg_files.py and need libjpeg-turbo's `cjpeg` and `jpegtran`. Encoders change with library
versions: commit newly written files only together with `expected.safetensors`.
"""

import hashlib
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, features
from safetensors import safe_open
from safetensors.numpy import save_file

from fixture_pixels import HEIGHT, WIDTH, deep, exif_orientation, noise, photo, ramp, saved
from jpeg_files import jpegs

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "images"
PALETTE = noise((256, 3), 256, 7)


def pack(values: np.ndarray, bits: int) -> bytes:
    """Rows of `bits`-wide samples, high bits first, each row padded to a byte (bits < 8)."""
    rows = values.reshape(values.shape[0], -1)
    unpacked = ((rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(unpacked.reshape(rows.shape[0], -1), axis=1).tobytes()


def samples(values: np.ndarray, bits: int, order: str = ">") -> bytes:
    """Samples as stored: packed below 8 bits, in the given byte order above."""
    if bits < 8:
        return pack(values, bits)
    return values.astype(f"{order}u{bits // 8}").tobytes()


# ---------------------------------------------------------------- PNG


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def write_png(values, bits, colour, palette=None, trns=None, interlace=False, extra=b"") -> bytes:
    """A PNG of `values` `[h, w, c]`, filter type 0 throughout. `colour` is PNG's colour type."""
    height, width = values.shape[:2]
    passes = [values[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlace else [values]
    raw = b""
    for part in passes:
        if part.shape[0] and part.shape[1]:
            raw += b"".join(b"\0" + samples(row[None], bits) for row in part)
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlace))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + extra
        + (chunk(b"PLTE", palette.tobytes()) if palette is not None else b"")
        + (chunk(b"tRNS", trns) if trns is not None else b"")
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )


def pngs():
    for bits in (1, 2, 4, 8):
        levels = noise((HEIGHT, WIDTH, 1), 1 << bits, bits)
        yield f"gray{bits}.png", write_png(levels, bits, 0)
        yield f"gray{bits}_interlaced.png", write_png(levels, bits, 0, interlace=True)
        yield f"palette{bits}.png", write_png(levels, bits, 3, PALETTE[: 1 << bits])
        yield f"palette{bits}_interlaced.png", write_png(levels, bits, 3, PALETTE[: 1 << bits], interlace=True)
        yield f"palette{bits}_trns.png", write_png(levels, bits, 3, PALETTE[: 1 << bits], bytes([0, 128][: 1 << bits]))
        yield f"gray{bits}_trns.png", write_png(levels, bits, 0, trns=struct.pack(">H", 1))
    yield "palette8_short.png", write_png(noise((HEIGHT, WIDTH, 1), 200, 5), 8, 3, PALETTE[:100])
    yield "palette4_short.png", write_png(noise((HEIGHT, WIDTH, 1), 16, 5), 4, 3, PALETTE[:5])
    yield "palette8_gray.png", write_png(noise((HEIGHT, WIDTH, 1), 256, 6), 8, 3, np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1))
    for bits, make in ((8, ramp), (16, lambda c: deep(c, 20 + c))):
        for colour, channels, name in ((4, 2, "gray_alpha"), (2, 3, "rgb"), (6, 4, "rgba")):
            yield f"{name}{bits}.png", write_png(make(channels), bits, colour)
            yield f"{name}{bits}_interlaced.png", write_png(make(channels), bits, colour, interlace=True)
    yield "gray16.png", write_png(deep(1, 11), 16, 0)
    yield "gray16_interlaced.png", write_png(deep(1, 11), 16, 0, interlace=True)
    yield "gray16_trns.png", write_png(deep(1, 11), 16, 0, trns=struct.pack(">H", 256))
    yield "rgb8_trns.png", write_png(ramp(3), 8, 2, trns=struct.pack(">HHH", 0, 0, 0))
    yield "rgb16_trns.png", write_png(deep(3, 12), 16, 2, trns=struct.pack(">HHH", 0, 0, 0))
    yield "rgb8_gamma.png", write_png(ramp(3), 8, 2, extra=chunk(b"gAMA", struct.pack(">I", 100000)))
    yield "rgb8_exif6.png", write_png(ramp(3), 8, 2, extra=chunk(b"eXIf", exif_orientation(6)))
    yield "rgb8_1x1.png", write_png(ramp(3)[4:5, 7:8], 8, 2)
    frames = [Image.fromarray(ramp(3)), Image.fromarray(noise((HEIGHT, WIDTH, 3), 256, 8))]
    yield "rgb8_animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "rgb8_default_image.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    yield "filtered.png", saved(Image.fromarray(photo(17, 22)), "PNG", optimize=True)


# ---------------------------------------------------------------- BMP


def write_bmp(bits, body, palette=b"", compression=0, masks=b"", header=40, top_down=False, colours=0, size=(WIDTH, HEIGHT)):
    """A BMP round the given pixel bytes. `header` 12 is OS/2's; 124 puts the masks inside."""
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        signed = -height if top_down else height
        info = struct.pack("<IiiHHIIiiII", header, width, signed, 1, bits, compression, len(body), 2835, 2835, colours, 0)
        if header > 40:
            info, masks = (info + masks).ljust(header, b"\0"), b""
    offset = 14 + len(info) + len(masks) + len(palette)
    return struct.pack("<2sIHHI", b"BM", offset + len(body), 0, 0, offset) + info + masks + palette + body


def bmp_rows(rows) -> bytes:
    """Rows of bytes, bottom row first, each padded to four bytes."""
    return b"".join(row + b"\0" * (-len(row) % 4) for row in reversed(rows))


def bgrx(palette: np.ndarray) -> bytes:
    return np.concatenate([palette[:, ::-1], np.zeros((len(palette), 1), np.uint8)], 1).tobytes()


def rle(values: np.ndarray, bits: int) -> bytes:
    """Run-length bitmap data with runs, literal stretches, a jump and an early end of line."""
    out = b""
    for y, row in enumerate(values[::-1]):
        if y == 2:
            out += bytes([4, 0x35 if bits == 4 else 9, 0, 2, 3, 1])  # four pixels, then right 3, up 1
            out += bytes([2, 0x11, 0, 0])
        elif y == 3:
            continue
        elif y % 2:
            out += b"".join(bytes([1, int(v) << (8 - bits) if bits == 4 else int(v)]) for v in row) + bytes([0, 0])
        else:
            literal = row[:5]
            data = bytes(literal) if bits == 8 else pack(literal[None], 4)
            out += bytes([0, 5]) + data + b"\0" * (len(data) % 2) + bytes([3, 0x21 if bits == 4 else 33, 0, 0])
    return out + bytes([0, 1])


def bmps():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    for bits in (1, 4, 8):
        levels = noise((HEIGHT, WIDTH, 1), 1 << bits, 30 + bits)
        body = bmp_rows([samples(row[None], bits) for row in levels])
        count = 1 << bits
        yield f"palette{bits}.bmp", write_bmp(bits, body, bgrx(PALETTE[:count]))
        yield f"palette{bits}_os2.bmp", write_bmp(bits, body, PALETTE[:count, ::-1].tobytes(), header=12)
        yield f"palette{bits}_short.bmp", write_bmp(bits, body, bgrx(PALETTE[: count // 2 + 1]), colours=count // 2 + 1)
    one = bmp_rows([samples(row[None], 1) for row in noise((HEIGHT, WIDTH, 1), 2, 40)])
    yield "black_white.bmp", write_bmp(1, one, bgrx(gray[[0, 255]]))
    yield "white_black.bmp", write_bmp(1, one, bgrx(gray[[255, 0]]))
    eight = bmp_rows([samples(row[None], 8) for row in noise((HEIGHT, WIDTH, 1), 256, 41)])
    yield "gray8.bmp", write_bmp(8, eight, bgrx(gray))
    words = noise((HEIGHT, WIDTH, 1), 65536, 42, np.uint16)
    body = bmp_rows([samples(row[None], 16, "<") for row in words])
    yield "rgb555.bmp", write_bmp(16, body)
    yield "rgb555_masks.bmp", write_bmp(16, body, compression=3, masks=struct.pack("<III", 0x7C00, 0x3E0, 0x1F))
    yield "rgb565_masks.bmp", write_bmp(16, body, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    bgr = ramp(3)[..., ::-1]
    yield "rgb24.bmp", write_bmp(24, bmp_rows([row.tobytes() for row in bgr]))
    yield "rgb24_top_down.bmp", write_bmp(24, bmp_rows([row.tobytes() for row in bgr[::-1]]), top_down=True)
    body = bmp_rows([row.tobytes() for row in ramp(4)])
    yield "rgb32.bmp", write_bmp(32, body)
    layouts = {
        "bgrx": (0xFF0000, 0xFF00, 0xFF, 0), "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0),
        "bgxr": (0xFF000000, 0xFF00, 0xFF, 0), "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
        "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000), "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        "bgar": (0xFF000000, 0xFF00, 0xFF, 0xFF0000), "zero": (0, 0, 0, 0),
    }
    for name, masks in layouts.items():
        yield f"rgb32_{name}.bmp", write_bmp(32, body, compression=3, masks=struct.pack("<IIII", *masks), header=124)
    for bits, code in ((8, 1), (4, 2)):
        data = rle(noise((HEIGHT, WIDTH), 1 << bits, 50 + bits), bits)
        yield f"rle{bits}.bmp", write_bmp(bits, data, bgrx(PALETTE[: 1 << bits]), compression=code)


# ---------------------------------------------------------------- GIF


def gif_data(indices: np.ndarray, bits: int) -> bytes:
    """LZW without compression: a clear code often enough that codes never grow."""
    width, clear, out, fill, count = bits + 1, 1 << bits, 0, 0, 0
    stream = bytearray()
    codes = []
    for value in indices.reshape(-1):
        if count % (clear - 2) == 0:
            codes.append(clear)
        codes.append(int(value))
        count += 1
    for code in [*codes, clear + 1]:
        out |= code << fill
        fill += width
        while fill >= 8:
            stream.append(out & 255)
            out, fill = out >> 8, fill - 8
    stream.append(out & 255)
    blocks = [bytes(stream[i : i + 255]) for i in range(0, len(stream), 255)]
    return bytes([bits]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def write_gif(indices, screen, at=(0, 0), palette=None, local=None, transparent=None, interlace=False, background=0):
    """A one-frame GIF; palettes hold a power of two of colours."""
    flags = 0x80 | (len(palette).bit_length() - 2) if palette is not None else 0
    out = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0)
    out += palette.tobytes() if palette is not None else b""
    if transparent is not None:
        out += bytes([0x21, 0xF9, 4, 1, 0, 0, transparent, 0])
    height, width = indices.shape
    flags = (0x80 | (len(local).bit_length() - 2) if local is not None else 0) | (0x40 if interlace else 0)
    out += b"," + struct.pack("<HHHHB", *at, width, height, flags) + (local.tobytes() if local is not None else b"")
    if interlace:
        indices = np.concatenate([indices[0::8], indices[4::8], indices[2::4], indices[1::2]])
    return out + gif_data(indices, 8 if indices.max() > 15 else 4) + b";"


def gifs():
    small, full = noise((HEIGHT, WIDTH), 16, 60), noise((HEIGHT, WIDTH), 256, 61)
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    screen, large = (WIDTH, HEIGHT), (WIDTH + 7, HEIGHT + 5)
    yield "global.gif", write_gif(small, screen, palette=PALETTE[:16])
    yield "global256.gif", write_gif(full, screen, palette=PALETTE)
    yield "local.gif", write_gif(small, screen, palette=PALETTE[:16], local=PALETTE[16:32])
    yield "local_only.gif", write_gif(small, screen, local=PALETTE[16:32])
    yield "interlaced.gif", write_gif(small, screen, palette=PALETTE[:16], interlace=True)
    yield "transparent.gif", write_gif(small, screen, palette=PALETTE[:16], transparent=3)
    yield "offset.gif", write_gif(small, large, (3, 2), palette=PALETTE[:16], background=5)
    yield "offset_transparent.gif", write_gif(small, large, (3, 2), palette=PALETTE[:16], transparent=9, background=5)
    yield "offset_local.gif", write_gif(small, large, (4, 1), palette=PALETTE[:16], local=PALETTE[16:32], transparent=2)
    yield "beyond_screen.gif", write_gif(small, (5, 4), (2, 3), palette=PALETTE[:16])
    yield "short_palette.gif", write_gif(small, screen, palette=PALETTE[:4])
    yield "short_palette256.gif", write_gif(full, screen, palette=PALETTE[:32])
    yield "transparent_beyond.gif", write_gif(small, large, palette=PALETTE[:8], transparent=200)
    yield "gray.gif", write_gif(full, screen, palette=gray)
    yield "gray_short.gif", write_gif(small, screen, palette=gray[:4])
    yield "gray_local.gif", write_gif(small, screen, palette=PALETTE[:16], local=gray[:16])
    frames = [Image.fromarray(i, "P") for i in (small, noise((HEIGHT, WIDTH), 16, 62))]
    for frame in frames:
        frame.putpalette(PALETTE[:16].tobytes())
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


# ---------------------------------------------------------------- PNM


def pnms():
    bits = noise((HEIGHT, WIDTH, 1), 2, 70)
    size = f"{WIDTH} {HEIGHT}\n".encode()

    def text(values):
        return " ".join(str(v) for v in values.reshape(-1)).encode() + b"\n"

    yield "plain.pbm", b"P1\n# a comment\n" + size + "".join(str(v) for v in bits.reshape(-1)).encode() + b"\n"
    yield "raw.pbm", b"P4\n" + size + pack(bits, 1)
    for top in (1, 100, 255, 1000, 65535):
        wide = 16 if top > 255 else 8
        for channels, plain, raw, ext in ((1, b"P2", b"P5", "pgm"), (3, b"P3", b"P6", "ppm")):
            values = noise((HEIGHT, WIDTH, channels), top + 1, 71 + channels, np.uint16)
            values[:, ::3] = values[:, ::3] % min(top + 1, 300)
            head = size + b"# note\n" + str(top).encode() + b"\n"
            yield f"plain_{top}.{ext}", plain + b"\n" + head + text(values)
            yield f"raw_{top}.{ext}", raw + b"\n" + head + samples(values, wide)
    yield "raw_over_maxval.pgm", b"P5 " + size + b"100 " + noise((HEIGHT, WIDTH), 256, 75).tobytes()
    yield "renamed.pnm", b"P6\n" + size + b"255\n" + ramp(3).tobytes()


# ---------------------------------------------------------------- TIFF


def write_tiff(values, bits, photometric, order="<", planar=False, tile=None, extra=None, colours=None, tags=()):
    """An uncompressed TIFF of `[h, w, c]`, one strip (one per plane), or tiles of `tile` x `tile`."""
    height, width, channels = values.shape
    planes = [values[..., c : c + 1] for c in range(channels)] if planar else [values]
    if tile:
        down, across = -(-height // tile), -(-width // tile)
        padded = [np.pad(p, ((0, down * tile - height), (0, across * tile - width), (0, 0))) for p in planes]
        parts = [p[y * tile :][:tile, x * tile :][:, :tile] for p in padded for y in range(down) for x in range(across)]
    else:
        parts = planes
    blobs = [samples(p, bits, order) for p in parts]
    entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels), 259: (3, [1]), 262: (3, [photometric]),
               277: (3, [channels]), 284: (3, [2 if planar else 1])}
    where, count = (324, 325) if tile else (273, 279)
    entries[where], entries[count] = (4, [0] * len(blobs)), (4, [len(b) for b in blobs])
    entries.update({322: (3, [tile]), 323: (3, [tile])} if tile else {278: (4, [height])})
    if extra is not None:
        entries[338] = (3, list(extra))
    if colours is not None:
        entries[320] = (3, [int(v) for v in colours.T.reshape(-1)])
    entries.update(dict(tags))
    formats = {1: "B", 3: "H", 4: "I"}
    after = 8 + 2 + 12 * len(entries) + 4
    values_at, tail = {}, b""
    for tag, (kind, items) in sorted(entries.items()):
        if struct.calcsize(formats[kind]) * len(items) > 4:
            values_at[tag] = after + len(tail)
            tail += struct.pack(f"{order}{len(items)}{formats[kind]}", *items)
            tail += b"\0" * (len(tail) % 2)
    at = after + len(tail)
    offsets = []
    for blob in blobs:
        offsets.append(at)
        at += len(blob)
    directory = struct.pack(order + "H", len(entries))
    for tag, (kind, items) in sorted(entries.items()):
        items = offsets if tag == where else items
        directory += struct.pack(order + "HHI", tag, kind, len(items))
        if tag in values_at:
            directory += struct.pack(order + "I", values_at[tag])
            if tag == where:
                begin = values_at[tag] - after
                packed = struct.pack(f"{order}{len(items)}I", *items)
                tail = tail[:begin] + packed + tail[begin + len(packed) :]
        else:
            directory += struct.pack(f"{order}{len(items)}{formats[kind]}", *items).ljust(4, b"\0")
    magic = b"II" if order == "<" else b"MM"
    return magic + struct.pack(order + "HI", 42, 8) + directory + b"\0" * 4 + tail + b"".join(blobs)


def tiffs():
    indexed = Image.fromarray(noise((HEIGHT, WIDTH), 256, 80), "P")
    indexed.putpalette(PALETTE.tobytes())
    modes = {
        "one": Image.fromarray(noise((HEIGHT, WIDTH), 256, 81)).convert("1"),
        "gray": Image.fromarray(ramp(1)[..., 0]),
        "palette": indexed,
        "rgb": Image.fromarray(ramp(3)),
        "rgba": Image.fromarray(ramp(4), "RGBA"),
        "cmyk": Image.fromarray(noise((HEIGHT, WIDTH, 4), 256, 82), "CMYK"),
        "gray_alpha": Image.fromarray(ramp(2), "LA"),
        "gray16": Image.fromarray(deep(1, 83)[..., 0]),
    }
    for name, image in modes.items():
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            yield f"{name}_{compression.removeprefix('tiff_')}.tif", saved(image, "TIFF", compression=compression)
    yield "rgb_lzw_predictor.tif", saved(modes["rgb"], "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "rgb_strips.tif", saved(Image.fromarray(photo(21, 19)), "TIFF", compression="tiff_lzw", tiffinfo={278: 4})
    for order, letter in (("<", "le"), (">", "be")):
        yield f"gray16_{letter}.tif", write_tiff(deep(1, 84), 16, 1, order)
        yield f"rgb16_{letter}.tif", write_tiff(deep(3, 85), 16, 2, order)
        yield f"rgba16_{letter}.tif", write_tiff(deep(4, 86), 16, 2, order, extra=[2])
        yield f"cmyk16_{letter}.tif", write_tiff(deep(4, 87), 16, 5, order)
    yield "gray16_white_is_zero.tif", write_tiff(deep(1, 84), 16, 0)
    for bits in (1, 2, 4, 8):
        levels = noise((HEIGHT, WIDTH, 1), 1 << bits, 88 + bits)
        yield f"gray{bits}.tif", write_tiff(levels, bits, 1)
        yield f"gray{bits}_white_is_zero.tif", write_tiff(levels, bits, 0)
        colours = noise((1 << bits, 3), 65536, 89, np.uint16)
        yield f"palette{bits}.tiff", write_tiff(levels, bits, 3, ">" if bits == 4 else "<", colours=colours)
    yield "rgb_associated.tif", write_tiff(ramp(4), 8, 2, extra=[1])
    yield "rgb_unspecified.tif", write_tiff(ramp(4), 8, 2, extra=[0])
    yield "gray_unspecified.tif", write_tiff(ramp(2), 8, 1, extra=[0])
    yield "rgb_planar.tif", write_tiff(ramp(3), 8, 2, planar=True)
    yield "rgb_tiled.tif", write_tiff(photo(21, 19), 8, 2, tile=16)
    for value in range(1, 9):
        yield f"rgb_orientation{value}.tif", write_tiff(ramp(3), 8, 2, tags={274: (3, [value])}.items())
    yield "rgb_two_pages.tif", saved(modes["rgb"], "TIFF", save_all=True, append_images=[modes["gray"]])
    yield "rgb_orientation6_lzw.tif", saved(modes["rgb"], "TIFF", compression="tiff_lzw", tiffinfo={274: 6})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="8"/></x:xmpmeta>'
    yield "rgb_orientation8_xmp.tif", write_tiff(ramp(3), 8, 2, tags={700: (1, list(xmp))}.items())


# ---------------------------------------------------------------- WebP


def webps():
    alpha = np.concatenate([photo(17, 23), ramp(1, 17, 23)], axis=-1)
    rgb, rgba = Image.fromarray(photo(17, 23)), Image.fromarray(alpha, "RGBA")
    yield "lossless_rgb.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossless_rgba.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    yield "lossless_palette.webp", saved(Image.fromarray(noise((HEIGHT, WIDTH, 1), 2, 90).repeat(3, 2) * 255), "WEBP", lossless=True)
    yield "lossless_exif6.webp", saved(rgb, "WEBP", lossless=True, exif=exif_orientation(6))
    other = Image.fromarray(noise((17, 23, 3), 256, 91))
    yield "lossless_animated.webp", saved(rgb, "WEBP", lossless=True, save_all=True, append_images=[other])
    yield "lossless_animated_alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True, save_all=True, append_images=[other.convert("RGBA")])
    for quality in (30, 80, 100):
        yield f"lossy_q{quality}.webp", saved(rgb, "WEBP", quality=quality)
    yield "lossy_rgba.webp", saved(rgba, "WEBP", quality=80, exact=True)
    yield "lossy_1x1.webp", saved(rgb.crop((5, 5, 6, 6)), "WEBP", quality=80)


# ---------------------------------------------------------------- main


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def main() -> int:
    target = FOLDER / "expected.safetensors"
    if "--check" in sys.argv[1:]:
        bad = 0
        with safe_open(target, "np") as stored:
            facts = stored.metadata()
            for name in stored.keys():
                if facts[f"sha256:{name}"] != digest((FOLDER / name).read_bytes()):
                    bad += 1
                    print(f"{name}: the file is not the one that was measured")
                elif not np.array_equal(read(FOLDER / name), stored.get_tensor(name)):
                    bad += 1
                    print(f"{name}: Pillow {PIL.__version__} differs from Pillow {facts['pillow']}")
        return int(bad > 0)

    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    expected, facts = {}, {"pillow": PIL.__version__, "libjpeg_turbo": str(features.version_feature("libjpeg_turbo"))}
    for make in (pngs, bmps, gifs, pnms, tiffs, webps, jpegs):
        for name, data in make():
            assert name not in expected, name
            (FOLDER / name).write_bytes(data)
            facts[f"sha256:{name}"] = digest(data)
            try:
                expected[name] = read(FOLDER / name)
            except Exception as error:  # a fixture that Pillow refuses is reported and left out
                print(f"{name}: {type(error).__name__}: {error}")
                (FOLDER / name).unlink()
                del facts[f"sha256:{name}"]
    save_file(expected, target, facts)
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(expected)} files, {total} bytes in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
