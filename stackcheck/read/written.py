"""What a shell text writes for another shell to run: `echo "…" | bash`, `cat > x.sh <<EOF … bash x.sh`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.read.shells import file_given, is_shell, spoken

if TYPE_CHECKING:
    from stackcheck.read.words import Word

Words = tuple["Word", ...]


class Written:
    """The files that `cat`, `tee`, `echo` and `printf` write, and what the last of them writes to a pipe."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Word]] = {}
        self.spoken: list[Word] = []
        self.piped: list[Word] = []

    def take(self, words: Words, documents: list[Word], output: Word | None, *, appends: bool) -> None:
        """One command; `documents` are the texts of its here-documents."""
        self.spoken = []
        first = words[0].text if words else ""
        if first not in ("cat", "tee", "echo", "printf"):
            return
        texts = spoken(words) if first in ("echo", "printf") else documents
        if first == "tee":
            output = next((word for word in words[1:] if not word.text.startswith("-")), None)
        elif first == "cat" and len(words) > 1 and words[1].text != "-":
            texts = []  # the files that it names
        if output is None:
            self.spoken = texts
        elif output.unknown is None:
            name = posixpath.basename(output.text)
            self.scripts[name] = [*self.scripts.get(name, ()), *texts] if appends else texts

    def run_by(self, words: Words, documents: list[Word]) -> list[Word]:
        """The texts that a command runs as a script: its here-document, what comes through its pipe, or a file."""
        texts = documents or self.piped
        if texts and is_shell(words):
            return texts
        name = file_given(words)
        return self.scripts.get(name, []) if name else []
