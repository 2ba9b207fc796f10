"""The promises of the first release, through the command line: verdict, message, chain and source of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import Result, document, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

JSON = ("--format", "json")
LINUX = {"os": "linux", "arch": "x86_64", "distro": "ubuntu", "distro-version": "24.04", "kernel": "6.8.0-45-generic"}
RTX = [{"name": "NVIDIA GeForce RTX 4090"}]
CU128 = "--index-url https://download.pytorch.org/whl/cu128\ntorch==2.9.1\n"


def one(result: Result, severity: str, subject: str) -> dict[str, Any]:
    """The one finding of a severity about a subject; it must have a source, or name the lines it is about."""
    found = [finding for finding in result.findings(severity) if finding["subject"] == subject]
    assert len(found) == 1, [finding["message"] for finding in result.report["findings"]]
    assert all(source["url"].startswith(("https://", "pkg:pypi/")) for source in found[0]["sources"])
    assert all(len(source["seen"]) == len("2026-11-22") for source in found[0]["sources"])
    assert found[0]["sources"]
    return found[0]


def chain(finding: dict[str, Any]) -> list[str]:
    return [reason["text"] for reason in finding["because"]]


def lint(folder: Path, text: str, target: str) -> Result:
    (folder / "requirements.txt").write_text(text, encoding="utf-8")
    return stackcheck("lint", "requirements.txt", "--target", target, *JSON, cwd=folder)


class TestPreflight:
    def test_isaac_lab_2_3_on_a_spark(self) -> None:
        result = stackcheck("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", *JSON)
        assert result.code == 0
        todo = {finding["subject"]: finding for finding in reversed(result.findings("todo"))}
        order = list(todo)[::-1]
        assert order.index("python") < order.index("torch") < order.index("isaac-sim") < order.index("isaac-lab")
        assert todo["python"]["message"] == "Make an environment with Python 3.11."
        assert todo["isaac-sim"]["message"] == "Install Isaac Sim 5.1.0."
        assert todo["torch"]["message"] == "Install PyTorch 2.9.0 and torchvision 0.24.0."
        assert any("whl/cu130" in command for command in todo["torch"]["fix"]["commands"])
        limits = {finding["subject"] for finding in result.findings("note") if finding.get("limit")}
        assert {"isaac-lab:skillgen", "isaac-lab:openxr", "isaac-lab:skrl-jax", "isaac-sim:livestream"} <= limits

    @pytest.mark.parametrize("feature", ["isaac-lab:skillgen", "isaac-lab:openxr", "isaac-sim:livestream"])
    def test_features_that_are_not_there(self, feature: str) -> None:
        result = stackcheck("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "--feature", feature, *JSON)
        finding = one(result, "error", feature)
        assert (result.code, finding["kind"]) == (1, "unsupported")
        assert "is not supported on dgx-spark" in finding["message"]
        assert any("5.1.0" in source["url"] or "isaaclab" in source["url"].lower() for source in finding["sources"])
        assert f"{feature} is asked for" in chain(finding)

    def test_a_feature_that_was_not_validated(self) -> None:
        feature = "isaac-lab:skrl-jax"
        result = stackcheck("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "--feature", feature, *JSON)
        assert result.code == 0
        assert "was not validated" in one(result, "warning", feature)["message"]

    def test_the_limit_was_lifted_in_3_0(self) -> None:
        feature = "isaac-lab:skrl-jax"
        result = stackcheck("preflight", "isaac-lab==3.0.0", "--target", "dgx-spark", "--feature", feature, *JSON)
        assert result.code == 0
        assert not [finding for finding in result.report["findings"] if finding["subject"] == feature]
        todo = [finding["message"] for finding in result.findings("todo")]
        assert "Make an environment with Python 3.12." in todo
        assert any("PyTorch 2.11.0" in message for message in todo)

    def test_an_old_machine_is_told_everything_at_once(self, tmp_path: Path) -> None:
        facts = {**LINUX, "distro-version": "20.04", "python": "3.12.3", "driver": "570.86.10"}
        env = document(tmp_path, facts=facts, gpus=RTX)
        result = stackcheck("preflight", "isaac-lab==2.3.*", "--env", env, *JSON)
        assert result.code == 1
        python, driver, glibc = (one(result, "error", name) for name in ("python", "driver", "glibc"))
        assert "needs Python 3.11; this environment has 3.12.3." in python["message"]
        assert "needs the NVIDIA driver 580.65.06 or newer; this machine has 570.86.10." in driver["message"]
        assert "needs glibc 2.35 or newer; this machine has 2.31." in glibc["message"]
        assert chain(glibc)[:2] == [
            "isaac-lab==2.3.* is asked for",
            "Isaac Lab 2.3.2.post1 needs Isaac Sim 4.5, 5.0 or 5.1.",
        ]
        assert "ubuntu 20.04 comes with glibc 2.31" in chain(glibc)

    def test_a_driver_that_cannot_be_read(self) -> None:
        result = stackcheck("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "--fact", "driver=unknown", *JSON)
        unknown = [finding for finding in result.findings("unknown") if finding["subject"] == "driver"]
        assert (result.code, len(unknown)) == (3, 1)
        assert "driver is stated as unknown" in unknown[0]["message"]
        assert unknown[0]["required"] is True


class TestTorch:
    def test_cpu_only_from_pypi(self, tmp_path: Path) -> None:
        result = lint(tmp_path, "torch==2.9.0\n", "dgx-spark")
        finding = one(result, "error", "torch")
        assert result.code == 1
        assert "PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64" in finding["message"]
        assert "cu130" in finding["fix"]["text"]
        assert "from the cu130 index" in finding["fix"]["text"]
        assert finding["location"] == {"path": "requirements.txt", "line": 1, "column": 1, "end_column": 13}
        assert chain(finding)[0] == "torch==2.9.0 is asked for"

    def test_run_time_compiler_on_a_spark(self, tmp_path: Path) -> None:
        finding = one(lint(tmp_path, CU128, "dgx-spark"), "error", "torch")
        assert finding["kind"] == "compilers"
        assert "runs its precompiled kernels on compute capability 12.1 (NVIDIA GB10)" in finding["message"]
        assert "its NVRTC 12.8 does not know sm_121" in finding["message"]

    def test_triton_alone_is_a_warning(self, tmp_path: Path) -> None:
        facts = {**LINUX, "arch": "aarch64", "driver": "580.95.05"}
        packages = {"torch": "2.9.0+cu130", "triton": "3.5.0"}
        result = stackcheck(
            "check", "--env", document(tmp_path, facts=facts, gpus=[{"name": "NVIDIA GB10"}], packages=packages), *JSON
        )
        assert result.code == 0
        assert "ptxas 12.8, which does not know sm_121" in one(result, "warning", "triton")["message"]

    def test_no_code_for_thor(self, tmp_path: Path) -> None:
        finding = one(lint(tmp_path, CU128, "jetson-thor"), "error", "torch")
        assert finding["kind"] == "gpu-code"
        assert "has no code for compute capability 11.0 (NVIDIA Thor)" in finding["message"]

    def test_a_pair_that_does_not_fit(self, tmp_path: Path) -> None:
        result = lint(tmp_path, "torch==2.9.0\ntorchvision==0.23.0\n", "dgx-spark")
        pair = [finding for finding in result.findings("error") if finding["kind"] == "requires"]
        assert len(pair) == 1
        assert pair[0]["message"].startswith(
            "torchvision 0.23.0 needs PyTorch 2.8.0; requirements.txt:1 asks for torch==2.9.0."
        )
        assert pair[0]["location"]["line"] == 2

    def test_by_inference(self, tmp_path: Path) -> None:
        finding = one(lint(tmp_path, "torchvision==0.23.0\n", "dgx-spark"), "error", "torch")
        assert chain(finding)[0] == "torchvision==0.23.0 is asked for"
        assert chain(finding)[1].startswith("torchvision 0.23.0 needs PyTorch 2.8.0.")
        assert "CPU-only" in finding["message"]

    def test_none_of_a_range(self, tmp_path: Path) -> None:
        assert lint(tmp_path, "torch>=2.5,<2.9\n", "dgx-spark").code == 1

    def test_some_of_a_range(self, tmp_path: Path) -> None:
        result = lint(tmp_path, "torch>=2.5\n", "dgx-spark")
        assert (result.code, result.findings("error"), result.findings("warning")) == (0, [], [])
        assert one(result, "note", "torch")["message"].startswith("torch>=2.5 also allows 2.5.0 to 2.10.0")

    def test_an_ngc_build_holds(self, tmp_path: Path) -> None:
        facts = {**LINUX, "arch": "aarch64", "driver": "580.95.05"}
        packages = {"torch": "2.9.0a0+50eac811a6.nv25.09"}
        env = document(tmp_path, facts=facts, gpus=[{"name": "NVIDIA GB10"}], packages=packages)
        result = stackcheck("check", "--env", env, *JSON)
        assert (result.code, result.report["findings"]) == (0, [])
        assert result.report["summary"]["held"] >= 1


class TestRos:
    def test_jazzy_on_22_04(self, tmp_path: Path) -> None:
        env = document(tmp_path, facts={**LINUX, "distro-version": "22.04"}, products={"ros2": "jazzy"})
        result = stackcheck("check", "--env", env, *JSON)
        assert result.code == 1
        assert "ROS 2 jazzy needs Ubuntu 24.04; this machine has 22.04." in one(result, "error", "ubuntu")["message"]

    @pytest.mark.parametrize(("path", "code"), [("/opt/ros/jazzy/lib/python3.12/site-packages", 1), (None, 0)])
    def test_another_python_on_the_path(self, tmp_path: Path, path: str | None, code: int) -> None:
        facts = {**LINUX, "python": "3.11.9", "driver": "580.95.05"}
        stated = {"variables": {"PYTHONPATH": path}} if path else {"absent": ["PYTHONPATH"]}
        products = {"ros2": "jazzy", "isaac-sim": "5.1.0"}
        env = document(tmp_path, facts=facts, gpus=RTX, products=products, **stated)
        result = stackcheck("check", "--env", env, *JSON)
        assert result.code == code
        if path is None:
            assert not [f for f in result.report["findings"] if f["severity"] != "note"]
            return
        finding = one(result, "error", "python")
        assert "PYTHONPATH holds ROS packages compiled for Python 3.12" in finding["message"]
        assert "PYTHONPATH holds /opt/ros/jazzy/lib/python3.12" in chain(finding)


class TestIsaacSim:
    def sim(self, folder: Path, version: str, python: str, driver: str | None, gpu: str = RTX[0]["name"]) -> Result:
        facts = {**LINUX, "python": python, **({"driver": driver} if driver else {})}
        env = document(folder, facts=facts, gpus=[{"name": gpu}], products={"isaac-sim": version})
        return stackcheck("check", "--env", env, *JSON)

    def test_a_driver_that_is_too_new(self, tmp_path: Path) -> None:
        result = self.sim(tmp_path, "5.1.0", "3.11.9", "595.71.05")
        assert result.code == 0
        finding = one(result, "warning", "isaac-sim")
        assert "595" in finding["message"]
        assert "driver" in finding["involves"]

    def test_no_rt_cores(self, tmp_path: Path) -> None:
        result = self.sim(tmp_path, "5.1.0", "3.11.9", "580.95.05", "NVIDIA A100-SXM4-80GB")
        assert result.code == 1
        assert "needs RT cores; this GPU has none." in one(result, "error", "rt-cores")["message"]

    def test_6_0_1_with_its_driver_holds(self, tmp_path: Path) -> None:
        result = self.sim(tmp_path, "6.0.1", "3.12.3", "595.58.03")
        assert (result.code, result.findings("error"), result.findings("warning")) == (0, [], [])
        assert not result.findings("unknown")

    def test_the_driver_is_not_known(self, tmp_path: Path) -> None:
        result = self.sim(tmp_path, "5.1.0", "3.11.9", None)
        assert [f["subject"] for f in result.findings("unknown")] == ["driver"]
        assert "driver was not looked at" in result.findings("unknown")[0]["message"]


def test_a_cause_has_one_line_in_the_table_over_targets() -> None:
    targets = ("--target", "dgx-spark", "--target", "jetson-orin")
    result = stackcheck("lint", *targets, "-", stdin="isaacsim==4.5.0\n")
    lines = [line for line in result.out.splitlines() if line.startswith("isaac")]
    assert [line.split() for line in lines] == [["isaacsim", "(-:1)", "✗", "✗"]]


def test_what_to_do_first_says_for_which_target() -> None:
    targets = ("--target", "dgx-spark", "--target", "jetson-orin")
    text = "".join(
        f"{name}\n" for name in ("decord", "open3d==0.19.0", "bitsandbytes==0.41.0", "torch==2.9.0", "triton==2.1.0")
    )
    page = stackcheck("lint", *targets, "--format", "html", "-", stdin=text).out
    first = page.partition("What to do first")[2].partition("</section>")[0]
    assert ">torch</a> on dgx-spark: " in first
    assert " on jetson-orin: " in first
