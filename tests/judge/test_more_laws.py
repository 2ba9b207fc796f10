"""Toolkits, requires-python, paths that shadow, competing indexes, extras, replacements, wheels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackcheck.model import Ask, Gpu, Indexes, Known, Location, Origin, Stack
from tests.judge.small import GB10, SOURCE, VISION, ask, feature, known, report, said, spark, want

THOR = (Gpu("NVIDIA Thor", "11.0", Origin("the GPU is Thor", "nvidia-smi")),)
PLACE = Location("pyproject.toml", 4, 20, 26)
PYTHON = Ask(
    "python", ">=3.12", Origin("requires-python >=3.12", "pyproject.toml:4", PLACE), indexes=None, transitive=None
)
CUDNN = (
    '[product.libx]\ntitle = "LibX"\nfound-as = { pip = ["libx"] }\n'
    + SOURCE
    + '[[pairs]]\nid = "cudnn"\npath-cudnn = ">=9.1,<10"\nsource = "page"\n'
)
WHEELS = (
    '[product.wheely]\ntitle = "Wheely"\nfound-as = { pip = ["wheely"] }\nreleases = ["1.0", "2.0", "3.0"]\n'
    + SOURCE
    + """
[[wheels]]
id = "old"
release = "<2"
arch = ["x86_64"]
sdist = "no"
source = "page"

[[wheels]]
id = "two"
release = "2.0"
arch = ["x86_64", "aarch64"]
python = "<3.12"
glibc = "2.35"
sdist = "no"
source = "page"

[[wheels]]
id = "three"
release = "3.0"
arch = []
sdist = "yes"
needs = { cuda-toolkit = "*" }
source = "page"

[[replaced-by]]
id = "other"
by = "wheely2"
source = "page"
"""
)


DRIVEN = (
    '[product.driven]\ntitle = "Driven"\nfound-as = { pip = ["driven"] }\nreleases = ["1.0"]\n'
    + SOURCE
    + '[[requires]]\nid = "driver"\ndriver = ">=580.65.06"\nsource = "page"\n'
)


@pytest.mark.parametrize(
    ("driver", "fails"), [("580.00", False), ("575.00", True), ("595.00", False), ("580.10", True)]
)
def test_a_driver_of_which_only_the_branch_is_told(driver: str, fails: bool) -> None:
    """Jetson Thor's nvidia-smi prints "580.00" for every driver of the branch."""
    stack = spark(facts=known({"driver": driver}), asks=(ask("driven", "==1.0"),))
    assert said(report(stack, driven=DRIVEN)) == ([("error", "driver", "driven/driver")] if fails else [])


def test_the_driver_of_a_build_when_only_the_branch_is_told() -> None:
    def judged(driver: str) -> list[tuple[str, str, str]]:
        return said(report(spark(facts=known({"driver": driver}), asks=(ask("torch", "==2.9.1", 1, "cu130"),))))

    assert judged("580.00") == []
    assert [severity for severity, _, _ in judged("570.00")] == ["error"]


class TestToolkit:
    def test_it_does_not_know_the_gpu(self) -> None:
        stack = replace(spark(facts=known({"cuda-toolkit": "12.8"})), gpus=THOR)
        judged = report(stack)
        assert [(f.severity, f.subject, f.kind) for f in judged.findings] == [("note", "cuda-toolkit", "compilers")]

    def test_and_something_is_built_here(self) -> None:
        stack = replace(spark(facts=known({"cuda-toolkit": "12.8"})), gpus=THOR, features=(feature("vllm:triton"),))
        assert ("error", "cuda-toolkit", "cuda/12.8") in said(report(stack))

    def test_it_knows_it(self) -> None:
        assert said(report(spark(facts=known({"cuda-toolkit": "13.0.2"})))) == []


class TestRequiresPython:
    def test_it_bars_the_interpreter(self) -> None:
        judged = report(spark(facts=known({"python": "3.11.9"}), asks=(PYTHON,)))
        assert said(judged) == [("error", "python", "asks/python")]
        assert judged.findings[0].location == PLACE

    def test_it_stands_in_for_an_interpreter_that_is_not_known(self) -> None:
        judged = report(spark(products=known({"sim": "5.1.0"}), asks=(PYTHON,)))
        assert ("error", "python", "sim/5-python") in said(judged)
        assert "pyproject.toml:4" in judged.findings[0].message


def test_a_cudnn_on_the_path_that_is_too_old() -> None:
    variables = known({"LD_LIBRARY_PATH": "/apps/cudnn/v8.0.3.33-cuda.11.0/lib64:/usr/lib"})
    judged = report(Stack(packages=known({"libx": "1.0"}), variables=variables), libx=CUDNN)
    assert [(f.severity, f.subject) for f in judged.findings] == [("error", "path-cudnn")]
    assert "LD_LIBRARY_PATH" in judged.findings[0].involves


class TestIndexes:
    def test_two_accelerators_compete(self) -> None:
        judged = report(spark(asks=(ask("torch", ">=2.11", 1, "pypi", "cu130", "xpu"),)))
        assert ("warning", "torch", "indexes/torch") in said(judged)

    def test_a_label_chooses(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.11.0+cu130", 1, "pypi", "cu130", "xpu"),)))
        assert ("warning", "torch", "indexes/torch") not in said(judged)

    def test_uv_takes_the_first(self) -> None:
        one = replace(ask("torch", ">=2.9,<2.12"), indexes=Indexes(("cu130", "cu128"), "first"))
        assert said(report(spark(asks=(one,)))) == []


def test_what_only_an_extra_asks_for_is_a_warning() -> None:
    judged = report(spark(asks=(ask("torch", "==2.9.0", group="extra:cpu"),)))
    assert said(judged) == [("warning", "torch", "torch/pypi-cpu")]
    assert judged.findings[0].message.endswith("Asked for only with extra cpu.")


class TestWheels:
    def judged(self, specifier: str, **facts: str) -> list[tuple[str, str, str]]:
        return said(report(spark(facts=known(facts), asks=(ask("wheely", specifier),)), wheely=WHEELS))

    def test_none_for_this_machine(self) -> None:
        judged = report(spark(asks=(ask("wheely", "==1.0"),)), wheely=WHEELS)
        assert said(judged) == [("error", "wheely", "wheely/old")]
        assert "has no wheel for aarch64, and no source distribution" in judged.findings[0].message
        assert judged.findings[0].fix is not None
        assert judged.findings[0].fix.text == "Take wheely2 instead."

    def test_none_for_this_python(self) -> None:
        assert self.judged("==2.0", python="3.12.1") == [("error", "wheely", "wheely/two")]

    def test_none_for_this_glibc(self) -> None:
        assert self.judged("==2.0", python="3.11.1", glibc="2.31") == [("error", "wheely", "wheely/two")]

    def test_one_that_fits(self) -> None:
        assert self.judged("==2.0", python="3.11.1") == []

    def test_a_source_build(self) -> None:
        assert self.judged("==3.0") == [
            ("warning", "wheely", "wheely/three"),
            ("unknown", "cuda-toolkit", "unknown/cuda-toolkit"),
        ]

    def test_a_source_build_without_what_it_needs(self) -> None:
        stack = spark(asks=(ask("wheely", "==3.0"),), complete=frozenset(("facts",)))
        assert ("error", "wheely", "wheely/three") in said(report(stack, wheely=WHEELS))

    def test_a_preflight_installs_what_a_source_build_needs_first(self) -> None:
        stack = spark(wants=(want("wheely", "==3.0"),), complete=frozenset(("facts",)))
        judged = said(report(stack, preflight=True, wheely=WHEELS))
        assert judged == [("warning", "wheely", "wheely/three"), ("todo", "wheely", "wheely/install")]

    def test_from_another_index_nothing_is_known(self) -> None:
        judged = report(spark(asks=(ask("wheely", "==1.0", 1, "files.example/simple2"),)), wheely=WHEELS)
        assert said(judged) == []

    def test_a_direct_wheel_of_another_machine(self) -> None:
        url = "https://files.example/wheely-2.0-cp311-cp311-manylinux_2_28_x86_64.whl"
        assert said(report(spark(asks=(replace(ask("wheely", "==2.0"), url=url),)), wheely=WHEELS)) == [
            ("error", "wheely", "wheel-tag/wheely")
        ]


def test_a_want_that_is_installed_is_no_to_do() -> None:
    facts = known({"python": "3.11.9"})
    stack = Stack(facts=facts, gpus=GB10, products=known({"sim": "5.1.0"}), wants=(want("sim", "==5.1.*"),))
    assert not [f for f in report(stack, preflight=True).findings if f.severity == "todo"]


def test_markers_that_cannot_be_decided_are_said() -> None:
    one = replace(ask("torch", "==2.9.0"), applies=None, marker="python_version < '3.12'")
    assert said(report(spark(asks=(one,)))) == [("unknown", "marker", "markers/undecided")]


def test_unreadable_is_not_absent() -> None:
    stack = spark(facts={"python": Known("3.11.9", Origin("python", "probe"))}, products=known({"lab": "2.3.0"}))
    judged = report(stack)
    assert ("unknown", "sim", "unknown/sim") in said(judged)
    assert not judged.count("error")


def test_a_fact_that_is_only_there_is_not_known() -> None:
    """Found by the fuzz test: `arch` stated as "*" has no value to compare."""
    judged = report(Stack(facts=known({"arch": "*"}), asks=(ask("wheely", "==1.0"),)), wheely=WHEELS)
    assert said(judged) == []
    assert ("error", "wheely", "wheely/old") in said(report(spark(asks=(ask("wheely", "==1.0"),)), wheely=WHEELS))


def test_a_build_that_asks_its_compiler_for_an_older_target() -> None:
    """torch from 1.13 on compiles for 8.6 where an old NVRTC does not know 8.9: no false alarm on RTX 40 cards."""
    product = '[product.liby]\ntitle = "LibY"\nfound-as = { pip = ["liby"] }\nreleases = ["1.0"]\n' + SOURCE
    build = (
        '[[builds]]\nid = "b"\nindex = "pypi"\nvariant = "cu128"\ncuda = "12.8"\nnvrtc = "12.8"\ncubins = ["12.0"]\n'
        'source = "page"\n'
    )
    stack = spark(asks=(ask("liby"),))
    assert [f.kind for f in report(stack, liby=product + build).findings] == ["compilers"]
    assert said(report(stack, liby=product + build + 'falls-back = ["12.1"]\n')) == []


def test_a_pin_between_two_installed_things_is_a_warning_unless_something_breaks() -> None:
    packages = known({"torch": "2.9.1+cu130", "torchvision": "0.24.0"})
    assert said(report(spark(packages=packages))) == [("warning", "torch", "torchvision/0.24.0-torch")]
    breaks = VISION.replace("installer = true", 'installer = true\nwhy = "Its operators are missing."')
    assert said(report(spark(packages=packages), vision=breaks)) == [("error", "torch", "torchvision/0.24.0-torch")]


def test_a_wheel_that_only_might_fit_is_not_held() -> None:
    """A wheel for Pythons before 3.12 where the Python is not known: neither a failure nor a fact that held."""
    asks = (ask("wheely", "==2.0"),)
    assert (said(judged := report(spark(asks=asks), wheely=WHEELS)), judged.held) == ([], 0)
    facts = known({"python": "3.11.1"})
    assert report(spark(facts=facts, asks=asks), wheely=WHEELS).held == 1
