"""Plans for several machines in one call: a file each, or one pyproject.toml whose markers tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli
from packaging.markers import Marker
from packaging.requirements import Requirement

from stackcheck.plan.several import Machine, pyproject
from stackcheck.plan.values import Member, Plan
from stackcheck.session.machine import target_stack
from tests.cli.command import stackcheck
from tests.report.test_schemas import mistakes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Result

KERNELS = {
    name: str(getattr(target_stack(name).facts["kernel"], "value", ""))
    for name in ("dgx-spark", "jetson-thor", "jetson-orin", "x86_64-h100", "gh200")
}


def planned(folder: Path, *args: str, targets: tuple[str, ...]) -> Result:
    return stackcheck("plan", *args, *(word for name in targets for word in ("--target", name)), cwd=folder)


def environment(target: str, python: str = "3.12") -> dict[str, str]:
    machine = "x86_64" if target.startswith("x86") else "aarch64"
    return {"platform_machine": machine, "platform_release": KERNELS[target], "python_version": python}


def taken(text: str, target: str) -> dict[str, str]:
    """What a machine installs of the file, as a packaging tool reads its markers."""
    asked = map(Requirement, tomli.loads(text)["project"]["dependencies"])
    return {
        one.name: str(one.specifier) for one in asked if one.marker is None or one.marker.evaluate(environment(target))
    }


TARGETS = ("dgx-spark", "jetson-thor", "jetson-orin", "x86_64-h100")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    made = planned(folder, "torch", "vllm", "--write", "pyproject.toml", targets=TARGETS)
    assert made.code == 0, made.err
    return folder


class TestPyproject:
    @pytest.mark.parametrize("target", TARGETS)
    def test_each_machine_gets_its_own_plan(self, folder: Path, target: str) -> None:
        made = stackcheck("plan", "torch", "vllm", "--target", target, "--format", "json")
        own = {one["distribution"]: f"=={one['version']}" for one in made.report["members"] if one["distribution"]}
        assert taken((folder / "pyproject.toml").read_text(encoding="utf-8"), target) == own

    @pytest.mark.parametrize("target", TARGETS)
    def test_lint_finds_no_error_on_any(self, folder: Path, target: str) -> None:
        python = "3.10" if target == "jetson-orin" else "3.12"
        judged = stackcheck("lint", "pyproject.toml", "--target", target, "--fact", f"python={python}", cwd=folder)
        assert judged.code == 0, judged.out

    def test_each_index_is_for_its_machine_alone(self, folder: Path) -> None:
        uv = tomli.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
        (source,) = uv["sources"]["torch"]
        assert source["index"] == "jp6-cu126"
        fits = [target for target in TARGETS if Marker(source["marker"]).evaluate(environment(target))]
        assert fits == ["jetson-orin"]

    def test_a_machine_meets_one_environment(self, folder: Path) -> None:
        uv = tomli.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
        for target in TARGETS:
            values = environment(target, "3.10" if target == "jetson-orin" else "3.12")
            assert sum(Marker(text).evaluate(values) for text in uv["environments"]) == 1


def test_machines_that_need_the_same_share_their_lines(tmp_path: Path) -> None:
    made = planned(tmp_path, "numpy", "pandas", "--write", "pyproject.toml", targets=("dgx-spark", "x86_64-h100"))
    assert made.code == 0
    table = tomli.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))
    assert not any(";" in line for line in table["project"]["dependencies"])
    assert "tool" not in table


def machine(name: str, arch: str, kernel: str, *versions: str) -> Machine:
    """A machine whose plan has one release of each of some distributions."""
    members = tuple(
        Member(
            subject=f"p{at}",
            distribution=f"p{at}",
            title="",
            version=version,
            extras=(),
            index="pypi",
            cuda=None,
            why="",
            wish=True,
            source=False,
        )
        for at, version in enumerate(versions)
    )
    return Machine(Plan(subject=f"target {name}", matrix="1", python="3.12", members=members), arch, kernel)


class TestMarkers:
    def test_two_that_no_marker_tells_apart(self) -> None:
        one, other = (
            machine("spark", "aarch64", "6.11.0-nvidia", "1"),
            machine("gh200", "aarch64", "6.8.0-nvidia-64k", "2"),
        )
        with pytest.raises(ValueError, match="no marker tells spark from gh200"):
            pyproject([one, other])

    def test_no_more_is_told_than_differs(self) -> None:
        text = pyproject([machine("a", "aarch64", "6.8.12-tegra", "1", "3"), machine("b", "x86_64", "6.8.0", "2", "3")])
        assert tomli.loads(text)["project"]["dependencies"] == [
            "p0==1; platform_machine == 'aarch64'",
            "p0==2; platform_machine == 'x86_64'",
            "p1==3",
        ]

    def test_a_jetson_of_the_same_cpu(self) -> None:
        text = pyproject([machine("a", "aarch64", "6.8.12-tegra", "1"), machine("b", "aarch64", "6.11.0-nvidia", "2")])
        assert tomli.loads(text)["project"]["dependencies"] == [
            "p0==1; 'tegra' in platform_release",
            "p0==2; 'tegra' not in platform_release",
        ]


class TestFiles:
    TARGETS = ("dgx-spark", "jetson-orin")

    def test_a_requirements_file_for_each(self, tmp_path: Path) -> None:
        made = planned(
            tmp_path,
            "torch",
            "--write",
            "requirements.txt",
            "--write",
            "Dockerfile",
            "--format",
            "json",
            targets=self.TARGETS,
        )
        assert made.code == 0, made.err
        assert {path.name for path in tmp_path.iterdir()} == {
            *("requirements-dgx-spark.txt", "requirements-jetson-orin.txt"),
            *("Dockerfile.dgx-spark", "Dockerfile.jetson-orin"),
        }
        for target, python in (("dgx-spark", "3.12"), ("jetson-orin", "3.10")):
            for name in (f"requirements-{target}.txt", f"Dockerfile.{target}"):
                judged = stackcheck("lint", name, "--target", target, "--fact", f"python={python}", cwd=tmp_path)
                assert judged.code == 0, judged.out

    def test_json_has_a_plan_for_each(self) -> None:
        made = stackcheck("plan", "torch", "--target", "spark", "--target", "orin", "--format", "json")
        assert made.report["schema"] == "stackcheck-plans/1"
        assert [one["subject"] for one in made.report["plans"]] == ["target dgx-spark", "target jetson-orin"]
        assert [mistake for one in made.report["plans"] for mistake in mistakes("plan", one)] == []

    def test_where_one_has_no_set_nothing_is_written(self, tmp_path: Path) -> None:
        made = planned(tmp_path, "isaac-sim", "--write", "requirements.txt", targets=("dgx-spark", "jetson-thor"))
        assert made.code == 1
        assert "Plan for target dgx-spark" in made.out
        assert "No plan for target jetson-thor" in made.out
        assert list(tmp_path.iterdir()) == []

    def test_pixi_holds_one_machine(self, tmp_path: Path) -> None:
        refused = planned(tmp_path, "torch", "--write", "pixi.toml", targets=self.TARGETS)
        assert refused.code == 2
        assert "pixi.toml: holds one machine" in refused.err

    def test_a_pyproject_that_is_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'mine'\n", encoding="utf-8")
        refused = planned(tmp_path, "torch", "--write", "pyproject.toml", targets=self.TARGETS)
        assert refused.code == 2
        assert "is there already" in refused.err
        assert "mine" in (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
