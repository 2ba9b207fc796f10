"""Code of another machine, told by ELF headers in every form of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.scan.image import read_image
from stackcheck.scan.machines import Foreign, of_distributions, of_programs
from stackcheck.scan.metadata import installed
from stackcheck.scan.view import HostView
from tests import images

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.scan.view import LibraryView

ARM, INTEL = images.libc(0xB7), images.libc(0x3E)
SITE = "usr/local/lib/python3.12/dist-packages"
FORMS = ("folder", "oci", "gzip")


def view(root: Path, files: dict[str, Any], form: str) -> LibraryView:
    """The same files as a root file system, an image that can be moved in, and a compressed one."""
    if form == "folder":
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return HostView(str(root))
    layout = images.oci([images.tar(files)], form="gzip" if form == "gzip" else None)
    return read_image(str(images.folder(root / "image", layout)), None, lambda _: None).view


def distribution(name: str, files: dict[str, bytes], tag: str = "cp312-cp312-linux_aarch64") -> dict[str, Any]:
    """An installed distribution with libraries in its folder."""
    info = f"{SITE}/{name}-1.dist-info"
    return {
        f"{info}/METADATA": f"Name: {name}\nVersion: 1\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n",
        f"{info}/RECORD": "".join(f"{name}/{file},sha256=x,1\n" for file in files),
        **{f"{SITE}/{name}/{file}": data for file, data in files.items()},
    }


@pytest.mark.parametrize("form", FORMS)
def test_distributions(tmp_path: Path, form: str) -> None:
    files = {
        **distribution("copied", {"a.so": INTEL, "libs/b.so.1": INTEL}),
        **distribution("right", {"a.so": ARM}),
        **distribution("both", {"a.so": INTEL, "b.so": ARM}),
        **distribution("helpers", {"a.so": INTEL}, "py3-none-any"),
        **distribution("tagged", {"a.so": INTEL}, "cp312-cp312-linux_x86_64"),
        **distribution("untold", {"a.so": b"no ELF file"}),
    }
    place = view(tmp_path, files, form)
    found = of_distributions(place, installed(place, [f"/{SITE}"]).distributions, "aarch64")
    assert found == (Foreign(f"/{SITE}/copied/a.so", "x86_64", "copied"),)


@pytest.mark.parametrize("form", FORMS)
def test_programs(tmp_path: Path, form: str) -> None:
    files = {
        "usr/local/bin/intel": INTEL,
        "usr/local/bin/native": ARM,
        "usr/local/bin/script": "#!/bin/sh\n",
        "usr/local/bin/qemu-x86_64": INTEL,
        "usr/local/lib/libold.so.2": INTEL,
        "opt/tool/bin/run": INTEL,
        "opt/cross/lib/linux-x64/a.so": INTEL,
        "usr/share/data/bin/other": INTEL,
    }
    place = view(tmp_path, files, form)
    found = [one.path for one in of_programs(place, "", "aarch64")]
    assert found == ["/usr/local/bin/intel", "/usr/local/lib/libold.so.2", "/opt/tool/bin/run"]
    assert of_programs(place, "/usr/share/data/bin:relative", "aarch64")[0].path == "/usr/share/data/bin/other"
    assert [one.path for one in of_programs(place, "", "x86_64")] == ["/usr/local/bin/native"]
