"""What project files and the caller ask for, added to a machine's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Unread
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Ask, Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request


def add_project(
    stack: Stack, files: Iterable[str], loader: Loader, *, container: bool = False, among_others: bool = False
) -> Stack:
    """The stack with what the files ask for and state, their markers evaluated for this stack.

    `container`: the stack describes a host, so that a Dockerfile's image brings its own userland, and an environment
    of conda's its own Python. Raises `ReadError`; with `among_others`, where more is judged than these files, a broken
    one is named in the stack instead.
    """
    paths = list(files)
    if not paths:
        return stack
    from stackcheck.read import read_project  # an environment alone needs no reader

    project = read_project(paths, stack, loader, among_others=among_others, budget=loader.budget)
    loader.use(project.files)
    if project.container and container:
        stack = stack.in_container()
    if project.own_python and container:
        stack = replace(stack, facts={name: state for name, state in stack.facts.items() if name != "python"})
    asks, apart = _of_groups(project.asks, stack)
    return stack.with_stated(project.stated).with_asks((*asks, *project.python), (*project.unread, *apart))


def _of_groups(asks: tuple[Ask, ...], stack: Stack) -> tuple[tuple[Ask, ...], list[Unread]]:
    """The asks as the names of their extras and groups leave them: what is for another machine ("rocm") does not apply,
    with one note for each, and where the CPU is meant ("cpu") that is marked."""
    groups = {ask.group for ask in asks if ask.group is not None and ask.group.startswith(("extra:", "group:"))}
    if not groups:
        return asks, []
    from stackcheck.read import audience

    machine = audience.machine_of(stack)
    claims = {group: audience.of_path(group.partition(":")[2]) for group in groups}
    against = {group for group in groups if audience.fits(claims[group], machine).holds is False}
    cpu = {group for group in groups if audience.wants_cpu(claims[group]) is not None}
    first = {ask.group: ask for ask in reversed(asks) if ask.group in against and ask.origin.location is not None}
    notes = [
        Unread(f"Not for this machine: {str(group).replace(':', ' ')}.", ask.origin.location, "note", id="scope/group")
        for group, ask in sorted(first.items(), key=lambda pair: str(pair[0]))
        if ask.origin.location is not None
    ]
    # Where another extra has the same project for the GPU, the two are alternatives, and that one is judged.
    other = {ask.name for ask in asks if ask.group is not None and ask.group not in cpu | against}
    out = {(ask.group, ask.name) for ask in asks if ask.group in against or (ask.group in cpu and ask.name in other)}
    marked = (replace(ask, cpu=ask.cpu or ask.group in cpu) for ask in asks)
    return tuple(replace(ask, applies=False) if (ask.group, ask.name) in out else ask for ask in marked), notes


def add_wants(stack: Stack, knowledge: Knowledge, request: Request) -> Stack:
    """The stack with the products and features that the caller wants. Raises `CannotWorkError` for an unknown product,
    `ReadError` for a text that names none."""
    if not (request.wants or request.features):
        return stack
    from stackcheck.read.want import parse_feature, parse_want

    asks = [parse_want(text) for text in request.wants]
    wants = tuple(replace(ask, name=knowledge.product(ask.name)) for ask in asks)
    features = tuple(parse_feature(text) for text in request.features)
    return replace(stack, wants=(*stack.wants, *wants), features=(*stack.features, *features))
