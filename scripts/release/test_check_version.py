"""Each thing that check_version compares, spoilt in a copy of the files, is reported."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

from scripts.release.check_version import ROOT, lists, toml, versions

FILES = [
    "Cargo.toml",
    "CHANGELOG.md",
    "about.toml",
    "deny.toml",
    "dist-workspace.toml",
    "pyproject.toml",
    "bindings/python/Cargo.toml",
    "crates/fid-core/Cargo.toml",
    "scripts/python/requirements.txt",
    "scripts/release/requirements-wheel.txt",
]


class CheckVersion(unittest.TestCase):
    """In a folder with copies of the repository's files."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in FILES:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        self.version = toml(self.root, "Cargo.toml")["workspace"]["package"]["version"]

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces the first `old` in a file."""
        text = (self.root / name).read_text(encoding="utf-8")
        self.assertIn(old, text)
        (self.root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def release(self) -> None:
        """The one edit of a release: the date."""
        text = (self.root / "CHANGELOG.md").read_text(encoding="utf-8")
        dated = text.replace(f"## [{self.version}] - unreleased", f"## [{self.version}] - 2026-12-01")
        (self.root / "CHANGELOG.md").write_text(dated, encoding="utf-8")

    def reported(self, part: str, tag: str | None = None) -> None:
        """Exactly one line is reported, and it contains `part`."""
        wrong = versions(self.root, tag) + lists(self.root)
        self.assertEqual(len(wrong), 1, wrong)
        self.assertIn(part, wrong[0])

    def test_a_prepared_release_agrees(self) -> None:
        self.release()
        self.assertEqual(versions(self.root, f"v{self.version}") + lists(self.root), [])

    def test_the_tag_is_the_version(self) -> None:
        self.release()
        self.reported("the tag v9.9.9", "v9.9.9")

    def test_a_tag_needs_a_date(self) -> None:
        path = self.root / "CHANGELOG.md"
        heading = rf"^## \[{re.escape(self.version)}\] - .*$"
        text, edits = re.subn(heading, f"## [{self.version}] - unreleased", path.read_text(encoding="utf-8"), flags=re.M)
        self.assertEqual(edits, 1)
        path.write_text(text, encoding="utf-8")
        self.reported("its date", f"v{self.version}")

    def test_the_changelog_has_the_version(self) -> None:
        self.edit("CHANGELOG.md", f"## [{self.version}]", "## [9.9.9]")
        self.reported("the newest heading")

    def test_the_changelog_links_the_version(self) -> None:
        self.edit("CHANGELOG.md", f"\n[{self.version}]:", "\n[9.9.9]:")
        self.reported("no link")

    def test_crates_depend_on_the_version(self) -> None:
        self.edit("Cargo.toml", f'crates/fid-core", version = "{self.version}"', 'crates/fid-core", version = "9.9.9"')
        self.reported("fid-core has the version 9.9.9")

    def test_crates_take_the_version_from_the_workspace(self) -> None:
        self.edit("crates/fid-core/Cargo.toml", "version.workspace = true", 'version = "9.9.9"')
        self.reported("version.workspace")

    def test_the_python_package_takes_the_version_from_cargo(self) -> None:
        self.edit("pyproject.toml", 'dynamic = ["version"]', 'version = "0.1.0"')
        self.reported("pyproject.toml")

    def test_licences_are_listed_twice(self) -> None:
        self.edit("about.toml", '"ISC",', "")
        self.reported("licences in about.toml")

    def test_exceptions_are_listed_twice(self) -> None:
        self.edit("about.toml", "[colored]", "[coloured]")
        self.reported("exceptions in about.toml")

    def test_targets_are_listed_thrice(self) -> None:
        self.edit("deny.toml", '"x86_64-apple-darwin",', "")
        self.reported("targets in deny.toml")

    def test_wheels_are_tested_with_the_maturin_of_a_release(self) -> None:
        self.edit("scripts/release/requirements-wheel.txt", "maturin==", "maturin==9.")
        self.reported("maturin")


if __name__ == "__main__":
    unittest.main()
