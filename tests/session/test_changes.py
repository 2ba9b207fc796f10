"""`diff` of two documents, two reports and two fleets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackcheck.read.environment import DocumentError
from stackcheck.report import changes as written
from stackcheck.session.changes import changes
from stackcheck.session.errors import CannotWorkError
from tests.cli.command import EXAMPLES, stackcheck
from tests.session.test_against import write

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.report.changes import Change

DOCUMENTS = EXAMPLES / "fleet" / "documents"


def compared(old: object, new: object) -> list[Change]:
    return changes(str(old), str(new), lambda _: None)[1]


def test_two_documents(tmp_path: Path) -> None:
    new = write(tmp_path, "spark-01", facts={"driver": "580.142", "gcc": "13.3.0"}, packages={"vllm": "0.12.0"})
    found = changes(str(DOCUMENTS / "spark-01.json"), str(new), lambda _: None)
    assert written.text(*found) == (
        """\
3 differences: 2 new, 1 changed

Machine
  ~ driver: 580.95.05 → 580.142
  + gcc: 13.3.0

Python packages
  + vllm: 0.12.0
"""
    )
    assert json.loads(written.document(*found))["changes"][0] == {
        "part": "facts",
        "what": "changed",
        "name": "driver",
        "old": "580.95.05",
        "new": "580.142",
    }
    assert "- changed: driver&#58; 580.95.05 → 580.142\n" in written.markdown(*found)
    assert [one.what for one in compared(new, DOCUMENTS / "spark-01.json")] == ["changed", "changed", "gone"]


def test_two_reports_whatever_their_lines(tmp_path: Path) -> None:
    for name, text in (
        ("a", "torch==2.9.0\nopen3d==0.19.0\n"),
        ("b", "\n\ntorch==2.9.0\nusd-core==25.11\n"),
    ):
        (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
        target = ("--target", "dgx-spark", "--format", "json", "--output", f"{name}.json")
        stackcheck("lint", *target, "requirements.txt", cwd=tmp_path)
    of, found = changes(str(tmp_path / "a.json"), str(tmp_path / "b.json"), lambda _: None)
    assert of == "reports"
    loud = [(one.what, one.name) for one in found if "error" in one.old + one.new]
    assert ("new", "usd-core/usd-core requirements.txt") in loud or any("usd-core" in name for _, name in loud)
    assert [what for what, name in loud if name.startswith("open3d/")] == ["gone"]
    assert not [name for _, name in loud if name.startswith("torch/")]


def test_two_fleets_as_folders_and_as_reports(tmp_path: Path) -> None:
    before = tmp_path / "before"
    for path in DOCUMENTS.glob("spark-*.json"):
        write(before, path.stem)
    write(before, "spark-05", packages={"torch": "2.9.0+cu130", "torchvision": "0.24.0+cu130"})
    write(before, "orin-01")
    now = tmp_path / "now"
    for path in DOCUMENTS.glob("spark-*.json"):
        write(now, path.stem)
    found = compared(before, now)
    (torch,) = (one for one in found if one.name == "torch/pypi-aarch64-cpu")
    assert (torch.what, torch.old, torch.machines, torch.without) == ("changed", "on 1", ("spark-05",), ())
    assert torch.new.startswith("on 2: PyTorch 2.9.0 from PyPI is a CPU-only build")
    machines = [(one.what, one.name, one.old, one.new) for one in found if one.part == "machines"]
    assert machines == [("gone", "orin-01", "clear", ""), ("changed", "spark-05", "clear", "warned")]
    for name in ("before", "now"):
        stackcheck("fleet", name, "--format", "json", "--output", f"{name}.json", cwd=tmp_path)
    assert compared(tmp_path / "before.json", tmp_path / "now.json") == found
    assert compared(tmp_path / "before.json", now) == found
    assert "      now on spark-05\n" in written.text("fleets", found)


def test_the_command(tmp_path: Path) -> None:
    same = stackcheck("diff", "dgx-spark", "dgx-spark")
    assert (same.code, same.out) == (0, "nothing differs\n")
    other = stackcheck("diff", "dgx-spark", "dgx-spark-7.6", "--format", "json")
    assert (other.code, other.report["of"]) == (1, "environments")
    mixed = stackcheck("diff", "dgx-spark", str(DOCUMENTS))
    assert mixed.code == 2
    assert "two of a sort can be compared" in mixed.err


@pytest.mark.parametrize(
    "report", ["{}", '{"findings": [4]}', '{"causes": [], "machines": [{"name": "a", "causes": [1]}]}']
)
@pytest.mark.parametrize("schema", ["stackcheck-report/1", "stackcheck-fleet/1"])
def test_reports_that_are_none(schema: str, report: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema": schema, **json.loads(report)}), encoding="utf-8")
    with pytest.raises(DocumentError, match="is no whole report"):
        compared(path, path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError):
        compared(tmp_path / "gone.json", "dgx-spark")
