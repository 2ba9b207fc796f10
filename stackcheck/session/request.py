"""What a door asks for, as one value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackcheck.model import Ignore, Stack


FAIL_ON = ("error", "warning", "note")
"""The severities that can make a run fail, gravest first."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be judged, and by what.

    The machine is `env` (the path of an environment document), `document` (the content of one, or its stack), `target`
    (a shipped one) or, where none is named, this one; `python` is the judged interpreter on it. `root` is an image or
    root file system on that machine, `platform` which image of several, `inside` the folder of its Python. `facts` are
    texts as `--fact` takes them. `files` are project files and folders. `matrix` are the user's folders of rows.
    `installed` says whether what is installed counts beside the files. Nothing of the network is asked without `online`
    or `resolve`, and torch is not run without `deep`.
    """

    files: tuple[str, ...] = ()
    env: str | None = None
    document: Mapping[str, object] | Stack | None = None
    target: str | None = None
    python: str | None = None
    root: str | None = None
    platform: str | None = None
    inside: str | None = None
    facts: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    matrix: tuple[str | Path, ...] = ()
    installed: bool = True
    deep: bool = False
    online: bool = False
    resolve: bool = False
    cache: str | Path | None = None

    @property
    def live(self) -> bool:
        """Whether the machine is this one, whose files can be read."""
        return self.env is None and self.document is None and self.target is None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which findings of a report are to be seen: kinds or ids, and the path of a baseline whose findings are known."""

    select: tuple[str, ...] = ()
    ignore: tuple[str | Ignore, ...] = ()
    baseline: str | None = None


REQUESTED = {
    "env": "env",
    "target": "target",
    "python": "python",
    "root": "root",
    "platform": "platform",
    "fact": "facts",
    "want": "wants",
    "feature": "features",
    "matrix": "matrix",
    "deep": "deep",
    "online": "online",
    "resolve": "resolve",
    "cache": "cache",
}
"""Each option that says what is to be judged, and the request's name for it."""


def request_of(options: Mapping[str, Any]) -> Request:
    """The request that the options of a call make; lists become tuples, and those that say nothing of it are passed
    over."""
    values: dict[str, Any] = {
        REQUESTED[name]: tuple(value) if isinstance(value, list) else value
        for name, value in options.items()
        if name in REQUESTED and value is not None
    }
    return Request(**values)


def filters_of(options: Mapping[str, Any]) -> Filters:
    """The filters that the options of a call make."""
    select, ignore = (tuple(options.get(name) or ()) for name in ("select", "ignore"))
    baseline = options.get("baseline")
    return Filters(select=select, ignore=ignore, baseline=None if baseline is None else os.fspath(baseline))
