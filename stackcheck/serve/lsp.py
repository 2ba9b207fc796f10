"""`stackcheck lsp`: the language server, over standard input and output.

One thread judges, and one file at a time; the newest texts are judged first, and what rests on older ones is not shown.
"""

from __future__ import annotations

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec

from stackcheck.about import VERSION
from stackcheck.redact import redact
from stackcheck.report.clean import printable
from stackcheck.serve.values import Text, diagnostics, uri
from stackcheck.session.editor import Editor, StoppedError, explained
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackcheck.session.editor import Seen, Stop, Texts
    from stackcheck.session.repair import Offer

    T = TypeVar("T")

FIX_ALL = "source.fixAll.stackcheck"
WATCHED = "**/{*.txt,*.in,*.toml,*.lock,*.cfg,*.yml,*.yaml,*.py,*.sh,*.conf,*.json,*ockerfile*,*ontainerfile*}"
"""Files whose change on the disk may be one of what an open document rests on."""


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
    """The state of one session: what is open, by real paths, and what each document came to."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        # Whole texts: pygls applies partial changes by Python's line ends, of which the protocol knows but three.
        super().__init__("stackcheck", VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.editor = Editor(options)
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
        return opened.uri if opened is not None else uri(path)

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


# --- what the client asks for -------------------------------------------------------------------------------------


def initialize(server: Server, params: types.InitializeParams) -> None:
    """Files are named from the client's folder on, as one would name them there on the command line."""
    folders = [folder.uri for folder in params.workspace_folders or ()]
    folder = server.workspace.root_path or next(iter(map(to_fs_path, folders)), None)
    if folder and Path(folder).is_dir():
        os.chdir(folder)


def initialized(server: Server, _: types.InitializedParams) -> None:
    """Asks to be told of files that change on the disk, where the client can tell it."""
    watching = getattr(server.client_capabilities.workspace, "did_change_watched_files", None)
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    server.client_register_capability(types.RegistrationParams([types.Registration("watch", method, options)]))


def did_open(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    """A document is there."""
    server.take(params.text_document.uri)


def did_change(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    """A document has another text."""
    server.take(params.text_document.uri)


def did_save(server: Server, _: types.DidSaveTextDocumentParams) -> None:
    """A file was written: what is no project file (a matrix, a baseline) may count too."""
    server.disk += 1
    server.judge_soon(list(server.opened))


def did_close(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    """A document is gone."""
    server.drop(params.text_document.uri)


def did_change_watched_files(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed on the disk, in another program."""
    changed = {os.path.realpath(path) for event in params.changes if (path := to_fs_path(event.uri)) is not None}
    server.disk += 1
    server.judge_soon(server.resting_on(changed))


async def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """`explain` of what is found on a line."""
    path, seen = await _seen(server, params.text_document.uri)
    if seen is None:
        return None
    line = params.position.line + 1
    text = await server.ask(path, lambda _texts, _stop: explained(seen, line))
    return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, _plain(text))) if text else None


async def code_action(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The repairs of what is found on some lines; all safe ones of the file where that is asked for."""
    path, seen = await _seen(server, params.text_document.uri)
    if seen is None:
        return []
    only = params.context.only
    if only is not None and any(kind == FIX_ALL or FIX_ALL.startswith(f"{kind}.") for kind in only):
        changed = await server.ask(path, lambda texts, stop: server.editor.mended(seen.path, texts, stop))
        return [types.CodeAction("Fix what stackcheck can", FIX_ALL, edit=server.edit(changed))] if changed else []
    if only is not None and types.CodeActionKind.QuickFix not in only:
        return []
    lines = range(params.range.start.line + 1, params.range.end.line + 2)
    offers = await server.ask(path, lambda texts, stop: server.editor.offers(seen.path, lines, texts, stop))
    # What repairs several findings at once is one action.
    by_change: dict[tuple[object, ...], list[Offer]] = {}
    for offer in offers or ():
        by_change.setdefault((offer.says, offer.safe, offer.changed), []).append(offer)
    return [_action(server, every, params.context.diagnostics) for every in by_change.values()]


def _action(server: Server, offers: list[Offer], shown: Iterable[types.Diagnostic]) -> types.CodeAction:
    first, names = offers[0], {offer.finding.id for offer in offers}
    return types.CodeAction(
        printable(first.says if first.safe else f"{first.says} (a choice)"),
        types.CodeActionKind.QuickFix,
        diagnostics=[one for one in shown if one.code in names],
        is_preferred=first.safe,
        edit=server.edit(first.changed),
    )


async def completion(server: Server, params: types.CompletionParams) -> types.CompletionList | None:
    """The newest releases that work on the targets, behind a comparison."""
    path = _open_path(server, params.text_document.uri)
    if path is None:
        return None
    text = Text(server.texts[path].decode("utf-8"), server.codec)
    name, offset = server.opened[path].name, text.offset(params.position)
    found = await server.ask(path, lambda texts, stop: server.editor.releases(name, texts, offset, stop))
    if found is None:
        return None
    where = types.Range(text.position(found.start), text.position(found.end))
    items = [
        types.CompletionItem(
            release,
            kind=types.CompletionItemKind.Value,
            detail=f"works on {', '.join(found.targets)}",
            sort_text=f"{number:02}",
            preselect=number == 0,
            text_edit=types.TextEdit(where, release),
        )
        for number, release in enumerate(found.releases)
    ]
    return types.CompletionList(is_incomplete=True, items=items)


def _open_path(server: Server, address: str) -> str | None:
    return next((path for path, opened in server.opened.items() if opened.uri == address), None)


async def _seen(server: Server, address: str) -> tuple[str, Seen | None]:
    path = _open_path(server, address)
    return path or "", await server.judged(path) if path is not None else None


def _plain(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


FEATURES: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files, None),
    (types.TEXT_DOCUMENT_HOVER, hover, None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    ),
    (types.TEXT_DOCUMENT_COMPLETION, completion, types.CompletionOptions(trigger_characters=["=", ">", "<", "~"])),
)


def make(options: Mapping[str, Any]) -> Server:
    """A server for the options of a `lint`."""
    server = Server(options)
    for name, function, own in FEATURES:
        server.feature(name, own)(function)
    return server


def _absolute(options: Mapping[str, Any]) -> dict[str, Any]:
    """The paths among the options as they hold once the client's folder is the current one."""
    single = {name: os.path.realpath(options[name]) for name in ("env", "baseline") if options.get(name)}
    return {**single, "matrix": [os.path.realpath(folder) for folder in options.get("matrix") or ()]}


def serve(options: Mapping[str, Any]) -> None:
    """Serves one client until it leaves."""
    gc.enable()  # a run of the command line is short; this one is not
    server = make({**options, **_absolute(options)})
    # Nothing else may read or write where the protocol goes on.
    with (
        os.fdopen(os.dup(0), "rb") as source,
        os.fdopen(os.dup(1), "wb") as out,
        Path(os.devnull).open("rb") as nothing,
    ):
        os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        server.start_io(source, out)
    server.worker.shutdown(wait=False, cancel_futures=True)
