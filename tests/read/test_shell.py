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
        (
            "pip install $(cat f) `cat g` b$((1+2))",
            [["cat", "f"], ["cat", "g"], ["pip", "install", "$(…)?", "$(…)?", "b$(…)?"]],
        ),
        ("cat <<E > f\npip install no\nE\npip install yes", [["cat"], ["pip", "install", "yes"]]),
        ("(cd x && pip install a) || true", [["cd", "x"], ["pip", "install", "a"], ["true"]]),
        ("f() { pip install a; }", [["pip", "install", "a"]]),
        ("! pip install a 2>&1 >log <in", [["pip", "install", "a"]]),
        ("# comment\n   \n\t", []),
        ("'unclosed pip", []),
        ("echo ${unclosed", [["echo"]]),
    ],
)
def test_words(text: str, expected: list[list[str]]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('x=$(echo "(" )\npip install a', [["echo", "("], ["pip", "install", "a"]]),
        ("x=`echo ')'`\npip install a", [["echo", ")"], ["pip", "install", "a"]]),
        ("(( a >= b )) && pip install a", [["pip", "install", "a"]]),
        ("if (( a > b << 2 )); then pip install a; fi", [["pip", "install", "a"]]),
        ("echo $((1<<N))\npip install a", [["echo", "$(…)?"], ["pip", "install", "a"]]),
        ("cat <<<EOF\npip install a", [["cat"], ["pip", "install", "a"]]),
        ("echo 'cout <<x'\npip install a", [["echo", "cout <<x"], ["pip", "install", "a"]]),
        ("pip install a >log b 2>&1 c", [["pip", "install", "a", "b", "c"]]),
        ("x && pip install a >log b && c", [["x"], ["pip", "install", "a", "b"], ["c"]]),
        ("a | b\n\n# why\npip install c", [["a"], ["b"], ["pip", "install", "c"]]),
        ("a | b --c \\\n  # why\n\n# why\npip install c", [["a"], ["b", "--c"], ["pip", "install", "c"]]),
        ("[ $a \\< 3 ] && pip install c", [["pip", "install", "c"]]),
    ],
)
def test_nothing_of_a_script_is_swallowed(text: str, expected: list[list[str]]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "bash -c 'pip install a'",
        'bash -c "pip install a"',
        "sh -lc 'pip install a'",
        "/bin/bash -euo pipefail -c 'pip install a'",
        "sudo -u x bash --login -c 'cd x && pip install a'",
        "su x -c 'pip install a'",
        "su -c 'pip install a' x",
        "su - x --command='pip install a'",
        "eval pip install a",
        "eval 'pip install a'",
        "C='pip install a'; eval $C",
        "C='pip install a'; bash -c \"$C\"",
        "bash -c 'bash -c \"pip install a\"'",
        "bash <<'E'\npip install a\nE",
        "sudo -E sh -s x <<-E\n\tpip install a\n\tE",
        "PIP='python -m pip'; $PIP install a",
        "PIP=(python -m pip); ${PIP[@]} install a",
        'A=(pip); A+=(install a); "${A[@]}"',
        "I='pip install'; I+=' a'; $I",
        'f() { pip install "$1"; }; f a',
        'f() { "$@"; }; f pip install a',
        "f() { $*; }; g() { f pip install $1; }; g a",
        "for i in a; do pip install $i; done",
        "A=${B:-${C-a}}; pip install $A",
        'pip install "${B:-"a"}"',
        "export A=a B; pip install $A",
    ],
)
def test_who_runs_what(text: str) -> None:
    (found,) = [words for words in texts(text) if "install" in words]
    assert found[-3:] == ["pip", "install", "a"]


def test_a_function_is_read_at_each_call() -> None:
    text = 'need() { pip install "$@"; }\nneed a $B\nif x; then need c; fi\n'
    found = [one for one in commands(text, {}) if len(one.words) > 2]
    assert [([word.text for word in one.words[2:]], one.conditional) for one in found] == [
        (["a", "${B}"], False),
        (["c"], True),
    ]
    assert [text[word.start : word.end] for word in found[0].words[2:]] == ["a", "$B"]


def test_what_a_branch_sets_is_known_in_it_alone() -> None:
    text = "A=1\nif x; then A=2; p $A; else p $A; fi\np $A\ncase y in a) A=3; p $A;; esac\n[ z ] && A=4\np $A"
    assert [words[1] for words in texts(text) if words[0] == "p"] == ["2", "1", "${A}?", "3", "${A}?"]


def test_what_a_command_gets() -> None:
    text = "PIP_A=1; export PIP_B=2 OTHER=3; export UV_C=$(x); D=4 p; export PIP_A; q"
    found = {one.words[0].text: dict(one.environment) for one in commands(text, {"UV_E": "5"}, ("UV_E", "OTHER"))}
    assert found["p"] == {"PIP_B": "2", "UV_C": None, "D": "4", "UV_E": "5"}
    assert found["q"] == {"PIP_A": "1", "PIP_B": "2", "UV_C": None, "UV_E": "5"}


def test_the_lines_of_a_here_document() -> None:
    text = "cat <<E > f && g\n a==$A\n\n\\$b \"c\"\nE\ncat <<'E' > f\n$A\nE\n"
    first, _, second = commands(text, {"A": "1"})
    assert [(word.text, text[word.start : word.end]) for word in first.document] == [
        ("a==1", "a==$A"),
        ('$b "c"', '\\$b "c"'),
    ]
    assert [word.text for word in second.document] == ["$A"]


def test_places_behind_characters_of_several_bytes() -> None:
    text = "echo 'é€𝄞'; bash -c 'ü; pip install a'"
    found = next(one for one in commands(text, {}) if one.words[0].text == "pip")
    assert [text[word.start : word.end] for word in found.words] == ["pip", "install", "a"]


@pytest.mark.parametrize("text", ["$(" * 20_000, "{ " * 20_000, "if " * 20_000, "eval " * 5_000, "a && " * 5_000])
def test_junk_takes_no_time(text: str) -> None:
    list(commands(text, {}))


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("pip install a", False),
        ("true && pip install a", False),
        ("pip install b || pip install a", True),
        ("[ -f x ] && pip install a", True),
        ("if x; then\n pip install a\nfi", True),
        ("if x; then y; fi; pip install a", False),
        ("for i in 1 2; do pip install a; done", False),
        ("case $x in y) pip install a;; esac", True),
        ("while true; do true; done\npip install a", False),
        ("pip install b ||\npip install a", True),
        ("f() { pip install a; }", True),
        ("f() { pip install a; }\nf", False),
        ("x || f() { pip install a; }", True),
        ("docker run x bash -c 'pip install a'", True),
        ("bash -c 'if x; then pip install a; fi'", True),
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


def certain(text: str) -> list[tuple[str, bool]]:
    """What each call of pip installs, and whether it runs for certain."""
    found = [one for one in commands(text, {}) if one.words[0].text == "pip"]
    return [(" ".join(word.text for word in one.words[2:]), not one.conditional) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A loop over words that are known, the first condition of `if`, `until` and `while`.
        ("for p in a b; do pip install $p; done", [("a", True), ("b", True)]),
        ('L=; for p in a b; do L="$L $p"; pip install x; done; pip install $L', [("x", True), ("a b", True)]),
        ("x || for p in a b; do pip install $p; done", [("a", False), ("b", False)]),
        ("for p in a b; do [ -f x ] && continue; pip install $p; done", [("a", False), ("b", False)]),
        ("for p in *.whl; do pip install $p x; done", [("*.whl x", False)]),
        ("if ! pip install x; then pip install y; exit 1; fi", [("x", True), ("y", False)]),
        ("until pip install x; do pip install y; done", [("x", True), ("y", False)]),
        ("if a; then b; elif pip install x; then c; fi", [("x", False)]),
        ("x || if pip install x; then c; fi", [("x", False)]),
        # `local` ends with its function, `shift` takes arguments away.
        ('I=echo; f() { local I="pip install"; $I a; }; f; $I b', [("a", True)]),
        ('f() { local -a A=(pip install); "${A[@]}" a; }; f; "${A[@]}" b', [("a", True)]),
        ('f() { shift; pip install "$@"; }; f a b c', [("b c", True)]),
        ('f() { shift 2; pip install "$1"; }; x || f a b c', [("c", False)]),
        # Nothing runs behind an `exit` that runs for certain.
        ("pip install a\nexit 0\npip install b", [("a", True)]),
        ("f() { exit; }\npip install a\nf\npip install b", [("a", True)]),
        ("x || exit 1; (exit 1); x && exit; [ a ] && { exit 0; }; x | exit; pip install a", [("a", True)]),
        ("if x; then exit; fi; pip install a", [("a", True)]),
        ("exit 0\nf() {\npip install (\n", []),
    ],
)
def test_what_always_runs_and_what_never(text: str, expected: list[tuple[str, bool]]) -> None:
    assert certain(text) == expected


def test_an_argument_that_may_be_shifted_is_not_known() -> None:
    assert texts('f() { if x; then shift; fi; pip install "$1"; }; f a b')[-1] == ["pip", "install", "$…?"]


@pytest.mark.parametrize(
    ("text", "installs"),
    [
        ("cat <<EOF | bash\npip install x\nEOF\n", True),
        ("cat <<EOF | sudo bash -s -- a\npip install x\nEOF\n", True),
        ('echo "pip install x" | bash', True),
        ("echo pip install x | sh", True),
        ("printf 'pip install x\\n' | sh", True),
        ("cat > x.sh <<EOF\npip install x\nEOF\nchmod +x x.sh\nbash x.sh", True),
        ("cat <<EOF > x.sh && sudo ./x.sh\npip install x\nEOF\n", True),
        ('echo "pip install x" > /tmp/x.sh; . /tmp/x.sh', True),
        ("tee x.sh <<EOF\npip install x\nEOF\nsh -e x.sh", True),
        ("cat > x.sh <<EOF\npip install x\nEOF\ncat x.sh", False),
        ("cat > x.sh <<EOF\npip install x\nEOF\necho > x.sh; bash x.sh", False),
        ("cat <<EOF | ssh host bash\npip install x\nEOF\n", False),
        ("echo pip install x | grep x | bash", False),
        ("echo pip install x | cat; bash", False),
    ],
)
def test_a_text_that_a_shell_is_given_by_a_pipe_or_a_file(text: str, installs: bool) -> None:
    assert certain(text) == ([("x", True)] if installs else [])


def test_each_word_of_a_piped_text_has_its_place() -> None:
    text = "cat <<EOF | bash\npip install x\nEOF\necho 'pip install y' | bash"
    places = [text[one.words[2].start : one.words[2].end] for one in commands(text, {}) if one.words[0].text == "pip"]
    assert places == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install {{ pkgs }} x", ["{{ pkgs }}?", "x"]),
        ("pip install torch=={{cookiecutter.torch}} x", ["torch=={{cookiecutter.torch}}?", "x"]),
        ('A="{{ pkgs }}"; pip install $A "y<{{ v }}"', ["${A}?", "y<{{ v }}?"]),
        ("pip install {{ pkgs | join(' ') }} x", ["{{ pkgs | join(' ') }}?", "x"]),
        ("docker ps --format '{{.Names}}'; pip install x", ["x"]),
        ("echo {{1..3},{5..7}}; pip install x", ["x"]),
    ],
)
def test_a_template_in_the_text_is_something_unknown(text: str, expected: list[str]) -> None:
    assert texts(text)[-1][2:] == expected
    named = [word for one in commands(text, {}) for word in one.words if "{{ " in word.text]
    assert {word.unknown for word in named} <= {"a template"}
