"""typer's commands, made of the table in `options`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer
from typer.core import TyperCommand

from stackcheck.about import VERSION
from stackcheck.cli.options import COMMANDS, GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.cli.options import Argument, Command, Option

HELP = """Checks a software stack for NVIDIA Arm machines against dated, sourced facts.

Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 stackcheck could not do its work,
3 nothing failed but a required fact is not known (preflight, --strict).
"""
SETTINGS = {"help_option_names": ["-h", "--help"]}


class OnceCommand(TyperCommand):
    """A command of which an option that takes one value counts once; click keeps the last in silence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments. Raises `BadParameter` where an option that takes one value is given twice."""
        if not ctx.resilient_parsing:
            order = self.make_parser(ctx).parse_args(list(args))[2]
            for param in order:
                once = param.param_type_name == "option" and not (param.multiple or getattr(param, "is_flag", False))
                if once and order.count(param) > 1:
                    raise typer.BadParameter("is given twice, and takes one value: leave one out.", ctx, param)
        return super().parse_args(ctx, args)


def _complete_targets(incomplete: str) -> list[str]:
    from stackcheck.session.machine import target_names

    return [name for name in target_names() if name.startswith(incomplete)]


def _complete_products(incomplete: str) -> list[str]:
    from stackcheck.session.knowledge import open_knowledge

    return [name for name in open_knowledge().store.products if name.startswith(incomplete)]


def _complete_ids(incomplete: str) -> list[str]:
    """A kind, or the id of a row: a product first, then its rows."""
    from stackcheck.judge.kinds import NAMES
    from stackcheck.session.knowledge import open_knowledge

    product, slash, _ = incomplete.partition("/")
    store = open_knowledge().store
    names = [row.key for row in store.rows(product)] if slash else [*NAMES, *(f"{name}/" for name in store.products)]
    return [name for name in names if name.startswith(incomplete)]


COMPLETIONS: dict[str, Callable[[str], list[str]] | None] = {
    "": None,
    "targets": _complete_targets,
    "products": _complete_products,
    "ids": _complete_ids,
}
TYPES: dict[str, Any] = {
    "flag": bool,
    "text": str | None,
    "texts": list[str],
    "path": Path | None,
    "paths": list[Path],
}


def _literal(words: tuple[str, ...]) -> Any:
    """The type that admits these words alone."""
    return Literal.__getitem__(words)


def _option(option: Option) -> inspect.Parameter:
    shown: bool | str = option.stands_for or option.default is not None
    details = typer.Option(
        *option.names,
        metavar=option.metavar or None,
        help=option.help,
        show_default=shown,
        autocompletion=COMPLETIONS[option.completes],
    )
    default: Any = [] if option.several else False if option.kind == "flag" else option.default
    annotation = Optional[_literal(option.choices)] if option.choices else TYPES[option.kind]  # noqa: UP045 - at run time
    return inspect.Parameter(
        option.dest, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, details]
    )


def _argument(argument: Argument) -> inspect.Parameter:
    details = typer.Argument(
        metavar=argument.metavar,
        help=argument.help,
        show_default=argument.default is not None,
        autocompletion=COMPLETIONS[argument.completes],
    )
    annotation: Any = list[str] if argument.count < 0 else str
    annotation = list[str] | None if argument.count == -1 else annotation
    annotation = _literal(argument.choices) if argument.choices else annotation
    required = argument.default is None and argument.count != -1
    default: Any = inspect.Parameter.empty if required else argument.default
    return inspect.Parameter(
        argument.dest, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, details]
    )


def _function(name: str, command: Command) -> Callable[..., None]:
    """What typer takes for a command: a function whose signature it reads."""

    def run(**options: Any) -> None:
        from stackcheck.cli import commands

        raise typer.Exit(commands.run_command(name, options))

    parameters = [*map(_argument, command.arguments), *map(_option, command.options)]
    run.__doc__ = command.help
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _version(value: bool) -> None:
    if value:
        from stackcheck.session.knowledge import open_knowledge

        typer.echo(f"stackcheck {VERSION} (matrix {open_knowledge().version})")
        raise typer.Exit


def _root(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Versions, then exit.")
    ] = False,
) -> None:
    """Checks a software stack for NVIDIA Arm machines against dated, sourced facts."""


def _made() -> typer.Typer:
    apps = {
        name: typer.Typer(help=text, no_args_is_help=True, pretty_exceptions_enable=False, context_settings=SETTINGS)
        for name, text in {"": HELP, **GROUPS}.items()
    }
    apps[""].callback()(_root)
    for name, command in COMMANDS.items():
        group, _, own = name.rpartition(" ")
        apps[group].command(own, cls=OnceCommand)(_function(name, command))
    for group in GROUPS:
        apps[""].add_typer(apps[group], name=group)
    return apps[""]


app = _made()


def run() -> int:
    """A call as typer reads it; the exit code. What is wrong with an option is said without a credential in it."""
    from stackcheck.redact import redact

    try:
        code = app(prog_name="stackcheck", standalone_mode=False)
    except SystemExit as left:
        code = left.code
    except _mistakes() as error:
        from typer.rich_utils import rich_format_error

        error.message = redact(error.message)
        rich_format_error(error)
        return int(error.exit_code)
    return code if isinstance(code, int) else 0


def _mistakes() -> Any:
    """The class of all of typer's errors, which it does not name itself."""
    return next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
