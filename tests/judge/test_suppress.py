"""What is left out of a report, and that it is never left out in silence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from stackcheck.judge import baseline, suppress
from stackcheck.judge.kinds import KINDS, NAMES
from stackcheck.matrix.kinds import KINDS as ROW_KINDS
from stackcheck.model import Finding, Ignore, Location, Report, Severity, Unread
from stackcheck.values import replace

TODAY = "2026-11-22"


def finding(identity: str, line: int | None = 1, severity: Severity = "error", kind: str = "builds") -> Finding:
    place = Location("requirements.txt", line) if line else None
    return Finding(kind, identity, severity, identity.partition("/")[0], f"{identity} fails.", location=place)


REPORT = Report("target x", "2026.11.22", (finding("torch/a", 1), finding("torch/a", 2), finding("vision/b", 3)), 5)


def at(line: int) -> Ignore:
    return Ignore("torch/a", "requirements.txt:1", Location("requirements.txt", line), "why", None, frozenset((line,)))


def left(report: Report) -> list[tuple[str, int | None]]:
    return [(one.id, one.location.line if one.location else None) for one in report.findings]


def test_by_id_by_kind_and_by_line() -> None:
    by_id = suppress.without_ignored(REPORT, [Ignore("torch/a", "--ignore")], (), TODAY)
    assert (left(by_id), by_id.left_out) == ([("vision/b", 3)], (("ignored", 2),))
    by_kind = suppress.without_ignored(REPORT, [Ignore("builds", "--ignore")], (), TODAY)
    assert (left(by_kind), by_kind.left_out) == ([], (("ignored", 3),))
    by_line = suppress.without_ignored(REPORT, [at(2)], (), TODAY)
    assert (left(by_line), by_line.left_out) == ([("torch/a", 1), ("vision/b", 3)], (("ignored", 1),))


def test_one_that_matches_nothing_is_a_finding() -> None:
    (said,) = suppress.without_ignored(REPORT, [at(9)], (), TODAY).findings[3:]
    assert (said.kind, said.id, said.severity) == ("ignore", "ignore/unused", "warning")
    assert said.message == "The ignore of torch/a (requirements.txt:1) matches nothing."
    assert said.location == Location("requirements.txt", 9)


def test_where_only_a_part_is_seen_nothing_is_said_of_it() -> None:
    report = suppress.without_ignored(REPORT, [replace(at(9), must_match=False)], (), TODAY)
    assert report.findings == REPORT.findings


@pytest.mark.parametrize(("until", "counts"), [("2026-11-23", True), ("2026-11-22", False), ("2026-01-01", False)])
def test_the_end_of_an_ignore(until: str, counts: bool) -> None:
    report = suppress.without_ignored(REPORT, [Ignore("builds", "--ignore", until=until)], (), TODAY)
    assert [one.id for one in report.findings if one.kind == "ignore"] == ([] if counts else ["ignore/ended"])
    assert len([one for one in report.findings if one.kind == "builds"]) == (0 if counts else 3)


def test_a_comment_that_is_none_is_a_finding() -> None:
    comment = Unread("`# stackcheck: ignore` names nothing.", Location("requirements.txt", 4), "warning")
    (said,) = suppress.without_ignored(REPORT, [], [comment], TODAY).findings[3:]
    assert (said.id, said.message) == ("ignore/unclear", "`# stackcheck: ignore` names nothing.")


def test_select() -> None:
    report = suppress.selected(REPORT, ["vision/b"])
    assert (left(report), report.left_out) == ([("vision/b", 3)], (("not selected", 2),))
    assert suppress.selected(REPORT, ["builds"]) == REPORT
    assert suppress.selected(REPORT, []) is REPORT


class TestBaseline:
    def known(self, report: Report) -> str:
        return baseline.written(report, str)

    def test_what_it_holds_is_left_out_and_what_is_new_stays(self) -> None:
        known = baseline.read(self.known(REPORT))
        more = replace(REPORT, findings=(*REPORT.findings, finding("torch/a", 9), finding("new/c", None)))
        report = baseline.without_known(more, known, str, ["requirements.txt"])
        assert left(report) == [("new/c", None), ("torch/a", 9)]
        assert report.left_out == (("in the baseline", 3),)

    def test_lines_may_move_and_messages_change(self) -> None:
        moved = replace(REPORT, findings=tuple(replace(one, message="anew") for one in REPORT.findings))
        assert baseline.without_known(moved, baseline.read(self.known(REPORT)), str, []).findings == ()

    def test_what_is_mended_is_said_once_and_only_of_files_that_were_read(self) -> None:
        known = baseline.read(self.known(REPORT))
        nothing = replace(REPORT, findings=())
        (said,) = baseline.without_known(nothing, known, str, ["requirements.txt"]).findings
        assert said.message == "3 findings of the baseline do not come up any more."
        assert baseline.without_known(nothing, known, str, ["other.txt"]).findings == ()

    def test_to_dos_are_no_part_of_it(self) -> None:
        todo = replace(REPORT, findings=(finding("python/install", None, "todo"),))
        assert baseline.read(self.known(todo)) == {}

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "is no JSON document"),
            ("[]", "is no baseline"),
            ('{"schema": "stackcheck-report/1"}', "is no baseline"),
            ('{"schema": "stackcheck-baseline/1", "findings": [{"kind": "a"}]}', "holds an entry that is none"),
            ("[" * 100_000, "is no JSON document"),
        ],
    )
    def test_a_text_that_is_none(self, text: str, says: str) -> None:
        with pytest.raises(baseline.BaselineError, match=says):
            baseline.read(text)


def test_every_kind_that_a_finding_can_have_is_listed() -> None:
    used = set(ROW_KINDS)
    for path in Path(baseline.__file__).parent.parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in KIND_MAKERS:
                first = [call.args[0]] if call.args else []
                stated = first + [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
                used |= {one.value for one in stated if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            elif isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Unread":
                # What a reader notes becomes a finding of the kind that its id begins with.
                ids = [keyword.value for keyword in call.keywords if keyword.arg == "id"]
                used |= {str(one.value).partition("/")[0] for one in ids if isinstance(one, ast.Constant)}
    assert used == set(NAMES)
    assert len(NAMES) == len(set(NAMES))
    assert all(text.endswith(".") for kind in KINDS for text in (kind.says, kind.matters, kind.do))


KIND_MAKERS = {"Finding", "Check", "_fails", "_driver_fails"}
