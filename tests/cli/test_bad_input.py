"""Bad input: one clear line on standard error, exit 2, no traceback, nothing lost in silence."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import document, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

TARGET = ("--target", "dgx-spark")


def refused(*args: str, cwd: Path, stdin: str | None = None) -> str:
    """The message of a run that must fail with exit 2."""
    result = stackcheck(*args, cwd=cwd, stdin=stdin)
    assert (result.code, result.out) == (2, ""), result
    assert "Traceback" not in result.err
    return result.err


def test_a_missing_file(tmp_path: Path) -> None:
    assert "nowhere.txt" in refused("lint", "nowhere.txt", *TARGET, cwd=tmp_path)


def test_a_folder_where_a_file_is_needed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "folder" in refused("check", "folder", *TARGET, cwd=tmp_path)
    assert "no project file is in it" in refused("lint", "folder", *TARGET, cwd=tmp_path)


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\x00\x00", "torch\n".encode("utf-16-le"), b"torch==2\xff\xfe\n"])
def test_a_file_that_is_no_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "requirements.txt").write_bytes(data)
    assert "requirements.txt" in refused("lint", "requirements.txt", *TARGET, cwd=tmp_path)


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "requirements.txt")
    assert "not a plain file" in refused("lint", "requirements.txt", *TARGET, cwd=tmp_path)


def test_broken_toml(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    assert "pyproject.toml:1" in refused("lint", "pyproject.toml", *TARGET, cwd=tmp_path)


def test_a_matrix_row_with_an_unknown_subject(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "own.toml").write_text(
        '[product.own]\ntitle = "Own"\n[source.s]\nurl = "https://example.org/1"\nseen = 2026-11-22\n'
        'confidence = "reported"\n[[requires]]\nid = "x"\npythn = "3.11"\nsource = "s"\n',
        encoding="utf-8",
    )
    said = refused("check", *TARGET, "--want", "own", "--matrix", str(folder), cwd=tmp_path)
    assert "[[requires]] x: pythn: 'pythn' is no subject; did you mean python" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"schema": "stackcheck-environment/2"}', "stackcheck-environment/2"),
        ('{"schema": "stackcheck-environment/1", "facts": {"pyhton": "3"}}', "python"),
        ("[" * 100_000, "environment.json"),
        ("not json", "environment.json"),
    ],
)
def test_a_document_that_is_none(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "environment.json").write_text(text, encoding="utf-8")
    assert expected in refused("check", "--env", "environment.json", cwd=tmp_path)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("check", "--target", "dgx-sparc"), "there is no target 'dgx-sparc'; did you mean dgx-spark"),
        (("preflight", "isaac-lap", *TARGET), "there is no product 'isaac-lap'; did you mean isaac-lab"),
        (("check", *TARGET, "--want", "isac-sim"), "did you mean isaac-sim"),
        (("check", *TARGET, "--fact", "drver=1"), "driver"),
        (("check", *TARGET, "--fact", "driver"), "driver"),
        (("check", *TARGET, "--env", "x.json"), "--env and --target exclude each other"),
        (("explain", "isaac-sim/rt-core"), "did you mean isaac-sim/rt-cores"),
        (("matrix", "show", "isaac-x"), "did you mean isaac-"),
        (("check", "--target", "gb300"), "there is no target 'gb300'; known: dgx-spark"),
        (("check", "--target", "rtx4090"), "there is no target 'rtx4090'; the nearest is x86_64-rtx50"),
        (("preflight", "cupy-cuda14x", *TARGET), "there is no product 'cupy-cuda14x'; known: "),
        (("check", *TARGET, "--matrix", "nowhere"), "nowhere"),
        (("check", "--python", "/nowhere/python"), "/nowhere/python"),
        (("check", *TARGET, "--output", "nowhere/report.txt"), "cannot be written"),
    ],
)
def test_options_that_name_what_is_not_there(tmp_path: Path, args: tuple[str, ...], expected: str) -> None:
    assert expected in refused(*args, cwd=tmp_path)


def test_standard_input(tmp_path: Path) -> None:
    result = stackcheck("lint", "-", *TARGET, "--format", "json", cwd=tmp_path, stdin="torch==2.9.0\n")
    assert result.code == 1
    assert result.report["findings"][0]["location"]["line"] == 1


def test_a_file_that_is_not_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "meson.build").write_text("project()\n", encoding="utf-8")
    result = stackcheck("check", "meson.build", "--env", document(tmp_path), "--format", "json", cwd=tmp_path)
    assert [finding["severity"] for finding in result.report["findings"]] == ["unknown"]
    assert stackcheck("check", "meson.build", "--env", document(tmp_path), "--strict", cwd=tmp_path).code == 3


def test_secrets_stay_out(tmp_path: Path) -> None:
    text = "--index-url https://me:hunter2@index.example/simple?token=hunter3\ntorch==2.9.0\n- torch\n"
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    for form in ("text", "json"):
        result = stackcheck("lint", "requirements.txt", *TARGET, "--format", form, cwd=tmp_path)
        assert "hunter" not in result.out + result.err


def test_control_characters_come_out_harmless(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "torch==2.9.0 ; python_version < '\x1b[31m3'\n\x1b]0;x\x07\n", encoding="utf-8"
    )
    result = stackcheck("lint", "requirements.txt", *TARGET, cwd=tmp_path)
    assert "\x1b" not in result.out + result.err
    json.loads(stackcheck("lint", "requirements.txt", *TARGET, "--format", "json", cwd=tmp_path).out)


class TestAmongOthers:
    """A file that cannot be used as a whole does not hide the others: they are judged, it is named, the exit is 2."""

    BROKEN = (
        ("p1/pyproject.toml", "a=="),
        ("uv.lock", "[[package]]\nname="),
        ("poetry.lock", "="),
        ("environment.yml", "a: [\n"),
        (".github/workflows/ci.yml", "<<<<<<< HEAD\na: b\n"),
        ("package.xml", ""),
        ("pixi.toml", "["),
        ("Pipfile.lock", "{"),
    )

    @pytest.mark.parametrize(("name", "text"), BROKEN)
    def test_in_a_folder(self, tmp_path: Path, name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
        result = stackcheck("lint", "--target", "dgx-spark", "--format", "json", ".", cwd=tmp_path)
        assert result.code == 2
        assert "torch/pypi-aarch64-cpu" in {finding["id"] for finding in result.findings("error")}
        (broken,) = [finding for finding in result.findings("unknown") if finding["id"] == "reading/broken"]
        assert broken["location"]["path"] == name

    def test_named_with_others(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
        args = ("requirements.txt", "nowhere.txt", "--target", "dgx-spark", "--format", "json")
        for command in ("lint", "check"):
            result = stackcheck(command, *args, cwd=tmp_path)
            assert result.code == 2
            assert {"torch/pypi-aarch64-cpu", "reading/broken"} <= {one["id"] for one in result.report["findings"]}
