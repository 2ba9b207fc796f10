"""Which machine a request is about: an environment document, a shipped target, an image, or this machine."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal

from stackcheck.disk import names_in
from stackcheck.matrix.store import shipped
from stackcheck.model import Absent, Gpu, Known, Origin, Stack, Unknown
from stackcheck.session.errors import CannotWorkError, nearest
from stackcheck.session.files import text_of
from stackcheck.session.knowledge import shipped_text
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackcheck.model import Report, State
    from stackcheck.session.request import Request

SHOWN = ("arch", "distro-version", "python", "glibc", "driver", "cuda-driver", "cuda-toolkit", "dgx-os", "jetpack")
"""The facts that a report names as read or not read; `stackcheck env` shows all."""


OTHER_NAMES = {
    "spark": "dgx-spark",
    "gb10": "dgx-spark",
    "spark-7.6": "dgx-spark-7.6",
    "thor": "jetson-thor",
    "agx-thor": "jetson-thor",
    "orin": "jetson-orin",
    "agx-orin": "jetson-orin",
    "h100": "x86_64-h100",
    "rtx50": "x86_64-rtx50",
    "rtx5090": "x86_64-rtx50",
}
"""What people call the shipped targets, the short name of each first. A chip of the same family is no other name: it
has another board or driver."""

NEAREST = (
    (r"(geforce-?)?(rtx|gtx)-?(pro-?)?\d{3,4}.*|titan.*|l40s?|l4|a10g?|a[24]000|quadro.*", "x86_64-rtx50"),
    (r"(tesla-?)?[avpt]\d{1,3}g?|h\d00|b[23]00|hgx.*|dgx-?[abh]\d00", "x86_64-h100"),
    (r"(jetson-?)?(agx-?|orin-?)?(xavier|nano|nx|tx2).*", "jetson-orin"),
    (r"gx10|zgx.*|pgx|gb10-.*|dgx", "dgx-spark"),
)
"""By pattern, the shipped target that comes nearest to a machine that is none of them."""


def target_names() -> tuple[str, ...]:
    """The names of the shipped targets, sorted."""
    names = names_in(f"{shipped()}/targets")
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def target_of(name: str) -> str:
    """The shipped target that a name means, in capitals or not. Raises `CannotWorkError` with the nearest names."""
    names, folded = target_names(), name.strip().lower()
    found = OTHER_NAMES.get(folded.replace("_", "-").replace(" ", "-"), folded)
    if found in names:
        return found
    near = next((target for form, target in NEAREST if re.fullmatch(form, folded.replace("_", "-"))), None)
    if near is None:
        raise nearest("target", name, names, numbers=True)
    text = f"there is no target {name!r}; the nearest is {near}, which has another GPU or board"
    how = f"`stackcheck env --target {near} --format toml` writes it: state your GPU there and name the file with --env"
    raise CannotWorkError(f"{text}. {how}")


def other_names(target: str) -> tuple[str, ...]:
    """What else a shipped target may be called."""
    return tuple(other for other, name in OTHER_NAMES.items() if name == target)


def target_stack(name: str) -> Stack:
    """A shipped target by one of its names. Raises `CannotWorkError` with the nearest names."""
    name = target_of(name)
    return _parse(shipped_text(f"targets/{name}.toml"), f"target {name}", "toml")


def target_title(name: str) -> str:
    """What a shipped target says it is."""
    import tomli

    return str(tomli.loads(shipped_text(f"targets/{name}.toml")).get("title", ""))


def requests_of(request: Request, targets: Iterable[str]) -> list[Request]:
    """A request for each of these targets, by any of their names; without one, that of the machine which it names.

    Raises `CannotWorkError` with the nearest names."""
    return [replace(request, target=name) for name in dict.fromkeys(map(target_of, targets))] or [request]


def machine(request: Request, progress: Callable[[str], None] | None = None) -> tuple[Stack, str]:
    """The stack that a request names, and what the report calls it. `progress` is told each step on this machine.

    Raises `CannotWorkError`, `DocumentError` and `ReadError` (of a fact).
    """
    named = [request.env, request.document, request.target]
    if sum(machine is not None for machine in named) > 1:
        name = "--env" if request.env is not None else "an environment"
        raise CannotWorkError(f"{name} and --target exclude each other: name one machine")
    if request.python and not request.live:
        raise CannotWorkError("--python is for this machine; it does not go with --env or --target")
    if request.env is not None:
        form: Literal["json", "toml"] = "toml" if request.env.endswith(".toml") else "json"
        stack, subject = _parse(text_of(request.env), request.env, form), request.env
    elif request.document is not None:
        document = request.document
        stack, subject = document if isinstance(document, Stack) else _document(document), "the environment"
    elif request.target is not None:
        stack, subject = target_stack(request.target), f"target {target_of(request.target)}"
    else:
        stack, subject = _this_machine(request.python, progress), "this machine"
    return _override(stack, request.facts), subject


def _parse(text: str, name: str, form: Literal["json", "toml"]) -> Stack:
    """The stack of an environment document."""
    from stackcheck.read.environment import parse_environment  # this machine needs no reader

    return parse_environment(text, name, form)


def _document(document: Mapping[str, object]) -> Stack:
    """The stack of an environment document's content."""
    import json

    try:
        text = json.dumps(document)
    except (TypeError, ValueError) as error:
        raise CannotWorkError(f"the environment is no plain document: {error}") from error
    return _parse(text, "the environment", "json")


def _this_machine(python: str | None, progress: Callable[[str], None] | None) -> Stack:
    if python is not None and not os.path.exists(python):
        import shutil

        if shutil.which(python) is None:
            raise CannotWorkError(f"--python {python}: there is no such interpreter")
    from stackcheck.session.host import this_machine

    return this_machine(python=python, progress=progress)


def _override(stack: Stack, facts: tuple[str, ...]) -> Stack:
    """The stack with the facts that `--fact` states. Raises `ReadError`."""
    if not facts:
        return stack
    from stackcheck.read.want import parse_fact

    stated = dict(parse_fact(fact) for fact in facts)
    return _override_gpu(stack.with_facts(stated), stated)


def _override_gpu(stack: Stack, facts: Mapping[str, State]) -> Stack:
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


def machine_alone(stack: Stack) -> Stack:
    """The machine without what is installed there: what `lint` judges files against, to which that does not matter."""
    kept = frozenset(table for table in stack.complete if table in ("facts", "system-packages"))
    facts = {name: state for name, state in stack.facts.items() if name != "python" or not isinstance(state, Absent)}
    return replace(stack, facts=facts, packages={}, products={}, complete=kept)


def add_reading(report: Report, stack: Stack) -> Report:
    """The report with what could be read of the environment, and what could not and why."""
    read = [f"{name} {state.value}" for name in SHOWN if isinstance(state := stack.facts.get(name), Known)]
    if isinstance(stack.gpus, tuple):
        read += [gpu.name or f"a GPU of capability {gpu.capability}" for gpu in stack.gpus]
    else:
        read += ["no GPU"] if isinstance(stack.gpus, Absent) else []
    for table, things in (("packages", "Python packages"), ("system-packages", "Debian packages")):
        count = sum(isinstance(state, Known) for state in stack.table(table).values())
        read += [f"{count} {things if count > 1 else things[:-1]}"] if count else []
    states = {**stack.facts, "GPUs": stack.gpus, **stack.products}
    unread = [f"{name} ({state.reason})" for name, state in states.items() if isinstance(state, Unknown)]
    return replace(report, read=tuple(read), unread=tuple(unread))
