"""What is not known never fails: an error that is said while less is known is said too once all is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Ask, Gpu, Known, Origin, Stack
from stackcheck.read.environment import parse_environment
from tests.judge import small

if TYPE_CHECKING:
    from stackcheck.model import Finding, State

STORE = Store.from_folders([shipped_folder()])
PLACE = Origin("it is stated", "somewhere")
TARGETS = [
    parse_environment(path.read_text(encoding="utf-8"), path.name, "toml")
    for path in sorted((shipped_folder() / "targets").glob("*.toml"))
]
PACKAGES = (
    "isaacsim",
    "isaaclab",
    "onnxruntime-gpu",
    "vllm",
    "triton",
    "torchvision",
    "numpy",
    "warp-lang",
    "jaxlib",
    "tensorflow",
)
RELEASES = {name: STORE.product(STORE.by_distribution(name) or "").releases for name in PACKAGES}
OF_INDEXES = ("cpu", "cu126", "cu128", "cu130")
LABELS = (*OF_INDEXES, "nv25.09", "fdea156")
"""Without its label a build of an index is less known; one of NVIDIA or of one's own is another."""


@st.composite
def machines(draw: st.DrawFn) -> tuple[Stack, Stack]:
    """A machine of which all is stated, and the same one of which less is."""
    full = draw(st.sampled_from(TARGETS))
    python = draw(st.sampled_from(["3.9.20", "3.10.12", "3.11.14", "3.12.3", "3.13.1"]))
    stated: dict[str, State] = {"python": Known(python, PLACE)}
    if "cuda-driver" not in full.facts:
        stated["driver"] = Known("580.95.05", PLACE)
    facts = {**{name: state for name, state in full.facts.items() if isinstance(state, Known)}, **stated}
    names = draw(st.sets(st.sampled_from(PACKAGES), max_size=3))
    packages = {name: draw(st.sampled_from(RELEASES[name])) for name in sorted(names)}
    torch = draw(st.sampled_from(STORE.product("torch").releases))
    label = draw(st.sampled_from(LABELS))
    asked = draw(st.sets(st.sampled_from(PACKAGES), max_size=2))
    pins = [f"=={draw(st.sampled_from(RELEASES[name]))}" for name in sorted(asked)]
    asks = tuple(
        Ask(name, pin, Origin("asked", "requirements.txt:1"))
        for name, pin in zip(sorted(asked), pins, strict=True)
        if name not in packages
    )
    known = {name: Known(version, PLACE) for name, version in packages.items()}
    whole = replace(full, facts=facts, packages={**known, "torch": Known(f"{torch}+{label}", PLACE)}, asks=asks)
    kept = draw(st.sets(st.sampled_from(sorted(facts))))
    gpus = draw(st.sampled_from([full.gpus, _nameless(full.gpus), Stack().gpus]))
    less = replace(
        whole,
        facts={name: state for name, state in facts.items() if name in kept},
        gpus=gpus,
        packages=draw(st.sampled_from([whole.packages, {**known, "torch": Known(torch, PLACE)}]))
        if label in OF_INDEXES
        else whole.packages,
    )
    return whole, less


def _nameless(gpus: object) -> tuple[Gpu, ...]:
    assert isinstance(gpus, tuple)
    return tuple(Gpu(None, gpu.capability, gpu.origin) for gpu in gpus)


def errors(stack: Stack) -> list[Finding]:
    report = judge(stack, STORE, subject="test", version="1")
    return [finding for finding in report.findings if finding.severity == "error"]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines())
def test_knowing_less_never_makes_an_error(machine: tuple[Stack, Stack]) -> None:
    whole, less = machine
    said = errors(less)
    # Another row, or one nearer to the root, may say it once more is known.
    wrong = {subject for finding in errors(whole) for subject in (finding.subject, *finding.involves)} if said else ()
    assert not [f"{finding.id}: {finding.message}" for finding in said if finding.subject not in wrong]


def orin(torch: str) -> Stack:
    """A Jetson with a torch of its own and no cuDSS."""
    boards = [(target, target.facts.get("board")) for target in TARGETS]
    target = next(target for target, board in boards if isinstance(board, Known) and board.value == "jetson-orin")
    return replace(target, packages={"torch": Known(torch, PLACE)})


@pytest.mark.parametrize("torch", ["2.9.1", "2.9.1+cpu", "2.9.1+git1234567", "2.8.0"])
def test_what_nvidias_build_needs_is_not_asked_of_another(torch: str) -> None:
    found = judge(orin(torch), STORE, subject="test", version="1").findings
    assert "torch/jetson-cudss" not in {finding.id for finding in found}
    assert "unknown/torch-build" in {finding.id for finding in found} or "+" in torch


def test_what_has_no_wheel_for_any_machine_needs_no_architecture() -> None:
    row = '[[wheels]]\nid = "none"\nrelease = "1.0"\narch = []\nsdist = "fails"\nsource = "page"\n'
    head = '[product.old]\ntitle = "Old"\nfound-as = { pip = ["old"] }\nreleases = ["1.0"]\n'
    found = small.report(Stack(asks=(small.ask("old", "==1.0"),)), old=head + small.SOURCE + row).findings
    assert [(one.severity, one.message) for one in found if one.subject == "old"] == [
        ("error", "Old 1.0 has no wheel, and its source distribution does not build by itself.")
    ]
