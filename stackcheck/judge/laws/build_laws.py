"""One build of a release against the machine, by five laws, in this order.

The build exists; it has code for the GPU (or is CPU-only); the compiler that it brings for run time knows the GPU; so
does its assembler; the driver is new enough for its CUDA. The first that fails explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import words
from stackcheck.judge.build_options import index_name, of_files, on_jetson
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Step
from stackcheck.judge.gpu import gpu_name, gpu_steps
from stackcheck.judge.laws import cuda_bound, cuda_releases, gpu_code, native
from stackcheck.matrix.rows import Compilers, Relation
from stackcheck.model import Absent, Code, Known, Unknown
from stackcheck.patterns import pattern
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from packaging.version import Version

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.laws.cuda_bound import Reach
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Builds
    from stackcheck.model import Severity

_NVRTC_PACKAGES = ("nvidia-cuda-nvrtc-cu12", "nvidia-cuda-nvrtc-cu13", "nvidia-cuda-nvrtc")
_EXPORT = pattern(r"export ([A-Z_]+)=")

_TRITON_FEATURES = ("torch:triton", "torch:compile", "triton:compile")


def judge(work: Working, domain: Domain, value: str, row: Builds, possible: Options) -> Check:
    """The worst of the five laws for one build: the first that fails, but a driver that is surely too old before doubt.
    A check that holds where none has anything to say."""
    build = _Build(work, domain, value, row, possible)
    laws_of_build = (build.exists, build.gpu_code, build.compilers, build.assembler, build.driver)
    checks = [check for check in (law() for law in laws_of_build) if check is not None]
    # What is not known of one law does not hide that another fails.
    worst = [check for check in checks if check.result == "fails"] or checks
    driver = next((check for check in worst if check.kind == "driver" and check.bars), None)
    if driver is not None and not worst[0].bars:
        return driver
    return worst[0] if worst else Check(row, "holds", subject=domain.subject)


@dataclass(frozen=True, eq=False, repr=False)
class _Build:
    """One build against one machine."""

    work: Working
    domain: Domain
    value: str
    row: Builds
    possible: Options

    def exists(self) -> Check | None:
        if not self.row.none:
            return None
        arch = self.work.domain("arch")
        where = f" for {arch.values[0]}" if arch else ""
        text = f"{self._who} has no build on {self._origin}{where}"
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
            if self._is_compiler() or (self._reach(capability) != "nothing" and self._is_recorded()):
                return None
            return self._bound(capability)
        runs = gpu_code.runs(self.row.cubins, self.row.ptx or (), capability, self._cuda())
        if runs is not None:
            return self._beyond(capability) if runs.startswith("PTX") else None
        if self.row.ptx is None:
            return self._bound(capability)
        has = ", ".join(self.row.cubins) or "no GPU"
        text = (
            f"{self._who} from {self._origin} has no code for compute capability {capability}{self._gpu}: "
            f"it has compiled code for {has}{self._ptx_text()}, so every kernel fails there"
        )
        return self._fails("gpu-code", text)

    def _beyond(self, capability: str) -> Check | None:
        """Of a build that has PTX alone for a GPU that its CUDA does not know: its own kernels are compiled for it, and
        those of the libraries that it brings (cuBLAS, cuDNN) are not."""
        if self._reach(capability) != "ptx":
            return None
        text = (
            f"{self._who} has PTX alone for compute capability {capability}{self._gpu}, which CUDA {self.row.cuda} "
            "does not know: the first start takes minutes, and the CUDA libraries that it brings have no code for it"
        )
        return self._fails("gpu-code", text, hard=False)

    def _reach(self, capability: str) -> Reach | None:
        return cuda_bound.reach(self.work, self.row.cuda, capability) if self.row.cuda is not None else None

    def _is_recorded(self) -> bool:
        """Whether the record of its wheel says what code it has."""
        return native.speaks(self.work, self.domain, self.value)

    def _bound(self, capability: str) -> Check:
        """Of a build whose code is not known: whether its CUDA makes any for this GPU."""
        how = self._reach(capability)
        if how not in ("ptx", "nothing") or (how == "ptx" and self.compilers() is not None):
            return self._unknown("compute-capability", known=True)  # what is compiled at run time fails for sure
        cuda = self.row.cuda
        text = f"{self._who} is built with CUDA {cuda}, which makes no code for compute capability {capability}"
        if how == "nothing":
            return self._fails("gpu-code", f"{text}{self._gpu}: neither compiled code nor PTX of it runs there")
        return self._fails("gpu-code", f"{text}{self._gpu}: only PTX could run there, if it holds any", hard=False)

    def compilers(self) -> Check | None:
        capability = self._capability()
        if not isinstance(capability, str) or self.row.cuda is None or capability in self.row.falls_back:
            return None
        if self.row.nvrtc is None and self.domain.subject != "torch":
            return None  # it compiles nothing while it runs
        nvrtc, origin = self._nvrtc()
        targets = None if nvrtc is None else self._can_target(nvrtc, capability)
        if nvrtc is None or targets:
            return None
        if targets is None:  # a CUDA of which no row says what its compilers know
            return self._unknown("compute-capability", known=True)
        chip = f"sm_{capability.replace('.', '')}"
        if capability in self.row.runs or self.row.cubins or isinstance(of_files(self.work, self.domain), Code):
            compiled = gpu_code.runs(self.row.cubins or (), (), capability, self._cuda()) is not None
            kernels = "precompiled kernels" if compiled or not self.row.ptx else "kernels from PTX alone"
            text = (
                f"{self._who} {self._variant}runs its {kernels} on compute capability {capability}"
                f"{self._gpu}, but what is compiled at run time fails: its NVRTC {nvrtc}{origin} does not know "
                f"{chip}"
            )
        else:
            text = (
                f"{self._who} {self._variant}compiles for compute capability {capability}{self._gpu} in vain at "
                f"run time: its NVRTC {nvrtc}{origin} does not know {chip}; which code it has compiled is not known"
            )
        return self._fails("compilers", text)

    def assembler(self) -> Check | None:
        capability = self._capability()
        if not isinstance(capability, str) or self.row.ptxas is None:
            return None
        targets = self._can_target(self.row.ptxas, capability)
        if targets is not False:
            return None if targets else self._unknown("compute-capability", known=True)
        if self._other_assembler():
            toolkit = self.work.domain("cuda-toolkit")
            known = self._can_target(toolkit.values[0], capability) if toolkit and toolkit.values else None
            return None if known else self._unknown("cuda-toolkit")
        text = (
            f"{self._who} brings ptxas {self.row.ptxas}, which does not know sm_{capability.replace('.', '')}"
            f"{self._gpu}: kernels that need the chip's own target (sm_{capability.replace('.', '')}a) fail"
        )
        return self._fails("compilers", text, hard=any(name in self.work.features for name in _TRITON_FEATURES))

    def _other_assembler(self) -> bool:
        """Whether the variable of the fix is set: then the CUDA toolkit's own ptxas is most likely run."""
        commands = self.row.fix.commands if self.row.fix is not None else ()
        names = [match[1] for command in commands if (match := _EXPORT.match(command))]
        return any(isinstance(self.work.stack.variables.get(name), Known) for name in names)

    def driver(self) -> Check | None:
        if self.row.cuda is None or isinstance(self.work.state("gpu"), Absent):
            return None
        if cuda_releases.driver_row(self.work, self.row.cuda) is None:
            return None
        if not any(isinstance(self.work.state(name), Domain) for name in ("driver", "cuda-driver")):
            return self._unknown("driver")
        old = cuda_releases.too_old(self.work, self.row.cuda)
        if old is not None:
            has = words.has(old.state.subject, old.state)
            how = "is built with" if self.row.variant == "pypi" else "brings"
            text = f"{self._who} {how} CUDA {self.row.cuda}, which {old.text}; {has}"
            return self._driver_fails(old.row, text, old.state)
        return self._ptx()

    def _ptx(self) -> Check | None:
        """Where PTX alone serves this GPU: whether the driver reads it."""
        capability = self._capability()
        if not isinstance(capability, str) or not self.row.ptx or self.row.cuda is None or self.row.cubins is None:
            return None
        if isinstance(of_files(self.work, self.domain), Code):
            return None
        cubins = gpu_code.runs(self.row.cubins, (), capability, self._cuda())
        newer = None if cubins is not None else cuda_releases.newer_ptx(self.work, self.row.cuda)
        if newer is None:
            return None
        own, other, known = newer
        text = (
            f"{self._who} has PTX alone for compute capability {capability}{self._gpu}, of version {own.ptx_version}; "
            f"this driver serves CUDA {known.cuda} and reads PTX up to {other.ptx_version}, so that no kernel loads "
            "(cudaErrorUnsupportedPtxVersion)"
        )
        check = self._fails("ptx", text, hard=False)
        return replace(check, because=(*check.because, *known.steps), involves=check.involves | {"driver"})

    # --- what the laws need -----------------------------------------------------------------------------------

    @property
    def _who(self) -> str:
        return words.named(self.domain, self.value, self.work.store)

    @property
    def _origin(self) -> str:
        return self.possible.origin or index_name(next(iter(self.row.index), "pypi"))

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

    @property
    def _gpu(self) -> str:
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
        for name in _NVRTC_PACKAGES:
            installed = self.work.domain(name)
            if installed is not None and installed.presence == "found" and installed.values:
                version = versions.parse(installed.values[0])
                if version is not None:
                    return f"{version.major}.{version.minor}", f" ({name})"
        return self.row.nvrtc or self.row.cuda, ""

    def _can_target(self, compiler: str, capability: str) -> bool | None:
        for row in self.work.store.rows_of("cuda", Compilers):
            if row.release is not None and row.release.admits(compiler):
                return gpu_code.can_target(row.knows, capability)
        return None

    def _cpu_only(self) -> Check:
        text = f"{self._who} from {self._origin} is a CPU-only build{self._arch()}"
        text += f"; this GPU{self._gpu} is not used"
        if self.possible.chosen_cpu:
            return self._fails("builds", f"{text}; the CPU build is asked for by name", hard=False, severity="note")
        if self.domain.asks and all(ask.cpu for ask in self.domain.asks):
            return self._fails("builds", f"{text}; its file is meant for the CPU", hard=False, severity="note")
        beside = _beside_another_framework(self.work, self.domain)
        if beside is not None:
            text = f"{text}; beside {beside} it mostly loads data, for which the CPU is enough"
            return self._fails("builds", text, hard=False, severity="warning")
        # Two doubts (where it came from, what the row says) leave no more than a hint.
        doubtful = self.possible.assumed and not self.row.hard
        return self._fails("builds", text, severity="note" if doubtful else None)

    def _unknown(self, subject: str, *, known: bool = False) -> Check:
        missing = frozenset() if known else frozenset((subject,))
        return Check(self.row, "unknown", self.row.hard, subject=self.domain.subject, missing=missing)

    def _steps(self) -> tuple[Step, ...]:
        steps = [*self.domain.steps]
        if self.possible.assumed:
            steps.append(Step("nothing says where it came from; a wheel without a label is most likely PyPI's", "pip"))
        built = self._contents()
        if built:
            steps.append(Step(built, self.row.key))
        return tuple(dict.fromkeys((*steps, *gpu_steps(self.work))))

    def _contents(self) -> str:
        if self.row.none:
            return ""
        if self.row.variant == "cpu":
            return f"{self._origin} gives a build without CUDA here"
        cuda = f"CUDA {self.row.cuda}" if self.row.cuda else "its own compiler"
        return f"{self._origin} gives the {self.row.variant} build here, with {cuda}"

    def _fails(
        self,
        kind: str,
        text: str,
        *,
        hard: bool | None = None,
        installer: bool = False,
        severity: Severity | None = None,
    ) -> Check:
        soft = self.possible.assumed or not self.row.hard
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
        # Where its own name says the CUDA, how sure the row is of its GPU code does not matter.
        named = self.row.variant == f"cu{(self.row.cuda or '').replace('.', '')}"
        return replace(
            check,
            hard=check.hard or (named and not self.possible.assumed),
            message=words.sentence(text, replace(row, message=None)),
            because=(*check.because, *driver.steps),
            involves=self.domain.involved | {"driver", "cuda"},
            fix=(check.fix or cuda_bound.OF_JETSON) if on_jetson(self.work) else row.fix or check.fix,
        )


def _beside_another_framework(work: Working, domain: Domain) -> str | None:
    """The framework beside which TensorFlow is asked for, mostly for its data sets; None for any other product."""
    if domain.subject != "tensorflow" or domain.presence != "asked":
        return None
    names = {ask.name for ask in work.stack.asks if ask.applies and not ask.constraint}
    return next((name for name in ("torch", "jax") if name in names), None)
