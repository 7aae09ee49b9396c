"""Checks in the assembly that the tiles of the CPU's convolutions stay in registers.

    python3 -m scripts.check_spills [--target aarch64-unknown-linux-gnu]

Compiles `fid-cpu` and looks for the inner loops of each tile of `with_tile!` in
`crates/fid-cpu/src/kernels/tile.rs`: as many broadcasts as pixels, as many multiply-adds as sums. The
direct convolution and Winograd's must have one each, which neither stores a vector to the stack nor
loads one from it, and reads at most two other values from it (an address, the end of the loop).
Another target needs its standard library, `rustup target add`, and no linker.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
TILES = ROOT / "crates/fid-cpu/src/kernels/tile.rs"
# Lanes of a vector, and how each architecture writes what is counted.
X86 = {
    "lanes": {16: "zmm", 8: "ymm"},
    "fma": r"\svfn?madd\d+ps\s.*%REGISTER",
    "broadcast": r"\svbroadcastss\s.*\(|\{1to\d+\}",
    "stack": r"\(%rsp",
    "vector": r"%[xyz]mm\d",
    "store": r"\svmov\w+\s+%[xyz]mm\d+, [^%]*\((?!%rsp)",
}
ARM = {
    "lanes": {4: "v"},
    "fma": r"\sfmla\s+REGISTER",
    "broadcast": r"\sld1r\s|\sldr\s+s\d",
    "stack": r"\[sp\b",
    "vector": r"\s[qdsv]\d+\b",
    "store": r"\sst(r|p|1)\s+\{?\s*[qv]\d.*\[(?!sp)",
}


def assembly(target: str | None) -> str:
    """The assembly of the crate as it is released."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["cargo", "rustc", "--release", "--locked", "-p", "fid-cpu", "--lib"]
        command += ["--target", target] * (target is not None)
        flags = ["--emit", f"asm={folder}/fid_cpu.s", "-C", "codegen-units=1"]
        subprocess.run([*command, "--", *flags], cwd=ROOT, check=True)
        return pathlib.Path(folder, "fid_cpu.s").read_text()


def loops(text: str) -> list[list[str]]:
    """The instructions of every innermost loop."""
    found = []
    for function in re.split(r"\n(?=[^.\s#][^\n]*:\n)", text):
        lines = [line.split("#")[0] for line in function.splitlines()]
        place = {line[:-1]: at for at, line in enumerate(lines) if re.match(r"\.L\w+:$", line)}
        ends = {}
        for at, line in enumerate(lines):
            jump = re.match(r"\s(?:j\w+|b(?:\.\w+)?|cbn?z|tbn?z)\s.*?(\.L\w+)$", line.rstrip())
            start = place.get(jump[1]) if jump else None
            if start is not None and start < at:
                ends.setdefault(start, at)
        spans = [(start, end) for start, end in ends.items()]
        inner = lambda a: not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in spans)
        found += [lines[start : end + 1] for start, end in filter(inner, spans)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", help="a target of rustc instead of this machine's")
    args = parser.parse_args()
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    name = args.target or re.search(r"host: (\S+)", host)[1]
    machine = ARM if name.startswith("aarch64") else X86
    tiles, lanes = [], 0
    for line in TILES.read_text().splitlines():
        if arm := re.match(r"\s+(\d+|_) => (match|\$self)", line):
            # The arms of the match over panels are indented further.
            if line.startswith(" " * 12 + arm[1]):
                lanes = 4 if arm[1] == "_" else int(arm[1])
        if tile := re.search(r"::<\$S, (\d+), (\d+), (\d+)>", line):
            tiles.append((lanes, *map(int, tile.groups())))
    inner, failed, seen = loops(assembly(args.target)), False, 0
    for lanes, pixels, panels, vectors in tiles:
        if lanes not in machine["lanes"]:
            continue
        seen += 1
        register = machine["lanes"][lanes]
        sums = pixels * panels * vectors
        matches = lambda what, lines: sum(
            bool(re.search(machine[what].replace("REGISTER", register), line)) for line in lines
        )
        # A loop may be unrolled. One that writes to memory is a transformation of tiles.
        times = lambda lines: matches("fma", lines) / sums
        is_tile = lambda lines: (
            times(lines) in (1, 2, 4, 8)
            and matches("broadcast", lines) == pixels * times(lines)
            and not matches("store", lines)
        )
        found = [lines for lines in inner if is_tile(lines)]
        stack = [[l for l in lines if re.search(machine["stack"], l)] for lines in found]
        spills = [sum(bool(re.search(machine["vector"], l)) for l in lines) for lines in stack]
        others = [len(lines) - spilled for lines, spilled in zip(stack, spills)]
        good = len(found) >= 2 and not any(spills) and all(n <= 2 for n in others)
        failed |= not good
        print(
            f"{'ok' if good else 'FAILED'}: {lanes} lanes, {pixels} pixels x {panels * 16} filters: "
            f"{len(found)} loops, vectors on the stack {spills}, other values {others}"
        )
    if failed or not seen:
        sys.exit("a tile has no inner loop that stays in registers")


if __name__ == "__main__":
    main()
