"""Makes frozen.tar.xz: the rows of the matrix, and the records that the plans of lists.toml come to, as they are today.

python -m tests.plans.freeze && STACKCHECK_UPDATE=1 pytest -m "" tests/plans
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from stackcheck.matrix.records import Records
from stackcheck.matrix.store import shipped_folder
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import target_names
from stackcheck.session.plan import plan_by
from stackcheck.session.request import Request
from tests.plans.answers import FROZEN, LISTS, wished

if TYPE_CHECKING:
    from stackcheck.matrix.records import Record


class _Noting(Records):
    """Records that note which of them were asked for."""

    opened: set[str]

    def record(self, project: str, index: str = "pypi") -> Record | None:
        found = super().record(project, index)
        if found is not None:
            self.opened.add(found.project)
        return found


def needed() -> set[str]:
    """The projects whose records some plan opens."""
    knowledge = open_knowledge()
    records = _Noting([shipped_folder()])
    records.opened = set()
    knowledge.store.__dict__["records"] = records
    for wishes in LISTS.values():
        for target in target_names():
            plan_by(knowledge, Request(target=target), wished(wishes), lambda _: None)
    return records.opened


def freeze() -> None:
    """Writes the archive; its bytes depend on the files alone."""
    folder = shipped_folder()
    paths = [folder / "VERSION", *sorted((folder / "products").glob("*.toml"))]
    paths += [folder / "records" / "pypi" / f"{name}.jsonl" for name in sorted(needed())]
    with tarfile.open(FROZEN, "w:xz") as archive:
        for path in paths:
            data = path.read_bytes()
            about = tarfile.TarInfo(str(path.relative_to(folder)))
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))


if __name__ == "__main__":
    freeze()
