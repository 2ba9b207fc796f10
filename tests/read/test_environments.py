"""Which environment of a script a command installs into."""

from __future__ import annotations

import pytest

from stackcheck.model import Stack
from stackcheck.read import read_project
from stackcheck.read.environments import PREFIX


def into(text: str) -> list[str]:
    """The environment of each requirement, "" for the one that the script starts in."""
    found = read_project(["a.sh"], Stack(), lambda _: text.encode())
    assert not found.unread, found.unread
    return ["".join(ask.alternatives).removeprefix(PREFIX) for ask in found.asks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install a", [""]),
        ("source v/bin/activate\npip install a", ["v"]),
        (". /opt/v/bin/activate && pip install a && deactivate && pip install b", ["v", ""]),
        ("source activate.sh\npip install a", [""]),
        ("conda activate v\npip install a\nconda activate base\npip install b", ["v", ""]),
        ("micromamba activate v\npip install a\nmicromamba deactivate\npip install b", ["v", ""]),
        ("conda run -n v pip install a\npip install b", ["v", ""]),
        ("conda run --name=v python -m pip install a", ["v"]),
        ("v/bin/pip install a\nv/bin/python3.11 -m pip install b", ["v", "v"]),
        ("/usr/bin/python3 -m pip install a\n/opt/conda/bin/pip install b", ["", ""]),
        (
            "uv pip install --python v/bin/python a\nuv pip install -p 3.11 b\nuv pip install --python=env/v c",
            ["v", "", "v"],
        ),
    ],
)
def test_a_command_installs_into_one_environment(text: str, expected: list[str]) -> None:
    assert sorted(into(text)) == sorted(expected)
