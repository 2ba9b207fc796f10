"""A plain call read without typer, whose loading costs more than the work of most calls.

Only what is beyond doubt is read here: known options with their values, each that takes one given once. Help, mistakes
and everything else are typer's, which is made of the same table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.cli.options import COMMANDS, GROUPS

if TYPE_CHECKING:
    from stackcheck.cli.options import Argument, Command, Option


def parse(argv: list[str]) -> tuple[str, dict[str, Any]] | None:
    """The command and its options; None where typer must have a look."""
    size = 2 if argv and argv[0] in GROUPS else 1
    name = " ".join(argv[:size])
    command = COMMANDS.get(name)
    if command is None:
        return None
    options = {spelling: option for option in command.options for spelling in option.names}
    values: dict[str, Any] = {}
    names: list[str] = []
    rest = iter(argv[size:])
    for word in rest:
        if word == "-" or not word.startswith("-"):
            names.append(word)
            continue
        spelling, equals, value = word.partition("=")
        option = options.get(spelling)
        if option is None:
            return None
        given = value if equals else ("" if option.kind == "flag" else next(rest, ""))
        if (option.kind == "flag") == bool(given) or _doubtful(given) or not _put(values, option, given):
            return None
    return _complete(name, command, names, values)


def _doubtful(value: str) -> bool:
    """Whether a value looks like an option, so that one may have been forgotten."""
    return value.startswith("-") and value != "-"


def _put(values: dict[str, Any], option: Option, value: str) -> bool:
    if option.choices and value not in option.choices:
        return False
    if option.kind == "flag":
        values[option.dest] = True
    elif option.several:
        values.setdefault(option.dest, []).append(value)
    elif option.dest in values:
        return False
    else:
        values[option.dest] = value
    return True


def _complete(
    name: str, command: Command, names: list[str], values: dict[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """The options with the arguments and the defaults; None where the number of arguments is not right."""
    arguments = _arguments(command.arguments, names)
    return None if arguments is None else (name, {**_defaults(command), **arguments, **values})


def _arguments(arguments: tuple[Argument, ...], names: list[str]) -> dict[str, str | list[str]] | None:
    """Each argument with its word, or all words for one that takes any number."""
    if len(arguments) == 1 and arguments[0].count < 0:
        return {arguments[0].dest: names} if names or arguments[0].count == -1 else None
    words = [*names, *(argument.default for argument in arguments[len(names) :] if argument.default is not None)]
    fitting = len(words) == len(arguments) and all(
        not argument.choices or word in argument.choices for argument, word in zip(arguments, words, strict=True)
    )
    return dict(zip((argument.dest for argument in arguments), words, strict=True)) if fitting else None


def _defaults(command: Command) -> dict[str, Any]:
    return {option.dest: option.default for option in command.options if option.default is not None}
