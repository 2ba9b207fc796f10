"""GPU code by the record of a wheel: the library that counts, how far it was read, and which index it is from."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Gpu, Origin, Stack
from stackcheck.subjects import WITH_GPU_CODE
from tests.judge.laws.shipped import findings as shipped_findings
from tests.judge.laws.shipped import machine
from tests.judge.small import ask, known

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Finding

GENERAL = {"library": "ext/core.so", "whole": True, "cubins": ["8.0", "9.0", "12.0"]}
"""Most kernels; no PTX."""
HOPPER = {"library": "ext/attention.so", "whole": True, "cubins": ["9.0a"]}
PTX = {"library": "ext/other.so", "whole": True, "ptx": ["8.0"]}


def findings(
    folder: Path,
    libraries: list[dict[str, Any]],
    capability: str | None,
    *,
    arch: str | None = "aarch64",
    index: str = "pypi",
    other: list[dict[str, Any]] | None = None,
) -> list[Finding]:
    place = folder / "records" / "pypi" / "ext.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    header = {"schema": "stackcheck-record/1", "project": "ext", "index": "pypi", "read": "2026-11-28", "releases": 1}
    line = {
        "version": "1.0",
        "wheels": ["cp312 on manylinux_2_28_aarch64 manylinux_2_28_x86_64"],
        "of": ["aarch64"],
        "requires": [],
        "native": {"aarch64": libraries} if other is None else {"aarch64": libraries, "x86_64": other},
    }
    lines = (header | {"files-from": "0.dev0", "metadata-from": "1.0"}, line)
    place.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    store = Store((), (str(folder),))
    gpus = (Gpu("a GPU", capability, Origin("seen", "probe")),) if capability else ()
    stack = Stack(
        facts=known({"os": "linux", "glibc": "2.39", "python": "3.12"} | ({"arch": arch} if arch else {})),
        gpus=gpus,
        asks=(ask("ext", "==1.0", 1, index),),
    )
    return [
        finding for finding in judge(stack, store, subject="target", version="0").findings if finding.kind == "gpu-code"
    ]


@pytest.mark.parametrize(
    ("libraries", "capability", "severity"),
    [
        ([GENERAL], "12.1", None),
        ([GENERAL], "8.9", None),
        ([GENERAL], "11.0", "error"),
        ([GENERAL | {"whole": False}], "11.0", "warning"),
        # Others may be for single GPUs alone, and one that has something here does not stand for the rest.
        ([HOPPER, GENERAL], "12.1", None),
        # Kernels for one chip alone are mostly beside others, in another package, that serve the rest.
        ([HOPPER], "8.0", "warning"),
        # A library that is bundled from elsewhere lends nothing.
        ([GENERAL, {"library": "lib/other.so", "whole": True, "ptx": ["8.0"]}], "11.0", "error"),
        ([GENERAL, PTX], "11.0", "warning"),
        ([GENERAL | {"partly": {"cubins": ["11.0a"]}}], "11.0", "warning"),
        ([], "11.0", None),
        ([{"library": "bin/ptxas", "ptxas": "12.8"}], "11.0", None),
    ],
)
def test_the_library_with_the_longest_list_counts(
    tmp_path: Path, libraries: list[dict[str, Any]], capability: str, severity: str | None
) -> None:
    found = findings(tmp_path, libraries, capability)
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_what_it_says(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [GENERAL], "11.0")
    assert finding.message == (
        "ext 1.0 has no code for compute capability 11.0 (a GPU): ext/core.so in its wheel has 8.0, 9.0, 12.0 and no "
        "PTX, so its GPU kernels fail there."
    )
    assert [source.url for source in finding.sources] == ["pkg:pypi/ext@1.0"]


def test_one_library_for_each_cuda(tmp_path: Path) -> None:
    libraries = [
        {"library": "ext/libext_cuda126.so", "whole": True, "cubins": ["8.0", "9.0"]},
        {"library": "ext/libext_cuda130.so", "whole": True, "cubins": ["8.0", "12.0"]},
    ]
    assert findings(tmp_path, libraries, "12.1") == []
    assert [finding.severity for finding in findings(tmp_path, libraries, "11.0")] == ["error"]


def test_whether_code_is_shared_with_orin_follows_from_a_cuda_that_is_not_known(tmp_path: Path) -> None:
    assert [finding.severity for finding in findings(tmp_path, [GENERAL], "8.7")] == ["unknown"]


def test_a_gpu_that_is_not_known_is_said_and_another_machine_is_not_judged(tmp_path: Path) -> None:
    assert findings(tmp_path, [GENERAL], None, arch="x86_64") == []
    assert {finding.severity for finding in findings(tmp_path, [GENERAL], None)} <= {"unknown"}


def test_another_index_has_other_wheels(tmp_path: Path) -> None:
    assert findings(tmp_path, [GENERAL], "11.0", index="house") == []


CUDA_12 = GENERAL | {"needs": ["libcudart.so.12"]}
OTHER = {"library": "ext/core.so", "whole": True, "cubins": ["7.5"]}


def test_code_of_8_x_is_none_for_orin_before_cuda_13(tmp_path: Path) -> None:
    assert [finding.severity for finding in findings(tmp_path, [CUDA_12], "8.7")] == ["error"]


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        ([OTHER], "error"),
        ([OTHER | {"whole": False}], "warning"),
        ([], None),
        ([OTHER | {"ptx": ["7.5"]}], None),
        (None, None),
    ],
)
def test_where_the_architecture_is_not_known_the_wheels_of_all_must_fail(
    tmp_path: Path, other: list[dict[str, Any]] | None, severity: str | None
) -> None:
    found = findings(tmp_path, [GENERAL], "11.0", arch=None, other=other)
    assert [finding.severity for finding in found if finding.severity != "unknown"] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("arch", "torch", "severity"),
    [
        ("aarch64", "2.9.1+cu129", "error"),
        ("aarch64", "2.9.1+cu130", "warning"),
        ("aarch64", "2.9.1", "warning"),
        ("x86_64", "2.9.1", "error"),
    ],
)
def test_what_is_installed_is_pypis_wheel_most_likely(arch: str, torch: str, severity: str) -> None:
    packages = {"sgl-kernel": "0.3.21", "torch": torch}
    stack = machine(capability="12.1", facts={"arch": arch}, packages=packages)
    found = [finding.severity for finding in shipped_findings(stack) if finding.id == "sgl-kernel/gpu-code"]
    assert found == [severity]


def test_what_no_product_is_and_is_installed_is_judged_by_its_record() -> None:
    stack = machine(capability="7.0", packages={"lmcache": "0.5.6"})
    assert "lmcache/gpu-code" in [finding.id for finding in shipped_findings(stack)]
    assert shipped_findings(machine(capability="7.0", packages={"lmcache": "0.5.6+local"})) == []


def test_the_names_of_those_with_code_are_those_of_the_records() -> None:
    folder = shipped_folder() / "records" / "pypi"
    coded = {path.stem for path in folder.iterdir() if re.search(rb'"(?:cubins|ptx)"', path.read_bytes())}
    assert coded == WITH_GPU_CODE


def test_what_a_pin_brings_from_pypi_is_judged_like_what_is_asked_for() -> None:
    """jax pins its plugin, of which no row lists the releases."""
    lines = {
        False: ask("jax", "==0.11.1", extras=("cuda12",)),
        True: ask("jax", "==0.11.1", 1, "house", extras=("cuda12",)),
    }
    severities = {}
    for other, line in lines.items():
        stack = machine(capability="8.7", facts={"arch": "aarch64"}, asks=(line,))
        severities[other] = [finding.severity for finding in shipped_findings(stack) if "gpu-code" in finding.id]
    assert severities == {False: ["error"], True: []}
