"""The report for people: broken, warnings, to do, limits here, not known; then what held, and the errors by name.

Plain text is made here without any library; on a terminal `rich` adds colour to the same lines. What weighs most is the
message, then the fix; reasons are dim, and sources are left out on a terminal unless they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.report.blocks import (
    NAMED,
    TODO,
    VARIANTS,
    apart,
    blocks,
    coverage_lines,
    elsewhere,
    errors_named,
    fixes,
    summary,
    variants,
)
from stackcheck.report.clean import printable
from stackcheck.report.excerpt import Excerpts
from stackcheck.report.table import aligned, lines_by_target
from stackcheck.values import dataclass
from stackcheck.wording import command_lines, few, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackcheck.model import Finding, Report

    Paint = Callable[[str, str], str]

MARKS = {"error": "✗", "warning": "!", "note": "·", "todo": "→", "unknown": "?"}
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan", "todo": "green", "unknown": "magenta"}
WIDTH = 80
TARGETS = 3
PREFIX = 48
"""So many targets stand before a message, with its place in so many columns; others have a line of their own."""
NO_SOURCES: dict[str, bytes] = {}


def render(
    report: Report,
    *,
    quiet: bool = False,
    limits: bool = True,
    cited: bool = True,
    paint: Paint | None = None,
    linked: bool = False,
    sources: Mapping[str, bytes] = NO_SOURCES,
) -> str:
    """The report as text that ends in a newline. `quiet` leaves out chains, sources and notes; without `limits`
    the limitations of features that nobody asked for are counted in one line; without `cited` sources are left out.

    `paint(text, style)` adds colour; without it the text is plain. `linked`: what is painted with a style that ends in
    "link URL" leads there, so that a long address is shown in short. `sources` are the files that were read, by path: a
    finding with a place in one of them shows the line.
    """
    paint = paint or _plain
    page = _Page(paint, Excerpts({} if quiet else sources), quiet, cited and not quiet, linked)
    head = f"stackcheck: {printable(report.subject)} (matrix {report.matrix})"
    lines = [paint(line, "bold") for line in _wrap(head, WIDTH, "", "  ")]
    if not quiet:
        for label, entries in (("read", report.read), ("not read", report.unread)):
            lines += _wrap(printable(", ".join(entries)), WIDTH, f"  {label}: ", "    ") if entries else []
    over_targets = lines_by_target(report)
    if over_targets is not None:
        lines += ["", *aligned(over_targets)]
    for title, findings in blocks(report, notes=not quiet, limits=limits and not quiet):
        if findings:
            lines += ["", paint(title, "bold")]
            for number, finding in enumerate(findings, start=1):
                lines += [""] if number > 1 and not (quiet or finding.limit) else []
                lines += page.finding(finding, number if title == TODO else None)
    if not quiet:
        lines += [paint(line, "dim") for line in _closing(report, limits=limits, cited=cited)]
    lines += [""]
    if quiet and (files := apart(report)):  # else the notes say it
        lines += _wrap(printable(f"Not for this machine: {few(files, NAMED)}."), WIDTH, "", "  ")
    lines += [line for text in coverage_lines(report) for line in _wrap(printable(text), WIDTH, "", "  ")]
    lines += _wrap(summary(report), WIDTH)
    errors = printable(errors_named(report))
    lines += [paint(errors, "bold red")] if errors else []
    return "\n".join(lines) + "\n"


def _closing(report: Report, *, limits: bool, cited: bool) -> Iterator[str]:
    """Where to read more."""
    limited = any(finding.limit for finding in report.findings)
    shown = any(finding.severity == "unknown" or (finding.limit and limits) for finding in report.findings)
    hidden = not cited and any(finding.sources for finding in report.findings)
    if shown or hidden:
        yield ""
        yield "`stackcheck explain ID` shows what a line rests on, and what to do."
    if hidden:
        yield "`--verbose` shows the sources."
    if limited and not limits:
        yield ""
        names = list(dict.fromkeys(finding.subject for finding in report.findings if finding.limit))
        text = f"Limited on this machine: {few(names, 4)} (`stackcheck preflight PRODUCT` shows why)."
        yield from _wrap(printable(text), WIDTH, "", "  ")


@dataclass(frozen=True)
class _Page:
    """How the findings of one report are written."""

    paint: Paint
    excerpts: Excerpts
    quiet: bool
    cited: bool
    linked: bool

    def finding(self, finding: Finding, number: int | None) -> Iterator[str]:
        """The lines of a finding; `number` is that of a step."""
        mark = f"{number}." if number is not None else MARKS[finding.severity]
        yield from self._head(finding, self.paint(f"{mark:>3}", STYLES[finding.severity]))
        if finding.limit:
            return
        yield from self._part(elsewhere(finding), "    ", "      ", "dim")
        if finding.targets and not _before(finding):
            yield from self._part(f"on: {', '.join(finding.targets)}", "    ", "        ", "dim")
        for line in variants(finding, 1 if self.quiet else VARIANTS):
            yield from self._part(line, "    ", "      ", "")
        yield from (self.paint(f"      {line}", "dim") for line in self.excerpts.of(finding.location, WIDTH - 6))
        if not self.quiet or finding.severity in ("error", "todo"):
            yield from self._fixes(finding)
        if not self.quiet:
            yield from self._reasons(finding)

    def _head(self, finding: Finding, mark: str) -> Iterator[str]:
        """The mark, where it is, and the message, which alone is bold."""
        place = f"{printable(str(finding.location))}: " if finding.location else ""
        place = f"[{printable(', '.join(finding.targets))}] {place}" if _before(finding) else place
        tail = f" ({printable(finding.id)})" if finding.limit else ""
        lines = _wrap(f"{place}{printable(finding.message)}{tail}", WIDTH - 4) or [""]
        style = "" if finding.limit or finding.severity == "note" else "bold"
        left = len(place)
        for number, line in enumerate(lines):
            shown = self._styled(line[:left], "cyan") + self._styled(line[left:], style)
            left = max(0, left - len(line) - 1)
            yield f"{mark} {shown}" if number == 0 else f"    {shown}"

    def _fixes(self, finding: Finding) -> Iterator[str]:
        for label, fix in fixes(finding):
            name = f"fix {printable(label)}:" if label else "fix:"
            first, *rest = _wrap(printable(fix.text) or "-", WIDTH, f"    {name} ", "         ")
            yield f"    {self._styled(name, 'bold green')}{first[4 + len(name) :]}"
            yield from rest
            for command in fix.commands:
                first, *rest = command_lines(printable(command), WIDTH - 11, WIDTH - 15)
                yield f"         {self._styled('$', 'dim')} {self._styled(first, 'bold')}"
                yield from (f"             {self._styled(line, 'bold')}" for line in rest)

    def _reasons(self, finding: Finding) -> Iterator[str]:
        if finding.severity in ("error", "warning"):
            for step, reason in enumerate(finding.because):
                text = f"{printable(reason.text)} ({printable(reason.origin)})"
                yield from self._part(text, "           → " if step else "    because: ", "             ", "dim")
        if self.cited:
            for source in finding.sources:
                yield from self._source(printable(source.url), f"({source.confidence}, seen {source.seen})")
        if finding.id and finding.severity != "todo":
            page = next((source.url for source in finding.sources if _is_link(source.url)), "")
            name = printable(finding.id)
            yield f"{self._styled('    id: ', 'dim')}{self._styled(name, f'dim link {page}' if page else 'dim')}"

    def _source(self, url: str, tail: str) -> Iterator[str]:
        """A source with its address in one piece, as a link where it is one and the terminal has links."""
        style = f"dim link {url}" if _is_link(url) else "dim"
        label, indent = "    source: ", "            "
        if self.linked and _is_link(url) and len(label) + len(url) > WIDTH:
            parts = url.removeprefix("https://").split("/")
            url = f"{parts[0]}/…/{parts[-1][-40:]}"
        shown = self._styled(url, style)
        if len(label) + len(url) + 1 + len(tail) <= WIDTH:
            yield f"{self._styled(label, 'dim')}{shown}{self._styled(f' {tail}', 'dim')}"
        elif len(label) + len(url) <= WIDTH:
            yield f"{self._styled(label, 'dim')}{shown}"
            yield self._styled(f"{indent}{tail}", "dim")
        else:  # from the first column on, so that a terminal breaks it as late as it can
            yield self._styled(f"{label}{tail}", "dim")
            yield shown

    def _part(self, text: str, first: str, rest: str, style: str) -> Iterator[str]:
        if text:
            yield from (self._styled(line, style) for line in _wrap(printable(text), WIDTH, first, rest))

    def _styled(self, text: str, style: str) -> str:
        return self.paint(text, style) if text and style else text


def _before(finding: Finding) -> bool:
    """Whether the targets of a finding stand before its message."""
    long = len(", ".join(finding.targets)) + len(str(finding.location or "")) > PREFIX
    return 0 < len(finding.targets) <= TARGETS and not long


def _is_link(url: str) -> bool:
    return url.startswith("https://") and url.isprintable() and " " not in url


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    if text.isprintable() and "  " not in text and text == text.strip() != "":
        return filled(text.split(" "), width, first, rest)
    import textwrap  # where there is a finding to wrap

    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def _plain(text: str, _style: str) -> str:
    return text
