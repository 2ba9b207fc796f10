"""Which documents names mean: files, folders, patterns, JSON lines, targets."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.session.documents import LIMIT, documents
from stackcheck.session.errors import CannotWorkError
from tests.tree import write_tree

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = '{"schema": "stackcheck-environment/1"}'


def places(*names: str) -> list[str]:
    return [one.place for one in documents(names)]


def test_a_folder_in_the_order_of_its_paths(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path,
        {
            "b.json": EMPTY,
            "a/2.toml": "",
            "a/1.json": EMPTY,
            "a/notes.txt": "",
            ".git/x.json": EMPTY,
            ".hidden.json": EMPTY,
            "c.jsonl": f"{EMPTY}\n\n{EMPTY}\n",
        },
    )
    found = list(documents([str(root)]))
    assert [one.place.removeprefix(f"{root}/") for one in found] == [
        "b.json",
        "c.jsonl:1",
        "c.jsonl:3",
        "a/1.json",
        "a/2.toml",
    ]
    assert [one.inside for one in found] == ["b.json", "c.jsonl:1", "c.jsonl:3", "a/1.json", "a/2.toml"]
    assert [one.form for one in found] == ["json", "json", "json", "json", "toml"]


def test_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"site-1/a.json": EMPTY, "site-2/b.json": EMPTY, "[x].json": EMPTY})
    monkeypatch.chdir(tmp_path)
    assert places("site-*/*.json") == ["site-1/a.json", "site-2/b.json"]
    assert places("**/a.json") == ["site-1/a.json"]
    assert places("[x].json") == ["[x].json"]
    with pytest.raises(CannotWorkError, match="no file has such a name"):
        places("*.yaml")


def test_a_target_by_one_of_its_names() -> None:
    (found,) = documents(["gb10"])
    assert (found.place, found.target, found.form) == ("target dgx-spark", "dgx-spark", "toml")


def test_a_name_that_means_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError, match="is no file, no folder and no target"):
        places("dgx-sparkle.json")
    with pytest.raises(CannotWorkError, match="holds no document"):
        places(str(tmp_path))


def test_lines_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"{EMPTY}\n   \n{EMPTY}".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert places("-") == ["-:1", "-:3"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", b"\xff\xfe", "is not UTF-8 text (byte 0)"),
        ("a.json", b" " * (LIMIT + 1), "is larger than 20 MB"),
        ("a.jsonl", b" " * (2 * LIMIT) + b"x\n{}\n", "is larger than 20 MB"),
    ],
    ids=["coding", "large", "long line"],
)
def test_what_cannot_be_read_is_one_with_a_reason(tmp_path: Path, name: str, text: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(text)
    found = list(documents([str(tmp_path)]))
    assert found[0].reason == reason
    assert [one.text for one in found[1:]] == ["{}\n"] * (name == "a.jsonl")


def test_a_link_to_nowhere_and_a_pipe_are_named(tmp_path: Path) -> None:
    import os

    (tmp_path / "gone.json").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.json")
    reasons: dict[str, Any] = {one.inside: one.reason for one in documents([str(tmp_path)])}
    assert reasons["gone.json"] == "cannot be read: No such file or directory"
    assert reasons["pipe.json"].startswith("cannot be read")
