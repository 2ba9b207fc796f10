"""What programs are started with: the options of a model server or of a training run by which it needs a certain GPU.

`vllm serve MODEL --quantization fp8`, `python -m sglang.launch_server …`, `docker run vllm/vllm-openai --model …`: each
option is stated as it is written. Which of them stand for which feature, the matrix knows.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read import arch_lists
from stackcheck.read.calls import ASSIGNED, BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.read.words import Word

_PROGRAMS = {
    "vllm": "vllm",
    "sglang": "sglang",
    "trtllm-serve": "tensorrt-llm",
    "tensorrt_llm": "tensorrt-llm",
    "text-generation-launcher": "text-generation-inference",
    "lmdeploy": "lmdeploy",
}
"""Programs, and modules behind `python -m` by their first part, with the product that each belongs to."""
_IMAGES = {
    "vllm/vllm-openai": "vllm",
    "ghcr.io/huggingface/text-generation-inference": "text-generation-inference",
}
"""Images that start a program by themselves, so that what follows their name are its options."""
VARIABLES = {"VLLM_": "vllm", "SGLANG_": "sglang", "TRTLLM_": "tensorrt-llm"}
"""What the names of a program's own variables begin with."""
TRAINING = "transformers"
"""The product of which other Python programs take over options (Hugging Face's `TrainingArguments`)."""
_OF_TRAINING = ("bf16", "attn-implementation")
_LAUNCHERS = ("torchrun", "accelerate", "deepspeed")
_CONTAINERS = ("docker", "podman", "nerdctl")
_BEFORE = BEFORE | {"uv", "poetry", "pixi", "run"}
_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_FLAGS = re.compile(
    r"-[ditPq]+|--(?:detach|interactive|tty|rm|init|privileged|publish-all|read-only|no-healthcheck|oom-kill-disable"
    r"|quiet|sig-proxy|disable-content-trust)"
)
"""Options of `docker run` that take no value (docs.docker.com, "docker container run")."""
_MODELS = ("model-path", "model-id")


class Setting(NamedTuple):
    """`text` is "PRODUCT NAME=VALUE" in lower case, but for variables; "PRODUCT " alone says that it is started."""

    text: str
    word: Word


def settings(words: tuple[Word, ...], environment: Mapping[str, str | None]) -> Iterator[Setting]:
    """What a command starts a program with: its options, its model, and the variables of its own that it gets."""
    rest = _behind(words)
    for capability, word in arch_lists.built_for(words, {**environment, **dict(_assigned(words))}):
        yield Setting(f"cuda-toolkit arch={capability}", word)
    inside = _container(rest)
    if inside is not None:
        yield from _options(inside.product, rest[inside.at :], rest[0], dict(_given(rest[: inside.at])))
        return
    product, options = _program(rest)
    if product == TRAINING:
        for name, value, word in _pairs(options):
            if name in _OF_TRAINING:
                yield Setting(f"{product} {_text(name, value)}", word)
    elif product:
        yield from _options(product, options, rest[0], {**environment, **dict(_assigned(words))})


def image_settings(image: str, words: tuple[Word, ...], environment: Mapping[str, str | None]) -> Iterator[Setting]:
    """The same for the command of a container whose image starts a program by itself."""
    product = _IMAGES.get(_name(image))
    if product is not None and words:
        yield from _options(product, words, words[0], environment)


def image_of(words: tuple[Word, ...]) -> Word | None:
    """The image that `docker run` or `docker pull` names."""
    rest = _behind(words)
    at = _image_at(rest)
    return rest[at] if at is not None else None


# --- commands ---------------------------------------------------------------------------------------------------------


def _behind(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """A command without what stands before it: `sudo`, `CUDA_VISIBLE_DEVICES=0`, `uv run`."""
    at = 0
    while at < len(words) and (words[at].text in _BEFORE or ASSIGNED.match(words[at].text)):
        at += 1
    return words[at:]


def _program(words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]]:
    """The product of the program that a command starts, and its options; "" for another one."""
    if not words:
        return "", ()
    name = posixpath.basename(words[0].text)
    if _PYTHON.fullmatch(words[0].text):
        if len(words) > 2 and words[1].text == "-m":
            product = _PROGRAMS.get(words[2].text.partition(".")[0], "")
            return (product, words[3:]) if product else (TRAINING, words[1:])
        return TRAINING, words[1:]
    if name in _LAUNCHERS:
        return TRAINING, words[1:]
    return _PROGRAMS.get(name, ""), words[1:]


class _Inside(NamedTuple):
    """The program that a container starts: where its own words begin."""

    product: str
    at: int


def _container(words: tuple[Word, ...]) -> _Inside | None:
    at = _image_at(words)
    if at is None or words[1].text != "run":
        return None
    own = _IMAGES.get(_name(words[at].text))
    if own is not None:
        return _Inside(own, at + 1)
    inner = _behind(words[at + 1 :])
    product, options = _program(inner)
    return _Inside(product, len(words) - len(options)) if product not in ("", TRAINING) else None


def _image_at(words: tuple[Word, ...]) -> int | None:
    if len(words) < 3 or posixpath.basename(words[0].text) not in _CONTAINERS or words[1].text not in ("run", "pull"):
        return None
    at = 2
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        at += 1 if "=" in text or _FLAGS.fullmatch(text) else 2
    return at if at < len(words) and words[at].unknown is None else None


def _name(reference: str) -> str:
    """An image's name without its tag."""
    folder, slash, last = reference.partition("@")[0].rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


# --- options ----------------------------------------------------------------------------------------------------------


def _options(
    product: str, words: tuple[Word, ...], first: Word, environment: Mapping[str, str | None]
) -> Iterator[Setting]:
    yield Setting(f"{product} ", first)
    for name, value, word in _pairs(words):
        yield Setting(f"{product} {_text('model' if name in _MODELS else name, value)}", word)
    for name, given in environment.items():
        if given and VARIABLES.get(f"{name.partition('_')[0]}_") == product:
            yield Setting(f"{product} {name}={given.lower()}", first)
    plain = [word for word in words[:2] if not word.text.startswith("-")]
    if product == "vllm" and len(plain) == 2 and plain[0].text == "serve" and plain[1].unknown is None:
        yield Setting(f"{product} {_text('model', plain[1].text)}", plain[1])


def _pairs(words: tuple[Word, ...]) -> Iterator[tuple[str, str, Word]]:
    """The long options, each with its value; "" for one that has none."""
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if not name.startswith("--") or word.unknown is not None:
            continue
        if not equals and at + 1 < len(words) and not words[at + 1].text.startswith("-"):
            if words[at + 1].unknown is not None:
                continue
            value = words[at + 1].text
        yield name[2:].replace("_", "-").lower(), value, word


def _text(name: str, value: str) -> str:
    return f"{name}={value.lower()}" if value else name


def _assigned(words: tuple[Word, ...]) -> Iterator[tuple[str, str | None]]:
    for word in words:
        if not ASSIGNED.match(word.text) and word.text not in _BEFORE:
            return
        name, equals, value = word.text.partition("=")
        if equals:
            yield name, None if word.unknown else value


def _given(words: tuple[Word, ...]) -> Iterator[tuple[str, str | None]]:
    """The variables that `docker run -e NAME=VALUE` gives."""
    for at, word in enumerate(words):
        text = word.text.removeprefix("--env=")
        if word.text in ("-e", "--env") and at + 1 < len(words):
            text = words[at + 1].text
        name, equals, value = text.partition("=")
        if equals and ASSIGNED.match(text):
            yield name, value
