"""The judge's working state: every subject as a domain, looked up on demand, narrowed by the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.domain import Domain, Fit, State, Step, fit
from stackcheck.matrix.rows import Provides
from stackcheck.model import Absent, Known, Origin, Unknown
from stackcheck.subjects import BY_NAME, GPU_SUBJECTS
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.matrix.rows import Conditions, Row
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Gpu, Indexes, Stack
    from stackcheck.model import State as Stated

_ROS_PYTHON = re.compile(r"/opt/ros/[^/:]+/(?:[^:]*/)?lib/python(\d+\.\d+)/")
_PATH_CUDNN = re.compile(r"/cudnn[^/:]*[/-]v?(\d+\.\d+\.\d+)[^:]*")
_KERNEL_WORD = re.compile(r"[A-Za-z]+\w*")
_THERE = frozenset(("cuda-toolkit", "jetpack", "l4t", "dgx-os", "container"))
"""Facts of which being there, in whatever version, already says something."""
_PYTHON = frozenset(("python",))
PLATFORM_PRODUCTS = ("gpu", "ubuntu", "distro", "jetpack", "l4t", "dgx-os", "cuda-toolkit", "python", "driver")
"""Platform subjects that may have rows of their own: they are judged wherever they are known."""


class Working:
    """One stack with one of its GPUs, while it is judged. Built anew for each run of the engine."""

    def __init__(self, stack: Stack, store: Store, gpu: Gpu | None, *, preflight: bool = False) -> None:
        self.stack = stack
        self.store = store
        self.preflight = preflight
        self._gpu = gpu
        self._states: dict[str, State] = {}
        self._asks = _asks_by_product(stack, store)
        self._found = _found_by_product(stack, store)
        self._given: dict[str, Domain] = {}
        self.first: dict[str, str | None] = {}
        self.features = {ask.name: ask for ask in stack.features}
        self._complete = False
        self._provide()
        self._complete = True
        self._states.clear()

    # --- looking up -------------------------------------------------------------------------------------------

    def state(self, subject: str) -> State:
        """What a subject can be now."""
        if subject not in self._states:
            self._states[subject] = self._initial(subject)
        return self._states[subject]

    def domain(self, subject: str) -> Domain | None:
        """The subject's domain, None where it is absent or unknown."""
        state = self.state(subject)
        return state if isinstance(state, Domain) else None

    def put(self, domain: Domain) -> None:
        """Replaces a subject's state."""
        self._states[domain.subject] = domain

    def put_state(self, subject: str, state: State) -> None:
        """Replaces the state of a subject that may also be absent or unknown."""
        self._states[subject] = state

    def active(self) -> list[str]:
        """Every product that has rows and is there, asked for, or has come up while judging; sorted."""
        names = {name for name in PLATFORM_PRODUCTS if self.store.knows(name)}
        names |= {*self._asks, *self._found, *self._states}
        names.discard("cuda")  # its rows feed the laws on builds, which know whose CUDA it is
        return sorted(name for name in names if self.store.knows(name) and self.domain(name) is not None)

    def meets(self, conditions: Conditions) -> tuple[bool | None, frozenset[str]]:
        """Whether all conditions hold (None: not known), and which subjects would have to be known."""
        missing: set[str] = set()
        verdict: bool | None = True
        for subject, condition in conditions:
            state = self.state(subject)
            if isinstance(state, Absent):
                return False, frozenset()
            if isinstance(state, Unknown):
                missing.add(subject)
                verdict = None
                continue
            found = fit(state, condition)
            if found is Fit.NONE:
                return False, frozenset()
            if found is not Fit.ALL:
                verdict = None
        return verdict, frozenset(missing) if verdict is None else frozenset()

    def applies(self, row: Row, variants: frozenset[str] | None = None) -> tuple[bool | None, frozenset[str]]:
        """Whether a row's `where`, `unless` and `feature` let it speak. `variants`: what builds it may be."""
        if (
            row.feature is not None
            and row.kind != "unsupported"
            and f"{row.product}:{row.feature}" not in self.features
        ):
            return False, frozenset()
        where = tuple(pair for pair in row.where if pair[0] != "variant")
        verdict, missing = self.meets(where)
        for subject, condition in row.where:
            if subject == "variant" and verdict is not False:
                found = {condition.admits(variant) for variant in variants} if variants else {None}
                verdict = verdict if found == {True} else (False if found == {False} else None)
        if row.unless and verdict is not False:
            barred, _ = self.meets(row.unless)
            if barred is True:
                return False, frozenset()
            verdict = None if barred is None and not self._all_unknown(row.unless) else verdict
        return verdict, missing if verdict is None else frozenset()

    def _all_unknown(self, conditions: Conditions) -> bool:
        """An exception of which nothing is known does not silence its rule."""
        return all(isinstance(self.state(subject), Unknown) for subject, _ in conditions)

    def why(self, conditions: Conditions) -> tuple[Step, ...]:
        """The reasons for the circumstances that a row depends on."""
        steps: list[Step] = []
        for subject, _ in conditions:
            # That the machine runs Linux explains nothing here.
            domain = self.domain(subject) if subject not in ("variant", "os") else None
            if domain is not None:
                steps += domain.steps
        return tuple(steps)

    # --- the first state of a subject -------------------------------------------------------------------------

    def _initial(self, subject: str) -> State:
        if subject in self._given:
            return self._given[subject]
        if subject in GPU_SUBJECTS:
            return self._gpu_state(subject)
        derive = _DERIVED.get(subject)
        if derive is not None:
            return derive(self)
        if subject in BY_NAME:
            return self._from_stated(subject, self.stack.state("facts", subject))
        if subject.isupper():
            return self._from_stated(subject, self.stack.state("variables", subject))
        return self._product_state(subject)

    def _from_stated(self, subject: str, state: Stated) -> State:
        if not isinstance(state, Known):
            return state
        if state.value == "*" and subject not in _THERE:
            return Unknown(f"{state.origin.place} says only that there is one")
        return self._known(subject, state.value, state.origin)

    def _known(self, subject: str, value: str, origin: Origin) -> Domain:
        step = Step(origin.text, origin.place, frozenset((subject,)), origin.location)
        if value == "*" or (not BY_NAME.get(subject) and not subject.isupper() and self._unreadable(subject, value)):
            return Domain(subject, "some", self._releases(subject), versions.ANY, (step,))
        return Domain(subject, "found", (value,), None, (step,))

    def _unreadable(self, subject: str, value: str) -> bool:
        return not self._is_words(subject) and versions.parse(value) is None

    def _releases(self, subject: str) -> tuple[str, ...]:
        return self.store.product(subject).releases if self.store.knows(subject) else ()

    def _gpu_state(self, subject: str) -> State:
        if self._gpu is None:
            gpus = self.stack.gpus
            return gpus if not isinstance(gpus, tuple) else Unknown("no GPU is described")
        stated = self.stack.facts.get(subject)
        if stated is not None and subject not in ("gpu", "compute-capability"):
            return self._from_stated(subject, stated)
        value = {"gpu": self._gpu.name, "compute-capability": self._gpu.capability}.get(subject)
        if value is None:
            return Unknown(f"nothing says {BY_NAME[subject].title} of {self._gpu.name or 'this GPU'}")
        return self._from_stated(subject, Known(value, self._gpu.origin))

    def _ubuntu(self) -> State:
        distro = self.state("distro")
        if not isinstance(distro, Domain):
            return distro
        if distro.values != ("ubuntu",):
            return Absent(_origin(distro))
        version = self.state("distro-version")
        return replace(version, subject="ubuntu") if isinstance(version, Domain) else version

    def _board(self) -> State:
        """The boards that the matrix tells apart have Arm GPUs of their own: another GPU or CPU is another board."""
        stated = self._from_stated("board", self.stack.state("facts", "board"))
        gpu, arch = self.state("gpu"), self.state("arch")
        if not isinstance(stated, Unknown) or not self._complete:
            return stated
        if isinstance(arch, Domain) and arch.values == ("x86_64",):
            return Domain("board", "found", ("other",), None, arch.steps)
        if isinstance(gpu, Domain) and isinstance(self.state("compute-capability"), Domain):
            return Domain("board", "found", ("other",), None, gpu.steps)
        return stated

    def _kernel_flavor(self) -> State:
        kernel = self.state("kernel")
        if not isinstance(kernel, Domain):
            return kernel
        words = " ".join(_KERNEL_WORD.findall(kernel.values[0] if kernel.values else ""))
        return replace(kernel, subject="kernel-flavor", values=(words or "none",))

    def _on_path(self, subject: str, variable: str, pattern: re.Pattern[str]) -> State:
        """A version that an entry of a path variable names."""
        path = self.state(variable)
        if not isinstance(path, Domain):
            return path
        found = pattern.search(f"{path.values[0]}/" if path.values else "")
        if found is None:
            return Absent(_origin(path))
        step = Step(f"{variable} holds {found[0].rstrip('/')}", path.steps[0].origin, frozenset((variable,)))
        return Domain(subject, "found", (found[1],), None, (step,))

    def _python(self) -> State:
        """The environment's Python; where none is known yet, what the project files say it must be."""
        stated = self._from_stated("python", self.stack.state("facts", "python"))
        if isinstance(stated, Domain):
            return stated
        allowed, steps = versions.ANY, []
        for ask in self.stack.asks:
            own = versions.asked_range(ask.specifier) if ask.name == "python" and ask.applies else None
            if own is not None and not (allowed & own).is_empty:
                allowed = allowed & own
                steps.append(
                    Step(f"requires-python is {ask.specifier}", ask.origin.place, _PYTHON, ask.origin.location)
                )
        return Domain("python", "asked", (), allowed, tuple(steps)) if steps else stated

    def _product_state(self, subject: str) -> State:
        asks = [ask for ask in self._asks.get(subject, ()) if ask.applies]
        found = self._found.get(subject)
        wants = [ask for ask in asks if ask in self.stack.wants]
        positive = [ask for ask in asks if not ask.constraint]
        domain = self._known(subject, found[0], found[1]) if found else None
        if domain is not None and all(_met(found[0] if found else "", ask) for ask in asks):
            return replace(domain, asks=tuple(asks))
        if positive:
            return self._asked(subject, tuple(asks), "wanted" if wants else "asked")
        if domain is not None:
            return domain
        return self._missing(subject)

    def _asked(self, subject: str, asks: tuple[Ask, ...], presence: str) -> Domain:
        allowed, steps = versions.ANY, []
        label = next((pin for ask in asks if (pin := _pin(ask)) is not None), None)
        for ask in asks:
            own = versions.asked_range(ask.specifier)
            if own is None and self._is_words(subject):
                label = label or ask.specifier.lstrip("=")
            joined = allowed if own is None else allowed & own
            if joined.is_empty:
                continue  # two asks that exclude each other: see `asks.findings`
            allowed = joined
            steps.append(Step(f"{ask} is asked for", ask.origin.place, frozenset((subject,)), ask.origin.location))
        releases = self._releases(subject)
        if label is not None:
            values: tuple[str, ...] = (label,)
        elif self._is_words(subject):
            values = releases
        else:
            values = tuple(r for r in releases if (v := versions.parse(r)) is not None and v in allowed)
        return Domain(subject, "wanted" if presence == "wanted" else "asked", values, allowed, tuple(steps), asks)

    def _is_words(self, subject: str) -> bool:
        return self.store.knows(subject) and self.store.product(subject).compare == "words"

    def _missing(self, subject: str) -> State:
        if not self.store.knows(subject):
            state = self.stack.state("packages", versions.project_name(subject))
            return state if not isinstance(state, Known) else self._known(subject, state.value, state.origin)
        product = self.store.product(subject)
        places = [("products", subject), *(("packages", name) for name in product.pip)]
        places += [("system-packages", name) for name in product.apt]
        states = [self.stack.state(table, name) for table, name in places]
        stated = next((state for state in states if isinstance(state, Absent)), None)
        if stated is not None:
            return stated
        return Unknown(f"nothing says whether {product.title} is there")

    # --- what comes with what ---------------------------------------------------------------------------------

    def _provide(self) -> None:
        """Fills subjects that nothing states from `provides` rows, until nothing is added."""
        names = [name for name in (*PLATFORM_PRODUCTS, *self._found) if self.store.knows(name)]
        rows = [row for name in dict.fromkeys(names) for row in self.store.rows_of(name, Provides)]
        changed = True
        while changed:
            # Every row in each turn: stopping at the first that adds something would begin anew for each.
            changed = sum(map(self._fill, rows)) > 0

    def _fill(self, row: Provides) -> bool:
        domain = self.domain(row.product)
        if domain is None or domain.presence != "found":
            return False
        if row.release is not None and fit(domain, row.release) is not Fit.ALL:
            return False
        if self.applies(row)[0] is not True:
            return False
        added = False
        for subject, value in row.gives:
            text = f"{_shown(domain)} comes with {subject} {value}"
            if self._only_asked(subject):
                # What is there before anything is installed: whether it satisfies the ask is then the question.
                self._found[subject] = (value, Origin(text, row.key, domain.location))
                self._states.clear()
                added = True
            elif isinstance(self.state(subject), Unknown) or self._python_only_asked(subject):
                reason = Step(text, row.key, frozenset((subject, row.product)))
                self._given[subject] = Domain(subject, "found", (value,), None, (*domain.steps, reason))
                self._states.clear()
                added = True
        return added

    def _only_asked(self, subject: str) -> bool:
        state = self.state(subject)
        return subject not in self._found and subject in self._asks and isinstance(state, Domain) and bool(state.asks)

    def _python_only_asked(self, subject: str) -> bool:
        """Whether all that is known of Python is what files say it must be."""
        state = self.state(subject) if subject == "python" else None
        return isinstance(state, Domain) and state.presence == "asked"

    # --- where projects come from -----------------------------------------------------------------------------

    def indexes(self, domain: Domain) -> Indexes | None:
        """Where an installer would take this product from; None where nothing says it."""
        for ask in domain.asks:
            if ask.indexes is not None and not ask.constraint and ask not in self.stack.wants:
                return ask.indexes
        if domain.presence == "implied":
            return next((ask.transitive for ask in self.stack.asks if ask.transitive is not None), None)
        return None


_DERIVED: dict[str, Callable[[Working], State]] = {
    "ubuntu": Working._ubuntu,
    "kernel-flavor": Working._kernel_flavor,
    "board": Working._board,
    "python": Working._python,
    "ros-python": lambda work: work._on_path("ros-python", "PYTHONPATH", _ROS_PYTHON),
    "path-cudnn": lambda work: work._on_path("path-cudnn", "LD_LIBRARY_PATH", _PATH_CUDNN),
    "cuda": lambda _: Unknown("no torch build is known"),
}
"""Subjects that are worked out from others."""


def _asks_by_product(stack: Stack, store: Store) -> dict[str, list[Ask]]:
    asks: dict[str, list[Ask]] = {}
    for ask in (*stack.wants, *stack.asks):
        product = ask.name if store.knows(ask.name) and ask in stack.wants else store.by_distribution(ask.name)
        if product is not None:
            asks.setdefault(product, []).append(ask)
    return asks


def _found_by_product(stack: Stack, store: Store) -> dict[str, tuple[str, Origin]]:
    found: dict[str, tuple[str, Origin]] = {}
    for name, state in stack.products.items():
        if isinstance(state, Known):
            found[name] = (state.value, state.origin)
    for table, lookup in ((stack.packages, store.by_distribution), (stack.system_packages, store.by_system_package)):
        for name, state in table.items():
            product = lookup(name)
            if product is not None and isinstance(state, Known):
                found.setdefault(product, (state.value, state.origin))
    for name, state in stack.images.items():
        product = store.by_image(name)
        if product is not None and isinstance(state, Known):
            words = store.product(product).compare == "words"
            value = state.value.partition("-")[0] if words else state.value
            found.setdefault(product, (value, state.origin))
    return found


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


def _shown(domain: Domain) -> str:
    return f"{domain.subject} {domain.values[0]}" if domain.values else domain.subject
