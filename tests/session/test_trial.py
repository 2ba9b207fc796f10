"""Every install command that a preflight prints gives no error where it is linted for the same machine."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.rows import Builds
from stackcheck.session.files import Loader, project_files
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint, scope_of
from stackcheck.session.machine import target_names
from stackcheck.session.preflight import preflight
from stackcheck.session.request import Request
from stackcheck.session.trial import pasteable
from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from stackcheck.model import Report

KNOWLEDGE = open_knowledge()
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
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


def refused_fixes(report: Report, facts: tuple[str, ...], target: str) -> tuple[list[str], int]:
    """The install commands of fixes that lint refuses on the same machine, and how many there are."""
    fixes = {one.fix.commands for one in report.findings if one.fix is not None and one.severity != "todo"}
    installs = [some for some in sorted(fixes) if any(INSTALL.search(command) for command in some)]
    refused = []
    for some in installs:
        loader = Loader()
        loader.read["fix.sh"] = "".join(f"{command}\n" for command in some).encode()
        judged = lint([Request(target=target, facts=facts)], [["fix.sh"]], KNOWLEDGE, loader)
        refused += [f"{target}: {some}: {one.id}" for one in judged.findings if one.severity == "error"]
    return refused, len(installs)


def kind(command: str) -> str:
    """What a printed command is counted as: judged, or by its program what lint does not read."""
    if INSTALL.search(command):
        return "judged"
    words = [word for word in command.split() if word not in ("sudo", "&&") and "=" not in word]
    return f"not read: {words[0] if words else command}"


def wrong(wishes: list[str], targets: tuple[str, ...], counts: Counter[str] | None = None) -> tuple[list[str], int]:
    """The printed commands that lint refuses, and for how many wishes a command was printed at all. `counts`: of all
    commands of to-dos and fixes, how many there are of each kind."""
    refused, printed = [], 0
    for wish in wishes:
        for target in targets:
            report = preflight(Request(target=target, wants=(wish,)), lambda _: None)
            found = commands(report)
            printed += bool(found)
            if counts is not None:
                fixes = [one.fix for one in report.findings if one.fix is not None]
                counts.update(kind(command) for fix in fixes for command in fix.commands)
                counts["wishes with an install command" if found else "wishes without one"] += 1
            said = errors(report, target) if found else []
            refused += [f"{wish} on {target}: {found}: {text}" for text in said]
            refused += refused_fixes(report, (), target)[0]
    return refused, printed


def test_products_with_builds_on_every_target() -> None:
    refused, printed = wrong(WITH_BUILDS, target_names())
    assert refused == []
    assert printed > len(WITH_BUILDS) * len(target_names()) / 2


@pytest.mark.parametrize("product", ["torch", "torchvision", "vllm", "isaac-lab"])
def test_every_release_on_the_arm_machines(product: str) -> None:
    releases = KNOWLEDGE.store.product(product).releases[-12:]
    refused, _ = wrong([f"{product}=={release}" for release in releases], ("dgx-spark", "jetson-thor", "jetson-orin"))
    assert refused == []


@pytest.mark.slow
def test_every_product_on_every_target() -> None:
    """With `-s` it prints how many commands there are, and of which kind."""
    counts: Counter[str] = Counter()
    refused, printed = wrong(INSTALLED, target_names(), counts)
    sys.stdout.write("".join(f"{number:6} {what}\n" for what, number in sorted(counts.items())))
    assert refused == []
    assert printed > len(INSTALLED) * len(target_names()) / 2


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
@pytest.mark.parametrize(
    ("target", "facts"),
    [
        ("dgx-spark", ()),
        ("jetson-orin", ()),
        pytest.param("jetson-thor", (), marks=pytest.mark.slow),
        ("x86_64-h100", ("driver=535.10", "cuda-driver=12.2")),
    ],
)
def test_the_fixes_of_real_files(target: str, facts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    groups = project_files(["."])
    report = lint([Request(target=target, facts=facts)], groups, KNOWLEDGE, Loader(), scope=scope_of(["."], groups))
    refused, printed = refused_fixes(report, facts, target)
    assert refused == []
    assert printed > 0


def test_the_index_is_named_where_pypi_gives_another_build() -> None:
    result = stackcheck("preflight", "torch==2.9.0", "--target", "dgx-spark", "-q")
    assert result.code == 0
    command = result.out.partition("Install PyTorch 2.9.0.")[2].replace("\\\n", "")
    assert "uv pip install torch==2.9.0" in command
    assert "--index-url https://download.pytorch.org/whl/cu130" in command


@pytest.mark.parametrize("wish", ["isaac-lab==3.0.0", "isaac-sim"])
def test_what_nothing_can_install_is_an_error_without_anything_to_do(wish: str) -> None:
    """Neither a step that cannot be done, nor an environment or a variable for it."""
    report = preflight(Request(target="jetson-orin", wants=(wish,)), lambda _: None)
    assert report.count("error") == 1
    assert [finding.message for finding in report.findings if finding.severity == "todo"] == []


def test_the_python_of_the_command_is_that_of_the_sentence() -> None:
    result = stackcheck("preflight", "isaac-lab", "--target", "dgx-spark", "-q")
    assert "Make an environment with Python 3.12." in result.out
    assert "$ uv venv --python 3.12\n" in result.out
    assert "3.11" not in result.out


def test_what_is_printed_can_be_pasted() -> None:
    """One environment is made and entered before anything is installed, and what a run needs comes last."""
    result = stackcheck("preflight", "isaac-lab==2.3.2", "vllm", "--target", "dgx-spark", "--format", "json")
    steps = [finding for finding in result.findings("todo") if "fix" in finding]
    assert steps[0]["fix"]["commands"] == ["uv venv --python 3.11", ". .venv/bin/activate"]
    installs = [command for step in steps for command in step["fix"]["commands"] if "install" in command]
    assert len(installs) > 2
    assert all(command.startswith("uv pip install ") for command in installs)
    assert steps[-1]["subject"] == "LD_PRELOAD"


def test_the_interpreter_that_is_named_is_installed_into(tmp_path: Path) -> None:
    document = tmp_path / "machine.json"
    facts = {"arch": "aarch64", "os": "linux", "glibc": "2.39", "python": "3.12.3", "driver": "580.95.05"}
    gpus = [{"name": "NVIDIA GB10", "compute-capability": "12.1"}]
    environment = {"schema": "stackcheck-environment/1", "facts": facts, "gpus": gpus, "complete": ["packages"]}
    document.write_text(json.dumps(environment), encoding="utf-8")
    report = preflight(Request(env=str(document), wants=("torch",)), lambda _: None)
    (command,) = commands(pasteable(report, "/opt/my env/python"))
    assert command.startswith("uv pip install --python '/opt/my env/python' torch==")


def test_isaac_sim_brings_its_extras_and_its_index() -> None:
    for release in KNOWLEDGE.store.product("isaac-sim").releases:
        command = KNOWLEDGE.store.product("isaac-sim").command(release)
        assert command == f'pip install "isaacsim[all,extscache]=={release}" --extra-index-url https://pypi.nvidia.com'


def test_the_python_of_the_system_goes_first() -> None:
    report = preflight(Request(target="jetson-orin", wants=("torch",)), lambda _: None)
    assert commands(report) == ["uv pip install torch==2.10.0 --index-url https://pypi.jetson-ai-lab.io/jp6/cu126"]
    assert any("Python 3.10" in finding.message for finding in report.findings if finding.severity == "todo")
