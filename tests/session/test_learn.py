"""`matrix learn` against indexes on this machine: honest, slow, wrong, silent and hostile ones."""

from __future__ import annotations

import io
import json
import struct
import threading
import time
import zipfile
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.probe import fetch
from stackcheck.probe.index import Places
from stackcheck.session import learn
from stackcheck.session.learn import Request
from tests.probe.server import JSON, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.probe.server import Served

WHEEL = "x_y-{}-cp312-cp312-manylinux_2_28_aarch64.whl"


def wheel(version: str, requires: str = "", files: dict[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (files or {"x_y/__init__.py": "import this\n" * 40}).items():
            archive.writestr(name, text)
        text = f"Metadata-Version: 2.1\nName: x-y\nVersion: {version}\n{requires}"
        archive.writestr(f"x_y-{version}.dist-info/METADATA", text)
    return made.getvalue()


def page(*names: str, **more: Any) -> tuple[str, bytes]:
    files = [
        {"filename": name, "url": f"/files/{name}", "hashes": {}, "requires-python": ">=3.9"} | more for name in names
    ]
    return JSON, json.dumps({"meta": {"api-version": "1.1"}, "name": "x-y", "files": files}).encode()


def pages(**wheels: bytes) -> dict[str, tuple[str, bytes] | int]:
    found: dict[str, tuple[str, bytes] | int] = {"/simple/x-y/": page(*wheels)}
    return found | {f"/files/{name}": ("application/zip", data) for name, data in wheels.items()}


HONEST = pages(
    **{WHEEL.format("2.0"): wheel("2.0", "Requires-Dist: torch==2.9.0\n"), WHEEL.format("1.0"): wheel("1.0")},
)


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(learn, "configured", lambda: Places((), usual=True))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(served: Served, folder: Path, *projects: str, **more: Any) -> learn.Summary:
    return learn.run(Request(projects or ("x-y",), index=f"house={served.url}", into=folder, **more))


def record(folder: Path, project: str = "x-y") -> list[dict[str, Any]]:
    text = (folder / "records" / "house" / f"{project}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_an_honest_index(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        summary = run(served, tmp_path / "own")
    (one,) = summary.learned
    assert (one.state, one.releases, one.wheels_read, one.reasons, summary.failed) == ("new", 2, 2, (), False)
    header, newest, oldest = record(tmp_path / "own")
    assert (header["index"], header["metadata-from"]) == ("house", "1.0")
    assert (newest["requires"], newest["installs"], oldest["requires"]) == (["torch==2.9.0"], ["x_y"], [])
    assert [path.name for path in (tmp_path / "own/records/house").iterdir()] == ["x-y.jsonl"]
    assert "1 new (house; 3 requests, " in learn.text(summary)


def test_the_second_run_asks_nothing_that_has_not_changed(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        run(served, tmp_path / "own")
        first = (tmp_path / "own/records/house/x-y.jsonl").read_bytes()
        served.requests.clear()
        assert run(served, tmp_path / "own").learned[0].state == "same"
        assert served.requests == []  # the page was read just now
        assert run(served, tmp_path / "own", cache=tmp_path / "other").learned[0].state == "same"
        assert [path for path, _ in served.requests] == ["/simple/x-y/"]  # the record has the rest
        assert (tmp_path / "own/records/house/x-y.jsonl").read_bytes() == first


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        for name in ("a", "b"):
            run(served, tmp_path / name, cache=tmp_path / f"cache-{name}")
    first, second = (tmp_path / name / "records/house/x-y.jsonl" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(dict(HONEST)) as served:
        write = learn._write
        monkeypatch.setattr(learn, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            learn._Work(*_work(served, tmp_path)).project("x-y", None)
        monkeypatch.setattr(learn, "_write", write)
        served.requests.clear()
        assert run(served, tmp_path / "own").learned[0].state == "new"
        assert served.requests == []


def _work(served: Served, tmp_path: Path) -> tuple[Any, ...]:
    index = learn.Index(Places((served.url,)), learn.cache_folder(None, own=True), learn.RUN)
    folder = tmp_path / "own/records/house"
    return index, "house", folder, "2026-11-28", learn.PROJECT_BYTES


def test_a_new_release_is_read_and_the_others_stay(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        run(served, tmp_path / "own")
        served.pages |= pages(**{WHEEL.format("3.0"): wheel("3.0"), WHEEL.format("2.0"): b"gone"})
        summary = run(served, tmp_path / "own", cache=tmp_path / "other")
    assert (summary.learned[0].state, summary.learned[0].wheels_read) == ("changed", 1)
    assert [line.get("requires") for line in record(tmp_path / "own")[1:]] == [[], ["torch==2.9.0"]]


def test_all_refreshes_what_is_there(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        run(served, tmp_path / "own")
        summary = learn.run(Request(every=True, index=f"house={served.url}", into=tmp_path / "own"))
    assert [(one.project, one.state) for one in summary.learned] == [("x-y", "same")]


def test_all_reads_as_many_as_a_record_has(tmp_path: Path) -> None:
    def of(*numbers: int) -> dict[str, tuple[str, bytes] | int]:
        return pages(**{WHEEL.format(f"{number}.0"): wheel(f"{number}.0") for number in numbers})

    with serving(of(*range(10))) as served:
        run(served, tmp_path / "own", releases="newest:4")
        served.pages |= of(*range(12))
        request = Request(every=True, index=f"house={served.url}", into=tmp_path / "own", cache=tmp_path / "other")
        (one,) = learn.run(request).learned
    assert (one.state, one.wheels_read) == ("changed", 2)
    read = [not line.keys().isdisjoint(("requires", "metadata-of")) for line in record(tmp_path / "own")[1:]]
    assert read == [True] * 6 + [False] * 6


def test_a_broken_record_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "own/records/house/x-y.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}\n")
    with serving(dict(HONEST)) as served:
        (one,) = run(served, tmp_path / "own").learned
    assert one.state == "changed"
    assert "made anew: " in one.reasons[0]
    assert len(record(tmp_path / "own")) == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"releases": "2"}, "--releases '2' is neither"),
        ({"index": "../x=https://h/"}, r"--index ../x=https://h/: should be NAME or NAME=URL"),
        ({"index": "x=ftp://user:secret@h/"}, r"--index x: 'ftp://\S*h/' is no address"),
        ({"index": "x"}, "pip is configured with no index"),
        ({"projects": ("../x",)}, "'../x' is no name of a project"),
        ({"projects": ()}, "no project to learn: name projects, or --all"),
        ({"projects": (), "every": True}, "has none yet"),
    ],
)
def test_what_cannot_be_right_is_said_before_anything_is_asked(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    request = {"projects": ("x-y",), "index": "house=https://127.0.0.1:1/", "into": tmp_path} | more
    with pytest.raises(learn.CannotWorkError, match=said) as raised:
        learn.run(Request(**request))
    assert "secret" not in str(raised.value)


def test_another_index_than_pypi_wants_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(learn, "configured", lambda: Places(("https://mirror.example/simple",)))
    with pytest.raises(learn.CannotWorkError, match="say what it is: --index pypi for a copy of PyPI"):
        learn.run(Request(("x-y",), into=tmp_path))


def test_the_shipped_folder_of_an_installation_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(learn, "shipped", lambda: str(tmp_path / "site-packages/stackcheck/matrices"))
    with pytest.raises(learn.CannotWorkError, match="name a matrix folder with --into DIR"):
        learn.run(Request(("x-y",)))


# --- indexes that are slow, wrong or hostile -------------------------------------------------------------------------


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that answers the project's page honestly, with one wheel, and everything else as it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                """The other side had enough."""

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def send(handler: BaseHTTPRequestHandler, data: bytes, kind: str = JSON, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Type": kind, "Content-Length": str(len(data))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def endlessly(handler: BaseHTTPRequestHandler, head: bytes = b"", kind: str = JSON, **headers: str) -> None:
    handler.send_response(200 if kind == JSON else 206)
    for name, value in ({"Content-Type": kind} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(head)
    while True:
        handler.wfile.write(b"x" * (1 << 16))


def trickling(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.05)


def bomb(handler: BaseHTTPRequestHandler) -> None:
    packer = zlib.compressobj(9, wbits=31)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    send(handler, data, Content_Encoding="gzip")


PAGES: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "endless": (endlessly, "gives more than"),
    "a bomb": (bomb, "gives more than"),
    "trickling": (trickling, "did not give the page in"),
    "no JSON": (lambda handler: send(handler, b"[" * 100_000), "gives JSON that is no page of a package index"),
    "a list": (lambda handler: send(handler, b"[]"), "gives JSON that is no page of a package index"),
    "a picture": (lambda handler: send(handler, b"x", "image/png"), "answers with image/png"),
    "an error": (lambda handler: send(handler, b"", status=500), "answers with status 500"),
    "a refusal": (lambda handler: send(handler, b"", status=401), "without other credentials"),
    "a file elsewhere": (
        lambda handler: send(handler, b"", status=302, Location="file:///etc/hostname"),
        "302|unknown",
    ),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_page_that_is_none_costs_a_line_and_keeps_the_old_record(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "REQUEST_S", 1.0)
    monkeypatch.setattr(fetch, "LIMIT_BYTES", 4 << 20)
    folder = tmp_path / "own"
    with serving(dict(HONEST)) as served:
        run(served, folder)
    before = (folder / "records/house/x-y.jsonl").read_bytes()
    answer, said = PAGES[case]
    with answering(answer) as url:
        summary = learn.run(Request(("x-y",), index=f"house={url}", into=folder, cache=tmp_path / "other"))
    (one,) = summary.learned
    assert one.state == "failed"
    assert any(part in one.reasons[0] for part in said.split("|")), one.reasons
    assert summary.failed
    assert (folder / "records/house/x-y.jsonl").read_bytes() == before
    assert learn.text(summary).isprintable() or "\n" in learn.text(summary)


def test_a_project_that_the_index_has_not_is_said(tmp_path: Path) -> None:
    with serving({}) as served:
        summary = run(served, tmp_path / "own", "nothing-here")
    assert (summary.learned[0].state, summary.failed) == ("absent", True)
    assert "house has no project nothing-here" in learn.text(summary)


def test_an_index_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def handle(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"", status=503) if len(asked) < 3 else send(handler, page("x_y-1.0.tar.gz")[1])

    with answering(handle) as url:
        bounds = fetch.Bounds(60.0, None, (0.01, 0.01))
        request = Request(("x-y",), index=f"house={url}", into=tmp_path / "own", bounds=bounds)
        assert [one.state for one in learn.run(request).learned] == ["new"]
    assert asked == ["/simple/x-y/"] * 3


def test_an_index_that_nobody_answers_for(tmp_path: Path) -> None:
    bounds = fetch.Bounds(60.0, None, (0.01,))
    request = Request(("x-y", "z"), index="house=http://127.0.0.1:9/simple", into=tmp_path / "own", bounds=bounds)
    summary = learn.run(request)
    assert [one.state for one in summary.learned] == ["failed", "failed"]
    assert "cannot be reached" in learn.text(summary)


def with_entries(number: int) -> bytes:
    """The end of an archive whose list of contents has very many files, and says so."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    entries = entry * number
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 20, 20, 0, 0, number, number, len(entries), 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(entries), 1)
    return (
        entries
        + wide
        + locator
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )


def bombed(method: int = zipfile.ZIP_DEFLATED, size: int | None = None) -> bytes:
    """A wheel whose METADATA unpacks to 64 MiB; `size` is what it says of itself."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("x_y-2.0.dist-info/METADATA", b"Name: x-y\nVersion: 2.0\n" + bytes(64 << 20))
    data = made.getvalue()
    if size is not None:
        at = data.index(b"PK\x01\x02")
        data = data[: at + 24] + struct.pack("<L", size) + data[at + 28 :]
    return data


WHEELS: dict[str, tuple[bytes, str]] = {
    "a million files": (with_entries(1_000_000), "has a list of contents of more than 200,000 files or 16 MiB"),
    "a bomb": (bombed(), "holds no metadata that can be read"),
    "a bomb that lies": (bombed(size=1000), "is no wheel that can be read"),
    "a bomb of another kind": (bombed(zipfile.ZIP_BZIP2), "holds no metadata that can be read"),
    "no archive": (b"x" * 1000, "is no wheel that can be read"),
    "empty": (b"", "gives files only whole"),
    "no metadata": (wheel("2.0").replace(b"METADATA", b"METADATO"), "holds no metadata"),
}


@pytest.mark.parametrize("case", WHEELS)
def test_a_wheel_that_is_none_costs_a_line(case: str, tmp_path: Path) -> None:
    data, said = WHEELS[case]
    began = time.monotonic()
    with serving(pages(**{WHEEL.format("2.0"): data, WHEEL.format("1.0"): wheel("1.0")})) as served:
        summary = run(served, tmp_path / "own")
    (one,) = summary.learned
    assert any(part in one.reasons[0] for part in said.split("|")), one.reasons
    assert summary.received < 40 << 20
    assert time.monotonic() - began < 10
    _, newest, oldest = record(tmp_path / "own")
    assert "requires" not in newest
    assert oldest["requires"] == []


@pytest.mark.parametrize("path", ["../../evil.py", "/etc/evil.py", "x_y/\x1b[2J.py"])
def test_a_wheel_with_paths_that_lead_outside_is_read_but_for_its_list(path: str, tmp_path: Path) -> None:
    with serving(pages(**{WHEEL.format("2.0"): wheel("2.0", files={path: ""})})) as served:
        run(served, tmp_path / "own")
    assert {"requires", "installs"} & record(tmp_path / "own")[1].keys() == {"requires"}


def other_range(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"x" * 100, "application/zip", 206, Content_Range="bytes 5-104/5000")


def whole(handler: BaseHTTPRequestHandler) -> None:
    send(handler, wheel("2.0"), "application/zip")


def huge_total(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"x", "application/zip", 206, Content_Range=f"bytes 0-0/{'9' * 5000}")


def endless_range(handler: BaseHTTPRequestHandler) -> None:
    endlessly(handler, kind="application/zip", Content_Range="bytes 0-65535/65536")


RANGES = {
    "another range": (other_range, "gives other bytes of a file than it is asked for"),
    "the whole file": (whole, "gives files only whole"),
    "a number without end": (huge_total, "gives files only whole"),
    "an endless body": (endless_range, "gives more than"),
}


@pytest.mark.parametrize("case", RANGES)
def test_ranges_that_are_not_those_asked_for(case: str, tmp_path: Path) -> None:
    answer, said = RANGES[case]
    name = WHEEL.format("2.0")

    def handle(handler: BaseHTTPRequestHandler) -> None:
        send(handler, page(name)[1]) if handler.path.startswith("/simple") else answer(handler)

    with answering(handle) as url:
        summary = learn.run(Request(("x-y",), index=f"house={url}", into=tmp_path / "own"))
    assert said in summary.learned[0].reasons[0]
    assert summary.received < 8 << 20
    assert "requires" not in record(tmp_path / "own")[1]


def test_metadata_beside_a_wheel_serves_where_there_are_no_ranges(tmp_path: Path) -> None:
    name = WHEEL.format("2.0")

    def handle(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/simple"):
            send(handler, page(name, **{"core-metadata": True})[1])
        elif handler.path.endswith(".metadata"):
            send(handler, b"Metadata-Version: 2.1\nName: x-y\nVersion: 2.0\nRequires-Dist: a\n", "text/plain")
        else:
            whole(handler)

    with answering(handle) as url:
        learn.run(Request(("x-y",), index=f"house={url}", into=tmp_path / "own"))
    line = record(tmp_path / "own")[1]
    assert line["requires"] == ["a"]
    assert "installs" not in line  # not read, which is not nothing


def test_bounds_on_bytes_leave_the_rest_unread(tmp_path: Path) -> None:
    with serving(dict(HONEST)) as served:
        summary = run(served, tmp_path / "own", project_bytes=100_000)
        assert "it would take more bytes than one project may" in learn.text(summary)
        assert [("requires" in line) for line in record(tmp_path / "own")[1:]] == [True, False]
        bounds = fetch.Bounds(60.0, 100)
        summary = run(served, tmp_path / "two", bounds=bounds, cache=tmp_path / "other")
        assert "this run has had its 0 MiB" in learn.text(summary)


def test_many_names_on_a_page_are_no_trouble(tmp_path: Path) -> None:
    names = [f"x_y-{number}.0-py3-none-any.whl" for number in range(20_000)]
    with serving({"/simple/x-y/": page(*names, "../../evil-1.0.whl", "x_y-1.0/../../evil-1.0.whl")}) as served:
        summary = run(served, tmp_path / "own", releases="newest:0")
    assert summary.learned[0].releases == 20_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "own"]
