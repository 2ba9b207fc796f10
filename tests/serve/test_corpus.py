"""The language server over real files: what it shows is `lint`'s, and its fixes give the bytes of `lint --fix`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackcheck.report.json import document
from stackcheck.session.discover import is_project_file
from stackcheck.session.errors import expected as errors
from stackcheck.session.files import Loader
from stackcheck.session.filters import by_cause
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.repair import Repair, editable
from stackcheck.session.request import Filters, Request
from tests.serve.editor import editing
from tests.serve.test_lsp import expected, marks_of

if TYPE_CHECKING:
    from lsprotocol import types

    from tests.serve.editor import Editor

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FILES = sorted(
    str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*") if path.is_file() and is_project_file(str(path))
)
EDITABLE = [name for name in FILES if editable(name)]
TARGETS = ("dgx-spark", "jetson-thor")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
SHARES = [pytest.param(16, id="a part"), pytest.param(1, id="all", marks=pytest.mark.slow)]
"""Of how many files one is taken."""


@pytest.mark.parametrize("share", SHARES)
def test_diagnostics_are_those_of_lint(share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file by a judge of its own; the server has judged others with the same knowledge before."""
    monkeypatch.chdir(CORPUS)
    names = FILES[::share]

    async def scenario() -> int:
        async with editing(CORPUS, *(word for name in TARGETS for word in ("--target", name))) as editor:
            count = 0
            for name in names:
                editor.shown.clear()
                shown = await editor.open(name)
                requests = [Request(target=target) for target in TARGETS]
                try:
                    report = lint(requests, [[name]], open_knowledge(), Loader())
                except errors():
                    assert [one.code for one in shown] == ["reading/broken"]
                    continue
                found = marks_of(CORPUS, editor.shown)
                assert found == expected(document(by_cause(report)), name), name
                count += sum(found.values())
                editor.close(name)
            return count

    assert asyncio.run(scenario()) > 2 * len(names)


def fixed(name: str) -> tuple[bytes, list[str]]:
    """The bytes that `lint --fix` would leave, and what it says that it did."""
    repair = Repair([[name]], [Request(target="dgx-spark")], open_knowledge(), Filters(), Loader())
    repair.mend()
    return repair.loader.read[name], repair.done


async def one_by_one(editor: Editor, name: str) -> str:
    """The text of a document after each safe quick fix was taken, the first one first."""
    for _ in range(40):
        safe = [one for one in await editor.actions(name) if one.is_preferred]
        if not safe:
            return editor.texts[name]
        assert safe[0].edit is not None
        editor.apply(safe[0].edit)
        await editor.settled(name)
    raise AssertionError(f"{name}: fixes without end")


@pytest.mark.parametrize("share", SHARES)
def test_fixes_give_the_bytes_of_lint_fix(share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, and one by one in the order in which they are offered."""
    monkeypatch.chdir(CORPUS)
    names = EDITABLE[share // 2 :: share]
    changed = 0

    async def scenario() -> None:
        nonlocal changed
        async with editing(CORPUS, "--target", "dgx-spark") as editor:
            for name in names:
                wanted, done = fixed(name)
                old = (CORPUS / name).read_bytes()
                await editor.open(name)
                await _all_at_once(editor, name, old, wanted)
                assert (await one_by_one(editor, name)).encode() == wanted, name
                changed += bool(done)
                editor.close(name)

    asyncio.run(scenario())
    assert changed >= max(1, len(names) // 10)


async def _all_at_once(editor: Editor, name: str, old: bytes, wanted: bytes) -> None:
    actions: list[types.CodeAction] = await editor.actions(name, only=["source.fixAll"])
    assert len(actions) == (old != wanted), name
    for action in actions:
        assert action.edit is not None
        editor.apply(action.edit)
        await editor.settled(name)
    assert editor.texts[name].encode() == wanted, name
    await editor.change(name, old.decode())
