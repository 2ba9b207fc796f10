"""What an index is asked, and how what it answers is judged: as a record that was made for the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge import online
from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Record, Records
from stackcheck.model import Absent, Ask, Finding, Origin, Report, Stack, Unknown
from tests.judge import small
from tests.judge.small import ask, known, store

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class File:
    filename: str
    requires_python: str | None = None
    yanked: bool = False
    has_metadata: bool = False
    upload_time: str | None = None


def record(*names: str, places: tuple[str, ...] = ("pypi",)) -> Record:
    """Files by the short form "1.0 cp311-cp311-manylinux_2_28_aarch64" (a wheel) or "1.0" (an sdist)."""
    drafts = learn.drafts("demo", [_file(name) for name in names])
    return Record("records/pypi/demo.jsonl", learn.record("demo", "pypi", "2026-11-28", drafts), places)


def _file(name: str) -> File:
    version, _, rest = name.partition(" ")
    tag, _, requires = rest.partition(" ")
    yanked = requires == "yanked"
    wheel = f"demo-{version}-{tag}.whl" if tag else f"demo-{version}.tar.gz"
    return File(wheel, None if yanked else requires or None, yanked)


ARM = "cp311-cp311-manylinux_2_28_aarch64"
INTEL = "cp311-cp311-manylinux_2_28_x86_64"


def report(answer: Record, *asks: Ask, facts: dict[str, str] | None = None) -> Report:
    facts = {**small.SPARK, "python": "3.11"} if facts is None else facts
    stack = Stack(facts=known(facts), asks=asks)
    with_record = store().with_records(Records(()).with_current([answer]))
    return judge(stack, with_record, subject="test", version="1")


def findings(answer: Record, *asks: Ask, facts: dict[str, str] | None = None) -> list[Finding]:
    return [found for found in report(answer, *asks, facts=facts).findings if "demo" in found.involves]


def one(specifier: str, *names: str) -> Finding:
    (found,) = findings(record(*names), ask("demo", specifier))
    return found


def test_a_wheel_is_judged_and_not_spoken_of() -> None:
    found = report(record(f"1.0 {ARM}"), ask("demo"))
    assert found.findings == ()
    assert [(judged.subject, judged.records) for judged in found.coverage.judged] == [("demo", 1)]
    assert found.coverage.not_judged == ()


def test_nothing_installable_is_an_error() -> None:
    found = one("", f"1.0 {INTEL}")
    assert (found.severity, found.kind, found.id, found.subject) == ("error", "wheels", "demo/files", "demo")
    assert found.message == "demo 1.0 has no wheel for aarch64, and no source distribution."
    assert found.involves == ("arch", "demo")
    assert found.location is not None


def test_from_which_release_on_there_is_a_wheel() -> None:
    found = one("==1.0", f"1.0 {INTEL}", f"2.0 {ARM}", f"3.0 {ARM}")
    assert found.fix is not None
    assert found.fix.text == "demo 2.0 is the next release with a wheel for this machine (linux_aarch64)."


def test_a_source_distribution_only_is_a_warning_where_others_have_wheels() -> None:
    found = one("", "1.0", f"1.0 {INTEL}")
    assert (found.severity, found.involves) == ("warning", ("arch", "demo"))
    assert found.message == "demo 1.0 has no wheel for aarch64, so it is built from source."


def test_what_never_had_a_platform_wheel_is_a_note() -> None:
    assert one("", "1.0").severity == one("", "1.0", "0.9 py3-none-any").severity == "note"
    assert one("", "1.0", f"0.9 {INTEL}", "0.9", f"1.0 {INTEL}").severity == "warning"


def test_a_file_that_takes_wheels_alone_takes_no_source_distribution() -> None:
    answer = record("1.0", f"1.0 {INTEL}", "2.0")
    for specifier in ("", "==1.0"):
        (found,) = findings(answer, ask("demo", specifier, binary=True))
        assert found.severity == "error"
        assert "wheels alone (--only-binary, no-build)" in found.message
    assert findings(record("2.0", f"1.0 {ARM}"), ask("demo", "", binary=True)) == []


def test_a_newer_source_distribution_wins_over_an_older_wheel() -> None:
    found = one("", f"1.0 {ARM}", "2.0", f"2.0 {INTEL}")
    assert (found.severity, found.message) == (
        "warning",
        "demo 2.0 has no wheel for aarch64, so it is built from source.",
    )
    assert found.fix is not None
    assert found.fix.text == "demo 1.0 is the newest release before it with a wheel for linux_aarch64."


def test_a_release_below_what_is_asked_for_is_not_named() -> None:
    found = one(">=2", f"1.0 {ARM}", "2.0", f"2.0 {INTEL}")
    assert (found.severity, found.fix) == ("warning", None)
    pinned = one("==2.0", f"1.0 {ARM}", "2.0", f"2.0 {INTEL}")
    assert pinned.fix is not None


def test_an_older_release_with_a_wheel_is_taken_where_the_newer_has_no_source() -> None:
    assert findings(record(f"1.0 {ARM}", f"2.0 {INTEL}"), ask("demo")) == []


def test_what_is_in_the_way() -> None:
    assert one("", "1.0 cp312-cp312-manylinux_2_28_aarch64").involves == ("demo", "python")
    assert one("", "1.0 cp311-cp311-manylinux_2_40_aarch64").involves == ("demo", "glibc")


def test_releases_for_another_python_are_passed_over_in_silence() -> None:
    answer = record("1.0 py3-none-any >=3.9", "2.0 py3-none-any >=3.12")
    assert findings(answer, ask("demo")) == []
    (found,) = findings(answer, ask("demo", ">=2"))
    assert found.message == "demo 2.0 needs Python >=3.12; this environment has 3.11."


@pytest.mark.parametrize("specifier", [">=9", "==9.0", "==1.5"])
def test_no_such_release(specifier: str) -> None:
    found = one(specifier, f"1.0 {ARM}", f"2.0 {ARM}")
    assert (found.severity, found.kind) == ("error", "online")
    assert found.message == f"demo{specifier} matches none of the 2 releases on the package index (1.0 to 2.0)."


def test_a_release_that_a_shipped_record_lacks_is_not_known() -> None:
    shipped = Record("records/pypi/demo.jsonl", record(f"1.0 {ARM}").data)
    assert findings(shipped, ask("demo", "==9.0")) == []


def test_all_lines_and_constraints_count() -> None:
    answer = record(f"1.0 {ARM}", f"2.0 {INTEL}")
    assert findings(answer, ask("demo", ">=1"), ask("demo", "<2", 2, constraint=True)) == []
    assert findings(answer, ask("demo", constraint=True)) == []


@pytest.mark.parametrize(("specifier", "errors"), [("==1.0", 1), ("==2.0a1", 0)])
def test_pre_releases_count_where_they_are_asked_for(specifier: str, errors: int) -> None:
    assert len(findings(record(f"1.0 {INTEL}", f"2.0a1 {ARM}"), ask("demo", specifier))) == errors


@pytest.mark.parametrize(("specifier", "errors"), [("", 1), ("==1.0", 0)])
def test_a_yanked_release_counts_where_it_is_pinned(specifier: str, errors: int) -> None:
    assert len(findings(record(f"1.0 {ARM} yanked", f"0.9 {INTEL}"), ask("demo", specifier))) == errors


def test_an_unknown_python_is_any_that_is_in_use() -> None:
    answer = record("1.0 cp314-cp314-manylinux_2_28_aarch64")
    assert findings(answer, ask("demo"), facts=small.SPARK) == []
    (found,) = findings(record(f"1.0 {INTEL}"), ask("demo"), facts=small.SPARK)
    assert "no wheel for aarch64" in found.message


def test_what_no_machine_can_have_needs_no_architecture() -> None:
    for wheel, text in (("cp311-cp311-win_amd64", "Linux"), ("cp39-cp39-manylinux_2_28_x86_64", "Python 3.12")):
        (found,) = findings(record(f"1.0 {wheel}"), ask("demo"), facts={"python": "3.12"})
        assert found.severity == "error"
        assert f"no wheel for {text}" in found.message
    assert findings(record(f"1.0 {INTEL}"), ask("demo"), facts={"python": "3.11"}) == []


def test_musl_has_wheels_of_its_own() -> None:
    alpine = {"arch": "aarch64", "os": "linux", "libc": "musl", "python": "3.11"}
    assert findings(record("1.0 cp311-cp311-musllinux_1_2_aarch64"), ask("demo"), facts=alpine) == []
    assert findings(record("1.0 py3-none-any"), ask("demo"), facts=alpine) == []
    for other in (ARM, "cp311-cp311-musllinux_1_2_x86_64"):
        (found,) = findings(record(f"1.0 {other}"), ask("demo"), facts=alpine)
        assert (found.severity, found.involves) == ("error", ("demo", "libc"))
        assert "no wheel for musl on aarch64" in found.message


def test_another_index_that_was_asked_alone() -> None:
    answer = record(f"1.0 {INTEL}", places=("index.example/simple",))
    (found,) = findings(answer, ask("demo", "", 1, "index.example/simple"))
    assert found.severity == "error"
    assert found.sources[0].url == "pkg:pypi/demo@1.0?repository_url=https://index.example/simple"
    assert findings(answer, ask("demo")) == []  # PyPI was not asked


def test_a_second_index_that_was_not_asked_makes_it_less_sure() -> None:
    answer = record(f"1.0 {INTEL}")
    (found,) = findings(answer, ask("demo", "", 1, "pypi", "./wheels"))
    assert found.severity == "warning"
    assert found.message.endswith("whether the index ./wheels has one is not known.")
    (found,) = findings(answer, ask("demo", "==7", 1, "pypi", "./wheels"))
    assert found.severity == "warning"
    assert found.message.endswith("the index ./wheels was not asked.")
    both = record(f"1.0 {INTEL}", places=("pypi", "index.example/simple"))
    (found,) = findings(both, ask("demo", "", 1, "pypi", "index.example/simple"))
    assert found.severity == "error"


# --- what is asked, and what is said of those that do not answer --------------------------------------------------


def test_an_unknown_project_is_a_warning() -> None:
    (found,) = online.findings([ask("demo")], {"demo": Absent(Origin("no", "index"))}, store())
    assert (found.severity, found.message) == ("warning", "demo is not on the package index that was asked.")


def test_without_network_the_offline_verdict_stands() -> None:
    answers = {name: Unknown("index.example cannot be reached: no route") for name in ("demo", "other", "third")}
    (found,) = online.findings([ask("demo"), ask("other"), ask("third")], answers, store())
    assert (found.severity, found.id) == ("unknown", "online/index")
    assert found.message == (
        "3 requirements were judged by the matrix alone (demo, other, third): "
        "index.example cannot be reached: no route."
    )


def test_what_is_asked_for() -> None:
    asks = [
        ask("demo"),
        ask("demo", ">1", 2),
        ask("direct", url="https://files.example/x.whl"),
        ask("exact", "===1"),
        ask("elsewhere", "", 1, "cu130"),
        ask("mirror", "", 1, "index.example/simple2", "pypi"),
        ask("only", "", 1, "index.example/simple2"),
        ask("folder", "", 1, "./wheels"),
        ask("beside", "", 1, "pypi", "./wheels"),
        ask("limited", constraint=True),
        ask("inactive", applies=False),
        ask("python", ">=3.10"),
    ]
    assert online.questions(asks) == (
        online.Question("demo"),
        online.Question("mirror", True, ("index.example/simple2",)),
        online.Question("only", False, ("index.example/simple2",)),
        online.Question("beside"),
    )
    assert online.questions(asks)[1].places == ("pypi", "index.example/simple2")


def test_an_index_without_an_address_is_said_to_be_unasked() -> None:
    (found,) = online.findings([ask("demo", "", 1, "cu130")], {}, store())
    assert found.message == (
        "1 requirement was judged by the matrix alone (demo): their index has no address that is known here."
    )


def left() -> Ask:
    return Ask("demo", "==1.0", Origin("uv says that demo has no usable wheels", "resolved by uv, via lab ← f.txt:1"))


def test_what_a_resolver_set_aside_is_explained_by_the_index() -> None:
    said = report(record("1.0", f"1.0 {INTEL}"), left()).findings
    assert [(found.severity, found.because[0].origin) for found in said] == [
        ("warning", "resolved by uv, via lab ← f.txt:1")
    ]
    assert list(online.unresolved([left()], said, store())) == []


def test_else_by_the_resolver_itself() -> None:
    (found,) = online.unresolved([left()], (), store())
    assert (found.severity, found.kind) == ("error", "resolve")
    assert found.message == "demo==1.0 cannot be resolved: uv says that demo has no usable wheels."


def test_the_record_of_another_index_judges_the_lines_that_name_it_alone(tmp_path: Path) -> None:
    folder = tmp_path / "records" / "house"
    folder.mkdir(parents=True)
    drafts = learn.drafts("demo", [_file(f"1.0 {INTEL}")])
    data = learn.record("demo", "house", "2026-11-28", drafts, address="index.example/simple2")
    (folder / "demo.jsonl").write_bytes(data)
    with_record = store().with_records(Records([tmp_path]))

    def said(*indexes: str) -> list[tuple[str, str]]:
        stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=(ask("demo", "", 1, *indexes),))
        found = judge(stack, with_record, subject="test", version="1")
        return [(one.severity, one.id) for one in (*found.findings, *found.coverage.not_judged)]

    assert said("index.example/simple2") == said("house") == [("error", "demo/files")]
    assert said("pypi") == said("other.example/x") == [("unknown", "coverage/no-record")]
