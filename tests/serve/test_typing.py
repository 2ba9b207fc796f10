"""The language server while somebody types: fixes, completion, no diagnostic of an older text, no crash."""

from __future__ import annotations

import asyncio
import os
import random
from functools import partial
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from stackcheck.serve.values import diagnostics
from stackcheck.session.editor import Editor as Judging
from tests.cli.command import stackcheck
from tests.serve.editor import editing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.editor import Editor

SPARK = ("--target", "dgx-spark")


def test_quick_fixes(tmp_path: Path) -> None:
    text = "torch==2.9.0\ntorchvision==0.23.0\nopen3d==0.19.0\nwarp-lang\n"
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")

    async def scenario() -> None:
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(
                workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
            )
        )
        async with editing(tmp_path, *SPARK, capabilities=capabilities) as editor:
            await editor.open("requirements.txt")
            found = await editor.actions("requirements.txt")
            actions = {one.title: one for one in found}
            assert sorted({one.title for one in found}) == [
                "--extra-index-url https://download.pytorch.org/whl/cu130 (a choice)",
                "open3d==0.19.0 → open3d==0.20.0 (a choice)",
                "torchvision==0.23.0 → torchvision==0.24.0",
                "warp-lang → warp-lang>=1.8.1",
            ]
            pair = actions["torchvision==0.23.0 → torchvision==0.24.0"]
            assert (pair.kind, pair.is_preferred) == ("quickfix", True)
            assert [one.code for one in pair.diagnostics or ()] == ["torchvision/vision-0.23.0-torch"]
            # Tied to the version that it was worked out of: a client refuses it for another text.
            assert pair.edit is not None
            assert pair.edit.document_changes is not None
            (change,) = pair.edit.document_changes
            assert isinstance(change, types.TextDocumentEdit)
            assert (change.text_document.version, change.text_document.uri) == (1, editor.uri("requirements.txt"))
            line = types.Range(types.Position(1, 0), types.Position(2, 0))
            assert list(change.edits) == [types.TextEdit(line, "torchvision==0.24.0\n")]
            assert await editor.actions("requirements.txt", only=["refactor"]) == []

    asyncio.run(scenario())


def test_completion(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path, *SPARK, "--target", "gh200") as editor:
            await editor.open("requirements.txt", "numpy\n")
            index = "--index-url https://download.pytorch.org/whl/cu130\n"
            found = await editor.completions("requirements.txt", f"{index}torch==|  # the newest\nnumpy\n")
            labels = [one.label for one in found]
            assert len(labels) == 8
            assert labels == sorted(labels, key=lambda text: [-int(part) for part in text.split(".")])
            assert found[0].detail == "works on target dgx-spark, target gh200"
            for name in ("requirements.txt", "pin.txt"):
                (tmp_path / name).write_text(f"{index}torch=={labels[-1]}\n", encoding="utf-8")
            assert stackcheck("lint", *SPARK, "--target", "gh200", "pin.txt", cwd=tmp_path).code == 0
            # Behind what is typed already, with another bound, and in a place that it replaces.
            begun = await editor.completions("requirements.txt", f"{index}torch>=2.5, ==2.1|1.0\n")
            assert begun
            assert all(one.label.startswith("2.1") for one in begun)
            edit = begun[0].text_edit
            assert isinstance(edit, types.TextEdit)
            place = types.Range(
                types.Position(1, len("torch>=2.5, ==")), types.Position(1, len("torch>=2.5, ==2.11.0"))
            )
            assert edit.range == place
            # What would not work is not offered: another line pins what it goes with.
            paired = await editor.completions("requirements.txt", f"{index}torchvision==0.24.0\ntorch==|\n")
            assert [one.label for one in paired] == ["2.9.0"]
            assert await editor.completions("requirements.txt", "open3d==0.19|\n") == []
            for text in ("tor|ch\n", "|\n", "# torch==|\n", "no-such-project-of-anybody==|\n"):
                assert await editor.completions("requirements.txt", text) == [], text
            project = '[project]\nname = "x"\ndependencies = ["open3d==|"]\n'
            await editor.open("pyproject.toml", project.replace("|", ""))
            assert (await editor.completions("pyproject.toml", project))[0].label == "0.20.0"

    asyncio.run(scenario())


def test_a_file_that_changes_on_the_disk(tmp_path: Path) -> None:
    """Another program changes an included file; then the editor saves one."""
    (tmp_path / "base.txt").write_text("numpy\n", encoding="utf-8")

    def there(editor: Editor) -> bool:
        shown = [one.code for _, every in editor.shown.values() for one in every]
        return "torch/pypi-aarch64-cpu" in shown

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            await editor.open("requirements.txt", "-r base.txt\n")
            (tmp_path / "base.txt").write_text("torch==2.9.0\n", encoding="utf-8")
            editor.tell_of("base.txt")
            await editor.until(lambda: there(editor))
            (tmp_path / "base.txt").write_text("numpy\n", encoding="utf-8")
            saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri("requirements.txt")))
            editor.client.text_document_did_save(saved)
            await editor.until(lambda: not there(editor))

    asyncio.run(scenario())


def test_it_asks_to_be_told_of_files(tmp_path: Path) -> None:
    async def scenario() -> None:
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        workspace = types.WorkspaceClientCapabilities(did_change_watched_files=watching)
        asked: list[str] = []
        async with editing(tmp_path, *SPARK, capabilities=types.ClientCapabilities(workspace=workspace)) as editor:

            @editor.client.feature(types.CLIENT_REGISTER_CAPABILITY)
            def _(params: types.RegistrationParams) -> None:
                asked.extend(one.method for one in params.registrations)

            await editor.open("requirements.txt", "numpy\n")
        assert asked == ["workspace/didChangeWatchedFiles"]

    asyncio.run(scenario())


def test_only_the_newest_text_is_shown(tmp_path: Path) -> None:
    """Texts that come faster than they can be judged: none is shown after a newer one came, and the last one is."""
    lines = "".join(f"{name}\n" for name in ("numpy", "scipy", "open3d", "transformers", "diffusers", "accelerate"))

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            await editor.open("requirements.txt", lines)
            versions: list[int | None] = []
            for number in range(60):
                editor.type("requirements.txt", lines + "torch==2.9.0\n" * (number % 2))
                if number % 10 == 0:
                    await asyncio.sleep(0.02)
                versions.append(editor.shown[editor.uri("requirements.txt")][0])
            shown = await editor.settled("requirements.txt")
            assert ("torch/pypi-aarch64-cpu" in [one.code for one in shown]) is True
            assert len(set(versions)) < 30
            assert versions == sorted(versions, key=lambda version: version or 0)

    asyncio.run(scenario())


def test_a_request_of_an_older_text_comes_to_nothing(tmp_path: Path) -> None:
    """All fixes of a long file take seconds; who types meanwhile gets no edit for the text that was."""
    lines = "".join(
        f"{name}\n" for name in ("torch==2.9.0", "torchvision==0.23.0", "bitsandbytes", "warp-lang", "xformers")
    )

    async def scenario() -> None:
        async with editing(tmp_path, *SPARK) as editor:
            await editor.open("requirements.txt", lines)
            asked = asyncio.ensure_future(editor.actions("requirements.txt", only=["source.fixAll"]))
            await asyncio.sleep(0.05)
            await editor.change("requirements.txt", f"{lines}#\n")
            assert await asked == []
            assert len(await editor.actions("requirements.txt", only=["source.fixAll"])) == 1

    asyncio.run(scenario())


STARTS = {
    "requirements.txt": "-r requirements-base.txt\n-c saved.txt\n--index-url https://download.pytorch.org/whl/cu130\ntorch==2.9.0\ntorchvision\n",
    "requirements-base.txt": "numpy<2\nopen3d==0.19.0 ; python_version < '3.13'\nflash-attn\n",
    "pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.10"\ndependencies = [\n  "torch>=2.5,<2.9",\n'
    '  "usd-core",\n]\n\n[tool.stackcheck]\ntargets = ["dgx-spark"]\n',
    "Dockerfile": "FROM nvcr.io/nvidia/pytorch:25.09-py3\nARG V=2.9.0\nRUN pip install torch==$V && \\\n  true\n",
    "environment.yml": "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip:\n    - torch==2.9\n",
}
PIECES = (
    *(
        "torch==2.9.0",
        "torchvision==0.23.0\n",
        "\n",
        "\r\n",
        "\r",
        "\f",
        "\u2028",
        "\u0085",
        "\t",
        " ",
        '"',
        "'",
        "[",
        "]",
        "{",
    ),
    *(
        "🤖",
        "\ud800",
        "\0",
        "é",
        "==",
        ">=2.9,<3",
        "-r requirements-base.txt\n",
        "-r nowhere.txt\n",
        "-r -\n",
        "#",
        ";",
        "\\\n",
        "[tool.stackcheck]\n",
    ),
    *(
        'targets = ["gh200"]\n',
        "ignore = [",
        "- pip:\n",
        "RUN pip install open3d==0.19.0\n",
        "FROM x\n",
        "${V}",
        "# stackcheck: ",
    ),
    *("ignore[builds] x\n", "https://u:p@pypi.example/simple", "--extra-index-url ", "1" * 50),
)


def edited(text: str, chance: random.Random) -> str:
    """A text after one edit: a piece typed or pasted, a part deleted or doubled, everything gone."""
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(1, 12))
    kind = chance.random()
    if kind < 0.55:
        return text[:at] + chance.choice(PIECES) + text[at:]
    if kind < 0.9:
        return text[:at] + text[end:]
    if kind < 0.98:
        return text[:at] + text[at:end] * 2 + text[end:]
    return ""


@pytest.mark.parametrize(
    "count", [pytest.param(500), pytest.param(10_000, marks=pytest.mark.slow)], ids=["500", "10,000"]
)
def test_random_edits(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursts of edits in five files that rest on each other; after each burst what is shown of every file is what a
    judge says that never saw another text."""
    chance = random.Random(count)  # noqa: S311 - no secret is made of it
    monkeypatch.chdir(tmp_path)

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            for name, text in STARTS.items():
                await editor.open(name, text)
            done = 0
            while done < count:
                for _ in range(burst := min(chance.randrange(1, 25), count - done)):
                    name = chance.choice(list(STARTS))
                    text = edited(editor.texts[name], chance)
                    editor.type(name, text if 0 < len(text) <= 2_000 else STARTS[name])
                    if chance.random() < 0.1:
                        (tmp_path / "saved.txt").write_text(f"torch<2.{chance.randrange(16)}\n", encoding="utf-8")
                        editor.tell_of("saved.txt")
                done += burst
                for name in STARTS:
                    await editor.settled(name)
                await editor.until(partial(shows, editor, judged_anew(editor)))

    asyncio.run(scenario())


def judged_anew(editor: Editor) -> dict[str, list[str]]:
    """What is to be shown of each open file, by judges that never saw another text."""
    texts = {os.path.realpath(name): text.encode("utf-8", "replace") for name, text in editor.texts.items()}
    every: dict[str, list[str]] = {editor.uri(name): [] for name in editor.texts}
    for name in editor.texts:
        seen = Judging({}).lint(name, texts, lambda: None)
        assert not any("crashed" in one.id for one in seen.report.findings), editor.texts
        for uri, own in diagnostics(seen, PositionCodec(), editor.uri).items():
            if uri in every:
                every[uri] = sorted({*every[uri], *map(told, own)})
    return every


def told(one: types.Diagnostic) -> str:
    """All of a diagnostic, whether it was on the way or not."""
    page, others = one.code_description, list(one.related_information or ())
    return f"{one.range} {one.severity} {one.code} {page} {others} {one.message}"


def shows(editor: Editor, wanted: dict[str, list[str]]) -> bool:
    return all(sorted(map(told, editor.shown[uri][1])) == own for uri, own in wanted.items())
