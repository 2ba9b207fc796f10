"""What a plan is written as: each format, its indexes, a pyproject.toml that is there, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli

from stackcheck.session.errors import CannotWorkError
from stackcheck.session.plan import Wishes, plan
from stackcheck.session.request import Request
from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    "requirements.txt",
    "constraints.txt",
    "pyproject.toml",
    "environment.yml",
    "pixi.toml",
    "Dockerfile",
    "install.sh",
)
SPARK = ("--target", "dgx-spark")
WISHES = (
    ("dgx-spark", "torch==2.9.0 torchvision"),
    ("dgx-spark", "isaac-lab==2.3.*"),
    ("jetson-orin", "vllm torch"),
    ("jetson-orin", "torch transformers"),
    ("x86_64-h100", "vllm"),
)


@pytest.mark.parametrize(("target", "wishes"), WISHES, ids=[f"{target}: {wishes}" for target, wishes in WISHES])
def test_every_file_gives_no_error_where_it_is_linted(tmp_path: Path, target: str, wishes: str) -> None:
    python = ""
    for name in NAMES:
        made = stackcheck(
            "plan", *wishes.split(), "--target", target, "--write", name, "--format", "json", cwd=tmp_path
        )
        if name == "environment.yml" and target == "jetson-orin":
            assert made.code == 2
            assert "write requirements.txt or pyproject.toml" in made.err
            continue
        assert made.code == 0, made.err
        python = made.report["python"]["series"]
        for path in made.report["written"]:
            judged = stackcheck("lint", path, "--target", target, "--fact", f"python={python}", cwd=tmp_path)
            assert judged.code == 0, (path, (tmp_path / path).read_text(encoding="utf-8"), judged.out)


def text(folder: Path, name: str, *wishes: str, target: str = "dgx-spark") -> str:
    made = stackcheck("plan", *wishes, "--target", target, "--write", name, cwd=folder)
    assert made.code == 0, made.err
    return (folder / name).read_text(encoding="utf-8")


def test_pip_tells_the_builds_of_pytorch_by_their_label(tmp_path: Path) -> None:
    assert text(tmp_path, "requirements.txt", "torch==2.9.0").splitlines()[1:] == [
        "--extra-index-url https://download.pytorch.org/whl/cu130",
        "torch==2.9.0+cu130",
    ]


def test_an_index_without_labels_has_a_file_of_its_own(tmp_path: Path) -> None:
    main = text(tmp_path, "requirements.txt", "torch", "transformers", target="jetson-orin")
    apart = (tmp_path / "requirements-jp6-cu126.txt").read_text(encoding="utf-8")
    assert "torch" not in main.splitlines()[-1]
    assert "# Install first: uv pip install -r requirements-jp6-cu126.txt" in main
    assert apart.splitlines()[1] == "--index-url https://pypi.jetson-ai-lab.io/jp6/cu126"


def test_uv_knows_the_index_of_each(tmp_path: Path) -> None:
    table = tomli.loads(text(tmp_path, "pyproject.toml", "torch==2.9.0", "numpy"))
    assert table["tool"]["uv"]["sources"] == {"torch": {"index": "cu130"}}
    assert table["tool"]["uv"]["index"] == [
        {"name": "cu130", "url": "https://download.pytorch.org/whl/cu130", "explicit": True}
    ]
    assert "torch==2.9.0" in table["project"]["dependencies"]


def test_what_the_vendor_installs_with_an_index_of_its_own(tmp_path: Path) -> None:
    lines = text(tmp_path, "requirements.txt", "isaac-lab==2.3.*").splitlines()
    assert "isaacsim[all,extscache]==5.1.0" in lines
    assert "--extra-index-url https://pypi.nvidia.com" in lines


OLD = """# kept
[project]
name   =  "mine"
version = "1"
dependencies = [
    "torch>=2.5",   # a remark
    'numpy',
]

[tool.other]
x = 1
"""


class TestThere:
    def test_a_pyproject_is_edited_byte_by_byte(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_bytes(OLD.encode())
        new = text(tmp_path, "pyproject.toml", "torch==2.9.0", "bitsandbytes")
        lines = new.splitlines()
        assert [line for line in OLD.splitlines() if line not in lines] == ['    "torch>=2.5",   # a remark']
        assert '    "torch==2.9.0",   # a remark' in lines
        assert tomli.loads(new)["tool"]["other"] == {"x": 1}
        assert tomli.loads(new)["tool"]["uv"]["sources"] == {"torch": {"index": "cu130"}}
        assert any(line.startswith('    "bitsandbytes==') for line in lines)
        assert stackcheck("lint", "pyproject.toml", *SPARK, cwd=tmp_path).code == 0

    @pytest.mark.parametrize(
        "old",
        [
            "[project]",
            "[project]\r\n",
            '# [project]\n[tool.x]\ndependencies = []\n[project]\nname = "x"',
            "[project]\ndependencies=[  ]",
            '[project] # mine\ndependencies = ["numpy",\n]\n[tool.uv.sources] # own\nnumpy = { path = "n" }',
        ],
    )
    def test_where_the_lines_go(self, tmp_path: Path, old: str) -> None:
        (tmp_path / "pyproject.toml").write_bytes(old.encode())
        new = tomli.loads(text(tmp_path, "pyproject.toml", "torch==2.9.0"))
        assert new["project"]["dependencies"][0] == "torch==2.9.0"
        assert new["tool"]["uv"]["sources"]["torch"] == {"index": "cu130"}

    def test_nothing_else_is_replaced_without_force(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("mine\n", encoding="utf-8")
        args = ("plan", "torch", *SPARK, "--write", "constraints.txt", "--write", "requirements.txt")
        refused = stackcheck(*args, cwd=tmp_path)
        assert refused.code == 2
        assert "requirements.txt: is there already; --force replaces it" in refused.err
        assert [path.name for path in tmp_path.iterdir()] == ["requirements.txt"]
        assert stackcheck(*args, "--force", cwd=tmp_path).code == 0
        assert "torch==" in (tmp_path / "requirements.txt").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("old", "expected"),
        [
            ("[project\n", "is no TOML that can be edited"),
            ("[tool.x]\n", "has no [project] table to write to"),
            ('project.name = "x"\n', "is not edited; name a new file"),
            ('[project]\ndynamic = ["dependencies"]\n', "is not edited; name a new file"),
        ],
    )
    def test_a_pyproject_that_cannot_be_edited(self, tmp_path: Path, old: str, expected: str) -> None:
        (tmp_path / "pyproject.toml").write_text(old, encoding="utf-8")
        refused = stackcheck("plan", "torch", *SPARK, "--write", "pyproject.toml", cwd=tmp_path)
        assert refused.code == 2
        assert expected in refused.err
        assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == old


def test_a_name_of_no_format(tmp_path: Path) -> None:
    refused = stackcheck("plan", "torch", *SPARK, "--write", "plan.doc", cwd=tmp_path)
    assert refused.code == 2
    assert "plan.doc: no format has this name; those are requirements*.txt" in refused.err


def test_a_file_for_each_index_that_would_not_stand_alone(tmp_path: Path) -> None:
    refused = stackcheck("plan", "lerobot", "--target", "jetson-orin", "--write", "requirements.txt", cwd=tmp_path)
    assert refused.code == 2
    assert "Write pyproject.toml, Dockerfile or install.sh, which have all indexes." in " ".join(refused.err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    refused = stackcheck("plan", "torch", *SPARK, "--write", "nowhere/requirements.txt", cwd=tmp_path)
    assert refused.code == 2
    assert "nowhere/requirements.txt: cannot be written" in refused.err


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    args = ("--write", "requirements.txt", "--write", "nowhere/constraints.txt")
    refused = stackcheck("plan", "torch", *SPARK, *args, cwd=tmp_path)
    assert refused.code == 2
    assert "nowhere/constraints.txt: cannot be written: there is no folder nowhere" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests may be allowed to write to any file, so the answer of the system is made up."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "constraints.txt").write_text("mine\n", encoding="utf-8")
    monkeypatch.setattr("os.access", lambda path, _: not str(path).endswith("constraints.txt"))
    asked = Wishes(required=("torch",), write=("requirements.txt", "constraints.txt"), force=True)
    with pytest.raises(CannotWorkError, match=r"constraints\.txt: cannot be written: it is read-only"):
        plan(Request(target="dgx-spark"), asked, lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["constraints.txt"]
    assert (tmp_path / "constraints.txt").read_text(encoding="utf-8") == "mine\n"


def test_a_plan_without_a_python_package(tmp_path: Path) -> None:
    refused = stackcheck("plan", "ros2=jazzy", *SPARK, "--write", "requirements.txt", cwd=tmp_path)
    assert refused.code == 2
    assert "nothing that a Python installer brings; write install.sh" in refused.err
    assert stackcheck("plan", "ros2=jazzy", *SPARK, "--write", "install.sh", cwd=tmp_path).code == 0


def test_where_there_is_no_set_nothing_is_written(tmp_path: Path) -> None:
    made = stackcheck("plan", "taichi", *SPARK, "--write", "requirements.txt", cwd=tmp_path)
    assert made.code == 1
    assert list(tmp_path.iterdir()) == []
