"""A wheel named by its file: platform, Python and ABI must fit, each where it is known of the machine."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws.wheel_tags import Machine, problem
from stackcheck.model import Ask, Origin, Report, Stack
from tests.judge.small import ask, known, report, said

ORIN = Machine("aarch64", 35, minors=(10,))
ALPINE = Machine("aarch64", musl=True, minors=(12,))


def wheel(tags: str) -> Ask:
    url = f"https://files.example/a/pkg-1.0%2Bown-{tags}.whl?token=1#sha256=0"
    return Ask("pkg", "", Origin("pkg is asked for", "requirements.txt:1"), url=url)


@pytest.mark.parametrize(
    ("tags", "machine", "subject"),
    [
        ("cp310-cp310-linux_aarch64", ORIN, None),
        ("cp310-cp310-manylinux_2_35_aarch64", ORIN, None),
        ("cp310-cp310-manylinux2014_aarch64.manylinux_2_39_aarch64", ORIN, None),
        ("cp310-cp310-manylinux_2_39_aarch64", ORIN, "glibc"),
        ("cp310-cp310-manylinux_2_39_aarch64", Machine("aarch64", minors=(10,)), None),
        ("cp310-cp310-manylinux_2_28_x86_64", ORIN, "arch"),
        ("cp310-cp310-win_amd64", ORIN, "arch"),
        ("cp310-cp310-musllinux_1_2_aarch64", ORIN, "libc"),
        ("cp38-cp38-linux_aarch64", ORIN, "python"),
        ("cp312-cp312-linux_aarch64", ORIN, "python"),
        ("cp38-cp38m-linux_aarch64", Machine("aarch64", 35, minors=(8,)), "python"),
        ("cp310-cp310m-linux_aarch64", ORIN, "python"),
        ("cp37-cp37m-linux_aarch64", Machine("aarch64", 35, minors=(7,)), None),
        ("cp312-cp312-linux_aarch64", Machine("aarch64", 35), None),
        ("cp312-cp312-linux_aarch64", Machine("aarch64", 35, minors=(10, 11, 12)), None),
        ("cp38-abi3-manylinux2014_aarch64", ORIN, None),
        ("cp311-abi3-manylinux2014_aarch64", ORIN, "python"),
        ("py3-none-any", ORIN, None),
        ("py2.py3-none-any", ORIN, None),
        ("py3-none-manylinux_2_39_aarch64", ORIN, "glibc"),
        ("pp310-pypy310_pp73-manylinux2014_aarch64", ORIN, None),
        ("cp312-cp312-musllinux_1_2_aarch64", ALPINE, None),
        ("cp312-cp312-manylinux2014_aarch64", ALPINE, "libc"),
        ("cp312-cp312-musllinux_1_2_x86_64", ALPINE, "arch"),
        ("cp311-cp311-musllinux_1_2_aarch64", ALPINE, "python"),
        ("py3-none-any", ALPINE, None),
    ],
)
def test_tags(tags: str, machine: Machine, subject: str | None) -> None:
    found = problem(wheel(tags), machine)
    assert (found[0] if found else None) == subject


@pytest.mark.parametrize("name", ["pkg-1.0.tar.gz", "pkg.whl", "", "pkg-1.0-cp310.whl"])
def test_what_is_no_wheel_has_no_tags(name: str) -> None:
    assert problem(Ask("pkg", "", Origin("asked", "x"), url=f"./dist/{name}"), ORIN) is None


def lint(tags: str, *more: Ask, **facts: str) -> Report:
    return report(Stack(facts=known({"arch": "aarch64", "os": "linux", **facts}), asks=(wheel(tags), *more)))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"python": "3.11.9"}, "is a wheel for cp38-cp38; this environment has Python 3.11.9."),
        ({"libc": "musl", "python": "3.8.1"}, "is a wheel for manylinux2014_aarch64; this machine has musl."),
        ({"arch": "x86_64"}, "is a wheel for manylinux2014_aarch64; this machine is linux_x86_64."),
    ],
)
def test_the_finding_says_which(facts: dict[str, str], text: str) -> None:
    judged = lint("cp38-cp38-manylinux2014_aarch64", **facts)
    assert said(judged) == [("error", "pkg", "wheel-tag/pkg")]
    assert judged.findings[0].message.endswith(text)


def test_the_python_that_the_project_asks_for() -> None:
    judged = lint("cp38-cp38-manylinux2014_aarch64", ask("python", ">=3.10"))
    assert judged.findings[0].message.endswith("the project asks for another Python.")
    assert said(lint("cp38-cp38-manylinux2014_aarch64", ask("python", ">=3.8"))) == []


@pytest.mark.parametrize("facts", [{"os": "windows"}, {}])
def test_what_is_not_known_of_the_machine_is_not_in_the_way(facts: dict[str, str]) -> None:
    stack = Stack(facts=known(facts), asks=(wheel("cp38-cp38-manylinux2014_aarch64"),))
    assert said(report(stack)) == []
