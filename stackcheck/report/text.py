"""The report for people: broken, warnings, limits here, to do, not known; then what held.

Plain text is made here without any library; on a terminal `rich` adds colour to the same lines and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.report.blocks import NAMED, TODO, apart, blocks, coverage_lines, summary
from stackcheck.report.clean import printable
from stackcheck.report.excerpt import Excerpts
from stackcheck.report.table import aligned, lines_by_target
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackcheck.model import Finding, Report

    Paint = Callable[[str, str], str]

MARKS = {"error": "✗", "warning": "!", "note": "·", "todo": "→", "unknown": "?"}
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan", "todo": "green", "unknown": "magenta"}
WIDTH = 80
NO_SOURCES: dict[str, bytes] = {}


def render(
    report: Report,
    *,
    quiet: bool = False,
    limits: bool = True,
    paint: Paint | None = None,
    sources: Mapping[str, bytes] = NO_SOURCES,
) -> str:
    """The report as text that ends in a newline. `quiet` leaves out chains, sources and notes; without `limits`
    the limitations of features that nobody asked for are counted in one line.

    `paint(text, style)` adds colour; without it the text is plain. `sources` are the files that were read, by path:
    a finding with a place in one of them shows the line.
    """
    paint = paint or _plain
    excerpts = Excerpts({} if quiet else sources)
    lines = [paint(f"stackcheck: {printable(report.subject)} (matrix {report.matrix})", "bold")]
    if not quiet:
        for label, said in (("read", report.read), ("not read", report.unread)):
            lines += _wrap(printable(", ".join(said)), WIDTH, f"  {label}: ", "    ") if said else []
    over_targets = lines_by_target(report)
    if over_targets is not None:
        lines += ["", *aligned(over_targets)]
    for title, findings in blocks(report, notes=not quiet, limits=limits and not quiet):
        if findings:
            lines += ["", paint(title, "bold")]
            for number, (finding, targets) in enumerate(_joined(findings), start=1):
                lines += [""] if number > 1 and not (quiet or finding.limit) else []
                lines += _finding(finding, targets, number if title == TODO else None, quiet, paint, excerpts)
    if any((finding.limit and limits) or finding.severity == "unknown" for finding in report.findings) and not quiet:
        lines += ["", paint("`stackcheck explain ID` shows what a line rests on, and what to do.", "dim")]
    if not limits and not quiet and any(finding.limit for finding in report.findings):
        lines += ["", _folded(report)]
    lines += [""]
    if quiet and (files := apart(report)):  # else the notes say it
        lines += _wrap(printable(f"Not for this machine: {few(files, NAMED)}."), WIDTH, "", "  ")
    lines += [line for text in coverage_lines(report) for line in _wrap(printable(text), WIDTH, "", "  ")]
    lines += [summary(report)]
    return "\n".join(lines) + "\n"


def _joined(findings: list[Finding]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Each finding with its targets: what is the same on several of them is said once."""
    targets: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], Finding] = {}
    for number, one in enumerate(findings):
        # The chain may differ by what each target states; it is shown for the first.
        key = (one.id, one.location, one.message, one.fix) if one.target is not None else (number,)
        first.setdefault(key, one)
        targets.setdefault(key, []).extend([one.target] if one.target is not None else [])
    return [(first[key], tuple(names)) for key, names in targets.items()]


def _finding(
    finding: Finding, targets: tuple[str, ...], number: int | None, quiet: bool, paint: Paint, excerpts: Excerpts
) -> Iterator[str]:
    mark = f"{number}." if number is not None else MARKS[finding.severity]
    place = f"{printable(str(finding.location))}: " if finding.location else ""
    place = f"[{printable(', '.join(targets))}] {place}" if targets else place
    tail = f" ({printable(finding.id)})" if finding.limit else ""
    body = _wrap(f"{place}{printable(finding.message)}{tail}", WIDTH - 4) or [""]
    yield f"{paint(f'{mark:>3}', STYLES[finding.severity])} {body[0]}"
    yield from (f"    {line}" for line in body[1:])
    if finding.limit:
        return
    yield from (paint(f"      {line}", "dim") for line in excerpts.of(finding.location, WIDTH - 6))
    if finding.fix is not None and (not quiet or finding.severity in ("error", "todo")):
        yield from _wrap(printable(finding.fix.text), WIDTH, "    fix: ", "         ")
        yield from (f"         $ {printable(command)}" for command in finding.fix.commands)
    if quiet:
        return
    if finding.severity in ("error", "warning"):
        for step, reason in enumerate(finding.because):
            text = f"{printable(reason.text)} ({printable(reason.origin)})"
            yield from _wrap(text, WIDTH, "           → " if step else "    because: ", "             ")
    for source in finding.sources:
        text = f"{source.url} ({source.confidence}, seen {source.seen})"
        yield from (paint(line, "dim") for line in _wrap(text, WIDTH, "    source: ", "            "))
    if finding.id and finding.severity != "todo":
        yield paint(f"    id: {printable(finding.id)}", "dim")


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    if text.isprintable() and "  " not in text and text == text.strip() != "":
        return _filled(text.split(" "), width, first, rest)
    import textwrap  # where there is a finding to wrap

    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def _filled(words: list[str], width: int, first: str, rest: str) -> list[str]:
    """What textwrap makes of words with one blank between them; its patterns take longer than all else of a report."""
    lines, line = [], first + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= width:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = rest + word
    return [*lines, line]


def _folded(report: Report) -> str:
    names = list(dict.fromkeys(finding.subject for finding in report.findings if finding.limit))
    return f"Limited on this machine: {few(names, 4)} (`stackcheck preflight PRODUCT` shows why)."


def _plain(text: str, _style: str) -> str:
    return text
