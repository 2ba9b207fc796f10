"""Choices that exclude each other are judged each by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackcheck.judge import alternatives
from stackcheck.model import Finding
from tests.judge.small import ask, report, said, spark, store

if TYPE_CHECKING:
    from stackcheck.model import Ask, Severity


def choice(wish: Ask, *names: str, group: str | None = None) -> Ask:
    return replace(wish, alternatives=names, group=group)


CPU = choice(ask("torch", "==2.9.0", 1), "extra:cpu", group="extra:cpu")
CUDA = choice(ask("torch", "==2.9.1", 2, "cu130"), "extra:cuda", group="extra:cuda")


def test_two_pins_of_two_choices_do_not_exclude_each_other() -> None:
    assert [row for _, _, row in said(report(spark(asks=(CPU, CUDA))))] == ["torch/pypi-cpu"]
    together = (replace(CPU, alternatives=(), group=None), replace(CUDA, alternatives=(), group=None))
    assert "asks/torch" in [row for _, _, row in said(report(spark(asks=together)))]


def test_each_choice_has_its_own_index() -> None:
    judged = report(spark(asks=(CPU, CUDA)))
    assert said(judged) == [("warning", "torch", "torch/pypi-cpu")]
    assert judged.findings[0].message.endswith("Asked for only with extra cpu.")
    assert said(report(spark(asks=(CUDA,)))) == []


def test_what_is_wrong_without_a_choice_alone_is_no_error() -> None:
    base = choice(ask("torch", "==2.9.0", 1), "")
    judged = report(spark(asks=(base, CUDA)))
    assert said(judged) == [("warning", "torch", "torch/pypi-cpu")]
    assert judged.findings[0].message.endswith("That is so without extra cuda.")


def test_what_is_wrong_with_every_choice_is_an_error() -> None:
    first, second = choice(ask("torch", "==2.9.0", 1), ""), choice(ask("torch", "==2.9.0", 2), "extra:dev")
    judged = report(spark(asks=(first, second)))
    assert said(judged) == [("error", "torch", "torch/pypi-cpu")]
    assert judged.findings[0].location == first.origin.location


def test_the_lists_at_the_end_of_a_message_are_joined() -> None:
    def finding(message: str, severity: Severity) -> Finding:
        return Finding("kind", "an/id", severity, "torch", message)

    known = finding("Bad. Asked for only with extra a.", "warning")
    unknown = finding("x. Not judged for that: r, s.", "unknown")
    choices = {
        "extra:a": [known, unknown],
        "extra:b": [finding("Bad. Asked for only with extra b and extra a.", "warning")],
        "extra:c": [finding("x. Not judged for that: s, t.", "unknown")],
    }
    assert [one.message for one in alternatives.merged(choices)] == [
        "Bad. Asked for only with extra a and extra b.",
        "x. Not judged for that: r, s, t.",
    ]


def test_what_no_choice_changes_is_said_once() -> None:
    torch = ask("torch", "==2.9.0", 1)
    numpy = [choice(ask("numpy", pin, 2), name) for pin, name in (("==1.0", "extra:a"), ("==2.0", "extra:b"))]
    assert said(report(spark(asks=(torch, *numpy)))) == said(report(spark(asks=(torch,))))


def test_choices_that_do_not_differ_for_the_judge_are_one() -> None:
    names = [f"extra:e{number}" for number in range(100)]
    asks = tuple(choice(ask(f"unknown-{name[6:]}", "==1"), name) for name in names)
    assert len(alternatives.of(spark(asks=asks), store())[0]) == 1
    apart = tuple(choice(ask("torch", f"==2.9.{number}"), name) for number, name in enumerate(names))
    more = choice(ask("torch", "==2.5.0"), *(f"{name}+extra:more" for name in names))
    assert len(alternatives.of(spark(asks=(*apart, more)), store())[0]) == len(names) + 1  # no other has the last ask


def test_the_asks_of_one_project_choice_by_choice() -> None:
    both = ask("torch", ">=2")
    assert alternatives.parts([both]) == [[both]]
    assert alternatives.parts([both, CPU, CUDA]) == [[both, CPU], [both, CUDA]]


def extras(number: int) -> tuple[Ask, ...]:
    return tuple(replace(ask("torch", f"==2.9.{at % 2}", at), group=f"extra:e{at}") for at in range(1, number + 1))


def test_extras_that_are_too_many_are_said_to_be_judged_together() -> None:
    assert report(spark(asks=extras(5))).coverage.not_judged == ()
    (entry,) = report(spark(asks=extras(alternatives.MAX_CHOICES))).coverage.not_judged
    assert entry.id == "coverage/choices"
    assert entry.message.startswith("24 of 26 choices of extras and groups by themselves (extra e1, extra e2")
    assert entry.location is not None


def test_combinations_that_are_too_many_are_said_not_to_be_judged() -> None:
    def option(at: int, version: str, *names: str) -> Ask:
        return replace(ask("torch", version, at), group=names[0], alternatives=names)

    both = [f"extra:e{at}+extra:z" for at in range(1, 14)]
    lines = [option(at, "==2.9.0", f"extra:e{at}", name) for at, name in enumerate(both, start=1)]
    lines.append(option(20, "==2.9.1", *both))
    (entry,) = report(spark(asks=tuple(lines))).coverage.not_judged
    assert entry.message.startswith("12 of 26 choices of extras and groups by themselves (extra e2 and extra z")
