"""The HTML page: it stands alone, nothing from outside becomes markup, and a browser has nothing to complain of."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge import causes
from stackcheck.model import Cell, Fix, Known, Location, Origin, Reason, Report, Stack, Table
from stackcheck.report import html
from stackcheck.report.clean import portable
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
    cards = {f"#finding-{number}" for number in range(1, 5)}
    assert links == {"#findings", "#note-1", "#note-2", "https://example.org/1.0/page", *cards}
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


def test_what_to_do_comes_before_the_tables() -> None:
    page = Page(html.render(WHOLE))
    order = [attrs["aria-labelledby"] for attrs in page.tags("section")]
    assert order[:2] == ["first", "block-1"]
    assert order[-2:] == ["table", "stack"]
    ids = {attrs["id"] for _, attrs in page.found if "id" in attrs}
    assert {str(attrs["href"])[1:] for attrs in page.tags("a") if str(attrs["href"]).startswith("#")} <= ids


def test_one_card_for_a_cause_on_several_targets() -> None:
    found = tuple(replace(FINDINGS[0], target=name, location=Location("a.txt", 1)) for name in ("a", "b", "c"))
    text = html.render(causes.merged(Report("x", "1", (*found, FINDINGS[1]), 0)))
    assert text.count("<article") == 2
    assert all(f'<span class="target">{name}</span>' in text for name in "abc")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/ada/work/robot/requirements.txt:3", "…/robot/requirements.txt:3"),
        ("/root/a.txt", "…/a.txt"),
        ("/mnt/pytest-of-ada/one/two/Dockerfile", "…/two/Dockerfile"),
        ("`/Users/ada/x.toml`, and /data/y/z.py", "`…/x.toml`, and …/y/z.py"),
        ("~/robot/x/y.txt", "…/x/y.txt"),
        ("/usr/local/cuda/lib64 (/etc/os-release)", "/usr/local/cuda/lib64 (/etc/os-release)"),
        ("https://example.org/a/b/c and a/b/c.txt", "https://example.org/a/b/c and a/b/c.txt"),
        ("torch/pypi-aarch64-cpu", "torch/pypi-aarch64-cpu"),
    ],
)
def test_no_folder_of_the_reader_is_on_the_page(path: str, shown: str) -> None:
    assert portable(path) == shown
    finding = replace(FINDINGS[0], message=path, location=Location(path, 1), because=(Reason(path, path),))
    report = replace(
        EMPTY, findings=(finding,), stacks=((path, replace(STACK, facts={"a": Known("b", Origin("", path))})),)
    )
    assert "ada" not in html.render(report)


def test_a_command_is_whole() -> None:
    finding = replace(FINDINGS[0], fix=Fix("Do it.", ("pip install -r /workspace/a/b/c.txt",)))
    assert "-r /workspace/a/b/c.txt</code>" in html.render(replace(EMPTY, findings=(finding,)))


def test_nothing_found() -> None:
    assert "</span> Nothing against it</p>" in html.render(EMPTY)


def test_a_cell_says_in_words_what_its_colour_says() -> None:
    text = html.render_table(TABLE)
    Page(text)
    held = '<span aria-hidden="true">✓</span><span class="hidden"> nothing against it</span>'
    assert f'<td class="held" data-column="a">{held}</td>' in text
    notes = ",".join(f'<a href="#note-{number}" aria-label="note {number}">{number}</a>' for number in (1, 2))
    assert f'<span class="hidden"> does not work</span><sup>{notes}</sup></td>' in text


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
