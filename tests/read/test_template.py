"""Templates are named as such: they are no broken files."""

from __future__ import annotations

import pytest

from stackcheck.read import ReadError, read_project
from tests.read.reading import SPARK, noted, read_text

RECIPE = '{% set version = "1.0" %}\npackage:\n  name: {{ name|lower }}\n'


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("recipe/meta.yaml", RECIPE, 1),
        ("pyproject.toml", "[project]\nname = {{ cookiecutter.slug }}\n", 2),
        ("setup.py", "setup(\n{% if x %}\n)\n", 2),
        ("chart/values.yaml", "a: [\n  {{ .Values.image }}\n", 2),
        ("environment.yml.j2", "name: x\n", None),
        ("pixi.toml", "{% raw %}\n", 1),
    ],
)
def test_a_template_is_named(name: str, text: str, line: int | None) -> None:
    result = read_text(name, text)
    assert (result.asks, result.files) == ((), (name,) if line else ())
    assert [(one.severity, one.location.line, "is a template" in one.reason) for one in result.unread] == [
        ("unknown", line, True)
    ]


def test_what_is_beside_a_template_is_read() -> None:
    files = {"a/pyproject.toml": "{{ x }}", "b/pyproject.toml": '[project]\ndependencies = ["torch"]\n'}
    result = read_project(files, SPARK, lambda path: files[path].encode())
    assert ([str(ask) for ask in result.asks], len(result.unread)) == (["torch"], 1)


def test_a_line_of_a_template() -> None:
    result = read_text("requirements.txt", "numpy\n{% if gpu %}\ntorch=={{ torch }}\n{% endif %}\n")
    assert [str(ask) for ask in result.asks] == ["numpy"]
    assert [reason.endswith("is not known before it is filled in.") for _, _, reason in noted(result.unread)] == [
        True
    ] * 3


def test_a_broken_file_without_the_marks_of_a_template_is_an_error() -> None:
    with pytest.raises(ReadError, match="broken YAML"):
        read_text("ci.yml", "on: [\njobs: ${{ matrix.x }}\n")
