"""Entries of locks without files or hashes, and locks for other machines."""

from __future__ import annotations

import json

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Finding, Stack
from stackcheck.read import read_project
from tests.judge import small

STORE = Store.from_folders([shipped_folder()])


def found(files: dict[str, str], arch: str = "aarch64", system: str = "linux") -> dict[str, Finding]:
    facts = small.known({"os": system, "arch": arch, "python": "3.12.4", "glibc": "2.39"})
    target = Stack(facts=facts)

    def load(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path].encode()

    read = read_project(list(files), target, load)
    stack = target.with_stated(read.stated).with_asks(read.asks, read.unread)
    report = judge(stack, STORE, subject="test", version="1")
    return {finding.id: finding for finding in report.findings if finding.kind == "locks"}


UV = """version = 1
requires-python = ">=3.12"

[[package]]
name = "app"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "thing" }]
optional-dependencies = { more = [{ name = "other" }] }

[[package]]
name = "thing"
version = "1.0"
source = { registry = "https://example.org/simple" }
THING

[[package]]
name = "other"
version = "2.0"
source = { registry = "https://example.org/simple" }
wheels = [{ url = "https://example.org/other-2.0-py3-none-any.whl", hash = "sha256:0" }]
"""
X86 = '{ url = "https://example.org/thing-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", hash = "sha256:0" }'
ARM = '{ url = "https://example.org/thing-1.0-cp312-cp312-manylinux_2_28_aarch64.whl" }'


def uv(thing: str, *, text: str = UV) -> dict[str, str]:
    return {"uv.lock": text.replace("THING", thing)}


def test_an_entry_without_files() -> None:
    finding = found(uv(""))["locks/thing-entry"]
    assert finding.severity == "error"
    assert "names no file" in finding.message
    assert {"thing", "arch"} <= set(finding.involves)
    assert finding.location is not None
    assert finding.location.line == 12


def test_an_entry_without_files_that_an_extra_brings() -> None:
    text = UV.replace('wheels = [{ url = "https://example.org/other-2.0-py3-none-any.whl", hash = "sha256:0" }]', "")
    said = found(uv(f"wheels = [{ARM}]", text=text))
    assert said["locks/other-entry"].severity == "warning"


def test_a_project_from_git_has_no_files() -> None:
    git = UV.replace('source = { registry = "https://example.org/simple" }\nTHING', 'source = { git = "https://x/y" }')
    assert found({"uv.lock": git}) == {}


@pytest.mark.parametrize(("arch", "fails"), [("aarch64", True), ("x86_64", False)])
def test_the_file_of_this_machine_without_a_hash(arch: str, *, fails: bool) -> None:
    said = found(uv(f"wheels = [{X86}, {ARM}]"), arch)
    assert ("locks/thing-entry" in said) is fails
    assert all(finding.severity == "warning" for finding in said.values())


def test_an_index_that_has_no_hashes_at_all() -> None:
    assert found(uv(f"wheels = [{ARM}]")) == {}


PROJECT = '[project]\nname = "x"\nversion = "0"\nrequires-python = ">=3.9"\n\n[tool.uv]\nenvironments = [ENV]\n'
X86_ALONE = "\"sys_platform == 'linux' and platform_machine == 'x86_64'\""


def test_environments_of_uv() -> None:
    files = {"pyproject.toml": PROJECT.replace("ENV", X86_ALONE)}
    finding = found(files)["locks/environments"]
    assert (finding.severity, finding.subject, finding.involves) == ("error", "arch", ("arch", "os"))
    assert found(files, "x86_64") == {}
    both = PROJECT.replace("ENV", X86_ALONE + ", \"platform_machine == 'aarch64'\"")
    assert found({"pyproject.toml": both}) == {}
    assert found({"pyproject.toml": PROJECT.replace("ENV", '"no marker"')}) == {}


def pdm(*platforms: str) -> dict[str, str]:
    targets = "".join(f'[[metadata.targets]]\nrequires_python = "==3.12.*"\n{one}\n\n' for one in platforms)
    return {"pdm.lock": f'[metadata]\ngroups = ["default"]\nlock_version = "4.5.0"\n\n{targets}'}


@pytest.mark.parametrize(
    ("platforms", "fails"),
    [
        (('platform = "macos_14_0_arm64"',), True),
        (('platform = "manylinux_2_28_x86_64"', 'platform = "windows_amd64"'), True),
        (('platform = "manylinux_2_28_aarch64"',), False),
        (('platform = "linux"',), False),
        (('platform = "macos_14_0_arm64"', ""), False),
        ((), False),
    ],
)
def test_targets_of_pdm(platforms: tuple[str, ...], *, fails: bool) -> None:
    said = found(pdm(*platforms))
    assert [finding.severity for finding in said.values()] == (["warning"] if fails else [])


def pipfile(**packages: object) -> dict[str, str]:
    return {"Pipfile.lock": json.dumps({"_meta": {"sources": []}, "default": packages}, indent=1)}


def test_an_entry_of_pipenv_without_release_and_hashes() -> None:
    said = found(pipfile(thing={"version": "*", "markers": "platform_machine == 'aarch64'"}))
    assert said["locks/thing"].severity == "warning"
    assert said["locks/thing"].involves == ("thing",)
    assert found(pipfile(thing={"version": "*", "markers": "platform_machine == 'x86_64'"})) == {}
    assert found(pipfile(thing={"version": "==1.0", "hashes": ["sha256:0"]})) == {}
    assert found(pipfile(thing={"git": "https://example.org/x.git"})) == {}


@pytest.mark.parametrize(("hashes", "fails"), [(1, True), (2, False), (0, False)])
def test_one_hash_of_a_release_with_many_files(hashes: int, *, fails: bool) -> None:
    listed = [f"sha256:{number:064}" for number in range(hashes)]
    text = " ".join(("numba==0.60.0", *(f"--hash={one}" for one in listed)))
    assert ("locks/numba-entry" in found({"requirements.txt": f"{text}\n"})) is fails
    entry = {"version": "==0.60.0", "hashes": listed} if hashes else {"version": "==0.60.0"}
    assert ("locks/numba-entry" in found(pipfile(numba=entry))) is fails


def test_one_hash_of_a_release_with_one_file_for_all() -> None:
    line = f"accelerate==1.0.0 --hash=sha256:{0:064}\n"
    assert found({"requirements.txt": line}) == {}
