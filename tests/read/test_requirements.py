from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from stackcheck.model import Ask, Indexes, Location, Origin
from stackcheck.read import READERS, ReadError, read_project
from stackcheck.read.lines import logical_lines, without_comment
from stackcheck.read.options import split_options
from stackcheck.read.pep508 import NotAskedError, parse_requirement, repository_name
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from tests.read.reading import SPARK, asked, noted, read, stack

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
WHEEL = "torch-2.9.0%2Bcu130-cp312-cp312-linux_aarch64.whl"


def test_one_requirement_in_full() -> None:
    text = "# the build for GB10\n  Torch_Vision[b , A] >= 0.24, <1 ; platform_machine == 'aarch64'  # why\n"
    at = Location("requirements.txt", 2, 3, 66)
    assert read(requirements_txt=text).asks == (
        Ask(
            name="torch-vision",
            specifier=">=0.24,<1",
            origin=Origin("Torch_Vision[b , A] >= 0.24, <1 ; platform_machine == 'aarch64'", "requirements.txt:2", at),
            extras=("a", "b"),
            marker='platform_machine == "aarch64"',
            applies=True,
            url=None,
            indexes=Indexes(("pypi",), "best"),
            transitive=Indexes(("pypi",), "best"),
            constraint=False,
            group=None,
        ),
    )


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("torch", ""),
        ("torch==2.9.0+cu130", "==2.9.0+cu130"),
        ("torch (>=2.5,<2.9)", "<2.9,>=2.5"),
        ("torch===2.9.0a0+50eac811a6.nv25.09", "===2.9.0a0+50eac811a6.nv25.09"),
        ("torch ~= 2.9", "~=2.9"),
        ("torch==2.*", "==2.*"),
        ("torch;", ""),
        ("torch >=2 ;", ">=2"),
    ],
)
def test_specifier_is_as_written(text: str, specifier: str) -> None:
    (ask,) = read(requirements_txt=text).asks
    assert (ask.name, ask.specifier) == ("torch", specifier)


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("sys_platform == 'linux'", True),
        ("platform_machine == 'x86_64'", False),
        ("platform_version == '1'", None),
        ("extra == 'dev'", False),
        ("python_version < '3.12'", False),
    ],
)
def test_marker_speaks_of_the_target(marker: str, expected: bool | None) -> None:
    (ask,) = read(requirements_txt=f"torch; {marker}").asks
    assert ask.applies is expected


def test_lines_go_on_and_the_first_one_is_the_place() -> None:
    text = (
        "torch==2.9.0 \\\n    --hash=sha256:00 \\\r\n    --hash=sha256:01\r\n\\\n  numpy \\\n>=2 # c \\\nscipy\nlast \\"
    )
    result = read(requirements_txt=text)
    assert asked(result.asks) == [
        "requirements.txt:1:1-13 torch==2.9.0",
        "requirements.txt:5:3-9 numpy>=2",
        "requirements.txt:8:1-5 last",
    ]
    assert noted(result.unread) == [
        (
            "warning",
            "requirements.txt:7:1-6",
            "pip drops `scipy` without a word: the comment above it ends with a backslash.",
        )
    ]


def test_a_comment_line_ends_a_continued_one() -> None:
    assert asked(read(requirements_txt="torch \\\n# no \\\nnumpy").asks) == [
        "requirements.txt:1:1-6 torch",
        "requirements.txt:3:1-6 numpy",
    ]


def test_editor_lines_where_pip_splits_more() -> None:
    result = read(requirements_txt="a\r\nb\rc # x \u2028 d==1\n\x0ce\nf")
    assert asked(result.asks) == [
        "requirements.txt:1:1-2 a",
        "requirements.txt:2:1-2 b",
        "requirements.txt:3:1-2 c",
        "requirements.txt:3:9-13 d==1",
        "requirements.txt:4:2-3 e",
        "requirements.txt:5:1-2 f",
    ]
    assert noted(result.unread) == [
        (
            "warning",
            "requirements.txt:3:7-8",
            "pip ends the line at an invisible character (U+2028) and reads the rest as a line of its own; an editor "
            "shows one line.",
        )
    ]


def test_variables_are_those_of_the_target() -> None:
    target = stack({"CUDA": "cu130", "TOKEN": "s3cret", "EMPTY": ""})
    text = (
        "--index-url https://me:${TOKEN}@index.example/whl/${CUDA}\n"
        "torch==${VERSION}\n"
        "a${EMPTY}\n"
        "b==1 # ${CUDA}\n"
        "c==1+${CUDA}\n"
        "d==1+${cuda}\n"
    )
    result = read(target=target, requirements_txt=text)
    assert asked(result.asks) == ["requirements.txt:4:1-5 b==1", "requirements.txt:5:1-13 c==1+cu130"]
    assert {ask.indexes for ask in result.asks} == {Indexes(("cu130",))}
    assert noted(result.unread) == [
        (
            "unknown",
            "requirements.txt:2:1-18",
            "`torch==${VERSION}` depends on the variable VERSION, whose value is not known.",
        ),
        ("unknown", "requirements.txt:3:1-10", "`a${EMPTY}` depends on the variable EMPTY, whose value is not known."),
        (
            "unknown",
            "requirements.txt:6:1-13",
            "`d==1+${cuda}` is not a requirement: expected comma (within version specifier), semicolon (after version "
            "specifier) or end.",
        ),
    ]


def test_index_with_an_unknown_variable_is_one_of_which_nothing_is_known() -> None:
    result = read(requirements_txt="-i https://index.example/whl/${CUDA}\ntorch")
    unknown = Indexes(("${CUDA}",))
    assert [(ask.indexes, ask.transitive) for ask in result.asks] == [(unknown, unknown)]
    assert noted(result.unread) == [
        (
            "unknown",
            "requirements.txt:1:1-37",
            "Which index `https://index.example/whl/${CUDA}` stands for depends on a variable that is not known.",
        )
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("--extra-index-url https://index.example/whl/cu130", ("pypi", "cu130")),
        ("--index-url https://index.example/whl/cu130", ("cu130",)),
        ("-i https://index.example/whl/cu126\n--index https://index.example/whl/cu130/", ("cu130",)),
        ("-ihttps://index.example/whl/cu130\n--extra-index-url=https://index.example/simple", ("cu130", "pypi")),
        ("--no-index\n-f https://index.example/wheels/\n-i https://index.example/simple", ("index.example/wheels",)),
        ("--find-links ./wheels", ("pypi", "./wheels")),
        ("--no-index", ()),
        ("--pre\n--no-binary :all:\n--only-binary=x\n--prefer-binary\n--trusted-host h --use-feature f", ("pypi",)),
    ],
)
def test_indexes_of_a_run(options: str, names: tuple[str, ...]) -> None:
    (ask,) = read(requirements_txt=f"torch\n{options}\n").asks
    assert (ask.indexes, ask.transitive) == (Indexes(names, "best"), Indexes(names, "best"))


def test_index_options_of_an_included_file_count_for_all() -> None:
    result = read(
        "all.txt", "more.in", all_txt="-r sub/cu.txt\na", sub__cu_txt="--extra-index-url=//i.example/x\nb", more_in="c"
    )
    assert [(ask.name, ask.indexes) for ask in result.asks] == [
        (name, Indexes(("pypi", "i.example/x"))) for name in ("b", "a", "c")
    ]
    assert result.files == ("all.txt", "sub/cu.txt", "more.in")


def test_pip_variables_come_first_and_an_index_url_drops_them() -> None:
    target = stack({"PIP_INDEX_URL": "https://u:p@i.example/a", "PIP_EXTRA_INDEX_URL": "https://i.example/whl/cpu x"})
    assert read(target=target, requirements_txt="a").asks[0].indexes == Indexes(("i.example/a", "cpu", "x"))
    result = read(target=target, requirements_txt="a\n-i https://i.example/whl/cu130")
    assert result.asks[0].indexes == Indexes(("cu130",))
    assert [one.reason.partition(":")[0] for one in result.unread] == [
        "pip drops the index cpu (PIP_EXTRA_INDEX_URL)",
        "pip drops the index x (PIP_EXTRA_INDEX_URL)",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "torch==2.9 --index-url https://u:p@i.example/whl/cu130",
            "pip ignores --index-url on the line of a requirement; put it on a line of its own.",
        ),
        (
            "- torch",
            "pip drops `torch` without a word: a list item of YAML is no requirement. Remove the `- `.",
        ),
        (
            "--pre torch",
            "pip drops `torch` without a word: after an option, no requirement is read. Put it on a line of its own.",
        ),
        (
            "torch --install-option=x",
            "pip refuses the whole file because of `torch --install-option=x`: no such option: --install-option.",
        ),
        ("-f a -f b", "pip reads only the first --find-links of a line."),
    ],
)
def test_what_pip_loses_without_a_word(line: str, reason: str) -> None:
    result = read(requirements_txt=line)
    assert [(one.severity, one.reason) for one in result.unread] == [("warning", reason)]
    assert [ask.name for ask in result.asks] == (["torch"] if line.startswith("torch") else [])
    assert {ask.indexes for ask in result.asks} <= {Indexes()}


def test_index_named_before_an_index_url_is_dropped() -> None:
    text = "--extra-index-url https://u:p@i.example/whl/cu130\n--index-url https://i.example/simple\ntorch"
    result = read(requirements_txt=text)
    assert result.asks[0].indexes == Indexes(("pypi",))
    assert noted(result.unread) == [
        (
            "warning",
            "requirements.txt:2:1-37",
            "pip drops the index cu130 (requirements.txt:1): an --index-url replaces every index named before it. Name "
            "it after this line, with --extra-index-url.",
        )
    ]


def test_constraints_narrow_without_asking() -> None:
    result = read(
        "requirements.txt",
        requirements_txt="torch\n-c pins/constraints.txt",
        pins__constraints_txt="torch<2.9\n-e ./x\n-r ../base.txt",
        base_txt="numpy",
    )
    assert [(str(ask), ask.constraint) for ask in result.asks] == [
        ("torch", False),
        ("torch<2.9", True),
        ("numpy", False),
    ]
    assert noted(result.unread) == [
        ("warning", "pins/constraints.txt:2:1-7", "pip refuses -e in a constraints file."),
    ]
    assert read(constraints_txt="torch<2.9").asks[0].constraint is True


def test_direct_references() -> None:
    host = "https://user:t0ken@h.example"
    lines = [
        f"torch @ {host}/{WHEEL}?sig=abc ; sys_platform == 'linux'",
        f"{host}/{WHEEL}#sha256=00",
        f"./wheels/{WHEEL}[opt]",
        f"git+{host}/a/b.git@v1#egg=B_x[y]&subdirectory=z",
        "-e git+ssh://git@h.example/a/b.git#egg=c",
        "--editable 'd[e] @ git+https://h.example/d.git'",
        "numpy @ file:///wheels/torch-2.9.0-py3-none-any.whl",
        f"git+{host}/a/b.git?token=abc",
        "-e .[dev]",
        "./pkg",
        "..",
        f"{host}/pkg-1.0.tar.gz",
    ]
    result = read(requirements_txt="\n".join(lines))
    assert [(ask.name, ask.specifier, ask.extras, ask.url) for ask in result.asks] == [
        ("torch", "==2.9.0+cu130", (), f"https://h.example/{WHEEL}"),
        ("torch", "==2.9.0+cu130", (), f"https://h.example/{WHEEL}#sha256=00"),
        ("torch", "==2.9.0+cu130", ("opt",), f"./wheels/{WHEEL}"),
        ("b-x", "", ("y",), "git+https://h.example/a/b.git@v1#egg=B_x[y]&subdirectory=z"),
        ("c", "", (), "git+ssh://h.example/a/b.git#egg=c"),
        ("d", "", ("e",), "git+https://h.example/d.git"),
        ("numpy", "", (), "file:///wheels/torch-2.9.0-py3-none-any.whl"),
        ("b", "", (), "git+https://h.example/a/b.git"),  # as its repository is called
    ]
    named = "names no project; write `name @ URL`, so that it can be checked."
    local = "is a local project; what it asks for stands in its own files."
    alone = "behind `#egg=` stands a name alone. Write `name[extra] @ URL`."
    url = "git+https://h.example/a/b.git@v1#egg=B_x[y]&subdirectory=z"
    assert noted(result.unread) == [
        ("warning", f"requirements.txt:4:1-{len(lines[3]) + 1}", f"pip refuses `{url}`: {alone}"),
        ("note", "requirements.txt:9:1-10", f"`.[dev]` {local}"),
        ("note", "requirements.txt:10:1-6", f"`./pkg` {local}"),
        ("note", "requirements.txt:11:1-3", f"`..` {local}"),
        ("unknown", f"requirements.txt:12:1-{len(lines[11]) + 1}", f"`https://h.example/pkg-1.0.tar.gz` {named}"),
    ]
    assert "t0ken" not in repr(result)
    assert "abc" not in repr(result)


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        ("git+https://h.example/x.git#egg=name[extra]", "name", "behind `#egg=` stands a name alone"),
        ("https://h.example/x.tar.gz#egg=name==1", "", "behind `#egg=` stands a name alone"),
        (f"https://h.example/{WHEEL}#egg=torch[x]", "torch", "behind `#egg=` stands a name alone"),
        (f"-e https://h.example/{WHEEL}", "torch", "pip refuses `-e` before"),
        (f"-e ./{WHEEL}", "torch", "pip refuses `-e` before"),
        ("-e 'name @ https://h.example/x.tar.gz'", "name", "pip refuses `-e` before"),
        ("-e 'name @ git+https://h.example/x.git'", "name", ""),
        ("-e git+https://h.example/x.git#egg=name", "name", ""),
        ("https://h.example/x.tar.gz#egg=name", "name", ""),
    ],
)
def test_what_pip_itself_refuses_is_said(line: str, name: str, said: str) -> None:
    result = read(requirements_txt=line)
    assert [ask.name for ask in result.asks] == ([name] if name else [])
    assert [(one.severity, said in one.reason) for one in result.unread] == ([("warning", True)] if said else [])


def test_one_bad_line_does_not_stop_the_rest() -> None:
    result = read(requirements_txt="torch=2.9\n<html>\ntorch>=2; python_version !! 3\n--nope\n-r 'x\nnumpy")
    assert [str(ask) for ask in result.asks] == ["numpy"]
    assert noted(result.unread) == [
        ("unknown", "requirements.txt:1:1-10", "`torch=2.9` is not a requirement: `=` is no operator, use `==`."),
        (
            "unknown",
            "requirements.txt:2:1-7",
            "`<html>` is not a requirement: expected package name at the start of dependency specifier.",
        ),
        ("unknown", "requirements.txt:3:1-30", "`python_version !! 3` is not an environment marker."),
        (
            "unknown",
            "requirements.txt:4:1-7",
            "pip refuses the whole file because of `--nope`: no such option: --nope.",
        ),
        (
            "unknown",
            "requirements.txt:5:1-6",
            "pip refuses the whole file because of `-r 'x`: `-r 'x` has a quotation mark without its partner.",
        ),
    ]


def test_includes_that_cannot_be_followed() -> None:
    result = read(
        requirements_txt="-r a.txt\n-r https://u:p@h.example/r.txt?token=x\n-r ${DIR}/r.txt\n-r a.txt -c b.txt",
        a_txt="a\n--requirement requirements.txt",
    )
    assert [str(ask) for ask in result.asks] == ["a"]
    assert noted(result.unread) == [
        (
            "unknown",
            "requirements.txt:2:1-39",
            "The included file `https://h.example/r.txt` lies on the network and was not read.",
        ),
        (
            "unknown",
            "requirements.txt:3:1-16",
            "The included file `${DIR}/r.txt` has a variable that is not known in its name and was not read.",
        ),
        (
            "warning",
            "requirements.txt:4:1-18",
            "pip reads only the first -r of a line, or else its first -c, and no other option there.",
        ),
        ("warning", "a.txt:2:1-31", "requirements.txt includes itself, which pip refuses; it was read once."),
    ]


def test_the_same_file_is_read_once() -> None:
    files = {f"r{number}_txt": f"-r r{number + 1}.txt\n-r r{number + 1}.txt\n" for number in range(30)}
    result = read(**files, r30_txt="torch")
    assert asked(result.asks) == ["r30.txt:1:1-6 torch"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04\0", "requirements.txt: is a binary file; name a text file"),
        (
            "torch".encode("utf-16-le"),
            "requirements.txt: looks like UTF-16 without a byte order mark; save it as UTF-8",
        ),
        (b"caf\xe9", "requirements.txt: is not utf-8 text; save it as UTF-8"),
        (
            b"# coding: hex\n00",
            "requirements.txt:1: its coding line names 'hex', which is no text encoding; save it as UTF-8",
        ),
        ("-r x.txt", "requirements.txt:1:1: the included file x.txt does not exist; check the path"),
    ],
)
def test_files_that_cannot_be_used(content: str | bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(requirements_txt=content)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, ""), "r.txt: does not exist; check the path"),
        (IsADirectoryError(21, ""), "r.txt: is a directory; name a file in it"),
        (PermissionError(13, ""), "r.txt: may not be read; check its permissions"),
        (OSError(5, "Input/output error"), "r.txt: cannot be read (Input/output error); check the path"),
    ],
)
def test_files_that_cannot_be_loaded(error: OSError, message: str) -> None:
    def load(path: str) -> bytes:
        raise error

    with pytest.raises(ReadError) as caught:
        read_project(["r.txt"], SPARK, load)
    assert str(caught.value) == message


def test_includes_nest_within_bounds() -> None:
    files = {f"r{number}_txt": f"-r r{number + 1}.txt" for number in range(100)}
    with pytest.raises(ReadError, match="files include each other more than 40 deep"):
        read(**files)


def test_too_large_a_file() -> None:
    with pytest.raises(ReadError, match="larger than 10 MB"):
        read(requirements_txt=b"#" * 50_000_001)


@pytest.mark.parametrize(
    "content",
    [
        "\ufefftorch\n".encode(),
        "\ufefftorch\n".encode("utf-16-le"),
        "\ufefftorch\n".encode("utf-16-be"),
        "\ufefftorch\n".encode("utf-32-le"),
        b"# -*- coding: latin-1 -*- \xe9\ntorch",
        b"#!x\n# vim: set fileencoding=latin-1 : \xe9\ntorch",
    ],
)
def test_encodings_thatpip_reads(content: bytes) -> None:
    assert [str(ask) for ask in read(requirements_txt=content).asks] == ["torch"]


@pytest.mark.parametrize("name", ["Makefile.am", "x.rst", "CMakeLists.txt", "d/notes.md"])
def test_other_kinds_of_file_are_said_to_be_unread(name: str) -> None:
    result = read_project([name], SPARK, lambda path: b"\0")
    kind = name.rpartition("/")[2]
    assert [(one.severity, str(one.location), one.reason) for one in result.unread] == [
        ("unknown", name, f"This kind of file ({kind}) is not read yet.")
    ]
    assert (result.asks, result.files) == ((), ())


@pytest.mark.parametrize("name", ["-", "a.in", "requirements.lock", "dev-constraints", "x/Requirements.TXT"])
def test_names_of_requirements_files(name: str) -> None:
    assert [str(ask) for ask in read_project([name], SPARK, lambda path: b"torch").asks] == ["torch"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://user:token@host/simple", "https://host/simple"),
        ("https://token@host:8080/a@b?x=1#egg=c", "https://host:8080/a@b#egg=c"),
        ("--index-url=https://u:p@host/x https://v:q@host/y", "--index-url=https://host/x https://host/y"),
        ("https://u:p@ss@host/x", "https://host/x"),
        ("https://u:p/ss@host/x", "https://host/x"),
        ("https://u:p?ss@host/x", "https://"),
        ("https://u@x:p/ss@host/x", "https://host/x"),
        ("//u:p@host/x", "//host/x"),
        ("u:p@host/x", "host/x"),
        ("https://[::1]:80/x?token=t", "https://[::1]:80/x"),
        ("a?b @ c", "a?b @ c"),
        ("file:///a@b/c", "file:///a@b/c"),
    ],
)
def test_redact(text: str, left: str) -> None:
    assert redact(text) == left


def test_shown_is_one_printable_line() -> None:
    assert shown("a\tb\x1b[31m") == "`a b\\u001b[31m`"
    assert shown("x" * 200) == f"`{'x' * 100}…`"


PLAIN = st.text(st.sampled_from("ab1.-_[], \t=<>!~*+;()'@\u00e9"), max_size=24)


@given(PLAIN | PLAIN.map(lambda text: f"a{text}") | PLAIN.map(lambda text: f"a=={text}"))
def test_the_quick_way_agrees_with_packaging(text: str) -> None:
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        with pytest.raises(NotAskedError):
            parse_requirement(text)
        return
    found = parse_requirement(text)
    assert found.name == canonicalize_name(expected.name)
    assert Requirement(f"x{found.specifier}").specifier == expected.specifier or found.url
    assert found.extras == tuple(sorted({canonicalize_name(extra) for extra in expected.extras}))
    assert found.marker == (str(expected.marker) if expected.marker else None)


TOKENS = st.lists(
    st.one_of(
        st.sampled_from(
            ["a", "==1", ".", ";", "'", "[", "]", "=", "?", ":", "@", "//", "https:", "git+", ".whl", "${A}"]
        ),
        st.sampled_from([" ", "\t", "\\", "\n", "\r", "\x0c", "\u2028", "#", "os_name"]),
        st.sampled_from(["-", "-r ", "-e", "-i ", "-f ", "-c ", "--pre", "--hash="]),
    )
).map("".join)


@given(st.text() | TOKENS)
def test_any_text_gives_a_result(text: str) -> None:
    def load(path: str) -> bytes:
        if path != "requirements.txt":
            raise FileNotFoundError(2, "")
        return text.encode("utf-8", "replace")

    try:
        result = read_project(["requirements.txt"], SPARK, load)
    except ReadError:
        return
    for one in (*(ask.origin.location for ask in result.asks), *(unread.location for unread in result.unread)):
        assert one is not None
        assert one.line is not None
        assert one.line >= 1
        assert one.column is not None
        assert 1 <= one.column < (one.end_column or 0)


@settings(deadline=None)  # pip's parser is loaded in the first example, which takes long on a busy machine
@given(TOKENS)
def test_logical_lines_are_those_of_pip(text: str) -> None:
    preprocess = _pip().preprocess
    ours = []
    for line in logical_lines(text):
        statement = without_comment(line.text).strip()
        if statement:
            ours.append((line.pieces[0].line, statement))
    theirs = list(preprocess(text))
    assert [text for _, text in ours] == [text for _, text in theirs]
    if not any(char in text for char in "\x0c\u2028\\"):
        assert ours == theirs
    for _, statement in ours:
        pip_requirement, pip_options = _pip().break_args_options(statement)
        requirement, options = split_options(statement)
        assert (requirement.rstrip(), options.strip()) == (pip_requirement.rstrip(), pip_options.strip())


def _pip():  # type: ignore[no-untyped-def]
    internals = pytest.importorskip("pip._internal.req.req_file", reason="pip is not in this environment")
    for name in ("parse_requirements", "preprocess", "break_args_options"):
        if not hasattr(internals, name):
            pytest.skip(f"pip moved its internal {name}")
    return internals


def pip_reads(path: Path) -> tuple[set[tuple[object, ...]], set[int]]:
    """pip's own reading: requirements with their lines, and lines of which it makes none."""
    constructors = pytest.importorskip("pip._internal.req.constructors", reason="pip moved its internals")
    from pip._internal.exceptions import InstallationError
    from pip._internal.network.session import PipSession

    found, nameless = set(), set()
    for parsed in _pip().parse_requirements(str(path), session=PipSession()):
        line = int(parsed.comes_from.rpartition("(line ")[2].rstrip(")"))
        try:
            made = constructors.install_req_from_parsed_requirement(parsed)
        except InstallationError:
            made = None
        if made is None or made.req is None:
            nameless.add(line)
            continue
        specifier = "" if made.req.url or made.link else str(made.req.specifier)
        extras = tuple(sorted(canonicalize_name(extra) for extra in made.extras))
        name = canonicalize_name(made.req.name)
        found.add((line, name, specifier, extras, str(made.markers) if made.markers else None))
    return found, nameless


def _corpus_files() -> list[Path]:
    (reader,) = (reader for reader in READERS if reader.title == "pip's requirements format")
    return sorted(path for path in CORPUS.rglob("*") if path.is_file() and reader.reads(path.name))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
@pytest.mark.parametrize("path", _corpus_files(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_real_files_read_aspip_reads_them(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.chdir(path.parent)
    theirs, nameless = pip_reads(path)
    result = read_project([path.name], SPARK, lambda name: Path(name).read_bytes())
    ours = set()
    for ask in result.asks:
        location = ask.origin.location
        assert location is not None
        if location.line in nameless:  # named after its repository here, and by its own files once pip has them
            assert (ask.url or "").startswith("git+")
            continue
        specifier = "" if ask.url else str(Requirement(f"x{ask.specifier}").specifier)
        ours.add((location.line, ask.name, specifier, ask.extras, ask.marker))
        line = path.read_text(encoding="utf-8").splitlines()[(location.line or 0) - 1]
        assert line[(location.column or 0) - 1 :].startswith(ask.origin.text) or "//" in line
    assert ours == theirs
    lines = {ask.origin.location.line for ask in result.asks if ask.origin.location is not None}
    assert nameless <= {one.location.line for one in result.unread} | lines


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git+https://github.com/Dao-AILab/flash-attention.git@v2.8.3", "flash-attention"),
        ("git+https://github.com/rusty1s/pytorch_scatter", "pytorch-scatter"),
        ("git+ssh://git@github.com/NVIDIA/apex.git@22.04-dev/x", "apex"),
        ("git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch", None),
        ("hg+https://h.example/a/My.Project/?token=x", "my-project"),
        ("https://h.example/a/b.zip", None),
        ("git+https://h.example/", None),
    ],
)
def test_a_repository_names_its_project(url: str, name: str | None) -> None:
    assert repository_name(url) == name


@pytest.mark.benchmark
def test_time_is_linear_and_small_beside_packaging() -> None:
    def timed(count: int) -> tuple[float, float]:
        lines = [f"package-{number}=={number % 90}.{number % 7}.{number}" for number in range(count)]
        data = "\n".join(lines).encode()
        best, alone = 9.0, 9.0
        for _ in range(3):
            start = time.process_time()
            assert len(read_project(["r.txt"], SPARK, lambda path: data).asks) == count
            middle = time.process_time()
            for line in lines:
                Requirement(line)
            best, alone = min(best, middle - start), min(alone, time.process_time() - middle)
        return best, alone

    few, _ = timed(2_000)
    many, alone = timed(20_000)
    assert many < 30 * few
    assert many < 2 * alone


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 50_000 + "!",
        "a \\\n" * 50_000,
        "a" + " #" * 50_000,
        "//" * 50_000 + "?@",
        "a>=1" + ",>=1" * 20_000 + "!",
        "a;" + "(" * 50_000,
        "a;" + "os_name=='x' and " * 5_000 + "os_name=='y'",
        "a\x0c" * 20_000,
        "a[" * 50_000 + "]",
    ],
    ids=lambda text: text[:8],
)
def test_hostile_lines_take_no_long_time(text: str) -> None:
    start = time.process_time()
    read(requirements_txt=text)
    assert time.process_time() - start < 3
