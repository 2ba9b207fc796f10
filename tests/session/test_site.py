"""The pages of the matrix: nothing is good that rests on nothing, every link leads somewhere, JSON says the same."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from stackcheck.matrix.difference import Change
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import target_names
from stackcheck.session.site import pages

PRODUCTS = ("decord", "flatdict", "isaac-gym", "l4t-image", "onnxruntime-gpu", "ubuntu", "usd-core")
VOID = {"meta", "link", "br", "input"}


@cache
def site() -> dict[str, str]:
    changes = (
        Change("", "torch", "row-gone", "cuda-13", "needs <driver>"),
        Change("pypi", "decord", "release-new", "0.7.0", "a <new> release"),
    )
    return dict(
        pages(open_knowledge(), lambda _: None, command="stackcheck preflight", names=PRODUCTS, changes=changes)
    )


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site()[f"{name}.json"])
    return found


class Page(HTMLParser):
    """The ids and links of a page; asserts that each element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if tag == "a" and given.get("href") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def names() -> list[str]:
    products = [f"products/{name}" for name in PRODUCTS]
    return [*products, *(f"machines/{name}" for name in target_names()), "changes", "index"]


def test_a_page_and_its_json_for_each_product_and_machine() -> None:
    assert set(site()) == {f"{name}.{end}" for name in names() for end in ("html", "json")}


@pytest.mark.parametrize("name", names())
def test_every_link_leads_somewhere(name: str) -> None:
    page = Page(site()[f"{name}.html"])
    assert len(page.ids) == len(set(page.ids))
    assert len(page.links) > 2
    for link in page.links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        folder = f"{name.rpartition('/')[0]}/" if "/" in name else ""
        target = re.sub(r"^[^/]+/\.\./", "", f"{folder}{path}") if path else f"{name}.html"
        assert target in site(), link
        if anchor:
            assert anchor in Page(site()[target]).ids, link


@pytest.mark.parametrize("name", names())
def test_nothing_is_loaded_and_only_the_search_runs(name: str) -> None:
    text = site()[f"{name}.html"]
    tags = Page(text).tags
    assert not {"img", "iframe", "object", "form", "base"} & set(tags)
    assert tags.count("script") == (name == "index")
    assert ("script-src 'sha256-" in text) == (name == "index")
    assert "default-src 'none'" in text


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_fits_rests_on_something(product: str) -> None:
    """The rows are facts of the page; a record is one of it, or a target states it."""
    page = document(f"products/{product}")
    facts = {fact["id"] for fact in page["facts"]}
    records = {f"record of {one['project']} on {one['index']}, read {one['read']}" for one in page["records"]}
    cells = [cell for row in page["releases"] for cell in row["machines"].values()]
    assert cells
    for cell in cells:
        assert set(cell["rests-on"]) <= facts | records | {f"target {name}" for name in target_names()}
        if cell["verdict"] == "fits":
            assert cell["rests-on"]
        assert cell["command"].startswith(f'stackcheck preflight "{product}==' if page["pip"] else "")


def test_that_nothing_speaks_against_it_is_not_good() -> None:
    gym = document("products/isaac-gym")["releases"][0]["machines"]
    assert (gym["dgx-spark"]["verdict"], gym["gh200"]["verdict"]) == ("error", "unknown")
    assert "no row says that it is for such a machine" in " ".join(gym["gh200"]["reasons"])
    images = document("products/l4t-image")["releases"][0]["machines"]
    assert (images["jetson-orin"]["verdict"], images["dgx-spark"]["verdict"]) == ("fits", "unknown")


def test_a_machine_says_the_same_as_the_products() -> None:
    machine = document("machines/dgx-spark")
    assert set(machine["products"]) == set(PRODUCTS)
    for product in PRODUCTS:
        rows = document(f"products/{product}")["releases"]
        ranges = machine["products"][product]
        said = [(row["machines"]["dgx-spark"]["verdict"], row["machines"]["dgx-spark"]["text"]) for row in rows]
        folded = [one for at, one in enumerate(said) if at == 0 or said[at - 1] != one]
        assert [(one["verdict"], one["text"]) for one in ranges] == folded


def test_the_releases_of_a_page_are_those_of_the_matrix_in_their_order() -> None:
    store = open_knowledge().store
    for product in PRODUCTS:
        rows = document(f"products/{product}")["releases"]
        assert [release for row in rows for release in row["releases"]] == [*reversed(store.product(product).releases)]


def test_what_changed_is_text() -> None:
    assert "a &lt;new&gt; release" in site()["changes.html"]
    page = site()["changes.html"].replace("\n", "")
    assert "<h3>Rows that are gone</h3><ul><li><strong>torch/cuda-13</strong>: needs &lt;driver&gt;</li></ul>" in page
    assert "<li><strong>decord 0.7.0</strong>: a &lt;new&gt; release</li>" in page
    assert [one["release"] for one in document("changes")["changes"]] == ["cuda-13", "0.7.0"]


def test_a_product_that_is_not_known() -> None:
    with pytest.raises(CannotWorkError, match="decord"):
        dict(pages(open_knowledge(), lambda _: None, command="x", names=("decrod",)))
