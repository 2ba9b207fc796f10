"""From the text of one matrix file to rows. Every mistake is collected with its row and key, then raised together.

Like `packaging.pylock`, the reader grows a key path as it goes down; unlike it, it goes on after a mistake.
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import tomli

from stackcheck import subjects, versions
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.rows import (
    LEVELS,
    Broken,
    Builds,
    Compilers,
    Condition,
    Conditions,
    Level,
    Match,
    Product,
    Provides,
    Relation,
    ReplacedBy,
    Row,
    Symptom,
    Unsupported,
    Wheels,
)
from stackcheck.model import Fix, Source
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS = (
    "requires",
    "pairs",
    "conflicts",
    "broken",
    "unsupported",
    "provides",
    "builds",
    "compilers",
    "wheels",
    "replaced-by",
    "symptom",
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
    "compilers": ("knows",),
    "wheels": ("arch", "python", "glibc", "sdist", "needs"),
    "replaced-by": ("by",),
    "symptom": ("lines", "about", "points", "names", "cause", "harmless", "harmless-why"),
}
ROW_KEYS = {kind: HEADER_KEYS | frozenset(own) for kind, own in _OWN_KEYS.items()}
"""What a row of each kind may hold; the other keys of `requires` and `pairs` are subjects."""

SOURCE_KEYS = frozenset(("url", "seen", "confidence"))
CONFIDENCES = ("official", "observed", "reported")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*$")
_ID = re.compile(r"[a-z0-9][a-z0-9.+_-]*$")
_URL = r"https://[^\s/]+/\S*$|pkg:pypi/[a-z0-9._-]+(?:@[^\s@]+)?$"
_CAPABILITY = re.compile(r"\d+\.\d[af]?$")
_POINT = r"(?:[a-z0-9][a-z0-9.+_-]*[/:]|\*:)[a-z0-9][a-z0-9.+_-]*$"
SYMPTOMS = "symptoms"
"""The product of all symptom rows: `diagnose` reads its rows and no others."""


@dataclass
class _Reader:
    """Where we are in one file, and what was wrong so far."""

    path: str
    compares: Mapping[str, str]
    thorough: bool = True
    row: str = ""
    products: dict[str, Product] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, key: str, text: str) -> None:
        self.problems.append(Problem(self.path, self.row, key, text))

    def text(self, table: Mapping[str, Any], key: str, *, needed: bool = False) -> str | None:
        value = table.get(key)
        if value is None and not needed:
            return None
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(key, "is missing" if value is None else f"should be a text, not {value!r}")
        return None

    def texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list) and all(isinstance(item, str) and item for item in values):
            return tuple(values)
        self.wrong(key, f"should be a text or a list of texts, not {value!r}")
        return ()

    def flag(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, f"should be true or false, not {value!r}")
        return value is True

    def day(self, table: Mapping[str, Any], key: str, *, needed: bool = False) -> str | None:
        value = table.get(key)
        if isinstance(value, date):
            return value.isoformat()[:10]
        if value is not None or needed:
            self.wrong(key, "should be a date such as 2026-11-22")
        return None

    def subtable(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(key, f'should be a table such as {{ arch = "aarch64" }}, not {value!r}')
        return {}

    def word(self, table: Mapping[str, Any], key: str, words: tuple[str, ...], default: str) -> str:
        value = table.get(key, default)
        if value in words:
            return str(value)
        self.wrong(key, f"{value!r} is not one of {', '.join(words)}")
        return default

    def match_of(self, subject: str, key: str, extra: tuple[str, ...] = ()) -> Match | None:
        """How values of a subject are compared; None, with a problem noted, where it is no subject."""
        if subject in extra:
            return "word"
        if subject in subjects.BY_NAME:
            return subjects.BY_NAME[subject].match
        if subject in self.compares:
            return "word" if self.compares[subject] == "words" else "version"
        if _VARIABLE.match(subject):
            return "text"
        import difflib

        near = difflib.get_close_matches(subject, [*subjects.BY_NAME, *self.compares], 3)
        self.wrong(key, f"{subject!r} is no subject" + (f"; did you mean {' or '.join(near)}?" if near else ""))
        return None

    def condition(self, subject: str, value: object, key: str, extra: tuple[str, ...] = ()) -> Condition | None:
        match = self.match_of(subject, key, extra)
        values = [value] if isinstance(value, str) else value
        if not (isinstance(values, list) and values and all(isinstance(item, str) and item for item in values)):
            self.wrong(key, f"should be a text or a list of texts, not {value!r}")
            return None
        if match is None:
            return None
        condition = Condition(tuple(values), match)
        if match == "version" and self.thorough:
            try:
                _ = condition.range
            except versions.ConditionError as error:
                self.wrong(key, str(error))
                return None
        return condition

    def conditions(self, table: Mapping[str, Any], key: str, extra: tuple[str, ...] = ()) -> Conditions:
        if not table:
            return ()
        found = ((name, self.condition(name, value, f"{key}.{name}", extra)) for name, value in table.items())
        return tuple((name, condition) for name, condition in found if condition is not None)

    def capabilities(self, table: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
        if key not in table:
            return None
        values = self.texts(table, key)
        for value in values:
            if not _CAPABILITY.match(value):
                self.wrong(key, f"{value!r} is not a compute capability such as 12.0 or 9.0a")
        return values


def read_file(
    text: str, path: str, compares: Mapping[str, str], *, thorough: bool = True
) -> tuple[tuple[Product, ...], tuple[Row, ...]]:
    """The products and rows of one file.

    Without `thorough` ranges are parsed only when they are used: for files that `matrix lint` has seen.
    `compares` says of every product of the whole matrix whether it is compared by "versions" or "words"; it is
    also what tells a product from a typing mistake. Raises `MatrixError` with all mistakes of the file.
    """
    try:
        document = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise MatrixError([Problem(path, "", "", f"is not TOML: {error}")]) from error
    reader = _Reader(path, compares, thorough)
    for key in document:
        if key not in ("product", "source", *KINDS):
            reader.wrong(key, f"is not one of product, source, {', '.join(KINDS)}")
    for name, table in reader.subtable(document, "product").items():
        _read_product(reader, name, table)
    for name, table in reader.subtable(document, "source").items():
        _read_source(reader, name, table)
    rows = [row for kind in KINDS for row in _read_kind(reader, kind, document.get(kind, []))]
    _refuse_twins(reader, rows)
    if reader.problems:
        raise MatrixError(reader.problems)
    return tuple(reader.products.values()), tuple(rows)


def _read_product(reader: _Reader, name: str, table: object) -> None:
    reader.row = f"product.{name}"
    if not isinstance(table, dict):
        reader.wrong("", "should be a table")
        return
    _refuse_unknown(reader, table, frozenset(("title", "found-as", "releases", "features", "compare")))
    found = reader.subtable(table, "found-as")
    _refuse_unknown(reader, found, frozenset(("pip", "apt", "image")), "found-as.")
    compare = reader.word(table, "compare", ("versions", "words"), "versions")
    releases = reader.texts(table, "releases")
    if compare == "versions":
        parsed = [versions.parse(release) for release in releases]
        if None in parsed:
            reader.wrong("releases", f"{releases[parsed.index(None)]!r} is not a version")
        elif any(later <= earlier for earlier, later in itertools.pairwise(parsed)):  # type: ignore[operator]
            reader.wrong("releases", "should be sorted, oldest first")
    reader.products[name] = Product(
        id=name,
        title=reader.text(table, "title", needed=True) or name,
        pip=reader.texts(found, "pip"),
        apt=reader.texts(found, "apt"),
        image=reader.texts(found, "image"),
        compare="words" if compare == "words" else "versions",
        releases=releases,
        features=reader.texts(table, "features"),
        place=reader.path,
    )


def _read_source(reader: _Reader, name: str, table: object) -> None:
    reader.row = f"source.{name}"
    if not isinstance(table, dict):
        reader.wrong("", "should be a table")
        return
    _refuse_unknown(reader, table, SOURCE_KEYS)
    url = reader.text(table, "url", needed=True) or ""
    if not re.match(_URL, url):
        reader.wrong("url", f"{url!r} is neither an https address nor a package URL such as pkg:pypi/torch@2.9.0")
    confidence = reader.word(table, "confidence", CONFIDENCES, "")
    seen = reader.day(table, "seen", needed=True) or ""
    reader.sources[name] = Source(url, seen, confidence)  # type: ignore[arg-type]


def _read_kind(reader: _Reader, kind: str, tables: object) -> list[Row]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        reader.row = kind
        reader.wrong("", f"should be rows that begin with [[{kind}]]")
        return []
    rows = []
    for number, table in enumerate(tables, start=1):
        row_id = table.get("id")
        reader.row = f"[[{kind}]] {row_id}" if isinstance(row_id, str) else f"[[{kind}]] number {number}"
        before = len(reader.problems)
        if kind in ROW_KEYS:
            _refuse_unknown(reader, table, ROW_KEYS[kind])
        row = _READERS[kind](reader, kind, table, _header(reader, kind, table))
        if len(reader.problems) == before:
            rows.append(row)
    return rows


def _header(reader: _Reader, kind: str, table: Mapping[str, Any]) -> dict[str, Any]:
    row_id = reader.text(table, "id", needed=True) or ""
    if row_id and not _ID.match(row_id):
        reader.wrong("id", f"{row_id!r} should be lower-case letters, digits and . + _ -")
    product = _product_of(reader, table)
    release = table.get("release")
    fix, commands = reader.text(table, "fix"), reader.texts(table, "commands")
    if commands and fix is None:
        reader.wrong("commands", "need a `fix` that says what they do")
    default: Level = "unsupported" if kind == "unsupported" else "required"
    level = reader.word(table, "level", LEVELS, default)
    return {
        "kind": kind,
        "id": row_id,
        "product": product,
        "release": None if release is None else reader.condition(product, release, "release"),
        "where": reader.conditions(reader.subtable(table, "where"), "where", ("variant",)),
        "unless": reader.conditions(reader.subtable(table, "unless"), "unless", ("variant",)),
        "feature": reader.text(table, "feature"),
        "level": level,
        "why": reader.text(table, "why"),
        "message": reader.text(table, "message"),
        "fix": None if fix is None else Fix(fix, commands),
        "sources": _sources_of(reader, table),
        "until": reader.day(table, "until"),
        "place": reader.path,
    }


def _product_of(reader: _Reader, table: Mapping[str, Any]) -> str:
    product = reader.text(table, "product")
    if product is None and len(reader.products) == 1:
        return next(iter(reader.products))
    if product is None:
        reader.wrong("product", f"is needed: this file has {len(reader.products)} products")
        return ""
    if product not in reader.products:
        import difflib

        near = difflib.get_close_matches(product, reader.products, 1)
        reader.wrong("product", f"{product!r} is not declared in this file" + (f"; {near[0]!r} is" if near else ""))
    return product


def _sources_of(reader: _Reader, table: Mapping[str, Any]) -> tuple[Source, ...]:
    names = reader.texts(table, "source")
    if not names:
        reader.wrong("source", "is missing: every row says where it was read")
    for name in names:
        if name not in reader.sources:
            reader.wrong("source", f"{name!r} is not declared as [source.{name}] in this file")
    return tuple(reader.sources[name] for name in names if name in reader.sources)


def _refuse_unknown(reader: _Reader, table: Mapping[str, Any], known: frozenset[str], prefix: str = "") -> None:
    for key in () if table.keys() <= known else table:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, known, 1)
            reader.wrong(prefix + key, "is not a key of this table" + (f"; did you mean {near[0]}?" if near else ""))


def _relation(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
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


def _broken(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    return Broken(**header)


def _unsupported(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    signs = reader.subtable(table, "signs")
    _refuse_unknown(reader, signs, frozenset(("pip",)), "signs.")
    reader.text(table, "feature", needed=True)
    return Unsupported(**header, signs=reader.texts(signs, "pip"))


def _provides(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    gives = reader.subtable(table, "gives")
    if not gives:
        reader.wrong("gives", "is missing")
    for name, value in gives.items():
        reader.match_of(name, f"gives.{name}")
        if not isinstance(value, str):
            reader.wrong(f"gives.{name}", f"should be one value as a text, not {value!r}")
    return Provides(**header, gives=tuple((name, str(value)) for name, value in gives.items()))


def _builds(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
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


def _compilers(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    knows = reader.capabilities(table, "knows")
    if not knows:
        reader.wrong("knows", "is missing")
    return Compilers(**header, knows=knows or ())


def _wheels(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
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


def _replaced_by(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
    return ReplacedBy(**header, by=reader.text(table, "by", needed=True) or "")


def _symptom(reader: _Reader, kind: str, table: Mapping[str, Any], header: dict[str, Any]) -> Row:
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
    )


_READERS: dict[str, Callable[[_Reader, str, Mapping[str, Any], dict[str, Any]], Row]] = {
    "requires": _relation,
    "pairs": _relation,
    "conflicts": _relation,
    "broken": _broken,
    "unsupported": _unsupported,
    "provides": _provides,
    "builds": _builds,
    "compilers": _compilers,
    "wheels": _wheels,
    "replaced-by": _replaced_by,
    "symptom": _symptom,
}


def _refuse_twins(reader: _Reader, rows: list[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            reader.row = row.key
            reader.wrong("id", "is used twice in this file")
        seen.add(row.key)
