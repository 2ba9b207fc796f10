"""The kinds of rows: which keys each may hold, and how its table becomes a row.

Every function takes the reader, the kind, the table, and the header that all kinds share (see `load`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from stackcheck import versions
from stackcheck.matrix.rows import (
    Broken,
    Builds,
    Compilers,
    CondaPackage,
    Install,
    Loads,
    NumpyAbi,
    OnlyFor,
    Provides,
    Relation,
    ReplacedBy,
    SourceBuild,
    Symptom,
    Unsupported,
    Wheels,
)
from stackcheck.model import Fix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.matrix.keys import Reader
    from stackcheck.matrix.rows import Conditions, Row

KINDS = (
    "requires",
    "pairs",
    "conflicts",
    "broken",
    "unsupported",
    "provides",
    "builds",
    "compilers",
    "loads",
    "wheels",
    "replaced-by",
    "install",
    "symptom",
    "source-build",
    "conda-package",
    "numpy-abi",
    "only-for",
)
HEADER_KEYS = frozenset(
    ("id", "product", "release", "where", "unless", "feature", "level", "why", "message", "fix", "commands")
) | {"source", "until"}
_OWN_KEYS: dict[str, tuple[str, ...]] = {
    "conflicts": ("with",),
    "broken": (),
    "unsupported": ("signs",),
    "provides": ("gives",),
    "builds": ("index", "variant", "none", "cuda", "cubins", "ptx", "nvrtc", "ptxas", "falls-back", "runs"),
    "compilers": ("knows", "driver", "windows-driver", "ptx-version"),
    "loads": ("cuda", "cudnn", "index", "built", "own", "by-path", "brought-by", "used-by"),
    "wheels": ("arch", "python", "glibc", "sdist", "needs"),
    "replaced-by": ("by",),
    "source-build": ("projects", "repositories", "by", "sdist-only", "tools", "brings"),
    "install": ("own", "instead", "container"),
    "conda-package": ("packages", "builds", "channels", "platforms"),
    "numpy-abi": ("projects", "since", "apt"),
    "only-for": ("names", "arch"),
    "symptom": (
        "lines",
        "about",
        "points",
        "names",
        "cause",
        "harmless",
        "harmless-why",
        "general",
        "follows",
        "fixes",
    ),
}
ROW_KEYS = {kind: HEADER_KEYS | frozenset(own) for kind, own in _OWN_KEYS.items()}
"""What a row of each kind may hold; the other keys of `requires` and `pairs` are subjects."""

_POINT = r"(?:[a-z0-9][a-z0-9.+_-]*[/:]|\*:)[a-z0-9][a-z0-9.+_-]*$"
SOURCE_BUILDS = "source-builds"
"""The product of all source-build rows: they name their projects themselves."""
CONDA = "conda"
"""The product of all conda-package rows."""
NUMPY_ABI = "numpy-abi"
"""The product of all numpy-abi rows."""
APT, RUNNERS, IMAGES = "apt", "ci-runners", "image-names"
"""The products of all only-for rows: they name packages, labels or images themselves."""
SYMPTOMS = "symptoms"
"""The product of all symptom rows: `diagnose` reads its rows and no others."""


def _relation(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if kind == "conflicts":
        needs = reader.conditions(reader.subtable(table, "with"), "with")
        installer = False
    else:
        others = {key: value for key, value in table.items() if key not in HEADER_KEYS and key != "installer"}
        needs = tuple(
            (name, condition)
            for name, value in others.items()
            if (condition := reader.condition(name, value, name)) is not None
        )
        installer = reader.flag(table, "installer")
    if not needs and not reader.problems:
        reader.wrong("", "says nothing: it needs at least one subject")
    return Relation(**header, needs=needs, installer=installer)


def _broken(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    return Broken(**header)


def _unsupported(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    signs = reader.subtable(table, "signs")
    reader.refuse_unknown(signs, frozenset(("pip",)), "signs.")
    reader.text(table, "feature", needed=True)
    return Unsupported(**header, signs=reader.texts(signs, "pip"))


def _provides(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    gives = reader.subtable(table, "gives")
    if not gives:
        reader.wrong("gives", "is missing")
    for name, value in gives.items():
        reader.match_of(name, f"gives.{name}")
        if not isinstance(value, str):
            reader.wrong(f"gives.{name}", f"should be one value as a text, not {value!r}")
    return Provides(**header, gives=tuple((name, str(value)) for name, value in gives.items()))


def _builds(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    none = reader.flag(table, "none")
    variant = reader.text(table, "variant", needed=not none)
    index = reader.texts(table, "index")
    if none and not index:
        reader.wrong("index", "is needed: which index has no such build?")
    for key in ("cuda", "nvrtc", "ptxas"):
        value = reader.text(table, key)
        if value is not None and versions.parse(value) is None:
            reader.wrong(key, f"{value!r} is not a version")
    return Builds(
        **header,
        index=index,
        variant=variant,
        none=none,
        cuda=reader.text(table, "cuda"),
        cubins=reader.capabilities(table, "cubins"),
        ptx=reader.capabilities(table, "ptx"),
        nvrtc=reader.text(table, "nvrtc"),
        ptxas=reader.text(table, "ptxas"),
        falls_back=reader.capabilities(table, "falls-back") or (),
        runs=reader.capabilities(table, "runs") or (),
    )


def _compilers(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    knows = reader.capabilities(table, "knows")
    if not knows:
        reader.wrong("knows", "is missing")
    numbers = {key: reader.text(table, key) for key in ("driver", "windows-driver", "ptx-version")}
    for key, value in numbers.items():
        if value is not None and versions.parse(value) is None:
            reader.wrong(key, f"{value!r} is not a version")
    return Compilers(
        **header,
        knows=knows or (),
        driver=numbers["driver"],
        windows_driver=numbers["windows-driver"],
        ptx_version=numbers["ptx-version"],
    )


def _loads(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    wanted = {key: reader.condition("cuda", table[key], key) if key in table else None for key in ("cuda", "cudnn")}
    if wanted["cuda"] is None and wanted["cudnn"] is None and not reader.problems:
        reader.wrong("", "says nothing: it needs `cuda` or `cudnn`")
    return Loads(
        **header,
        cuda=wanted["cuda"],
        cudnn=wanted["cudnn"],
        index=reader.texts(table, "index"),
        built=reader.texts(table, "built"),
        own=reader.flag(table, "own"),
        by_path=reader.flag(table, "by-path"),
        brought_by=reader.texts(table, "brought-by"),
        used_by=reader.texts(table, "used-by"),
    )


def _wheels(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if "arch" not in table:
        reader.wrong("arch", 'is missing: a list of machines, [] for none, "any" for pure Python')
    python = table.get("python")
    sdist: Literal["no", "yes", "fails"] = reader.word(table, "sdist", ("no", "yes", "fails"), "no")  # type: ignore[assignment]
    return Wheels(
        **header,
        arch=reader.texts(table, "arch"),
        python=None if python is None else reader.condition("python", python, "python"),
        glibc=reader.text(table, "glibc"),
        sdist=sdist,
        needs=reader.conditions(reader.subtable(table, "needs"), "needs"),
    )


def _replaced_by(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    return ReplacedBy(**header, by=reader.text(table, "by", needed=True) or "")


def _install(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["fix"] is None:
        reader.wrong("fix", "is missing: how is it installed?")
    container = reader.flag(table, "container")
    return Install(
        **header,
        own=reader.flag(table, "own"),
        instead=reader.flag(table, "instead") or container,
        container=container,
    )


def _symptom(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["product"] != SYMPTOMS or header["release"] is not None:
        reader.wrong("product", f"symptom rows belong to the product {SYMPTOMS!r} and have no `release`")
    names = reader.flag(table, "names")
    lines = reader.texts(table, "lines")
    for line in lines:
        if max(map(len, line.split("…"))) < 6:
            reader.wrong("lines", f"{line!r} is too short to tell one error from another")
        if names and "…" not in line:
            reader.wrong("lines", f"{line!r} has no … that could stand for the distribution's name")
    points = reader.texts(table, "points")
    for point in points:
        if not re.match(_POINT, point):
            reader.wrong("points", f"{point!r} is neither a row (product/id) nor a law of a product (torch:gpu-code)")
    harmless = reader.conditions(reader.subtable(table, "harmless"), "harmless")
    harmless_why = reader.text(table, "harmless-why", needed=bool(harmless))
    about = reader.texts(table, "about")
    for key, values in (("lines", lines), ("about", about or names)):
        if not values:
            reader.wrong(key, "is missing")
    return Symptom(
        **header,
        lines=lines,
        about=about,
        points=points,
        names=names,
        cause=reader.text(table, "cause", needed=True) or "",
        harmless=harmless,
        harmless_why=harmless_why,
        general=reader.flag(table, "general"),
        follows=reader.flag(table, "follows"),
        fixes=_fixes(reader, table),
    )


_FIX_KEYS = frozenset(("where", "fix", "commands"))


def _fixes(reader: Reader, table: Mapping[str, Any]) -> tuple[tuple[Conditions, Fix], ...]:
    """Remedies for certain machines: a list of tables with `where`, `fix` and `commands`."""
    found = []
    for part in reader.tables(table, "fixes"):
        reader.refuse_unknown(part, _FIX_KEYS, "fixes.")
        where = reader.conditions(reader.subtable(part, "where"), "fixes.where")
        text = reader.text(part, "fix", needed=True)
        if not where:
            reader.wrong("fixes.where", "is missing")
        found.append((where, Fix(text or "", reader.texts(part, "commands"))))
    return tuple(found)


def _projects(reader: Reader, table: Mapping[str, Any], key: str = "projects") -> tuple[str, ...]:
    projects = reader.texts(table, key)
    for name in projects:
        if name != versions.project_name(name):
            reader.wrong(key, f"{name!r} should be {versions.project_name(name)!r} (PEP 503)")
    return projects


def _conda_package(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["product"] != CONDA:
        reader.wrong("product", f"conda-package rows belong to the product {CONDA!r}")
    packages, builds = reader.texts(table, "packages"), reader.texts(table, "builds")
    if not packages and not builds:
        reader.wrong("packages", "is missing, and so is builds")
    platforms = reader.texts(table, "platforms")
    if not platforms:
        reader.wrong("platforms", "is missing")
    channels = reader.texts(table, "channels")
    return CondaPackage(**header, packages=packages, builds=builds, channels=channels, platforms=platforms)


def _only_for(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["product"] not in (APT, RUNNERS, IMAGES):
        reader.wrong("product", f"only-for rows belong to the product {APT!r}, {RUNNERS!r} or {IMAGES!r}")
    names = reader.texts(table, "names")
    if not names:
        reader.wrong("names", "is missing")
    return OnlyFor(**header, names=names, arch=reader.texts(table, "arch"))


def _numpy_abi(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["product"] != NUMPY_ABI:
        reader.wrong("product", f"numpy-abi rows belong to the product {NUMPY_ABI!r}")
    projects, apt = _projects(reader, table), reader.texts(table, "apt")
    since = reader.text(table, "since")
    if not projects and not apt:
        reader.wrong("projects", "is missing, and so is apt")
    if since is not None and versions.parse(since) is None:
        reader.wrong("since", f"{since!r} is not a version")
    return NumpyAbi(**header, projects=projects, since=since, apt=apt)


def _source_build(reader: Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    if header["product"] != SOURCE_BUILDS:
        reader.wrong("product", f"source-build rows belong to the product {SOURCE_BUILDS!r}")
    projects = _projects(reader, table)
    if not projects:
        reader.wrong("projects", "is missing")
    by: Literal["torch", "cuda", "c", "python"] = reader.word(table, "by", ("torch", "cuda", "c", "python"), "")  # type: ignore[assignment]
    return SourceBuild(
        **header,
        projects=projects,
        repositories=_projects(reader, table, "repositories"),
        by=by,
        sdist_only=reader.flag(table, "sdist-only"),
        brings=reader.texts(table, "brings"),
        tools=tuple(
            (name, condition)
            for name, value in reader.subtable(table, "tools").items()
            if (condition := reader.condition(SOURCE_BUILDS, value, f"tools.{name}")) is not None
        ),
    )


READERS: dict[str, Callable[[Reader, str, Mapping[str, Any], dict[str, Any]], Row]] = {
    "requires": _relation,
    "pairs": _relation,
    "conflicts": _relation,
    "broken": _broken,
    "unsupported": _unsupported,
    "provides": _provides,
    "builds": _builds,
    "compilers": _compilers,
    "loads": _loads,
    "wheels": _wheels,
    "replaced-by": _replaced_by,
    "install": _install,
    "symptom": _symptom,
    "source-build": _source_build,
    "conda-package": _conda_package,
    "numpy-abi": _numpy_abi,
    "only-for": _only_for,
}
