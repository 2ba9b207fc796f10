"""What a program is started with, as the features that it uses: the `signs` of a product's header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import FeatureAsk, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.catalog import Catalog
    from stackcheck.model import Origin, Stack

_PREFIXES = {"VLLM_": "vllm", "SGLANG_": "sglang"}
"""Variables of a machine or an image by which a server takes its settings, by the beginning of their names."""


def implied(stack: Stack, store: Catalog) -> Iterator[FeatureAsk]:
    """The features that commands and variables ask for, each at the place that says so; of a product that is started,
    asked for or installed."""
    if not stack.settings and not any(name.startswith(tuple(_PREFIXES)) for name in stack.variables):
        return
    from fnmatch import fnmatchcase  # few stacks start anything

    there = {ask.name for ask in stack.asks} | set(stack.packages)
    for product, setting, origin in _settings(stack):
        spoken = f"{product} " in stack.settings or product in there
        signs = store.product(product).signs if spoken and store.knows(product) else ()
        for feature, texts in signs:
            if any(fnmatchcase(setting, text) for text in texts):
                yield FeatureAsk(f"{product}:{feature}", origin)


def _settings(stack: Stack) -> Iterator[tuple[str, str, Origin]]:
    for name, state in stack.settings.items():
        product, _, setting = name.partition(" ")
        if setting and isinstance(state, Known):
            yield product, setting, state.origin
    for name, state in stack.variables.items():
        owner = _PREFIXES.get(f"{name.partition('_')[0]}_")
        if owner is not None and isinstance(state, Known):
            yield owner, f"{name}={state.value.lower()}", state.origin
