"""Thirty wish lists on every shipped target, as whole outputs, by a frozen matrix: only the search changes them.

STACKCHECK_UPDATE=1 rewrites the answers; `python -m tests.plans.freeze` takes today's matrix. Two targets run each
time, all of them with `-m slow`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from stackcheck.plan import text
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.machine import target_names
from stackcheck.session.plan import plan_by
from stackcheck.session.request import Request
from tests.plans.answers import LISTS, keep, kept, thawed, wished

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.plan.values import Plan
    from stackcheck.session.knowledge import Knowledge

EACH_TIME = ("dgx-spark", "jetson-orin")
NAMES = (
    "requirements.txt",
    "constraints.txt",
    "pyproject.toml",
    "environment.yml",
    "pixi.toml",
    "Dockerfile",
    "install.sh",
)


REFUSED = {
    **{
        (name, "jetson-orin", "requirements.txt"): "lint would call an error.*Write pyproject.toml, Dockerfile or"
        for name in ("xformers", "sglang", "lerobot", "lerobot-and-vllm")
    },
    **{
        ("ros2", target, name): "nothing that a Python installer brings"
        for target in target_names()
        for name in NAMES[:5]
    },
}
"""What is not written: torch stands in the file of its own index, and the other file alone brings that of PyPI, or
builds beside it; ROS 2 comes by apt."""


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return thawed(tmp_path_factory.mktemp("matrix"))


def made(frozen: Knowledge, name: str, target: str, *write: str) -> Plan:
    return plan_by(frozen, Request(target=target), wished(LISTS[name], write), lambda _: None)


def judged(frozen: Knowledge, name: str, targets: tuple[str, ...]) -> None:
    answers = {target: text.render(made(frozen, name, target)) for target in targets}
    if os.environ.get("STACKCHECK_UPDATE"):
        keep(name, {**kept(name), **answers})
        return
    before = kept(name)
    assert answers == {target: before[target] for target in targets}


@pytest.mark.parametrize("name", LISTS)
def test_answers(frozen: Knowledge, name: str) -> None:
    judged(frozen, name, EACH_TIME)


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_answers_on_every_target(frozen: Knowledge, name: str) -> None:
    judged(frozen, name, target_names())


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_every_file_gives_no_error(
    frozen: Knowledge, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that lint calls an error is never written: then `made` raises."""
    for target in target_names():
        (tmp_path / target).mkdir()
        monkeypatch.chdir(tmp_path / target)
        for path in NAMES:
            if path == "environment.yml" and target == "jetson-orin":
                continue  # it cannot say which index a release comes from; see tests/plan/test_files.py
            if (name, target, path) in REFUSED:
                with pytest.raises(CannotWorkError, match=REFUSED[name, target, path]):
                    made(frozen, name, target, path)
                continue
            plan = made(frozen, name, target, path)
            assert (plan.conflict is None) is bool(plan.written)


def test_no_list_is_without_an_answer() -> None:
    assert all(set(kept(name)) == set(target_names()) for name in LISTS)


def test_how_many_have_a_plan() -> None:
    """The share is shown where it changes: a search that gives up more is seen here first."""
    answers = [answer for name in LISTS for answer in kept(name).values()]
    plans = sum(answer.startswith("Plan for ") for answer in answers)
    noes = sum(answer.startswith("No plan for ") for answer in answers)
    assert plans + noes == len(answers)
    assert (plans, noes) == (189, 59)
