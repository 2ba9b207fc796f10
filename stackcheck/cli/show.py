"""Writing to the terminal or a file. `rich` is imported only for a terminal."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from stackcheck.session.errors import CannotWorkError, folder_to_make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackcheck.matrix.store import Store
    from stackcheck.model import Report, Stack
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.scope import Decision

LINKING_VARIABLES = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM")
LINKING_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio")
LINKING_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "contour")
"""By what terminals that show links are known: variables that they set, and how they name themselves."""


def write(
    report: Report,
    form: str,
    output: str | Path | None,
    sources: dict[str, bytes],
    *,
    quiet: bool,
    limits: bool = True,
    cited: bool = True,
) -> None:
    """Writes a report in the format asked for, to a file or to standard output. `sources` are the files it is about;
    without `cited` text leaves out where facts were read."""
    if form != "text":
        # Imported by name: a run loads the one format that it writes.
        out(import_module(f"stackcheck.report.{form}").render(report), output)
        return
    from stackcheck.report import text

    paint = None if output else _painter()
    linked = paint is not None and _has_links(os.environ)
    shown = text.render(report, quiet=quiet, limits=limits, cited=cited, paint=paint, linked=linked, sources=sources)
    out(shown, output)


def out(text: str, output: str | Path | None = None) -> None:
    """Writes text to a file, or to standard output. Raises `CannotWorkError`."""
    if output is not None:
        write_file(text, output, "--output")
        return
    coding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(coding, "replace").decode(coding))


def out_pieces(pieces: Iterable[str], output: str | Path | None = None) -> None:
    """Writes text piece by piece to a file, or to standard output. Raises `CannotWorkError`."""
    if output is None:
        for piece in pieces:
            out(piece)
        return
    write_file((piece.encode("utf-8", "replace") for piece in pieces), output, "--output")


def say(text: str) -> None:
    """A line beside the report, on standard error."""
    sys.stderr.write(f"stackcheck: {text}\n")


def write_file(text: str | Iterable[bytes], path: str | Path, option: str) -> None:
    """Writes a file that an option names, whole or not at all (`disk.write_whole`). Raises `CannotWorkError`."""
    from stackcheck.disk import write_whole

    try:
        write_whole(os.fspath(path), text.encode("utf-8", "replace") if isinstance(text, str) else text)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise CannotWorkError(f"{option} {path}: cannot be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _painter() -> Callable[[str, str], str] | None:
    """Colour for a terminal; none for a pipe, or where NO_COLOR (no-color.org) or a dumb terminal says so."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    from rich.style import Style

    links = _has_links(os.environ)

    def paint(text: str, style: str) -> str:
        plain, _, url = style.partition(" link ")
        painted = Style.parse(plain).render(text)
        return f"\x1b]8;;{url}\x1b\\{painted}\x1b]8;;\x1b\\" if url and links else painted

    return paint


def _has_links(variables: Mapping[str, str]) -> bool:
    """Whether the terminal is one that shows links (OSC 8); FORCE_HYPERLINK says so for others, or 0 against it.

    No terminal can be asked. Those that name themselves are known to (the list of "Hyperlinks in terminal emulators",
    gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda); others may print the address as rubbish.
    """
    forced = variables.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    vte = variables.get("VTE_VERSION", "")
    return (
        any(name in variables for name in LINKING_VARIABLES)
        or variables.get("TERM_PROGRAM", "") in LINKING_PROGRAMS
        or variables.get("TERM", "").startswith(LINKING_TERMS)
        or (vte.isascii() and vte.isdigit() and int(vte) >= 5000)
    )


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error where something takes longer than a second; only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    current = [what]
    import threading

    shown = threading.Event()

    def show() -> None:
        shown.set()
        sys.stderr.write(f"\r\x1b[Kstackcheck: {current[0]} …")
        sys.stderr.flush()

    def tell(text: str) -> None:
        current[0] = text
        if shown.is_set():
            show()

    timer = threading.Timer(1.0, show)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        if shown.is_set():
            sys.stderr.write("\r\x1b[K")


def environment(stack: Stack, form: str, output: str | Path | None) -> None:
    """Writes an environment document, or the view for people."""
    from stackcheck.report.environment import render_environment

    out(render_environment(stack, form), output)  # type: ignore[arg-type]


def print_files(groups: list[list[str]], decisions: list[tuple[str, dict[str, Decision]]]) -> None:
    """Writes the files that `lint` would read, one a line, and for which machines a file is not."""
    from stackcheck.report.clean import printable

    lines = []
    for path in (path for group in groups for path in group):
        claims = [(name, found[path].against) for name, found in decisions if path in found]
        against = [f"not for {name}: {claim.reason}" for name, claim in claims if claim is not None]
        lines.append(printable(path) + (f"  ({printable('; '.join(against))})" if against else "") + "\n")
    out("".join(lines))


def subjects() -> None:
    """Writes the platform subjects with their help."""
    from stackcheck.matrix import show as shown_matrix

    out(shown_matrix.subjects())


def targets() -> None:
    """Writes the shipped targets with their titles and their other names."""
    from stackcheck.session.machine import other_names, target_names, target_title

    names = target_names()
    width = max(map(len, names), default=0)
    for name in names:
        out(f"{name:<{width}}  {target_title(name)}\n")
        others = other_names(name)
        if others:
            out(f"{'':<{width}}  also: {', '.join(others)}\n")


def products(knowledge: Knowledge) -> None:
    """Writes every product with its file and the number of its rows."""
    from stackcheck.matrix import show as shown_matrix

    store = knowledge.store
    store.load_all()
    counts = [(store.product(name), len(store.rows(name))) for name in store.products]
    out(shown_matrix.products(counts, knowledge.version))


def site(
    knowledge: Knowledge,
    folder: str,
    names: Sequence[str],
    since: str | Path | None,
    command: str,
    tell: Callable[[str], None],
) -> None:
    """Writes the pages of a site into a folder, and how many there are. Raises `CannotWorkError`."""
    from stackcheck.matrix.store import shipped
    from stackcheck.session.site import pages
    from stackcheck.session.tending import changes

    folder_to_make("OUT", folder)
    found = None if since is None else changes(os.fspath(since), shipped())
    number = size = 0
    for path, text in pages(knowledge, tell, command=command, names=names, changes=found):
        whole = os.path.join(folder, *path.split("/"))
        try:
            os.makedirs(os.path.dirname(whole), exist_ok=True)
        except OSError as error:
            raise CannotWorkError(f"{folder}: cannot be made: {_reason(error)}") from error
        write_file(text, whole, "OUT")
        number += path.endswith(".html")
        size += len(text.encode("utf-8", "replace"))
    out(f"{number} pages, {size:,} bytes, in {folder}\n")


def stale(store: Store, age: str) -> bool:
    """Writes the sources that are older than an age such as "180d"; whether there are some."""
    from datetime import date, timedelta

    from stackcheck.matrix import show as shown_matrix

    days = age.removesuffix("d")
    if not (days.isascii() and days.isdigit()):
        raise CannotWorkError(f"--older-than {age}: should be a number of days such as 180d")
    try:
        limit = date.today() - timedelta(days=int(days))
    except OverflowError as error:
        raise CannotWorkError(f"--older-than {age}: is too long ago") from error
    listed = shown_matrix.older_than(store.load_all()[1], limit.isoformat())
    out(listed)
    return bool(listed)
