"""What NVIDIA's own builds for Jetson open by name, and DeepStream."""

from __future__ import annotations

import pytest

from stackcheck.model import Absent, Gpu, Known, Stack
from tests.judge.laws.shipped import HERE, findings, machine

BUILD = "2.5.0a0+872d972e41.nv24.08"


def orin(torch: str, *, absent: tuple[str, ...] = (), **packages: str) -> list[str]:
    """The ids of what is said of an Orin with JetPack 6.2, by the packages that are there and not there."""
    there = {"torch": torch, **packages}
    stack = Stack(
        facts={name: Known(value, HERE) for name, value in (("arch", "aarch64"), ("os", "linux"), ("jetpack", "6.2"))},
        gpus=(Gpu("NVIDIA Jetson Orin Nano", "8.7", HERE),),
        packages={name: Known(value, HERE) for name, value in there.items()} | dict.fromkeys(absent, Absent(HERE)),
        system_packages={name: Absent(HERE) for name in absent},
    )
    return [finding.id for finding in findings(stack)]


class TestCusparselt:
    NONE = ("libcusparselt0", "cusparselt", "nvidia-cusparselt-cu12")

    def test_it_is_not_there(self) -> None:
        assert "torch/jetson-cusparselt" in orin(BUILD, absent=self.NONE)

    def test_pip_brought_it(self) -> None:
        found = orin(BUILD, absent=self.NONE[:2], **{"nvidia-cusparselt-cu12": "0.6.3"})
        assert "torch/jetson-cusparselt" not in found

    def test_nobody_looked(self) -> None:
        assert "torch/jetson-cusparselt" not in orin(BUILD)

    def test_a_build_from_before(self) -> None:
        assert "torch/jetson-cusparselt" not in orin("2.3.0a0+ebedce2.nv24.02", absent=self.NONE)


class TestDeepStream:
    @pytest.mark.parametrize(
        ("release", "tensorrt", "severities"),
        [
            ("6.4", "10.3", ["error"]),
            ("6.4", "8.6.1", []),
            ("7.0", "8.5.2", ["warning"]),
            ("7.1", "8.6", ["error"]),
            ("7.1", "10.3", []),
            ("9.0", "8.6", ["error"]),
        ],
    )
    def test_tensorrt(self, release: str, tensorrt: str, severities: list[str]) -> None:
        """Another major is not found by its name; another minor is what nobody tested."""
        found = findings(machine(products={"deepstream": release, "tensorrt": tensorrt}))
        assert [one.severity for one in found if one.id.startswith("deepstream/")] == severities

    def test_an_old_driver(self) -> None:
        found = findings(machine(facts={"driver": "525.60.13"}, products={"deepstream": "7.0"}))
        assert [one.id for one in found] == ["deepstream/7.0-machine"]

    @pytest.mark.parametrize(
        ("release", "jetpack", "fails"),
        [("6.0", "4.5.1", True), ("6.0.1", "4.6.4", False), ("6.3", "5.1.2", False), ("6.4", "6.2", True)],
    )
    def test_jetpack(self, release: str, jetpack: str, fails: bool) -> None:
        found = findings(machine(facts={"arch": "aarch64", "jetpack": jetpack}, products={"deepstream": release}))
        assert [one.severity for one in found if one.id.startswith("deepstream/")] == ["error"] * fails
