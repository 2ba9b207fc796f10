"""The page of a fleet: rows that fold, cells that say what they are, and how it looks and works in a browser."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from stackcheck.report.fleet_html import HASH, ROWS, _narrow, folded
from stackcheck.session.fleet import fleet
from stackcheck.session.request import Filters, Request
from stackcheck.session.workers import Workers
from tests.browser import CHROMIUM, look
from tests.cli.command import EXAMPLES
from tests.fleets import write
from tests.report.test_fleet import fleet as small
from tests.report.test_fleet import many, rendered

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "link", "input", "br"}


class Balance(HTMLParser):
    """Tags that are closed as they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [found["href"]] if found.get("href") else []  # type: ignore[list-item]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_its_links_lead_to_what_is_on_it() -> None:
    for of in (small(), many(200)):
        page = Balance()
        text = rendered("html", of)
        page.feed(text)
        assert page.open == []
        assert len(page.ids) == len(set(page.ids))
        inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
        assert inner <= set(page.ids)
        assert not [link for link in page.links if not link.startswith(("#", "data:", "https://"))]
        assert f"script-src 'sha256-{HASH}'" in text
        assert len(re.findall(r"<script>", text)) == 1


def test_equal_machines_are_one_row_and_nobody_is_lost() -> None:
    of = many(1000)
    rows = list(folded(of))
    assert sum(len(row.machines) for row in rows) == 1000
    assert len(rows) == 120
    text = rendered("html", of)
    sizes = [int(size) for size in re.findall(r'data-size="(\d+)"', text)]
    assert (len(sizes), sum(sizes)) == (120, 1000)
    groups = [json.loads(html.unescape(found)) for found in re.findall(r'data-groups="([^"]*)"', text)]
    assert [sum(number for _, number in row) for row in groups] == sizes
    assert len(rows) <= ROWS


def test_the_rows_are_in_order_of_gravity() -> None:
    text = rendered("html")
    heads = re.findall(r'<th scope="row" class="(\w+)">', text)
    assert heads == ["error", "error", "unknown"]
    assert '<td class="error"><span aria-hidden="true">✗</span><span class="hidden">does not work</span></td>' in text


def test_the_head_of_a_column_has_room_for_its_number() -> None:
    shown = {7: "7", 999: "999", 1000: "1.0k", 2975: "3.0k", 9999: "10k", 123_456: "123k"}
    assert {number: _narrow(number) for number in shown} == shown


def test_what_many_documents_add_is_bounded() -> None:
    """A page for ten thousand machines of which nobody equals another has so many rows as there are sorts."""
    less, more = len(rendered("html", many(1000))), len(rendered("html", many(2000)))
    assert more < 2.2 * less


SETS_A_FILTER = """
const selects = document.querySelectorAll("#tools select"), find = document.querySelector("#tools input");
selects[0].value = "1";
selects[0].dispatchEvent(new Event("change"));
document.querySelector("#tools [role=status]").textContent
"""
SEARCHES = """
find.value = "no such machine";
find.dispatchEvent(new Event("input"));
document.querySelector("#tools [role=status]").textContent
"""
SORTS = """
find.value = "";
selects[0].value = "";
selects[0].dispatchEvent(new Event("change"));
find.dispatchEvent(new Event("input"));
const head = document.querySelector("th[data-cause]:nth-child(5) button");
head.click();
[...document.querySelectorAll("#heat tbody tr")].map(row => row.cells[4].className).join(" ")
"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("number", [24, 1000])
def test_in_a_browser(width: int, number: int, tmp_path: Path) -> None:
    """No request leaves the page, nothing is wider than the device, and filters and sorting count right."""
    folder = EXAMPLES / "fleet" / "documents" if number == 24 else write(tmp_path / "documents", number, 400)
    of = fleet([str(folder)], Request(), Filters(), Workers(1), lambda _: None)
    page = tmp_path / f"fleet-{number}.html"
    page.write_text(rendered("html", of), encoding="utf-8")
    seen = look(page, width, 900, tmp_path, SETS_A_FILTER, SEARCHES, SORTS)
    assert seen.requests == (page.as_uri(),)
    assert seen.console == ()
    assert seen.width <= width
    board, values = next(iter(of.groups.items()))
    assert board == "board"
    second = sum(values[list(values)[1]].values())
    assert seen.values[0].startswith(f"{second:,} shown, in ")
    assert seen.values[1] == "0 shown, in 0 rows"
    cells = seen.values[2].split(" ")
    assert cells == sorted(cells, key=lambda cell: not cell)
    assert "error" in cells
    assert seen.picture.stat().st_size > 20_000
