"""Drivers: which CUDA they serve, which PTX they read, and which GPUs they drive."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws import cuda_releases
from stackcheck.judge.working import Working
from tests.judge.laws.shipped import findings, machine, said, store

BUILD = ("cuda-toolkit:source-build",)


def toolkit(version: str, **facts: str) -> list[tuple[str, str, str]]:
    return said(machine(facts={"cuda-toolkit": version, **facts}, features=BUILD))


class TestToolkit:
    @pytest.mark.parametrize(
        ("version", "driver", "row"),
        [
            ("7.0", "340.93", "cuda/7.0-driver"),
            ("9.2", "390.77", "cuda/9.2-driver"),
            ("10.2", "418.67", "cuda/10.2-driver"),
            ("11.4", "440.33", "cuda/11-driver"),
            ("12.1", "470.57.02", "cuda/12-driver"),
            ("13.0", "575.57.08", "cuda/13-driver"),
        ],
    )
    def test_the_driver_is_too_old_for_what_it_builds(self, version: str, driver: str, row: str) -> None:
        assert ("error", "driver", row) in toolkit(version, driver=driver)

    def test_before_11_every_release_needs_its_own(self) -> None:
        """Minor-version compatibility begins with CUDA 11."""
        assert ("error", "driver", "cuda/10.1-driver") in toolkit("10.1", driver="410.48")
        assert toolkit("10.0", driver="410.48") == []

    def test_what_the_driver_says_itself_counts(self) -> None:
        """libcuda of another branch may stand in front of the driver's own: `nvidia-smi` shows what it serves."""
        assert toolkit("12.4", driver="470.57.02", **{"cuda-driver": "12.4"}) == []

    def test_on_windows_the_numbers_are_others(self) -> None:
        assert ("error", "driver", "cuda/12-driver-windows") in toolkit("12.1", os="windows", driver="526.47")
        assert toolkit("12.0", os="windows", driver="527.41") == []

    def test_compatibility_libraries_bridge_it_on_a_data_centre_gpu(self) -> None:
        packages = {"cuda-compat-12-4": "550.54.15-1"}
        facts = {"cuda-toolkit": "12.4", "driver": "470.57.02"}
        assert said(machine(facts=facts, features=BUILD, gpu="Tesla T4", system_packages=packages)) == []
        geforce = said(machine(facts=facts, features=BUILD, gpu="NVIDIA GeForce RTX 3090", system_packages=packages))
        assert ("error", "driver", "cuda/12-driver") in geforce


class TestPtx:
    @pytest.mark.parametrize(
        ("version", "driver", "fails"),
        [
            ("11.8", "470.223.02", True),
            ("11.3", "460.80", True),
            ("13.2", "580.126.09", True),
            ("12.4", "550.144.03", False),
            ("12.6", "555.42.06", False),  # both write and read PTX 8.5
            ("12.6", "550.144.03", True),
            ("12.8", "535.183.01", True),
            ("13.5", "620.10", False),  # its driver is not known
        ],
    )
    def test_a_driver_reads_ptx_up_to_its_own_cuda(self, version: str, driver: str, fails: bool) -> None:
        found = [one for one in toolkit(version, driver=driver) if one[1] == "ptx"]
        assert bool(found) is fails

    def test_it_is_a_note_until_something_is_built(self) -> None:
        assert said(machine(facts={"cuda-toolkit": "13.2", "driver": "580.95.05"})) == []

    def test_the_message_names_both_versions(self) -> None:
        stack = machine(facts={"cuda-toolkit": "13.2", "driver": "580.95.05"}, features=BUILD)
        [finding] = findings(stack)
        assert "PTX 9.2" in finding.message
        assert "CUDA 13.0, which reads PTX up to 9.0" in finding.message
        assert finding.fix is not None
        assert "595.45.04" in finding.fix.text


class TestServed:
    @pytest.mark.parametrize(
        ("driver", "cuda"),
        [("384.130", "9.0"), ("470.256.02", "11.4"), ("525.147.05", "12.0"), ("570.86.10", "12.8"), ("615.61", "13.4")],
    )
    def test_by_its_number(self, driver: str, cuda: str) -> None:
        known = cuda_releases.served(Working(machine(facts={"driver": driver}), store(), None))
        assert known is not None
        assert str(known.cuda) == cuda

    def test_on_windows(self) -> None:
        """552.44 is of the R550 branch: the branch number is not the first number there."""
        known = cuda_releases.served(Working(machine(facts={"driver": "552.44", "os": "windows"}), store(), None))
        assert known is not None
        assert str(known.cuda) == "12.4"

    def test_a_jetsons_driver_is_counted_apart(self) -> None:
        facts = {"driver": "540.4.0", "l4t": "36.4", "arch": "aarch64"}
        assert cuda_releases.served(Working(machine(facts=facts), store(), None)) is None


class TestGpus:
    @pytest.mark.parametrize(
        ("driver", "gpu", "row"),
        [
            ("595.71.05", "Tesla V100-SXM2-16GB", "driver/590-gpus"),
            ("590.48.01", "NVIDIA GeForce GTX 1080 Ti", "driver/590-gpus"),
            ("535.183.01", "Tesla K80", "driver/495-gpus"),
            ("550.144.03", "NVIDIA GeForce RTX 5090", "driver/before-570-gpus"),
            ("470.256.02", "NVIDIA H100 80GB HBM3", "driver/before-520-gpus"),
            ("440.33", "NVIDIA GeForce RTX 3090", "driver/before-450-gpus"),
        ],
    )
    def test_a_branch_that_does_not_drive_it(self, driver: str, gpu: str, row: str) -> None:
        assert said(machine(facts={"driver": driver}, gpu=gpu)) == [("error", "pairs", row)]

    @pytest.mark.parametrize(
        ("driver", "gpu"),
        [("580.95.05", "Tesla V100-SXM2-16GB"), ("470.256.02", "Tesla K80"), ("570.86.10", "NVIDIA GeForce RTX 5090")],
    )
    def test_the_last_and_the_first_that_do(self, driver: str, gpu: str) -> None:
        assert said(machine(facts={"driver": driver}, gpu=gpu)) == []
