"""A GPU without an architecture: an error is what fails on each of them, with what fails on either in its words."""

from __future__ import annotations

from stackcheck.judge.judge import judge
from stackcheck.model import Ask, Gpu, Origin, Stack
from tests.judge.laws.shipped import store as shipped
from tests.judge.small import SOURCE, ask, known, said, store

TORCH = (
    """
[product.torch]
title = "PyTorch"
found-as = { pip = ["torch"] }
releases = ["2.5.0", "2.9.0", "2.10.0"]
"""
    + SOURCE
    + """
[[builds]]
id = "arm"
release = "<2.11"
where = { arch = "aarch64" }
index = "pypi"
variant = "cpu"
source = "page"

[[builds]]
id = "x86"
release = "<2.9"
where = { arch = "x86_64" }
index = "pypi"
variant = "cu124"
cuda = "12.4"
cubins = ["8.0", "9.0"]
ptx = []
source = "page"

[[builds]]
id = "x86-newer"
release = ">=2.9,<2.11"
where = { arch = "x86_64" }
index = "pypi"
variant = "cu128"
cuda = "12.8"
cubins = ["8.0", "9.0", "12.0"]
ptx = []
source = "page"
"""
)
RTX = (Gpu("NVIDIA GeForce RTX 5090", "12.0", Origin("GPU", "probe")),)


def errors(wish: Ask, **facts: str) -> list[tuple[str, str]]:
    stack = Stack(facts=known({"os": "linux", **facts}), gpus=RTX, asks=(wish,))
    report = judge(stack, store(torch=TORCH), subject="test", version="1")
    return [(one.id, one.message) for one in report.findings if one.severity == "error"]


def test_what_fails_on_each_architecture_is_an_error() -> None:
    ((row, message),) = errors(ask("torch", "==2.5.0"))
    assert row == "torch/x86"
    assert message.startswith("On x86_64: PyTorch 2.5.0 from PyPI has no code for compute capability 12.0")
    assert " On aarch64: PyTorch 2.5.0 from PyPI is a CPU-only build on aarch64" in message


def test_what_fails_on_one_is_not_known() -> None:
    wish = ask("torch", "==2.9.0")
    stack = Stack(facts=known({"os": "linux"}), gpus=RTX, asks=(wish,))
    report = judge(stack, store(torch=TORCH), subject="test", version="1")
    assert {severity for severity, _, _ in said(report)} == {"unknown"}
    assert [row for row, _ in errors(wish, arch="aarch64")] == ["torch/arm"]
    assert errors(wish, arch="x86_64") == []


def test_without_a_gpu_nothing_is_judged_twice() -> None:
    stack = Stack(facts=known({"os": "linux"}), asks=(ask("torch", "==2.5.0"),))
    report = judge(stack, store(torch=TORCH), subject="test", version="1")
    assert [one for one in report.findings if one.severity == "error"] == []


def test_what_is_installed_may_have_wheels_for_one_alone() -> None:
    """onnxruntime-gpu 1.16.3 has none for Arm; tensorflow has, for the CPU."""
    for name, version, severities in (("onnxruntime-gpu", "1.16.3", ["warning"]), ("tensorflow", "2.20.0", ["error"])):
        stack = Stack(facts=known({"os": "linux"}), gpus=RTX, packages=known({name: version}))
        report = judge(stack, shipped(), subject="test", version="1")
        assert [one.severity for one in report.findings if one.subject == name] == severities


def test_a_driver_is_as_good_as_a_gpu() -> None:
    stack = Stack(facts=known({"os": "linux", "cuda-driver": "10.0"}), packages=known({"torch": "1.3.1"}))
    report = judge(stack, shipped(), subject="test", version="1")
    assert [one.severity for one in report.findings if one.subject == "torch"] == ["warning"]
