"""The files of a run: texts that stand in for them, runs that are given up, and files that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.session.files import Loader

if TYPE_CHECKING:
    from pathlib import Path


def test_a_text_stands_in_for_a_file_by_whatever_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"saved")
    (tmp_path / "link.txt").symlink_to("a.txt")
    monkeypatch.chdir(tmp_path)
    loader = Loader({str(tmp_path.resolve() / "a.txt"): b"typed"})
    assert [loader(name) for name in ("a.txt", "./a.txt", "link.txt", str(tmp_path / "a.txt"))] == [b"typed"] * 4
    (tmp_path / "b.txt").write_bytes(b"saved")
    assert loader("b.txt") == b"saved"
    with pytest.raises(FileNotFoundError):
        loader("c.txt")
    assert {"a.txt", "b.txt", "c.txt"} <= loader.looked
    assert "c.txt" not in loader.read


def test_a_run_that_is_given_up(tmp_path: Path) -> None:
    """Also at a file that was read before, and in a loader that was made of this one."""
    wanted = [True]

    def stop() -> None:
        if not wanted[0]:
            raise KeyboardInterrupt

    (tmp_path / "a.txt").write_bytes(b"x")
    name = str(tmp_path / "a.txt")
    loader = Loader(stop=stop)
    assert loader(name) == b"x"
    wanted[0] = False
    for one in (loader, loader.having(loader.read)):
        with pytest.raises(KeyboardInterrupt):
            one(name)


def test_what_may_not_be_read(tmp_path: Path) -> None:
    def load(path: str) -> bytes:
        raise PermissionError(13, "not for you", path)

    (tmp_path / "a.txt").write_bytes(b"x")
    loader = Loader({"/given.txt": b"y"}, load=load)
    assert loader("/given.txt") == b"y"
    for one in (loader, loader.having({})):
        with pytest.raises(PermissionError):
            one(str(tmp_path / "a.txt"))


def test_bytes_that_another_loader_has() -> None:
    loader = Loader({"/a.txt": b"given"})
    assert loader.having({"/a.txt": b"changed"})("/a.txt") == b"changed"
    assert loader("/a.txt") == b"given"
