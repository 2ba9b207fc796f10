"""`stackcheck mcp`: the tools for agents by the Model Context Protocol, over standard input and output."""

from __future__ import annotations

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import mcp_types as types
from jsonschema import Draft202012Validator
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from stackcheck.about import VERSION
from stackcheck.redact import redact
from stackcheck.report.clean import printable
from stackcheck.serve.opened import Opened
from stackcheck.serve.tools import MAX_CHARACTERS, TOOLS, Tool, characters
from stackcheck.session.errors import CannotWorkError, expected, near_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsonschema import ValidationError

INSTRUCTIONS = (
    "stackcheck judges software stacks for NVIDIA Arm machines (DGX Spark, Jetson, GH200, GB200) by dated, sourced "
    "facts. Before packages are installed or project files are written for such a machine, give their text to `lint` "
    "with its target; ask `plan` for releases that work together. What is not known is said to be not known: it is not "
    "fine."
)
WORDS = {"string": "a text", "array": "a list of texts", "boolean": "true or false", "object": "an object"}


class Service:
    """The tools over one folder. Calls are answered one after the other."""

    def __init__(self, opened: Opened, matrix: Sequence[str]) -> None:
        self.opened = opened
        self.matrix = matrix
        self.worker = ThreadPoolExecutor(1, "judge")

    async def list_tools(self, _context: Any, _params: Any) -> types.ListToolsResult:
        """The tools with the schemas of their arguments and documents."""
        return types.ListToolsResult(tools=[_described(name, tool, self.opened) for name, tool in TOOLS.items()])

    async def call_tool(self, _context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        """What a tool gives; what it cannot do is one line."""
        call = (params.name, params.arguments or {})
        return await asyncio.get_running_loop().run_in_executor(self.worker, self.answer, *call)

    def answer(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        """The result of one call."""
        try:
            tool = TOOLS.get(name)
            if tool is None:
                raise CannotWorkError(f"there is no tool {name[:40]!r}; known: {', '.join(TOOLS)}")
            if characters(arguments) > MAX_CHARACTERS:
                raise CannotWorkError(f"the texts of a call are {MAX_CHARACTERS:,} characters at most; give a part")
            error = next(Draft202012Validator(tool.input_schema).iter_errors(arguments), None)
            if error is not None:
                raise CannotWorkError(_wrong(error, tool, arguments))
            made = tool.run(self.opened, self.matrix, arguments)
        except expected() as error:
            return _failed(str(error))
        except Exception as error:  # noqa: BLE001 - the client goes on with its other calls
            return _failed(f"a check crashed ({type(error).__name__}: {error}); please report it")
        return types.CallToolResult(content=[types.TextContent(text=made.text)], structured_content=made.document)


def _described(name: str, tool: Tool, opened: Opened) -> types.Tool:
    return types.Tool(
        name=name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=not (tool.writes and opened.write),
            destructive_hint=tool.writes and opened.write,
            open_world_hint=False,
        ),
    )


def _wrong(error: ValidationError, tool: Tool, arguments: dict[str, Any]) -> str:
    """What is wrong with an argument, without its value."""
    where = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        unknown = sorted(set(arguments) - set(tool.parameters))
        known = near_names(unknown[0][:40], tool.parameters, 0.6) or list(tool.parameters)
        return f"there is no argument {unknown[0][:40]!r}; known: {', '.join(known)}"
    if error.validator == "required":
        return f"an argument is missing: {', '.join(tool.required)}"
    return f"{where}: should be {WORDS[str(error.validator_value)]}"


def _failed(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=printable(redact(text)))], is_error=True)


def make(root: str | None, matrix: Sequence[str], *, write: bool) -> Server[Any]:
    """A server for a folder, which becomes the current one: files are named from there."""
    if root is not None:
        try:
            os.chdir(root)
        except OSError as error:
            raise CannotWorkError(f"--root {root}: cannot be opened: {error.strerror}") from error
    service = Service(Opened(None if root is None else ".", write=write), matrix)
    return Server(
        "stackcheck",
        version=VERSION,
        instructions=INSTRUCTIONS,
        on_list_tools=service.list_tools,
        on_call_tool=service.call_tool,
    )


def serve(root: str | None, matrix: Sequence[str], *, write: bool) -> None:
    """Serves one client until it leaves."""
    if write and root is None:
        raise CannotWorkError("--allow-write is for a folder: name it with --root DIR")
    gc.enable()  # a run of the command line is short; this one is not
    server = make(root, list(map(os.path.realpath, matrix)), write=write)
    asyncio.run(_run(server))


async def _run(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
