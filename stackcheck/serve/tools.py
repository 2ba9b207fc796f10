"""What an agent can ask, as tools: their parameters, and what each gives as text and as a document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.report import brief
from stackcheck.report.json import document as report_document
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.filters import by_cause, visible
from stackcheck.session.knowledge import open_knowledge, shipped_text
from stackcheck.session.request import filters_of, request_of
from stackcheck.session.settings import JUDGING, add_settings
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stackcheck.model import Report
    from stackcheck.serve.opened import Opened
    from stackcheck.session.files import Loader

    Arguments = Mapping[str, Any]

MAX_CHARACTERS = 5_000_000
"""All texts of one call together. A project file has a thousandth of it; of a log the part with the error does."""

Schema = dict[str, Any]


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _texts(description: str) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


FILES = {
    "files": _texts("Project files, or folders with some, in the folder that is opened."),
    "texts": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Texts of project files by their names, judged in place of what is saved: "
        '{"requirements.txt": "torch==2.9.0"}.',
    },
}
MACHINE = {
    "target": _text("A shipped target such as dgx-spark, jetson-thor or gh200; without one it is this machine."),
    "environment": {"type": "object", "description": "Or an environment document, as the tool `environment` gives."},
    "facts": _texts("Facts of the machine that are stated: driver=580.95.05, python=3.12."),
}
WANTED = {
    "wants": _texts("Products that are to be installed too: isaac-lab==2.3.*."),
    "features": _texts("Features that are to be used: isaac-lab:skillgen."),
}
SHOWN = {
    "select": _texts("Only findings of these kinds or ids."),
    "ignore": _texts("No findings of these kinds or ids."),
}
OF_A_TOOL = ("files", "texts", "python")
"""Parameters that say something else than the options of those names."""
NAMES = {"facts": "fact", "wants": "want", "features": "feature", "targets": "target"}
"""Parameters that the command line has under another name."""


@dataclass(frozen=True)
class Answer:
    """What a tool gives: a text to read, and the document that it is a part of; None: the text is all."""

    text: str
    document: dict[str, Any] | None = None


@dataclass(frozen=True)
class Tool:
    """One tool. `schema` is that of its document: the word that `matrix schema` has for it."""

    title: str
    description: str
    parameters: dict[str, Schema]
    run: Callable[[Opened, Sequence[str], Arguments], Answer]
    required: tuple[str, ...] = ()
    schema: str | None = None
    writes: bool = False

    @property
    def input_schema(self) -> Schema:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": self.parameters,
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def output_schema(self) -> Schema | None:
        """The JSON Schema of its document."""
        if self.schema is None:
            return None
        found: Schema = json.loads(shipped_text(f"{self.schema}.schema.json"))
        return found


def _check(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.session.check import check

    names, loader = _files(opened, arguments)
    options = _options("check", opened, matrix, arguments, names, loader)
    request = replace(request_of(options), files=tuple(names), document=arguments.get("environment"))
    return _reported(check(request, loader, _quiet), options, loader)


def _lint(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.session.files import project_files
    from stackcheck.session.lint import lint, scope_of
    from stackcheck.session.machine import requests_of

    if arguments.get("fix"):
        if arguments.get("texts"):
            raise CannotWorkError("`fix` is for files; `diff` shows what is to be changed in a text")
        opened.check_writable()
    names, loader = _files(opened, arguments)
    names = names or opened.names(["."])
    options = _options("lint", opened, matrix, arguments, names, loader)
    request = replace(request_of({**options, "target": None}), document=arguments.get("environment"))
    requests = requests_of(request, options.get("target") or ())
    groups = project_files(names, opened.peek)
    scope, knowledge = scope_of(names, groups), open_knowledge(request.matrix)
    if not (arguments.get("diff") or arguments.get("fix")):
        return _reported(lint(requests, groups, knowledge, loader, scope=scope), options, loader)
    from stackcheck.session.repair import Repair

    unsafe = bool(arguments.get("unsafe_fixes"))
    repair = Repair(groups, requests, knowledge, filters_of(options), loader, scope, unsafe)
    report = repair.mend()
    if arguments.get("fix"):
        opened.check_writable(path for path, _, _ in repair.changed())
        repair.write()
        report = lint(requests, groups, knowledge, repair.loader, scope=scope)
    answer = _reported(report, options, repair.loader)
    changes = repair.diff() or "nothing to fix\n"
    return replace(answer, text=f"{changes}\n{answer.text}")


def _plan(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.plan import document, text
    from stackcheck.session import plan as work

    names, loader = _files(opened, arguments)
    written = tuple(opened.own(name) for name in arguments.get("write") or ())
    if written:
        opened.check_writable(written)
    asked = work.Wishes(
        required=tuple(arguments.get("wishes") or ()),
        files=tuple(names),
        loader=loader,
        optional=tuple(arguments.get("optional") or ()),
        python=arguments.get("python"),
        write=written,
        force=bool(arguments.get("force")),
    )
    options = _options("plan", opened, matrix, arguments, names, loader)
    request = replace(request_of(options), document=arguments.get("environment"))
    found = work.plan(request, asked, _quiet)
    return Answer(text.render(found, quiet=True), document.document(found))


def _diagnose(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.judge.log import decode
    from stackcheck.session.diagnose import diagnose_text

    log, file = arguments.get("log"), arguments.get("file")
    if (log is None) == (file is None):
        raise CannotWorkError("give the log itself (`log`) or its file (`file`), one of the two")
    name = "log" if file is None else opened.name(file)
    if log is None:
        try:
            data = opened.load(name)
        except OSError as error:
            raise CannotWorkError(f"{file}: cannot be read: {error.strerror or error}") from error
        if len(data) > MAX_CHARACTERS:
            raise CannotWorkError(f"{file}: is larger than 5 MB; give the part with the error")
        log = decode(data)
    loader = opened.loader({})
    options = _options("diagnose", opened, matrix, arguments, [], loader)
    request = replace(request_of(options), document=arguments.get("environment"))
    report = diagnose_text(request, log, name, _quiet)
    return _reported(report, options, loader)


def _explain(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.session.explain import explain

    return Answer(explain(open_knowledge(matrix), arguments["id"], _quiet))


def _environment(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.report.environment import render_environment
    from stackcheck.session.installed import add_gpu_code
    from stackcheck.session.machine import machine

    request = request_of({"target": arguments.get("target"), "fact": arguments.get("facts")})
    stack = add_gpu_code(machine(request)[0], request, _quiet)
    return Answer(render_environment(stack, "text"), json.loads(render_environment(stack, "json")))


def _show(opened: Opened, matrix: Sequence[str], arguments: Arguments) -> Answer:
    from stackcheck.session.explain import product_text

    rows = bool(arguments.get("rows"))
    return Answer(product_text(open_knowledge(matrix), arguments["product"], _quiet, rows=rows))


def _quiet(_: str) -> None:
    """Nobody is told of steps."""


def _files(opened: Opened, arguments: Arguments) -> tuple[list[str], Loader]:
    """The files of a call by their names, those that are given as texts among them, and what reads them."""
    texts = {opened.own(name): text for name, text in (arguments.get("texts") or {}).items()}
    names = [*opened.names(arguments.get("files") or ()), *texts]
    return list(dict.fromkeys(names)), opened.loader(texts)


def _options(
    command: str, opened: Opened, matrix: Sequence[str], arguments: Arguments, names: list[str], loader: Loader
) -> dict[str, Any]:
    """The options of a command that a call's arguments stand for, with the settings of the project. Raises
    `CannotWorkError` where these lead out of the folder."""
    given = {NAMES.get(key, key): value for key, value in arguments.items() if key not in OF_A_TOOL}
    own = {**given, "matrix": list(matrix), {"lint": "paths"}.get(command, "files"): names}
    if arguments.get("environment") is not None:
        own["env"] = "the environment"  # it is the machine, so that no target of the settings is
    options = add_settings(command, own, JUDGING, loader.having({}))
    for path in (*(options.get("matrix") or ()), *filter(None, (options.get("baseline"),))):
        if path not in matrix:
            opened.name(path)
    return {**options, "env": None}


def _reported(report: Report, options: Mapping[str, Any], loader: Loader) -> Answer:
    shown = by_cause(visible(report, filters_of(options), loader))
    return Answer(brief.render(shown), report_document(shown))


TOOLS: dict[str, Tool] = {
    "check": Tool(
        "Judge an environment",
        "Judges what is installed on a machine together with project files. Without a target or an environment it is "
        "this machine.",
        {**FILES, **MACHINE, **WANTED, **SHOWN},
        _check,
        schema="report",
    ),
    "lint": Tool(
        "Judge project files",
        "Judges what project files ask for on a machine, whatever is installed there: will it install, will it run. "
        "`diff` shows the repairs, each tried on the judge; `fix` makes them, where the folder is opened for writing.",
        {
            **FILES,
            "targets": _texts("Shipped targets such as dgx-spark; without one those of the project's settings."),
            **{name: MACHINE[name] for name in ("environment", "facts")},
            **WANTED,
            **SHOWN,
            "diff": _flag("Show the repairs as a unified diff; nothing is changed."),
            "fix": _flag("Repair the files."),
            "unsafe_fixes": _flag("Also what changes releases, indexes or what is installed."),
        },
        _lint,
        schema="report",
        writes=True,
    ),
    "plan": Tool(
        "Find a set that works",
        "Looks for releases that work together on a machine, and gives the commands that install them; where there is "
        "none, the fewest wishes that cannot be met together.",
        {
            "wishes": _texts("What to have: vllm, torch>=2.9, isaac-lab==2.3.*."),
            "optional": _texts("Also this, where it holds back nothing else."),
            **FILES,
            **MACHINE,
            "features": WANTED["features"],
            "python": _text("The Python that the environment must have: 3.12."),
            "write": _texts("Write the plan as these files too: requirements.txt, pyproject.toml, Dockerfile, …"),
            "force": _flag("Replace files that are there."),
        },
        _plan,
        schema="plan",
        writes=True,
    ),
    "diagnose": Tool(
        "Read an error log",
        "Finds known error lines in a log: the cause, whether it is harmless on this machine, and the fix.",
        {
            "log": _text("The text of the log; 5 MB at most."),
            "file": _text("Or its file, in the folder that is opened."),
            **MACHINE,
            "features": WANTED["features"],
            **SHOWN,
        },
        _diagnose,
        schema="report",
    ),
    "explain": Tool(
        "Explain a finding",
        "What a finding or a kind of finding says, why it matters, what to do, and the sources with their dates.",
        {"id": _text("The id of a finding, or a kind: torch/pypi-aarch64-cpu, builds.")},
        _explain,
        required=("id",),
    ),
    "environment": Tool(
        "Describe a machine",
        "What is known of this machine or of a shipped target: architecture, driver, CUDA, GPUs, packages. The "
        "document can be given to the other tools.",
        {name: MACHINE[name] for name in ("target", "facts")},
        _environment,
        schema="environment",
    ),
    "show": Tool(
        "Show a product",
        "A product's releases against the shipped machines, as a table with the reasons; or its facts, with sources.",
        {"product": _text("A product or distribution: torch, isaac-sim."), "rows": _flag("The facts themselves.")},
        _show,
        required=("product",),
    ),
}
"""The tools by their names."""


def characters(value: object) -> int:
    """How long all texts in some arguments are together."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(characters, value)) + sum(map(characters, value.values()))
    return sum(map(characters, value)) if isinstance(value, list) else 0
