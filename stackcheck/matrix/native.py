"""What a record holds of the libraries in a release's wheel, the one that stands for the package first.

A wheel may have several libraries with GPU code: one for most kernels, others for single ones (`9.0a` alone), or one
for each CUDA of which one is loaded (`libbitsandbytes_cuda130.so`). The one with the longest list stands for all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stackcheck import versions
from stackcheck.matrix.rows import Builds
from stackcheck.subjects import MAIN_LIBRARY
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.store import Store


@dataclass(frozen=True, slots=True)
class Library:
    """GPU code of one library: `cubins` and `ptx` of most of its kernels, `partly` (both kinds) of some more.

    `whole`: it was read to its end. `ptxas`: the CUDA of an assembler, which holds no GPU code. `needs`: libraries that
    it links to and that the wheel does not bring (`libcudart.so.12`).
    """

    path: str
    cubins: tuple[str, ...] = ()
    ptx: tuple[str, ...] = ()
    partly: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    whole: bool = False
    ptxas: str | None = None
    needs: tuple[str, ...] = ()

    @property
    def has_code(self) -> bool:
        """Whether any GPU code was seen in it."""
        return bool(self.cubins or self.ptx or any(self.partly))

    def __str__(self) -> str:
        ptx = f"PTX for {', '.join(self.ptx)}" if self.ptx else "no PTX"
        return f"{', '.join(self.cubins) or 'no compiled code'} and {ptx}"


def libraries(record: Record, version: str, arch: str) -> tuple[Library, ...]:
    """The libraries of a release's wheel for one architecture, the one that counts first; none where none was read."""
    release = record.release(version)
    lines = () if release is None or release.native is None else release.native.get(arch, ())
    if not lines:
        return ()
    found = [_library(line) for line in lines if isinstance(line, dict)]
    main = MAIN_LIBRARY.get(record.project)
    return tuple(sorted(found, key=lambda one: (one.path != main, -len((*one.cubins, *one.ptx)), one.path)))


def was_read(record: Record, version: str, arch: str) -> bool:
    """Whether the libraries of a release's wheel for one architecture were looked at, whatever they hold."""
    release = record.release(version)
    return release is not None and release.native is not None and arch in release.native


@lru_cache(maxsize=64)
def architectures(record: Record) -> frozenset[str]:
    """The architectures for which some release's wheel holds GPU code."""
    releases = ((release.version, release.native or {}) for release in record.having(b'"cubins"', b'"ptx"'))
    found = ((version, arch) for version, native in releases for arch in native)
    return frozenset(arch for version, arch in found if any(one.has_code for one in libraries(record, version, arch)))


def _library(line: Mapping[str, Any]) -> Library:
    partly = line.get("partly") or {}
    ptxas = line.get("ptxas")
    return Library(
        str(line.get("library")),
        _texts(line, "cubins"),
        _texts(line, "ptx"),
        (_texts(partly, "cubins"), _texts(partly, "ptx")),
        line.get("whole") is True,
        str(ptxas) if ptxas else None,
        _texts(line, "needs"),
    )


def _texts(part: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(map(str, part.get(key) or ()))


# --- rows that say the same ----------------------------------------------------------------------------------------


def compared(store: Store, products: Iterable[str]) -> Iterator[tuple[str, bool, str]]:
    """The `builds` rows on PyPI's wheels of which a record holds the code: key, whether they agree, what differs."""
    for name in products:
        record = _record(store, name)
        for row in store.rows_of(name, Builds) if record is not None else ():
            if record is None or "pypi" not in row.index or row.cubins is None:
                continue
            outcomes = list(_differing(record, row))
            if outcomes:
                texts = [text for text in outcomes if text]
                yield row.key, not texts, "; ".join(texts)


def _record(store: Store, product: str) -> Record | None:
    names = store.product(product).pip
    return store.records.record(versions.project_name(names[0])) if names and store.records is not None else None


def _differing(record: Record, row: Builds) -> Iterator[str | None]:
    """For each release and architecture that row and record speak of, how they differ; None: not at all."""
    where = dict(row.where)
    arches = [arch for arch in ("aarch64", "x86_64") if "arch" not in where or where["arch"].admits(arch)]
    for version in record.usual:
        if row.release is None or not row.release.admits(version):
            continue
        for arch in arches:
            having = [library for library in libraries(record, version, arch) if library.has_code]
            if having:
                yield _difference(row, having[0], f"{version} on {arch}")


def _difference(row: Builds, library: Library, what: str) -> str | None:
    seen = {*library.cubins, *library.partly[0]}
    stated = set(row.cubins or ())
    # Code for one chip ("10.0a") is that of single kernels beside the general one.
    general = {code for code in library.cubins if code[-1].isdecimal()}
    if not stated - seen and not general - stated:
        return None
    return f"{what} has {', '.join(library.cubins)}"
