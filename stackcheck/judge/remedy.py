"""What to take in place of a build that does not serve the machine: chosen by the judge for this machine.

A row's own words are the same for every machine. So where a law on builds fails, the newest release that has a build
for this GPU and this driver takes their place, with the index that has it and with the neighbours that it needs; it is
named only where it was judged whole. A new driver is the last way, and no way on a Jetson, whose driver comes with
JetPack.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.build_options import (
    Options,
    has_builds,
    has_list,
    index_name,
    may_serve,
    of_release,
    on_jetson,
    on_tegra,
)
from stackcheck.judge.domain import Domain, by_preference
from stackcheck.judge.laws import build_laws
from stackcheck.judge.trial import Pin
from stackcheck.matrix.rows import Relation
from stackcheck.model import Fix
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackcheck.judge.trial import Trial
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Builds
    from stackcheck.model import Ask, Finding

LAWS = frozenset(("builds", "gpu-code", "compilers", "driver"))
KINDS = LAWS | {"requires", "pairs"}
"""Kinds of findings whose fix depends on the machine."""
JETPACK = "The driver of a Jetson comes with JetPack: a newer JetPack brings a newer one."
OF_PYTORCH = frozenset(("torch", "torchvision", "torchaudio", "triton", "pytorch-triton"))
"""What the indexes of PyTorch's builds have beside torch (pytorch.org/get-started/locally)."""
TRIED = 3
"""Builds that are judged whole, newest first, before none is named."""


def fitted(work: Working, found: list[Finding], trial: Trial) -> list[Finding]:
    """The findings, those on builds with the remedy for this machine."""
    known = frozenset(finding.id for finding in found if finding.severity in ("error", "warning"))
    found = [_fitted(work, one, trial, known) if _is_of_build(work, one) else one for one in found]
    return (
        [replace(one, fix=Fix(JETPACK)) if _updates_driver(one) else one for one in found] if on_jetson(work) else found
    )


def _updates_driver(finding: Finding) -> bool:
    """Whether a row's fix is another driver."""
    text = finding.fix.text if finding.fix is not None else ""
    return finding.kind in ("requires", "pairs") and "driver" in finding.involves and "driver" in text


def _is_of_build(work: Working, finding: Finding) -> bool:
    """Whether a law says of a build that it does not serve this machine. Where the row's fix sets a variable, the
    build is to stay."""
    if finding.kind not in LAWS or finding.severity not in ("error", "warning"):
        return False
    commands = finding.fix.commands if finding.fix is not None else ()
    return has_builds(work, finding.subject) and not any(command.startswith("export ") for command in commands)


def _fitted(work: Working, finding: Finding, trial: Trial, known: frozenset[str]) -> Finding:
    pins = way(work, finding.subject, trial, known=known)
    texts = [_sentence(work, pins)] if pins else []
    if finding.kind == "driver":
        texts.append(_driver(work, finding, other=bool(pins)))
    elif not pins and (on_jetson(work) or finding.fix is None):
        # The words of a row are for every machine: on a Jetson they would lead to builds that do not run there.
        return replace(finding, fix=None)
    elif not pins:
        return finding
    return replace(finding, fix=Fix(" ".join(filter(None, texts)), (command(pins),) if pins else (), judged=True))


def _sentence(work: Working, pins: tuple[Pin, ...]) -> str:
    names = [f"{_title(work, pin.name)} {_release(pin)}".strip() for pin in pins]
    return f"For this machine take {_joined(names)} from {index_name(pins[0].index)}."


def _release(pin: Pin) -> str:
    """The release that it pins, or whose specifier does."""
    return pin.release or (pin.specifier[2:] if re.fullmatch(r"==[^,*]+", pin.specifier) else "")


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _title(work: Working, distribution: str) -> str:
    product = work.store.by_distribution(distribution)
    return work.store.product(product).title if product is not None else distribution


def _driver(work: Working, finding: Finding, *, other: bool) -> str:
    if on_jetson(work):
        return "" if other else JETPACK
    needed = finding.message.partition("needs the NVIDIA driver ")[2].partition(";")[0]
    update = f"{'Or u' if other else 'U'}pdate the NVIDIA driver"
    return f"{update} to {needed}." if needed else f"{update}."


_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.=+-")
"""What a shell leaves as it is."""


def command(pins: tuple[Pin, ...]) -> str:
    """The command that installs these, all from the index of the first."""
    texts = (str(pin.ask) for pin in pins)
    names = [f'"{text}"' if set(text) - _BARE else text for text in texts]
    url = versions.index_url(pins[0].index)
    return f"pip install {' '.join(names)}{'' if url is None else f' --index-url {url}'}"


def way(
    work: Working, subject: str, trial: Trial, *, inside: bool = False, known: frozenset[str] = frozenset()
) -> tuple[Pin, ...]:
    """The newest release with a build for this machine, and what has to go with it; () where none passes. What has no
    index of its own goes with a companion that has one. `inside`: what the lines allow alone; `known`: the ids of the
    findings that there are."""
    companions = _companions(work, subject)
    pins = _own_way(work, subject, companions, trial, inside=inside, known=known)
    for other in () if pins else companions or _needed(work, subject):
        name = _name(work, subject)
        beside = _companions(work, other) or {subject: Pin(name, None, "pypi").ask}
        pins = _own_way(work, other, beside, trial, inside=inside, known=known)
        # What has no builds of its own is on no index of builds.
        if any(pin.name == name for pin in pins) and (has_builds(work, subject) or pins[0].index == "pypi"):
            return pins
    return pins if any(pin.name == _name(work, subject) for pin in pins) else ()


def _own_way(
    work: Working, subject: str, companions: Mapping[str, Ask], trial: Trial, *, inside: bool, known: frozenset[str]
) -> tuple[Pin, ...]:
    """A release that the lines allow goes first, and of one that is installed the same from another index."""
    name = _name(work, subject)
    # Where the list of an index is not known, the lines themselves say which releases are meant.
    lines = ",".join(ask.specifier for ask in work.asks.get(subject, ()) if ask.specifier) if inside else ""
    for (release, index), asked in islice(_in_turn(work, subject, inside=inside), TRIED):
        alone = Pin(name, release, index, lines if release is None else "")
        # Of an index without a list nobody knows whether it has the release that goes with what stays where it is.
        beside = release is None and not OF_PYTORCH.isdisjoint(ask.name for ask in companions.values())
        apart: tuple[tuple[Pin, ...], ...] = () if beside else ((alone,),)
        for pins in (*_together(alone, list(companions.values()), asked=asked), *apart):
            if trial.works_with(pins, known):
                return pins
    return ()


def _in_turn(work: Working, subject: str, *, inside: bool) -> Iterator[tuple[tuple[str | None, str], bool]]:
    """The releases to try with their indexes, and whether the lines allow each; what is not tried is not worked out."""
    domain = work.domain(subject)
    if domain is not None and domain.presence == "found" and domain.values:
        own = domain.values[0].partition("+")[0]
        found = sorted(serving(work, subject), key=lambda way: way[0] != own)
        # An installer takes what is there for it, whatever index it came from, unless the build is named.
        yield from (((_labelled(*way, own), way[1]), True) for way in found if way != (own, "pypi"))
        return
    allowed = domain.range if domain is not None and domain.presence in ("asked", "wanted") else None
    if allowed is None:
        yield from ((way, True) for way in serving(work, subject))
        return
    if on_jetson(work) and not inside:
        # Its index may have any release, which goes before the ones that the lines exclude.
        ways = list(serving(work, subject))
        yield from ((way, True) for way in ways if way[0] is None or _admits(allowed, way[0]))
        yield from ((way, False) for way in ways if way[0] is not None and not _admits(allowed, way[0]))
        return
    yield from ((way, True) for way in serving(work, subject, lambda release: _admits(allowed, release)))
    if not inside:
        others = serving(work, subject, lambda release: not _admits(allowed, release))
        yield from ((way, way[0] is None) for way in others)


def _name(work: Working, subject: str) -> str:
    """The distribution that the lines ask for, else the first that the product is."""
    asks = (ask.name for ask in work.asks.get(subject, ()) if not ask.constraint and ask not in work.stack.wants)
    return next(asks, None) or work.store.product(subject).pip[0]


def _labelled(release: str | None, index: str, installed: str) -> str | None:
    """The release with the label of its index's builds, where the same one is installed from elsewhere."""
    label = index.rpartition("/")[2]
    return f"{release}+{label}" if release == installed and label.startswith("cu") else release


def _admits(allowed: object, release: str) -> bool:
    version = versions.parse(release)
    return version is not None and version in allowed  # type: ignore[operator]


def _companions(work: Working, subject: str) -> dict[str, Ask]:
    """The lines for what has builds of its own and goes with certain releases of this one alone; for what is installed
    one that is open."""
    found: dict[str, Ask] = {}
    for other in (*work.asks, *work.installed):
        if other == subject or not work.store.store.knows(other) or not has_builds(work, other):
            continue
        rows = (*work.store.rows_of(other, Relation), *work.store.rows_of(subject, Relation))
        if any({row.product, *(name for name, _ in row.needs)} >= {subject, other} for row in rows):
            asks = [ask for ask in work.asks.get(other, ()) if ask.applies and not ask.constraint and ask.url is None]
            found[other] = asks[0] if asks else Pin(work.store.product(other).pip[0], None, "pypi").ask
    return found


def _needed(work: Working, subject: str) -> list[str]:
    """The products with builds of their own that this one brings along."""
    rows = work.store.rows_of(subject, Relation)
    names = dict.fromkeys(name for row in rows if row.installer for name, _ in row.needs)
    return [name for name in names if work.store.store.knows(name) and has_builds(work, name)]


def _together(alone: Pin, companions: Sequence[Ask], *, asked: bool) -> Iterator[tuple[Pin, ...]]:
    """The build with its companions from the same index: as their lines ask for them, where it is what its own line
    asks for (`asked`); then in whichever release the installer finds to go with it, since not every index has all."""
    if not alone.index.startswith(("pypi", "jp")) and any(ask.name not in OF_PYTORCH for ask in companions):
        return
    opened = tuple(Pin(ask.name, None, alone.index) for ask in companions)
    if opened and asked and alone.release is not None:
        yield (alone, *(replace(pin, specifier=ask.specifier) for pin, ask in zip(opened, companions, strict=True)))
    if opened:
        yield (alone, *opened)


def serving(
    work: Working, subject: str, counts: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str | None, str]]:
    """Releases that count, newest first, each with an index that has a build of it for this machine, by the laws on
    builds; PyPI goes before other indexes, then the newest CUDA. None is whichever release an index has whose list is
    not known."""
    unlisted: set[str] = set()
    tegra = on_tegra(work)
    state = work.domain("jetpack")
    jetpack = state.values[0] if state is not None and state.values else ""
    for release in filter(counts, by_preference(work.store.store.product(subject).releases)):
        domain = Domain(subject, "asked", (release,))
        fitting = {
            index: row
            for row in of_release(work, domain, release)
            if not row.none and row.variant != "cpu" and work.applies(row)[0] is True
            for index in row.index
            if may_serve(index, release, jetpack) and (index.startswith("jp") or not (row.cuda and tegra))
        }
        for index in sorted(fitting, key=lambda name: (name == "pypi", name.rpartition("cu")[2], name), reverse=True):
            if index in unlisted or not _serves(work, domain, release, fitting[index], index):
                continue
            if has_list(index):
                yield release, index
            else:
                unlisted.add(index)
                yield None, index


def _serves(work: Working, domain: Domain, release: str, row: Builds, index: str) -> bool:
    return build_laws.judge(work, domain, release, row, Options((row,), index)).result == "holds"
