"""SplitMix64 as a counter-based generator: element i of a stream needs no element before it.

Everything random in these scripts comes from here, so that it is the same on every platform and
with every version of NumPy, and so that the Rust side can repeat it from a few lines of text:

    mix(z):  z ^= z >> 30;  z *= 0xBF58476D1CE4E5B9;
             z ^= z >> 27;  z *= 0x94D049BB133111EB;
             z ^= z >> 31                                     (all modulo 2^64)
    fnv(s):  h = 0xCBF29CE484222325;  for each byte: h ^= byte;  h *= 0x100000001B3
    key(name, seed) = mix(fnv(name) ^ mix(seed))
    element i of the stream `key` = mix(key + (i + 1) * 0x9E3779B97F4A7C15)
"""

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z: int) -> int:
    """The output function of SplitMix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def fnv1a(text: str) -> int:
    """FNV-1a over the bytes of `text`, 64 bits."""
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def key(name: str, seed: int) -> int:
    """The stream of a name under a seed."""
    return mix(fnv1a(name) ^ mix(seed & MASK))


def stream(key: int, count: int, start: int = 0) -> np.ndarray:
    """Elements `start .. start + count` of a stream, uint64."""
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z *= np.uint64(GOLDEN)
        z += np.uint64(key)
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        z *= np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return z


class Stream:
    """A stream read in order, for code that wants one number after another."""

    def __init__(self, name: str, seed: int):
        self.key = key(name, seed)
        self.at = 0

    def bits(self, count: int) -> np.ndarray:
        """The next `count` elements, uint64."""
        self.at += count
        return stream(self.key, count, self.at - count)

    def uniforms(self, count: int) -> np.ndarray:
        """The next `count` numbers in [0, 1): the top 53 bits."""
        return (self.bits(count) >> np.uint64(11)).astype(np.float64) / 2.0**53

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """One number in [low, high)."""
        return low + (high - low) * float(self.uniforms(1)[0])

    def below(self, n: int) -> int:
        """One integer in 0 .. n - 1."""
        return int(self.uniform() * n)
