"""Conditions of shell text: what is for another machine, or does not run by default, is named and asks for nothing."""

from __future__ import annotations

import pytest

from tests.read.reading import SPARK, read, stack

NOTE = "Not for this machine: what `pip install` brings here is for another one."


def installed(text: str, name: str = "x_sh", facts: str = "aarch64") -> dict[str, bool | None]:
    """What a script asks for on a machine, and whether it does."""
    return {ask.name: ask.applies for ask in read(target=stack(arch=facts, os="linux"), **{name: text}).asks}


@pytest.mark.parametrize(
    "condition",
    [
        '[ "$(uname -m)" = "x86_64" ]',
        "[[ `uname -m` == x86* ]]",
        "test $(arch) = x86_64",
        "[ x86_64 == $(uname -p 2>/dev/null) ]",
        '[ "$(dpkg --print-architecture)" != arm64 ]',
        '! [ "$(uname -m)" = aarch64 ]',
        "[[ ! $(uname -m) =~ ^(aarch64|arm64)$ ]]",
        "uname -m | grep -q x86",
        '[ "$(uname -m)" = x86_64 ] && [ -n "$GPU" ]',
        '[ "$(uname)" = Darwin ] || [ "$(uname -s)" == Windows_NT ]',
        '[[ $(uname -m) == "x86_64" && -n $GPU ]]',
    ],
)
def test_what_is_for_another_machine_asks_for_nothing_here(condition: str) -> None:
    result = read(x_sh=f"if {condition}; then\n  pip install a\nelse\n  pip install b\nfi\npip install c")
    assert [(ask.name, ask.applies) for ask in result.asks] == [("b", True), ("c", True)]
    assert [(one.id, one.location.line, one.reason) for one in result.unread] == [("scope/branch", 2, NOTE)]
    assert installed(f"{condition} && pip install a") == {}
    assert installed(f"{condition} || pip install a") == {"a": True}


@pytest.mark.parametrize(
    "condition",
    [
        "[ $ARCH = x86_64 ]",
        "[ $(uname -r) = x86_64 ]",
        '[ "$(uname -m)" = "$WANTED" ]',
        '[ "$(uname -m)" = aarch64 ] && [ -n "$GPU" ]',
        '[ "$(uname -m)" = x86_64 -o -n "$GPU" ]',
        "[[ $(uname -m) =~ (a+)+b ]]",
        "ls /usr",
        "[ x86_64 = aarch64 ]",
        "uname -m | sed s/x/y/ | grep -q aarch64",
    ],
)
def test_what_the_machine_does_not_decide_may_be(condition: str) -> None:
    assert installed(f"if {condition}; then pip install a; else pip install b; fi") == {"a": None, "b": None}


def test_a_variable_may_hold_what_the_machine_says() -> None:
    text = """\
ARCH=$(uname -m)
case "${ARCH}" in
  x86_64|amd64) TAG=cu128; pip install a ;;
  aarch64|arm64) TAG=cu130; pip install b ;;
  *) exit 1 ;;
esac
pip install torch --index-url https://download.pytorch.org/whl/$TAG
"""
    found = read(x_sh=text).asks
    assert [(ask.name, ask.applies, ask.indexes.names if ask.indexes else ()) for ask in found] == [
        ("b", True, ("pypi",)),
        ("torch", True, ("cu130",)),
    ]
    assert installed(text, facts="x86_64") == {"a": True, "torch": True}
    assert read(x_sh="pip install https://h/a-1.0-py3-none-linux_$(uname -m).whl").asks[0].url == (
        "https://h/a-1.0-py3-none-linux_aarch64.whl"
    )


@pytest.mark.parametrize(
    "condition",
    [
        '[ "$GPU" = 1 ]',
        "[[ $GPU == 1 && $MODE =~ ^tr ]]",
        "test $GPU -ge 1",
        '[ "$GPU" -eq 0 -o "$MODE" = train ]',
        '[ -n "$MODE" ]',
        "[ -z $NONE ]",
        "! [ $MODE != train ]",
        '[ "${EXTRA:-none}" = none ]',
        "$ALL",
    ],
)
def test_a_default_decides_what_runs_by_default(condition: str) -> None:
    values = 'GPU=${GPU:-1}\nMODE=${1:-train}\nNONE=""\nALL=true\n'
    text = f"{values}if {condition}; then\n  pip install a\nelse\n  pip install b\nfi"
    result = read(x_sh=text)
    assert [(ask.name, ask.applies) for ask in result.asks] == [("a", True)]
    (note,) = result.unread
    assert (note.id, note.location.line, note.severity) == ("scope/branch", 8, "note")
    assert note.reason.startswith("Not run by default (")
    assert note.reason.endswith("): what `pip install` brings here was not judged.")


def test_the_defaults_of_an_image_decide() -> None:
    text = """\
FROM ubuntu:24.04
ARG CUDA=12
RUN case "$CUDA" in 11*) pip install a ;; 12*) pip install b ;; *) pip install c ;; esac
RUN [ "$CUDA" = 12 ] || pip install d
"""
    result = read(Dockerfile=text)
    assert [(ask.name, ask.applies) for ask in result.asks] == [("b", True)]
    assert [one.reason.partition(":")[0] for one in result.unread] == ["Not run by default (`CUDA=12`)"] * 3


@pytest.mark.parametrize(
    "text",
    [
        'if [ "${CI:-}" = 1 ]; then pip install a; fi',
        "GPU=1\nread -p GPU? GPU\nif [ $GPU = 1 ]; then pip install a; fi",
        "GPU=1\nif ls; then GPU=0; fi\nif [ $GPU = 1 ]; then pip install a; fi",
        "n=0\n((n++))\nif [ $n -eq 0 ]; then pip install a; fi",
        "PLATFORM=jetson\nif [ $PLATFORM = jetson ]; then pip install a; fi",
        "BACKEND=rocm\nif [ $BACKEND = cuda ]; then pip install a; fi",
        "IS_ARM64=0\nif [ $IS_ARM64 = 1 ]; then pip install a; fi",
    ],
)
def test_what_is_no_default_decides_nothing(text: str) -> None:
    assert installed(text) == {"a": None}


@pytest.mark.parametrize(
    "loop",
    [
        "while [[ $# -gt 0 ]]; do case $1 in --gpu) GPU=1; NEW=1 ;; esac; shift; done",
        'while getopts "g" opt; do GPU=1; NEW=1; done',
        'for arg in "$@"; do if [ "$arg" = --gpu ]; then GPU=1; NEW=1; fi; done',
    ],
)
def test_an_option_leaves_the_default(loop: str) -> None:
    text = f"GPU=0\n{loop}\nif [ $GPU = 0 ]; then pip install a; fi\nif [ $NEW = 1 ]; then pip install b; fi"
    assert installed(text) == {"a": True, "b": None}


def test_a_default_ends_nothing() -> None:
    assert installed("RUN=0\nif [ $RUN = 0 ]; then exit 1; fi\npip install a") == {"a": True}


def test_what_runs_another_time_is_not_said_to_be_left_out() -> None:
    text = "for v in 1 2; do\n  if [ $v = 2 ]; then pip install a; fi\ndone"
    result = read(x_sh=text)
    assert ([(ask.name, ask.applies) for ask in result.asks], result.unread) == ([("a", True)], ())


def test_what_is_not_known_of_the_machine_decides_nothing() -> None:
    result = read(x_sh='if [ "$(uname -m)" = x86_64 ]; then pip install a; fi', target=stack(os="linux"))
    assert [(ask.name, ask.applies) for ask in result.asks] == [("a", None)]


def test_commands_that_end_on_this_machine() -> None:
    result = read(x_sh='if [ "$(uname -m)" != x86_64 ]; then\n  exit 1\nfi\npip install a')
    assert result.asks == ()
    assert [(one.location.line, one.reason) for one in result.unread] == [(2, "On this machine the commands end here.")]


def test_an_image_is_built_for_the_target() -> None:
    text = 'FROM x\nARG TARGETARCH\nRUN if [ "$TARGETARCH" = amd64 ]; then pip install a; else pip install b; fi'
    assert installed(text, "Dockerfile") == {"b": True}
    text = 'FROM --platform=linux/amd64 x\nRUN if [ "$(uname -m)" = x86_64 ]; then pip install a; fi'
    assert installed(text, "Dockerfile") == {"a": None}
    assert read(target=SPARK, Dockerfile=text).unread[0].severity == "warning"


def test_what_is_not_understood_in_another_machines_branch_is_not_lost_twice() -> None:
    result = read(x_sh='if [ "$(uname -m)" = x86_64 ]; then pip install a; fi\n) && pip install b\n')
    assert [one.reason for one in result.unread if "pip install" in one.reason].count(NOTE) == 1
