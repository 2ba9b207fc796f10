"""What is opened is a plain file, and what is written is there whole or not at all."""

from __future__ import annotations

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from stackcheck.disk import PREFIX, NotPlainError, open_plain, read_plain, write_whole
from tests.cli.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = b"old\n" * 1_000_000, b"the new one\n" * 1_000_000


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


class TestOpening:
    def test_a_plain_file_is_read_up_to_a_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"0123456789")
        assert read_plain(str(path), 4) == b"0123"
        assert read_plain(str(path), 100) == b"0123456789"
        with open_plain(str(path)) as file:
            assert file.read() == b"0123456789"

    def test_a_file_of_proc_whose_size_is_0_is_read(self) -> None:
        assert read_plain("/proc/self/status", 1 << 20)

    def test_a_fifo_a_folder_and_a_device_are_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        for path in (tmp_path / "fifo", "/dev/zero"):
            with pytest.raises(NotPlainError, match="not a plain file"):
                read_plain(str(path), 10)
        with pytest.raises(IsADirectoryError):
            read_plain(str(tmp_path), 10)

    @pytest.mark.parametrize("name", ["a\0b", "a\ud800"])
    def test_a_name_that_no_file_has(self, name: str, tmp_path: Path) -> None:
        for path, below in ((str(tmp_path / name), None), (name, str(tmp_path))):
            with pytest.raises(FileNotFoundError):
                read_plain(path, 9, below)

    def test_below_a_folder_no_link_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "own" / "in").mkdir(parents=True)
        (tmp_path / "own" / "in" / "a").write_bytes(b"a")
        (tmp_path / "secret").write_bytes(b"s")
        (tmp_path / "own" / "in" / "link").symlink_to(tmp_path / "secret")
        (tmp_path / "own" / "way").symlink_to("in")
        os.mkfifo(tmp_path / "own" / "fifo")
        below = str(tmp_path / "own")
        assert read_plain("in/a", 9, below) == b"a"
        assert read_plain("./in//a", 9, below) == b"a"
        for name in ("in/link", "way/a", "../secret", "in/../../secret", "fifo", "."):
            with pytest.raises(NotPlainError):
                read_plain(name, 9, below)
        with pytest.raises(IsADirectoryError):
            read_plain("in", 9, below)
        for name in ("no", "no/a"):
            with pytest.raises(FileNotFoundError):
                read_plain(name, 9, below)
        with pytest.raises(NotADirectoryError):
            read_plain("in/a/b", 9, below)


class TestWriting:
    def test_a_new_file_has_the_mode_of_the_umask(self, tmp_path: Path) -> None:
        mask = os.umask(0o027)
        try:
            write_whole(str(tmp_path / "a"), b"a")
            write_whole(str(tmp_path / "b"), b"b", private=True)
        finally:
            os.umask(mask)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
        assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
        assert names(tmp_path) == ["a", "b"]

    def test_an_old_file_keeps_its_mode(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        path.chmod(0o604)
        write_whole(str(path), b"new")
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o604)

    def test_a_link_stays_and_what_it_leads_to_is_written(self, tmp_path: Path) -> None:
        (tmp_path / "to").mkdir()
        (tmp_path / "b").symlink_to("to/a")
        (tmp_path / "c").symlink_to("b")
        for text in (b"first", b"second"):  # it leads nowhere yet, then to a file
            write_whole(str(tmp_path / "c"), text)
            assert (tmp_path / "to" / "a").read_bytes() == text
        assert (tmp_path / "c").readlink().name == "b"
        (tmp_path / "loop").symlink_to("loop")
        with pytest.raises(OSError, match="links"):
            write_whole(str(tmp_path / "loop"), b"")

    def test_a_fifo_is_written_to(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        reader = subprocess.Popen(["cat", tmp_path / "fifo"], stdout=subprocess.PIPE)
        write_whole(str(tmp_path / "fifo"), b"through")
        assert reader.communicate(timeout=10)[0] == b"through"
        assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)

    def test_a_path_of_this_folder_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write_whole("a", b"a")
        assert (tmp_path / "a").read_bytes() == b"a"

    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_standard_output_by_its_name_is_the_open_file(self, name: str, tmp_path: Path) -> None:
        code = f"from stackcheck.disk import write_whole; write_whole({name!r}, b'text')"
        with (tmp_path / "out").open("wb") as file:
            before = os.fstat(file.fileno()).st_ino
            subprocess.run([sys.executable, "-c", code], stdout=file, check=True, cwd=ROOT)
        assert (tmp_path / "out").read_bytes() == b"text"
        assert (tmp_path / "out").stat().st_ino == before

    def test_a_full_disk_leaves_the_old_one_and_nothing_beside(self, tmp_path: Path) -> None:
        """A limit on the size of a file stands in for the disk: both stop a write in the middle."""
        path = tmp_path / "a"
        path.write_bytes(OLD)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            with pytest.raises(OSError, match="too large"):
                write_whole(str(path), NEW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, ignored)
        assert path.read_bytes() == OLD
        assert names(tmp_path) == ["a"]

    def test_kills_never_leave_a_torn_file(self, tmp_path: Path) -> None:
        killed_writers(tmp_path, 10)

    @pytest.mark.slow
    def test_fifty_kills_never_leave_a_torn_file(self, tmp_path: Path) -> None:
        killed_writers(tmp_path, 50)


def killed_writers(tmp_path: Path, count: int) -> None:
    """Processes that write a large --output over and over, each killed at a random moment."""
    path = tmp_path / "report.json"
    code = (
        "import sys\nfrom stackcheck.cli.show import write_file\n"
        "old, new = 'old\\n' * 1000000, 'the new one\\n' * 1000000\n"
        "sys.stdout.write('ready')\nsys.stdout.flush()\n"
        "while True:\n    for text in (new, old):\n        write_file(text, sys.argv[1], '--output')\n"
    )
    path.write_bytes(OLD)
    chance = random.Random(7)  # noqa: S311
    inside = 0
    for _ in range(count):
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
        with child:
            assert child.stdout is not None
            assert child.stdout.read(5) == b"ready"
            time.sleep(chance.uniform(0, 0.05))
            child.kill()
        assert path.read_bytes() in (OLD, NEW)
        beside = [name for name in names(tmp_path) if name.startswith(PREFIX)]
        inside += bool(beside)
        for name in beside:
            (tmp_path / name).unlink()
    assert inside, "the kills came before or after the writing, and showed nothing"
