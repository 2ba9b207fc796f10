from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import UNKNOWN_INDEX, Ask, Indexes, Location, Origin
from stackcheck.read import ReadError, ReadResult
from stackcheck.read.places import find_places
from tests.read.reading import SPARK, asked, noted, read, stack

CU130 = '[[tool.uv.index]]\nname = "cu130"\nurl = "https://u:p@index.example/whl/cu130"\nexplicit = true\n'
CU128 = '[[tool.uv.index]]\nname = "cu128"\nurl = "https://index.example/whl/cu128"\nexplicit = true\n'


def toml(text: str, **facts: str) -> ReadResult:
    """Reads one pyproject.toml, for a Spark if no fact is given."""
    return read(target=stack(**facts) if facts else SPARK, pyproject_toml=text)


def test_one_file_in_full() -> None:
    result = toml('[project]\nrequires-python = ">=3.10, <3.13"\ndependencies = [\n    "Torch >= 2.9", # why\n]\n')
    assert result == ReadResult(
        asks=(
            Ask(
                "torch",
                ">=2.9",
                Origin("Torch >= 2.9", "pyproject.toml:4", Location("pyproject.toml", 4, 6, 18)),
                indexes=Indexes(("pypi",), "best"),
                transitive=Indexes(("pypi",), "best"),
            ),
        ),
        files=("pyproject.toml",),
        python=(
            Ask(
                "python",
                ">=3.10,<3.13",
                Origin("requires-python >=3.10, <3.13", "pyproject.toml:2", Location("pyproject.toml", 2, 20, 33)),
                indexes=None,
                transitive=None,
            ),
        ),
    )


def test_extras_and_groups() -> None:
    result = toml(
        """\
[project]
name = "pkg"
dependencies = ["a; platform_machine == 'x86_64'"]
optional-dependencies.cu_13 = ["torch==2.9; extra == 'cu-13'"]
optional-dependencies.all = ["pkg[cu-13]"]
[dependency-groups]
dev = ["ruff", {include-group = "Tests"}, {include-group = "tests"}]
tests = ["pytest"]
[tool.uv]
dev-dependencies = ["old"]
default-groups = ["dev", "docs"]
"""
    )
    assert [(str(ask), ask.group, ask.applies) for ask in result.asks] == [
        ("a", None, False),
        ("torch==2.9", "extra:cu-13", True),
        ("pkg[cu-13]", "extra:all", True),
        ("ruff", "group:dev", True),
        ("pytest", "group:dev", True),
        ("pytest", "group:tests", True),
        ("old", "group:dev", True),
    ]
    assert noted(result.unread) == [
        ("warning", "pyproject.toml:11:27-31", "There is no dependency group `docs`."),
    ]


def test_what_conflicts_is_asked_for_apart() -> None:
    result = toml(
        f"""\
[project]
name = "pkg"
dependencies = ["numpy"]
[project.optional-dependencies]
cpu = ["torch==2.7.1"]
cu130 = ["torch==2.9.0"]
plots = ["matplotlib"]
[dependency-groups]
docs = ["sphinx"]
[tool.uv]
conflicts = [[{{ extra = "cpu" }}, {{ extra = "cu130" }}], [{{ group = "docs" }}, {{ package = "pkg" }}], [3]]
[tool.uv.sources]
torch = [{{ index = "cu130", extra = "cu130" }}]
{CU130}"""
    )
    beside = {
        str(ask): {name for name in ask.alternatives if "docs" not in name and "project" not in name}
        for ask in result.asks
    }
    assert beside == {
        "numpy": set(),
        "torch==2.7.1": {"extra:cpu"},
        "torch==2.9.0": {"extra:cu130"},
        "matplotlib": set(),
        "sphinx": set(),
    }
    assert {name for ask in result.asks if ask.name == "sphinx" for name in ask.alternatives} == {
        *("group:docs", "extra:cpu+group:docs", "extra:cu130+group:docs")
    }
    assert [ask.indexes and ask.indexes.names for ask in result.asks][1:3] == [("pypi",), ("cu130",)]
    assert noted(result.unread) == [
        (
            "unknown",
            "pyproject.toml:11:1-10",
            "tool.uv.conflicts[2] is not a list of extras and groups and was not read.",
        )
    ]


def test_groups_that_cannot_be_followed() -> None:
    result = toml(
        '[dependency-groups]\na = ["x", {include-group="b"}]\nb = [{include-group = "a"}, {include-group="c"}, 3]'
    )
    assert [(str(ask), ask.group) for ask in result.asks] == [("x", "group:a"), ("x", "group:b")]
    assert noted(result.unread) == [
        ("unknown", "pyproject.toml:2:27-28", "The dependency group `b` includes itself; it was read once."),
        (
            "unknown",
            "pyproject.toml:3:1-2",
            "dependency-groups.b[2] is not a requirement or an include-group and was not read.",
        ),
        ("unknown", "pyproject.toml:3:24-25", "The dependency group `a` includes itself; it was read once."),
        ("unknown", "pyproject.toml:3:45-46", "The dependency group `c` is not in this file."),
    ]


def test_groups_that_include_each_other_many_times() -> None:
    groups = [
        f'g{number} = [{{include-group="g{number + 1}"}}, {{include-group="g{number + 1}"}}]' for number in range(30)
    ]
    result = toml("[dependency-groups]\n" + "\n".join(groups) + '\ng30 = ["x"]')
    assert len(result.asks) == 31


@pytest.mark.parametrize(
    ("table", "indexes"),
    [
        ("", Indexes(("pypi",), "first")),
        (CU130, Indexes(("pypi",), "first")),
        (CU130.replace("explicit = true", ""), Indexes(("cu130", "pypi"), "first")),
        (CU130.replace("explicit", "default"), Indexes(("cu130",), "first")),
        (CU130 + "default = true", Indexes((), "first")),
        ('index-url = "https://i.example/whl/cu126"', Indexes(("cu126",), "first")),
        ('extra-index-url = ["https://i.example/whl/cu126"]', Indexes(("cu126", "pypi"), "first")),
        ('no-index = true\nfind-links = ["./wheels"]', Indexes(("./wheels",), "first")),
        ('index-strategy = "unsafe-best-match"', Indexes(("pypi",), "best")),
        ('index-url = "https://i.example/${X}"', Indexes((UNKNOWN_INDEX,), "first")),
        ('extra-index-url = ["https://i.example/simple"]', Indexes(("i.example/simple", "pypi"), "first")),
    ],
)
def test_general_indexes_of_uv(table: str, indexes: Indexes | None) -> None:
    (ask,) = toml(f'[project]\ndependencies = ["torch"]\n[tool.uv]\nmanaged = true\n{table}').asks
    assert (ask.indexes, ask.transitive) == (indexes, indexes)


def test_without_uv_the_indexes_are_those_of_pip() -> None:
    target = stack({"PIP_EXTRA_INDEX_URL": "https://i.example/whl/cpu"})
    (ask,) = read(target=target, pyproject_toml='[project]\ndependencies = ["torch"]').asks
    assert ask.indexes == Indexes(("pypi", "cpu"), "best")


SOURCES = f"""\
[project]
dependencies = ["torch"]
[tool.uv.sources]
Torch = [
  {{ index = "cu128", marker = "platform_machine == 'x86_64'" }},
  {{ index = "cu130", marker = "platform_machine == 'aarch64'" }},
]
{CU130}{CU128}"""


@pytest.mark.parametrize(
    ("facts", "indexes"),
    [
        ({"arch": "aarch64"}, Indexes(("cu130",), "first")),
        ({"arch": "x86_64"}, Indexes(("cu128",), "first")),
        ({"arch": "riscv64"}, Indexes(("pypi",), "first")),
        ({"os": "linux"}, None),
    ],
)
def test_the_source_that_applies_on_the_target(facts: dict[str, str], indexes: Indexes | None) -> None:
    result = toml(SOURCES, **facts)
    assert [(ask.indexes, ask.transitive) for ask in result.asks] == [(indexes, Indexes(("pypi",), "first"))]
    assert [one.reason for one in result.unread] == (
        ["Where torch comes from depends on `platform_machine == 'x86_64'`: not known here."] if indexes is None else []
    )


def test_sources_of_extras_and_groups() -> None:
    result = toml(
        f"""\
[project]
dependencies = ["torch"]
[project.optional-dependencies]
cu13 = ["torch"]
cu12 = ["torch"]
[dependency-groups]
gpu = ["torch"]
[tool.uv.sources]
torch = [
  {{ index = "cu130", extra = "cu13" }},
  {{ index = "cu128", marker = "extra == 'cu12'" }},
  {{ index = "cu128", group = "gpu" }},
]
{CU130}{CU128}"""
    )
    assert [(ask.group, ask.indexes and ask.indexes.names, ask.alternatives) for ask in result.asks] == [
        (None, None, ("",)),
        (None, ("cu130",), ("extra:cu13",)),
        (None, ("cu128",), ("group:gpu",)),
        ("extra:cu13", ("cu130",), ("extra:cu13",)),
        ("extra:cu12", ("cu128",), ()),
        ("group:gpu", ("cu128",), ("group:gpu",)),
    ]
    assert noted(result.unread) == [
        (
            "unknown",
            "pyproject.toml:2:18-23",
            "Where torch comes from depends on `extra == 'cu12'`: not known here.",
        )
    ]


def test_sources_that_are_no_index() -> None:
    result = toml(
        """\
[project]
dependencies = ["vllm==0.13.0", "local>=1", "wheel", "member", "cloned", "lost", "odd"]
[tool.uv.sources]
vllm = { url = "https://u:p@w.example/vllm-0.13.0%2Bcu130-cp38-abi3-linux_aarch64.whl?sig=x" }
local = { path = "../local", editable = true }
wheel = { path = "dist/wheel-1.2-py3-none-any.whl" }
member = { workspace = true }
cloned = { git = "https://token@h.example/c.git", rev = "abc" }
lost = { index = "nowhere" }
odd = "x"
"""
    )
    pypi = Indexes(("pypi",), "first")
    assert [(str(ask), ask.specifier, ask.indexes) for ask in result.asks] == [
        (
            "vllm @ https://w.example/vllm-0.13.0%2Bcu130-cp38-abi3-linux_aarch64.whl",
            "==0.13.0+cu130",
            Indexes(("w.example",), "first"),
        ),
        ("local @ ../local", ">=1", None),
        ("wheel @ dist/wheel-1.2-py3-none-any.whl", "==1.2", None),
        ("member", "", Indexes((), "first")),
        ("cloned @ git+https://h.example/c.git@abc", "", None),
        ("lost", "", None),
        ("odd", "", pypi),
    ]
    assert noted(result.unread) == [
        (
            "unknown",
            "pyproject.toml:2:75-79",
            "The index `nowhere` of lost is not known: this file does not declare it.",
        ),
        (
            "unknown",
            "pyproject.toml:10:1-4",
            "tool.uv.sources.odd is not a source with index, git, url, path or workspace and was not read.",
        ),
    ]


def test_a_source_does_not_reach_a_dependency_of_others() -> None:
    result = toml(f'[tool.uv.sources]\ntorch = {{ index = "cu130" }}\n{CU130}')
    assert result.asks == ()
    assert noted(result.unread) == [
        (
            "note",
            "pyproject.toml:2:1-6",
            "This file does not ask for torch, so its source has no effect: a source of uv does not reach what other "
            "projects depend on. Add torch to the dependencies.",
        )
    ]
    assert toml(f'[build-system]\nrequires = ["torch"]\n{CU130}[tool.uv.sources]\ntorch.index = "cu130"').unread == ()
    assert toml('[tool.uv.workspace]\n[tool.uv.sources]\nx = { git = "y" }').unread == ()


def test_constraints_and_overrides_of_uv() -> None:
    result = toml(
        """\
[project]
dependencies = ["torch==2.5", "probe", "numpy"]
[tool.uv]
override-dependencies = ["torch==2.9", "probe; python_version == '3.99'"]
constraint-dependencies = ["numpy<2"]
"""
    )
    assert [(str(ask), ask.applies, ask.constraint) for ask in result.asks] == [
        ("torch", True, False),
        ("probe", False, False),
        ("numpy", True, False),
        ("torch==2.9", True, True),
        ("probe", False, True),
        ("numpy<2", True, True),
    ]


def test_strings_in_every_guise_have_their_place() -> None:
    text = '''\
project.dependencies = ["torch", # "torch"
  'torch', "torch",\t"to\\u0072ch", """torch""", \'\'\'
torch\'\'\', """
torch\\
""",["no"],{a="torch"},1979-05-27 07:32:00,"torch" ]
'''
    result = toml(text)
    assert asked(result.asks) == [
        "pyproject.toml:1:26-31 torch",
        "pyproject.toml:2:4-9 torch",
        "pyproject.toml:2:13-18 torch",
        "pyproject.toml:2:22-32 torch",
        "pyproject.toml:2:38-43 torch",
        "pyproject.toml:2:48-None torch",
        "pyproject.toml:3:11-None torch",
        "pyproject.toml:5:45-50 torch",
    ]
    assert [one.reason for one in result.unread if "second time" not in one.reason] == [
        f"project.dependencies[{number}] is not a string and was not read." for number in (7, 8, 9)
    ]


def test_places_in_arrays_of_tables_and_with_crlf() -> None:
    text = '# é\r\n[[a]]\r\nb = "x"\r\n[a.c]\r\n"d.e" = "y"\r\n[[a]]\r\nb = {f.g = [\'z\', ]}\r\n'
    places = find_places(text, "p")
    assert tomli.loads(text) == {"a": [{"b": "x", "c": {"d.e": "y"}}, {"b": {"f": {"g": ["z"]}}}]}
    assert places.string(("a", 0, "b"), "x") == Location("p", 3, 6, 7)
    assert places.string(("a", 0, "c", "d.e"), "y") == Location("p", 5, 10, 11)
    assert places.string(("a", 1, "b", "f", "g", 0), "z") == Location("p", 7, 14, 15)
    assert places.key(("a", 0, "c", "d.e")) == Location("p", 5, 1, 6)
    assert places.string(("a", 1, "b", "f", "g", 0), "other") == Location("p")
    assert places.string(("nowhere",), "z") == Location("p")


def test_what_cannot_be_read_is_named() -> None:
    result = toml(
        """\
[project]
dynamic = ["version", "dependencies"]
dependencies = "torch"
requires-python = "three"
[tool.setuptools.dynamic]
dependencies = { file = ["requirements.txt"] }
[tool.pdm]
dev-dependencies = []
[tool.hatch.envs.test]
dependencies = "x"
[tool.uv.pip]
torch-backend = "auto"
"""
    )
    assert result.asks == ()
    assert noted(result.unread) == [
        (
            "unknown",
            "pyproject.toml:2:24-36",
            "dependencies is computed when the project is built; name `requirements.txt` too.",
        ),
        ("unknown", "pyproject.toml:3:1-13", "project.dependencies is not an array and was not read."),
        ("unknown", "pyproject.toml:4:20-25", "requires-python says `three`, which is no version specifier."),
        ("unknown", "pyproject.toml:8:1-17", "tool.pdm.dev-dependencies is not a table and was not read."),
        ("unknown", "pyproject.toml:10:1-13", "tool.hatch.envs.test.dependencies is not an array and was not read."),
        ("note", "pyproject.toml:11:10-13", "tool.uv.pip counts for the command `uv pip` alone; it was not read."),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a = [1,\n x]", "pyproject.toml:2:2: is broken TOML: Invalid value; mend it and run again"),
        (b"a = '\xe9'", "pyproject.toml: is not utf-8 text; save it as UTF-8"),
        (b"\0", "pyproject.toml: looks like UTF-16 without a byte order mark; save it as UTF-8"),
        (f"a = {'[' * 5000}{']' * 5000}", "pyproject.toml: its arrays or tables are nested too deep to read"),
    ],
)
def test_files_that_cannot_be_used(content: str | bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(pyproject_toml=content)
    assert str(caught.value) == message


def test_a_byte_order_mark_is_skipped() -> None:
    assert asked(read(pyproject_toml='\ufeffproject.dependencies = ["a"]'.encode()).asks) == [
        "pyproject.toml:1:26-27 a"
    ]


def test_credentials_stay_inside() -> None:
    result = toml(
        f"""\
[project]
dependencies = ["a @ https://u:s3cret@h.example/a.whl?token=s3cret", "b @@ https://u:s3cret@h.example"]
[tool.uv.sources]
"https://u:s3cret@h" = {{ url = "https://u:s3cret@h" }}
{CU130.replace("u:p", "u:s3cret").replace("explicit", "x")}"""
    )
    assert len(result.asks) == 1
    assert len(result.unread) == 2
    assert "s3cret" not in repr(result)


KEYS = st.sampled_from(
    [
        "project",
        "dependencies",
        "optional-dependencies",
        "dependency-groups",
        "requires-python",
        "dynamic",
        "tool",
        "uv",
        "sources",
        "index",
        "name",
        "url",
        "marker",
        "extra",
        "group",
        "explicit",
        "default",
        "git",
        "path",
        "workspace",
        "include-group",
        "default-groups",
        "override-dependencies",
        "extra-index-url",
        "index-url",
        "torch",
        "setuptools",
        "poetry",
    ]
)
VALUES = st.recursive(
    st.sampled_from(["torch", "torch==2.9; extra == 'x'", "=", "a", ">=3", "https://u:p@[h", "${X}", "x/y.whl"])
    | st.integers()
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "project": VALUES | st.dictionaries(KEYS, VALUES),
        "dependency-groups": VALUES | st.dictionaries(KEYS, VALUES),
        "tool": VALUES | st.fixed_dictionaries({"uv": VALUES | st.dictionaries(KEYS, VALUES)}),
        "build-system": VALUES,
    },
)


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, int) else f'"{value}"'


@given(DOCUMENTS)
def test_any_shape_gives_a_result(document: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {written(value)}" for key, value in document.items())
    assert tomli.loads(text) == document
    result = read(pyproject_toml=text)
    assert "u:p@" not in repr(result)
    lines = text.split("\n")
    for ask in result.asks:
        at = ask.origin.location
        assert at is not None
        assert at.line is not None
        assert lines[at.line - 1][(at.column or 0) - 1 : (at.end_column or 0) - 1] == ask.origin.text


def test_lists_of_flit_and_rye() -> None:
    text = """\
        [tool.flit.metadata]
        module = "x"
        requires = ["a>=1"]
        dev-requires = ["b"]
        [tool.flit.metadata.requires-extra]
        Test = ["c"]
        [tool.rye]
        dev-dependencies = ["d"]
        """
    result = read("pyproject.toml", pyproject_toml=dedent(text))
    assert [(str(ask), ask.group) for ask in result.asks] == [
        ("a>=1", None),
        ("b", "extra:dev"),
        ("d", "group:dev"),
        ("c", "extra:test"),
    ]
    assert result.unread == ()
