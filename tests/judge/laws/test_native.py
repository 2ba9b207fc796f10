"""GPU code by the record of a wheel: the library that counts, how far it was read, and which index it is from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store
from stackcheck.model import Gpu, Origin, Stack
from tests.judge.small import ask, known

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Finding

GENERAL = {"library": "ext/core.so", "whole": True, "cubins": ["8.0", "9.0", "12.0"]}
"""Most kernels; no PTX."""
HOPPER = {"library": "ext/attention.so", "whole": True, "cubins": ["9.0a"]}
PTX = {"library": "ext/other.so", "whole": True, "ptx": ["8.0"]}


def findings(
    folder: Path, libraries: list[dict[str, Any]], capability: str | None, *, arch: str = "aarch64", index: str = "pypi"
) -> list[Finding]:
    place = folder / "records" / "pypi" / "ext.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    header = {"schema": "stackcheck-record/1", "project": "ext", "index": "pypi", "read": "2026-11-28", "releases": 1}
    line = {
        "version": "1.0",
        "wheels": ["cp312 on manylinux_2_28_aarch64 manylinux_2_28_x86_64"],
        "of": ["aarch64"],
        "requires": [],
        "native": {"aarch64": libraries},
    }
    lines = (header | {"files-from": "0.dev0", "metadata-from": "1.0"}, line)
    place.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    store = Store((), (str(folder),))
    gpus = (Gpu("a GPU", capability, Origin("seen", "probe")),) if capability else ()
    stack = Stack(
        facts=known({"arch": arch, "os": "linux", "glibc": "2.39", "python": "3.12"}),
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
