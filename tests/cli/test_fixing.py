"""`lint --diff` and `--fix`: what is changed, what stays byte for byte, and that nothing can be lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import tomli

from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.repair import Repair
from stackcheck.session.request import Filters, Request
from tests.cli.command import EXAMPLES, ROOT, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")


def fixed(folder: Path, text: str, *args: str, name: str = "requirements.txt", target: str = "dgx-spark") -> str:
    """What a file becomes; a second run must find nothing to do, and a diff the same."""
    path = folder / name
    path.write_bytes(text.encode())
    diff = stackcheck("lint", name, "--target", target, "--diff", *args, cwd=folder)
    assert diff.code != 2
    assert path.read_bytes() == text.encode()
    stackcheck("lint", name, "--target", target, "--fix", *args, cwd=folder)
    new = path.read_bytes().decode()
    again = stackcheck("lint", name, "--target", target, "--fix", *args, cwd=folder)
    assert "fixed" not in again.err
    assert path.read_bytes().decode() == new
    assert bool(diff.out) == (new != text)
    return new


class TestRequirements:
    def test_a_bound_is_tightened(self, tmp_path: Path) -> None:
        assert fixed(tmp_path, "torch>=2.5  # why\nnumpy\n") == "torch>=2.11.0  # why\nnumpy\n"

    def test_a_release_that_a_neighbour_is_bound_to_stays(self, tmp_path: Path) -> None:
        """torch asks for exactly one Triton, on x86_64 too; of its old releases it is not known which."""
        for torch in ("2.1.2", "2.8.0"):
            text = f"torch=={torch}+cu121\ntriton==2.1.0\n"
            assert fixed(tmp_path, text, "--unsafe-fixes") == text

    def test_a_bound_that_lowers_another_line_is_none(self, tmp_path: Path) -> None:
        """torchaudio 2.10 goes with torch 2.10 alone, whose build on PyPI has no CUDA."""
        text = "torch\ntorchaudio\n"
        assert fixed(tmp_path, text, target="jetson-orin") == text

    def test_another_build_of_a_release_is_no_other_release(self, tmp_path: Path) -> None:
        text = "torch==2.2.2+cu121\ntorchaudio==2.2.2+cu121\n"
        assert fixed(tmp_path, text, "--unsafe-fixes") == text

    def test_a_companion_is_paired(self, tmp_path: Path) -> None:
        text = "--extra-index-url https://download.pytorch.org/whl/cu130\ntorch==2.9.0\ntorchvision == 0.23.0 # v\n"
        assert fixed(tmp_path, text) == text.replace("0.23.0", "0.24.0")

    def test_nothing_is_lowered_that_is_asked_for(self, tmp_path: Path) -> None:
        text = "--extra-index-url https://download.pytorch.org/whl/cu130\ntorch==2.9.0\ntorchvision==0.25.0\n"
        assert fixed(tmp_path, text) == text

    def test_a_range_is_not_opened_downwards(self, tmp_path: Path) -> None:
        text = "torchvision>=0.16.2\n"
        assert fixed(tmp_path, text, "--unsafe-fixes", target="jetson-orin") == text

    def test_a_line_that_fails_in_another_way_is_not_bounded(self, tmp_path: Path) -> None:
        assert fixed(tmp_path, "torch>=2.4\n", target="jetson-orin") == "torch>=2.4\n"

    def test_a_pin_is_moved_only_where_unsafe_fixes_are_allowed(self, tmp_path: Path) -> None:
        assert fixed(tmp_path, "open3d==0.19.0\n") == "open3d==0.19.0\n"
        assert fixed(tmp_path, "open3d==0.19.0\n", "--unsafe-fixes") == "open3d==0.20.0\n"

    def test_an_index_is_added_above_the_line(self, tmp_path: Path) -> None:
        new = fixed(tmp_path, "# stack\r\ntorch==2.9.0\r\nnumpy\r\n", "--unsafe-fixes")
        index = "--extra-index-url https://download.pytorch.org/whl/cu130"
        assert new == f"# stack\r\n{index}\r\ntorch==2.9.0\r\nnumpy\r\n"

    def test_a_wheel_of_another_machine_gets_its_marker(self, tmp_path: Path) -> None:
        url = "https://files.example/flash_attn-2.8.3-cp312-cp312-linux_x86_64.whl"
        new = fixed(tmp_path, f"flash-attn @ {url}\n{url}\n", "--unsafe-fixes")
        assert new == (f'flash-attn @ {url} ; platform_machine == "x86_64"\n{url} ; platform_machine == "x86_64"\n')

    def test_a_row_that_names_a_marker(self, tmp_path: Path) -> None:
        new = fixed(tmp_path, "xformers\n", "--unsafe-fixes")
        assert new == 'xformers; platform_machine == "x86_64"\n'

    def test_hashes_are_left_alone(self, tmp_path: Path) -> None:
        text = "open3d==0.19.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        assert fixed(tmp_path, text, "--unsafe-fixes") == text

    def test_what_is_ignored_is_left_alone(self, tmp_path: Path) -> None:
        text = "open3d==0.19.0  # stackcheck: ignore[wheels] not used there\n"
        assert fixed(tmp_path, text, "--unsafe-fixes") == text

    def test_every_target_must_be_served(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
        targets = (*SPARK, "--target", "jetson-orin", "--target", "x86_64-h100")
        stackcheck("lint", *targets, "--fix", "--unsafe-fixes", cwd=tmp_path)
        after = stackcheck("lint", *targets, "--format", "json", cwd=tmp_path)
        before = stackcheck("lint", *targets, "-", "--format", "json", cwd=tmp_path, stdin="torch==2.9.0\n")
        old = {(one["target"], one["kind"], one["id"]) for one in before.singly()}
        new = [one for one in after.singly() if one["severity"] == "error"]
        assert {(one["target"], one["kind"], one["id"]) for one in new} <= old


class TestPyproject:
    def test_inside_a_string(self, tmp_path: Path) -> None:
        text = '[project]\nname = "a" # x\ndependencies = ["numpy", "xformers",\n  "torch >= 2.5", # why\n]\n'
        marked = text.replace("xformers", "xformers; platform_machine == 'x86_64'")
        # What others install is not bound for a note; a project that is uv's own alone is.
        assert fixed(tmp_path, text, "--unsafe-fixes", name="pyproject.toml") == marked
        own = "[tool.uv]\npackage = false\n"
        bound = marked.replace(">= 2.5", ">= 2.11.0")
        assert fixed(tmp_path, text + own, "--unsafe-fixes", name="pyproject.toml") == bound + own

    @pytest.mark.parametrize("sources", ["", "[tool.uv.sources]\nother = { path = '..' }\n"])
    def test_a_source_of_uv(self, tmp_path: Path, sources: str) -> None:
        text = f'[project]\nname = "a"\nversion = "1"\ndependencies = ["torch==2.9.0"]\n[tool.uv]\n{sources}'
        new = fixed(tmp_path, text, name="pyproject.toml")
        assert new.startswith(text.partition("other")[0].rstrip("\n"))
        uv = tomli.loads(new)["tool"]["uv"]
        assert uv["sources"]["torch"] == [
            {
                "index": "pytorch-cu130",
                "marker": "sys_platform == 'linux' and platform_machine == 'aarch64'",
            }
        ]
        assert uv["index"] == [
            {"name": "pytorch-cu130", "url": "https://download.pytorch.org/whl/cu130", "explicit": True}
        ]
        assert stackcheck("lint", *SPARK, cwd=tmp_path).code == 0

    def test_one_cuda_index_is_split_by_machine(self, tmp_path: Path) -> None:
        text = (
            '[project]\nname = "a"\nversion = "1"\ndependencies = ["torch==2.9.0", "torchvision==0.24.0"]\n'
            '[tool.uv.sources]\ntorch = { index = "cu128" } # x\ntorchvision = [{ index = "cu128" }]\n'
            '[[tool.uv.index]]\nname = "cu128"\nurl = "https://download.pytorch.org/whl/cu128"\nexplicit = true\n'
        )
        uv = tomli.loads(fixed(tmp_path, text, name="pyproject.toml"))["tool"]["uv"]
        split = [
            {"index": "cu128", "marker": "platform_machine != 'aarch64'"},
            {"index": "pytorch-cu130", "marker": "sys_platform == 'linux' and platform_machine == 'aarch64'"},
        ]
        assert uv["sources"] == {"torch": split, "torchvision": split}
        assert [index["name"] for index in uv["index"]] == ["cu128", "pytorch-cu130"]
        assert stackcheck("lint", *SPARK, cwd=tmp_path).code == 0

    @pytest.mark.parametrize("args", [(), ("--unsafe-fixes",)])
    def test_a_library_binds_nobody_for_a_note(self, tmp_path: Path, args: tuple[str, ...]) -> None:
        text = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "a"\ndependencies = ["torch>=2.5"]\n'
        assert fixed(tmp_path, text, *args, name="pyproject.toml") == text

    def test_a_bound_for_one_machine_has_its_marker(self, tmp_path: Path) -> None:
        text = '[project]\nname = "a"\nversion = "1"\ndependencies = ["warp-lang>=1.10"]\n'
        new = fixed(tmp_path, text, name="pyproject.toml", target="jetson-orin")
        here = "warp-lang>=1.10,<1.19.0; platform_machine == 'aarch64'"
        others = "warp-lang>=1.10; platform_machine != 'aarch64'"
        assert tomli.loads(new)["project"]["dependencies"] == [here, others]


class TestTheRun:
    def test_the_example(self, tmp_path: Path) -> None:
        for path in (EXAMPLES / "spark-broken").iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
        result = stackcheck("lint", *SPARK, "--diff", "--unsafe-fixes", cwd=tmp_path)
        assert result.code == 1
        changed = [line for line in result.out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        assert changed == [
            '-dependencies = ["isaaclab==2.3.2.post1", "usd-core==25.11"]',
            '+dependencies = ["isaaclab==2.3.2.post1", "usd-core==26.11"]',
            "+--extra-index-url https://download.pytorch.org/whl/cu130",
            "-torchvision==0.23.0",
            "-open3d==0.19.0",
            "+torchvision==0.24.0",
            "+open3d==0.20.0",
        ]

    def test_what_is_left_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("torch>=2.5\nopen3d==0.19.0\n", encoding="utf-8")
        result = stackcheck("lint", *SPARK, "--fix", cwd=tmp_path)
        assert result.code == 1
        assert result.err.splitlines() == [
            "stackcheck: fixed requirements.txt:1: torch>=2.5 → torch>=2.11.0",
            "stackcheck: 1 more with --unsafe-fixes",
        ]
        assert "Open3D 0.19.0 has no wheel" in result.out

    def test_no_secret_and_no_command_in_the_diff(self, tmp_path: Path) -> None:
        text = "--extra-index-url https://user:secret@pypi.example/simple\n#\x1b[31m ::error::x\ntorch>=2.5\n"
        (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
        result = stackcheck("lint", *SPARK, "--diff", cwd=tmp_path)
        assert "+torch>=2.11.0" in result.out
        assert "secret" not in result.out + result.err
        assert "\x1b" not in result.out
        assert "::error" not in result.out

    def test_standard_input_is_only_shown(self, tmp_path: Path) -> None:
        assert "+torch>=2.11.0" in stackcheck("lint", *SPARK, "--diff", "-", cwd=tmp_path, stdin="torch>=2.5\n").out
        result = stackcheck("lint", *SPARK, "--fix", "-", cwd=tmp_path, stdin="torch>=2.5\n")
        assert (result.code, result.out) == (2, "")


class TestNothingIsLost:
    def repair(self, folder: Path) -> Repair:
        path = folder / "requirements.txt"
        path.write_text("torch>=2.5\n", encoding="utf-8")
        repair = Repair([[str(path)]], [Request(target="dgx-spark")], open_knowledge(), Filters(), Loader())
        repair.mend()
        return repair

    def test_the_mode_and_a_link_stay(self, tmp_path: Path) -> None:
        repair = self.repair(tmp_path)
        path = tmp_path / "requirements.txt"
        path.rename(tmp_path / "real.txt")
        path.symlink_to("real.txt")
        (tmp_path / "real.txt").chmod(0o640)
        repair.write()
        assert path.is_symlink()
        assert (tmp_path / "real.txt").read_text(encoding="utf-8") == "torch>=2.11.0\n"
        assert (tmp_path / "real.txt").stat().st_mode & 0o7777 == 0o640
        assert sorted(one.name for one in tmp_path.iterdir()) == ["real.txt", "requirements.txt"]

    def test_a_disk_that_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repair = self.repair(tmp_path)

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(CannotWorkError, match="No space left"):
            repair.write()
        assert [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()] == ["torch>=2.5\n"]

    def test_a_file_that_was_changed_meanwhile(self, tmp_path: Path) -> None:
        repair = self.repair(tmp_path)
        (tmp_path / "requirements.txt").write_text("mine\n", encoding="utf-8")
        with pytest.raises(CannotWorkError, match="was changed while it was checked"):
            repair.write()
        assert (tmp_path / "requirements.txt").read_text(encoding="utf-8") == "mine\n"

    def test_a_kill_in_the_middle(self, tmp_path: Path) -> None:
        path = tmp_path / "requirements.txt"
        old = "torch>=2.5\n" + "".join(f"package-{number}\n" for number in range(2000))
        command = [sys.executable, "-m", "stackcheck", "lint", *SPARK, "--fix", str(path)]
        seen = set()
        for wait in (0.1, 0.2, 0.3, 0.4, 0.6):
            path.write_text(old, encoding="utf-8")
            child = subprocess.Popen(
                command,
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
            child.wait()
            seen.add(path.read_text(encoding="utf-8"))
        assert seen <= {old, old.replace("2.5", "2.11.0")}
