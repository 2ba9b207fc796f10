"""Words of the command line: `--want`, `--feature` and `--fact`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from stackcheck import versions
from stackcheck.model import Absent, Ask, FeatureAsk, Known, Origin, Unknown
from stackcheck.read.errors import ReadError
from stackcheck.read.quote import shown
from stackcheck.subjects import BY_NAME, STATED

if TYPE_CHECKING:
    from stackcheck.model import State

_WANT = r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<rest>\S.*)?"
_WORD = r"={1,2}\s*(?P<word>[A-Za-z][A-Za-z0-9._+-]*)"
_FEATURE = r"[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9][A-Za-z0-9._+-]*"


def parse_want(text: str) -> Ask:
    """`isaac-lab`, `isaac-lab==2.3.*`, `isaac-lab>=2.2,<3`, `ros2=jazzy`: a product, and which releases of it.

    One "=" means "==". A release that is a word is kept as "==jazzy", which is no PEP 440 text. Nothing is said
    about indexes. Raises `ReadError`.
    """
    found = re.fullmatch(_WANT, text)
    if found is None:
        raise ReadError(f"{shown(text)} is not a product; write isaac-lab, isaac-lab==2.3.* or ros2=jazzy")
    origin = Origin(text.strip(), "command line")
    return Ask(
        versions.project_name(found["name"]),
        _wanted_releases(text, (found["rest"] or "").strip()),
        origin,
        indexes=None,
        transitive=None,
    )


def _wanted_releases(text: str, specifier: str) -> str:
    word = re.fullmatch(_WORD, specifier)
    if word:
        return f"=={word['word']}"
    if re.match(r"=[^=]", specifier):
        specifier = f"={specifier}"
    try:
        SpecifierSet(specifier)
    except ValueError as error:
        raise ReadError(
            f"{shown(text)} does not say which releases; write ==2.3.*, >=2.2,<3 or a name such as =jazzy"
        ) from error
    return re.sub(r"\s+", "", specifier)


def parse_feature(text: str) -> FeatureAsk:
    """`isaac-lab:skillgen`: a product's feature. Whether there is such a feature, the matrix knows.

    Raises `ReadError` where the text has not this form.
    """
    name = text.strip()
    if not re.fullmatch(_FEATURE, name):
        raise ReadError(f"{shown(text)} is not a feature; write PRODUCT:FEATURE, such as isaac-lab:skillgen")
    return FeatureAsk(name.lower(), Origin(name, "--feature"))


def parse_fact(text: str) -> tuple[str, State]:
    """`driver=580.95.05` → the fact's name and its state; the values "absent" and "unknown" are those states.

    Only platform facts can be stated (`subjects.STATED`). Raises `ReadError` for another name, with the nearest
    ones, and for a value that the fact cannot have.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not value:
        raise ReadError(f"{shown(text)} states no fact; write NAME=VALUE, such as driver=580.95.05")
    if name not in STATED:
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), STATED, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the names are {', '.join(STATED)}"
        raise ReadError(f"{shown(name)} is no fact that can be stated; {hint}")
    origin = Origin(f"{name} is stated as {value}", "--fact")
    if value == "absent":
        return name, Absent(Origin(f"{name} is stated as absent", "--fact"))
    if value == "unknown":
        return name, Unknown(f"{name} is stated as unknown")
    if BY_NAME[name].match == "version" and value != "*" and versions.parse(value) is None:
        raise ReadError(f"{shown(value)} is no value for {name}; {BY_NAME[name].help}")
    return name, Known(value, origin)
