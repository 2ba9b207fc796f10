"""All matrix files together, parsed only where a stack needs them.

A run reads every file's text but parses only what it says of products in the stack, so start-up does not grow
with the number of products. The index of who is where comes from the `[product.…]` blocks by regular
expression, and so do the tables about one product; `matrix lint` proves that they equal what the parser finds.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from stackcheck.disk import ARCHIVE, names_in, read_own
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.load import read_file
from stackcheck.matrix.parts import Named, named, parts
from stackcheck.patterns import pattern
from stackcheck.subjects import BY_NAME
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from stackcheck.matrix.names import Names
    from stackcheck.matrix.records import Records
    from stackcheck.matrix.rows import Product, Row

LIMIT = 64 << 20
"""Bytes of one matrix file that are read; the largest has half a megabyte."""

_PRODUCT = b"\n[product."
_ALIASES = pattern(rb"(pip|apt|image)\s*=\s*\[([^\]]*)\]")
_WORDS = pattern(rb'\ncompare\s*=\s*"words"')


def shipped() -> str:
    """The folder of the matrices that come with stackcheck: inside the wheel or the zip, or beside the package in a
    checkout.

    Raises `MatrixError` where neither is there.
    """
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    for folder in (f"{package}/matrices", f"{os.path.dirname(package)}/matrices"):
        if os.path.isdir(f"{folder}/products"):
            return folder
    if ARCHIVE is not None:
        return f"{package}/matrices"
    problem = Problem("matrices", "", "", "the matrices are not where this installation should have them; reinstall")
    raise MatrixError([problem])


def shipped_folder() -> Path:
    """`shipped` as a path."""
    from pathlib import Path

    return Path(shipped())


R = TypeVar("R", bound="Row")
Parsed: TypeAlias = "tuple[tuple[Product, ...], tuple[Row, ...]]"
"""What a file, or a part of one, says."""


@dataclass(frozen=True)
class MatrixFile:
    """One file: its name, and its bytes (UTF-8) or where they are read; `overlay`: it is from a user's own folder."""

    path: str
    held: bytes | None = None
    overlay: bool = False
    place: str = ""

    @property
    def data(self) -> bytes:
        """The bytes. Raises `MatrixError` where they cannot be read."""
        # Not kept: the memory for all files of a large matrix would cost more than reading some of them again.
        return self.held if self.held is not None else _data(self.place, overlay=self.overlay)


class Store:
    """The matrix of one run: its files are read once for the index, and again where their rows are wanted."""

    def __init__(self, files: Iterable[MatrixFile], folders: tuple[str, ...] = ()) -> None:
        """`folders` are those whose records count beside the files' rows; none for rows alone."""
        self.files = tuple(files)
        self._folders = folders
        self._index = _index(self.files)
        self._parsed: dict[tuple[str, str], Parsed] = {}
        self._parts: dict[str, Mapping[str, bytes]] = {}
        self._by_product: dict[str, tuple[Product, tuple[Row, ...]]] = {}
        self._headers: dict[str, Product] = {}
        self._by_kind: dict[tuple[str, type], tuple[Any, ...]] = {}
        self._named: dict[str, Named] = {}
        self._by_release: dict[tuple[str, type, str], tuple[Any, ...]] = {}
        self._thorough = False
        self._names: dict[str, Names | None] = {}
        self.memory: dict[object, Any] = {}
        """What a judge has worked out of the rows and records, whatever it judges."""

    @classmethod
    def from_folders(cls, folders: Iterable[Path | str]) -> Store:
        """The matrix in these folders; later ones add to and override earlier ones. Raises `MatrixError`."""
        places = tuple(os.fspath(folder) for folder in folders)
        files = [
            MatrixFile(_shown(path, number), None, number > 0, path)
            for number, folder in enumerate(places)
            for path in _toml_files(folder)
        ]
        return cls(files, places)

    @cached_property
    def records(self) -> Records | None:
        """The records of the same folders; nothing is opened before it is asked for."""
        if not self._folders:
            return None
        from stackcheck.matrix.records import Records  # a run that asks for none does not load it

        return Records(self._folders)

    def names(self, table: str) -> Names | None:
        """A table of names of the same folders (`matrix.names`); None where there is none. Raises `MatrixError`."""
        if table not in self._names:
            from stackcheck.matrix.names import open_names  # as the records

            self._names[table] = open_names(self._folders, table)
        return self._names[table]

    @property
    def oldest(self) -> str | None:
        """The day of the oldest record that was opened so far; None where none was."""
        records: Records | None = vars(self).get("records")
        return None if records is None else records.oldest

    def with_records(self, records: Records) -> Store:
        """The same rows with other records beside them."""
        from copy import copy

        other = copy(self)
        other.records, other.memory = records, {}
        return other

    @property
    def products(self) -> tuple[str, ...]:
        """The ids of all products, sorted."""
        return tuple(sorted(self._index.files))

    def by_distribution(self, name: str) -> str | None:
        """The product that a pip distribution is, if the matrix knows one."""
        return self._index.pip.get(name)

    def by_system_package(self, name: str) -> str | None:
        """The product that a Debian package is, if the matrix knows one."""
        return self._index.apt.get(name)

    def by_image(self, name: str) -> str | None:
        """The product that a container image is, by its name without tag, if the matrix knows one."""
        return self._index.image.get(name)

    def knows(self, product: str) -> bool:
        """Whether there is a product with this id."""
        return product in self._index.files

    def product(self, name: str) -> Product:
        """A product's header. Raises `KeyError` for one that is not there, `MatrixError` for a file with mistakes."""
        if name not in self._by_product and name not in self._headers:
            self._headers[name] = self._header(name) or self._load(name)[0]
        return self._by_product[name][0] if name in self._by_product else self._headers[name]

    def rows(self, name: str) -> tuple[Row, ...]:
        """A product's rows, in the order of the files; none for a product that is not there."""
        return self._load(name)[1] if self.knows(name) else ()

    def rows_of(self, name: str, kind: type[R]) -> tuple[R, ...]:
        """A product's rows of one class."""
        key = (name, kind)
        if key not in self._by_kind:
            self._by_kind[key] = tuple(row for row in self.rows(name) if isinstance(row, kind))
        return self._by_kind[key]

    def rows_naming(self, name: str, kind: type[R], words: Collection[str]) -> tuple[R, ...]:
        """A product's rows of one class whose `projects`, `repositories` or `apt` name one of these, without parsing
        the others: of a table about hundreds of projects a run wants a few rows."""
        if not self.knows(name):
            return ()
        files = self._index.files[name]
        if name in self._by_product or len(files) > 1 or files[0].overlay or self._thorough:
            return self.rows_of(name, kind)
        if name not in self._named:
            self._named[name] = named(self._part(files[0], name))
        wanted = self._named[name].rows.keys() & words
        rows = (row for word in sorted(wanted) for row in self._naming(files[0], name, word))
        return tuple({row.key: row for row in rows if isinstance(row, kind)}.values())

    def _naming(self, file: MatrixFile, name: str, word: str) -> tuple[Row, ...]:
        key = (file.path, f"{name} {word}")
        if key not in self._parsed:
            text = self._named[name].text(word).decode("utf-8")
            self._parsed[key] = read_file(text, file.path, self._index.compares, thorough=False)
        return self._parsed[key][1]

    def rows_at(self, name: str, kind: type[R], release: str) -> tuple[R, ...]:
        """A product's rows of one class that speak of a release, whatever the machine."""
        key = (name, kind, release)
        if key not in self._by_release:
            ranges = ((row, row.release) for row in self.rows_of(name, kind))
            self._by_release[key] = tuple(
                row for row, range_ in ranges if range_ is None or range_.any or range_.admits(release) is True
            )
        return self._by_release[key]

    def load_all(self) -> tuple[tuple[Product, ...], tuple[Row, ...]]:
        """Every product and row. Raises `MatrixError` with the mistakes of all files."""
        problems: list[Problem] = []
        self._thorough = True
        for file in self.files:
            try:
                self._parse(file)
            except MatrixError as error:
                problems += error.problems
        if problems:
            raise MatrixError(problems)
        loaded = [self._load(name) for name in self.products]
        return tuple(product for product, _ in loaded), tuple(row for _, rows in loaded for row in rows)

    def _load(self, name: str) -> tuple[Product, tuple[Row, ...]]:
        if name not in self._by_product:
            header: Product | None = None
            rows: dict[str, Row] = {}
            for file in self._index.files[name]:
                products, file_rows = self._parse(file, name)
                header = next((product for product in products if product.id == name), header)
                # A row of a later folder replaces the one with its id.
                rows.update({row.key: row for row in file_rows if row.product == name})
            if header is None:
                raise MatrixError([Problem(self._index.files[name][0].path, name, "", "is indexed but not parsed")])
            self._by_product[name] = (header, tuple(rows.values()))
        return self._by_product[name]

    def _header(self, name: str) -> Product | None:
        """A product's header alone, of a file that `matrix lint` has seen: most products are only asked whether they
        are there, and their rows take long. None where a file is to be read thoroughly."""
        files = self._index.files[name]
        if self._thorough or any(file.overlay for file in files):
            return None
        blocks = [block for block in _headers(files[-1].data) if _owner(block) == name]
        text = "\n".join(f"[product.{block.decode('utf-8')}" for block in blocks)
        return read_file(text, files[-1].path, self._index.compares, thorough=False)[0][0]

    def _parse(self, file: MatrixFile, product: str = "") -> Parsed:
        """A file, or where `matrix lint` has seen it only what it says of one product."""
        thorough = file.overlay or self._thorough
        key = (file.path, "" if thorough else product)
        if key not in self._parsed:
            text = (file.data if thorough else self._part(file, product)).decode("utf-8")
            self._parsed[key] = read_file(text, file.path, self._index.compares, thorough=thorough)
        return self._parsed[key]

    def _part(self, file: MatrixFile, product: str) -> bytes:
        if file.path not in self._parts:
            data = file.data
            # A file that has no parts is only ever asked for its one product.
            self._parts[file.path] = parts(data) or {product: data}
        return self._parts[file.path].get(product) or file.data


@dataclass(frozen=True)
class _Index:
    files: dict[str, list[MatrixFile]]
    pip: dict[str, str]
    apt: dict[str, str]
    image: dict[str, str]
    compares: dict[str, str]


def _index(files: tuple[MatrixFile, ...]) -> _Index:
    index = _Index({}, {}, {}, {}, {})
    tables = {b"pip": index.pip, b"apt": index.apt, b"image": index.image}
    for file in files:
        for block in _headers(file.data):
            name = _id(block)
            if name != _owner(block):
                continue  # a table of a header, such as its signs
            if name in index.files:
                index.files[name].append(file)
            else:
                index.files[name] = [file]
            index.compares[name] = "words" if b"\ncompare" in block and _WORDS.search(block) else "versions"
            at = block.find(b"\nfound-as")
            found = block[at : block.find(b"}", at)] if at >= 0 else b""
            # Mostly it is `pip` alone, whose names are then what stands in quotes.
            named = _ALIASES.findall(found) if b"apt" in found or b"image" in found else ((b"pip", found),)
            for table, names in named:
                for alias in names.split(b'"')[1::2]:
                    tables[table][alias.decode()] = name
    # Platform subjects keep their own way of comparing, also where a product file speaks of them.
    for name in BY_NAME:
        index.compares.pop(name, None)
    return index


def _id(block: bytes) -> str:
    return block[: block.find(b"]")].strip(b'"').decode()


def _owner(block: bytes) -> str:
    """The product of a header, or of a table of one ("[product.vllm.signs]")."""
    name = _id(block)
    return name if block.startswith(b'"') else name.partition(".")[0]


def _headers(data: bytes) -> Iterator[bytes]:
    """What stands behind each `[product.`, up to the next table: found by plain bytes, as every run does it."""
    if data.startswith(_PRODUCT[1:]):
        yield data[len(_PRODUCT) - 1 :].partition(b"\n[")[0]
    at = data.find(_PRODUCT)
    while at >= 0:
        end = data.find(b"\n[", at + 1)
        yield data[at + len(_PRODUCT) : end if end >= 0 else len(data)]
        at = data.find(_PRODUCT, at + 1)


def _toml_files(folder: str) -> list[str]:
    own = ARCHIVE is not None and folder == shipped()
    products = f"{folder}/products" if own or os.path.isdir(f"{folder}/products") else folder
    try:
        return [f"{products}/{name}" for name in names_in(products) if name.endswith(".toml")]
    except OSError as error:
        raise MatrixError([Problem(folder, "", "", f"cannot be read: {error.strerror}")]) from error


def _data(path: str, *, overlay: bool) -> bytes:
    try:
        data = read_own(path, LIMIT)
        if overlay and not data.isascii():
            # The shipped files are UTF-8 by their tests; decoding those that no product asks for costs every run.
            data.decode("utf-8")
    except OSError as error:
        raise MatrixError([Problem(path, "", "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise MatrixError([Problem(path, "", "", f"cannot be read as UTF-8 text: {error}")]) from error
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _shown(path: str, number: int) -> str:
    return f"products/{os.path.basename(path)}" if number == 0 else path
