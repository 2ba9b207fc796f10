"""The commands, their options and their exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from stackcheck import __version__

HELP = """Checks a software stack for NVIDIA Arm machines against dated, sourced facts.

Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 stackcheck could not do its work,
3 nothing failed but a required fact is not known (preflight, --strict).
"""
SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, context_settings=SETTINGS)
matrix_app = typer.Typer(help="The compatibility matrix itself.", no_args_is_help=True, context_settings=SETTINGS)
app.add_typer(matrix_app, name="matrix")

Format = Literal["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"]
Plain = Literal["text", "json"]
FailOn = Literal["error", "warning", "note"]


def _targets(incomplete: str) -> list[str]:
    """Shell completion of --target."""
    from stackcheck.cli.run import target_names

    return [name for name in target_names() if name.startswith(incomplete)]


def _products(incomplete: str) -> list[str]:
    """Shell completion of a product."""
    from stackcheck.cli.run import open_matrix

    return [name for name in open_matrix()[0].products if name.startswith(incomplete)]


def _ids(incomplete: str) -> list[str]:
    """Shell completion of a kind or of the id of a row: a product first, then its rows."""
    from stackcheck.cli.run import open_matrix
    from stackcheck.judge.kinds import NAMES

    product, slash, _ = incomplete.partition("/")
    store = open_matrix()[0]
    names = [row.key for row in store.rows(product)] if slash else [*NAMES, *(f"{one}/" for one in store.products)]
    return [name for name in names if name.startswith(incomplete)]


EnvOption = Annotated[str | None, typer.Option("--env", metavar="DOC", help="An environment document (JSON or TOML).")]
TargetOption = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="A shipped target.", autocompletion=_targets)
]
TargetsOption = Annotated[
    list[str], typer.Option("--target", metavar="NAME", help="A shipped target; repeatable.", autocompletion=_targets)
]
PythonOption = Annotated[str | None, typer.Option("--python", metavar="EXE", help="Judge this interpreter.")]
RootOption = Annotated[
    str | None, typer.Option("--root", metavar="PATH", help="The environment in this root file system or image.")
]
FactOption = Annotated[
    list[str], typer.Option("--fact", metavar="SUBJECT=VALUE", help="Override a fact: driver=580.95.05. Repeatable.")
]
WantOption = Annotated[
    list[str],
    typer.Option(
        "--want", metavar="PRODUCT[SPEC]", help="Also judge this as asked for. Repeatable.", autocompletion=_products
    ),
]
FeatureOption = Annotated[
    list[str], typer.Option("--feature", metavar="PRODUCT:FEATURE", help="A feature that is to be used. Repeatable.")
]
MatrixOption = Annotated[
    list[Path], typer.Option("--matrix", metavar="DIR", help="A folder with rows that add or override. Repeatable.")
]
FormatOption = Annotated[Format | None, typer.Option("--format", show_default="text", help="How to write the report.")]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write the report to this file.")]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option("--fail-on", show_default="error", help="The mildest severity that makes the exit code 1."),
]
SelectOption = Annotated[
    list[str],
    typer.Option(
        "--select",
        metavar="KIND-or-ID",
        help="Show this kind or id of findings alone. Repeatable.",
        autocompletion=_ids,
    ),
]
IgnoreOption = Annotated[
    list[str],
    typer.Option(
        "--ignore", metavar="KIND-or-ID", help="Leave out findings of this kind or id. Repeatable.", autocompletion=_ids
    ),
]
BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that this file holds.")
]
WriteBaselineOption = Annotated[
    Path | None,
    typer.Option("--write-baseline", metavar="FILE", help="Write today's findings to this file, as a baseline."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit 3 where something is not known.")]
DeepOption = Annotated[
    bool, typer.Option("--deep", help="Import torch in a child process, and ask it for its GPU code and devices.")
]
OnlineOption = Annotated[
    bool, typer.Option("--online", help="Ask the package index that pip uses for what the matrix does not know.")
]
ResolveOption = Annotated[
    bool, typer.Option("--resolve", help="Let uv resolve the files for the target, and judge everything they bring.")
]
CacheOption = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Keep what the network gives in this folder.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Findings alone: no chains, sources and notes.")]


def _version(value: bool) -> None:
    if value:
        from stackcheck.cli.run import open_matrix

        typer.echo(f"stackcheck {__version__} (matrix {open_matrix()[1]})")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Versions, then exit.")
    ] = False,
) -> None:
    """Checks a software stack for NVIDIA Arm machines against dated, sourced facts."""


@app.command()
def check(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Project files; - is stdin.")] = None,
    env: EnvOption = None,
    target: TargetOption = None,
    python: PythonOption = None,
    root: RootOption = None,
    want: WantOption = [],  # noqa: B006 - typer copies it
    feature: FeatureOption = [],  # noqa: B006
    fact: FactOption = [],  # noqa: B006
    matrix: MatrixOption = [],  # noqa: B006
    deep: DeepOption = False,
    online: OnlineOption = False,
    resolve: ResolveOption = False,
    cache: CacheOption = None,
    select: SelectOption = [],  # noqa: B006
    ignore: IgnoreOption = [],  # noqa: B006
    format_: FormatOption = None,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge an environment together with project files: this machine, --env DOC, --target NAME or --python EXE.

    With --root an image's environment, for the machine that the other options name.
    """
    _run("check", locals())


@app.command()
def lint(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Project files, or a folder with some; - is stdin.")
    ] = None,
    target: TargetsOption = [],  # noqa: B006
    env: EnvOption = None,
    want: WantOption = [],  # noqa: B006
    feature: FeatureOption = [],  # noqa: B006
    fact: FactOption = [],  # noqa: B006
    matrix: MatrixOption = [],  # noqa: B006
    online: OnlineOption = False,
    resolve: ResolveOption = False,
    cache: CacheOption = None,
    select: SelectOption = [],  # noqa: B006
    ignore: IgnoreOption = [],  # noqa: B006
    format_: FormatOption = None,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Repair the files where the matrix says how.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Also what changes releases, indexes or what is installed.")
    ] = False,
    list_files: Annotated[
        bool, typer.Option("--list-files", help="Print the files that would be read, then exit.")
    ] = False,
) -> None:
    """Judge project files alone for one or more targets (default: this machine, without what is installed on it)."""
    _run("lint", locals())


@app.command()
def preflight(
    product: Annotated[
        str,
        typer.Argument(metavar="PRODUCT[SPEC]", help='What to install: "isaac-lab==2.3.*".', autocompletion=_products),
    ],
    feature: FeatureOption = [],  # noqa: B006
    env: EnvOption = None,
    target: TargetOption = None,
    python: PythonOption = None,
    fact: FactOption = [],  # noqa: B006
    matrix: MatrixOption = [],  # noqa: B006
    select: SelectOption = [],  # noqa: B006
    ignore: IgnoreOption = [],  # noqa: B006
    format_: FormatOption = None,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    quiet: QuietOption = False,
) -> None:
    """Can it be installed and run here, what is missing, and in what order? Exit 3 where a required fact is unknown."""
    _run("preflight", locals())


@app.command()
def diagnose(
    log: Annotated[str, typer.Argument(metavar="[LOG|-]", help="A log with the error lines; - is stdin.")] = "-",
    env: EnvOption = None,
    target: TargetOption = None,
    python: PythonOption = None,
    feature: FeatureOption = [],  # noqa: B006
    fact: FactOption = [],  # noqa: B006
    matrix: MatrixOption = [],  # noqa: B006
    select: SelectOption = [],  # noqa: B006
    ignore: IgnoreOption = [],  # noqa: B006
    format_: FormatOption = None,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    quiet: QuietOption = False,
) -> None:
    """What known error lines in a log mean on this machine: the cause, whether it is harmless here, and the fix."""
    _run("diagnose", locals())


@app.command()
def image(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="An OCI layout, a docker-archive tar, or a root file system.")
    ],
    platform: Annotated[
        str | None, typer.Option("--platform", metavar="OS/ARCH", help="Which image of a multi-platform one.")
    ] = None,
    target: TargetOption = None,
    env: EnvOption = None,
    python: Annotated[
        str | None, typer.Option("--python", metavar="DIR", help="Judge the Python environment in this folder of it.")
    ] = None,
    feature: FeatureOption = [],  # noqa: B006
    want: WantOption = [],  # noqa: B006
    fact: FactOption = [],  # noqa: B006
    matrix: MatrixOption = [],  # noqa: B006
    select: SelectOption = [],  # noqa: B006
    ignore: IgnoreOption = [],  # noqa: B006
    format_: FormatOption = None,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge a container image or root file system for a machine, from its files alone: nothing of it is run."""
    _run("image", locals())


@app.command()
def env(
    target: TargetOption = None,
    python: PythonOption = None,
    root: RootOption = None,
    format_: Annotated[Literal["text", "toml", "json"], typer.Option("--format", help="How to write it.")] = "text",
    output: OutputOption = None,
    help_subjects: Annotated[
        bool, typer.Option("--help-subjects", help="List the platform subjects, then exit.")
    ] = False,
) -> None:
    """What was found here, and what could not be read. As json or toml it is a document for --env."""
    from stackcheck.cli import run, show

    if help_subjects:
        show.subjects()
        return
    with show.progress("looking at this machine") as tell:
        choice = run.Choice(target=target, python=python)
        if root is not None:
            from stackcheck.cli.image import scanned

            stack = scanned(root, None, python, tell).stack
        else:
            stack = run.with_code(run.machine(choice, tell)[0], choice, tell)
    show.environment(stack, format_, output)


@app.command()
def inspect(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Libraries, programs, wheels or folders.")],
    format_: Annotated[Plain, typer.Option("--format", help="How to write it.")] = "text",
    output: OutputOption = None,
) -> None:
    """What is inside: machine, wheel tags, GPU code, needed glibc and libraries; read in place, nothing is run."""
    from stackcheck.cli import inspect as work
    from stackcheck.cli import show

    with show.progress("reading files") as tell:
        found = work.inspected(files, tell)
    show.plain(work.document(found) if format_ == "json" else work.text(found), output)


@app.command()
def explain(
    row: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The id of a finding or a kind: isaac-sim/5.1-python, builds.", autocompletion=_ids
        ),
    ],
    matrix: MatrixOption = [],  # noqa: B006
) -> None:
    """What a kind, a row or a finding says, why it matters, what to do, and the sources with their dates."""
    from stackcheck.cli import run, show

    show.explain(run.open_matrix(matrix)[0], row)


@app.command()
def init(
    folder: Annotated[str, typer.Argument(metavar="[FOLDER]", help="The project.")] = ".",
    target: TargetsOption = [],  # noqa: B006
) -> None:
    """Write a first tool.stackcheck table into pyproject.toml, from what the project and this machine say."""
    from stackcheck.cli import init as work
    from stackcheck.cli import show

    with show.progress("looking at this machine"):
        text = work.create(folder, target)
    show.plain(text, None)


@app.command()
def targets() -> None:
    """The machines that come with stackcheck, for --target."""
    from stackcheck.cli import run, show

    show.targets(run.target_names())


@matrix_app.command("list")
def matrix_list(matrix: MatrixOption = []) -> None:  # noqa: B006
    """Every product, with its file and how many facts there are."""
    from stackcheck.cli import run, show

    show.products(*run.open_matrix(matrix))


@matrix_app.command("show")
def matrix_show(
    product: Annotated[str, typer.Argument(metavar="PRODUCT", autocompletion=_products)],
    rows: Annotated[bool, typer.Option("--rows", help="The facts themselves, each with its source.")] = False,
    format_: Annotated[Literal["text", "html"], typer.Option("--format", help="How to write the table.")] = "text",
    output: OutputOption = None,
    matrix: MatrixOption = [],  # noqa: B006
) -> None:
    """A product's releases on the shipped targets as a table, with the reason for each cell; or its facts (--rows)."""
    from stackcheck.cli import run, show

    store, version = run.open_matrix(matrix)
    show.product(store, version, product, rows=rows, form=format_, output=output)


@matrix_app.command("stale")
def matrix_stale(
    older_than: Annotated[str, typer.Option("--older-than", metavar="DAYS", help="An age in days: 180d.")] = "180d",
    matrix: MatrixOption = [],  # noqa: B006
) -> None:
    """Sources that nobody has read again for a while, oldest first. Exit 1 where there are some."""
    from stackcheck.cli import run, show

    found = show.stale(run.open_matrix(matrix)[0], older_than)
    raise typer.Exit(1 if found else 0)


@matrix_app.command("lint")
def matrix_lint(matrix: MatrixOption = []) -> None:  # noqa: B006
    """Check the matrix files themselves: every mistake with file, row and key. Exit 1 where there are some."""
    from stackcheck.cli import run
    from stackcheck.matrix.errors import MatrixError
    from stackcheck.matrix.lint import lint as lint_matrix

    store, _ = run.open_matrix(matrix)
    try:
        problems = lint_matrix(store)
    except MatrixError as error:
        problems = list(error.problems)
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{len(store.files)} files, {len(problems)} mistake{'' if len(problems) == 1 else 's'}")
    raise typer.Exit(1 if problems else 0)


@matrix_app.command("verify")
def matrix_verify(
    products: Annotated[list[str] | None, typer.Argument(metavar="[PRODUCT]...", help="Whose rows to verify.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Ask for every product that pip installs.")] = False,
    format_: Annotated[Plain, typer.Option("--format", help="How to write the outcome.")] = "text",
    cache: CacheOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line for every row.")] = False,
    dates: Annotated[
        Path | None,
        typer.Option("--dates", metavar="DIR", help="Move the dates of what was confirmed, in this folder's files."),
    ] = None,
    matrix: MatrixOption = [],  # noqa: B006
) -> None:
    """Ask the package index that pip uses whether rows still hold. Exit 1 where one differs, 2 without network."""
    from stackcheck.cli import run, show
    from stackcheck.matrix.outcomes import document, text

    if not products and not every:
        raise typer.BadParameter("name the products to verify, or ask for all of them with --all")
    store, _ = run.open_matrix(matrix)
    with show.progress("asking the package index") as tell:
        outcomes = run.verify(store, products or [], cache, tell)
    typer.echo(document(outcomes) if format_ == "json" else text(outcomes, every=verbose), nl=False)
    for line in run.move_dates(dates, outcomes) if dates is not None else ():
        show.say(line)
    raise typer.Exit(1 if any(outcome.result == "differs" for outcome in outcomes) else 0)


@matrix_app.command("schema")
def matrix_schema(
    of: Annotated[
        Literal["matrix", "report", "environment", "baseline"], typer.Argument(metavar="[OF]", help="Of what.")
    ] = "matrix",
) -> None:
    """The JSON Schema of a matrix file, for editors; or of a report, an environment document or a baseline."""
    from stackcheck.matrix.store import shipped_folder

    name = "schema.json" if of == "matrix" else f"{of}.schema.json"
    typer.echo((shipped_folder() / name).read_text(encoding="utf-8"), nl=False)


def _run(name: str, options: dict[str, Any]) -> None:
    """A command of `commands`, with the options that typer read."""
    from stackcheck.cli import commands

    raise typer.Exit(commands.run_command(name, options))
