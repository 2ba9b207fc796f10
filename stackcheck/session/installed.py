"""What the files of an environment add to the facts: the distributions' own metadata, GPU code, and torch itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from stackcheck.judge.findings import in_order
from stackcheck.model import Code, Gpu, Known, Origin, Unknown
from stackcheck.session.errors import CannotWorkError
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Report, Stack
    from stackcheck.scan.metadata import Installed
    from stackcheck.scan.view import FileView, LibraryView
    from stackcheck.session.request import Request


def metadata_of(stack: Stack, request: Request, view: FileView | None = None) -> Installed | None:
    """What the installed distributions say of themselves (`view`: of an image); None for a document without files."""
    if view is None and not request.live:
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


def add_gpu_code(
    stack: Stack,
    request: Request,
    tell: Callable[[str], None],
    installed: Installed | None = None,
    view: LibraryView | None = None,
) -> Stack:
    """The stack with the GPU code that the libraries of packages hold: read only where a GPU is to run it.

    `installed` is what `metadata_of` gave, where that was asked already; `view` is an image's.
    """
    if (view is None and not request.live) or not isinstance(stack.gpus, tuple):
        return stack
    from stackcheck.scan import gpu_code
    from stackcheck.scan.view import HostView

    if not gpu_code.expected(stack.packages):
        return stack
    tell("the GPU code of packages")
    installed = installed or metadata_of(stack, request, view)
    distributions = installed.distributions if installed else ()
    used = [distribution for distribution in distributions if stack.uses(distribution.name, distribution.folder)]
    known = {name: state.value for name, state in stack.variables.items() if isinstance(state, Known)}
    values = os.environ if view is None else known
    code, unread = gpu_code.packages(view or HostView(), used, values)
    return replace(stack, code=code, unread=(*stack.unread, *unread))


def ask_torch(stack: Stack, request: Request, tell: Callable[[str], None]) -> tuple[Stack, tuple[Finding, ...]]:
    """The stack with what torch itself says (`--deep`), and what keeps it from working.

    Its architecture list counts where no library was read, its devices where no tool told of GPUs. Raises
    `CannotWorkError` for another machine.
    """
    if not request.live:
        raise CannotWorkError("--deep asks torch on this machine; it does not go with --env or --target")
    from stackcheck.judge import deep
    from stackcheck.probe import torch

    program = _interpreter(request)
    tell("torch itself")
    answer = torch.ask(program)
    findings = tuple(deep.findings(stack, answer, program))
    if isinstance(answer, Unknown) or answer.version is None:
        return stack, findings
    origin = Origin(f"torch {answer.version} was asked", program)
    listed = Code(answer.cubins, answer.ptx, origin, answer.cuda)
    listed = replace(listed, origin=Origin(f"torch itself lists {listed}", program))
    code = {"torch": listed} if answer.cubins or answer.ptx else {}
    gpus = tuple(Gpu(name, capability, origin) for name, capability in answer.devices)
    known = isinstance(stack.gpus, tuple) or not gpus
    return replace(stack, code={**code, **stack.code}, gpus=stack.gpus if known else gpus), findings


def _interpreter(request: Request) -> str:
    """The program of the judged Python: that of --python, of the active environment, or the one that runs this."""
    import shutil

    for name in (request.python, os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")):
        program = f"{name}/bin/python" if name and os.path.isdir(name) else name
        path = shutil.which(program) if program else None
        if path is not None:
            return os.path.abspath(path)
    return sys.executable


def add_consistency(
    report: Report, stack: Stack, installed: Installed | None, view: LibraryView | None, store: Store
) -> Report:
    """The report with what the installed distributions' own metadata and files contradict (`view`: of an image); of a
    document, what the records of its packages do."""
    if installed is None:
        if len(stack.packages) < 2:
            return report
        from stackcheck.judge import documented

        return add_findings(report, documented.findings(stack, store, report.findings))
    from stackcheck.judge import consistency
    from stackcheck.judge.laws import foreign
    from stackcheck.scan import machines
    from stackcheck.scan.view import HostView

    findings = [*consistency.findings(stack, installed.distributions, installed.unread)]
    arch, path = stack.facts.get("arch"), stack.variables.get("PATH")
    if isinstance(arch, Known):
        distributions = installed.distributions
        used = [distribution for distribution in distributions if stack.uses(distribution.name, distribution.folder)]
        files = machines.of_distributions(view or HostView(), used, arch.value)
        if view is not None:
            files += machines.of_programs(view, path.value if isinstance(path, Known) else "", arch.value)
        findings += foreign.findings(files, arch.value)
    return add_findings(report, findings)


def add_findings(report: Report, findings: Iterable[Finding]) -> Report:
    """The report with more findings, each in its place."""
    return replace(report, findings=in_order((*report.findings, *findings)))
