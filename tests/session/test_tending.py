"""`matrix lint`, `matrix verify --records` and `diff` from the command line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from stackcheck.cli.telling import diff, matrix_lint, matrix_show, matrix_verify
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import shipped
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.tending import changes
from tests.cli.command import EXAMPLES
from tests.matrix.test_lint_records import HEADER, write

if TYPE_CHECKING:
    from pathlib import Path


def test_lint_reads_the_users_records_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "products").mkdir()
    path = write(tmp_path, HEADER | {"releases": 5})
    assert matrix_lint(matrix=[tmp_path]) == 1
    out = capsys.readouterr().out
    assert f"{path}: line 1: releases: is cut off" in out
    assert out.splitlines()[-1].endswith("1 mistake")


def test_verify_by_records_asks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    name = "torch"
    assert Records([shipped()]).record(name) is not None
    matrix_verify(products=[name], by_records=True, format_="json")
    document = json.loads(capsys.readouterr().out)
    assert document["summary"]["agrees"] > 5
    assert all(row["place"].startswith("products/") for row in document["rows"])


def test_diff_is_one_where_something_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b", HEADER | {"releases": 0}, [])
    assert (
        diff(old=str(tmp_path / "a"), new=str(tmp_path / "a")),
        diff(old=str(tmp_path / "a"), new=str(tmp_path / "b")),
    ) == (0, 1)
    assert "releases that are gone:" in capsys.readouterr().out
    with pytest.raises(CannotWorkError, match="is no matrix folder"):
        diff(old=str(tmp_path), new=str(tmp_path / "b"))


def test_diff_compares_rows_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the shipped folder, and of a user's own, whose rows may name products that only the shipped one has."""
    old = tmp_path / "old"
    shutil.copytree(f"{shipped()}/products", old / "products")
    assert diff(old=shipped(), new=str(old)) == 1  # it has no records
    assert "\nrows that are gone" not in (out := capsys.readouterr().out)
    assert out.startswith("records that are gone:")
    (old / "products" / "deepstream.toml").unlink()
    (old / "records").mkdir()
    found = {(one.what, one.project) for one in changes(str(old), shipped()) if not one.index}
    assert {"product-new", "row-new"} == {what for what, _ in found}
    assert {project for _, project in found} == {"deepstream"}
    text = (EXAMPLES / "matrix" / "arm-sdk.toml").read_text(encoding="utf-8")
    for name, changed in (("a", text), ("b", text.replace('">=2.35"', '">=2.36"'))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "arm-sdk.toml").write_text(changed, encoding="utf-8")
    assert diff(old=str(tmp_path / "a"), new=str(tmp_path / "a")) == 0
    capsys.readouterr()
    assert diff(old=str(tmp_path / "a"), new=str(tmp_path / "b")) == 1
    assert "  arm-sdk/2-glibc: needs glibc 2.35 or newer → glibc 2.36 or newer\n" in capsys.readouterr().out


def test_show_has_the_rows_and_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    matrix_show(product="mujoco", rows=True)
    out = capsys.readouterr().out
    assert out.startswith("MuJoCo (mujoco, products/")
    assert "\nrecord of mujoco on pypi, read 20" in out
    assert "    requires (aarch64 and x86_64): " in out


def test_show_of_a_project_without_rows_is_its_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, HEADER | {"index": "house"}).parent.rename(tmp_path / "records" / "house")
    matrix_show(product="Arm_SDK", matrix=[tmp_path])
    assert capsys.readouterr().out == (
        "record of arm-sdk on house, read 2026-11-28: 2 releases, metadata from 1.0 on\n"
        "  2.0    Python >=3.10\n"
        "    wheels: cp310 cp311 on manylinux_2_28_x86_64\n"
        "    requires (x86_64): numpy<2\n"
        "  1.0    any Python, an sdist\n"
        "    wheels: py3 on any\n"
    )
    with pytest.raises(CannotWorkError, match="there is no product 'arm-skd'"):
        matrix_show(product="arm-skd", matrix=[tmp_path])
