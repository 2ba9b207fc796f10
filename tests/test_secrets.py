"""A secret in any field that the readers know shows in no format and in no error."""

from __future__ import annotations

import json
import os
import random
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackcheck.cli import main
from stackcheck.report import FORMATS
from stackcheck.report.environment import render_environment
from stackcheck.session.check import check
from stackcheck.session.diagnose import diagnose
from stackcheck.session.errors import CannotWorkError, expected
from stackcheck.session.files import Loader
from stackcheck.session.filters import visible
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.machine import add_reading, machine
from stackcheck.session.network import cache_folder
from stackcheck.session.request import Filters, Request
from tests import images
from tests.read.seeds import SEEDS
from tests.read.test_wrong_values import FORMS, places, replaced, toml_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackcheck.model import Report

MARK = "zqsecretqz"
"""In small letters and without separators, so that no normal form of a name hides it."""

URLS = (
    f"https://me:{MARK}@index.example/simple",
    f"https://{MARK}@index.example/simple/",
    f"https://index.example/simple?token={MARK}",
    f"https://index.example/simple#token={MARK}",
    f"https://index.example/a-1.0-py3-none-any.whl?sig={MARK}&x=1#egg=a",
    f"https://me:a/{MARK}@files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl",
    f"git+https://me:{MARK}@git.example/a.git@v1#egg=a",
    f"git+ssh://{MARK}@git.example/a",
    f"sftp://me:{MARK}@host.example/r.txt",
    f"me:{MARK}@host.example/r.txt",
    f"https://me:{MARK}@[x]/simple",
    f"HTTPS://me:{MARK}@Index.Example:8080/Simple",
)
FORMS_OF_A_FIELD = (
    "{}",
    "torch @ {}",
    "a @ {} ; python_version < '3'",
    "torch[{}]==2.9.0",
    "torch=={}",
    "torch==2.9.0 ; python_version < '{}'",
    "-r {}",
    "-c {}",
    "-e {}",
    "--index-url {}",
    "--extra-index-url={} torch",
    "--find-links {}",
    "--unknown {}",
    "torch --config-settings=a={}",
    "torch==2.9.0  # stackcheck: ignore[{}]",
    "PIP_INDEX_URL={}",
    "pip install -i {} torch==2.9.0 open3d==0.19.0",
    "pip install torch==2.9.0 {}",
    "({})",
    '["{}", "x"]',
    "{}\nx",
)
KNOWLEDGE = open_knowledge(())


def shown(report: Report, loader: Loader | None = None) -> Iterator[tuple[str, str]]:
    """Every format of a report, and the quiet text."""
    sources = loader.read if loader else {}
    for form in FORMATS:
        module = import_module(f"stackcheck.report.{form}")
        if form == "text":
            yield form, module.render(report, quiet=False, limits=True, sources=sources)
            yield "quiet", module.render(report, quiet=True, limits=True, sources=sources)
        else:
            yield form, module.render(report)


def told(work: Callable[[], Iterator[tuple[str, str]]]) -> list[tuple[str, str]]:
    """What some work tells in every format; the one line where it cannot be done."""
    try:
        return list(work())
    except expected() as error:
        return [("error", str(error))]


def leaking(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The texts in which the secret shows, from a little before it on."""
    return [(form, text[max(text.lower().index(MARK) - 80, 0) :][:160]) for form, text in texts if MARK in text.lower()]


def texts_of(files: dict[str, bytes], *named: str) -> list[tuple[str, str]]:
    """What a lint of files says."""
    loader = Loader()
    loader.read = {**dict.fromkeys(("other.txt", "requirements.txt", "gpu.txt", "c.txt"), b""), **files}

    def work() -> Iterator[tuple[str, str]]:
        report = lint([Request(target="dgx-spark")], [list(named or files)], KNOWLEDGE, loader)
        return shown(visible(report, Filters(), loader), loader)

    return told(work)


def fields(name: str) -> list[Callable[[], str]]:
    """Every field of a seed in turn with every secret in every form, made when they are wanted."""
    text, form = SEEDS[name]
    secrets = [field.format(url) for url in URLS for field in FORMS_OF_A_FIELD]
    every: list[Callable[[], str]] = []
    if form in FORMS:
        parse, write = FORMS[form]
        document = parse(text)
        for at in places(document):
            for secret in secrets:
                every += [
                    lambda at=at, secret=secret: write(replaced(document, at, secret)),
                    lambda at=at, secret=secret: write(replaced(document, at, [secret])),
                    lambda at=at, secret=secret: write(replaced(document, at, secret, key=True)),
                ]
    for found in re.finditer(r"[^\s\"'=]+", text):
        every += [
            lambda found=found, secret=secret: text[: found.start()] + secret + text[found.end() :]
            for secret in secrets
        ]
    lines = text.splitlines()
    for number in range(len(lines)):
        every += [lambda n=number, secret=secret: "\n".join((*lines[:n], secret, *lines[n:], "")) for secret in secrets]
    return every


def leaks(name: str, data: bytes) -> list[tuple[str, str]]:
    """Where the secret of one file shows."""
    return leaking(texts_of({name: data}))


def some(name: str, count: int) -> list[bytes]:
    """So many of them, always the same ones."""
    every = fields(name)
    return [make().encode() for make in random.Random(name).sample(every, count)]  # noqa: S311


# --- project files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEEDS)
def test_a_secret_in_some_field_of_a_project_file(name: str) -> None:
    for data in some(name, 60):
        assert leaks(name, data) == [], data.decode()


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_a_secret_in_any_field_of_a_project_file(name: str) -> None:
    for data in some(name, 5_000):
        assert leaks(name, data) == [], data.decode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SEEDS)),
    st.randoms(use_true_random=False),
    # What looks like a port and a path cannot be told from one.
    st.from_regex(r"(?![0-9]+/)[a-z0-9+/%]{0,8}", fullmatch=True),
)
def test_passwords_of_any_form(name: str, chance: random.Random, more: str) -> None:
    data = chance.choice(fields(name))().replace(f":{MARK}@", f":{more}{MARK}{more}@")
    assert leaks(name, data.encode()) == [], data


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", f"-r sftp://me:{MARK}@host/r.txt\n"),
        ("requirements.txt", f"-c git+https://me:{MARK}@host/c.txt\n"),
        ("requirements.txt", f"-r me:{MARK}@host/r.txt\n"),
        ("requirements.txt", f"torch[https://me:{MARK}@host/x]==2.9.0\n"),
        ("requirements.txt", f"torch==2.9.0 # stackcheck: ignore[https://me:{MARK}@host/x] why\n"),
        ("requirements.txt", f"torch==2.9.0 # stackcheck: ignore[https://me:/{MARK}/@host/x] why\n"),
        ("requirements.txt", f"torch==2.9.0 # stackcheck: ignore[https://me:///{MARK}//@host/x] why\n"),
        ("requirements.txt", f"torch @ https://host/torch-2.9.0-cp312-cp312-linux_x86_64.whl#token={MARK}\n"),
        ("Pipfile", f'[packages]\ntorch = {{version = "==2.9.0", extras = ["https://me:{MARK}@host/x"]}}\n'),
        ("Pipfile", f'["https://me:{MARK}@host/x"]\ntorch = "==2.9.0"\n'),
        ("Dockerfile", f"FROM x\nRUN apt-get install https://{MARK}@host/x.deb\n"),
        ("Dockerfile", f"FROM x\nRUN HF_TOKEN={MARK} pip install torch==2.9.0 open3d==0.19.0\n"),
        ("Dockerfile", f"FROM x\nADD https://me:{MARK}@host/torch-2.9.0-cp312-cp312-linux_x86_64.whl /\n"),
        ("uv.lock", f'version = 1\n[[package]]\nname = "https://me:{MARK}@host/x"\nversion = "1"\nsource = 1\n'),
    ],
)
def test_what_showed_once(name: str, text: str) -> None:
    assert leaks(name, text.encode()) == []


# --- everything else that is read -------------------------------------------------------------------------------------

ENVIRONMENT = {
    "schema": "stackcheck-environment/1",
    "facts": {"arch": "aarch64", "distro": "ubuntu", "driver": "580.95.05", "python": "3.12.3"},
    "gpus": [{"name": "NVIDIA GB10", "compute-capability": "12.1"}],
    "packages": {"torch": "2.9.0+cpu", "own": "1.0"},
    "system-packages": {"own": "1"},
    "products": {"isaac-sim": "5.1.0"},
    "variables": {"LD_LIBRARY_PATH": "/usr/lib", "PIP_INDEX_URL": "https://index.example/simple"},
    "gpu-code": {"torch": {"cubins": ["12.0"], "ptx": [], "cuda": "13.0"}},
    "absent": ["cuda-toolkit"],
    "complete": ["packages"],
}
SETTINGS = {
    "targets": ["dgx-spark"],
    "want": ["isaac-sim==5.1.0"],
    "features": ["torch:compile"],
    "facts": ["driver=580.95.05"],
    "matrix": ["rows"],
    "select": ["requires"],
    "ignore": [{"id": "torch/x", "reason": "known", "until": "2030-01-01"}],
    "baseline": "baseline.json",
    "format": "text",
    "fail-on": "error",
    "strict": True,
}


def values(document: Any) -> Iterator[str]:
    """A document as JSON with every value and key in turn as every secret."""
    for at in places(document):
        for url in URLS:
            yield json.dumps(replaced(document, at, url))
            if at:
                yield json.dumps(replaced(document, at, url, key=True))


def test_environment_documents(tmp_path: Path) -> None:
    path = tmp_path / "environment.json"

    def work() -> Iterator[tuple[str, str]]:
        stack, subject = machine(Request(env=str(path)))
        for form in ("json", "toml", "text"):
            yield f"env {form}", render_environment(stack, form)
        yield from shown(add_reading(KNOWLEDGE.judge(stack, subject), stack))

    for text in (json.dumps(ENVIRONMENT), *values(ENVIRONMENT)):
        path.write_text(text, encoding="utf-8")
        texts = told(work)
        assert leaking(texts) == [], text
        assert len(texts) > 1 or text != json.dumps(ENVIRONMENT)


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    every = list(values({"tool": {"stackcheck": SETTINGS}}))
    for text in random.Random(3).sample(every, 100):  # noqa: S311
        (tmp_path / "pyproject.toml").write_text(toml_file(json.loads(text)), encoding="utf-8")
        assert MARK not in ran(["lint", "requirements.txt"]), text


LINT = "lint requirements.txt --target dgx-spark"
CALLS = (
    *(
        "lint {}",
        "lint requirements.txt --target {}",
        f"{LINT} --format {{}}",
        "lint --{}",
        "{}",
        f"{LINT} --fail-on {{}}",
    ),
    *(
        f"{LINT} --{name} {{}}"
        for name in ("want", "ignore", "select", "baseline", "output", "matrix", "feature", "fact")
    ),
    *(
        f"{LINT} --fact driver={{}}",
        f"{LINT} --fact {{}}=1",
        f"{LINT} --ignore a/{{}}",
        f"{LINT} --write-baseline {{}}",
    ),
    *("check --env {}", "check --python {}", "check --root {}", "image {}", "preflight {}", "explain {}"),
    *("diagnose {}", "preflight isaac-sim --feature isaac-sim:{} --target dgx-spark", "inspect {}", "matrix show {}"),
    *("init {}", "matrix stale --older-than {}", "image requirements.txt --platform {}"),
    *("preflight isaac-sim --target dgx-spark --python {}", "plan {} --target dgx-spark", "lint --repos {}"),
    *("fleet {}", "fleet document.json --want {}", "fleet document.json --against {}", "env --label site={}"),
    *("diff {} document.json", "plan torch --target dgx-spark --write {}", "plan --upgrade {}"),
)


@pytest.mark.parametrize("args", CALLS)
def test_the_command_line(args: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    (tmp_path / "document.json").write_text(json.dumps(ENVIRONMENT), encoding="utf-8")
    for url in URLS:
        assert MARK not in ran([part.replace("{}", url) for part in args.split(" ")])


@pytest.mark.parametrize("url", [url for url in URLS if "://" in url])
def test_no_folder_is_made_that_is_named_after_an_address(url: str) -> None:
    with pytest.raises(CannotWorkError, match="is an address; name a folder") as refused:
        cache_folder(url)
    assert MARK not in str(refused.value)


@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_a_list_of_repositories(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [*URLS, *(json.dumps({"path": url, "labels": {"name": url, "team": url}}) for url in URLS)]
    (tmp_path / "repos.txt").write_text("\n".join(lines), encoding="utf-8")
    text = ran(["lint", "--repos", "repos.txt", "--target", "dgx-spark", "--format", form])
    assert "index.example" in text
    assert MARK not in text


@pytest.mark.parametrize("form", ["text", "json", "csv", "html", "prometheus"])
def test_the_machines_of_a_fleet(form: str, tmp_path: Path) -> None:
    for number, url in enumerate(URLS):
        for name, more in (("board", {"facts": {"board": url}}), ("gpu", {"gpus": [{"name": url}]})):
            document = {"labels": {"site": url}, **more}
            (tmp_path / f"{name}-{number}.json").write_text(json.dumps(document), encoding="utf-8")
    text = ran(["fleet", str(tmp_path), "--format", form])
    assert form == "text" or "index.example" in text
    assert MARK not in text


@pytest.mark.parametrize("name", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_environment_that_is_named_by_an_address(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv(name, URLS[0])
    text = ran(["check"])
    assert f"{name.lower()} names a folder" in text
    assert MARK not in text


def ran(args: list[str]) -> str:
    """What a call writes on both streams, in a process that is forked from this one: starting Python takes longer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        sys.argv = ["stackcheck", *args]
        sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115
        try:
            main()
        finally:
            os._exit(70)
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        text = file.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (0, 1, 2, 3), text
    return text.lower()


LOG = """Looking in indexes: https://index.example/simple
ERROR: Could not find a version that satisfies the requirement torch==2.9.0 (from versions: none)
ERROR: No matching distribution found for torch==2.9.0
RuntimeError: CUDA error: no kernel image is available for execution on the device
ImportError: libcudart.so.12: cannot open shared object file: No such file or directory
ERROR: torch-2.9.0-cp312-cp312-linux_x86_64.whl is not a supported wheel on this platform.
"""


def test_logs(tmp_path: Path) -> None:
    path = tmp_path / "log"
    chance = random.Random(5)  # noqa: S311
    for found in re.finditer(r"\S+", LOG):
        url = chance.choice(URLS)
        text = chance.choice((url, f"{found[0]} {url}", f"{url} {found[0]}", f"{found[0]}{url}"))
        path.write_text(f"{LOG[: found.start()]}{text}{LOG[found.end() :]}", encoding="utf-8")
        report = diagnose(Request(target="dgx-spark"), str(path), lambda _: None)
        assert leaking(list(shown(report))) == [], path.read_text(encoding="utf-8")


def test_images(tmp_path: Path) -> None:
    """Names and values of the variables and labels that an image sets, and the text of its configuration."""
    layer = images.tar(images.python_root({"torch": "2.9.0"}))
    path = tmp_path / "image.tar"
    for number, url in enumerate(URLS):
        files = images.docker([layer])
        names = ("PIP_INDEX_URL", "LD_LIBRARY_PATH", "LD_PRELOAD", "PATH", "PYTHONPATH")
        config = {
            "architecture": url if number % 3 == 2 else "arm64",
            "os": url if number % 3 == 1 else "linux",
            "config": {
                "Env": [*(f"{name}={url}" for name in names), f"{url}=1", url],
                "Labels": {"org.opencontainers.image.source": url, url: "1"},
            },
        }
        path.write_bytes(images.tar({**files, "config.json": json.dumps(config)}))
        request = Request(target="dgx-spark", root=str(path))
        assert leaking(told(lambda request=request: shown(check(request, Loader(), lambda _: None)))) == []
