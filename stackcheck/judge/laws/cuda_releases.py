"""CUDA releases and drivers: which CUDA a driver serves, which driver a CUDA needs, and which PTX it reads.

From 11 on, a driver runs every release of its CUDA family (minor-version compatibility); before, it runs those up to
its own. PTX has no such rule: it is compiled by the driver, and a driver reads the PTX versions up to that of the CUDA
that it came with (docs.nvidia.com/deploy/cuda-compatibility).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from stackcheck import versions
from stackcheck.judge.build_options import on_jetson
from stackcheck.judge.domain import Domain, Fit, Step, fit
from stackcheck.matrix.rows import Compilers, Relation
from stackcheck.model import Known
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition

FAMILIES_FROM = 11
"""The CUDA major from which a driver runs every release of its family."""


@dataclass(frozen=True, eq=False, repr=False)
class Served:
    """The newest CUDA that the machine's driver serves, and how that is known."""

    cuda: Version
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Old:
    """A driver that a CUDA does not start on: the row that says so, what it needs, and what there is."""

    row: Relation
    text: str
    state: Domain


def row_of(work: Working, cuda: str) -> Compilers | None:
    """What is known of a CUDA release."""
    rows = work.store.rows_of("cuda", Compilers)
    return next((row for row in rows if row.release is not None and row.release.admits(cuda)), None)


def served(work: Working) -> Served | None:
    """What the driver serves; None where that is not known."""
    state = work.domain("cuda-driver")
    version = versions.parse(state.values[0]) if state is not None and len(state.values) == 1 else None
    return None if state is None or version is None else Served(version, state.steps)


def by_number(work: Working, driver: Domain) -> str | None:
    """The newest CUDA release that came with this driver's branch or an older one; on Windows by the whole number,
    since its branches have no numbers of their own. None on a Jetson, whose drivers are counted apart."""
    number = versions.parse(driver.values[0]) if driver.values else _lowest(driver)
    if number is None or on_jetson(work):
        return None
    found: str | None = None
    for row in work.store.rows_of("cuda", Compilers):
        own = versions.parse(row.windows_driver if _is_windows(work) else row.driver or "") if _has(work, row) else None
        if own is None or row.release is None:
            continue
        if (own <= number) if _is_windows(work) else (own.major <= number.major):
            found = row.release.texts[0]
    return found


def too_old(work: Working, cuda: str) -> Old | None:
    """Whether the driver is too old for a CUDA, whatever minor-version compatibility allows."""
    needed = driver_row(work, cuda)
    if needed is None or bridged(work, cuda):
        return None
    row, condition = needed
    driver, wanted = work.state("driver"), versions.parse(cuda)
    says = work.state("cuda-driver") if isinstance(work.stack.facts.get("cuda-driver"), Known) else None
    own = versions.parse(says.values[0]) if isinstance(says, Domain) and says.values else None
    if wanted is None or (own is not None and _family(own) >= _family(wanted)):
        return None  # what it says itself counts, whatever its number: there may be other libraries in front of it
    if isinstance(driver, Domain):
        if fit(driver, condition) is not Fit.NONE:
            return None
        return Old(row, f"needs the NVIDIA driver {condition}", driver)
    if not isinstance(says, Domain) or own is None:
        return None
    least = wanted.major if wanted.major >= FAMILIES_FROM else cuda
    return Old(row, f"needs a driver that serves CUDA {least}", says)


def driver_row(work: Working, cuda: str) -> tuple[Relation, Condition] | None:
    """The row on the driver that this CUDA needs here, with its condition."""
    maybe: tuple[Relation, Condition] | None = None
    for row in work.store.rows_of("cuda", Relation):
        condition = next((condition for subject, condition in row.needs if subject == "driver"), None)
        if not row.hard or condition is None or row.release is None or not row.release.admits(cuda):
            continue
        applies = work.applies(row)[0]
        if applies is True:
            return row, condition
        if applies is None and maybe is None and not row.where:
            maybe = row, condition
    return maybe


def newer_ptx(work: Working, cuda: str) -> tuple[Compilers, Compilers, Served] | None:
    """Where a CUDA writes newer PTX than the driver reads: its row, that of the driver's CUDA, and the driver."""
    own = row_of(work, cuda)
    if own is None or own.ptx_version is None or (own.driver is None and own.windows_driver is None):
        return None  # where its driver is not known, a newer one than those of the table may serve it
    known = served(work)
    if known is None or bridged(work, cuda):
        return None
    wanted = versions.parse(cuda)
    other = row_of(work, str(known.cuda))
    if wanted is None or known.cuda >= wanted or other is None or other.ptx_version is None:
        return None
    return (own, other, known) if Version(own.ptx_version) > Version(other.ptx_version) else None


def bridged(work: Working, cuda: str) -> bool:
    """Whether forward-compatibility libraries for this CUDA are there, on a GPU that may use them."""
    wanted = versions.parse(cuda)
    forward = work.domain("forward-compatibility")
    if wanted is None or (forward is not None and forward.values == ("no",)):
        return False
    return any((wanted.major, wanted.minor) <= release for release in compat(work))


def compat(work: Working) -> list[tuple[int, int]]:
    """The CUDA releases of the forward-compatibility packages that are installed."""
    names = (name for name, state in work.stack.system_packages.items() if isinstance(state, Known))
    parts = (name.removeprefix("cuda-compat-").split("-") for name in names if name.startswith("cuda-compat-"))
    return [(int(one[0]), int(one[1])) for one in parts if len(one) == 2 and all(word.isdecimal() for word in one)]


def _family(cuda: Version) -> tuple[int, int]:
    return (cuda.major, 0) if cuda.major >= FAMILIES_FROM else (cuda.major, cuda.minor)


def _is_windows(work: Working) -> bool:
    system = work.domain("os")
    return system is not None and system.values == ("windows",)


def _has(work: Working, row: Compilers) -> bool:
    return (row.windows_driver if _is_windows(work) else row.driver) is not None


def _lowest(driver: Domain) -> Version | None:
    """The branch of a driver of which no more is known."""
    if driver.range is None:
        return None
    return next((Version(str(number)) for number in range(300, 700) if Version(f"{number}.1") in driver.range), None)
