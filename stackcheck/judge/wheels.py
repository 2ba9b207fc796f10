"""`wheels`: whether PyPI has a wheel of a release for this machine and Python, and what building it takes.

Wheel tags are those of PyPA's platform compatibility tags; the glibc of a manylinux tag is PEP 600's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import words
from stackcheck.judge.build_options import sure_of
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Fit, fit
from stackcheck.matrix.rows import Condition, ReplacedBy, Row, Wheels
from stackcheck.model import UNKNOWN_INDEX, Absent, Fix
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.check import Result
    from stackcheck.judge.working import Working


ALONE = "its file takes wheels alone (--only-binary, no-build), not its source distribution"


def wheels_alone(domain: Domain) -> bool:
    """Whether a line that asks for it lets an installer take no source distribution."""
    return any(ask.binary for ask in domain.asks if not ask.constraint)


def checks(work: Working, domain: Domain, value: str | None, _possible: Options | None) -> Iterator[Check]:
    """What an installer would find for one value; nothing for what is installed already."""
    if domain.presence not in ("asked", "implied", "wanted") or not _from_pypi(work, domain):
        return
    rows = [row for row in work.rows_for(domain, Wheels, value) if work.applies(row)[0] is not False]
    if on_musl(work):
        # What a row says of Linux it says of glibc, but for pure Python.
        rows = [row for row in rows if speaks_of_musl(row)]
    if not rows:
        return
    misses = [(row, _miss(work, row)) for row in rows]
    fitting = next((row for row, miss in misses if miss is None), None)
    if fitting is not None:
        # A wheel that only might fit (the machine or its Python is not known) is not counted as one that does.
        missing = _missing(work, fitting)
        result: Result = "unknown" if missing else "holds"
        yield Check(fitting, result, installer=True, subject=domain.subject, missing=missing)
        return
    sure = [pair for pair in misses if work.applies(pair[0])[0] is True]
    if not sure:
        missing = frozenset[str]().union(*(work.applies(row)[1] for row in rows))
        yield Check(rows[0], "unknown", installer=True, subject=domain.subject, missing=missing)
        return
    # The row that comes nearest explains best: a wheel for this machine but another Python, before no wheel at all.
    row, miss = min(sure, key=lambda pair: pair[1][0] if pair[1] else 0)
    yield from _without_wheel(work, domain, value, row, miss or (0, "", ""))


def on_musl(work: Working) -> bool:
    """Whether the machine's programs are linked against musl: its wheels have platform tags of their own (PEP 656)."""
    libc = work.domain("libc")
    return libc is not None and libc.values == ("musl",)


def speaks_of_musl(row: Wheels) -> bool:
    """Whether a row tells what there is for musl."""
    return "any" in row.arch or any(name == "libc" for name, _ in row.where)


def _from_pypi(work: Working, domain: Domain) -> bool:
    if any(ask.url for ask in domain.asks):
        return False
    indexes = work.indexes(domain)
    return indexes is None or "pypi" in indexes.names


def beside(work: Working, domain: Domain) -> str:
    """The index that is asked beside PyPI and that may have what PyPI has not; "" where there is none."""
    indexes = work.indexes(domain)
    names = () if indexes is None else indexes.names
    other = next((name for name in names if not sure_of((name,)) and name not in work.store.places(domain.subject)), "")
    return "an index that is not known" if other == UNKNOWN_INDEX else (f"the index {other}" if other else "")


def misses_python(work: Working, row: Wheels) -> bool:
    """Whether the row's wheels are for other Pythons than this one."""
    miss = _miss(work, row)
    return miss is not None and miss[2] == "python"


def _miss(work: Working, row: Wheels) -> tuple[int, str, str] | None:
    """Why the row's wheels do not serve this machine: rank, what is missing, which subject; None where they do."""
    arch = work.domain("arch")
    if not row.arch and arch is None:
        return 3, "wheel", "arch"  # there is none for any machine
    if "any" not in row.arch and arch is not None and arch.values[0] not in row.arch:
        return (
            3,
            f"wheel for {'musl on ' if on_musl(work) else ''}{arch.values[0]}",
            "libc" if on_musl(work) else "arch",
        )
    python = work.domain("python")
    if row.python is not None and python is not None and fit(python, row.python) is Fit.NONE:
        which = f"Python {python.values[0]}" if python.values else "the Python that is asked for"
        return 2, f"wheel for {which}", "python"
    glibc = work.domain("glibc")
    if row.glibc and glibc is not None and fit(glibc, Condition((f">={row.glibc}",))) is Fit.NONE:
        return 1, f"wheel for glibc {glibc.values[0]} (they need {row.glibc})", "glibc"
    return None


def _missing(work: Working, row: Wheels) -> frozenset[str]:
    """What would have to be known of the machine to say that the row's wheels serve it."""
    python, glibc = work.domain("python"), work.domain("glibc")
    known = {
        "arch": "any" in row.arch or work.domain("arch") is not None,
        "python": row.python is None or (python is not None and fit(python, row.python) is Fit.ALL),
        "glibc": row.glibc is None or (glibc is not None and fit(glibc, Condition((f">={row.glibc}",))) is Fit.ALL),
    }
    return frozenset(subject for subject, is_known in known.items() if not is_known)


def _without_wheel(
    work: Working, domain: Domain, value: str | None, row: Wheels, miss: tuple[int, str, str]
) -> Iterator[Check]:
    who = words.named(domain, value, work.store)
    alone = row.sdist != "no" and wheels_alone(domain)
    if row.sdist == "yes" and not alone:
        yield _check(work, domain, row, miss, f"{who} has no {miss[1]}, so it is built from source", hard=False)
        yield from _needs(work, domain, row, who)
        return
    builds = ALONE if alone else "its source distribution does not build by itself"
    tail = "and no source distribution" if row.sdist == "no" else f"and {builds}"
    other = beside(work, domain)
    text = f"{who} has no {miss[1]}{' on PyPI' if other else ''}, {tail}"
    if other:
        text += f"; whether {other} has one is not known"
    installs = row.sdist == "no" or alone
    check = _check(work, domain, row, miss, text, hard=row.hard, installer=row.hard and installs)
    yield replace(check, severity="warning") if other else check


def _needs(work: Working, domain: Domain, row: Wheels, who: str) -> Iterator[Check]:
    for subject, condition in row.needs:
        state = work.state(subject)
        if work.preflight and isinstance(state, Absent):
            continue  # what is still to be installed: the row's own sentence and fix say so
        missing = isinstance(state, Absent) or (isinstance(state, Domain) and fit(state, condition) is Fit.NONE)
        if missing:
            what = words.title(subject, work.store)
            has = words.has(subject, state)
            text = words.needs(f"The source build of {who}", "required", what, str(condition), has)
            check = _check(work, domain, row, (0, "", subject), text, hard=True)
            yield check
        elif not isinstance(state, Domain) or fit(state, condition) is Fit.UNKNOWN:
            yield Check(row, "unknown", row.hard, subject=domain.subject, missing=frozenset((subject,)))


def _check(
    work: Working,
    domain: Domain,
    row: Row,
    miss: tuple[int, str, str],
    text: str,
    *,
    hard: bool,
    installer: bool = False,
) -> Check:
    other = work.domain(miss[2])
    return Check(
        row,
        "fails",
        hard,
        installer,
        subject=domain.subject,
        message=words.sentence(text, row),
        because=(*domain.steps, *(other.steps if other else ())),
        involves=domain.involved | {miss[2]},
        fix=row.fix,
    )


def replacement(work: Working, product: str) -> Fix | None:
    """What the matrix names in place of a product, if it names something."""
    for row in work.store.rows_of(product, ReplacedBy):
        if work.applies(row)[0] is True:
            return row.fix or Fix(f"Take {row.by} instead.")
    return None
