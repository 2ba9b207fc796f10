"""Small projects in the shapes that were met in the field: on each machine just the expected errors, and each file that
is not for it named once. A folder of `cases/` with an `expected.toml` is a case; nothing else is to be changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path

from pathlib import Path as _Path

CASES = sorted(path.parent for path in (_Path(__file__).parent / "cases").glob("*/expected.toml"))
MACHINES = [
    pytest.param(case, target, wanted, id=f"{case.name}-{target}")
    for case in CASES
    for target, wanted in tomli.loads((case / "expected.toml").read_text(encoding="utf-8")).items()
    if target != "says"
]


def lint(folder: Path, target: str, *more: str) -> list[dict[str, Any]]:
    result = stackcheck("lint", "--target", target, "--format", "json", *(more or (".",)), cwd=folder)
    return list(json.loads(result.out)["findings"])


def shown(findings: list[dict[str, Any]], severity: str) -> list[str]:
    """The findings of one severity, each as its place and id, once for each place."""
    kept = [one for one in findings if one["severity"] == severity]
    return sorted(
        f"{place['path']}:{place.get('line')} {one['id']}"
        for one in kept
        for place in (one["location"], *(other["location"] for other in one.get("also", []) if "id" not in other))
    )


@pytest.mark.parametrize(("case", "target", "wanted"), MACHINES)
def test_a_case(case: Path, target: str, wanted: dict[str, list[str]]) -> None:
    findings = lint(case, target)
    scope = [one for one in findings if one["kind"] == "scope"]
    apart = [why["origin"] for one in scope for why in one["because"] or [{"origin": one["location"]["path"]}]]
    assert shown(findings, "error") == sorted(wanted.get("errors", []))
    assert sorted(apart) == sorted(wanted.get("apart", []))
    if "warnings" in wanted:
        assert shown(findings, "warning") == sorted(wanted["warnings"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_every_case_is_judged_on_two_machines(case: Path) -> None:
    expected = tomli.loads((case / "expected.toml").read_text(encoding="utf-8"))
    assert expected.pop("says")
    assert len(expected) >= 2


def test_a_file_that_is_named_is_judged() -> None:
    folder = _Path(__file__).parent / "cases/accelerators"
    findings = lint(folder, "dgx-spark", "requirements_rocm.txt")
    assert shown(findings, "error") == [
        "requirements_rocm.txt:1 torch/pypi-aarch64-cpu",
        "requirements_rocm.txt:2 open3d/open3d-0.19",
    ]
    assert not [one for one in findings if one["kind"] == "scope"]


def test_the_list_of_files_shows_the_decision() -> None:
    folder = _Path(__file__).parent / "cases/boards"
    result = stackcheck("lint", "--target", "dgx-spark", "--target", "jetson-orin", "--list-files", ".", cwd=folder)
    lines = result.out.splitlines()
    assert "docker/jetson/Dockerfile  (not for target dgx-spark: its path says jetson)" in lines
    assert "scripts/deployment/spark/install.sh  (not for target jetson-orin: its path says spark)" in lines
