"""The first state of every subject, before any row narrows it: stated, asked for, or worked out from others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.build_options import has_list
from stackcheck.judge.catalog import PURL
from stackcheck.judge.domain import Domain, State, Step
from stackcheck.model import Absent, Known, Origin, Unknown
from stackcheck.patterns import pattern
from stackcheck.subjects import BY_NAME, GPU_SUBJECTS
from stackcheck.values import replace

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from stackcheck.judge.catalog import Catalog
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask, Stack
    from stackcheck.model import State as Stated

_ROS_PYTHON = pattern(r"/opt/ros/[^/:]+/(?:[^:]*/)?lib/python(\d+\.\d+)/")
_PATH_CUDNN = pattern(r"/cudnn[^/:]*[/-]v?(\d+\.\d+\.\d+)[^:]*")
_KERNEL_WORD = pattern(r"[A-Za-z]+\w*")
_THERE = frozenset(("cuda-toolkit", "jetpack", "l4t", "dgx-os", "container"))
"""Facts of which being there, in whatever version, already says something."""
_PYTHON = frozenset(("python",))
_TORCH_TAG = pattern(r"(\d+\.\d+\.\d+)-cuda(\d+)\.(\d)(?:-|$)")
"""A tag of pytorch/pytorch says which torch is in the image, and its CUDA ("2.5.1-cuda12.4-cudnn9-runtime")."""
_TENSORFLOW_TAG = pattern(r"(\d+\.\d+\.\d+)(?:-\w+)*-gpu(?:-|$)")
"""A tag of tensorflow/tensorflow says which release is in the image ("2.11.0-gpu-jupyter"): that of PyPI."""
_DRIVER = frozenset(("driver",))
_CUDA_DRIVER = frozenset(("driver", "cuda-driver"))
_BRANCH = ".00"
"""How a driver's version ends of which only the branch is told, as nvidia-smi does on Jetson Thor ("580.00")."""


def state(work: Working, subject: str) -> State:
    """What a subject is at first. Looks other subjects up in `work` where it follows from them."""
    if subject in work.given:
        return work.given[subject]
    if subject in GPU_SUBJECTS:
        return _gpu_state(work, subject)
    derive = _DERIVED.get(subject)
    if derive is not None:
        return derive(work)
    if subject in BY_NAME:
        return _from_stated(work, subject, work.stack.state("facts", subject))
    if subject.isupper():
        return _from_stated(work, subject, work.stack.state("variables", subject))
    return _product_state(work, subject)


def _from_stated(work: Working, subject: str, state: Stated) -> State:
    if not isinstance(state, Known):
        return state
    if state.value == "*" and subject not in _THERE:
        return Unknown(f"{state.origin.place} says only that there is one")
    return _known(work, subject, state.value, state.origin)


def _known(work: Working, subject: str, value: str, origin: Origin) -> Domain:
    step = Step(origin.text, origin.place, frozenset((subject,)), origin.location)
    if value == "*" or (not BY_NAME.get(subject) and not subject.isupper() and _unreadable(work, subject, value)):
        return Domain(subject, "some", _releases(work, subject), versions.ANY, (step,))
    branch = value.removesuffix(_BRANCH)
    if subject == "driver" and branch != value and branch.isdecimal():
        return Domain(subject, "found", (), versions.to_range(branch), (step,))
    return Domain(subject, "found", (value,), None, (step,))


def _unreadable(work: Working, subject: str, value: str) -> bool:
    return not _is_words(work, subject) and versions.parse(value) is None


def _releases(work: Working, subject: str) -> tuple[str, ...]:
    return work.store.releases(subject)


def _gpu_state(work: Working, subject: str) -> State:
    if work.gpu is None:
        gpus = work.stack.gpus
        return gpus if not isinstance(gpus, tuple) else Unknown("no GPU is described")
    stated = work.stack.facts.get(subject)
    if stated is not None and subject not in ("gpu", "compute-capability"):
        return _from_stated(work, subject, stated)
    value = {"gpu": work.gpu.name, "compute-capability": work.gpu.capability}.get(subject)
    if value is None:
        return Unknown(f"nothing says {BY_NAME[subject].title} of {work.gpu.name or 'this GPU'}")
    return _from_stated(work, subject, Known(value, work.gpu.origin))


def _linux_only(work: Working, subject: str) -> State:
    """What only Linux has: another operating system excludes it."""
    stated = _from_stated(work, subject, work.stack.state("facts", subject))
    system = work.domain("os") if isinstance(stated, Unknown) else None
    return stated if system is None or system.values == ("linux",) else Absent(_origin(system))


def _libc(work: Working) -> State:
    """A system with a glibc is linked against it; which one the others have says their distribution."""
    stated = _linux_only(work, "libc")
    glibc = work.state("glibc") if isinstance(stated, Unknown) else None
    return replace(glibc, subject="libc", values=("glibc",)) if isinstance(glibc, Domain) else stated


def _driver(work: Working) -> State:
    """The driver, else the branch that an installed package of it names."""
    stated = _from_stated(work, "driver", work.stack.state("facts", "driver"))
    if not isinstance(stated, Unknown) or not work.stack.system_packages:
        return stated
    from stackcheck.judge.laws.kernel_module import installed  # only where packages of a system are known

    found = [package for package in installed(work.stack.system_packages) if package.branch is not None]
    if not found or len({package.branch for package in found}) > 1:
        return stated
    origin = found[0].state.origin
    step = Step(origin.text, origin.place, _DRIVER, origin.location)
    return Domain("driver", "found", (), versions.to_range(found[0].branch or ""), (step,))


def _cuda_driver(work: Working) -> State:
    """The newest CUDA that the driver serves, else what a driver of its number serves."""
    stated = _from_stated(work, "cuda-driver", work.stack.state("facts", "cuda-driver"))
    driver = work.domain("driver") if isinstance(stated, Unknown) and work.complete else None
    if driver is None:
        return stated
    from stackcheck.judge.laws.cuda_releases import by_number  # it asks for other subjects in its turn

    cuda = by_number(work, driver)
    if cuda is None:
        return stated
    step = Step(f"a driver of this number serves CUDA {cuda}", "compilers", _CUDA_DRIVER)
    return Domain("cuda-driver", "found", (cuda,), None, (*driver.steps, step))


def _jetson_only(work: Working, subject: str) -> State:
    """What only a Jetson has: another CPU, or a board that is known to be another one, excludes it."""
    stated = _linux_only(work, subject)
    if not isinstance(stated, Unknown) or not work.complete:
        return stated
    arch, board = work.domain("arch"), work.domain("board")
    if arch is not None and arch.values != ("aarch64",):
        return Absent(_origin(arch))
    if board is not None and not any(value.startswith("jetson") for value in board.values):
        return Absent(_origin(board))
    return stated


def _ubuntu(work: Working) -> State:
    distro = work.state("distro")
    if not isinstance(distro, Domain):
        return distro
    if distro.values != ("ubuntu",):
        return Absent(_origin(distro))
    version = work.state("distro-version")
    return replace(version, subject="ubuntu") if isinstance(version, Domain) else version


def _board(work: Working) -> State:
    """The boards that the matrix tells apart have Arm GPUs of their own: another GPU or CPU is another board."""
    stated = _from_stated(work, "board", work.stack.state("facts", "board"))
    gpu, arch = work.state("gpu"), work.state("arch")
    if not isinstance(stated, Unknown) or not work.complete:
        return stated
    if isinstance(arch, Domain) and arch.values == ("x86_64",):
        return Domain("board", "found", ("other",), None, arch.steps)
    if isinstance(gpu, Domain) and isinstance(work.state("compute-capability"), Domain):
        return Domain("board", "found", ("other",), None, gpu.steps)
    return stated


def _kernel_flavor(work: Working) -> State:
    kernel = work.state("kernel")
    if not isinstance(kernel, Domain):
        system = work.domain("os")
        return kernel if system is None or system.values == ("linux",) else Absent(_origin(system))
    words = " ".join(_KERNEL_WORD.findall(kernel.values[0] if kernel.values else ""))
    return replace(kernel, subject="kernel-flavor", values=(words or "none",))


def _on_path(work: Working, subject: str, variable: str, pattern: re.Pattern[str]) -> State:
    """A version that an entry of a path variable names."""
    path = work.state(variable)
    if not isinstance(path, Domain):
        return path
    match = pattern.search(f"{path.values[0]}/" if path.values else "")
    if match is None:
        return Absent(_origin(path))
    step = Step(f"{variable} holds {match[0].rstrip('/')}", path.steps[0].origin, frozenset((variable,)))
    return Domain(subject, "found", (match[1],), None, (step,))


def _python(work: Working) -> State:
    """The environment's Python; where none is known yet, what the project files say it must be."""
    stated = _from_stated(work, "python", work.stack.state("facts", "python"))
    if isinstance(stated, Domain):
        return stated
    allowed, steps = versions.ANY, []
    for ask in work.stack.asks:
        own = versions.asked_range(ask.specifier) if ask.name == "python" and ask.applies else None
        if own is not None and not (allowed & own).is_empty:
            allowed = allowed & own
            steps.append(Step(f"requires-python is {ask.specifier}", ask.origin.place, _PYTHON, ask.origin.location))
    return Domain("python", "asked", (), allowed, tuple(steps)) if steps else stated


_DEBIAN_NAMES = {"gcc": ("gcc", "g++"), "clang": ("clang",), "cmake": ("cmake",)}
_EPOCH = pattern(r"\d+:")


def _tool(work: Working, subject: str) -> State:
    """A build tool: as a fact, a product or a distribution, else as Debian's packages have it. Of several gcc-N without
    a default nobody knows which one a build takes."""
    unknown = Unknown(f"{subject} was not looked at")
    for table in ("facts", "products", "packages"):
        stated = work.stack.table(table).get(subject, unknown)
        if not isinstance(stated, Unknown):
            return _from_stated(work, subject, stated)
    own = work.stack.system_packages
    names = [name for name in _DEBIAN_NAMES[subject] if isinstance(own.get(name), Known)]
    numbered = [name for name in own if name.rpartition("-")[0] == subject and name.rpartition("-")[2].isdigit()]
    if not names and len(numbered) > 1:
        return Unknown(f"{' and '.join(sorted(numbered))} are there")
    for name in (*names, *numbered):
        state = own[name]
        if isinstance(state, Known) and (state.value != "*" or name in numbered):
            value = name.rpartition("-")[2] if state.value == "*" else _EPOCH.sub("", state.value, count=1)
            return _from_stated(work, subject, replace(state, value=value))
    return unknown


def _product_state(work: Working, subject: str) -> State:
    asks = [ask for ask in work.asks.get(subject, ()) if ask.applies]
    installed = work.installed.get(subject)
    wants = [ask for ask in asks if ask in work.stack.wants]
    positive = [ask for ask in asks if not ask.constraint]
    domain = _known(work, subject, installed[0], installed[1]) if installed else None
    if domain is not None and all(_met(installed[0] if installed else "", ask) for ask in asks):
        return replace(domain, asks=tuple(asks))
    if positive:
        return _asked(work, subject, tuple(asks), "wanted" if wants else "asked")
    if domain is not None:
        return domain
    return _missing(work, subject)


def _asked(work: Working, subject: str, asks: tuple[Ask, ...], presence: str) -> Domain:
    allowed, pinned = versions.ANY, False
    steps: list[Step] = []
    label = next((pin for ask in asks if (pin := _pin(ask)) is not None), None)
    for ask in asks:
        own = versions.asked_range(ask.specifier)
        if own is None and _is_words(work, subject):
            label = label or ask.specifier.lstrip("=")
        joined = allowed if own is None else allowed & own
        if joined.is_empty:
            continue  # two asks that exclude each other: see `asks.findings`
        allowed = joined
        step = Step(f"{ask} is asked for", ask.origin.place, frozenset((subject,)), ask.origin.location)
        # A pin says more than a bound elsewhere: it comes first, and gives the place.
        first = not pinned and label is not None and _pin(ask) == label
        pinned |= first
        steps.insert(0 if first else len(steps), step)
    releases = _releases(work, subject) if label is None and _listed(work, subject, asks) else ()
    if label is not None:
        values: tuple[str, ...] = (label,)
    elif _is_words(work, subject) or not any(ask.specifier for ask in asks):
        values = releases
    else:
        values = tuple(r for r in releases if (v := versions.parse(r)) is not None and v in allowed)
    return Domain(subject, "wanted" if presence == "wanted" else "asked", values, allowed, tuple(steps), asks)


def _listed(work: Working, subject: str, asks: tuple[Ask, ...]) -> bool:
    """Whether the releases that are known are those of an index that is asked: else no newest one is known."""
    own = [ask for ask in asks if not ask.constraint and ask not in work.stack.wants]
    named = next((ask.indexes for ask in own if ask.indexes is not None), None)
    if named is None:
        return len(own) < len(asks) or all(ask.locked is not None for ask in own)
    return any(has_list(name) or name in work.store.places(subject) for name in named.names)


def _is_words(work: Working, subject: str) -> bool:
    return work.store.knows(subject) and work.store.product(subject).compare == "words"


def _missing(work: Working, subject: str) -> State:
    if not work.store.store.knows(subject):
        state = work.stack.state("packages", versions.project_name(subject.removeprefix(PURL)))
        return state if not isinstance(state, Known) else _known(work, subject, state.value, state.origin)
    product = work.store.product(subject)
    places = [("products", subject), *(("packages", name) for name in product.pip)]
    places += [("system-packages", name) for name in product.apt]
    states = [work.stack.state(table, name) for table, name in places]
    stated = next((state for state in states if isinstance(state, Absent)), None)
    if stated is not None:
        return stated
    run = work.stack.settings.get(f"{subject} ")
    if isinstance(run, Known):
        return _known(work, subject, "*", run.origin)
    return Unknown(f"nothing says whether {product.title} is there")


_DERIVED: dict[str, Callable[[Working], State]] = {
    **{name: partial(_linux_only, subject=name) for name in ("distro", "distro-version", "glibc", "dgx-os")},
    **{name: partial(_jetson_only, subject=name) for name in ("jetpack", "l4t")},
    "libc": _libc,
    "ubuntu": _ubuntu,
    "kernel-flavor": _kernel_flavor,
    "board": _board,
    "driver": _driver,
    "cuda-driver": _cuda_driver,
    "python": _python,
    **{name: partial(_tool, subject=name) for name in _DEBIAN_NAMES},
    "ros-python": lambda work: _on_path(work, "ros-python", "PYTHONPATH", _ROS_PYTHON),
    "path-cudnn": lambda work: _on_path(work, "path-cudnn", "LD_LIBRARY_PATH", _PATH_CUDNN),
    "cuda": lambda _: Unknown("no torch build is known"),
}
"""Subjects that are worked out from others."""


def asks_by_product(stack: Stack, store: Catalog) -> dict[str, list[Ask]]:
    """The requirements and wishes of each product and of each distribution that none is, wishes first."""
    asks: dict[str, list[Ask]] = {}
    for ask in (*stack.wants, *stack.asks):
        if ask.name != "python":
            wanted = ask in stack.wants and store.store.knows(ask.name)
            asks.setdefault(ask.name if wanted else store.subject(ask.name), []).append(ask)
    return asks


def installed_by_product(stack: Stack, store: Catalog) -> dict[str, tuple[str, Origin]]:
    """Version and origin of each product that is there: by its own name, a distribution, an apt package, an image."""
    installed: dict[str, tuple[str, Origin]] = {}
    for name, state in stack.products.items():
        if isinstance(state, Known):
            installed[name] = (state.value, state.origin)
    by_distribution, asked = store.store.by_distribution, store.asked
    for name, state in stack.packages.items():
        product = by_distribution(name) or (store.subject(name) if name in asked else None)
        if product is not None and isinstance(state, Known):
            version = store.product(product).release_of(state.value)
            installed.setdefault(product, (version, state.origin))
    for name, state in stack.system_packages.items():
        product = store.by_system_package(name)
        if product is not None and isinstance(state, Known):
            installed.setdefault(product, (state.value, state.origin))
    for name, state in stack.images.items():
        product = store.by_image(name)
        if product is not None and isinstance(state, Known):
            words = store.product(product).compare == "words"
            value = state.value.partition("-")[0] if words else state.value
            installed.setdefault(product, (value, state.origin))
            brought = _of_tag(product, state.value)
            if brought is not None:
                installed.setdefault(brought[0], (brought[1], state.origin))
    return installed


def _of_tag(product: str, tag: str) -> tuple[str, str] | None:
    """What the tag of an image says that is in it, and in which version."""
    torch = _TORCH_TAG.match(tag) if product == "docker-pytorch" else None
    if torch is not None:
        return "torch", f"{torch[1]}+cu{torch[2]}{torch[3]}"
    tensorflow = _TENSORFLOW_TAG.match(tag) if product == "docker-tensorflow" else None
    return ("tensorflow", tensorflow[1]) if tensorflow is not None else None


def _met(value: str, ask: Ask) -> bool:
    """Whether what is installed satisfies the ask as an installer sees it (PEP 440, strictly)."""
    allowed = versions.asked_range(ask.specifier)
    if value == "*" or allowed is None or ask.specifier == "":
        return True
    strict = versions.strict(value)
    return strict is None or allowed.contains(strict, prereleases=True)


def _pin(ask: Ask) -> str | None:
    """The exact version of an ask that has one ("==2.9.1+cu128"), else None."""
    text = ask.specifier
    if not text.startswith("==") or "," in text or text.endswith("*") or text.startswith("==="):
        return None
    return text[2:].strip()


def _origin(domain: Domain) -> Origin:
    step = domain.steps[0]
    return Origin(step.text, step.origin, step.location)
