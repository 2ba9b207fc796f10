"""setup.cfg, setup.py, script headers, Kit's files, package.xml and shell scripts: every requirement at its place."""

from __future__ import annotations

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.read import ReadError, read_project
from tests.read.reading import SPARK, asked, noted, read, stack


def test_setup_cfg() -> None:
    text = dedent("""\
        [options]
        python_requires = >=3.10
        install_requires =
            torch>=2.9
            # why
            numpy; platform_machine == "x86_64"
        setup_requires = a; b>=2
        [options.extras_require]
        sim = isaacsim==5.1.0
        docs = file: docs.txt
        [tool:pytest]
        install_requires = no
        """)
    result = read("setup.cfg", setup_cfg=text)
    assert [f"{line} {ask.applies} {ask.group}" for line, ask in zip(asked(result.asks), result.asks, strict=True)] == [
        "setup.cfg:4:5-15 torch>=2.9 True None",
        "setup.cfg:6:5-40 numpy False None",
        "setup.cfg:7:18-19 a True build",
        "setup.cfg:7:21-25 b>=2 True build",
        "setup.cfg:9:7-22 isaacsim==5.1.0 True extra:sim",
    ]
    assert asked(result.python) == ["setup.cfg:2:19-25 python>=3.10"]
    assert noted(result.unread) == [
        (
            "unknown",
            "setup.cfg:10:8-22",
            "docs stands in another file (`file: docs.txt`); name that file too.",
        )
    ]


SETUP_PY = """\
import os
from setuptools import setup
BASE = ["torch==2.9.0", 'numpy<2']
GROWS = ["a"]
GROWS.append("b")
EXTRAS = {"dev": ["pytest"], "sim": BASE + ["isaacsim==5.1.0"], "x": os.environ["X"]}
setup(
    install_requires=[*BASE, "usd-core"] + open("r.txt").read().split() + GROWS,
    extras_require=EXTRAS,
    python_requires=">=3.10",
    **os.environ,
)
"""


def test_setup_py_is_parsed_and_never_run() -> None:
    result = read("setup.py", setup_py=SETUP_PY)
    assert [f"{line} {ask.group}" for line, ask in zip(asked(result.asks), result.asks, strict=True)] == [
        "setup.py:3:10-22 torch==2.9.0 None",
        "setup.py:3:26-33 numpy<2 None",
        "setup.py:8:31-39 usd-core None",
        "setup.py:4:11-12 a None",
        "setup.py:5:15-16 b None",
        "setup.py:6:20-26 pytest extra:dev",
        "setup.py:3:10-22 torch==2.9.0 extra:sim",
        "setup.py:3:26-33 numpy<2 extra:sim",
        "setup.py:6:46-61 isaacsim==5.1.0 extra:sim",
    ]
    assert [reason for _, _, reason in noted(result.unread)] == [
        "install_requires is computed by the code; that part was not read.",
        "extras_require['x'] is computed by the code; that part was not read.",
        "setup() is given keywords that are computed; they were not read.",
    ]
    assert asked(result.python) == ["setup.py:10:22-28 python>=3.10"]


ADDED = """\
# -*- coding: latin-1 -*-
AUTHOR = "Zo\xeb"
PATTERN = "\\d+"
BASE = ["numpy"]
BASE += ["torch==2.9.0", "scipy"]
BASE.append("a")
BASE.extend(("b", "c"))
BASE.insert(0, "d")
if AUTHOR:
    BASE.append("under-a-condition")
GONE = ["x"]
GONE.remove("x")
CALLED = found()
CALLED += ["y"]
EXTRAS = {"dev": ["old"], "viz": ["m"]}
EXTRAS["dev"] = ["pytest"]
EXTRAS["all"] = EXTRAS["dev"]
for name in EXTRAS:
    EXTRAS["none"] = [name]
setup(install_requires=BASE + ["z"], setup_requires=GONE, tests_require=CALLED, extras_require=EXTRAS)
"""


def test_what_setup_py_adds_to_a_list_is_read() -> None:
    result = read("setup.py", setup_py=ADDED.encode("latin-1"))
    assert [(str(ask), ask.group) for ask in result.asks] == [
        *((name, None) for name in ("numpy", "torch==2.9.0", "scipy", "a", "b", "c", "d", "z")),
        ("m", "extra:viz"),
        ("pytest", "extra:dev"),
    ]
    assert [(at.split(":")[1], reason.partition(" is ")[0]) for _, at, reason in noted(result.unread)] == [
        ("10", "install_requires"),
        ("20", "setup_requires"),
        ("20", "tests_require"),
        ("17", "extras_require['all']"),
        ("19", "extras_require['none']"),
    ]


def test_the_coding_line_of_setup_py() -> None:
    assert read("setup.py", setup_py=ADDED.encode("latin-1")).asks
    with pytest.raises(ReadError):
        read("setup.py", setup_py=ADDED.replace("latin-1", "utf-8").encode("latin-1"))


def test_a_parsed_setup_py_warns_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code = 'setup(install_requires=["a"])\nx = "\\d" "\\w"\nx is 3\n0x1for x in y\n'
    assert [str(ask) for ask in read("setup.py", setup_py=code).asks] == ["a"]
    assert capsys.readouterr().err == ""


def test_lists_that_multiply_without_an_end_are_cut() -> None:
    names = "".join(f"a{n} = [{', '.join([f'*a{n - 1}'] * 20)}]\n" for n in range(1, 8))
    result = read("setup.py", setup_py=f'a0 = ["x"]\n{names}setup(install_requires=a7)\n')
    assert 0 < len(result.asks) <= 100_000
    assert [one.reason for one in result.unread] == ["The lists of the code are too long; not all of them was read."]


@pytest.mark.parametrize(
    "code", ["setup(", "\0", "x = " + "(" * 2000, "print(1)\n", "setup(install_requires=[x for x in y])"]
)
def test_setup_py_that_says_nothing(code: str) -> None:
    try:
        result = read("setup.py", setup_py=code)
    except ReadError:
        assert "\0" in code
        return
    assert result.asks == ()
    assert len(result.unread) == 1


def test_a_script_header() -> None:
    text = dedent("""\
        #!/usr/bin/env -S uv run
        # /// script
        # requires-python = ">=3.11"
        # dependencies = [
        #   "torch==2.9.0",
        # ]
        # [[tool.uv.index]]
        # url = "https://download.pytorch.org/whl/cu130"
        # default = true
        # ///
        import torch
        """)
    result = read("train.py", train_py=text)
    assert asked(result.asks) == ["train.py:5:6-18 torch==2.9.0"]
    assert asked(result.python) == ["train.py:3:22-28 python>=3.11"]
    assert result.asks[0].indexes is not None
    assert result.asks[0].indexes.names == ("cu130",)
    assert result.unread == ()


def test_a_script_without_a_header_or_with_two() -> None:
    assert [one.severity for one in read("a.py", a_py="import os\n").unread] == ["note"]
    twice = '# /// script\n# dependencies = ["a"]\n# ///\n\n# /// script\n# dependencies = ["b"]\n# ///\n'
    result = read("a.py", a_py=twice)
    assert [str(ask) for ask in result.asks] == ["a"]
    assert [one.location.line for one in result.unread] == [6]
    with pytest.raises(ReadError, match=r"a\.py.*broken TOML"):
        read("a.py", a_py="# /// script\n# dependencies = [\n# ///\n")


def test_isaac_sims_own_files() -> None:
    text = dedent("""\
        [[dependency]]
        packages = ["torch==2.11.0+cu130"]
        platforms = ["*-aarch64"]
        extra_args = ["--extra-index-url", "https://download.pytorch.org/whl/cu130"]
        [[dependency]]
        packages = ["torch==2.11.0+cu128"]
        platforms = ["*-x86_64"]
        """)
    result = read_project(["deps/pip_ml.toml"], SPARK, lambda _: text.encode())
    assert [(str(ask), ask.applies) for ask in result.asks] == [
        ("torch==2.11.0+cu130", True),
        ("torch==2.11.0+cu128", False),
    ]
    assert result.asks[0].indexes is not None
    assert result.asks[0].indexes.names == ("pypi", "cu130")
    unsure = read("pip.toml", target=stack(), pip_toml=text)
    assert [ask.applies for ask in unsure.asks] == [None, None]
    extension = read("extension.toml", extension_toml='[python.pipapi]\nrequirements = ["jedi", 3]\n')
    assert asked(extension.asks) == ["extension.toml:2:18-22 jedi"]
    assert len(extension.unread) == 1


def test_package_xml() -> None:
    text = (
        '<?xml version="1.0"?>\n<package format="3">\n <name>x</name>\n'
        " <depend>rclpy</depend>\n <exec_depend>python3-open3d-pip</exec_depend>\n</package>\n"
    )
    result = read("package.xml", package_xml=text)
    assert asked(result.asks) == ["package.xml:5:15-33 open3d"]
    assert [(one.severity, one.reason) for one in result.unread] == [
        ("note", "rosdep resolves rclpy on the machine itself; they were not judged.")
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<package>", r"package\.xml:1.*is no XML: no element found"),
        (b"<!DOCTYPE x [<!ENTITY a 'aa'>]><package>&a;</package>", r"declares a document type"),
        ("\ufeff<!DOCTYPE x []><package/>".encode("utf-16-le"), r"declares a document type"),
    ],
)
def test_xml_that_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read("package.xml", package_xml=data)


def test_a_shell_script() -> None:
    text = "#!/bin/bash\r\nV=2.9.0\r\npip install torch==$V \\\r\n  numpy\r\nif x; then pip install b; fi\r\n"
    result = read("setup.sh", setup_sh=text)
    assert [f"{line} {ask.applies}" for line, ask in zip(asked(result.asks), result.asks, strict=True)] == [
        "setup.sh:3:13-22 torch==2.9.0 True",
        "setup.sh:4:3-8 numpy True",
        "setup.sh:5:24-25 b None",
    ]
    assert result.container is False


PIECES = [
    *"[]()=#/ \n\"'ab<>&;:{}\t\\$",
    *("setup(", "# /// script\n", "# ///\n", "install_requires", "[options]\n", "<depend>", "[[dependency]]\n"),
]


@pytest.mark.parametrize(
    "name", ["setup.cfg", "setup.py", "x.py", "pip_x.toml", "extension.toml", "package.xml", "x.sh"]
)
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_gives_asks_or_a_clear_line(name: str, pieces: list[str]) -> None:
    with suppress(ReadError):
        read_project([name], SPARK, lambda _: "".join(pieces).encode())


def test_an_extra_of_setuptools_may_hold_a_marker() -> None:
    """`:MARKER` is what the project always asks for where it holds."""
    text = """\
        setup(extras_require={
            ':platform_machine == "x86_64"': ["a", "b; python_version < '3.13'"],
            ':platform_machine == "aarch64"': ["c"],
            "gpu:python_version < '3.9'": ["d"],
            "gpu : python_version >= '3.9'": ["e"],
            ":no marker": ["f"],
        })
        """
    result = read("setup.py", setup_py=dedent(text))
    assert [(str(ask), ask.applies, ask.group) for ask in result.asks] == [
        ("a", False, None),
        ("b", False, None),
        ("c", True, None),
        ("d", False, "extra:gpu"),
        ("e", True, "extra:gpu"),
    ]
    assert [one.location.line for one in result.unread] == [6]


def test_a_list_of_setuptools_has_comments_and_continued_lines() -> None:
    text = "[options]\ninstall-requires =\n    a # why\n    b \\\n    >=1\n    c#d\nsetup-requires = e # why\n"
    result = read("setup.cfg", setup_cfg=text)
    assert asked(result.asks) == ["setup.cfg:3:5-6 a", "setup.cfg:4:5-8 b>=1", "setup.cfg:7:18-19 e"]
    assert [one.location.line for one in result.unread] == [6]
    assert read("setup.cfg", setup_cfg="[options]\ninstall_requires =\n    a \\").asks[0].name == "a"
    assert asked(read("setup.py", setup_py='setup(install_requires=["a>1 # why", "# b"])').asks) == [
        "setup.py:1:26-35 a>1"
    ]


def test_pbr_is_named() -> None:
    said = "pbr takes what the project asks for from requirements.txt; name that file too."
    text = "from setuptools import setup\nsetup(setup_requires=['pbr'], pbr=True)\n"
    assert noted(read("setup.py", setup_py=text).unread) == [("note", "setup.py:2:35-39", said)]
    assert read("setup.py", setup_py="setup(pbr=False)").unread == ()
    found = read("pyproject.toml", pyproject_toml='[build-system]\nrequires = ["pbr"]\nbuild-backend = "pbr.build"\n')
    assert [(one.severity, one.location.line, one.reason) for one in found.unread] == [("note", 3, said)]
