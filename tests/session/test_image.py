"""An image or root file system as a request names it: odd ones too end in a report or one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.model import CRASHED
from stackcheck.session.check import check
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.request import Request
from tests import images

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Report


def checked(path: Path) -> Report:
    """The report on what lies at a path, on a DGX Spark."""
    return check(Request(target="dgx-spark", root=str(path)), Loader(), lambda _: None)


@pytest.mark.parametrize("link", ["etc", "usr", "bin"])
@pytest.mark.parametrize("target", ["/{}", "{}", "/{}/x", "../{}"])
def test_a_folder_that_is_a_link_to_itself(tmp_path: Path, link: str, target: str) -> None:
    (tmp_path / link).symlink_to(target.format(link))
    report = checked(tmp_path)
    assert not any(finding.id == CRASHED for finding in report.findings)
    assert "a root file system" in report.read


def test_a_folder_that_is_no_root(tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError, match="has no /etc and no /usr"):
        checked(tmp_path)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("nvcr.io/nvidia/pytorch:25.09-py3", "docker://nvcr.io/nvidia/pytorch:25.09-py3 oci-archive:pytorch.tar"),
        ("docker://ubuntu:24.04", "docker://ubuntu:24.04 oci-archive:ubuntu.tar"),
        ("localhost:5000/app:1", "docker://localhost:5000/app:1 oci-archive:app.tar"),
        ("./rootfs", None),
        ("image.tar", None),
        ("C:/images/x", None),
    ],
)
def test_an_image_of_a_registry_has_to_be_copied(name: str, copy: str | None) -> None:
    with pytest.raises(CannotWorkError, match="is not there") as error:
        check(Request(target="dgx-spark", root=name), Loader(), lambda _: None)
    said = str(error.value)
    assert ("skopeo" in said) is (copy is not None)
    assert copy is None or f"`skopeo copy --override-os linux --override-arch arm64 {copy}`" in said


HUGE = "1" * 5000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {HUGE}\n"),
        ("METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: 2.9.0\nRequires-Dist: numpy>={HUGE}\n"),
        ("METADATA", f"Name: torch\nVersion: 2.9.0\nRequires-Dist: x ; python_version < '{HUGE}'\n"),
        ("METADATA", f"Name: torch\nVersion: 2.9.0\nRequires-Python: >={HUGE}\n"),
        ("WHEEL", f"Tag: cp3{HUGE}-none-manylinux_2_{HUGE}_aarch64\n"),
        ("direct_url.json", '{"url": "https://[x]/"}'),
        ("direct_url.json", '{"url": 5}'),
    ],
)
def test_installed_metadata_with_odd_values(tmp_path: Path, name: str, text: str) -> None:
    files = images.python_root({"torch": "2.9.0", "numpy": "2.0"})
    files[f"usr/local/lib/python3.12/dist-packages/torch-2.9.0.dist-info/{name}"] = text
    (tmp_path / "image.tar").write_bytes(images.tar(images.docker([images.tar(files)])))
    report = checked(tmp_path / "image.tar")
    assert not any(finding.id == CRASHED for finding in report.findings)
    assert any("numpy" in finding.involves for finding in report.findings) or report.held
