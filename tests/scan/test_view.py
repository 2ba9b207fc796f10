from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from stackcheck.scan.view import HostView, UnreadableError, first_line, read_text
from tests.tree import write_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_reads_files_folders_and_links(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/etc/a": "one\ntwo\n", "/etc/b": "->a", "/etc/abs": "->/etc/a"})))
    assert view.read_bytes("/etc/a") == b"one\ntwo\n"
    assert read_text(view, "/etc/b") == "one\ntwo\n"
    assert first_line(view, "/etc/abs") == "one"
    assert view.list_dir("/etc") == ("a", "abs", "b")
    assert view.readlink("/etc/b") == "a"
    assert view.readlink("/etc/a") is None
    assert view.exists("/etc/abs")


def test_what_is_not_there(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/file": "x", "/dangling": "->nowhere"})))
    assert view.read_bytes("/no") is None
    assert view.read_bytes("/file/below") is None
    assert view.read_bytes("/dangling") is None
    assert view.list_dir("/no") == ()
    assert not view.exists("/dangling")
    assert not view.exists("/nul\0byte")
    assert view.read_bytes("/nul\0byte") is None


@pytest.mark.parametrize("target", ["/outside/secret", "../../../../outside/secret", "../outside/secret"])
def test_links_never_leave_the_root(tmp_path: Path, target: str) -> None:
    write_tree(tmp_path, {"/outside/secret": "secret", "/root/link": f"->{target}", "/root/folder": "->/../outside"})
    view = HostView(str(tmp_path / "root"))
    assert view.read_bytes("/link") is None
    assert view.read_bytes("/../outside/secret") is None
    assert view.read_bytes("/folder/secret") is None


def test_a_link_that_is_absolute_on_this_machine_is_read_inside_the_root(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path, {"/etc/real": "inside", "/opt/link": "->/etc/real", "/lib": "->usr/lib", "/usr/lib/x": "y"}
    )
    view = HostView(str(root))
    assert view.read_bytes("/opt/link") == b"inside"
    assert view.read_bytes("/lib/x") == b"y"


def test_a_loop_of_links_is_unreadable(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/a": "->b", "/b": "->a"})))
    with pytest.raises(UnreadableError, match="too many links"):
        view.read_bytes("/a")


def test_fifos_and_folders_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for root in (str(tmp_path), "/"):
        view = HostView(root)
        before = "" if root != "/" else str(tmp_path)
        for name in ("fifo", "folder"):
            with pytest.raises(UnreadableError, match="no plain file"):
                view.read_bytes(f"{before}/{name}")


def test_reading_is_bounded(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/a": "x" * 101})))
    assert view.read_bytes("/a", 101) == b"x" * 101
    with pytest.raises(UnreadableError, match="larger than 100 bytes"):
        view.read_bytes("/a", 100)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_says_so(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/a": "x"})
    (tmp_path / "a").chmod(0)
    with pytest.raises(UnreadableError, match="cannot be read: Permission denied"):
        HostView(str(tmp_path)).read_bytes("/a")


def test_first_line_of_little(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/empty": "", "/blank": "\n\n", "/nul": "NVIDIA Jetson\0"})))
    assert first_line(view, "/empty") is None
    assert first_line(view, "/blank") is None
    assert first_line(view, "/none") is None
    assert first_line(view, "/nul") == "NVIDIA Jetson"
