"""Which of the files that were found in folders are for a machine: said once, before any line of them is judged.

A file that the caller named is always judged; `read.audience` says what a file itself says.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from stackcheck import read
from stackcheck.model import Finding, Location, Reason
from stackcheck.patterns import pattern
from stackcheck.read import audience, audience_text
from stackcheck.read.alternatives import alternatives
from stackcheck.read.audience import Claim
from stackcheck.values import dataclass, field, replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackcheck.model import Ask, Stack
    from stackcheck.read.audience import Audience

_TEXTS: dict[str, Callable[[str], Audience]] = {
    "pip's requirements format": audience_text.of_requirements,
    "workflows, compose files and conda's environments": audience_text.of_yaml,
    "shell scripts": audience_text.of_commands,
    "Dockerfiles": audience_text.of_dockerfile,
}
"""What reads the audience out of a text, by the title of the file's reader; of all others the path alone speaks."""
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_METADATA = ("pyproject.toml", "setup.py", "setup.cfg")
_SPECIAL = pattern(rb"torch[-_]|triton[-_]|neuronx|libtpu|habana")
"""What stands in a file that asks for a project of one accelerator; only such a one is looked into."""


@dataclass(frozen=True)
class Decision:
    """What a machine's lint does with a file: `against` is the claim that takes it out, `cpu` the one that the CPU is
    meant; None each where there is none."""

    against: Claim | None = None
    cpu: Claim | None = None


@dataclass(frozen=True)
class Scope:
    """The files that were found in folders, each with its path from its folder on. Files that are not in it were
    named by the caller."""

    below: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    """The folders that the caller named."""

    @classmethod
    def of(cls, paths: Iterable[str], groups: Sequence[Sequence[str]]) -> Scope:
        """The scope of what the caller named (`paths`) and what was found of it (`groups`)."""
        paths = list(paths)
        named = {path for path in paths if path == "-" or not os.path.isdir(path)}
        folders = sorted((os.path.normpath(path) for path in paths if path not in named), key=len, reverse=True)
        below: dict[str, str] = {}
        for path in (path for group in groups for path in group if path not in named):
            folder = next((one for one in folders if one == "." or path.startswith(f"{one}{os.sep}")), ".")
            below[path] = os.path.relpath(path, folder).replace(os.sep, "/") if folder != "." else path
        return cls(below, tuple(folders))

    def decide(self, host: Stack, load: Callable[[str], bytes]) -> dict[str, Decision]:
        """What is done with each found file on a machine. A file that cannot be loaded is left to its reader."""
        machine = audience.machine_of(host)
        boards = _with_boards(self.below.values())
        others = alternatives(self.below.values(), machine)
        projects = self._projects(host, load)
        checkouts = self._checkouts(load)
        decisions = {}
        for path, below in self.below.items():
            text = _of_text(path, load)
            beside = below in others and audience.fits(audience.merged(text), machine).holds is not True
            claims = audience.merged(
                _of_checkout(below, checkouts),
                audience.of_path(below, among_boards=not boards.isdisjoint(_folders(below))),
                text,
                _inherited(below, projects),
                (others[below],) if beside else (),
            )
            fit = audience.fits(claims, machine)
            decisions[path] = Decision(fit.claim if fit.holds is False else None, audience.wants_cpu(claims))
        return decisions

    @staticmethod
    def notes(decisions: Mapping[str, Decision]) -> list[Finding]:
        """The findings on the files that are not for the machine: one for each reason, at the first of its files."""
        files: dict[Claim, list[str]] = {}
        for path, decision in decisions.items():
            if decision.against is not None:
                files.setdefault(decision.against, []).append(path)
        return [_note(claim, paths) for claim, paths in files.items()]

    @staticmethod
    def apply(stack: Stack, decisions: Mapping[str, Decision]) -> Stack:
        """The stack as the decisions on its files leave it: what files for the CPU ask for is marked as such, and what
        stands in an included file that is for another machine does not apply. One that is apart by its place alone is
        made a part by who includes it."""
        if not any(decision.against or decision.cpu for decision in decisions.values()):
            return stack
        return replace(stack, asks=tuple(_decided(ask, decisions) for ask in stack.asks))

    def _checkouts(self, load: Callable[[str], bytes]) -> dict[str, Claim]:
        """The folders that hold another project: git's submodules, clones in a clone, and copies of what has its home
        elsewhere."""
        found: dict[str, Claim] = {}
        for folder in self.folders:
            for path in audience_text.submodules(_bytes(os.path.join(folder, ".gitmodules"), load)):
                found[path] = Claim("place", "submodule", f"{path} is a submodule (.gitmodules)")
        tops: dict[str, set[str]] = {}
        for path, below in self.below.items():
            tops.setdefault(path.removesuffix(below), set()).update(filter(None, _folders(below)))
        for top, folders in tops.items():
            inside = os.path.lexists(f"{top}.git")
            for folder in sorted(folders - found.keys()) if inside else ():
                if os.path.lexists(f"{top}{folder}/.git"):
                    found[folder] = Claim("place", "clone", f"{folder} is a repository of its own")
        return {**self._copies(load), **found}

    def _copies(self, load: Callable[[str], bytes]) -> dict[str, Claim]:
        """The folders of projects whose home is another owner's repository than that of the project around them; where
        nothing says what that is, those that are named as their home, unless it is the home of all."""
        homes: dict[str, tuple[str, str]] = {}
        for path, below in self.below.items():
            home = audience_text.home(_bytes(path, load)) if posixpath.basename(below) in _METADATA else None
            if home is not None:
                homes.setdefault(posixpath.dirname(below), home)
        own = homes.pop("", None)
        around = {posixpath.basename(os.path.abspath(folder).replace(os.sep, "/")).lower() for folder in self.folders}
        return {
            folder: Claim("place", "copy", f"{folder} is a copy of {'/'.join(home)}")
            for folder, home in homes.items()
            if (
                home[0].lower() != own[0].lower() and home[1].lower() != own[1].lower()
                if own is not None
                else posixpath.basename(folder).lower() == home[1].lower() and home[1].lower() not in around
            )
        }

    def _projects(self, host: Stack, load: Callable[[str], bytes]) -> dict[str, Audience]:
        """The folders whose projects need an accelerator of another vendor, each with what says so."""
        folders: dict[str, list[str]] = {}
        for path, below in self.below.items():
            if posixpath.basename(below) in _PROJECT and _SPECIAL.search(_bytes(path, load)):
                folders.setdefault(posixpath.dirname(below), []).append(path)
        found: dict[str, Audience] = {}
        for folder, paths in folders.items():
            try:
                asks = read.read_project(paths, host, load).asks
            except read.ReadError:
                continue  # said where the file is judged
            claims = audience.of_projects(ask.name for ask in asks if _always(ask))
            if claims:
                found[folder] = tuple(
                    replace(claim, reason=f"its project ({folder or '.'}) {claim.reason}") for claim in claims
                )
        return found


def _note(claim: Claim, paths: list[str]) -> Finding:
    more = f" So for {few(paths[1:], 3)}." if len(paths) > 1 else ""
    what = "it" if len(paths) == 1 else "one"
    apart = "No part of this project's stack" if claim.subject == "place" else "Not for this machine"
    return Finding(
        kind="scope",
        id=f"scope/{claim.subject}",
        severity="note",
        subject="file",
        message=f"{apart}: {claim.reason}.{more} Name {what} on the command line to have it judged.",
        involves=("file",),
        location=Location(paths[0]),
        because=tuple(Reason(claim.reason, path) for path in paths),
    )


def _decided(ask: Ask, decisions: Mapping[str, Decision]) -> Ask:
    decision = decisions.get(_path(ask) or "", Decision())
    if decision.against is not None and decision.against.subject != "place":
        return replace(ask, applies=False)
    return replace(ask, cpu=True) if decision.cpu is not None else ask


def _path(ask: Ask) -> str | None:
    return ask.origin.location.path if ask.origin.location is not None else None


def _always(ask: Ask) -> bool:
    """Whether a requirement counts without any extra, group or condition."""
    return ask.applies is True and ask.group is None and not ask.constraint


def _with_boards(paths: Iterable[str]) -> set[str]:
    """The folders in which a file or folder names a board."""
    seen: set[str] = set()
    found: set[str] = set()
    for path in paths:
        while path and path not in seen:
            seen.add(path)
            folder, name = posixpath.split(path)
            if audience.names_board(name):
                found.add(folder)
            path = folder
    return found


def _folders(path: str) -> Iterator[str]:
    """The folders on the way to a file, its own first."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _of_text(path: str, load: Callable[[str], bytes]) -> Audience:
    reader = read.reader_of(path)
    of_text = _TEXTS.get(reader.title) if reader is not None else None
    return of_text(_bytes(path, load).decode("utf-8", "replace")) if of_text is not None else ()


def _of_checkout(path: str, checkouts: Mapping[str, Claim]) -> Audience:
    return next(((checkouts[folder],) for folder in _folders(path) if folder in checkouts), ())


def _inherited(path: str, projects: Mapping[str, Audience]) -> Audience:
    folder = posixpath.dirname(path)
    while folder not in projects and folder:
        folder = posixpath.dirname(folder)
    return projects.get(folder, ())


def _bytes(path: str, load: Callable[[str], bytes]) -> bytes:
    try:
        return load(path)
    except OSError:
        return b""  # said where the file is judged
