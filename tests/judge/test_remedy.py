"""What a report says to take instead: judged for the machine, with the neighbours, or not said."""

from __future__ import annotations

import pytest

from stackcheck.judge import engine
from stackcheck.model import Stack
from stackcheck.session.files import Loader
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.request import Request
from tests.judge import small

KNOWLEDGE = open_knowledge()
H100 = "x86_64-h100"


def findings(text: str, target: str, *facts: str, name: str = "requirements.txt"):  # type: ignore[no-untyped-def]
    """What lint says of one file on a machine."""
    loader = Loader()
    loader.read[name] = text.encode()
    return lint([Request(target=target, facts=facts)], [[name]], KNOWLEDGE, loader).findings


def fixes(text: str, target: str, *facts: str) -> list[tuple[str, tuple[str, ...]]]:
    """The fixes of what is wrong with a file, each once."""
    found = [one.fix for one in findings(text, target, *facts) if one.fix and one.severity in ("error", "warning")]
    return list(dict.fromkeys((fix.text, fix.commands) for fix in found))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("torch>=2.4\n", "jetson-orin"),
        ("torch>=2.4\ntorchvision\n", "jetson-orin"),
        ("--index-url https://download.pytorch.org/whl/cu129\ntorch>=2.4\n", "jetson-thor"),
    ],
)
def test_no_pick_is_stated_where_none_passes(text: str, target: str) -> None:
    found = [one for one in findings(text, target) if one.severity in ("error", "warning")]
    assert found
    assert not any("the newest that does" in one.message for one in found)


def test_a_pick_that_passes_is_stated() -> None:
    messages = [one.message for one in findings("torch\n", H100, "driver=550.54", "cuda-driver=12.4")]
    assert any("the newest that does is 2.10.0" in message for message in messages)


def test_a_pick_passes_with_its_neighbours_too() -> None:
    text = "torch\nxformers==0.0.35\ntorchvision==0.29.1\n"
    messages = [one.message for one in findings(text, H100, "driver=550.54", "cuda-driver=12.4")]
    assert not any("the newest that does" in message and "torch " in message for message in messages)


def test_a_jetson_is_sent_to_its_own_index() -> None:
    for text in ("torch==2.9.0\n", "torch>=2.4\ntorchvision\n", "torch\n", "vllm\n"):
        said = fixes(text, "jetson-orin")
        assert said
        for sentence, commands in said:
            assert "cu130" not in sentence
            assert "driver" not in sentence
            assert all("jp6/cu126" in command for command in commands)


def test_an_older_build_goes_before_a_new_driver() -> None:
    (sentence, commands) = fixes("torch==2.15.0\n", H100, "driver=550.54", "cuda-driver=12.4")[0]
    assert commands == ("pip install torch==2.14.1 --index-url https://download.pytorch.org/whl/cu126",)
    assert sentence.endswith("Or update the NVIDIA driver to 580 or newer.")


def test_a_release_that_the_line_allows_goes_first() -> None:
    (_, commands) = fixes("torch>=2.6,<2.8\n", H100, "driver=520.61", "cuda-driver=11.8")[0]
    assert commands == ("pip install torch==2.7.1 --index-url https://download.pytorch.org/whl/cu118",)


def test_no_number_of_a_linux_driver_on_windows() -> None:
    found = findings("torch==2.5.1\n", H100, "os=windows", "driver=522.06", "cuda-driver=11.8")
    texts = [one.message + (one.fix.text if one.fix else "") for one in found]
    assert any("needs the NVIDIA driver 527.41" in text for text in texts)
    assert not any("525.60" in text for text in texts)


def test_companions_come_from_the_same_index() -> None:
    both = ("pip install torch==2.9.0 torchvision==0.24.0 --index-url https://download.pytorch.org/whl/cu130",)
    assert {commands for _, commands in fixes("torch==2.9.0\ntorchvision==0.24.0\n", "dgx-spark")} == {both}


def test_an_engine_that_stops_early_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unknown/rounds" not in {one.id for one in findings("torch>=2.4\ntorchvision\n", "dgx-spark")}
    monkeypatch.setattr(engine, "MAX_ROUNDS", 1)
    assert "unknown/rounds" in {one.id for one in findings("torch>=2.4\ntorchvision\n", "dgx-spark")}


def test_what_torch_brings_is_narrowed_once() -> None:
    """vLLM narrows the CUDA of the torch that it brings: torch does not widen it again in the next round."""
    stack = Stack(facts=small.known({"os": "linux"}), packages=small.known({"vllm": "0.13.0"}))
    report = open_knowledge(()).judge(stack, subject="a machine")
    assert "unknown/rounds" not in {one.id for one in report.findings}


def test_an_old_companion_is_not_kept_beside_another_release() -> None:
    for _, commands in fixes("torch==1.12.1\ntorchvision==0.13.1\n", "dgx-spark"):
        assert not any("0.13.1" in command for command in commands)
    for _, commands in fixes("torch==1.12.1\ntorchvision==0.13.1\n", "jetson-orin"):
        assert not any("0.13.1" in command for command in commands)


def test_a_fix_is_about_what_fails() -> None:
    found = findings("torch==2.7.0\ntriton==3.3.0\n", "jetson-orin")
    fix = next(one.fix for one in found if one.severity == "error" and one.subject == "torch")
    assert fix is not None
    assert "PyTorch" in fix.text
    assert all(" torch" in command for command in fix.commands)


def test_what_a_build_of_another_index_requires_counts() -> None:
    """torch 2.15 requires a setuptools that the first line excludes, from whichever index it comes."""
    cu121 = "torch==2.4.1+cu121\n--index-url https://download.pytorch.org/whl/cu121\n"
    assert any("PyTorch 2.15.0" in sentence for sentence, _ in fixes(cu121, "dgx-spark"))
    for sentence, commands in fixes(f"setuptools<60\n{cu121}", "dgx-spark"):
        assert "2.15.0" not in sentence
        assert not any("triton" in command for command in commands)


def test_no_build_is_named_for_what_was_never_released() -> None:
    assert findings("torch==0.3.1\n", "dgx-spark") == ()
    assert [one.id for one in findings("torch==1.7.1\n", "dgx-spark")] == ["torch/files"]


def test_a_torch_that_cannot_be_had_says_nothing_of_what_is_built_beside_it() -> None:
    text = "torch==2.2.2+cu121\nxformers==0.0.28\n"
    assert not any(one.kind == "source-build" for one in findings(text, "dgx-spark"))


@pytest.mark.parametrize("text", ["isaaclab==3.0.0\n", "onnxruntime-gpu\n"])
def test_a_jetson_is_not_told_to_update_its_driver(text: str) -> None:
    said = [one for one in findings(text, "jetson-orin") if "driver" in one.involves and one.fix is not None]
    assert said
    for one in said:
        assert one.fix is not None
        assert "JetPack" in one.fix.text or "jp6" in one.fix.text


def test_the_index_of_pytorch_has_torch_and_its_companions_alone() -> None:
    for _, commands in fixes("torch==2.10.0\nvllm==0.17.0\n", "dgx-spark"):
        assert not any("vllm" in command and "download.pytorch.org" in command for command in commands)


def test_the_triton_of_a_release_goes_with_its_builds() -> None:
    for sentence, _ in fixes("torch==2.9.0\ntriton==2.1.0\n", "dgx-spark"):
        assert "Triton 2.1.0" not in sentence


def test_the_jetson_index_is_for_one_python() -> None:
    """Its wheels are cp310: a project for newer ones is not sent there, nor one whose torchvision stays where it is."""
    text = (
        '[project]\nname = "a"\nversion = "1"\nrequires-python = "{}"\ndependencies = ["torch==2.8.0", "torchvision"]\n'
    )

    def commands(python: str) -> list[str]:
        found = findings(text.format(python), "jetson-orin", name="pyproject.toml")
        return [command for one in found if one.fix for command in one.fix.commands]

    assert any("jp6/cu126" in command for command in commands(">=3.10"))
    assert not any("jp6/cu126" in command for command in commands(">=3.11"))


def test_of_what_is_passed_over_nothing_is_said_as_if_it_came() -> None:
    """The newest TensorFlow does not serve the machine: what an older one is compiled against is nothing to act on."""
    found = findings("tensorflow>=1.9.0\nnumpy>=1.14.0\n", "x86_64-rtx50")
    (said,) = [one for one in found if one.severity == "warning"]
    assert "would install TensorFlow 2.21.0, which does not work here" in said.message
