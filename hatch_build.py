"""What the metadata takes from elsewhere: addresses from one setting, and a README whose links work on an index.

The setting is `repository` of `[tool.hatch.metadata.hooks.custom]` in pyproject.toml. README.md, docs and examples
write the same address (a test looks).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

try:
    from hatchling.metadata.plugin.interface import MetadataHookInterface
except ModuleNotFoundError:  # where nothing is built; a test reads the functions there
    MetadataHookInterface = object

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|mailto:|#)([^)\s]+)\)")


def urls(repository: str, version: str) -> dict[str, str]:
    """The addresses under which an index shows the project."""
    return {
        "Homepage": repository,
        "Documentation": f"{repository}/blob/v{version}/docs/README.md",
        "Changelog": f"{repository}/blob/v{version}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
        "Source": repository,
    }


def absolute(text: str, repository: str, version: str) -> str:
    """A page of the repository with each relative link leading to the file as it is in this release."""

    def lead(link: re.Match[str]) -> str:
        kind = "raw" if link[1] else "blob"  # a picture is fetched, a page is shown
        return f"{link[1]}[{link[2]}]({repository}/{kind}/v{version}/{link[3]})"

    return _LINK.sub(lead, text)


class CustomMetadataHook(MetadataHookInterface):
    """Fills `readme` and `urls` of the project table while it is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Adds the two fields."""
        repository, version = self.config["repository"].rstrip("/"), metadata["version"]
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["urls"] = urls(repository, version)
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, repository, version)}
