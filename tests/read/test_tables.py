"""Projects by name: Poetry's constraints, Pipfiles, conda's environments and pixi's workspaces."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from stackcheck.model import Indexes
from stackcheck.read import ReadError, ReadResult, read_project
from stackcheck.read.tables import plain_specifier, poetry_specifier, python_marker
from tests.read.reading import SPARK, noted, stack

X86 = stack(arch="x86_64", os="linux", python="3.12.3")


def read(name: str, text: str, target: object = SPARK, **others: str) -> ReadResult:
    files = {name: dedent(text), **{key.replace("_", "."): value for key, value in others.items()}}

    def load(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path].encode()

    return read_project([name], target, load)  # type: ignore[arg-type]


def asks(result: ReadResult) -> list[str]:
    """Each ask with its line and column, whether it applies, its group and where it comes from."""
    return [
        f"{ask.origin.location.line}:{ask.origin.location.column} {ask} {ask.applies} {ask.group}"  # type: ignore[union-attr]
        f" {'|'.join(ask.indexes.names) if ask.indexes else None}"
        for ask in result.asks
    ]


# --- Poetry -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("*", ""),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("1.2.*", "==1.2.*"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^2.9.0rc1", ">=2.9.0rc1,<3"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.4.2", "~=1.4.2"),
        (">= 1.2, < 1.5", ">=1.2,<1.5"),
        (">=1.2 <1.5", ">=1.2,<1.5"),
        ("!=1.3", "!=1.3"),
        ("2.9.0+cu130", "==2.9.0+cu130"),
        (">=3.8 || <3.5", None),
        ("latest", None),
        ("^", None),
    ],
)
def test_constraints_of_poetry(text: str, specifier: str | None) -> None:
    """As "Dependency specification" of its documentation has them."""
    assert poetry_specifier(text) == specifier


@given(st.text("^~=<>!*.,|v0123456789abr+ ", max_size=20))
def test_any_constraint_is_a_specifier_or_nothing(text: str) -> None:
    for convert in (poetry_specifier, plain_specifier):
        specifier = convert(text)
        assert specifier is None or SpecifierSet(specifier) is not None


def test_a_python_is_a_marker() -> None:
    assert python_marker(">=3.10,<3.13") == "python_version >= '3.10' and python_version < '3.13'"
    assert python_marker("==3.11.*") == "python_version == '3.11'"
    assert python_marker(">=3.11.4") == "python_full_version >= '3.11.4'"
    assert python_marker("") == ""


POETRY = """\
    [tool.poetry.dependencies]
    python = "^3.10"
    torch = { version = "^2.9", source = "pytorch" }
    numpy = [
        { version = "<2", python = "<3.12" },
        { version = ">=2", python = ">=3.12" },
    ]
    decord = { version = "*", markers = "platform_machine == 'x86_64'", optional = true }
    probe = { git = "https://user:secret@h.example/p.git", tag = "v1" }
    wheel = { url = "https://w.example/wheel-1.5-py3-none-any.whl" }
    lost = { version = "1", source = "nowhere" }
    odd = 3
    wrong = ">=1 || <0"
    [tool.poetry.group.Dev_Tools.dependencies]
    pytest = "^8"
    [tool.poetry.dev-dependencies]
    black = "*"
    [[tool.poetry.source]]
    name = "pytorch"
    url = "https://download.example/whl/cu130"
    priority = "explicit"
    """


def test_poetry() -> None:
    result = read("pyproject.toml", POETRY)
    assert asks(result) == [
        "3:22 torch>=2.9,<3 True None cu130",
        "5:18 numpy<2 False None pypi",
        "6:18 numpy>=2 True None pypi",
        "8:23 decord False extra:optional pypi",
        "9:1 probe @ git+https://h.example/p.git@v1 True None None",
        "10:1 wheel @ https://w.example/wheel-1.5-py3-none-any.whl True None w.example",
        "11:21 lost==1 True None None",
        "17:10 black True group:dev pypi",
        "15:11 pytest>=8,<9 True group:dev-tools pypi",
    ]
    assert [str(ask) for ask in result.python] == ["python>=3.10,<4"]
    assert [(line, reason) for _, line, reason in noted(result.unread)] == [
        ("pyproject.toml:11:21-22", "The index `nowhere` of lost is not known: this file does not declare it."),
        ("pyproject.toml:12:1-4", "tool.poetry.dependencies.odd is not a version or a table and was not read."),
        ("pyproject.toml:13:10-19", "What wrong must be (`>=1 || <0`) was not read."),
    ]


def test_poetry_beside_the_standards_tables() -> None:
    result = read(
        "pyproject.toml",
        """\
        [project]
        dependencies = ["torch>=2.9", "numpy"]
        [tool.poetry.dependencies]
        torch = { source = "pytorch" }
        [[tool.poetry.source]]
        name = "mirror"
        url = "https://m.example/simple"
        [[tool.poetry.source]]
        name = "pytorch"
        url = "https://download.example/whl/cu130"
        priority = "explicit"
        """,
    )
    assert asks(result) == ["2:18 torch>=2.9 True None cu130", "2:32 numpy True None pypi"]


def test_what_the_project_is_built_with() -> None:
    result = read(
        "pyproject.toml",
        """\
        [build-system]
        requires = ["setuptools", "numpy==1.26"]
        [project]
        dependencies = ["numpy>=2"]
        [tool.pdm.dev-dependencies]
        test = ["pytest"]
        [tool.hatch.envs.docs]
        dependencies = ["sphinx"]
        """,
    )
    assert [(str(ask), ask.group) for ask in result.asks] == [
        ("numpy>=2", None),
        ("setuptools", "build"),
        ("pytest", "group:test"),
        ("sphinx", "env:docs"),
    ]
    assert [one.reason for one in result.unread] == [
        "`numpy==1.26` is for the build, which has an environment of its own: not judged."
    ]


# --- Pipenv -----------------------------------------------------------------------------------------------------------

PIPFILE = """\
    [[source]]
    url = "https://index.example/simple"
    name = "pypi"
    [[source]]
    url = "https://download.example/whl/cu128"
    name = "torch"
    [packages]
    numpy = "*"
    torch = { version = "==2.7.0", index = "torch" }
    pywin32 = { version = "*", sys_platform = "== 'win32'" }
    [dev-packages]
    pytest = ">=8"
    [requires]
    python_version = "3.11"
    """


def test_a_pipfile() -> None:
    result = read("Pipfile", PIPFILE)
    assert asks(result) == [
        "8:10 numpy True None pypi",
        "9:22 torch==2.7.0 True None cu128",
        "10:24 pywin32 False None pypi",
        "12:11 pytest>=8 True group:dev pypi",
    ]
    assert [str(ask) for ask in result.python] == ["python==3.11.*"]


def test_a_pipfile_lock() -> None:
    text = """\
    {
        "_meta": {"sources": [{"name": "pypi", "url": "https://index.example/simple"}]},
        "default": {
            "torch": {"version": "==2.7.0", "markers": "python_version >= '3.9'"},
            "own": {"git": "https://h.example/o.git"},
            "bad": {"version": "?"}
        },
        "develop": {"pytest": {"version": "==8.4.0", "index": "pypi"}}
    }
    """
    result = read("Pipfile.lock", text)
    assert asks(result) == [
        "4:10 torch==2.7.0 True None pypi",
        "5:10 own @ git+https://h.example/o.git True None None",
        "8:18 pytest==8.4.0 True group:dev pypi",
    ]
    assert [one.reason for one in result.unread] == ["What `bad` must be was not read."]
    with pytest.raises(ReadError, match=r"Pipfile.lock:1:2: is broken JSON"):
        read("Pipfile.lock", "{,\n}")


# --- conda ------------------------------------------------------------------------------------------------------------

ENVIRONMENT = """\
    name: robot
    channels: [conda-forge]
    dependencies:
      - python=3.10
      - pytorch::pytorch=2.1.*
      - conda-forge::ffmpeg >=6
      - pip
      - pip:
          - "torchvision==0.16.0"   # a comment
          - tomli; python_version < '3.11'
          - --extra-index-url https://u:p@download.example/whl/cu130
          - -r more.txt
          - git+https://h.example/x
    """


def test_an_environment_of_conda() -> None:
    result = read("environment.yml", ENVIRONMENT, more_txt="numpy<2\n")
    assert asks(result) == [
        "5:5 torch==2.1.* True None conda",
        "9:10 torchvision==0.16.0 True None pypi|cu130",
        "10:9 tomli True None pypi|cu130",
        "1:1 numpy<2 True None pypi|cu130",
        "13:9 x @ git+https://h.example/x True None None",
    ]
    assert [(one.name, one.state.value) for one in result.stated] == [
        ("python", "3.10"),
        ("pytorch", "pytorch::2.1.*=*"),
        ("ffmpeg", "conda-forge::>=6=*"),
    ]
    assert (result.own_python, result.files) == (True, ("environment.yml", "more.txt"))
    assert [(one.severity, one.reason) for one in result.unread] == [
        ("note", "`pytorch`, `ffmpeg` come from conda, whose builds are not judged."),
    ]


@pytest.mark.parametrize(
    ("line", "stated", "asked"),
    [
        ("python=3.11", "3.11", None),
        ("python==3.11.4", "3.11.4", None),
        ("python=3.9.13=h123_0_cpython", "3.9.13", None),
        ("python 3.10.*", "3.10", None),
        ("python >=3.10,<3.13", None, ">=3.10,<3.13"),
        ("python", None, None),
        ("python =?", None, None),
    ],
)
def test_the_python_of_conda(line: str, stated: str | None, asked: str | None) -> None:
    result = read("conda_env.yaml", f"dependencies:\n- {line}\n")
    assert [one.state.value for one in result.stated] == ([stated] if stated else [])
    assert [ask.specifier for ask in result.python] == ([asked] if asked else [])


@pytest.mark.parametrize(
    ("spec", "stated"),
    [
        ("blas[build=mkl]", "blas=conda::*=mkl"),
        ("numpy[version='>=1.8', build=py*]", "numpy=conda::>=1.8=py*"),
        ("conda-forge::a=1[channel=nvidia]", "a=nvidia::1=*"),
        ("https://h.example:443::flask=1.0.2", "flask=https://h.example:443::1.0.2=*"),
        ("nvidia/label/cuda-12.4.0::cuda-nvcc", "cuda-nvcc=nvidia/label/cuda-12.4.0::*=*"),
        ("python[version=3.11]", "python=3.11"),
    ],
)
def test_a_match_specification_of_conda(spec: str, stated: str) -> None:
    result = read("environment.yml", f'channels: [conda]\ndependencies:\n- "{spec}"\n')
    assert [f"{one.name}={one.state.value}" for one in result.stated] == [stated]


CONDA_LOCK = """\
    version: 1
    metadata:
      platforms: [linux-64, linux-aarch64]
    package:
    - {name: zlib, version: "1.2", manager: conda, platform: linux-aarch64, url: "https://h.example/zlib.conda"}
    - {name: torch, version: 2.9.0, manager: pip, platform: linux-64, category: main,
       url: "https://h.example/torch-2.9.0-cp312-cp312-manylinux_2_28_x86_64.whl"}
    - {name: torch, version: 2.8.0, manager: pip, platform: linux-aarch64, category: main,
       url: "https://h.example/torch-2.8.0-cp312-cp312-manylinux_2_28_aarch64.whl"}
    - {name: pytest, version: 8.0, manager: pip, platform: linux-aarch64, category: dev, url: "https://h.example/p"}
    - {manager: pip, platform: linux-aarch64, url: ""}
    """


def test_what_pip_brings_into_a_lock_of_conda() -> None:
    result = read("conda-lock.yml", CONDA_LOCK)
    assert [(str(ask), ask.applies, ask.group, ask.locked) for ask in result.asks] == [
        ("torch==2.8.0", True, None, ("torch-2.8.0-cp312-cp312-manylinux_2_28_aarch64.whl",)),
        ("pytest==8.0", True, "environment:dev", ("p",)),
    ]
    assert noted(result.unread) == [
        ("unknown", "conda-lock.yml:11:3-None", "This package of pip has no name, and was not read."),
        ("note", "conda-lock.yml:None:None-None", "`zlib` comes from conda, whose builds are not judged."),
    ]
    assert [one.applies for one in read("conda-lock.yml", CONDA_LOCK, stack()).asks] == [None] * 3


# --- pixi -------------------------------------------------------------------------------------------------------------

PIXI = """\
    [workspace]
    channels = ["conda-forge"]
    platforms = ["linux-64", "osx-arm64"]
    [dependencies]
    python = "3.11.*"
    ffmpeg = "*"
    [pypi-dependencies]
    torch = { version = ">=2.9", index = "https://download.example/whl/cu130" }
    own = { path = ".", editable = true }
    [target.linux-64.pypi-dependencies]
    decord = "*"
    [target.linux-aarch64.dependencies]
    decord2 = "*"
    [feature.gpu]
    platforms = ["linux-64"]
    [feature.gpu.pypi-dependencies]
    xformers = "*"
    [system-requirements]
    cuda = "12"
    """


def test_a_workspace_of_pixi() -> None:
    result = read("pixi.toml", PIXI)
    assert asks(result) == [
        "8:22 torch>=2.9 True None cu130",
        "9:1 own @ . True None None",
        "11:11 decord False None pypi",
        "17:13 xformers False feature:gpu pypi",
    ]
    assert [one.state.value for one in result.stated] == ["3.11"]
    assert [(one.severity, one.location.line, one.reason) for one in result.unread] == [
        (
            "error",
            3,
            "The workspace is for linux-64, osx-arm64 alone: pixi installs nothing on linux-aarch64. "
            "Add it: `pixi workspace platform add linux-aarch64`.",
        ),
        ("note", 19, "system-requirements asks for a driver that serves CUDA 12; that was not judged."),
        ("note", None, "`decord2`, `ffmpeg` come from conda, whose builds are not judged."),
    ]
    assert [one.severity for one in read("pixi.toml", PIXI, X86).unread] == ["note", "note"]


def test_pixi_in_pyproject() -> None:
    text = """\
    [project]
    dependencies = ["numpy"]
    [tool.pixi.workspace]
    platforms = ["linux-aarch64"]
    [tool.pixi.pypi-options]
    extra-index-urls = ["https://download.example/whl/cu130"]
    [tool.pixi.pypi-dependencies]
    torch = "*"
    """
    result = read("pyproject.toml", text)
    assert [(str(ask), ask.indexes) for ask in result.asks] == [
        ("numpy", Indexes()),
        ("torch", Indexes(("cu130", "pypi"), "first")),
    ]
    assert result.unread == ()


LOCK = """\
    version: 6
    environments:
      default:
        packages:
          linux-64:
          - pypi: https://files.example/a/torch-2.9.0-cp311-cp311-manylinux_2_28_x86_64.whl
          linux-aarch64:
          - conda: https://conda.example/conda-forge/linux-aarch64/python-3.11.9-hd_0_cpython.conda
          - conda: https://conda.example/conda-forge/linux-aarch64/ffmpeg-6.1.1-gpl_0.conda
          - pypi: https://files.example/a/torch-2.9.0-cp311-cp311-manylinux_2_28_aarch64.whl
          - pypi: git+https://h.example/own.git@abc
          - pypi: https://files.example/old-1.0.tar.gz
    packages:
    - pypi: git+https://h.example/own.git@abc
      name: own
      version: 0.3
    - pypi: https://files.example/old-1.0.tar.gz
      name: old
      version: '1.0'
    """


def test_a_lock_of_pixi() -> None:
    result = read("pixi.lock", LOCK)
    assert [(str(ask), ask.locked) for ask in result.asks] == [
        ("torch==2.9.0", ("torch-2.9.0-cp311-cp311-manylinux_2_28_aarch64.whl",)),
        ("own==0.3", None),
        ("old==1.0", ("old-1.0.tar.gz",)),
    ]
    assert [one.state.value for one in result.stated] == ["3.11.9"]
    assert asks(read("pixi.lock", LOCK, X86)) == ["6:15 torch==2.9.0 True None None"]
    other = read("pixi.lock", LOCK, stack(arch="ppc64le", os="linux"))
    assert [(one.severity, one.reason) for one in other.unread] == [
        ("error", "The lock is made for linux-64, linux-aarch64 alone: it does not install here (linux-ppc64le).")
    ]
    assert [one.severity for one in read("pixi.lock", LOCK, stack()).unread] == ["unknown"]


# --- what cannot be read is named -------------------------------------------------------------------------------------


def test_odd_entries_of_an_environment_of_conda() -> None:
    text = """\
    dependencies:
      - python=3.10|3.11
      - pytorch=2.1|2.2
      - [a]
      - pip: [[b], "numpy"]
      - conda: x
    """
    result = read("environment.yml", text)
    assert [str(ask) for ask in result.asks] == ["numpy"]
    assert noted(result.unread) == [
        ("note", "environment.yml:None:None-None", "`pytorch` comes from conda, whose builds are not judged."),
        ("unknown", "environment.yml:2:5-21", "Which Python `=3.10|3.11` means was not read."),
        ("unknown", "environment.yml:3:5-20", "Which torch `=2.1|2.2` means was not read."),
        (
            "unknown",
            "environment.yml:4:5-None",
            "This sequence is not what stands there in an environment file, and was not read.",
        ),
        (
            "unknown",
            "environment.yml:5:11-None",
            "This sequence is not what stands there in an environment file, and was not read.",
        ),
        (
            "unknown",
            "environment.yml:6:5-None",
            "This mapping is not what stands there in an environment file, and was not read.",
        ),
    ]
    (odd,) = read("environment.yml", "dependencies: 3\n").unread
    assert odd.reason == "`3` is not what stands there in an environment file, and was not read."


def test_odd_entries_of_a_lock_of_pixi() -> None:
    text = """\
    environments:
      default:
        packages:
          linux-aarch64:
            - conda: https://h.example/linux-aarch64/python
            - conda: https://h.example/linux-aarch64/python-x-1.conda
            - pypi: https://u:secret@h.example/files/1234
            - pypi: https://h.example/a-1.0-py3-none-any.whl
    """
    result = read("pixi.lock", text)
    assert ([str(ask) for ask in result.asks], result.stated) == (["a==1.0"], ())
    assert [(one.severity, one.location.line, one.reason) for one in result.unread if one.location] == [
        ("unknown", 5, "Which Python `https://h.example/linux-aarch64/python` means was not read."),
        ("unknown", 6, "Which Python `=x` means was not read."),
        ("unknown", 7, "Which project `https://h.example/files/1234` is was not read."),
    ]


@pytest.mark.parametrize("text", ["environments: 3\n", "version: 6\n", "environments: {default: {packages: []}}\n"])
def test_a_lock_of_pixi_without_packages_is_for_no_other_platform(text: str) -> None:
    assert [(one.severity, one.reason) for one in read("pixi.lock", text).unread] == [
        ("unknown", "No environment with packages was found in the lock.")
    ]


def test_a_python_of_pixi_that_is_no_version() -> None:
    (one,) = read("pixi.toml", "[dependencies]\npython = 3.11\n").unread
    assert (one.severity, one.reason) == ("unknown", "dependencies.python is not a version and was not read.")


def test_a_python_of_poetry_that_is_no_version() -> None:
    (one,) = read("pyproject.toml", "[tool.poetry.dependencies]\npython = 3.11\n").unread
    assert one.reason == "tool.poetry.dependencies.python is not a version and was not read."


def test_sections_of_pipenv_that_are_no_tables() -> None:
    (one,) = read("Pipfile", "packages = 3\n").unread
    assert (one.severity, one.reason) == ("unknown", "packages is not a table and was not read.")
    (one,) = read("Pipfile", '[requires]\npython_version = "abc"\n').unread
    assert (one.severity, one.reason) == ("unknown", "Which Python `abc` means was not read.")
    (one,) = read("Pipfile", "[requires]\npython_version = 3.11\n").unread
    assert (one.severity, one.reason) == ("unknown", "requires.python_version is not a version and was not read.")
    (one,) = read("Pipfile.lock", '{"default": ["numpy"]}').unread
    assert (one.severity, one.reason) == ("unknown", "`default` is not a table of packages and was not read.")


# --- whatever is in them ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pyproject.toml", "Pipfile", "pixi.toml"])
@given(
    keys=st.lists(
        st.sampled_from(["tool", "poetry", "pixi", "dependencies", "packages", "source", "feature", "target"])
    ),
    value=st.sampled_from(['"x"', "1", "[1]", "{a = 1}", "{version = 2, markers = 3}", '[{platforms = "x"}]', "[[]]"]),
)
def test_any_shape_is_read_or_noted(name: str, keys: list[str], value: str) -> None:
    read(name, f"{'.'.join([*keys, 'x'])} = {value}\n")


@pytest.mark.parametrize("name", ["Pipfile.lock", "pixi.lock", "environment.yml"])
@given(
    text=st.recursive(
        st.text("abc=<.1-", max_size=5),
        lambda inner: st.dictionaries(
            st.sampled_from(
                [
                    "dependencies",
                    "pip",
                    "environments",
                    "default",
                    "packages",
                    "linux-aarch64",
                    "_meta",
                    "sources",
                    "pypi",
                    "name",
                ]
            ),
            st.lists(inner, max_size=2) | inner,
            max_size=3,
        ),
        max_leaves=8,
    )
)
def test_any_document_is_read_or_noted(name: str, text: object) -> None:
    read(name, json.dumps(text, ensure_ascii=False))


NAMED_PLATFORMS = """\
version: 7
platforms:
- name: cuda
  subdir: linux-aarch64
  virtual-packages: [__cuda=12]
- name: plain
  subdir: linux-aarch64
- name: linux-64
environments:
  default:
    packages:
      cuda:
      - pypi: https://files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl
      - pypi: https://files.example/six-1.0-py3-none-any.whl
      plain:
      - pypi: https://files.example/six-1.0-py3-none-any.whl
      linux-64:
      - pypi: https://files.example/numpy-2.0-cp312-cp312-manylinux_2_28_x86_64.whl
"""


def test_the_platforms_of_a_lock_may_have_names_of_their_own() -> None:
    result = read("pixi.lock", NAMED_PLATFORMS)
    assert [(ask.name, ask.applies) for ask in result.asks] == [("torch", None), ("six", True)]
    assert result.unread == ()
    assert [ask.name for ask in read("pixi.lock", NAMED_PLATFORMS, X86).asks] == ["numpy"]


def test_a_lock_of_pixi_of_a_version_of_which_nothing_is_known() -> None:
    result = read("pixi.lock", NAMED_PLATFORMS.replace("version: 7", "version: 8"))
    assert result.asks == ()
    assert [(one.severity, one.reason) for one in result.unread] == [
        ("unknown", "The lock is of version 8 of its format, of which nothing is known: it was not read.")
    ]
