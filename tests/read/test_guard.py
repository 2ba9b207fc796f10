"""A reader that fails in a way that nobody foresaw is the trouble of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck import read as reading
from stackcheck.cli.outcome import Shown, exit_code
from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import CRASHED
from stackcheck.read import READERS, ReadResult, read_project
from stackcheck.values import replace
from tests.read.reading import SPARK, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack


def breaking(monkeypatch: pytest.MonkeyPatch, title: str, error: Exception, *, together: bool = False) -> None:
    """Makes one reader fail over every file with "broken" in it, or over more than one file."""

    def failing(one: reading.Reader) -> reading.Reader:
        def broken(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
            paths = list(paths)
            if together and len(paths) > 1:
                raise error
            for path in paths:
                if b"broken" in load(path):
                    raise error
            return one.read(paths, target, load)

        return replace(one, read=broken) if one.title == title else one

    monkeypatch.setattr(reading, "READERS", tuple(map(failing, READERS)))


ERRORS = [ValueError("Invalid IPv6 URL"), TypeError("'int' object is not iterable"), RecursionError(), KeyError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_other_files_are_read(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, "pip's requirements format", error)
    files = {"a.txt": b"torch\n", "b.txt": b"broken\n", "c.txt": b"--index-url https://x.example/whl/cu130\n"}
    result = read_project([*files, "setup.cfg"], SPARK, {**files, "setup.cfg": b""}.__getitem__)
    assert [(ask.name, ask.indexes and ask.indexes.names) for ask in result.asks] == [("torch", ("cu130",))]
    assert [(entry.location.path, entry.crash) for entry in result.unread] == [("b.txt", True)]
    assert result.unread[0].reason.startswith(f"b.txt could not be read: `{type(error).__name__}")
    assert result.unread[0].reason.endswith("`; please report it.")
    assert set(result.files) == {*files, "setup.cfg"}


def test_it_makes_the_exit_code_2_whatever_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, "pip's requirements format", ValueError("no"))
    result = read("a.txt", "b.txt", a_txt="open3d==0.19.0\n", b_txt="broken\n")
    stack = SPARK.with_asks(result.asks, result.unread)
    report = judge(stack, Store.from_folders([shipped_folder()]), subject="x", version="1")
    assert report.count("error") == 1
    assert [finding.severity for finding in report.findings if finding.id == CRASHED] == ["unknown"]
    assert exit_code(report, Shown()) == 2


def test_files_that_break_only_together(monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, "pip's requirements format", ValueError("no"), together=True)
    result = read("a.txt", "b.txt", a_txt="torch\n", b_txt="numpy\n")
    assert [ask.name for ask in result.asks] == ["torch", "numpy"]
    assert [entry.reason for entry in result.unread if entry.crash] == [
        "a.txt, b.txt could not be read together: `ValueError: no`; please report it."
    ]


def test_what_a_library_says_is_quoted_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, "pip's requirements format", ValueError("https://me:hunter2@[x]/?token=hunter2"))
    assert "hunter2" not in read(a_txt="broken\n").unread[0].reason


def test_pips_configuration_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("no")

    monkeypatch.setattr(reading, "with_configuration", broken)
    result = read("pip.conf", "a.txt", pip_conf="[global]\n", a_txt="torch\n")
    assert [ask.name for ask in result.asks] == ["torch"]
    assert [entry.location.path for entry in result.unread if entry.crash] == ["pip.conf"]
