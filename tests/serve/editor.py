"""An editor's side of the language server: pygls's own client, against the server in a process of its own."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from stackcheck.about import VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

WAIT_S = 60.0
"""How long an answer may take before the test fails: a machine that does much else is slow."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Editor:
    """One open client. `shown` has what the server shows of each document, as `(version, diagnostics)`."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.shown: dict[str, tuple[int | None, list[types.Diagnostic]]] = {}
        self.messages: list[str] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self._news = asyncio.Condition()

    def uri(self, name: str) -> str:
        """The address of a file below the root."""
        return (self.root / name).as_uri()

    async def open(self, name: str, text: str | None = None) -> list[types.Diagnostic]:
        """Opens a file, with another text than the saved one where one is given; what is shown of it."""
        if text is None:
            text = (self.root / name).read_bytes().decode("utf-8-sig")
        self.texts[name], self.versions[name] = text, 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(self.uri(name), "plaintext", 1, text))
        )
        return await self.settled(name)

    def type(self, name: str, text: str) -> None:
        """Gives a document another text, and does not wait."""
        self.texts[name] = text
        self.versions[name] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name)),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def change(self, name: str, text: str) -> list[types.Diagnostic]:
        """Gives a document another text; what is then shown of it."""
        self.type(name, text)
        return await self.settled(name)

    def tell_of(self, name: str) -> None:
        """Says that a file on the disk was changed, by another program."""
        changed = types.FileEvent(self.uri(name), types.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))

    def close(self, name: str) -> None:
        """Closes a document."""
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(self.uri(name)))
        )

    async def settled(self, name: str) -> list[types.Diagnostic]:
        """What is shown of a document once the server has judged its newest text."""
        await self.until(lambda: self.shown.get(self.uri(name), (None, []))[0] == self.versions[name])
        return self.shown[self.uri(name)][1]

    async def until(self, holds: Any) -> None:
        """Waits until something holds, looking again after every message."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), WAIT_S)

    async def told(self) -> None:
        """Wakes who waits."""
        async with self._news:
            self._news.notify_all()

    async def hover(self, name: str, line: int) -> str:
        """What is said of a line, counted from 1."""
        params = types.HoverParams(types.TextDocumentIdentifier(self.uri(name)), types.Position(line - 1, 1))
        found = await self.client.text_document_hover_async(params)
        return "" if found is None else found.contents.value  # type: ignore[union-attr]

    async def actions(self, name: str, *, only: list[str] | None = None) -> list[types.CodeAction]:
        """The actions for the whole of a document."""
        lines = len(_LINE.findall(self.texts[name]))
        shown = self.shown.get(self.uri(name), (None, []))[1]
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri(name)),
            types.Range(types.Position(0, 0), types.Position(lines, 0)),
            types.CodeActionContext(shown, only),
        )
        return list(await self.client.text_document_code_action_async(params) or ())  # type: ignore[arg-type]

    async def completions(self, name: str, text: str) -> list[types.CompletionItem]:
        """What is offered at the "|" in a text, which the document then has without it."""
        at = text.index("|")
        self.type(name, text.replace("|", "", 1))
        line = text.count("\n", 0, at)
        column = at - (text.rfind("\n", 0, at) + 1)
        params = types.CompletionParams(types.TextDocumentIdentifier(self.uri(name)), types.Position(line, column))
        found = await self.client.text_document_completion_async(params)
        return [] if found is None else list(found.items)  # type: ignore[union-attr]

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Makes the changes of an action in the open documents, each column a UTF-16 unit."""
        for uri, edits in (edit.changes or {}).items():
            name = next(name for name in self.texts if self.uri(name) == uri)
            self.type(name, applied(self.texts[name], edits))


def applied(text: str, edits: Any) -> str:
    """A text with edits whose places are those of the protocol: lines from 0, columns in UTF-16 units."""
    lines = _LINE.findall(text)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def offset(place: types.Position) -> int:
        if place.line >= len(lines):
            return starts[-1]
        units = lines[place.line].encode("utf-16-le")[: place.character * 2]
        return starts[place.line] + len(units.decode("utf-16-le"))

    for one in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        text = text[: offset(one.range.start)] + one.new_text + text[offset(one.range.end) :]
    return text


@asynccontextmanager
async def editing(
    root: Path, *options: str, capabilities: types.ClientCapabilities | None = None
) -> AsyncIterator[Editor]:
    """A client whose server has its folder; the server must leave by itself with 0, and say nothing on the way."""
    client = LanguageClient("tests", VERSION)
    editor = Editor(client, root)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    async def _(params: types.PublishDiagnosticsParams) -> None:
        editor.shown[params.uri] = (params.version, list(params.diagnostics))
        await editor.told()

    @client.feature(types.WINDOW_LOG_MESSAGE)
    def _(params: types.LogMessageParams) -> None:
        editor.messages.append(params.message)

    await client.start_io(sys.executable, "-m", "stackcheck", "lsp", *options)
    await client.initialize_async(
        types.InitializeParams(capabilities or types.ClientCapabilities(), root_uri=root.as_uri())
    )
    client.initialized(types.InitializedParams())
    try:
        yield editor
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        server = client._server
        assert server is not None
        assert server.stderr is not None
        errors = (await server.stderr.read()).decode()
        code = await asyncio.wait_for(server.wait(), WAIT_S)
        await client.stop()
    assert (code, errors, editor.messages) == (0, "", [])
