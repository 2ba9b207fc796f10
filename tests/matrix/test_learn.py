"""What is asked next, and the bytes of a record: the same answers give the same bytes."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stackcheck.matrix import learn
from stackcheck.matrix.learn import Selection
from stackcheck.matrix.records import Record

SCHEMA = json.loads((Path(__file__).parent.parent.parent / "matrices/record.schema.json").read_text("utf-8"))


@dataclass(frozen=True)
class File:
    filename: str
    requires_python: str | None = ">=3.10"
    yanked: bool = False
    upload_time: str | None = "2026-09-23T10:00:00.5Z"


@dataclass(frozen=True)
class Contents:
    metadata: bytes
    paths: tuple[tuple[str, int], ...] | None = (("x_y/__init__.py", 900),)


def meta(version: str = "2.0", name: str = "x-y", lines: str = "") -> Contents:
    return Contents(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}".encode())


def made(files: list[File], contents: dict[str, Contents] | None = None, old: Record | None = None) -> Record:
    data = learn.record("x-y", "pypi", "2026-11-28", learn.drafts("x-y", files), contents, old)
    validator = Draft202012Validator(SCHEMA)
    for line in data.splitlines():
        validator.validate(json.loads(line))
    return Record("records/pypi/x-y.jsonl", data)


def line(record: Record, version: str) -> dict[str, Any]:
    release = record.release(version)
    assert release is not None
    (line,) = learn.lines_of([release])
    return {key: value for key, value in line.items() if key != "version"}


FILES = [
    *(File(f"x_y-2.0-cp3{minor}-cp3{minor}-{platform}.whl")
      for minor in (10, 9, 11) for platform in ("win_amd64", "manylinux2014_aarch64.manylinux_2_17_aarch64")),
    File("x_y-2.0-cp311-cp311t-win_amd64.whl"),
    File("x_y-2.0-1-cp311-cp311-win_amd64.whl"),
    File("x_y-2.0-py3-none-any.whl", None),
    File("x_y-2.0.tar.gz", ">=3.8", upload_time="2026-09-20T10:00:00Z"),
    File("x-y-1.0.tar.bz2", None, upload_time=None),
    File("x_y-1.5-py3-none-any.whl", yanked=True),
    File("x_y-3.0rc1-py3-none-any.whl"),
]  # fmt: skip


def test_a_release_has_its_files_in_sets() -> None:
    assert line(made(FILES), "2.0") == {
        "date": "2026-09-20",
        "python": ">=3.10",
        "sdist": True,
        "sdist-python": ">=3.8",
        "wheels": [
            "cp39 cp310 cp311 on manylinux2014_aarch64.manylinux_2_17_aarch64",
            "cp39 cp310 cp311 cp311t on win_amd64",
            "py3 on any for any",
        ],
    }
    assert line(made(FILES), "1.0") == {"sdist": True}
    assert line(made(FILES), "1.5") == {
        "date": "2026-09-23", "yanked": True, "python": ">=3.10", "yanked-wheels": ["py3 on any"],
    }  # fmt: skip
    assert made(FILES).versions == ("3.0rc1", "2.0", "1.5", "1.0")


def test_the_same_answers_give_the_same_bytes_in_any_order() -> None:
    shuffled = [*FILES]
    random.Random(7).shuffle(shuffled)  # noqa: S311
    first, second = (
        learn.record("x-y", "pypi", "2026-11-28", learn.drafts("x-y", files)) for files in (FILES, shuffled)
    )
    assert first == second


def test_a_yanked_file_of_a_release_that_has_others_stands_apart() -> None:
    files = [File("x_y-2.0-cp310-cp310-win32.whl"), File("x_y-2.0-cp311-cp311-win32.whl", ">=3.11", yanked=True)]
    assert line(made(files), "2.0") == {
        "date": "2026-09-23",
        "python": ">=3.10",
        "wheels": ["cp310 on win32"],
        "yanked-wheels": ["cp311 on win32 for >=3.11"],
    }


@pytest.mark.parametrize(
    "name",
    ["other-1.0-py3-none-any.whl", "x_y-1.0-py3-none-any", "x_y-one-py3-none-any.whl", "x_y-1.0-py3-none-a b.whl",
     "x_y-1.0-py3-none-\x1b.whl", "../x_y-1.0.tar.gz", "x_y-1.0.exe", "x_y-1.0-py3-none-a;b.whl", ""],
)  # fmt: skip
def test_a_file_that_breaks_the_rules_does_not_count(name: str) -> None:
    assert learn.drafts("x-y", [File(name)]) == ()


@pytest.mark.parametrize("python", ["\x1b[2J", " ", "x" * 1000, None, "any"])
def test_a_requires_python_that_is_none_is_left_out(python: str | None) -> None:
    assert "python" not in line(made([File("x_y-2.0-py3-none-any.whl", python)]), "2.0")


def test_the_wheels_that_are_read_stand_for_their_architecture() -> None:
    names = [
        "x_y-2.0-cp310-cp310-manylinux_2_28_aarch64.whl",
        "x_y-2.0-cp312-cp312-manylinux_2_28_aarch64.whl",
        "x_y-2.0-cp312-cp312t-manylinux_2_28_aarch64.whl",
        "x_y-2.0-cp313-cp313-musllinux_1_2_aarch64.whl",
        "x_y-2.0-cp39-abi3-manylinux1_x86_64.whl",
        "x_y-2.0-cp312-cp312-macosx_11_0_x86_64.whl",
    ]
    drafts = learn.drafts("x-y", map(File, names))
    assert [file.filename for file in learn.to_read(drafts, Selection())] == [names[1], names[4]]
    pure = learn.drafts("x-y", map(File, ["x_y-2.0-py3-none-any.whl", "x_y-2.0-py2-none-any.whl", names[5]]))
    assert [file.filename for file in learn.to_read(pure, Selection())] == ["x_y-2.0-py3-none-any.whl"]
    mac = learn.drafts("x-y", [File(names[5])])
    assert [file.filename for file in learn.to_read(mac, Selection())] == [names[5]]


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("newest:1", ["2.0"]),
        ("newest:20", ["2.0", "1.9"]),
        ("newest:0", []),
        (">=1", ["2.0", "1.9", "1.5"]),
        (">=3.0rc1", ["3.0rc1"]),
        ("==1.5", ["1.5"]),
    ],
)
def test_releases_are_selected(text: str, versions: list[str]) -> None:
    files = [*FILES, File("x_y-1.9-py3-none-any.whl"), File("x_y-4.0.tar.gz")]
    assert [str(draft.version) for draft in Selection.parse(text).of(learn.drafts("x-y", files))] == versions


@pytest.mark.parametrize("text", ["", "newest", "newest:", "newest:-1", "newest:999999", "all", "newest:٣", "2.0"])
def test_other_selections_are_refused(text: str) -> None:
    if text == "":
        assert Selection.parse(text).specifier is not None  # every release
        return
    with pytest.raises(ValueError, match="neither newest:N nor a version specifier"):
        Selection.parse(text)


ARM, X86 = "x_y-2.0-cp312-cp312-manylinux_2_28_aarch64.whl", "x_y-2.0-cp312-cp312-manylinux_2_28_x86_64.whl"


def test_metadata_is_written_as_it_stands() -> None:
    lines = "\n".join(
        (
            "Requires-Dist: Torch_Vision (>=2.0,<3)",
            'Requires-Dist: pytest ; extra == "More_Tools"',
            "Requires-Dist: one that is none",
            "Requires-Dist: torch-vision>=2.0,<3",
            "Provides-Extra: More_Tools",
        )
    )
    record = made([File(ARM), File(X86)], {ARM: meta(lines=lines), X86: meta(lines=lines)})
    assert {key: line(record, "2.0")[key] for key in ("of", "requires", "extras", "installs")} == {
        "of": ["aarch64", "x86_64"],
        "requires": ["one that is none", "torch-vision<3,>=2.0", "pytest; extra == 'more-tools'"],
        "extras": ["more-tools"],
        "installs": ["x_y"],
    }
    assert record.metadata_from == "2.0"


def test_another_order_is_no_difference() -> None:
    lines = [
        "Requires-Dist: extras",
        "Requires-Dist: b; extra == 'x'",
        "Provides-Extra: x",
        "Requires-Dist: a",
        "Provides-Extra: c",
    ]
    there, back = (meta(lines="\n".join(texts)) for texts in (lines, lines[::-1]))
    written = line(made([File(ARM), File(X86)], {ARM: there, X86: back}), "2.0")
    assert (written["of"], written["extras"]) == (["aarch64", "x86_64"], ["c", "x"])
    assert written["requires"] == ["a", "extras", "b; extra == 'x'"]


def test_architectures_that_differ_stand_apart() -> None:
    record = made([File(ARM), File(X86)], {ARM: meta(), X86: meta(lines="Requires-Dist: nvidia-nccl-cu12==2.27.5")})
    release = record.release("2.0")
    assert release is not None
    assert (release.of, release.metadata("aarch64").requires, release.metadata("x86_64").requires) == (  # type: ignore[union-attr]
        ("aarch64",), (), ("nvidia-nccl-cu12==2.27.5",),
    )  # fmt: skip


@pytest.mark.parametrize(
    "contents",
    [meta("2.1"), meta(name="other"), Contents(b"<html>"), meta(lines="Requires-Dist: \x1b[2J"), Contents(b"")],
)
def test_metadata_of_something_else_is_not_taken(contents: Contents) -> None:
    record = made([File(ARM)], {ARM: contents})
    assert (record.release("2.0").main, record.metadata_from) == (None, None)  # type: ignore[union-attr]


def test_metadata_is_complete_down_to_the_first_final_release_without() -> None:
    names = {version: f"x_y-{version}-py3-none-any.whl" for version in ("2.0", "1.9", "1.8", "1.7", "3.0rc1")}
    contents = {names[version]: meta(version) for version in ("2.0", "1.9", "1.7")}
    files = [File(name) for name in names.values()]
    assert made([*files, File("x_y-1.9.5.tar.gz"), File("x_y-1.9.6-py3-none-any.whl", yanked=True)],
                contents).metadata_from == "1.9"  # fmt: skip


def test_what_is_known_is_not_asked_again_and_stays() -> None:
    old = made([File(ARM)], {ARM: meta(lines="Requires-Dist: a")})
    drafts = learn.drafts("x-y", [File(ARM)])
    assert learn.to_read(drafts, Selection(), old) == ()
    again = made([File(ARM, yanked=True)], {}, old)
    assert again.release("2.0").main == old.release("2.0").main  # type: ignore[union-attr]


def test_a_release_with_new_wheels_is_asked_again_and_keeps_what_it_had_where_they_cannot_be_read() -> None:
    old = made([File(ARM)], {ARM: meta(lines="Requires-Dist: a")})
    files = [File(ARM), File(X86)]
    assert [file.filename for file in learn.to_read(learn.drafts("x-y", files), Selection(), old)] == [ARM, X86]
    assert made(files, {}, old).release("2.0").main == old.release("2.0").main  # type: ignore[union-attr]
    read = made(files, {ARM: meta(lines="Requires-Dist: b")}, old).release("2.0")
    assert read is not None
    assert read.main is not None
    assert read.main.requires == ("b",)


def test_what_libraries_hold_is_kept_as_long_as_the_files_are_the_same() -> None:
    old = made([File(ARM)], {ARM: meta()})
    data = b"".join(
        json.dumps(json.loads(text) | ({"native": {"aarch64": []}} if b'"version"' in text else {})).encode() + b"\n"
        for text in learn.record(
            "x-y", "pypi", "2026-11-28", learn.drafts("x-y", [File(ARM)]), {ARM: meta()}
        ).splitlines()
    )
    old = Record("x", data)
    assert made([File(ARM)], {}, old).release("2.0").native == {"aarch64": []}  # type: ignore[union-attr]
    assert made([File(ARM), File(X86)], {}, old).release("2.0").native is None  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [f"x_y-{'1' * 5000}-py3-none-any.whl", f"x-y-{'1' * 5000}.tar.gz"])
def test_a_number_beyond_what_python_reads_ends_no_run(name: str) -> None:
    assert learn.drafts("x-y", [File(name)]) == ()


OLDER = {version: f"x_y-{version}-py3-none-any.whl" for version in ("2.0", "1.9", "1.8")}
LINES = "Requires-Dist: a>=1\nRequires-Dist: b; extra == 'gpu'\nProvides-Extra: gpu"


def cored(old: Record | None = None) -> Record:
    drafts = learn.drafts("x-y", [File(name) for name in OLDER.values()])
    selection, core = Selection(1), Selection(2)
    read = [*learn.to_read(drafts, selection, old), *(found := learn.to_read_core(drafts, selection, core, old))]
    contents = {file.filename: meta(file.filename.split("-")[1], lines=LINES) for file in read}
    names = {file.filename for file in found}
    return Record("x", learn.record("x-y", "pypi", "2026-11-28", drafts, contents, old, core=names))


def test_of_older_releases_what_holds_without_an_extra_is_kept() -> None:
    record = cored()
    assert line(record, "1.9")["core"] is True
    assert line(record, "1.9")["requires"] == ["a>=1"]
    assert "extras" not in line(record, "1.9")
    assert line(record, "2.0")["extras"] == ["gpu"]
    assert (line(record, "1.8").get("requires"), record.metadata_from) == (None, "2.0")


def test_what_was_kept_of_an_older_release_is_not_asked_again_and_gives_way_to_all_of_it() -> None:
    record = cored()
    assert cored(record).data == record.data
    drafts = learn.drafts("x-y", [File(name) for name in OLDER.values()])
    assert learn.depth(drafts, record) == Selection(3)
    assert [file.filename for file in learn.to_read(drafts, Selection(2), record)] == [OLDER["1.9"]]


def test_what_a_project_is_developed_with_is_left_out() -> None:
    lines = "".join(
        f"Requires-Dist: {name}; extra == '{extra}'\n"
        for name, extra in (("a", "dev"), ("b", "test-gpu"), ("c", "gpu"))
    )
    record = made([File(ARM)], {ARM: meta(lines=f"{lines}Provides-Extra: dev")})
    assert line(record, "2.0")["requires"] == ["c; extra == 'gpu'"]
    assert line(record, "2.0")["extras"] == ["dev"]
