"""What a plan is made of, as frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.matrix.rows import Condition
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.judge.alone import Alone
    from stackcheck.matrix.rows import Row

PYPI = "pypi"
COMMAND_LINE = "command line"
UNREAD, UNKNOWN_BUILD = 1, 2
"""How much is not known of a candidate; the higher, the later it is tried."""
NO_SOURCE, KNOWN_SOURCE, ANY_SOURCE = 0, 1, 2
"""Which source distributions come into question: none, those of which it is known that building is the way, all."""
TORCH_INDEX = "@torch-index"
"""A subject of the search alone: the index from which torch and what is built with it come."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants: a subject, the distribution by which it was named ("" for what pip does not install), and
    which releases (PEP 440 clauses, or a word after "=="). `build`: it may be built from source, where a row says that
    this works or nothing else ever was. `text` is how it was said, `place` where."""

    subject: str
    distribution: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    optional: bool = False
    build: bool = True
    text: str = ""
    place: str = COMMAND_LINE


@dataclass(frozen=True)
class Installed:
    """What the environment has that a plan is for: the series of its Python, "" for none, and the release of each
    subject with the index whose label it bears ("" for none). They are preferred; with `keep` nothing else is taken."""

    python: str = ""
    releases: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keep: bool = False

    def release(self, subject: str) -> str | None:
        """The release of a subject; None where it is not installed."""
        own = self.releases.get(subject)
        return None if own is None else own[0]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is asked of one subject: releases by `specifier` (PEP 440 clauses) or by `condition` (a row's).

    `weak`: it speaks only where the subject is there. `barred`: the subject may not be there in such a release. `soft`:
    recommended, no more. `row` is the row that asks, None for a wish and for a line of a record. `wish` and `build` are
    those of a wish. `kept`: it is the release that is installed, which is to stay.
    """

    subject: str
    specifier: str = ""
    condition: Condition | None = None
    extras: tuple[str, ...] = ()
    weak: bool = False
    barred: bool = False
    soft: bool = False
    row: Row | None = None
    wish: bool = False
    build: bool = False
    kept: bool = False

    @property
    def releases(self) -> str:
        """The releases as a sentence says them: "2.14.0", "12.0 or newer", "any version"."""
        return str(self.condition or Condition((self.specifier or "*",), "version"))

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        what = self.specifier if self.condition is None else f" {self.condition}"
        return f"{self.subject}{extras}{what}"


class Candidate:
    """One release of a subject from one index. `version` is None where nothing is known of its releases, and `absent`
    stands for a subject of which only conditions are known, and nobody brings it. `source`: it is built from source.
    `doubt` is 0 where all is known that counts, `UNREAD` where nobody has read what it requires, `UNKNOWN_BUILD` where
    it is not known whether its build serves the machine. `container`: it comes with an environment of its own."""

    __slots__ = (
        *("absent", "alone", "container", "distribution", "doubt", "extras", "index", "key", "needs", "source"),
        *("subject", "version"),
    )

    def __init__(
        self,
        subject: str,
        distribution: str,
        version: str | None,
        index: str = PYPI,
        *,
        alone: Alone | None = None,
        source: bool = False,
        absent: bool = False,
        container: bool = False,
    ) -> None:
        self.subject, self.distribution, self.version, self.index = subject, distribution, version, index
        self.alone, self.source, self.absent, self.container = alone, source, absent, container
        self.doubt = 0
        self.extras: frozenset[str] = frozenset()
        self.needs: tuple[Requirement, ...] | None = None
        self.key = (subject, version, index, absent)

    def with_extras(self, extras: frozenset[str]) -> Candidate:
        """The same release with extras."""
        if extras == self.extras:
            return self
        other = Candidate(
            self.subject,
            self.distribution,
            self.version,
            self.index,
            alone=self.alone,
            source=self.source,
            absent=self.absent,
            container=self.container,
        )
        other.extras, other.doubt = extras, self.doubt
        return other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candidate) and self.key == other.key and self.extras == other.extras

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"{self.subject} {self.version} ({self.index})"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One release of the set. `index` is its short name, "" for what no Python installer brings; `cuda` is the CUDA
    inside, None where there is none or nothing is known of it; `why` a phrase; `source`: it is built from source.
    `beside` is the address of the vendor's index that it needs beside its own. `container`: it comes in one."""

    subject: str
    distribution: str
    title: str
    version: str | None
    extras: tuple[str, ...]
    index: str
    cuda: str | None
    why: str
    wish: bool
    source: bool
    beside: str = ""
    container: bool = False

    @property
    def requirement(self) -> str:
        """As an installer is told: "vllm==0.33.0", "isaacsim[all]==5.1.0"."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.distribution}{extras}" + (f"=={self.version}" if self.version is not None else "")


@dataclass(frozen=True)
class LeftOut:
    """An optional wish that is not in the set, why, and what does its work."""

    name: str
    reason: str
    instead: str = ""


@dataclass(frozen=True)
class NotChosen:
    """A newer release, or the same one from another index, and why it was not taken."""

    name: str
    version: str
    index: str
    reason: str


@dataclass(frozen=True)
class Move:
    """A line of a file that is upgraded: what it lets in before ("==2.9.0"), and the release of the set. `stays`: the
    line lets that in already."""

    name: str
    before: str
    after: str
    stays: bool


@dataclass(frozen=True)
class Step:
    """One step of installing: what it does, its commands, to be run in this order, and the subjects that it brings."""

    text: str
    commands: tuple[str, ...]
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lock:
    """What an installer brings for a plan, by uv. `pins` are all releases with their versions; `refused` are sentences
    on what uv took first and the judge refused, `left` on what has no wheel, with what builds it. `texts` are the same
    as files, by their format."""

    pins: tuple[tuple[str, str], ...]
    refused: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Conflict:
    """Wishes that cannot all be met: no set meets `group`, and leaving out any one member gives one. `chains` are the
    sentences that say why; `nearest` are sets that there are, each with what was given up for it."""

    group: tuple[str, ...]
    chains: tuple[str, ...]
    nearest: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gave_up: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What came out. `subject` is the machine's name, `arch` its CPU, `python` the environment's series. `brought` is
    what the members bring along, `no_record` those of it of which nothing is known, `built` those that are built from
    source, `of_python` those of them that compile nothing. `moves` are the lines of files that are upgraded, `ways`
    other ways to the wishes than packages. `read` are the days on which the records that count were made, `written` the
    files that it was written to. With a `conflict` there is no set."""

    subject: str
    matrix: str
    arch: str = ""
    python: str = ""
    python_why: str = ""
    members: tuple[Member, ...] = ()
    brought: tuple[str, ...] = ()
    no_record: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    of_python: frozenset[str] = frozenset()
    left_out: tuple[LeftOut, ...] = ()
    not_chosen: tuple[NotChosen, ...] = ()
    moves: tuple[Move, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_wishes: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    ways: tuple[Step, ...] = ()
    lock: Lock | None = None
    written: tuple[str, ...] = ()
    conflict: Conflict | None = None
