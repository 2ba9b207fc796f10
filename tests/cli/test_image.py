"""`stackcheck image` and `env --root`: the same verdict from every form of an image."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.scan.library import linked
from tests import images
from tests.cli.command import Result, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ("folder", "oci", "oci.tar", "docker.tar", "docker.tar.gz")


def forms(root: Path, files: dict[str, Any]) -> dict[str, str]:
    """The same file system as a folder, OCI layouts and docker-archives."""
    layer = images.tar(files)
    with open(root / "layer.tar", "wb") as file:  # noqa: PTH123
        file.write(layer)
    (root / "folder").mkdir()
    subprocess.run(["tar", "-xf", str(root / "layer.tar"), "-C", str(root / "folder")], check=True)
    images.folder(root / "oci", images.oci([layer], form="gzip"))
    (root / "oci.tar").write_bytes(images.tar(images.oci([layer], form="zstd")))
    saved = images.tar(images.docker([layer]))
    (root / "docker.tar").write_bytes(saved)
    (root / "docker.tar.gz").write_bytes(gzip.compress(saved))
    return {form: str(root / form) for form in FORMS}


def verdict(result: Result) -> list[tuple[str, ...]]:
    """What a report says, without what differs between forms: names of files."""
    return [(one["severity"], one["id"], one["subject"]) for one in result.report["findings"]]


def test_every_form_has_the_same_verdict(tmp_path: Path) -> None:
    paths = forms(tmp_path, images.python_root({"torch": "2.9.0", "torchvision": "0.23.0", "numpy": "2.1.0"}))
    results = {
        form: stackcheck("image", path, "--target", "dgx-spark", "--format", "json") for form, path in paths.items()
    }
    assert {result.code for result in results.values()} == {1}
    first = verdict(results["folder"])
    assert ("error", "torchvision/vision-0.23.0-torch", "torch") in first
    assert ("warning", "torch/pypi-aarch64-cpu", "torch") in first
    assert all(verdict(result) == first for result in results.values())


def test_what_was_read_is_said(tmp_path: Path) -> None:
    paths = forms(tmp_path, images.python_root({"numpy": "2.1.0"}))
    report = stackcheck("image", paths["oci"], "--target", "dgx-spark", "--format", "json").report
    assert report["read"][:3] == ["image linux/arm64", "1 layers", "8 files"]
    assert "arch aarch64" in report["read"]
    assert "driver 580.95.05" in report["read"]


def test_an_image_for_another_machine(tmp_path: Path) -> None:
    path = forms(tmp_path, images.python_root({}))["oci"]
    result = stackcheck("image", path, "--target", "x86_64-h100")
    assert result.code == 1
    assert "The image is for aarch64; target x86_64-h100 is x86_64, where it does not run." in " ".join(
        result.out.split()
    )


def test_code_of_another_machine_is_found(tmp_path: Path) -> None:
    paths = forms(tmp_path, images.python_root({}) | {"usr/local/bin/tool": images.libc(0x3E)})
    for path in paths.values():
        found = stackcheck("image", path, "--target", "dgx-spark", "--format", "json").report["findings"]
        said = [one["message"] for one in found if one["id"] == "consistency/files-for-x86_64"]
        assert said == ["/usr/local/bin/tool is for x86_64; on aarch64 it does not run."]


def test_check_of_a_root_is_that_of_the_image_with_project_files(tmp_path: Path) -> None:
    path = forms(tmp_path, images.python_root({"torch": "2.9.0"}))["folder"]
    options = ("--target", "dgx-spark", "--format", "json")
    assert (
        stackcheck("check", "--root", path, *options).report["findings"]
        == stackcheck("image", path, *options).report["findings"]
    )
    (tmp_path / "requirements.txt").write_text("torchvision==0.23.0\n")
    result = stackcheck("check", str(tmp_path / "requirements.txt"), "--root", path, *options)
    assert ("error", "torchvision/vision-0.23.0-torch", "torch") in verdict(result)
    refused = stackcheck("check", "--root", path, "--deep")
    assert (refused.code, "nothing of an image is run" in refused.err) == (2, True)


def test_env_of_a_root(tmp_path: Path) -> None:
    paths = forms(tmp_path, images.python_root({"numpy": "2.1.0"}))
    documents = [stackcheck("env", "--root", paths[form], "--format", "json").report for form in ("folder", "oci.tar")]
    assert documents[0]["packages"] == documents[1]["packages"] == {"numpy": "2.1.0"}
    assert documents[1]["facts"]["python"] == "3.12.3"


def test_the_python_that_the_image_names_first(tmp_path: Path) -> None:
    site = "opt/venv/lib/python3.11/site-packages/torch-2.11.0.dist-info"
    files = images.python_root({"torch": "2.9.0"}) | {
        "opt/venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.9\n",
        f"{site}/METADATA": "Name: torch\nVersion: 2.11.0\n",
    }
    for env in (("VIRTUAL_ENV=/opt/venv",), ("PATH=/opt/venv/bin:/usr/bin",)):
        layout = images.oci([images.tar(files | {"opt/venv/bin/python3": "->/usr/bin/python3"})], env=env)
        path = images.folder(tmp_path / str(len(env[0])), layout)
        document = stackcheck("env", "--root", str(path), "--format", "json").report
        assert (document["packages"], document["facts"]["python"]) == ({"torch": "2.11.0"}, "3.11.9")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("none", None, "is not there"),
        ("junk", b"x" * 4000, "header"),
        ("folder", {"a": b"x"}, "has no /etc and no /usr"),
    ],
)
def test_what_is_no_image(tmp_path: Path, name: str, data: Any, message: str) -> None:
    path = tmp_path / name
    if isinstance(data, dict):
        images.folder(path, data)
    elif data is not None:
        path.write_bytes(data)
    result = stackcheck("image", str(path), "--target", "dgx-spark")
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert len(result.err.splitlines()) == 1


# --- a real one -------------------------------------------------------------------------------------------------------

TOOLS = ("debootstrap", "dpkg-deb", "umoci", "skopeo", "tar")


def run(*command: str, **options: Any) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def debian(root: Path) -> None:
    """The files of Debian's arm64 packages with Python 3.11, and dpkg's record of them; nothing of it is run."""
    run("debootstrap", "--foreign", "--arch=arm64", "--variant=minbase", "--include=python3", "bookworm", str(root))
    status = []
    for package in sorted((root / "var/cache/apt/archives").glob("*.deb")):
        run("dpkg-deb", "-x", str(package), str(root))
        control = run("dpkg-deb", "-f", str(package)).strip()
        status.append(f"{control}\nStatus: install ok installed\n\n")
        package.unlink()
    (root / "var/lib/dpkg/status").write_text("".join(status))


def wheel(root: Path, folder: Path, requirement: str, platform: str) -> None:
    """A wheel from the configured index, unpacked as an installer does."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", str(folder)]
    run(*pip, "--python-version", "3.11", "--platform", platform, requirement)
    site = root / "usr/local/lib/python3.11/dist-packages"
    for path in folder.glob("*.whl"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(site)
        path.unlink()


def packed(root: Path, work: Path, name: str) -> dict[str, str]:
    """The root file system as OCI layout (umoci) and docker-archive (skopeo)."""
    layout = str(work / f"{name}-oci")
    run("umoci", "init", "--layout", layout)
    run("umoci", "new", "--image", f"{layout}:t")
    run("umoci", "insert", "--image", f"{layout}:t", str(root), "/")
    run("umoci", "config", "--image", f"{layout}:t", "--architecture", "arm64")
    archive = str(work / f"{name}.tar")
    run("skopeo", "--insecure-policy", "copy", f"oci:{layout}:t", f"docker-archive:{archive}:x:t")
    return {"folder": str(root), "oci": layout, "docker": archive}


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap makes device nodes, which root alone may")
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_a_real_arm64_image(tmp_path: Path) -> None:
    root = tmp_path / "root"
    debian(root)
    wheel(root, tmp_path / "wheels", "torch==2.9.0", "manylinux_2_28_aarch64")
    wheel(root, tmp_path / "wheels", "decord==0.6.0", "manylinux2010_x86_64")
    broken = packed(root, tmp_path, "broken")
    reports = {}
    for form, path in broken.items():
        result = stackcheck("image", path, "--target", "dgx-spark", "--format", "json", timeout=600)
        assert result.code == 1, result.err
        reports[form] = verdict(result)
        facts = set(result.report["read"])
        assert {"arch aarch64", "distro-version 12", "glibc 2.36", "driver 580.95.05"} <= facts
    assert reports["folder"] == reports["oci"] == reports["docker"]
    said = json.dumps(reports["oci"])
    assert "torch" in said
    assert any(severity == "error" and subject == "decord" for severity, _, subject in reports["oci"])
    site = root / "usr/local/lib/python3.11/dist-packages"
    for name in ("torch", "torch-2.9.0.dist-info", "torchgen", "functorch", "decord", "decord-0.6.0.dist-info"):
        shutil.rmtree(site / name, ignore_errors=True)
    wheel(root, tmp_path / "wheels", "torch==2.11.0", "manylinux_2_28_aarch64")
    for form, path in packed(root, tmp_path, "half").items():
        result = stackcheck("image", path, "--target", "dgx-spark", "--format", "json", timeout=600)
        (error,) = result.findings("error")
        assert error["id"] == "libraries/torch", form
        assert "libcudart.so.13" in error["message"], form
    # CUDA itself has gigabytes: who looks for a library asks only whether it is there.
    cuda = site / "torch/lib/libtorch_cuda.so"
    with cuda.open("rb") as file:
        found = linked(file, cuda.stat().st_size)
    assert found is not None
    assert found.dynamic is not None
    for name in found.dynamic.needed:
        (cuda.parent / name).touch() if re.match("lib(cu|nccl|nv)", name) else None
    for form, path in packed(root, tmp_path, "repaired").items():
        result = stackcheck("image", path, "--target", "dgx-spark", "--format", "json", timeout=600)
        assert result.findings("error") == [], form
        assert not any(one["subject"] == "decord" for one in result.report["findings"])
