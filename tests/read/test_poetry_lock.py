"""poetry.lock and pdm.lock: which entries count on a target."""

from __future__ import annotations

from textwrap import dedent

import pytest

from stackcheck.read import read_project
from tests.read.reading import SPARK, locked, read_text, stack


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
    assert locked(read_text("poetry.lock", text)) == [
        "2 decord==0.6.0 True None ('decord-0.6.0-py3-none-manylinux2010_x86_64.whl',)",
        "9 pytest==8 False group:dev ('pytest-8-py3-none-any.whl',)",
        "15 old==1 True extra:optional ('old-1.tar.gz',)",
    ]
    assert read_text("pdm.lock", text).asks[0].indexes is None


OLD = """\
    [[package]]
    name = "docker"
    version = "6.1.3"
    category = "main"
    optional = false
    python-versions = ">=3.7"
    [package.dependencies]
    pywin32 = {version = ">=304", markers = "sys_platform == \\"win32\\""}
    requests = ">=2.26.0"
    tomli = [
        {version = "^2.0", python = "<3.11"},
        {version = "^2.0", markers = "os_name == \\"nt\\""},
    ]
    ssh = {version = "*", optional = true}
    [package.extras]
    remote = ["ssh (>=1)"]

    [[package]]
    name = "pywin32"
    version = "306"
    optional = false
    [package.dependencies]
    only-there = "*"

    [[package]]
    name = "only-there"
    version = "1"

    [[package]]
    name = "requests"
    version = "2.31.0"
    [package.dependencies]
    uvicorn = {version = "*", extras = ["standard"]}

    [[package]]
    name = "uvicorn"
    version = "0.23"
    [package.dependencies]
    colorama = {version = ">=0.4", optional = true, markers = "sys_platform == \\"win32\\" and extra == \\"standard\\""}
    uvloop = {version = "*", optional = true, markers = "sys_platform != \\"win32\\" and extra == \\"standard\\""}
    [package.extras]
    standard = ["colorama (>=0.4)", "uvloop"]

    [[package]]
    name = "colorama"
    version = "0.4.6"

    [[package]]
    name = "uvloop"
    version = "0.17"

    [[package]]
    name = "tomli"
    version = "2.0.1"
    category = "dev"

    [[package]]
    name = "ssh"
    version = "1"

    [[package]]
    name = "ring"
    version = "1"
    [package.dependencies]
    other = "*"

    [[package]]
    name = "other"
    version = "1"
    [package.dependencies]
    ring = "*"

    [extras]
    x = ["ssh"]

    [metadata]
    lock-version = "LOCK"
    python-versions = "^3.8"
"""


def counting(name: str, text: str, **facts: str) -> dict[str, bool | None]:
    target = stack(**{"arch": "aarch64", "os": "linux", "python": "3.12.3", **facts})
    return {f"{ask.name}{ask.specifier[2:]}": ask.applies for ask in read_text(name, text, target).asks}


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_an_older_lock_has_its_markers_on_the_edges(version: str) -> None:
    text = OLD.replace("LOCK", version)
    found = counting("poetry.lock", text)
    assert {name for name, fits in found.items() if fits is False} == {
        *("pywin32306", "only-there1", "colorama0.4.6", "tomli2.0.1")
    }
    assert {name for name, fits in found.items() if fits} == {
        *("docker6.1.3", "requests2.31.0", "uvicorn0.23", "uvloop0.17", "ssh1", "ring1", "other1")
    }
    assert counting("poetry.lock", text, python="3.10.2")["tomli2.0.1"] is True
    windows = counting("poetry.lock", text, os="windows")
    assert (windows["pywin32306"], windows["only-there1"], windows["uvloop0.17"]) == (True, True, False)
    target = stack(arch="aarch64")
    assert {ask.name: ask.applies for ask in read_text("poetry.lock", text, target).asks}["only-there"] is None
    assert [ask.group for ask in read_text("poetry.lock", text).asks if ask.name == "tomli"] == ["group:dev"]


def test_what_the_project_asks_for_itself_stands_beside_an_older_lock() -> None:
    """A package to which false edges alone lead, and one to which none leads that is for another system."""
    lock = OLD.replace("LOCK", "1.1")
    project = """
        [tool.poetry.dependencies]
        python = "^3.8"
        docker = "*"
        colorama = "^0.4"
        ring = {version = "*", markers = "sys_platform == 'win32'"}
        [tool.poetry.group.dev.dependencies]
        pywin32 = [{version = "*", python = "<3.9"}, {version = "*", python = ">=3.9"}]
        """
    files = {"a/poetry.lock": dedent(lock).encode(), "a/pyproject.toml": dedent(project).encode()}
    asks = read_project(["a/poetry.lock"], SPARK, files.__getitem__).asks
    found = {ask.name: ask.applies for ask in asks}
    assert (found["colorama"], found["pywin32"], found["only-there"]) == (True, True, True)
    assert (found["ring"], found["tomli"], found["docker"]) == (False, False, True)
    files["a/pyproject.toml"] = b"[broken"
    alone = {ask.name: ask.applies for ask in read_project(["a/poetry.lock"], SPARK, files.__getitem__).asks}
    assert (alone["colorama"], alone["ring"]) == (False, True)


def test_the_markers_of_a_newer_lock_may_name_an_extra() -> None:
    text = """\
        [[package]]
        name = "alembic"
        version = "1"
        optional = true
        groups = ["main"]
        markers = "extra == \\"migrations\\" and sys_platform == \\"linux\\""
        [[package]]
        name = "wmi"
        version = "1"
        optional = true
        groups = ["main"]
        markers = "extra == \\"migrations\\" and sys_platform == \\"win32\\""
        [extras]
        Migrations = ["alembic", "wmi"]
        [metadata]
        lock-version = "2.1"
        """
    assert counting("poetry.lock", text) == {"alembic1": True, "wmi1": False}


def test_a_group_without_a_marker_always_needs_the_package() -> None:
    text = """\
        [[package]]
        name = "colorama"
        version = "1"
        groups = ["main", "dev"]
        markers = {main = "platform_system == \\"Windows\\""}
        [metadata]
        lock-version = "2.1"
        """
    assert [(ask.applies, ask.group) for ask in read_text("poetry.lock", text).asks] == [(True, "group:dev")]
    windows = read_text("poetry.lock", text, stack(os="windows")).asks
    assert [(ask.applies, ask.group) for ask in windows] == [(True, None)]


def test_several_releases_of_a_project() -> None:
    text = """\
        [[package]]
        name = "scipy"
        version = "1.13"
        [package.dependencies]
        numpy = [
            {version = ">=1.22,<2", markers = "python_version < \\"3.12\\""},
            {version = ">=2", markers = "python_version >= \\"3.12\\""},
        ]
        [[package]]
        name = "numpy"
        version = "1.26"
        [[package]]
        name = "numpy"
        version = "2.1"
        [[package]]
        name = "networkx"
        version = "3.1"
        python-versions = ">=3.8"
        [[package]]
        name = "networkx"
        version = "3.4"
        python-versions = ">=3.10"
        [metadata]
        lock-version = "2.0"
        """
    found = counting("poetry.lock", text)
    assert (found["numpy1.26"], found["numpy2.1"]) == (False, True)
    assert (found["networkx3.1"], found["networkx3.4"]) == (None, None)  # pyproject.toml says which


def test_an_older_lock_of_pdm() -> None:
    text = """\
        [[package]]
        name = "uvicorn"
        version = "0.23"
        dependencies = ["click>=7", "typing-extensions; python_version < '3.11'", "not a requirement!"]
        [[package]]
        name = "uvicorn"
        version = "0.23"
        extras = ["standard"]
        dependencies = ["uvicorn==0.23", "uvloop; sys_platform != 'win32'", "colorama; sys_platform == 'win32'"]
        [[package]]
        name = "click"
        version = "8"
        dependencies = ["colorama; platform_system == 'Windows'"]
        [[package]]
        name = "colorama"
        version = "0.4"
        [[package]]
        name = "uvloop"
        version = "0.17"
        [[package]]
        name = "typing-extensions"
        version = "4"
        [metadata]
        lock_version = "4.4"
        """
    result = read_text("pdm.lock", text)
    assert [(ask.name, ask.applies) for ask in result.asks] == [
        ("uvicorn", True),
        ("click", True),
        ("colorama", False),
        ("uvloop", True),
        ("typing-extensions", False),
    ]


@pytest.mark.parametrize(("name", "key"), [("poetry.lock", "lock-version"), ("pdm.lock", "lock_version")])
def test_a_version_of_which_nothing_is_known_is_said(name: str, key: str) -> None:
    result = read_text(name, f'[[package]]\nname = "a"\nversion = "1"\n[metadata]\n{key} = "999.0"\n')
    assert result.asks == ()
    assert [(one.severity, one.location.line) for one in result.unread] == [("unknown", 5)]
    assert "version `999.0` of its format" in result.unread[0].reason
