"""The tools for agents against the SDK's own client: good, wrong and hostile calls; nothing outside is touched."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from mcp import Client, StdioServerParameters

from stackcheck.serve.mcp import make
from stackcheck.serve.tools import MAX_CHARACTERS, TOOLS
from stackcheck.session.errors import CannotWorkError
from tests.cli.command import ROOT, stackcheck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mcp_types import CallToolResult

SPARK = {"target": "dgx-spark"}
SPARKS = {"targets": ["dgx-spark"]}
TORCH = {"requirements.txt": "torch==2.9.0\n"}
SECRET = "hunter2"  # noqa: S105 - a made-up one that must not be seen


class Watch:
    """The files that this process opens while it is on, by their real paths (PEP 578; a hook cannot be taken off)."""

    def __init__(self) -> None:
        self.on = False
        self.read: set[str] = set()
        self.written: set[str] = set()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or event != "open" or not isinstance(arguments[0], str | bytes):
            return
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or (isinstance(mode, str) and set(mode) & set("wax+"))
        (self.written if writes else self.read).add(os.path.realpath(os.fsdecode(path)))


WATCH = Watch()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to open, and beside it what must not be seen; the server makes the folder the current one."""
    outside = tmp_path / "outside"
    folder = tmp_path / "project"
    for made in (outside, folder, folder / "sub"):
        made.mkdir()
    (outside / "requirements.txt").write_text(f"torch==2.9.0  # {SECRET}\n", encoding="utf-8")
    (outside / "pyproject.toml").write_text("[tool.stackcheck]\nnonsense = 1\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.stackcheck]\nnonsense = 1\n", encoding="utf-8")
    (folder / "requirements.txt").write_text("torch==2.9.0\ntorchvision==0.23.0\n", encoding="utf-8")
    (folder / "link.txt").symlink_to(outside / "requirements.txt")
    (folder / "linked").symlink_to(outside)
    (folder / "inner.txt").symlink_to(folder / "requirements.txt")
    os.mkfifo(folder / "requirements-fifo.txt")
    monkeypatch.chdir(tmp_path)
    WATCH.read, WATCH.written = set(), set()
    yield folder
    WATCH.on = False


def calls(
    folder: Path | None, *every: tuple[str, dict[str, Any]], write: bool = False, matrix: tuple[str, ...] = ()
) -> list[CallToolResult]:
    """What a server says to some calls of one client."""

    async def scenario() -> list[CallToolResult]:
        async with Client(make(None if folder is None else str(folder), matrix, write=write)) as client:
            WATCH.on = True
            return [await client.call_tool(*one) for one in every]

    try:
        return asyncio.run(scenario())
    finally:
        WATCH.on = False


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


def whole(result: CallToolResult) -> str:
    """All that a result says."""
    return json.dumps(result.model_dump(mode="json"))


def valid(tool: str, result: CallToolResult) -> dict[str, Any]:
    """The document of a result, which must be one of the tool's schema."""
    assert result.is_error is not True, text(result)
    assert result.structured_content is not None
    schema = TOOLS[tool].output_schema
    assert schema is not None
    jsonschema.validate(result.structured_content, schema)
    return result.structured_content


def ids(document: dict[str, Any]) -> set[str]:
    return {one["id"] for one in document["findings"] if one["severity"] in ("error", "warning")}


class TestGood:
    def test_lint_says_what_the_command_says(self, project: Path) -> None:
        files, given = calls(
            project, ("lint", {"files": ["requirements.txt"], **SPARKS}), ("lint", {"texts": TORCH, **SPARKS})
        )
        (project / ".git").mkdir()  # the command looks for settings above, and the server does not
        report = stackcheck("lint", "--target", "dgx-spark", "--format", "json", "requirements.txt", cwd=project).report
        assert valid("lint", files) == report
        assert ids(valid("lint", given)) == {"torch/pypi-aarch64-cpu"}
        assert given.structured_content["findings"][0]["location"]["path"] == "requirements.txt"  # type: ignore[index]

    def test_a_folder_with_its_settings(self, project: Path) -> None:
        settings = '[tool.stackcheck]\ntargets = ["gh200"]\n'
        (project / "pyproject.toml").write_text(settings, encoding="utf-8")
        folder, named, other = calls(
            project,
            ("lint", {}),
            ("lint", {"files": ["sub/../requirements.txt", str(project / "requirements.txt")]}),
            (
                "lint",
                {"files": ["requirements.txt"], "texts": {"pyproject.toml": settings.replace("gh200", "x86_64-h100")}},
            ),
        )
        assert valid("lint", folder)["subject"] == valid("lint", named)["subject"] == "target gh200"
        assert valid("lint", other)["subject"] == "target x86_64-h100"

    def test_the_text_begins_with_the_sources(self, project: Path) -> None:
        (result,) = calls(None, ("lint", {"texts": TORCH, **SPARKS}))
        lines = text(result).split("\n")
        assert lines[0] == "Sources:"
        assert lines[1].startswith("[1] ")
        (error,) = [line for line in lines if line.startswith("error: ")]
        assert error.startswith("error: requirements.txt:1: PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64")
        assert error.endswith("(torch/pypi-aarch64-cpu) [1][2]")
        assert "  $ pip install torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130" in lines

    def test_check_takes_what_environment_gives(self, project: Path) -> None:
        (described,) = calls(None, ("environment", {**SPARK, "facts": ["python=3.12"]}))
        document = valid("environment", described)
        assert document["facts"]["arch"] == "aarch64"
        by_document, by_name = calls(
            project,
            ("check", {"files": ["requirements.txt"], "environment": document}),
            ("check", {"files": ["requirements.txt"], **SPARK, "facts": ["python=3.12"]}),
        )
        assert "torch/pypi-aarch64-cpu" in ids(valid("check", by_document)) & ids(valid("check", by_name))

    def test_environment_of_this_machine(self) -> None:
        (result,) = calls(None, ("environment", {}))
        assert valid("environment", result)["facts"]["os"] == "linux"

    def test_plan(self, project: Path) -> None:
        wished, filed, none = calls(
            project,
            ("plan", {"wishes": ["torch"], **SPARK}),
            ("plan", {"files": ["requirements.txt"], "texts": {"more.txt": "open3d\n"}, **SPARK}),
            ("plan", {"wishes": ["torch==2.9.0", "torchvision==0.23.0"], **SPARK}),
        )
        assert valid("plan", wished)["found"] is True
        assert "pip install torch==" in text(wished)
        assert valid("plan", filed)["found"] is False
        assert valid("plan", none)["conflict"]["group"]

    def test_diagnose(self, project: Path) -> None:
        line = "RuntimeError: CUDA error: no kernel image is available for execution on the device\n"
        (project / "run.log").write_text(line, encoding="utf-8")
        given, filed = calls(project, ("diagnose", {"log": line, **SPARK}), ("diagnose", {"file": "run.log", **SPARK}))
        assert ids(valid("diagnose", given)) == ids(valid("diagnose", filed)) == {"symptoms/no-kernel-image"}

    def test_explain_and_show(self) -> None:
        one, table, rows = calls(
            None,
            ("explain", {"id": "open3d/open3d-0.19"}),
            ("show", {"product": "usd-core"}),
            ("show", {"product": "open3d", "rows": True}),
        )
        assert text(one) == stackcheck("explain", "open3d/open3d-0.19").out
        assert text(table) == stackcheck("matrix", "show", "usd-core").out
        assert text(rows) == stackcheck("matrix", "show", "open3d", "--rows").out

    def test_writing_where_it_is_allowed(self, project: Path) -> None:
        shown, fixed, planned = calls(
            project,
            ("lint", {"files": ["requirements.txt"], "diff": True, **SPARKS}),
            ("lint", {"files": ["requirements.txt"], "fix": True, **SPARKS}),
            ("plan", {"wishes": ["torch"], "write": ["sub/requirements.txt"], **SPARK}),
            write=True,
        )
        assert "+torchvision==0.24.0" in text(shown)
        assert "+torchvision==0.24.0" in text(fixed)
        assert (project / "requirements.txt").read_text(encoding="utf-8") == "torch==2.9.0\ntorchvision==0.24.0\n"
        assert "torchvision/vision-0.23.0-torch" not in ids(valid("lint", fixed))
        assert valid("plan", planned)["written"] == ["sub/requirements.txt"]
        assert (project / "sub" / "requirements.txt").read_text(encoding="utf-8").startswith("#")
        assert {os.path.commonpath((path, project)) for path in WATCH.written} == {str(project)}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("lint", {"fils": []}, "there is no argument 'fils'; known: files"),
        ("lint", {"files": "requirements.txt"}, "files: should be a list of texts"),
        ("lint", {"files": [7]}, "files.0: should be a text"),
        ("lint", {"texts": {"a.txt": None}}, "texts.a.txt: should be a text"),
        ("lint", {"targets": ["dgx-sparc"], "texts": TORCH}, "there is no target 'dgx-sparc'; did you mean dgx-spark"),
        ("lint", {"select": ["build"], "texts": TORCH}, "there is no kind of finding 'build'"),
        ("lint", {"files": ["nowhere.txt"]}, "nowhere.txt: does not exist; check the path"),
        ("check", {"environment": {"facts": 7}}, "facts"),
        ("check", {"environment": {}, "target": "dgx-spark"}, "an environment and --target exclude each other"),
        ("check", {"deep": True}, "there is no argument 'deep'"),
        ("check", {"python": "/bin/sh"}, "there is no argument 'python'"),
        ("plan", {**SPARK}, "name what the plan is for"),
        ("plan", {"wishes": ["torch"], "python": "x", **SPARK}, "--python x: name a Python such as 3.12"),
        ("plan", {"wishes": ["torch"], "write": ["requirements.txt"]}, "nothing may be written here"),
        ("diagnose", {}, "give the log itself (`log`) or its file (`file`)"),
        ("diagnose", {"log": "x", "file": "y"}, "give the log itself (`log`) or its file (`file`)"),
        ("explain", {}, "an argument is missing: id"),
        ("explain", {"id": "torch/nothing"}, "there is no row or kind of finding 'torch/nothing'"),
        ("environment", {"target": "mars"}, "there is no target 'mars'"),
        ("show", {"product": "no-such-thing-at-all"}, "there is no product"),
        ("lint", {"fix": True}, "nothing may be written here; start with --root DIR --allow-write"),
        ("lint", {"fix": True, "texts": TORCH}, "`fix` is for files"),
        ("remove", {}, "there is no tool 'remove'; known: check, lint, plan"),
    ],
)
def test_wrong_calls_are_one_line(project: Path, tool: str, arguments: dict[str, Any], said: str) -> None:
    (result,) = calls(project, (tool, arguments))
    assert result.is_error
    assert said in text(result)
    assert "\n" not in text(result)
    assert result.structured_content is None


HOSTILE: list[tuple[str, Callable[[Path], dict[str, Any]]]] = [
    ("lint", lambda outside: {"files": [f"{outside}/requirements.txt"]}),
    ("lint", lambda outside: {"files": ["../outside/requirements.txt"]}),
    ("lint", lambda outside: {"files": ["linked/requirements.txt"]}),
    ("lint", lambda outside: {"files": ["linked"]}),
    ("lint", lambda outside: {"files": [".."]}),
    ("lint", lambda outside: {"files": ["link.txt"]}),
    ("lint", lambda outside: {"files": ["/proc/self/environ"]}),
    ("lint", lambda outside: {"files": ["/dev/zero"]}),
    ("lint", lambda outside: {"files": ["-"]}),
    ("lint", lambda outside: {"files": ["a\0b"]}),
    ("lint", lambda outside: {"files": ["requirements-fifo.txt"]}),
    ("lint", lambda outside: {"texts": {"../outside/requirements.txt": "torch\n"}}),
    ("lint", lambda outside: {"texts": {f"{outside}/requirements.txt": "torch\n"}}),
    ("lint", lambda outside: {"texts": {"linked/requirements.txt": "torch\n"}}),
    ("lint", lambda outside: {"texts": {"-": "torch\n"}}),
    ("lint", lambda outside: {"texts": {"": "torch\n"}}),
    ("lint", lambda outside: {"texts": {"a.txt": f"-r {outside}/requirements.txt\n"}}),
    ("lint", lambda outside: {"texts": {"a.txt": "-r ../outside/requirements.txt\n"}}),
    ("lint", lambda outside: {"texts": {"a.txt": "-r link.txt\n"}}),
    ("lint", lambda outside: {"texts": {"a.txt": "-c /etc/passwd\n"}}),
    ("lint", lambda outside: {"texts": {"a.txt": "-r -\n"}}),
    ("lint", lambda outside: {"texts": {**TORCH, "pyproject.toml": '[tool.stackcheck]\nbaseline = "-"\n'}}),
    ("lint", lambda outside: {"texts": {**TORCH, "pyproject.toml": '[tool.stackcheck]\nbaseline = "../outside/x"\n'}}),
    ("lint", lambda outside: {"texts": {**TORCH, "pyproject.toml": '[tool.stackcheck]\nmatrix = ["../outside"]\n'}}),
    ("check", lambda outside: {"files": ["link.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": [f"{outside}/requirements.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": ["../outside/requirements.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": ["link.txt"], **SPARK}),
    ("plan", lambda outside: {"files": ["link.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": ["torch"], "write": ["../outside/new.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": ["torch"], "write": ["linked/new.txt"], **SPARK}),
    ("plan", lambda outside: {"wishes": ["torch"], "write": ["link.txt"], "force": True, **SPARK}),
    ("diagnose", lambda outside: {"file": "link.txt", **SPARK}),
    ("diagnose", lambda outside: {"file": "/etc/passwd", **SPARK}),
    ("environment", lambda outside: {"target": f"../../{outside}/x"}),
    ("explain", lambda outside: {"id": f"{outside}/requirements.txt"}),
    ("show", lambda outside: {"product": "../../outside/requirements"}),
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_nothing_outside_is_read_or_written(project: Path, number: int) -> None:
    """With all that can be allowed: the folder is open for writing."""
    tool, make_arguments = HOSTILE[number]
    outside = project.parent / "outside"
    before = {path: path.stat().st_mtime_ns for path in outside.rglob("*")}
    (result,) = calls(project, (tool, make_arguments(outside)), write=True)
    assert result.is_error, text(result)
    assert SECRET not in whole(result)
    assert {path: path.stat().st_mtime_ns for path in outside.rglob("*")} == before
    seen = {path for path in WATCH.read | WATCH.written if not path.startswith(str(project))}
    assert not {path for path in seen if path.startswith((str(project.parent), "/etc/passwd", "/proc/self/e"))}
    assert not WATCH.written


def test_links_in_a_folder(project: Path) -> None:
    """A folder that holds links is judged without what they lead to outside; a link that stays inside is followed."""
    (project / ".gitignore").symlink_to(project.parent / "outside" / "requirements.txt")
    (project / "tool.py").symlink_to(project.parent / "outside" / "requirements.txt")
    (project / "requirements-fifo.txt").unlink()
    (project / "link.txt").rename(project / "requirements-link.txt")
    every, inner = calls(project, ("lint", SPARKS), ("lint", {"files": ["inner.txt"], **SPARKS}))
    assert "torch/pypi-aarch64-cpu" in ids(valid("lint", inner))
    document = valid("lint", every)
    broken = [one for one in document["findings"] if one["id"] == "reading/broken"]
    assert [one["location"]["path"] for one in broken] == ["requirements-link.txt"]
    assert "it lies outside of what is opened" in broken[0]["message"]
    assert SECRET not in json.dumps(document)
    assert not {path for path in WATCH.read if path.startswith(str(project.parent / "outside"))}


def test_files_that_a_project_names(project: Path) -> None:
    """What a Dockerfile copies is read where it is in the folder, and not where it is a link to outside; nor is that
    where a plan is written into a project that names it."""
    image = "FROM ubuntu:24.04\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    named = '[project]\nname = "x"\nversion = "1"\n[tool.uv.sources]\ny = { path = "linked" }\n'
    (project / "pyproject.toml").write_text(named, encoding="utf-8")
    inside, outside, written = calls(
        project,
        ("lint", {"texts": {"Dockerfile": image}, **SPARKS}),
        ("lint", {"texts": {"Dockerfile": image.replace("requirements", "link")}, **SPARKS}),
        ("plan", {"wishes": ["torch"], "write": ["pyproject.toml"], **SPARK}),
        write=True,
    )
    assert "torch/pypi-aarch64-cpu" in ids(valid("lint", inside))
    assert ids(valid("lint", outside)) == set()
    assert "link.txt" in whole(outside)
    assert "torch" in (project / "pyproject.toml").read_text(encoding="utf-8")
    assert valid("plan", written)["written"] == ["pyproject.toml"]
    assert not any(SECRET in whole(result) for result in (inside, outside, written))
    assert not {path for path in WATCH.read if path.startswith(str(project.parent / "outside"))}


def test_without_a_folder_no_file_is_read(project: Path) -> None:
    named, included, folder, log = calls(
        None,
        ("lint", {"files": [str(project / "requirements.txt")]}),
        ("lint", {"texts": {"a.txt": "-r project/requirements.txt\n"}, **SPARKS}),
        ("lint", SPARKS),
        ("diagnose", {"file": str(project / "requirements.txt")}),
    )
    for result in (named, included, folder, log):
        assert result.is_error
        assert "no folder is opened" in text(result) or "it lies outside of what is opened" in text(result)
    assert not {path for path in WATCH.read if path.startswith(str(project.parent))}


def test_much_text_is_refused(project: Path) -> None:
    long = "x" * (MAX_CHARACTERS + 1)
    (project / "big.log").write_text(long, encoding="utf-8")
    every = calls(
        project,
        ("lint", {"texts": {"a.txt": long}}),
        ("lint", {"texts": {long: "torch"}}),
        ("lint", {"files": [long[: MAX_CHARACTERS // 2]] * 3}),
        ("diagnose", {"log": long}),
        ("check", {"environment": {"facts": {"arch": long}}}),
        ("explain", {"id": long}),
        ("diagnose", {"file": "big.log"}),
    )
    for result in every:
        assert result.is_error
        assert len(text(result)) < 200


def test_no_secret_is_told(project: Path) -> None:
    lines = (
        f"--index-url https://u:{SECRET}@pypi.example/simple\ntorch==2.9.0\nx @ https://u:{SECRET}@a.example/x.whl\n"
    )
    every = calls(
        project,
        ("lint", {"texts": {"a.txt": lines}, **SPARKS}),
        ("plan", {"wishes": [f"x @ https://u:{SECRET}@a.example/x.whl"], **SPARK}),
        ("explain", {"id": f"https://u:{SECRET}@a.example/"}),
        ("lint", {"select": [f"https://u:{SECRET}@a.example"], "texts": TORCH}),
    )
    assert not any(SECRET in whole(result) for result in every)


def test_the_tools_say_what_they_take_and_give() -> None:
    async def scenario() -> Any:
        async with Client(make(None, (), write=False)) as client:
            return (await client.list_tools()).tools, client

    tools, _ = asyncio.run(scenario())
    assert [tool.name for tool in tools] == ["check", "lint", "plan", "diagnose", "explain", "environment", "show"]
    for tool in tools:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.annotations.read_only_hint is True
        if tool.output_schema is not None:
            shipped = json.loads(stackcheck("matrix", "schema", TOOLS[tool.name].schema or "").out)
            assert tool.output_schema == shipped


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--allow-write",), "--allow-write is for a folder: name it with --root DIR"),
        (("--root", "nowhere"), "--root nowhere: cannot be opened: No such file or directory"),
    ],
)
def test_options(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = stackcheck("mcp", *options, cwd=tmp_path, stdin="")
    assert (done.code, done.out, done.err) == (2, "", f"stackcheck: {said}\n")


def test_a_folder_that_is_none() -> None:
    with pytest.raises(CannotWorkError, match="cannot be opened: Not a directory"):
        make(__file__, (), write=False)


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    """As an agent starts it, with a message of fifty megabytes among the others."""
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "stackcheck", "mcp", "--root", "."],
        env={"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )

    async def scenario() -> list[CallToolResult]:
        async with Client(parameters, mode="legacy") as client:  # the handshake of 2025, as most agents speak it
            return [
                await client.call_tool("lint", {"files": ["requirements.txt"], **SPARKS}),
                await client.call_tool("lint", {"texts": {"a.txt": "x" * 50_000_000}}),
                await client.call_tool("lint", {"texts": TORCH, **SPARKS}),
            ]

    file, long, given = asyncio.run(scenario())
    assert ids(valid("lint", file)) == ids(valid("lint", given)) == {"torch/pypi-aarch64-cpu"}
    assert long.is_error
    assert text(long) == "the texts of a call are 5,000,000 characters at most; give a part"
