"""Times one program's Frechet distance alone, in a process of its own.

    sqrtm       pytorch-fid's function (clean-fid's is the same): scipy.linalg.sqrtm
    eigvals     torch-fidelity's function: eigenvalues of the product
    cholesky    the fastest route through LAPACK: eigenvalues of L^T S2 L, where S1 = L L^T;
                needs more images than dimensions

Reads raw f64 files, the mean [2048] and then the covariance [2048,2048]. Prints one line of JSON.
"""

import argparse
import json
import time
import warnings

import numpy as np

DIM = 2048
warnings.simplefilter("ignore")  # pytorch-fid calls sqrtm in a way that SciPy deprecates


def sqrtm():
    from pytorch_fid.fid_score import calculate_frechet_distance

    return lambda a, b: calculate_frechet_distance(*a, *b)


def eigvals():
    from torch_fidelity.metric_fid import fid_statistics_to_metric

    named = lambda s: {"mu": s[0], "sigma": s[1]}
    return lambda a, b: fid_statistics_to_metric(named(a), named(b), verbose=False)[
        "frechet_inception_distance"
    ]


def cholesky():
    from scipy.linalg import blas, cholesky, eigvalsh

    def distance(a, b):
        factor = cholesky(a[1], lower=True, check_finite=False)
        # L^T S2 L; S2 is symmetric, so that its transpose is the layout BLAS wants.
        product = blas.dtrmm(1.0, factor, b[1].T, lower=1, trans_a=1)  # L^T S2
        product = blas.dtrmm(1.0, factor, product, side=1, lower=1, overwrite_b=1)
        roots = np.sqrt(np.maximum(eigvalsh(product, overwrite_a=True, check_finite=False), 0))
        traces = np.trace(a[1]) + np.trace(b[1])
        return np.sum((a[0] - b[0]) ** 2) + traces - 2 * np.sum(roots)

    return distance


METHODS = {"sqrtm": sqrtm, "eigvals": eigvals, "cholesky": cholesky}


def main() -> None:
    parser = argparse.ArgumentParser(description="Times one program's Frechet distance.")
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--a", required=True)
    parser.add_argument("--b", required=True)
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()

    raw = [np.fromfile(path, "<f8") for path in [args.a, args.b]]
    a, b = ((x[:DIM], x[DIM:].reshape(DIM, DIM)) for x in raw)
    distance = METHODS[args.method]()
    small = lambda s: (s[0][:64], np.ascontiguousarray(s[1][:64, :64]))
    distance(small(a), small(b))  # loads what loads late
    rounds, wall, cpu = 0, time.perf_counter(), time.process_time()
    while rounds == 0 or time.perf_counter() - wall < args.seconds:
        value = float(distance(a, b))
        rounds += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"rounds": rounds, "wall_s": wall, "cpu_s": cpu, "value": value}))


if __name__ == "__main__":
    main()
