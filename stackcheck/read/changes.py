"""What commands do to the files that a later command installs from: they write, change, copy and fetch them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.read.folders import is_own
from stackcheck.read.lines import without_comment
from stackcheck.read.requirements import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Location
    from stackcheck.read.installs import Place
    from stackcheck.read.shell import Command
    from stackcheck.read.words import Word
    from stackcheck.read.workplace import Workplace

_DELETES = re.compile(r"/(\^?[\w =<>~!@-][\w =<>~!@.-]*\$?)/(I?)d")
"""`/torch/d` of sed, whose pattern is plain text."""
_CLONE_VALUED = frozenset(
    (
        *("-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "-j", "--jobs", "--filter", "--reference"),
        *("--separate-git-dir", "--template", "-u", "--upload-pack", "--shallow-since", "--shallow-exclude"),
    )
)
_EXPORTS = (
    ("poetry", "export"),
    ("pdm", "export"),
    ("uv", "export"),
    ("curl", ""),
    ("wget", ""),
)
_COMPILES = frozenset(
    (
        *("-o", "--output-file", "-c", "--constraint", "--extra", "-i", "--index-url", "--extra-index-url", "-f"),
        *("--find-links", "-p", "--python", "--python-version", "--python-platform", "--index", "--default-index"),
        *("--upgrade-package", "--override", "--exclude-newer", "--resolution", "--cache-dir", "--annotation-style"),
        *("--torch-backend", "--pip-args", "--resolver", "--index-strategy", "--prerelease", "--no-emit-package"),
    )
)
"""Options of pip-compile and `uv pip compile` that take a value; for another the source is not known."""
_OUTPUTS = ("--output", "--output-file", "--output-document")
_REMOTE_NAME = re.compile(r"-[A-Za-z]*O|--remote-name")


def take(workplace: Workplace, command: Command, place: Place) -> None:
    """What one command makes of the files."""
    words = command.words[1:] if command.words[:1] and command.words[0].text == "sudo" else command.words
    name = posixpath.basename(words[0].text) if words else ""
    maybe = command.conditional or command.tested
    folder = command.folder
    if name == "tee":
        appends = any(word.text in ("-a", "--append") for word in words)
        for word in _plain(words[1:]):
            _write(workplace, word, command, place, "tee", appends=appends, maybe=maybe)
    elif name in ("sed", "perl", "gsed"):
        _edit(workplace, words, folder, maybe=maybe)
    elif name == "git" and len(words) > 2 and words[1].text == "clone":
        _clone(workplace, words[2:], folder)
    elif name in ("cp", "mv", "ln", "install"):
        _copy(workplace, words[1:], folder, name, maybe=maybe)
    elif name == "pip-compile" or (name == "uv" and [word.text for word in words[1:3]] == ["pip", "compile"]):
        _compile(workplace, words, folder, name, maybe=maybe)
    elif any(name == tool and verb in " ".join(word.text for word in words[:3]) for tool, verb in _EXPORTS):
        _export(workplace, words, folder, name, maybe=maybe)
    if command.output is not None:
        _write(workplace, command.output, command, place, name, appends=command.appends, maybe=maybe)


def written_lines(command: Command, first: str) -> list[tuple[str, Word]] | None:
    """The lines that a command writes, each with the word that holds it; None where they are not known."""
    if command.document:
        return [(word.text, word) for word in command.document] if first in ("cat", "tee") else None
    if first == "tee" and command.fed is not None and command.fed.texts:
        return [(line.strip(), text) for text in command.fed.texts for line in re.split(r"\\n|\n", text.text)]
    if first not in ("echo", "printf"):
        return None
    words = [word for word in command.words[1:] if not (first == "echo" and re.fullmatch(r"-[neE]+", word.text))]
    if first == "printf" and words and "%s" in words[0].text:
        words = words[1:]
    return [(line.strip(), word) for word in words for line in re.split(r"\\n|\n", word.text)]


def _write(
    workplace: Workplace, target: Word, command: Command, place: Place, first: str, *, appends: bool, maybe: bool
) -> None:
    if (target.unknown is not None and not is_own(target)) or target.text.startswith(("=", "/dev/")):
        return
    lines = written_lines(command, first)
    found = [one for text, word in lines or () for one in stated(text, place.of(word))]
    path = workplace.key(command.folder, target.text)
    mark = f"{place.of(target)}:{target.end}"
    # All commands of a group write to its one output.
    appends = appends or workplace.marks.get(path) == mark
    workplace.marks[path] = mark
    truncates = first in ("true", ":")
    obscure = first if lines is None and not truncates else ""
    workplace.write(path, found, appends=appends, obscure=obscure, maybe=maybe)


def stated(text: str, location: Location) -> list[Found]:
    """What a line that is written to a file asks for: nothing where it is a comment alone."""
    text = without_comment(text).strip()
    return [Found(text, text, location, False)] if text else []


def _plain(words: tuple[Word, ...], valued: frozenset[str] = frozenset()) -> list[Word]:
    """The words that are neither options nor their values."""
    found: list[Word] = []
    rest = iter(words)
    for word in rest:
        if not word.text.startswith("-"):
            found.append(word)
        elif word.text in valued:
            next(rest, None)
    return found


def _outputs(name: str, words: tuple[Word, ...]) -> Iterator[Word]:
    """The files that a command is told to write to; a download without one is named after its address."""
    short = r"-[a-zA-Z]*O(.*)" if name == "wget" else r"-[a-zA-Z]*o(.*)"
    told, folder, addresses = False, "", []
    for at, word in enumerate(words):
        option, equals, value = word.text.partition("=")
        attached = re.fullmatch(short, word.text)
        if option in ("-P", "--directory-prefix"):
            folder = value if equals else "".join(one.text for one in words[at + 1 : at + 2])
        elif option in _OUTPUTS and (equals or at + 1 < len(words)):
            told = True
            yield word._replace(text=value) if equals else words[at + 1]
        elif attached is not None:
            told = True
            yield from (word._replace(text=attached[1]),) if attached[1] else words[at + 1 : at + 2]
        elif "://" in word.text and not word.text.startswith("-"):
            addresses.append(word)
    if not told and (name == "wget" or (name == "curl" and any(map(_REMOTE_NAME.fullmatch, _texts(words))))):
        for word in addresses:
            base = posixpath.basename(word.text.partition("?")[0])
            yield word._replace(text=posixpath.join(folder, base or "index.html"))


def _texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


def _export(workplace: Workplace, words: tuple[Word, ...], folder: str | None, name: str, *, maybe: bool) -> None:
    """`poetry export -o FILE`, `curl -o FILE`: a file of which only its name is known."""
    for target in _outputs(name, words):
        if target.unknown is None or is_own(target):
            workplace.write(workplace.key(folder, target.text), (), appends=False, obscure=name, maybe=maybe)


def _compile(workplace: Workplace, words: tuple[Word, ...], folder: str | None, name: str, *, maybe: bool) -> None:
    """`pip-compile a.in`: what it writes asks for all that its one source asks for."""
    sources = _plain(words[1 if name == "pip-compile" else 3 :], _COMPILES)
    if not sources and name == "pip-compile":
        sources = [words[0]._replace(text="requirements.in")]
    source = sources[0] if len(sources) == 1 and sources[0].text.endswith((".in", ".txt")) else None
    targets = list(_outputs(name, words))
    if not targets and source is not None and name == "pip-compile":
        targets = [source._replace(text=f"{posixpath.splitext(source.text)[0]}.txt")]
    for target in targets:
        path = workplace.key(folder, target.text)
        if target.unknown is not None:
            continue
        own = None if source is None or source.unknown is not None or maybe else workplace.key(folder, source.text)
        if own is None or own == path:
            workplace.write(path, (), appends=False, obscure=name, maybe=maybe)
        else:
            workplace.written.pop(path, None)
            workplace.same[path] = own


def _edit(workplace: Workplace, words: tuple[Word, ...], folder: str | None, *, maybe: bool) -> None:
    """`sed -i`, `perl -pi`: lines that go by a plain text are left out, all else is not followed."""
    name = posixpath.basename(words[0].text)
    in_place = r"-[a-zA-Z]*i.*|--in-place.*" if name != "perl" else r"-[a-zA-Z0]*i.*"
    if not any(re.fullmatch(in_place, word.text) for word in words[1:]):
        return
    given = [
        words[at + 1] for at, word in enumerate(words[:-1]) if re.fullmatch(r"-[a-zA-Z]*e|--expression", word.text)
    ]
    plain = _plain(words[1:], frozenset(("-e", "--expression", "-f", "--file", "-pe", "-pie")))
    scripts, files = (given, [word for word in plain if word not in given]) if given else (plain[:1], plain[1:])
    certain = name != "perl" and not maybe
    patterns = _deleted(scripts) if certain else []
    for file in files:
        if file.unknown is None or is_own(file):
            _edited(workplace, workplace.key(folder, file.text), patterns, name)


def _deleted(scripts: list[Word]) -> list[re.Pattern[str]]:
    """What the lines hold that a script of sed deletes, where it does nothing else."""
    found = [_DELETES.fullmatch(part.strip()) for script in scripts for part in script.text.split(";")]
    if any(script.unknown for script in scripts):
        return []
    patterns = [re.compile(one[1], re.IGNORECASE if one[2] else 0) for one in found if one is not None]
    return patterns if len(patterns) == len(found) else []


def _edited(workplace: Workplace, path: str, patterns: list[re.Pattern[str]], name: str) -> None:
    """A file of which lines go, or change in a way that is not followed."""
    written = workplace.written.get(path)
    if written is not None:
        for lines in (written.lines, written.added):
            lines[:] = [line for line in lines if not any(one.search(line.as_written) for one in patterns)]
        if not patterns and written.replaced:
            written.lines, written.added, written.obscure = [], [], name
    source = workplace.locate(path)[0] if written is None or not written.replaced else None
    if source is not None and patterns:
        workplace.left_out.setdefault(source, []).extend(patterns)
    elif source is not None:
        workplace.changed.setdefault(source, name)


def _clone(workplace: Workplace, words: tuple[Word, ...], folder: str | None) -> None:
    """`git clone URL [FOLDER]`: what is in there is another project's."""
    plain = _plain(words, _CLONE_VALUED)
    if len(plain) > 1 and (plain[1].unknown is None or is_own(plain[1])):
        workplace.clone(folder, plain[1].text, _address(plain[0]))
    elif len(plain) == 1 and plain[0].text.rstrip("/"):
        name = posixpath.basename(plain[0].text.rstrip("/").replace(":", "/")).removesuffix(".git")
        if name and "$" not in name:
            workplace.clone(folder, name, _address(plain[0]))


def _address(repository: Word) -> str:
    """How pip names a repository that git clones (pip, "VCS Support"): `git@host:owner/name` is an address of SSH."""
    text = repository.text
    return f"git+{text}" if "://" in text else f"git+ssh://{text.replace(':', '/', 1)}"


def _copy(workplace: Workplace, words: tuple[Word, ...], folder: str | None, name: str, *, maybe: bool) -> None:
    """`cp A B`: B is what A is."""
    plain = _plain(words, frozenset(("-m", "-o", "-g", "--mode", "--owner", "--group")))
    if len(plain) != 2 or maybe or (plain[1].unknown is not None and not is_own(plain[1])):
        return
    source, target = plain
    own = workplace.key(folder, source.text) if source.unknown is None or is_own(source) else None
    named = posixpath.join(target.text, posixpath.basename(source.text))
    for text in (target.text, named):
        path = workplace.key(folder, text)
        if own is None:
            workplace.write(path, (), appends=False, obscure=name)
        elif path != own and own != workplace.same.get(path):
            workplace.written.pop(path, None)
            workplace.same[path] = own
