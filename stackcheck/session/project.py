"""What project files and the caller ask for, added to a machine's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request


def add_project(stack: Stack, files: Iterable[str], loader: Loader, *, container: bool = False) -> Stack:
    """The stack with what the files ask for and state, their markers evaluated for this stack.

    `container`: the stack describes a host, so that a Dockerfile's image brings its own userland, and an environment
    of conda's its own Python. Raises `ReadError`.
    """
    paths = list(files)
    if not paths:
        return stack
    from stackcheck.read import read_project  # an environment alone needs no reader

    project = read_project(paths, stack, loader)
    if project.container and container:
        stack = stack.in_container()
    if project.own_python and container:
        stack = replace(stack, facts={name: state for name, state in stack.facts.items() if name != "python"})
    return stack.with_stated(project.stated).with_asks((*project.asks, *project.python), project.unread)


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
