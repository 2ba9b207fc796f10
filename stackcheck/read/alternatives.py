"""Files that stand side by side for different machines (`torch_cu118.txt`, `torch_cu130.txt`): one is for this one."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from stackcheck.read.audience import Claim, fits, of_path, words_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.read.audience import Machine

_CUDA = re.compile(r"(?<![a-z0-9])cu(?:da)?[-_]?(\d\d)(?:[._-]?(\d))?(?![a-z0-9])")
_WORD = re.compile(r"[a-z0-9]+")
_NUMBERED = re.compile(r"(?<=[a-z])[\d.]+(?=$|[-_./])")


def alternatives(paths: Iterable[str], machine: Machine) -> Mapping[str, Claim]:
    """The files beside which another one is for this machine, each with the claim that says so.

    Files are alternatives where their paths differ in words for machines and in numbers alone. Of Dockerfiles and those
    that name a CUDA, the one that names this machine's board or architecture is for it, else the newest that its driver
    serves.
    """
    families: dict[str, list[str]] = {}
    for path in paths:
        families.setdefault(_family(path), []).append(path)
    found: dict[str, Claim] = {}
    for family in families.values():
        chosen = _chosen(family, machine) if len(family) > 1 else None
        for path in family:
            apart = _cuda(path) is not None or (_is_image(path) and chosen is not None and _is_named(chosen, machine))
            if chosen is not None and path != chosen and apart and not _is_named(path, machine):
                found[path] = Claim("alternative", chosen, f"{chosen} is the one for it")
    return {**_companions(list(chain.from_iterable(families.values())), found), **found}


def _companions(paths: list[str], found: Mapping[str, Claim]) -> dict[str, Claim]:
    """The files in whose names stand all words of one that is not for the machine: they belong to it
    (`pytorch3d-cu118-pyt201.txt` to `pyt201-cu118.txt`)."""
    beside: dict[str, list[str]] = {}
    for path in paths:
        if _cuda(path) is not None:
            beside.setdefault(posixpath.dirname(path), []).append(path)
    return {
        path: claim
        for other, claim in found.items()
        for path in beside.get(posixpath.dirname(other), ())
        if _words(other) < _words(path) and _cuda(other) == _cuda(path)
    }


@lru_cache(maxsize=4096)
def _words(path: str) -> frozenset[str]:
    return frozenset(_WORD.findall(path.lower()))


def _family(path: str) -> str:
    bare = _CUDA.sub("", words_out(path.lower()))
    return re.sub(r"[-_.]+", "-", _NUMBERED.sub("", bare)).replace("-/", "/").replace("/-", "/").rstrip("-")


def _chosen(family: list[str], machine: Machine) -> str | None:
    """The file of a family that is for the machine; None where nothing tells."""
    named = [path for path in family if _is_named(path, machine)]
    versions = {path: cuda for path in family if (cuda := _cuda(path)) is not None}
    if len(named) == 1 and named[0] not in versions:
        return named[0]
    fitting = {path: cuda for path, cuda in versions.items() if fits(of_path(path), machine).holds is not False}
    if machine.nvidia is not True or len(set(fitting.values())) < 2:
        return None
    served = _served(machine)
    below = [path for path, cuda in fitting.items() if served is None or cuda <= served]
    return max(below, key=fitting.__getitem__) if below else min(fitting, key=fitting.__getitem__)


def _is_named(path: str, machine: Machine) -> bool:
    fit = fits(of_path(path), machine)
    return fit.holds is True and fit.claim is not None and fit.claim.subject in ("arch", "board")


def _is_image(path: str) -> bool:
    return "dockerfile" in posixpath.basename(path).lower()


def _cuda(path: str) -> tuple[int, int] | None:
    """The CUDA that a path names; `cu12` is its newest."""
    found = _CUDA.search(path.lower())
    return (int(found[1]), int(found[2] or 99)) if found else None


def _served(machine: Machine) -> tuple[int, int] | None:
    """The newest CUDA that the driver serves; a minor release more is served within one major (NVIDIA: "CUDA minor
    version compatibility"), so that only the major bars."""
    return (int(machine.cuda.split(".")[0]), 99) if machine.cuda and machine.cuda.split(".")[0].isdigit() else None
