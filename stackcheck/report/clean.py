"""Text from outside (file names, requirement lines, package metadata) made harmless for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable
    from re import Match

    from stackcheck.model import Finding

_CONTROL = pattern(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# In JSON these can only stand inside of a text; control characters below are escaped there anyway.
_IN_JSON = pattern(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]|##(?=\[)")
# A CI runner takes such words in a log for commands to itself (GitHub: "Workflow commands", and their older form).
_COMMAND = pattern(r"(?<!\S)::(?=[A-Za-z])|##(?=\[)")


def printable(text: str) -> str:
    """The text with control, bidirectional and surrogate characters as escapes, workflow commands too."""
    if not text.isprintable():  # seldom: the patterns are not made for nothing
        text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    if "::" in text or "##[" in text:
        text = _COMMAND.sub(lambda found: f"\\x{ord(found[0][0]):02x}{found[0][1]}", text)
    return text


_PATH = pattern(r"(?<![^\s('\"`=,:;@\[])(~|/[A-Za-z0-9_.+@-][^\s/:;,()'\"`\]]*)((?:/[^\s/:;,()'\"`\]]+)+)")
_HOME = pattern(r"^(/home/[^/]+|/Users/[^/]+|/root)(?=/)")
_SYSTEM = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "opt", "proc", "run", "sbin", "sys", "usr", "var")
"""Folders that every machine has (Filesystem Hierarchy Standard 3.0): paths in them say nothing of the reader."""


def portable(text: str) -> str:
    """The text with the folders of the reader's machine cut out of its paths: of a path outside the system's folders
    its last two parts are left, for a page that is passed on."""
    return _PATH.sub(_shortened, text) if "/" in text else text


def _shortened(found: Match[str]) -> str:
    path = found[0]
    if path.split("/")[1] in _SYSTEM:
        return path
    inside = _HOME.sub("", path)
    parts = inside.strip("/").split("/")
    return f"…/{'/'.join(parts[-2:])}"


def printable_json(text: str) -> str:
    """A JSON text with such characters escaped as JSON has it: the values stay what they are."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0][0]):04x}{found[0][1:]}", text)


def fingerprint(findings: Iterable[Finding]) -> list[str]:
    """A mark for each finding that stays when lines move: of kind, id, file, target and message, and of how many
    equal ones came before it."""
    import hashlib

    seen: dict[tuple[str, ...], int] = {}
    marks = []
    for finding in findings:
        path = "" if finding.location is None else finding.location.path
        parts = (finding.kind, finding.id, path, finding.target or "", finding.subject, finding.message)
        seen[parts] = seen.get(parts, 0) + 1
        text = "\0".join((*parts, str(seen[parts])))
        marks.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return marks
