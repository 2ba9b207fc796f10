from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from stackcheck.matrix import learn, outcomes, verify
from stackcheck.matrix.records import Record
from stackcheck.matrix.store import MatrixFile, Store
from stackcheck.model import Absent, Origin, Unknown


@dataclass(frozen=True)
class File:
    filename: str
    requires_python: str | None = None
    yanked: bool = False
    upload_time: str | None = None


@dataclass(frozen=True)
class Contents:
    metadata: bytes
    paths: None = None


def record(name: str, files: tuple[File, ...], asks: tuple[str, ...] | None = ()) -> Record:
    """The record of a project; each wheel asks for `asks`, and None is for metadata that was not read."""
    drafts = learn.drafts(name, files)
    requires = "".join(f"Requires-Dist: {text}\n" for text in asks or ())
    contents = {
        file.filename: Contents(f"Metadata-Version: 2.1\nName: {name}\nVersion: {draft.version}\n{requires}".encode())
        for draft in drafts
        for file in draft.wheels
        if asks is not None
    }
    return Record("x.jsonl", learn.record(name, "pypi", "2026-11-28", drafts, contents))


HEAD = """
[product.demo]
title = "Demo"
found-as = { pip = ["demo", "demo-kernel"] }
releases = ["1.0", "2.0"]

[product.torch]
title = "PyTorch"
found-as = { pip = ["torch"] }
releases = ["2.8.0", "2.9.0", "2.9.1"]

[product.ros]
title = "ROS"
compare = "words"
releases = ["jazzy"]

[source.page]
url = "pkg:pypi/demo@1.0"
seen = 2026-11-22
confidence = "observed"
"""


def store(rows: str) -> Store:
    return Store([MatrixFile("products/demo.toml", (HEAD + rows).encode())])


def row(kind: str, text: str, number: int = 1) -> str:
    return f'\n[[{kind}]]\nid = "r{number}"\nproduct = "demo"\n{text}\nsource = "page"\n'


def wheels(version: str, *tags: str, requires: str | None = None, name: str = "demo") -> tuple[File, ...]:
    return tuple(File(f"{name}-{version}-{tag}.whl", requires) for tag in tags)


def linux(*minors: int, arch: str = "x86_64", glibc: str = "2_28") -> tuple[str, ...]:
    return tuple(f"cp3{minor}-cp3{minor}-manylinux_{glibc}_{arch}" for minor in minors)


def outcomes_of(rows: str, *files: File, asks: tuple[str, ...] | None = ()) -> dict[str, verify.Outcome]:
    """What `verify` says of demo, by the last part of each key; `asks` is what every wheel asks for."""
    found = verify.verify(store(rows), ["demo"], {"demo": record("demo", files, asks)})
    return {one.key.partition("/")[2]: one for one in found}


BOTH = (*linux(10, 11), *linux(10, 11, arch="aarch64"))


def test_a_wheels_row_that_agrees() -> None:
    text = 'release = "1.0"\narch = ["x86_64", "aarch64"]\npython = ">=3.10,<3.12"\nglibc = "2.28"\nsdist = "no"'
    found = outcomes_of(row("wheels", text), *wheels("1.0", *BOTH, "cp310-cp310-win_amd64"))["r1"]
    assert (found.result, found.index) == ("agrees", "says so of 1.0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('arch = ["x86_64"]', "aarch64: Python 3.10 to 3.11 (1.0)"),
        ("arch = []", "x86_64: Python 3.10 to 3.11 (1.0); aarch64: Python 3.10 to 3.11 (1.0)"),
        ('arch = ["x86_64", "aarch64"]\npython = ">=3.10,<3.13"', "x86_64: Python 3.10 to 3.11 (1.0); aarch64: "),
        ('arch = ["x86_64", "aarch64"]\npython = "3.10"', "x86_64: Python 3.10 to 3.11 (1.0)"),
        ('arch = ["x86_64", "aarch64"]\nglibc = "2.17"', "x86_64: glibc 2.28 (1.0)"),
        ('arch = ["x86_64", "aarch64"]\nsdist = "yes"', "has no sdist (1.0)"),
        ('arch = "any"', "any: no wheel (1.0)"),
    ],
)
def test_a_wheels_row_that_differs(text: str, said: str) -> None:
    found = outcomes_of(row("wheels", f'release = "1.0"\n{text}'), *wheels("1.0", *BOTH))["r1"]
    assert found.result == "differs"
    assert said in found.index


def test_rows_of_one_release_share_its_wheels() -> None:
    rows = row("wheels", 'release = "1.0"\narch = ["x86_64"]\npython = ">=3.10,<3.12"', 1)
    rows += row("wheels", 'release = "1.0"\narch = ["aarch64"]\npython = "3.11"', 2)
    found = outcomes_of(rows, *wheels("1.0", *linux(10, 11), *linux(11, arch="aarch64")))
    assert [found[key].result for key in ("r1", "r2")] == ["agrees", "agrees"]


def test_a_row_for_some_pythons_speaks_of_them_alone() -> None:
    text = 'release = "1.0"\nwhere = { python = ">=3.12" }\narch = ["x86_64"]\npython = "<3.12"\nsdist = "fails"'
    found = outcomes_of(row("wheels", text), *wheels("1.0", *linux(11)), File("demo-1.0.tar.gz"))["r1"]
    assert found.result == "agrees"
    found = outcomes_of(row("wheels", text), *wheels("1.0", *linux(11, 12)), File("demo-1.0.tar.gz"))["r1"]
    assert found.result == "differs"


def test_a_release_that_the_index_does_not_have() -> None:
    found = outcomes_of(row("wheels", 'release = "2.0"\narch = ["x86_64"]'), *wheels("1.0", *BOTH))["r1"]
    assert found.result == "not confirmable"


def test_pure_wheels() -> None:
    text = 'release = "1.0"\narch = "any"\npython = ">=3.11"'
    assert outcomes_of(row("wheels", text), *wheels("1.0", "py3-none-any", requires=">=3.11"))["r1"].result == "agrees"


@pytest.mark.parametrize(
    ("condition", "requires", "result"),
    [
        (">=3.10", ">=3.10", "agrees"),
        (">=3.10", ">=3.10.0", "agrees"),
        (">=3.6.2", ">=3.6.2", "agrees"),
        (">=3.10", ">=3.9", "differs"),
        ("3.11", ">=3.10", "agrees"),  # by its wheels: there is one for 3.11 alone
    ],
)
def test_requires_python(condition: str, requires: str, result: str) -> None:
    text = f'release = "1.0"\npython = "{condition}"\ninstaller = true'
    minors = (11,) if condition == "3.11" else range(6, 16)
    found = outcomes_of(row("requires", text), *wheels("1.0", *linux(*minors), requires=requires))["r1"]
    assert found.result == result


@pytest.mark.parametrize(
    ("asks", "result"),
    [
        (("torch==2.9.0",), "agrees"),
        (("torch (==2.9.0)", "numpy"), "agrees"),
        (("torch==2.9.0 ; platform_machine == 'aarch64'",), "agrees"),
        (("torch==2.9.0 ; extra == 'gpu'",), "agrees"),
        (("torch==2.9.1",), "differs"),
        (("torch",), "differs"),
        (("torch>=2.8",), "differs"),
        (("torch==2.9.0 ; platform_machine == 'x86_64'",), "differs"),
        (("torch==2.9.0 ; nonsense",), "differs"),
        ((), "differs"),
    ],
)
def test_pins(asks: tuple[str, ...], result: str) -> None:
    text = 'release = "1.0"\ntorch = "2.9.0"\ninstaller = true'
    assert outcomes_of(row("requires", text), *wheels("1.0", *BOTH), asks=asks)["r1"].result == result


def test_a_pin_for_one_machine_is_read_from_its_wheel() -> None:
    text = 'release = "1.0"\nwhere = { arch = "x86_64" }\ntorch = "2.9.0"\ninstaller = true'
    asks = ("torch==2.9.0 ; platform_machine == 'x86_64'",)
    assert outcomes_of(row("pairs", text), *wheels("1.0", *BOTH), asks=asks)["r1"].result == "agrees"


def test_a_pin_may_stand_in_a_sibling() -> None:
    matrix = store(row("pairs", 'release = "1.0"\ntorch = "2.9.0"\ninstaller = true'))
    projects = {"demo": record("demo", wheels("1.0", *BOTH))}
    kernel = wheels("1.0", *BOTH, name="demo_kernel")
    projects["demo-kernel"] = record("demo-kernel", kernel, ("torch==2.9.0",))
    found = verify.verify(matrix, ["demo"], projects)
    assert [one.result for one in found if one.key == "demo/r1"] == ["agrees"]
    projects["demo-kernel"] = record("demo-kernel", kernel, None)
    assert verify.unread(matrix, ["demo"], projects) == {"demo-kernel": {"1.0"}}


def test_metadata_that_could_not_be_had() -> None:
    text = 'release = "1.0"\ntorch = "2.9.0"\ninstaller = true'
    found = outcomes_of(row("pairs", text), *wheels("1.0", *BOTH), asks=None)["r1"]
    assert (found.result, found.index) == ("not confirmable", "does not tell: the metadata of demo 1.0 was not read")


def test_a_pin_for_some_pythons_is_looked_at_there() -> None:
    asks = ("torch==2.9.0 ; python_version < '3.11'",)
    for where, result in (('python = "<3.11"', "agrees"), ('python = "3.11"', "differs")):
        text = f'release = "1.0"\nwhere = {{ {where} }}\ntorch = "2.9.0"\ninstaller = true'
        assert outcomes_of(row("pairs", text), *wheels("1.0", *BOTH), asks=asks)["r1"].result == result


def test_a_row_for_musl_is_compared_with_wheels_for_musl() -> None:
    text = 'release = "1.0"\nwhere = { libc = "musl" }\narch = []'
    assert outcomes_of(row("wheels", text), *wheels("1.0", *BOTH))["r1"].result == "agrees"
    alpine = (*BOTH, "cp311-cp311-musllinux_1_2_aarch64")
    assert outcomes_of(row("wheels", text), *wheels("1.0", *alpine))["r1"].result == "differs"


def test_the_glibc_of_a_row_is_that_of_its_pythons() -> None:
    tags = (*linux(10, glibc="2_17"), *linux(11))
    text = 'release = "1.0"\nwhere = { python = "3.11" }\narch = ["x86_64"]\npython = "3.11"\nglibc = "2.28"'
    assert outcomes_of(row("wheels", text), *wheels("1.0", *tags))["r1"].result == "agrees"


def test_rows_that_no_installer_enforces_are_not_spoken_of() -> None:
    assert set(outcomes_of(row("requires", 'release = "1.0"\npython = "3.11"'), *wheels("1.0", *BOTH))) == {"releases"}


@pytest.mark.parametrize(
    ("versions", "result", "said"),
    [
        (("1.0", "2.0"), "agrees", "has the same"),
        (("1.0", "2.0", "2.1"), "newer", "also has 2.1"),
        (("1.0", "2.0", "2.1rc1"), "agrees", "has the same"),
        (("1.0", "1.5"), "agrees", "also has 1.5, does not have 2.0"),
    ],
)
def test_lists_of_releases(versions: tuple[str, ...], result: str, said: str) -> None:
    files = tuple(file for version in versions for file in wheels(version, *BOTH))
    found = outcomes_of("", *files)["releases"]
    assert (found.result, found.index) == (result, said)


@pytest.mark.parametrize("answer", [Absent(Origin("no", "index")), Unknown("it hangs")])
def test_no_answer(answer: Absent | Unknown) -> None:
    found = verify.verify(store(""), ["demo", "ros"], {"demo": answer})
    assert [one.result for one in found] == ["not confirmable", "not confirmable"]


def test_text_and_document() -> None:
    found = tuple(outcomes_of(row("wheels", 'release = "1.0"\narch = ["x86_64"]'), *wheels("1.0", *BOTH)).values())
    text = outcomes.text(found)
    assert "differs: demo/r1 (products/demo.toml)\n  the row says: x86_64; no sdist\n" in text
    assert text.endswith("1 agree, 1 differ, 0 behind the index, 0 not confirmable\n")
    assert "agrees: demo/releases" in outcomes.text(found, every=True)
    document = json.loads(outcomes.document(found))
    assert document["schema"] == "stackcheck-verify/1"
    assert document["summary"] == {"agrees": 1, "differs": 1, "newer": 0, "not confirmable": 0}
