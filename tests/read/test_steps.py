"""Installs one after the other, as pip leaves them."""

from __future__ import annotations

import pytest

from stackcheck.model import Ask, Indexes, Origin
from stackcheck.read.steps import Steps

HERE = Origin("asked", "a test")
PYPI, CU130 = Indexes(("pypi",)), Indexes(("cu130",))


def after(earlier: list[Ask], later: list[Ask], **options: bool) -> list[Ask]:
    """The asks of two commands that run one after the other."""
    steps = Steps()
    steps.add(earlier)
    steps.add(later, **options)
    return steps.asks


def ask(specifier: str, indexes: Indexes = PYPI, *, applies: bool | None = True, name: str = "torch") -> Ask:
    return Ask(name, specifier, HERE, applies=applies, indexes=indexes)


@pytest.mark.parametrize(
    ("earlier", "later", "stays"),
    [
        ("", "==2.9.0", False),
        (">=2.5", "==2.9.0", False),
        ("==2.8.0", "==2.9.0", False),
        ("==2.9.0", "==2.9.0", True),
        ("==2.9.0", "==2.9.0+cu130", False),
        ("==2.9.0", ">=2.5", True),
        ("==2.9.0", ">=2.10", False),
        ("", "", True),
        ("===2.9", "==2.9.0", True),
    ],
)
def test_what_a_later_install_leaves(earlier: str, later: str, stays: bool) -> None:
    first, second = after([ask(earlier)], [ask(later, CU130)])
    assert first.applies is stays
    assert second.applies is True


def test_what_is_there_is_not_taken_again() -> None:
    pin = ask("==2.9.0", CU130)
    assert after([pin], [ask(">=2.5")])[1].indexes == CU130
    assert after([pin], [ask(">=2.5")], upgrade=True)[1].indexes == PYPI
    assert after([pin], [ask(">=2.10")])[1].indexes == PYPI
    assert after([ask(">=2.5", CU130)], [ask("")])[1].indexes == PYPI


def test_each_command_has_its_number() -> None:
    first, second = after([ask("==2.8.0")], [ask("==2.9.0")])
    assert (first.step, first.replaced, second.step, second.replaced) == (("", 1), True, ("", 2), False)


def test_force_installs_anew() -> None:
    first, second = after([ask("==2.9.0")], [ask("==2.9.0", CU130)], force=True)
    assert (first.applies, second.indexes) == (False, CU130)


def test_a_condition_replaces_nothing_for_sure() -> None:
    first, second = after([ask("")], [ask("==2.9.0", CU130, applies=None)])
    assert (first.applies, second.applies) == (True, None)
    assert after([ask("==2.9.0", applies=None)], [ask("", CU130)])[1].indexes == CU130


def test_other_projects_are_left_alone() -> None:
    assert after([ask("==1.0", name="numpy")], [ask("==2.9.0")], force=True)[0].applies is True
