"""What the steps that look at a machine share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Absent, Gpu, State, Unknown, Unread
from stackcheck.scan import distributions
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.scan.view import FileView


@dataclass
class Gathering:
    """What has been found so far. `live` is False for a root file system that is not the running one."""

    view: FileView
    live: bool
    environment: Mapping[str, str]
    home: str | None
    python: str | None
    progress: Callable[[str], None]
    facts: dict[str, State] = field(default_factory=dict)
    packages: dict[str, State] = field(default_factory=dict)
    system_packages: dict[str, State] = field(default_factory=dict)
    products: dict[str, State] = field(default_factory=dict)
    variables: dict[str, State] = field(default_factory=dict)
    gpus: tuple[Gpu, ...] | Absent | Unknown = field(default_factory=lambda: Unknown("GPUs were not looked at"))
    installed: distributions.Distributions = field(default_factory=distributions.Distributions)
    complete: set[str] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    crashes: list[Unread] = field(default_factory=list)
