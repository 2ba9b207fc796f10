"""Records in the place of an index, so that `verify` compares rows with them. Pure apart from opening records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import parse_wheel_filename

from stackcheck.matrix import verify
from stackcheck.matrix.published import Named
from stackcheck.matrix.records import ANY
from stackcheck.model import Unknown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.matrix.published import File
    from stackcheck.matrix.records import Metadata, Record, Records, Release, Wheels
    from stackcheck.matrix.store import Store
    from stackcheck.matrix.verify import Answer


@dataclass(frozen=True, slots=True)
class Files:
    """A project's files, as a record has them: each with the name that it has by its tags, without a build tag."""

    name: str
    files: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What one wheel's METADATA says of its dependencies."""

    requires_dist: tuple[str, ...]


def answers(store: Store, products: Iterable[str], records: Records) -> verify.Published:
    """What the records say of these products' distributions, as if an index had been asked. Raises `MatrixError`."""
    products = tuple(products)
    names = dict.fromkeys(name for one in products for name in verify.distributions(store.product(one)))
    projects: dict[str, Answer] = {}
    for name in names:
        record = records.record(name)
        projects[name] = Unknown("there is no record of it") if record is None else Files(name, tuple(_files(record)))
    wheels = verify.wheels_to_read(store, products, projects)
    return verify.Published(projects, {file.filename: _metadata(file, records) for file in wheels})


def _files(record: Record) -> Iterator[Named]:
    name = record.project.replace("-", "_")
    for release in record:
        for some in release.wheels:
            yield from _wheels(name, release, some, yanked=False)
        for some in release.yanked_wheels:
            yield from _wheels(name, release, some, yanked=True)
        if release.sdist:
            python = _python(release, release.sdist_python)
            yield Named(f"{name}-{release.version}.tar.gz", python, release.yanked)


def _wheels(name: str, release: Release, some: Wheels, *, yanked: bool) -> Iterator[Named]:
    for python in some.pythons:
        for platform in some.platforms:
            filename = f"{name}-{release.version}-{python}-{platform}.whl"
            yield Named(filename, _python(release, some.python), yanked)


def _python(release: Release, own: str | None) -> str | None:
    return release.python if own is None else None if own == ANY else own


def _metadata(file: File, records: Records) -> Said | Unknown:
    name, version, _, tags = parse_wheel_filename(file.filename)
    record = records.record(name)
    release = None if record is None else record.release(str(version))
    arch = "aarch64" if any(tag.platform.endswith("_aarch64") for tag in tags) else "x86_64"
    said: Metadata | None = None if release is None else release.metadata(arch)
    return Unknown(f"no metadata of {name} {version} in its record") if said is None else Said(said.requires)
