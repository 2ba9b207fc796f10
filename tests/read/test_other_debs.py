"""Packages of another architecture from Ubuntu's archives, which are split by architecture."""

from __future__ import annotations

import pytest

from tests.read.reading import SPARK, read_text, stack

X86 = stack(arch="x86_64", os="linux")
ADDED = "dpkg --add-architecture arm64 && apt-get update && apt-get install -y libssl-dev:arm64"


def of_image(commands: str, base: str = "ubuntu:24.04", target: object = X86) -> list[str]:
    read = read_text("Dockerfile", f"FROM {base}\nRUN {commands}\n", target)  # type: ignore[arg-type]
    return [one.severity for one in read.unread if one.id == "foreign/archive"]


def test_the_other_archive_is_not_asked_by_itself() -> None:
    assert of_image(ADDED) == ["error"]
    assert of_image(ADDED.replace("arm64", "amd64"), target=SPARK) == ["error"]


@pytest.mark.parametrize(
    "commands",
    [
        ADDED.replace("arm64", "i386"),
        f"sed -i 's/^deb /deb [arch=amd64] /' /etc/apt/sources.list && {ADDED}",
        f"echo 'deb [arch=arm64] http://ports.ubuntu.com/ noble main' > /etc/apt/sources.list.d/a.list && {ADDED}",
        "apt-get update && dpkg --add-architecture arm64",
    ],
)
def test_what_needs_no_other_archive_or_names_it(commands: str) -> None:
    assert of_image(commands) == []


def test_debian_has_all_in_one_place_and_a_machine_its_own() -> None:
    assert of_image(ADDED, "debian:bookworm") == []
    assert of_image(ADDED, target=SPARK) == []


def test_a_job_of_ubuntus_runner() -> None:
    text = f"jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: {ADDED}\n"
    (found,) = [one for one in read_text("ci.yml", text, X86).unread if one.id == "foreign/archive"]
    assert "ports.ubuntu.com" in found.reason
