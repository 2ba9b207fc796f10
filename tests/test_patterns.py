"""Patterns that are compiled when they are first used: the same answers, none compiled in vain, none with a mistake."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import stackcheck
from stackcheck.patterns import pattern

PACKAGE = Path(stackcheck.__file__).parent
USERS = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "from stackcheck.patterns import" in path.read_text(encoding="utf-8")
)
COUNT = """
import re, sys
from re import _compiler as compiler
from stackcheck.cli import fast, commands
count, plain = 0, compiler.compile
def compile(*args):
    global count
    count += 1
    return plain(*args)
compiler.compile = compile
{work}
sys.stderr.write(str(count))
"""


def test_the_same_answers() -> None:
    lazy, plain = pattern(r"(a+)(b)?", re.IGNORECASE), re.compile(r"(a+)(b)?", re.IGNORECASE)
    for text in ("AAb", "xaab", "", "b"):
        for name in ("match", "search", "fullmatch"):
            ours, theirs = getattr(lazy, name)(text), getattr(plain, name)(text)
            assert (ours and ours.groups()) == (theirs and theirs.groups())
        assert lazy.findall(text) == plain.findall(text)
        assert lazy.sub("-", text) == plain.sub("-", text)
    assert pattern(rb"\d+").findall(b"1 22") == [b"1", b"22"]
    assert (lazy.pattern, lazy.flags) == (plain.pattern, plain.flags)


def test_compiled_at_the_first_use_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    plain = re.compile
    monkeypatch.setattr(re, "compile", lambda text, flags=0: compiled.append(text) or plain(text, flags))
    lazy = pattern("a")
    assert compiled == []
    assert [bool(lazy.match(text)) for text in "aba"] == [True, False, True]
    assert compiled == ["a"]


def test_a_mistake_comes_out_at_the_first_use() -> None:
    lazy = pattern("(")
    with pytest.raises(re.error):
        lazy.match("")


@pytest.mark.parametrize("name", USERS)
def test_every_pattern_of_the_package_compiles(name: str) -> None:
    patterns = [value for value in vars(importlib.import_module(name)).values() if type(value) is type(pattern(""))]
    assert patterns
    for lazy in patterns:
        assert re.compile(lazy.pattern, lazy.flags).groups >= 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python keeps its compiler elsewhere")
def test_a_lint_compiles_what_it_uses(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\nnumpy\n", encoding="utf-8")

    def count(work: str) -> int:
        argv = [sys.executable, "-c", COUNT.format(work=work)]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
        return int(done.stderr)

    assert count("pass") == 0
    # Those of other libraries included, json among them, which records need; before, each lint compiled 65.
    assert 0 < count("commands.run_command(*fast.parse(['lint', '--target', 'dgx-spark', 'requirements.txt']))") <= 52
