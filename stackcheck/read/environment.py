"""Reading an environment document, `stackcheck-environment/1`: a snapshot, a target, a test case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from stackcheck.model import TABLES, Absent, Code, Gpu, Known, Origin, Stack, State, Unknown
from stackcheck.patterns import pattern
from stackcheck.redact import redact
from stackcheck.subjects import STATED
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SCHEMA = "stackcheck-environment/1"
LIMIT = 20_000_000
"""Characters that a document may have."""

KEYS = ("schema", "title", "sources", "labels", "facts", "gpus", "gpu-code", *TABLES[1:], "absent", "complete")
"""Every key of a document. `title` and `sources` are for people: targets have them."""

_GPU_KEYS = ("name", "compute-capability")
_CODE_KEYS = ("cubins", "ptx", "cuda")
_SOURCE_KEYS = ("url", "seen", "confidence")
_VARIABLE = pattern(r"[A-Z][A-Z0-9_]*")
_VARIABLE_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_PROJECT = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_WORD = pattern(r"[A-Za-z0-9][A-Za-z0-9+.:_-]*")
_CAPABILITY = pattern(r"\d{1,2}\.\d")
_CODE = pattern(r"\d{1,3}\.\d[af]?")
_RELEASE = pattern(r"\d{1,2}\.\d{1,2}")
_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_SURROGATE = r"[\ud800-\udfff]"
_SEPARATORS = pattern(r"[-_.]+")
_ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64"}
"""Debian's and Docker's names, which no condition of a matrix uses."""

_WORDS = {"packages": "package", "system-packages": "system package", "products": "product", "variables": "variable"}


class DocumentError(ValueError):
    """An environment document that cannot be used; `errors` lists every mistake found, each with its key path."""

    def __init__(self, place: str, errors: list[str]) -> None:
        self.place = place
        self.errors = tuple(map(redact, errors))
        super().__init__("\n".join(f"{place}: {error}" for error in self.errors))


@dataclass
class _Reader:
    """What one document has said so far, and every mistake in it."""

    place: str
    errors: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, State]] = field(default_factory=lambda: {name: {} for name in TABLES})
    gpus: tuple[Gpu, ...] | Absent | Unknown = field(default_factory=lambda: Unknown("GPUs are not stated"))
    code: dict[str, Code | Absent] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def wrong(self, path: str, text: str) -> None:
        self.errors.append(f"{path}: {text}" if path else text)

    def origin(self, text: str) -> Origin:
        return Origin(text, self.place)


class Pairs(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice; JSON itself would silently keep the last."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: list[str] = []
        if len(self) < len(pairs):
            seen: set[str] = set()
            twice = {key for key, _ in pairs if key in seen or seen.add(key)}  # type: ignore[func-returns-value]
            self.twice = sorted(twice)


def parse_environment(text: str, place: str, format: Literal["json", "toml"]) -> Stack:  # noqa: A002 - as in render
    """The stack that a document states. `place` is what its origins and errors call it: a path, or a target's name.

    What it does not mention is unknown. A name in `absent` that is no fact and no variable is absent as a
    distribution, a Debian package and a product alike, wherever the document does not state it.
    Raises `DocumentError` with all mistakes.
    """
    return environment_of(load_environment(text, place, format), place)


def load_environment(text: str, place: str, format: Literal["json", "toml"]) -> object:  # noqa: A002 - as in render
    """A document as plain values, for `environment_of`; a JSON object remembers the keys that it has twice.

    Raises `DocumentError` for what is no JSON or TOML.
    """
    if len(text) > LIMIT:
        raise DocumentError(place, [f"the document is longer than {LIMIT // 1_000_000} million characters"])
    return _load(text, place, format)


def labels_of(document: object, place: str) -> dict[str, str]:
    """The labels of a loaded document. Raises `DocumentError`."""
    reader = _Reader(place)
    _labels(reader, _mapping(reader, _mapping(reader, document, "").get("labels", {}), "labels"))
    if reader.errors:
        raise DocumentError(place, reader.errors)
    return reader.labels


def environment_of(document: object, place: str) -> Stack:
    """The stack that a loaded document states; see `parse_environment`. Raises `DocumentError` with all mistakes."""
    reader = _Reader(place)
    complete = _document(reader, document)
    if reader.errors:
        raise DocumentError(place, reader.errors)
    return Stack(
        facts=reader.tables["facts"],
        packages=reader.tables["packages"],
        system_packages=reader.tables["system-packages"],
        products=reader.tables["products"],
        variables=reader.tables["variables"],
        gpus=reader.gpus,
        code=reader.code,
        complete=complete,
        labels=reader.labels,
    )


def parse_labels(texts: Iterable[str]) -> dict[str, str]:
    """`site=lab`, `host=spark-07`: labels as an option states them, by the rules of a document. Raises
    `DocumentError` with all mistakes."""
    reader = _Reader("--label")
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            reader.wrong("", f"{_show(text)} states no label; write NAME=VALUE, such as site=lab")
        elif name in reader.labels:
            reader.wrong(f"labels.{name}", "is stated twice")
        else:
            _labels(reader, {name: value})
    if reader.errors:
        raise DocumentError(reader.place, reader.errors)
    return reader.labels


def _load(text: str, place: str, format_: str) -> object:
    load: Callable[[str], object] = _load_toml if format_ == "toml" else _load_json
    try:
        return load(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise DocumentError(place, ["the document is nested too deeply"]) from error
    except ValueError as error:
        raise DocumentError(place, [f"this is no {format_.upper()}: {_one_line(str(error))}"]) from error


def _load_json(text: str) -> object:
    import json

    return json.loads(text, object_pairs_hook=Pairs, parse_constant=_no_constant)


def _load_toml(text: str) -> object:
    import tomli

    return tomli.loads(text)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _document(reader: _Reader, document: object) -> frozenset[str]:
    """Read every key; the answer is `complete`, all else goes into the reader."""
    top = _mapping(reader, document, "")
    if "schema" in top and top["schema"] != SCHEMA:
        reader.wrong("schema", f"{_show(top['schema'])} is not known; this version reads {SCHEMA!r}")
        return frozenset()
    _known_keys(reader, top, "", KEYS)
    _title(reader, top)
    _labels(reader, _mapping(reader, top.get("labels", {}), "labels"))
    _facts(reader, _mapping(reader, top.get("facts", {}), "facts"))
    for name in TABLES[1:]:
        _table(reader, name, _mapping(reader, top.get(name, {}), name))
    _gpus(reader, top.get("gpus"))
    for name, table in _mapping(reader, top.get("gpu-code", {}), "gpu-code").items():
        _code(reader, name, table, f"gpu-code.{_show_key(name)}")
    _absent(reader, _names(reader, top.get("absent", []), "absent"))
    return _complete(reader, _names(reader, top.get("complete", []), "complete"))


def _title(reader: _Reader, top: Mapping[str, Any]) -> None:
    if "title" in top and not isinstance(top["title"], str):
        reader.wrong("title", f"must be text, not {_kind(top['title'])}")
    sources = top.get("sources", [])
    if not isinstance(sources, list):
        reader.wrong("sources", f"must be a list, not {_kind(sources)}")
        return
    for number, source in enumerate(sources):
        _known_keys(reader, _mapping(reader, source, f"sources[{number}]"), f"sources[{number}]", _SOURCE_KEYS)


def _labels(reader: _Reader, table: Mapping[str, Any]) -> None:
    for name, value in table.items():
        path = f"labels.{_show_key(name)}"
        text = _value(reader, value, path)
        if not _WORD.fullmatch(name):
            reader.wrong(path, "this cannot be the name of a label")
        elif text is not None:
            reader.labels[name] = text


def _facts(reader: _Reader, table: Mapping[str, Any]) -> None:
    for name, value in table.items():
        path = f"facts.{_show_key(name)}"
        if name not in STATED:
            reader.wrong(path, f"there is no such fact{_nearest(name, STATED)}")
            continue
        text = _value(reader, value, path)
        if text is None:
            continue
        if name == "arch" and text in _ARCHITECTURES:
            reader.wrong(path, f"{text} is called {_ARCHITECTURES[text]} here")
        reader.tables["facts"][name] = Known(text, reader.origin(f"{name} {text} is stated"))


def _table(reader: _Reader, name: str, table: Mapping[str, Any]) -> None:
    states = reader.tables[name]
    for key, value in table.items():
        path = f"{name}.{_show_key(key)}"
        subject = _subject(reader, name, key, path)
        text = _value(reader, value, path, line=name != "variables")
        if subject is None or text is None:
            continue
        if subject in states:
            reader.wrong(path, f"{subject} is stated twice, in two spellings")
        states[subject] = Known(text, reader.origin(f"{_WORDS[name]} {subject} {text} is stated"))


def _subject(reader: _Reader, table: str, key: str, path: str) -> str | None:
    """The name under which a table keeps a key; distributions are normalised (PEP 503)."""
    pattern = {"packages": _PROJECT, "variables": _VARIABLE_NAME}.get(table, _WORD)
    if not pattern.fullmatch(key):
        reader.wrong(path, f"this cannot be the name of a {_WORDS[table]}")
        return None
    return _SEPARATORS.sub("-", key).lower() if table == "packages" else key


def _gpus(reader: _Reader, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        reader.wrong("gpus", f"must be a list, not {_kind(value)}")
        return
    gpus = [_gpu(reader, item, f"gpus[{number}]") for number, item in enumerate(value)]
    if not gpus:
        reader.gpus = Absent(reader.origin("no GPU is stated"))
        return
    reader.gpus = tuple(gpu for gpu in gpus if gpu is not None)


def _gpu(reader: _Reader, value: object, path: str) -> Gpu | None:
    table = _mapping(reader, value, path)
    _known_keys(reader, table, path, _GPU_KEYS)
    name = _value(reader, table["name"], f"{path}.name") if "name" in table else None
    capability = None
    if "compute-capability" in table:
        capability = _value(reader, table["compute-capability"], f"{path}.compute-capability")
    if capability is not None and not _CAPABILITY.fullmatch(capability):
        reader.wrong(f"{path}.compute-capability", f"{_show(capability)} is no compute capability such as '12.1'")
    if name is None and capability is None:
        if isinstance(value, dict) and not (table.keys() & set(_GPU_KEYS)):
            reader.wrong(path, "must have a name or a compute-capability")
        return None
    what = " ".join(part for part in (name, capability and f"({capability})") if part)
    return Gpu(name, capability, reader.origin(f"GPU {what} is stated"))


def _code(reader: _Reader, name: str, value: object, path: str) -> None:
    """What the libraries of one distribution hold; nothing of either is a build for the CPU alone."""
    subject = _subject(reader, "packages", name, path)
    table = _mapping(reader, value, path)
    _known_keys(reader, table, path, _CODE_KEYS)
    cubins, ptx = (_codes(reader, table.get(key, []), f"{path}.{key}") for key in ("cubins", "ptx"))
    cuda = _value(reader, table["cuda"], f"{path}.cuda") if "cuda" in table else None
    if cuda is not None and not _RELEASE.fullmatch(cuda):
        reader.wrong(f"{path}.cuda", f"{_show(cuda)} is no CUDA release such as '13.0'")
    if subject is None:
        return
    code = Code(cubins, ptx, reader.origin(""), cuda)
    text = f"its libraries are stated to hold {code}"
    reader.code[subject] = replace(code, origin=reader.origin(text)) if cubins or ptx else Absent(reader.origin(text))


def _codes(reader: _Reader, value: object, path: str) -> tuple[str, ...]:
    names = _names(reader, value, path)
    for where, name in names:
        if not _CODE.fullmatch(name):
            reader.wrong(where, f"{_show(name)} is no compute capability such as '12.1' or '9.0a'")
    return tuple(name for _, name in names)


def _absent(reader: _Reader, names: list[tuple[str, str]]) -> None:
    for path, name in names:
        absent = Absent(reader.origin(f"{name} is stated as absent"))
        if name == "gpus":
            if isinstance(reader.gpus, tuple):
                reader.wrong(path, "gpus are stated too")
            reader.gpus = absent
            continue
        tables = _tables_of(name)
        free = [table for table in tables if not isinstance(reader.tables[table].get(_key(table, name)), Known)]
        if not free or not _WORD.fullmatch(name.lstrip("_")):
            reader.wrong(path, f"{_show(name)} is stated too" if not free else f"{_show(name)} is no name of a subject")
        for table in free:
            reader.tables[table][_key(table, name)] = absent


def _tables_of(name: str) -> tuple[str, ...]:
    """The tables in which a name of `absent` may mean something."""
    if name in STATED:
        return ("facts",)
    return ("variables",) if _VARIABLE.fullmatch(name) else ("packages", "system-packages", "products")


def _key(table: str, name: str) -> str:
    return _SEPARATORS.sub("-", name).lower() if table == "packages" else name


def _complete(reader: _Reader, names: list[tuple[str, str]]) -> frozenset[str]:
    for path, name in names:
        if name not in TABLES:
            reader.wrong(path, f"there is no table {_show(name)}; the tables are {', '.join(TABLES)}")
    return frozenset(name for _, name in names)


def _names(reader: _Reader, value: object, path: str) -> list[tuple[str, str]]:
    if not isinstance(value, list):
        reader.wrong(path, f"must be a list, not {_kind(value)}")
        return []
    texts = [(f"{path}[{number}]", _value(reader, item, f"{path}[{number}]")) for number, item in enumerate(value)]
    return [(where, text) for where, text in texts if text is not None]


def _mapping(reader: _Reader, value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        reader.wrong(path, f"{'must' if path else 'the document must'} be a table, not {_kind(value)}")
        return {}
    if isinstance(value, Pairs):
        for key in value.twice:
            reader.wrong(f"{path}.{_show_key(key)}" if path else _show_key(key), "this key is there twice")
    return value


def _known_keys(reader: _Reader, table: Mapping[str, Any], path: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            where = f"{path}.{_show_key(key)}" if path else _show_key(key)
            reader.wrong(where, f"there is no such key{_nearest(key, keys)}")


def _value(reader: _Reader, value: object, path: str, *, line: bool = True) -> str | None:
    """Text without secrets, None after saying what is wrong with it. `line`: it must be one trimmed, filled line."""
    if not isinstance(value, str):
        hint = f': write "{value}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
        reader.wrong(path, f"must be text, not {_kind(value)}{hint}")
    elif not value.isprintable() and (re.search(_SURROGATE, value) or (line and re.search(_CONTROL, value))):
        reader.wrong(path, "has control characters or is not valid Unicode")
    elif line and (not value or value != value.strip()):
        reader.wrong(path, "is empty" if not value.strip() else "begins or ends with a blank")
    else:
        return redact(value)
    return None


def _nearest(name: str, names: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(name[:100], names, n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _show_key(key: str) -> str:
    return key if _WORD.fullmatch(key) and len(key) <= 60 else _show(key)


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(dict if isinstance(value, dict) else type(value), "a date or time")


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:300]
