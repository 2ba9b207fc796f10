"""Projects by name with what each must be, as Poetry, Pipenv and pixi write them: `torch = "^2.9"`, or a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet

from stackcheck.model import Ask, Indexes, Location, Origin
from stackcheck.read.markers import applies, normal_marker
from stackcheck.read.pep508 import python_ask, wheel_version
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackcheck.read.document import Document
    from stackcheck.read.places import KeyPath

_DIRECT = ("url", "path", "file", "git", "hg", "svn")
_PEP508 = ("sys_platform", "platform_machine", "platform_system", "os_name", "python_version", "python_full_version")
"""Keys of Pipenv that are variables of a marker: `sys_platform = "== 'linux'"`."""
_CLAUSE = re.compile(r"(===|~=|==|!=|<=|>=|<|>)\s*(\d[\w.]*?)(\.\*)?(?=,|$)")
_OPERATOR = re.compile(r"(\^|~=|~|===|==|=|!=|<=|>=|<|>)?\s*(\d[^\s,]*|\*)")
_RELEASE = re.compile(r"v?(\d{1,1000}(?:\.\d{1,1000})*)(.*)")


def plain_specifier(text: str) -> str | None:
    """A specifier of PEP 440 with `*` for any version and a bare version for exactly that one; None for others."""
    text = text.strip()
    text = "" if text == "*" else f"=={text}" if text[:1].isdigit() else text
    try:
        return str(SpecifierSet(text)) and "".join(text.split())
    except ValueError:
        return None


def poetry_specifier(text: str) -> str | None:
    """A version constraint of Poetry ("Dependency specification") as PEP 440 has it: `^2.1` → ">=2.1,<3".

    None for what is none, and for alternatives (`||`), which PEP 440 cannot say.
    """
    clauses: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _OPERATOR.match(text, at)
        if found is None:
            return None
        clauses += _clauses(found[1] or "", found[2])
        at = found.end()
        while at < len(text) and text[at] in ", \t":
            at += 1
    joined = ",".join(clauses)
    try:
        SpecifierSet(joined)
    except ValueError:
        return None
    return joined


def _clauses(operator: str, version: str) -> list[str]:
    if version == "*":
        return []
    release = _RELEASE.fullmatch(version)
    if operator not in ("^", "~") or release is None:
        return [f"{'==' if operator in ('', '=') else operator}{version}"]
    parts = [int(part) for part in release[1].split(".")]
    if operator == "^":
        # The first number that is not zero stays; of zeros alone, the last one that is written.
        keep = next((place for place, part in enumerate(parts) if part), len(parts) - 1) + 1
    else:
        keep = min(len(parts), 2)
    upper = [*parts[: keep - 1], parts[keep - 1] + 1]
    return [f">={version}", f"<{'.'.join(map(str, upper))}"]


def python_marker(specifier: str) -> str:
    """The marker that says that the Python is in a specifier; "" for any Python."""
    said = []
    for operator, version, series in _CLAUSE.findall(specifier):
        variable = "python_full_version" if version.count(".") > 1 else "python_version"
        said.append(f"{variable} {operator} '{version}{series if variable != 'python_version' else ''}'")
    return " and ".join(said)


@dataclass(frozen=True)
class Tables:
    """One file on one target. `named` gives the short name of an index that an entry names with the key `index`."""

    document: Document
    environment: Mapping[str, str]
    general: Indexes | None
    named: Callable[[str], str | None]
    specifier: Callable[[str], str | None]
    index: str = "index"

    def asks(self, at: KeyPath, group: str | None = None) -> Iterator[Ask]:
        """The entries of a table; "python" is none of them."""
        for name, value in self.document.table(*at).items():
            if name.lower() == "python":
                continue
            entries = [((*at, name, place), one) for place, one in enumerate(value)] if isinstance(value, list) else []
            for where, one in entries or [((*at, name), value)]:
                yield from self.entry(where, name, one, group)

    def python(self, *at: str) -> Iterator[Ask]:
        """The Python that a table asks for."""
        text = self.document.value(*at)
        if isinstance(text, dict):
            at, text = (*at, "version"), text.get("version")
        if text is None:
            return
        if not isinstance(text, str):
            self.document.misshapen(at, "a version")
            return
        place = self.document.places.string(at, text)
        specifier = self.specifier(text)
        ask = python_ask(specifier, f"python {text}", place)
        if ask is None:
            self.document.note(f"Which Python {shown(text)} allows was not read.", place)
        elif specifier:
            yield ask

    def entry(self, at: KeyPath, name: str, value: object, group: str | None) -> Iterator[Ask]:
        """One project."""
        table = {"version": value} if isinstance(value, str) else value
        if not isinstance(table, dict):
            self.document.misshapen(at, "a version or a table")
            return
        text = table.get("version", "*")
        place = self.place(at, value, text)
        specifier = self.specifier(text) if isinstance(text, str) else None
        marker = self.marker(table)
        if specifier is None or marker is None:
            what = text if specifier is None else table.get("markers") or table.get("marker")
            self.document.note(f"What {redact(name)} must be ({shown(str(what))}) was not read.", place)
            return
        url = _url(table)
        if url is not None:
            # A place without an end: nothing of the table can be edited as a requirement.
            place = Location(place.path, place.line, place.column)
            wheel = wheel_version(url)
            specifier = f"=={wheel[1]}" if wheel and wheel[0] == project_name(name) else specifier
        if table.get("optional") is True and group is None:
            group = "extra:optional"
        extras = table.get("extras")
        yield Ask(
            project_name(name),
            specifier,
            Origin(redact(f"{name} = {value}" if isinstance(value, str) else name), str(place), place),
            tuple(project_name(str(extra)) for extra in extras) if isinstance(extras, list) else (),
            marker or None,
            applies(marker or None, {**self.environment, "extra": ""}),
            url,
            self.indexes(table, name, place),
            self.general,
            group=group,
        )

    def place(self, at: KeyPath, value: object, text: object) -> Location:
        """Where the version stands, else the name."""
        version = at if isinstance(value, str) else (*at, "version")
        places = self.document.places
        if isinstance(text, str) and version in places.strings:
            return places.string(version, text)
        return places.key(at if not isinstance(at[-1], int) else at[:-1])

    def marker(self, table: dict[str, Any]) -> str | None:
        """All that restricts an entry, as one marker in packaging's form; "" for nothing, None where it is none."""
        said = [table.get("markers") or table.get("marker")]
        said += [f"{key} {table[key]}" for key in _PEP508 if isinstance(table.get(key), str)]
        if isinstance(table.get("platform"), str):
            said.append(f"sys_platform == '{table['platform']}'")
        python = table.get("python")
        if isinstance(python, str):
            specifier = poetry_specifier(python)
            said.append("no marker" if specifier is None else python_marker(specifier))
        try:
            return " and ".join(f"({normal_marker(text)})" for text in map(str, filter(None, said)))
        except ValueError:
            return None

    def indexes(self, table: dict[str, Any], name: str, place: Location) -> Indexes | None:
        """Where an entry comes from."""
        index = table.get(self.index)
        if not isinstance(index, str):
            return self.general
        known = self.named(index) or (index if index.lower() == "pypi" else None)
        if known is None:
            reason = f"The index {shown(index)} of {redact(name)} is not known: this file does not declare it."
            self.document.note(reason, place)
            return None
        return Indexes((known.lower() if known.lower() == "pypi" else known,), "first")


def _url(table: dict[str, Any]) -> str | None:
    key = next((key for key in _DIRECT if isinstance(table.get(key), str)), None)
    if key is None:
        return None
    value = redact(str(table[key]))
    if key not in ("git", "hg", "svn"):
        return value
    revision = next((str(table[one]) for one in ("rev", "tag", "branch", "ref") if table.get(one)), None)
    return f"{key}+{value}" if revision is None else f"{key}+{value}@{redact(revision)}"
