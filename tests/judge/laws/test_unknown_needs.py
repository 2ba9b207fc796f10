"""What a law does not know is not fine: a compiler of which no row speaks, a need of which nothing is known."""

from __future__ import annotations

from stackcheck.model import Absent, Origin, Stack
from tests.judge import small

OLD = small.TORCH.replace('cuda = "12.8"', 'cuda = "10.2"')
EXT = (
    """
[product.ext]
title = "Ext"
found-as = { pip = ["ext"] }
releases = ["1.0"]
"""
    + small.SOURCE
    + """
[[wheels]]
id = "source"
arch = []
sdist = "yes"
needs = { cuda-toolkit = "*" }
source = "page"
"""
)


def test_a_compiler_of_which_no_row_speaks_does_not_hold() -> None:
    stack = small.spark(asks=(small.ask("torch", "==2.9.0", 1, "cu128"),))
    assert ("error", "torch", "torch/cu128") in small.said(small.report(stack))
    unknown = small.report(stack, torch=OLD)
    assert "torch/cu128" not in [finding.id for finding in unknown.findings]
    assert [one.subject for one in unknown.coverage.not_judged] == ["torch"]
    assert unknown.coverage.judged == ()


def test_a_need_of_which_nothing_is_known() -> None:
    facts = small.known({"os": "linux", "arch": "aarch64"})
    asks = (small.ask("ext", "==1.0"),)
    said = small.report(Stack(facts=facts, asks=asks), ext=EXT).findings
    assert [one.subject for one in said if one.severity == "unknown" and "ext/source" in one.message] == [
        "cuda-toolkit"
    ]
    none = {**facts, "cuda-toolkit": Absent(Origin("no CUDA toolkit was found", "probe"))}
    assert any(one.severity == "error" for one in small.report(Stack(facts=none, asks=asks), ext=EXT).findings)
    there = {**facts, **small.known({"cuda-toolkit": "13.0"})}
    assert not any(one.severity == "unknown" for one in small.report(Stack(facts=there, asks=asks), ext=EXT).findings)
