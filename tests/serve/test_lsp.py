"""The language server against a real client: what it shows is what `lint` says, of the text that is in the editor."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from tests.cli.command import ROOT, stackcheck
from tests.serve.editor import applied, editing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

SPARK = ("--target", "dgx-spark")
REQUIREMENTS = "torch==2.9.0\ntorchvision==0.23.0\nopen3d==0.19.0\nnumpy\n"
LEVELS = {"error": 1, "warning": 2, "note": 3, "todo": 3, "unknown": 4}


def linted(folder: Path, *args: str) -> dict[str, Any]:
    """The JSON report of a lint in a process of its own."""
    return stackcheck("lint", *args, "--format", "json", cwd=folder).report


def expected(report: dict[str, Any], path: str) -> Counter[tuple[object, ...]]:
    """What a client should show of a report: each line of each cause once, by file, line, id and severity."""
    marks: Counter[tuple[object, ...]] = Counter()
    for finding in report["findings"]:
        if finding.get("limit"):
            continue
        done = set()
        for member in _members(finding):
            place = member.get("location") or {"path": path}
            for where in (place, *(member.get("locations") or ())):
                line = where.get("line")
                if (where["path"], line) not in done:
                    done.add((where["path"], line))
                    marks[where["path"], (line or 1) - 1, member["id"], LEVELS[member["severity"]]] += 1
    first: dict[str, dict[str, Any]] = {}
    for entry in report["coverage"]["not-judged"]:
        if entry["id"].startswith("coverage/"):
            first.setdefault(entry["id"], entry.get("location") or {"path": path})
    for name, place in first.items():
        marks[place["path"], (place.get("line") or 1) - 1, name, LEVELS["unknown"]] += 1
    return marks


def _members(finding: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield finding
    first = {key: value for key, value in finding.items() if key != "locations"}
    yield from ({**first, **other} for other in finding.get("also", ()))


def marks_of(root: Path, shown: dict[str, Any]) -> Counter[tuple[object, ...]]:
    """What a client shows, in the same form."""
    marks: Counter[tuple[object, ...]] = Counter()
    for uri, (_, diagnostics) in shown.items():
        path = uri.removeprefix(f"{root.as_uri()}/")
        for one in diagnostics:
            marks[path, one.range.start.line, one.code, int(one.severity)] += 1
    return marks


def test_it_shows_what_lint_says(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            shown = await editor.open("requirements.txt")
            report = linted(tmp_path, *SPARK, "requirements.txt")
            assert marks_of(tmp_path, editor.shown) == expected(report, "requirements.txt")
            torch = next(one for one in shown if one.code == "torch/pypi-aarch64-cpu")
            assert (torch.range.start.line, torch.range.start.character, torch.range.end.character) == (0, 0, 12)
            assert (torch.severity, torch.source) == (1, "stackcheck")
            assert torch.code_description is not None
            assert torch.code_description.href == "https://github.com/pytorch/pytorch/issues/160162"
            finding = next(one for one in report["findings"] if one["id"] == torch.code)
            first, *lines = torch.message.split("\n")
            assert first == finding["message"]
            assert lines[0] == f"because: {finding['because'][0]['text']} ({finding['because'][0]['origin']})"
            assert any(line.startswith("source: https://github.com/pytorch/") for line in lines)

    asyncio.run(scenario())


def test_the_text_that_counts_is_that_of_the_editor(tmp_path: Path) -> None:
    """Of the document, of a file that it includes, and of the settings beside it."""
    for name, text in {"requirements.txt": "-r base.txt\n", "base.txt": "numpy\n", "pyproject.toml": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def torch(editor: Any, name: str) -> list[tuple[int, int]]:
        shown = editor.shown.get(editor.uri(name), (None, []))[1]
        return [(one.range.start.line, one.severity) for one in shown if one.code == "torch/pypi-aarch64-cpu"]

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            await editor.open("pyproject.toml", '[tool.stackcheck]\ntargets = ["dgx-spark"]\n')
            await editor.open("requirements.txt")
            assert torch(editor, "requirements.txt") == torch(editor, "base.txt") == []
            await editor.change("requirements.txt", "-r base.txt\n# unsaved\ntorch==2.9.0\n")
            assert torch(editor, "requirements.txt") == [(2, 1)]
            await editor.change("requirements.txt", "-r base.txt\n")
            assert torch(editor, "requirements.txt") == []
            # A file that is open only since another one includes it: what is found there is shown there.
            (tmp_path / "base.txt").write_text("\ntorch==2.9.0\n", encoding="utf-8")
            await editor.change("requirements.txt", "-r base.txt\n\n")
            await editor.until(lambda: torch(editor, "base.txt") == [(1, 1)])
            await editor.change("pyproject.toml", '[tool.stackcheck]\ntargets = ["x86_64-h100"]\n')
            await editor.until(lambda: torch(editor, "base.txt") == [])
            await editor.change("pyproject.toml", '[tool.stackcheck]\ntargets = ["dgx-spark"]\n')
            await editor.until(lambda: torch(editor, "base.txt") == [(1, 1)])
            editor.close("requirements.txt")
            await editor.until(lambda: torch(editor, "base.txt") == [])

    asyncio.run(scenario())


KINDS = {
    "pyproject.toml": ('[project]\nname = "x"\ndependencies = ["torch==2.9.0"]\n', 2),
    "Dockerfile": ("FROM ubuntu:24.04\nRUN pip install torch==2.9.0\n", 1),
    "environment.yml": ("dependencies:\n  - python=3.12\n  - pip:\n    - torch==2.9.0\n", 3),
    "pixi.toml": (
        '[workspace]\nname = "x"\nplatforms = ["linux-aarch64"]\n[pypi-dependencies]\ntorch = "==2.9.0"\n',
        4,
    ),
    ".github/workflows/ci.yml": (
        "jobs:\n  a:\n    runs-on: ubuntu-24.04-arm\n    steps:\n      - run: pip install torch==2.9.0\n",
        4,
    ),
    "uv.lock": (
        'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "x"\nversion = "0"\n'
        'source = { virtual = "." }\ndependencies = [{ name = "torch" }]\n\n[[package]]\nname = "torch"\n'
        'version = "2.9.0"\nsource = { registry = "https://pypi.example/simple" }\nwheels = [\n'
        '  { url = "https://files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl" },\n]\n',
        10,
    ),
}
"""A file of each kind, and the line (from 0 on) on which torch is asked for."""


def test_every_kind_of_file(tmp_path: Path) -> None:
    """Each as it is typed: nothing of it is on the disk before it was judged."""

    async def scenario() -> dict[str, list[types.Diagnostic]]:
        async with editing(tmp_path, *SPARK) as editor:
            return {name: await editor.open(name, text) for name, (text, _) in KINDS.items()}

    shown = asyncio.run(scenario())
    for name, (text, line) in KINDS.items():
        folder = tmp_path / Path(name).stem
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
        found = marks_of(tmp_path, {(tmp_path / name).as_uri(): (1, shown[name])})
        assert found == expected(linted(folder, *SPARK, name), name)
        assert any(mark[1] == line and mark[3] in (1, 2) for mark in found), name


def test_what_is_no_project_file_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            for name in ("notes.txt", "main.py", "values.yml"):
                editor.client.text_document_did_open(_item(editor.uri(name), "torch==2.9.0\n"))
            editor.client.text_document_did_open(_item("untitled:requirements.txt", "torch==2.9.0\n"))
            await editor.open("requirements.txt", "torch==2.9.0\n")
            assert list(editor.shown) == [editor.uri("requirements.txt")]

    asyncio.run(scenario())


def _item(uri: str, text: str) -> types.DidOpenTextDocumentParams:
    return types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "plaintext", 1, text))


def test_a_file_that_is_no_such_file_while_it_is_typed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            (broken,) = await editor.open("pyproject.toml", '[project]\nname = "x"\ndependencies = ["torch==2.9.0"\n')
            assert (broken.code, broken.severity) == ("reading/broken", 1)
            assert broken.message.startswith("Nothing was judged: ")
            shown = await editor.change("pyproject.toml", '[project]\nname = "x"\ndependencies = ["torch==2.9.0"]\n')
            assert "torch/pypi-aarch64-cpu" in {one.code for one in shown}
            (wrong,) = await editor.change("pyproject.toml", "[tool.stackcheck]\nnonsense = 1\n")
            assert (wrong.code, wrong.range.start.line) == ("reading/broken", 1)
            assert wrong.message.startswith("Nothing was judged: tool.stackcheck.nonsense is no setting")

    asyncio.run(scenario())


def test_paths_of_options_are_those_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes to the client's folder, and they were named elsewhere."""
    monkeypatch.chdir(ROOT)
    (tmp_path / "elsewhere").mkdir()
    options = ("--env", "examples/environments/dgx-spark.json", "--matrix", "examples/matrix")

    async def scenario() -> list[types.Diagnostic]:
        async with editing(tmp_path / "elsewhere", *options) as editor:
            return await editor.open("requirements.txt", "torch==2.9.0\n")

    assert "torch/pypi-aarch64-cpu" in {one.code for one in asyncio.run(scenario())}


def test_links(tmp_path: Path) -> None:
    """A folder that was opened through a link, and a file that is one: names and addresses are the client's."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "frozen").write_text("torch==2.9.0\n", encoding="utf-8")
    (tmp_path / "real" / "base.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
    (tmp_path / "real" / "requirements.txt").symlink_to("frozen")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    async def scenario() -> None:
        async with editing(tmp_path / "link", *SPARK) as editor:
            shown = await editor.open("requirements.txt")
            assert list(editor.shown) == [editor.uri("requirements.txt")]
            assert "because: torch==2.9.0 is asked for (requirements.txt:1)" in shown[0].message
            await editor.change("requirements.txt", "-r base.txt\n")
            await editor.until(lambda: editor.uri("base.txt") in editor.shown)

    asyncio.run(scenario())


def test_standard_input_is_the_editors(tmp_path: Path) -> None:
    """A text and a setting that mean it read nothing of what the client sends."""

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            (broken,) = await editor.open("requirements.txt", "-r -\ntorch==2.9.0\n")
            assert "the included file - does not exist" in broken.message
            settings = '[tool.stackcheck]\nbaseline = "-"\n'
            (broken,) = await editor.open("pyproject.toml", settings)
            assert broken.message.startswith("Nothing was judged: --baseline -: ")
            await editor.change("pyproject.toml", "")
            shown = await editor.change("requirements.txt", "torch==2.9.0\n")
            assert "torch/pypi-aarch64-cpu" in {one.code for one in shown}

    asyncio.run(scenario())


def test_it_ends_with_its_client(tmp_path: Path) -> None:
    done = stackcheck("lsp", cwd=tmp_path, stdin="")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = (
        "--index-url https://user:hunter2@pypi.example/simple\ntorch==2.9.0\nopen3d==0.19.0\n"
        "x @ git+https://hunter2@a.example/b\n"
    )

    async def scenario() -> str:
        async with editing(tmp_path, *SPARK) as editor:
            said = [one.message for one in await editor.open("requirements.txt", text)]
            said += [await editor.hover("requirements.txt", line) for line in range(1, 5)]
            said += [f"{one.title}" for one in await editor.actions("requirements.txt")]
            return json.dumps(said)

    assert "hunter2" not in asyncio.run(scenario())


def test_columns_are_the_clients(tmp_path: Path) -> None:
    """UTF-16 units: a letter beyond the basic plane counts twice, in diagnostics and in edits."""
    text = '[project]\nname = "x"\ndependencies = ["🤖; x", "torchvision==0.23.0", "torch==2.9.0"]  # 🤖\n'

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            await editor.open("requirements.txt", "torch==2.9.0  # 🤖\ntorchvision==0.23.0 # 🤖🤖\n")
            shown = await editor.open("pyproject.toml", text)
            torch = next(one for one in shown if one.code == "torch/pypi-aarch64-cpu")
            line = text.split("\n")[2].encode("utf-16-le")
            place = line[torch.range.start.character * 2 : torch.range.end.character * 2].decode("utf-16-le")
            assert place.strip("\"'") == "torch==2.9.0"

    asyncio.run(scenario())


def test_hover_explains(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            await editor.open("requirements.txt", REQUIREMENTS + "no-such-project-of-anybody\n")
            assert await editor.hover("requirements.txt", 3) == stackcheck("explain", "open3d/open3d-0.19").out
            said = await editor.hover("requirements.txt", 2)
            for name in ("torchvision/vision-0.23.0-torch", "torchvision/vision-pypi-aarch64-cpu"):
                assert stackcheck("explain", name).out in said
            numpy = await editor.hover("requirements.txt", 4)
            assert numpy.startswith("numpy: judged by ")
            assert numpy.endswith("; nothing speaks against it.")
            assert "nothing is known of no-such-project-of-anybody" in await editor.hover("requirements.txt", 5)
            assert await editor.hover("requirements.txt", 60) == ""

    asyncio.run(scenario())


def test_applied() -> None:
    """The tests' own editing: places are UTF-16 units, and one beyond the text its end."""

    def edit(line: int, start: int, end_line: int, end: int, new: str) -> types.TextEdit:
        return types.TextEdit(types.Range(types.Position(line, start), types.Position(end_line, end)), new)

    assert applied("🤖b\r\nc", [edit(0, 2, 0, 3, "x"), edit(1, 0, 1, 0, "y")]) == "🤖x\r\nyc"
    assert applied("a\n", [edit(1, 0, 1, 0, "b\n")]) == "a\nb\n"
