"""pip.conf: the index options of a configuration file, which stand before those of every requirements file.

pip's order (pip docs, "Configuration"): a variable wins over the file, and `[install]` over `[global]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Known, Location, Origin, Unread
from stackcheck.values import replace

if TYPE_CHECKING:
    from stackcheck.model import Stack

KEYS = {"index-url": "PIP_INDEX_URL", "extra-index-url": "PIP_EXTRA_INDEX_URL", "find-links": "PIP_FIND_LINKS"}
KEYS["no-index"] = "PIP_NO_INDEX"


def is_pip_conf(name: str) -> bool:
    """Whether a file name is that of pip's configuration."""
    return name in ("pip.conf", "pip.ini")


def with_configuration(target: Stack, text: str, path: str) -> tuple[Stack, tuple[Unread, ...]]:
    """The target with the file's index options as the variables that mean the same; and what could not be read."""
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        return target, (Unread("pip cannot read this configuration file.", Location(path, line)),)
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            found |= {KEYS[key]: value for key, value in parser.items(section) if key in KEYS and value}
    origin = Origin(f"{path} configures pip", path, Location(path))
    added = {
        name: Known(" ".join(value.split()), origin)
        for name, value in found.items()
        if not isinstance(target.variables.get(name), Known)
    }
    return replace(target, variables={**target.variables, **added}), ()
