from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Known, Unknown
from stackcheck.probe import python
from tests.probe.test_run import script

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_asking_an_interpreter() -> None:
    found = python.ask(sys.executable)
    here = python.this_interpreter()
    assert isinstance(found, python.Interpreter)
    assert (found.version, found.suffix) == (here.version, here.suffix)
    assert here.version == sys.version.split()[0].rstrip("+")


def test_nothing_of_the_environment_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = python.ask(sys.executable)
    assert isinstance(found, python.Interpreter)
    assert found.pythonpath == (str(tmp_path),)
    assert not (tmp_path / "ran").exists()


def test_a_launcher_that_knows_no_options(tmp_path: Path) -> None:
    launcher = script(
        tmp_path,
        'if [ "$1" = -I ]; then echo "unknown option $1" >&2; exit 2; fi\n'
        f'echo "Warning: running in a shell"; export PYTHONPATH=/kit/exts; exec "{sys.executable}" "$@"',
        "python.sh",
    )
    found = python.ask(launcher)
    assert isinstance(found, python.Interpreter)
    assert found.pythonpath == ("/kit/exts",)


def test_programs_that_are_no_python(tmp_path: Path) -> None:
    told = python.ask(script(tmp_path, "echo 3.11; echo no >&2; exit 1"))
    assert told == Unknown("tool did not say which Python it is: no")
    assert isinstance(python.ask(str(tmp_path / "none")), Unknown)
    assert isinstance(python.ask_pip(script(tmp_path, "exit 1")), Unknown)
    assert isinstance(python.system_version(script(tmp_path, "echo what")), Unknown)


def test_asking_the_interpreters_pip() -> None:
    held = python.ask_pip(sys.executable)
    if isinstance(held, Unknown):  # no pip in this environment, or no pip-api
        assert "pip" in held.reason
    else:
        assert all(isinstance(state, Known) for state in held.values())


def test_system_version(tmp_path: Path) -> None:
    told = python.system_version(script(tmp_path, "echo Python 3.12.3"))
    assert isinstance(told, Known)
    assert told.value == "3.12.3"


def test_parsing_pips_answer() -> None:
    assert python.parse_pip('noise\n{"Foo_Bar": "1.0"}\n') == {"foo-bar": "1.0"}
    assert python.parse_pip("") is None
    assert python.parse_pip("{broken") is None


@given(st.text())
def test_parsers_never_raise(text: str) -> None:
    python.parse_answer(text)
    python.parse_pip(text)
    python.parse_answer(json.dumps({"stackcheck-python": 1, "version": text}))
    python.parse_answer(json.dumps({"stackcheck-python": text}))
