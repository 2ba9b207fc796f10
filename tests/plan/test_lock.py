"""`plan --lock`: uv resolves all that a plan brings, the judge looks at all of it, and both stand in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli

from stackcheck.probe import resolve
from stackcheck.probe.resolution import Resolution
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.lint import lint
from stackcheck.session.plan import Wishes, plan
from stackcheck.session.request import Request
from tests.plan.loopback import Pages
from tests.plan.test_online import metadata, page
from tests.plan.wanted import KNOWLEDGE, planned
from tests.probe.server import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackcheck.plan.values import Lock

pytestmark = pytest.mark.skipif(resolve.find_uv() is None, reason="uv is not installed")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    """An index with what the records say of deepspeed and torch, and a few projects that no record knows."""
    pages = Pages(KNOWLEDGE.records, planned("dgx-spark", "deepspeed", "torch", "pandas"))
    pages.update(
        {
            "/simple/quite-new/": page("2.0", name="quite-new"),
            "/simple/part-of-it/": page("1.0", "3.0", name="part-of-it"),
            **metadata("quite-new", "2.0", "part-of-it"),
            **metadata("part-of-it", "1.0"),
            **metadata("part-of-it", "3.0"),
        }
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.chdir(tmp_path)
    with serving(pages) as served:
        monkeypatch.setenv("PIP_INDEX_URL", served.url)
        yield served


def locked(*wishes: str, write: tuple[str, ...] = (), matrix: tuple[str, ...] = ()) -> Lock:
    made = plan(
        Request(target="dgx-spark", matrix=matrix), Wishes(required=wishes, lock=True, write=write), lambda _: None
    )
    assert made.lock is not None
    return made.lock


@pytest.mark.usefixtures("index")
class TestLock:
    def test_the_closure_has_the_plan_and_what_it_brings(self) -> None:
        made = planned("dgx-spark", "pandas")
        pins = dict(locked("pandas").pins)
        assert pins["pandas"] == made.members[0].version
        assert set(made.brought) <= set(pins)

    def test_files_have_hashes_and_no_error(self, tmp_path: Path) -> None:
        made = locked("pandas", write=("requirements.txt", "pylock.toml"))
        text = (tmp_path / "requirements.txt").read_text(encoding="utf-8")
        assert text.count("==") == len(made.pins)
        assert text.count("--hash=sha256:") >= len(made.pins)
        packages = tomli.loads((tmp_path / "pylock.toml").read_text(encoding="utf-8"))["packages"]
        assert {one["name"]: one["version"] for one in packages} == dict(made.pins)
        assert all(wheel["hashes"]["sha256"] for one in packages for wheel in one["wheels"])
        request = Request(target="dgx-spark", facts=("python=3.12",))
        for name in ("requirements.txt", "pylock.toml"):
            report = lint([request], [[name]], KNOWLEDGE, Loader())
            assert [one.message for one in report.findings if one.severity == "error"] == []

    def test_what_has_no_wheel_is_named_with_what_builds_it(self, tmp_path: Path) -> None:
        made = locked("deepspeed", "torch", write=("requirements.txt",))
        (left,) = made.left
        assert left.startswith("deepspeed==")
        assert left.endswith("has no usable wheels; it is built with nvcc, beside the torch that is installed.")
        assert "deepspeed" not in dict(made.pins)
        assert left in (tmp_path / "requirements.txt").read_text(encoding="utf-8").partition("cuda")[0]

    def test_what_the_judge_refuses_is_asked_for_no_more(self, tmp_path: Path) -> None:
        assert dict(locked("quite-new").pins) == {"quite-new": "2.0", "part-of-it": "3.0"}
        (tmp_path / "own" / "products").mkdir(parents=True)
        (tmp_path / "own" / "products" / "part.toml").write_text(REFUSED, encoding="utf-8")
        made = locked("quite-new", matrix=(str(tmp_path / "own"),))
        assert dict(made.pins) == {"quite-new": "2.0", "part-of-it": "1.0"}
        assert made.refused[0].startswith(
            "part-of-it 3.0 was refused: Part of it 3.0 needs the CPU architecture x86_64"
        )

    def test_several_targets_have_a_lock_each(self, tmp_path: Path) -> None:
        requests = [Request(target=name) for name in ("dgx-spark", "x86_64-h100")]
        from stackcheck.session.plan import plans

        plans(requests, Wishes(required=("pandas",), lock=True, write=("pylock.toml",)), lambda _: None)
        assert sorted(path.name for path in tmp_path.glob("pylock*")) == [
            *("pylock.dgx-spark.toml", "pylock.x86_64-h100.toml")
        ]

    def test_where_uv_finds_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """First with what is brought along held, then with the plan alone."""
        held: list[bool] = []

        def resolved(_: str, job: resolve.Job, tell: object) -> Resolution:
            held.append(bool(job.constraints))
            return Resolution((), (), "a needs b and c needs no b")

        monkeypatch.setattr(resolve, "resolve", resolved)
        with pytest.raises(CannotWorkError, match="--lock: uv finds no set of releases: a needs b and c needs no b"):
            locked("pandas")
        assert held == [True, False]


REFUSED = """
[product.part-of-it]
title    = "Part of it"
found-as = { pip = ["part-of-it"] }
releases = ["1.0", "3.0"]

[source.page]
url        = "https://example.com/part"
seen       = 2026-11-28
confidence = "official"

[[requires]]
id      = "arm"
product = "part-of-it"
release = "3.0"
arch    = "x86_64"
source  = "page"
"""


def test_without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "find_uv", lambda: None)
    with pytest.raises(CannotWorkError, match="--lock needs uv"):
        locked("pandas")


def test_a_lock_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotWorkError, match=r"pylock\.toml: is a lock, which --lock makes"):
        plan(Request(target="dgx-spark"), Wishes(required=("pandas",), write=("pylock.toml",)), lambda _: None)
