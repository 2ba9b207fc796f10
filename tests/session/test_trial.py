"""Every install command that a preflight prints gives no error where it is linted for the same machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.rows import Builds
from stackcheck.session.files import Loader
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.machine import target_names
from stackcheck.session.preflight import preflight
from stackcheck.session.request import Request
from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from stackcheck.model import Report

KNOWLEDGE = open_knowledge()
INSTALLED = [name for name in KNOWLEDGE.store.products if KNOWLEDGE.store.product(name).pip]
WITH_BUILDS = [name for name in INSTALLED if KNOWLEDGE.store.rows_of(name, Builds)]
INSTALL = re.compile(r"\b(?:pip|uv)\b.*\binstall\b")


def commands(report: Report) -> list[str]:
    """The install commands of the to-dos."""
    fixes = [finding.fix for finding in report.findings if finding.severity == "todo" and finding.fix is not None]
    return [command for fix in fixes for command in fix.commands if INSTALL.search(command)]


def errors(report: Report, target: str) -> list[str]:
    """What lint says of the printed commands, on the machine with the Python that the report tells to make."""
    loader = Loader()
    loader.read["commands.sh"] = "".join(f"{command}\n" for command in commands(report)).encode()
    todos = [
        finding.message for finding in report.findings if finding.severity == "todo" and finding.subject == "python"
    ]
    python = next((match[1] for text in todos if (match := re.search(r"Python (3\.\d+)", text))), None)
    request = Request(target=target, facts=(f"python={python}",) if python else ())
    judged = lint([request], [["commands.sh"]], KNOWLEDGE, loader)
    return [f"{finding.id}: {finding.message}" for finding in judged.findings if finding.severity == "error"]


def wrong(wishes: list[str], targets: tuple[str, ...]) -> tuple[list[str], int]:
    """The printed commands that lint refuses, and for how many wishes a command was printed at all."""
    refused, printed = [], 0
    for wish in wishes:
        for target in targets:
            report = preflight(Request(target=target, wants=(wish,)), lambda _: None)
            found = commands(report)
            printed += bool(found)
            said = errors(report, target) if found else []
            refused += [f"{wish} on {target}: {found}: {text}" for text in said]
    return refused, printed


def test_products_with_builds_on_every_target() -> None:
    refused, printed = wrong(WITH_BUILDS, target_names())
    assert refused == []
    assert printed > len(WITH_BUILDS) * len(target_names()) / 2


@pytest.mark.parametrize("product", ["torch", "torchvision", "vllm", "isaac-lab"])
def test_every_release_on_the_arm_machines(product: str) -> None:
    releases = KNOWLEDGE.store.product(product).releases[-25:]
    refused, _ = wrong([f"{product}=={release}" for release in releases], ("dgx-spark", "jetson-thor", "jetson-orin"))
    assert refused == []


@pytest.mark.slow
def test_every_product_on_every_target() -> None:
    refused, printed = wrong(INSTALLED, target_names())
    assert refused == []
    assert printed > len(INSTALLED) * len(target_names()) / 2


def test_the_index_is_named_where_pypi_gives_another_build() -> None:
    result = stackcheck("preflight", "torch==2.9.0", "--target", "dgx-spark", "-q")
    assert result.code == 0
    assert "$ pip install torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130\n" in result.out


def test_what_nothing_can_install_is_an_error_without_a_command() -> None:
    result = stackcheck("preflight", "isaac-lab==3.0.0", "--target", "jetson-orin", "--format", "json")
    assert result.code == 1
    assert (
        "isaaclab==3.0.0"
        not in result.out.partition('"severity": "todo"')[2].partition('"message": "Install Isaac Lab')[2]
    )


def test_the_python_of_the_command_is_that_of_the_sentence() -> None:
    result = stackcheck("preflight", "isaac-lab", "--target", "dgx-spark", "-q")
    assert "Make an environment with Python 3.12." in result.out
    assert "$ uv venv --python 3.12\n" in result.out
    assert "3.11" not in result.out
