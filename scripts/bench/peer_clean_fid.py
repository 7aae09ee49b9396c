"""Runs clean-fid on two folders, with weights from here instead of its download.

clean-fid takes its network as TorchScript, from a fixed place or the network. `make` traces
pytorch-fid's network, which has the same layers, into the form clean-fid asks for: an attribute
`layers` that turns scaled images into [N,2048]. `run` points clean-fid to such a file and prints
the FID under its mode `clean`, on the CPU with a worker for each core.

    peer_clean_fid.py make WEIGHTS.pth FOLDER
    peer_clean_fid.py run FOLDER REAL FAKE
"""

import argparse
import os
import pathlib
import warnings

import torch

NAME = "inception-2015-12-05.pt"
warnings.simplefilter("ignore")


class Stand(torch.nn.Module):
    """What clean-fid loads."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x, return_features: bool = True):
        return self.layers((x - 128) / 128)


def make(weights: pathlib.Path, folder: pathlib.Path) -> None:
    from scripts.fixtures import originals

    network = originals.fid_inception(torch.load(weights, weights_only=True))
    network.fc = torch.nn.Identity()
    with torch.no_grad():
        layers = torch.jit.trace(network, torch.zeros(2, 3, 299, 299))
    torch.jit.script(Stand(layers)).save(folder / NAME)


def run(folder: pathlib.Path, real: pathlib.Path, fake: pathlib.Path) -> None:
    from cleanfid import features, fid

    network = features.InceptionV3W
    features.InceptionV3W = lambda path, **options: network(str(folder), **options)
    options = {"device": torch.device("cpu"), "use_dataparallel": False, "verbose": False}
    value = fid.compute_fid(str(real), str(fake), num_workers=os.cpu_count(), **options)
    print(f"FID: {value:.10f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs clean-fid with weights from here.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("weights", type=pathlib.Path)
    making.add_argument("folder", type=pathlib.Path)
    running = commands.add_parser("run")
    running.add_argument("folder", type=pathlib.Path)
    running.add_argument("real", type=pathlib.Path)
    running.add_argument("fake", type=pathlib.Path)
    args = parser.parse_args()
    if args.command == "make":
        make(args.weights, args.folder)
    else:
        run(args.folder, args.real, args.fake)


if __name__ == "__main__":
    main()
