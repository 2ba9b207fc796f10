"""What publishers list of their names, by machine: Debian's packages by release and architecture, and the tags of the
Docker Official Images by architecture (tables under matrices/names).

Debian's word is sure for Debian alone. Ubuntu takes its packages from there, but builds some for more machines: what
Debian has for amd64 alone in every release is a warning elsewhere. A package that a release no longer has is an error,
unless the file names another repository, which may have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.domain import Domain
from stackcheck.matrix.names import DEBIAN, OFFICIAL_IMAGES, prefixes
from stackcheck.model import APT_SOURCE, Finding, Fix, Known, Reason
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.names import Names
    from stackcheck.model import Severity

NAMED = 5
"""Names that one sentence gives at most."""
_LETTERS = {"aarch64": ("x", "x86_64", "amd64"), "x86_64": ("r", "aarch64", "arm64")}
"""By the machine's architecture: the letter for what it lacks, who has it, and how Debian and Docker call that."""
_LIKE_DEBIAN = ("debian", "ubuntu")


def packages(work: Working, asked: dict[str, Known]) -> Iterator[Finding]:
    """Packages that apt does not find, by Debian's own lists. `asked` are those of which no row speaks."""
    names = work.store.store.names(DEBIAN)
    distro, version, arch = (_value(work, fact) for fact in ("distro", "distro-version", "arch"))
    if names is None or distro not in (None, *_LIKE_DEBIAN):
        return
    listed = {name: words[0] for name in asked if (words := names.words(name)) is not None}
    release = version.partition(".")[0] if distro == "debian" and version is not None else None
    at = names.releases.index(release) if release in names.releases else None
    if arch in _LETTERS:
        yield from _of_another_machine(names, listed, asked, arch, distro, at)
    if at is not None and not any(name.startswith(APT_SOURCE) for name in work.stack.apt):
        gone = [name for name, letters in listed.items() if letters[at] == "-" and not _in_a_job(asked[name])]
        if gone:
            yield _gone(names, gone, asked, names.releases[at])


def _of_another_machine(
    names: Names, listed: dict[str, str], asked: dict[str, Known], arch: str, distro: str | None, at: int | None
) -> Iterator[Finding]:
    letter, other, word = _LETTERS[arch]
    if at is not None:
        sure = [name for name, letters in listed.items() if letters[at] == letter]
        where = f"in Debian {names.releases[at]}"
    else:
        sure = [name for name, letters in listed.items() if set(letters) <= {letter, "-"}]
        where = "in Debian"
    if not sure:
        return
    severity: Severity = "error" if distro == "debian" else "warning"
    exist = "exists" if len(sure) == 1 else "exist"
    text = f"{few(sure, NAMED)} {exist} for {other} alone {where}; this machine is {arch}."
    if severity == "warning":
        text += f" What other distributions build of {'it' if len(sure) == 1 else 'them'} is not known here."
    fix = Fix(f"Leave out on {arch} what only {word} has, or take something in its place.")
    yield _finding(("arch", *sure), text, severity, fix, names, [asked[name] for name in sure])


def _gone(names: Names, gone: list[str], asked: dict[str, Known], release: str) -> Finding:
    ends = "apt ends in 'no installation candidate' or 'Unable to locate package'"
    text = f"Debian {release} has no {few(gone, NAMED)}: {ends}."
    fix = Fix(f"Take what replaces it in Debian {release} (apt-cache search), or an image of the release that has it.")
    return _finding(("distro", "distro-version", *gone), text, "error", fix, names, [asked[name] for name in gone])


def images(work: Working, asked: dict[str, Known]) -> Iterator[Finding]:
    """Official images of which the tag was never published for this machine."""
    names = work.store.store.names(OFFICIAL_IMAGES)
    if names is None or _value(work, "arch") != "aarch64":
        return
    for name, state in asked.items():
        words = names.words(name)
        tag = "latest" if state.value == "*" else state.value
        if words is None or not {"*", f"={tag}", *prefixes(tag)}.intersection(words):
            continue
        ends = "the pull ends in 'no matching manifest for linux/arm64/v8'"
        text = f"The image {name}:{tag} was published for x86_64 alone; this machine is aarch64: {ends}."
        newer = "Take a newer tag: those have arm64." if "*" not in words else "Take another image."
        fix = Fix(f"{newer} Under emulation --platform linux/amd64 runs it.")
        yield _finding(("arch", "image", name), text, "error", fix, names, [state], name)


def _in_a_job(state: Known) -> bool:
    """Whether a workflow's job asks for it, which runs on a machine of its own."""
    return ".github/" in state.origin.place


def _value(work: Working, fact: str) -> str | None:
    state = work.state(fact)
    return state.values[0] if isinstance(state, Domain) and state.values else None


def _finding(
    involves: Iterable[str],
    text: str,
    severity: Severity,
    fix: Fix,
    names: Names,
    states: list[Known],
    subject: str | None = None,
) -> Finding:
    involves = tuple(involves)
    first = subject or next(name for name in involves if name not in ("arch", "distro", "distro-version"))
    return Finding(
        kind="only-for",
        id=f"only-for/{first}",
        severity=severity,
        subject=first,
        message=text,
        involves=tuple(sorted(involves)),
        location=states[0].origin.location,
        because=tuple(Reason(state.origin.text, state.origin.place) for state in states[:NAMED]),
        fix=fix,
        sources=(names.source,),
    )
