"""The report in short: sources first, then errors, warnings and to-dos with their numbers."""

from __future__ import annotations

from stackcheck.model import Coverage, Finding, Fix, Location, Report, Source
from stackcheck.report import brief

PAGE = Source("https://vendor.example/page", "2026-11-01", "official")
OTHER = Source("https://forum.example/1", "2026-11-02", "reported")


def finding(number: int, severity: str = "error", *sources: Source) -> Finding:
    place = Location("requirements.txt", number)
    fix = Fix("Take another.", ("pip install x",)) if severity == "error" else None
    return Finding("wheels", f"x/{number}", severity, "x", f"{number} is wrong.", ("x",), place, (), fix, sources)  # type: ignore[arg-type]


def test_render() -> None:
    findings = (
        finding(1, "error", PAGE, OTHER),
        finding(2, "warning", OTHER),
        finding(3, "note"),
        finding(4, "unknown"),
    )
    missing = Finding("coverage", "coverage/no-record", "unknown", "y", "nothing is known of y")
    report = Report("target mars", "2026.11.28", findings, 3, coverage=Coverage((), (missing,)))
    assert brief.render(report).splitlines() == [
        "Sources:",
        "[1] https://vendor.example/page (official, seen 2026-11-01)",
        "[2] https://forum.example/1 (reported, seen 2026-11-02)",
        "",
        "target mars: 1 error, 1 warning, 1 note, 1 not known, 1 not judged; 3 facts held (matrix 2026.11.28)",
        "error: requirements.txt:1: 1 is wrong. (x/1) [1][2]",
        "  fix: Take another.",
        "  $ pip install x",
        "warning: requirements.txt:2: 2 is wrong. (x/2) [2]",
        "Not judged, since nothing is known of them here (--online asks the index): y.",
    ]


def test_it_stays_short() -> None:
    report = Report("target mars", "2026.11.28", tuple(finding(number) for number in range(100)), 0)
    lines = brief.render(report).splitlines()
    assert sum(line.startswith("error: ") for line in lines) == brief.MOST
    assert lines[-1] == "and 80 more; the structured result has all"


def test_nothing_found() -> None:
    assert brief.render(Report("target mars", "2026.11.28", (), 3)) == (
        "target mars: nothing found; 3 facts held (matrix 2026.11.28)\n"
    )
