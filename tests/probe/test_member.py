"""Members of an archive as streams: packed and stored, bounded, and what lies is an `OSError`."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from stackcheck.model import Unknown
from stackcheck.probe import member, wheel
from stackcheck.probe.fetch import Part
from stackcheck.probe.member import Member

if TYPE_CHECKING:
    from stackcheck.probe.wheel import Ranges

DATA = bytes(range(256)) * 5000


def archive(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as written:
        written.writestr("a/first.txt", "x" * 1000)
        written.writestr("a/lib.so", DATA)
    return made.getvalue()


def ranges(data: bytes) -> Ranges:
    def part(start: int | None, length: int) -> Part | Unknown:
        first = max(0, len(data) - length) if start is None else start
        return Part(data[first : first + length], len(data))

    return part


def entry(data: bytes, name: str = "a/lib.so") -> zipfile.ZipInfo:
    found = wheel.members("w.whl", ranges(data))
    assert not isinstance(found, Unknown)
    return next(one for one in found if one.filename == name)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("step", [7, 1000, 1 << 20])
def test_a_member_is_what_was_packed(method: int, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member, "STEP", 5000)
    data = archive(method)
    file = Member(entry(data), ranges(data))
    read = b""
    while part := file.read(step):
        assert len(part) <= step
        read += part
        if len(read) > 100_000 and step == 7:
            break
    assert read == DATA[: len(read)]
    assert step == 7 or len(read) == len(DATA)


def test_it_gives_no_more_than_its_size_says() -> None:
    data = archive()
    info = entry(data)
    info.file_size = 100
    assert Member(info, ranges(data)).read() == DATA[:100]


def test_a_place_that_holds_no_member_and_an_archive_that_ends_are_errors() -> None:
    data = archive()
    info = entry(data)
    info.header_offset += 1
    with pytest.raises(OSError, match="names another place"):
        Member(info, ranges(data))
    info = entry(data)
    info.compress_size += 10 * len(data)
    info.file_size *= 100
    cut = archive()[: entry(data).header_offset + 60]
    with pytest.raises(OSError, match="ends inside"):
        Member(info, ranges(cut)).read()


def test_what_the_index_refuses_is_its_reason() -> None:
    info = entry(archive())
    with pytest.raises(OSError, match="no money"):
        Member(info, lambda *_: Unknown("no money"))
