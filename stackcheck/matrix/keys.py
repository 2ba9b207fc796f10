"""Keys of a matrix file read one by one, each with its type. Every mistake is noted with its row and key."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from stackcheck import subjects, versions
from stackcheck.matrix.errors import Problem
from stackcheck.matrix.rows import Condition
from stackcheck.patterns import pattern
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.matrix.rows import Conditions, Match, Product
    from stackcheck.model import Source

_VARIABLE = pattern(r"[A-Z][A-Z0-9_]*$")
_CAPABILITY = pattern(r"\d+\.\d[af]?$")


@dataclass
class Reader:
    """Where we are in one file, and what was wrong so far."""

    path: str
    compares: Mapping[str, str]
    thorough: bool = True
    row: str = ""
    products: dict[str, Product] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, key: str, text: str) -> None:
        """Notes a mistake of the row that is being read."""
        self.problems.append(Problem(self.path, self.row, key, text))

    def text(self, table: Mapping[str, Any], key: str, *, needed: bool = False) -> str | None:
        """A text; None, with a problem noted where it is `needed`, where there is none."""
        value = table.get(key)
        if value is None and not needed:
            return None
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(key, "is missing" if value is None else f"should be a text, not {value!r}")
        return None

    def texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """A text or a list of texts; empty where there is none."""
        value = table.get(key, [])
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list) and all(isinstance(item, str) and item for item in values):
            return tuple(values)
        self.wrong(key, f"should be a text or a list of texts, not {value!r}")
        return ()

    def flag(self, table: Mapping[str, Any], key: str) -> bool:
        """True or false; false where it is not there."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, f"should be true or false, not {value!r}")
        return value is True

    def day(self, table: Mapping[str, Any], key: str, *, needed: bool = False) -> str | None:
        """A date as "2026-11-22"; None where there is none."""
        value = table.get(key)
        if isinstance(value, date):
            return value.isoformat()[:10]
        if value is not None or needed:
            self.wrong(key, "should be a date such as 2026-11-22")
        return None

    def subtable(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """A table inside the table; empty where there is none."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(key, f'should be a table such as {{ arch = "aarch64" }}, not {value!r}')
        return {}

    def tables(self, table: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
        """A list of tables; empty where there is none."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(part, dict) for part in value):
            return tuple(value)
        self.wrong(key, f"should be a list of tables, not {value!r}")
        return ()

    def word(self, table: Mapping[str, Any], key: str, words: tuple[str, ...], default: str) -> str:
        """One of some words; the default where it is not there or none of them."""
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
        """A condition on a subject; None, with a problem noted, where it says none."""
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
        """A table of subjects and what is asked of them."""
        if not table:
            return ()
        read = ((name, self.condition(name, value, f"{key}.{name}", extra)) for name, value in table.items())
        return tuple((name, condition) for name, condition in read if condition is not None)

    def capabilities(self, table: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
        """Compute capabilities; None where the key is not there."""
        if key not in table:
            return None
        values = self.texts(table, key)
        for value in values:
            if not _CAPABILITY.match(value):
                self.wrong(key, f"{value!r} is not a compute capability such as 12.0 or 9.0a")
        return values

    def refuse_unknown(self, table: Mapping[str, Any], known: frozenset[str], prefix: str = "") -> None:
        """Notes every key that the table may not hold, with the nearest that it may."""
        for key in () if table.keys() <= known else table:
            if key not in known:
                import difflib

                near = difflib.get_close_matches(key, known, 1)
                self.wrong(prefix + key, "is not a key of this table" + (f"; did you mean {near[0]}?" if near else ""))
