"""The machine of a CI job: what the labels of `runs-on` say (docs.github.com, "Choosing the runner for a job").

A label that takes its value from the job's matrix stands for every value there: each makes a job of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.kleene import some
from stackcheck.model import Known
from stackcheck.read import yaml
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Stack
    from stackcheck.read.yaml import Node

_ARMS = re.compile(r"(?:^|[-_.])(?:arm|arm64|aarch64)(?:$|[-_.\d])", re.IGNORECASE)
_HOSTED = re.compile(r"ubuntu-(?:latest|slim|\d\d\.\d\d)")
_OTHERS = re.compile(r"(?:macos|windows)(?:-|$)", re.IGNORECASE)
_OF_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@dataclass(frozen=True)
class Runner:
    """The machines that a job runs on. `fits` is whether one of them has the target's architecture and system; None
    where the labels do not say. `labels` are the labels as they are filled in, and `node` is where they stand."""

    fits: bool | None
    labels: tuple[str, ...]
    node: Node | None

    @property
    def foreign(self) -> bool:
        """Whether it has another system than Linux, so that no machine that is judged is like it."""
        return any(_OTHERS.match(label) for label in self.labels)


def runner_of(job: Node, target: Stack) -> Runner:
    """The runner of a workflow's job, held against a target."""
    node = yaml.child(job, "runs-on")
    labels = [one.value for one in yaml.elements(yaml.child(node, "labels") or node) if one.id == "scalar"]
    made = [filled for filled in _filled(labels, job) if filled]
    verdicts = [_fits(filled, target) for filled in made]
    fits = some(verdicts or [None])
    return Runner(fits, tuple(dict.fromkeys(label for filled in made for label in filled)), node)


def _filled(labels: list[str], job: Node) -> Iterator[list[str]]:
    """The labels of each job that the matrix makes; those that are no value of it stay as they are written."""
    named = next((found[1] for label in labels if (found := _OF_MATRIX.fullmatch(label.strip()))), None)
    values = list(matrix_values(job, named)) if named is not None else []
    if not values:
        yield labels
    for value in values:
        yield [value if _OF_MATRIX.fullmatch(label.strip()) else label for label in labels]


def matrix_values(job: Node, name: str) -> Iterator[str]:
    """What a name of the matrix can be: its own list, and what `include` adds."""
    matrix = yaml.child(yaml.child(job, "strategy"), "matrix")
    own = yaml.elements(yaml.child(matrix, name))
    added = [yaml.child(one, name) for one in yaml.elements(yaml.child(matrix, "include"))]
    for node in (*own, *added):
        if node is not None and node.id == "scalar":
            yield node.value


def _fits(labels: list[str], target: Stack) -> bool | None:
    arch, system = target.facts.get("arch"), target.facts.get("os")
    if isinstance(system, Known) and system.value == "linux" and any(_OTHERS.match(label) for label in labels):
        return False
    if not isinstance(arch, Known):
        return None
    if any(_ARMS.search(label) for label in labels):
        return arch.value == "aarch64"
    hosted = any(_HOSTED.fullmatch(label) for label in labels) or any(label.lower() == "x64" for label in labels)
    return arch.value == "x86_64" if hosted else None
