"""Repositories that commands add for apt."""

from __future__ import annotations

import pytest

from stackcheck.model import APT_SOURCE
from tests.read.reading import read_text


def added(text: str) -> list[str]:
    return [one.name for one in read_text("setup.sh", text).stated if one.name.startswith(APT_SOURCE)]


@pytest.mark.parametrize(
    "command",
    [
        'echo "deb [arch=arm64] https://repo.example/linux bookworm main" > /etc/apt/sources.list.d/repo.list',
        "printf '\\ndeb https://repo.example/linux/ bookworm main\\n' | tee /etc/apt/sources.list.d/repo.list",
        'sudo add-apt-repository "deb [arch=arm64] https://repo.example/linux bookworm main"',
        "cat > /etc/apt/sources.list.d/repo.list <<EOF\ndeb https://repo.example/linux bookworm main\nEOF",
    ],
)
def test_a_line_that_is_written_or_given(command: str) -> None:
    assert "deb https://repo.example/linux bookworm" in added(command)


@pytest.mark.parametrize(
    "command",
    [
        "add-apt-repository -y ppa:deadsnakes/ppa",
        "curl -fsSL https://repo.example/x.list -o /etc/apt/sources.list.d/x.list",
        "curl -fsSL https://repo.example/x.list | sudo tee /etc/apt/sources.list.d/x.list",
        "dpkg -i repository.deb",
        "curl -fsSL https://repo.example/setup.sh | sudo bash",
    ],
)
def test_one_of_which_the_words_do_not_tell(command: str) -> None:
    assert added(command) == ["deb ?"]


def test_what_adds_none() -> None:
    assert added("apt-get update\napt-get install -y curl\nrm -rf /var/lib/apt/lists/*\necho deb") == []
    assert added("sed -i s/archive.example/mirror.example/ /etc/apt/sources.list.d/debian.sources") == []
