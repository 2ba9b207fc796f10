"""Which machine a file is for, as far as its path, its text and its place say: pure, and without a verdict.

What a file says is a tuple of `Claim`s; an empty one says nothing, and then the file is for every machine. `fits` holds
them against a machine. Only what is meant for one kind of machine alone counts: a file that names two of them is for
both. What stands in a file is read by `read.audience_text`, what lies beside it by `read.alternatives`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from stackcheck.model import Absent, Known
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Stack

Subject: TypeAlias = Literal["accelerator", "arch", "board", "gpu", "os", "place", "alternative"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a file says of the machine that it is for; `reason` is a clause ("its name says rocm").

    `accelerator`: cuda, cpu, or one of another vendor (rocm, xpu, npu …). `board`: as the fact of that name, "jetson"
    for all of them, or "cloud" for a provider's machine. `gpu`: a word of its name. `arch` and `os`: as the facts.
    `place`: why it is no part of the project's own stack.
    `alternative`: the file beside it that is for the machine.
    """

    subject: Subject
    value: str
    reason: str


Audience: TypeAlias = tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides for whom a file is; None is not known. `nvidia`: whether there is an NVIDIA GPU. `cuda` is the
    newest CUDA that the driver serves."""

    arch: str | None = None
    os: str | None = None
    board: str | None = None
    nvidia: bool | None = None
    cuda: str | None = None
    jetson: bool | None = None
    """Whether it is a Jetson, where the board has no name."""
    gpus: tuple[str, ...] = ()
    """The names of its GPUs, as the driver prints them; empty where they are not known."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a file is for a machine (None: nothing says), and the claim that decided."""

    holds: bool | None
    claim: Claim | None = None


def machine_of(stack: Stack) -> Machine:
    """What a stack's facts say of the machine."""
    facts = {name: state.value for name, state in stack.facts.items() if isinstance(state, Known)}
    nvidia: bool | None = None
    if isinstance(stack.gpus, Absent):
        nvidia = False
    elif isinstance(stack.gpus, tuple):
        nvidia = facts.get("gpu-vendor", "nvidia") == "nvidia"
    cuda = facts.get("cuda-driver") or facts.get("cuda-toolkit")
    jetson = any(name in facts for name in ("l4t", "jetpack"))
    sure = jetson or any(isinstance(stack.facts.get(name), Absent) for name in ("l4t", "jetpack"))
    board = facts.get("board")
    gpus = tuple(gpu.name for gpu in stack.gpus if gpu.name) if isinstance(stack.gpus, tuple) else ()
    return Machine(facts.get("arch"), facts.get("os"), board, nvidia, cuda, jetson if sure else None, gpus)


# --- words ------------------------------------------------------------------------------------------------------------

_OTHERS = {
    "rocm": r"rocm[\d.]*|amd|amd[-_]?gpu|amdgpu",
    "xpu": r"xpu|ipex|oneapi|intel(?:[-_]?gpu)?",
    "hpu": r"hpu|gaudi\d?|habana",
    "npu": r"npu|ascend(?:\d{3}[a-z]?)?|cann",
    "neuron": r"neuronx?|inferentia\d?|trainium\d?|inf[12]|trn[12]",
    "tpu": r"tpu|libtpu",
    "mlu": r"mlu|cambricon",
    "musa": r"musa",
    "mlx": r"mlx",
}
"""Accelerators of other vendors: the words by which a name means them."""

_MEANT = {
    "rocm": "AMD GPUs",
    "xpu": "Intel GPUs",
    "hpu": "Intel Gaudi",
    "npu": "Ascend NPUs",
    "neuron": "AWS Neuron",
    "tpu": "Google TPUs",
    "mlu": "Cambricon MLUs",
    "musa": "Moore Threads GPUs",
    "mlx": "Apple's GPUs",
}

_WORDS: tuple[tuple[Subject, str, str], ...] = (
    *(("accelerator", name, words) for name, words in _OTHERS.items()),
    ("accelerator", "cuda", r"cuda[\d.]*|nvidia|cu\d{2,3}"),
    ("accelerator", "cpu", r"cpu"),
    ("arch", "x86_64", r"x86[-_]?64|amd64|x64|x86"),
    ("arch", "aarch64", r"aarch64|arm64|sbsa"),
    ("board", "jetson-orin", r"(?:jetson[-_]?(?:agx[-_]?)?)?orin"),
    ("board", "jetson-thor", r"(?:jetson|agx)[-_]?thor"),
    ("board", "jetson-xavier", r"(?:jetson[-_]?(?:agx[-_]?)?)?xavier"),
    ("board", "jetson", r"jetson|l4t|tegra|jetpack\d?|jp[456]\d?"),
    ("board", "dgx-spark", r"dgx[-_]?spark|gb10"),
    ("board", "cloud", r"colab|kaggle|runpod|gcp|sagemaker|vast[-_]?ai|paperspace"),
    ("os", "darwin", r"mac[-_]?os|osx|darwin|macos[-_]?arm64"),
    ("os", "windows", r"windows|win(?:32|64)|win[-_]amd64"),
    ("os", "linux", r"linux|ubuntu|debian"),
)
"""Words of a path that mean one kind of machine, each a whole word."""

_GPU = r"g?[hb][123]00|gb[23]00|[av]100|l40s?|a[46]000|rtx[-_]?(?:pro[-_]?)?\d{4}(?:[-_]?ti)?|rtx[-_]?[2-5]0"
"""Words of a path that mean one GPU; a number alone does not."""

_BESIDE: tuple[tuple[str, str], ...] = (("jetson-thor", "thor"), ("dgx-spark", "spark"))
"""Words that mean a machine only beside another one of its kind: Spark is Apache's too, and Thor is many things."""

_PLACES: tuple[tuple[str, str, str], ...] = (
    (
        "vendored",
        r"(?:.*/)?(?:third[-_]?party|3rd[-_]?party|externals?|extern|vendor(?:ed|s)?|submodules?)/.+",
        "{} holds the files of other projects",
    ),
    ("documentation", r"(?:.*/)?(?:docs?|documentation|website)/.+", "{} holds the documentation"),
    (
        "documentation",
        r"(?:.*/)?(?:requirements?[/_-](?:docs?|readthedocs)|(?:docs?|readthedocs)[-_]requirements?)\.(?:txt|in)",
        "{} is for the documentation",
    ),
    (
        "test-data",
        r"(?:.*/)?(?:fixtures?|test[-_]?data|tests?/(?:data|assets|resources|samples)|golden)/.+",
        "{} holds the data of tests",
    ),
    ("asset", r"(?:assets?|static|public|media)/.+", "{} holds assets"),
)
"""Folders whose files are no part of the project's own stack. Assets only at the top: below it they are often the
very files of an example."""


@lru_cache(maxsize=64)
def whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Subject, str, re.Pattern[str]], ...]:
    return tuple((subject, value, whole(words)) for subject, value, words in _WORDS)


@lru_cache(maxsize=4096)
def of_path(path: str, *, among_boards: bool = False) -> Audience:
    """What the words of a path say, from the folder that is judged on down.

    `among_boards`: a name beside the file, or beside one of its folders, names a board (`names_board`), so that a word
    such as "spark" means one too.
    """
    place = of_place(path)
    return (place,) if place is not None else settled(_of_words(path.lower(), among_boards=among_boards))


def names_board(name: str) -> bool:
    """Whether the name of a file or folder holds a word that means a board and nothing else."""
    return any(pattern.search(name.lower()) for subject, _, pattern in _patterns() if subject == "board")


def names_machine(*texts: str, value: str) -> bool:
    """Whether one of the texts holds a word that means an architecture, a system, a board or a GPU, or the value one
    of those or another vendor's accelerator."""
    whose = f"{' '.join(texts)} {value}".lower()
    return whole(_GPU).search(whose) is not None or any(
        pattern.search(value.lower() if subject == "accelerator" else whose) is not None
        for subject, name, pattern in _patterns()
        if name not in ("cuda", "cpu")
    )


def of_place(path: str) -> Claim | None:
    """The folder on the way that takes a file out of the project's own stack; None where there is none."""
    for value, pattern, reason in _PLACES:
        found = re.match(pattern, path.lower())
        if found is not None:
            return Claim("place", value, reason.format(_folder(path, pattern)))
    return None


def _folder(path: str, pattern: str) -> str:
    """The shortest folder of a path of which a pattern speaks; the path itself where it speaks of the file."""
    parts = path.split("/")
    ends = range(1, len(parts))
    folders = ("/".join(parts[:end]) for end in ends)
    return next((folder for folder in folders if re.fullmatch(pattern, f"{folder.lower()}/_")), path)


def _of_words(text: str, *, among_boards: bool) -> Iterator[Claim]:
    for subject, value, pattern in _patterns():
        found = pattern.search(text)
        if found is not None:
            yield Claim(subject, value, _named(value, found[0]))
    gpus = {re.sub(r"[^a-z0-9]", "", word) for word in whole(_GPU).findall(text)}
    yield from (Claim("gpu", gpu, f"its path says {gpu}") for gpu in sorted(gpus))
    for value, word in _BESIDE if among_boards else ():
        if whole(word).search(text):
            yield Claim("board", value, f"its path says {word}")


def words_out(path: str) -> str:
    """A path in lower case without the words that mean a machine: what is left is the same for alternatives."""
    for _, _, pattern in _patterns():
        path = pattern.sub("", path)
    return whole(_GPU).sub("", path)


def _named(value: str, word: str) -> str:
    meant = _MEANT.get(value)
    return f"its path says {word}" + (f" ({meant})" if meant else "")


def settled(claims: Iterable[Claim]) -> Audience:
    """The claims that say one thing: of a subject that is named twice, nothing is said. Linux says nothing against
    another claim; `jetson` is said more closely by its board."""
    kept: list[Claim] = []
    by_subject: dict[str, dict[str, Claim]] = {}
    for claim in claims:
        by_subject.setdefault(claim.subject, {}).setdefault(claim.value, claim)
    for subject, values in by_subject.items():
        if subject == "board" and len(values) > 1 and all(value.startswith("jetson") for value in values):
            values.pop("jetson", None)
        if len(values) == 1:
            kept += values.values()
    return tuple(kept)


# --- requirements ----------------------------------------------------------------------------------------------------

_OF_PROJECTS = {
    "torch-npu": "npu",
    "triton-ascend": "npu",
    "torch-neuronx": "neuron",
    "neuronx-cc": "neuron",
    "libtpu": "tpu",
    "habana-torch-plugin": "hpu",
    "torch-mlu": "mlu",
    "torch-musa": "musa",
    "pytorch-triton-rocm": "rocm",
    "pytorch-triton-xpu": "xpu",
}
"""Projects that serve one accelerator alone."""


def of_projects(names: Iterable[str]) -> Audience:
    """What a project's requirements say, by their normalised names; a reason goes on from the project's name."""
    return settled(
        Claim("accelerator", _OF_PROJECTS[name], f"needs {name} ({_MEANT[_OF_PROJECTS[name]]})")
        for name in names
        if name in _OF_PROJECTS
    )


def merged(*audiences: Audience) -> Audience:
    """Several audiences of one file as one, what is said first before what is said later."""
    kept: dict[Subject, Claim] = {}
    for claim in (claim for audience in audiences for claim in audience):
        kept.setdefault(claim.subject, claim)
    return tuple(kept.values())


# --- the verdict ------------------------------------------------------------------------------------------------------


def fits(audience: Audience, machine: Machine) -> Fit:
    """Whether a file is for a machine: False where one claim is against it, True where one is for it."""
    verdicts = [(_holds(claim, machine), claim) for claim in audience]
    for wanted in (False, True):
        for verdict, claim in verdicts:
            if verdict is wanted:
                return Fit(wanted, claim)
    return Fit(None)


def wants_cpu(audience: Audience) -> Claim | None:
    """The claim that a file is meant for the CPU; None where it makes none."""
    return next((claim for claim in audience if (claim.subject, claim.value) == ("accelerator", "cpu")), None)


def _holds(claim: Claim, machine: Machine) -> bool | None:
    if claim.subject in ("place", "alternative"):
        return False
    if claim.subject == "accelerator":
        if claim.value == "cpu":
            return None  # for every machine, its CPU
        if claim.value == "cuda":
            return machine.nvidia
        return False if machine.nvidia else None
    if claim.subject == "board":
        return _is_board(claim.value, machine)
    if claim.subject == "gpu":
        return any(_is_gpu(claim.value, name) for name in machine.gpus) if machine.gpus else None
    stated = machine.arch if claim.subject == "arch" else machine.os
    if stated is None:
        return None
    if claim.subject == "os" and claim.value == "linux":
        return None if stated == "linux" else False
    return stated == claim.value


def _is_gpu(word: str, name: str) -> bool:
    """Whether a word means the GPU of a name: "rtx5090" and "rtx50" mean "NVIDIA GeForce RTX 5090"."""
    words = re.sub(r"[^a-z0-9 ]", " ", name.lower()).split()
    if word.startswith("rtx"):
        number = re.sub(r"\D", "", word)
        return "rtx" in words and any(one.startswith(number) for one in words)
    return word in words


def _is_board(board: str, machine: Machine) -> bool | None:
    if board == "cloud":
        return None if machine.board is None else False
    if machine.board is not None:
        return machine.board == board or (board == "jetson" and machine.board.startswith("jetson"))
    if board.startswith("jetson") and machine.jetson is not None:
        return machine.jetson and (board == "jetson" or None)
    return None if machine.arch in (None, "aarch64") else False  # an Arm board that nobody named
