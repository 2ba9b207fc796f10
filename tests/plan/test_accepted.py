"""What a plan writes is accepted by uv, from wheels alone: by an index on this machine that serves the recorded file
names, and (`-m network`) by PyPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.plan.files import project
from stackcheck.probe import resolve
from stackcheck.session.machine import machine_alone, target_names, target_stack
from stackcheck.session.plan import plan_by
from stackcheck.session.request import Request
from tests.plan.loopback import Pages, served_at
from tests.plan.wanted import KNOWLEDGE
from tests.plans.answers import LISTS, thawed, wished
from tests.probe.server import serving

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.plan.values import Plan
    from stackcheck.probe.resolution import Resolution
    from stackcheck.session.knowledge import Knowledge

UV = resolve.find_uv()
pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed")
EACH_TIME = ("vllm", "most-asked", "torch-2-9", "jax", "deepspeed", "lerobot", "isaac-lab-2")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return thawed(tmp_path_factory.mktemp("matrix"))


def resolved(made: Plan, target: str, text: str, folder: Path, variables: dict[str, str]) -> Resolution:
    """What uv makes of a written pyproject.toml on a target."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    stack = machine_alone(target_stack(target))
    glibc = int(str(getattr(stack.facts["glibc"], "value", "")).partition(".")[2])
    platform = resolve.platform(made.arch, glibc)
    assert platform is not None
    assert UV is not None
    job = resolve.Job((str(folder / "pyproject.toml"),), (), platform, made.python, variables, folder / "cache")
    answer = resolve.resolve(UV, job)
    assert not hasattr(answer, "reason"), answer
    return answer  # type: ignore[return-value]


def check(made: Plan, answer: Resolution) -> None:
    """Whether uv takes the plan's releases, and leaves out what is built from source alone."""
    assert answer.conflict is None
    pins = {pin.name: pin.version.partition("+")[0] for pin in answer.pins}
    built = {member.distribution for member in made.members if member.source}
    built |= {text.partition(" ")[0] for text in made.built}
    built |= {member.distribution for member in made.members if member.beside}  # its wheels are on its vendor's index
    # Of what has no record, and what that brings, a plan says that nothing is known.
    assert {left.name for left in answer.left if KNOWLEDGE.records.record(left.name) is not None} <= built
    for member in made.members:
        if member.distribution and member.version and member.distribution not in built:
            assert pins[member.distribution] == member.version


def at_home(frozen: Knowledge, name: str, target: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    made = plan_by(frozen, Request(target=target), wished(LISTS[name]), lambda _: None)
    if made.conflict is not None or not any(member.distribution for member in made.members):
        return False
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(Pages(frozen.records, made)) as served:
        text = served_at(project(made), served.url, made)
        check(made, resolved(made, target, text, folder, {"UV_DEFAULT_INDEX": served.url}))
    return True


@pytest.mark.parametrize("name", EACH_TIME)
def test_an_index_with_the_recorded_files(
    frozen: Knowledge, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_home(frozen, name, "dgx-spark", tmp_path, monkeypatch)


def test_the_index_of_a_jetson(frozen: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_home(frozen, "torch-family", "jetson-orin", tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("target", target_names())
@pytest.mark.parametrize("name", LISTS)
def test_every_list(frozen: Knowledge, name: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(frozen, name, target, tmp_path, monkeypatch)


@pytest.mark.network
@pytest.mark.parametrize("name", LISTS)
def test_pypi(name: str, tmp_path: Path) -> None:
    """Where all releases come from PyPI, whatever it has today: the matrix of today."""
    made = plan_by(KNOWLEDGE, Request(target="dgx-spark"), wished(LISTS[name]), lambda _: None)
    if made.conflict is not None or {member.index for member in made.members} - {"pypi"}:
        pytest.skip("no plan, or not from PyPI alone")
    if any(member.beside for member in made.members):
        pytest.skip("needs the index of a vendor")
    check(made, resolved(made, "dgx-spark", project(made), tmp_path, {}))
