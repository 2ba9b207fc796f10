from __future__ import annotations

from dataclasses import dataclass

import pytest

from stackcheck.judge import online
from stackcheck.matrix.published import Target
from stackcheck.model import Absent, Ask, Finding, Known, Origin, Stack, Unknown
from tests.judge.small import ask, known, store

SPARK = Target("aarch64", 39, "3.11")


@dataclass(frozen=True)
class File:
    filename: str
    requires_python: str | None = None
    yanked: bool = False
    has_metadata: bool = False


@dataclass(frozen=True)
class Project:
    name: str
    files: tuple[File, ...]


def project(*names: str) -> Project:
    """Files by the short form "1.0 cp311-cp311-manylinux_2_28_aarch64" (a wheel) or "1.0" (an sdist)."""
    return Project("demo", tuple(_file(name) for name in names))


def _file(name: str) -> File:
    version, _, rest = name.partition(" ")
    tag, _, requires = rest.partition(" ")
    yanked = requires == "yanked"
    wheel = f"demo-{version}-{tag}.whl" if tag else f"demo-{version}.tar.gz"
    return File(wheel, None if yanked else requires or None, yanked)


ARM = "cp311-cp311-manylinux_2_28_aarch64"
INTEL = "cp311-cp311-manylinux_2_28_x86_64"


def findings(
    *asks: Ask, answer: online.Answer, target: Target = SPARK, said: tuple[Finding, ...] = ()
) -> online.Outcome:
    return online.findings(asks, {"demo": answer}, target, said, store())


def one(specifier: str, *names: str) -> Finding:
    (found,) = findings(ask("demo", specifier), answer=project(*names)).findings
    return found


def test_a_wheel_is_counted_and_not_spoken_of() -> None:
    assert findings(ask("demo"), answer=project(f"1.0 {ARM}")) == online.Outcome((), 1)


def test_nothing_installable_is_an_error() -> None:
    found = one("", f"1.0 {INTEL}")
    assert (found.severity, found.kind, found.id, found.subject) == ("error", "online", "online/demo", "demo")
    assert found.message == (
        "demo cannot be installed: demo 1.0 has no wheel for linux_aarch64, glibc 2.39, CPython 3.11 "
        "(its wheels: cp311 on manylinux_2_28_x86_64), and no source distribution."
    )
    assert found.involves == ("demo", "arch")
    assert found.fix is not None
    assert found.fix.text.startswith("No release of demo has a wheel")
    assert found.location is not None


def test_from_which_release_on_there_is_a_wheel() -> None:
    found = one("<2", f"1.0 {INTEL}", f"2.0 {ARM}", f"3.0 {ARM}")
    assert found.fix is not None
    assert found.fix.text == "demo 2.0 is the next release with a wheel for linux_aarch64, glibc 2.39, CPython 3.11."
    found = one(">=2", f"1.0 {ARM}", f"2.0 {INTEL}")
    assert found.fix is not None
    assert found.fix.text.startswith("demo 1.0 is the newest release with a wheel")
    found = one("<2", f"1.0 {INTEL}", f"2.0a1 {ARM}")
    assert found.fix is not None
    assert found.fix.text.startswith("demo 2.0a1 is the next pre-release with a wheel")


def test_a_source_distribution_only_is_a_warning() -> None:
    found = one("", "1.0", f"1.0 {INTEL}")
    assert (found.severity, found.involves) == ("warning", ("demo", "arch"))
    assert found.message.startswith("demo is built from source: demo 1.0 has no wheel for linux_aarch64")
    found = one("", "1.0")
    assert found.message == "demo is built from source: demo 1.0 has no wheel at all (a source distribution only)."


def test_a_newer_source_distribution_wins_over_an_older_wheel() -> None:
    found = one("", f"1.0 {ARM}", "2.0", f"2.0 {INTEL}")
    assert found.severity == "warning"
    assert found.fix is not None
    assert found.fix.text == "Ask for demo==1.0, the newest that has a wheel."


def test_an_older_release_is_a_note() -> None:
    found = one("", f"1.0 {ARM}", f"2.0 {INTEL}")
    assert (found.severity, found.message.endswith("an installer takes 1.0.")) == ("note", True)


def test_what_is_in_the_way() -> None:
    assert one("", "1.0 cp312-cp312-manylinux_2_28_aarch64").involves == ("demo", "python")
    assert one("", "1.0 cp311-cp311-manylinux_2_40_aarch64").involves == ("demo", "glibc")


def test_releases_for_another_python_are_passed_over_in_silence() -> None:
    answer = project("1.0 py3-none-any >=3.9", "2.0 py3-none-any >=3.12")
    assert findings(ask("demo"), answer=answer) == online.Outcome((), 1)
    found = one(">=2", "1.0 py3-none-any >=3.9", "2.0 py3-none-any >=3.12")
    assert found.message == "demo>=2 cannot be installed: demo 2.0 needs Python >=3.12; the target has Python 3.11."


def test_no_such_release() -> None:
    found = one(">=9", f"1.0 {ARM}", f"2.0 {ARM}")
    assert found.severity == "error"
    assert found.message == "demo>=9 matches none of the 2 releases on the package index (1.0 to 2.0)."


def test_an_unknown_project_is_a_warning() -> None:
    (found,) = findings(ask("demo"), answer=Absent(Origin("no", "index"))).findings
    assert (found.severity, found.message) == ("warning", "demo is not on the package index that was asked.")


def test_all_lines_and_constraints_count() -> None:
    answer = project(f"1.0 {ARM}", f"2.0 {INTEL}")
    asks = (ask("demo", ">=1"), ask("demo", "<2", 2, constraint=True))
    assert findings(*asks, answer=answer) == online.Outcome((), 1)
    assert findings(ask("demo", constraint=True), answer=answer) == online.Outcome((), 0)


@pytest.mark.parametrize(("specifier", "held"), [("", 0), (">=2.0a1", 1), ("==2.0a1", 1)])
def test_pre_releases_count_where_they_are_asked_for(specifier: str, held: int) -> None:
    answer = project(f"1.0 {INTEL}", f"2.0a1 {ARM}")
    assert findings(ask("demo", specifier), answer=answer).held == held


@pytest.mark.parametrize(("specifier", "held"), [("", 0), ("==1.0", 1)])
def test_a_yanked_release_counts_where_it_is_pinned(specifier: str, held: int) -> None:
    answer = project(f"1.0 {ARM} yanked", f"0.9 {INTEL}")
    assert findings(ask("demo", specifier), answer=answer).held == held


def test_an_unknown_python_is_any_that_is_in_use() -> None:
    answer = project("1.0 cp314-cp314-manylinux_2_28_aarch64")
    assert findings(ask("demo"), answer=answer, target=Target("aarch64", 39)).held == 1
    (found,) = findings(ask("demo"), answer=project(f"1.0 {INTEL}"), target=Target("aarch64", 39)).findings
    assert "CPython 3.9 or newer" in found.message


@pytest.mark.parametrize(
    ("kind", "severity", "subject", "said"),
    [
        ("wheels", "error", "demo", True),
        ("wheels", "warning", "demo", False),
        ("broken", "error", "demo", False),
        ("requires", "error", "python", False),
        ("requires", "error", "arch", True),
    ],
)
def test_what_the_matrix_says_already(kind: str, severity: str, subject: str, said: bool) -> None:
    earlier = Finding(kind, "demo/x", severity, subject, "said", involves=("demo",))  # type: ignore[arg-type]
    found = findings(ask("demo"), answer=project(f"1.0 {INTEL}"), said=(earlier,)).findings
    assert (found == ()) is said


def test_without_network_the_offline_verdict_stands() -> None:
    outcome = online.findings(
        [ask("demo"), ask("other"), ask("third")],
        {name: Unknown("index.example cannot be reached: no route") for name in ("demo", "other", "third")},
        SPARK,
        (),
        store(),
    )
    (found,) = outcome.findings
    assert (found.severity, found.id, outcome.held) == ("unknown", "online/index", 0)
    assert found.message == (
        "3 requirements were judged by the matrix alone (demo, other, third): "
        "index.example cannot be reached: no route."
    )


def test_a_target_that_is_not_known() -> None:
    stack = Stack(facts=known({"arch": "aarch64", "os": "linux", "glibc": "2.39", "python": "3.11.14"}))
    assert online.target(stack) == Target("aarch64", 39, "3.11.14")
    assert online.target(Stack(facts=known({"arch": "aarch64"}))) == Target("aarch64", None, None)
    assert online.target(Stack(facts=known({"arch": "aarch64", "python": "jazzy", "glibc": "3.1"}))) == Target(
        "aarch64"
    )
    assert isinstance(online.target(Stack()), Unknown)
    windows = Stack(facts={**known({"os": "windows"}), "arch": Known("x86_64", Origin("x", "y"))})
    assert isinstance(online.target(windows), Unknown)
    outcome = online.findings([ask("demo")], {}, Unknown("the target's architecture is not known"), (), store())
    assert [found.severity for found in outcome.findings] == ["unknown"]


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


def test_an_index_without_an_address_is_said_to_be_unasked() -> None:
    asks = [ask("demo", "", 1, "cu130")]
    (found,) = online.findings(asks, {}, SPARK, (), store()).findings
    assert found.message == (
        "1 requirement was judged by the matrix alone (demo): their index has no address that is known here."
    )


def test_a_second_index_without_an_address_makes_it_less_sure() -> None:
    answer = project(f"1.0 {INTEL}")
    (sure,) = findings(ask("demo"), answer=answer).findings
    (less,) = findings(ask("demo", "", 1, "pypi", "./wheels"), answer=answer).findings
    assert (sure.severity, less.severity) == ("error", "warning")
    assert less.message == f"{sure.message} ./wheels was not asked."


# --- what a resolver could not use -------------------------------------------------------------------------------


def left() -> Ask:
    return Ask("demo", "==1.0", Origin("uv says that demo has no usable wheels", "resolved by uv, via lab ← f.txt:1"))


def test_what_a_resolver_set_aside_is_explained_by_the_index() -> None:
    (found,) = online.unresolved([left()], {"demo": project("1.0")}, SPARK, (), store())
    assert (found.kind, found.id, found.severity) == ("resolve", "resolve/demo", "warning")
    assert found.message.startswith("demo==1.0 is built from source")
    assert [reason.origin for reason in found.because] == ["resolved by uv, via lab ← f.txt:1", "uv"]


@pytest.mark.parametrize("answer", [Unknown("no network"), project(f"1.0 {ARM}")])
def test_else_by_the_resolver_itself(answer: online.Answer) -> None:
    (found,) = online.unresolved([left()], {"demo": answer}, SPARK, (), store())
    assert (found.severity, found.kind) == ("error", "resolve")
    assert found.message == "demo==1.0 cannot be resolved: uv says that demo has no usable wheels."


def test_and_not_where_the_matrix_says_it() -> None:
    earlier = Finding("wheels", "demo/x", "warning", "demo", "said", involves=("demo",))
    assert online.unresolved([left()], {"demo": project("1.0")}, SPARK, (earlier,), store()) == ()
