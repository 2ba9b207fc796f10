"""What the commands of a shell text install with pip and uv, each at its place.

Used for every file that holds commands: Dockerfiles, scripts, workflows. What a command asks for under a condition
that the text does not decide may or may not be asked for; it is never an error by itself.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Known, Origin, Stack, Stated, Unread
from stackcheck.read import apt_sources, changes, environments, inputs, others, programs, ros, system_python
from stackcheck.read.arguments import PIP_VERBS, UV_VERBS, Argument, read_arguments
from stackcheck.read.assignments import PRECOMPILED
from stackcheck.read.binary import of_variables
from stackcheck.read.calls import Call, call_of
from stackcheck.read.changes import written_lines
from stackcheck.read.files import MAX_DEPTH, Files
from stackcheck.read.folders import START, is_own, named_folder, within
from stackcheck.read.images import image_states
from stackcheck.read.index_options import as_uv, backend_of, given_indexes, is_index
from stackcheck.read.indexes import pip_indexes, uv_indexes
from stackcheck.read.markers import marker_environment
from stackcheck.read.options import BadOptionsError, parse_options, split_options
from stackcheck.read.other_debs import OtherDebs
from stackcheck.read.pip_conf import KEYS, with_configuration
from stackcheck.read.quote import shown
from stackcheck.read.requirements import Found, PipRun
from stackcheck.read.steps import Steps
from stackcheck.read.workplace import BASE, Workplace
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.model import Ask, Location, Severity
    from stackcheck.read.lines import Line
    from stackcheck.read.shell import Command
    from stackcheck.read.words import Word

_REQUIREMENTS = frozenset(("-r", "--requirement", "--requirements"))
_CONSTRAINTS = frozenset(("-c", "--constraint", "--constraints"))
_NOT_READ = {
    "--override": "overrides versions",
    "--overrides": "overrides versions",
    "--exclude": "leaves packages out",
    "--excludes": "leaves packages out",
    "--requirements-from-script": "holds requirements of a script",
}
_FORCE = frozenset(("--force-reinstall", "--reinstall", "--ignore-installed", "-I"))
"""Options of pip and uv by which what is there is installed anew."""
_UPGRADE = frozenset(("-U", "--upgrade"))
_ALONE = frozenset(("--no-deps", "--no-dependencies"))
_FOREIGN = frozenset(("--platform", "--python-platform"))
_OWN_READER = (".toml", ".py", ".cfg")


MAX_COMMANDS = 5_000
"""Commands of one text that install something: hundreds of times what the longest of public scripts have."""


MAX_ASKS = 20_000
"""Requirements of one text's commands, those of the files that they read among them."""


class Place(NamedTuple):
    """Where a text with commands stands: its file, and the lines that its characters come from."""

    path: str
    line: Line

    def of(self, word: Word) -> Location:
        """The place of a word in the file."""
        return self.line.location(self.path, word.start, word.end)


@dataclass
class Installs:
    """What the commands of one file came to, in order.

    `project` tells which files they name, `command` is the one at hand, `folder` where it runs, `configured` what
    `pip config set` has set, as pip's variables, and `later` what the commands set for the steps after them (GitHub's
    `GITHUB_ENV`). `active` is the Python environment that was activated in `text`, `into` the one that the command at
    hand installs into, `synced` the tools that have brought a folder's project. `foreign` are the files for another
    machine that were fetched, by name, and what was said of them; `emulated`: the commands themselves run on another
    architecture; `moved`: another Python than the system's may be the one that pip installs into. `compiles`: no
    variable tells the build at hand to take what is compiled already.
    """

    target: Stack
    project: Workplace
    steps: Steps = field(default_factory=Steps)
    unread: list[Unread] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    configured: dict[str, str | None] = field(default_factory=dict)
    python: list[Ask] = field(default_factory=list)
    pythons: dict[str | None, str] = field(default_factory=dict)
    group: str | None = None
    folder: str | None = START
    command: Command | None = None
    later: dict[str, str | None] = field(default_factory=dict)
    active: str | None = None
    into: str | None = None
    synced: set[tuple[str, str | None]] = field(default_factory=set)
    foreign: dict[str, Unread] = field(default_factory=dict)
    emulated: bool = False
    moved: bool = False
    sourced: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    other_debs: OtherDebs = field(default_factory=OtherDebs)
    compiles: bool = True
    path: str = ""
    text: Line | None = None
    calls: int = 0
    full: bool = False

    @property
    def asks(self) -> list[Ask]:
        """What all commands so far ask for."""
        return self.steps.asks

    def load(self, path: str) -> bytes:
        """A file of the project, as the commands have left it."""
        return self.project.data(path)

    def take(self, command: Command, place: Place) -> None:
        """What one command asks for."""
        reason = _not_a_command(command)
        if reason:
            kind = "scope/branch" if command.elsewhere else "reading/unread"
            where = place.of(command.words[0])
            self.note(reason, where, "note" if command.elsewhere else "unknown", id=kind)
            return
        self.path, self.folder, self.command = place.path, command.folder, command
        self.writes(command, place)
        if place.line is not self.text:  # a new shell
            self.text, self.active, self.sourced = place.line, None, None
        self.active = environments.activated(command.words, self.active)
        self.moved = self.moved or any(map(system_python.another, (word.text for word in command.words)))
        others.run(self, command, place)
        others.build(self, command, place)
        self.stated += apt_sources.added(command, place)
        self.of_ros(command, place)
        archive = None if self.emulated else self.other_debs.take(command, place, self.target)
        self.unread += [archive] if archive is not None else []
        self.starts(command, place)
        call = call_of(command.words)
        if call is None or any(word.text == "--dry-run" for word in call.words) or not self.counted(call, place):
            return
        self.into = environments.named_by(call) or self.active
        if call.tool == "uv":
            self.folder = _directory(call, command.folder)
        if call.tool == "pip" and call.verb == "config":
            self.configure(call, command, place)
        elif call.tool == "pip" or (call.tool == "uv" and call.verb in UV_VERBS):
            self.run(call, command, place)
        elif call.tool == "setup.py":
            self.build(call, command, place)
        elif call.tool == "pip-sync":
            self.sync(call, command, place)
        else:
            others.take(self, call, command, place)

    def starts(self, command: Command, place: Place) -> None:
        """What a command starts a program with, and the image that it runs."""
        if command.conditional:
            return
        self.set_up(programs.settings(command.words, command.environment), place)
        image = programs.image_of(command.words)
        if image is not None:
            where = place.of(image)
            # A script may have set up an emulator before.
            foreign = others.foreign_image(image.text.partition("@")[0], self.target, chosen=True)
            if foreign is not None:
                self.unread.append(others.image_unread(f"The image {shown(image.text)}", foreign, where))
            emulated = any(word.text.startswith("--platform") for word in command.words)
            states = image_states(image.text, where, emulated=emulated)
            self.stated += (one for one in states if one.table in ("images", "settings"))

    def of_ros(self, command: Command, place: Place) -> None:
        """The ROS that a command sources, and the Python that one starts behind it."""
        made = environments.made(command.words)
        if made is not None:
            self.versions[made[0]] = made[1]
        if not command.conditional:
            self.sourced = ros.sourced(command.words, self.sourced)
        kept = ros.lasting(command.words, command.output)
        if kept is not None:
            self.set_up([programs.Setting(f"{ros.SUBJECT} shell={kept}", command.words[0])], place)
        started = ros.started(command.words) if self.sourced is not None else None
        if started is not None:
            # What was activated has a Python of its own, where the commands made it with one.
            version = (
                started[0]
                if "." in started[0] or self.active is None
                else (self.pythons.get(self.active) or self.versions.get(self.active, ""))
            )
            text = f"{ros.SUBJECT} python={self.sourced} {version or started[0]}".rstrip()
            self.set_up([programs.Setting(text, started[1])], place)

    def set_up(self, settings: Iterable[programs.Setting], place: Place) -> None:
        """Puts on record what a program is started with."""
        for setting in settings:
            where = place.of(setting.word)
            product, _, text = setting.text.partition(" ")
            origin = Origin(f"{product} is started{f' with {text}' if text else ''}", str(where), where)
            if product == "cuda-toolkit":
                origin = Origin(f"code is built for {text.removeprefix('arch=')}", str(where), where)
            elif product == ros.SUBJECT:
                origin = Origin(
                    f"it runs behind the ROS that is sourced: {shown(setting.word.text)}", str(where), where
                )
            self.stated.append(Stated("settings", setting.text, Known("*", origin)))

    def counted(self, call: Call, place: Place) -> bool:
        """Whether one more command is read: not all are where a text has more than any person writes."""
        if self.full:
            return False
        self.calls += 1
        self.full = self.calls > MAX_COMMANDS or len(self.asks) > MAX_ASKS
        if self.full:
            many = f"{MAX_ASKS:,} requirements" if self.calls <= MAX_COMMANDS else f"{MAX_COMMANDS:,} commands"
            self.note(f"What follows was not read: more than {many} come before it.", place.of(call.first[-1]))
        return not self.full

    def note(
        self,
        reason: str,
        location: Location,
        severity: Severity = "unknown",
        id: str = "reading/unread",  # noqa: A002 - the name of the field
    ) -> None:
        """Puts on record what was not read, or what is lost."""
        entry = Unread(reason, location, severity, id=id)
        if entry not in self.unread[-20:]:  # a function that is called again says it again
            self.unread.append(entry)

    def unknown(self, word: Word, place: Place) -> None:
        """Says that a word depends on something that is not known."""
        self.note(f"{shown(word.text)} depends on {word.unknown}, which is not known here.", place.of(word))

    # --- pip and uv -------------------------------------------------------------------------------------------

    def environment(self, call: Call, command: Command) -> dict[str, str | None]:
        """The variables that a command gets: the machine's, those of the text before it, and its own."""
        known = {name: state.value for name, state in self.target.variables.items() if isinstance(state, Known)}
        return {**self.configured, **known, **command.environment, **call.environment}

    def run(self, call: Call, command: Command, place: Place) -> None:
        """`pip install …`: one run of pip or uv, with indexes of its own."""
        uv = call.tool == "uv"
        table = UV_VERBS[call.verb] if uv else PIP_VERBS[call.verb]
        arguments = list(read_arguments(call.words, table))
        foreign = next((one for one in arguments if one.name in _FOREIGN), None)
        if foreign is not None and call.verb == "download":
            self.note(
                f"{_called(call)} is for another platform ({foreign.name}); it was not read.", place.of(foreign.word)
            )
            return
        variables = self.environment(call, command)
        if not (uv or self.moved or self.into or command.conditional or variables.get("PIP_BREAK_SYSTEM_PACKAGES")):
            refused = system_python.refused(call, arguments, place, self.target, self.stated)
            self.unread += [] if refused is None else [refused]
        options = given_indexes(arguments, place)
        indexes = uv_indexes(variables, options) if uv else pip_indexes(variables, options)
        run = PipRun(Files(self.load), {}, indexes, binary=of_variables(variables, uv=uv))
        self.compiles = _compiles(variables)
        for one in arguments:
            run.binary = run.binary.option(one.name, "" if one.value is None else one.value.text)
        self.options(run, call, arguments, place)
        if call.from_input:
            inputs.from_xargs(self, run, call, command, place)
        self.constraints(run, "UV_CONSTRAINT" if uv else "PIP_CONSTRAINT", variables, call, place)
        torch = backend_of(arguments, variables) if uv and call.verb.startswith("pip") else None
        names = frozenset(one.name for one in arguments)
        unsure = command.conditional or not inputs.are_whole(call, command)
        self.finish(run, unsure, uv=uv, backend=torch, options=names)

    def build(self, call: Call, command: Command, place: Place) -> None:
        """`python setup.py install` in the clone of a repository."""
        variables = self.environment(call, command)
        script = next(word for word in call.first if posixpath.basename(word.text) == "setup.py")
        folder = script._replace(text=posixpath.join(posixpath.dirname(script.text) or ".", ""))
        self.compiles = _compiles(variables)
        address = self.cloned(folder)
        if address is not None:
            run = PipRun(Files(self.load), {}, pip_indexes(variables))
            run.found.append(Found(address, script.text, place.of(script), False))
            self.finish(run, command.conditional)

    def sync(self, call: Call, command: Command, place: Place) -> None:
        """pip-tools' `pip-sync [FILE]…`, which installs what the files pin."""
        run = PipRun(Files(self.load), {}, pip_indexes(self.environment(call, command)))
        words = [word for word in call.words if not word.text.startswith("-")]
        for word in words or [call.first[-1]._replace(text="requirements.txt")]:
            self.file(run, word, constraint=False, where=place.of(word))
        self.finish(run, command.conditional)

    def finish(
        self,
        run: PipRun,
        conditional: bool,
        *,
        uv: bool = False,
        backend: str | None = None,
        options: frozenset[str] = frozenset(),
    ) -> None:
        """The asks of one run, after those of the runs before."""
        found = list(run.asks({**marker_environment(self.target), "extra": ""}))
        self.unread += run.unread
        self.files |= run.files.read
        later = []
        force, upgrade, alone = (not options.isdisjoint(names) for names in (_FORCE, _UPGRADE, _ALONE))
        for ask in found:
            if uv:
                ask = as_uv(ask, backend)
            changed = ask.origin.location is not None and ask.origin.location.path in self.project.changed
            applies = None if (conditional or changed) and ask.applies else ask.applies
            ask = replace(ask, applies=applies, group=self.group, alone=ask.alone or alone)
            # A command that may be one of two asks for the same with both.
            if ask.constraint or not conditional or ask not in map(_anywhere, self.asks[-len(found) :]):
                later.append(ask)
        self.add(later, force=force, upgrade=upgrade)

    def add(self, asks: list[Ask], *, force: bool = False, upgrade: bool = False) -> None:
        """What one command asks for, behind what earlier ones have brought into the same environment."""
        choice = () if self.into is None else (f"{environments.PREFIX}{self.into}",)
        self.steps.add([replace(ask, alternatives=choice) for ask in asks], self.path, force=force, upgrade=upgrade)

    def options(self, run: PipRun, call: Call, arguments: Iterable[Argument], place: Place) -> None:
        """Requirements, files, and what is not read."""
        uv = call.tool == "uv"
        for one in arguments:
            if not one.name and call.verb == "pip sync":
                inputs.take_file(self, run, one.word, place, uv=True)
            elif not one.name:
                self.requirement(run, one.word, place)
            elif not one.known:
                if one.value is not None and one.name in _REQUIREMENTS:
                    self.option(run, one.name, one.value, place, uv=uv)
                text = f"{call.tool} has no option {shown(one.word.text)}, or several that begin so; it was left out."
                self.note(text, place.of(one.word))
            elif one.value is not None and (one.name, call.verb) != ("--group", "add"):
                self.option(run, one.name, one.value, place, uv=uv)

    def option(self, run: PipRun, name: str, word: Word, place: Place, *, uv: bool) -> None:
        """An option that names a requirement or a file; those that name indexes were read before."""
        where = place.of(word)
        if name in ("-e", "--editable"):
            if word.text.startswith(("git+", "hg+", "svn+", "bzr+")):
                run.found.append(Found(word.text, word.text, where, False, editable=True))
            else:
                # A bare name is a folder here, and no project of an index.
                folder = re.fullmatch(r"[\w.-]+(?:\[[^\]]*\])?", word.text) and not word.text.startswith(".")
                self.requirement(run, word._replace(text=f"./{word.text}") if folder else word, place)
        elif name in _REQUIREMENTS or name in _CONSTRAINTS:
            inputs.take_file(self, run, word, place, constraint=name in _CONSTRAINTS, uv=uv)
        elif name == "--group":
            self.note(f"{shown(word.text)} is a group of pyproject.toml; it was not read here.", where, "note")
        elif name in _NOT_READ:
            self.note(f"The file {shown(word.text)} {_NOT_READ[name]}; it was not read.", where)
        elif word.unknown is not None and is_index(name):
            self.note(f"Which index {shown(word.text)} stands for depends on {word.unknown}.", where)

    def requirement(self, run: PipRun, word: Word, place: Place) -> None:
        """A word that is no option."""
        if word.unknown is not None:
            if self.command is None or not inputs.take_words(self, run, word, self.command, place):
                self.unknown(word, place)
        elif (address := self.cloned(word)) is not None:
            run.found.append(Found(address, word.text, place.of(word), False))
        elif word.text in (".", "./") and self.project.is_foreign(self.folder):
            folder = within(self.folder, ".").replace(f"{BASE}/", "./")
            run.found.append(Found(folder, word.text, place.of(word), False))
        elif word.text and word.text != ".":
            run.found.append(Found(word.text, word.text, place.of(word), False))

    def cloned(self, word: Word) -> str | None:
        """The repository that the commands have cloned into the folder that a word names, as pip's address of it."""
        path = word.text.partition("[")[0]
        is_path = path.startswith((".", "/", "~")) or "/" in path
        return self.project.clones.get(within(self.folder, path)) if is_path and self.compiles else None

    def constraints(self, run: PipRun, name: str, variables: dict[str, str | None], call: Call, place: Place) -> None:
        """The files that PIP_CONSTRAINT or UV_CONSTRAINT names."""
        value = variables.get(name, "")
        where = place.of(call.first[-1])
        if value is None:
            self.note(f"{name} names files that are not known here; they were not read.", where)
            return
        for path in value.split():
            word = call.first[-1]._replace(text=path, unknown=None)
            self.file(run, word, constraint=True, where=where)

    def line(self, run: PipRun, line: Found, file: Word, within: tuple[str, ...]) -> None:
        """A line of a file that the commands wrote: a requirement, or options as in any other requirements file."""
        requirement, text = split_options(line.text)
        if requirement:
            run.found.append(line._replace(text=requirement))
            return
        try:
            options = parse_options(text)
        except BadOptionsError as error:
            self.note(f"pip refuses the whole file because of {shown(line.text)}: {error}.", line.location)
            return
        if options.editables:
            run.found.append(line._replace(text=options.editables[0], editable=True))
        for name in (*options.requirements, *options.constraints)[:1]:
            path = posixpath.join(posixpath.dirname(file.text), name)
            constraint = line.constraint or not options.requirements
            inner = file._replace(text=path)
            if path not in within and len(within) < MAX_DEPTH:
                self.file(run, inner, constraint=constraint, where=line.location, within=(*within, path))
        run.add(options, line.location)

    def file(
        self,
        run: PipRun,
        word: Word,
        *,
        constraint: bool,
        where: Location,
        uv: bool = False,
        within: tuple[str, ...] = (),
    ) -> None:
        """`-r` and `-c`: a file that the commands wrote, or one of the project's."""
        own = word.unknown is None or is_own(word)
        if not own or "://" in word.text or "*" in word.text or word.text in ("-", "/dev/stdin"):
            self.note(f"The file {shown(word.text)} was not read: its name is not known here.", where)
            return
        if word.text.endswith(_OWN_READER) and (uv or word.text.endswith(".toml")):
            self.note(f"{shown(word.text)} is read as a file of its own, not for this command.", where, "note")
            return
        source = self.project.source(self.folder, word.text)
        for line in source.lines:
            self.line(run, line._replace(constraint=constraint), word, within or (word.text,))
        if source.problem:
            self.note(f"The file {shown(word.text)} {source.problem}", where)
        if source.path is not None:
            run.read_file(source.path, constraint, (where.path,), where)

    # --- what the commands write and set ----------------------------------------------------------------------

    def configure(self, call: Call, command: Command, place: Place) -> None:
        """`pip config set global.index-url …`: for every run of pip that follows."""
        words = [word for word in call.words if not word.text.startswith("-")]
        if len(words) < 2 or words[0].text not in ("set", "unset"):
            return
        section, _, key = words[1].text.partition(".")
        name = {**KEYS, "constraint": "PIP_CONSTRAINT"}.get(key)
        if name is None or section not in ("global", "install"):
            return
        if words[0].text == "unset":
            self.configured.pop(name, None)
        elif len(words) > 2:
            known = words[2].unknown is None and not command.conditional
            self.configured[name] = words[2].text if known else None
            if words[2].unknown is not None:
                text = f"Which index {shown(words[2].text)} stands for depends on {words[2].unknown}."
                self.note(text, place.of(words[2]))

    def pip_conf(self, text: str, path: str) -> None:
        """A configuration file of pip that becomes part of what is built."""
        configured, problems = with_configuration(Stack(), text, path)
        self.unread += problems
        self.configured |= {
            name: state.value for name, state in configured.variables.items() if isinstance(state, Known)
        }

    def writes(self, command: Command, place: Place) -> None:
        """`echo torch==2.7 > constraints.txt`, `cat <<EOF > pip.conf`: what pip may read."""
        changes.take(self.project, command, place)
        output, first = command.output, command.words[0].text if command.words else ""
        if first == "tee" and (command.document or command.fed is not None):
            output = next((word for word in command.words[1:] if not word.text.startswith("-")), None)
        if output is not None and output.unknown == "GITHUB_ENV":
            self.exports(command, written_lines(command, first))
        if output is None or output.unknown is not None:
            return
        if output.text.startswith("="):
            text = f"The shell takes `>{output.text}` for a file to write to: put the requirement in quotes."
            self.note(text, place.of(output), "warning")
            return
        lines = written_lines(command, first)
        if posixpath.basename(output.text) in ("pip.conf", "pip.ini") and lines:
            self.pip_conf("\n".join(text for text, word in lines if word.unknown is None), place.path)

    def exports(self, command: Command, lines: list[tuple[str, Word]] | None) -> None:
        """`echo NAME=value >> "$GITHUB_ENV"`: a variable of every step that follows (docs.github.com, "Workflow
        commands")."""
        for text, word in lines or ():
            name, equals, value = text.strip().partition("=")
            if equals:
                self.later[name] = None if word.unknown is not None or command.conditional else value

    def state(self, table: str, name: str, value: str, word: Word, place: Place) -> None:
        """A fact about what the commands make."""
        where = place.of(word)
        origin = Origin(f"{shown(word.text)} is installed", str(where), where)
        if (table, name) == ("facts", "python"):
            self.pythons[self.into] = value
            if len(set(self.pythons.values())) > 1:  # each environment has its own
                self.stated = [one for one in self.stated if (one.table, one.name) != (table, name)]
                return
        self.stated.append(Stated(table, name, Known(value, origin)))

    def of_conda(self, *others: str) -> tuple[Stated, ...]:
        """What conda is asked for, what programs are started with, and those of other tables: that stands whatever the
        commands make of the machine."""
        return tuple(one for one in self.stated if one.table in ("conda", "settings", *others))


def _anywhere(ask: Ask) -> Ask:
    return replace(ask, alternatives=(), step=None)


def _directory(call: Call, folder: str | None) -> str | None:
    """The folder that uv goes to before it does anything (`--directory`)."""
    words = (*call.first, *call.words)
    for at, word in enumerate(words):
        name, equals, text = word.text.partition("=")
        if name == "--directory" and (equals or at + 1 < len(words)):
            return named_folder(folder, word._replace(text=text) if equals else words[at + 1])
    return folder


def _compiles(variables: Mapping[str, str | None]) -> bool:
    """Whether no variable tells a build to take what is compiled already."""
    return not any(name.endswith(PRECOMPILED) and value != "0" for name, value in variables.items())


def _not_a_command(command: Command) -> str:
    """What is said at a place where no command is read, as a sentence; "" for a command."""
    word = shown(command.words[0].text) if command.words else ""
    if command.spent:
        return f"What follows was not read: the text {command.spent}."
    if command.lost:
        return f"{word} stands in shell text that is not understood; it was not read."
    if command.stands:
        return f"What {word} stands for is not known here; what it installs was not read."
    return command.elsewhere


def _called(call: Call) -> str:
    """The installer and its verb as a sentence names them."""
    return shown(f"{call.tool} {call.verb}".strip())
