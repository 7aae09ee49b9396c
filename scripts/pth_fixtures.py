"""Writes small state dicts as PyTorch itself does: crates/fid-weights/tests/fixtures/*.pt.

In each of them are a dense tensor, one that is stored transposed, one that begins within its storage, a
parameter, half-precision values and a counter.
"""

import collections
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "fid-weights" / "tests" / "fixtures"


def state_dict():
    values = torch.arange(12, dtype=torch.float32)
    entries = collections.OrderedDict(
        dense=values.reshape(3, 4).clone(),
        transposed=values.reshape(4, 3).t(),
        part=values[5:8],
        parameter=torch.nn.Parameter(torch.tensor([0.5, -2.0])),
        half=torch.tensor([1.0, 2.0], dtype=torch.float16),
        counter=torch.tensor(7),
    )
    # As every module's state dict has it.
    entries._metadata = collections.OrderedDict({"": {"version": 1}})
    return entries


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.save(state_dict(), FOLDER / "zip.pt")
    torch.save(state_dict(), FOLDER / "zip_protocol_4.pt", pickle_protocol=4)
    torch.save(state_dict(), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(dict(state_dict()), FOLDER / "legacy_protocol_4.pt", pickle_protocol=4,
               _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), FOLDER / "module.pt")


if __name__ == "__main__":
    main()
