"""The options of pip's requirements format, read with `optparse` as pip reads them (abbreviations included)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from stackcheck.patterns import pattern
from stackcheck.read.quote import shown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from optparse import OptionParser

# Of pip 26.3. The name of the value in `Options` stands first.
_VALUES = (
    ("index_urls", "-i", "--index-url", "--pypi-url"),
    ("extra_index_urls", "--extra-index-url"),
    ("constraints", "-c", "--constraint"),
    ("requirements", "-r", "--requirement"),
    ("editables", "-e", "--editable"),
    ("find_links", "-f", "--find-links"),
    ("no_binary", "--no-binary"),
    ("only_binary", "--only-binary"),
    ("_", "--all-releases"),
    ("_", "--only-final"),
    ("_", "--trusted-host"),
    ("_", "--use-feature"),
    ("_", "--hash"),
    ("_", "-C", "--config-settings"),
)
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
_ON_A_REQUIREMENT = ("--hash", "--config-settings", "-C")
_STRONG = ("sha256:", "sha384:", "sha512:")
_HASHES = pattern(r"(?:--hash[= ]sha(?:256|384|512):[0-9A-Fa-f]+ *)+")


class BadOptionsError(ValueError):
    """Options that pip refuses, and with them the whole file; the message is what is wrong, as a phrase."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the options of one line say. `stray` are the words that belong to no option: pip drops them."""

    index_urls: tuple[str, ...] = ()
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    no_index: bool = False
    stray: tuple[str, ...] = ()
    used: tuple[str, ...] = ()

    @property
    def beside_requirement(self) -> tuple[str, ...]:
        """The options that have no effect on a requirement's line."""
        return tuple(name for name in self.used if name not in _ON_A_REQUIREMENT)


LONGEST = 20_000
"""Characters of the options of one line, hashes apart: what splits them takes the square of a word's length."""

_NONE = Options()


def split_options(text: str) -> tuple[str, str]:
    """A line's requirement and its options: options begin at the first word that begins with "-".

    Words are what blanks separate; pip takes no other white space for it.
    """
    if text.startswith("-"):
        return "", text
    at = text.find(" -")
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def parse_options(text: str) -> Options:
    """Reads the options of one line. Raises `BadOptionsError` where pip refuses them."""
    if not text or _HASHES.fullmatch(text):
        return _NONE
    if len(text) > LONGEST:
        raise BadOptionsError(f"its options have more than {LONGEST:,} characters")
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadOptionsError(f"{shown(text)} has a quotation mark without its partner") from error
    parser = _parser()
    values, stray = parser.parse_args(words, parser.get_default_values())
    found = {name: tuple(value) for name, value in vars(values).items() if value is not None and name != "_"}
    no_index = bool(found.pop("no_index", ()))
    return Options(**found, no_index=no_index, stray=tuple(stray))


@lru_cache(maxsize=1)
def _parser() -> OptionParser:
    # Imported here because few files hold an option, and optparse brings gettext along.
    from optparse import Option, OptionParser

    class Parser(OptionParser):
        def error(self, msg: str) -> NoReturn:
            raise BadOptionsError(msg)

    def note(option: Option, name: str, value: str | None, parser: OptionParser) -> None:
        _check(name, value or "")
        values: Any = parser.values
        values.ensure_value("used", []).append(name)
        values.ensure_value(option.dest, []).append(value)

    parser = Parser(add_help_option=False)
    for name, *spellings in _VALUES:
        parser.add_option(*spellings, action="callback", callback=note, type="string", dest=name)
    for name in _FLAGS:
        parser.add_option(name, action="callback", callback=note, dest=_flag(name))
    return parser


def _flag(name: str) -> str:
    return "no_index" if name == "--no-index" else "_"


def _check(name: str, value: str) -> None:
    """The values that pip itself refuses."""
    if name == "--hash" and not value.startswith(_STRONG):
        raise BadOptionsError("--hash takes sha256, sha384 or sha512")
    if name in ("-C", "--config-settings") and "=" not in value:
        raise BadOptionsError(f"{name} takes KEY=VALUE")
