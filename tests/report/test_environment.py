from __future__ import annotations

from typing import Any, Literal

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import TABLES, Absent, Code, Gpu, Known, Location, Origin, Stack, State, Unknown, Unread
from stackcheck.read.environment import parse_environment
from stackcheck.report.environment import render_environment
from stackcheck.subjects import STATED
from tests.read.test_environment import SPARK, parse

HERE = Origin("found", "place")


def meaning(stack: Stack) -> object:
    """What a document can carry of a stack: values, what is absent, what is complete; no origins, no reasons."""

    def plain(state: State) -> str | None:
        return state.value if isinstance(state, Known) else None

    tables = {
        name: {key: plain(state) for key, state in stack.table(name).items() if not isinstance(state, Unknown)}
        for name in TABLES
    }
    gpus: object = type(stack.gpus).__name__
    if isinstance(stack.gpus, tuple):
        gpus = [(gpu.name, gpu.capability) for gpu in stack.gpus]
    code = {
        name: (state.cubins, state.ptx, state.cuda) if isinstance(state, Code) else None
        for name, state in stack.code.items()
    }
    return tables, gpus, stack.complete, code, dict(stack.labels)


def test_json() -> None:
    assert render_environment(parse({**SPARK, "absent": ["gpus", "cuda-toolkit"], "gpus": []}), "json") == (
        """\
{
  "schema": "stackcheck-environment/1",
  "facts": {
    "arch": "aarch64",
    "kernel": "6.14.0-1015-nvidia",
    "driver": "580.95.05"
  },
  "packages": {
    "torch": "2.9.0+cu130",
    "typing-extensions": "4.16.0"
  },
  "system-packages": {
    "libssl3:amd64": "3.0",
    "libstdc++6": "14.2.0-4ubuntu2"
  },
  "products": {
    "isaac-lab": "*",
    "isaac-sim": "5.1.0",
    "ros2": "jazzy"
  },
  "variables": {
    "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
    "LD_PRELOAD": ""
  },
  "absent": [
    "cuda-toolkit",
    "gpus"
  ],
  "complete": [
    "packages"
  ]
}
"""
    )


def test_toml() -> None:
    assert render_environment(parse(SPARK), "toml") == (
        """\
schema = "stackcheck-environment/1"
absent = ["PYTHONPATH", "cuda-toolkit", "tensorrt", "torch"]
complete = ["packages"]

[facts]
arch = "aarch64"
kernel = "6.14.0-1015-nvidia"
driver = "580.95.05"

[[gpus]]
name = "NVIDIA GB10"
compute-capability = "12.1"

[packages]
torch = "2.9.0+cu130"
typing-extensions = "4.16.0"

[system-packages]
"libssl3:amd64" = "3.0"
"libstdc++6" = "14.2.0-4ubuntu2"

[products]
isaac-lab = "*"
isaac-sim = "5.1.0"
ros2 = "jazzy"

[variables]
LD_LIBRARY_PATH = "/usr/local/cuda/lib64"
LD_PRELOAD = ""
"""
    )


def test_text() -> None:
    stack = Stack(
        facts={
            "driver": Absent(Origin("no driver", "/sys")),
            "arch": Known("aarch64", Origin("", "uname")),
            "board": Unknown("not seen from inside a container"),
        },
        packages={
            "torch": Known("2.9.0", Origin("", "/s/torch/version.py")),
            "numpy": Known("2.3.1", Origin("", "/s")),
        },
        products={"isaac-lab": Known("*", Origin("", "/lab"))},
        variables={"PIP_INDEX_URL": Known("https://a:b@host/simple", Origin("", "variables"))},
        gpus=(Gpu("NVIDIA GB10", "12.1", Origin("", "nvidia-smi")),),
        code={
            "my-ext": Code(("12.0",), (), Origin("", "/s/my_ext/_C.so")),
            "torch": Absent(Origin("", "/s/torch/lib")),
        },
        complete=frozenset({"system-packages"}),
        unread=(Unread("nvcc \x1b[31mcannot be read.", Location("/usr/bin/nvcc")),),
    )
    assert render_environment(stack, "text") == (
        """\
Machine
  arch    aarch64    uname
  driver  not there  /sys

GPUs
  NVIDIA GB10  compute capability 12.1  nvidia-smi

GPU code
  my-ext  compiled code for 12.0 and no PTX  /s/my_ext/_C.so
  torch   none: a build for the CPU alone    /s/torch/lib

Products
  isaac-lab  there, version not known  /lab

Variables
  PIP_INDEX_URL  https://host/simple  variables

Python packages
  2  found  /s

Debian packages
  none

Could not be read
  board          not seen from inside a container
  /usr/bin/nvcc  nvcc \\x1b[31mcannot be read.

"""
    )


def test_nothing_known() -> None:
    assert render_environment(Stack(), "json") == '{\n  "schema": "stackcheck-environment/1"\n}\n'
    assert render_environment(Stack(), "toml") == 'schema = "stackcheck-environment/1"\n'
    assert "GPUs were not looked at" in render_environment(Stack(), "text")


def test_odd_characters_in_toml() -> None:
    value = 'a"b\\c\n\t\x00\x7f\x9fé\U0001f600'
    text = render_environment(Stack(variables={"A B": Known(value, HERE)}), "toml")
    assert tomli.loads(text)["variables"] == {"A B": value}
    lone = render_environment(Stack(variables={"A": Known("\ud800", HERE)}), "toml")
    assert tomli.loads(lone)["variables"] == {"A": "\ufffd"}


def test_secrets_never_appear() -> None:
    stack = Stack(variables={"PIP_INDEX_URL": Known("https://user:secret@host/simple?t=secret", HERE)})
    forms: tuple[Literal["json", "toml", "text"], ...] = ("json", "toml", "text")
    for form in forms:
        assert "secret" not in render_environment(stack, form)


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5})?", fullmatch=True).filter(
    lambda name: name not in STATED and name != "gpus"
)
VALUES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda text: "://" not in text)
TABLE = st.dictionaries(NAMES, VALUES, max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents in which nothing is stated and absent at once."""
    facts = draw(st.dictionaries(st.sampled_from([name for name in STATED if name != "arch"]), VALUES, max_size=4))
    tables = {name: draw(TABLE) for name in ("packages", "system-packages", "products")}
    variables = draw(st.dictionaries(st.sampled_from(["LD_PRELOAD", "CUDA_HOME", "Path"]), VALUES))
    taken = {*facts, *variables, *(name for table in tables.values() for name in table)}
    free = st.sampled_from(["driver", "ROS_DISTRO", "python3.12", "Foo_Bar", "libstdc++6"]) | NAMES
    absent = draw(st.lists(free.filter(lambda name: name not in taken), max_size=4))
    gpu = st.fixed_dictionaries({"name": VALUES}, optional={"compute-capability": st.sampled_from(["12.1", "8.9"])})
    codes = st.lists(st.sampled_from(["8.7", "9.0a", "12.0f"]), unique=True)
    code = st.fixed_dictionaries({"cubins": codes, "ptx": codes}, optional={"cuda": st.sampled_from(["13.0", "12.8"])})
    return {
        **tables,
        "labels": draw(st.dictionaries(NAMES | st.just("Rack:4"), VALUES, max_size=3)),
        "facts": facts,
        "variables": variables,
        "gpus": draw(st.lists(gpu, max_size=2)),
        "gpu-code": draw(st.dictionaries(st.sampled_from(["torch", "My_ext", "a.b"]), code, max_size=2)),
        "absent": absent,
        "complete": draw(st.lists(st.sampled_from(TABLES))),
    }


@pytest.mark.parametrize("form", ["json", "toml"])
@given(documents())
def test_round_trip(form: Literal["json", "toml"], document: dict[str, Any]) -> None:
    stack = parse(document)
    text = render_environment(stack, form)
    again = parse_environment(text, "again", form)
    assert meaning(again) == meaning(stack)
    assert render_environment(again, form) == text
    render_environment(stack, "text")
