"""uv.lock: what each choice of extras and groups installs on a target."""

from __future__ import annotations

import pytest

from stackcheck.read.document import parse_document
from stackcheck.read.uv_choices import MANY, Item, alternative, choices
from tests.read.reading import locked, read_text, stack

X86 = stack(arch="x86_64", os="linux", python="3.12.3")


UV = """\
    version = 1
    requires-python = ">=3.11"

    [[package]]
    name = "project"
    version = "0.1"
    source = { virtual = "." }
    dependencies = [
        { name = "torch", version = "2.9.0", marker = "platform_machine == 'aarch64'" },
        { name = "torch", version = "2.7.0", marker = "platform_machine != 'aarch64'" },
        { name = "local" },
    ]

    [package.optional-dependencies]
    video = [{ name = "decord" }]

    [package.dev-dependencies]
    dev = [{ name = "pytest" }]

    [[package]]
    name = "torch"
    version = "2.7.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/torch-2.7.0-cp312-cp312-manylinux_2_28_x86_64.whl" }]

    [[package]]
    name = "torch"
    version = "2.9.0"
    source = { registry = "https://download.pytorch.org/whl/cu130" }
    dependencies = [{ name = "sympy", marker = "sys_platform == 'win32'" }, { name = "jinja2" }]
    wheels = [{ url = "https://files.example/torch-2.9.0%2Bcu130-cp312-cp312-manylinux_2_28_aarch64.whl" }]

    [[package]]
    name = "jinja2"
    version = "3.1.6"
    source = { registry = "https://index.example/simple" }
    sdist = { url = "https://files.example/jinja2-3.1.6.tar.gz" }

    [[package]]
    name = "sympy"
    version = "1.14.0"
    source = { registry = "https://index.example/simple" }

    [[package]]
    name = "local"
    version = "1.0"
    source = { git = "https://git.example/x?rev=1" }

    [[package]]
    name = "decord"
    version = "0.6.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/decord-0.6.0-py3-none-manylinux2010_x86_64.whl" }]

    [[package]]
    name = "pytest"
    version = "8.4.0"
    source = { registry = "https://index.example/simple" }
    wheels = [{ url = "https://files.example/pytest-8.4.0-py3-none-any.whl" }]
    """


def test_a_uv_lock_is_followed_for_the_target() -> None:
    result = read_text("uv.lock", UV)
    assert locked(result) == [
        "27 torch==2.9.0 True None ('torch-2.9.0+cu130-cp312-cp312-manylinux_2_28_aarch64.whl',)",
        "34 jinja2==3.1.6 True None ('jinja2-3.1.6.tar.gz',)",
        "45 local==1.0 True None None",
        "50 decord==0.6.0 True extra:video ('decord-0.6.0-py3-none-manylinux2010_x86_64.whl',)",
        "56 pytest==8.4.0 True group:dev ('pytest-8.4.0-py3-none-any.whl',)",
    ]
    assert [ask.indexes.names for ask in result.asks if ask.indexes] == [("cu130",), *[("pypi",)] * 3]
    assert [str(ask) for ask in result.python] == ["python>=3.11"]
    assert locked(read_text("uv.lock", UV, X86))[0].startswith("21 torch==2.7.0 True None")
    assert [ask.applies for ask in read_text("uv.lock", UV, stack()).asks][:2] == [None, None]


CONFLICTS = """\
    version = 1
    conflicts = [[
        { package = "project", extra = "cpu" },
        { package = "project", extra = "cu118" },
    ], [
        { package = "project", group = "docs" },
        { package = "member" },
    ]]

    [manifest]
    members = ["member", "project"]

    [[package]]
    name = "project"
    version = "0.1"
    source = { editable = "." }
    dependencies = [{ name = "trainer" }]

    [package.optional-dependencies]
    all = [{ name = "project", extra = ["cpu"] }, { name = "plots" }]
    cpu = [{ name = "torch", version = "2.7.1+cpu", source = { registry = "https://download.pytorch.org/whl/cpu" } }]
    cu118 = [{ name = "torch", version = "2.7.1+cu118" }]

    [package.dev-dependencies]
    docs = [{ name = "sphinx" }]

    [[package]]
    name = "member"
    version = "0.1"
    source = { editable = "packages/member" }
    dependencies = [{ name = "six" }]

    [[package]]
    name = "trainer"
    version = "1"
    source = { registry = "https://pypi.example/simple" }
    dependencies = [
        { name = "torch", version = "2.7.1", marker = "NOT CPU and NOT CU118" },
        { name = "torch", version = "2.7.1+cpu", marker = "CPU" },
        { name = "torch", version = "2.7.1+cu118", marker = "CU118" },
        { name = "docutils", marker = "extra == 'group-7-project-docs'" },
        { name = "colorama", marker = "extra == 'project-6-member'" },
        { name = "nothing", marker = "CPU and CU118" },
    ]

    [[package]]
    name = "torch"
    version = "2.7.1"
    source = { registry = "https://pypi.example/simple" }

    [[package]]
    name = "torch"
    version = "2.7.1+cpu"
    source = { registry = "https://download.pytorch.org/whl/cpu" }

    [[package]]
    name = "torch"
    version = "2.7.1+cu118"
    source = { registry = "https://download.pytorch.org/whl/cu118" }
"""
for word, extra in (("CPU", "extra-7-project-cpu"), ("CU118", "extra-7-project-cu118")):
    CONFLICTS = CONFLICTS.replace(f"NOT {word}", f"extra != '{extra}'").replace(word, f"extra == '{extra}'")
CONFLICTS += "".join(
    f'\n    [[package]]\n    name = "{name}"\n    version = "1"\n'
    for name in ("sphinx", "six", "docutils", "colorama", "nothing", "plots")
)


def test_what_conflicts_is_read_choice_by_choice() -> None:
    found = {
        str(ask): (ask.group, {name for name in ask.alternatives if "docs" not in name and "member" not in name})
        for ask in read_text("uv.lock", CONFLICTS).asks
    }
    assert found == {
        "trainer==1": (None, set()),
        "torch==2.7.1": (None, {""}),
        "torch==2.7.1+cpu": ("extra:cpu", {"extra:cpu"}),
        "torch==2.7.1+cu118": ("extra:cu118", {"extra:cu118"}),
        "sphinx==1": ("group:docs", set()),
        "six==1": (None, set()),
        "docutils==1": ("group:docs", set()),
        "colorama==1": (None, set()),
        "plots==1": ("extra:all", set()),
    }


def test_a_choice_names_what_it_chose() -> None:
    by_name = {ask.name: set(ask.alternatives) for ask in read_text("uv.lock", CONFLICTS).asks}
    assert by_name["sphinx"] == {"group:docs", "extra:cpu+group:docs", "extra:cu118+group:docs"}
    assert by_name["six"] == {"project:member", "extra:cpu+project:member", "extra:cu118+project:member"}


def test_an_extra_that_is_always_asked_for_is_always_chosen() -> None:
    """uv never makes the choice without it: torch in its other builds is not what it installs."""
    text = CONFLICTS.replace('[{ name = "trainer" }]', '[{ name = "trainer" }, { name = "project", extra = ["cpu"] }]')
    torch = [ask for ask in read_text("uv.lock", text).asks if ask.name == "torch"]
    assert [(str(ask), ask.group) for ask in torch] == [("torch==2.7.1+cpu", "extra:cpu")]


def test_choices_are_bounded() -> None:
    def pair(number: int) -> frozenset[Item]:
        return frozenset((Item("extra", "x", f"a{number}"), Item("extra", "x", f"b{number}")))

    document = parse_document(b"conflicts = []\n", "uv.lock")
    assert len(choices([pair(0), pair(1)], document)) == 9
    assert not document.unread
    assert [len(one) for one in choices([pair(number) for number in range(6)], document)] == [0, *[1] * 12]
    (note,) = document.unread
    assert (note.id, note.reason) == ("coverage/choices", MANY)
    overlapping = [frozenset((Item("extra", "x", "a"), Item("extra", "x", other))) for other in ("b", "c")]
    assert {alternative(one, "x") for one in choices(overlapping, document)} == {
        *("", "extra:a", "extra:b", "extra:c", "extra:b+extra:c")
    }
    assert alternative([Item("extra", "y", "a")], "x") == "extra:y[a]"


def test_the_roots_of_a_workspace_without_a_project() -> None:
    text = """\
        version = 1
        [manifest]
        members = ["one"]
        requirements = [
            { name = "rich", extras = ["Jupyter"], specifier = ">=13" },
            { name = "wmi", marker = "os_name == 'nt'" },
        ]
        [manifest.dependency-groups]
        Dev_Tools = [{ name = "pytest" }]
        [[package]]
        name = "one"
        version = "1"
        source = { virtual = "packages/one" }
        [[package]]
        name = "elsewhere"
        version = "1"
        source = { editable = "../elsewhere" }
        dependencies = [{ name = "unused" }]
        [[package]]
        name = "rich"
        version = "14"
        optional-dependencies = { jupyter = [{ name = "ipywidgets" }], other = [{ name = "unused" }] }
        [[package]]
        name = "pytest"
        version = "8"
        [[package]]
        name = "ipywidgets"
        version = "8"
        [[package]]
        name = "wmi"
        version = "1"
        [[package]]
        name = "unused"
        version = "1"
        """
    asks = read_text("uv.lock", text).asks
    assert [(str(ask), ask.group) for ask in asks] == [
        ("rich==14", None),
        ("pytest==8", "group:dev-tools"),
        ("ipywidgets==8", None),
    ]


def test_the_lock_of_a_script() -> None:
    text = """\
        version = 1
        requires-python = ">=3.12"
        [manifest]
        requirements = [{ name = "torch", specifier = ">=2.9" }]
        [[package]]
        name = "torch"
        version = "2.9.0"
        source = { registry = "https://download.pytorch.org/whl/cu130" }
        """
    result = read_text("tools/train.py.lock", text)
    assert [str(ask) for ask in (*result.asks, *result.python)] == ["torch==2.9.0", "python>=3.12"]


def test_an_edge_that_is_seen_again_brings_its_new_extras() -> None:
    text = """\
        version = 1
        [[package]]
        name = "project"
        source = { virtual = "." }
        dependencies = [{ name = "a" }, { name = "jax" }]
        [[package]]
        name = "a"
        version = "1"
        dependencies = [
            { name = "jax", extra = ["cuda12"] },
            { name = "jax", extra = ["k8s"], marker = "os_name == 'nt'" },
        ]
        [[package]]
        name = "jax"
        version = "1"
        [package.optional-dependencies]
        cuda12 = [{ name = "jax-cuda12-plugin" }]
        k8s = [{ name = "kubernetes" }]
        [[package]]
        name = "jax-cuda12-plugin"
        version = "1"
        [[package]]
        name = "kubernetes"
        version = "1"
        """
    assert [ask.name for ask in read_text("uv.lock", text).asks] == ["a", "jax", "jax-cuda12-plugin"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = 2\n", "The lock is of version `2` of its format, of which nothing is known: it was not read."),
        (
            'version = 1\n[[distribution]]\nname = "a"\nversion = "1"\n',
            "The lock is of a uv before 0.4: it was not read. Write it again: `uv lock`.",
        ),
        (
            'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://x.example" }\n',
            "No project was found in the lock: what it installs was not read.",
        ),
    ],
)
def test_a_lock_that_cannot_be_followed_is_said(text: str, sentence: str) -> None:
    result = read_text("uv.lock", text)
    assert result.asks == ()
    assert [(one.severity, one.reason) for one in result.unread] == [("unknown", sentence)]


def test_a_lock_without_a_version_is_refused() -> None:
    (one,) = read_text("uv.lock", "").unread
    assert (one.severity, one.reason) == ("warning", "uv refuses this lock: it has no `version`.")


def test_a_python_without_its_patch_release_decides_series() -> None:
    text = """\
        version = 1
        [[package]]
        name = "project"
        source = { virtual = "." }
        dependencies = [
            { name = "old", marker = "python_full_version < '3.12'" },
            { name = "new", marker = "python_full_version >= '3.12'" },
        ]
        [[package]]
        name = "old"
        version = "1"
        [[package]]
        name = "new"
        version = "1"
        """
    target = stack(arch="aarch64", os="linux", python="3.12")
    assert [(ask.name, ask.applies) for ask in read_text("uv.lock", text, target).asks] == [("new", True)]


def test_a_package_that_is_no_table_is_named() -> None:
    found = read_text("uv.lock", "version = 1\npackage = [1]\n")
    assert [entry.reason for entry in found.unread] == ["package[0] is not a table and was not read."]
