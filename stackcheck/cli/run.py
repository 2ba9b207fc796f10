"""From options to a report: which machine, which files, which matrix. Reads the disk; prints nothing."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Literal

from stackcheck import read
from stackcheck.cli.errors import CannotWorkError, nearest
from stackcheck.judge.findings import in_order
from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped
from stackcheck.model import Absent, Code, Gpu, Known, Origin, Report, Stack, Unknown
from stackcheck.read.environment import parse_environment
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from stackcheck.cli.network import Network
    from stackcheck.matrix import verify as verification
    from stackcheck.model import Ask, Finding, State
    from stackcheck.scan.metadata import Installed
    from stackcheck.scan.view import FileView, LibraryView

LIMIT = 64 * 1024 * 1024
"""Bytes of one input that are read at most; readers have smaller limits of their own."""
LOG_LIMIT = 50 * 1024 * 1024
"""Bytes of a log that `diagnose` reads at most."""


@dataclass(frozen=True)
class Choice:
    """What the options say is to be judged."""

    env: str | None = None
    target: str | None = None
    python: str | None = None
    facts: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    matrix: tuple[str | Path, ...] = ()


def open_matrix(folders: Iterable[str | Path] = ()) -> tuple[Store, str]:
    """The shipped matrix with the user's folders over it, and its version (the newest day that one of them names)."""
    for folder in folders:
        if not os.path.isdir(folder):
            raise CannotWorkError(f"--matrix {folder}: is not a folder")
    return Store.from_folders([shipped(), *folders]), _shipped_text("VERSION").strip()


def target_names() -> tuple[str, ...]:
    """The names of the shipped targets, sorted."""
    names = os.listdir(f"{shipped()}/targets")
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def target_stack(name: str) -> Stack:
    """A shipped target by name. Raises `CannotWorkError` with the nearest names."""
    if name not in target_names():
        raise nearest("target", name, target_names())
    return parse_environment(_shipped_text(f"targets/{name}.toml"), f"target {name}", "toml")


def _shipped_text(name: str) -> str:
    with open(f"{shipped()}/{name}", encoding="utf-8") as file:
        return file.read()


def target_title(name: str) -> str:
    """What a shipped target says it is."""
    import tomli

    return str(tomli.loads(_shipped_text(f"targets/{name}.toml")).get("title", ""))


def machine(choice: Choice, progress: Callable[[str], None] | None = None) -> tuple[Stack, str]:
    """The stack that the options name, and what the report calls it."""
    if choice.env and choice.target:
        raise CannotWorkError("--env and --target exclude each other: name one machine")
    if choice.python and (choice.env or choice.target):
        raise CannotWorkError("--python is for this machine; it does not go with --env or --target")
    if choice.env:
        text = text_of(choice.env)
        form: Literal["json", "toml"] = "toml" if choice.env.endswith(".toml") else "json"
        stack, subject = parse_environment(text, choice.env, form), choice.env
    elif choice.target:
        stack, subject = target_stack(choice.target), f"target {choice.target}"
    else:
        import shutil

        if choice.python and shutil.which(choice.python) is None and not os.path.exists(choice.python):
            raise CannotWorkError(f"--python {choice.python}: there is no such interpreter")
        from stackcheck.gather import this_machine

        stack, subject = this_machine(python=choice.python, progress=progress), "this machine"
    return with_facts(stack, choice.facts), subject


def with_facts(stack: Stack, facts: tuple[str, ...]) -> Stack:
    """The stack with the facts that `--fact` states. Raises `ReadError`."""
    if not facts:
        return stack
    from stackcheck.read.want import parse_fact

    stated = dict(parse_fact(fact) for fact in facts)
    return _with_gpu(stack.with_facts(stated), stated)


def _with_gpu(stack: Stack, facts: Mapping[str, State]) -> Stack:
    """The stack with the GPU that `--fact gpu=… --fact compute-capability=…` state, in place of those found."""
    values: dict[str, str] = {}
    for name in ("gpu", "compute-capability"):
        state = facts.get(name)
        if isinstance(state, Absent | Unknown):
            return replace(stack, gpus=state)
        if state is not None:
            values[name] = state.value
    if not values:
        return stack
    origin = Origin(" and ".join(f"{name} is stated as {value}" for name, value in values.items()), "--fact")
    return replace(stack, gpus=(Gpu(values.get("gpu"), values.get("compute-capability"), origin),))


def with_project(stack: Stack, files: Iterable[str], loader: Loader, *, container: bool = False) -> Stack:
    """The stack with what the files ask for and state, their markers evaluated for this stack.

    `container`: the stack describes a host, so that a Dockerfile's image brings its own userland, and an environment
    of conda's its own Python.
    """
    paths = list(files)
    if not paths:
        return stack
    found = read.read_project(paths, stack, loader)
    if found.container and container:
        stack = stack.in_container()
    if found.own_python and container:
        stack = replace(stack, facts={name: state for name, state in stack.facts.items() if name != "python"})
    return stack.with_stated(found.stated).with_asks((*found.asks, *found.python), found.unread)


def without_environment(stack: Stack) -> Stack:
    """The machine alone: what `lint` judges files against. What is installed there does not matter to a file."""
    kept = frozenset(table for table in stack.complete if table in ("facts", "system-packages"))
    facts = {name: state for name, state in stack.facts.items() if name != "python" or not isinstance(state, Absent)}
    return replace(stack, facts=facts, packages={}, products={}, complete=kept)


def with_wants(stack: Stack, store: Store, choice: Choice) -> Stack:
    """The stack with what the command line wants. Raises `CannotWorkError` for a product that is not known."""
    if not (choice.wants or choice.features):
        return stack
    from stackcheck.read.want import parse_feature, parse_want

    wants = tuple(_want(parse_want(text), store) for text in choice.wants)
    features = tuple(parse_feature(text) for text in choice.features)
    return replace(stack, wants=(*stack.wants, *wants), features=(*stack.features, *features))


def _want(ask: Ask, store: Store) -> Ask:
    name = ask.name if store.knows(ask.name) else store.by_distribution(ask.name)
    if name is None:
        raise nearest("product", ask.name, store.products)
    return replace(ask, name=name)


SHOWN = ("arch", "distro-version", "python", "glibc", "driver", "cuda-driver", "cuda-toolkit", "dgx-os", "jetpack")
"""The facts that a report names as read or not read; `stackcheck env` shows all."""


def with_reading(report: Report, stack: Stack) -> Report:
    """The report with what could be read of the environment, and what could not and why."""
    seen = [f"{name} {state.value}" for name in SHOWN if isinstance(state := stack.facts.get(name), Known)]
    if isinstance(stack.gpus, tuple):
        seen += [gpu.name or f"a GPU of capability {gpu.capability}" for gpu in stack.gpus]
    else:
        seen += ["no GPU"] if isinstance(stack.gpus, Absent) else []
    for table, things in (("packages", "Python packages"), ("system-packages", "Debian packages")):
        count = sum(isinstance(state, Known) for state in stack.table(table).values())
        seen += [f"{count} {things if count > 1 else things[:-1]}"] if count else []
    states = {**stack.facts, "GPUs": stack.gpus, **stack.products}
    unseen = [f"{name} ({state.reason})" for name, state in states.items() if isinstance(state, Unknown)]
    return replace(report, read=tuple(seen), unread=tuple(unseen))


def evaluate(stack: Stack, store: Store, subject: str, version: str, *, preflight: bool = False) -> Report:
    """The report on one stack."""
    return judge(stack, store, subject=subject, version=version, preflight=preflight)


def metadata_of(stack: Stack, choice: Choice, view: FileView | None = None) -> Installed | None:
    """What the installed distributions say of themselves (`view`: of an image); None for a document without files."""
    if view is None and (choice.env or choice.target):
        return None
    from stackcheck.scan import metadata
    from stackcheck.scan.view import HostView

    known = {name: state.value for name, state in stack.facts.items() if isinstance(state, Known)}
    # That of a package whose version.py was read is the file, not the folder that holds it.
    held = {name: state.origin.place for name, state in stack.packages.items() if isinstance(state, Known)}
    places = [place.removesuffix(f"/{name}/version.py") for name, place in held.items()]
    folders = dict.fromkeys(place for place in places if place.startswith("/"))
    python = ".".join(known["python"].split(".")[:2]) if "python" in known else None
    return metadata.installed(view or HostView(), folders, known.get("arch"), python)


def with_code(
    stack: Stack,
    choice: Choice,
    tell: Callable[[str], None],
    installed: Installed | None = None,
    view: LibraryView | None = None,
) -> Stack:
    """The stack with the GPU code that the libraries of packages hold: read only where a GPU is to run it.

    `installed` is what `metadata_of` gave, where that was asked already; `view` is an image's.
    """
    if (view is None and (choice.env or choice.target)) or not isinstance(stack.gpus, tuple):
        return stack
    from stackcheck.scan import gpu_code
    from stackcheck.scan.view import HostView

    if not gpu_code.expected(stack.packages):
        return stack
    tell("the GPU code of packages")
    installed = installed or metadata_of(stack, choice, view)
    used = [one for one in (installed.distributions if installed else ()) if stack.uses(one.name, one.folder)]
    known = {name: state.value for name, state in stack.variables.items() if isinstance(state, Known)}
    values = os.environ if view is None else known
    code, unread = gpu_code.packages(view or HostView(), used, values)
    return replace(stack, code=code, unread=(*stack.unread, *unread))


def with_torch(stack: Stack, choice: Choice, tell: Callable[[str], None]) -> tuple[Stack, tuple[Finding, ...]]:
    """The stack with what torch itself says (`--deep`), and what keeps it from working.

    Its architecture list counts where no library was read, its devices where no tool told of GPUs.
    """
    if choice.env or choice.target:
        raise CannotWorkError("--deep asks torch on this machine; it does not go with --env or --target")
    from stackcheck.judge import deep
    from stackcheck.probe import torch

    program = interpreter(choice)
    tell("torch itself")
    answer = torch.ask(program)
    said = tuple(deep.findings(stack, answer, program))
    if isinstance(answer, Unknown) or answer.version is None:
        return stack, said
    origin = Origin(f"torch {answer.version} was asked", program)
    listed = Code(answer.cubins, answer.ptx, origin, answer.cuda)
    listed = replace(listed, origin=Origin(f"torch itself lists {listed}", program))
    code = {"torch": listed} if answer.cubins or answer.ptx else {}
    gpus = tuple(Gpu(name, capability, origin) for name, capability in answer.devices)
    known = isinstance(stack.gpus, tuple) or not gpus
    return replace(stack, code={**code, **stack.code}, gpus=stack.gpus if known else gpus), said


def interpreter(choice: Choice) -> str:
    """The program of the judged Python: that of --python, of the active environment, or the one that runs this."""
    import shutil

    for name in (choice.python, os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")):
        program = f"{name}/bin/python" if name and os.path.isdir(name) else name
        found = shutil.which(program) if program else None
        if found is not None:
            return os.path.abspath(found)
    return sys.executable


def with_consistency(report: Report, stack: Stack, installed: Installed | None, view: LibraryView | None) -> Report:
    """The report with what the installed distributions' own metadata and files contradict (`view`: of an image)."""
    if installed is None:
        return report
    from stackcheck.judge import consistency, foreign
    from stackcheck.scan import machines
    from stackcheck.scan.view import HostView

    said = [*consistency.findings(stack, installed.distributions, installed.unread)]
    arch, path = stack.facts.get("arch"), stack.variables.get("PATH")
    if isinstance(arch, Known):
        used = [one for one in installed.distributions if stack.uses(one.name, one.folder)]
        found = machines.of_distributions(view or HostView(), used, arch.value)
        if view is not None:
            found += machines.of_programs(view, path.value if isinstance(path, Known) else "", arch.value)
        said += foreign.findings(found, arch.value)
    return with_findings(report, said)


def with_findings(report: Report, said: Iterable[Finding]) -> Report:
    """The report with more findings, each in its place."""
    return replace(report, findings=in_order((*report.findings, *said)))


def log_text(path: str) -> str:
    """The text of a log. Raises `CannotWorkError` where it cannot be read, or is larger than `LOG_LIMIT`."""
    from stackcheck.judge.log import decode

    try:
        data = load(path, LOG_LIMIT)
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > LOG_LIMIT:
        raise CannotWorkError(f"{path}: is larger than 50 MB; give the part with the error: tail -c 50M {path}")
    return decode(data)


def diagnose(text: str, path: str, stack: Stack, store: Store, subject: str, version: str) -> Report:
    """The report on the known error lines of a log."""
    from stackcheck.judge.diagnose import diagnose as judge_log

    shown = "stdin" if path == "-" else path
    return judge_log(text, stack, store, path=shown, subject=f"{shown} on {subject}", version=version)


def network(
    online: bool, resolve: bool, cache: str | Path | None, tell: Callable[[str], None] | None = None
) -> Network | None:
    """What `--online` and `--resolve` allow; None where neither is given, and then nothing of it is even imported."""
    if not (online or resolve):
        return None
    from stackcheck.cli.network import Network

    return Network(online, resolve, cache, tell)


def with_network(
    stack: Stack, files: Iterable[str], store: Store, judge: Callable[[Stack], Report], asked: Network | None
) -> Report:
    """The report on a stack, with what the network adds where it may be asked."""
    return judge(stack) if asked is None else asked.report(stack, files, store, judge)


def verify(
    store: Store, names: list[str], cache: str | Path | None, tell: Callable[[str], None]
) -> tuple[verification.Outcome, ...]:
    """What the package index says to the rows of some products, of all where none is named."""
    from stackcheck.cli.network import Network
    from stackcheck.cli.network import verify as ask

    return ask(store, names, Network(cache=cache, tell=tell))


def move_dates(folder: str | Path, outcomes: Iterable[verification.Outcome]) -> list[str]:
    """Moves the dates of the sources in a folder of matrix files that were confirmed; a line for each file."""
    import datetime

    from stackcheck.cli.replace import replace_file
    from stackcheck.matrix.dates import moved

    results = {outcome.key: outcome.result for outcome in outcomes}
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    said = []
    for root, _, names in sorted(os.walk(folder)):
        for path in (os.path.join(root, name) for name in sorted(names) if name.endswith(".toml")):
            try:
                old = load(path)
                new, sources = moved(old.decode("utf-8"), results, today)
            except OSError as error:
                raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
            except ValueError as error:  # of the encoding, or of TOML
                raise CannotWorkError(f"{path}: is no matrix file: {error}") from error
            if sources:
                replace_file(path, old, new.encode())
                said.append(f"{path}: {len(sources)} sources were read again on {today}")
    return said


def lint(
    groups: list[list[str]],
    choices: list[Choice],
    store: Store,
    version: str,
    loader: Loader,
    asked: Network | None = None,
) -> Report:
    """The report on project files for one or several machines; each finding names its target where there are more.

    Each group is judged by itself, unless an earlier one has read all its files (a requirements file includes others).
    """
    found: list[Finding] = []
    stacks: list[tuple[str, Stack]] = []
    held, subjects = 0, []
    for choice in choices:
        host, subject = machine(choice)
        subjects.append(subject)
        done: set[str] = set()
        for group in groups:
            if done.issuperset(group):
                continue
            stack = with_project(without_environment(host), group, loader, container=True)
            done |= loader.take()
            judged = partial(evaluate, store=store, subject=subject, version=version)
            report = with_network(with_wants(stack, store, choice), group, store, judged, asked)
            held += report.held
            stacks += report.stacks
            several = len(choices) > 1
            found += [replace(one, target=choice.target) if several else one for one in report.findings]
    said = in_order(found) if len(groups) > 1 and len(choices) == 1 else tuple(found)
    return Report(", ".join(subjects), version, said, held, stacks=tuple(stacks))


def by_image(files: list[str]) -> list[list[str]]:
    """The named files that are judged together: each that makes an image alone, and all others."""
    images = [name for name in files if read.makes_image(name)]
    others = [name for name in files if name not in images]
    return [*([others] if others else []), *([name] for name in images)]


def project_files(paths: Iterable[str]) -> list[list[str]]:
    """The files to lint, those that are judged together in one list: all that are named, and what each folder holds."""
    named: list[str] = []
    groups: list[list[str]] = []
    for name in paths:
        if name == "-" or not os.path.isdir(name):
            named.append(name)
            continue
        from stackcheck.cli import discover

        groups += discover.groups(discover.project_files(name))
    return [*by_image(named), *groups]


class Loader:
    """The project files of one run, each loaded once: every target is judged by the same bytes, standard input too."""

    def __init__(self) -> None:
        self.read: dict[str, bytes] = {}
        self._asked: set[str] = set()

    def __call__(self, path: str) -> bytes:
        """A file's bytes. Raises `OSError` for what is no plain file."""
        if path not in self.read:
            self.read[path] = load(path)
        self._asked.add(path)
        return self.read[path]

    def take(self) -> set[str]:
        """The files that were asked for since the last call."""
        asked, self._asked = self._asked, set()
        return asked


def load(path: str, limit: int = LIMIT) -> bytes:
    """A file's bytes, standard input for "-". Raises `OSError` for what is no plain file."""
    if path == "-":
        return sys.stdin.buffer.read(limit + 1)
    if os.path.exists(path) and not os.path.isfile(path):
        folder = os.path.isdir(path)
        raise OSError(21 if folder else 22, "is a directory" if folder else "is not a plain file", path)
    with open(path, "rb") as file:
        return file.read(limit + 1)


def text_of(path: str) -> str:
    """The text of a file that an option names. Raises `CannotWorkError`."""
    try:
        return load(path).decode("utf-8-sig")
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CannotWorkError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def unknown_required(report: Report) -> bool:
    """Whether a fact that a required row needs is not known."""
    return any(finding.severity == "unknown" and finding.required for finding in report.findings)


def with_overview(report: Report, stack: Stack, store: Store, version: str, tell: Callable[[str], None]) -> Report:
    """The report with all releases of what is wanted on all shipped targets."""
    from stackcheck.cli.overview import table

    wanted = next((want.name for want in stack.wants if store.product(want.name).releases), None)
    return report if wanted is None else replace(report, table=table(store, version, wanted, tell))
