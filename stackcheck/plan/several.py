"""One pyproject.toml for several machines, which its markers tell apart.

A marker sees the CPU (`platform_machine`) and the kernel (`platform_release`): that of a Jetson ends in "-tegra", and
the kernels of two generations of Jetson differ in their series. It sees no GPU and no driver, so machines that differ
in those alone need the same releases, or a file each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.plan.files import index_names
from stackcheck.plan.values import PYPI
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackcheck.plan.values import Member, Plan

    _Seen = tuple[str, bool, str]

_TEGRA = "'tegra' {} platform_release"
_SERIES = re.compile(r"\d+\.\d+\.")


@dataclass(frozen=True)
class Machine:
    """A plan with what a marker sees of its machine: the CPU, and the kernel's release ("6.8.12-tegra")."""

    plan: Plan
    arch: str
    kernel: str

    @property
    def name(self) -> str:
        """What the machine is called."""
        return machine_name(self.plan.subject)

    @property
    def seen(self) -> _Seen:
        """All that a marker can tell of it: its CPU, whether it is a Jetson, and that one's series of kernels."""
        series = _SERIES.match(self.kernel)
        tegra = "tegra" in self.kernel
        # Servers and desktops move from one kernel to the next with each update, a Jetson with its JetPack alone.
        return self.arch, tegra, series[0] if series and tegra else ""

    @property
    def asked(self) -> frozenset[tuple[str, str]]:
        """What it is to have: requirements, each with its index, and the Python."""
        members = (member for member in self.plan.members if member.distribution)
        return frozenset({*((one.requirement, one.index) for one in members), ("python", self.plan.python)})


def machine_name(subject: str) -> str:
    """The name of a machine in the name of a file: "dgx-spark" of "target dgx-spark"."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", subject.removeprefix("target ").rpartition("/")[2])


def pyproject(machines: Sequence[Machine]) -> str:
    """The file for several machines. Raises `ValueError` for two that no marker tells apart and that differ."""
    markers = _markers(machines)
    members: dict[str, list[tuple[str, Member]]] = {}
    for machine, marker in zip(machines, markers, strict=True):
        for member in machine.plan.members:
            if member.distribution:
                members.setdefault(member.distribution, []).append((marker, member))
    every = tuple(dict.fromkeys(markers))
    lines = [f"# {one.name}, Python {one.plan.python}: stackcheck plan, matrix {one.plan.matrix}" for one in machines]
    lines += ["[project]", 'name = "planned"', 'version = "0"']
    lines += [f'requires-python = "{_pythons(one.plan.python for one in machines)}"', "dependencies = ["]
    for pairs in members.values():
        lines += [f'    "{line}",' for line in _requirements(pairs, every)]
    lines.append("]")
    if len(every) > 1:
        lines += ["", "[tool.uv]", "environments = ["]
        lines += [*(f'    "{text}",' for text in _environments(machines, markers)), "]"]
    return "\n".join([*lines, *_sources(members, every)]) + "\n"


def _environments(machines: Sequence[Machine], markers: Sequence[str]) -> dict[str, None]:
    """For what uv resolves: the markers, each with its Python where that differs, which uv would take for any."""
    differ = len({one.plan.python for one in machines}) > 1
    return dict.fromkeys(
        f"{marker} and python_version == '{one.plan.python}'" if differ else marker
        for one, marker in zip(machines, markers, strict=True)
    )


def _requirements(pairs: Sequence[tuple[str, Member]], every: Sequence[str]) -> Iterator[str]:
    by_requirement: dict[str, list[str]] = {}
    for marker, member in pairs:
        by_requirement.setdefault(member.requirement, []).append(marker)
    for requirement, markers in by_requirement.items():
        where = _either(markers, every)
        yield f"{requirement}; {where}" if where else requirement


def _sources(members: dict[str, list[tuple[str, Member]]], every: Sequence[str]) -> Iterator[str]:
    all_members = [member for pairs in members.values() for _, member in pairs]
    names = index_names(all_members)
    others = {name: [pair for pair in pairs if pair[1].index != PYPI] for name, pairs in members.items()}
    used = dict.fromkeys(member.index for pairs in others.values() for _, member in pairs)
    if used:
        yield from ("", "[tool.uv.sources]")
    for name, pairs in others.items():
        by_index: dict[str, list[str]] = {}
        for marker, member in pairs:
            by_index.setdefault(member.index, []).append(marker)
        tables = []
        for index, markers in by_index.items():
            where = _either(markers, every)
            tables.append(f'{{ index = "{names[index]}"' + (f', marker = "{where}" }}' if where else " }"))
        if tables:
            yield f"{name} = [{', '.join(tables)}]"
    for index in used:
        yield from ("", "[[tool.uv.index]]", f'name = "{names[index]}"', f'url = "{versions.index_url(index)}"')
        yield "explicit = true"
    for url in dict.fromkeys(member.beside for member in all_members if member.beside):
        yield from ("", "[[tool.uv.index]]", f'name = "{names[url]}"', f'url = "{url}"')


def _either(markers: Iterable[str], every: Sequence[str]) -> str:
    """A marker for any of some; "" for all of them."""
    own = tuple(dict.fromkeys(markers))
    if set(own) == set(every):
        return ""
    return own[0] if len(own) == 1 else " or ".join(f"({one})" if " and " in one else one for one in own)


def _pythons(series: Iterable[str]) -> str:
    minors = sorted({int(one.split(".")[1]) for one in series})
    return f"==3.{minors[0]}.*" if len(minors) == 1 else f">=3.{minors[0]},<3.{minors[-1] + 1}"


def _markers(machines: Sequence[Machine]) -> list[str]:
    """The marker of each machine: two machines meet the same one, or none that both meet."""
    pairs = [(one.seen, other.seen) for one in machines for other in machines if one.asked != other.asked]
    for one, other in ((one, other) for one in machines for other in machines):
        if one.seen == other.seen and one.asked != other.asked:
            raise ValueError(
                f"no marker tells {one.name} from {other.name}, and they need other releases; write a "
                "requirements.txt, which is one file for each"
            )
    return [" and ".join(_parts(*one.seen, pairs)) for one in machines]


def _parts(arch: str, tegra: bool, series: str, pairs: Sequence[tuple[_Seen, _Seen]]) -> Iterator[str]:
    """What a marker says of a machine: as much as some two of its kind that differ need. `pairs` are all that do."""
    if any(one[0] != other[0] for one, other in pairs):
        yield f"platform_machine == '{arch}'"
    own = [(one[1:], other[1:]) for one, other in pairs if one[0] == other[0] == arch]
    every = sorted({one[1] for pair in own for one in pair if one[0] and pair[0][0] == pair[1][0]})
    if every or any(one[0] != other[0] for one, other in own):
        yield _TEGRA.format("in" if tegra else "not in")
    if every and tegra:
        # uv has to see that no machine meets two of them.
        yield from (f"'{other}' not in platform_release" for other in every if other < series)
        yield f"'{series}' in platform_release"
