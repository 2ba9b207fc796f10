"""Words that stand for an installer: read where all that they may stand for is known, named where it is not."""

from __future__ import annotations

import pytest

from stackcheck.read.shell import commands
from tests.read.test_installs import names, reasons, run


@pytest.mark.parametrize(
    ("command", "asks", "applies"),
    [
        ('PY=$(which python3); P="$PY -m pip install"; $P zz', ["zz"], True),
        ('PY=$(find_python); P="$PY -m pip install"; $P zz', ["zz"], True),
        ('PY=$(which python3); N=("$PY" -m pip install); "${N[@]}" zz', ["zz"], True),
        ('P="$(find_python) -m pip install"; sudo -H $P zz', ["zz"], True),
        ("PIP=$(command -v pip3 || true); $PIP install zz; $PIP uninstall yy", ["zz"], True),
        ('PIP="$VENV/bin/pip"; $PIP install zz; $PIP --version', ["zz"], True),
        ('if x; then I="uv pip install"; else I="uv pip install --quiet"; fi; $I zz', ["zz"], None),
        ('N=(uv pip install); [ -n "$A" ] && N=(uv pip install --system); sudo "${N[@]}" zz', ["zz"], None),
        ("alias p='pip install'; p zz", ["zz"], None),
    ],
)
def test_read_where_all_that_it_may_be_is_known(command: str, asks: list[str], applies: bool | None) -> None:
    result = run(command)
    assert names(result) == asks
    assert {ask.applies for ask in result.asks} == {applies}
    assert reasons(result) == []


def test_pip_or_uv_are_both_heard() -> None:
    """They may take it from different indexes."""
    result = run('if x; then I="uv pip install"; else I="pip install -i https://x.example/s"; fi; $I zz')
    assert names(result) == ["zz", "zz"]
    assert {ask.applies for ask in result.asks} == {None}


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("pip_command=$(extract_pip_command); ${pip_command} zz", "${pip_command}"),
        ("tool=$(find_pip); $tool install zz", "$tool"),
        ("$(extract_pip_command) zz", "$(extract_pip_command)"),
        ('"$(get_pip)" install zz', "$(get_pip)"),
        ('I=""; if x; then I="pip install"; fi; $I zz', "$I"),
        ('f() { local I; I="$(get_pip) install"; $I "$1"; }; f zz; f yy', "$I"),
    ],
)
def test_named_once_where_it_is_not_known(command: str, word: str) -> None:
    result = run(command)
    assert names(result) == []
    assert reasons(result) == [f"What `{word}` stands for is not known here; what it installs was not read."]


@pytest.mark.parametrize(
    "command",
    [
        "PIP=$(which pip3); $PIP freeze; $PIP uninstall -y a; $PIP --version",
        'X=$(conda info --base); "$X" zz; eval "$(conda shell.bash hook)"',
        "pip_command=$(extract_pip_command); ${pip_command} list",
        "PYTHON=${CONDA_PREFIX}/bin/python; $PYTHON train.py x",
        'RUN="conda run -n $ENV"; $RUN pytest x',
        "PYTHON=$(which python3 || conda run which python); $PYTHON setup.py install",
        "pip_cache=$(pip cache dir); $pip_cache x",
        'make=$(which make); $make install zz; "$(uname)" add x',
    ],
)
def test_what_installs_nothing_is_not_named(command: str) -> None:
    result = run(command)
    assert (names(result), reasons(result)) == ([], [])


def test_variables_that_stand_for_each_other_do_not_multiply() -> None:
    many = "$A $B "
    text = "\n".join(f'A="{many} $(x{n})"\nB="{many} $(y{n})"' for n in range(20)) + "\n$A pip\n" * 200
    assert len(list(commands(text, {}))) == 40 + 200
