"""One release of a record as a value: its files by their tags, what it asks for, what it installs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANY = "any"
"""In place of an architecture: a pure wheel. In place of a requires-python: none is stated."""

_ABI = pattern(r"(cp\d+)[a-z]+|(cp\d+)")


@dataclass(frozen=True, slots=True)
class Wheels:
    """Some wheels of one release: every one of `pythons` on every one of `platforms`.

    `pythons` are interpreter and ABI tag ("cp312-cp312", "cp310-abi3", "py2.py3-none"), `platforms` the platform part
    of the file name, which may be a set ("manylinux_2_17_aarch64.manylinux2014_aarch64"; PEP 425). `python` is the
    requires-python of these files where it is not the release's: a specifier, or `ANY`. Build tags are left out.
    """

    pythons: tuple[str, ...]
    platforms: tuple[str, ...]
    python: str | None = None

    def __str__(self) -> str:
        parts = f"{' '.join(map(shortened, self.pythons))} on {' '.join(self.platforms)}"
        return parts if self.python is None else f"{parts} for {self.python}"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one wheel's METADATA and list of contents say.

    `requires` are Requires-Dist texts (PEP 508, names normalised), `extras` those that it offers. `installs` are paths
    below site-packages that should be its own alone: packages ("cv2", "jax_plugins/xla_cuda13"), modules, and shared
    libraries in a folder that several use ("nvidia/cu13/lib/libcublas.so.13"); a "/" at the end marks a folder that two
    distributions may have without harm. None where the contents were not read. `core`: only what holds without an extra
    was kept, so which extras there are is not known.
    """

    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    installs: tuple[str, ...] | None = None
    core: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """One release, as the index had it on the day that the record states.

    `date` is the day of its first file. `yanked`: every file is (PEP 592). `python` is the requires-python that its
    files have unless `Wheels.python` or `sdist_python` differs; None where none is stated. `wheels` leaves out what is
    in `yanked_wheels`. `of` names the architectures whose wheel `main` was read from ("aarch64", "x86_64", `ANY`, or
    another platform's tag where there is no Linux wheel); `others` holds those that differ from it. `native` is left
    for what libraries hold.
    """

    version: str
    date: str | None = None
    yanked: bool = False
    python: str | None = None
    sdist: bool = False
    sdist_python: str | None = None
    wheels: tuple[Wheels, ...] = ()
    yanked_wheels: tuple[Wheels, ...] = ()
    of: tuple[str, ...] = ()
    main: Metadata | None = None
    others: tuple[tuple[str, Metadata], ...] = ()
    native: Mapping[str, Any] | None = None

    def metadata(self, arch: str | None = None) -> Metadata | None:
        """The metadata for an architecture; that of another one where this one has no wheel; None: not read.

        Without an architecture: what all have in common to say, so None where they differ.
        """
        if arch is None:
            return None if self.others else self.main
        return dict(self.others).get(arch, self.main)


def of_names(names: Iterable[str]) -> Release | None:
    """The files of one release by their names, as a lock lists them; None where none is that of a wheel or of a source
    archive."""
    from packaging.utils import parse_sdist_filename, parse_wheel_filename

    wheels, versions, sdist = [], [], False
    for name in names:
        try:
            if name.endswith(".whl"):
                versions.append(parse_wheel_filename(name)[1])
                python, abi, platform = name[:-4].lower().split("-")[-3:]
                wheels.append(Wheels((f"{python}-{abi}",), (platform,)))
            elif name.endswith((".tar.gz", ".zip")):
                versions.append(parse_sdist_filename(name)[1])
                sdist = True
        except ValueError:  # of packaging's, or a number of more than 4,300 digits
            continue
    return Release(str(versions[0]), sdist=sdist, wheels=tuple(wheels)) if versions else None


def parse_wheels(text: str) -> Wheels:
    """One text of `wheels`: "cp310 cp311-abi3 on manylinux_2_28_aarch64 win_amd64 for >=3.10". Raises `ValueError`."""
    pythons, _, rest = text.partition(" on ")
    platforms, limited, python = rest.partition(" for ")
    if not pythons or not platforms or (limited and not python):
        raise ValueError(f"is no set of wheels: {text[:60]!r}")
    return Wheels(tuple(map(_expanded, pythons.split(" "))), tuple(platforms.split(" ")), python or None)


def shortened(python: str) -> str:
    """Interpreter and ABI tag in short: "cp312" for cp312-cp312, "cp313t" for cp313-cp313t, "py3" for py3-none."""
    interpreter, _, abi = python.partition("-")
    if abi == "none" and interpreter.startswith("py"):
        return interpreter
    match = _ABI.fullmatch(abi)
    return abi if match and interpreter in match.groups() else python


def _expanded(text: str) -> str:
    if "-" in text:
        return text
    match = _ABI.fullmatch(text)
    return f"{text}-none" if match is None else f"{match[1] or match[2]}-{text}"
