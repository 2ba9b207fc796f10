"""What is fuzzed: every reader, and every other thing that takes in bytes of somebody else's, each with its seeds."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

import tomli

from stackcheck.judge.baseline import BaselineError
from stackcheck.judge.baseline import read as read_baseline
from stackcheck.judge.diagnose import diagnose
from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.load import read_file
from stackcheck.matrix.records import Record
from stackcheck.probe import index, uv_text
from stackcheck.read import ReadError, read_project
from stackcheck.read.environment import DocumentError, parse_environment
from stackcheck.read.ignores import find_ignores
from stackcheck.read.want import parse_fact, parse_feature, parse_want
from stackcheck.scan import dpkg, library, os_release
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.image import read_image
from stackcheck.scan.inspection import of_file
from stackcheck.scan.layers import ImageError
from stackcheck.scan.metadata import parse_metadata, parse_record, parse_tags
from stackcheck.scan.view import HostView, UnreadableError
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.host import this_machine
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.plan import Wishes, plan_by
from stackcheck.session.plan_files import edited
from stackcheck.session.request import Request
from stackcheck.session.settings import settings_of
from tests import images
from tests.fatbins import container, elf_with, entry
from tests.read.reading import SPARK
from tests.read.seeds import SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.plan.values import Plan
    from stackcheck.session.knowledge import Knowledge

MATRICES = Path(__file__).resolve().parents[2] / "matrices"
EXPECTED = (
    *(ReadError, DocumentError, MatrixError, BaselineError, ImageError, DamagedError, UnreadableError),
    CannotWorkError,
)
"""Errors that a door turns into one clear line."""


class Target(NamedTuple):
    """`once` takes one input; all that it may raise is `EXPECTED`."""

    once: Callable[[bytes], object]
    seeds: tuple[bytes, ...] = ()


@lru_cache(maxsize=1)
def _knowledge() -> Knowledge:
    return open_knowledge(())


def _project(name: str, data: bytes) -> None:
    def load(path: str) -> bytes:
        if path != name:
            raise FileNotFoundError(2, "No such file or directory", path)
        return data

    read_project([name], SPARK, load)


def _judged(name: str, data: bytes) -> None:
    loader = Loader()
    loader.read[name] = data
    lint((Request(target="dgx-spark"),), [[name]], _knowledge(), loader)


WISHES = 4
"""Lines of an input that are wishes: a plan for more takes longer than a run may."""


def _planned(wishes: Wishes) -> Plan:
    return plan_by(_knowledge(), Request(target="dgx-spark"), wishes, lambda _: None)


def _wishes(data: bytes) -> None:
    _refusing(lambda text: _planned(Wishes(required=tuple(text.splitlines()[:WISHES]))), data)


def _upgrade(data: bytes) -> None:
    loader = Loader()
    loader.read["requirements.txt"] = data
    _planned(Wishes(upgrade=("requirements.txt",), loader=loader))


@lru_cache(maxsize=1)
def _torch() -> Plan:
    return _planned(Wishes(required=("torch==2.9.0", "torchvision")))


def _edited(data: bytes) -> None:
    """A pyproject.toml that a plan is written into stays one."""
    tomli.loads(edited(data, "pyproject.toml", _torch()))


def _text(call: Callable[[str], object], data: bytes) -> None:
    call(data.decode("utf-8", "replace"))


def _refusing(call: Callable[[str], object], data: bytes) -> None:
    """A text that an option takes: what it refuses is a `ValueError` of its own kind."""
    with suppress(ValueError):
        call(data.decode("utf-8", "replace"))


def _options(data: bytes) -> None:
    for one in (parse_want, parse_feature, parse_fact):
        _refusing(one, data)


def _log(text: str) -> None:
    diagnose(text, SPARK, _knowledge().store, path="x", subject="x", version="1")


def _record(data: bytes) -> None:
    record = Record("x", data)
    list(record)
    for name in record.versions[:50]:
        record.release(name)


_FOLDER = Path(mkdtemp(prefix="fuzz-"))


def _image(data: bytes) -> None:
    path = _FOLDER / "image.tar"
    path.write_bytes(data)
    image = read_image(str(path), None, lambda _: None)
    this_machine(view=image.view, environment=image.environment)


def _manifest(data: bytes) -> None:
    """A layout whose index and manifest are the input, one after the other."""
    folder = _FOLDER / "layout"
    first, _, second = data.partition(b"\n")
    files = images.oci([images.tar({"etc/x": "y"})])
    described = images.blob(files, second, "application/vnd.oci.image.manifest.v1+json")
    with suppress(ValueError, AttributeError):
        given = json.loads(first)
        described |= given if isinstance(given, dict) else {}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [described]}).encode()
    images.folder(folder, files)
    read_image(str(folder), None, lambda _: None)


def _library(data: bytes) -> None:
    library.read(io.BytesIO(data), len(data))


def _wheel(data: bytes) -> None:
    path = _FOLDER / "a-1-py3-none-any.whl"
    path.write_bytes(data)
    of_file(HostView("/"), str(path), {})


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


_DOCKERFILE = b"FROM nvcr.io/nvidia/pytorch:25.09-py3\nRUN pip install torch\n"
_LOG = b"RuntimeError: operator torchvision::nms does not exist\nCUDA error: no kernel image\n"
_ELF = elf_with(container(entry(sm=90), entry(kind=1, sm=120)))
_ROOT = images.tar(images.python_root({"torch": "2.9.0"}))
_PAGE = b'{"meta": {"api-version": "1.1"}, "files": [{"filename": "a-1-py3-none-any.whl", "url": "a", "yanked": ""}]}'
_DOCUMENT = b"""{"schema": "stackcheck-environment/1", "facts": {"arch": "aarch64", "python": "3.12.3"}, "packages":
{"torch": "2.9.0"}, "gpus": [{"name": "NVIDIA GB10", "capability": "12.1"}], "variables": {"A": "b"}, "absent": ["x"],
"products": {"isaac-sim": "5.1"}, "complete": ["packages"], "code": {"torch": {"cubins": ["9.0"], "ptx": ["12.0"]}}}"""
_SETTINGS = b"""[tool.stackcheck]
targets = ["dgx-spark"]
want = ["isaac-lab"]
ignore = [{ id = "torch/x", reason = "y", until = 2027-01-01 }]
"""
_PYPROJECT = b"""[project]
name = "a"
version = "1"
dependencies = ["torch>=2", 'torchvision; python_version >= "3.10"']
[tool.uv.sources]
torch = { index = "here" }
[[tool.uv.index]]
name = "here"
url = "https://pypi.example/simple"
"""
_BASELINE = b'{"schema": "stackcheck-baseline/1", "findings": [{"id": "a/b", "subject": "x", "path": "r", "count": 1}]}'


def _seeds(folder: str, pattern: str, count: int = 3) -> tuple[bytes, ...]:
    paths = sorted((MATRICES / folder).glob(pattern), key=lambda path: path.stat().st_size)
    return tuple(path.read_bytes() for path in paths[:count])


TARGETS: dict[str, Target] = {
    **{name: Target(partial(_project, name), (texts[0].encode(),)) for name, texts in SEEDS.items()},
    "judged: requirements.txt": Target(
        partial(_judged, "requirements.txt"), (b"torch==2.9.0\nisaacsim>=5\nnumpy<2\n",)
    ),
    "judged: Dockerfile": Target(
        partial(_judged, "Dockerfile"), (b"FROM nvcr.io/nvidia/pytorch:25.09-py3\nRUN pip install torch\n",)
    ),
    "environment.json": Target(partial(_text, lambda text: parse_environment(text, "x", "json")), (_DOCUMENT,)),
    "environment.toml": Target(
        partial(_text, lambda text: parse_environment(text, "x", "toml")), _seeds("targets", "*.toml")
    ),
    "rows": Target(partial(_text, lambda text: read_file(text, "x.toml", {})), _seeds("products", "*.toml")),
    "record": Target(_record, _seeds("records/pypi", "*.jsonl")),
    "wants": Target(
        lambda data: [_refusing(one, data) for one in (parse_want, parse_feature, parse_fact)], (b"isaac-lab==2.3.*",)
    ),
    "plan of wishes": Target(_wishes, (b"torch==2.9.0\ntorchvision\n", b"isaac-lab==2.3.*\n", b"vllm[audio]>=0.30\n")),
    "plan of a file": Target(_upgrade, (b"torch==2.9.0\nnumpy<2; python_version >= '3.10'\n",)),
    "plan in a pyproject.toml": Target(_edited, (_PYPROJECT,)),
    "log": Target(
        partial(_text, _log),
        (b"RuntimeError: operator torchvision::nms does not exist\nCUDA error: no kernel image\n",),
    ),
    "baseline": Target(partial(_text, read_baseline), (_BASELINE,)),
    "settings": Target(lambda data: settings_of(data, "pyproject.toml"), (_SETTINGS,)),
    "ignores": Target(
        partial(_text, lambda text: find_ignores(text, "x")), (b"a # stackcheck: ignore[torch/x] why\n",)
    ),
    "library": Target(_library, (_ELF,)),
    "wheel": Target(
        _wheel, (_zip({"a-1.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n", "a/b.so": _ELF}),)
    ),
    "metadata": Target(
        partial(_text, lambda text: (parse_metadata(text), parse_record(text), parse_tags(text))),
        (b"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b>=1; extra == 'x'\nProvides-Extra: x\n\n",),
    ),
    "image": Target(_image, (_ROOT, images.packed(_ROOT, "gzip"), images.tar(images.docker([_ROOT])))),
    "manifests": Target(
        _manifest, (b'{"platform": {"os": "linux"}}\n{"schemaVersion": 2, "config": {}, "layers": []}',)
    ),
    "dpkg": Target(dpkg.parse, (b"Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: arm64\n\n",)),
    "os-release": Target(partial(_text, os_release.parse), (b'ID=ubuntu\nVERSION_ID="24.04"\n',)),
    "page.json": Target(lambda data: index.parse_json(data, "https://h/"), (_PAGE,)),
    "page.html": Target(
        partial(_text, lambda text: index.parse_html(text, "https://h/")),
        (b'<a href="a-1.whl#sha256=0" data-requires-python="&gt;=3">a-1-py3-none-any.whl</a>',),
    ),
    "uv's words": Target(
        partial(_text, lambda text: (uv_text.parse_pins(text), uv_text.parse_refusal(text), uv_text.parse_log([text]))),
        (b"  x No solution found:\n  Because torch==2.9.0 has no wheels\na==1\n",),
    ),
}


def once(name: str, data: bytes) -> None:
    """One input to one target; whatever else it raises is a crash."""
    with suppress(*EXPECTED):
        TARGETS[name].once(data)
