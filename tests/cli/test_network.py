from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from stackcheck.model import Ask, Indexes, Origin, Report, Stack, Unknown
from stackcheck.probe import resolve
from stackcheck.probe.index import Index, Places
from stackcheck.probe.resolution import Left, Pin, Resolution
from stackcheck.session import network
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import Knowledge
from stackcheck.session.network import Network
from stackcheck.session.verify import verify
from tests.judge import small
from tests.probe.server import JSON, Served, serving

ARM = "demo-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
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


def _judge(stack: Stack) -> Report:
    names = [ask.name for ask in stack.asks]
    return Report("test", "1", (), len(names))


def spark(*asks: Ask, python: str = "3.11") -> Stack:
    return small.spark(facts=small.known({"python": python}), asks=asks)


def test_online_adds_findings_and_counts_what_is_fine() -> None:
    pages = {"/simple/demo/": page(ARM), "/simple/source/": page("source-1.0.tar.gz")}
    with serving(dict(pages)) as served:
        found = report(asking(served, online=True), spark(small.ask("demo"), small.ask("source", "", 2)))
    assert [(one.severity, one.id) for one in found.findings] == [("warning", "online/source")]
    assert found.held == 3  # two by the matrix, one by the index


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
    with serving({"/simple/source/": page("source-1.0.tar.gz")}) as served:
        asked = asking(served, resolve=True, cache=tmp_path / "new")
        found = report(asked, spark(small.ask("demo")), "f.txt", "my-constraints.txt", "notes.md")
    assert found.held == 3
    assert [(one.severity, one.id) for one in found.findings] == [
        ("warning", "resolve/source"),
        ("note", "resolve/closure"),
    ]
    assert found.findings[0].because[0].origin == "resolved by uv, via deep ← demo ← requirements.txt:1"
    assert found.findings[1].message == (
        "uv resolves the files to 2 releases for Python 3.11 on aarch64-manylinux_2_39, from wheels alone, "
        "without source."
    )
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


def test_the_python_floor_of_the_files() -> None:
    stack = Stack(asks=(small.ask("python", ">=3.10"), small.ask("python", ">=3.11,<3.13")))
    assert network.floor(stack) == "3.11"
    assert network.floor(Stack()) is None
    assert network.floor(Stack(asks=(small.ask("python", "<3"),))) is None


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
