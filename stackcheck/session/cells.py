"""One cell of an overview: how a release of a product is had on a target, and what speaks against it.

A cell is judged as a preflight judges the release: once for each index that may have it, then with one Python of each
kind that the rows tell apart. What was not judged is never shown as good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.build_options import may_serve, on_tegra
from stackcheck.judge.laws import wheel_law
from stackcheck.judge.working import Working
from stackcheck.matrix import native
from stackcheck.matrix.rows import Builds, Relation, Wheels
from stackcheck.model import Ask, Indexes, Judged, Known, Origin
from stackcheck.patterns import pattern
from stackcheck.subjects import BY_NAME
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Condition, Conditions, Row
    from stackcheck.model import Finding, Report, Severity, Stack
    from stackcheck.session.knowledge import Knowledge

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
"""The Pythons that a cell is judged with (devguide.python.org/versions, without those that no target can still get)."""
CPU, SOURCE, HERE, NOTHING = "CPU only", "source", "✓", "–"
PLACES = ("arch", "board", "jetpack", "l4t", "dgx-os", "distro", "distro-version", "ubuntu")
"""Subjects by which a row says what machines a release is for."""
UNPLACED = "Nothing speaks against it, but no row says that it is for such a machine."
UNREAD_CODE = "The wheels of other releases hold GPU code; what this one's holds was not read."
_JETPACK = pattern(r"jp(\d+)/")
_RANK = {None: 0, "warning": 1, CPU: 2, "unknown": 3, "doubt": 4, "error": 5}
"""How bad a state is. Doubt: a source says that the build has no code for the GPU, or its driver is too old; another
one does not."""
_DOUBTS = ("gpu-code", "driver")


@dataclass(frozen=True)
class Verdict:
    """What one cell came to. `reasons` are (key, sentence); sentences with one key say the same of different releases.
    `pythons` are those of `PYTHONS` with which it holds, empty where none was told apart. `index` is the one that was
    judged best, None where nothing was asked of one."""

    severity: Severity | None
    text: str = ""
    reasons: tuple[tuple[str, str], ...] = ()
    pythons: tuple[str, ...] = ()
    index: str | None = None


class Judging:
    """The cells of one product, judged one by one."""

    def __init__(self, knowledge: Knowledge, product: str) -> None:
        self.knowledge = knowledge
        self.header = knowledge.store.product(product)
        self.builds = knowledge.store.rows_of(product, Builds)
        found = (knowledge.records.record(name) for name in self.header.pip[:1])
        self._records = [record for record in found if record is not None]
        self._needed = self._needs()
        self._others = tuple(condition for name in self._needed for condition in self._conditions(name, None))
        self._verdicts: dict[tuple[object, ...], Verdict] = {}

    def verdict(self, release: str, target: str, stack: Stack) -> Verdict:
        """How this release is had on a target, whose stack is given."""
        if self.header.id in BY_NAME:
            return self._of_the_machine(release, stack)
        work = Working(stack, self.knowledge.store, None)
        indexes = self.indexes(release, work)
        key = (target, tuple(indexes), self._rows(release))
        if key not in self._verdicts:
            self._verdicts[key] = _Run(self, release, target, work, indexes).verdict()
        return self._verdicts[key]

    def rests_on(self, release: str, index: str | None, stack: Stack) -> tuple[list[Row], list[Record]]:
        """The rows and the records that speak of this release on a machine, as it is had from one index."""
        work = Working(stack, self.knowledge.store, None)
        rows = [
            row
            for row in self.knowledge.store.rows(self.header.id)
            if _speaks(row.release, release)
            and work.applies(row)[0] is not False
            and (not isinstance(row, Builds) or (not row.none and index in row.index))
        ]
        records = [record for record in self._records if index in (None, record.index) and record.release(release)]
        return rows, records

    def code_is_unread(self, release: str, stack: Stack) -> bool:
        """Whether a machine with a GPU would get a wheel whose libraries were not read, and of which no row says what
        they hold, while those of other releases hold GPU code."""
        arch = _value(stack, "arch")
        if not isinstance(stack.gpus, tuple):
            return False
        coded = [record for record in self._records if arch in native.architectures(record)]
        if not any(record.release(release) and not native.was_read(record, release, arch) for record in coded):
            return False
        return not any(isinstance(row, Builds) for row in self.rests_on(release, "pypi", stack)[0])

    def _rows(self, release: str) -> tuple[object, ...]:
        """What tells this release from others: the rows that speak of it, and what the needed products ask of it.

        Whatever else the judge comes to look up by release has to be in it.
        """
        store = self.knowledge.store
        own = [row.key for row in store.rows(self.header.id) if _speaks(row.release, release)]
        asked = [
            condition.admits(release)
            for name in self._needed
            for row in store.rows(name)
            for subject, condition in (*(row.needs if isinstance(row, Relation) else ()), *row.where, *row.unless)
            if subject == self.header.id
        ]
        return (tuple(own), tuple(asked), tuple(self._recorded(release)))

    def _recorded(self, release: str) -> Iterator[tuple[object, ...]]:
        """What the records of the product's distributions say of this release."""
        for record in self._records:
            line = record.release(release)
            if line is not None:
                requires = line.main.requires if line.main is not None else ()
                files = (line.sdist, line.sdist_python, line.wheels, line.yanked)
                yield (line.python, *files, requires, repr(line.native))

    def _of_the_machine(self, release: str, stack: Stack) -> Verdict:
        """A target has one release of what is part of the machine, and no other."""
        name = self.header.id
        state = stack.facts.get("distro-version" if name == "ubuntu" else name)
        if name == "ubuntu" and _value(stack, "distro") != "ubuntu":
            state = None
        if isinstance(state, Known) and state.value == release:
            return Verdict(None, HERE)
        text = f"{self.header.title} is part of the machine: a target has the release that it states, or none."
        return Verdict("unknown", NOTHING, ((text, text),))

    def indexes(self, release: str, work: Working) -> list[str]:
        """The indexes that may have this release for the machine: PyPI first, then by the newest CUDA. CUDA builds for
        servers are none for a Jetson that has Tegra's own CUDA, whatever is known of their code."""
        if not self.header.pip:
            return []
        rows = [row for row in self.builds if row.release is not None and row.release.admits(release) and not row.none]
        named = {name for row in rows if work.applies(row)[0] is not False for name in row.index}
        rest = [name for name in named if _may_serve(name, release, work.stack) and name != "pypi"]
        rest = [name for name in rest if name.startswith("jp") or not on_tegra(work)]
        return ["pypi", *sorted(rest, reverse=True)]

    def boundless(self, release: str, work: Working) -> Iterator[str]:
        """The indexes that have builds for this machine, of which no row says for which releases."""
        for row in self.builds:
            if row.release is None and not row.none and work.applies(row)[0] is not False:
                yield from (name for name in row.index if name != "pypi" and _may_serve(name, release, work.stack))

    def classes(self, release: str) -> list[tuple[str, ...]]:
        """The Pythons, those together that no row tells apart; the newest class first."""
        own = self._conditions(self.header.id, release)
        conditions = (*own, *self._others)
        kinds: dict[tuple[bool | None, ...], list[str]] = {}
        for python in PYTHONS:
            kinds.setdefault(tuple(condition.admits(python) for condition in conditions), []).append(python)
        return [tuple(kind) for kind in reversed(kinds.values())]

    def _conditions(self, product: str, release: str | None) -> Iterator[Condition]:
        """What the rows of a product say of Python, those of one release alone where it is named."""
        for row in self.knowledge.store.rows(product):
            if release is not None and not _speaks(row.release, release):
                continue
            if isinstance(row, Wheels) and row.python is not None:
                yield row.python
            asked = row.needs if isinstance(row, Relation | Wheels) else ()
            yield from (condition for name, condition in (*asked, *row.where, *row.unless) if name == "python")
        lines = [record.release(release) for record in self._records] if release and product == self.header.id else []
        for line in lines:
            if line is not None:
                yield from wheel_law.served(line, PYTHONS)

    def _needs(self) -> tuple[str, ...]:
        """The products that this one needs, and those that they need."""
        store = self.knowledge.store
        seen, left = {self.header.id}, [self.header.id]
        while left:
            for row in store.rows_of(left.pop(), Relation):
                new = {name for name, _ in row.needs if row.kind == "requires" and store.knows(name)} - seen
                seen |= new
                left += new
        return tuple(sorted(seen - {self.header.id}))


class _Run:
    """One cell, while it is judged."""

    def __init__(self, judging: Judging, release: str, target: str, work: Working, indexes: list[str]) -> None:
        self.judging = judging
        self.release = release
        self.target = target
        self.work = work
        self.stack = work.stack
        self.indexes: list[str | None] = [*indexes] or [None]
        self.product = judging.header.id
        self._reports: dict[tuple[str | None, str | None], Report] = {}

    def verdict(self) -> Verdict:
        index = min(self.indexes, key=lambda name: _RANK[self._state(self._judged(name, None))])
        classes = self.judging.classes(self.release)
        # An index may serve fewer Pythons than the release; where nothing tells, it serves them all.
        pythons = self._pythons(self.indexes[0], classes)
        pythons = tuple(python for python in self._pythons(index, classes) if python in pythons) or pythons
        python = self._usual(pythons or classes[0])
        report = self._judged(index, python)
        state = self._state(report)
        found = self._verdict(report, state, index)
        if state not in (None, "warning"):
            found = self._elsewhere(found)
        told = len(classes) > 1 and found.text not in ("", NOTHING)
        return replace(found, pythons=pythons if told else (), index=index)

    def _judged(self, index: str | None, python: str | None) -> Report:
        key = (index, python)
        if key not in self._reports:
            origin = Origin(f"{self.product} {self.release}", "command line")
            want = Ask(self.product, f"=={self.release}", origin, indexes=None, transitive=None)
            stack = replace(self.stack, wants=(want,))
            if index is not None:
                asked = replace(want, name=self.judging.header.pip[0], indexes=Indexes((index,)))
                stack = replace(stack, asks=(asked,))
            if python is not None:
                stack = stack.with_facts({"python": Known(python, Origin(f"with Python {python}", "matrix show"))})
            self._reports[key] = self.judging.knowledge.judge(stack, self.target, preflight=True, remedies=False)
        return self._reports[key]

    def _pythons(self, index: str | None, classes: list[tuple[str, ...]]) -> tuple[str, ...]:
        """The Pythons that bring nothing against the release that is not there without them."""
        known = {(finding.severity, finding.id) for finding in self._judged(index, None).findings}
        good = [kind for kind in classes if not _more(self._judged(index, self._usual(kind)), known)]
        return tuple(python for python in PYTHONS if any(python in kind for kind in good))

    def _usual(self, pythons: tuple[str, ...]) -> str:
        """The system's Python where it is one of these, else the newest: what comes along may have no file for that."""
        own = ".".join(_value(self.stack, "system-python").split(".")[:2])
        return own if own in pythons else pythons[-1]

    def _state(self, report: Report) -> str | None:
        """How bad it is, as a key of `_RANK`."""
        errors = [finding for finding in report.findings if finding.severity == "error"]
        if any(not self._is_cpu(finding) for finding in errors):
            return "error"
        if errors or any(finding.severity == "warning" and self._is_cpu(finding) for finding in report.findings):
            return CPU
        if any(finding.severity == "unknown" and finding.required for finding in report.findings):
            return "unknown"
        if any(finding.severity == "warning" and finding.kind in _DOUBTS for finding in report.findings):
            return "doubt"
        if self._missing(report) or self._entry(report).open:
            return "unknown"
        return "warning" if report.count("warning") or self._built(report) else None

    def _built(self, report: Report) -> list[Finding]:
        """What says that the release is built from source: a record that has no wheel of it says so in a note."""
        return [
            finding
            for finding in report.findings
            if finding.kind == "wheels" and finding.severity in ("warning", "note") and finding.subject == self.product
        ]

    def _is_cpu(self, finding: Finding) -> bool:
        rows = (row for row in self.judging.builds if row.key == finding.id)
        return finding.kind == "builds" and any(row.variant == "cpu" and not row.none for row in rows)

    def _entry(self, report: Report) -> Judged:
        return next((entry for entry in report.coverage.judged if entry.subject == self.product), Judged(self.product))

    def _missing(self, report: Report) -> list[tuple[str, str]]:
        """Why the release was not judged: what is not known of it, with the id of that."""
        own = [entry for entry in report.coverage.not_judged if entry.subject == self.product]
        if not own and not _is_judged(self._entry(report)):
            text = f"Nothing that is known of {self.judging.header.title} {self.release} speaks of this machine."
            return [_reason("coverage/no-record", text)]
        return [_reason(finding.id, f"{finding.message[:1].upper()}{finding.message[1:]}.") for finding in own]

    def _verdict(self, report: Report, state: str | None, index: str | None) -> Verdict:
        if state == "error":
            return Verdict("error", "", self._reasons(report, "error"))
        warnings = self._reasons(report, "warning")
        if state == CPU:
            return Verdict("warning", CPU, self._reasons(report, "error") or warnings)
        if state == "doubt":
            return Verdict("unknown", "", warnings)
        if state == "unknown":
            return self._unknown(report, index)
        built = self._built(report)
        if built:
            return Verdict("warning", SOURCE, tuple(dict.fromkeys((*warnings, *map(self._finding, built)))))
        text = label(index) if index is not None and self._entry(report).laws else HERE
        if text is HERE and not self._placed():
            return Verdict("unknown", "", (*warnings, (UNPLACED, f"{UNPLACED} (coverage/no-record)")))
        if warnings:
            return Verdict("warning", f"{text}!", warnings)
        if index in (None, "pypi") and self.judging.code_is_unread(self.release, self.stack):
            return Verdict("unknown", f"{text}?", ((UNREAD_CODE, UNREAD_CODE),))
        return Verdict(None, text)

    def _placed(self) -> bool:
        """Whether a row says that the release is for such a machine: that none speaks against it says it not."""
        return any(
            subject in PLACES and self.work.meets(((subject, condition),))[0] is True
            for row in self.judging.knowledge.store.rows(self.product)
            if _speaks(row.release, self.release) and self.work.applies(row)[0] is True
            for subject, condition in (*(row.needs if isinstance(row, Relation) else ()), *self._where(row))
        )

    @staticmethod
    def _where(row: Row) -> Conditions:
        return row.where if row.kind == "provides" else ()

    def _unknown(self, report: Report, index: str | None) -> Verdict:
        """What depends on something that is not known; with the index where a law at least found it there."""
        required = [finding for finding in report.findings if finding.severity == "unknown" and finding.required]
        reasons = [_reason(finding.id, finding.message) for finding in required] + self._missing(report)
        reasons += [] if required else self._open(report)
        entry = self._entry(report)
        text = f"{label(index)}?" if index is not None and entry.laws else ""
        text = text or ("" if required or _is_judged(entry) else NOTHING)
        return Verdict("unknown", text, tuple(reasons))

    def _open(self, report: Report) -> list[tuple[str, str]]:
        """The builds of which no law could say whether they serve the machine."""
        rows = {row.key: row for row in self.judging.builds}
        title = self.judging.header.title
        return [
            (f"{key} code", f"Which GPU code the {rows[key].variant} build of {title} has is not known. ({key})")
            for key in self._entry(report).open
        ]

    def _reasons(self, report: Report, severity: Severity) -> tuple[tuple[str, str], ...]:
        worst = [finding for finding in report.findings if finding.severity == severity]
        return tuple(self._finding(finding) for finding in worst)

    def _finding(self, finding: Finding) -> tuple[str, str]:
        key, text = _reason(finding.id, self._for_every_gpu(finding.message))
        # Many rows say of their releases that there is no wheel: one note says it.
        return (finding.message.replace(self.release, "…") if finding.kind == "wheels" else key), text

    def _for_every_gpu(self, message: str) -> str:
        """The sentence without this machine's GPU: it explains cells of other machines too."""
        for gpu in self.stack.gpus if isinstance(self.stack.gpus, tuple) else ():
            message = message.replace(f" ({gpu.name})", "")
            message = message.replace(f"compute capability {gpu.capability}", "the GPU's compute capability")
        return message

    def _elsewhere(self, found: Verdict) -> Verdict:
        """What fails or is not known from the best index, where another one has builds of which too little is known."""
        if found.text == CPU:
            others = [self._judged(name, None) for name in self.indexes[1:]]
            open_ = (reason for report in others if self._state(report) == "unknown" for reason in self._open(report))
            found = replace(found, reasons=(*found.reasons, *open_))
        names = list(dict.fromkeys(self.judging.boundless(self.release, self.work)))
        if not names:
            return found
        title = self.judging.header.title
        text = f"The {' or '.join(names)} index has builds of {title} for this machine; of which releases is not known."
        reasons = (*found.reasons, (text, f"{text} (coverage/index)"))
        return replace(found, severity="unknown" if found.severity == "error" else found.severity, reasons=reasons)


def _reason(name: str, text: str) -> tuple[str, str]:
    return name, f"{text} ({name})"


def _is_judged(entry: Judged) -> bool:
    """Whether a law, or a row that speaks of the machine, decided something."""
    return bool(entry.laws or entry.machine)


def _speaks(release: Condition | None, value: str) -> bool:
    return release is None or release.admits(value) is not False


def label(index: str) -> str:
    """An index in a cell: "PyPI", "cu130", "jp6"."""
    if index == "pypi":
        return "PyPI"
    jetpack = _JETPACK.match(index)
    return f"jp{jetpack[1]}" if jetpack else index.rpartition("/")[2]


def _may_serve(index: str, release: str, stack: Stack) -> bool:
    """Whether pip may be sent to this index for the release."""
    return may_serve(index, release, _value(stack, "jetpack"))


def _value(stack: Stack, fact: str) -> str:
    state = stack.facts.get(fact)
    return state.value if isinstance(state, Known) else ""


def _more(report: Report, known: set[tuple[Severity, str]]) -> bool:
    """Whether the report says more against it than is known."""
    return any(
        finding.severity in ("error", "warning") and (finding.severity, finding.id) not in known
        for finding in report.findings
    )


def span(values: Iterable[str], every: tuple[str, ...]) -> str:
    """Some of an ordered list as ranges: "3.9 – 3.11", "≥ 3.10" and "≤ 3.11" where they go to its end, "" for all."""
    chosen = [every.index(value) for value in values]
    runs: list[list[int]] = []
    for at in sorted(chosen):
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return ", ".join(filter(None, (_range(run, every) for run in runs)))


def _range(run: list[int], every: tuple[str, ...]) -> str:
    first, last = every[run[0]], every[run[-1]]
    if len(run) == len(every):
        return ""
    if run[0] == 0 and len(run) > 1:
        return f"≤ {last}"
    if run[-1] == len(every) - 1 and len(run) > 1:
        return f"≥ {first}"
    return first if first == last else f"{first} – {last}"
