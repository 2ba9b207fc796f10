"""An environment against its own metadata, all together: the command, and the same answers as `pip check`."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from stackcheck.judge import distributions
from stackcheck.judge.consistency import findings
from stackcheck.model import Location, Unread
from stackcheck.scan import metadata
from stackcheck.scan.view import HostView
from tests.cli.command import stackcheck
from tests.judge.installed import FACTS, Dist, stack


def test_what_could_not_be_read_is_findings_of() -> None:
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
    monkeypatch.setattr(distributions, "NAMED", 1000)
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
