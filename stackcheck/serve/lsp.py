"""`stackcheck lsp`: what a client of the Language Server Protocol asks for, over standard input and output."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import to_fs_path

from stackcheck.report.clean import printable
from stackcheck.serve.server import Server
from stackcheck.serve.values import Text
from stackcheck.session.editor import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackcheck.session.editor import Seen
    from stackcheck.session.repair import Offer

FIX_ALL = "source.fixAll.stackcheck"
WATCHED = "**/{*.txt,*.in,*.toml,*.lock,*.cfg,*.yml,*.yaml,*.py,*.sh,*.conf,*.json,*ockerfile*,*ontainerfile*}"
"""Files whose change on the disk may be one of what an open document rests on."""


def initialize(server: Server, params: types.InitializeParams) -> None:
    """Files are named from the client's folder on, as one would name them there on the command line."""
    folders = [folder.uri for folder in params.workspace_folders or ()]
    folder = server.workspace.root_path or next(iter(map(to_fs_path, folders)), None)
    if folder and Path(folder).is_dir():
        os.chdir(folder)
        server.root = folder


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
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    server.start_io(source, out)
    server.worker.shutdown(wait=False, cancel_futures=True)
