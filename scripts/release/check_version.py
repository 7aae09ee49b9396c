"""The version is the same everywhere, and lists that belong together are equal.

    python3 -m scripts.release.check_version            between releases
    python3 -m scripts.release.check_version v0.1.0     at a tag: it names the version, and CHANGELOG.md has its date

Prints each disagreement, and then ends with exit status 1.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def toml(root: Path, name: str) -> dict:
    """The content of a TOML file."""
    return tomllib.loads((root / name).read_text(encoding="utf-8"))


def versions(root: Path, tag: str | None) -> list[str]:
    """What disagrees with `workspace.package.version` in Cargo.toml."""
    workspace = toml(root, "Cargo.toml")["workspace"]
    version = workspace["package"]["version"]
    wrong = []
    for name, crate in workspace["dependencies"].items():
        if "path" in crate and crate.get("version") != version:
            wrong.append(f"Cargo.toml: {name} has the version {crate.get('version')}, the workspace {version}")
    for manifest in sorted(root.glob("crates/*/Cargo.toml")) + sorted(root.glob("bindings/*/Cargo.toml")):
        if tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]["version"] != {"workspace": True}:
            wrong.append(f"{manifest.relative_to(root)}: write version.workspace = true")
    if "version" not in toml(root, "pyproject.toml")["project"].get("dynamic", []):
        wrong.append('pyproject.toml: write dynamic = ["version"], which takes it from Cargo.toml')
    if tag is not None and tag != f"v{version}":
        wrong.append(f"the tag {tag} is not v{version}, the version in Cargo.toml")
    return wrong + changelog(root, version, tag is not None)


def changelog(root: Path, version: str, released: bool) -> list[str]:
    """What is wrong with the newest heading of CHANGELOG.md; `released` demands its date."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## .*$", text, re.MULTILINE)
    date = r"\d{4}-\d{2}-\d{2}" if released else r"(\d{4}-\d{2}-\d{2}|unreleased)"
    wrong = []
    if newest is None or not re.fullmatch(rf"## \[{re.escape(version)}\] - {date}", newest[0]):
        wanted = "its date" if released else "its date or 'unreleased'"
        found = newest[0] if newest else "no heading"
        wrong.append(f"CHANGELOG.md: the newest heading must be '## [{version}] - ' and {wanted}, not '{found}'")
    if not re.search(rf"^\[{re.escape(version)}\]: .*/v{re.escape(version)}$", text, re.MULTILINE):
        wrong.append(f"CHANGELOG.md: no link for [{version}] in the last lines")
    return wrong


def lists(root: Path) -> list[str]:
    """Differences between files that list the same: licences, targets, the version of maturin."""
    deny, about = toml(root, "deny.toml"), toml(root, "about.toml")
    exceptions = {e["crate"]: sorted(e["allow"]) for e in deny["licenses"].get("exceptions", [])}
    clarified = {name: sorted(c["accepted"]) for name, c in about.items() if isinstance(c, dict)}
    targets = sorted(toml(root, "dist-workspace.toml")["dist"]["targets"])
    wheels, tests = maturin(root, "release/requirements-wheel.txt"), maturin(root, "python/requirements.txt")
    pairs = [
        ("licences in about.toml", about["accepted"], "deny.toml", deny["licenses"]["allow"]),
        ("exceptions in about.toml", clarified.items(), "deny.toml", exceptions.items()),
        ("targets in about.toml", about["targets"], "dist-workspace.toml", targets),
        ("targets in deny.toml", deny["graph"]["targets"], "dist-workspace.toml", targets),
        ("maturin in release/requirements-wheel.txt", wheels, "python/requirements.txt", tests),
    ]
    return [
        f"{what} and {where} differ: {sorted(a)}, {sorted(b)}" for what, a, where, b in pairs if sorted(a) != sorted(b)
    ]


def maturin(root: Path, name: str) -> list[str]:
    """The pins of maturin in a file of scripts/."""
    return re.findall(r"^maturin==\S+", (root / "scripts" / name).read_text(encoding="utf-8"), re.MULTILINE)


def main() -> int:
    """Prints what disagrees."""
    if len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = versions(ROOT, sys.argv[1] if len(sys.argv) == 2 else None) + lists(ROOT)
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
