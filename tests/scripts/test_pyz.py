"""stackcheck.pyz: made here of this checkout, run as a machine without an installation runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from scripts import make_pyz, release
from tests import images
from tests.cli.command import EXAMPLES, ROOT, Result, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "scripts" / "make_pyz.py"
DOCUMENT = str(EXAMPLES / "environments" / "dgx-spark.json")
BROKEN = str(EXAMPLES / "spark-broken")
SAME = (
    ("check", "--env", DOCUMENT, "--format", "json"),
    ("check", "--env", DOCUMENT, f"{BROKEN}/requirements.txt", "--format", "json"),
    ("lint", "--target", "dgx-spark", "--target", "jetson-orin", BROKEN, "--format", "json"),
    ("lint", "--target", "dgx-spark", BROKEN, "--format", "html"),
    ("lint", "--diff", "--unsafe-fixes", "--target", "dgx-spark", BROKEN),
    ("preflight", "isaac-lab==3.0.0", "--target", "dgx-spark"),
    ("plan", "vllm", "--target", "dgx-spark"),
    ("explain", "torch/pypi-aarch64-cpu"),
    ("targets",),
    ("matrix", "list"),
    ("matrix", "schema", "environment"),
    ("--help",),
    ("--version",),
    ("lint", "--target", "dgx-sparc", BROKEN),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, in a folder whose name has a blank."""
    out = tmp_path_factory.mktemp("a place") / "stackcheck.pyz"
    done = subprocess.run([sys.executable, str(SCRIPT), str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def run(pyz: Path, *args: str, python: str = sys.executable, cwd: Path | None = None) -> Result:
    """One run with no site-packages: what the file does not hold is not there."""
    done = subprocess.run(
        [python, "-I", "-S", str(pyz), *args],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd or ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(pyz.parent), "NO_COLOR": "1"},
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("args", SAME, ids=lambda args: " ".join(args[:2]))
def test_the_same_bytes_as_the_installed_tool(made: Path, args: tuple[str, ...]) -> None:
    assert run(made, *args) == stackcheck(*args)


def test_nothing_is_unpacked_or_kept(made: Path, tmp_path: Path) -> None:
    assert run(made, "lint", "--target", "dgx-spark", BROKEN, cwd=tmp_path).code == 1
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in made.parent.iterdir()] == ["stackcheck.pyz"]


def test_this_machine(made: Path) -> None:
    """What is in the file itself is not taken for installed."""
    args = ("env", "--python", sys.executable, "--format", "json")
    assert run(made, *args).report["packages"] == stackcheck(*args).report["packages"]
    assert run(made, "env", "--format", "json").report["facts"]["python"] == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    "call", ["stackcheck.probe.python.ask_pip(sys.executable)", "stackcheck.probe.gpu.ask_libraries()"]
)
def test_what_is_asked_in_a_child_process(made: Path, call: str) -> None:
    """The child finds its script, and what that imports, in the file too."""
    program = "import sys; sys.path[:0] = sys.argv[1:]; import stackcheck.probe.gpu, stackcheck.probe.python"
    answers = [
        subprocess.run(
            [sys.executable, "-I", "-c", f"{program}; print({call})", *places],
            capture_output=True,
            text=True,
            check=True,
        )
        for places in ((str(made),), ())
    ]
    assert answers[0].stdout == answers[1].stdout
    assert "Known" in answers[0].stdout or "Refusal" in answers[0].stdout


def test_what_takes_a_compiled_library_is_named(made: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM nvidia/cuda:11.8.0-base-ubuntu20.04\nRUN pip install torch==2.9.0\nRUN pip install open3d==0.19.0\n",
        encoding="utf-8",
    )
    args = ("lint", "--target", "dgx-spark", "Dockerfile", "--format", "json", "--strict")
    found = run(made, *args, cwd=tmp_path)
    (unread,) = found.findings("unknown")
    assert "needs tree-sitter and tree-sitter-bash, compiled libraries that are not here" in unread["message"]
    assert [place["line"] for place in unread["locations"]] == [2, 3]
    assert found.code == 3
    assert [finding["id"] for finding in found.findings("warning")] == ["gpu-code/nvidia/cuda"]


def test_an_image_needs_a_compiled_library_for_zstd_alone(made: Path, tmp_path: Path) -> None:
    layer = images.tar(images.python_root({"torch": "2.9.0"}))
    for form in ("gzip", "zstd"):
        images.folder(tmp_path / form, images.oci([layer], form=form))
    args = ("--target", "dgx-spark", "--format", "json")
    assert run(made, "image", str(tmp_path / "gzip"), *args) == stackcheck("image", str(tmp_path / "gzip"), *args)
    found = run(made, "image", str(tmp_path / "zstd"), *args)
    assert (found.code, found.out) == (2, "")
    assert found.err.endswith("it is compressed with zstd, and zstandard, which reads that, is not here\n")


def test_it_names_the_python_that_it_needs(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        text = archive.read("__main__.py").decode()
    older = text.replace("import sys\n", "import sys\nsys.version_info = (3, 8, 18)\nsys.version = '3.8.18 (main)'\n")
    done = subprocess.run([sys.executable, "-c", older], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("or newer, and this is 3.8.18\n")


def test_every_python_that_it_is_for(made: Path) -> None:
    """Those that are on the PATH, from the one that made it on."""
    args = ("lint", "--target", "dgx-spark", BROKEN, "--format", "json")
    programs = [program for minor, program in release.pythons(()) if minor >= sys.version_info.minor]
    assert {run(made, *args, python=program).out for program in programs} == {stackcheck(*args).out}


class Library:
    """As much of an installed distribution as the script asks of one."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.name, self.folder = "arm-sdk", folder
        self.files = [PurePosixPath(name) for name in names]
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name, encoding="utf-8")

    def locate_file(self, path: PurePosixPath) -> Path:
        return self.folder / path


def test_a_library_that_is_compiled_alone_is_refused(tmp_path: Path) -> None:
    beside = Library(
        *(tmp_path, "arm/__init__.py", "arm/fast.py", "arm/fast.cpython-312.so", "81d__mypyc.cpython-312.so"),
        *("arm/a.pyi", "arm_sdk-1.dist-info/LICENSE", "arm_sdk-1.dist-info/RECORD", "../../../bin/arm"),
    )
    names = ["arm/__init__.py", "arm/fast.py", "arm_sdk-1.dist-info/LICENSE"]
    assert [name for name, _ in make_pyz.files_of(beside)] == names
    with pytest.raises(make_pyz.CannotMakeError, match=r"arm-sdk has no source of arm/fast.cpython-312.so"):
        list(make_pyz.files_of(Library(tmp_path, "arm/__init__.py", "arm/fast.cpython-312.so")))


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-sdk>=1"]\n', encoding="utf-8")
    monkeypatch.setattr(make_pyz, "ROOT", tmp_path)
    with pytest.raises(make_pyz.CannotMakeError, match=r"no-such-sdk>=1 is not installed here; run `pip install \.`"):
        list(make_pyz.libraries())


def test_twice_the_same_bytes_and_no_compiled_code(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pyz"
    subprocess.run([sys.executable, str(SCRIPT), str(again)], capture_output=True, check=True)
    assert again.read_bytes() == made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
    assert {name.rpartition(".")[2] for name in names if name.startswith("stackcheck/")} <= {
        "py",
        "toml",
        "jsonl",
        "txt",
    } | {*("json", "md", "typed", "stackcheck/matrices/VERSION")}
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]
    # Who passes a library on passes its licence on.
    held = {name.partition("/")[0] for name in names if name.endswith(".dist-info/METADATA")}
    licensed = {name.partition("/")[0] for name in names if "licen" in name.lower()}
    assert len(held) > 8
    assert held <= licensed
