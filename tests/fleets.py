"""Made-up fleets: documents like those of the shipped targets, with what differs between real machines."""

from __future__ import annotations

import io
import json
import random
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from stackcheck.matrix.store import shipped_folder
from tests import images

if TYPE_CHECKING:
    from collections.abc import Iterator

BOARDS = {
    "dgx-spark": ("580.95.05", "580.126.09", "580.142", "590.48.01"),
    "dgx-spark-7.6": ("580.142", "580.159.03"),
    "jetson-orin": ("540.4.0", "540.3.0"),
    "jetson-thor": ("580.00", "595.58"),
    "gh200": ("570.133.20", "580.95.05", "580.126.20"),
}
"""Targets, and drivers that their machines may have."""
TORCH = (
    ("2.9.0+cu130", "0.24.0", "3.5.0"),
    ("2.9.0", "0.24.0", "3.5.0"),
    ("2.9.1+cpu", "0.24.1", None),
    ("2.11.0+cu130", "0.26.0", "3.6.0"),
    ("2.8.0", "0.24.0", "3.4.0"),
    ("2.7.1+cu128", "0.22.1", "3.3.1"),
)
"""Releases of torch, torchvision and triton that are installed together."""
OTHERS = {
    "numpy": ("1.26.4", "2.2.6", "2.3.5"),
    "open3d": ("0.18.0", "0.19.0"),
    "vllm": ("0.11.0", "0.12.0"),
    "transformers": ("4.57.1", "4.56.0"),
    "bitsandbytes": ("0.45.0", "0.48.2"),
    "opencv-python": ("4.11.0.86", "4.12.0.88"),
    "isaacsim": ("5.1.0.0",),
}
"""Other distributions, of which a machine has some."""


def documents(number: int, different: int, seed: int = 23) -> Iterator[dict[str, Any]]:
    """So many documents with labels, of so many machines that are different; the same for the same seed."""
    pick = random.Random(seed)  # noqa: S311 - made-up machines
    targets = {name: _target(name) for name in BOARDS}
    machines = [_machine(pick, targets, at) for at in range(different)]
    for at in range(number):
        machine = machines[at] if at < different else machines[pick.randrange(different)]
        labels = {"host": f"node-{at:05}", "site": pick.choice(("basel", "graz", "turin")), "rack": f"r{at % 40:02}"}
        yield {"schema": "stackcheck-environment/1", "labels": labels, **machine}


def _target(name: str) -> dict[str, Any]:
    document = tomli.loads((shipped_folder() / "targets" / f"{name}.toml").read_text(encoding="utf-8"))
    return {key: value for key, value in document.items() if key not in ("schema", "title", "sources", "complete")}


def _machine(pick: random.Random, targets: dict[str, Any], at: int) -> dict[str, Any]:
    """One machine: a target with a driver, a kernel and distributions of its own. `at` makes it different from all."""
    board = pick.choice(list(BOARDS))
    torch, vision, triton = pick.choice(TORCH)
    some = {name: pick.choice(versions) for name, versions in OTHERS.items() if pick.random() < 0.5}
    plain = {f"library-{name}": f"{at % 97}.{name}.0" for name in range(30)}
    packages = {"torch": torch, "torchvision": vision, **({"triton": triton} if triton else {}), **some, **plain}
    target = targets[board]
    facts = {
        **target["facts"],
        "driver": pick.choice(BOARDS[board]),
        "python": pick.choice(("3.10.12", "3.11.14", "3.12.3")),
    }
    absent = [name for name in target.get("absent", ()) if name != "python"]
    return {
        **target,
        "facts": {**facts, "kernel": f"{facts.get('kernel', '6.8.0')}-{at}"},
        "packages": packages,
        "absent": absent,
    }


def write(folder: Path, number: int, different: int, seed: int = 23) -> Path:
    """Writes such documents into a folder, a file for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents(number, different, seed):
        path = folder / f"{document['labels']['host']}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
    return folder


def write_images(folder: Path) -> Path:
    """Writes the same small images in every form into a folder: layouts, archives, and a root file system."""
    folder.mkdir(parents=True, exist_ok=True)
    for release in ("2.9.0", "2.8.0"):
        layer = images.tar(images.python_root({"torch": release, "torchvision": "0.24.0"}))
        saved = images.tar(images.docker([layer]))
        images.folder(folder / f"layout-{release}", images.oci([layer]))
        (folder / f"saved-{release}.tar").write_bytes(saved)
        (folder / f"packed-{release}.tar.gz").write_bytes(images.packed(saved, "gzip"))
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            archive.extractall(folder / f"root-{release}", filter="tar")
    return folder


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
