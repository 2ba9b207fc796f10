from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.model import Ask, Indexes, Origin, Report, Stack, Unknown
from stackcheck.probe import resolve
from stackcheck.probe.index import Index, Places
from stackcheck.probe.resolution import Left, Pin, Resolution
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import Knowledge
from stackcheck.session.network import Network
from stackcheck.session.verify import verify
from stackcheck.values import replace
from tests.judge import small
from tests.probe.server import JSON, Served, serving

if TYPE_CHECKING:
    from stackcheck.matrix.store import Store

ARM = "demo-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def page(*names: str) -> tuple[str, bytes]:
    files = [{"filename": name, "url": name} for name in names]
    return JSON, json.dumps({"meta": {"api-version": "1.0"}, "files": files}).encode()


def asking(served: Served, **more: object) -> Network:
    """A network whose index is the server."""
    found = Network(**more)  # type: ignore[arg-type]
    vars(found)["index"] = Index(Places((served.url,)))
    return found


def report(asked: Network, stack: Stack, *files: str) -> Report:
    return asked.report(stack, files, small.store(), partial(_judge))


def _judge(stack: Stack, store: Store) -> Report:
    return replace(judge(stack, store, subject="test", version="1"), held=len(stack.asks))


def said(report: Report) -> list[tuple[str, str]]:
    return [(one.severity, one.id) for one in report.findings]


def spark(*asks: Ask, python: str = "3.11") -> Stack:
    return small.spark(facts=small.known({"python": python}), asks=asks)


INTEL = ("source-1.0.tar.gz", "source-1.0-cp311-cp311-manylinux_2_28_x86_64.whl")


def test_what_an_index_has_is_judged_as_a_record(tmp_path: Path) -> None:
    pages = {"/simple/demo/": page(ARM), "/simple/source/": page(*INTEL)}
    stack = spark(*(small.ask(name, "", line) for line, name in enumerate(("demo", "source", "gone"), 1)))
    with serving(dict(pages)) as served:
        found = report(asking(served, online=True), stack)
        assert said(found) == [("warning", "source/files"), ("warning", "online/gone")]
        assert {entry.subject: entry.records for entry in found.coverage.judged} == {"demo": 1, "source": 1}
        asked = len(served.requests)
        assert said(report(asking(served, online=True), stack)) == said(found)
        assert [path for path, _ in served.requests[asked:]] == ["/simple/gone/"]  # the others are kept for a day
    kept = sorted((tmp_path / "cache" / "stackcheck" / "records").rglob("*.jsonl"))
    assert [path.name for path in kept] == ["demo.jsonl", "source.jsonl"]
    assert {path.stat().st_mode & 0o77 for path in kept} == {0}


def test_what_a_pinned_release_requires_is_asked_where_it_stands_beside_the_file() -> None:
    def paged(project: str, *versions: str) -> bytes:
        names = [f"{project}-{version}-py3-none-any.whl" for version in versions]
        files = [{"filename": name, "url": name, "core-metadata": True} for name in names]
        return json.dumps({"meta": {"api-version": "1.0"}, "files": files}).encode()

    said_of = b"Metadata-Version: 2.1\nName: kit\nVersion: 1.0\nRequires-Dist: demo<2\n"
    pages = {
        "/simple/kit/": (JSON, paged("kit", "1.0", "2.0")),
        "/simple/demo/": (JSON, paged("demo", "1.0", "2.0")),
        "/simple/kit/kit-1.0-py3-none-any.whl.metadata": ("text/plain", said_of),
    }
    stack = spark(small.ask("kit", "==1.0"), small.ask("demo", ">=2", 2))
    with serving(dict(pages)) as served:
        found = report(asking(served, online=True), stack)
        assert ("error", "kit/requires-demo") in said(found)
        paths = [path for path, _ in served.requests]
        assert "/simple/kit/kit-2.0-py3-none-any.whl.metadata" not in paths
        assert said(report(asking(served, online=True), stack)) == said(found)
        assert [path for path, _ in served.requests][len(paths) :] == []


def _age(path: Path) -> None:
    os.utime(path, (0, 0))


def _damage(path: Path) -> None:
    path.write_bytes(b"{}\n")


def test_a_record_that_is_old_or_damaged_is_made_anew(tmp_path: Path) -> None:
    with serving({"/simple/demo/": page(ARM)}) as served:
        for spoil in (_age, _damage):
            report(asking(served, online=True), spark(small.ask("demo")))
            (kept,) = (tmp_path / "cache" / "stackcheck" / "records").rglob("*.jsonl")
            spoil(kept)
            asked = len(served.requests)
            found = report(asking(served, online=True), spark(small.ask("demo")))
            assert (found.findings, len(served.requests)) == ((), asked + 1)


def test_what_a_password_gave_is_kept_apart(tmp_path: Path) -> None:
    with serving({"/simple/demo/": page(ARM)}) as served:
        asked = Network(online=True, cache=tmp_path / "kept")
        vars(asked)["index"] = Index(Places((served.url.replace("://", "://user:secret@"),)))
        report(asked, spark(small.ask("demo")))
    (kept,) = (tmp_path / "kept").rglob("*.jsonl")
    assert kept.is_relative_to(tmp_path / "kept" / "private" / "records")
    assert b"secret" not in kept.read_bytes()


def test_a_cache_of_ones_own_that_cannot_be_made_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with serving({"/simple/demo/": page(ARM)}) as served:
        assert report(asking(served, online=True), spark(small.ask("demo"))).findings == ()


def test_without_network_there_is_one_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    found = report(Network(online=True), spark(small.ask("demo"), small.ask("other", "", 2)))
    assert [(one.severity, one.id) for one in found.findings] == [("unknown", "online/index")]


def test_resolved_pins_are_judged_and_what_was_set_aside_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolution = Resolution(
        (Pin("demo", "1.0", via=("-r f.txt",)), Pin("deep", "2.0", via=("demo",))),
        (Left("source", "==1.0", "source has no usable wheels", ("deep",)),),
    )
    jobs: list[resolve.Job] = []

    def resolved(_uv: str, job: resolve.Job, _tell: object) -> Resolution:
        jobs.append(job)
        return resolution

    monkeypatch.setattr(resolve, "find_uv", lambda: "uv")
    monkeypatch.setattr(resolve, "resolve", resolved)
    with serving({"/simple/source/": page(*INTEL)}) as served:
        asked = asking(served, resolve=True, cache=tmp_path / "new")
        found = report(asked, spark(small.ask("demo")), "f.txt", "my-constraints.txt", "notes.md")
    assert found.held == 3
    assert said(found) == [("warning", "source/files"), ("note", "resolve/closure")]
    assert found.findings[0].because[0].origin == "resolved by uv, via deep ← demo ← requirements.txt:1"
    assert found.findings[1].message == (
        "uv resolves the files to 2 releases for Python 3.11 on aarch64-manylinux_2_39, from wheels alone, "
        "without source."
    )
    assert [(reason.text, reason.origin) for reason in found.findings[1].because] == [
        ("demo==1.0", "via -r f.txt"),
        ("deep==2.0", "via demo"),
    ]
    (job,) = jobs
    assert (job.files, job.constraints, job.cache) == (("f.txt",), ("my-constraints.txt",), tmp_path / "new")
    assert job.variables["UV_DEFAULT_INDEX"] == served.url


def test_a_conflict_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "find_uv", lambda: "uv")
    monkeypatch.setattr(resolve, "resolve", lambda *_: Resolution(conflict="Because of this."))
    found = report(Network(resolve=True), spark(small.ask("demo")), "f.txt")
    (one,) = found.findings
    assert (one.severity, one.message) == ("error", "uv finds no set of releases for these files: Because of this.")
    assert one.location is not None


@pytest.mark.parametrize(
    ("stack", "files", "said"),
    [
        (Stack(), ("f.txt",), "architecture is not known"),
        (small.spark(), ("f.txt",), "--fact python=3.12"),
        (spark(), ("-", "environment.yml"), "none of them is a requirements file"),
        (spark(), ("constraints.txt",), "they only constrain"),
        (Stack(facts=small.known({"arch": "riscv64", "python": "3.11"})), ("f.txt",), "no Linux on riscv64"),
    ],
)
def test_what_cannot_be_resolved(
    stack: Stack, files: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve, "find_uv", lambda: "uv")
    (one,) = report(Network(resolve=True), stack, *files).findings
    assert one.severity == "unknown"
    assert said in one.message


def test_without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "find_uv", lambda: None)
    with pytest.raises(CannotWorkError, match=r"stackcheck\[resolve\]"):
        report(Network(resolve=True), spark(), "f.txt")


def test_the_oldest_python_of_the_files_is_resolved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[resolve.Job] = []
    monkeypatch.setattr(resolve, "find_uv", lambda: "uv")
    monkeypatch.setattr(resolve, "resolve", lambda _uv, job, _tell: jobs.append(job) or Unknown("not now"))
    asks = (small.ask("python", ">=3.10"), small.ask("python", ">=3.11,<3.13"))
    report(Network(resolve=True), small.spark(asks=asks), "f.txt")
    assert [job.python for job in jobs] == ["3.11"]


def test_uv_keeps_its_own_indexes_where_the_files_are_for_uv() -> None:
    ask = Ask("demo", "", Origin("demo", "pyproject.toml"), indexes=Indexes(("pypi",), "first"))
    asked = Network(resolve=True)
    vars(asked)["index"] = Index(Places(("https://index.example/simple", "https://other.example/simple"), ("/wheels",)))
    assert asked._variables(Stack(asks=(ask,))) == {}
    assert asked._variables(Stack(asks=(small.ask("demo"),))) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels",
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "https://other.example/simple",
    }


def test_a_cache_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    _ = Network(online=True, cache=tmp_path / "a" / "b").index
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_made() -> None:
    with pytest.raises(CannotWorkError, match="--cache"):
        _ = Network(online=True, cache=Path("/dev/null/x")).index


def test_verify_reads_files_and_metadata() -> None:
    text = 'release = "2.8.0"\npython = ">=3.9"\ninstaller = true'
    row = f'[[requires]]\nid = "python"\nproduct = "torch"\n{text}\nsource = "page"\n'
    head = '[product.torch]\ntitle = "PyTorch"\nfound-as = { pip = ["torch"] }\nreleases = ["2.8.0"]\n'
    store = small.store(torch=head + small.SOURCE + row)
    files = {"filename": "torch-2.8.0-py3-none-any.whl", "url": "x", "requires-python": ">=3.9"}
    data = json.dumps({"meta": {"api-version": "1.0"}, "files": [files]}).encode()
    with serving({"/simple/torch/": (JSON, data)}) as served:
        outcomes = verify(Knowledge(store, "1"), ["torch"], asking(served))
    assert [(one.key, one.result) for one in outcomes] == [("torch/releases", "agrees"), ("torch/python", "agrees")]


def test_verify_without_network_or_with_a_wrong_name() -> None:
    asked = Network()
    vars(asked)["index"] = Unknown("pip does not say")
    with pytest.raises(CannotWorkError, match="pip does not say"):
        verify(Knowledge(small.store(), "1"), ["torch"], asked)
    with pytest.raises(CannotWorkError, match="did you mean torch"):
        verify(Knowledge(small.store(), "1"), ["torhc"], asked)
    vars(asked)["index"] = Index(Places(("http://127.0.0.1:1/simple",)))
    with pytest.raises(CannotWorkError, match="needs the network"):
        verify(Knowledge(small.store(), "1"), ["torch"], asked)


def test_nothing_of_the_network_is_imported_unasked() -> None:
    import subprocess
    import sys

    modules = "stackcheck.cli.app, stackcheck.cli.commands, stackcheck.session.check"
    code = f"import sys, {modules}; print('urllib.request' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
