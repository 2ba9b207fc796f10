"""An environment against its own metadata: what is said, what stays quiet, and the same answers as `pip check`."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from stackcheck.judge import consistency
from stackcheck.judge.consistency import findings
from stackcheck.model import Finding, Known, Location, Origin, Stack, Unknown, Unread
from stackcheck.scan import metadata
from stackcheck.scan.view import HostView
from tests.cli.command import stackcheck

SITE = "/env/lib/python3.11/site-packages"
FACTS = {"arch": "aarch64", "os": "linux", "python": "3.11.9", "glibc": "2.35"}


@dataclass(frozen=True)
class Dist:
    """One installed distribution."""

    name: str
    version: str = "1.0"
    requires: tuple[metadata.Requirement, ...] = ()
    requires_python: str | None = None
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] | None = None
    folder: str = SITE

    @property
    def path(self) -> str:
        """Its metadata file."""
        return f"{self.folder}/{self.name}-{self.version}.dist-info/METADATA"


def dist(name: str, version: str = "1.0", *requires: str, **more: object) -> Dist:
    texts = tuple(metadata.Requirement(text, 10 + number) for number, text in enumerate(requires))
    return Dist(name, version, texts, **more)  # type: ignore[arg-type]


def stack(*dists: Dist, facts: dict[str, str] | None = None, complete: bool = True) -> Stack:
    """The machine on which these are installed; the first of a name is in use."""
    packages = {one.name: Known(one.version, Origin("installed", one.folder)) for one in reversed(dists)}
    known = {name: Known(value, Origin(f"{name} is {value}", "probe")) for name, value in (facts or FACTS).items()}
    return Stack(facts=known, packages=packages, complete=frozenset(("packages",) if complete else ()))


def said(*dists: Dist, facts: dict[str, str] | None = None) -> list[Finding]:
    return list(findings(stack(*dists, facts=facts), dists))


def test_a_conflict_names_both_and_the_line() -> None:
    (finding,) = said(dist("a", "1.5", "numpy<2,>=1.21"), dist("numpy", "2.3.5"))
    assert (finding.severity, finding.id, finding.subject) == ("warning", "consistency/conflict-numpy", "numpy")
    assert finding.message == "numpy 2.3.5 is installed, and excluded by a 1.5 (numpy<2,>=1.21)."
    assert finding.because[0].text == "a 1.5 requires numpy<2,>=1.21"
    assert finding.because[0].origin == f"{SITE}/a-1.5.dist-info/METADATA:10"
    assert finding.fix is not None
    assert finding.fix.commands == ("pip install 'numpy<2,>=1.21'",)


def test_the_fix_thinks_of_those_that_are_content() -> None:
    (finding,) = said(dist("a", "1", "numpy<2.3"), dist("b", "1", "numpy>=2"), dist("numpy", "2.3.5"))
    assert finding.fix is not None
    assert finding.fix.commands == ("pip install 'numpy<2.3,>=2'",)
    (finding,) = said(dist("a", "1", "numpy<2"), dist("b", "1", "numpy>=2"), dist("numpy", "2.3.5"))
    assert finding.fix is not None
    assert finding.fix.text.startswith("No numpy meets all that require it")
    assert [reason.text for reason in finding.because] == ["a 1 requires numpy<2", "b 1 requires numpy>=2"]
    assert finding.involves == ("a", "b", "numpy")


def test_a_missing_requirement_is_one_finding_for_all_that_miss_it() -> None:
    (finding,) = said(dist("a", "1", "b>=1"), dist("c", "2", "B (>=2)"))
    assert finding.message == "b is not installed, and is required by a 1 (b>=1), c 2 (B (>=2))."
    assert finding.involves == ("a", "b", "c")
    assert len(finding.because) == 2


@pytest.mark.parametrize(
    "requirement",
    [
        "b",
        "b>=2",
        "b==2.*",
        "b[x,y]~=2.1",
        "b (>=2,<3)",
        "b>=2.1.dev0",
        "b @ https://example.org/b-9.whl",
        'c; extra == "dev"',
        "c>=1 ; (extra == 'dev')",
        'c; python_version < "3.11"',
        'c; sys_platform == "win32"',
        'c; platform_machine == "x86_64" and python_version >= "3"',
        'c; python_version < "3" or sys_platform == "darwin"',
        'c; python_version >= "3.8" and extra == "dev"',
        'c; platform_version == "unknown"',
        "c; nonsense",
        "!!!",
        "",
        "b ===2.1",
    ],
)
def test_what_is_met_or_not_asked_says_nothing(requirement: str) -> None:
    assert said(dist("a", "1", requirement), dist("b", "2.1")) == []


@pytest.mark.parametrize(
    "requirement",
    [
        "c",
        'c; python_version >= "3.11"',
        'c; sys_platform == "linux" and platform_machine == "aarch64"',
        'c; python_full_version > "3.11.8"',
        'c; python_version < "3" or sys_platform == "linux"',
        'c; (os_name == "posix")',
        'c; "linux" in sys_platform',
        'c; os_name != "nt"',
        'c; platform_python_implementation == "CPython" and python_version ~= "3.9"',
        "c @ file:///wheels/c.whl",
    ],
)
def test_what_is_missing(requirement: str) -> None:
    (finding,) = said(dist("a", "1", requirement), dist("b", "2.1"))
    assert finding.id == "consistency/missing-c"


def test_what_is_not_known_accuses_nobody() -> None:
    one = dist("a", "1", "c", 'd; python_version >= "3"')
    assert list(findings(stack(one, complete=False), [one])) == []
    assert [finding.subject for finding in said(one, facts={"os": "linux"})] == ["c"]
    unsure = stack(one)
    unsure = Stack(
        **{**unsure.__dict__, "packages": {**unsure.packages, "c": Unknown("two records"), "d": Unknown("x")}}
    )
    assert list(findings(unsure, [one])) == []


def test_nvidias_previews_count_as_their_release() -> None:
    preview = dist("torch", "2.9.0a0+50eac811a6.nv25.09")
    assert said(dist("a", "1", "torch>=2.9"), preview) == []
    assert len(said(dist("a", "1", "torch>=2.10"), preview)) == 1


def test_the_systems_own_packages_are_a_note() -> None:
    debian = dist("a", "1", "b", folder="/usr/lib/python3/dist-packages")
    assert [finding.severity for finding in said(debian)] == ["note"]
    assert [finding.severity for finding in said(debian, dist("c", "1", "b"))] == ["warning"]


def test_a_python_that_the_distribution_excludes() -> None:
    (finding,) = said(dist("a", "1", requires_python=">=3.8, <3.11"))
    assert (finding.severity, finding.id) == ("warning", "consistency/python-a")
    assert finding.message == "a 1 is for Python >=3.8, <3.11; this environment has 3.11.9."
    assert said(dist("a", "1", requires_python=">=3.8"), dist("b", "1", requires_python="nonsense")) == []


X86 = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")


def test_a_library_of_another_machine_is_an_error_with_both_tags() -> None:
    files = (("a/_x.cpython-311-x86_64-linux-gnu.so", "1"), ("a/__init__.py", "2"))
    (finding,) = said(dist("a", "1", tags=X86, files=files))
    assert (finding.severity, finding.id, finding.involves) == ("error", "consistency/arch-a", ("a", "arch"))
    assert finding.message == (
        "a 1 is a wheel for manylinux2014_x86_64, manylinux_2_17_x86_64; this machine is linux_aarch64, where its "
        "compiled files (_x.cpython-311-x86_64-linux-gnu.so) do not load."
    )
    assert "wheel tags cp311-cp311-manylinux_2_17_x86_64" in finding.because[0].text


@pytest.mark.parametrize(
    ("tags", "files"),
    [
        ((), None),
        (("py3-none-any",), None),
        (("cp39-cp39-any",), (("a/b.py", "1"),)),
        (("cp311-cp311-musllinux_1_2_aarch64",), None),
        (("cp311-cp311-linux_x86_64", "cp311-cp311-linux_aarch64"), None),
        (X86, (("a/b.py", "1"),)),
        (X86, None),
        (X86, (("a/_x.cpython-311-aarch64-linux-gnu.so", "1"),)),
        (("cp310-cp310-linux_aarch64",), (("a/b.py", "1"),)),
        (("cp310-cp310-linux_aarch64",), (("a/_x.cpython-310-aarch64-linux-gnu.so", "1"), ("a/_y.abi3.so", "1"))),
        (("cp311-cp311-manylinux_2_39_aarch64", "cp311-cp311-manylinux_2_17_aarch64"), None),
        (("cp311-cp311-manylinux2014_aarch64",), None),
    ],
    ids=[
        "no tag",
        "pure",
        "cp39 on pure Python",
        "musl",
        "several",
        "no compiled file",
        "no record",
        "files of this machine",
        "other Python without modules",
        "stable ABI too",
        "an older glibc too",
        "old name",
    ],
)
def test_tags_alone_prove_nothing(tags: tuple[str, ...], files: tuple[tuple[str, str], ...] | None) -> None:
    assert said(dist("a", "1", tags=tags, files=files)) == []


def test_modules_of_another_python() -> None:
    files = (("a/_x.cpython-310-aarch64-linux-gnu.so", "1"),)
    (finding,) = said(dist("a", "1", tags=("cp310-cp310-linux_aarch64",), files=files))
    assert finding.message == "a 1 has compiled modules for Python 3.10 alone; this environment has 3.11.9."


def test_a_newer_glibc() -> None:
    (finding,) = said(dist("a", "1", tags=("cp311-cp311-manylinux_2_39_aarch64",)))
    assert (finding.severity, finding.id) == ("warning", "consistency/glibc-a")
    assert finding.message == "a 1 is a wheel for glibc 2.39 or newer; this machine has 2.35."


def test_machine_and_glibc_that_are_not_known_say_nothing() -> None:
    wrong = dist("a", "1", tags=X86, files=(("a/_x.so", "1"),))
    newer = dist("b", "1", tags=("cp311-cp311-manylinux_2_99_aarch64",))
    assert said(wrong, newer, facts={"os": "linux", "python": "3.11.9"}) == []
    assert said(newer, facts={"os": "linux", "arch": "aarch64"}) == []


def test_two_records_in_one_folder() -> None:
    one, other = dist("a", "1"), dist("a", "2")
    both = Stack(packages={"a": Unknown("two records")})
    (finding,) = findings(both, [one, other])
    assert (finding.severity, finding.id) == ("warning", "consistency/twice-a")
    assert "several records (1, 2)" in finding.message


def test_what_hides_another_is_one_note_and_is_judged_alone() -> None:
    first = dist("a", "2", folder="/ros/site-packages")
    hidden = dist("a", "1", "missing")
    (finding,) = said(first, hidden, dist("b", "1", "a>=2"))
    assert (finding.severity, finding.id) == ("note", "consistency/hidden")
    assert "1 distribution is on the path in two versions; the first one counts: a 2 (not 1)." in finding.message
    assert said(dist("a", "2"), dist("a", "2", folder="/other")) == []


def test_files_that_two_own() -> None:
    one = dist("onnxruntime", "1", files=(("ort/__init__.py", "x"), ("ort/same.py", "s"), ("../../bin/t", "x")))
    other = dist("onnxruntime-gpu", "1", files=(("ort/__init__.py", "y"), ("ort/same.py", "s"), ("../../bin/t", "y")))
    (finding,) = said(one, other)
    assert (finding.severity, finding.id) == ("warning", "consistency/files-onnxruntime")
    assert finding.message == (
        "onnxruntime 1 and onnxruntime-gpu 1 own the same file (ort/__init__.py) with different content; "
        "what was installed last is there."
    )


def test_what_could_not_be_read_is_said() -> None:
    (finding,) = findings(stack(), [], [Unread("a cannot be read.", Location("/a"))])
    assert (finding.kind, finding.severity) == ("reading", "unknown")


# --- the command ---------------------------------------------------------------------------------------------


def test_check_says_it_of_an_environment_and_not_of_a_document(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "foo-1.0.dist-info").mkdir()
    (site / "foo-1.0.dist-info" / "METADATA").write_text("Name: foo\nVersion: 1.0\nRequires-Dist: bar>=2\n")
    done = stackcheck("check", "--python", str(tmp_path / "env"), "--format", "json", cwd=tmp_path)
    assert "consistency/missing-bar" in [finding["id"] for finding in done.findings("warning")]
    done = stackcheck("check", "--target", "dgx-spark", "--format", "json", cwd=tmp_path)
    assert not [finding for finding in done.report["findings"] if finding["kind"] == "consistency"]


# --- against pip itself ---------------------------------------------------------------------------------------

_PIP_LINE = re.compile(r"(\S+) \S+ (?:requires (\S+), which is not installed|has requirement .*, but you have (\S+) )")
_OURS = re.compile(r"(pkg\d+) \S+ \(")


def _bundled_pip() -> Path | None:
    import ensurepip

    wheels = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    return wheels[-1] if wheels else None


def _random_environment(site: Path, seed: int) -> None:
    """Forty distributions that require each other at random, with markers, extras and names in several forms."""
    rng = random.Random(seed)  # noqa: S311 - a test environment
    names = [f"pkg{number}" for number in range(40)]
    markers = ["", "; python_version >= '3.9'", "; sys_platform == 'win32'", '; extra == "dev"', "; os_name=='posix'"]
    markers += ['; python_version < "3.9" or platform_system == "Linux"', "; implementation_name == 'pypy'"]
    for name in names[:34]:
        version = f"{rng.randint(0, 3)}.{rng.randint(0, 9)}{rng.choice(['', '', '.post1', 'rc1', '+cu130'])}"
        info = site / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", f"Name: {rng.choice([name, name.upper()])}", f"Version: {version}"]
        for _ in range(rng.randint(0, 6)):
            clause = rng.choice(["", ">=1", "<2", "==2.*", "!=1.5", "~=1.2", ">=1,<3", " (>=0.5)", "[dev]>2"])
            lines.append(f"Requires-Dist: {rng.choice(names)}{clause}{rng.choice(markers)}")
        (info / "METADATA").write_text("\n".join([*lines, "", "body", ""]))


@pytest.mark.skipif(_bundled_pip() is None, reason="this Python has no bundled pip")
@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_pip_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    monkeypatch.setattr(consistency, "NAMED", 1000)
    _random_environment(site, seed)
    environment = {"PYTHONPATH": str(_bundled_pip()), "PATH": os.environ["PATH"], "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    program = str(tmp_path / "env" / "bin" / "python")
    done = subprocess.run([program, "-m", "pip", "check"], capture_output=True, text=True, env=environment, check=False)
    pip = {
        (match[1].lower(), (match[2] or match[3]).rstrip(".,").lower())
        for match in map(_PIP_LINE.match, done.stdout.splitlines())
        if match
    }
    installed = metadata.installed(HostView(), [str(site)])
    version = ".".join(map(str, sys.version_info[:3]))
    here = stack(*map(_as_dist, installed.distributions), facts={**FACTS, "python": version})
    ours = {
        (who.lower(), finding.subject)
        for finding in findings(here, installed.distributions)
        for who in _OURS.findall(finding.message.partition(", and ")[2])
    }
    assert pip
    assert ours == pip


def _as_dist(one: metadata.Distribution) -> Dist:
    return Dist(one.name, one.version, folder=one.folder)
