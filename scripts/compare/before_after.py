"""Compares two builds of fid-gpu, to the bit: for changes that must not move any value.

    python -m scripts.compare.before_after OLD NEW                    # two programs; minutes
    python -m scripts.compare.before_after OLD NEW --devices none --presets pytorch-fid,clean
    python -m scripts.compare.before_after --self-test OLD            # a spoiled answer is a difference

Both run on samples/ with the weights seeded:0, on the CPU and, if OLD lists one, on Vulkan (there the
first preset only, since a software driver is slow). Compared are

    reports    --json of every preset with all metrics, intervals, outliers and the explanation; of
               --suite adm, of --per-class and of several presets at once
    numbers    those that the program prints without --json
    files      --save-features, --save-logits and statistics files: the bytes of every array, and what
               statistics files say of themselves; also of two shards and their merge
    reading    NEW reads OLD's statistics file, OLD's cache and, for --fail-if-worse-than, OLD's report:
               with the same value, or refused with an exit status and a message
    statuses   of typical errors and limits

In reports, fields of IGNORED depend on time, version or wording, keys may change from kebab-case to
snake_case or as RENAMED says, and NEW may add fields. Needs Python alone. Prints a table; the exit
status is 1 if anything differs.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"
PRESETS = [
    "pytorch-fid", "torch-fidelity", "clean", "nvidia", "torchmetrics", "dgm-eval-clean", "pil-nearest", "pil-box",
    "pil-bilinear", "pil-bicubic", "pil-lanczos",
]  # fmt: skip
SEEDED = ["--weights", "seeded:0"]
METRICS = ["--metrics", "all", "--kid-subset-size", "20", "--interval", "--outliers", "3", "--explain"]

# Fields, by their last name, that depend on time, version or wording.
IGNORED = {
    "schema", "timestamp", "versions", "fid_gpu", "burn", "seconds", "stages", "decode_thread_seconds", "decoder", "notes",
    "remarks", "not_saved", "reason",
}  # fmt: skip
# Fields of OLD by the name they have in NEW.
RENAMED: dict[str, str] = {}
# Fields whose values are names of variants, which may change their spelling as keys may.
VARIANTS = {"trace_method", "method", "variant", "boundary"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclasses.dataclass
class Done:
    """A run that ended."""

    status: int
    stdout: str
    stderr: str


def run(program: str, *arguments: object) -> Done:
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return Done(done.returncode, done.stdout, done.stderr)


def snake(name: str) -> str:
    return RENAMED.get(name, name).replace("-", "_")


def flat(value, path: str = "") -> dict[str, object]:
    """Every leaf of a JSON value by its path, with keys in snake_case; IGNORED left out."""
    if isinstance(value, dict):
        kept = {snake(key): inner for key, inner in value.items() if snake(key) not in IGNORED}
        parts = [flat(inner, f"{path}/{key}") for key, inner in kept.items()]
    elif isinstance(value, list):
        parts = [flat(inner, f"{path}/{place}") for place, inner in enumerate(value)]
    else:
        name = path.rsplit("/", 1)[-1]
        return {path: snake(value) if name in VARIANTS and isinstance(value, str) else value}
    return {key: leaf for part in parts for key, leaf in part.items()}


def json_differences(old, new) -> list[str]:
    """Fields of `old` that `new` lacks or gives another value. One that is null may be absent."""
    a, b = flat(old), flat(new)
    return [
        f"{path}: {value!r} before, {b.get(path)!r} after"
        for path, value in a.items()
        if value != b.get(path) or (value is not None and type(value) is not type(b.get(path)))
    ]


def arrays(path: pathlib.Path) -> dict[str, object]:
    """The members of a statistics file: bytes, and JSON parsed; or the bytes of another file."""
    if path.suffix != ".npz":
        return {path.name: path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def file_differences(old: pathlib.Path, new: pathlib.Path) -> list[str]:
    a, b = arrays(old), arrays(new)
    found = [f"{name}: missing after" for name in a.keys() - b.keys()]
    for name in sorted(a.keys() & b.keys()):
        if "meta" in name:  # JSON in an array of bytes
            said = [json.loads(data[data.index(b"{", data.index(b"\n")) :]) for data in (a[name], b[name])]
            found += [f"{name}{line}" for line in json_differences(*said)]
        elif a[name] != b[name]:
            found.append(f"{name}: other bytes")
    return found


@dataclasses.dataclass
class Comparison:
    """Two programs, a folder for what they write, and what was found."""

    old: str
    new: str
    folder: pathlib.Path
    rows: list[tuple[str, str, list[str]]] = dataclasses.field(default_factory=list)

    def note(self, name: str, compared: str, differences: list[str]) -> None:
        self.rows.append((name, compared, differences))
        print(f"{'DIFFERS' if differences else 'equal':8} {name}: {compared}", flush=True)
        for line in differences[:12]:
            print(f"         {line}", flush=True)
        if len(differences) > 12:
            print(f"         and {len(differences) - 12} more", flush=True)

    def both(self, *arguments: object) -> tuple[Done, Done]:
        """Runs both. `{}` in an argument is the program's own folder."""
        each = []
        for name, program in [("old", self.old), ("new", self.new)]:
            (self.folder / name).mkdir(exist_ok=True)
            own = [str(argument).replace("{}", str(self.folder / name)) for argument in arguments]
            each.append(run(program, *own))
        return each[0], each[1]

    def status(self, name: str, *arguments: object) -> tuple[Done, Done]:
        old, new = self.both(*arguments)
        differs = [] if old.status == new.status else [f"{old.status} before, {new.status} after: {new.stderr.strip()}"]
        self.note(name, f"exit status {old.status}", differs)
        return old, new

    def report(self, name: str, *arguments: object) -> None:
        """`--json` of both."""
        old, new = self.both(*arguments, "--json", "--quiet")
        if old.status or new.status:
            self.note(name, "exit status", [f"{done.status}: {done.stderr.strip()}" for done in (old, new)])
            return
        said = [json.loads(done.stdout) for done in (old, new)]
        count = len(flat(said[0]))
        self.note(name, f"{count} fields, fid {said[0].get('fid', said[0].get('frechet'))}", json_differences(*said))

    def files(self, name: str, file: str) -> None:
        old, new = self.folder / "old" / file, self.folder / "new" / file
        missing = [f"{path} was not written" for path in (old, new) if not path.exists()]
        compared = f"{old.stat().st_size if old.exists() else 0} bytes, array by array"
        self.note(name, compared, missing or file_differences(old, new))

    def numbers(self, name: str, *arguments: object) -> None:
        """The numbers on standard output, without --json."""
        told = [(done.status, NUMBER.findall(done.stdout)) for done in self.both(*arguments, "--quiet")]
        differs = [] if told[0] == told[1] else [f"{told[0]} before, {told[1]} after"]
        self.note(name, f"{len(told[0][1])} numbers", differs)

    def read_by_new(self, name: str, reference: Done, arguments: list, hits: bool = False) -> None:
        """NEW must give the report that OLD gave, or refuse what OLD wrote and say so."""
        new = run(self.new, *arguments, "--json", "--quiet")
        if new.status:
            said = new.stderr.strip().splitlines()
            self.note(name, f"refused with exit status {new.status}: {said[0] if said else ''}", [] if said else ["no message"])
            return
        report = json.loads(new.stdout)
        differs = json_differences(without_cache(json.loads(reference.stdout)), without_cache(report))
        counted = f", {[report[side]['cache'] for side in ('real', 'fake')]}" if hits else ""
        self.note(name, f"read{counted}", differs)


def without_cache(report: dict) -> dict:
    """A report without the numbers of images that a cache had, and without how a side was given."""
    sides = {side: {key: value for key, value in report[side].items() if key == "images"} for side in ("real", "fake")}
    return report | sides


def compare(it: Comparison, device: str, presets: list[str]) -> None:
    network = [*SEEDED, "--device", device]
    sides = [SAMPLES / "real", SAMPLES / "fake"]
    for preset in presets:
        it.report(f"{device}, {preset}", "fid", *sides, *network, "--preset", preset, *METRICS)
    saved = ["--save-features", "{}/features", "--save-logits", "{}/features"]
    it.numbers(f"{device}, text", "fid", *sides, *network, "--metrics", "fid,kid,is", "--kid-subset-size", "20", *saved)
    for file in ["real-pool3.npy", "fake-pool3.npy", "real-logits.npy", "fake-logits.npy"]:
        it.files(f"{device}, {file}", f"features/{file}")
    stats = ["stats", sides[0], *network, "--quiet"]
    it.status(f"{device}, stats", *stats, "-o", "{}/real.npz", "--spatial")
    it.files(f"{device}, statistics", "real.npz")


def compare_once(it: Comparison, presets: list[str]) -> None:
    """Comparisons that run on one device and under one preset only."""
    network = [*SEEDED, "--device", "cpu"]
    sides = [SAMPLES / "real", SAMPLES / "fake"]
    if len(presets) > 1:
        it.report("several presets", "fid", *sides, *network, "--preset", ",".join(presets[:3]))
    it.report("suite adm", "fid", *sides, *network, "--suite", "adm")
    classes = [it.folder / "classes" / side.name for side in sides]
    for side, folder in zip(sides, classes):
        for place, file in enumerate(sorted(side.iterdir())):
            (folder / "ab"[place % 2]).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / "ab"[place % 2])
    it.report("per class", "fid", *classes, *network, "--per-class", "--class-min", "2")
    features = ["{}/features/real-pool3.npy", "{}/features/fake-pool3.npy"]
    for command, extra in [("frechet", []), ("kid", ["--kid-subset-size", "20"]), ("prdc", [])]:
        it.report(f"features, {command}", command, *features, *extra)

    for shard in "12":
        it.status(f"shard {shard}", "stats", sides[0], *network, "-o", f"{{}}/{shard}.npz", "--shard", f"{shard}/2", "--quiet")
    it.status("merge", "merge", "{}/1.npz", "{}/2.npz", "-o", "{}/merged.npz", "--quiet")
    it.files("merged statistics", "merged.npz")

    old = it.folder / "old"
    from_file = ["fid", old / "real.npz", sides[1], *network]
    it.read_by_new("OLD's statistics, read by NEW", run(it.old, *from_file, "--json", "--quiet"), from_file)
    cached = ["fid", *sides, *network, "--cache", old / "cache"]
    filling = run(it.old, *cached, "--json", "--quiet")
    it.read_by_new("OLD's cache, read by NEW", filling, cached, hits=True)
    (old / "report.json").write_text(filling.stdout)
    limit = ["fid", *sides, *network, "--fail-if-worse-than", old / "report.json", "--by", "0%"]
    it.read_by_new("OLD's report, read by NEW", run(it.old, *limit, "--json", "--quiet"), limit)


def statuses(it: Comparison) -> None:
    """Exit statuses of errors and limits."""
    network = [*SEEDED, "--device", "cpu", "--quiet"]
    real, fake, old = SAMPLES / "real", SAMPLES / "fake", it.folder / "old"
    bad, one, empty = (it.folder / name for name in ["bad", "one", "empty"])
    for folder in (bad, one, empty):
        folder.mkdir()
    for name in ["0000.png", "0001.png"]:
        source = next(path for path in sorted(fake.iterdir()) if path.suffix == ".png")
        shutil.copy(source, bad / name)
    (bad / "broken.png").write_bytes((bad / "0000.png").read_bytes()[:60])
    shutil.copy(bad / "0000.png", one)
    (it.folder / "broken.npz").write_bytes(b"PK\x03\x04")
    (it.folder / "text.pth").write_text("no weights")
    statistics = old / "real.npz"
    it.status("no arguments")
    it.status("unknown option", "fid", real, fake, "--nonsense")
    it.status("unknown preset", "fid", real, fake, *network, "--preset", "nonsense")
    it.status("unknown device", "fid", real, fake, *SEEDED, "--device", "nonsense")
    it.status("missing folder", "fid", it.folder / "missing", fake, *network)
    it.status("empty folder", "fid", empty, fake, *network)
    it.status("one image", "fid", statistics, one, *network)
    it.status("broken image", "fid", statistics, bad, *network)
    it.status("broken image, --skip-bad", "fid", statistics, bad, *network, "--skip-bad")
    it.status("broken statistics", "fid", it.folder / "broken.npz", bad, *network)
    it.status("broken weights", "fid", bad, bad, "--weights", it.folder / "text.pth", "--device", "cpu")
    it.status("metric that needs images", "fid", statistics, one, *network, "--metrics", "kid")
    it.status("three sides", "fid", statistics, one, fake, *network)
    it.status("limit exceeded", "fid", statistics, fake, *network, "--fail-above", "1")
    it.status("limit kept", "fid", statistics, fake, *network, "--fail-above", "1e6")
    it.status("another preset", "fid", statistics, fake, *network, "--preset", "clean")
    it.status("other weights", "fid", statistics, fake, "--weights", "seeded:1", "--device", "cpu")
    it.status("merge of one set with itself", "merge", statistics, statistics, "-o", "{}/twice.npz")
    it.status("a shard that is none", "stats", real, *network, "-o", "{}/none.npz", "--shard", "9/8")
    it.status("devices", "devices")
    it.status("version", "--version")
    it.status("weights where", "weights", "where")


def self_test(program: str) -> None:
    """Fails unless each spoiled answer is a difference."""
    command = ["fid", SAMPLES / "real", SAMPLES / "fake", *SEEDED, "--device", "cpu", "--json", "--quiet"]
    report = json.loads(run(program, *command).stdout)
    assert json_differences(report, report) == []
    renamed = {"a-b": 1.0, "none": None, "seconds": 1, "trace_method": "cross-gram"}
    assert json_differences(renamed, {"a_b": 1.0, "added": 2, "trace_method": "cross_gram"}) == []
    one_bit = report["fid"] * (1 + 2**-52)
    for spoiled in [
        report | {"fid": one_bit},
        report | {"fid": str(report["fid"])},
        report | {"real": report["fake"]},
        {key: value for key, value in report.items() if key != "mean_term"},
    ]:
        assert json_differences(report, spoiled), spoiled
    with tempfile.TemporaryDirectory() as folder:
        good, bad = pathlib.Path(folder) / "good.npz", pathlib.Path(folder) / "bad.npz"
        for path, value in [(good, b"\0"), (bad, b"\1")]:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("mu.npy", value)
        assert file_differences(good, good) == [] and file_differences(good, bad)
    print("every spoiled answer is a difference")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares two builds of fid-gpu, to the bit.")
    parser.add_argument("old", help="the program before the change")
    parser.add_argument("new", nargs="?", help="the program after it")
    parser.add_argument("--devices", help="beside the CPU, or none [default: vulkan if there is one]")
    parser.add_argument("--presets", default=",".join(PRESETS), help="[default: all]")
    parser.add_argument("--self-test", action="store_true", help="only show that spoiled answers are found")
    args = parser.parse_args()
    if args.self_test:
        return self_test(args.old)
    if not args.new:
        parser.error("NEW is missing")
    listed = run(args.old, "devices").stdout
    found = args.devices or ("vulkan" if "vulkan" in listed else "none")
    devices = ["cpu", *(name for name in found.split(",") if name not in ("cpu", "none"))]
    presets = args.presets.split(",")
    with tempfile.TemporaryDirectory() as folder:
        it = Comparison(args.old, args.new, pathlib.Path(folder))
        for device in devices:
            compare(it, device, presets if device == "cpu" else presets[:1])
        compare_once(it, presets)
        statuses(it)
    differ = [name for name, _, differences in it.rows if differences]
    width = max(len(name) for name, _, _ in it.rows)
    print()
    for name, compared, differences in it.rows:
        print(f"{name:{width}}  {'DIFFERS' if differences else 'equal  '}  {compared}")
    print(f"\n{len(it.rows)} comparisons, {len(differ)} differ" + "".join(f"\n  {name}" for name in differ))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
