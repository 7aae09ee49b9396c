"""How often intervals of FID hold, by three ways of finding the standard error, on sampled features.

For each case: what FID is at this N on average and how it scatters, from 600 samples; then standard error
said over true, and share of 95 % intervals that hold the average, of the infinitesimal jackknife, of the
jackknife over 20 blocks of each side in turn, and of the same on both sides at once.

    venv/bin/python -m scripts.compare.simulate_intervals [--runs 200]
"""

import argparse

import numpy as np

BLOCKS = 20
NORMAL, STUDENT_19 = 1.960, 2.093  # of 95 %


def stats(x):
    return x.mean(axis=0), np.cov(x, rowvar=False)


def fid(a, b) -> float:
    gap = a[0] - b[0]
    values, vectors = np.linalg.eigh(a[1])
    half = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    roots = np.sqrt(np.maximum(np.linalg.eigvalsh(half @ b[1] @ half), 0))
    return gap @ gap + np.trace(a[1]) + np.trace(b[1]) - 2 * roots.sum()


def infinitesimal(x, y) -> float:
    """Variance from first-order influences."""
    a, b = stats(x), stats(y)
    factor_a, factor_b = np.linalg.cholesky(a[1]), np.linalg.cholesky(b[1])
    u, s, vt = np.linalg.svd(factor_a.T @ factor_b)
    to_a = (u / np.sqrt(s)).T @ factor_a.T
    to_b = (vt.T / np.sqrt(s)).T @ factor_b.T

    def variance(rows, own, other, root):
        n, c = len(rows), rows - own[0]
        spread = (c**2).sum(axis=1) - ((c @ root.T) ** 2).sum(axis=1)
        influence = 2 * c @ (own[0] - other[0]) + n / (n - 1) * spread - np.trace(own[1]) + s.sum()
        return (influence**2).sum() / (n * (n - 1))

    return variance(x, a, b, to_b) + variance(y, b, a, to_a)


def without_blocks(x):
    """Statistics of all rows but one block, for each block; from moments."""
    (mean, sigma), n = stats(x), len(x)
    for block in range(BLOCKS):
        out = x[np.arange(n) % BLOCKS == block]
        k, mean_out = len(out), out.mean(axis=0)
        moment_out = (out - mean_out).T @ (out - mean_out)
        mean_rest = (mean * n - mean_out * k) / (n - k)
        gap = mean_out - mean_rest
        moment = sigma * (n - 1) - moment_out - np.outer(gap, gap) * k * (n - k) / n
        yield mean_rest, moment / (n - k - 1)


def jackknife(values) -> float:
    values = np.array(values)
    return (BLOCKS - 1) / BLOCKS * ((values - values.mean()) ** 2).sum()


def sampler(rng, kind: str, dim: int, same: bool):
    """Draws a real and a generated set of n rows."""
    weights = rng.normal(size=(dim, 8)) / 2
    other = weights if same else weights + 0.3 * rng.normal(size=weights.shape)
    spread = 1 / (1 + np.arange(dim) % 7)

    def draw(n, weights, shift):
        x = rng.normal(size=(n, 8)) @ weights.T + rng.normal(size=(n, dim)) * spread + shift
        return np.maximum(x, 0) if kind == "relu" else x

    return lambda n: (draw(n, weights, 0), draw(n, other, 0 if same else 0.2))


def simulate(rng, draw, n: int, runs: int) -> str:
    def value(sets):
        return fid(*map(stats, sets))

    truth = np.array([value(draw(n)) for _ in range(600)])
    results = []
    for _ in range(runs):
        x, y = draw(n)
        a, b = stats(x), stats(y)
        in_turn = jackknife([fid(rest, b) for rest in without_blocks(x)])
        in_turn += jackknife([fid(a, rest) for rest in without_blocks(y)])
        at_once = [fid(p, q) for p, q in zip(without_blocks(x), without_blocks(y), strict=True)]
        results.append([fid(a, b), infinitesimal(x, y), in_turn, jackknife(at_once)])
    results = np.array(results)
    text = f"mean {truth.mean():.4g}, spread {truth.std():.3g}"
    for column, (name, quantile) in enumerate(
        [("influences", NORMAL), ("blocks", NORMAL), ("blocks at once", STUDENT_19)], start=1
    ):
        variance = results[:, column]
        held = abs(results[:, 0] - truth.mean()) < quantile * np.sqrt(variance)
        text += f" | {name}: {np.sqrt(variance.mean()) / truth.std():.2f}, {held.mean():.3f}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(0)
    for kind in ["gauss", "relu"]:
        for dim in [16, 64]:
            for times in [2, 5, 20, 50]:
                for same in [False, True]:
                    draw = sampler(rng, kind, dim, same)
                    text = simulate(rng, draw, dim * times, runs)
                    print(f"{kind} d={dim} N={times}d same={same}: {text}", flush=True)


if __name__ == "__main__":
    main()
