"""Versions as this field writes them, on top of `packaging`: all set algebra is `packaging.ranges`.

Three habits of the field are known here and nowhere else: a bare number in a matrix means the series ("3.11"
admits 3.11.9), drivers, kernels and distributions are compared by their numeric head ("6.14.0-1015-nvidia"),
and NVIDIA's `2.9.0a0+….nv25.09` counts as the release that it becomes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.ranges import VersionRange
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from stackcheck.patterns import pattern

_HEAD = pattern(r"[vVR]?(\d+(?:\.\d+)*)", re.ASCII)
_SERIES = pattern(r"\d+(?:\.\d+)*(?:(?:a|b|rc|\.dev|\.post)\d+)*$", re.ASCII)
_NUMBERS = pattern(r"[0-9.]+")
_NVIDIA_PREVIEW = pattern(r"^(\d+(?:\.\d+)*)(?:a0|\.dev\d+)\+", re.ASCII)
_PYTORCH_INDEX = pattern(r"/whl/(?P<name>(?:(?:nightly|test)/)?[a-z0-9.]+)/?$")
_JETSON_INDEX = pattern(r"/(?P<name>(?:jp|sbsa)\d*/[a-z0-9.]+)(?:/\+simple)?/?$")
_OTHER_HOST = pattern(r"nvidia|jetson|anaconda|(?:^|\.)test\.")
"""Hosts of indexes whose addresses look like PyPI's and that hold something else."""

_PYPI = pattern(r"(?<![a-z])pypi(?![a-z])")
_COMMIT = pattern(r"(?:^|[._-])(?:git|g)?(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{6,40}(?=$|[._-])")
_MONTHLY = pattern(r"nv\d\d\.\d\d?")
_PYTORCH_NAME = pattern(r"cu\d+")
_JETSON_NAME = pattern(r"(?:jp|sbsa)\d*/cu\d+")
_VLLM_NAME = pattern(r"wheels\.vllm\.ai/\d+(?:\.\d+)+(?:\.post\d+)?/cu\d+")
_SEPARATORS = pattern(r"[-_.]+")

_LONGEST = 4000
"""Characters of a number's head that are read; what is longer is no version of anything."""

ANY = VersionRange.full(admit_arbitrary=False, prereleases=True)


class ConditionError(ValueError):
    """A condition in a matrix that is neither a series nor a set of version clauses."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Version | None:
    """The version that a text stands for, or None where it has no number in front ("*", "jazzy", "preview4").

    PEP 440 where it parses; otherwise the numeric head: "580.95.05" → 580.95.5, "R38.2.0" → 38.2.0,
    "24.04.3 LTS" → 24.4.3, "6.14.0-1015-nvidia" → 6.14.0. Previews that NVIDIA and PyTorch build from a
    development tree ("2.9.0a0+50eac811a6.nv25.09", "2.10.0.dev20251024+cu130") count as that release and keep
    their label, because what a matrix says of the release is true of them.
    """
    preview = _NVIDIA_PREVIEW.match(text)
    if preview:
        text = preview[1] + text[text.index("+") :]
    try:
        return Version(text)
    except InvalidVersion:
        head = _HEAD.match(text.strip())
        return Version(head[1]) if head and len(head[1]) <= _LONGEST else None
    except ValueError:  # of Python, which reads no number of more than 4,300 digits
        return None


@lru_cache(maxsize=4096)
def strict(text: str) -> Version | None:
    """The version exactly as PEP 440 reads it, which is what an installer compares; None where it does not parse."""
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number of more than 4,300 digits
        return None


def project_name(text: str) -> str:
    """A distribution's name as indexes compare it (PEP 503). The same as `packaging.utils.canonicalize_name`, whose
    module loads much else."""
    return _SEPARATORS.sub("-", text).lower()


def is_preview(text: str) -> bool:
    """Whether a version text names a development build that counts as its release (see `parse`)."""
    return _NVIDIA_PREVIEW.match(text) is not None


@lru_cache(maxsize=4096)
def to_range(condition: str) -> VersionRange:
    """The versions that a matrix condition admits.

    "3.11" is the series 3.11.*, "*" is any version, anything else is PEP 440 clauses (">=2.3,<3.0rc1").
    Raises `ConditionError` for other text.
    """
    text = condition.strip()
    if text == "*":
        return ANY
    if len(text) > _LONGEST:
        raise ConditionError(f"a condition of more than {_LONGEST:,} characters is no version")
    if _SERIES.match(text):
        series = SpecifierSet(f"=={text}", prereleases=True).to_range()
        if _NUMBERS.fullmatch(text):
            series |= SpecifierSet(f"=={text}.*", prereleases=True).to_range()
        return series
    try:
        clauses = SpecifierSet(text, prereleases=True)
    except InvalidSpecifier as error:
        raise ConditionError(f"{condition!r} is neither a version nor clauses such as '>=2.9,<3'") from error
    if not len(clauses) or any(clause.operator == "===" for clause in clauses):
        raise ConditionError(f"{condition!r} is neither a version nor clauses such as '>=2.9,<3'")
    return clauses.to_range()


_PLAIN = pattern(r"\d{1,9}(?:\.\d{1,9}){0,9}", re.ASCII)
_CLAUSE = pattern(r"(==|!=|<=|>=|<|>)?\s*(\d{1,9}(?:\.\d{1,9}){0,9})(\.\*)?", re.ASCII)


@lru_cache(maxsize=4096)
def numbers(text: str) -> tuple[int, ...] | None:
    """The numbers of a plain final release without zeros at the end; None for a text that is anything more."""
    if _PLAIN.fullmatch(text) is None:
        return None
    found = [*map(int, text.split("."))]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


@lru_cache(maxsize=4096)
def clauses(condition: str) -> tuple[tuple[str, tuple[int, ...]], ...] | None:
    """A condition (`to_range`) of plain releases as operators and numbers; None for any other text.

    "" is for a series, and then zeros at the end count. A range of `packaging` says the same and takes longer to build.
    """
    found = []
    for text in condition.split(","):
        match = _CLAUSE.fullmatch(text.strip())
        if match is None or (match[3] and match[1] != "==") or (match[1] is None and "," in condition):
            return None
        series = match[3] or match[1] is None
        own = tuple(map(int, match[2].split("."))) if series else numbers(match[2])
        found.append(("" if series else match[1], own or ()))
    return tuple(found)


def admits(condition: tuple[tuple[str, tuple[int, ...]], ...], release: tuple[int, ...]) -> bool:
    """Whether a plain release (`numbers`) is in a condition (`clauses`)."""
    return all(_meets(operator, wanted, release) for operator, wanted in condition)


def _meets(operator: str, wanted: tuple[int, ...], release: tuple[int, ...]) -> bool:
    if not operator:
        return (*release, *(0,) * len(wanted))[: len(wanted)] == wanted
    if operator in ("==", "!="):
        return (release == wanted) is (operator == "==")
    if operator[0] == "<":
        return release < wanted or (operator == "<=" and release == wanted)
    return release > wanted or (operator == ">=" and release == wanted)


@lru_cache(maxsize=4096)
def asked_range(specifier: str) -> VersionRange | None:
    """The versions that a requirement's specifier admits; None where it uses `===`, which is no set of versions."""
    try:
        clauses = SpecifierSet(specifier, prereleases=True)
        if any(clause.operator == "===" for clause in clauses):
            return None
        return clauses.to_range() & ANY
    except ValueError:  # InvalidSpecifier, or a number of more than 4,300 digits
        return None


def local_label(version: Version | str) -> str | None:
    """The local version label ("cu130" of 2.9.0+cu130), or None."""
    if isinstance(version, Version):
        return version.local
    _, plus, label = version.partition("+")
    return label if plus else None


def is_own_build(version: str) -> bool:
    """Whether the label says that somebody built it from a commit ("0.16.1+fdea156", "2.9.1+git1a2b3c4"): what an index
    says of its own build is not told of this one. NVIDIA's monthly builds are known by their month."""
    label = local_label(version)
    return label is not None and _COMMIT.search(label) is not None and _MONTHLY.search(label) is None


def index_url(name: str) -> str | None:
    """The address of an index by its short name, for those of which it is known; PyPI needs none.

    PyTorch's: https://docs.pytorch.org/get-started/locally/; NVIDIA's for Jetson: the page of jetson-containers; vLLM's
    for each release and CUDA: its page on installation.
    """
    if _PYTORCH_NAME.fullmatch(name):
        return f"https://download.pytorch.org/whl/{name}"
    if _VLLM_NAME.fullmatch(name):
        return f"https://{name}"
    return f"https://pypi.jetson-ai-lab.io/{name}" if _JETSON_NAME.fullmatch(name) else None


def index_name(url: str) -> str:
    """The short name of a package index, by the path that the PyTorch and Jetson indexes share with their mirrors.

    ".../whl/cu130" → "cu130", ".../whl/nightly/cu130" → "nightly/cu130", ".../jp6/cu126" → "jp6/cu126",
    ".../simple" → "pypi" (PyPI and its mirrors); anything else is its host and path, without credentials. A path with
    words of its own before "simple" is a mirror's only where it speaks of PyPI (".../pypi/simple").
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return "unreadable"
    for known in (_PYTORCH_INDEX, _JETSON_INDEX):
        found = known.search(parts.path)
        if found:
            return found["name"]
    path, host = parts.path.rstrip("/"), parts.hostname or ""
    if path in ("", "/pypi", "/simple") or (path.endswith("/simple") and names_pypi(url)):
        return f"{host}{path}" if _OTHER_HOST.search(host) else "pypi"
    return f"{host}{path}"


def names_pypi(url: str) -> bool:
    """Whether the host or path of an index says that it is PyPI or a mirror ("pypi.example", ".../pypi/simple")."""
    return _PYPI.search(url.rpartition("@")[2]) is not None
