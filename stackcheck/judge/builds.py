"""`builds`: which build of a release this machine would get, and whether it serves the GPU and the driver.

Five laws, in this order: the build exists; it has code for the GPU (or is CPU-only); the compiler that it brings for
run time knows the GPU; so does its assembler; the driver is new enough for its CUDA. The first that fails explains.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import Version

from stackcheck import versions
from stackcheck.judge import laws, words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Fit, Step, fit, within
from stackcheck.matrix.rows import Builds, Compilers, Condition, Relation
from stackcheck.model import Absent, Code, Known, Unknown
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Severity

_NGC = re.compile(r"nv\d\d\.\d\d?")
NVRTC_PACKAGES = ("nvidia-cuda-nvrtc-cu12", "nvidia-cuda-nvrtc-cu13", "nvidia-cuda-nvrtc")
_CUDA_LABEL = re.compile(r"cu(\d\d)(\d)")
_EXPORT = re.compile(r"export ([A-Z_]+)=")
TRITON_FEATURES = ("torch:triton", "torch:compile", "triton:compile")


@dataclass(frozen=True, eq=False, repr=False)
class Options:
    """The builds that a value may be. `assumed`: nothing says where it came from, PyPI is taken for likely.
    `chosen_cpu`: the user named the CPU index or label."""

    rows: tuple[Builds, ...]
    origin: str
    assumed: bool = False
    chosen_cpu: bool = False


def has_builds(work: Working, product: str) -> bool:
    """Whether the matrix says anything of this product's builds."""
    return bool(work.store.rows_of(product, Builds))


def options(work: Working, domain: Domain, value: str | None) -> Options | None:
    """The builds that this value may be on this machine; None where nothing is known of them."""
    if value is None or domain.presence == "todo":
        return None
    rows = [row for row in _of_release(work, domain, value) if work.applies(row)[0] is not False]
    code = of_files(work, domain)
    if code is not None:
        rows = [row for row in rows if _is_this(row, code)]
    named = isinstance(code, Code) and code.cuda is not None
    label = versions.local_label(value)
    found = _labelled(domain, rows, label) if label is not None else _unlabelled(work, domain, rows, sure=named)
    return Options(tuple(rows), "its own version.py") if found is None and rows and named else found


def _is_this(row: Builds, code: Code | Absent) -> bool:
    """Whether an installed build whose files were read may be the one of a row, whatever its name says."""
    if isinstance(code, Absent) or row.none:
        return row.variant == "cpu" and not row.none
    return row.variant != "cpu" and (code.cuda is None or row.cuda == code.cuda)


def _unlabelled(work: Working, domain: Domain, rows: list[Builds], *, sure: bool) -> Options | None:
    """The builds by where an installer takes them from. `sure`: what is installed names the CUDA of these rows."""
    indexes = work.indexes(domain)
    if domain.presence == "found" and indexes is None:
        # A product with one build alone (Triton) has that one, on a Jetson most likely.
        alone = all(row.variant == "pypi" for row in rows)
        if on_jetson(work):
            return _from_index(rows, "pypi", assumed=True) if alone else None
        return _from_index(rows, "pypi", assumed=not sure and not alone)
    if indexes is None:
        found = tuple(row for row in rows if not row.none)
        return Options(found, "any index") if found else None
    known = [name for name in indexes.names if _serves(work, domain, name)]
    unsure = any(name not in known and not _harmless(name) for name in indexes.names)
    ordered = known if indexes.strategy == "first" else sorted(known, key=lambda name: name == "pypi")
    for name in ordered[:1] if indexes.strategy == "first" else ordered:
        chosen = _from_index(rows, name, assumed=unsure)
        if chosen is not None:
            return chosen
    return None


def of_files(work: Working, domain: Domain) -> Code | Absent | None:
    """What the libraries of an installed product say of its GPU code; None where they were not read."""
    if domain.presence != "found" or not work.store.knows(domain.subject):
        return None
    names = work.store.product(domain.subject).pip
    return next((work.stack.code[name] for name in names if name in work.stack.code), None)


def variants(work: Working, domain: Domain, value: str | None) -> frozenset[str] | None:
    """The names of the builds that this value may be; None where nothing is known."""
    found = options(work, domain, value)
    names = frozenset(row.variant for row in found.rows if row.variant) if found else frozenset[str]()
    return names or None


def _of_release(work: Working, domain: Domain, value: str) -> list[Builds]:
    return [row for row in work.store.rows_of(domain.subject, Builds) if within(domain, row.release, value) is Fit.ALL]


def _labelled(domain: Domain, rows: list[Builds], label: str) -> Options | None:
    name = "ngc" if _NGC.search(label) else label
    found = tuple(
        row for row in rows if row.variant == name or (row.none and row.variant is None and name in row.index)
    )
    # A product with one build alone (Triton) has it under any label ("3.5.0+git7416ffcb").
    found = found or tuple(row for row in rows if row.variant == "pypi")
    chosen = name == "cpu" and domain.presence != "found"
    return Options(found, f"the label +{label}", chosen_cpu=chosen) if found else None


def _from_index(rows: list[Builds], name: str, *, assumed: bool = False) -> Options | None:
    found = tuple(row for row in rows if name in row.index and not (row.none and row.variant))
    return (
        Options(found, "PyPI" if name == "pypi" else f"the {name} index", assumed, chosen_cpu=name == "cpu")
        if found
        else None
    )


def _serves(work: Working, domain: Domain, index: str) -> bool:
    return any(index in row.index for row in work.store.rows_of(domain.subject, Builds))


def _harmless(index: str) -> bool:
    """NVIDIA's own index carries no builds of torch and its relatives."""
    return "nvidia" in index


def on_jetson(work: Working) -> bool:
    """NVIDIA's Jetson wheels carry no label, so an unlabelled one there may be anything."""
    board = work.domain("board")
    jetson = board is not None and any(value.startswith("jetson") for value in board.values)
    return jetson or work.domain("l4t") is not None or work.domain("jetpack") is not None


def checks(work: Working, domain: Domain, value: str | None, _variants: frozenset[str] | None) -> Iterator[Check]:
    """The laws for one value: at most one check, the worst of the best build."""
    if value is None or not has_builds(work, domain.subject):
        return
    off = _off_index(work, domain, value)
    if off is not None:
        yield off
        return
    found = options(work, domain, value)
    if found is None or _runs_nowhere(work, domain):
        return
    judged = [_judge(work, domain, value, row, found) for row in found.rows]
    for result in ("holds", "unknown"):
        kept = [check for check in judged if check.result == result]
        if kept:
            yield kept[0]
            return
    # All of the possible builds fail: the mildest failure is what can be said for sure.
    yield min(judged, key=lambda check: check.hard)


def _runs_nowhere(work: Working, domain: Domain) -> bool:
    """Whether `code` already says that nothing of it runs on this GPU: what else it needs does not matter then."""
    code, capability = of_files(work, domain), work.domain("compute-capability")
    if not isinstance(code, Code) or capability is None or not capability.values:
        return False
    return laws.by_files(code, capability.values[0]) is False


def _off_index(work: Working, domain: Domain, value: str) -> Check | None:
    """The release is on none of the indexes asked, while others are: an installer never sees it."""
    indexes = work.indexes(domain)
    if indexes is None or domain.presence == "found" or "pypi" in indexes.names or versions.local_label(value):
        return None
    if not any(_serves(work, domain, name) for name in indexes.names):
        return None
    there = {other: _on(work, domain, other, indexes.names) for other in domain.values}
    if there[value] or not any(there.values()):
        return None
    row = work.store.rows_of(domain.subject, Builds)[0]
    text = f"not every release is on the {' or '.join(indexes.names)} index"
    return Check(row, "fails", True, True, subject=domain.subject, message=text, kind="index")


def _on(work: Working, domain: Domain, value: str, names: tuple[str, ...]) -> bool:
    return any(not row.none and set(row.index) & set(names) for row in _of_release(work, domain, value))


def _judge(work: Working, domain: Domain, value: str, row: Builds, found: Options) -> Check:
    judgement = _Judgement(work, domain, value, row, found)
    laws_of_build = (judgement.exists, judgement.gpu_code, judgement.compilers, judgement.assembler, judgement.driver)
    said = [check for check in (law() for law in laws_of_build) if check is not None]
    # What is not known of one law does not hide that another fails.
    worst = [check for check in said if check.result == "fails"] or said
    return worst[0] if worst else Check(row, "holds", subject=domain.subject)


@dataclass(frozen=True, eq=False, repr=False)
class _Judgement:
    """One build against one machine."""

    work: Working
    domain: Domain
    value: str
    row: Builds
    found: Options

    def exists(self) -> Check | None:
        if not self.row.none:
            return None
        arch = self.work.domain("arch")
        where = f" for {arch.values[0]}" if arch else ""
        text = f"{self._who} has no build on {self.found.origin}{where}"
        return self._fails("builds", text, installer=True)

    def gpu_code(self) -> Check | None:
        capability = self._capability()
        if isinstance(capability, Check) or capability is None:
            return capability
        if isinstance(of_files(self.work, self.domain), Code):
            return None  # judged by `code`, on better evidence
        if self.row.variant == "cpu":
            return self._cpu_only()
        if capability in self.row.runs:
            return None
        if self.row.cubins is None:
            return None if self._is_compiler() else self._unknown("compute-capability", known=True)
        runs = laws.runs(self.row.cubins, self.row.ptx or (), capability, self._cuda())
        if runs is not None:
            return None
        if self.row.ptx is None:
            return self._unknown("compute-capability", known=True)
        has = ", ".join(self.row.cubins) or "no GPU"
        text = (
            f"{self._who} from {self.found.origin} has no code for compute capability {capability}{self._gpu_name()}: "
            f"it has compiled code for {has}{self._ptx_text()}, so every kernel fails there"
        )
        return self._fails("gpu-code", text)

    def compilers(self) -> Check | None:
        capability = self._capability()
        if not isinstance(capability, str) or self.row.cuda is None or capability in self.row.falls_back:
            return None
        nvrtc, origin = self._nvrtc()
        if nvrtc is None or self._can_target(nvrtc, capability) is not False:
            return None
        chip = f"sm_{capability.replace('.', '')}"
        if capability in self.row.runs or self.row.cubins or isinstance(of_files(self.work, self.domain), Code):
            text = (
                f"{self._who} {self._variant}runs its precompiled kernels on compute capability {capability}"
                f"{self._gpu_name()}, but what is compiled at run time fails: its NVRTC {nvrtc}{origin} does not know "
                f"{chip}"
            )
        else:
            text = (
                f"{self._who} {self._variant}compiles for compute capability {capability}{self._gpu_name()} in vain at "
                f"run time: its NVRTC {nvrtc}{origin} does not know {chip}; which code it has compiled is not known"
            )
        return self._fails("compilers", text)

    def assembler(self) -> Check | None:
        capability = self._capability()
        if not isinstance(capability, str) or self.row.ptxas is None:
            return None
        if self._can_target(self.row.ptxas, capability) is not False:
            return None
        if self._other_assembler():
            toolkit = self.work.domain("cuda-toolkit")
            known = self._can_target(toolkit.values[0], capability) if toolkit and toolkit.values else None
            return None if known else self._unknown("cuda-toolkit")
        text = (
            f"{self._who} brings ptxas {self.row.ptxas}, which does not know sm_{capability.replace('.', '')}"
            f"{self._gpu_name()}: kernels that need the chip's own target (sm_{capability.replace('.', '')}a) fail"
        )
        return self._fails("compilers", text, hard=any(name in self.work.features for name in TRITON_FEATURES))

    def _other_assembler(self) -> bool:
        """Whether the variable of the fix is set: then the CUDA toolkit's own ptxas is most likely run."""
        commands = self.row.fix.commands if self.row.fix is not None else ()
        names = [found[1] for command in commands if (found := _EXPORT.match(command))]
        return any(isinstance(self.work.stack.variables.get(name), Known) for name in names)

    def driver(self) -> Check | None:
        if self.row.cuda is None or isinstance(self.work.state("gpu"), Absent):
            return None
        needed = _driver_row(self.work, self.row.cuda)
        if needed is None:
            return None
        row, condition = needed
        driver, served = self.work.state("driver"), self.work.state("cuda-driver")
        if isinstance(driver, Domain):
            if fit(driver, condition) is not Fit.NONE:
                return None
            text = f"{self._who} brings CUDA {self.row.cuda}, which needs the NVIDIA driver {condition}; "
            return self._driver_fails(row, text + words.has("driver", driver), driver)
        if isinstance(served, Domain):
            if _major(served.values[0]) >= _major(self.row.cuda):
                return None
            text = f"{self._who} brings CUDA {self.row.cuda}, but the driver serves CUDA {served.values[0]} at most"
            return self._driver_fails(row, text, served)
        return self._unknown("driver")

    # --- what the laws need -----------------------------------------------------------------------------------

    @property
    def _who(self) -> str:
        return words.named(self.domain, self.value, self.work.store)

    @property
    def _variant(self) -> str:
        label = versions.local_label(self.value)
        return "" if label or not self.row.variant else f"({self.row.variant}) "

    def _cuda(self) -> Version | None:
        return versions.parse(self.row.cuda) if self.row.cuda else None

    def _capability(self) -> str | Check | None:
        """The GPU's capability; None where there is no GPU to serve; a check where it is not known."""
        state = self.work.state("compute-capability")
        vendor = self.work.domain("gpu-vendor")
        if isinstance(state, Absent) or (vendor is not None and vendor.values != ("nvidia",)):
            return None
        if isinstance(state, Unknown):
            return self._unknown("compute-capability")
        return state.values[0]

    def _gpu_name(self) -> str:
        return gpu_name(self.work)

    def _arch(self) -> str:
        arch = self.work.domain("arch")
        return f" on {arch.values[0]}" if arch and arch.values else ""

    def _ptx_text(self) -> str:
        return " and no PTX" if not self.row.ptx else f" and PTX for {', '.join(self.row.ptx)}"

    def _is_compiler(self) -> bool:
        return self.row.ptxas is not None

    def _nvrtc(self) -> tuple[str | None, str]:
        """The NVRTC that torch would load: a newer package beside it wins over the one it was built with."""
        for name in NVRTC_PACKAGES:
            installed = self.work.domain(name)
            if installed is not None and installed.presence == "found" and installed.values:
                version = versions.parse(installed.values[0])
                if version is not None:
                    return f"{version.major}.{version.minor}", f" ({name})"
        return self.row.nvrtc or self.row.cuda, ""

    def _can_target(self, compiler: str, capability: str) -> bool | None:
        for row in self.work.store.rows_of("cuda", Compilers):
            if row.release is not None and row.release.admits(compiler):
                return laws.can_target(row.knows, capability)
        return None

    def _cpu_only(self) -> Check:
        text = f"{self._who} from {self.found.origin} is a CPU-only build{self._arch()}"
        text += f"; this GPU{self._gpu_name()} is not used"
        if self.found.chosen_cpu:
            return self._fails("builds", f"{text}; the CPU build is asked for by name", hard=False, severity="note")
        # Two doubts (where it came from, what the row says) leave no more than a hint.
        doubtful = self.found.assumed and not self.row.hard
        return self._fails("builds", text, severity="note" if doubtful else None)

    def _unknown(self, subject: str, *, known: bool = False) -> Check:
        missing = frozenset() if known else frozenset((subject,))
        return Check(self.row, "unknown", self.row.hard, subject=self.domain.subject, missing=missing)

    def _steps(self) -> tuple[Step, ...]:
        steps = [*self.domain.steps]
        if self.found.assumed:
            steps.append(Step("nothing says where it came from; a wheel without a label is most likely PyPI's", "pip"))
        built = self._contents()
        if built:
            steps.append(Step(built, self.row.key))
        return tuple(dict.fromkeys((*steps, *gpu_steps(self.work))))

    def _contents(self) -> str:
        if self.row.none:
            return ""
        if self.row.variant == "cpu":
            return f"{self.found.origin} gives a build without CUDA here"
        cuda = f"CUDA {self.row.cuda}" if self.row.cuda else "its own compiler"
        return f"{self.found.origin} gives the {self.row.variant} build here, with {cuda}"

    def _fails(
        self,
        kind: str,
        text: str,
        *,
        hard: bool | None = None,
        installer: bool = False,
        severity: Severity | None = None,
    ) -> Check:
        soft = self.found.assumed or not self.row.hard
        involves = self.domain.involved | {"gpu", "compute-capability"} | ({"cuda"} if self.row.cuda else set())
        return Check(
            self.row,
            "fails",
            not soft if hard is None else hard and not soft,
            installer,
            subject=self.domain.subject,
            message=words.sentence(text, replace(self.row, message=None)),
            because=self._steps(),
            involves=frozenset(involves),
            kind=kind,
            fix=self.row.fix,
            severity=severity,
        )

    def _driver_fails(self, row: Relation, text: str, driver: Domain) -> Check:
        check = self._fails("driver", text)
        return replace(
            check,
            message=words.sentence(text, replace(row, message=None)),
            because=(*check.because, *driver.steps),
            involves=self.domain.involved | {"driver", "cuda"},
            fix=row.fix or check.fix,
        )


def gpu_steps(work: Working) -> tuple[Step, ...]:
    """How the GPU and its capability are known."""
    found = (work.domain(subject) for subject in ("gpu", "compute-capability"))
    return tuple(dict.fromkeys(step for domain in found if domain for step in domain.steps))


def gpu_name(work: Working) -> str:
    """ " (NVIDIA GB10)", or nothing where the GPU has no known name."""
    gpu = work.domain("gpu")
    return f" ({gpu.values[0]})" if gpu and gpu.values else ""


def _driver_row(work: Working, cuda: str) -> tuple[Relation, Condition] | None:
    for row in work.store.rows_of("cuda", Relation):
        if row.hard and row.release is not None and row.release.admits(cuda):
            for subject, condition in row.needs:
                if subject == "driver":
                    return row, condition
    return None


def _major(text: str) -> int:
    version = versions.parse(text)
    return version.major if version else 0


def cuda_state(work: Working, torch: Domain) -> Domain | Unknown:
    """The CUDA of the torch build: what its files name, else as far as its possible builds agree on being known."""
    code = of_files(work, torch)
    if isinstance(code, Code) and code.cuda is not None:
        step = Step(f"the torch build names CUDA {code.cuda}", code.origin.place, frozenset(("cuda", "torch")))
        return Domain("cuda", "found", (code.cuda,), None, (*torch.steps, step))
    cudas: list[str] = []
    for value in torch.values or (None,):
        found = options(work, torch, value)
        label = _CUDA_LABEL.fullmatch(versions.local_label(value or "") or "")
        if found is None and label is not None:
            cudas.append(f"{label[1]}.{label[2]}")  # a build that no row knows names its CUDA all the same
            continue
        if found is None or not found.rows or any(row.cuda is None and row.variant != "cpu" for row in found.rows):
            return Unknown("the build of torch is not known")
        cudas += [row.cuda for row in found.rows if row.cuda is not None]
    if not cudas:
        return Unknown("torch is a CPU-only build")
    ordered = tuple(sorted(set(cudas), key=lambda text: versions.parse(text) or Version("0")))
    step = Step(f"the torch build has CUDA {' or '.join(ordered)}", "builds", frozenset(("cuda", "torch")))
    return Domain("cuda", "found" if len(ordered) == 1 else "implied", ordered, None, (*torch.steps, step))
