"""Inputs of the reference fixtures, by integer rules that the Rust tests repeat.

`byte(name)[i]` below is the top byte of element i of the stream key(name, 0) of splitmix.py, and
`u(name)[i]` its top 24 bits minus 2^23, divided by 2^23: a number in [-1, 1).

Resize: uint8 [height, width, 3], element (y, x, c)
    checker   255 if y + x + c is odd, else 0
    ramp      (2 x + 3 y + 85 c) mod 256
    noise     byte("resize/HEIGHTxWIDTH")[(y * width + x) * 3 + c]

Network: uint8 [3, 299, 299], element (c, y, x), for k = 0, 1, 2
    tri(t)    min(255, |t mod 512 - 256|)
    smooth    tri((2 + c) (k + 1) x + (3 - c) (k + 1) y)
    value     (smooth * (4 - k) + byte("network/k")[(c * 299 + y) * 299 + x] * k) / 4, rounded down
  and from there as pytorch-fid does it: 2 * (value / 255) - 1 in f32.

Frechet: f64 [n, d], element (i, j), k = (j + 1) mod d
    value     max(0, u("frechet/SET")[i * d + j] + 0.75 u("frechet/SET")[i * d + k] + shift)
"""

import numpy as np

from splitmix import key, stream

RESIZE_SIZES = [(1, 1), (2, 3), (31, 47), (299, 299), (600, 150), (1024, 768)]  # height, width
RESIZE_KINDS = ["checker", "ramp", "noise"]
NETWORK_INPUTS = 3
SIDE = 299


def bytes_of(name: str, count: int) -> np.ndarray:
    """The top byte of each element."""
    return (stream(key(name, 0), count) >> np.uint64(56)).astype(np.int64)


def resize_source(kind: str, height: int, width: int) -> np.ndarray:
    """uint8 [height, width, 3]."""
    y, x, c = np.indices((height, width, 3))
    if kind == "checker":
        value = (y + x + c) % 2 * 255
    elif kind == "ramp":
        value = (2 * x + 3 * y + 85 * c) % 256
    else:
        value = bytes_of(f"resize/{height}x{width}", height * width * 3)
    return value.reshape(height, width, 3).astype(np.uint8)


def network_source(k: int) -> np.ndarray:
    """uint8 [3, 299, 299]."""
    c, y, x = np.indices((3, SIDE, SIDE))
    ramp = (2 + c) * (k + 1) * x + (3 - c) * (k + 1) * y
    smooth = np.minimum(255, np.abs(ramp % 512 - 256))
    noise = bytes_of(f"network/{k}", 3 * SIDE * SIDE).reshape(smooth.shape)
    return ((smooth * (4 - k) + noise * k) // 4).astype(np.uint8)


def frechet_features(name: str, n: int, d: int, shift: float) -> np.ndarray:
    """f64 [n, d]."""
    r = (stream(key(f"frechet/{name}", 0), n * d) >> np.uint64(40)).astype(np.int64) - (1 << 23)
    u = (r.astype(np.float64) / 2.0**23).reshape(n, d)
    return np.maximum(0.0, u + 0.75 * np.roll(u, -1, axis=1) + shift)
