"""Records are read a line at a time; what is not in them is not known; a bad one is one clear line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stackcheck.matrix import published, records, releases
from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.records import Metadata, Record, Records, Wheels
from stackcheck.values import replace

HEADER = {
    "schema": "stackcheck-record/1",
    "project": "torch-tensorrt",
    "index": "pypi",
    "read": "2026-11-28",
    "releases": 4,
    "files-from": "0.9",
    "metadata-from": "2.13.0",
}
LINES: list[dict[str, Any]] = [
    {"version": "2.15.0rc1", "date": "2026-11-01", "wheels": ["cp312 on manylinux_2_28_aarch64"]},
    {
        "version": "2.14.0",
        "date": "2026-09-23",
        "python": ">=3.10",
        "wheels": ["cp310 cp313t on manylinux_2_28_aarch64 win_amd64", "cp38-abi3 on manylinux_2_28_x86_64 for >=3.8"],
        "of": ["aarch64"],
        "requires": ["torch<2.15.0,>=2.14.0", "executorch<1.5; extra == 'executorch'"],
        "extras": ["executorch"],
        "installs": ["torch_tensorrt"],
        "others": {"x86_64": {"requires": ["torch<2.15.0,>=2.14.0"]}},
        "native": {"aarch64": [{"library": "torch_tensorrt/lib/libtorchtrt.so"}]},
    },
    {"version": "2.13.0", "python": ">=3.9", "sdist": True, "sdist-python": "any", "of": ["any"], "requires": []},
    {"version": "1.0.0", "yanked": True, "yanked-wheels": ["py2.py3 on any"]},
]


def text(header: dict[str, Any] = HEADER, lines: list[dict[str, Any]] = LINES) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in (header, *lines))


def write(folder: Path, data: bytes = text(), name: str = "torch-tensorrt", index: str = "pypi") -> Path:
    path = folder / "records" / index / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def record(data: bytes = text()) -> Record:
    return Record("records/pypi/torch-tensorrt.jsonl", data)


def test_a_release_is_what_its_line_says() -> None:
    release = record().release("2.14.0")
    assert release is not None
    assert release.wheels == (
        Wheels(("cp310-cp310", "cp313-cp313t"), ("manylinux_2_28_aarch64", "win_amd64")),
        Wheels(("cp38-abi3",), ("manylinux_2_28_x86_64",), ">=3.8"),
    )
    main = Metadata(
        ("torch<2.15.0,>=2.14.0", "executorch<1.5; extra == 'executorch'"), ("executorch",), ("torch_tensorrt",)
    )
    assert release.metadata("aarch64") == release.metadata("ppc64le") == main
    assert release.metadata("x86_64") == Metadata(("torch<2.15.0,>=2.14.0",))
    assert release.metadata() is None  # the two differ
    assert release.native == {"aarch64": [{"library": "torch_tensorrt/lib/libtorchtrt.so"}]}


def test_releases_come_newest_first_and_are_parsed_only_when_they_are_reached() -> None:
    found = record(text()[:-30] + b"x" * 29 + b"\n")
    assert [next(iter(found)).version, found.release("2.13.0").version] == ["2.15.0rc1", "2.13.0"]  # type: ignore[union-attr]
    assert found.versions == ("2.15.0rc1", "2.14.0", "2.13.0", "1.0.0")
    with pytest.raises(MatrixError, match=r"torch-tensorrt.jsonl: line 5: is no JSON"):
        list(found)


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("2.14.0", "2.14.0"),
        ("2.14", "2.14.0"),
        ("2.14.0.0", "2.14.0"),
        ("v2.14.0", "2.14.0"),
        ("1", "1.0.0"),
        ("2.15.0-rc.1", "2.15.0rc1"),
        ("2.15rc1", "2.15.0rc1"),
        ("2.1", None),
        ("2.14.0+cu130", None),
        ("jazzy", None),
        ('2.14.0", "x', None),
    ],
)
def test_a_version_has_several_spellings(asked: str, version: str | None) -> None:
    release = record().release(asked)
    assert (release.version if release else None) == version


def test_what_has_no_line_is_not_known_for_a_reason() -> None:
    found = record()
    asked = ("2.13", "2.16.0", "0.8", "2.13.1", "jazzy")
    assert [found.standing(version) for version in asked] == ["there", "newer", "below", "no line", "no line"]
    assert found.release("1.0.0").metadata("aarch64") is None  # type: ignore[union-attr]


def test_a_release_answers_the_questions_of_wheel_tags() -> None:
    found = record()
    newest, older, yanked = (found.release(version) for version in ("2.14.0", "2.13.0", "1.0.0"))
    assert newest is not None
    assert older is not None
    assert yanked is not None
    assert published.needed_glibc(newest, "aarch64", "3.10.12") == 28
    assert published.needed_glibc(newest, "x86_64", "3.9.1") is not None  # its own requires-python, not the release's
    assert published.lowest_glibc(newest, "aarch64", [10]) == 28
    assert published.buildable(older, ["3.8.1"])
    assert published.needed_glibc(yanked, "aarch64", "3.10.12") is not None


@pytest.mark.parametrize(
    "wheels",
    ["cp310 cp313t on a b", "cp310-abi3 on a", "py3 py2.py3 on any for >=3", "cp27mu cp27-none py3-cp3 on a.b"],
)
def test_a_set_of_wheels_is_written_as_it_is_read(wheels: str) -> None:
    assert str(releases.parse_wheels(wheels)) == wheels


def test_a_later_folder_hides_the_record_of_an_earlier_one(tmp_path: Path) -> None:
    for name in ("shipped", "own"):
        write(tmp_path / name, text(HEADER | {"releases": 0, "read": f"2026-11-{'01' if name == 'own' else '02'}"}, []))
    write(tmp_path / "own", text(HEADER | {"index": "house"}), index="house")
    found = Records([tmp_path / "shipped", tmp_path / "own"])
    assert found.record("Torch_TensorRT").read == "2026-11-01"  # type: ignore[union-attr]
    assert found.record("torch-tensorrt", "house").release("2.14.0") is not None  # type: ignore[union-attr]
    assert (found.record("torch"), found.record("torch-tensorrt", "other")) == (None, None)
    assert (found.indexes(), found.projects()) == (("house", "pypi"), ("torch-tensorrt",))


def test_only_what_is_asked_for_is_opened(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, b"\x00", "broken")
    assert Records([tmp_path]).record("torch-tensorrt") is not None
    with pytest.raises(MatrixError, match=r"records/pypi/broken.jsonl: line 1: is no JSON"):
        Records([tmp_path]).record("broken")


@pytest.mark.parametrize("name", ["../secret", "..", "a/b", "", "A\x1b[31m", "x" * 200, "torch\n"])
def test_no_name_leads_outside_the_folder(name: str, tmp_path: Path) -> None:
    write(tmp_path / "records" / "pypi", name="secret", index="..")
    assert Records([tmp_path]).record(name) is None
    assert Records([tmp_path]).record("torch-tensorrt", name) is None


BAD = {
    "another schema": (text(HEADER | {"schema": "stackcheck-record/2"}), "line 1: schema: is no stackcheck-record/1"),
    "no header": (text()[text().index(b"\n") + 1 :], "line 1: schema: is no stackcheck-record/1"),
    "empty": (b"", "line 1: is no JSON"),
    "a line is missing": (text(HEADER, LINES[:2]), "line 1: releases: is cut off"),
    "cut off in a line": (text()[:-5], "line 1: releases: is cut off"),
    "a list": (b"[]\n", "line 1: is no JSON object"),
    "deep": (b"[" * 100_000 + b"\n", "line 1: is no JSON"),
    "a hostile project": (text(HEADER | {"project": "../x"}), "line 1: project: cannot be"),
    "a day that is none": (text(HEADER | {"read": "today"}), "line 1: read: cannot be"),
    "a bad bound": (text(HEADER | {"files-from": "1..2"}), "line 1: files-from: is no version"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_header_is_one_clear_line(case: str) -> None:
    data, expected = BAD[case]
    with pytest.raises(MatrixError) as raised:
        record(data)
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"records/pypi/torch-tensorrt.jsonl: {expected}")
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"requires": "torch"}, "requires"),
        ({"requires": ["torch\u001b[2J"]}, "requires"),
        ({"requires": [1]}, "requires"),
        ({"wheels": ["cp310"]}, "wheels"),
        ({"wheels": [["cp310"]]}, "wheels"),
        ({"python": 3.1}, "python"),
        ({"others": []}, "others"),
        ({"native": "x"}, "native"),
        ({"requires": [], "installs": [None]}, "installs"),
    ],
)
def test_a_bad_line_is_named(change: dict[str, Any], key: str) -> None:
    data = text(HEADER, [LINES[0], LINES[1] | change, *LINES[2:]])
    with pytest.raises(MatrixError, match=f"line 3: {key}: "):
        record(data).release("2.14.0")


def test_a_record_that_is_no_plain_file_does_not_hang(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(MatrixError, match="not a plain file"):
        Records([tmp_path]).record("torch-tensorrt")


def test_a_record_under_the_name_of_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, name="torch")
    with pytest.raises(MatrixError, match="is the record of torch-tensorrt on pypi, not what its name says"):
        Records([tmp_path]).record("torch")


def test_a_record_of_endless_size_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    os.truncate(path, records.LIMIT_BYTES + 1)
    with pytest.raises(MatrixError, match="has more than 16 MiB"):
        Records([tmp_path]).record("torch-tensorrt")


SHARING = [
    *LINES[:2],
    {"version": "2.13.1", "date": "2026-09-01", "files-of": "2.14.0", "metadata-of": "2.14.0"},
    {"version": "2.13.0", "date": "2026-08-01", "files-of": "2.14.0", "of": ["aarch64"], "requires": []},
]


def test_a_line_has_what_it_shares_with_a_newer_one() -> None:
    data = text(HEADER, SHARING)
    newer, both, files = (record(data).release(version) for version in ("2.14.0", "2.13.1", "2.13.0"))
    assert newer is not None
    assert both == replace(newer, version="2.13.1", date="2026-09-01", native=None)
    assert files == replace(both, version="2.13.0", date="2026-08-01", main=Metadata((), (), None), others=())
    assert [one.version for one in record(data).having(b"win_amd64")] == ["2.14.0", "2.13.1", "2.13.0"]
    assert [one.version for one in record(data).having(b"executorch")] == ["2.14.0", "2.13.1", "2.13.0"]
    assert [one.version for one in record(data).having(b"2026-08-01")] == ["2.13.0"]


@pytest.mark.parametrize("named", ["9.9", "2.13.0", "1.0.0", "2.13.1"])
def test_a_line_shares_with_a_line_above_that_says_it_itself(named: str) -> None:
    lines = [*SHARING[:3], {"version": "2.13.0", "files-of": named}, {"version": "1.0.0"}]
    with pytest.raises(MatrixError) as caught:
        record(text(HEADER | {"releases": 5}, lines)).release("2.13.0")
    assert str(caught.value).startswith("records/pypi/torch-tensorrt.jsonl: line 5: files-of: names ")


def test_the_schema_states_what_the_loader_reads() -> None:
    schema = json.loads((Path(__file__).parent.parent.parent / "matrices/record.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for line in text().splitlines():
        validator.validate(json.loads(line))
    assert tuple(schema["$defs"]["header"]["properties"]) == records.HEADER_KEYS
    assert tuple(schema["$defs"]["release"]["properties"]) == records.RELEASE_KEYS
    assert not validator.is_valid(LINES[0] | {"wheels": ["cp312"]})


def test_the_page_on_the_matrix_shows_a_real_record() -> None:
    folder = Path(__file__).parent.parent.parent / "matrices"
    shown = (folder / "README.md").read_text("utf-8").partition('{"schema"')[2].partition("```")[0]
    validator = Draft202012Validator(json.loads((folder / "record.schema.json").read_text("utf-8")))
    lines = f'{{"schema"{shown}'.splitlines()
    assert len(lines) == 2
    for line in lines:
        validator.validate(json.loads(line))


def test_the_largest_shipped_record_is_far_below_the_limit() -> None:
    folder = Path(__file__).parent.parent.parent / "matrices/records/pypi"
    assert max(path.stat().st_size for path in folder.iterdir()) * 30 < records.LIMIT_BYTES
