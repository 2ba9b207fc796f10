"""Wheels for the free-threaded build of CPython (3.13t, 3.14t), which takes no others.

Its ABI has a tag of its own, `cp313t`, and the stable ABI (`abi3`) does not exist there up to 3.14 (PEP 703, PEP 425).
A wheel for `cp313-cp313` or `cp310-abi3` is none for it; pure ones are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.build_options import sure_of
from stackcheck.matrix import tags
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.releases import Release
    from stackcheck.model import Ask, Severity

FEATURE = "python:free-threaded"
RULE = Source("https://docs.python.org/3.14/howto/free-threading-extensions.html", "2026-11-28", "official")
_FREE = pattern(r"3\.(\d+)(?:\.\d+)?(?:[a-z]+\d+)?t$")


def findings(work: Working) -> Iterator[Finding]:
    """What is asked for and has no wheel for a free-threaded Python. Nothing for any other Python."""
    minor = _minor(work)
    arch = work.domain("arch")
    if minor is None or arch is None or not arch.values:
        return
    for ask in work.stack.asks:
        if ask.applies is False or ask.constraint or ask.url is not None or ask.name == "python":
            continue
        record = work.store.record(ask.name)
        domain = work.domain(work.store.subject(ask.name))
        version = domain.pick if domain is not None and domain.presence != "found" else None
        release = record.release(version) if record is not None and version is not None else None
        if release is None or not release.wheels or serves(release, arch.values[0], minor):
            continue
        yield _finding(work, ask, release, minor)


def _minor(work: Working) -> int | None:
    """The minor of a free-threaded Python; None for any other."""
    stated = work.stack.facts.get("python")
    found = _FREE.match(stated.value) if isinstance(stated, Known) else None
    if found is not None:
        return int(found[1])
    python = work.domain("python")
    value = versions.parse(python.values[0]) if python is not None and python.values else None
    return value.minor if value is not None and FEATURE in work.features else None


def serves(release: Release, arch: str, minor: int) -> bool:
    """Whether some wheel of a release is for CPython 3.`minor`t on this architecture."""
    own = f"cp3{minor}-cp3{minor}t"
    for some in release.wheels:
        pythons = tuple(python for python in some.pythons if python.endswith("-none"))
        if pythons and tags.needed(pythons, some.platforms, arch, minor) is not None:
            return True
        if own in some.pythons and any(tags.glibc(platform, arch) is not None for platform in some.platforms):
            return True
    return False


def _finding(work: Working, ask: Ask, release: Release, minor: int) -> Finding:
    subject = work.store.subject(ask.name)
    names = ask.indexes.names if ask.indexes is not None else ("pypi",)
    text = f"{ask.name} {release.version} has no wheel for the free-threaded Python 3.{minor} (cp3{minor}t) on PyPI"
    sure = "pypi" in names and sure_of(names)
    if release.sdist:
        text += ", so it is built from source, which fails where it needs the stable ABI or is not made for it"
    elif not sure:
        text += f", and no sources; whether {next(iter(names))} has one is not known"
    else:
        text += ", and no sources: nothing can be installed"
    severity: Severity = "error" if sure and not release.sdist else "warning"
    return Finding(
        "wheels",
        f"wheels/{ask.name}-free-threaded",
        severity,
        subject,
        f"{text}.",
        involves=tuple(sorted({subject, ask.name, "python"})),
        location=ask.origin.location,
        because=(Reason(f"{ask} is asked for", ask.origin.place), Reason("this Python is free-threaded", "python")),
        fix=Fix(f"Take the ordinary build of Python 3.{minor}, or a release with such a wheel."),
        sources=(RULE, Source(f"pkg:pypi/{ask.name}@{release.version}", "2026-11-28", "observed")),
    )
