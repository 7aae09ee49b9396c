"""The command line: `python -m fid_gpu`, and the entry point `fid-gpu`."""

from __future__ import annotations

import signal
import sys

from fid_gpu import _native


def main() -> int:
    """Runs the program `fid-gpu` with this process's arguments. Returns its exit status."""
    # The program runs outside Python, whose handler would wait for it to end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run_program(["fid-gpu", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
