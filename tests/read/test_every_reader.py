"""Every reader alike: junk ends in a clear line in bounded time and memory, and the corpus is read without a loss."""

from __future__ import annotations

import os
import re
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackcheck.read import READERS, ReadError, read_project, reader_of
from tests.read.reading import SPARK

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
NAMES = (
    *("pyproject.toml", "Dockerfile", "setup.cfg", "setup.py", "script.py", "pip.toml", "extension.toml"),
    *("package.xml", "x.sh", "devcontainer.json", "x.yml", "uv.lock", "pylock.toml", "poetry.lock"),
    *("Pipfile", "Pipfile.lock", "pixi.toml", "pixi.lock", "requirements.txt"),
)
JUNK: dict[str, Callable[[int], bytes]] = {
    "zeros": bytes,
    "one long line": lambda size: b"a" * size,
    "names": lambda size: b"a\n" * (size // 2),
    "assignments": lambda size: b"a = 1\n" * (size // 6),
    "a list": lambda size: b"- a\n" * (size // 4),
    "brackets": lambda size: b"[" * size,
    "dashes": lambda size: b"-" * size,
    "quotes": lambda size: b"'\"\n" * (size // 3),
    "tables": lambda size: b"[[package]]\n" * (size // 12),
    "tags": lambda size: b"<a>" * (size // 3),
    "commands": lambda size: b"RUN pip install a \\\n" * (size // 20),
    "random": os.urandom,
}


def test_every_reader_is_here() -> None:
    assert {reader_of(name) for name in NAMES} == set(READERS)


@pytest.mark.parametrize("name", [*NAMES, "pip.conf"])
def test_fifty_megabytes_of_junk_end_in_a_clear_line(name: str) -> None:
    data = JUNK["names"](50_000_000)
    start = time.process_time()
    with pytest.raises(ReadError, match=r"larger than 10? MB|too large"):
        read_project([name], SPARK, lambda _: data)
    assert time.process_time() - start < 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", NAMES)
def test_as_much_junk_as_is_read_at_all(name: str, kind: str) -> None:
    reader = reader_of(name)
    assert reader is not None
    data = JUNK[kind](reader.limit - 1)
    child = os.fork()
    if child == 0:
        try:
            read_project([name], SPARK, lambda _: data)
        except ReadError:
            pass
        except BaseException:  # noqa: BLE001 - the parent sees it
            os._exit(1)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        os._exit(2 if memory > 1_500_000 else 0)
    deadline = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if done == (0, 0):
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert done == (child, 0), "a crash (256), too much memory (512) or too much time (0)"


# --- the corpus -------------------------------------------------------------------------------------------------------

PIP = "pip's requirements format"


def _others() -> list[Path]:
    """The files of the corpus that are not in pip's format, which has a test of its own."""
    files = (path for path in CORPUS.rglob("*") if path.is_file() and path.parent != CORPUS) if CORPUS.is_dir() else ()
    return sorted(path for path in files if (reader := reader_of(path.name)) is None or reader.title != PIP)


SURE = re.compile(
    r"(?<![\w./-])(?:torch|torchvision|torchaudio|numpy|transformers|triton|scipy|opencv-python|accelerate|gym|mujoco|jax"
    r"|flash-attn|xformers)(?:\[[^\]]*\])?\s*(?:===?|>=|<=|~=|<|>)\s*[\"']?\d"
)
"""What is a requirement wherever it stands outside a comment."""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
def test_nothing_of_the_corpus_is_dropped_without_a_word() -> None:
    """Every line that surely asks for something is an ask or said to be unread; what each file came to is listed."""
    lost, listing, sure = [], [], 0
    for path in _others():
        name = str(path.relative_to(CORPUS))
        result = read_project([str(path)], SPARK, lambda one: Path(one).read_bytes())
        own = [ask for ask in result.asks if ask.origin.location and ask.origin.location.path == str(path)]
        said = {ask.origin.location.line for ask in own if ask.origin.location}
        said |= {one.location.line for one in result.unread}
        conda = any("come from conda" in one.reason for one in result.unread)
        listing.append(
            f"{name}: {len(own)} asked, {len(result.python)} python, {len(result.stated)} stated, "
            f"{len(result.unread)} unread"
        )
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            # A lock of pixi also holds what its packages say of themselves, and conda's own are named in one sentence.
            if SURE.search(line.partition("#")[0]) and path.name != "pixi.lock":
                sure += 1
                brought = conda and re.fullmatch(r"\s*- [\w-]+=.*", line)
                lost += [f"{name}:{number}: {line.strip()}"] if number not in said and not brought else []
    assert lost == []
    assert sure > 80
    recorded = Path(__file__).parent.parent / "recorded" / "corpus.txt"
    assert "\n".join(listing) + "\n" == recorded.read_text(encoding="utf-8")
