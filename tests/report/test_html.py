"""The HTML page: it stands alone, nothing from outside becomes markup, and a browser has nothing to complain of."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from stackcheck.model import Cell, Known, Origin, Report, Stack, Table
from stackcheck.report import html
from stackcheck.values import replace
from tests.cli.command import stackcheck
from tests.report.test_formats import EMPTY, FINDINGS, HOSTILE, REPORT

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = Origin(HOSTILE, HOSTILE)
STACK = Stack(
    facts={"driver": Known("580.95.05", ORIGIN)},
    packages={f"package-{number}": Known(HOSTILE, ORIGIN) for number in range(20)},
    variables={"PIP_INDEX_URL": Known("https://user:secret@index.example/simple", ORIGIN)},
)
TABLE = Table("Releases", ("a", "b"), (("2.0", (Cell(None), Cell("error", (1, 2)))), ("1.0", (Cell("unknown"),) * 2)))
WHOLE = replace(REPORT, stacks=(("this machine", STACK),), table=replace(TABLE, notes=(HOSTILE, "two")))
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """The elements of a page; asserts that each is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.found if tag == name]


def test_nothing_is_loaded_and_nothing_runs() -> None:
    text = html.render(WHOLE)
    page = Page(text)
    assert {tag for tag, _ in page.found} & {"script", "img", "iframe", "object", "form", "base"} == set()
    assert [attrs["href"] for attrs in page.tags("link")] == ["data:,"]
    links = {attrs["href"] for attrs in page.tags("a")}
    assert links == {"#findings", "#note-1", "#note-2", "https://example.org/1.0/page"}
    attributes = {name for _, attrs in page.found for name in attrs}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style")}
    assert "url(" not in text
    assert "@import" not in text
    assert [attrs["content"] for attrs in page.tags("meta") if "http-equiv" in attrs] == [html.POLICY]


def test_what_comes_from_outside_is_text() -> None:
    page = Page(html.render(WHOLE))
    assert page.text.count("<script>alert(1)</script>") >= 20
    assert "secret" not in page.text
    assert "index.example/simple" in page.text


def test_landmarks_and_headings() -> None:
    page = Page(html.render(WHOLE))
    assert [tag for tag, _ in page.found if tag in ("header", "main", "footer")] == ["header", "main", "footer"]
    assert [tag for tag, _ in page.found if tag == "h1"] == ["h1"]
    assert page.tags("html") == [{"lang": "en"}]
    labelled = {attrs["aria-labelledby"] for attrs in page.tags("section")}
    assert labelled == {attrs["id"] for attrs in page.tags("h2")}
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs.get("scope") for attrs in page.tags("th")} == {"row", "col"}


def test_every_finding_is_there_and_the_verdict_comes_first() -> None:
    page = Page(html.render(REPORT))
    assert len(page.tags("article")) == len(FINDINGS)
    visible = page.text.partition("}\n")[2]
    assert visible.index("Broken") < visible.index("PyTorch 0")


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [("error", "Broken"), ("warning", "Warnings"), ("unknown", "Not everything is known"), ("todo", "To do")],
)
def test_the_verdict(severity: str, verdict: str) -> None:
    findings = tuple(one for one in FINDINGS if one.severity == severity)
    assert f"</span> {verdict}</p>" in html.render(Report("x", "1", findings, 0))


def test_nothing_found() -> None:
    assert "</span> Nothing against it</p>" in html.render(EMPTY)


def test_a_cell_says_in_words_what_its_colour_says() -> None:
    text = html.render_table(TABLE)
    Page(text)
    held = '<span aria-hidden="true">✓</span><span class="hidden"> nothing against it</span>'
    assert f'<td class="held" data-column="a">{held}</td>' in text
    notes = '<sup><a href="#note-1">1</a>,<a href="#note-2">2</a></sup>'
    assert f'<span class="hidden"> does not work</span>{notes}</td>' in text


def test_the_number_of_a_note_leads_to_it() -> None:
    page = Page(html.render(WHOLE))
    numbers = [attrs["href"] for attrs in page.tags("a") if (attrs["href"] or "").startswith("#note-")]
    assert numbers
    assert {f"#{attrs['id']}" for attrs in page.tags("li") if "id" in attrs} >= set(numbers)


def test_a_cell_says_how_it_is_had() -> None:
    table = Table("Releases", ("a",), (("1", (Cell(None, text="<PyPI>"),)),), words=(("PyPI", "from <this> index"),))
    text = html.render_table(table)
    assert "<span>&lt;PyPI&gt;</span>" in text
    assert "<dt>PyPI</dt><dd>from &lt;this&gt; index</dd>" in text


def test_several_targets_are_compared(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
    targets = ("--target", "dgx-spark", "--target", "x86_64-h100")
    text = stackcheck("lint", *targets, "--format", "html", cwd=tmp_path).out
    row = '<th scope="row">open3d (requirements.txt:1)</th><td class="error" '
    assert row in text
    assert '<td class="held" ' in text.partition(row)[2].partition("</tr>")[0]
    assert "<h3>target x86_64-h100</h3>" in text


def test_a_preflight_shows_the_releases() -> None:
    text = stackcheck("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "--format", "html").out
    assert "Isaac Lab on the shipped targets" in text
    assert '<th scope="row">2.3.0 – 2.3.2.post1</th>' in text
    Page(text)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
@pytest.mark.parametrize("width", [390, 1200])
def test_in_a_browser(width: int, tmp_path: Path) -> None:
    """No error on the console, and no request for anything that the page names."""
    page, log = tmp_path / "page.html", tmp_path / "net.json"
    page.write_text(html.render(WHOLE), encoding="utf-8")
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--log-net-log={log}",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},900",
            f"--screenshot={tmp_path / 'page.png'}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "CONSOLE" not in done.stderr
    assert (tmp_path / "page.png").stat().st_size > 10_000
    asked = re.findall(r'"url":"((?:https?|file|data)[^"]*)"', log.read_text(encoding="utf-8"))
    assert [url for url in asked if "example" in url] == []
