"""What is compiled on this machine, against the compilers and build tools that are here.

A line is compiled where it names a repository or a source archive, a release of which PyPI has no wheel for any
machine, or one of which no wheel fits this machine. torch's own builder (`torch/utils/cpp_extension.py`,
`_check_cuda_version`) refuses an nvcc of another CUDA major than torch's. pip and uv build in an environment of its own
with the newest build tools that the project admits (PEP 517, PEP 518): what those removed is missing there, whatever is
installed outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.build_options import of_another_machine, options
from stackcheck.judge.laws import wheel_law
from stackcheck.matrix.rows import SourceBuild, Wheels
from stackcheck.model import Absent, FeatureAsk, Finding, Fix, Known, Origin, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.catalog import Catalog
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask, Severity, Stack

TABLE = "source-builds"
FEATURE = "cuda-toolkit:source-build"
ISOLATED = ("setuptools", "cython", "numpy", "wheel")
"""Build tools that an installer takes from the index for a build, not from what is installed."""
CONSTRAINING = ("PIP_BUILD_CONSTRAINT", "UV_BUILD_CONSTRAINT")
"""Variables that name files with constraints for builds."""
RULE = Source("https://github.com/pytorch/pytorch/blob/v2.9.1/torch/utils/cpp_extension.py", "2026-11-28", "official")
SHOWN = 'nvcc --version; echo "$CUDA_HOME"; python -c "import torch; print(torch.version.cuda)"'
"""The command that shows the two sides of a mismatch."""
_SOURCES = pattern(r"\.(?:tar\.\w+|tgz|zip)(?:[#?].*)?$")
_COMPILERS = frozenset(("gcc", "g++", "build-essential", "clang", "cc"))
_BARE = ("slim", "base", "runtime")
"""Words in the tags of images that leave compilers out: Python's slim ones, NVIDIA's CUDA images without -devel."""
_LABEL = pattern(r"cu(\d+)(\d)")
"""torch's label of its CUDA: cu118 is 11.8, cu130 is 13.0."""
_OF_TOOLKIT = pattern(r"/cuda-(\d+\.\d+)(?=[/:]|$)")


@dataclass(frozen=True, eq=False, repr=False)
class Build:
    """One thing that is compiled here: a line, or what compiles its code when it is first used. `how` says why, as the
    end of a sentence; `sure`: no index that is asked may have a wheel; `doubtful`: nothing is known of its wheels."""

    name: str
    version: str | None
    row: SourceBuild
    how: str
    sure: bool
    ask: Ask | None = None
    doubtful: bool = False

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name} {self.version}"


def implied(stack: Stack, store: Catalog) -> Iterator[FeatureAsk]:
    """The feature that a line asks for when what it names is compiled with nvcc, whatever wheels there are for whom."""
    for ask in stack.asks:
        if not _counts(ask) or not (_from_repository(ask) or ask.url is None):
            continue
        for row in _rows(store, ask.name, _pin(ask), repository=_from_repository(ask)):
            sure = _from_repository(ask) or ask.built or (row.sdist_only and _only_pypi(ask))
            if row.by in ("torch", "cuda") and sure:
                origin = Origin(f"{ask} is compiled here", ask.origin.place, ask.origin.location)
                yield FeatureAsk(FEATURE, origin)
                return


def findings(work: Working) -> Iterator[Finding]:
    """What stands in the way of the builds of a stack. Call it after the engine."""
    builds = list(_builds(work))
    yield from _nvcc(work, [build for build in builds if build.row.by == "torch"])
    for build in builds:
        yield from _no_toolkit(work, build)
        yield from _tools(work, build)
    yield from _no_compiler(work, builds)
    if FEATURE in work.features:
        yield from _paths(work)


# --- what is compiled -------------------------------------------------------------------------------------------------


def _builds(work: Working) -> Iterator[Build]:
    for ask in work.stack.asks:
        version = (_pin(ask) or _pick(work, ask)) if _counts(ask) else None
        rows = _rows(work.store, ask.name, version, repository=_from_repository(ask)) if _counts(ask) else []
        build = _build(work, ask, version, rows[0]) if rows else None
        if build is not None:
            yield build
    if FEATURE in work.features:
        for name, state in sorted(work.stack.packages.items()):
            rows = _rows(work.store, name, state.value) if isinstance(state, Known) else []
            if isinstance(state, Known) and rows:
                yield Build(name, state.value, rows[0], "a build is asked for", True)


def _build(work: Working, ask: Ask, version: str | None, row: SourceBuild) -> Build | None:
    """What a line of a project in the table compiles, and why; None where a wheel may be taken."""
    if _from_repository(ask):
        return Build(ask.name, None, row, "its line names sources", True, ask)
    if ask.url is not None:
        return None
    if ask.built:
        return Build(ask.name, version, row, "its file forbids wheels", True, ask)
    if row.sdist_only:
        return Build(ask.name, version, row, "PyPI has no wheel of it", _only_pypi(ask), ask)
    if version is not None and _without_wheel(work, ask, version):
        return Build(ask.name, version, row, "PyPI has no wheel of it for this machine", _only_pypi(ask), ask)
    if row.tools and _nothing_known(work, ask):
        return Build(ask.name, version, row, "unless there is a wheel for this machine", False, ask, doubtful=True)
    return None


def _counts(ask: Ask) -> bool:
    return ask.applies is not False and not ask.constraint and ask.name != "python"


def _from_repository(ask: Ask) -> bool:
    url = (ask.url or "").lower()
    return bool(url) and (url.startswith(("git+", "hg+", "svn+", "bzr+")) or _SOURCES.search(url) is not None)


def _only_pypi(ask: Ask) -> bool:
    return ask.indexes is None or ask.indexes.names == ("pypi",)


def _rows(store: Catalog, name: str, version: str | None, *, repository: bool = False) -> list[SourceBuild]:
    """The rows of a project, or of what a repository of this name holds."""
    named = store.rows_naming(TABLE, SourceBuild, (name,))
    rows = [row for row in named if name in row.projects or (repository and name in row.repositories)]
    return [row for row in rows if row.release is None or row.release.admits(version or "999999") is True]


def _pin(ask: Ask) -> str | None:
    text = ask.specifier
    return text[2:].strip() if text.startswith("==") and not any(sign in text for sign in (",", "*", "===")) else None


def _pick(work: Working, ask: Ask) -> str | None:
    """The release that an installer would take, where one is known."""
    domain = work.domain(work.store.subject(ask.name))
    return domain.pick if domain is not None and domain.presence != "found" else None


def _without_wheel(work: Working, ask: Ask, version: str) -> bool:
    """Whether PyPI's record has sources of this release, and no wheel that serves this machine."""
    record, machine = work.store.record(ask.name), work.machine
    release = record.release(version) if record is not None else None
    if release is None or machine is None or not release.sdist:
        return False
    return isinstance(wheel_law.fit(release, machine), wheel_law.Miss)


def _nothing_known(work: Working, ask: Ask) -> bool:
    """Whether neither a record nor a row says which wheels there are."""
    subject = work.store.subject(ask.name)
    return work.store.record(ask.name) is None and not work.store.rows_of(subject, Wheels)


# --- what is in the way -----------------------------------------------------------------------------------------------


def _nvcc(work: Working, builds: list[Build]) -> Iterator[Finding]:
    """nvcc's major against that of torch's CUDA: once, by the first build."""
    toolkit, torch = work.domain("cuda-toolkit"), work.domain("torch")
    if toolkit is None or torch is None or not toolkit.values or not (builds or FEATURE in work.features):
        return
    cudas, guessed = _cudas(work, torch)
    nvcc, majors = _major(toolkit.values[0]), {_major(value) for value in cudas}
    if nvcc is None or not cudas or None in majors or nvcc in majors:
        return
    shown = " or ".join(cudas)
    what = f"{builds[0]} is compiled here ({builds[0].how})" if builds else "What is compiled here beside torch"
    text = (
        f"{what}{',' if builds else ''} with the nvcc of CUDA {toolkit.values[0]}, and torch is a build with CUDA "
        f"{shown}: its builder refuses an nvcc of another major ('The detected CUDA version mismatches the version "
        "that was used to compile PyTorch')"
    )
    sure = bool(builds) and builds[0].sure and not guessed and toolkit.presence == "found"
    others = [f"{build} too" for build in builds[1:3]]
    yield _finding(
        "nvcc",
        f"{text}.",
        "error" if sure else "warning",
        builds[0] if builds else None,
        ("cuda-toolkit", "cuda", "torch"),
        (toolkit, torch),
        Fix(
            f"Install the toolkit of CUDA {shown} and let CUDA_HOME and PATH lead to it, or take a torch with CUDA "
            f"{nvcc}. The command shows both sides.",
            (SHOWN,),
        ),
        (RULE,),
        others,
    )


def _cudas(work: Working, torch: Domain) -> tuple[tuple[str, ...], bool]:
    """The CUDA of torch: by the label of every release that it may be, else of the build; and whether it is a guess."""
    possible = [options(work, torch, value) for value in torch.values]
    if of_another_machine(work, torch) or any(
        one is not None and all(row.none for row in one.rows) for one in possible
    ):
        return (), False  # no such torch is there
    labels = [_LABEL.fullmatch(versions.local_label(value) or "") for value in torch.values]
    if labels and all(labels):
        return tuple(dict.fromkeys(f"{found[1]}.{found[2]}" for found in labels if found)), False
    cuda = work.domain("cuda")
    return (cuda.values, cuda.assumed) if cuda is not None else ((), True)


def _has_no_build(work: Working, torch: Domain, value: str) -> bool:
    """Whether no such torch can be had here, which is said of torch itself."""
    possible = options(work, torch, value)
    return possible is not None and all(row.none for row in possible.rows)


def _no_toolkit(work: Working, build: Build) -> Iterator[Finding]:
    if build.row.by not in ("torch", "cuda") or build.ask is None or work.preflight:
        return
    vendor, state = work.domain("gpu-vendor"), work.state("cuda-toolkit")
    gpu = vendor is not None and vendor.values == ("nvidia",)
    spoken = work.store.knows(work.store.subject(build.name)) and _needs_row(work, build)
    if not isinstance(state, Absent) or not gpu or spoken:
        return
    text = (
        f"{build} is compiled here ({build.how}), and there is no CUDA toolkit: its GPU code needs nvcc. Without it "
        "the build stops, or what it builds has no GPU code."
    )
    yield _finding(
        "no-toolkit",
        text,
        "error" if build.sure and build.row.hard else "warning",
        build,
        ("cuda-toolkit",),
        (),
        Fix("Install the CUDA toolkit of torch's CUDA major, or build in an image that has it (-devel)."),
    )


def _needs_row(work: Working, build: Build) -> bool:
    """Whether a row of the matrix says already that this build needs the toolkit."""
    rows = work.store.rows_of(work.store.subject(build.name), Wheels)
    return any(subject == "cuda-toolkit" for row in rows for subject, _ in row.needs)


def _tools(work: Working, build: Build) -> Iterator[Finding]:
    """Build tools that no longer do what the build needs of them."""
    for tool, condition in build.row.tools:
        isolated = tool in ISOLATED or tool in build.row.brings
        domain = None if isolated else work.domain(tool)
        known = domain.values[0] if domain is not None and domain.values else None
        if not isolated and (known is None or condition.admits(known) is not False):
            continue
        if build.ask is None or (isolated and (build.doubtful or _holds_back(work.stack))):
            continue
        if isolated:
            instead = "an installer builds it with the newest one that its own build requirements admit"
        else:
            instead = f"here it is {known}"
        text = f"{build} is compiled here ({build.how}), which works with {tool} {condition} alone; {instead}."
        text = f"{text} {build.row.why}" if build.row.why else text
        yield _finding(
            tool,
            text,
            "error" if build.sure and build.row.hard else "warning",
            build,
            (tool,),
            (domain,) if domain is not None else (),
            build.row.fix or _held_back(tool, str(condition)),
            build.row.sources,
        )


def _holds_back(stack: Stack) -> bool:
    """Whether a variable names constraints for builds; what stands in that file is not looked at."""
    return any(isinstance(stack.variables.get(name), Known) for name in CONSTRAINING)


def _held_back(tool: str, condition: str) -> Fix:
    """How a tool is held back: in the environment of the build, for what an installer takes from the index."""
    if tool not in ISOLATED:
        return Fix(f"Put a {tool} {condition} in front of PATH for this build.")
    return Fix(
        f"Hold {tool} back for builds: a constraints file with that line, named by PIP_BUILD_CONSTRAINT (pip 26.2 or "
        "newer; PIP_CONSTRAINT before) or UV_BUILD_CONSTRAINT. Or take a release that has a wheel or builds without.",
    )


def _no_compiler(work: Working, builds: list[Build]) -> Iterator[Finding]:
    """Images that come without a compiler, where something is compiled in them."""
    image = _bare_image(work)
    if image is None:
        return
    name, state = image
    compiled = [build for build in builds if build.row.by in ("c", "cuda", "torch") and build.ask is not None]
    more = [(ask, version) for ask, version in _compiled_elsewhere(work) if ask.name not in {b.name for b in compiled}]
    shown = [*(str(build) for build in compiled), *(f"{ask.name} {version}" for ask, version in more)]
    if not shown:
        return
    asks = [*(build.ask for build in compiled), *(ask for ask, _ in more)]
    first = next(ask for ask in asks if ask is not None)
    text = (
        f"The image {name}:{state.value} has no C compiler, and {', '.join(shown[:3])} "
        f"{'is' if len(shown) == 1 else 'are'} compiled in it: no wheel serves this machine."
    )
    names = tuple(dict.fromkeys(ask.name for ask in asks if ask is not None))
    yield Finding(
        kind="source-build",
        id="source-build/no-compiler",
        severity="warning",
        subject=names[0],
        involves=tuple(sorted({*names, "gcc"})),
        message=text,
        location=first.origin.location,
        because=(
            Reason(state.origin.text, state.origin.place),
            *(Reason(f"{one} is compiled", "wheels") for one in shown),
        ),
        fix=Fix(
            "Install a compiler before pip runs, and build in a stage of its own; or take the image without -slim.",
            ("apt-get update && apt-get install -y --no-install-recommends build-essential",),
        ),
    )


def _bare_image(work: Working) -> tuple[str, Known] | None:
    """The base image, where its tag says that compilers are left out and nothing installs one."""
    if any(isinstance(work.stack.system_packages.get(name), Known) for name in _COMPILERS):
        return None
    for name, state in work.stack.images.items():
        words = state.value.split("-") if isinstance(state, Known) else []
        own = name == "python" or name.endswith("nvidia/cuda") or name in ("debian", "ubuntu")
        if own and isinstance(state, Known) and any(word in words for word in _BARE):
            return name, state
    return None


def _compiled_elsewhere(work: Working) -> Iterator[tuple[Ask, str]]:
    """Lines whose release has wheels with compiled code for other machines, and none for this one."""
    for ask in work.stack.asks:
        version = (_pin(ask) or _pick(work, ask)) if _counts(ask) and ask.url is None else None
        if version is None or not _without_wheel(work, ask, version):
            continue
        record = work.store.record(ask.name)
        release = record.release(version) if record is not None else None
        if release is not None and release.wheels:
            yield ask, version


def _paths(work: Working) -> Iterator[Finding]:
    """Toolkits of several CUDA releases that the variables of a build name: compiler of one, libraries of another."""
    named: dict[str, str] = {}
    for variable in ("CUDA_HOME", "CUDA_PATH", "PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH"):
        state = work.stack.variables.get(variable)
        found = _OF_TOOLKIT.search(state.value) if isinstance(state, Known) else None
        if found is not None:
            named[variable] = found[1]
    if len(set(named.values())) < 2:
        return
    shown = ", ".join(f"{name} leads to CUDA {version}" for name, version in named.items())
    text = f"A build here mixes CUDA toolkits: {shown}. Its compiler is of one, what it links or loads of another."
    yield _finding(
        "paths",
        text,
        "warning",
        None,
        ("cuda-toolkit", *named),
        (),
        Fix("Let all of them lead to one toolkit. The command shows which one is taken.", (SHOWN,)),
    )


def _major(text: str) -> int | None:
    version = versions.parse(text)
    return version.major if version is not None else None


def _finding(
    what: str,
    text: str,
    severity: Severity,
    build: Build | None,
    involves: tuple[str, ...],
    domains: tuple[Domain, ...],
    fix: Fix | None = None,
    sources: tuple[Source, ...] = (),
    others: list[str] | None = None,
) -> Finding:
    reasons = [Reason(f"{build} is compiled: {build.how}", build.ask.origin.place)] if build and build.ask else []
    reasons += [Reason(step.text, step.origin) for domain in domains for step in domain.steps]
    reasons += [Reason(other, TABLE) for other in others or ()]
    names = {*involves, *((build.name,) if build else ())}
    return Finding(
        kind="source-build",
        id=f"source-build/{build.name + '-' if build else ''}{what}",
        severity=severity,
        subject=build.name if build else involves[0],
        involves=tuple(sorted(names)),
        message=text,
        location=build.ask.origin.location if build and build.ask else None,
        because=tuple(dict.fromkeys(reasons)),
        fix=fix,
        sources=(*(build.row.sources if build else ()), *sources) if sources else (build.row.sources if build else ()),
    )
