"""The judge on a small matrix: state and severity rules, chains, both asks named, unknown never fine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackcheck.judge.judge import judge
from stackcheck.model import Absent, Ask, Gpu, Known, Location, Origin, Report, Stack, Unknown
from tests.judge.small import GB10, SOURCE, ask, feature, known, report, said, spark, store, want

RTX = (Gpu("NVIDIA GeForce RTX 4090", "8.9", Origin("the GPU is an RTX 4090", "nvidia-smi")),)
A100 = (Gpu("NVIDIA A100-SXM4-80GB", None, Origin("the GPU is an A100", "nvidia-smi")),)
TO_BE_MADE = {"python": Absent(Origin("no environment yet", "target"))}
EMPTY = frozenset(("packages", "products"))


def preflight(**more: object) -> Report:
    stack = spark(wants=(want("lab", "==2.3.*"),), facts=dict(TO_BE_MADE), complete=EMPTY)
    return report(replace(stack, **more), preflight=True)  # type: ignore[arg-type]


def chain(judged: Report, number: int = 0) -> list[str]:
    return [f"{reason.text} ({reason.origin})" for reason in judged.findings[number].because]


class TestSetsOfVersions:
    def test_none_fits_is_an_error(self) -> None:
        assert said(report(spark(asks=(ask("torch", ">=2.5,<2.9"),)))) == [("error", "torch", "torch/pypi-cpu")]

    def test_the_pick_fits_is_a_note(self) -> None:
        judged = report(spark(asks=(ask("torch", ">=2.5"),)))
        assert said(judged) == [("note", "torch", "torch/pypi-cpu")]
        assert judged.findings[0].message.startswith("torch>=2.5 also allows 2.5.0 to 2.10.0, which do not work here.")

    def test_the_pick_does_not_fit_is_a_warning_with_the_bound(self) -> None:
        facts = {"python": Known("3.12.3", Origin("python is 3.12.3", "probe"))}
        asks = (ask("torch", ">=2.9,<2.11", 1, "pypi", "cu130"),)
        thor = (Gpu("NVIDIA Thor", "11.0", Origin("the GPU is Thor", "nvidia-smi")),)
        judged = report(replace(spark(asks=asks, facts=facts), gpus=thor))
        assert said(judged) == [("warning", "torch", "torch/cublas-on-thor")]
        assert "would install PyTorch 2.10.0" in judged.findings[0].message
        assert "the newest that does is 2.9.1" in judged.findings[0].message

    def test_all_fit_is_held(self) -> None:
        judged = report(spark(asks=(ask("torch", ">=2.11"),)))
        assert (said(judged), judged.held) == ([], 1)

    def test_what_an_installer_enforces_narrows_in_silence(self) -> None:
        facts = {"python": Known("3.9.2", Origin("python is 3.9.2", "probe"))}
        judged = report(spark(asks=(ask("torch"),), facts=facts))
        assert said(judged) == [("error", "torch", "torch/pypi-cpu")]  # 2.8.0 is what pip would take


class TestBuilds:
    def test_cpu_only(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.9.0", 3),)))
        assert said(judged) == [("error", "torch", "torch/pypi-cpu")]
        assert judged.findings[0].fix is not None
        assert chain(judged) == [
            "torch==2.9.0 is asked for (requirements.txt:3)",
            "PyPI gives a build without CUDA here (torch/pypi-cpu)",
            "the GPU is NVIDIA GB10 (nvidia-smi)",
            "gpu NVIDIA GB10 comes with compute-capability 12.1 (gpu/gb10)",
        ]

    def test_cpu_only_is_nothing_where_there_is_no_gpu(self) -> None:
        stack = replace(spark(asks=(ask("torch", "==2.9.0"),)), gpus=Absent(Origin("no NVIDIA device", "/sys")))
        assert said(report(stack)) == []

    def test_cpu_only_is_not_known_where_the_gpu_is_not(self) -> None:
        stack = replace(spark(asks=(ask("torch", "==2.9.0"),)), gpus=Unknown("nvidia-smi did not answer in 5 s"))
        judged = report(stack)
        assert ("unknown", "compute-capability", "unknown/compute-capability") in said(judged)
        assert not judged.count("error")

    def test_cpu_asked_for_by_name_is_a_note(self) -> None:
        assert said(report(spark(asks=(ask("torch", "==2.9.0+cpu"),)))) == [("note", "torch", "torch/pypi-cpu")]

    def test_run_time_compiler(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.9.1", 1, "cu128"),)))
        assert [(f.severity, f.kind) for f in judged.findings] == [("error", "compilers")]
        assert "its NVRTC 12.8 does not know sm_121" in judged.findings[0].message

    def test_a_newer_nvrtc_beside_it_is_what_counts(self) -> None:
        packages = known({"torch": "2.9.1+cu128", "nvidia-cuda-nvrtc-cu12": "13.0.88"})
        product = '[product.nvidia-cuda-nvrtc-cu12]\ntitle = "NVRTC"\nfound-as = { pip = ["nvidia-cuda-nvrtc-cu12"] }\n'
        assert said(report(spark(packages=packages), nvrtc=product)) == []

    def test_no_code_for_thor(self) -> None:
        thor = (Gpu("NVIDIA Thor", "11.0", Origin("the GPU is Thor", "nvidia-smi")),)
        judged = report(replace(spark(asks=(ask("torch", "==2.9.1", 1, "cu128"),)), gpus=thor))
        assert [(f.severity, f.kind) for f in judged.findings] == [("error", "gpu-code")]
        assert "has no code for compute capability 11.0 (NVIDIA Thor)" in judged.findings[0].message

    def test_no_such_build(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.8.0", 1, "cu128"),)))
        assert said(judged) == [("error", "torch", "torch/no-cu128")]

    def test_ngc_preview_holds(self) -> None:
        judged = report(spark(packages=known({"torch": "2.9.0a0+50eac811a6.nv25.09"})))
        assert said(judged) == []
        assert judged.held

    def test_unlabelled_and_installed_is_a_warning(self) -> None:
        assert said(report(spark(packages=known({"torch": "2.9.0"})))) == [("warning", "torch", "torch/pypi-cpu")]

    def test_unlabelled_on_a_jetson_is_not_known(self) -> None:
        facts = known({"l4t": "36.4.4"})
        judged = said(report(spark(packages=known({"torch": "2.9.0"}), facts=facts)))
        assert judged == [("unknown", "torch", "unknown/torch-build")]

    def test_an_extra_index_with_a_label_wins_for_the_same_release(self) -> None:
        assert said(report(spark(asks=(ask("torch", "==2.10.0", 1, "pypi", "cu130"),)))) == []

    @pytest.mark.parametrize(
        ("facts", "subject"),
        [({"driver": "570.86.10"}, "driver"), ({"driver": None, "cuda-driver": "12.8"}, "cuda-driver")],
    )
    def test_driver_too_old(self, facts: dict[str, str | None], subject: str) -> None:
        stack = spark(asks=(ask("torch", "==2.11.0"),))
        merged = {**stack.facts, **known({name: value for name, value in facts.items() if value})}
        merged = {name: state for name, state in merged.items() if facts.get(name, "") is not None}
        judged = report(replace(stack, facts=merged))
        assert [(f.severity, f.kind) for f in judged.findings] == [("error", "driver")]
        assert subject in judged.findings[0].message or "driver" in judged.findings[0].involves


class TestPairs:
    def test_both_asks_are_named(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.11.0", 1), ask("torchvision", "==0.24.0", 2))))
        assert said(judged) == [("error", "torch", "torchvision/0.24.0-torch")]
        finding = judged.findings[0]
        assert finding.message == "torchvision 0.24.0 needs PyTorch 2.9.0; requirements.txt:1 asks for torch==2.11.0."
        assert (finding.location.path, finding.location.line) == ("requirements.txt", 2)  # type: ignore[union-attr]

    def test_by_inference(self) -> None:
        judged = report(spark(asks=(ask("torchvision", "==0.23.0", 4),)))
        assert said(judged) == [("error", "torch", "torch/pypi-cpu")]
        assert [text.replace(". (", " (") for text in chain(judged)[:2]] == [
            "torchvision==0.23.0 is asked for (requirements.txt:4)",
            "torchvision 0.23.0 needs PyTorch 2.8.0 (torchvision/0.23.0-torch)",
        ]

    def test_two_lines_that_exclude_each_other(self) -> None:
        judged = report(spark(asks=(ask("torch", "==2.11.0", 1), ask("torch", ">=2.12", 5))))
        assert ("error", "torch", "asks/torch") in said(judged)
        assert "requirements.txt:1" in judged.findings[0].message
        assert "requirements.txt:5" in judged.findings[0].message


class TestPreflight:
    def test_to_do_in_order(self) -> None:
        judged = preflight()
        todo = [finding.message for finding in judged.findings if finding.severity == "todo"]
        assert todo == [
            "Make an environment with Python 3.11.",
            "Install Sim 5.1.0.",
            "Install PyTorch 2.9.0.",
            "Install Lab 2.3.1.",
        ]
        assert not judged.count("error")
        assert [finding.id for finding in judged.findings if finding.limit] == ["sim/spark-jax", "sim/spark-stream"]

    def test_a_feature_that_is_not_there(self) -> None:
        judged = preflight(features=(feature("sim:stream"),))
        assert ("error", "sim:stream", "sim/spark-stream") in said(judged)

    def test_a_feature_that_nobody_validated(self) -> None:
        judged = preflight(features=(feature("sim:jax"),))
        assert ("warning", "sim:jax", "sim/spark-jax") in said(judged)

    def test_a_feature_that_no_row_speaks_of(self) -> None:
        judged = preflight(features=(feature("sim:strem"),))
        (entry,) = judged.coverage.not_judged
        assert (entry.id, entry.subject, entry.required) == ("coverage/feature", "sim:strem", True)
        assert entry.message == "nothing is known of the feature sim:strem (known: sim:stream, sim:jax)"
        assert not judged.count("error")

    def test_signs_of_a_feature(self) -> None:
        judged = report(spark(products=known({"sim": "5.1.0"}), asks=(ask("skrl"), ask("jax", "", 2))))
        assert ("warning", "sim:jax", "sim/spark-jax") in said(judged)

    def test_everything_wrong_is_said_at_once(self) -> None:
        facts = known({"arch": "x86_64", "python": "3.12.3", "glibc": "2.31", "driver": "570.86.10"})
        judged = preflight(facts=facts, gpus=RTX)
        assert [(f.severity, f.subject) for f in judged.findings if f.severity in ("error", "warning")] == [
            ("error", "python"),
            ("error", "glibc"),
            ("warning", "driver"),
        ]

    def test_a_required_fact_that_is_not_known(self) -> None:
        facts = {**spark().facts, **TO_BE_MADE, "glibc": Unknown("ldd is not there")}
        judged = preflight(facts=facts)
        unknown = [finding for finding in judged.findings if finding.severity == "unknown"]
        assert [(f.subject, f.required) for f in unknown] == [("glibc", True)]
        assert "ldd is not there" in unknown[0].message


class TestKnownBad:
    def test_a_driver_that_is_too_new(self) -> None:
        facts = known({"arch": "x86_64", "python": "3.11.9", "driver": "595.71.05", "glibc": "2.39"})
        judged = report(Stack(facts=facts, gpus=A100, products=known({"sim": "5.1.0"})))
        assert said(judged) == [("error", "rt-cores", "sim/rt"), ("warning", "sim", "sim/too-new-driver")]
        assert {"driver", "sim"} <= set(judged.findings[1].involves)
        assert "gpu" in judged.findings[0].involves

    def test_every_gpu_must_hold(self) -> None:
        facts = known({"arch": "x86_64", "python": "3.11.9", "driver": "580.95.05", "glibc": "2.39"})
        judged = report(Stack(facts=facts, gpus=(*GB10, *A100), products=known({"sim": "5.1.0"})))
        assert ("error", "rt-cores", "sim/rt") in said(judged)

    def test_a_version_that_is_not_known_fails_only_where_all_do(self) -> None:
        judged = report(Stack(facts=known({"python": "3.9.2"}), products=known({"sim": "*"})))
        assert ("error", "python", "sim/6-python") in said(judged)
        judged = report(Stack(facts=known({"python": "3.11.2"}), products=known({"sim": "*"})))
        assert not judged.count("error")


def test_an_unknown_condition_never_fails() -> None:
    judged = report(Stack(products=known({"sim": "5.1.0"})))
    assert {finding.severity for finding in judged.findings} == {"unknown"}


def test_what_is_installed_and_does_not_fit_the_line() -> None:
    stack = spark(packages=known({"torch": "2.9.0a0+50eac811a6.nv25.09"}), asks=(ask("torch", ">=2.11"),))
    judged = report(stack)
    assert said(judged) == [("warning", "torch", "asks/torch-installed")]
    assert "a preview is older than its release" in judged.findings[0].message


def test_order_of_the_stack_does_not_matter() -> None:
    asks = (ask("torch", "==2.11.0", 1), ask("torchvision", "==0.24.0", 2))
    one, other = report(spark(asks=asks)), report(spark(asks=tuple(reversed(asks))))
    assert said(one) == said(other)


class TestOwnBuilds:
    """What somebody built from a commit is not the build of an index, which pins the torch that it was made for."""

    @pytest.mark.parametrize(
        ("version", "wrong"), [("0.23.0", True), ("0.23.0+cu130", True), ("0.23.0+fdea156", False)]
    )
    def test_pins_are_those_of_the_index(self, version: str, wrong: bool) -> None:
        packages = known({"torch": "2.9.0+cu130", "torchvision": version})
        found = [finding.subject for finding in report(spark(packages=packages)).findings]
        assert ("torch" in found) is wrong


class TestPinsThatOnlyAnInstallerInsistsOn:
    """A pin of metadata that other releases are known to serve as well: an installer still takes it or nothing."""

    PIN = (
        """
[product.kit]
title = "Kit"
found-as = { pip = ["kit"] }
releases = ["1.0"]
"""
        + SOURCE
        + """
[[pairs]]
id = "torch"
torch = "2.11.0"
installer = true
level = "recommended"
why = "Kit 1.0 pins torch==2.11.0."
source = "page"
"""
    )

    def judged(self, *asks: Ask) -> Report:
        return judge(spark(asks=asks), store(kit=self.PIN), subject="test", version="1")

    def in_script(self, line: Ask, number: int) -> Ask:
        place = Location("setup.sh", number, 1, 9)
        return replace(line, origin=Origin(line.origin.text, str(place), place))

    def test_two_lines_of_one_file(self) -> None:
        judged = self.judged(ask("kit", "==1.0"), ask("torch", "==2.12.0", 2, "cu130"))
        found = [one for one in judged.findings if one.id == "kit/torch"]
        assert [one.severity for one in found] == ["error"]
        assert found[0].message.startswith("Kit 1.0 needs PyTorch 2.11.0; ")

    def test_an_override_lets_it_off(self) -> None:
        lines = (ask("torch", "", 2, "cu130"), ask("torch", "==2.12.0", 3, "cu130", constraint=True))
        found = [one for one in self.judged(ask("kit", "==1.0"), *lines).findings if one.id == "kit/torch"]
        assert [one.severity for one in found] == ["warning"]

    def test_two_commands_one_after_the_other(self) -> None:
        lines = [ask("kit", "==1.0"), ask("torch", "==2.12.0", 2, "cu130")]
        steps = [Location("setup.sh", number, 1, 9) for number in (1, 2)]
        asks = [
            replace(one, origin=replace(one.origin, location=place)) for one, place in zip(lines, steps, strict=True)
        ]
        found = [one for one in self.judged(*asks).findings if one.id == "kit/torch"]
        assert [one.severity for one in found] == ["warning"]
