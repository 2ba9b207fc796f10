"""From documents to the report on many machines: equal ones once, broken ones named, the same wherever it is judged."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.model import Known, Origin
from stackcheck.report import FLEET_FORMATS
from stackcheck.session import fleet as work
from stackcheck.session import workers
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.request import Filters, Request
from stackcheck.session.workers import Workers, workers_of
from tests.fleets import documents, write
from tests.report.test_fleet import rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.report.fleet import Fleet


def judged(*names: object, request: Request | None = None, filters: Filters | None = None, jobs: int = 1) -> Fleet:
    return work.fleet(list(map(str, names)), request or Request(), filters or Filters(), Workers(jobs), lambda _: None)


def save(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


SPARK = next(
    one for one in documents(40, 40) if one["facts"].get("board") == "dgx-spark" and "+cpu" in one["packages"]["torch"]
)


def test_equal_machines_are_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 30, 4)
    calls: list[Sequence[work.Task]] = []
    judge = work.judged

    def counted(shared: work.Work, tasks: Sequence[work.Task]) -> work.Verdicts:
        calls.append(tasks)
        return judge(shared, tasks)

    monkeypatch.setattr(work, "judged", counted)
    found = judged(tmp_path)
    assert sum(map(len, calls)) == 4
    assert (len(found.machines), found.judged, len(found.sizes)) == (30, 30, 4)


def test_labels_a_title_and_the_order_of_keys_make_no_difference(tmp_path: Path) -> None:
    save(tmp_path / "a.json", SPARK)
    save(tmp_path / "b.json", {"title": "b", **dict(reversed(SPARK.items())), "labels": {"host": "b", "site": "x"}})
    save(tmp_path / "c.json", {**SPARK, "facts": {**SPARK["facts"], "driver": "590.10"}})
    found = judged(tmp_path)
    assert len(found.sizes) == 2
    assert [machine.name for machine in found.machines] == [SPARK["labels"]["host"], "b", SPARK["labels"]["host"]]
    assert {machine.board for machine in found.machines} == {"dgx-spark"}


def test_what_is_found_is_what_check_finds(tmp_path: Path) -> None:
    from stackcheck.session.check import check
    from stackcheck.session.files import Loader
    from stackcheck.session.filters import by_cause

    path = save(tmp_path / "a.json", SPARK)
    report = by_cause(check(Request(env=str(path)), Loader(), lambda _: None))
    (machine,) = (found := judged(path)).machines
    assert [(one.id, one.message) for one in found.findings(machine)] == [
        (one.id, one.message) for one in (*report.findings, *report.coverage.not_judged)
    ]


def test_a_target_is_judged_as_one(tmp_path: Path) -> None:
    found = judged("dgx-spark", request=Request(wants=("isaac-lab==3.0.0",)))
    (machine,) = found.machines
    assert "todo" in {one.severity for one in found.findings(machine)}


NOTHING = Known("", Origin("", ""))
HOSTILE: dict[str, bytes] = {
    "array.json": b"[]",
    "deep.json": b"[" * 100_000,
    "deep-table.json": b'{"facts": ' * 5_000 + b"{}" + b"}" * 5_000,
    "empty.json": b"",
    "huge number.json": b'{"facts": {"driver": ' + b"9" * 5_000 + b"}}",
    "label.json": b'{"labels": {"host": 4}}',
    "many.json": json.dumps({"facts": {f"f{n}": "1" for n in range(9)}}).encode(),
    "nan.json": b'{"facts": {"driver": NaN}}',
    "package.json": b'{"name": "left-pad", "dependencies": {}}',
    "surrogate.json": b'{"facts": {"driver": "\\ud800"}}',
    "twice.json": b'{"facts": {"driver": "570"}, "facts": {"driver": "580"}}',
    "x.toml": b"a = [",
    "<img src=x onerror=alert(1)> ::error::x \x1b[31m.json": b"{",
}


def test_broken_documents_are_lines_among_good_ones(tmp_path: Path) -> None:
    for name, data in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    good = save(tmp_path / "good.json", SPARK)
    (tmp_path / "large.json").write_bytes(json.dumps(SPARK).encode() + b" " * 50_000_000)
    found = judged(tmp_path)
    assert [machine.document for machine in found.machines if found.reason(machine) is None] == [str(good)]
    reasons = {Path(machine.document).name: reason for machine, reason in found.unread}
    assert set(reasons) == {*HOSTILE, "large.json"}
    assert reasons["large.json"] == "is larger than 20 MB"
    assert reasons["deep.json"] == "the document is nested too deeply"
    assert reasons["twice.json"] == "facts: this key is there twice"
    assert reasons["label.json"] == 'labels.host: must be text, not a number: write "4"'
    assert reasons["many.json"].endswith("; and 6 more mistakes")
    assert all("\n" not in reason and len(reason) < 400 for reason in reasons.values())
    for form in FLEET_FORMATS:
        text = rendered(form, found)
        assert "onerror=alert(1)>" not in text or form not in ("html", "markdown", "junit")
        assert "\x1b" not in text


def test_a_mistake_of_ours_is_a_finding_of_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 3, 3)
    check = work.check

    def crashing(request: Request, *rest: Any) -> Any:
        if request.document and request.document.facts.get("kernel", NOTHING).value.endswith("-1"):  # type: ignore[union-attr]
            raise ZeroDivisionError("of ours")
        return check(request, *rest)

    monkeypatch.setattr(work, "check", crashing)
    found = judged(tmp_path)
    crashed = [machine.name for machine in found.machines if found.findings(machine)[0].id == "reading/crashed"]
    assert crashed == ["node-00001"]


def test_several_processes_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 40, 30)
    monkeypatch.setattr(work, "BATCH", 3)
    alone, together = judged(tmp_path, jobs=1), judged(tmp_path, jobs=2)
    for form in FLEET_FORMATS:
        assert rendered(form, together) == rendered(form, alone)


def dies(shared: tuple[str, int], batch: tuple[int, ...]) -> list[int]:
    """Doubles numbers; the process dies on the first sight of one of them, unless it is the one that began."""
    flag, parent = shared
    if 7 in batch and os.getpid() != parent and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [2 * number for number in batch]


def test_a_process_that_dies_loses_nothing(tmp_path: Path) -> None:
    batches = ((number,) for number in range(20))
    found = workers.spread(dies, (str(tmp_path / "died"), os.getpid()), batches, Workers(2))
    assert sorted(number for part in found for number in part) == [2 * number for number in range(20)]
    assert (tmp_path / "died").exists()


def test_no_more_is_read_than_is_being_worked_at() -> None:
    taken = []

    def batches() -> Any:
        for number in range(1000):
            taken.append(number)
            yield (number,)

    parts = workers.spread(dies, ("/nowhere", os.getpid()), batches(), Workers(2))
    next(parts)
    assert len(taken) <= 2 * workers.AHEAD + 2
    parts.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Request(files=("gone.txt",)), "gone.txt"),
        (Request(wants=("isaac-labb",)), "isaac-lab"),
        (Request(facts=("colour=red",)), "colour"),
    ],
)
def test_what_is_wrong_for_all_stops_the_run(request_: Request, text: str) -> None:
    from stackcheck.session.errors import expected

    with pytest.raises(expected(), match=text):
        judged("dgx-spark", request=request_)


def test_an_ignore_that_one_machine_does_not_need_is_no_finding(tmp_path: Path) -> None:
    save(tmp_path / "a.json", SPARK)
    found = judged(tmp_path, "gh200", filters=Filters(ignore=("builds",)))
    assert {cause.finding.kind for cause in found.causes} & {"ignore", "builds"} == set()
    with pytest.raises(CannotWorkError, match="did you mean builds"):
        judged(tmp_path, filters=Filters(ignore=("build",)))


def test_how_many_work() -> None:
    assert workers_of("3", None) == Workers(3)
    assert workers_of(None, None).jobs >= 1
    assert workers_of(None, "tcp://a:1").dask == "tcp://a:1"
    for jobs, dask in (("0", None), ("x", None), ("-1", None), ("2", "tcp://a:1"), ("9" * 40, None)):
        with pytest.raises(CannotWorkError):
            workers_of(jobs, dask)
