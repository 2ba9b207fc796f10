"""What is known of a stack, and what is said about it: plain frozen values, no logic beyond lookup.

A `Stack` maps each subject to what it can be and why we think so. Host, environment document, target and
requirement files each only add to it. A `Report` is what the judge answers. Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Severity = Literal["error", "warning", "note", "todo", "unknown"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "todo", "unknown")

TABLES = ("facts", "packages", "system-packages", "products", "variables")
"""The tables of an environment document, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Line and column start at 1; what is not known is None, never guessed."""

    path: str
    line: int | None = None
    column: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Why something is believed: a sentence, and where it was read (a tool, a document, a file's line)."""

    text: str
    place: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One value, as it was read. "*" means: there, version not known."""

    value: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Absent:
    """Looked for, and not there."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not looked at, or unreadable; the reason is a phrase such as "nvidia-smi did not answer in 5 s"."""

    reason: str


State: TypeAlias = "Known | Absent | Unknown"


@dataclass(frozen=True, slots=True)
class Code:
    """The GPU code that a package's own libraries hold, by compute capability with its suffix ("8.7", "9.0a").

    `cubins` is compiled code, `ptx` what a driver compiles for newer chips. `cuda` is the CUDA that it was built with,
    None where no file says it. `doubt` says why there may be more than was seen. `missing` are libraries without which
    none of its libraries with GPU code can be loaded, and that are nowhere.
    """

    cubins: tuple[str, ...]
    ptx: tuple[str, ...]
    origin: Origin
    cuda: str | None = None
    doubt: str | None = None
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        compiled = f"compiled code for {', '.join(self.cubins)}" if self.cubins else "no compiled code"
        return f"{compiled} and {'PTX for ' + ', '.join(self.ptx) if self.ptx else 'no PTX'}"


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. The name is the driver's; the capability is dotted ("12.1"), None where only the name is known."""

    name: str | None
    capability: str | None
    origin: Origin


UNKNOWN_INDEX = "${…}"
"""The short name of an index whose address is not known, nor the variable that would tell it."""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where an installer would look for a project, in order of preference.

    `names` are short names (see `versions.index_name`): "pypi", "cu130", "nightly/cu130", "jp6/cu126", else the
    index's host and path without credentials; an index of which nothing is known goes by the variable that its address
    holds (`${MIRROR}`), or is `UNKNOWN_INDEX`. `strategy` is "best" where the newest version over all of them wins
    (pip), "first" where the first index that has the project wins (uv).
    """

    names: tuple[str, ...] = ("pypi",)
    strategy: Literal["best", "first"] = "best"


@dataclass(frozen=True, slots=True)
class Ask:
    """One requirement for a project, as a file or the command line states it.

    `name` is normalised (PEP 503) and `specifier` is PEP 440 text ("" for any). `url` is a direct reference
    (PEP 508), credentials removed. `applies` is False where the marker is false on the target and None where
    it cannot be evaluated. `indexes` None: where it comes from is not told, or not known.
    `transitive` is where the installer looks for what this project depends on: a source of its own (uv) does
    not reach its dependencies. `constraint` narrows without asking (pip's -c). `locked` are the names of the files that
    a lock lets an installer take; None: no lock. `alternatives` are the choices of extras and groups that exclude each
    other, of those in which this is asked for ("extra:cpu", "" for none of them); empty: whatever is chosen.
    `cpu`: its file is meant for the CPU, whatever GPU the machine has. `alone`: it is installed without what it
    requires (pip's --no-deps), and whatever that says.
    `binary`: its file lets an installer take wheels alone for it (pip's --only-binary, uv's no-build), `built`: it
    lets it take none (--no-binary). `hashes` counts the hashes that its line allows, where an installer compares them;
    `unhashed` are the files of a lock that lack one. `step`: the file and the number, among those that its text runs
    one after the other, of the command that asks for it. `replaced`: a later one puts another release in its place, so
    that it does not apply in the end; it is still installed in between.
    """

    name: str
    specifier: str
    origin: Origin
    extras: tuple[str, ...] = ()
    marker: str | None = None
    applies: bool | None = True
    url: str | None = None
    indexes: Indexes | None = field(default_factory=Indexes)
    transitive: Indexes | None = field(default_factory=Indexes)
    constraint: bool = False
    group: str | None = None
    locked: tuple[str, ...] | None = None
    alternatives: tuple[str, ...] = ()
    cpu: bool = False
    alone: bool = False
    binary: bool = False
    built: bool = False
    hashes: int = 0
    unhashed: tuple[str, ...] = ()
    step: tuple[str, int] | None = None
    replaced: bool = False

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}{self.specifier}" if self.url is None else f"{self.name}{extras} @ {self.url}"


@dataclass(frozen=True, slots=True)
class FeatureAsk:
    """A feature (`product:feature`) that the user wants to use."""

    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in a project file, or a whole file, that could not be read or is not judged; `reason` is a sentence,
    `id` that of the finding, of which the first part is the kind.

    `crash`: the mistake is stackcheck's own, which makes the exit code 2. `involves` are the subjects that it speaks
    of, the first of them the finding's own; none: the file.
    """

    reason: str
    location: Location
    severity: Severity = "unknown"
    crash: bool = False
    id: str = "reading/unread"
    involves: tuple[str, ...] = ()


APT_SOURCE = "deb "
"""How the name of a repository begins that commands add for apt, in `Stack.apt`; no package has such a name."""
EMULATED = "image emulated="
"""Before the name of an image, in `Stack.settings`, that is asked for by another platform than the machine's."""
PUBLISHED = "image published="
"""Before the name of an image, in `Stack.settings`, that the project publishes itself, for other machines alone."""
CRASHED = "reading/crashed"
"""The id of the findings that stand for a mistake of stackcheck's own, by which something was not read."""
BROKEN = "reading/broken"
"""The id of the findings on files that cannot be used as a whole, among others that can."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a project file says of the machine or image that it makes: one subject of one table of the Stack, or of
    "images" (an image's name without registry docker.io, and its tag), "conda", "apt", "runners" or "settings" (see
    `Stack`)."""

    table: str
    name: str
    state: Known


USERLAND = ("distro", "distro-version", "libc", "glibc", "python", "system-python", "cuda-toolkit")
"""Facts that a container brings along; the rest (driver, GPU, kernel, board) is the host's."""


@dataclass(frozen=True)
class Stack:
    """Everything that is known of one machine and one project.

    The five mappings follow the environment document: facts (closed vocabulary, see `subjects`), packages
    (normalised distribution names), system packages (Debian names), products (ids of the matrix), variables.
    A subject that is in none of them is unknown, unless its table is in `complete`: then it is absent.
    `code` is what the files of a distribution say of its GPU code; Absent: it should have some, and has none.
    `labels` are what its document calls it (host, site, time), which nothing judges.
    `inside`: a container on the machine, whose userland is not the machine's. `conda` is what conda is asked for: by
    conda's name its channels, release and build ("pytorch,defaults::1.11.0=py38_0", "*" for what is not said); under
    "platforms:FILE" the platforms that a file is for, by their own names ("linux-64 osx-arm64"). `apt` is what apt is
    asked for, by Debian names (and the lines of the sources that commands add, as they are written, "deb https://…"),
    `runners` are the labels of the CI runners that jobs for this machine ask for, and
    `settings` what commands start programs with ("vllm quantization=fp8"; "vllm " says that it is started).
    """

    facts: Mapping[str, State] = field(default_factory=dict)
    packages: Mapping[str, State] = field(default_factory=dict)
    system_packages: Mapping[str, State] = field(default_factory=dict)
    products: Mapping[str, State] = field(default_factory=dict)
    variables: Mapping[str, State] = field(default_factory=dict)
    images: Mapping[str, State] = field(default_factory=dict)
    conda: Mapping[str, State] = field(default_factory=dict)
    apt: Mapping[str, State] = field(default_factory=dict)
    runners: Mapping[str, State] = field(default_factory=dict)
    settings: Mapping[str, State] = field(default_factory=dict)
    gpus: tuple[Gpu, ...] | Absent | Unknown = Unknown("GPUs were not looked at")
    code: Mapping[str, Code | Absent] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()
    wants: tuple[Ask, ...] = ()
    features: tuple[FeatureAsk, ...] = ()
    complete: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    inside: bool = False

    def table(self, name: str) -> Mapping[str, State]:
        """The mapping of one table of the environment document."""
        return {
            "facts": self.facts,
            "packages": self.packages,
            "system-packages": self.system_packages,
            "products": self.products,
            "variables": self.variables,
            "images": self.images,
            "conda": self.conda,
            "apt": self.apt,
            "runners": self.runners,
            "settings": self.settings,
        }[name]

    def state(self, table: str, subject: str) -> State:
        """What is known of a subject in one table; never raises for a subject that is not there."""
        found = self.table(table).get(subject)
        if found is not None:
            return found
        if table in self.complete:
            return Absent(Origin(f"{subject} is not among the {table.replace('-', ' ')} found", table))
        return Unknown(f"{subject} was not looked at")

    def uses(self, name: str, folder: str) -> bool:
        """Whether of several records of a distribution the one in this folder is in use."""
        state = self.packages.get(name)
        if not isinstance(state, Known):
            return True
        return state.origin.place == folder or state.origin.place.startswith(f"{folder}/")

    def with_facts(self, facts: Mapping[str, State]) -> Stack:
        """The same stack with some facts replaced (`--fact`)."""
        return replace(self, facts={**self.facts, **facts})

    def with_stated(self, stated: Iterable[Stated]) -> Stack:
        """The same stack with what project files state, where nothing better is known."""
        tables: dict[str, dict[str, State]] = {}
        for one in stated:
            table = tables.setdefault(one.table, dict(self.table(one.table)))
            if not isinstance(table.get(one.name), Known):
                table[one.name] = one.state
        changes: dict[str, Any] = {name.replace("-", "_"): table for name, table in tables.items()}
        return replace(self, **changes)

    def in_container(self) -> Stack:
        """The host of a container alone: of what is installed on it, nothing is inside."""
        facts = {name: state for name, state in self.facts.items() if name not in USERLAND}
        gone: dict[str, Any] = {"packages": {}, "system_packages": {}, "products": {}, "code": {}}
        return replace(self, facts=facts, complete=frozenset(), inside=True, **gone)

    def with_asks(self, asks: Iterable[Ask], unread: Iterable[Unread] = ()) -> Stack:
        """The same stack with what project files ask for added."""
        return replace(self, asks=(*self.asks, *asks), unread=(*self.unread, *unread))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: a pinned URL, the ISO date on which it was read there, and how sure that makes us."""

    url: str
    seen: str
    confidence: Literal["official", "observed", "reported"]


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a finding: a sentence, and commands that do it (to read before running). `judged`: they were
    chosen for this machine, and not only written for every one."""

    text: str
    commands: tuple[str, ...] = ()
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a finding's chain: what is so, and where that comes from."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the report says. `kind` is the row kind or the name of the law, `id` the row's id.

    `involves` names every subject of the chain. `limit` marks a limitation that concerns no feature asked for;
    `required` marks an unknown on which a required row depends (preflight then exits 3). `target` names the target
    where one run judged several. `locations` are all places that ask for it, `location` among them, where there are
    several. `also` are the findings that rest on the same cause (`judge.causes`): the same at other places and on
    other targets, and what follows from it.
    """

    kind: str
    id: str
    severity: Severity
    subject: str
    message: str
    involves: tuple[str, ...] = ()
    location: Location | None = None
    because: tuple[Reason, ...] = ()
    fix: Fix | None = None
    sources: tuple[Source, ...] = ()
    limit: bool = False
    required: bool = False
    target: str | None = None
    locations: tuple[Location, ...] = ()
    also: tuple[Finding, ...] = ()

    @property
    def same(self) -> tuple[Finding, ...]:
        """The finding and those of its cause that say the same elsewhere, without what follows from it."""
        return (self, *(other for other in self.also if other.id == self.id))

    @property
    def places(self) -> tuple[Location, ...]:
        """Every place of the finding, the first one first; what is known of the columns is that of the first."""
        found: dict[tuple[str, int | None], Location] = {}
        for finding in self.same:
            for place in (finding.location, *finding.locations):
                if place is not None:
                    found.setdefault((place.path, place.line), place)
        return tuple(found.values())

    @property
    def targets(self) -> tuple[str, ...]:
        """Every target of the finding, in the order of the run; empty where one machine alone was judged."""
        return tuple(dict.fromkeys(finding.target for finding in self.same if finding.target is not None))


@dataclass(frozen=True, slots=True)
class Judged:
    """A subject that was judged, and by how much: rows of the matrix, records of an index, laws (GPU code, wheel tags,
    drivers). `machine` counts the rows that speak of the machine itself; `open` are the rows on builds of which no law
    could say whether they serve it."""

    subject: str
    rows: int = 0
    records: int = 0
    laws: int = 0
    machine: int = 0
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a stack was judged. `not_judged` has one finding of kind "coverage" for each requirement, image, feature
    and index of which nothing is known; it has the severity "unknown" and stands beside the report's findings."""

    judged: tuple[Judged, ...] = ()
    not_judged: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignore:
    """Findings that the user does not want to see: those of one kind or with one id.

    `place` says where it is stated ("--ignore", "requirements.txt:3"). `lines` are the lines of `location.path` that
    it speaks of, None for every finding. From the day `until` (ISO) on it counts no more. `must_match` is False
    where a run sees only a part of what it is for, so that nothing is said of one that is not needed.
    """

    what: str
    place: str
    location: Location | None = None
    reason: str = ""
    until: str | None = None
    lines: frozenset[int] | None = None
    must_match: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """What was found for one row on one target: the worst severity, None where nothing speaks against it, and the
    numbers of the notes that say why, from 1. `text` says how it is had ("PyPI", "cu130", "source"); without one, the
    severity's mark is shown."""

    severity: Severity | None
    notes: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Things (releases, lines) against targets: each row is its label and a cell for every column. `words` explains
    the texts of cells that need it, each with its meaning."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    notes: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The judge's answer for one stack. `held` counts the rows that applied and were met.

    `read` says in a few words what was known of the environment, `unread` what was not, each with its reason.
    `left_out` counts the findings that are not shown, each with why: "ignored", "in the baseline", "not selected".
    `stacks` are what was judged, each with its name; `table` is a comparison over targets, where one was asked for.
    `coverage` says what of it was judged at all. `oldest` is the day (ISO) of the oldest record that was opened.
    `ordered`: the findings are in an order of their own (those on a log, surest first), which every report keeps.
    """

    subject: str
    matrix: str
    findings: tuple[Finding, ...]
    held: int
    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    stacks: tuple[tuple[str, Stack], ...] = ()
    table: Table | None = None
    coverage: Coverage = Coverage()
    oldest: str | None = None
    ordered: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)
