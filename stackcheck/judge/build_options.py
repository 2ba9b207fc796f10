"""Which builds of a release an installer may have taken or would take: by label, index, and the files themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from stackcheck import versions
from stackcheck.judge.domain import Domain, Fit, Step, within
from stackcheck.matrix.rows import Builds, Wheels
from stackcheck.model import Absent, Code, Unknown
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from stackcheck.judge.domain import Presence
    from stackcheck.judge.working import Working

_NGC = pattern(r"nv\d\d\.\d\d?")
_OF_PYTORCH = pattern(r"(?:(?:nightly|test)/)?(?:cu\d+|cpu|xpu|rocm[\d.]+)")
_CUDA_LABEL = pattern(r"cu(\d\d)(\d)")
_WHEEL = pattern(r"linux\w*?_(x86_64|aarch64)\.whl(?:[#?]|$)")
_JETPACK = pattern(r"jp(\d+)/")
_VERSION = pattern(r"\d+(?:\.\d+)+")
_OF_JETSONS = frozenset(("5.3", "6.2", "7.2", "8.7", "10.1", "11.0"))
"""Capabilities of GPUs that are parts of Jetson modules alone."""
NOT_FOR_PIP = ("ngc", "cpu")
"""Indexes of the matrix that are no way to a GPU build: NVIDIA's images, and the builds without CUDA by choice."""


@dataclass(frozen=True, eq=False, repr=False)
class Options:
    """The builds that a value may be. `origin` says where it comes from, "" where that is any index that has one.
    `assumed`: nothing says where it came from, PyPI is taken for likely.
    `chosen_cpu`: the user named the CPU index or label. `label` is that of a build of which no row speaks."""

    rows: tuple[Builds, ...]
    origin: str
    assumed: bool = False
    chosen_cpu: bool = False
    label: str | None = None

    @property
    def variants(self) -> frozenset[str] | None:
        """The names of the builds; None where none has one."""
        names = frozenset(row.variant for row in self.rows if row.variant)
        return names or (frozenset((self.label,)) if self.label is not None else None)


def has_builds(work: Working, product: str) -> bool:
    """Whether the matrix says anything of this product's builds."""
    return bool(work.store.rows_of(product, Builds))


def options(work: Working, domain: Domain, value: str | None) -> Options | None:
    """The builds that this value may be on this machine; None where nothing is known of them."""
    if domain.presence == "todo" or _without_builds(work, domain) or of_another_machine(work, domain):
        return None
    if value is None:
        return _of_index(work, domain)
    rows = [row for row in of_release(work, domain, value) if work.applies(row)[0] is not False]
    code = of_files(work, domain)
    if code is not None:
        rows = [row for row in rows if _is_this(row, code)]
    named = isinstance(code, Code) and code.cuda is not None
    label = versions.local_label(value)
    possible = (
        _labelled(work, domain, rows, label) if label is not None else _unlabelled(work, domain, rows, sure=named)
    )
    return Options(tuple(rows), "its own version.py") if possible is None and rows and named else possible


def of_another_machine(work: Working, domain: Domain) -> bool:
    """Whether the one wheel that a line names is made for another architecture: its tags say all there is to say."""
    arch = work.domain("arch")
    urls = [ask.url for ask in domain.asks if not ask.constraint and ask.url is not None]
    if arch is None or len(arch.values) != 1 or not urls or domain.presence == "found":
        return False
    named = {found[1] for url in urls if (found := _WHEEL.search(url)) is not None}
    return len(named) == 1 and arch.values[0] not in named


def _is_this(row: Builds, code: Code | Absent) -> bool:
    """Whether an installed build whose files were read may be the one of a row, whatever its name says."""
    if isinstance(code, Absent) or row.none:
        return row.variant == "cpu" and not row.none
    return row.variant != "cpu" and (code.cuda is None or row.cuda == code.cuda)


def _unlabelled(work: Working, domain: Domain, rows: list[Builds], *, sure: bool) -> Options | None:
    """The builds by where an installer takes them from. `sure`: what is installed names the CUDA of these rows."""
    if domain.subject in work.brought and domain.presence in ("found", "some"):
        return None  # no index gave it
    indexes = work.indexes(domain)
    if domain.presence == "found" and indexes is None:
        # A product with one build alone (Triton) has that one, on a Jetson most likely.
        if on_jetson(work) or _beside_nvidias_torch(work):
            alone = all(row.variant == "pypi" for row in rows)
            return _from_index(rows, "pypi", assumed=True) if alone else None
        elsewhere = any(name != "pypi" for row in rows for name in row.index)
        return _from_index(rows, "pypi", assumed=not sure and elsewhere)
    if work.of_image(domain):
        return None  # an image holds the build that its makers took
    if indexes is None:
        # What PyPI has is what most installers take, so that it explains where none serves.
        builds = tuple(sorted((row for row in rows if not row.none), key=lambda row: "pypi" not in row.index))
        return Options(builds, "") if builds else None
    known = [name for name in indexes.names if serves(work, domain, name)]
    unsure = any(name not in known and not _harmless(name) for name in indexes.names)
    ordered = known if indexes.strategy == "first" else sorted(known, key=lambda name: name == "pypi")
    for name in ordered[:1] if indexes.strategy == "first" else ordered:
        chosen = _from_index(rows, name, assumed=unsure)
        if chosen is not None:
            return chosen
    return None


def _without_builds(work: Working, domain: Domain) -> bool:
    """Indexes have their builds for glibc alone; on musl, what is there was made elsewhere."""
    libc = work.domain("libc")
    return libc is not None and libc.values == ("musl",) and of_files(work, domain) is None


def _of_index(work: Working, domain: Domain) -> Options | None:
    """The builds of an index whose newest release is not known: those that it is known to have, of any release."""
    indexes = work.indexes(domain)
    if domain.presence != "asked" or indexes is None or domain.values:
        return None
    rows = [
        row
        for row in work.store.rows_of(domain.subject, Builds)
        if within(domain, row.release, None) is not Fit.NONE and work.applies(row)[0] is not False
    ]
    found = (_from_index(rows, name) for name in indexes.names)
    return next((possible for possible in found if possible is not None), None)


def of_files(work: Working, domain: Domain) -> Code | Absent | None:
    """What the libraries of an installed product say of its GPU code; None where they were not read."""
    if domain.presence != "found" or not work.store.knows(domain.subject):
        return None
    names = work.store.product(domain.subject).pip
    return next((work.stack.code[name] for name in names if name in work.stack.code), None)


def of_release(work: Working, domain: Domain, value: str) -> tuple[Builds, ...]:
    """The rows on builds of one release, whatever the machine."""
    return work.store.rows_at(domain.subject, Builds, value)


def _labelled(work: Working, domain: Domain, rows: list[Builds], label: str) -> Options | None:
    """The builds of a label. NVIDIA writes its month into those of its images, and of its wheels for Jetson."""
    name = "ngc" if _NGC.search(label) else label
    if name == "ngc" and on_jetson(work) and not any(row.variant == name for row in rows):
        name = "jetson"
    builds = tuple(
        row for row in rows if row.variant == name or (row.none and row.variant is None and name in row.index)
    )
    gone = {index for row in builds if row.none for index in row.index}
    if gone and domain.presence != "found":
        # No file on PyPI has a label (its rules), so a build there is none of those that are asked for.
        named = work.indexes(domain)
        places = set(named.names) if named is not None else {index for row in builds for index in row.index}
        builds = tuple(row for row in builds if row.none or places & set(row.index) - gone - {"pypi"})
    # A product with one build alone (Triton) has it under any label ("3.5.0+git7416ffcb").
    builds = builds or tuple(row for row in rows if row.variant == "pypi")
    chosen = name == "cpu" and domain.presence != "found"
    return Options(builds, f"the label +{label}", chosen_cpu=chosen) if builds else None


def index_name(name: str) -> str:
    """An index in a sentence."""
    return "PyPI" if name == "pypi" else f"the {name} index"


def _from_index(rows: list[Builds], name: str, *, assumed: bool = False) -> Options | None:
    builds = tuple(row for row in rows if name in row.index and not (row.none and row.variant))
    return Options(builds, index_name(name), assumed, chosen_cpu=name == "cpu") if builds else None


def serves(work: Working, domain: Domain, index: str) -> bool:
    """Whether some row names a build of this product, of any release, on the index."""
    return any(index in row.index for row in work.store.rows_of(domain.subject, Builds))


def has_list(index: str) -> bool:
    """Whether what is known of an index tells which release is its newest. The Jetson indexes lose releases again, and
    of an index of which nothing is known not even one is."""
    return index == "pypi" or _OF_PYTORCH.fullmatch(index) is not None


def on_tegra(work: Working) -> bool:
    """Whether the machine is a Jetson before JetPack 7, whose CUDA is Tegra's own: it runs no build for servers."""
    jetpack, l4t = work.domain("jetpack"), work.domain("l4t")
    release, first = (jetpack, "7") if jetpack is not None else (l4t, "38")
    if release is None or not release.values:
        return on_jetson(work)
    version, since = versions.parse(release.values[0]), versions.parse(first)
    return version is None or since is None or version < since


def may_serve(index: str, release: str, jetpack: str) -> bool:
    """Whether pip may be sent to this index for the release on a machine with this JetPack ("": with none): not one of
    previews, of another JetPack or of another release."""
    if index in NOT_FOR_PIP or index.startswith("nightly/"):
        return False
    match = _JETPACK.match(index) if index.startswith("jp") else None
    if match:
        return jetpack.partition(".")[0] == match[1]
    return all(part == release for part in index.split("/") if "." in part if _VERSION.fullmatch(part))


def sure_of(names: tuple[str, ...]) -> bool:
    """Whether what PyPI has decides: no index beside it may have something else of the same project."""
    return all(has_list(name) or _harmless(name) for name in names)


def _harmless(index: str) -> bool:
    """NVIDIA's own index carries no builds of torch and its relatives."""
    return "nvidia" in index


def is_named(work: Working, domain: Domain, value: str) -> bool | None:
    """Whether its label, or being the only one of its release, says which build it is, whatever the machine: then what
    the row says of the machine follows from the build, and not the other way round. None: unless it was built from
    source."""
    label = versions.local_label(value)
    rows = [row for row in of_release(work, domain, value) if not row.none and (row.index or label is not None)]
    variants = {row.variant for row in rows}
    if label is not None:
        return label in variants
    # The only one on every machine that has a wheel at all.
    wheels = work.rows_for(domain, Wheels, value)
    machines = {arch for row in wheels for arch in row.arch}
    if len(variants) != 1 or not machines or not all(any(_is_for(row, arch) for row in rows) for arch in machines):
        return False
    return True if all(row.sdist == "no" for row in wheels) else None


def _is_for(row: Builds, arch: str) -> bool:
    return all(condition.admits(arch) for name, condition in row.where if name == "arch")


def on_jetson(work: Working) -> bool:
    """NVIDIA's Jetson wheels carry no label, so an unlabelled one there may be anything."""
    board = work.domain("board")
    jetson = board is not None and any(value.startswith("jetson") for value in board.values)
    capability = work.domain("compute-capability")
    part = capability is not None and not _OF_JETSONS.isdisjoint(capability.values)
    return jetson or part or work.domain("l4t") is not None or work.domain("jetpack") is not None


def _beside_nvidias_torch(work: Working) -> bool:
    """Whether the torch there is one of NVIDIA's images or of a Jetson, where what is beside it came along."""
    torch = work.installed.get("torch")
    label = versions.local_label(torch[0]) if torch is not None else None
    return label is not None and _NGC.search(label) is not None


def cuda_state(work: Working, torch: Domain) -> Domain | Unknown:
    """The CUDA of the torch build: what its files name, else as far as its possible builds agree on being known."""
    if of_another_machine(work, torch):
        return Unknown("the torch that is named is for another machine")
    code = of_files(work, torch)
    if isinstance(code, Code) and code.cuda is not None:
        step = Step(f"the torch build names CUDA {code.cuda}", code.origin.place, frozenset(("cuda", "torch")))
        return Domain("cuda", "found", (code.cuda,), None, (*torch.steps, step))
    cudas: list[str] = []
    assumed = False
    for value in torch.values or (None,):
        possible = options(work, torch, value)
        local = versions.local_label(value or "")
        label = _CUDA_LABEL.fullmatch(local) if local is not None else None
        if possible is None and label is not None:
            cudas.append(f"{label[1]}.{label[2]}")  # a build that no row knows names its CUDA all the same
            continue
        rows = possible.rows if possible is not None else ()
        assumed |= possible is not None and possible.assumed
        if not rows or any(row.cuda is None and row.variant != "cpu" for row in rows):
            return Unknown("the build of torch is not known")
        cudas += [row.cuda for row in rows if row.cuda is not None]
    if not cudas:
        return Unknown("torch is a CPU-only build")
    ordered = tuple(sorted(set(cudas), key=lambda text: versions.parse(text) or Version("0")))
    step = Step(f"the torch build has CUDA {' or '.join(ordered)}", "builds", frozenset(("cuda", "torch")))
    presence: Presence = "found" if len(ordered) == 1 else "implied"
    return Domain("cuda", presence, ordered, None, (*torch.steps, step), assumed=assumed)
