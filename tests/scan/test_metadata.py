"""What distributions say of themselves: tolerant readers on text, and folders as installers leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.scan.metadata import (
    Distribution,
    Requirement,
    installed,
    listed_libraries,
    parse_metadata,
    parse_record,
    parse_requires_txt,
    parse_tags,
)
from stackcheck.scan.view import HostView

if TYPE_CHECKING:
    from pathlib import Path

METADATA = """\
Metadata-Version: 2.4
Name: Foo_Bar
Version: 1.0
Classifier: Name: not this
Requires-Python: >=3.9
Requires-Dist: numpy<2,>=1.21
Requires-Dist: tomli>=2; python_version < "3.11"
Provides-Extra: dev
Requires-Dist: pytest; extra == "dev"
Name: second

Requires-Dist: in-the-body
"""


def test_metadata() -> None:
    fields, requires = parse_metadata(METADATA)
    assert fields == {"Name": "Foo_Bar", "Version": "1.0", "Requires-Python": ">=3.9"}
    assert requires == (
        Requirement("numpy<2,>=1.21", 6),
        Requirement('tomli>=2; python_version < "3.11"', 7),
    )


@pytest.mark.parametrize(
    ("text", "requires"),
    [
        ("\ufeffName: a\nVersion: 1\nRequires-Dist: b\n", ["b"]),
        ("Name: a\r\nVersion: 1\r\nRequires-Dist: b\r\n\r\nRequires-Dist: c\r\n", ["b"]),
        ("Requires-Dist: b\n\tand more\n  of it\nRequires-Dist:c", ["b and more of it", "c"]),
        ("License: x\n        \n  y\nRequires-Dist: b\n", ["b"]),
        ("Requires-Dist: b", ["b"]),
        ("", []),
        ("\n\nRequires-Dist: b", []),
        ("Requires-Dist:\n", [""]),
    ],
    ids=["byte order mark", "crlf", "folded", "blank continuation", "no newline", "empty", "no header", "no value"],
)
def test_metadata_of_all_sorts(text: str, requires: list[str]) -> None:
    assert [one.text for one in parse_metadata(text)[1]] == requires


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('a; extra == "dev"', False),
        ("a ; python_version<'3' and extra=='dev'", False),
        ("a>=1; (extra == 'dev') and os_name == 'nt'", False),
        ('a; extra == "dev" or os_name == "posix"', True),
        ("extra==1.0", True),
        ("extra", True),
        ('a; os_name == "extra"', True),
        ('extra-things; os_name == "posix"', True),
    ],
)
def test_requirements_of_extras_are_left_out(text: str, kept: bool) -> None:
    assert [one.text for one in parse_metadata(f"Requires-Dist: {text}\n")[1]] == ([text] if kept else [])


def test_lines_are_counted_over_folded_ones() -> None:
    assert [one.line for one in parse_metadata("Name: a\nX: b\n  c\nRequires-Dist: d\n  e\nRequires-Dist: f")[1]] == [
        4,
        6,
    ]


def test_requires_txt() -> None:
    text = "numpy>=1\n\n# why\n[dev]\npytest\n\n[:python_version < '3.11']\ntomli\n[dev:os_name == 'nt']\nx\n"
    assert parse_requires_txt(text) == (Requirement("numpy>=1", 1), Requirement("tomli; python_version < '3.11'", 8))


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Wheel-Version: 1.0\n\n\nTag: py3-none-any\n", ("py3-none-any",)),
        ("Tag: py2.py3-none-any\nTag: py3-none-any\r\n", ("py2-none-any", "py3-none-any")),
        ("Wheel-Version: 1.0\nTag: odd\nTag:\n", ()),
        ("", ()),
    ],
    ids=["blank lines before", "compressed", "odd", "none"],
)
def test_tags(text: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(text) == tags


def test_record() -> None:
    text = 'a/b.py,sha256=x,1\n"a,b/c.py",sha256=y,2\na/RECORD,,\nodd\n'
    assert parse_record(text) == (("a/b.py", "sha256=x"), ("a,b/c.py", "sha256=y"), ("a/RECORD", ""))


def dist(site: Path, name: str, version: str = "1.0", tag: str = "py3-none-any", files: str = "") -> Path:
    """A distribution as pip leaves it."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    (info / "RECORD").write_text("".join(f"{file},sha256={name},1\n" for file in files.split()))
    return info


def test_record_is_read_only_where_it_can_matter(tmp_path: Path) -> None:
    dist(tmp_path, "pure")
    dist(tmp_path, "own", tag="cp311-cp311-manylinux_2_17_aarch64")
    dist(tmp_path, "stable", tag="cp39-abi3-musllinux_1_2_aarch64")
    dist(tmp_path, "other-cpu", tag="cp311-cp311-manylinux_2_17_x86_64", files="other/_x.so")
    dist(tmp_path, "other-python", tag="cp310-cp310-linux_aarch64")
    dist(tmp_path, "opencv-python", files="cv2/__init__.py")
    dist(tmp_path, "opencv-python-headless", files="cv2/__init__.py")
    dist(tmp_path, "nvidia-nccl-cu12")
    found = installed(HostView(), [str(tmp_path)], "aarch64", "3.11")
    read = {one.name for one in found.distributions if one.files is not None}
    assert read == {"other-cpu", "other-python", "opencv-python", "opencv-python-headless"}
    assert found.unread == ()
    nothing_known = installed(HostView(), [str(tmp_path)])
    assert {one.name for one in nothing_known.distributions if one.files} == {"opencv-python", "opencv-python-headless"}


def test_every_record_of_every_folder_in_order(tmp_path: Path) -> None:
    dist(tmp_path / "b", "foo", "2.0")
    dist(tmp_path / "a", "Foo", "1.0")
    dist(tmp_path / "a", "~oo", "1.0")
    (tmp_path / "a" / "gone-1.dist-info").mkdir()
    nameless = tmp_path / "a" / "nameless-1.dist-info"
    nameless.mkdir()
    (nameless / "METADATA").write_text("Version: 1\n")
    found = installed(HostView(), [str(tmp_path / "b"), str(tmp_path / "a"), str(tmp_path / "b"), "/nowhere"])
    assert [(one.name, one.version) for one in found.distributions] == [("foo", "2.0"), ("foo", "1.0")]


def test_egg_info(tmp_path: Path) -> None:
    info = tmp_path / "foo.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: foo\nVersion: 1\n")
    (info / "requires.txt").write_text("numpy<2\n")
    (tmp_path / "old-1.egg-info").write_text("Name: old\nVersion: 1\n")
    (found,) = installed(HostView(), [str(tmp_path)]).distributions
    assert found.requires == (Requirement("numpy<2", 1),)
    assert found.path == f"{info}/requires.txt"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    info = dist(tmp_path, "foo")
    (info / "METADATA").unlink()
    (info / "METADATA").mkdir()
    found = installed(HostView(), [str(tmp_path)])
    assert found.distributions == ()
    assert "no plain file" in found.unread[0].reason


def test_the_libraries_that_a_record_lists(tmp_path: Path) -> None:
    info = tmp_path / "foo-1.0.dist-info"
    info.mkdir()
    lines = (
        "foo/__init__.py,sha256=a,1",
        "foo/_a.so,sha256=b,2",
        "foo/x.so.json,sha256=c,3",
        '"foo/_b.so.1.2",sha256=d,4',
        "foo/.so/readme.txt,sha256=e,5",
        "../../lib/libfoo.so.3,sha256=f,6",
        "foo/a.so.d/_c.so,sha256=g,7",
        "foo/d.so",
    )
    (info / "RECORD").write_text("\n".join(lines), encoding="utf-8")
    one = Distribution("foo", "1.0", "/env/lib/site", f"{info}/METADATA")
    assert list(listed_libraries(HostView(), one)) == [
        "/env/lib/site/foo/_a.so",
        "/env/lib/site/foo/_b.so.1.2",
        "/env/lib/libfoo.so.3",
        "/env/lib/site/foo/a.so.d/_c.so",
    ]
    (info / "RECORD").unlink()
    assert list(listed_libraries(HostView(), one)) == []
