"""The commands about the matrix itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
[product.own-sdk]
title = "Own SDK"
found-as = { pip = ["own-sdk"] }
releases = ["1.0", "2.0"]

[source.page]
url = "https://example.org/1.0/page"
seen = 2020-01-01
confidence = "reported"

[[requires]]
id = "arch"
release = "<2"
arch = "x86_64"
why = "The first release is for workstations."
source = "page"
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    return str(folder)


def test_list() -> None:
    out = stackcheck("matrix", "list").out
    assert "isaac-lab" in out
    assert "products/torch.toml" in out
    assert " facts, matrix 2026." in out.splitlines()[-1]


def test_show_is_a_table_with_reasons() -> None:
    out = stackcheck("matrix", "show", "isaac-sim").out.splitlines()
    assert out[0].startswith("Isaac Sim on the shipped targets")
    assert out[2].split()[:3] == ["Python", "spark", "spark-7.6"]
    first = out[3 : out.index("", 3)]
    cells = {line.split()[0]: line.split()[1:] for line in first}
    assert cells["5.1.0"][:2] == ["3.11", "PyPI"]
    assert cells["5.0.0"][1].startswith("✗")
    assert any("isaac-sim/x86_64-before-5.1" in line for line in out)
    assert max(map(len, out)) <= 80


@pytest.mark.parametrize("name", ["Isaac-Sim", "isaac_sim", "isaacsim", "Isaac Sim", "isaac-simm"])
def test_show_takes_what_people_call_a_product(name: str) -> None:
    assert stackcheck("matrix", "show", name).out.startswith("Isaac Sim on the shipped targets")


def test_pytorch_is_torch_for_every_command_that_names_a_product() -> None:
    table = stackcheck("matrix", "show", "torch").out
    assert stackcheck("matrix", "show", "pytorch").out == table
    assert stackcheck("explain", "torch").out == table
    assert stackcheck("explain", "pytorch").out == table
    todo = stackcheck("preflight", "pytorch==2.11.0", "--target", "gb10", "--format", "json").findings("todo")
    assert [finding["id"] for finding in todo] == ["python/environment", "torch/install"]


def test_show_rows() -> None:
    out = stackcheck("matrix", "show", "isaac-sim", "--rows").out
    assert "isaac-sim/5-python  [requires]" in out
    assert "source: " in out


def test_own_rows_are_judged_and_listed(own: str) -> None:
    assert "own-sdk" in stackcheck("matrix", "list", "--matrix", own).out
    result = stackcheck("preflight", "own-sdk==1.0", "--target", "dgx-spark", "--matrix", own, "--format", "json")
    assert result.code == 1
    assert result.findings("error")[0]["id"] == "own-sdk/arch"
    newer = stackcheck("preflight", "own-sdk==2.0", "--target", "dgx-spark", "--matrix", own, "--format", "json")
    assert newer.code == 3  # no row speaks of it, which is not the same as fine
    assert [entry["subject"] for entry in newer.report["coverage"]["not-judged"]] == ["own-sdk"]


def test_own_rows_override(tmp_path: Path, own: str) -> None:
    (tmp_path / "rows" / "torch.toml").write_text(
        '[product.torch]\ntitle = "PyTorch"\nfound-as = { pip = ["torch"] }\nreleases = ["2.9.0"]\n'
        '[source.s]\nurl = "https://example.org/1"\nseen = 2026-11-22\nconfidence = "observed"\n'
        '[[builds]]\nid = "pypi-aarch64-cpu"\nwhere = { arch = "aarch64" }\nindex = "pypi"\nvariant = "cu130"\n'
        'cuda = "13.0"\ncubins = ["12.0"]\nptx = []\nsource = "s"\n',
        encoding="utf-8",
    )
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    run = ("lint", "requirements.txt", "--target", "dgx-spark", "--format", "json")
    assert stackcheck(*run, cwd=tmp_path).code == 1
    assert stackcheck(*run, "--matrix", own, cwd=tmp_path).code == 0


def test_lint_names_every_mistake(tmp_path: Path, own: str) -> None:
    (tmp_path / "rows" / "own.toml").write_text(
        OWN.replace('"https://example.org/1.0/page"', '"https://example.org/latest/page"').replace("<2", "<0.5"),
        encoding="utf-8",
    )
    result = stackcheck("matrix", "lint", "--matrix", own)
    assert result.code == 1
    assert "is not pinned: name a version, tag or commit" in result.out
    assert "admits none of the known releases of own-sdk" in result.out
    assert stackcheck("matrix", "lint").code == 0


def test_stale(own: str) -> None:
    assert stackcheck("matrix", "stale", "--older-than", "100000d").code == 0
    result = stackcheck("matrix", "stale", "--older-than", "1000d", "--matrix", own)
    assert (result.code, result.out) == (1, "2020-01-01  https://example.org/1.0/page  (own-sdk/arch)\n")
    assert stackcheck("matrix", "stale", "--older-than", "soon").code == 2


def test_schema_is_json() -> None:
    assert json.loads(stackcheck("matrix", "schema").out)["title"] == "stackcheck matrix file"


def test_explain() -> None:
    result = stackcheck("explain", "isaac-sim/rt-cores")
    assert result.code == 0
    assert "needs: rt-cores yes" in result.out
    assert "docs.isaacsim.omniverse.nvidia.com" in result.out


def test_targets() -> None:
    assert "dgx-spark  " in stackcheck("targets").out


def test_version() -> None:
    assert stackcheck("--version").out.startswith("stackcheck 0.1.0 (matrix 2026.")


def test_records_confirm_no_date_of_today(tmp_path: Path) -> None:
    result = stackcheck("matrix", "verify", "numpy", "--records", "--dates", str(tmp_path))
    assert result.code == 2
    assert "does not go with --records" in result.err


def test_site(tmp_path: Path) -> None:
    out = tmp_path / "a" / "site"
    result = stackcheck("matrix", "site", "--product", "decord", "--since", "matrices", str(out))
    assert (result.code, result.err) == (0, "")
    assert re.match(r"11 pages, [\d,]+ bytes, in ", result.out)
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html"))
    assert written[:3] == ["changes.html", "index.html", "machines/dgx-spark-7.6.html"]
    assert "0 differences" in (out / "changes.html").read_text(encoding="utf-8")


def test_site_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = stackcheck("matrix", "site", "--product", "decord", str(tmp_path / "file"))
    assert result.code == 2
    assert "cannot be made" in result.err
