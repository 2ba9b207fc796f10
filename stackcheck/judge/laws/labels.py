"""Extensions of torch whose own label names the torch that they were compiled for: `flash-attn 2.8.3+cu130torch2.9`.

Projects that publish wheels per torch release put it into the local version (torch2.9, pt29, torch290). Such a wheel
holds compiled code for that release's ABI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Location, Stack

SEEN_TO_FAIL = Source("https://github.com/NVIDIA/Isaac-GR00T/issues/474", "2026-11-27", "reported")

_DOTTED = pattern(r"(?<![a-z])(?:torch|pt)(\d)\.(\d{1,2})")
_WITH_PATCH = pattern(r"(?<![a-z])torch(\d)(\d{1,2})\d(?!\d)")
_WITHOUT = pattern(r"(?<![a-z])pt(\d)(\d{1,2})(?!\d)")


def made_for(label: str) -> str | None:
    """The torch series that a local version names: "cu130torch2.9", "pt29cu130", "torch290cu130" → "2.9"."""
    found = _DOTTED.search(label) or _WITH_PATCH.search(label) or _WITHOUT.search(label)
    return f"{found[1]}.{found[2]}" if found else None


def findings(work: Working) -> Iterator[Finding]:
    """What was compiled for another torch than any that is, or can be, here."""
    torch = work.domain("torch")
    if torch is None or not torch.values:
        return
    series = {
        ".".join(str(part) for part in found.release[:2]) for value in torch.values if (found := versions.parse(value))
    }
    for name, version, origin, location in labelled(work.stack):
        wanted = made_for(versions.local_label(version) or "")
        if wanted is None or name == "torch" or wanted in series:
            continue
        has = torch.values[-1] if torch.presence == "found" else " or ".join(sorted(series))
        yield Finding(
            kind="label",
            id=f"label/{name}",
            severity="error",
            subject=name,
            involves=tuple(sorted((name, "torch"))),
            message=(
                f"{name} {version} was compiled for PyTorch {wanted}, as its label says; here it is {has}. "
                "Its import ends in an undefined symbol."
            ),
            location=location,
            because=(
                Reason(f"{name} {version}", origin),
                *(Reason(step.text, step.origin) for step in torch.steps),
            ),
            fix=Fix(f"Take the wheel of {name} for PyTorch {has}, or build it there, or go back to PyTorch {wanted}."),
            sources=(SEEN_TO_FAIL,),
        )


def labelled(stack: Stack) -> Iterator[tuple[str, str, str, Location | None]]:
    """Each distribution with a label: name, version, where that is said, and the line. A wheel that a line names by its
    address says them in its file's name."""
    for name, state in stack.packages.items():
        if isinstance(state, Known) and "+" in state.value:
            yield name, state.value, state.origin.place, None
    for ask in stack.asks:
        if ask.applies and ask.specifier.startswith("==") and "+" in ask.specifier:
            yield ask.name, ask.specifier.lstrip("="), ask.origin.place, ask.origin.location
        elif ask.applies and ask.url is not None and (version := of_wheel(ask.url)) is not None:
            yield ask.name, version, ask.origin.place, ask.origin.location


def of_wheel(url: str) -> str | None:
    """The version that a wheel's file name states (PEP 427); None for what is no wheel."""
    from urllib.parse import unquote  # only a line with an address needs it

    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    parts = name.removesuffix(".whl").split("-")
    return parts[1] if name.endswith(".whl") and len(parts) >= 5 else None
