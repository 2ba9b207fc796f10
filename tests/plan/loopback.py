"""A package index on this machine that serves what the records say: their file names, and their metadata beside them.

What other indexes have is not recorded; of those it serves the releases that a plan takes from them, with the metadata
that a plan supposes there. Projects without a record have a wheel for each version that some requirement names.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from stackcheck import versions
from stackcheck.plan import needs
from tests.probe.server import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.matrix.records import Record, Records
    from stackcheck.matrix.releases import Release
    from stackcheck.plan.values import Member, Plan

ARCHES = ("aarch64", "x86_64")
_REQUIRED = re.compile(r'"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*\(?([<>=!~][^";]*)')
_VERSION = re.compile(r"[<>=!~]=?\s*([0-9][0-9A-Za-z.]*)")


class Pages(dict[str, "tuple[str, bytes] | int"]):
    """The pages by path, each made when it is asked for."""

    def __init__(self, records: Records, plan: Plan | None = None) -> None:
        super().__init__()
        self.records = records
        self.others = {(one.index, one.distribution): one for one in plan.members} if plan is not None else {}
        self.named: dict[str, set[str]] = {}
        self.files: dict[str, str] = {}
        closure = (*plan.brought, *(one.distribution for one in plan.members)) if plan is not None else ()
        for name in filter(None, closure):
            record = records.record(name)
            # Every release at once, as text: to parse all lines of a hundred records takes seconds.
            for project, clauses in _REQUIRED.findall(record.data.decode("utf-8")) if record is not None else ():
                self.named.setdefault(canonicalize_name(project), set()).update(_mentioned(clauses))

    def get(self, path: str, default: Any = None) -> Any:
        """The page of a path."""
        if path in self:
            return self[path]
        if path.endswith(".metadata"):
            text = self.files.get(path.removesuffix(".metadata").rpartition("/")[2])
            return ("text/plain", text.encode()) if text is not None else default
        match = re.fullmatch(r"/(simple|other/(?P<index>.+))/(?P<name>[a-z0-9-]+)/", path)
        if match is None:
            return default
        names = list(self._names(match["name"], match["index"]))
        if not names:
            return default
        files = [
            {
                "filename": name,
                "url": f"/files/{name}",
                "core-metadata": True,
                "hashes": {"sha256": hashlib.sha256(name.encode()).hexdigest()},
            }
            for name in names
        ]
        body = {"meta": {"api-version": "1.1"}, "name": match["name"], "files": files}
        return JSON, json.dumps(body).encode()

    def _names(self, project: str, index: str | None) -> Iterator[str]:
        if index is not None:
            member = self.others.get((index, project))
            return self._of_member(member) if member is not None else iter(())
        record = self.records.record(project)
        return self._of_record(record) if record is not None else self._unknown(project)

    def _of_record(self, record: Record) -> Iterator[str]:
        stem = record.project.replace("-", "_")
        for release in record:
            if release.yanked:
                continue
            if release.sdist:
                self._keep(f"{stem}-{release.version}.tar.gz", record.project, release, None, release.python)
                yield f"{stem}-{release.version}.tar.gz"
            for wheels in release.wheels:
                for python in wheels.pythons:
                    for platform in wheels.platforms:
                        name = f"{stem}-{release.version}-{python}-{platform}.whl"
                        arch = next((arch for arch in ARCHES if platform.endswith(arch)), None)
                        self._keep(name, record.project, release, arch, wheels.python or release.python)
                        yield name

    def _of_member(self, member: Member) -> Iterator[str]:
        label = f"+{member.index}" if re.fullmatch(r"cu\d+", member.index) else ""
        record = self.records.record(member.distribution)
        release = record.release(member.version or "") if record is not None else None
        for arch in ARCHES:
            name = f"{member.distribution.replace('-', '_')}-{member.version}{label}-py3-none-linux_{arch}.whl"
            self._keep(name, member.distribution, release, arch, None, bundled=False)
            yield name

    def _unknown(self, project: str) -> Iterator[str]:
        for version in sorted(self.named.get(project, set()) | {"1.0"}):
            name = f"{project.replace('-', '_')}-{version}-py3-none-any.whl"
            self.files[name] = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
            yield name

    def _keep(
        self,
        file: str,
        project: str,
        release: Release | None,
        arch: str | None,
        python: str | None,
        *,
        bundled: bool = True,
    ) -> None:
        said = release.metadata(arch) or release.main if release is not None else None
        version = file.removesuffix(".tar.gz").split("-")[1]
        lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
        lines += [f"Requires-Python: {python}"] if python and python != "any" else []
        for text in said.requires if said is not None else ():
            name = canonicalize_name(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0])
            if bundled or not name.startswith(needs.BUNDLED):
                lines.append(f"Requires-Dist: {text}")
        lines += [f"Provides-Extra: {extra}" for extra in (said.extras if said is not None else ())]
        self.files[file] = "\n".join(lines) + "\n"


def _mentioned(clauses: str) -> Iterator[str]:
    """Every version that clauses name, and one after each."""
    for text in _VERSION.findall(clauses):
        parsed = versions.strict(text.rstrip("."))
        if parsed is not None:
            yield str(parsed)
            yield f"{parsed.base_version}.post1"
            yield ".".join(map(str, (*parsed.release[:-1], parsed.release[-1] + 1)))


def served_at(text: str, url: str, plan: Plan) -> str:
    """A written file with the addresses of its indexes replaced by those of the server."""
    base = url.removesuffix("/simple")
    for index in {one.index for one in plan.members if one.index not in ("", "pypi")}:
        text = text.replace(f'"{versions.index_url(index)}"', f'"{base}/other/{index}"')
    return text
