"""Makes the tables of names under matrices/names anew, from what their publishers say themselves.

    git clone https://github.com/docker-library/official-images
    python scripts/read_names.py docker-official official-images
    python scripts/read_names.py debian FOLDER
    python scripts/read_names.py conda-forge FEEDSTOCK…
    python scripts/read_names.py ros rosdistro

`docker-official` reads every version of every file under library/ (form: docker-library/official-images, "Library
definition files"): which tags have ever been published, and for which architectures. A tag that leaves the list stays
on the registry as it was. The table names those that were published for amd64 and never for arm64: a word stands for
that tag and for all that go on with `.` or `-`, where none of them has arm64; `=` for the tag alone, `*` for every tag.

`debian` reads the Packages files of both architectures below FOLDER, as apt keeps them (their names say the release
and the architecture). To have them there, give `apt-get update` a folder of its own (`-o Dir=FOLDER`) and the
architectures amd64 and arm64. One letter a release: `a` both architectures have it, or something that provides it; `x`
amd64 alone; `r` arm64 alone; `-` neither. Names that were in no release before they were in all are left out, and so
is what nobody installs by name in an image (debug symbols, documentation, sources of other languages' libraries).

`conda-forge` reads feedstocks, all their branches: which versions were built while `.ci_support` had a file of
linux-aarch64 (conda-forge, "Knowledge base"). The table names those packages that have some for linux-64 alone: the
first version that linux-aarch64 has, `-` where it has none. Packages for any platform (`noarch`) are left out, and so
is a feedstock that builds for linux-aarch64 what its recipe does not number. Which Pythons a version has is not told.

`ros` reads the distribution files of ros/rosdistro (REP 143): which packages each distribution has released. The table
names those that some have and others have not, one letter a distribution: `a` it has it, `-` it has not.
"""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import yaml
from packaging.version import InvalidVersion, Version

from stackcheck.matrix.names import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
RELEASES = {"bullseye": "11", "bookworm": "12", "trixie": "13"}
"""Debian's releases that are read, oldest first."""
DISTRIBUTIONS = ("melodic", "noetic", "foxy", "humble", "iron", "jazzy", "kilted", "lyrical", "rolling")
"""ROS distributions that are read."""
_FIELD = re.compile(r"([\w-]+):\s*(.*)")
_OLD_FORM = re.compile(r"([\w.-]+):\s+(?:git|https?)://")
_PASSING = re.compile(
    r"(?:^|[.-])(?:rc|beta|alpha|ea|nightly|m|snapshot)\d*(?=[.-]|$)|windows|nanoserver|\d(?:rc|b|a)\d"
)
"""Tags that are of no use for long: previews, nightly builds; and those of Windows."""
_VERSION = re.compile(rb"""^(?:\{%-?\s*set\s+version\s*=\s*["']|\s*version:\s*["']?)([0-9][\w.]*)""", re.MULTILINE)
_LINUX_64 = re.compile(rb"linux_(?!aarch64|ppc64le|s390x)")
_OUTPUT = re.compile(rb"^ *- +(?:package: *\n +)?name: +([a-z0-9_.-]+) *(?:#.*)?$", re.MULTILINE)
_OF_OTHERS = {"blas"}
"""Outputs that another feedstock builds too."""
_LISTS = re.compile(r"dists_([a-z]+)_.*binary-([a-z0-9]+)_Packages")
_NOT_BY_NAME = re.compile(
    r"^(?:librust|libghc|golang|node-|ruby|r-cran|r-bioc|r-other|elpa|haskell|php-|libjs|gir1\.2|fonts|texlive|myspell"
    r"|hunspell|aspell|puppet|kde|plasma|gnome|xfce|mate-|cinnamon|kodi|task-|education|live-|fp-units|binutils-\w+-"
    r"|linux-(?:image|headers|modules|kbuild|compiler|support)|apertium|argonaut|bfh-|cl-|jupyter-nbextension|neutron"
    r"|(?:lib)?(?:32|x32|64)|cpp-|gccgo|gdc|gobjc|gnat|gcc-\d+-(?!multilib)|g\+\+-\d+-(?!multilib)|gfortran-\d+-"
    r"|lib.*-(?:java|perl|cil|ocaml|ocaml-dev|smlnj)$|google-android-(?!tools))"
    r"|-(?:alpha|hppa|hppa64|m68k|powerpc|powerpc64|sh4|sparc64|arc|ia64)-|-kfreebsd|-gnu-base$"
    r"|-(?:dbg|dbgsym|docs?|l10n.*|data|examples|tests?|source|udeb|i18n|lang|themes?|cross|dkms|javadoc|template)$"
)


class Listed(NamedTuple):
    """The packages that one release has for one architecture, and by the names that they provide which do."""

    own: set[str]
    provided: dict[str, set[str]]

    def installable(self) -> set[str]:
        """The names that `apt-get install` takes: of what several packages provide, it takes none by itself."""
        return self.own | {name for name, by in self.provided.items() if len(by) == 1}


Packages: TypeAlias = "dict[tuple[str, str], Listed]"
"""By release and architecture."""


def shortened(alone: Iterable[str], others: Iterable[str]) -> list[str]:
    """The tags of `alone` as the shortest prefixes that none of the `others` goes on from."""
    taken = {prefix for tag in others for prefix in prefixes(tag)}
    return sorted({next((one for one in prefixes(tag) if one not in taken), f"={tag}") for tag in alone})


def official_images(versions: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The lines of the table, from an image's name and the text of its file, each version in turn."""
    tags: dict[str, dict[str, bool]] = {}
    for image, text in versions:
        seen = tags.setdefault(image, {})
        for tag, architectures in published(text):
            if "amd64" in architectures or "arm64v8" in architectures:
                seen[tag] = seen.get(tag, False) or "arm64v8" in architectures
    for image, seen in sorted(tags.items()):
        alone = [tag for tag, arm in seen.items() if not arm and _PASSING.search(tag) is None]
        if alone and not any(seen.values()):
            yield f"{image} *"
        elif alone:
            yield f"{image} {' '.join(shortened(alone, (tag for tag, arm in seen.items() if arm)))}"


def published(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each tag of one file with its architectures; without a word on them they are amd64."""
    usual = ["amd64"]
    for paragraph in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.split("\n"):
            found = _FIELD.match(line)
            if found is not None and not line.startswith("#"):
                name = found[1]
                fields[name] = found[2]
            elif line[:1] in (" ", "\t") and name:
                fields[name] += f" {line.strip()}"
        own = [one.strip() for one in fields["Architectures"].split(",")] if "Architectures" in fields else usual
        if "Tags" not in fields:
            usual = own if "Maintainers" in fields else usual
            old = () if "Maintainers" in fields else (_OLD_FORM.match(line) for line in paragraph.split("\n"))
            yield from ((found[1], ["amd64"]) for found in old if found is not None)
            continue
        for tag in f"{fields['Tags']},{fields.get('SharedTags', '')}".split(","):
            if tag.strip():
                yield tag.strip(), own


def debian(packages: Packages) -> Iterator[str]:
    """The lines of the table, from what each release and architecture has."""
    every = {key: found.installable() for key, found in packages.items()}
    for name in sorted(set().union(*(found.own for found in packages.values()))):
        letters = "".join(
            _letter(*(name in every[release, arch] for arch in ("amd64", "arm64"))) for release in RELEASES
        )
        # What only later releases have is most of Debian; what went or was never for arm64 is what fails.
        if letters.lstrip("-").strip("a") and _NOT_BY_NAME.search(name) is None:
            yield f"{name} {letters}"


def _letter(amd64: bool, arm64: bool) -> str:
    return ("a" if arm64 else "x") if amd64 else "r" if arm64 else "-"


def read_debian(folder: Path) -> Packages:
    """By release and architecture what apt's lists say."""
    found: Packages = {}
    for path in sorted(folder.rglob("*_Packages*")):
        named = _LISTS.search(path.name)
        if named is None or named[1] not in RELEASES:
            continue
        own, provided = found.setdefault((named[1], named[2]), Listed(set(), {}))
        package = ""
        for line in _output("/usr/lib/apt/apt-helper", "cat-file", str(path)).split("\n"):
            if line.startswith("Package: "):
                package = line[9:]
                own.add(package)
            elif line.startswith("Provides: "):
                for one in line[10:].split(","):
                    provided.setdefault(re.split(r"[ (:]", one.strip())[0], set()).add(package)
    missing = [f"{name}/{arch}" for name in RELEASES for arch in ("amd64", "arm64") if (name, arch) not in found]
    if missing:
        sys.exit(f"no Packages file below {folder} for {', '.join(missing)}")
    return found


def versions_of(repository: Path) -> Iterator[tuple[str, str]]:
    """Every version of every library definition file, oldest first."""
    log = _git(repository, "log", "--reverse", "--format=", "--raw", "--no-abbrev", "--no-renames", "--", "library")
    changes = [line.split("\t") for line in log.split("\n") if line.startswith(":")]
    blobs = [(path[8:], about.split()[3]) for about, path in changes if path.count("/") == 1]
    blobs = [(image, blob) for image, blob in blobs if blob.strip("0")]
    texts = _contents(repository, [blob for _, blob in blobs])
    yield from ((image, text.decode("utf-8", "replace")) for (image, _), text in zip(blobs, texts, strict=True))


def _git(repository: Path, *words: str) -> str:
    return _output("git", "-C", str(repository), *words)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Built(NamedTuple):
    """What a feedstock has built: its packages, and by version whether linux-aarch64 had it too."""

    packages: set[str]
    versions: dict[str, bool]


def conda_forge(feedstocks: Iterable[Built]) -> Iterator[str]:
    """The lines of the table."""
    lines: dict[str, str] = {}
    for built in feedstocks:
        arm = [version for version, there in built.versions.items() if there]
        first = min(arm, key=Version) if arm else "-"
        if not built.versions or (arm and Version(first) <= min(map(Version, built.versions))):
            continue
        lines |= dict.fromkeys(built.packages, first)
    yield from (f"{name} {first}" for name, first in sorted(lines.items()))


def read_feedstock(repository: Path) -> Built:
    """A feedstock, from the first commit of each of its branches on."""
    branches = _git(repository, "for-each-ref", "--format=%(refname)", "refs/heads").split()
    commits = {
        commit
        for branch in branches
        for commit in _git(
            repository, "log", "--first-parent", "--format=%H", branch, "--", ".ci_support", "recipe"
        ).split()
    }
    names = ("recipe/meta.yaml", "recipe/recipe.yaml", ".ci_support")
    files = list(_contents(repository, [f"{commit}:{name}" for commit in sorted(commits) for name in names]))
    versions: dict[str, bool] = {}
    for at in range(0, len(files), len(names)):
        recipe, configurations = files[at] or files[at + 1], files[at + 2]
        version, arm = _numbered(recipe), b"linux_aarch64" in configurations or b"linux-aarch64" in configurations
        if version is None and arm:
            return Built(set(), {})
        if (
            version is not None
            and _LINUX_64.search(configurations) is not None
            and not _is_noarch(recipe, configurations)
        ):
            versions[version] = versions.get(version, False) or arm
    head = b"".join(_contents(repository, [f"HEAD:{name}" for name in names[:2]]))
    own = repository.parent.name if repository.name == "repo" else repository.name
    package = re.sub(r"^.*[+/]|-feedstock$", "", own)
    outputs = {name.decode() for name in _OUTPUT.findall(head)}
    return Built({package, *outputs} - _OF_OTHERS, versions)


def _numbered(recipe: bytes) -> str | None:
    """The version of a recipe; None for one that a template makes up."""
    found = _VERSION.search(recipe)
    try:
        return None if found is None else str(Version(found[1].decode()))
    except InvalidVersion:
        return None


def _is_noarch(recipe: bytes, configurations: bytes) -> bool:
    return b"noarch" in recipe and configurations.count(b".yaml") == 1


def _contents(repository: Path, names: list[str]) -> Iterator[bytes]:
    """What each object holds, a tree as its bytes; nothing for one that is not there."""
    command = ("git", "-C", str(repository), "cat-file", "--batch")
    data = subprocess.run(command, check=True, capture_output=True, input="\n".join((*names, "")).encode()).stdout
    at = 0
    for _ in names:
        start = data.index(b"\n", at) + 1
        said = data[at:start].split()
        end = start if said[-1] == b"missing" else start + int(said[-1])
        yield data[start:end]
        at = end if said[-1] == b"missing" else end + 1


def ros(released: dict[str, set[str]]) -> Iterator[str]:
    """The lines of the table, from the packages of each distribution as apt calls them."""
    for name in sorted(set().union(*released.values())):
        letters = "".join("a" if name in names else "-" for names in released.values())
        if "-" in letters:
            yield f"{name} {letters}"


def read_rosdistro(repository: Path) -> dict[str, set[str]]:
    """By distribution the packages that it has released, without `ros-DISTRIBUTION-`."""
    found: dict[str, set[str]] = {}
    for distribution in DISTRIBUTIONS:
        document = yaml.safe_load(_git(repository, "show", f"HEAD:{distribution}/distribution.yaml"))
        names = found.setdefault(distribution, set())
        for repository_name, about in document["repositories"].items():
            release = about.get("release") or {}
            if "version" in release:
                names |= {name.replace("_", "-") for name in release.get("packages", [repository_name])}
    return found


def write(table: str, head: dict[str, str], lines: Iterable[str]) -> None:
    """The table, with what it rests on."""
    path = ROOT / "matrices" / "names" / f"{table}.txt"
    said = {**head, "seen": datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()}
    said["made by"] = "scripts/read_names.py, which says what the words mean"
    text = "\n".join((*(f"# {name}: {value}" for name, value in said.items()), *lines))
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"{path}: {text.count(chr(10)) + 1} lines, {len(text)} bytes")


def main(arguments: list[str] | None = None) -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("docker-official", "debian", "conda-forge", "ros"))
    parser.add_argument(
        "sources", type=Path, nargs="+", help="the repository or repositories, or the folder of apt's lists"
    )
    options = parser.parse_args(arguments)
    source = options.sources[0]
    if options.table == "conda-forge":
        head = {"url": "https://github.com/conda-forge/feedstocks"}
        write("conda-forge", head, conda_forge(map(read_feedstock, options.sources)))
    elif options.table == "ros":
        commit = _git(source, "rev-parse", "--short=12", "HEAD").strip()
        head = {"url": f"https://github.com/ros/rosdistro/tree/{commit}", "releases": " ".join(DISTRIBUTIONS)}
        write("ros", head, ros(read_rosdistro(source)))
    elif options.table == "debian":
        head = {"url": "https://packages.debian.org/stable/", "releases": " ".join(RELEASES.values())}
        write("debian", head, debian(read_debian(source)))
    else:
        commit = _git(source, "rev-parse", "--short=12", "HEAD").strip()
        head = {"url": f"https://github.com/docker-library/official-images/tree/{commit}/library"}
        write("docker-official", head, official_images(versions_of(source)))


if __name__ == "__main__":
    main()
