"""Rows that speak of releases which are not there, or which nobody has seen."""

from __future__ import annotations

import pytest

from tests.matrix.test_lint import said

HEAD = """
[product.sim]
title = "Sim"
found-as = { pip = ["simpkg"] }
releases = ["4.0.0", "5.0.0", "5.1.0"]

[source.page]
url = "https://example.org/1.0/page"
seen = 2026-11-22
confidence = "official"
"""


def row(kind: str, **keys: str) -> str:
    lines = "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in keys.items())
    return f'\n[[{kind}]]\nid = "{kind}-{len(lines)}"\n{lines}source = "page"\n'


X86 = row("wheels", release='"<5.1"', arch='["x86_64"]', sdist='"no"')
BOTH = row("wheels", release='">=5.1"', arch='["x86_64", "aarch64"]', sdist='"no"')
ARM = '{ arch = "aarch64" }'


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # An index that changes from day to day.
        (
            row("builds", index='["jp6/cu126"]', variant='"jetson"'),
            "needs an end: what jp6/cu126 will have is not known",
        ),
        (row("builds", release='">=5"', index='["a.example/x"]', variant='"own"'), "needs an end: what a.example/x"),
        (row("builds", release='"5"', index='["jp6/cu126"]', variant='"jetson"'), None),
        (row("builds", index='["jp6/cu126"]', none="true"), None),
        (row("builds", release='">=5"', index='["pypi", "cu130"]', variant='"cu130"'), None),
        (
            row("wheels", arch='["x86_64"]', sdist='"no"'),
            "needs an end: the files of releases after 5.1.0 are not known",
        ),
        (row("wheels", arch="[]", sdist='"yes"'), None),
        # A machine that has no such release.
        (X86 + BOTH + row("requires", where=ARM, python='"3.11"'), "speaks of 4.0.0, 5.0.0 on aarch64"),
        (X86 + BOTH + row("requires", release='">=5.1"', where=ARM, python='"3.11"'), None),
        (X86 + BOTH + row("requires", where='{ arch = "x86_64" }', python='"3.11"'), None),
        (
            X86 + BOTH + row("builds", where=ARM, index='"pypi"', variant='"cpu"'),
            "says that there is none",
        ),
        (X86.replace('"no"', '"yes"') + BOTH + row("requires", where=ARM, python='"3.11"'), None),
        (row("requires", release='"4"', arch='"x86_64"') + row("broken", where=ARM), "speaks of 4.0.0 on aarch64"),
        (X86 + BOTH + row("replaced-by", where=ARM, by='"other"'), None),
        # A build that no release has.
        (row("broken", where='{ variant = "own" }'), "speaks of the build own, which no release that it admits has"),
        (
            row("builds", release='"5"', index='"pypi"', variant='"own"')
            + row("broken", release='"4"', where='{ variant = "own" }'),
            "speaks of the build own",
        ),
        (
            row("builds", release='"5"', index='"pypi"', variant='"own"') + row("broken", where='{ variant = "own" }'),
            None,
        ),
    ],
)
def test_releases(rows: str, expected: str | None) -> None:
    problems = said(HEAD + rows)
    assert problems == [] if expected is None else [expected in problem for problem in problems] == [True]
