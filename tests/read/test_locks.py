"""Lock files: which entries count on a target, and the files that they name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.read import ReadError, ReadResult, read_project
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.request import Request
from tests.read.reading import SPARK, stack

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"
X86 = stack(arch="x86_64", os="linux", python="3.12.3")


def read(name: str, text: str, target: object = SPARK) -> ReadResult:
    return read_project([name], target, lambda _: dedent(text).encode())  # type: ignore[arg-type]


def asks(result: ReadResult) -> list[str]:
    """Each ask with its line, whether it applies, its group and its files."""
    return [f"{ask.origin.location.line} {ask} {ask.applies} {ask.group} {ask.locked}" for ask in result.asks]  # type: ignore[union-attr]


UV = """\
    version = 1
    requires-python = ">=3.11"

    [[package]]
    name = "project"
    version = "0.1"
    source = { virtual = "." }
    dependencies = [
        { name = "torch", version = "2.9.0", marker = "platform_machine == 'aarch64'" },
        { name = "torch", version = "2.7.0", marker = "platform_machine != 'aarch64'" },
        { name = "local" },
    ]

    [package.optional-dependencies]
    video = [{ name = "decord" }]

    [package.dev-dependencies]
    dev = [{ name = "pytest" }]

    [[package]]
    name = "torch"
    version = "2.7.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/torch-2.7.0-cp312-cp312-manylinux_2_28_x86_64.whl" }]

    [[package]]
    name = "torch"
    version = "2.9.0"
    source = { registry = "https://download.pytorch.org/whl/cu130" }
    dependencies = [{ name = "sympy", marker = "sys_platform == 'win32'" }, { name = "jinja2" }]
    wheels = [{ url = "https://files.example/torch-2.9.0%2Bcu130-cp312-cp312-manylinux_2_28_aarch64.whl" }]

    [[package]]
    name = "jinja2"
    version = "3.1.6"
    source = { registry = "https://index.example/simple" }
    sdist = { url = "https://files.example/jinja2-3.1.6.tar.gz" }

    [[package]]
    name = "sympy"
    version = "1.14.0"
    source = { registry = "https://index.example/simple" }

    [[package]]
    name = "local"
    version = "1.0"
    source = { git = "https://git.example/x?rev=1" }

    [[package]]
    name = "decord"
    version = "0.6.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/decord-0.6.0-py3-none-manylinux2010_x86_64.whl" }]

    [[package]]
    name = "pytest"
    version = "8.4.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/pytest-8.4.0-py3-none-any.whl" }]
    """


def test_a_uv_lock_is_followed_for_the_target() -> None:
    result = read("uv.lock", UV)
    assert asks(result) == [
        "27 torch==2.9.0 True None ('torch-2.9.0+cu130-cp312-cp312-manylinux_2_28_aarch64.whl',)",
        "34 jinja2==3.1.6 True None ('jinja2-3.1.6.tar.gz',)",
        "45 local==1.0 True None None",
        "50 decord==0.6.0 True extra:video ('decord-0.6.0-py3-none-manylinux2010_x86_64.whl',)",
        "56 pytest==8.4.0 True group:dev ('pytest-8.4.0-py3-none-any.whl',)",
    ]
    assert [ask.indexes.names for ask in result.asks if ask.indexes] == [("cu130",), *[("pypi",)] * 3]
    assert [str(ask) for ask in result.python] == ["python>=3.11"]
    assert asks(read("uv.lock", UV, X86))[0].startswith("21 torch==2.7.0 True None")
    assert [ask.applies for ask in read("uv.lock", UV, stack()).asks][:2] == [None, None]


def test_a_lock_for_other_machines() -> None:
    text = 'supported-markers = ["platform_machine == \'x86_64\'"]\n[[package]]\nname = "a"\nversion = "1"\n'
    result = read("uv.lock", text)
    assert result.asks == ()
    assert [(one.severity, one.location.line) for one in result.unread] == [("error", 1)]
    pylock = 'lock-version = "1.0"\nenvironments = ["sys_platform == \'win32\'"]\n'
    assert [one.severity for one in read("pylock.toml", pylock).unread] == ["error"]


def test_a_pylock() -> None:
    text = """\
        lock-version = "1.0"
        requires-python = ">=3.10"
        [[packages]]
        name = "torch"
        version = "2.11.0"
        marker = "platform_machine == 'aarch64'"
        index = "https://download.pytorch.org/whl/cu130"
        wheels = [{ name = "torch-2.11.0-cp312-cp312-manylinux_2_28_aarch64.whl", url = "https://files.example/x" }]
        [[packages]]
        name = "x86-only"
        version = "1"
        marker = "platform_machine == 'x86_64'"
        [[packages]]
        name = "from-git"
        vcs = { type = "git", url = "https://git.example/x" }
        """
    assert asks(read("pylock.dev.toml", text)) == [
        "4 torch==2.11.0 True None ('torch-2.11.0-cp312-cp312-manylinux_2_28_aarch64.whl',)",
        "10 x86-only==1 False None ()",
        "14 from-git True None None",
    ]


def test_poetry_and_pdm() -> None:
    text = """\
        [[package]]
        name = "decord"
        version = "0.6.0"
        optional = false
        groups = ["main"]
        markers = "platform_machine == \\"aarch64\\""
        files = [{file = "decord-0.6.0-py3-none-manylinux2010_x86_64.whl", hash = "sha256:0"}]
        [[package]]
        name = "pytest"
        version = "8"
        groups = ["dev"]
        markers = {dev = "sys_platform == \\"win32\\"", main = "python_version < \\"3\\""}
        files = [{file = "pytest-8-py3-none-any.whl"}]
        [[package]]
        name = "old"
        version = "1"
        optional = true
        [metadata.files]
        old = [{file = "old-1.tar.gz"}]
        """
    assert asks(read("poetry.lock", text)) == [
        "2 decord==0.6.0 True None ('decord-0.6.0-py3-none-manylinux2010_x86_64.whl',)",
        "9 pytest==8 False group:dev ('pytest-8-py3-none-any.whl',)",
        "15 old==1 True extra:optional ('old-1.tar.gz',)",
    ]
    assert read("pdm.lock", text).asks[0].indexes is None


def verdict(text: str, target: str) -> list[tuple[str, str]]:
    """What the judge says of a uv.lock on a shipped target with Python 3.12."""
    host = machine_alone(machine(Request(target=target, facts=("python=3.12.3",)))[0])
    found = read("uv.lock", text, host)
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


_TEXT = (
    "x86-only==1 has no wheel for linux_aarch64, glibc 2.39, CPython 3.12.3 in the lock, and no source distribution: "
    "the lock does not install."
)


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
        read(name, "".join(pieces))


@pytest.mark.parametrize("said", ['"abc"', "3", "[]"])
def test_the_python_of_a_lock_that_is_no_specifier(said: str) -> None:
    result = read("uv.lock", f"version = 1\nrequires-python = {said}\n")
    assert result.python == ()
    assert [(one.severity, one.reason) for one in result.unread] == [
        ("unknown", "requires-python is not a version specifier and was not read.")
    ]
