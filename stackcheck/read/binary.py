"""Of which projects an installer takes wheels alone (--only-binary, uv's no-build), and of which none (--no-binary).

As pip's documentation says ("pip install", --only-binary) and uv's ("Settings", no-build): a later option goes before
an earlier one, ":all:" is every project and ":none:" takes back what was named before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.values import dataclass, replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.model import Ask

_FALSE = ("", "0", "false", "no", "off", "n", "f")


@dataclass(frozen=True, slots=True)
class WheelsAlone:
    """The projects of which no source distribution is taken: `every` one but `others`, or `named`. Of `sources`, or of
    all with `all_sources`, no wheel is taken."""

    every: bool = False
    named: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    all_sources: bool = False

    def option(self, name: str, value: str) -> WheelsAlone:
        """After one more option of pip or uv; one that is about something else changes nothing."""
        names = frozenset(project_name(word) for word in value.replace(",", " ").split() if not word.startswith(":"))
        if name == "--no-build":
            return replace(self, every=True)
        if name == "--no-build-package":
            return replace(self, named=self.named | names, others=self.others - names)
        if name == "--only-binary":
            every = self._after(value, self.every, to=True)
            kept = frozenset[str]() if ":none:" in value else self.named
            of_all = self.all_sources and ":all:" not in value
            return WheelsAlone(every, kept | names, self.others - names, self.sources - names, of_all)
        if name == "--no-binary":
            every = self._after(value, self.every, to=False)
            kept = frozenset[str]() if ":none:" in value else self.sources
            of_all = ":all:" in value or (self.all_sources and ":none:" not in value)
            named = frozenset[str]() if ":all:" in value else self.named - names
            return WheelsAlone(every, named, self.others | names, kept | names, of_all)
        return self

    @staticmethod
    def _after(value: str, every: bool, *, to: bool) -> bool:
        if ":all:" in value:
            return to
        return every and not (to and ":none:" in value)

    def of(self, ask: Ask) -> Ask:
        """The ask, marked where this is so of its project."""
        if self._has(ask.name):
            return replace(ask, binary=True)
        built = ask.name in self.sources or (self.all_sources and ask.name not in self.named)
        return replace(ask, built=True) if built else ask

    def _has(self, name: str) -> bool:
        return name in self.named or (self.every and name not in self.others)


def of_variables(variables: Mapping[str, str | None], *, uv: bool = False) -> WheelsAlone:
    """What the environment says; a variable that is set and not known (None) says nothing."""
    found = WheelsAlone()
    if uv:
        if (variables.get("UV_NO_BUILD") or "").lower() not in _FALSE:
            found = found.option("--no-build", "")
        return found.option("--no-build-package", variables.get("UV_NO_BUILD_PACKAGE") or "")
    for name in ("NO_BINARY", "ONLY_BINARY"):
        found = found.option(f"--{name.lower().replace('_', '-')}", variables.get(f"PIP_{name}") or "")
    return found


def of_settings(settings: Iterable[tuple[str, object]]) -> WheelsAlone:
    """What keys of `[tool.uv]` and `[tool.uv.pip]` say: `no-build`, `no-build-package`, `only-binary`."""
    found = WheelsAlone()
    for key, value in settings:
        if key == "no-build" and value is True:
            found = found.option("--no-build", "")
        elif key in ("no-build-package", "only-binary") and isinstance(value, list):
            found = found.option(f"--{key}", " ".join(name for name in value if isinstance(name, str)))
    return found
