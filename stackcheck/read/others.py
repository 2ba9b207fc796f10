"""What commands bring that is not pip's or uv's own: conda's and Debian's packages, downloads, and other tools."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stackcheck.model import Known, Unread
from stackcheck.read.calls import ASSIGNED, BEFORE
from stackcheck.read.folders import is_own
from stackcheck.read.quote import shown
from stackcheck.read.requirements import Found, PipRun
from stackcheck.read.shells import SHELLS
from stackcheck.read.tables import poetry_specifier
from stackcheck.redact import redact
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Location, Severity, Stack
    from stackcheck.read.calls import Call
    from stackcheck.read.installs import Installs, Place
    from stackcheck.read.shell import Command
    from stackcheck.read.words import Word

_CONDA_VALUED = frozenset(
    (
        *("-n", "--name", "-p", "--prefix", "-c", "--channel", "-f", "--file", "--solver", "-r", "--root-prefix"),
        *("--repodata-fn", "--subdir", "--platform", "--experimental", "--rc-file", "--clone", "--cacert", "-S"),
    )
)
_ITSELF = ("python", "pip", "conda", "mamba", "micromamba")
_APT_VALUED = frozenset(("-t", "--target-release", "-o", "--option", "-c", "-a", "--host-architecture"))
_ADD_VALUED = frozenset(
    (
        *("-G", "--group", "-E", "--extras", "--python", "--platform", "--markers", "--source", "-P", "--project"),
        *("-C", "--directory", "-p", "-L", "--lockfile", "-e", "--editable", "--venv", "--optional", "-f", "--feature"),
        *(
            "--manifest-path",
            "-i",
            "--index",
            "-r",
            "--requirements",
            "--categories",
            "--extra-pip-args",
            "--pypi-mirror",
        ),
    )
)
_FILES_OF = {
    "uv": "pyproject.toml, uv.lock",
    "poetry": "pyproject.toml, poetry.lock",
    "pdm": "pyproject.toml, pdm.lock",
    "pipenv": "Pipfile, Pipfile.lock",
    "pixi": "pixi.toml, pixi.lock",
    "rye": "pyproject.toml, requirements.lock",
    "hatch": "pyproject.toml, hatch.toml",
    "conda-lock": "conda-lock.yml",
}
_FOREIGN = {
    "aarch64": re.compile(r"(?<![a-z0-9])(?:x86_64|x86-64|amd64|linux-?64|x64)(?![a-z0-9])", re.IGNORECASE),
    "x86_64": re.compile(r"(?<![a-z0-9])(?:aarch64|arm64|sbsa)(?![a-z0-9])", re.IGNORECASE),
}

_OWN = {"aarch64": _FOREIGN["x86_64"], "x86_64": _FOREIGN["aarch64"]}
_OFFICIAL = {"amd64": "x86_64", "i386": "x86_64", "arm64v8": "aarch64", "arm32v7": "armv7l", "arm32v6": "armv6l"}
"""Docker's own prefixes for the official images of one architecture ("Architectures other than amd64")."""
_OUTPUTS = ("-O", "-o", "--output", "--output-document", "--out")
_INSTALLERS = ("dpkg", "apt", "apt-get", "rpm", "yum", "dnf", "gdebi")
"""What installs a file that holds a package."""
_UNPACKERS = ("tar", "bsdtar", "unzip", "7z")
_FILE = ("file", "arch")
_UNPACKS = re.compile(r"(?:x86_64|amd64|x64|aarch64|arm64)\.sh$", re.IGNORECASE)
"""Scripts that unpack programs end in the architecture (Linux-x86_64.sh); others are text, and may run anywhere."""
_PACKAGE = re.compile(r"(?:[_.]([a-z0-9]+))?\.(?:deb|rpm)$")
_THIRD = ("armhf", "armel", "armv7hl", "ppc64el", "ppc64le", "riscv64", "s390x")
"""Architectures of packages that no machine here is of."""
_BUILDERS = ("docker", "podman", "buildah", "nerdctl")
_INSTALLS = re.compile(r"(?i)^\s*RUN\b.*\binstall\b")
_REPOSITORY = re.compile(r"(?:^|\n|\\n)deb(?:-src)? \[[^\]]*\barch=([\w,-]+)")
"""A line of a sources.list (sources.list(5)): the architectures that apt fetches from there."""

_ARCHITECTURE = re.compile(r"x86_64|amd64|linux-64|aarch64|arm64|sbsa")
"""A folder for one machine, as NVIDIA's repositories have ("…/repos/ubuntu2404/x86_64/cuda-keyring_1.1-1_all.deb")."""


def take(installs: Installs, call: Call, command: Command, place: Place) -> None:
    """What one command of another tool asks for."""
    if call.tool == "conda":
        _conda(installs, call, command, place)
    elif call.tool == "apt":
        if not command.conditional:
            _apt(installs, call.words, place)
    elif call.tool == "fetch":
        if not command.tested:
            _fetch(installs, call.words, place)
    elif call.of_project:
        _of_project(installs, call, place)
    elif call.tool in ("poetry", "pdm", "pipenv", "pixi", "rye"):
        _add(installs, call, command, place)
    elif call.tool == "easy_install":
        text = "`easy_install` takes no wheels and is no part of setuptools any more; what it installs was not read."
        installs.note(text, place.of(call.first[-1]))
    elif call.tool == "?":
        word = call.first[-1]
        text = f"What {shown(word.text)} stands for is not known here; what it installs was not read."
        installs.note(text, place.of(word))
    else:
        text = " ".join((*(word.text for word in call.first), *(word.text for word in call.words[:3])))
        reason = f"{shown(text)} installs into an environment of its own, which is not judged."
        installs.note(reason, place.of(call.first[-1]), "note")


def _of_project(installs: Installs, call: Call, place: Place) -> None:
    """`uv sync`, `poetry install`: said once for each tool and folder."""
    if (call.tool, installs.folder) not in installs.synced:
        installs.synced.add((call.tool, installs.folder))
        name = shown(f"{call.tool} {call.verb}")
        text = f"What {name} installs stands in the project's own files ({_FILES_OF[call.tool]}); it was not read here."
        installs.note(text, place.of(call.first[-1]), "note")


def _add(installs: Installs, call: Call, command: Command, place: Place) -> None:
    """`poetry add`, `pdm add`, `pipenv install`, `pixi add`: the indexes are those of the project's own file."""
    from stackcheck.read.files import Files
    from stackcheck.read.indexes import PipIndexes, unknown_index

    own = [word for word in _plain(call.words, _ADD_VALUED) if word.text not in (".", "")]
    if call.tool == "pixi" and not any(word.text in ("--pypi", "--pypi-deps") for word in call.words):
        _named(installs, own, command, place)
        return
    files = [word for _, word in _valued(call.words, ("-r", "--requirements"))] if call.tool == "pipenv" else []
    if not own and not files:
        _of_project(installs, call, place)
        return
    run = PipRun(Files(installs.load), {}, PipIndexes([(unknown_index(f"${{{call.tool}}}"), "")]))
    for word in own:
        if word.unknown is not None:
            installs.unknown(word, place)
            continue
        name, at, version = word.text.partition("@")
        text = word.text
        if at and "://" not in text and " " not in text:
            specifier = poetry_specifier(version)
            text = name if version == "latest" else f"{name}{specifier}" if specifier is not None else text
        run.found.append(Found(text, word.text, place.of(word), False))
    for given in files:
        installs.file(run, given, constraint=False, where=place.of(given))
    installs.finish(run, command.conditional)


# --- conda ------------------------------------------------------------------------------------------------------------


def _conda(installs: Installs, call: Call, command: Command, place: Place) -> None:
    """conda's packages are builds of their own, of which the matrix says nothing; its Python is a fact."""
    for _, word in _valued(call.words, ("-f", "--file")):
        _conda_file(installs, word, command, place)
    if call.verb.startswith("env"):
        if not any(True for _ in _valued(call.words, ("-f", "--file"))):
            # conda looks for this one by itself.
            usual = call.first[-1]._replace(text="environment.yml", unknown=None)
            _conda_file(installs, next(iter(_plain(call.words, _CONDA_VALUED)), usual), command, place)
        return
    own = list(_plain(call.words, _CONDA_VALUED))
    _named(installs, own, command, place)
    if not command.conditional:
        from stackcheck.read.conda import conda_states

        named = [word.text for _, word in _valued(call.words, ("-c", "--channel")) if word.unknown is None]
        channels = ",".join(name for name in named if name and "," not in name)
        for word in own:
            if word.unknown is None:
                installs.stated += conda_states(word.text, channels, place.of(word))


def _named(installs: Installs, words: list[Word], command: Command, place: Place) -> None:
    for word in words:
        name, _, version = word.text.partition("=")
        if word.unknown is not None:
            installs.unknown(word, place)
        elif name == "python" and version.strip("=") and not command.conditional:
            installs.state("facts", "python", version.strip("=").rstrip(".*"), word, place)
        elif name not in _ITSELF:
            text = f"{shown(word.text)} comes from conda, whose builds are not judged."
            installs.note(text, place.of(word), "note")


def _conda_file(installs: Installs, word: Word, command: Command, place: Place) -> None:
    """`conda env create -f environment.yml`: the file as conda reads it, for what the commands make."""
    from stackcheck.read import yaml
    from stackcheck.read.conda import read_conda
    from stackcheck.read.files import decode_toml

    where = place.of(word)
    if (word.unknown is not None and not is_own(word)) or "://" in word.text:
        installs.note(f"The file {shown(word.text)} was not read: its name is not known here.", where)
        return
    source = installs.project.source(installs.folder, word.text)
    if source.path is None:
        problem = source.problem or "is written by the commands before; it was not read."
        installs.note(f"The file {shown(word.text)} {problem}", where)
        return
    path, data = source.path, installs.load(source.path)
    if not path.endswith((".yml", ".yaml")):
        text = f"The packages that {shown(word.text)} names come from conda, whose builds are not judged."
        installs.note(text, where, "note")
        return
    if source.problem:
        installs.note(f"The file {shown(word.text)} {source.problem}", where)
    found = read_conda(path, yaml.compose(data, path), decode_toml(data, path), installs.target, installs.load)
    conditional = command.conditional or bool(source.problem)
    installs.add(
        [
            replace(ask, applies=None if conditional and ask.applies else ask.applies, group=installs.group)
            for ask in found.asks
        ]
    )
    installs.unread += found.unread
    installs.files |= dict.fromkeys(found.files)
    installs.python += () if conditional else found.python
    installs.stated += () if conditional else found.stated


# --- apt and downloads ------------------------------------------------------------------------------------------------


def _apt(installs: Installs, words: tuple[Word, ...], place: Place) -> None:
    """`apt-get install`: Debian packages of the image, or of the machine that runs the script."""
    for word in _plain(words, _APT_VALUED):
        if word.unknown is not None:
            installs.unknown(word, place)
            continue
        name, _, version = redact(word.text).partition("=")
        name = "" if "//" in name else name.partition("/")[0].partition(":")[0]
        if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
            installs.state("system-packages", name, version or "*", word, place)
            installs.state("apt", name, version or "*", word, place)


def _fetch(installs: Installs, words: tuple[Word, ...], place: Place) -> None:
    """`curl`, `wget`: a file whose name says that it is for another machine, or a folder whose name is nothing else."""
    if installs.emulated:
        return
    outputs = [word.text for _, word in _valued(words, _OUTPUTS) if word.unknown is None]
    for word in words:
        if "://" in word.text and word.unknown is None:
            *folders, name = word.text.partition("://")[2].partition("?")[0].rstrip("/").split("/")
            reason = other_machine(name, installs.target)
            for folder in filter(_ARCHITECTURE.fullmatch, folders[1:]):
                foreign = None if reason else other_machine(folder, installs.target)
                if foreign:
                    reason = foreign.replace("is made for", "comes from a repository for", 1)
            if reason is not None:
                where = place.of(word)
                entry = Unread(f"{shown(name)} {reason}", where, "warning", id="foreign/download", involves=_FILE)
                installs.unread.append(entry)
                if not name.endswith(".sh") or _UNPACKS.search(name):
                    installs.foreign |= {posixpath.basename(one): entry for one in (name, *outputs)}


def build(installs: Installs, command: Command, place: Place) -> None:
    """`docker build - <<EOF`: the Dockerfile is named."""
    words = [word.text for word in command.words[:3]]
    if (
        words
        and words[0] in _BUILDERS
        and "build" in words
        and any(_INSTALLS.search(one.text) for one in command.document)
    ):
        installs.note(f"The Dockerfile that `{words[0]}` builds from here was not read.", place.of(command.words[0]))


def run(installs: Installs, command: Command, place: Place) -> None:
    """Whether a command runs or installs a file for another machine: one that was fetched before, or a package whose
    name says so; or names a repository of another architecture."""
    if command.conditional or command.tested or installs.emulated:
        return
    for word in command.words:
        found = _REPOSITORY.search(word.text)
        reason = other_machine(found[1], installs.target) if found and "," not in found[1] else None
        if reason is not None:
            text = f"The repository {shown(word.text[:120])} {reason.replace('is made for', 'is for', 1)}"
            entry = Unread(text, place.of(word), "warning", id="foreign/repository", involves=_FILE)
            installs.unread += [] if entry in installs.unread else [entry]
    words = [word.text for word in command.words if word.unknown is None]
    while words and (posixpath.basename(words[0]) in BEFORE or ASSIGNED.match(words[0])):
        words.pop(0)
    tool = posixpath.basename(words[0]) if words else ""
    done = "installed" if tool in _INSTALLERS else "unpacked" if tool in _UNPACKERS else "run"
    for name in _started(tool, words, installs.foreign):
        fetched = installs.foreign.pop(name, None)
        if fetched is not None and fetched in installs.unread:
            reason = f"{fetched.reason} It is {done} here."
            at = installs.unread.index(fetched)
            installs.unread[at] = replace(fetched, reason=reason, severity="error", id="foreign/run")
    if tool not in _INSTALLERS:
        return
    for word in command.words:
        name = posixpath.basename(word.text)
        reason = _other_package(name, installs.target) if word.unknown is None else None
        if reason is not None and not any(one.reason.startswith(shown(name)) for one in installs.unread):
            text = f"{shown(name)} {reason} It is installed here."
            installs.unread.append(Unread(text, place.of(word), "error", id="foreign/run", involves=_FILE))


def _started(tool: str, words: list[str], fetched: Iterable[str]) -> list[str]:
    """The names of the files that a command runs, installs or unpacks; of what was fetched those that a `*` means."""
    plain = [posixpath.basename(word) for word in words[1:] if not word.startswith("-")]
    if tool in _UNPACKERS:
        return [name for name in fetched if any(fnmatchcase(name, word) for word in plain)]
    if tool in _INSTALLERS:
        return plain
    if tool in (*SHELLS, "source", "."):
        return plain[:1]
    return [tool] if words and "/" in words[0] else []


def _other_package(name: str, target: Stack) -> str | None:
    """As `other_machine`, of a package: its name ends in its one architecture (deb-control(5), rpm's NEVRA)."""
    arch, found = target.facts.get("arch"), _PACKAGE.search(name)
    if found is None or not isinstance(arch, Known) or arch.value not in _FOREIGN:
        return None
    if found[1] in _THIRD:
        return f"is made for {found[1]}; this machine is {arch.value}."
    return other_machine(name, target)


def other_machine(name: str, target: Stack) -> str | None:
    """Says of a file or image whose name is that of another machine's, that it is; None where it is not. A name with
    both architectures says nothing (a cross compiler), nor does a package for any ("_all.deb")."""
    arch = target.facts.get("arch")
    if not isinstance(arch, Known) or arch.value not in _FOREIGN or name.endswith(("_all.deb", ".noarch.rpm")):
        return None
    found = _FOREIGN[arch.value].search(name)
    return (
        f"is made for {found[0]}; this machine is {arch.value}."
        if found and not _OWN[arch.value].search(name)
        else None
    )


def foreign_image(reference: str, target: Stack, *, chosen: bool = False) -> tuple[str, Severity] | None:
    """What is said of an image whose name is that of another machine's, and how loud; None where it is not.

    It is an error where the tag or Docker's own prefix for the images of one architecture says it, unless the file
    asks for a platform itself (`chosen`).
    """
    arch = target.facts.get("arch")
    if not isinstance(arch, Known):
        return None
    first, _, rest = reference.partition("/")
    official = _OFFICIAL.get(first) if rest else None
    named = f"is made for {first}; this machine is {arch.value}." if official not in (None, arch.value) else None
    said = other_machine(reference, target) or named
    if said is None:
        return None
    by_tag = other_machine(reference.rpartition("/")[2].partition(":")[2], target) is not None
    return said, "error" if (named or by_tag) and not chosen else "warning"


def image_unread(named: str, said: tuple[str, Severity], place: Location) -> Unread:
    """What is put on record of an image for another machine; `named` is how the sentence calls it."""
    text, severity = said
    return Unread(f"{named} {text}", place, severity, id="foreign/image", involves=("image", "arch"))


def _plain(words: tuple[Word, ...], valued: frozenset[str]) -> Iterator[Word]:
    """The words that are neither options nor their values."""
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-"):
            yield word
        elif word.text in valued or (re.fullmatch(r"-[A-Za-z]{2,}", word.text) and f"-{word.text[-1]}" in valued):
            next(rest, None)


def _valued(words: tuple[Word, ...], names: tuple[str, ...]) -> Iterator[tuple[str, Word]]:
    """The values of some options, `--file=x` included."""
    for at, word in enumerate(words):
        name, equals, text = word.text.partition("=")
        if name in names and equals:
            yield name, word._replace(text=text)
        elif word.text in names and at + 1 < len(words):
            yield name, words[at + 1]
