"""Shell text to simple commands, without running anything."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.read.shell import commands


def texts(text: str, **variables: str) -> list[list[str]]:
    """The words of each command; one that is not known is shown with a question mark."""
    return [[word.text + ("?" if word.unknown else "") for word in one.words] for one in commands(text, variables)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install a b", [["pip", "install", "a", "b"]]),
        ("a && b; c | d & e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("pip install 'a>=1' \"b<2\" c\\>3", [["pip", "install", "a>=1", "b<2", "c>3"]]),
        ("pip install \\\n  a \\\n  b # c\nd", [["pip", "install", "a", "b"], ["d"]]),
        ("echo 'it''s' \"\" x''y", [["echo", "its", "", "xy"]]),
        ('A=1; echo $A ${A} ${B:-2} ${A:+3} "$A$B"', [["echo", "1", "1", "2", "3", "1${B}?"]]),
        ("export A='x y'; pip install $A \"$A\"", [["pip", "install", "x", "y", "x y"]]),
        ("A=1 pip install $A", [["pip", "install", "${A}?"]]),
        ("pip install $(cat f) `cat g` b$((1+2))", [["pip", "install", "$(…)?", "$(…)?", "b$(…)?"]]),
        ("cat <<E > f\npip install no\nE\npip install yes", [["cat"], ["pip", "install", "yes"]]),
        ("(cd x && pip install a) || true", [["cd", "x"], ["pip", "install", "a"], ["true"]]),
        ("f() { pip install a; }", [["f"], ["pip", "install", "a"]]),
        ("! pip install a 2>&1 >log <in", [["pip", "install", "a"]]),
        ("# comment\n   \n\t", []),
        ("'unclosed pip", [["unclosed pip"]]),
        ("echo ${unclosed", [["echo", "${…}?"]]),
    ],
)
def test_words(text: str, expected: list[list[str]]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("pip install a", False),
        ("true && pip install a", False),
        ("pip install b || pip install a", True),
        ("[ -f x ] && pip install a", True),
        ("if x; then\n pip install a\nfi", True),
        ("if x; then y; fi; pip install a", False),
        ("for i in 1 2; do pip install a; done", True),
        ("case $x in y) pip install a;; esac", True),
        ("while true; do true; done\npip install a", False),
    ],
)
def test_what_runs_for_certain(text: str, conditional: bool) -> None:
    (found,) = [one for one in commands(text, {}) if [word.text for word in one.words] == ["pip", "install", "a"]]
    assert found.conditional is conditional


def test_a_value_set_under_a_condition_is_not_known() -> None:
    text = 'T=1; if [ "$(uname -m)" = aarch64 ]; then T=2; fi; pip install torch==$T'
    assert texts(text)[-1] == ["pip", "install", "torch==${T}?"]


def test_places_and_output() -> None:
    text = "pip install 'a' b>=2"
    (found,) = commands(text, {})
    assert [text[word.start : word.end] for word in found.words] == ["pip", "install", "'a'", "b"]
    assert found.output is not None
    assert text[found.output.start : found.output.end] == "=2"


@given(st.text(st.sampled_from("ab $'\"\\`(){}<>|&;#\n=-:+E"), max_size=60))
def test_any_text_comes_to_an_end(text: str) -> None:
    for one in commands(text, {"a": "x"}):
        for word in one.words:
            assert 0 <= word.start <= word.end <= len(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), min_size=1, max_size=5))
def test_quoted_words_come_back(words: list[str]) -> None:
    assert texts(f"x {shlex.join(words)}") == [["x", *words]]
