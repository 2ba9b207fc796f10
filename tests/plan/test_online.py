"""`plan --online`: what an index has now is asked for as the search gets there, its metadata too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackcheck.session.errors import CannotWorkError
from stackcheck.session.plan import Wishes, plan
from stackcheck.session.request import Request
from tests.plan.wanted import releases
from tests.probe.server import JSON, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackcheck.plan.values import Plan


def page(*versions: str, name: str, arch: str = "aarch64") -> tuple[str, bytes]:
    tag = f"cp312-cp312-manylinux_2_28_{arch}"
    files = [
        {"filename": wheel, "url": f"/files/{wheel}", "core-metadata": True, "hashes": {"sha256": "0" * 64}}
        for wheel in (f"{name.replace('-', '_')}-{version}-{tag}.whl" for version in versions)
    ]
    return JSON, json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": files}).encode()


def metadata(name: str, version: str, *requires: str, arch: str = "aarch64") -> dict[str, tuple[str, bytes]]:
    wheel = f"{name.replace('-', '_')}-{version}-cp312-cp312-manylinux_2_28_{arch}.whl"
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    return {f"/files/{wheel}.metadata": ("text/plain", ("\n".join(lines) + "\n").encode())}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    pages = {
        "/simple/quite-new/": page("1.0", "2.0", name="quite-new"),
        "/simple/part-of-it/": page("1.0", "3.0", name="part-of-it"),
        "/simple/for-intel/": page("1.0", name="for-intel", arch="x86_64"),
        **metadata("quite-new", "2.0", "part-of-it<2"),
        **metadata("quite-new", "1.0"),
        **metadata("part-of-it", "1.0"),
        **metadata("part-of-it", "3.0"),
        **metadata("for-intel", "1.0", arch="x86_64"),
    }
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with serving(pages) as served:
        monkeypatch.setenv("PIP_INDEX_URL", served.url)
        yield served


def planned(*wishes: str) -> Plan:
    return plan(Request(target="dgx-spark", online=True), Wishes(required=wishes), lambda _: None)


def test_what_the_matrix_does_not_know_is_asked_for(index: Served) -> None:
    made = planned("quite-new")
    assert releases(made) == {"quite-new": "2.0"}
    assert made.brought == ("part-of-it",)
    assert made.no_record == ()
    assert made.unknown_wishes == ()
    asked = [path for path, _ in index.requests if path.startswith("/simple/")]
    assert asked == ["/simple/quite-new/", "/simple/part-of-it/"]


def test_what_was_asked_is_kept_for_a_day(index: Served) -> None:
    first = planned("quite-new")
    count = len(index.requests)
    assert planned("quite-new") == first
    assert len(index.requests) == count


def test_what_its_files_say_counts(index: Served) -> None:
    made = planned("for-intel")
    assert made.conflict is not None
    assert "for-intel 1.0: no wheel for aarch64" in made.conflict.chains[0]


def test_a_clash_of_what_was_just_read(index: Served) -> None:
    made = planned("quite-new==2.0", "part-of-it==3.0")
    assert made.conflict is not None
    assert made.conflict.group == ("quite-new==2.0", "part-of-it==3.0")
    assert "quite-new 2.0 needs part-of-it older than 2." in made.conflict.chains


def test_what_the_index_does_not_have(index: Served) -> None:
    with pytest.raises(CannotWorkError, match="not-on-it is not on the package index that was asked"):
        planned("not-on-it")


def test_an_index_that_does_not_answer(index: Served) -> None:
    index.pages["/simple/part-of-it/"] = 503
    made = planned("quite-new")
    assert releases(made) == {"quite-new": "2.0"}
    assert [text for text in made.unknown if text.startswith("The index did not say what it has of part-of-it:")]
