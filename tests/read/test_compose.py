"""Compose files: what their services install when they start, and what they build in place."""

from __future__ import annotations

import pytest

from tests.read.reading import asked, noted, read_text


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("command: pip install a", "compose.yml:3:26-27 a"),
        ("command: bash -c 'pip install a && x'", "compose.yml:3:35-36 a"),
        ('command: ["bash", "-c", "pip install a"]', "compose.yml:3:42-43 a"),
        ('entrypoint: ["bash", "-c"]\n    command: ["pip install a"]', "compose.yml:4:28-29 a"),
        ('command: ["pip", "install", "a"]', "compose.yml:3:None-None a"),
        ('command: >\n      bash -c "pip install x\n      && pip install a"', "compose.yml:5:22-23 a"),
        ("command: sh -c 'X=1; echo $$X; pip install a'", "compose.yml:3:None-None a"),
        ("entrypoint:\n      - sh\n      - -c\n      - |\n        pip install a", "compose.yml:7:21-22 a"),
    ],
)
def test_a_command_of_a_service_is_read_at_its_place(service: str, expected: str) -> None:
    result = read_text("compose.yml", f"services:\n  s:\n    {service}\n")
    assert asked(result.asks)[-1] == expected
    assert {ask.group for ask in result.asks} == {"service:s"}
    assert result.unread == ()


def test_a_command_with_a_variable_of_compose_is_named() -> None:
    result = read_text("compose.yml", "services:\n  s:\n    command: pip install ${WHAT} b\n")
    assert [str(ask) for ask in result.asks] == ["b"]
    assert noted(result.unread) == [
        ("unknown", "compose.yml:3:26-33", "`${WHAT}` depends on WHAT, which is not known here.")
    ]


INLINE = """\
services:
  s:
    build:
      context: .
      dockerfile_inline: |
        FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime AS one
        RUN pip install a \\
            b
        FROM one
        ENV X=$$Y
        RUN pip install {{ c }}
"""


def test_a_dockerfile_that_stands_in_the_file() -> None:
    result = read_text("compose.yml", INLINE)
    assert asked(result.asks) == ["compose.yml:7:25-26 a", "compose.yml:8:13-14 b"]
    assert {ask.group for ask in result.asks} == {"service:s"}
    assert [(one.name, one.state.origin.place) for one in result.stated] == [("pytorch/pytorch", "compose.yml:6")]
    assert [(one.location.line, one.location.column) for one in result.unread] == [(11, 25)]
    assert (result.container, result.files) == (False, ("compose.yml",))


def test_what_a_build_sets_for_a_dockerfile_of_its_own_is_named() -> None:
    text = "services:\n  s:\n    build: {context: ., target: dev, args: {A: 1}}\n  t: {build: .}\n"
    assert noted(read_text("compose.yml", text).unread) == [
        (
            "note",
            "compose.yml:3:25-31",
            "The build of s sets `target` and `args`; its Dockerfile is read as a file of its own, without them.",
        )
    ]


def test_an_image_of_a_platform_that_is_asked_for_says_so() -> None:
    text = "services:\n  db:\n    image: mysql:5.7\n    platform: linux/amd64\n  web:\n    image: nginx\n"
    found = read_text("compose.yml", text)
    assert [one.name for one in found.stated if one.table == "settings"] == ["image emulated=mysql"]
    assert [one.id for one in found.unread if one.severity == "warning"] == ["foreign/platform"]
