"""What a shell text writes for another command: `echo "…" | bash`, `cat f | xargs pip install`, `cat > x.sh <<EOF`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.shells import file_given, is_shell, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.read.words import Word

Words = tuple["Word", ...]


_FILTERS = frozenset(("grep", "egrep", "sed", "awk", "sort", "uniq", "head", "tail", "tr", "cut"))
_COMMENTS = re.compile(r"[\^\s(|*\\ts\[\]:space$)]*#?[\^\s(|*\\ts\[\]:space$)#]*")
"""Patterns of grep that stand for comments and empty lines."""


class Fed(NamedTuple):
    """What a command reads from its standard input: texts, or a file. `whole`: nothing was left out on its way."""

    texts: tuple[Word, ...] = ()
    file: Word | None = None
    whole: bool = True

    def placed(self, place: Callable[[Word], Word]) -> Fed:
        """The same with each word where `place` puts it."""
        file = None if self.file is None else place(self.file)
        return self._replace(texts=tuple(map(place, self.texts)), file=file)


class Written:
    """The files that `cat`, `tee`, `echo` and `printf` write, and what the last of them writes to a pipe."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Word]] = {}
        self.spoken = Fed()
        self.piped = Fed()

    def pipe(self, *, first: bool) -> None:
        """The next command of a pipe begins: it reads what the one before it wrote."""
        self.piped = Fed() if first else self.spoken
        self.spoken = Fed()

    def take(self, words: Words, documents: list[Word], output: Word | None, *, appends: bool) -> None:
        """One command; `documents` are the texts of its here-documents."""
        self.spoken = Fed()
        first = words[0].text if words else ""
        if output is None and (first in _FILTERS or (first == "cat" and not documents)):
            self.spoken = _passed(words, self.piped)
        if first not in ("cat", "tee", "echo", "printf"):
            return
        texts = spoken(words) if first in ("echo", "printf") else documents
        if first == "tee":
            output = next((word for word in words[1:] if not word.text.startswith("-")), None)
        elif first == "cat" and len(words) > 1 and words[1].text != "-":
            texts = []  # the files that it names
        if output is None:
            self.spoken = Fed(tuple(texts)) if texts else self.spoken
        elif output.unknown is None:
            name = posixpath.basename(output.text)
            self.scripts[name] = [*self.scripts.get(name, ()), *texts] if appends else texts

    def run_by(self, words: Words, documents: list[Word]) -> list[Word]:
        """The texts that a command runs as a script: its here-document, what comes through its pipe, or a file."""
        texts = documents or list(self.piped.texts)
        if texts and is_shell(words):
            return texts
        name = file_given(words)
        return self.scripts.get(name, []) if name else []


def _passed(words: Words, piped: Fed) -> Fed:
    """What `cat FILE`, or a filter of a file or of its input, hands on."""
    plain = [word for word in words[1:] if not word.text.startswith("-")]
    name = words[0].text
    operands = 0 if name in ("cat", "sort", "uniq", "head", "tail") else 1
    options = [word.text for word in words[1:] if word.text.startswith("-")]
    comments = name in ("grep", "egrep") and len(plain) > 0 and any("v" in text for text in options)
    if name == "tr":
        ends = plain[:1] and plain[0].text in ("\\n", "\\r", "\n")  # lines become words
        return Fed(piped.texts if ends else (), piped.file, piped.whole and bool(ends))
    whole = name in ("cat", "sort") or (comments and _COMMENTS.fullmatch(plain[0].text) is not None)
    files = plain[operands:]
    if not files:
        return Fed(piped.texts if whole else (), piped.file, piped.whole and whole)
    return Fed((), files[0], whole) if len(files) == 1 else Fed()
