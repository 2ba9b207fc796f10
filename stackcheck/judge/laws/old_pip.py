"""Wheels that an old pip passes over: a platform tag that it does not know makes a file one for another machine.

pip learned manylinux2010 in 19.0, manylinux2014 (the first with aarch64) in 19.3 and every manylinux_2_N of PEP 600 in
20.3. An older one builds such a release from source, or finds no distribution at all. Ubuntu 18.04 and 20.04, and with
them JetPack 4 and 5, and Debian 10 bring such a pip for their own Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.laws import wheel_law
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.values import dataclass, replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from stackcheck.judge.working import Working
    from stackcheck.matrix.releases import Release, Wheels
    from stackcheck.model import Ask, Severity

RULES = (
    Source("https://pip.pypa.io/en/stable/news/", "2026-11-28", "official"),
    Source("https://peps.python.org/pep-0600/", "2026-11-28", "official"),
)
_SINCE = (("manylinux2014", (19, 3)), ("manylinux2010", (19, 0)), ("manylinux1", (8, 1)), ("manylinux_", (20, 3)))
"""The pip that first took the platform tags that begin so."""
_BROUGHT = {
    ("ubuntu", "18.04"): "9.0.1",
    ("ubuntu", "20.04"): "20.0.2",
    ("debian", "10"): "18.1",
}
"""The package python3-pip of a distribution, and what `python3 -m venv` puts into an environment of its Python."""
NAMED = 4
"""Projects that one sentence names at most."""


@dataclass(frozen=True, slots=True)
class Pip:
    """The pip that installs. `stated`: it is known to be there, not only what the distribution brings."""

    version: Version
    text: str
    origin: str
    stated: bool


def findings(work: Working) -> Iterator[Finding]:
    """What is asked for and has wheels that this pip does not take: one finding for all of them."""
    pip = _pip(work)
    if pip is None or work.machine is None or work.machine.musl:
        return
    lost = [(ask, sources) for ask in work.stack.asks if (sources := _lost(work, ask, pip)) is not None]
    if not lost:
        return
    asks = [ask for ask, _ in lost]
    names = list(dict.fromkeys(work.store.subject(ask.name) for ask in asks))
    built = [ask.name for ask, sources in lost if sources]
    none = [ask.name for ask, sources in lost if not sources]
    ends = [f"{few(built, NAMED)} would be built from source"] if built else []
    ends += [f"of {few(none, NAMED)} it finds no file"] if none else []
    severity: Severity = "error" if pip.stated and none else "warning"
    yield Finding(
        "wheels",
        "wheels/old-pip",
        severity,
        names[0],
        f"pip {pip.version} {pip.text} does not know the platform tags of the wheels for this machine: "
        f"{', and '.join(ends)}.",
        involves=tuple(sorted({*names, "pip"})),
        location=asks[0].origin.location,
        because=(
            Reason(f"pip {pip.version} {pip.text}", pip.origin),
            *(Reason(f"{ask} is asked for", ask.origin.place) for ask in asks),
        ),
        fix=Fix("Upgrade pip before anything else is installed.", ("python3 -m pip install --upgrade pip",)),
        sources=RULES,
    )


def _pip(work: Working) -> Pip | None:
    """The pip that would install, where it is older than 20.3; None where a line brings another one, or it is not
    known."""
    if any(ask.name == "pip" and ask.applies is not False for ask in work.stack.asks):
        return None
    found = _stated(work) or _of_distribution(work)
    return found if found is not None and found.version.release < (20, 3) else None


def _stated(work: Working) -> Pip | None:
    for state, origin in (
        (work.stack.packages.get("pip"), "pip"),
        (work.stack.system_packages.get("python3-pip") if _own_python(work) else None, "apt"),
    ):
        version = versions.parse(state.value.partition("-")[0]) if isinstance(state, Known) else None
        if version is not None:
            return Pip(version, "is installed and", origin, stated=True)
    return None


def _of_distribution(work: Working) -> Pip | None:
    if not _own_python(work):
        return None
    for name, key in (("ubuntu", "ubuntu"), ("debian", "distro-version")):
        domain, distro = work.domain(key), work.domain("distro")
        if domain is None or len(domain.values) != 1 or (distro is not None and distro.values != (name,)):
            continue
        number = _BROUGHT.get((name, domain.values[0]))
        version = versions.parse(number) if number else None
        if version is not None:
            text = f"(that of {name.title()} {domain.values[0]})"
            return Pip(version, text, domain.steps[0].origin if domain.steps else "distribution", stated=False)
    return None


def _own_python(work: Working) -> bool:
    """Whether the Python is known to be the distribution's own."""
    python, own = work.domain("python"), work.domain("system-python")
    if python is None or own is None or len(python.values) != 1 or len(own.values) != 1:
        return False
    return python.values[0].split(".")[:2] == own.values[0].split(".")[:2]


def _lost(work: Working, ask: Ask, pip: Pip) -> bool | None:
    """Whether there is a source distribution in place of the wheels that are passed over; None where none is."""
    if ask.applies is False or ask.constraint or ask.locked is not None or ask.name == "python":
        return None
    if ask.indexes is not None and ask.indexes.strategy == "first":
        return None  # uv's
    if ask.url is not None:
        from stackcheck.judge.laws import wheel_tags  # tags are dear to load

        platform = wheel_tags.platform_of(ask.url)
        return None if platform is None or _takes(platform, pip.version) else False
    here, domain = work.machine, work.domain(work.store.subject(ask.name))
    record = work.store.record(ask.name)
    version = domain.pick if domain is not None and domain.presence in ("asked", "wanted") else None
    release = record.release(version) if record is not None and version is not None else None
    if here is None or release is None or isinstance(wheel_law.fit(release, here), wheel_law.Miss):
        return None
    left = replace(release, wheels=tuple(_known_to(release, pip.version)))
    return release.sdist if isinstance(wheel_law.fit(left, here), wheel_law.Miss) else None


def _known_to(release: Release, pip: Version) -> Iterator[Wheels]:
    for some in release.wheels:
        platforms = tuple(platform for platform in some.platforms if _takes(platform, pip))
        if platforms:
            yield replace(some, platforms=platforms)


def _takes(platform: str, pip: Version) -> bool:
    """Whether this pip knows one of the tags of a wheel's platform part."""
    return any(_since(name) <= pip.release for name in platform.split("."))


def _since(name: str) -> tuple[int, int]:
    return next((since for start, since in _SINCE if name.startswith(start)), (0, 0))
