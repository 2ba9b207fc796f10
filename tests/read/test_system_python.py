"""pip beside a Python that its distribution has marked as its own (PEP 668)."""

from __future__ import annotations

import pytest

from tests.read.reading import read_text

APT = "RUN apt-get update && apt-get install -y python3-pip\n"


def refused(text: str) -> list[int | None]:
    """The lines that pip refuses."""
    unread = read_text("Dockerfile", text).unread
    return [one.location.line for one in unread if one.id == "system-python/externally-managed"]


@pytest.mark.parametrize(
    "base",
    ["ubuntu:24.04", "ubuntu", "debian:bookworm-slim", "nvidia/cuda:12.8.1-devel-ubuntu24.04", "ros:jazzy-ros-base"],
)
@pytest.mark.parametrize("command", ["pip install a", "pip3 --no-cache-dir install a", "python3 -m pip install -U pip"])
def test_an_image_whose_python_is_marked(base: str, command: str) -> None:
    assert refused(f"FROM {base}\n{APT}RUN {command}\n") == [3]


@pytest.mark.parametrize(
    "text",
    [
        f"FROM ubuntu:22.04\n{APT}RUN pip install a\n",
        f"FROM debian:bullseye\n{APT}RUN pip install a\n",
        f"FROM python:3.12-bookworm\n{APT}RUN pip install a\n",
        f"FROM someone/image:ubuntu24.04\n{APT}RUN pip install a\n",
        "FROM ubuntu:24.04\nRUN pip install a\n",
        f"FROM ubuntu:24.04\n{APT}RUN pip install --break-system-packages a\n",
        f"FROM ubuntu:24.04\n{APT}RUN pip install --target /lib a\n",
        f"FROM ubuntu:24.04\n{APT}ENV PIP_BREAK_SYSTEM_PACKAGES=1\nRUN pip install a\n",
        f"FROM ubuntu:24.04\n{APT}RUN rm /usr/lib/python3.12/EXTERNALLY-MANAGED && pip install a\n",
        f"FROM ubuntu:24.04\n{APT}RUN python3 -m venv /v && /v/bin/pip install a\n",
        f"FROM ubuntu:24.04\n{APT}ENV PATH=/opt/tools/bin:$PATH\nRUN pip install a\n",
        f"FROM ubuntu:24.04\n{APT}RUN python3.11 -m pip install a\n",
        f"FROM ubuntu:24.04\n{APT}RUN if [ -f x ]; then pip install a; fi\n",
        f"FROM ubuntu:24.04\n{APT}RUN pip config set global.break-system-packages true\nRUN pip install a\n",
    ],
)
def test_where_pip_installs(text: str) -> None:
    assert refused(text) == []


def test_a_stage_that_is_built_on_another_one() -> None:
    assert refused(f"FROM ubuntu:24.04 AS base\n{APT}FROM base\nRUN pip install a\n") == [4]
    moved = "RUN rm /usr/lib/python3.12/EXTERNALLY-MANAGED\n"
    assert refused(f"FROM ubuntu:24.04 AS base\n{APT}{moved}FROM base\nRUN pip install a\n") == []


def test_a_script_on_a_machine_is_not_judged() -> None:
    text = "sudo apt-get install -y python3-pip\npip install a\n"
    assert [one.id for one in read_text("setup.sh", text).unread] == []
