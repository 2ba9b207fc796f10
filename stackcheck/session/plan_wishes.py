"""What a plan is asked for, as wishes: words of the command line, and the lines of project files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.judge.catalog import Catalog
from stackcheck.patterns import pattern
from stackcheck.plan.values import Wish
from stackcheck.read.want import parse_want
from stackcheck.session.errors import CannotWorkError, near_names
from stackcheck.session.files import Loader
from stackcheck.session.knowledge import OTHER_NAMES
from stackcheck.values import replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Ask, Stack
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.plan import Wishes

_EXTRAS = pattern(r"(\s*[A-Za-z0-9._-]+)\s*\[([A-Za-z0-9._,\s-]*)\]")
"""A distribution with extras, at the beginning of a wish."""


class Asked:
    """The wishes of a call: each subject once, whether a word or a line of a file names it. `pythons` is what files say
    of Python (requires-python), `before` the releases that the lines of files to upgrade let in."""

    def __init__(self, knowledge: Knowledge, stack: Stack) -> None:
        self.knowledge = knowledge
        self.stack = stack
        self.pythons: tuple[str, ...] = ()
        self.before: dict[str, str] = {}
        self._wishes: dict[str, Wish] = {}

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """The wishes, in the order in which they were named."""
        return tuple(self._wishes.values())

    def take(self, wishes: Wishes) -> None:
        """Takes in all that is named. Raises `CannotWorkError` and `ReadError`."""
        loader = wishes.loader or Loader()
        for text in wishes.required:
            if os.path.isfile(text):
                self._file(text, loader)
            else:
                self.add(_wish(self.knowledge, text, optional=False))
        for path in wishes.files:
            self._file(path, loader)
        for path in wishes.upgrade:
            self._file(path, loader, upgrade=True)
        for text in wishes.optional:
            self.add(_wish(self.knowledge, text, optional=True))

    def _file(self, path: str, loader: Loader, *, upgrade: bool = False) -> None:
        """The requirements of a project file that apply on this machine; to `upgrade` it, in any release."""
        from stackcheck.read import read_project

        project = read_project([path], self.stack, loader)
        self.pythons += tuple(ask.specifier for ask in project.python if ask.specifier)
        self.asks(project.asks, path, upgrade=upgrade)

    def asks(self, asks: Iterable[Ask], path: str = "", *, upgrade: bool = False) -> None:
        """Takes in requirements of project files: those that apply, narrowed by the constraints among them."""
        asks = [ask for ask in asks if ask.applies is not False and ask.name != "python"]
        constraints = {ask.name: ask.specifier for ask in asks if ask.constraint}
        for ask in asks:
            if ask.constraint or ask.url is not None:
                continue
            specifier = ",".join(part for part in (ask.specifier, constraints.get(ask.name, "")) if part)
            subject = Catalog(self.knowledge.store).subject(ask.name)
            place = str(ask.origin.location or path)
            if upgrade:
                self.before[subject] = specifier
                extras = f"[{','.join(ask.extras)}]" if ask.extras else ""
                self.add(Wish(subject, ask.name, "", ask.extras, text=f"{ask.name}{extras}", place=place))
            else:
                self.add(Wish(subject, ask.name, specifier, ask.extras, text=str(ask), place=place))

    def add(self, wish: Wish) -> None:
        """Takes in one wish, beside what was named for its subject before."""
        before = self._wishes.get(wish.subject)
        if before is None:
            self._wishes[wish.subject] = wish
            return
        parts = dict.fromkeys(part for one in (before, wish) for part in one.specifier.split(",") if part)
        extras = tuple(sorted({*before.extras, *wish.extras}))
        joined = replace(before, specifier=",".join(parts), extras=extras, optional=before.optional and wish.optional)
        shown = f"[{','.join(extras)}]" if extras else ""
        self._wishes[wish.subject] = replace(joined, text=f"{joined.distribution}{shown}{joined.specifier}")


def _wish(knowledge: Knowledge, text: str, *, optional: bool) -> Wish:
    """One wish: `vllm>=0.30`, `isaacsim[all]==5.1.0`, `isaac-lab==2.3.*`, `ros2=jazzy`."""
    match = _EXTRAS.match(text)
    extras = (
        tuple(sorted(project_name(extra.strip()) for extra in match[2].split(",") if extra.strip())) if match else ()
    )
    asked = parse_want(text if match is None else f"{match[1]}{text[match.end() :]}")
    name, specifier = OTHER_NAMES.get(asked.name, asked.name), asked.specifier
    store = knowledge.store
    if store.knows(name):
        subject, pip = name, store.product(name).pip
        distribution = pip[0] if pip else ""
    else:
        subject = Catalog(store).subject(name)
        distribution = name
        if not store.knows(subject) and knowledge.records.record(name) is None:
            subject, distribution = _unknown(knowledge, name, subject)
    return Wish(subject, distribution, specifier, extras, optional, not optional, text.strip())


def _unknown(knowledge: Knowledge, name: str, subject: str) -> tuple[str, str]:
    """A name of which nothing is known: a product's title, or one that is nobody's. Raises `CannotWorkError` for what
    is likely a slip of the pen."""
    try:
        product = knowledge.product(name)
    except CannotWorkError:
        near = near_names(name, (*knowledge.store.products, *knowledge.records.projects()), 0.8)
        if near:
            hint = " or ".join(dict.fromkeys(near))
            raise CannotWorkError(f"nothing is known of {name!r}; did you mean {hint}?") from None
        return subject, name
    pip = knowledge.store.product(product).pip
    return product, pip[0] if pip else ""
