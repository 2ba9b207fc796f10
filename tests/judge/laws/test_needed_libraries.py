"""Libraries of CUDA and cuDNN that the wheel of a record links to, against what is around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store
from stackcheck.model import Stack
from stackcheck.values import replace
from tests.judge.laws.shipped import said
from tests.judge.small import ask, known

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Finding

CUDA_12 = {"library": "ext/core.so", "whole": True, "needs": ["libcudart.so.12", "libcurand.so.10"]}
CUDA_13 = {"library": "ext/core13.so", "whole": True, "needs": ["libcudart.so.13", "libcublasLt.so.13"]}
CUDNN_8 = {"library": "ext/core.so", "whole": True, "needs": ["libcudnn.so.8"]}
RUNTIME_13 = {"nvidia-cuda-runtime": "13.0.96"}


def stack(index: str = "pypi", facts: dict[str, str] | None = None, **tables: dict[str, str]) -> Stack:
    """A machine of CUDA 13 with torch's own packages, and a line that asks for ext."""
    packages = known(tables.pop("packages", RUNTIME_13))
    stated = {"arch": "aarch64", "os": "linux", "glibc": "2.39", "python": "3.12", "cuda-toolkit": "13.0"}
    asks = (ask("ext", "==1.0", 1, index),)
    return Stack(facts=known(stated if facts is None else facts), packages=packages, asks=asks, **tables)


def findings(folder: Path, libraries: list[dict[str, Any]], judged: Stack, *requires: str) -> list[Finding]:
    place = folder / "records" / "pypi" / "ext.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    header = {"schema": "stackcheck-record/1", "project": "ext", "index": "pypi", "read": "2026-11-28", "releases": 1}
    line = {
        "version": "1.0",
        "wheels": ["cp312 on manylinux_2_28_aarch64"],
        "of": ["aarch64"],
        "requires": list(requires),
        "extras": ["ctk"],
        "native": {"aarch64": libraries},
    }
    lines = (header | {"files-from": "0.dev0", "metadata-from": "1.0"}, line)
    place.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    report = judge(judged, Store((), (str(folder),)), subject="target", version="0")
    return [finding for finding in report.findings if finding.kind == "loads"]


@pytest.mark.parametrize(
    ("libraries", "packages", "severity"),
    [
        ([CUDA_12], RUNTIME_13, "error"),
        ([CUDA_13], RUNTIME_13, None),
        ([CUDA_12, CUDA_13], RUNTIME_13, None),  # one of them is loaded
        ([CUDA_12], {"nvidia-cuda-runtime-cu12": "12.8.90"}, None),
        ([CUDA_12], {}, "error"),  # the toolkit of the machine
        ([CUDNN_8], {"nvidia-cudnn-cu13": "9.13.0.50"}, "error"),
        ([CUDNN_8], RUNTIME_13, None),  # of no cuDNN is known that it is there
        ([{"library": "ext/core.so", "whole": True, "needs": ["libcuda.so.1", "libcufft.so.11"]}], RUNTIME_13, None),
        ([], RUNTIME_13, None),
    ],
)
def test_the_major_that_a_wheel_links_to(
    tmp_path: Path, libraries: list[dict[str, Any]], packages: dict[str, str], severity: str | None
) -> None:
    found = findings(tmp_path, libraries, stack(packages=packages))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_what_it_says(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [CUDA_12], stack())
    assert finding.message == (
        "ext 1.0 links to libcudart.so.12 and does not bring it; what is there is nvidia-cuda-runtime 13.0.96, "
        "CUDA 13.0 of the toolkit, so loading it ends in 'cannot open shared object file'."
    )
    assert finding.id == "ext/needed"
    assert {"ext", "cuda"} <= set(finding.involves)
    assert [source.url for source in finding.sources] == ["pkg:pypi/ext@1.0"]


def test_what_its_own_metadata_brings_is_there(tmp_path: Path) -> None:
    assert findings(tmp_path, [CUDA_12], stack(), "nvidia-cublas-cu12>=12.1") == []
    assert len(findings(tmp_path, [CUDA_12], stack(), "nvidia-cublas-cu12>=12.1; extra == 'ctk'")) == 1
    judged = stack()
    asked = replace(judged, asks=(replace(judged.asks[0], extras=("ctk",)),))
    assert findings(tmp_path, [CUDA_12], asked, "nvidia-cublas-cu12>=12.1; extra == 'ctk'") == []


def test_a_toolkit_of_which_nothing_is_known_may_have_it(tmp_path: Path) -> None:
    judged = stack(facts={"arch": "aarch64", "os": "linux", "glibc": "2.39", "python": "3.12"})
    assert [finding.severity for finding in findings(tmp_path, [CUDA_12], judged)] == ["warning"]


def test_another_index_may_have_another_build(tmp_path: Path) -> None:
    assert findings(tmp_path, [CUDA_12], stack(index="example.org/simple")) == []


class TestShipped:
    """Records that come with stackcheck."""

    @staticmethod
    def of(packages: dict[str, str], **facts: str) -> list[tuple[str, str]]:
        from tests.judge.laws.shipped import machine

        stated = {"arch": "aarch64", "cuda-toolkit": "13.0", **facts}
        return [
            (severity, identity)
            for severity, kind, identity in said(machine(capability="12.1", packages=packages, facts=stated))
            if kind == "loads"
        ]

    def test_installed_kernels_for_cuda_12_beside_a_torch_for_cuda_13(self) -> None:
        """A warning: what is installed may be the project's own build."""
        packages = {"torch": "2.9.1+cu130", "sgl-kernel": "0.3.21"}
        assert self.of(packages) == [("warning", "sgl-kernel/needed")]
        assert self.of({"torch": "2.9.1+cu128", "sgl-kernel": "0.3.21"}) == []

    def test_a_label_says_that_it_is_another_build(self) -> None:
        assert self.of({"torch": "2.9.1+cu130", "sgl-kernel": "0.3.21+cu130"}) == []

    def test_a_jetson_has_builds_of_its_own(self) -> None:
        packages = {"onnxruntime-gpu": "1.31.1", "torch": "2.8.0"}
        assert self.of(packages, **{"cuda-toolkit": "12.6", "board": "jetson-orin", "l4t": "36.4"}) == []
        assert self.of(packages, **{"cuda-toolkit": "12.6"}) == [("warning", "onnxruntime-gpu/needed")]
