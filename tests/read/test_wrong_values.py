"""Values that no writer of such a file means (a number for a text, a list for a table, a number of 5,000 digits, half a
surrogate, a NUL): every reader answers with what it read and what it did not, and no library's error comes through."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
import tomli
import yaml

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.read import READERS, ReadError, read_project, reader_of
from tests.read.reading import SPARK, read
from tests.read.seeds import SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STORE = Store.from_folders([shipped_folder()])
BIG = "1" * 5000
"""More digits than Python turns into a number (sys.set_int_max_str_digits)."""

HOSTS = (
    "https://[x]/",
    "https://[::1",
    "git+https://[x]/a",
    "http://h:99999999/a-1-py3-none-any.whl",
    "//[",
    "https://h:x/",
)
VALUES: tuple[Any, ...] = (
    *(0, -1, 5, 10**400, 1.5, float("nan"), float("inf"), True, False, None),
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "x\ud800y",
        "\u202e",
        "a" * 5000,
        BIG,
        *(f"{sign}{BIG}" for sign in ("==", ">=", "^", "v")),
    ),
    *(f"torch=={BIG}", f"~{BIG}.1", f"python_version < '{BIG}'", "python_version < '3' and", "extra == 5"),
    *(
        *HOSTS,
        "a @ https://[x]/a-1.0-py3-none-any.whl",
        "torch @ git+https://[/x",
        "https://[x]/torch-2.9.0-py3-none-any.whl",
    ),
    *("torch-1-cp39999999999-none-manylinux_2_9999999999_aarch64.whl", f"a-1-cp3{BIG}-none-any.whl"),
    *(f"torch-{BIG}-cp312-cp312-linux_aarch64.whl", f"https://h/torch-{BIG}-cp312-cp312-manylinux_2_{BIG}_aarch64.whl"),
    *(
        "'" * 50,
        "(" * 3000,
        "[" * 3000,
        "${x:-",
        "$((",
        "::",
        "@",
        "a@b:c",
        "%",
        "%(x)s",
        "%zz",
        "\\",
        "/",
        "../..",
        "~",
    ),
    *("#", "=", "-r", "--", "-", "{}", "[]", "!!python/x"),
    *([], {}, [[]], [{}], {"a": {}}, [0], [None], ["x"], {"": ""}, {"x": [1, {"y": None}]}, [["torch"]], {"torch": 1}),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value of a document, itself first."""
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*at, key))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from places(entry, (*at, number))


def replaced(document: Any, at: tuple[Any, ...], value: Any, *, key: bool = False) -> Any:
    """The document with another value, or with a text as another key, at one place."""
    if not at:
        return value
    document = copy.deepcopy(document)
    inner = document
    for step in at[:-1]:
        inner = inner[step]
    if key and isinstance(inner, dict):
        inner[value] = inner.pop(at[-1])
    else:
        inner[at[-1]] = value
    return document


def toml(value: Any) -> str:
    """A value as TOML writes it inline; null, which it has not, becomes a date."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_text(str(key))} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return toml_text(value)
    if value is None:
        return "1979-05-27T07:32:00Z"
    return str(value).lower()


def toml_text(text: str) -> str:
    """A basic string; half a surrogate has no form in TOML."""
    return json.dumps(text.replace("\ud800", "\ufffd"), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_file(document: Any) -> str:
    """Each key of the top as a line; a document that is no table is broken TOML."""
    if not isinstance(document, dict):
        return toml(document)
    return "".join(f"{toml_text(str(key))} = {toml(value)}\n" for key, value in document.items())


FORMS: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "toml": (tomli.loads, toml_file),
    "json": (json.loads, json.dumps),
    "yaml": (yaml.safe_load, json.dumps),  # JSON is YAML, nearly
}


def read_and_judge(name: str, data: bytes, *, whole: bool = False) -> None:
    """Reads one file, and judges what it asks for."""

    def load(path: str) -> bytes:
        if path != name:
            raise FileNotFoundError(2, "No such file or directory", path)
        return data

    try:
        found = read_project([name], SPARK, load)
    except ReadError:
        return
    if whole:
        judge(
            SPARK.with_stated(found.stated).with_asks((*found.asks, *found.python), found.unread),
            STORE,
            subject="x",
            version="1",
        )


def structured(name: str) -> Iterator[Callable[[], str]]:
    """Every value and key of a seed in turn as every wrong value."""
    text, form = SEEDS[name]
    parse, write = FORMS[form]
    document = parse(text)
    for at in places(document):
        for value in VALUES:
            yield lambda at=at, value=value: write(replaced(document, at, value))
            if isinstance(value, str) and at:
                yield lambda at=at, value=value: write(replaced(document, at, value, key=True))


def tokens(name: str) -> Iterator[Callable[[], str]]:
    """Every word of a seed in turn as every wrong value."""
    text, _ = SEEDS[name]
    for found in re.finditer(r"[^\s=<>~!,;\"'\[\](){}:@/-]+|\S", text):
        for value in VALUES:
            word = value if isinstance(value, str) else json.dumps(value)
            yield lambda found=found, word=word: text[: found.start()] + word + text[found.end() :]


def inputs(name: str, count: int | None = None) -> Iterator[bytes]:
    """All inputs that are made of one seed, or so many of them."""
    every = [*(structured(name) if SEEDS[name][1] in FORMS else ()), *tokens(name)]
    for make in every if count is None else random.Random(name).sample(every, count):  # noqa: S311
        yield make().encode("utf-8", "surrogatepass")


def test_every_reader_has_a_seed() -> None:
    assert {reader_of(name) for name in SEEDS if name != "pip.conf"} == set(READERS)
    for name, (text, form) in SEEDS.items():
        files = {name: text.encode(), "other.txt": b"", "requirements.txt": b"", "gpu.txt": b"", "c.txt": b""}
        result = read_project([name], SPARK, files.__getitem__)
        assert name in result.files
        assert form in (*FORMS, "text")


@pytest.mark.parametrize("name", SEEDS)
def test_some_wrong_values(name: str) -> None:
    for number, data in enumerate(inputs(name, 200)):
        read_and_judge(name, data, whole=number % 20 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_every_wrong_value(name: str) -> None:
    for number, data in enumerate(inputs(name)):
        read_and_judge(name, data, whole=number % 20 == 0)


# --- by cause ---------------------------------------------------------------------------------------------------------

LOCK = """version = 1
[[package]]
name = "own"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "torch" }]
[[package]]
name = "torch"
version = "2.9.0"
source = { registry = "https://index.example/simple" }
wheels = [{ url = "%s" }]
"""


@pytest.mark.parametrize("host", ["[x]", "[::1", "h:x", "h:99999999"])
def test_a_host_that_urllib_refuses_hides_no_file_of_a_lock(host: str) -> None:
    wheel = "torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl"
    result = read(uv_lock=LOCK % f"https://{host}/{wheel}?a=b#c")
    assert [(ask.name, ask.locked) for ask in result.asks] == [("torch", (wheel,))]
    text = f'lock-version = "1.0"\n[[packages]]\nname = "torch"\nwheels = [{{ url = "https://{host}/{wheel}" }}]\n'
    assert [ask.locked for ask in read(pylock_toml=text).asks] == [(wheel,)]


@pytest.mark.parametrize("source", ["5", "1.5", "true", "[[1]]", "[{}]", "1979-05-27"])
def test_a_source_of_a_lock_that_is_no_table(source: str) -> None:
    result = read(uv_lock=(LOCK % "a").replace('{ registry = "https://index.example/simple" }', source))
    assert [ask.name for ask in result.asks] == ["torch"]
    assert read(poetry_lock=f'[[package]]\nname = ["torch"]\nversion = "1"\n[metadata]\nfiles = {source}\n').unread


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", f"numpy\ntorch=={BIG}\n"),
        ("pyproject.toml", f'[project]\ndependencies = ["torch=={BIG}"]\n'),
        ("uv.lock", f"version = 1\nrevision = {BIG}\n"),
        ("environment.yml", f"dependencies:\n- torch={BIG}\n"),
        ("Pipfile.lock", '{"_meta": {},\n"default": {"torch": {"version": "==' + BIG + '"}}}'),
        ("Dockerfile", f"FROM x\nRUN pip install torch=={BIG}\n"),
    ],
)
def test_a_number_of_thousands_of_digits_is_one_clear_line(name: str, text: str) -> None:
    with pytest.raises(ReadError, match=rf"^{re.escape(name)}:2: has a number of more than 1,000 digits"):
        read_project([name], SPARK, lambda _: text.encode())


def test_a_number_of_thousands_of_digits_in_pieces() -> None:
    with pytest.raises(ReadError, match="has a number of thousands of digits"):
        read(pyproject_toml=f"[tool.x]\na = {'1_' * 5000}1\n")


def test_a_tag_for_a_python_that_never_comes_takes_no_time() -> None:
    wheel = "torch-2.9.0-cp39999999999-none-manylinux_2_9999999999_aarch64.whl"
    read_and_judge("uv.lock", (LOCK % wheel).encode(), whole=True)
