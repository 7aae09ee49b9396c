"""Pictures that the fixture scripts write into files: small, seeded, and sensitive to mistakes."""

import io
import struct

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 11, 7  # odd and unequal: a swapped axis or a padded row cannot hide


def ramp(channels: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """`[height, width, channels]` u8: ramps that differ by channel, 0 and 255 included."""
    y, x = np.mgrid[0:height, 0:width]
    bands = [x * 255 // (width - 1), y * 255 // (height - 1), (x * 37 + y * 11) % 256, (x * y * 5) % 256]
    return np.stack(bands[:channels], axis=-1).astype(np.uint8)


def noise(shape, top: int, seed: int, dtype=np.uint8) -> np.ndarray:
    """Seeded noise in `0..top`."""
    return np.random.RandomState(seed).randint(0, top, shape).astype(dtype)


def deep(channels: int, seed: int) -> np.ndarray:
    """`[HEIGHT, WIDTH, channels]` u16 whose values lie on both sides of 255 and of each high byte."""
    values = noise((HEIGHT, WIDTH, channels), 65536, seed, np.uint16)
    values[:, ::2] = noise(values[:, ::2].shape, 400, seed + 1, np.uint16)
    values[0, :4, 0] = [0, 255, 256, 65535]
    return values


def photo(height: int, width: int) -> np.ndarray:
    """Smooth colour with an edge and a little noise: what a JPEG usually holds."""
    y, x = np.mgrid[0:height, 0:width]
    bands = [128 + 100 * np.sin(x / 5 + k) * np.cos(y / (4 + k)) for k in range(3)]
    image = np.stack(bands, axis=-1) + noise((height, width, 3), 12, 3)
    image[height // 3 : height // 2, width // 4 : width // 2] = [220, 40, 30]
    return image.clip(0, 255).astype(np.uint8)


def exif_orientation(value: int) -> bytes:
    """A TIFF block that holds nothing but the orientation tag."""
    return struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 274, 3, 1, value, 0)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
