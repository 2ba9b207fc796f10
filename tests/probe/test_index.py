from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.model import Absent, Unknown
from stackcheck.probe import fetch, index
from stackcheck.probe.index import Index, IndexFile, Places, ProjectFiles, parse_html, parse_json
from stackcheck.probe.wheel import Contents
from tests.probe.server import JSON, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METADATA = (
    b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.10\nRequires-Dist: torch==2.9.0\n\ntext\n"
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def page(*files: dict[str, Any], version: str = "1.1") -> bytes:
    """A PEP 691 page."""
    return json.dumps({"meta": {"api-version": version}, "name": "demo", "files": files}).encode()


def wheel(size: int = 0) -> bytes:
    """A wheel as a zip archive: `size` bytes of something large in front, its dist-info at the end."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("demo/large.bin", b"x" * size)
        archive.writestr("demo-1.0.dist-info/METADATA", METADATA)
    return data.getvalue()


def test_json_page() -> None:
    data = page(
        {
            "filename": "demo-1.0-py3-none-any.whl",
            "url": "../../files/demo-1.0-py3-none-any.whl#sha256=1",
            "requires-python": ">=3.10",
            "yanked": "broken",
            "upload-time": "2026-01-02T03:04:05Z",
            "core-metadata": {"sha256": "1"},
        },
        {"filename": "demo-1.0.tar.gz", "url": "https://files.example/demo-1.0.tar.gz", "yanked": False},
        {"filename": 3, "url": "https://files.example/x"},
    )
    assert parse_json(data, "https://index.example/simple/demo/") == (
        IndexFile(
            "demo-1.0-py3-none-any.whl",
            "https://index.example/files/demo-1.0-py3-none-any.whl#sha256=1",
            ">=3.10",
            True,
            "2026-01-02T03:04:05Z",
            True,
        ),
        IndexFile("demo-1.0.tar.gz", "https://files.example/demo-1.0.tar.gz"),
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", page(version="2.0"), b'{"meta": {"api-version": "1.0"}, "files": 3}', b"[" * 10**5],
)
def test_what_is_no_json_page_is_a_reason(data: bytes) -> None:
    found = parse_json(data, "https://index.example/simple/demo/")
    assert isinstance(found, Unknown)
    assert "index.example" in found.reason


def test_html_page_with_its_attributes() -> None:
    text = (
        '<html><head><base href="https://files.example/d/"></head><body>'
        '<a href="demo-1.0%2Bcu130-py3-none-any.whl#sha256=1" data-requires-python="&gt;=3.10" '
        'data-yanked="" data-core-metadata="true">demo</a><a name="x">no link</a></body></html>'
    )
    (file,) = parse_html(text, "https://index.example/simple/demo/")
    assert file == IndexFile(
        "demo-1.0+cu130-py3-none-any.whl",
        "https://files.example/d/demo-1.0%2Bcu130-py3-none-any.whl#sha256=1",
        ">=3.10",
        True,
        None,
        True,
    )


def test_a_server_cannot_point_into_the_local_file_system() -> None:
    files = parse_html('<a href="file:///etc/demo-1.0-py3-none-any.whl">x</a>', "https://index.example/simple/demo/")
    assert [(file.filename, file.url) for file in files] == [("demo-1.0-py3-none-any.whl", "")]
    assert isinstance(Index(Places(())).contents(files[0]), Unknown)


def test_asks_each_project_once_and_only_those_named() -> None:
    files = page(
        {"filename": "demo-1.0-py3-none-any.whl", "url": "x.whl"}, {"filename": "other-1.0.tar.gz", "url": "y"}
    )
    with serving({"/simple/demo/": (JSON, files)}) as served:
        asked = Index(Places((served.url,)))
        first = asked.projects(["Demo", "gone"])
        assert asked.projects(["demo"])["demo"] is first["demo"]
        assert [path for path, _ in served.requests].count("/simple/demo/") == 1
        assert JSON in served.requests[0][1]["Accept"]
    assert isinstance(first["demo"], ProjectFiles)
    assert [file.filename for file in first["demo"].files] == ["demo-1.0-py3-none-any.whl"]
    assert isinstance(first["gone"], Absent)


def test_falls_back_to_html() -> None:
    with serving({"/simple/demo/": ("text/html; charset=utf-8", b'<a href="demo-1.0.tar.gz">x</a>')}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert isinstance(found, ProjectFiles)
    assert found.files[0].url.endswith("/simple/demo/demo-1.0.tar.gz")


@pytest.mark.parametrize(
    ("answer", "said"),
    [(500, "status 500"), (401, "credentials"), (302, "status 302"), (("text/plain", b"x"), "no page")],
)
def test_other_answers_are_reasons(answer: Any, said: str) -> None:
    with serving({"/simple/demo/": answer}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert isinstance(found, Unknown)
    assert said in found.reason


LOGIN = b"""<html><head><title>Sign in</title></head><body><form action="/login"><input type="password"></form>
<a href="/forgot">Forgot your password?</a></body></html>"""


@pytest.mark.parametrize(
    "body", [LOGIN, b"", b"<script>location = '/sso'</script>", b'<a href="other-1.0.tar.gz">x</a>']
)
def test_a_login_page_is_no_project_without_releases(body: bytes) -> None:
    with serving({"/simple/demo/": ("text/html", body)}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert isinstance(found, Unknown)
    assert found.reason == "127.0.0.1 answers with a page that is none of a package index, a login page perhaps"


@pytest.mark.parametrize(
    "body",
    [
        b'<html><head><meta name="pypi:repository-version" content="1.0"></head><body></body></html>',
        b"<html><head><title>Links for demo</title></head><body><h1>Links for demo</h1></body></html>",
    ],
)
def test_a_page_of_an_index_without_a_file_is_a_project_without_releases(body: bytes) -> None:
    with serving({"/simple/demo/": ("text/html", body)}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert found == ProjectFiles("demo", ())


def test_a_page_of_links_may_hold_nothing_of_a_project() -> None:
    with serving({"/links/": ("text/html", LOGIN)}) as served:
        found = Index(Places((), (f"{served.url.removesuffix('/simple')}/links/",))).projects(["demo"])["demo"]
    assert isinstance(found, Absent)


def test_credentials_are_sent_and_never_said() -> None:
    with serving({"/simple/demo/": 403}) as served:
        url = served.url.replace("//", "//user:s%40cret@")
        found = Index(Places((url,))).projects(["demo"])["demo"]
        assert served.requests[0][1]["Authorization"] == "Basic dXNlcjpzQGNyZXQ="
    assert isinstance(found, Unknown)
    assert "cret" not in found.reason


def test_a_silent_index_leaves_the_answer_open() -> None:
    with serving({"/simple/demo/": (JSON, page())}) as served:
        found = Index(Places((served.url, "http://127.0.0.1:1/simple"))).projects(["demo"])["demo"]
    assert isinstance(found, Unknown)
    assert found.reason.startswith("127.0.0.1 cannot be reached: ")


def test_a_host_that_cannot_be_reached_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "AT_ONCE", 1)
    asked = Index(Places(("http://127.0.0.1:1/simple",)))
    found = asked.projects([f"demo{number}" for number in range(50)])
    assert {type(answer) for answer in found.values()} == {Unknown}
    assert len(asked.fetcher._failures["127.0.0.1"]) == 2


def test_a_page_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LIMIT_BYTES", 1 << 20)
    with serving({"/simple/demo/": (JSON, b" " * (3 << 20))}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert isinstance(found, Unknown)
    assert "more than 1 MiB" in found.reason


def test_the_whole_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "RUN_S", 0.0)
    with serving({"/simple/demo/": (JSON, page())}) as served:
        found = Index(Places((served.url,))).projects(["demo"])["demo"]
    assert isinstance(found, Unknown)
    assert "did not answer everything" in found.reason


def test_a_cache_only_where_one_is_named(tmp_path: Path) -> None:
    files = page({"filename": "demo-1.0-py3-none-any.whl", "url": "x.whl"})
    with serving({"/simple/demo/": (JSON, files)}) as served:
        first = Index(Places((served.url,)), tmp_path).projects(["demo"])
        assert Index(Places((served.url,)), tmp_path).projects(["demo"]) == first
        assert len(served.requests) == 1
        Index(Places((served.url,))).projects(["demo"])
        assert len(served.requests) == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_an_old_page_is_asked_for_again_by_its_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_FRESH_S", -1.0)
    with serving({"/simple/demo/": (JSON, page({"filename": "demo-1.0.tar.gz", "url": "x"}))}) as served:
        first = Index(Places((served.url,)), tmp_path).projects(["demo"])
        assert Index(Places((served.url,)), tmp_path).projects(["demo"]) == first
        assert served.requests[1][1]["If-None-Match"] == '"one"'


def test_a_broken_cache_is_no_answer(tmp_path: Path) -> None:
    with serving({"/simple/demo/": (JSON, page({"filename": "demo-1.0.tar.gz", "url": "x"}))}) as served:
        first = Index(Places((served.url,)), tmp_path).projects(["demo"])
        for path in tmp_path.iterdir():
            path.write_bytes(b"{")
        assert Index(Places((served.url,)), tmp_path).projects(["demo"]) == first


def test_a_page_that_was_cut_off_is_fetched_again(tmp_path: Path) -> None:
    with serving({"/simple/demo/": (JSON, page({"filename": "demo-1.0.tar.gz", "url": "x"}))}) as served:
        first = Index(Places((served.url,)), tmp_path).projects(["demo"])
        for path in tmp_path.iterdir():
            path.write_bytes(path.read_bytes()[:-1])
        assert Index(Places((served.url,)), tmp_path).projects(["demo"]) == first
        assert len(served.requests) == 2


def test_what_a_password_gave_lies_apart(tmp_path: Path) -> None:
    """Nobody gets it without the password, or with another one, and only the owner can read what is kept."""
    cache = tmp_path / "cache"
    cache.mkdir()
    with serving({"/simple/demo/": (JSON, page({"filename": "demo-1.0.tar.gz", "url": "x"}))}) as served:
        urls = [served.url, *(served.url.replace("//", f"//me:{password}@") for password in ("hunter2", "hunter3"))]
        for count, url in enumerate(urls, 1):
            Index(Places((url,)), cache).projects(["demo"])
            Index(Places((url,)), cache).projects(["demo"])
            assert len(served.requests) == count
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert sorted(path.parent.name for path in kept) == ["cache", "private", "private"]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert (cache / "private").stat().st_mode & 0o777 == 0o700
    assert not any(b"hunter" in path.read_bytes() for path in kept)


def test_an_address_that_urllib_refuses_is_not_known() -> None:
    files = [IndexFile("demo-1.0-py3-none-any.whl", "https://[x]/demo-1.0-py3-none-any.whl", has_metadata=True)]
    answers = Index(Places(("https://[x]/simple",))).projects(["demo"])
    assert isinstance(answers["demo"], Unknown)
    assert isinstance(Index(Places(())).contents(files[0]), Unknown)


def test_metadata_beside_the_wheel() -> None:
    with serving({"/simple/demo.whl.metadata": ("text/plain", METADATA)}) as served:
        file = IndexFile("demo-1.0-py3-none-any.whl", f"{served.url}/demo.whl#sha256=1", has_metadata=True)
        assert Index(Places(())).contents(file, listed=False) == Contents(METADATA)
        gone = IndexFile("demo-1.0-py3-none-any.whl", f"{served.url}/gone.whl", has_metadata=True)
        assert isinstance(Index(Places(())).contents(gone, listed=False), Unknown)


@pytest.mark.parametrize("size", [0, 300_000])
def test_metadata_out_of_the_wheel_by_ranges(size: int) -> None:
    with serving({"/simple/demo.whl": ("application/zip", wheel(size))}) as served:
        file = IndexFile("demo-1.0-py3-none-any.whl", f"{served.url}/demo.whl")
        found = Index(Places(())).contents(file, listed=False)
        assert all("Range" in headers for _, headers in served.requests)
        assert len(served.requests) <= 3
    assert isinstance(found, Contents)
    assert found.metadata == METADATA


@pytest.mark.parametrize("data", [b"", b"no archive", wheel()[:-40]])
def test_what_is_no_wheel_is_a_reason(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(data)
    assert isinstance(Index(Places(())).contents(IndexFile(path.name, path.as_uri())), Unknown)


def test_a_folder_as_an_index_and_as_links(tmp_path: Path) -> None:
    (tmp_path / "simple" / "demo").mkdir(parents=True)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "demo-1.0-py3-none-any.whl").write_bytes(wheel())
    (tmp_path / "files" / "other-2.0.tar.gz").write_bytes(b"")
    text = '<a href="../../files/demo-1.0-py3-none-any.whl">demo</a>'
    (tmp_path / "simple" / "demo" / "index.html").write_text(text, encoding="utf-8")
    asked = Index(Places(((tmp_path / "simple").as_uri(),), (str(tmp_path / "files"),)))
    found = asked.projects(["demo", "other", "gone"])
    assert isinstance(found["demo"], ProjectFiles)
    assert [file.filename for file in found["demo"].files] == ["demo-1.0-py3-none-any.whl"]
    read = asked.contents(found["demo"].files[0])
    assert isinstance(read, Contents)
    assert read.metadata == METADATA
    assert isinstance(found["other"], ProjectFiles)
    assert isinstance(found["gone"], Absent)


def test_what_pip_is_configured_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@index.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://other.example/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    places = index.configured()
    assert isinstance(places, Places)
    assert places.indexes == ("https://user:secret@index.example/simple", "https://other.example/simple")
    assert not places.usual


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"indexes": 3}'])
def test_an_unreadable_answer_of_pip(text: str) -> None:
    assert isinstance(index.parse_places(text), Unknown)


def test_a_pip_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = index.configured()
    assert isinstance(found, Unknown)
    assert "which index" in found.reason


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    def broken() -> None:
        raise RuntimeError("ours")

    jobs: list[Callable[[], None]] = [broken]
    with pytest.raises(RuntimeError, match="ours"):
        fetch.Fetcher().each(jobs)


@pytest.mark.network
def test_the_configured_index_answers() -> None:
    places = index.configured()
    assert isinstance(places, Places)
    found = Index(places).projects(["packaging"])["packaging"]
    assert isinstance(found, ProjectFiles)
    assert any(file.filename.endswith(".whl") for file in found.files)
