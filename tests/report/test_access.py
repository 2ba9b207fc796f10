"""The pages of the matrix as axe-core judges them: readable by eye, by keyboard and by screen reader."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import CHROMIUM, look
from tests.session.test_site import site

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network
AXE = "axe-core@4"
RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(
  found => found.violations.map(one => [one.impact, one.id, one.nodes.map(node => String(node.target))]))
"""
CONTRAST = """
(() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = colour => colour.slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll("td, th, a")].filter(one => one.offsetParent && one.textContent.trim());
  return Math.min(...shown.map(one => {
    const [high, low] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  }));
})()
"""
"""The lowest contrast of a cell or link: axe gives no verdict on signs such as ✓ and ✗."""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the registry that npm is configured with."""
    pytest.importorskip("tornado")
    npm = shutil.which("npm")
    if npm is None or CHROMIUM is None:
        pytest.skip("npm or Chromium is not here")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run([npm, "pack", "--silent", AXE], cwd=folder, check=True, capture_output=True)
    (archive,) = folder.iterdir()
    with tarfile.open(archive) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of some products on the disk."""
    out = tmp_path_factory.mktemp("site")
    for name, text in site().items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    return out


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_axe_finds_nothing(axe: str, folder: Path, tmp_path: Path, width: int, scheme: str) -> None:
    for name in ("index", "changes", "products/isaac-gym", "products/onnxruntime-gpu", "machines/dgx-spark"):
        seen = look(folder / f"{name}.html", width, 900, tmp_path, axe, RUN, CONTRAST, scheme=scheme)
        found: list[Any] = seen.values[1]
        assert found == [], f"{name}: {json.dumps(found, indent=1)}"
        assert seen.values[2] >= 4.5, name
        assert seen.width <= width, name
        assert seen.console == (), name
        assert [address for address in seen.requests if not address.startswith("file://")] == []


def test_axe_would_find_something(axe: str, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<html><body><img src='a'><a href='#'></a>", encoding="utf-8")
    seen = look(tmp_path / "bad.html", 1280, 900, tmp_path, axe, RUN)
    assert {"image-alt", "link-name", "html-has-lang"} <= {name for _, name, _ in seen.values[1]}
