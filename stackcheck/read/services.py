"""YAML and JSON files that name images and commands: GitHub workflows, compose files, devcontainer.json.

A workflow's job runs on a machine of its own: what it installs counts only where that has the target's architecture,
and is a warning at most.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from stackcheck.model import Known, Location, Origin, Stated, Unread
from stackcheck.read import yaml
from stackcheck.read.commands import whole
from stackcheck.read.conda import read_conda
from stackcheck.read.conda_lock import is_conda_lock, read_conda_lock
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files, ReadResult, decode_toml, in_order, merge
from stackcheck.read.folders import START, within
from stackcheck.read.images import image_states
from stackcheck.read.installs import Installs, Place
from stackcheck.read.lines import Line, Piece
from stackcheck.read.machine import machine_variables
from stackcheck.read.published import for_others_alone
from stackcheck.read.quote import shown
from stackcheck.read.runners import runner_of
from stackcheck.read.shell import commands
from stackcheck.read.shells import SHELLS
from stackcheck.read.workplace import for_project, for_script
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Stack
    from stackcheck.read.files import Supply
    from stackcheck.read.runners import Runner
    from stackcheck.read.words import Variables
    from stackcheck.read.workplace import Workplace
    from stackcheck.read.yaml import Node

_SHELLS = ("", *SHELLS, "micromamba-shell")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
"""Strings and comments; one that does not end goes on to the end, and is not looked for again from within."""
_TRAILING = re.compile(r'"(?:\\.|[^"\\\n])*"?|,(?=\s*[}\]])')
_INSTALLS = re.compile(r"\b(?:pip\d?|uv|conda|mamba|micromamba)\b[^\n]*\b(?:install|sync|add|create)\b")


def read_yaml_files(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What workflows, actions, compose files and conda's environments ask for, told apart by what is in them.

    Raises `ReadError` for broken YAML.
    """
    return merge(_read_yaml(path, target, load) for path in paths)


def read_devcontainers(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What devcontainer.json files name (containers.dev: the image, and the commands that run in it)."""
    return merge(_read_devcontainer(path, target, load) for path in paths)


def _read_yaml(path: str, target: Stack, load: Supply) -> ReadResult:
    data = Files(load).data(path)
    root = yaml.compose(data, path)
    twice = [
        Unread(f"{shown(key.value)} is there twice in one mapping; the last counts.", yaml.place(key, path), "warning")
        for key in yaml.repeated(root)
    ]
    found = _by_content(path, data, root, target, load)
    return replace(found, unread=in_order((*found.unread, *twice), (*found.files, path))) if twice else found


def _by_content(path: str, data: bytes, root: Node | None, target: Stack, load: Supply) -> ReadResult:
    if yaml.child(root, "jobs") is not None:
        return _Workflow(path, decode_toml(data, path), target, load).read(root)
    if yaml.child(root, "services") is not None:
        from stackcheck.read.compose import read_compose

        return read_compose(path, decode_toml(data, path), root, target, load)
    if yaml.child(root, "runs", "using") is not None:
        return _Workflow(path, decode_toml(data, path), target, load).action(root)
    if root is not None and yaml.child(root, "dependencies") is not None:
        return read_conda(path, root, decode_toml(data, path), target, load)
    if root is not None and is_conda_lock(root):
        return read_conda_lock(path, root, target)
    reason = "This YAML file is none that is read: no workflow, action, compose file or environment of conda."
    return ReadResult(unread=(Unread(reason, Location(path)),), files=(path,))


# --- GitHub workflows -------------------------------------------------------------------------------------------------


class _Workflow:
    """One workflow on one target."""

    def __init__(self, path: str, text: str, target: Stack, load: Supply) -> None:
        self.path, self.text, self.target, self.load = path, text, target, load
        self.results: list[ReadResult] = []
        self.elsewhere: list[tuple[str, Runner]] = []
        self.labels: list[Stated] = []

    def read(self, root: Node | None) -> ReadResult:
        for name, job in yaml.items(yaml.child(root, "jobs")):
            self.job(name, job, root)
        published = for_others_alone(root, self.path, self.target)
        about, names = (None, []) if published is None else published
        unread = (*self._apart(), *([about] if about is not None else []))
        own = ReadResult(unread=unread, files=(self.path,), stated=(*self.labels, *names))
        return merge((own, *self.results))

    def _apart(self) -> Iterator[Unread]:
        """One note on the jobs that install something on other machines."""
        if self.elsewhere:
            names = few([name for name, _ in self.elsewhere], 5)
            labels = few(list(dict.fromkeys(label for _, runner in self.elsewhere for label in runner.labels)), 5)
            node = self.elsewhere[0][1].node
            place = Location(self.path) if node is None else yaml.place(node, self.path)
            reason = f"Not for this machine: the runners ({labels}) of {names} are others."
            yield Unread(reason, place, "note", id="scope/runner")

    def job(self, name: str, job: Node, root: Node | None) -> None:
        """The steps of one job, if its machine may be like the target."""
        runner = runner_of(job, self.target)
        fits = runner.fits
        if runner.node is not None and "self-hosted" not in runner.labels and (fits is not False or runner.foreign):
            place = yaml.place(runner.node, self.path)
            origin = Origin(f"the job {name} runs on it", str(place), place)
            self.labels += [
                Stated("runners", label, Known(label, origin)) for label in runner.labels if "$" not in label
            ]
        if fits is False:
            if any(map(_installs, yaml.elements(yaml.child(job, "steps")))):
                self.elsewhere.append((name, runner))
            return
        project = for_project(self.path, ".github", self.load)
        installs = Installs(self.target, project, group=f"job:{name}")
        hosted = all(label.startswith("ubuntu-") for label in runner.labels or ("",))
        installs.other_debs.ubuntu = hosted and yaml.child(job, "container") is None
        self.steps(job, root, installs, fits)

    def action(self, root: Node | None) -> ReadResult:
        """The steps of a composite action, which any job may use (docs.github.com, "Metadata syntax")."""
        runs = yaml.child(root, "runs")
        self.steps(
            runs, None, Installs(self.target, for_project(self.path, ".github", self.load), group="action"), None
        )
        return merge((ReadResult(files=(self.path,)), *self.results))

    def steps(self, job: Node, root: Node | None, installs: Installs, fits: bool | None) -> None:
        """The `run` steps of a job, or of an action."""
        for step in yaml.elements(yaml.child(job, "steps")):
            _checkout(step, installs.project)
            script = yaml.child(step, "run")
            if script is None or script.id != "scalar":
                continue
            shell = _shell_of(step, job, root)
            if posixpath.basename(shell.split(" ")[0]) not in _SHELLS:
                if _installs(step):
                    text = f"The step runs in {shown(shell)}, which is not read; it seems to install something."
                    installs.note(text, yaml.place(script, self.path))
                continue
            line = yaml.lines(script, self.text)
            text = _EXPRESSION.sub(_as_variable, line.text)
            conditional = yaml.child(step, "if") is not None
            variables = {**_variables(root, job), **installs.later, **_variables(step)}
            known = {**variables, **machine_variables(self.target)}
            folder = _working_directory(step, job, root)
            for command in commands(text, known, variables, folder, self.load.budget):
                installs.take(command._replace(conditional=command.conditional or conditional), Place(self.path, line))
        asks = [replace(ask, applies=None) if fits is None and ask.applies else ask for ask in installs.asks]
        # Of a runner that the labels do not tell nothing is sure, nor which packages there are for it.
        stated = installs.of_conda("apt") if fits else installs.of_conda()
        unread = [
            one if fits or one.severity != "error" else replace(one, severity="warning") for one in installs.unread
        ]
        self.results.append(ReadResult(tuple(asks), tuple(unread), tuple(installs.files), stated=stated))


def _shell_of(step: Node, job: Node, root: Node | None) -> str:
    """The shell of a step: its own, or the job's, or the workflow's; "" where none is named."""
    own = yaml.text_of(yaml.child(step, "shell"))
    defaults = (yaml.text_of(yaml.child(node, "defaults", "run", "shell")) for node in (job, root))
    return next((text for text in (own, *defaults) if text), "").strip()


def _working_directory(step: Node, job: Node, root: Node | None) -> str | None:
    """Where a step's commands run: its own `working-directory`, or the job's, or the workflow's."""
    defaults = [yaml.child(yaml.child(node, "defaults"), "run") for node in (job, root)]
    for node in (step, *defaults):
        text = yaml.text_of(yaml.child(node, "working-directory"))
        if text is not None:
            return None if "${{" in text else within(START, text)
    return START


def _checkout(step: Node, project: Workplace) -> None:
    """`actions/checkout` of another repository, whose files are not the project's."""
    given = yaml.child(step, "with")
    if not (yaml.text_of(yaml.child(step, "uses")) or "").startswith("actions/checkout@"):
        return
    if yaml.child(given, "repository") is not None:
        project.bring_foreign(START, yaml.text_of(yaml.child(given, "path")) or ".")


def _variables(*nodes: Node | None) -> Variables:
    """The `env` of a workflow, its job and its step, the inner one first; what the runner fills in is not known."""
    found: Variables = {}
    for node in nodes:
        for name, value in yaml.items(yaml.child(node, "env")):
            text = yaml.text_of(value)
            found[name] = None if text is None or "${{" in text else text
    return found


def _as_variable(found: re.Match[str]) -> str:
    """`${{ matrix.torch }}`, which the runner fills in before the shell sees it, as a variable of the same length that
    is not known here."""
    return f"${{{re.sub(r'[^A-Za-z0-9_]', '_', found[0][3:-2])}__}}"


def _installs(step: Node) -> bool:
    return _INSTALLS.search(yaml.text_of(yaml.child(step, "run")) or "") is not None


# --- devcontainer.json ------------------------------------------------------------------------------------------------

_COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand", "postAttachCommand")


def _read_devcontainer(path: str, target: Stack, load: Supply) -> ReadResult:
    text = decode_toml(Files(load).data(path), path)
    try:
        document = json.loads(_plain_json(text))
    except (ValueError, RecursionError) as error:
        place = Location(path, getattr(error, "lineno", None), getattr(error, "colno", None))
        raise ReadError("is no JSON, comments left aside; mend it and run again", place) from error
    if not isinstance(document, dict):
        raise ReadError("has not the form of a devcontainer.json", Location(path))
    image = document.get("image")
    states = image_states(image, _found(text, image, path)) if isinstance(image, str) else []
    inside = target.in_container().with_stated(states) if states else target
    if path.endswith("/.devcontainer.json") or path == ".devcontainer.json":
        project = replace(for_script(path, load), certain=True, scripted=False)
    else:
        project = for_project(path, ".devcontainer", load)
    installs = Installs(inside, project)
    variables: Variables = {}
    for table in (document.get("containerEnv"), document.get("remoteEnv")):
        for name, value in table.items() if isinstance(table, dict) else ():
            variables[name] = value if isinstance(value, str) and "${" not in value else None
    for name in _COMMANDS:
        for command in _texts(document.get(name)):
            at = text.find(json.dumps(command, ensure_ascii=False)[1:-1])
            line = _line_at(text, at, command)
            for one in commands(command, {**variables, **machine_variables(inside)}, variables, budget=load.budget):
                installs.take(one, Place(path, line))
    stated = (*states, *installs.stated)
    return ReadResult(tuple(installs.asks), tuple(installs.unread), (path, *installs.files), (), stated, bool(states))


def _plain_json(text: str) -> str:
    """JSON with comments and trailing commas as plain JSON of the same length."""

    def blank(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else re.sub(r"[^\n]", " ", found[0])

    return _TRAILING.sub(blank, _COMMENT.sub(blank, text))


def _texts(value: Any) -> list[str]:
    """A command as text; a list is its words, a table holds several."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return [shlex.join(value)]
    return [text for one in value.values() for text in _texts(one)] if isinstance(value, dict) else []


def _found(text: str, value: str, path: str) -> Location:
    at = text.find(json.dumps(value, ensure_ascii=False))
    if at < 0:
        return Location(path)
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) + 1
    return Location(path, line, column, column + len(value))


def _line_at(text: str, at: int, command: str) -> Line:
    """A command with the place of its beginning; one with escapes has only that."""
    if at < 0:
        return whole(command)
    return Line(command, (Piece(0, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)),))
