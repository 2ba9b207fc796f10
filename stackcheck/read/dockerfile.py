"""Dockerfiles (and Containerfiles): base images, what their commands install, and their environment.

Docker's reference ("Dockerfile reference") is followed for instructions, continued lines, comments among them,
here-documents, build arguments and stages. Only the last stage, and those that it is built from or copies from, count.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Known, Location, Origin, Stated, Unread
from stackcheck.read.files import Files, ReadResult, decode_toml, merge
from stackcheck.read.images import image_states
from stackcheck.read.installs import Installs, Place, other_machine
from stackcheck.read.lines import Line, Piece
from stackcheck.read.quote import shown
from stackcheck.read.requirements import Found
from stackcheck.read.shell import Word, commands
from stackcheck.redact import redact
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Stack

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_DIRECTIVE = re.compile(r"#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_]*)\2")
_FLAG = re.compile(r"\s*--([a-z-]+)(?:=(\S+))?(?:\s+|$)")
_ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}


class Instruction(NamedTuple):
    """One instruction: its name in capitals, its arguments as one text with places, and its here-documents."""

    name: str
    arguments: Line
    heredocs: tuple[tuple[str, Line], ...] = ()


@dataclass
class _Stage:
    """One build stage: its base and the instructions in it."""

    name: str
    base: Instruction
    body: list[Instruction] = field(default_factory=list)


def is_dockerfile(name: str) -> bool:
    """`Dockerfile`, `Containerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`, `Dockerfile-2.5`."""
    return bool(re.fullmatch(r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", name.lower())) and not (
        name.endswith((".md", ".py", ".sh", ".yml", ".yaml", ".dockerignore"))
    )


def read_dockerfiles(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What the Dockerfiles ask for and state, each for an image of its own. Raises `ReadError` for what is no text."""
    results = []
    for path in paths:
        files = Files(load)
        text = decode_toml(files.data(path), path)
        results.append(_File(path, target, load).read(text))
    return merge(results)


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, continued lines joined, comments and empty lines among them left out."""
    lines = text.replace("\r\n", "\n").split("\n")
    escape, at = _escape(lines), 0
    while at < len(lines):
        start = at
        parts: list[tuple[str, int, int]] = []
        while at < len(lines):
            content, at = lines[at], at + 1
            blank = not content.strip() or content.lstrip().startswith("#")
            if blank and (parts or at - 1 == start):
                if not parts:
                    break
                continue
            stripped = content.rstrip()
            if not stripped.endswith(escape):
                parts.append((content, at, 1))
                break
            parts.append((stripped[:-1], at, 1))
        if parts:
            made, at = _instruction(parts, lines, at)
            if made is not None:
                yield made


def _escape(lines: list[str]) -> str:
    """The escape character: a backslash, or what a directive at the top says."""
    for line in lines:
        found = _DIRECTIVE.match(line)
        if found is None:
            break
        if found[1].lower() == "escape" and found[2] in ("`", "\\"):
            return found[2]
    return "\\"


def _instruction(parts: list[tuple[str, int, int]], lines: list[str], at: int) -> tuple[Instruction | None, int]:
    """The instruction that begins on these lines, and the line after it and its here-documents."""
    found = _INSTRUCTION.match(parts[0][0])
    if found is None:
        return None, at
    content, number, column = parts[0]
    parts = [(content[found.end() :], number, column + found.end()), *parts[1:]]
    name, arguments = found[1].upper(), _line(parts)
    heredocs: list[tuple[str, Line]] = []
    if name in ("RUN", "COPY", "ADD"):
        for _, _, tag in _HEREDOC.findall(arguments.text):
            body: list[tuple[str, int, int]] = []
            while at < len(lines) and lines[at].strip("\t\r") != tag:
                body.append((f"{lines[at]}\n", at + 1, 1))
                at += 1
            at += 1
            heredocs.append((tag, _line(body)))
    return Instruction(name, arguments, tuple(heredocs)), at


def _line(parts: list[tuple[str, int, int]]) -> Line:
    """Physical lines as one text; every character keeps its place."""
    pieces, offset = [], 0
    for content, number, column in parts:
        if content:
            pieces.append(Piece(offset, number, column))
            offset += len(content)
    first = Piece(0, parts[0][1], parts[0][2]) if parts else Piece(0, 1, 1)
    return Line("".join(content for content, _, _ in parts), tuple(pieces) or (first,))


class _File:
    """One Dockerfile, read for one target."""

    def __init__(self, path: str, target: Stack, load: Callable[[str], bytes]) -> None:
        self.path = path
        self.host = target
        self.load = load
        self.unread: list[Unread] = []
        self.arguments = _platform_arguments(target)

    def read(self, text: str) -> ReadResult:
        stages = self.stages(text)
        if not stages:
            self.unread.append(Unread("A Dockerfile needs a FROM; nothing was read.", Location(self.path)))
        done: dict[str, list[Stated]] = {}
        chain = _chain(stages)
        results = [self.stage(stage, chain, done) for stage in _needed(stages)]
        stated = tuple(done[stages[-1].name]) if stages else ()
        own = ReadResult((), tuple(self.unread), (self.path,), (), stated, bool(stages))
        return merge((own, *results))

    def stages(self, text: str) -> list[_Stage]:
        stages: list[_Stage] = []
        for one in instructions(text):
            if one.name == "FROM":
                base = self.filled(one, self.arguments)
                words = base.arguments.text.split()
                named = words[-1].lower() if len(words) > 2 and words[-2].lower() == "as" else str(len(stages))
                stages.append(_Stage(named, base))
            elif stages:
                stages[-1].body.append(one)
            elif one.name == "ARG":
                self.arguments |= _pairs(one, self.arguments)
        return stages

    def filled(self, one: Instruction, known: dict[str, str]) -> Instruction:
        """A FROM with its build arguments; the places are those of the text as written."""
        text = _expanded(one.arguments.text, known)
        return one._replace(arguments=one.arguments._replace(text=text))

    def stage(self, stage: _Stage, chain: list[_Stage], done: dict[str, list[Stated]]) -> ReadResult:
        """What one stage installs, on what its base gives. `chain` is the image's own line of stages: what another one
        installs is in the image only if it is copied. `done` is what the stages before came to."""
        known = dict(self.arguments)
        name = _base_name(stage)
        inherited = done.get(name) if name in done else self.base(stage)
        states = list(inherited or ())
        target = self.host.in_container().with_stated(states)
        own = stage in chain
        installs = Installs(target, self.load, group=None if own else f"stage:{stage.name}")
        for one in stage.body:
            self.take(one, installs, known)
        done[stage.name] = [*installs.stated, *states]
        return ReadResult(tuple(installs.asks), tuple(installs.unread), tuple(installs.files))

    def base(self, stage: _Stage) -> list[Stated]:
        """What the base image's name says, and for which machine it is fetched."""
        line = stage.base.arguments
        _, flags = _without_flags(line.text)
        name = _base_name(stage, lower=False)
        place = line.location(self.path, 0, len(line.text))
        self.platform(flags.get("platform", ""), place)
        if "$" in name:
            reason = f"The base image {shown(name)} depends on a build argument without a default; name it with ARG."
            self.unread.append(Unread(reason, place))
            # Images of NVIDIA's and others bring a pip that looks elsewhere than on PyPI.
            origin = Origin("the base image is not known, nor where its pip looks", str(place), place)
            return [Stated("variables", "PIP_INDEX_URL", Known("*", origin))]
        foreign = other_machine(name.partition("@")[0], self.host)
        if foreign is not None:
            self.unread.append(Unread(f"The base image {shown(name)} {foreign}", place, "warning"))
        return image_states(name, place)

    def platform(self, wanted: str, place: Location) -> None:
        """`--platform=linux/amd64` makes an image for that machine, whatever builds it."""
        arch = self.host.facts.get("arch")
        own = _ARCHITECTURES.get(arch.value) if isinstance(arch, Known) else None
        asked = wanted.split("/")[1] if wanted.count("/") else ""
        if own and asked in _ARCHITECTURES.values() and asked != own and isinstance(arch, Known):
            reason = (
                f"The image is fixed to {wanted}; on {arch.value} it runs emulated, if at all, and without the GPU."
            )
            self.unread.append(Unread(reason, place, "warning"))

    def take(self, one: Instruction, installs: Installs, known: dict[str, str]) -> None:
        """One instruction of a stage."""
        if one.name == "ARG":
            known |= _pairs(one, known)
        elif one.name == "ENV":
            self.environment(one, installs, known)
        elif one.name == "RUN":
            self.run(one, installs, known)
        elif one.name in ("COPY", "ADD"):
            self.copy(one, installs)

    def environment(self, one: Instruction, installs: Installs, known: dict[str, str]) -> None:
        place = one.arguments.location(self.path, 0, len(one.arguments.text))
        for name, value in _pairs(one, known).items():
            known[name] = value
            if "$" not in value and name != "PATH":
                origin = Origin(f"ENV sets {name}", str(place), place)
                installs.stated.append(Stated("variables", name, Known(redact(value) or "*", origin)))
        variables = {**installs.target.variables}
        for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
            if known.get(name):
                variables[name] = Known(known[name], Origin(f"ENV sets {name}", str(place), place))
        installs.target = replace(installs.target, variables=variables)

    def run(self, one: Instruction, installs: Installs, known: dict[str, str]) -> None:
        line = one.arguments
        flags = len(line.text) - len(_without_flags(line.text)[0])
        exec_form = _json_words(line.text[flags:])
        if exec_form is not None:
            word = [Word(text, flags, len(line.text)) for text in exec_form]
            _take_all(" ".join(_quoted(one.text) for one in word), Place(self.path, line), installs, known, whole=True)
            return
        _take_all(" " * flags + line.text[flags:], Place(self.path, line), installs, known)
        if one.heredocs and _is_shell(line.text[flags:]):
            for _, body in one.heredocs:
                _take_all(body.text, Place(self.path, body), installs, known)

    def copy(self, one: Instruction, installs: Installs) -> None:
        """`COPY <<EOF requirements.txt`: a file that stands in the Dockerfile."""
        destination = one.arguments.text.split()[-1:] or [""]
        for _, body in one.heredocs:
            found, offset = [], 0
            for content in body.text.split("\n"):
                text = content.strip()
                if text and not text.startswith(("#", "-")):
                    place = body.location(self.path, offset, offset + len(content))
                    found.append(Found(text, text, place, False))
                offset += len(content) + 1
            installs.made[posixpath.basename(destination[0])] = found


def _take_all(text: str, place: Place, installs: Installs, known: dict[str, str], *, whole: bool = False) -> None:
    for command in commands(text, known):
        if whole:  # the exec form has one place for all its words
            words = tuple(word._replace(start=0, end=len(place.line.text)) for word in command.words)
            command = command._replace(words=words)
        installs.take(command, place)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _is_shell(text: str) -> bool:
    """Whether a RUN with a here-document runs it in a shell: no command stands before it, or a shell does."""
    before = re.split(r"&&|[;|]", _HEREDOC.split(text)[0])[-1].split()
    return not before or posixpath.basename(before[0]) in ("sh", "bash", "ash", "dash")


def _json_words(text: str) -> list[str] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _without_flags(text: str) -> tuple[str, dict[str, str]]:
    """The arguments behind `--name=value` flags, and these."""
    flags: dict[str, str] = {}
    at = 0
    while (found := _FLAG.match(text, at)) is not None:
        flags[found[1]] = found[2] or ""
        at = found.end()
    return text[at:], flags


def _pairs(one: Instruction, known: dict[str, str]) -> dict[str, str]:
    """`ARG a=b`, `ENV a=b c="d e"`, `ENV a b`: names and values, variables filled in where they are known."""
    text = one.arguments.text
    if one.name == "ENV" and "=" not in text.split(" ")[0]:
        name, _, value = text.strip().partition(" ")
        return {name: _expanded(value.strip(), known)} if name else {}
    pairs: dict[str, str] = {}
    for command in commands(f"_ {text}", known):
        for word in command.words[1:]:
            name, equals, value = word.text.partition("=")
            if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                pairs[name] = value
    return pairs


def _expanded(text: str, known: dict[str, str]) -> str:
    """A text with its variables; what is not known stays as it is written."""

    def value(found: re.Match[str]) -> str:
        name, sign, other = found[1] or found[2], found[3] or "", found[4] or ""
        held = known.get(name)
        if sign.endswith("+"):
            return other if held else ""
        return held if held else (other if sign.endswith("-") else found[0])

    return re.sub(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})", value, text)


def _platform_arguments(target: Stack) -> dict[str, str]:
    """The arguments that a build sets by itself (Docker: "Automatic platform ARGs")."""
    arch = target.facts.get("arch")
    own = _ARCHITECTURES.get(arch.value) if isinstance(arch, Known) else None
    if own is None:
        return {}
    both = {"PLATFORM": f"linux/{own}", "ARCH": own, "OS": "linux"}
    return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in both.items()}


def _base_name(stage: _Stage, *, lower: bool = True) -> str:
    words = _without_flags(stage.base.arguments.text)[0].split()
    name = words[0] if words else ""
    return name.lower() if lower else name


def _chain(stages: list[_Stage]) -> list[_Stage]:
    """The last stage and those that it is built from, one on the other."""
    chain = stages[-1:]
    while chain:
        before = stages[: stages.index(chain[-1])]
        base = [stage for stage in before if stage.name == _base_name(chain[-1])]
        if not base:
            break
        chain.append(base[-1])
    return chain


def _needed(stages: list[_Stage]) -> list[_Stage]:
    """The last stage and those that it stands on or copies from, in the order of the file."""
    by_name = {stage.name: stage for stage in stages}
    left, needed = stages[-1:], []
    while left:
        stage = left.pop()
        if stage in needed:
            continue
        needed.append(stage)
        copies = [_without_flags(one.arguments.text)[1] for one in stage.body if one.name == "COPY"]
        names = [_base_name(stage), *(flags.get("from", "").lower() for flags in copies)]
        left += [by_name[name] for name in names if name in by_name]
    return [stage for stage in stages if stage in needed]
