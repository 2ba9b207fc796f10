"""Lock files: which entries count on a target, and the files that they name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.read import ReadError, read_project
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.request import Request
from tests.read.reading import SPARK, read_text, stack

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"


def test_a_lock_for_other_machines() -> None:
    text = 'supported-markers = ["platform_machine == \'x86_64\'"]\n[[package]]\nname = "a"\nversion = "1"\n'
    result = read_text("uv.lock", text)
    assert result.asks == ()
    assert [(one.severity, one.location.line) for one in result.unread] == [("error", 1)]
    pylock = 'lock-version = "1.0"\nenvironments = ["sys_platform == \'win32\'"]\n'
    assert [one.severity for one in read_text("pylock.toml", pylock).unread] == ["error"]


def verdict(text: str, target: str) -> list[tuple[str, str]]:
    """What the judge says of a uv.lock on a shipped target with Python 3.12."""
    host = machine_alone(machine(Request(target=target, facts=("python=3.12.3",)))[0])
    found = read_text("uv.lock", text, host)
    report = judge(host.with_asks(found.asks), Store.from_folders([shipped_folder()]), subject="x", version="1")
    return [(one.severity, one.message) for one in report.findings if one.kind == "locks"]


LOCK = """\
    [[package]]
    name = "project"
    version = "0"
    source = { virtual = "." }
    dependencies = [{ name = "arm-only" }, { name = "x86-only" }, { name = "new-glibc" }, { name = "source-only" }]
    [[package]]
    name = "arm-only"
    version = "1"
    wheels = [{ url = "https://files.example/arm_only-1-cp312-cp312-manylinux_2_28_aarch64.whl" }]
    [[package]]
    name = "x86-only"
    version = "1"
    wheels = [{ url = "https://files.example/x86_only-1-cp312-cp312-manylinux_2_28_x86_64.whl" }]
    [[package]]
    name = "new-glibc"
    version = "1"
    wheels = [
        { url = "https://files.example/new_glibc-1-cp312-cp312-manylinux_2_39_aarch64.whl" },
        { url = "https://files.example/new_glibc-1-cp312-cp312-manylinux_2_39_x86_64.whl" },
    ]
    [[package]]
    name = "source-only"
    version = "1"
    sdist = { url = "https://files.example/source_only-1.tar.gz" }
    """


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("dgx-spark", [("error", "x86-only==1"), ("note", "source-only==1")]),
        ("jetson-orin", [("error", "x86-only==1"), ("error", "new-glibc==1"), ("note", "source-only==1")]),
        ("x86_64-rtx50", [("error", "arm-only==1"), ("note", "source-only==1")]),
    ],
)
def test_each_target_has_its_own_verdict(target: str, expected: list[tuple[str, str]]) -> None:
    assert sorted((severity, text.split(" ")[0]) for severity, text in verdict(LOCK, target)) == sorted(expected)


def test_the_sentence() -> None:
    assert ("error", _TEXT) in verdict(LOCK, "dgx-spark")


_TEXT = "x86-only==1 has no wheel for aarch64 in the lock, and no source distribution: the lock does not install."


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus lies beside the checkout, and is not there")
def test_the_lock_of_the_corpus() -> None:
    path = CORPUS / "nvidia-cosmos__cosmos-predict2" / "uv.lock"
    x86 = read_project([str(path)], stack(arch="x86_64", os="linux", python="3.10.12"), lambda _: path.read_bytes())
    assert len(x86.asks) > 100
    assert all(ask.locked for ask in x86.asks)
    assert [one.severity for one in read_project([str(path)], SPARK, lambda _: path.read_bytes()).unread] == ["error"]


PIECES = [
    *"[]{}=\",'\n",
    "[[package]]\n",
    "name = ",
    "version = ",
    "source = ",
    "dependencies = ",
    "[[packages]]\n",
    '"a"',
]


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "poetry.lock", "pdm.lock"])
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_gives_asks_or_a_clear_line(name: str, pieces: list[str]) -> None:
    with suppress(ReadError):
        read_text(name, "".join(pieces))


@pytest.mark.parametrize("said", ['"abc"', "3", "[]"])
def test_the_python_of_a_lock_that_is_no_specifier(said: str) -> None:
    result = read_text("uv.lock", f"version = 1\nrequires-python = {said}\n")
    assert result.python == ()
    assert [(one.severity, one.reason) for one in result.unread] == [
        ("unknown", "requires-python is not a version specifier and was not read.")
    ]
