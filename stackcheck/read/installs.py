"""What the commands of a shell text install: pip, uv, conda and apt, and files that are made for one machine.

Used for every file that holds commands: Dockerfiles, scripts, workflows. What a command asks for under a condition
that the text does not decide may or may not be asked for; it is never an error by itself.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Indexes, Known, Location, Origin, Stated, Unread
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files
from stackcheck.read.indexes import from_variables
from stackcheck.read.markers import marker_environment
from stackcheck.read.options import Options
from stackcheck.read.quote import shown
from stackcheck.read.requirements import Found, PipRun
from stackcheck.redact import redact
from stackcheck.values import dataclass, field, replace
from stackcheck.versions import asked_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.model import Ask, Severity, Stack
    from stackcheck.read.lines import Line
    from stackcheck.read.shell import Command, Word

_PIP = re.compile(r"pip(?:\d(?:\.\d+)?)?$")
_CONDA = ("conda", "mamba", "micromamba")
_SPEAKS = ("echo", "printf", "cat", "grep", "sed", "which")
"""Commands whose words are text, not a command to run."""

_VALUED = frozenset(
    (
        *(
            "-t",
            "--target",
            "-p",
            "--python",
            "--prefix",
            "--root",
            "--python-version",
            "--python-platform",
            "--platform",
        ),
        *("--abi", "--implementation", "--upgrade-strategy", "--progress-bar", "--cache-dir", "--timeout", "--retries"),
        *("--proxy", "--log", "--src", "--report", "--cert", "--client-cert", "--trusted-host", "--no-binary"),
        *(
            "--only-binary",
            "-C",
            "--config-settings",
            "--config-setting",
            "--global-option",
            "--build-option",
            "--hash",
        ),
        *(
            "--extra",
            "--group",
            "--index-strategy",
            "--keyring-provider",
            "--resolution",
            "--prerelease",
            "--link-mode",
        ),
        *("--refresh-package", "--upgrade-package", "-P", "--no-build-isolation-package", "--exclude-newer", "--color"),
        *("--optional", "--tag", "--branch", "--rev", "--package", "--directory", "--project", "-b", "--override"),
        *("--build-constraint", "--use-feature", "--use-deprecated", "--exists-action"),
    )
)
"""Options of pip and uv whose value is a word of its own and says nothing about what is asked for."""

_INDEXES = {
    "-i": "index",
    "--index-url": "index",
    "--default-index": "index",
    "--extra-index-url": "extra",
    "--index": "extra",
    "-f": "links",
    "--find-links": "links",
}
_FILES = {"-r": False, "--requirement": False, "--requirements": False, "-c": True, "--constraint": True}
_CONDA_VALUED = frozenset(("-n", "--name", "-p", "--prefix", "-c", "--channel", "-f", "--file", "--solver"))
_APT_VALUED = frozenset(("-t", "--target-release", "-o", "--option", "-c"))
_FOREIGN = {
    "aarch64": re.compile(r"(?<![a-z0-9])(?:x86_64|x86-64|amd64|linux-?64|x64)(?![a-z0-9])", re.IGNORECASE),
    "x86_64": re.compile(r"(?<![a-z0-9])(?:aarch64|arm64|sbsa)(?![a-z0-9])", re.IGNORECASE),
}


class Place(NamedTuple):
    """Where a text with commands stands: its file, and the lines that its characters come from."""

    path: str
    line: Line

    def of(self, word: Word) -> Location:
        """The place of a word in the file."""
        return self.line.location(self.path, word.start, word.end)


@dataclass
class Installs:
    """What the commands of one file came to, in order. `load` opens the files that they name, `made` are the lines of
    files that the commands themselves write."""

    target: Stack
    load: Callable[[str], bytes]
    asks: list[Ask] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    made: dict[str, list[Found]] = field(default_factory=dict)
    group: str | None = None

    def take(self, command: Command, place: Place) -> None:
        """What one command asks for."""
        if command.output is not None:
            self.writes(command, place)
        tool, rest = _tool(command.words)
        if tool in ("pip", "uv"):
            self.pip(rest, command.conditional, place, uv=tool == "uv")
        elif tool == "conda":
            self.conda(rest, command.conditional, place)
        elif tool == "apt" and not command.conditional:
            self.apt(rest, place)
        elif tool == "fetch" and not command.conditional:
            self.fetch(rest, place)

    def note(self, reason: str, location: Location, severity: Severity = "unknown") -> None:
        """Puts on record what was not read, or what is lost."""
        self.unread.append(Unread(reason, location, severity))

    # --- pip and uv -------------------------------------------------------------------------------------------

    def pip(self, words: tuple[Word, ...], conditional: bool, place: Place, *, uv: bool = False) -> None:
        """`pip install …`: one run of pip, with indexes of its own."""
        run = PipRun(Files(self.load), {}, from_variables(self.target))
        rest = iter(words)
        for word in rest:
            name, equals, value = word.text.partition("=")
            if not word.text.startswith("-"):
                self.requirement(run, word, place)
            elif name in _INDEXES or name in _FILES or name in ("-e", "--editable", "--torch-backend"):
                given = word._replace(text=value) if equals else next(rest, None)
                if given is not None:
                    self.option(run, name, given, place)
            elif name == "--no-index":
                run.unread += run.indexes.add(Options(no_index=True), place.of(word))
            elif name in _VALUED and not equals:
                next(rest, None)
        found = list(run.asks({**marker_environment(self.target), "extra": ""}))
        self.unread += run.unread
        self.files |= run.files.read
        self.asks = [replace(ask, applies=False) if _replaced(ask, found) else ask for ask in self.asks]
        if uv:
            found = [
                replace(ask, indexes=_uv_order(ask.indexes), transitive=_uv_order(ask.transitive)) for ask in found
            ]
        for ask in found:
            applies = None if conditional and ask.applies else ask.applies
            self.asks.append(replace(ask, applies=applies, group=self.group))

    def requirement(self, run: PipRun, word: Word, place: Place) -> None:
        if word.unknown is not None:
            self.note(f"{shown(word.text)} depends on {word.unknown}, which is not known here.", place.of(word))
        elif word.text and word.text not in ("install", "."):
            run.found.append(Found(word.text, word.text, place.of(word), False))

    def option(self, run: PipRun, name: str, word: Word, place: Place) -> None:
        """An option that says where things come from, or names a file."""
        where = place.of(word)
        if name in ("-e", "--editable"):
            if word.text.startswith(("git+", "hg+", "svn+", "bzr+")):
                run.found.append(Found(word.text, word.text, where, False, editable=True))
        elif name in _FILES:
            self.file(run, word, _FILES[name], where)
        elif word.unknown is not None:
            run.indexes.add_unknown(where)
            self.note(f"Which index {shown(word.text)} stands for depends on {word.unknown}.", where)
        elif name == "--torch-backend":
            run.indexes.named += [(word.text, str(where))] if word.text != "auto" else [(None, str(where))]
        else:
            run.unread += run.indexes.add(_index_option(_INDEXES[name], word.text), where)

    def file(self, run: PipRun, word: Word, constraint: bool, where: Location) -> None:
        """`-r` and `-c`: a file that the commands wrote, or one of the project's."""
        written = self.made.get(posixpath.basename(word.text))
        if written is not None:
            run.found += [found._replace(constraint=constraint) for found in written]
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(where.path), word.text.lstrip("/")))
        if word.unknown is not None or "://" in word.text or "*" in word.text:
            self.note(f"The file {shown(word.text)} was not read: its name is not known here.", where)
            return
        try:
            self.load(path)
        except (OSError, ReadError):
            self.note(f"The file {shown(word.text)} is not in the project at {shown(path)}; it was not read.", where)
            return
        run.read_file(path, constraint, (where.path,), where)

    def writes(self, command: Command, place: Place) -> None:
        """`echo torch==2.7 > constraints.txt`, `printf '%s\\n' a b > file`: the lines of a file that pip may read."""
        output = command.output
        if output is None or output.unknown is not None:
            return
        if output.text.startswith("="):
            text = f"The shell takes `>{output.text}` for a file to write to: put the requirement in quotes."
            self.note(text, place.of(output), "warning")
            return
        first = command.words[0].text
        if first not in ("echo", "printf") or not posixpath.basename(output.text).endswith((".txt", ".in")):
            return
        words = [word for word in command.words[1:] if not (first == "echo" and word.text.startswith("-"))]
        if first == "printf" and words and "%s" in words[0].text:
            words = words[1:]
        for word in words:
            for line in re.split(r"\\n|\n", word.text):
                if line.strip() and not line.lstrip().startswith(("#", "-")) and word.unknown is None:
                    found = Found(line.strip(), line.strip(), place.of(word), False)
                    self.made.setdefault(posixpath.basename(output.text), []).append(found)

    # --- conda, apt, downloads --------------------------------------------------------------------------------

    def conda(self, words: tuple[Word, ...], conditional: bool, place: Place) -> None:
        """conda's packages are builds of their own, of which the matrix says nothing; its Python is a fact."""
        for word in _plain(words, _CONDA_VALUED):
            name, _, version = word.text.partition("=")
            if word.unknown is not None:
                self.note(f"{shown(word.text)} depends on {word.unknown}, which is not known here.", place.of(word))
            elif name == "python" and version.strip("=") and not conditional:
                self.state("facts", "python", version.strip("=").rstrip(".*"), word, place)
            elif name not in ("python", "pip"):
                text = f"{shown(word.text)} comes from conda, whose builds are not judged."
                self.note(text, place.of(word), "note")

    def apt(self, words: tuple[Word, ...], place: Place) -> None:
        """`apt-get install`: Debian packages of the image, or of the machine that runs the script."""
        for word in _plain(words, _APT_VALUED):
            if word.unknown is not None:
                self.note(f"{shown(word.text)} depends on {word.unknown}, which is not known here.", place.of(word))
                continue
            name, _, version = redact(word.text).partition("=")
            name = "" if "//" in name else name.partition("/")[0].partition(":")[0]
            if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
                self.state("system-packages", name, version or "*", word, place)

    def fetch(self, words: tuple[Word, ...], place: Place) -> None:
        """`curl`, `wget`: a file whose name says that it is for another machine."""
        for word in words:
            if "://" in word.text and word.unknown is None:
                name = posixpath.basename(word.text.partition("?")[0].rstrip("/"))
                reason = other_machine(name, self.target)
                if reason is not None:
                    self.note(f"{shown(name)} {reason}", place.of(word), "warning")

    def state(self, table: str, name: str, value: str, word: Word, place: Place) -> None:
        """A fact about what the commands make."""
        where = place.of(word)
        origin = Origin(f"{shown(word.text)} is installed", str(where), where)
        self.stated.append(Stated(table, name, Known(value, origin)))


def _uv_order(indexes: Indexes | None) -> Indexes | None:
    """uv asks the extra indexes first, and stays with the first one that has the project (uv: "Package indexes")."""
    if indexes is None:
        return None
    return Indexes((*indexes.names[1:], *indexes.names[:1]), "first")


def _replaced(ask: Ask, later: list[Ask]) -> bool:
    """Whether a later command installs another release of the same project: no contradiction, the last one stays."""
    own = asked_range(ask.specifier)
    for one in later:
        other = asked_range(one.specifier) if one.name == ask.name and not one.constraint else None
        if own is not None and other is not None and own.is_disjoint(other):
            return True
    return False


def other_machine(name: str, target: Stack) -> str | None:
    """Says of a file or image whose name is that of another machine's, that it is; None where it is not."""
    arch = target.facts.get("arch")
    foreign = _FOREIGN.get(arch.value) if isinstance(arch, Known) else None
    found = foreign.search(name) if foreign else None
    return f"is made for {found[0]}; this machine is {arch.value}." if found and isinstance(arch, Known) else None


def _index_option(kind: str, url: str) -> Options:
    if kind == "index":
        return Options(index_urls=(url,))
    return Options(extra_index_urls=(url,)) if kind == "extra" else Options(find_links=(url,))


def _tool(words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]]:
    """Which installer a command calls, behind `sudo`, an interpreter or `conda run`, and the words it is given."""
    texts = [posixpath.basename(word.text) for word in words]
    if not texts or texts[0] in _SPEAKS:
        return "", ()
    if texts[0] in ("curl", "wget", "aria2c"):
        return "fetch", words[1:]
    for at, text in enumerate(texts):
        after = [word for word in texts[at + 1 :] if not word.startswith("-")]
        verb = after[0] if after else ""
        begin = texts.index(verb, at + 1) + 1 if verb else len(texts)
        if _PIP.match(text) and verb == "install":
            return "uv" if at and texts[at - 1] == "uv" else "pip", words[begin:]
        if text == "uv" and verb == "add":
            return "uv", words[begin:]
        if text in _CONDA and verb in ("install", "create"):
            return "conda", words[begin:]
        if text in ("apt", "apt-get") and verb == "install":
            return "apt", words[begin:]
    return "", ()


def _plain(words: tuple[Word, ...], valued: frozenset[str]) -> Iterator[Word]:
    """The words that are neither options nor their values."""
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-"):
            yield word
        elif word.text in valued:
            next(rest, None)
