"""Workflows, compose files and devcontainer.json: images and commands at their places."""

from __future__ import annotations

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.read import ReadError, ReadResult, read_project
from tests.read.reading import SPARK, asked, noted, place, read, read_text, stack

X86 = stack(arch="x86_64", os="linux")


def one(name: str, text: str, target: object = SPARK) -> ReadResult:
    return read_project([name], target, lambda _: dedent(text).encode())  # type: ignore[arg-type]


WORKFLOW = """\
    name: ci
    on: [push]
    jobs:
      arm:
        runs-on: ubuntu-24.04-arm
        steps:
          - uses: actions/checkout@v4
          - run: pip install torch==2.9.0
          - name: more
            run: |
              # a comment
              pip install "numpy<2" \\
                scipy==${{ matrix.scipy }}
              pip install flask
          - run: pip install conditional
            if: ${{ matrix.gpu }}
          - run: pip install not-a-shell
            shell: python
      x86:
        runs-on: ubuntu-latest
        steps: [{run: pip install on-x86}]
      unknown:
        runs-on: ${{ matrix.os }}
        steps: [{run: pip install somewhere}]
    """


def test_a_workflow() -> None:
    result = one(".github/workflows/ci.yml", WORKFLOW)
    shown = [f"{line} {ask.applies} {ask.group}" for line, ask in zip(asked(result.asks), result.asks, strict=True)]
    path = ".github/workflows/ci.yml"
    assert shown == [
        f"{path}:8:26-38 torch==2.9.0 True job:arm",
        f"{path}:12:23-32 numpy<2 True job:arm",
        f"{path}:14:23-28 flask True job:arm",
        f"{path}:15:26-37 conditional None job:arm",
        f"{path}:24:31-40 somewhere None job:unknown",
    ]
    assert [reason for _, _, reason in noted(result.unread)] == [
        "Not for this machine: the runners (ubuntu-latest) of x86 are others.",
        "`scipy==${_matrix_scipy___}` depends on _matrix_scipy___, which is not known here.",
        "The step runs in `python`, which is not read; it seems to install something.",
    ]
    assert [ask.name for ask in one("ci.yaml", WORKFLOW, X86).asks] == ["on-x86", "somewhere"]


def test_a_compose_file() -> None:
    text = """\
        services:
          a:
            image: pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
            platform: linux/amd64
          b: {image: "tool/x86_64:1"}
          c: {image: "nvcr.io/nvidia/pytorch:${TAG}"}
          d: {build: .}
        """
    result = one("compose.yaml", text)
    assert [(stated.name, stated.state.value) for stated in result.stated] == [
        ("pytorch/pytorch", "2.5.1-cuda12.4-cudnn9-runtime"),
        ("image emulated=pytorch/pytorch", "*"),
        ("tool/x86_64", "1"),
    ]
    assert noted(result.unread) == [
        (
            "warning",
            "compose.yaml:4:15-26",
            "a is fixed to linux/amd64; on aarch64 it runs emulated, if at all, and without the GPU.",
        ),
        ("warning", "compose.yaml:5:15-28", "The image `tool/x86_64:1` is made for x86_64; this machine is aarch64."),
        (
            "unknown",
            "compose.yaml:6:15-44",
            "The image `nvcr.io/nvidia/pytorch:${TAG}` of c depends on a variable that is not known here.",
        ),
    ]
    assert result.container is False


def test_a_devcontainer() -> None:
    text = """\
        // comment with "quotes"
        {
          "image": "nvcr.io/nvidia/pytorch:25.09-py3", /* another */
          "postCreateCommand": "pip install torch==2.9.0",
          "onCreateCommand": {"a": ["pip", "install", "flask"]},
        }
        """
    result = one(".devcontainer/devcontainer.json", text)
    assert result.container is True
    assert [str(ask) for ask in result.asks] == ["flask", "torch==2.9.0"]
    assert asked(result.asks)[1] == ".devcontainer/devcontainer.json:4:37-49 torch==2.9.0"
    assert [stated.name for stated in result.stated] == ["nvcr.io/nvidia/pytorch"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yml", "a: [", r"a\.yml:2:1.*is broken YAML"),
        ("a.yml", "[" * 5000, "nested too deep"),
        ("a.yml", "- " * 5000, "nested too deep"),
        ("a.yml", "\n".join(" " * n + "a:" for n in range(1200)), "nested too deep"),
        ("a.yml", "a: &a [*b]", "is broken YAML"),
        ("devcontainer.json", "{", "is no JSON"),
        ("devcontainer.json", "[]", "has not the form"),
        ("devcontainer.json", "[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        one(name, text)


def test_aliases_are_not_multiplied() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    result = one("a.yml", f"{bomb}jobs: {{j: {{runs-on: *a59, steps: *a59}}}}\n")
    assert result.asks == ()


def test_a_file_of_another_kind_is_said_to_be_unread() -> None:
    assert [unread.severity for unread in one("values.yml", "a: 1\n").unread] == ["unknown"]
    assert [unread.severity for unread in one("values.yml", "").unread] == ["unknown"]


PIECES = [*"[]{}:-&*#|>\"' \n", "jobs:\n", "  a:\n", "services:\n", "run: pip install x\n", "image: ", "runs-on: arm\n"]


@pytest.mark.parametrize("name", ["a.yml", "devcontainer.json"])
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_gives_asks_or_a_clear_line(name: str, pieces: list[str]) -> None:
    with suppress(ReadError):
        one(name, "".join(pieces))


MERGES = """\
    x-base: &base
      image: nvcr.io/nvidia/pytorch:25.01-py3
      platform: linux/amd64
    x-other: &other
      image: other:1
      restart: always
    services:
      first:
        <<: *base
      second:
        <<: [*other, *base]
      third:
        <<: *base
        image: own:2
        platform: linux/arm64
      fourth:
        <<:
          - <<: *other
            image: inline:3
    """


def test_merges_of_a_compose_file() -> None:
    result = one("compose.yaml", MERGES)
    assert [
        (state.name, state.state.value, place(state.state.origin.location))
        for state in result.stated
        if state.table == "images"
    ] == [
        ("nvcr.io/nvidia/pytorch", "25.01-py3", "compose.yaml:2:10-42"),
        ("other", "1", "compose.yaml:5:10-17"),
        ("own", "2", "compose.yaml:14:12-17"),
        ("inline", "3", "compose.yaml:19:16-24"),
    ]
    assert [at for _, at, _ in noted(result.unread)] == ["compose.yaml:3:13-24"] * 2


def test_merges_of_a_workflow() -> None:
    text = """\
        jobs:
          one: &job
            runs-on: ubuntu-24.04-arm
            steps: &steps
              - &install
                run: pip install torch==2.9.0
                if: ${{ always() }}
          two:
            <<: *job
            runs-on: ubuntu-latest
          three:
            runs-on: ubuntu-22.04-arm
            steps:
              - <<: *install
                if: ""
              - run: pip install flask
        """
    assert asked(one("ci.yml", text).asks) == [
        "ci.yml:6:26-38 torch==2.9.0",
        "ci.yml:6:26-38 torch==2.9.0",
        "ci.yml:16:26-31 flask",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a: &a {image: 'x:1'}\n"
        + "".join(f"  s{n}: &s{n}\n    <<: [{', '.join(['*a'] * 100)}]\n" for n in range(50)),
        "services:\n  s0: &s0 {image: 'x:1'}\n"
        + "".join(f"  s{n}: &s{n}\n    <<: [*s{n - 1}, *s{n - 1}]\n" for n in range(1, 200)),
    ],
)
def test_merges_without_an_end_are_refused(text: str) -> None:
    with pytest.raises(ReadError, match="merges more than 64 others"):
        one("compose.yaml", text)


def test_merges_that_share_much_are_read() -> None:
    text = "services:\n  s0: &s0 {image: 'x:1'}\n"
    text += "".join(f"  s{n}: &s{n}\n    <<: [*s{n - 1}, *s{n - 1}]\n" for n in range(1, 15))
    assert len(one("compose.yaml", text).stated) == 15


def test_a_mapping_that_merges_itself() -> None:
    assert one("compose.yaml", "services:\n  a: &a\n    <<: *a\n    image: x:1\n").stated


def test_the_variables_of_a_workflow() -> None:
    """The runner exports them: they say where pip looks, and what a version is."""
    text = """\
        env: {PIP_INDEX_URL: "https://download.pytorch.org/whl/cu130", V: 1}
        jobs:
          a:
            runs-on: ubuntu-24.04-arm
            env: {V: "2.9.0", UV_DEFAULT_INDEX: "${{ vars.INDEX }}"}
            steps:
              - run: pip install torch==$V
              - run: uv pip install torch==$V
                env: {V: "2.8.0"}
        """
    result = one(".github/workflows/ci.yml", text)
    assert [(str(ask), ask.indexes.names if ask.indexes else ()) for ask in result.asks] == [
        ("torch==2.9.0", ("cu130",)),
        ("torch==2.8.0", ("${UV_DEFAULT_INDEX}",)),
    ]


def test_commands_of_a_devcontainer_as_words_and_with_variables() -> None:
    text = """\
        {"image": "x", "containerEnv": {"PIP_INDEX_URL": "https://h.example/whl/cu130", "X": "${localEnv:X}"},
         "postCreateCommand": {"a": ["bash", "-c", "pip install 'torch>=2.9'"], "b": "pip install numpy==$X"}}
        """
    result = one("devcontainer.json", text)
    assert [(str(ask), ask.indexes.names if ask.indexes else ()) for ask in result.asks] == [("torch>=2.9", ("cu130",))]
    assert [item.reason for item in result.unread] == ["`numpy==${X}` depends on X, which is not known here."]


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    text = "dependencies:\n  - pip:\n    - a\ndependencies:\n  - pip:\n    - b\n"
    result = read("environment.yml", environment_yml=text)
    assert [str(ask) for ask in result.asks] == ["b"]
    said = [(one.severity, one.location.line, one.reason) for one in result.unread]
    assert said == [("warning", 1, "`dependencies` is there twice in one mapping; the last counts.")]


@pytest.mark.parametrize(
    "shell",
    ["bash", "sh", "/usr/bin/bash {0}", "bash -el {0}", "micromamba-shell {0}", "bash --noprofile -eo pipefail {0}"],
)
def test_the_shells_of_steps(shell: str) -> None:
    text = f"jobs:\n  a:\n    runs-on: ubuntu-24.04-arm\n    steps:\n    - run: pip install x\n      shell: {shell}\n"
    assert [str(ask) for ask in one("a.yml", text).asks] == ["x"]
    text = f"defaults: {{run: {{shell: '{shell}'}}}}\n" + text.replace(f"      shell: {shell}\n", "")
    assert [str(ask) for ask in one("a.yml", text).asks] == ["x"]


def test_a_shell_that_is_not_read_is_named() -> None:
    text = """\
        jobs:
          a:
            runs-on: ubuntu-24.04-arm
            defaults: {run: {shell: pwsh}}
            steps:
            - run: pip install x
            - run: Write-Output y
            - run: pip install z
              shell: bash
        """
    result = one("a.yml", text)
    assert [str(ask) for ask in result.asks] == ["z"]
    assert noted(result.unread) == [
        ("unknown", "a.yml:6:12-25", "The step runs in `pwsh`, which is not read; it seems to install something.")
    ]


def test_a_composite_action() -> None:
    """Which machine it runs on is not known."""
    text = """\
        name: x
        inputs: {v: {default: "2"}}
        runs:
          using: composite
          steps:
            - run: pip install a b==${{ inputs.v }}
              shell: bash
        """
    result = one("action.yml", text)
    assert [(str(ask), ask.applies, ask.group) for ask in result.asks] == [("a", None, "action")]
    assert [reason for _, _, reason in noted(result.unread)] == [
        "`b==${_inputs_v___}` depends on _inputs_v___, which is not known here."
    ]
    assert one("action.yml", "runs: {using: node20, main: x.js}\n").unread == ()


@pytest.mark.parametrize(
    ("scalar", "places"),
    [
        (">\n            pip install a\n            b\n\n            pip install c", ["6:25-26", "7:13-14", "9:25-26"]),
        (">-\n            x &&\n              pip install a", ["7:27-28"]),
        ("pip install a\n            b", ["5:28-29", "6:13-14"]),
        ("'pip install a\n            b'", ["5:29-30", "6:13-14"]),
        ('"pip install a \\\n            b"', ["5:29-30", "6:13-14"]),
        ('"pip install \\x61\n            b"', ["5:None-None", "5:None-None"]),
        ('"pip install a"', ["5:29-30"]),
    ],
)
def test_places_in_scalars_whose_lines_are_joined(scalar: str, places: list[str]) -> None:
    text = f"jobs:\n  a:\n    runs-on: ubuntu-24.04-arm\n    steps:\n        - run: {scalar}\n"
    found = [place(ask.origin.location) for ask in read_project(["a.yml"], SPARK, lambda _: text.encode()).asks]
    assert found == [f"a.yml:{one}" for one in places]


def test_variables_that_a_step_sets_for_those_after_it() -> None:
    text = """\
        jobs:
          a:
            runs-on: ubuntu-24.04-arm
            env: {PIP_INDEX_URL: "https://download.pytorch.org/whl/cu126"}
            steps:
              - run: pip install a
              - run: |
                  echo "PIP_INDEX_URL=https://download.pytorch.org/whl/cu130" >> $GITHUB_ENV
                  echo "UV_TORCH_BACKEND=cu128" | tee -a "$GITHUB_ENV"
              - run: pip install b && uv pip install torch
              - run: pip install c
                env: {PIP_INDEX_URL: "https://pypi.example/simple"}
              - run: test -f x && echo "PIP_INDEX_URL=https://other/simple" >> "${GITHUB_ENV}"
              - run: pip install d
        """
    asks = read_text(".github/workflows/x.yml", text).asks
    assert [(ask.name, ask.indexes.names if ask.indexes else ()) for ask in asks] == [
        ("a", ("cu126",)),
        ("b", ("cu130",)),
        ("torch", ("cu128",)),
        ("c", ("pypi",)),
        ("d", ("${PIP_INDEX_URL}",)),
    ]
