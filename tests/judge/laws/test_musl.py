"""musl is a platform: wheels for glibc are none there, and what nobody wrote down of musl is not judged."""

from __future__ import annotations

import pytest

from stackcheck.model import Report, Stack
from tests.judge.small import SOURCE, ask, known, report, said

PACKAGES = (
    """
[product.glibc-only]
title = "Glibc-only"
found-as = { pip = ["glibc-only"] }
releases = ["1.0", "2.0"]

[product.pure]
title = "Pure"
found-as = { pip = ["pure"] }

[product.told]
title = "Told"
found-as = { pip = ["told"] }

[product.distro]
title = "the distribution"
compare = "words"
releases = ["alpine", "debian"]
"""
    + SOURCE
    + """
[[provides]]
id = "alpine"
product = "distro"
where = { distro = "alpine" }
gives = { libc = "musl" }
source = "page"

[[wheels]]
id = "x86"
product = "glibc-only"
arch = ["x86_64"]
release = "<=2.0"
source = "page"

[[wheels]]
id = "any"
product = "pure"
arch = ["any"]
source = "page"

[[wheels]]
id = "both"
product = "told"
arch = ["x86_64", "aarch64"]
sdist = "yes"
source = "page"

[[wheels]]
id = "musl"
product = "told"
where = { libc = "musl" }
arch = []
source = "page"
"""
)


def lint(name: str, specifier: str = "", **facts: str) -> Report:
    stated = known({"arch": "aarch64", "os": "linux", **facts})
    return report(Stack(facts=stated, asks=(ask(name, specifier),)), packages=PACKAGES)


def not_judged(judged: Report) -> list[tuple[str, str]]:
    return [(entry.subject, entry.id) for entry in judged.coverage.not_judged]


@pytest.mark.parametrize("facts", [{"libc": "musl"}, {"distro": "alpine"}])
def test_alpine(facts: dict[str, str]) -> None:
    unknown = lint("glibc-only", **facts)
    assert (said(unknown), not_judged(unknown)) == ([], [("glibc-only", "coverage/no-record")])
    pure = lint("pure", **facts)
    assert (said(pure), not_judged(pure)) == ([], [])
    told = lint("told", **facts)
    assert said(told) == [("error", "told", "told/musl")]
    assert told.findings[0].message == "Told has no wheel for musl on aarch64, and no source distribution."


@pytest.mark.parametrize("facts", [{"glibc": "2.39"}, {"libc": "glibc"}])
def test_glibc(facts: dict[str, str]) -> None:
    assert said(lint("glibc-only", **facts)) == [("error", "glibc-only", "glibc-only/x86")]
    assert said(lint("told", **facts)) == []


def test_a_c_library_that_is_not_known_excuses_nothing() -> None:
    assert said(lint("glibc-only")) == [("error", "glibc-only", "glibc-only/x86")]
    assert said(lint("told")) == []


def test_an_index_has_its_builds_for_glibc() -> None:
    judged = lint("torch", "==2.9.0", libc="musl")
    assert (said(judged), not_judged(judged)) == ([], [("torch", "coverage/no-record")])
