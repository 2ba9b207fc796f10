"""The judge's working state: every subject as a domain, looked up on demand, narrowed by the engine."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from stackcheck.judge import initial, requirements, requires_dist
from stackcheck.judge.catalog import Catalog
from stackcheck.judge.domain import Domain, Fit, Step, fit, within
from stackcheck.judge.laws import source_builds, started, wheel_law
from stackcheck.matrix.rows import SAME, Provides
from stackcheck.model import UNKNOWN_INDEX, USERLAND, Absent, Indexes, Known, Origin, Unknown
from stackcheck.subjects import BY_NAME, WITH_GPU_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.judge.check import Check
    from stackcheck.judge.domain import Presence, State
    from stackcheck.judge.laws.wheel_law import Machine
    from stackcheck.matrix.rows import Conditions, Relation, Row
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, FeatureAsk, Gpu, Stack

T = TypeVar("T")
R = TypeVar("R", bound="Row")
PLATFORM_PRODUCTS = ("gpu", "ubuntu", "distro", "jetpack", "l4t", "dgx-os", "cuda-toolkit", "python", "driver")
"""Platform subjects that may have rows of their own: they are judged wherever they are known."""
_OF_HOST = ("jetpack", "l4t", "dgx-os")
"""Those that say what a machine's own system is made of."""


class Working:
    """One stack with one of its GPUs, while it is judged. Built anew for each run of the engine."""

    def __init__(self, stack: Stack, store: Store, gpu: Gpu | None, *, preflight: bool = False) -> None:
        self.stack: Stack = stack
        self.store = Catalog(store, {**_with_code(stack, store), **_asked(stack)})
        self.preflight = preflight
        self.gpu = gpu
        self.asks: dict[str, list[Ask]] = initial.asks_by_product(stack, self.store)
        self.installed: dict[str, tuple[str, Origin]] = initial.installed_by_product(stack, self.store)
        self.brought: set[str] = set()
        """What comes with something else, an image mostly, in place of what an installer would have taken."""
        self.given: dict[str, Domain] = {}
        """What rows say that comes with something else, of subjects that nothing states."""
        self.complete = False
        """Whether all that comes with something else is in."""
        self.failed: set[str] = set()
        """Products of which no release works here, once an installer has chosen."""
        implied = (*source_builds.implied(stack, self.store), *started.implied(stack, self.store))
        self.features: dict[str, FeatureAsk] = {ask.name: ask for ask in (*implied, *stack.features)}
        self.started = frozenset(name[:-1] for name in stack.settings if name.endswith(" "))
        """Products that commands start, whatever brings them."""
        self.settled = True
        """False where rows went on narrowing when the engine stopped: then what was found may not be all."""
        self.first: dict[str, str | None] = {}
        self.required: dict[tuple[str, str, str], tuple[dict[str, str], list[Check], list[Relation]]] = {}
        """What was worked out of releases for a machine, which many rounds ask again."""
        self._states: dict[str, State] = {}
        self._seen: dict[str, State] = {}
        self._remembered: dict[tuple[object, ...], tuple[Any, dict[str, State]]] = {}
        self._markers: tuple[State, dict[str, str]] | None = None
        self._machine: tuple[tuple[State, ...], Machine | None] | None = None
        self._provide()
        self.complete = True
        self._states.clear()
        self._seen.clear()

    def passes_over(self, domain: Domain) -> bool:
        """Whether what an installer takes of it is ruled out by something that no installer knows: what is left is
        only what its lines also allow."""
        taken = self.first.get(domain.subject)
        return domain.presence == "asked" and taken is not None and taken not in domain.values

    # --- looking up -------------------------------------------------------------------------------------------

    def state(self, subject: str) -> State:
        """What a subject can be now."""
        if subject not in self._states:
            self._states[subject] = initial.state(self, subject)
        found = self._states[subject]
        self._seen.setdefault(subject, found)
        return found

    def remembered(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives; where no state that it looked at has changed, what it gave before."""
        known = self._remembered.get(key)
        if known is not None and all(self._states.get(name) is state for name, state in known[1].items()):
            self._seen = {**known[1], **self._seen}
            return known[0]  # type: ignore[no-any-return]
        outer, self._seen = self._seen, {}
        value = make()
        self._remembered[key] = (value, self._seen)
        self._seen = {**self._seen, **outer}
        return value

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

    @property
    def machine(self) -> Machine | None:
        """The machine as wheel tags see it now; None for one that takes no wheel for Linux with glibc."""
        seen = tuple(map(self.state, ("os", "glibc", "arch", "python")))
        if self._machine is None or any(one is not other for one, other in zip(self._machine[0], seen, strict=True)):
            self._machine = (seen, wheel_law.machine(self))
        return self._machine[1]

    @property
    def markers(self) -> dict[str, str]:
        """The marker variables (PEP 508) that are known of the machine and its Python."""
        python = self.state("python")
        if self._markers is None or self._markers[0] is not python:
            variables = requires_dist.environment(self.stack)
            if isinstance(python, Domain) and len(python.values) == 1 and "python_version" not in variables:
                variables["python_version"] = ".".join(python.values[0].split(".")[:2])
            self._markers = (python, variables)
        return self._markers[1]

    @cached_property
    def pins(self) -> dict[str, list[requirements.Pin]]:
        """What lines pin by the metadata of the release that they name; read once, before anything is narrowed."""
        return requirements.pins(self)

    @cached_property
    def shared(self) -> frozenset[str]:
        """What two releases require that lines pin; read once, before anything is narrowed."""
        return requirements.shared(self)

    def active(self) -> list[str]:
        """Every product that has rows and is there, asked for, or has come up while judging; sorted."""
        names = {name for name in PLATFORM_PRODUCTS if self.store.knows(name)}
        names |= {*self.asks, *self.installed, *self._states, *self.started}
        names.discard("cuda")  # its rows feed the laws on builds, which know whose CUDA it is
        return sorted(name for name in names if self.store.knows(name) and self.domain(name) is not None)

    def rows_for(self, domain: Domain, kind: type[R], value: str | None) -> tuple[R, ...]:
        """The product's rows of one class that speak of this value; of its whole range, without a list (None)."""
        if value is not None:
            return self.store.rows_at(domain.subject, kind, value)
        rows = self.store.rows_of(domain.subject, kind)
        return tuple(row for row in rows if within(domain, row.release, None) is Fit.ALL)

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
            admitted = fit(state, condition)
            if admitted is Fit.NONE:
                return False, frozenset()
            if admitted is not Fit.ALL:
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
        if not row.where and not row.unless:
            return True, frozenset()
        verdict, missing = self.meets(tuple(pair for pair in row.where if pair[0] != "variant"))
        for subject, condition in row.where:
            if subject == "variant" and verdict is not False:
                admitted = {condition.admits(variant) for variant in variants} if variants else {None}
                verdict = verdict if admitted == {True} else (False if admitted == {False} else None)
        if row.unless and verdict is not False:
            barred, open_ = self.meets(row.unless)
            if barred is True:
                return False, frozenset()
            if barred is None and not self._nothing_known(row.unless):
                verdict, missing = None, missing | open_
        return verdict, missing if verdict is None else frozenset()

    def _nothing_known(self, conditions: Conditions) -> bool:
        """An exception of which nothing is known does not silence its rule; see `unsure` for what it does."""
        return all(isinstance(self.state(subject), Unknown) for subject, _ in conditions)

    def unsure(self, row: Row) -> bool:
        """Whether a row that applies may be excepted after all, so that what it bars is no error.

        What nobody spoke of, other than the machine itself, excepts nothing: it comes and goes with an environment.
        `unless = { cuda-driver = "*" }` is for the time that nothing is known of it.
        """
        return any(
            isinstance(self.state(subject), Unknown) and not condition.any and self._is_spoken_of(subject)
            for subject, condition in row.unless
        )

    def _is_spoken_of(self, subject: str) -> bool:
        if subject == "cuda":
            return not isinstance(self.state("torch"), Unknown)
        return subject in BY_NAME

    def why(self, conditions: Conditions) -> tuple[Step, ...]:
        """The reasons for the circumstances that a row depends on."""
        steps: list[Step] = []
        for subject, _ in conditions:
            # That the machine runs Linux explains nothing here.
            domain = self.domain(subject) if subject not in ("variant", "os") else None
            if domain is not None:
                steps += domain.steps
        return tuple(steps)

    # --- what comes with what ---------------------------------------------------------------------------------

    def _provide(self) -> None:
        """Fills subjects that nothing states from `provides` rows, until nothing is added."""
        names = dict.fromkeys(name for name in (*PLATFORM_PRODUCTS, *self.installed) if self.store.knows(name))
        changed = True
        while changed:
            # Every row in each turn: stopping at the first that adds something would begin anew for each.
            changed = sum(self._fill(row) for name in names for row in self._provides(name)) > 0

    def _provides(self, product: str) -> tuple[Provides, ...]:
        """The `provides` rows of a product that is there; those of others are not even read."""
        return self.store.rows_of(product, Provides) if self.domain(product) is not None else ()

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
            if value == SAME:
                value = domain.values[0].removeprefix("v") if domain.values else "*"
            if self.stack.inside and row.product in _OF_HOST and subject in USERLAND:
                continue  # what the machine's own system brings along is not in a container
            text = f"{_shown(domain)} comes with {subject}{'' if value == '*' else f' {value}'}"
            if self._only_asked(subject):
                # What is there before anything is installed: whether it satisfies the ask is then the question.
                self.installed[subject] = (value, Origin(text, row.key, domain.location))
                self.brought.add(subject)
                self._states.clear()
                added = True
            elif self._untold(subject) or self._python_only_asked(subject):
                reason = Step(text, row.key, frozenset((subject, row.product)))
                self.brought.add(subject)
                presence: Presence = "some" if value == "*" else "found"
                values = () if value == "*" else (value,)
                self.given[subject] = Domain(subject, presence, values, None, (*domain.steps, reason))
                self._states.clear()
                added = True
        return added

    def _only_asked(self, subject: str) -> bool:
        state = self.state(subject)
        return subject not in self.installed and subject in self.asks and isinstance(state, Domain) and bool(state.asks)

    def _untold(self, subject: str) -> bool:
        """Whether nothing says more of a subject than that a command starts it."""
        state = self.state(subject)
        started = isinstance(state, Domain) and state.presence == "some" and subject in self.started
        return started or isinstance(state, Unknown)

    def _python_only_asked(self, subject: str) -> bool:
        """Whether all that is known of Python is what files say it must be."""
        state = self.state(subject) if subject == "python" else None
        return isinstance(state, Domain) and state.presence == "asked"

    # --- where projects come from -----------------------------------------------------------------------------

    def indexes(self, domain: Domain) -> Indexes | None:
        """Where an installer would take this product from; None where any index may be meant."""
        named = next((ask.indexes for ask in self._lines(domain) if ask.indexes is not None), None)
        if named is not None:
            return named
        if domain.presence == "implied":
            return None if domain.subject in self._undecided else self._of_others
        untold = domain.presence != "found" and any(ask.locked is None for ask in self._lines(domain))
        return Indexes((UNKNOWN_INDEX,)) if untold else None

    def _lines(self, domain: Domain) -> Iterator[Ask]:
        """What asks for a product by itself, one after the other: a project may have thousands of lines on one."""
        return (ask for ask in domain.asks if not ask.constraint and ask not in self.stack.wants)

    @cached_property
    def _undecided(self) -> frozenset[str]:
        """What a line asks for that may count or not: it says where it comes from."""
        return frozenset(ask.name for ask in self.stack.asks if ask.applies is None)

    @cached_property
    def _of_others(self) -> Indexes | None:
        """Where an installer takes what no line asks for."""
        others = (ask.transitive for ask in self.stack.asks if ask.applies is not False)
        return next((transitive for transitive in others if transitive is not None), None)

    def of_image(self, domain: Domain) -> bool:
        """Whether a base image brings it along, by the first reason of its chain."""
        if domain.presence != "implied":
            return False
        places = {state.origin.location for state in self.stack.images.values() if isinstance(state, Known)}
        return domain.location is not None and domain.location in places


def _with_code(stack: Stack, store: Store) -> dict[str, tuple[str, ...]]:
    """What is installed and has GPU code by its record: where no product is that, the record alone can judge it."""
    names = WITH_GPU_CODE & stack.packages.keys()
    return {name: () for name in sorted(names) if store.by_distribution(name) is None}


def _asked(stack: Stack) -> dict[str, tuple[str, ...]]:
    """What a stack asks for, each with the indexes that are named for it."""
    found: dict[str, tuple[str, ...]] = {}
    for ask in (*stack.wants, *stack.asks):
        if ask.applies:
            found[ask.name] = found.get(ask.name) or (() if ask.indexes is None else ask.indexes.names)
    return found


def _shown(domain: Domain) -> str:
    return f"{domain.subject} {domain.values[0]}" if domain.values else domain.subject
