"""The rows of a matrix as frozen values: one small class per kind, all with the same header.

Rows are compared by identity, since each is one row of one file; that also keeps the start-up short.

The meaning of each key is written down for people in matrices/README.md; the judge has one module per kind.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from stackcheck import versions
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from packaging.ranges import VersionRange

    from stackcheck.model import Fix, Source

Match = Literal["version", "word", "contains", "text"]
Level = Literal["required", "unsupported", "recommended", "validated", "unvalidated", "reported"]
LEVELS: tuple[Level, ...] = ("required", "unsupported", "recommended", "validated", "unvalidated", "reported")
HARD: frozenset[Level] = frozenset(("required", "unsupported"))


@dataclass(frozen=True, slots=True)
class Condition:
    """What a subject must be: any of `texts`, read as `match` says.

    "version": series or clauses (see `versions.to_range`); "word": exactly this word; "contains": the word
    occurs as a whole word; "text": the text occurs anywhere (environment variables).
    """

    texts: tuple[str, ...]
    match: Match = "version"

    @property
    def range(self) -> VersionRange:
        """The union of the ranges; only for version conditions. Raises `versions.ConditionError`."""
        return _range(self.texts)

    @property
    def any(self) -> bool:
        """Whether it asks for presence alone."""
        return "*" in self.texts

    def admits(self, value: str) -> bool | None:
        """Whether this value meets the condition; None where it cannot be compared ("*", a word for a version)."""
        return _admits(self.texts, self.match, value)

    def __str__(self) -> str:
        """The condition as a sentence says it: "3.11", "580.65.06 or newer", "4.5, 5.0 or 5.1"."""
        said = [_say(text) if self.match == "version" else text for text in self.texts]
        return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


@lru_cache(maxsize=4096)
def _range(texts: tuple[str, ...]) -> VersionRange:
    union = versions.to_range(texts[0])
    for text in texts[1:]:
        union |= versions.to_range(text)
    return union


@lru_cache(maxsize=65536)
def _admits(texts: tuple[str, ...], match: Match, value: str) -> bool | None:
    """The same few releases are asked about in every round of the judge, and many rows speak of the same releases."""
    if "*" in texts:
        return True
    if value == "*":
        return None
    if match == "version":
        release, plain = versions.numbers(value), list(map(versions.clauses, texts))
        if release is not None and None not in plain:
            return any(versions.admits(clauses, release) for clauses in plain if clauses is not None)
        version = versions.parse(value)
        return None if version is None else _range(texts).contains(version, prereleases=True)
    folded = value.lower()
    return any(_matches(text.lower(), folded, match) for text in texts)


def _matches(wanted: str, value: str, match: Match) -> bool:
    if match == "word":
        return wanted == value
    at = value.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        edges = value[at - 1 : at] + value[end : end + 1]
        if match == "text" or not any(edge.isalnum() for edge in edges):
            return True
        at = value.find(wanted, at + 1)
    return False


def _say(text: str) -> str:
    clauses = [clause.strip() for clause in text.split(",")]
    if len(clauses) == 1 and clauses[0].startswith(">="):
        return f"{clauses[0][2:]} or newer"
    if len(clauses) == 1 and clauses[0].startswith("<="):
        return f"{clauses[0][2:]} or older"
    if len(clauses) == 1 and clauses[0].startswith("<"):
        return f"older than {clauses[0][1:]}"
    if len(clauses) == 1 and clauses[0].startswith("=="):
        return clauses[0][2:]
    if text == "*":
        return "any version"
    return text


Conditions: TypeAlias = "tuple[tuple[str, Condition], ...]"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Row:
    """What every row has. `place` is the file's name."""

    kind: str
    id: str
    product: str
    release: Condition | None = None
    where: Conditions = ()
    unless: Conditions = ()
    feature: str | None = None
    level: Level = "required"
    why: str | None = None
    message: str | None = None
    fix: Fix | None = None
    sources: tuple[Source, ...] = ()
    until: str | None = None
    place: str = ""

    @property
    def key(self) -> str:
        """The id that reports show: product/id."""
        return f"{self.product}/{self.id}"

    @property
    def recorded(self) -> bool:
        """Whether it is a line of a record, and no row that somebody typed."""
        return self.place.endswith(".jsonl")

    @property
    def hard(self) -> bool:
        """Whether a miss is an error."""
        return self.level in HARD


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Relation(Row):
    """`requires` (must be there and fit), `pairs` (if both are there, they fit), `conflicts` (not together)."""

    needs: Conditions = ()
    installer: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Broken(Row):
    """Known-bad releases, or a known-bad combination of them with `where`."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Unsupported(Row):
    """A feature that a platform does not have. `signs`: distributions that together mean it is used."""

    signs: tuple[str, ...] = ()


SAME = "{release}"
"""The value of a `provides` row that is the release of its own product: that of a program by the tag of its image."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Provides(Row):
    """What comes with a release, a machine or a GPU: subject → one value."""

    gives: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Builds(Row):
    """A build that an index gives, and what is inside. None: not known; an empty tuple: none inside."""

    index: tuple[str, ...] = ()
    variant: str | None = None
    none: bool = False
    cuda: str | None = None
    cubins: tuple[str, ...] | None = None
    ptx: tuple[str, ...] | None = None
    nvrtc: str | None = None
    ptxas: str | None = None
    falls_back: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Compilers(Row):
    """One CUDA release: the compute capabilities that its compilers can target, the newest PTX that they write, and the
    driver that it came with, on Linux and on Windows."""

    knows: tuple[str, ...] = ()
    driver: str | None = None
    windows_driver: str | None = None
    ptx_version: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Loads(Row):
    """Which CUDA and cuDNN a build takes from what is around it when it runs, and does not bring itself.

    `index`: the indexes that have this build; none: all. `built`: it is for builds of these CUDA releases alone, by
    their own names. `own`: it does bring them itself, and others find them beside it. `by_path`: it finds them where
    the system looks, not among the packages of pip. `brought_by`: extras that install the libraries along. `used_by`:
    distributions that run on it.
    """

    cuda: Condition | None = None
    cudnn: Condition | None = None
    index: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    own: bool = False
    by_path: bool = False
    brought_by: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Wheels(Row):
    """For which machines and Pythons PyPI has wheels of a release, and what a build from source needs."""

    arch: tuple[str, ...] = ()
    python: Condition | None = None
    glibc: str | None = None
    sdist: Literal["no", "yes", "fails"] = "no"
    needs: Conditions = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReplacedBy(Row):
    """What to take instead of this product."""

    by: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Install(Row):
    """How a vendor has a product installed: `fix` says it and its commands do it, in which `{release}` stands for the
    release. `own`: its pins are the vendor's own, over which its rows go, so that a search passes over its metadata.
    `instead`: it is another way than packages (a container, an archive, a clone), which is named beside them; the one
    with `container` serves where there are none for the machine."""

    own: bool = False
    instead: bool = False
    container: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Symptom(Row):
    """An error line that people paste, and what it means. `lines` are texts in which `…` stands for anything.

    `about` are the subjects that the cause concerns. `points` are rows ("torch/cu128") or laws of a product
    ("torch:gpu-code", "*:wheels") whose findings confirm the cause. `names`: the first `…` is a distribution's name.
    `general`: it counts for lines of which no other row speaks. `follows`: the line only says that a step ended, and
    its cause stands above it. `fixes` are remedies for certain machines alone.
    """

    lines: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    names: bool = False
    cause: str = ""
    harmless: Conditions = ()
    harmless_why: str | None = None
    general: bool = False
    follows: bool = False
    fixes: tuple[tuple[Conditions, Fix], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SourceBuild(Row):
    """How projects are compiled where no wheel is taken; `release` is a range of theirs.

    `by` is what compiles: nvcc beside the torch that is installed ("torch"), nvcc alone ("cuda"), a C or C++ compiler
    ("c"), or setup.py alone ("python"). `sdist_only`: PyPI has no wheel for Linux of these releases. `tools`: which
    releases of build tools it still builds with; `brings` those that its build requirements take from the index.
    `repositories`: names of repositories with their sources, where those are other than the projects'.
    """

    projects: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    by: Literal["torch", "cuda", "c", "python"] = "c"
    sdist_only: bool = False
    tools: Conditions = ()
    brings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CondaPackage(Row):
    """conda packages that channels have for certain platforms alone. `packages` are conda's names; a `*` at either end
    stands for anything. `builds` are the hashes that build strings hold there. `channels`: those of which it is known,
    empty: all. `platforms`: where they are (linux-64)."""

    packages: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OnlyFor(Row):
    """Names that stand for something of certain architectures alone: Debian packages, labels of CI runners. A `*` in a
    name stands for anything. `arch` are those architectures; none: nobody has it any more."""

    names: tuple[str, ...] = ()
    arch: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NumpyAbi(Row):
    """Which NumPy compiled code is made for. `projects` are distributions whose wheels are compiled against it; `since`
    is the first release made for NumPy 2, None: none yet. `apt` are Debian packages that are, in the distribution
    releases of `where`."""

    projects: tuple[str, ...] = ()
    since: str | None = None
    apt: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Product:
    """A product's header: title, the distributions, Debian packages and images that are this product, its releases.

    `signs` are settings by which a feature is used ("quantization=fp8", "model=*-awq"), by the feature's name; a `*`
    stands for anything. `install` is what `pip install` takes where the name and the release alone do not bring the
    whole product: "isaacsim[all,extscache]=={release} --extra-index-url https://pypi.nvidia.com". `numbers` are
    versions of another numbering and the releases that they are, oldest first: a repository's own folder has them."""

    id: str
    title: str
    pip: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    compare: Literal["versions", "words"] = "versions"
    releases: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    signs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    install: str | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    place: str = ""

    def release_of(self, version: str) -> str:
        """The release that a version is: the last of the other numbering that is not newer; itself, if it is none."""
        own = versions.parse(version) if self.numbers else None
        oldest = versions.parse(self.releases[0]) if self.releases else None
        if own is None or oldest is None or own >= oldest:
            return version
        older = [release for number, release in self.numbers if (versions.parse(number) or oldest) <= own]
        return older[-1] if older else version

    def command(self, release: str) -> str | None:
        """What installs a release with pip; None for what pip does not install."""
        if not self.pip:
            return None
        return f"pip install {(self.install or self.pip[0] + '=={release}').replace('{release}', release)}"
