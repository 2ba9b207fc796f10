"""Hundreds of thousands of generated lines, read as pip itself reads them: `pytest -m slow tests/read`."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from stackcheck.read import read_project
from tests.read.reading import SPARK
from tests.read.test_requirements import pip_reads

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("torch", "Torch_Vision", "a.b-c", "x", "numpy", "ruamel.yaml", "Zope.Interface", "nvidia-cudnn-cu13")
SPECIFIERS = (
    *("", "==1.0", "== 1.0", ">=1,<2", ">= 1.0 , < 2 ", "~=2.1", "!=1.5", "==2.9.0+cu130", "==1.*", "===weird-1"),
    *("(>=1)", ">=1.0a1", "<3,>=1,!=2", ">1.0.post1", "==1!2.0", "<=9"),
)
EXTRAS = ("", "", "", "[a]", "[a,b]", "[ A_b , c ]", "[]")
MARKERS = (
    *("", "", "", "; sys_platform == 'linux'", ";python_version<'3.12'", ' ; platform_machine == "aarch64"'),
    *("; (os_name == 'posix' and python_version >= '3.9') or extra == 'x'", "; 'linux' in sys_platform"),
)
COMMENTS = ("", "", "", " # a comment", "   #", " #; python_version", "\t# tab", "#no comment")
HASHES = (
    "",
    "",
    "",
    " --hash=sha256:" + "0" * 64,
    " \\\n    --hash=sha256:" + "1" * 64 + " \\\n    --hash=sha512:" + "2" * 128,
)
WHOLE = (
    *("", "   ", "# comment", "    # indented comment", "\t"),
    *(
        "--pre",
        "--extra-index-url https://index.example/simple",
        "-i https://index.example/simple",
        "--no-binary :all:",
    ),
    *("--prefer-binary", "--trusted-host index.example", "-f https://files.example/links"),
    *(
        "git+https://h.example/r.git#egg=egg",
        "git+https://h.example/r.git@v1#egg=egg&subdirectory=s",
        "-e git+ssh://h.example/r#egg=Own",
    ),
    *("https://files.example/whl/pkg-1.0-py3-none-any.whl", "https://files.example/pkg-1.0.tar.gz#egg=pkg"),
    *("pkg @ https://files.example/pkg-1.0.zip", "pkg[x] @ git+https://h.example/p.git@abc ; sys_platform == 'linux'"),
    *(
        "https://files.example/pkg-2.0-cp311-cp311-linux_aarch64.whl ; platform_machine == 'aarch64'",
        "https://h.example/no-name",
    ),
)
ODD = (
    "torch=1.0",
    "torch==",
    "tor ch",
    "==1.0",
    "torch;;",
    "torch; nonsense",
    "torch[",
    "1 2 3",
    "torch>=1.0 <2",
    "@",
    "torch @",
)


def line(chance: random.Random) -> str:
    """One line, or several that a backslash joins."""
    kind = chance.random()
    if kind < 0.12:
        return chance.choice(WHOLE)
    if kind < 0.15:
        return chance.choice(ODD)
    blank = chance.choice(("", "", "", " ", "\t"))
    text = chance.choice(NAMES) + chance.choice(EXTRAS) + blank + chance.choice(SPECIFIERS) + chance.choice(MARKERS)
    text += chance.choice(HASHES)
    if " " in text and chance.random() < 0.1:
        at = text.index(" ")
        text = f"{text[:at]} \\\n{text[at + 1 :]}"
    return chance.choice(("", "", "", "  ")) + text + chance.choice(COMMENTS)


def compared(folder: Path, text: str) -> tuple[int, str]:
    """How many requirements pip finds in a file, and where stackcheck makes something else of it, "" for nowhere."""
    (folder / "requirements.txt").write_bytes(text.encode())
    theirs, nameless = pip_reads(folder / "requirements.txt")
    result = read_project(["requirements.txt"], SPARK, lambda name: (folder / name).read_bytes())
    ours = set()
    for ask in result.asks:
        specifier = "" if ask.url else str(Requirement(f"x{ask.specifier}").specifier)
        ours.add((ask.origin.location.line if ask.origin.location else 0, ask.name, specifier, ask.extras, ask.marker))
    unsaid = nameless - {one.location.line for one in result.unread}
    return len(theirs), f"{sorted(map(str, ours ^ theirs))} {unsaid}" if ours != theirs or unsaid else ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_generated_files(seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    chance = random.Random(seed)  # noqa: S311 - it decides what is tried, no more
    found = 0
    for _ in range(300):
        lines = [line(chance) for _ in range(100)]
        text = chance.choice(("\n", "\r\n")).join(lines) + chance.choice(("", "\n"))
        count, difference = compared(tmp_path, text)
        assert difference == "", text
        found += count
    assert found > 20_000
