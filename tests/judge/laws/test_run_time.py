"""The CUDA and cuDNN that a build takes from what is around it."""

from __future__ import annotations

import pytest

from stackcheck.model import Absent, Ask, Known, Location, Origin
from stackcheck.read.images import image_states
from stackcheck.values import replace
from tests.judge.laws.shipped import findings, machine, said

ASKED = Origin("a file asks for it", "requirements.txt:1", Location("requirements.txt", 1))


def loads(**tables: dict[str, str]) -> list[tuple[str, str]]:
    """Severity and id of what is said of libraries at run time."""
    return [(severity, identity) for severity, kind, identity in said(machine(**tables)) if kind == "loads"]


class TestCudnn:
    def test_a_package_of_another_major_is_an_error(self) -> None:
        packages = {"onnxruntime-gpu": "1.19.2", "nvidia-cudnn-cu12": "8.9.2.26"}
        assert loads(packages=packages) == [("error", "onnxruntime-gpu/ort-gpu-1.19-cudnn")]

    def test_the_same_major_fits(self) -> None:
        assert loads(packages={"onnxruntime-gpu": "1.19.2", "nvidia-cudnn-cu12": "9.1.0.70"}) == []

    def test_a_package_of_pip_is_not_where_the_system_looks(self) -> None:
        packages = {"ctranslate2": "4.5.0", "nvidia-cudnn-cu12": "9.1.0.70"}
        assert loads(packages=packages) == [("warning", "ctranslate2/ct2-4.5-libraries")]
        led = {"LD_LIBRARY_PATH": "/v/lib/python3.11/site-packages/nvidia/cudnn/lib"}
        assert loads(packages=packages, variables=led) == []
        assert loads(packages={**packages, "torch": "2.5.1"}) == []

    @pytest.mark.parametrize(
        ("ctranslate2", "torch", "fails"),
        [("4.5.0", "2.3.1", True), ("4.5.0", "2.4.1", False), ("4.4.0", "2.3.1", False), ("4.4.0", "2.5.1", True)],
    )
    def test_that_of_torch(self, ctranslate2: str, torch: str, fails: bool) -> None:
        """A warning: another one may lie elsewhere."""
        found = loads(packages={"ctranslate2": ctranslate2, "torch": torch})
        assert [severity for severity, _ in found] == (["warning"] if fails else [])

    def test_torch_without_cuda_brings_none(self) -> None:
        assert loads(packages={"ctranslate2": "4.5.0", "torch": "2.3.1+cpu"}) == []

    def test_an_older_minor_than_it_was_built_with(self) -> None:
        found = loads(packages={"tensorflow": "2.6.0"}, system_packages={"libcudnn8": "8.0.5.39-1+cuda11.1"})
        assert found == [("warning", "tensorflow/tf-2.5-cudnn")]
        assert loads(packages={"tensorflow": "2.6.0"}, system_packages={"libcudnn8": "8.2.1.32-1+cuda11.3"}) == []

    def test_one_on_the_path(self) -> None:
        variables = {"LD_LIBRARY_PATH": "/opt/cudnn-8.2.4/lib64"}
        packages = {"onnxruntime-gpu": "1.20.1"}
        assert loads(packages=packages, variables=variables) == [("warning", "onnxruntime-gpu/ort-gpu-1.19-cudnn")]

    def test_nothing_is_known_of_any(self) -> None:
        assert loads(packages={"onnxruntime-gpu": "1.19.2"}) == []


class TestCuda:
    def test_tensorflow_1_loads_one_release_by_name(self) -> None:
        found = loads(packages={"tensorflow-gpu": "1.8.0"}, facts={"cuda-toolkit": "9.2.88"})
        assert found == [("warning", "tensorflow-gpu/1.5-libraries")]
        assert loads(packages={"tensorflow-gpu": "1.8.0"}, facts={"cuda-toolkit": "9.0.176"}) == []

    def test_any_release_of_the_family_will_do_from_cuda_11_on(self) -> None:
        assert loads(packages={"tensorflow": "2.9.0"}, facts={"cuda-toolkit": "11.8"}) == []
        found = loads(packages={"tensorflow": "2.9.0"}, facts={"cuda-toolkit": "12.2"})
        assert found == [("warning", "tensorflow/tf-2.5-cuda")]

    def test_an_extra_that_brings_them(self) -> None:
        asks = (Ask("tensorflow", "==2.15.1", ASKED, extras=("and-cuda",)),)
        assert [
            kind for _, kind, _ in said(machine(facts={"cuda-toolkit": "11.8"}, asks=asks)) if kind == "loads"
        ] == []
        asks = (Ask("tensorflow", "==2.15.1", ASKED),)
        found = [one for one in said(machine(facts={"cuda-toolkit": "11.8"}, asks=asks)) if one[1] == "loads"]
        assert found == [("warning", "loads", "tensorflow/tf-2.15-cuda")]


class TestBuilds:
    def test_a_build_that_names_its_cuda_is_not_pypis(self) -> None:
        packages = {"paddlepaddle-gpu": "2.5.1.post112"}
        assert loads(packages=packages, products={"cudnn": "8.0"}) == [
            ("warning", "paddlepaddle-gpu/post112-libraries")
        ]
        assert loads(packages=packages, products={"cudnn": "8.2"}) == []

    def test_another_index_may_have_another_build(self) -> None:
        """NVIDIA's and Microsoft's feeds have builds for other CUDA under the same numbers."""
        asks = (Ask("onnxruntime-gpu", "==1.18.0", ASKED),)
        packages = {"nvidia-cudnn-cu12": "9.1.0.70"}
        assert ("error", "loads", "onnxruntime-gpu/ort-gpu-1.5-cudnn") in said(machine(asks=asks, packages=packages))
        indexes = replace(asks[0].indexes, names=("pypi", "feed.example/ort-cuda-12")) if asks[0].indexes else None
        elsewhere = (replace(asks[0], indexes=indexes),)
        assert "loads" not in [kind for _, kind, _ in said(machine(asks=elsewhere, packages=packages))]


class TestImages:
    @staticmethod
    def image(reference: str, **pins: str) -> list[str]:
        asks = tuple(Ask(name, f"=={version}", ASKED) for name, version in pins.items())
        stack = machine(asks=asks).with_stated(image_states(reference, Location("Dockerfile", 1)))
        stack = replace(stack, images={name: state for name, state in stack.images.items() if isinstance(state, Known)})
        return [finding.message for finding in findings(stack) if finding.kind == "loads"]

    def test_a_base_image_has_neither(self) -> None:
        first, second = self.image("nvidia/cuda:12.2.2-base-ubuntu22.04", ctranslate2="4.4.0")
        assert "no libraries but the runtime" in first
        assert "which has none" in second

    def test_a_runtime_image_has_no_cudnn(self) -> None:
        [message] = self.image("nvidia/cuda:12.2.2-runtime-ubuntu22.04", ctranslate2="4.4.0")
        assert "cuDNN 8" in message

    def test_the_tag_names_the_cudnn(self) -> None:
        assert self.image("nvidia/cuda:12.2.2-cudnn8-runtime-ubuntu22.04", ctranslate2="4.4.0") == []
        [message] = self.image("nvidia/cuda:12.3.2-cudnn9-runtime-ubuntu22.04", ctranslate2="4.4.0")
        assert "cuDNN 9 of the image" in message
        [message] = self.image("nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04", ctranslate2="4.4.0")
        assert "cuDNN 9 of the image" in message

    def test_who_runs_on_it_is_named(self) -> None:
        asks = (Ask("ctranslate2", "==4.4.0", ASKED), Ask("faster-whisper", "==1.0.1", ASKED))
        stack = machine(asks=asks, packages={"nvidia-cudnn-cu12": "9.1.0.70"})
        [finding] = [one for one in findings(stack) if one.kind == "loads"]
        assert "faster-whisper" in finding.involves


class TestCupy:
    def test_the_cuda_of_torch_is_there_too(self) -> None:
        for torch, expected in (("1.12.1+cu116", ["warning"]), ("2.4.1+cu121", [])):
            found = loads(packages={"cupy-cuda12x": "12.3.0", "torch": torch})
            assert [severity for severity, _ in found] == expected

    def test_where_all_places_are_known_nothing_is_there(self) -> None:
        stack = machine(packages={"cupy-cuda12x": "13.6.0"})
        assert [kind for _, kind, _ in said(stack)] == []
        none = replace(
            stack,
            facts={**stack.facts, "cuda-toolkit": Absent(Origin("there is none", "probe"))},
            complete=frozenset({"packages"}),
        )
        assert ("warning", "loads", "cupy-cuda12x/cuda") in said(none)
        packages = {**stack.packages, "nvidia-cuda-runtime-cu12": Known("12.9.79", Origin("it is there", "here"))}
        assert "loads" not in [kind for _, kind, _ in said(replace(none, packages=packages))]
