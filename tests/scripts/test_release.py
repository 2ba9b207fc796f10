"""What is published: its metadata, its README on an index, and the script that makes a release ready."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from typing import TYPE_CHECKING

import pytest
import tomli

from hatch_build import absolute, urls
from scripts import release
from stackcheck.about import VERSION
from tests.cli.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REPOSITORY = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PUBLISHED = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*"), ROOT / "action.yml"]
CHANGELOG = "# Changelog\n\n## 0.2.0 (unreleased)\n\n- New.\n\n## 0.1.0 (2026-11-28)\n\n- First.\n"


class TestMetadata:
    def test_every_link_of_the_readme_works_on_an_index(self) -> None:
        shown = absolute(README, REPOSITORY, VERSION)
        links = re.findall(r"\]\(([^)\s]+)\)", shown)
        assert len(links) >= 3
        assert [link for link in links if not link.startswith("https://")] == []
        assert (
            re.findall(r"<(?:a|img)\b|^\[[^\]]+\]:", shown, re.MULTILINE) == []
        )  # forms of links that are not looked at
        start = f"{REPOSITORY}/blob/v{VERSION}/"
        assert [link for link in links if link.startswith(start) and not (ROOT / link[len(start) :]).exists()] == []

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("[a](docs/a.md#b)", "[a](https://x/y/blob/v1/docs/a.md#b)"),
            ("![a](docs/a.png)", "![a](https://x/y/raw/v1/docs/a.png)"),
            ("[a](https://z) [b](#c) [d](mailto:e@f)", "[a](https://z) [b](#c) [d](mailto:e@f)"),
        ],
    )
    def test_links(self, text: str, shown: str) -> None:
        assert absolute(text, "https://x/y", "1") == shown

    def test_one_setting_fills_the_addresses(self) -> None:
        assert "urls" in PROJECT["project"]["dynamic"]
        assert {url for url in urls("https://x/y", "1").values() if not url.startswith("https://x/y")} == set()

    def test_pages_and_examples_name_the_same_repository_and_release(self) -> None:
        name = REPOSITORY.removeprefix("https://github.com/")
        number = 0
        for path in (
            path for path in PUBLISHED if path.is_file() and path.suffix in (".md", ".yml", ".yaml", ".service")
        ):
            text = path.read_text(encoding="utf-8")
            named = re.findall(r"([\w-]+/stackcheck)(?:@v|:\d|$)", text, re.MULTILINE)
            assert [other for other in named if other != name] == [], f"{path}: replace it by {name}"
            pins = [pin[0].rpartition("v" if "v" in pin[1] else ":")[2] for pin in re.findall(rf"({PIN})", text)]
            assert [pin for pin in pins if pin != VERSION] == [], path
            number += len(named)
        assert number >= 6

    def test_classifiers_are_the_pythons_that_ci_tries(self) -> None:
        workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
        tried = re.findall(r'"(3\.\d+)"', workflow)
        stated = [text.rpartition(" ")[2] for text in PROJECT["project"]["classifiers"] if ":: 3." in text]
        assert stated == tried == [f"3.{minor}" for minor in release.MINORS]
        assert PROJECT["project"]["requires-python"] == f">={tried[0]}"

    def test_the_readme_begins_without_an_installation(self) -> None:
        first = re.findall(r"^```sh\n(\S+)", README, re.MULTILINE)[0]
        assert first == "uvx"
        assert README.index("pipx install stackcheck") < README.index(".venv/bin/pip install")


PIN = release.PIN.pattern


class TestRelease:
    def test_the_newest_section_gets_the_day(self) -> None:
        made = release.dated(CHANGELOG, "0.2.0", "2027-01-02")
        assert made == CHANGELOG.replace("(unreleased)", "(2027-01-02)")
        assert release.dated(made, "0.2.0", "2027-01-02") == made

    def test_a_release_needs_something_new(self) -> None:
        with pytest.raises(release.ReleaseError, match="write what is new there"):
            release.dated(CHANGELOG.replace("unreleased", "2026-12-01"), "0.3.0", "2027-01-02")

    @pytest.mark.parametrize("version", ["0.2", "0.2.0"])
    def test_the_version_stands_where_it_should(self, version: str) -> None:
        for name, pattern in release.VERSIONS.items():
            made = release.replaced((ROOT / name).read_text(encoding="utf-8"), pattern, version, name)
            assert f'ersion = "{version}"' in made.replace("VERSION", "version")
        with pytest.raises(release.ReleaseError, match="0 times"):
            release.replaced("", pattern, version, "a.py")

    def test_pythons_are_those_that_answer(self, tmp_path: Path) -> None:
        (tmp_path / "python3.99").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
        (tmp_path / "python3.99").chmod(0o755)
        found = dict(release.pythons([str(tmp_path / "python3.99"), sys.executable]))
        assert sys.version_info.minor in found
        assert list(found) == sorted(found)

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        """This checkout as it stands, in a repository of its own."""
        folder = tmp_path / "clone"
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.splitlines()
        if not names:
            pytest.skip("this is no checkout")
        for name in filter(lambda name: not name.startswith("tests/"), names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
            self.git(folder, *words)
        return folder

    def git(self, folder: Path, *words: str) -> str:
        who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout

    def ready(self, clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, clone / "scripts" / "release.py", *words]
        return subprocess.run(call, capture_output=True, text=True, check=False)

    @pytest.mark.parametrize(
        ("version", "reason"),
        [
            ("next", "next: is no version (PEP 440), such as 0.2.0."),
            ("v0.2.0", "v0.2.0: is written 0.2.0 (PEP 440)."),
            ("0.1.0", "There is a tag v0.1.0 already; a release has a new version."),
        ],
    )
    def test_what_is_in_the_way_changes_nothing(self, clone: Path, version: str, reason: str) -> None:
        self.git(clone, "tag", "v0.1.0")
        done = self.ready(clone, version)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"release: {reason}\n")
        (clone / "new.txt").touch()
        assert "is not committed" in self.ready(clone, "0.2.0").stderr
        assert self.git(clone, "status", "--porcelain") == "?? new.txt\n"

    def test_where_a_check_fails_the_files_are_as_before(self, clone: Path) -> None:
        (clone / "pyproject.toml").write_text(
            (clone / "pyproject.toml").read_text(encoding="utf-8").replace("[build-system]", "[build-systems]"),
            encoding="utf-8",
        )
        self.git(clone, "commit", "-qam", "broken")
        done = self.ready(clone, "0.2.0")
        assert done.returncode == 2
        assert done.stderr.startswith("release: ")
        assert self.git(clone, "status", "--porcelain") == ""

    @pytest.mark.network
    def test_a_release(self, clone: Path) -> None:
        """Built, checked, installed on this Python; it needs an index for what builds and runs."""
        pytest.importorskip("twine", reason="the extra `release` is not installed")
        done = self.ready(clone, "0.2.0", "--date", "2027-01-02")
        assert done.returncode == 0, done.stderr
        assert f"Python 3.{sys.version_info.minor}: installed, and judges the examples as it should" in done.stdout
        changed = self.git(clone, "diff", "--name-only").split()
        assert {"CHANGELOG.md", "pyproject.toml", "stackcheck/about.py", "README.md", "docs/ci.md"} <= set(changed)
        assert "\n## 0.2.0 (2027-01-02)\n" in (clone / "CHANGELOG.md").read_text(encoding="utf-8")
        assert "rev: v0.2.0" in (clone / "README.md").read_text(encoding="utf-8")
        names = ["stackcheck-0.2.0-py3-none-any.whl", "stackcheck-0.2.0.tar.gz", "stackcheck.pyz"]
        assert sorted(path.name for path in (clone / "dist").iterdir()) == names
        with zipfile.ZipFile(clone / "dist" / names[0]) as wheel:
            metadata = message_from_string(wheel.read("stackcheck-0.2.0.dist-info/METADATA").decode())
        assert f"Homepage, {REPOSITORY}" in metadata.get_all("Project-URL", [])
        assert f"]({REPOSITORY}/blob/v0.2.0/docs/README.md)" in metadata.get_payload()
        with tarfile.open(clone / "dist" / names[1]) as sdist:
            assert "stackcheck-0.2.0/hatch_build.py" in sdist.getnames()
        shown = subprocess.run(
            [sys.executable, "-I", clone / "dist" / names[2], "--version"], capture_output=True, text=True, check=True
        )
        assert shown.stdout.startswith("stackcheck 0.2.0 ")
