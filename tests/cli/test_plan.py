"""`stackcheck plan`: text, JSON, exit codes, and what cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import stackcheck
from tests.report.test_schemas import mistakes

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")


def test_text_has_eighty_columns() -> None:
    result = stackcheck("plan", "torch", "vllm", "--optional", "xformers", *SPARK)
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "Plan for target dgx-spark: Python 3.12 (the system's own)"
    assert [line for line in lines if len(line) > 80] == []
    assert {"Left out", "Not chosen", "Install, in this order", "Not known"} <= set(lines)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (("torch", "vllm", "--optional", "flash-attn"), 0),
        (("vllm==0.33.0", "sglang==0.5.23"), 1),
        (("torch", "quite-new-thing"), 3),
    ],
)
def test_json_is_as_its_schema_says(wishes: tuple[str, ...], code: int) -> None:
    result = stackcheck("plan", *wishes, *SPARK, "--format", "json")
    assert result.code == code
    assert mistakes("plan", result.report) == []
    assert result.report["found"] is (code != 1)


def test_quiet_is_the_set_and_the_commands() -> None:
    result = stackcheck("plan", "torch", *SPARK, "--quiet")
    assert "Not chosen" not in result.out
    assert "#" not in result.out
    assert "uv pip install torch==" in result.out


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("toch",), "nothing is known of 'toch'; did you mean torch"),
        (
            ("isaac-lab==2.3.*", "--python", "3.12"),
            "isaac-lab==2.3.* does not go with --python 3.12; it works with 3.11",
        ),
        (("torch", "--python", "three"), "--python three: name a Python such as 3.12"),
        (("torch==",), "torch=="),
        (("--optional", "torch"), "WISH"),
        (("torch", "--output", "nowhere/plan.json"), "cannot be written"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, args: tuple[str, ...], expected: str) -> None:
    result = stackcheck("plan", *args, *SPARK, cwd=tmp_path)
    assert result.code == 2
    assert expected in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_no_other_command_loads_the_search(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    program = (
        "import sys\nfrom stackcheck.cli.commands import run_command\n"
        "run_command('lint', {'paths': ['requirements.txt'], 'target': ['dgx-spark']})\n"
        "sys.exit(any(name.partition('.')[0] == 'resolvelib' for name in sys.modules))\n"
    )
    import subprocess
    import sys

    assert (
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True).returncode == 0
    )
