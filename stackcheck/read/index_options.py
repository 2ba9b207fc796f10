"""Which indexes one command of pip or uv is told to look at, by its options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Indexes
from stackcheck.read.indexes import Address, Given, unknown_index
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Ask
    from stackcheck.read.arguments import Argument
    from stackcheck.read.installs import Place

_INDEX = frozenset(("-i", "--index-url", "--pypi-url"))
_LINKS = frozenset(("-f", "--find-links"))
_TORCH = frozenset(
    (
        *("fbgemm-gpu", "fbgemm-gpu-genai", "pytorch-triton", "pytorch-triton-rocm", "pytorch-triton-xpu", "torch"),
        *("torch-tensorrt", "torchao", "torcharrow", "torchaudio", "torchcodec", "torchcsprng", "torchdistx"),
        *("torchrec", "torchserve", "torchtext", "torchtune", "torchvision", "triton", "triton-rocm", "triton-xpu"),
        "xformers",
    )
)
"""What uv takes from the index of `--torch-backend` alone, whatever other indexes are named (uv 0.13)."""


def is_index(name: str) -> bool:
    return name in _INDEX or name in _LINKS or name in ("--extra-index-url", "--index", "--default-index")


def given_indexes(arguments: Iterable[Argument], place: Place) -> Given:
    """The index options of one command."""
    given = Given()
    for one in arguments:
        if one.name == "--no-index":
            given = given._replace(no_index=True)
        if one.value is None or not is_index(one.name):
            continue
        unknown = one.value.unknown
        text = one.value.text if unknown is None else unknown_index(f"${{{unknown}}}")
        every = tuple(_unnamed(Address(url, str(place.of(one.value)))) for url in text.split())
        if one.name in _INDEX:
            given = given._replace(url=every)
        elif one.name in _LINKS:
            given = given._replace(links=(*given.links, *every))
        elif one.name == "--default-index":
            given = given._replace(default=every)
        elif one.name == "--index":
            given = given._replace(first=(*given.first, *every))
        else:
            given = given._replace(extra=(*given.extra, *every))
    return given


def _unnamed(address: Address) -> Address:
    """uv's `name=https://…` without its name."""
    found = re.match(r"[A-Za-z0-9_.-]+=(?=[a-z+]+://|/|\.)", address.url)
    return address._replace(url=address.url[found.end() :]) if found else address


def backend_of(arguments: Iterable[Argument], variables: dict[str, str | None]) -> str | None:
    """The index that `--torch-backend` names; "auto" goes by the machine that builds, of which nothing is known."""
    named = [one.value for one in arguments if one.name == "--torch-backend" and one.value is not None]
    value = named[-1].text if named else variables.get("UV_TORCH_BACKEND", "")
    if value is None or (named and named[-1].unknown is not None) or value == "auto":
        return unknown_index("${UV_TORCH_BACKEND}")
    return value or None


def as_uv(ask: Ask, backend: str | None) -> Ask:
    """uv stays with the first index that has the project (uv: "Package indexes"); torch and its relatives come from
    their backend alone."""
    if ask.indexes is None:
        return ask
    general = Indexes(ask.indexes.names, "first")
    if backend is None:
        return replace(ask, indexes=general, transitive=general)
    own = Indexes((backend,), "first")
    transitive = Indexes(tuple(dict.fromkeys((backend, *general.names))), "first")
    return replace(ask, indexes=own if ask.name in _TORCH else general, transitive=transitive)
