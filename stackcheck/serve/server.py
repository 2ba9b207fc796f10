"""The state of one session with an editor: what is open, what each document came to, and what is shown of it.

One thread judges, and one file at a time; the newest texts are judged first, and what rests on older ones is not shown.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path
from pygls.workspace import PositionCodec

from stackcheck.about import VERSION
from stackcheck.redact import redact
from stackcheck.report.clean import printable
from stackcheck.serve.values import Text, diagnostics
from stackcheck.session.editor import Editor, StoppedError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackcheck.session.editor import Seen, Stop, Texts

    T = TypeVar("T")


@dataclass(frozen=True)
class Opened:
    """A document of the client. `name` is its path as findings name it: from the root folder on, if it lies there."""

    uri: str
    version: int | None
    name: str


@dataclass(frozen=True)
class Judged:
    """What a document came to, and what that rests on: the texts that were open, and how often files on the disk had
    changed."""

    seen: Seen
    texts: Texts
    disk: int


class Server(LanguageServer):
    """The state of one session: what is open, by real paths, and what each document came to. `root` is the client's
    folder as the client writes it."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        # Whole texts: pygls applies partial changes by Python's line ends, of which the protocol knows but three.
        super().__init__("stackcheck", VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.editor = Editor(options)
        self.root = str(Path.cwd())
        self.opened: dict[str, Opened] = {}
        self.texts: dict[str, bytes] = {}
        self.disk = 0
        self.known: dict[str, Judged] = {}
        self.shown: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self.waiting: dict[str, None] = {}
        self.worker = ThreadPoolExecutor(1, "judge")
        self.task: asyncio.Task[None] | None = None

    @property
    def codec(self) -> PositionCodec:
        """How the client counts columns."""
        return PositionCodec(self.workspace.position_encoding)

    # --- documents ------------------------------------------------------------------------------------------------

    def take(self, address: str) -> None:
        """Takes in a document as the client has it now, and has it judged with all that rest on it."""
        document = self.workspace.get_text_document(address)
        if not address.startswith("file:"):
            return
        path = os.path.realpath(document.path)
        text = document.source.encode("utf-8", "replace")
        if path not in self.opened and not self.editor.is_project_file(document.path, text):
            return
        self.opened[path] = Opened(address, document.version, _name(document.path))
        self.texts[path] = text
        self.judge_soon((path, *self.resting_on({path})))

    def drop(self, address: str) -> None:
        """A document was closed: its file counts again."""
        path = next((path for path, opened in self.opened.items() if opened.uri == address), None)
        if path is not None:
            del self.opened[path], self.texts[path]
            self.known.pop(path, None)
            self.show(path, {})
            self.judge_soon(self.resting_on({path}))

    def resting_on(self, paths: Iterable[str]) -> list[str]:
        """The open documents whose reports rest on some files."""
        return [path for path, known in self.known.items() if not known.seen.looked.isdisjoint(paths)]

    # --- judging --------------------------------------------------------------------------------------------------

    def judge_soon(self, paths: Iterable[str]) -> None:
        """Has documents judged, the first of them first, before all that wait already."""
        new = dict.fromkeys(path for path in paths if path in self.opened)
        self.waiting = {**new, **self.waiting}
        if self.waiting and (self.task is None or self.task.done()):
            self.task = asyncio.get_running_loop().create_task(self._judge())

    async def _judge(self) -> None:
        while self.waiting:
            path = next(iter(self.waiting))
            del self.waiting[path]
            found = await self.judged(path)
            opened = self.opened.get(path)
            if found is None:
                self.waiting |= {path: None} if opened is not None else {}
            elif opened is not None:
                self.show(path, self._diagnostics(found, opened))

    def _diagnostics(self, seen: Seen, opened: Opened) -> dict[str, list[types.Diagnostic]]:
        try:
            return diagnostics(seen, self.codec, self.uri_of)
        except Exception as error:  # noqa: BLE001 - what was shown before must not stay, and the others are judged
            self.report_server_error(error, None)
            return {opened.uri: []}

    async def judged(self, path: str) -> Seen | None:
        """What a document comes to as it is now; None where it, or a file that it rests on, was changed meanwhile."""
        known = self.known.get(path)
        if known is not None and self._is_current(known):
            return known.seen
        opened, texts, disk = self.opened.get(path), dict(self.texts), self.disk
        if opened is None:
            return None
        seen = await self.ask(path, lambda texts, stop: self.editor.lint(opened.name, texts, stop))
        if seen is None or not self._is_current(found := Judged(seen, texts, disk)):
            return None
        self.known[path] = found
        return seen

    def _is_current(self, known: Judged) -> bool:
        same = all(known.texts.get(path) is self.texts.get(path) for path in known.seen.looked)
        return same and known.disk == self.disk

    async def ask(self, path: str, work: Callable[[Texts, Stop], T]) -> T | None:
        """What some work on the texts of now comes to; None where the document was changed before it was done."""
        texts = dict(self.texts)
        cancelled: list[bool] = []

        def stop() -> None:
            if cancelled or self.texts.get(path) is not texts.get(path):
                raise StoppedError

        def guarded() -> T | None:
            try:
                return work(texts, stop)
            except StoppedError:
                return None

        try:
            found = await asyncio.get_running_loop().run_in_executor(self.worker, guarded)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return found if self.texts.get(path) is texts.get(path) else None

    # --- showing --------------------------------------------------------------------------------------------------

    def uri_of(self, path: str) -> str:
        """The address of a file; of an open one as the client writes it."""
        opened = self.opened.get(os.path.realpath(path))
        return opened.uri if opened is not None else from_fs_path(os.path.normpath(Path(self.root, path))) or ""

    def show(self, path: str, new: dict[str, list[types.Diagnostic]]) -> None:
        """Puts what a document came to in the place of what it came to before; several may speak of one file."""
        addresses = dict.fromkeys((*self.shown.pop(path, {}), *new))
        if path in self.opened:
            self.shown[path] = new
            addresses |= {self.opened[path].uri: None}
        versions = {opened.uri: opened.version for opened in self.opened.values()}
        for address in addresses:
            every: list[types.Diagnostic] = []
            for own in self.shown.values():
                every += [one for one in own.get(address, ()) if one not in every]
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(address, every, versions.get(address))
            )

    def edit(self, changed: Iterable[tuple[str, bytes, bytes]]) -> types.WorkspaceEdit:
        """Changes of files as the client can make them, tied to the versions that they were worked out of."""
        changes = {
            self.uri_of(path): Text(old.decode("utf-8"), self.codec).edits(new.decode("utf-8"))
            for path, old, new in changed
        }
        edits = getattr(self.client_capabilities.workspace, "workspace_edit", None)
        if edits is None or not edits.document_changes:
            return types.WorkspaceEdit(changes=changes)
        versions = {opened.uri: opened.version for opened in self.opened.values()}
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(address, versions.get(address)), own
                )
                for address, own in changes.items()
            ]
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tells the client of a mistake in a message, without what is secret in it."""
        text = printable(redact(f"stackcheck: {type(error).__name__}: {error}"))
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, text))


def _name(path: str) -> str:
    # Through links to folders, of which the current one knows nothing; a link to a file keeps its name.
    own = Path(path)
    name = os.path.relpath(Path(os.path.realpath(own.parent), own.name))
    return path if name.startswith("..") else name
