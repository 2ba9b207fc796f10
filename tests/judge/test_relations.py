"""Rows on pins that an installer enforces, though what is installed works with other releases too."""

from __future__ import annotations

from tests.judge.small import SOURCE, ask, known, report, said, spark

SIM = (
    """
[product.sim]
title = "Sim"
found-as = { pip = ["sim"] }
releases = ["5.0", "6.0"]
"""
    + SOURCE
    + """
[[pairs]]
id = "6-torch"
release = "6.0"
torch = "==2.9.1"
installer = true
level = "recommended"
why = "Its metadata pins it."
source = "page"
"""
)


def test_a_line_against_such_a_pin_is_refused() -> None:
    judged = report(spark(asks=(ask("sim", "==6.0"), ask("torch", "<2.9", 2))), sim=SIM)
    assert ("error", "torch", "sim/6-torch") in said(judged)
    (finding,) = (one for one in judged.findings if one.id == "sim/6-torch")
    assert finding.message.startswith("Sim 6.0 needs PyTorch 2.9.1; ")


def test_what_is_found_beside_it_only_differs_from_what_is_recommended() -> None:
    stack = spark(packages=known({"sim": "6.0", "torch": "2.8.0"}))
    assert ("warning", "torch", "sim/6-torch") in said(report(stack, sim=SIM))


def test_two_groups_need_not_be_installed_together() -> None:
    asks = (ask("sim", "==6.0", group="extra:sim"), ask("torch", "<2.9", 2, group="extra:train"))
    assert ("error", "torch", "sim/6-torch") not in said(report(spark(asks=asks), sim=SIM))
