"""Dockerfiles (and Containerfiles): base images, what their commands install, and their environment.

Docker's reference ("Dockerfile reference") is followed for instructions, continued lines, comments among them,
here-documents, build arguments and stages. Only the last stage, and those that it is built from or copies from, count.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Known, Location, Origin, Stated, Unread
from stackcheck.read.assignments import exported_names
from stackcheck.read.changes import stated
from stackcheck.read.copies import bring, copied, expanded, lay, mounts, sources, without_flags
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files, ReadResult, decode_toml, merge
from stackcheck.read.folders import within
from stackcheck.read.images import image_states
from stackcheck.read.installs import Installs, Place
from stackcheck.read.instructions import Instruction, instructions, json_words, lexed
from stackcheck.read.lines import Line
from stackcheck.read.machine import DEBIAN, machine_variables
from stackcheck.read.others import foreign_image, image_unread
from stackcheck.read.programs import image_settings, settings
from stackcheck.read.quote import shown
from stackcheck.read.shell import commands
from stackcheck.read.shells import SHELLS
from stackcheck.read.system_python import another
from stackcheck.read.words import Variables, Word, split
from stackcheck.read.workplace import for_image
from stackcheck.redact import redact
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Stack
    from stackcheck.read.files import Supply
    from stackcheck.read.requirements import Found
    from stackcheck.read.workplace import Workplace

_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+(?:-S\s+)?)?(\S+)")
_PROGRAMS = frozenset(
    ("c", "cpp", "cs", "go", "java", "js", "kt", "lua", "php", "rb", "rs", "swift", "ts", "tsx", "vim")
)
_PLACES = re.compile(r"(?:PIP|UV)_\w*(?:INDEX|LINKS|BACKEND)\w*")
"""Variables that say where pip and uv look."""
MAX_PATH = 4_096
"""Characters of a path (PATH_MAX of Linux)."""
MAX_STAGES = 200
"""Stages of one Dockerfile; public ones have some twenty at most."""
_NAMED = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclass
class _Stage:
    """One build stage: its base and the instructions in it."""

    name: str
    base: Instruction
    body: list[Instruction] = field(default_factory=list)


def is_dockerfile(name: str) -> bool:
    """`Dockerfile`, `Containerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`, `Dockerfile-2.5`; `Dockerfile.go` is one for
    programs in Go, but `dockerfile_test.go` is a program."""
    stem, _, suffix = name.rpartition(".")
    if suffix in _PROGRAMS and stem not in ("Dockerfile", "Containerfile"):
        return False
    return bool(re.fullmatch(r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", name.lower())) and not (
        name.endswith((".md", ".py", ".sh", ".yml", ".yaml", ".json", ".dockerignore"))
    )


def read_dockerfiles(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What the Dockerfiles ask for and state, each for an image of its own. Raises `ReadError` for what is no text."""
    results = []
    for path in paths:
        files = Files(load)
        text = decode_toml(files.data(path), path)
        results.append(_File(path, target, load).read(text))
    return merge(results)


def read_dockerfile_text(path: str, text: str, target: Stack, load: Supply) -> ReadResult:
    """The same for a Dockerfile that stands in another file; its places are those in its own text."""
    return _File(path, target, load).read(text)


class _File:
    """One Dockerfile, read for one target."""

    def __init__(self, path: str, target: Stack, load: Supply) -> None:
        self.path = path
        self.host = target
        self.load = load
        self.unread: list[Unread] = []
        self.arguments: Variables = {**_platform_arguments(target)}
        self.environments: dict[str, Variables] = {}
        self.configured: dict[str, Variables] = {}
        self.moved: set[str] = set()
        self.project = for_image(path, load)
        self.projects: dict[str, Workplace] = {}

    def read(self, text: str) -> ReadResult:
        stages = self.stages(text)
        if not stages:
            self.unread.append(Unread("A Dockerfile needs a FROM; nothing was read.", Location(self.path)))
        done: dict[str, list[Stated]] = {}
        self.project.choose_context(source for stage in stages for source in sources(stage.body))
        chain = _chain(stages)
        results = [self.stage(stage, chain, done) for stage in _needed(stages)]
        stated = tuple(done[stages[-1].name]) if stages else ()
        own = ReadResult((), tuple(self.unread), (self.path,), (), stated, bool(stages))
        return merge((own, *results))

    def stages(self, text: str) -> list[_Stage]:
        stages: list[_Stage] = []
        for one in instructions(text):
            for document in one.documents:
                if not document.closed:
                    reason = f"The here-document {shown(document.mark)} has no end: all that follows belongs to it."
                    self.unread.append(Unread(reason, one.arguments.location(self.path, 0, len(one.arguments.text))))
            if one.name == "FROM":
                base = self.filled(one, self.arguments)
                words = base.arguments.text.split()
                named = words[-1].lower() if len(words) > 2 and words[-2].lower() == "as" else str(len(stages))
                stages.append(_Stage(named, base))
            elif stages:
                stages[-1].body.append(one)
            elif one.name == "ARG":
                self.arguments |= _pairs(one, self.arguments)
        if len(stages) > MAX_STAGES:
            line = stages[0].base.arguments
            reason = f"The file has more than {MAX_STAGES} stages; only the last {MAX_STAGES} were read."
            self.unread.append(Unread(reason, line.location(self.path, 0, len(line.text))))
        return stages[-MAX_STAGES:]

    def filled(self, one: Instruction, known: Variables) -> Instruction:
        """A FROM with its build arguments; the places are those of the text as written."""
        text = expanded(one.arguments.text, known)
        return one._replace(arguments=one.arguments._replace(text=text))

    def stage(self, stage: _Stage, chain: list[_Stage], done: dict[str, list[Stated]]) -> ReadResult:
        """What one stage installs, on what its base gives. `chain` is the image's own line of stages: what another one
        installs is in the image only if it is copied. `done` is what the stages before came to."""
        name = _base_name(stage)
        inherited = done.get(name) if name in done else self.base(stage)
        states = list(inherited or ())
        target = self.host.in_container().with_stated(states)
        own = stage in chain
        project = self.projects.get(name, self.project).copy()
        installs = Installs(target, project, group=None if own else f"stage:{stage.name}")
        installs.configured = dict(self.configured.get(name, {}))
        installs.moved = name in self.moved
        base = _base_name(stage, lower=False).partition("@")[0]
        installs.emulated = self.is_fixed(stage) or foreign_image(base, self.host) is not None
        # ENV reaches the stages that are built on this one; ARG ends with its stage.
        kept = self.environments.get(name, {})
        known = {**self.arguments, **kept, **({} if self.is_fixed(stage) else machine_variables(self.host))}
        build = _Build(known, exported_names(kept), set(kept))
        for one in stage.body:
            self.take(one, installs, build)
        for one in _started(stage, chain):
            self.run(one, installs, build)
        self.starts(stage, chain, installs, build)
        self.projects[stage.name] = project
        done[stage.name] = [*installs.stated, *states]
        self.environments[stage.name] = {variable: build.known.get(variable) for variable in build.kept}
        self.configured[stage.name] = installs.configured
        self.moved |= {stage.name} if installs.moved else set()
        return ReadResult(tuple(installs.asks), tuple(installs.unread), tuple(installs.files), tuple(installs.python))

    def starts(self, stage: _Stage, chain: list[_Stage], installs: Installs, build: _Build) -> None:
        """What the image starts: an ENTRYPOINT takes the words of CMD, and so does that of the base image."""
        found = {one.name: one.arguments for one in _started(stage, chain)}
        if "CMD" not in found:
            return
        place = Place(self.path, found["CMD"])
        texts = {name: json_words(line.text) or () for name, line in found.items()}
        words = tuple(
            Word(text, 0, len(place.line.text)) for name in ("ENTRYPOINT", "CMD") for text in texts.get(name, ())
        )
        if "ENTRYPOINT" in found:
            installs.set_up(settings(words, build.known), place)
        else:
            base = stage.base if stage is chain[-1] else chain[-1].base
            installs.set_up(image_settings(_reference(base), words, build.known), place)

    def base(self, stage: _Stage) -> list[Stated]:
        """What the base image's name says, and for which machine it is fetched."""
        line = stage.base.arguments
        _, flags = without_flags(line.text)
        name = _base_name(stage, lower=False)
        place = line.location(self.path, 0, len(line.text))
        emulated = self.platform(flags.get("platform", ""), place)
        if "$" in name or "{{" in name:
            reason = f"The base image {shown(name)} depends on a build argument without a default; name it with ARG."
            if "{{" in name:
                reason = f"The base image {shown(line.text)} is text of a template, which is not known here."
            self.unread.append(Unread(reason, place))
            # Images of NVIDIA's and others bring a pip that looks elsewhere than on PyPI.
            origin = Origin("the base image is not known, nor where its pip looks", str(place), place)
            return [Stated("variables", "PIP_INDEX_URL", Known("*", origin))]
        foreign = foreign_image(name.partition("@")[0], self.host, chosen="platform" in flags)
        if foreign is not None:
            self.unread.append(image_unread(f"The base image {shown(name)}", foreign, place))
        return image_states(name, place, emulated=emulated)

    def is_fixed(self, stage: _Stage) -> bool:
        """Whether a stage is for a machine that its FROM names, whatever the target is."""
        wanted = without_flags(stage.base.arguments.text)[1].get("platform", "")
        return wanted not in ("", self.arguments.get("TARGETPLATFORM"), self.arguments.get("BUILDPLATFORM"))

    def platform(self, wanted: str, place: Location) -> bool:
        """`--platform=linux/amd64` makes an image for that machine, whatever builds it. Whether that is another one."""
        arch = self.host.facts.get("arch")
        own = DEBIAN.get(arch.value) if isinstance(arch, Known) else None
        asked = wanted.split("/")[1] if wanted.count("/") else ""
        if not own or asked not in DEBIAN.values() or asked == own or not isinstance(arch, Known):
            return False
        reason = f"The image is fixed to {wanted}; on {arch.value} it runs emulated, if at all, and without the GPU."
        self.unread.append(Unread(reason, place, "warning", id="foreign/platform", involves=("image", "arch")))
        return True

    def take(self, one: Instruction, installs: Installs, build: _Build) -> None:
        """One instruction of a stage."""
        if one.name == "ARG":
            self.argument(one, build)
        elif one.name == "ENV":
            self.environment(one, installs, build)
        elif one.name == "RUN":
            self.run(one, installs, build)
        elif one.name in ("COPY", "ADD"):
            self.copy(one, installs, build)
        elif one.name == "WORKDIR":
            # A variable that is not known names the folder all the same.
            folder = expanded(one.arguments.text.strip().strip("\"'"), build.known)
            folder = within(installs.project.folder, f"/{folder}" if folder[:1] == "$" else folder)
            installs.project.folder = folder if len(folder) <= MAX_PATH else None
        elif one.name == "ONBUILD" and one.arguments.text.lstrip()[:4].upper().startswith(("RUN", "ENV")):
            text = f"{shown(one.arguments.text)} runs where another image is built on this one; it was not read."
            installs.note(text, one.arguments.location(self.path, 0, len(one.arguments.text)), "note")

    def argument(self, one: Instruction, build: _Build) -> None:
        """ARG: a variable of the commands too, unless ENV has set it."""
        for word in split(one.arguments.text, build.known):
            name, equals, value = word.text.partition("=")
            if not re.fullmatch(_NAMED, name) or name in build.kept:
                continue
            if equals:
                build.known[name] = None if word.unknown else value
                self.load.budget.spend("values", len(value))
            elif name not in build.known and _PLACES.fullmatch(name):
                build.known[name] = None  # whoever builds gives it
            if name in build.known:
                build.exported.update(exported_names((name,)))

    def environment(self, one: Instruction, installs: Installs, build: _Build) -> None:
        place = one.arguments.location(self.path, 0, len(one.arguments.text))
        installs.moved = installs.moved or another(one.arguments.text)
        for name, value in _pairs(one, build.known).items():
            build.known[name] = value
            self.load.budget.spend("values", len(value or ""))
            build.exported.update(exported_names((name,)))
            build.kept.add(name)
            if value is not None and "$" not in value and name != "PATH":
                origin = Origin(f"ENV sets {name}", str(place), place)
                installs.stated.append(Stated("variables", name, Known(redact(value) or "*", origin)))

    def run(self, one: Instruction, installs: Installs, build: _Build) -> None:
        """RUN: its words, or its text for a shell, here-documents included (BuildKit, "Here-documents")."""
        line = one.arguments
        flags = len(line.text) - len(without_flags(line.text)[0])
        before = len(installs.project.brought)
        for mount in mounts(line.text, build.known):
            lay(mount, installs.project)
        after = len(installs.project.brought)
        self.run_text(one, flags, installs, build)
        del installs.project.brought[before:after]  # a mount ends with its command

    def run_text(self, one: Instruction, flags: int, installs: Installs, build: _Build) -> None:
        """What stands behind the flags of RUN."""
        line = one.arguments
        words = json_words(line.text[flags:])
        if words is not None:
            self.take_all(
                " ".join(_quoted(word) for word in words), Place(self.path, line), installs, build, whole=True
            )
            return
        if len(one.documents) == 1 and len(lexed(line.text[flags:])) == 1:
            # The document is the script, of an interpreter that its first line may name.
            body = one.documents[0].body
            named = _SHEBANG.match(body.text.lstrip())
            if named is None or posixpath.basename(named[1]) in SHELLS:
                self.take_all(body.text, Place(self.path, body), installs, build)
            return
        if not all(document.closed for document in one.documents):
            return  # said where the file was taken apart
        text = Line(" " * flags + line.text[flags:], line.pieces)
        for number, document in enumerate(one.documents):
            if number:  # the grammar knows one for each line
                later = rf"\d*<<-?\s*[\"']?{re.escape(document.mark)}[\"']?(?=\s|$)"
                text = text._replace(text=re.sub(later, lambda found: " " * len(found[0]), text.text))
            else:
                text = _chained(text, "\n", document.body, f"{document.mark}\n")
        self.take_all(text.text, Place(self.path, text), installs, build)

    def take_all(self, text: str, place: Place, installs: Installs, build: _Build, *, whole: bool = False) -> None:
        """The commands of a text. `whole`: it is the exec form, which has one place for all its words."""
        for command in commands(text, build.known, build.exported, installs.project.folder, self.load.budget):
            if whole:
                words = tuple(word._replace(start=0, end=len(place.line.text)) for word in command.words)
                command = command._replace(words=words)
            installs.take(command, place)

    def copy(self, one: Instruction, installs: Installs, build: _Build) -> None:
        """Files of the project; `COPY <<EOF requirements.txt`: one that stands in the Dockerfile; a pip.conf."""
        words = copied(one, build.known)
        target = (words[-1:] or [""])[0]
        name = posixpath.basename(target)
        for document in one.documents:
            if name in ("pip.conf", "pip.ini"):
                installs.pip_conf(document.body.text, self.path)
            found: list[Found] = []
            offset = 0
            for content in document.body.text.split("\n"):
                found += stated(content, document.body.location(self.path, offset, offset + len(content)))
                offset += len(content) + 1
            installs.project.write(within(installs.project.folder, target), found, appends=False)
        bring(one, build.known, installs.project)
        if one.documents or "--from=" in one.arguments.text:
            return
        for source in words[:-1]:
            if posixpath.basename(source) in ("pip.conf", "pip.ini"):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), source.lstrip("/")))
                try:
                    data = self.load(path)
                except (OSError, ReadError):
                    place = one.arguments.location(self.path, 0, len(one.arguments.text))
                    installs.note(
                        f"The file {shown(source)} is not in the project at {shown(path)}; it was not read.", place
                    )
                    continue
                installs.pip_conf(decode_toml(data, path), path)
                installs.files[path] = None


class _Build(NamedTuple):
    """The variables of one stage: their values, which of them its commands get, and which of these are ENV's."""

    known: Variables
    exported: set[str]
    kept: set[str]


def _chained(first: Line, between: str, then: Line, end: str) -> Line:
    """Two texts as one, each character at its place."""
    offset = len(first.text) + len(between)
    moved = tuple(piece._replace(offset=piece.offset + offset) for piece in then.pieces)
    return Line(f"{first.text}{between}{then.text}{end}", (*first.pieces, *moved))


def _started(stage: _Stage, chain: list[_Stage]) -> list[Instruction]:
    """The ENTRYPOINT and the CMD of a stage that the finished image has: the last of each."""
    if stage not in chain:
        return []
    later = [one for other in chain[: chain.index(stage)] for one in other.body]
    found = []
    for name in ("ENTRYPOINT", "CMD"):
        own = [one for one in stage.body if one.name == name]
        if own and not any(one.name == name for one in later):
            found.append(own[-1])
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _pairs(one: Instruction, known: Variables) -> Variables:
    """`ARG a=b`, `ENV a=b c="d e"`, `ENV a b`: names and values, variables filled in where they are known."""
    text = one.arguments.text
    if one.name == "ENV" and "=" not in text.split(" ")[0]:
        name, _, value = text.strip().partition(" ")
        return {name: expanded(value.strip(), known)} if name else {}
    pairs: Variables = {}
    for word in split(text, known):
        name, equals, value = word.text.partition("=")
        if equals and re.fullmatch(_NAMED, name):
            pairs[name] = None if word.unknown else value
    return pairs


def _platform_arguments(target: Stack) -> dict[str, str]:
    """The arguments that a build sets by itself (Docker: "Automatic platform ARGs")."""
    arch = target.facts.get("arch")
    own = DEBIAN.get(arch.value) if isinstance(arch, Known) else None
    if own is None:
        return {}
    both = {"PLATFORM": f"linux/{own}", "ARCH": own, "OS": "linux"}
    return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in both.items()}


def _base_name(stage: _Stage, *, lower: bool = True) -> str:
    words = without_flags(stage.base.arguments.text)[0].split()
    name = words[0] if words else ""
    return name.lower() if lower else name


def _reference(base: Instruction) -> str:
    """The image that a FROM names."""
    return next(iter(without_flags(base.arguments.text)[0].split()), "")


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
        copies = [without_flags(one.arguments.text)[1] for one in stage.body if one.name == "COPY"]
        copies += [mount for one in stage.body if one.name == "RUN" for mount in mounts(one.arguments.text, {})]
        names = [_base_name(stage), *(flags.get("from", "").lower() for flags in copies)]
        left += [by_name[name] for name in names if name in by_name]
    return [stage for stage in stages if stage in needed]
