"""A plan as the files that installers read: the index of each release as each format can say it.

    pip     an index has no packages of its own: labels ("2.9.0+cu130") tell PyTorch's builds from PyPI's, and what
            another index has without a label stands in a file of its own
    uv      `tool.uv.sources` names the index of each project
    pixi    each package names its index; conda brings Python alone

Which format it is says the file's name. Nothing is written here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.plan.values import PYPI
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackcheck.plan.values import Member, Plan

_PYTORCH = re.compile(r"cu\d+")
NAMES = "requirements*.txt, pylock.toml, constraints*.txt, pyproject.toml, environment.yml, pixi.toml, Dockerfile, *.sh"
"""The names of files that can be written."""


@dataclass(frozen=True)
class Written:
    """One file: its path beside the one that was asked for, and its text."""

    path: str
    text: str


def written(plan: Plan, path: str, base: str) -> tuple[Written, ...]:
    """The files for a path, by its name. `base` is the image that a Dockerfile begins with. Raises `ValueError` for a
    name of no format."""
    name = path.rpartition("/")[2]
    for pattern, write in _FORMATS:
        if pattern.fullmatch(name):
            if write not in (_script, _dockerfile) and not _members(plan):
                raise ValueError(f"{path}: the plan has nothing that a Python installer brings; write install.sh")
            return tuple(write(plan, path, base))
    raise ValueError(f"{path}: no format has this name; those are {NAMES}")


def named_after(path: str, machine: str) -> str:
    """The path of a file for one of several machines: requirements-dgx-spark.txt. Raises `ValueError` where an
    installer wants the name as it is."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if name == "pixi.toml":
        raise ValueError(f"{path}: holds one machine; write it for one target at a time")
    if stem.startswith("pylock"):
        return f"{folder}{slash}{stem}.{machine}{dot}{suffix}"
    if "Dockerfile" in name or "Containerfile" in name:
        return f"{path}.{machine}"
    return f"{folder}{slash}{stem}-{machine}{dot}{suffix}"


def is_project(path: str) -> bool:
    """Whether a path is that of a pyproject.toml, which may be there already."""
    return path.rpartition("/")[2] == "pyproject.toml"


def _members(plan: Plan) -> list[Member]:
    return [member for member in plan.members if member.distribution]


def _header(plan: Plan, *more: str) -> str:
    lines = (f"{plan.subject}, Python {plan.python}: stackcheck plan, matrix {plan.matrix}", *more)
    return "".join(f"# {line}\n" for line in lines)


def labelled(member: Member) -> str:
    """A member for pip, with the label by which PyTorch's own index tells its builds from PyPI's."""
    label = f"+{member.index}" if _PYTORCH.fullmatch(member.index) and member.version else ""
    return f"{member.requirement}{label}"


def _pylock(plan: Plan, path: str, base: str) -> Iterator[Written]:
    if plan.lock is None:
        raise ValueError(f"{path}: is a lock, which --lock makes")
    yield Written(path, _header(plan, *_left(plan)) + plan.lock.texts["pylock.toml"])


def _left(plan: Plan) -> list[str]:
    return [f"Not in it, nor what it alone brings: {text}" for text in plan.lock.left] if plan.lock is not None else []


def _requirements(plan: Plan, path: str, base: str) -> Iterator[Written]:
    members = _members(plan)
    if plan.lock is not None:
        beside = "".join(f"--extra-index-url {url}\n" for url in _beside(members))
        yield Written(path, _header(plan, *_left(plan)) + beside + plan.lock.texts["requirements.txt"])
        return
    mine = [member for member in members if member.index == PYPI or _PYTORCH.fullmatch(member.index)]
    others = list(dict.fromkeys(member.index for member in members if member not in mine))
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".txt")
    apart = {index: f"{stem}-{re.sub(r'[^a-z0-9]+', '-', index)}.txt" for index in others}
    if not mine and len(others) == 1:
        apart = {others[0]: name}
    for index, file in apart.items():
        lines = [
            f"--index-url {versions.index_url(index)}",
            *(one.requirement for one in members if one.index == index),
        ]
        yield Written(f"{folder}/{file}" if folder else file, _header(plan) + "".join(f"{line}\n" for line in lines))
    if mine or len(others) > 1:
        lines = [*(f"--extra-index-url {url}" for url in _beside(mine)), *map(labelled, mine)]
        first = [f"Install first: uv pip install -r {file}" for file in apart.values()]
        yield Written(path, _header(plan, *first) + "".join(f"{line}\n" for line in lines))


def _beside(members: Sequence[Member]) -> list[str]:
    """The addresses of the indexes beside PyPI."""
    own = [str(versions.index_url(member.index)) for member in members if member.index != PYPI]
    return list(dict.fromkeys([*own, *(member.beside for member in members if member.beside)]))


def _constraints(plan: Plan, path: str, base: str) -> Iterator[Written]:
    lines = [f"{one.distribution}=={one.version}{_label(one)}\n" for one in _members(plan) if one.version]
    yield Written(path, _header(plan) + "".join(lines))


def _label(member: Member) -> str:
    return f"+{member.index}" if _PYTORCH.fullmatch(member.index) else ""


def project(plan: Plan) -> str:
    """The plan as a pyproject.toml."""
    return next(_pyproject(plan, "pyproject.toml", "")).text


def _pyproject(plan: Plan, path: str, base: str) -> Iterator[Written]:
    members = _members(plan)
    lines = ["[project]", 'name = "planned"', 'version = "0"', f'requires-python = "=={plan.python}.*"']
    lines += ["dependencies = [", *(f'    "{one.requirement}",' for one in members), "]", *uv_tables(members)]
    yield Written(path, _header(plan) + "\n".join(lines) + "\n")


def index_names(members: Sequence[Member]) -> dict[str, str]:
    """uv's names of the indexes and addresses that some members need."""
    names = {one.index: re.sub(r"[^a-z0-9]+", "-", one.index) for one in members}
    return {**names, **{one.beside: _host_name(one.beside) for one in members if one.beside}}


def uv_tables(members: Sequence[Member]) -> list[str]:
    """uv's tables for what does not come from PyPI, as lines."""
    names = index_names(members)
    others = [one for one in members if one.index != PYPI]
    lines = ["", "[tool.uv.sources]"] if others else []
    lines += [f'{one.distribution} = {{ index = "{names[one.index]}" }}' for one in others]
    for index in dict.fromkeys(one.index for one in others):
        lines += ["", "[[tool.uv.index]]", f'name = "{names[index]}"', f'url = "{versions.index_url(index)}"']
        lines += ["explicit = true"]
    for url in dict.fromkeys(one.beside for one in members if one.beside):
        lines += ["", "[[tool.uv.index]]", f'name = "{names[url]}"', f'url = "{url}"']
    return lines


def _host_name(url: str) -> str:
    """A name for an index by its host: "nvidia" of https://pypi.nvidia.com."""
    return url.partition("://")[2].partition("/")[0].split(".")[-2]


def _environment(plan: Plan, path: str, base: str) -> Iterator[Written]:
    members = _members(plan)
    for member in members:
        if member.index != PYPI and not _PYTORCH.fullmatch(member.index):
            name = member.distribution
            raise ValueError(
                f"{path}: a file of conda's cannot say that {name} comes from {member.index} and not from PyPI, which "
                "has the same version; write requirements.txt or pyproject.toml"
            )
    pip = [*(f"--extra-index-url {url}" for url in _beside(members)), *map(labelled, members)]
    lines = ["name: planned", "channels:", "  - conda-forge", "dependencies:", f"  - python={plan.python}", "  - pip"]
    lines += ["  - pip:", *(f"      - {line}" for line in pip)]
    yield Written(path, _header(plan) + "\n".join(lines) + "\n")


def _pixi(plan: Plan, path: str, base: str) -> Iterator[Written]:
    platform = "linux-64" if plan.arch == "x86_64" else f"linux-{plan.arch}"
    lines = ["[workspace]", 'name = "planned"', 'channels = ["conda-forge"]', f'platforms = ["{platform}"]', ""]
    lines += ["[dependencies]", f'python = "{plan.python}.*"', "", "[pypi-dependencies]"]
    lines += [f"{one.distribution} = {{ {', '.join(_pixi_keys(one))} }}" for one in _members(plan)]
    beside = dict.fromkeys(one.beside for one in _members(plan) if one.beside)
    if beside:
        lines += ["", "[pypi-options]", "extra-index-urls = [" + ", ".join(f'"{url}"' for url in beside) + "]"]
    yield Written(path, _header(plan) + "\n".join(lines) + "\n")


def _pixi_keys(member: Member) -> Iterator[str]:
    yield f'version = "{f"=={member.version}" if member.version else "*"}"'
    if member.extras:
        yield "extras = [" + ", ".join(f'"{extra}"' for extra in member.extras) + "]"
    if member.index != PYPI:
        yield f'index = "{versions.index_url(member.index)}"'


def _script(plan: Plan, path: str, base: str) -> Iterator[Written]:
    lines = ["set -eu"]
    for step in plan.steps:
        lines += ["", f"# {step.text}", *step.commands]
    yield Written(path, "#!/usr/bin/env bash\n" + _header(plan) + "\n".join(lines) + "\n")


def _dockerfile(plan: Plan, path: str, base: str) -> Iterator[Written]:
    built = bool(plan.built) or any(member.source for member in plan.members)
    compilers = ["RUN apt-get update && apt-get install -y build-essential"] if built else []
    lines = [f"FROM {base}", *compilers, "COPY --from=ghcr.io/astral-sh/uv:latest /uv /usr/local/bin/uv"]
    lines += [f"RUN uv venv --python {plan.python} /opt/venv", "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH"]
    for step in plan.steps:
        lines += list(_layers(step.commands))
    yield Written(path, _header(plan) + "\n".join(lines) + "\n")


def _layers(commands: Sequence[str]) -> Iterator[str]:
    for command in commands:
        if command.startswith(("uv venv", "source ", "unset ")):
            continue
        if command.startswith("export "):
            yield f"ENV {command.removeprefix('export ')}"
        elif command.startswith("sudo apt"):
            yield f"RUN apt-get update && {command.removeprefix('sudo ').replace('install', 'install -y', 1)}"
        else:
            yield f"RUN {command}"


_FORMATS: tuple[tuple[re.Pattern[str], Callable[[Plan, str, str], Iterator[Written]]], ...] = (
    (re.compile(r"requirements[\w.-]*\.txt"), _requirements),
    (re.compile(r"constraints[\w.-]*\.txt"), _constraints),
    (re.compile(r"pylock(?:\.[\w-]+)?\.toml"), _pylock),
    (re.compile(r"pyproject\.toml"), _pyproject),
    (re.compile(r"environment[\w.-]*\.ya?ml"), _environment),
    (re.compile(r"pixi\.toml"), _pixi),
    (re.compile(r"(?:[\w.-]+\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?"), _dockerfile),
    (re.compile(r"[\w.-]+\.sh"), _script),
)
