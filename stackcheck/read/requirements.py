"""pip's requirements format, as pip 26 reads it, with the exact place of every requirement.

The rules are those of pip's documentation ("Requirements File Format") and of its behaviour where that says
more. What pip loses in silence is said here.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Ask, Known, Location, Origin, Unread
from stackcheck.patterns import pattern
from stackcheck.read.binary import WheelsAlone, of_variables
from stackcheck.read.errors import ReadError
from stackcheck.read.files import MAX_DEPTH, Files, ReadResult, decode_pip, in_order
from stackcheck.read.indexes import from_variables, url_path
from stackcheck.read.lines import hidden_breaks, logical_lines, without_comment
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.options import BadOptionsError, Options, parse_options, split_options
from stackcheck.read.pep508 import NotAskedError, parse_editable, parse_pip
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Indexes, Severity, Stack
    from stackcheck.read.indexes import PipIndexes
    from stackcheck.read.lines import Line
    from stackcheck.read.pep508 import Requested

MAX_REQUIREMENTS = 200_000
"""Requirements of one run: a hundred times what the largest project has."""
MAX_BAD = 5_000
"""Lines that are none, after which a file is something else."""
MAX_INCLUDES = 20_000
"""Lines of one run that include a file."""

_VARIABLE = pattern(r"\$\{([A-Z0-9_]+)\}")
_NO_DEPS = pattern(r"(?i)(?:^|[^a-z])no[-_]?deps?[^/a-z]*(?:\.[a-z]+)?$")
"""The name of a file that is installed with --no-deps: pip has no such option in a file."""
_ON_THE_NETWORK = r"(?i:https?|ftp):"


class Found(NamedTuple):
    """A requirement before the indexes of the run are known; `text` has its variables filled in."""

    text: str
    as_written: str
    location: Location
    constraint: bool
    editable: bool = False
    hashes: int = 0


class _Statement(NamedTuple):
    """A line that has options. `within` are the files that lead to it, its own one last."""

    text: str
    location: Location
    constraint: bool
    within: tuple[str, ...]


def read_requirements(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What requirements and constraints files ask for, read as the files of one pip run for the target.

    A file whose own name says "constraint" is read as pip's `-c` reads it. Raises `ReadError` for a file that
    cannot be used as a whole, those reached by `-r` and `-c` included.
    """
    variables = _variables(target)
    run = PipRun(Files(load), variables, from_variables(target), of_pip=True, binary=of_variables(variables))
    for path in paths:
        if path not in run.files.read:
            run.read_file(path, "constraint" in posixpath.basename(path).lower(), ())
    asks = tuple(run.asks({**marker_environment(target), "extra": ""}))
    return ReadResult(asks, in_order(run.unread, run.files.read), tuple(run.files.read))


def _variables(target: Stack) -> dict[str, str]:
    """The variables that pip would fill in: those of the target, never the host's; pip leaves empty ones alone."""
    return {
        name: state.value
        for name, state in target.variables.items()
        if isinstance(state, Known) and state.value not in ("", "*")
    }


@dataclass
class PipRun:
    """One pip run over a tree of files. `of_pip`: what pip alone refuses, and uv takes, is said."""

    files: Files
    variables: dict[str, str]
    indexes: PipIndexes
    found: list[Found] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    seen: set[tuple[str, bool]] = field(default_factory=set)
    of_pip: bool = False
    includes: int = 0
    binary: WheelsAlone = field(default_factory=WheelsAlone)

    def read_file(self, path: str, constraint: bool, within: tuple[str, ...], at: Location | None = None) -> None:
        """Reads a file and all that it includes. `within` are the files that lead to it, `at` is the last step."""
        if path in within:
            reason = f"{path} includes itself, which pip refuses; it was read once."
            self.unread.append(Unread(reason, at or Location(path), "warning"))
            return
        if (path, constraint) in self.seen:
            return
        if len(within) > MAX_DEPTH:
            raise ReadError(f"files include each other more than {MAX_DEPTH} deep; shorten the chain", at)
        self.seen.add((path, constraint))
        text = decode_pip(self.files.data(path, at), path)
        self.unread += hidden_breaks(text, path)
        for line in logical_lines(text):
            content = without_comment(line.text)
            if len(line.pieces) > 1 and len(content) < len(line.text):
                self.unread += _swallowed(line, len(content), path)
            statement = content.strip()
            if statement:
                self.statement(line, statement, len(content) - len(content.lstrip()), constraint, (*within, path))
                self.refuse_junk(path)

    def refuse_junk(self, path: str) -> None:
        """Raises `ReadError` where so much cannot be read that it is no requirements file."""
        if len(self.unread) > MAX_BAD:
            text = f"more than {MAX_BAD:,} of its lines are no requirements; name a requirements file"
            raise ReadError(text, Location(path))

    def statement(self, line: Line, written: str, start: int, constraint: bool, within: tuple[str, ...]) -> None:
        """One logical line without its comment: a requirement, options, or a requirement with its options."""
        text = written if "${" not in written else _VARIABLE.sub(self._value, written)
        requirement, options = split_options(text)
        # The place is that of the requirement as it stands in the file, before its variables are filled in.
        as_written = (split_options(written)[0] if options and requirement else written).rstrip()
        place = line.location(within[-1], start, start + len(as_written))
        if options:
            self.with_options(requirement, options, _Statement(written, place, constraint, within))
        if requirement:
            hashes = options.count("--hash")
            self.found.append(Found(requirement.rstrip(), as_written, place, constraint, hashes=hashes))
            if len(self.found) > MAX_REQUIREMENTS:
                raise ReadError(f"has more than {MAX_REQUIREMENTS:,} requirements; name a smaller file", place)

    def _value(self, found: re.Match[str]) -> str:
        return self.variables.get(found[1], found[0])

    def with_options(self, requirement: str, text: str, line: _Statement) -> None:
        """Follows the options of a line; what pip refuses or drops among them is put on record."""
        try:
            options = parse_options(text)
        except BadOptionsError as error:
            severity: Severity = "warning" if requirement else "unknown"
            self.note(f"pip refuses the whole file because of {shown(line.text)}: {error}.", line, severity)
            return
        if options.stray:
            self.note(_stray(options, line.text), line)
        if requirement:
            for name in options.beside_requirement:
                self.note(f"pip ignores {name} on the line of a requirement; put it on a line of its own.", line)
        elif options.editables:
            self.editable(options, line)
        elif options.requirements or options.constraints:
            self.include(options, line)
        else:
            self.add(options, line.location)
            if len(options.find_links) > 1:
                self.note("pip reads only the first --find-links of a line.", line)

    def add(self, options: Options, location: Location) -> None:
        """Takes in a line of options alone: indexes, and of what wheels alone are taken."""
        self.unread += self.indexes.add(options, location)
        for name, values in (("--no-binary", options.no_binary), ("--only-binary", options.only_binary)):
            for value in values:
                self.binary = self.binary.option(name, value)

    def editable(self, options: Options, line: _Statement) -> None:
        """`-e`: a requirement of its own."""
        if line.constraint:
            self.note("pip refuses -e in a constraints file.", line)
            return
        for name in sorted({*options.beside_requirement} - {"-e", "--editable"}):
            self.note(f"pip ignores {name} on the line of an -e; put it on a line of its own.", line)
        if len(options.editables) > 1:
            self.note("pip reads only the first -e of a line.", line)
        self.found.append(Found(options.editables[0], line.text, line.location, False, editable=True))

    def include(self, options: Options, line: _Statement) -> None:
        """`-r` and `-c`: the first one of the line; pip drops everything else that stands there."""
        self.includes += 1
        if self.includes > MAX_INCLUDES:
            raise ReadError(f"has more than {MAX_INCLUDES:,} lines with -r or -c; name a smaller file", line.location)
        if len(options.used) > 1:
            self.note("pip reads only the first -r of a line, or else its first -c, and no other option there.", line)
        name = (*options.requirements, *options.constraints)[0]
        constraint = not options.requirements
        if re.match(_ON_THE_NETWORK, name) or "${" in name:
            why = "lies on the network" if "${" not in name else "has a variable that is not known in its name"
            self.note(f"The included file {shown(name)} {why} and was not read.", line, "unknown")
            return
        if name.lower().startswith("file:"):
            from urllib.parse import unquote

            name = unquote(url_path(name[len("file:") :]))
        here = line.within[-1]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), name))
        self.read_file(path, constraint, line.within, line.location)

    def note(self, reason: str, line: _Statement, severity: Severity = "warning") -> None:
        """Puts on record what is lost or not read on a line."""
        self.unread.append(Unread(reason, line.location, severity))

    def asks(self, environment: dict[str, str]) -> Iterator[Ask]:
        """The asks of all files, once every index option has been seen; what is no requirement goes to `unread`."""
        indexes = self.indexes.result()
        for found in self.found:
            try:
                requested = parse_editable(found.text) if found.editable else parse_pip(found.text)
            except NotAskedError as reason:
                self.unread.append(_not_asked(found, reason))
                self.refuse_junk(found.location.path)
                continue
            if requested.refused and self.of_pip:
                self.unread.append(Unread(requested.refused, found.location, "warning"))
            yield self.binary.of(_ask(found, requested, indexes, environment))


def _ask(found: Found, requested: Requested, indexes: Indexes | None, environment: dict[str, str]) -> Ask:
    place = found.location
    return Ask(
        requested.name,
        requested.specifier,
        Origin(redact(found.as_written), f"{place.path}:{place.line}", place),
        requested.extras,
        requested.marker,
        requested.marker is None or applies(requested.marker, environment),
        requested.url,
        indexes,
        indexes,
        found.constraint,
        alone="dep" in place.path.lower() and _NO_DEPS.search(place.path) is not None,
        hashes=found.hashes,
    )


def _not_asked(found: Found, reason: NotAskedError) -> Unread:
    missing = "${" in found.text and _VARIABLE.search(found.text)
    if missing:
        sentence = f"{shown(found.as_written)} depends on the variable {missing[1]}, whose value is not known."
        return Unread(sentence, found.location)
    return Unread(str(reason), found.location, reason.severity)


def _swallowed(line: Line, comment: int, path: str) -> Iterator[Unread]:
    """The physical lines that a comment with a backslash at its end takes along."""
    for piece, after in zip(line.pieces, (*line.pieces[1:], None), strict=True):
        end = len(line.text) if after is None else after.offset
        text = line.text[piece.offset : end].strip()
        if piece.offset > comment and text and not text.startswith("#"):
            reason = f"pip drops {shown(text)} without a word: the comment above it ends with a backslash."
            yield Unread(reason, line.location(path, piece.offset, end), "warning")


def _stray(options: Options, text: str) -> str:
    words = shown(" ".join(word for word in options.stray if word != "-"))
    if text.startswith("- "):
        return f"pip drops {words} without a word: a list item of YAML is no requirement. Remove the `- `."
    return f"pip drops {words} without a word: after an option, no requirement is read. Put it on a line of its own."
