"""Checks an ONNX file of export_onnx.py against pytorch-fid's network on one image.

`onnx.reference` computes the nodes in plain NumPy and takes minutes for a full image, so the image
here is smaller than the 299 x 299 of the network: every node is still used, the last block at
3 x 3. Prints the largest difference relative to the largest value.

    venv/bin/python -m scripts.compare.check_onnx fid.onnx pt_inception-2015-12-05-6726825d.pth
"""

import argparse

import numpy as np
import onnx
import torch
from onnx.reference import ReferenceEvaluator

from scripts.fixtures import originals
from scripts.fixtures.splitmix import key, stream

SIDE = 139


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks an exported network.")
    parser.add_argument("onnx")
    parser.add_argument("pth")
    args = parser.parse_args()
    noise = stream(key("check_onnx", 0), 3 * SIDE * SIDE) >> np.uint64(56)
    x = (noise.astype(np.float32) / 127.5 - 1.0).reshape(1, 3, SIDE, SIDE)

    got = ReferenceEvaluator(onnx.load(args.onnx)).run(None, {"x": x})
    network = originals.fid_inception(torch.load(args.pth, weights_only=True))
    pooled = []
    network.avgpool.register_forward_hook(lambda _m, _i, out: pooled.append(out.flatten(1)))
    with torch.no_grad():
        logits = network(torch.from_numpy(x))
    for name, ours, theirs in zip(["pool3", "logits"], got, [*pooled, logits]):
        theirs = theirs.numpy()
        worst = np.abs(ours - theirs).max() / np.abs(theirs).max()
        print(f"{name} {ours.shape}: relative difference {worst:.2e}")
        assert ours.shape == theirs.shape and worst < 1e-4


if __name__ == "__main__":
    main()
