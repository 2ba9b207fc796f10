"""The commands that judge nothing: what was found, what a file holds, what the matrix says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.cli import show
from stackcheck.serve import missing
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.request import Request
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def env(
    *,
    target: str | None = None,
    python: str | None = None,
    root: str | None = None,
    label: Sequence[str] = (),
    format_: str = "text",
    output: str | Path | None = None,
    help_subjects: bool = False,
) -> int:
    """What was found here, and what could not be read."""
    from stackcheck.read.environment import parse_labels
    from stackcheck.session.installed import add_gpu_code
    from stackcheck.session.machine import machine

    if help_subjects:
        show.subjects()
        return 0
    labels = parse_labels(label)
    with show.progress("looking at this machine") as tell:
        if root is not None:
            from stackcheck.budget import Budget
            from stackcheck.session.image import scanned

            stack = scanned(root, None, python, tell, Budget()).stack
        else:
            request = Request(target=target, python=python)
            stack = add_gpu_code(machine(request, tell)[0], request, tell)
    show.environment(replace(stack, labels={**stack.labels, **labels}), format_, output)
    return 0


def inspect(*, files: Sequence[str], format_: str = "text", output: str | Path | None = None) -> int:
    """What is inside libraries, programs, wheels or folders."""
    from stackcheck.cli import inspect as work

    with show.progress("reading files") as tell:
        inspections = work.inspected(files, tell)
    show.out(work.document(inspections) if format_ == "json" else work.text(inspections), output)
    return 0


def explain(*, row: str, matrix: Sequence[str | Path] = ()) -> int:
    """What a kind, a row or a finding says, or what is known of a product."""
    from stackcheck.session.explain import explain as explained

    with show.progress("judging a product") as tell:
        show.out(explained(open_knowledge(matrix), row, tell))
    return 0


def init(*, folder: str, target: Sequence[str] = ()) -> int:
    """A first `[tool.stackcheck]` table."""
    from stackcheck.cli import init as work

    with show.progress("looking at this machine"):
        text = work.create(folder, target)
    show.out(text)
    return 0


def diff(*, old: str, new: str, format_: str = "text", output: str | Path | None = None) -> int:
    """What changed between two documents, reports, fleets or matrix folders; 1 where something did."""
    from stackcheck.session import tending

    if not any(map(tending.is_matrix, (old, new))):
        return _diff(old, new, format_, output)
    from stackcheck.matrix import difference

    found = tending.changes(old, new)
    write = {"text": difference.text, "json": difference.document, "markdown": difference.markdown}[format_]
    show.out(write(found), output)
    return 1 if found else 0


def _diff(old: str, new: str, form: str, output: str | Path | None) -> int:
    from stackcheck.report import changes as written
    from stackcheck.session.changes import changes

    with show.progress("reading documents") as tell:
        of, found = changes(old, new, tell)
    write = {"text": written.text, "json": written.document, "markdown": written.markdown}[form]
    show.out(write(of, found), output)
    return 1 if found else 0


def lsp(**options: Any) -> int:
    """The language server; it ends with its client."""
    try:
        from stackcheck.serve import lsp as work
    except ImportError as error:
        raise missing("lsp", error) from error
    work.serve(options)
    return 0


def mcp(*, root: str | Path | None = None, write: bool = False, matrix: Sequence[str | Path] = ()) -> int:
    """The tools for agents; it ends with its client."""
    try:
        from stackcheck.serve import mcp as work
    except ImportError as error:
        raise missing("mcp", error) from error
    work.serve(None if root is None else os.fspath(root), [os.fspath(folder) for folder in matrix], write=write)
    return 0


def targets() -> int:
    """The machines that come with stackcheck."""
    show.targets()
    return 0


def matrix_list(*, matrix: Sequence[str | Path] = ()) -> int:
    """Every product."""
    show.products(open_knowledge(matrix))
    return 0


def matrix_show(
    *,
    product: str,
    rows: bool = False,
    format_: str = "text",
    output: str | Path | None = None,
    matrix: Sequence[str | Path] = (),
) -> int:
    """A product's releases on the shipped targets, or its rows."""
    from stackcheck.session.explain import product_text

    with show.progress("judging a product") as tell:
        text = product_text(open_knowledge(matrix), product, tell, rows=rows, form=format_)
    show.out(text, output)
    return 0


def matrix_site(
    *,
    out: str,
    since: str | Path | None = None,
    product: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
) -> int:
    """The matrix as static pages."""
    from stackcheck.cli.options import COMMANDS

    command = "stackcheck plan" if "plan" in COMMANDS else "stackcheck preflight"
    with show.progress("judging every product") as tell:
        show.site(open_knowledge(matrix), out, product, since, command, tell)
    return 0


def matrix_stale(*, older_than: str, matrix: Sequence[str | Path] = ()) -> int:
    """Sources that nobody has read again for a while; 1 where there are some."""
    return 1 if show.stale(open_knowledge(matrix).store, older_than) else 0


def matrix_lint(*, matrix: Sequence[str | Path] = ()) -> int:
    """The mistakes in matrix files; 1 where there are some."""
    from stackcheck.session.tending import lint

    knowledge = open_knowledge(matrix)
    problems, remarks = lint(knowledge)
    for remark in remarks:
        show.say(remark)
    mistakes = f"{len(problems)} mistake{'' if len(problems) == 1 else 's'}"
    lines = [*map(str, problems), f"{len(knowledge.store.files)} files, {mistakes}"]
    show.out("".join(f"{line}\n" for line in lines))
    return 1 if problems else 0


def matrix_learn(
    *,
    projects: Sequence[str] | None = None,
    every: bool = False,
    index: str | None = None,
    releases: str | None = None,
    core: str | None = None,
    native: bool = False,
    arches: Sequence[str] | None = None,
    whole: bool = False,
    into: str | Path | None = None,
    cache: str | Path | None = None,
) -> int:
    """Records of projects; 2 where one could not be read."""
    from stackcheck.session import learn

    request = learn.Request(
        tuple(projects or ()),
        every,
        index,
        releases,
        core,
        into,
        cache,
        native=native,
        arches=tuple(arches or ()),
        whole=whole,
    )
    with show.progress("asking the package index") as tell:
        summary = learn.run(request, tell)
    show.out(learn.text(summary))
    return 2 if summary.failed else 0


def matrix_verify(
    *,
    products: Sequence[str] | None = None,
    every: bool = False,
    format_: str = "text",
    cache: str | Path | None = None,
    verbose: bool = False,
    dates: str | Path | None = None,
    by_records: bool = False,
    matrix: Sequence[str | Path] = (),
) -> int:
    """What the package index, or the records of it, say to rows; 1 where one differs."""
    from stackcheck.matrix.outcomes import document, text
    from stackcheck.session.network import Network
    from stackcheck.session.verify import move_dates, verify

    if not products and not every:
        raise CannotWorkError("name the products to verify, or ask for all of them with --all")
    if by_records and dates is not None:
        raise CannotWorkError("--dates says that the index was asked today; it does not go with --records")
    if by_records:
        from stackcheck.session.tending import verify_by_records

        outcomes = verify_by_records(open_knowledge(matrix), products or [])
    else:
        with show.progress("asking the package index") as tell:
            outcomes = verify(open_knowledge(matrix), products or [], Network(cache=cache, tell=tell))
    show.out(document(outcomes) if format_ == "json" else text(outcomes, every=verbose))
    for line in move_dates(dates, outcomes) if dates is not None else ():
        show.say(line)
    return 1 if any(outcome.result == "differs" for outcome in outcomes) else 0


def matrix_schema(*, of: str) -> int:
    """The JSON Schema of a matrix file or of what stackcheck writes."""
    from stackcheck.session.knowledge import shipped_text

    show.out(shipped_text("schema.json" if of == "matrix" else f"{of}.schema.json"))
    return 0


TELLING: dict[str, Callable[..., int]] = {
    "env": env,
    "inspect": inspect,
    "explain": explain,
    "init": init,
    "diff": diff,
    "lsp": lsp,
    "mcp": mcp,
    "targets": targets,
    "matrix list": matrix_list,
    "matrix show": matrix_show,
    "matrix site": matrix_site,
    "matrix stale": matrix_stale,
    "matrix lint": matrix_lint,
    "matrix learn": matrix_learn,
    "matrix verify": matrix_verify,
    "matrix schema": matrix_schema,
}
"""Each command of `options` that `commands` does not judge with."""
