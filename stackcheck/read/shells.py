"""Which commands give a text to a shell: `bash -c TEXT`, `su -c TEXT`, a here-document."""

from __future__ import annotations

import posixpath
import re

from stackcheck.read.words import Word

SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
_SPEAKS = frozenset(("echo", "printf", "cat", "grep", "sed", "which", "git"))
ELSEWHERE = frozenset(("docker", "podman", "nerdctl", "kubectl", "ssh", "singularity", "apptainer"))
"""Commands that run what follows on another machine, or in another container."""
NOT_HERE = frozenset(("ssh", "watch"))
"""Commands whose words, if they are a command, are one for another machine, or one that shows something."""


_BEFORE = frozenset(("sudo", "env", "exec", "command", "time", "nohup", "nice"))


def given_text(words: tuple[Word, ...]) -> Word | None:
    """The text of `bash -lc TEXT`, `su user -c TEXT`; None where no shell is given one."""
    if words[0].text in _SPEAKS:
        return None
    for at, word in enumerate(words):
        name = posixpath.basename(word.text)
        if name in NOT_HERE:
            return None
        if name in SHELLS:
            return _after_flags(words[at + 1 :])
        if name in ("su", "runuser"):
            rest = words[at + 1 :]
            for position, option in enumerate(rest[:-1]):
                if option.text in ("-c", "--command"):
                    return rest[position + 1]
            long = [option for option in rest if option.text.startswith("--command=")]
            return long[0]._replace(text=long[0].text.partition("=")[2]) if long else None
    return None


def _after_flags(words: tuple[Word, ...]) -> Word | None:
    text, at = False, 0
    while at < len(words) and words[at].text[:1] in ("-", "+") and len(words[at].text) > 1:
        flag = words[at].text
        if not flag.startswith("--"):
            text = text or "c" in flag
            at += flag.endswith("o")  # `-o pipefail`
        elif flag in ("--rcfile", "--init-file"):
            at += 1
        at += 1
    return words[at] if text and at < len(words) else None


def is_shell(words: tuple[Word, ...]) -> bool:
    """Whether a command runs its standard input as a script: `bash`, `sudo -u x sh -s`, not `bash file`."""
    if words[0].text in _SPEAKS or any(word.text in ELSEWHERE for word in words):
        return False
    at = next((at for at, word in enumerate(words) if posixpath.basename(word.text) in SHELLS), None)
    if at is None:
        return False
    rest = [word.text for word in words[at + 1 :]]
    return all(text.startswith("-") for text in rest) or any(is_flag(text, "s") for text in rest)


def is_flag(text: str, letter: str) -> bool:
    return re.fullmatch(rf"-[A-Za-z]*{letter}[A-Za-z]*", text) is not None


def file_given(words: tuple[Word, ...]) -> str:
    """The name, without its folder, of the file that a command runs as a script: `bash x.sh`, `./x.sh`, `. x.sh`; ""
    where it runs none."""
    rest = [word.text for word in words if word.unknown is None]
    if len(rest) < len(words) or words[0].text in _SPEAKS or any(text in ELSEWHERE for text in rest):
        return ""
    while rest and (rest[0] in _BEFORE or rest[0].startswith("-") or "=" in rest[0]):
        rest = rest[1:]
    if rest and (posixpath.basename(rest[0]) in SHELLS or rest[0] in ("source", ".")):
        rest = [text for text in rest[1:] if not text.startswith("-")]
        return posixpath.basename(rest[0]) if rest else ""
    return posixpath.basename(rest[0]) if rest and "/" in rest[0] else ""


def spoken(words: tuple[Word, ...]) -> list[Word]:
    """What `echo` or `printf` writes, with its place; nothing where a format decides it."""
    said = [word for word in words[1:] if not (words[0].text == "echo" and re.fullmatch(r"-[neE]+", word.text))]
    if words[0].text == "printf":
        if not said or "%" in said[0].text.replace("%s\\n", "").replace("%s", ""):
            return []
        if "%" in said[0].text:
            return said[1:]
    if len(said) == 1 and "\\" not in said[0].text:
        return said
    text = " ".join(word.text for word in said).replace("\\n", "\n")
    unknown = next((word.unknown for word in said if word.unknown), None)
    return [Word(text, said[0].start, said[-1].end, unknown)] if said else []
