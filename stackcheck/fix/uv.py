"""A source and an index of uv for one project, written into a pyproject.toml.

As uv's documentation has it ("Using uv with PyTorch"): an explicit index, and a source with a marker that names it.
"""

from __future__ import annotations

import re

from stackcheck import versions
from stackcheck.fix.edits import Edit, line_end

_MARKER = "sys_platform == 'linux' and platform_machine == 'aarch64'"
_OTHERS = "platform_machine != 'aarch64'"
_SOURCE = r"^[ \t]*{name}[ \t]*=[ \t]*(?P<value>\{{[^{{}}\n]*\}}|\[[ \t]*\{{[^{{}}\n]*\}}[ \t]*\])"
_FAMILY = ("torch", "torchvision", "torchaudio")
"""What comes from one index together: a build of one goes with those of the others alone."""
_SOURCES = re.compile(r"^[ \t]*\[tool\.uv\.sources\][ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\Z)", re.MULTILINE)
_INDEX = re.compile(r"^[ \t]*\[\[tool\.uv\.index\]\]", re.MULTILINE)


def with_source(text: str, path: str, name: str, url: str) -> tuple[Edit, ...]:
    """The edits that make uv take a project from an index on Linux on aarch64; none where the file is not uv's, or
    says already where the project comes from, or where its tables are written in another way."""
    import tomli

    tool = tomli.loads(text).get("tool", {})
    table = tool.get("uv") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        return ()
    sources, indexes = table.get("sources", {}), table.get("index", [])
    stated = [versions.project_name(one) for one in sources] if isinstance(sources, dict) else [name]
    header = _SOURCES.search(text)
    if name in stated or (sources and header is None) or (indexes and not _INDEX.search(text)):
        return ()
    known = {one.get("url"): one.get("name") for one in indexes if isinstance(one, dict)}
    index = known.get(url) or f"pytorch-{versions.index_name(url).replace('/', '-')}"
    if index in known.values() and url not in known:
        return ()
    end = line_end(text)
    source = f'{name} = [{{ index = "{index}", marker = "{_MARKER}" }}]{end}'
    gap = "" if not text or text.endswith(("\n", "\r")) else end
    added = "" if header else f"{gap}{end}[tool.uv.sources]{end}{source}"
    if url not in known:
        gap = gap if not added else ""
        added += f'{gap}{end}[[tool.uv.index]]{end}name = "{index}"{end}url = "{url}"{end}explicit = true{end}'
    edits = [Edit(path, header.end(), header.end(), source)] if header else []
    return (*edits, *([Edit(path, len(text), len(text), added)] if added else []))


def with_split(text: str, path: str, name: str, url: str | None) -> tuple[Edit, ...]:
    """The edits that leave the one index of a project, and of what goes with it, to other machines than Linux on
    aarch64, where uv then takes them from another one (None: PyPI). None where there is no one index, or where it is
    for some machines already."""
    import tomli

    tool = tomli.loads(text).get("tool", {})
    table = tool.get("uv") if isinstance(tool, dict) else None
    sources = table.get("sources", {}) if isinstance(table, dict) else {}
    indexes = table.get("index", []) if isinstance(table, dict) else []
    own = _one_index(sources, name)
    if own is None or not isinstance(indexes, list) or not _INDEX.search(text):
        return ()
    known = {one.get("url"): one.get("name") for one in indexes if isinstance(one, dict)}
    other = known.get(url) or (f"pytorch-{versions.index_name(url).replace('/', '-')}" if url is not None else None)
    if other == own or (other in known.values() and url not in known):
        return ()
    edits = []
    for project in dict.fromkeys((name, *_FAMILY)):
        if _one_index(sources, project) == own:
            place = re.search(_SOURCE.format(name=re.escape(project)), text, re.MULTILINE)
            if place is None:
                return ()
            here = f', {{ index = "{other}", marker = "{_MARKER}" }}' if other is not None else ""
            new = f'[{{ index = "{own}", marker = "{_OTHERS}" }}{here}]'
            edits.append(Edit(path, *place.span("value"), new))
    if url is not None and url not in known:
        end = line_end(text)
        gap = "" if text.endswith(("\n", "\r")) else end
        added = f'{gap}{end}[[tool.uv.index]]{end}name = "{other}"{end}url = "{url}"{end}explicit = true{end}'
        edits.append(Edit(path, len(text), len(text), added))
    return tuple(edits)


def _one_index(sources: object, name: str) -> str | None:
    """The index that alone is the source of a project, on every machine; None for another source."""
    source = sources.get(name) if isinstance(sources, dict) else None
    entries = source if isinstance(source, list) else [source]
    entry = entries[0] if len(entries) == 1 else None
    index = entry.get("index") if isinstance(entry, dict) and set(entry) == {"index"} else None
    return index if isinstance(index, str) else None
