"""Everything that may grow: each family is a way to run one reader, scanner, format or document on n elements."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.judge.diagnose import diagnose
from stackcheck.matrix.records import Record
from stackcheck.model import Finding, Location, Reason, Report
from stackcheck.probe import uv_text
from stackcheck.probe.index import parse_html, parse_json
from stackcheck.read import ReadError, read_project, reader_of
from stackcheck.read.environment import DocumentError, parse_environment
from stackcheck.read.ignores import find_ignores
from stackcheck.report import FORMATS
from stackcheck.scan.image import read_image
from stackcheck.scan.layers import ImageError
from stackcheck.scan.metadata import parse_metadata, parse_record
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.filters import baseline_text
from stackcheck.session.host import this_machine
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.request import Request
from stackcheck.session.settings import settings_of
from tests import images
from tests.growth.texts import TEXTS, each
from tests.read.reading import SPARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.session.knowledge import Knowledge
    from tests.growth.texts import Text


class Family(NamedTuple):
    """`make` gives the input of a number of elements, which does not count; `run` is what is measured. `most` is how
    many elements an input may have, by the reader's limit where it has one. `bounded`: by its nature it grows faster
    than its input, and a budget bounds it."""

    name: str
    make: Callable[[int], object]
    run: Callable[[object], object]
    most: int = 1_000_000
    bounded: bool = False


MORE = {"more.txt": b"b==1\n"}
"""A file beside every text, for those that include one."""


def _read(given: object) -> object:
    name, text = given  # type: ignore[misc]
    files = {**MORE, name: text.encode()}

    def load(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path]

    with suppress(ReadError):
        return read_project([name], SPARK, load)
    return None


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    return open_knowledge(())


def _judged(given: object) -> object:
    name, text = given  # type: ignore[misc]
    loader = Loader()
    loader.read[name] = text.encode()
    with suppress(ReadError):
        return lint((Request(target="dgx-spark"),), [[name]], knowledge(), loader)
    return None


BOUNDED = frozenset(
    (
        "ENV that doubles",
        "ENV that grows",
        "a chain of stages",
        "stages that copy",
        "WORKDIR",
        "commands that get ENV",
        "long values",
        "variables that double",
        "variables that grow",
        "arrays that grow",
        "files that are written and read",
        "folders",
        "versions of one name in poetry.lock",
        "entries of an index",
        "deep paths of a packed layer",
    )
)
"""Families that a limit of their own bounds."""


def _of_text(name: str, text: Text, run: Callable[[object], object], most: int | None = None) -> Family:
    path, made = text
    if most is None:
        reader = reader_of(path)
        limit = 1_000_000 if reader is None else reader.limit
        most = max(16, (limit - len(made(0))) * 100 // (len(made(200)) - len(made(100)) + 100))
    return Family(name, lambda count: (path, made(count)), run, most, name in BOUNDED)


JUDGED: dict[str, Text] = {
    "judged: lines of one name": ("requirements.txt", each("torch>=%d")),
    "judged: pins of one name": ("requirements.txt", each("torch==2.%d")),
    "judged: names": ("requirements.txt", each("a%d==1")),
    "judged: the same line": ("requirements.txt", each("torch==2.9.0")),
    "judged: extras of a name": ("pyproject.toml", each('x%d = ["torch==2.%d"]', "[project.optional-dependencies]\n")),
    "judged: packages of a lock": TEXTS["packages of uv.lock"],
    "judged: RUN": ("Dockerfile", each("RUN pip install torch==2.9.%d", "FROM x\n")),
    "judged: variables of an image": ("Dockerfile", each("ENV A%d=1", "FROM nvidia/cuda:12.4.0-base\n")),
    "judged: jobs": TEXTS["jobs"],
}


def _document(before: str, entry: str, after: str) -> Callable[[int], object]:
    return each(entry, '{"schema": "stackcheck-environment/1", ' + before, after + "}", ",")


def _environment(text: object) -> object:
    with suppress(DocumentError):
        return parse_environment(str(text), "x", "json")
    return None


DOCUMENTS = {
    "an environment's packages": _document('"packages": {', '"a%d": "1"', "}"),
    "an environment's keys twice": _document('"packages": {"a1": "2", ', '"a%d": "1"', "}"),
    "an environment's keys all twice": _document('"packages": {', '"a%d": "1", "a%d": "2"', "}"),
    "an environment's GPUs": _document('"gpus": [', '{"name": "NVIDIA GB10"}', "]"),
    "an environment's mistakes": _document('"packages": {', '"a%d": 1', "}"),
    "an environment's libraries": _document('"code": {', '"a%d": {"cubins": ["9.0"]}', "}"),
}


def _report(count: int) -> Report:
    findings = tuple(
        Finding(
            "requires",
            f"torch/x{number}",
            "error",
            "torch",
            f"Message {number} with *marks* and <signs>.",
            location=Location(f"requirements{number % 50}.txt", number + 1, 1, 5),
            because=(Reason("a", "b"),),
        )
        for number in range(count)
    )
    return Report("x", "1", findings, 0)


def _rendered(name: str) -> Callable[[object], object]:
    from importlib import import_module

    module = import_module(f"stackcheck.report.{name}")
    return lambda report: module.render(report)


def _record(count: int) -> bytes:
    head = {"schema": "stackcheck-record/1", "project": "a", "index": "pypi", "read": "2026-11-28"}
    lines = [json.dumps({**head, "releases": count, "files-from": "0.0.0", "metadata-from": "0.0.0"})]
    lines += [json.dumps({"version": f"1.{n}", "date": "2026-01-01", "sdist": True}) for n in range(count, 0, -1)]
    return ("\n".join(lines) + "\n").encode()


def _log(line: str) -> Callable[[int], object]:
    return lambda count: "\n".join(line.replace("%d", str(number)) for number in range(count))


def _diagnosed(text: object) -> object:
    return diagnose(str(text), SPARK, knowledge().store, path="x", subject="x", version="1")


def _page(count: int) -> object:
    files = [
        {"filename": f"a-1.{n}-cp312-cp312-manylinux_2_28_aarch64.whl", "url": f"a-1.{n}.whl", "hashes": {}}
        for n in range(count)
    ]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "a", "files": files}).encode()


# --- images -----------------------------------------------------------------------------------------------------------


class _Folder:
    """A folder that is removed with the object."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="growth-"))
        weakref.finalize(self, shutil.rmtree, self.path)


def _image(files: Callable[[int], dict[str, bytes]]) -> Callable[[int], object]:
    """An OCI layout on the disk."""

    def made(count: int) -> object:
        folder = _Folder()
        images.folder(folder.path, files(count))
        return folder

    return made


def _archive(data: Callable[[int], bytes]) -> Callable[[int], object]:
    def made(count: int) -> object:
        folder = _Folder()
        (folder.path / "x.tar").write_bytes(data(count))
        return folder

    return made


def _scanned(folder: object) -> object:
    name = folder.path  # type: ignore[attr-defined]
    archive = name / "x.tar"
    with suppress(ImageError, CannotWorkError):
        image = read_image(str(archive if archive.exists() else name), "linux/arm64", lambda _: None)
        return this_machine(view=image.view, environment=image.environment)
    return None


def _root(count: int) -> dict[str, object]:
    return images.python_root({f"a{number}": "1" for number in range(count)})


def _index(count: int) -> dict[str, bytes]:
    """An index of entries that lead to an index of as many."""
    files = images.oci([images.tar({"etc/x": "y"})])
    inner = files["index.json"]
    entry = {"mediaType": "application/vnd.oci.image.index.v1+json"}
    described = images.blob(files, inner, entry["mediaType"])
    many = [{**described, "annotations": {"n": str(number)}} for number in range(count)]
    outer = images.blob(files, json.dumps({"schemaVersion": 2, "manifests": many}).encode(), entry["mediaType"])
    again = [{**outer, "annotations": {"n": str(number)}} for number in range(count)]
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": again}).encode()
    return files


def _deep(count: int) -> bytes:
    """Paths of 120 folders each, which share none."""
    return images.tar({f"d{number}/{'a/' * 119}f": "" for number in range(count)})


def _members(count: int) -> dict[str, bytes]:
    """A docker archive with further members."""
    return {**images.docker([images.tar({"etc/x": "y"})]), **{f"m{number}": b"x" * 100 for number in range(count)}}


IMAGES: dict[str, tuple[Callable[[int], object], int]] = {
    "files of a layer": (_image(lambda n: images.oci([images.tar({f"f{i}": "x" for i in range(n)})])), 100_000),
    "files of a packed layer": (
        _image(lambda n: images.oci([images.tar({f"f{i}": "x" for i in range(n)})], form="gzip")),
        100_000,
    ),
    "deep paths of a packed layer": (_image(lambda n: images.oci([_deep(n)], form="gzip")), 5_000),
    "long names": (_image(lambda n: images.oci([images.tar({f"{i}{'n' * 3000}": "x" for i in range(n)})])), 20_000),
    "long targets of links": (
        _image(lambda n: images.oci([images.tar({f"l{i}": f"->{i}{'n' * 3000}" for i in range(n)})])),
        20_000,
    ),
    "layers": (_image(lambda n: images.oci([images.tar({f"f{i}": "x"}) for i in range(n)])), 1_000),
    "whiteouts": (_image(lambda n: images.oci([images.tar({f".wh.f{i}": "" for i in range(n)})])), 100_000),
    "links": (_image(lambda n: images.oci([images.tar({f"l{i}": f"->l{i + 1}" for i in range(n)})])), 100_000),
    "entries of an index": (_image(_index), 5_000),
    "variables of an image": (
        _image(lambda n: images.oci([images.tar({"etc/x": "y"})], env=tuple(f"A{i}=b" for i in range(n)))),
        100_000,
    ),
    "distributions of an image": (_image(lambda n: images.oci([images.tar(_root(n))])), 10_000),
    "Debian packages of an image": (
        _image(
            lambda n: images.oci(
                [
                    images.tar(
                        {
                            "etc/os-release": "ID=ubuntu\n",
                            "var/lib/dpkg/status": "".join(
                                f"Package: a{i}\nStatus: install ok installed\nVersion: 1\nArchitecture: arm64\n\n"
                                for i in range(n)
                            ),
                        }
                    )
                ]
            )
        ),
        100_000,
    ),
    "members of a docker archive": (
        _archive(
            lambda n: images.tar({**images.docker([images.tar({"etc/x": "y"})]), **{f"m{i}": "x" for i in range(n)}})
        ),
        100_000,
    ),
    "members of a packed archive": (
        _archive(lambda n: images.packed(images.tar(_members(n)), "gzip")),
        100_000,
    ),
}


FAMILIES: tuple[Family, ...] = (
    *(_of_text(name, text, _read) for name, text in TEXTS.items()),
    *(_of_text(name, text, _judged, 20_000) for name, text in JUDGED.items()),
    *(Family(name, make, _environment) for name, make in DOCUMENTS.items()),
    *(Family(f"findings as {name}", _report, _rendered(name), 100_000) for name in FORMATS),
    Family("findings of a baseline", _report, lambda report: baseline_text(report, "/x"), 100_000),  # type: ignore[arg-type]
    Family("releases of a record", _record, lambda data: list(Record("x", data)), 100_000),  # type: ignore[arg-type]
    Family("lines of a log", _log("line %d: nothing is wrong"), _diagnosed),
    Family("known lines of a log", _log("RuntimeError: operator torchvision::nms does not exist %d"), _diagnosed),
    Family("names in a log", _log("Successfully installed a%d-1.0 torch-2.%d"), _diagnosed),
    Family("a long line of a log", lambda count: "error " * count, _diagnosed),
    Family(
        "ignores of the settings",
        each('{id = "torch/x%d", reason = "why"},', "[tool.stackcheck]\nignore = [\n", "]\n"),
        lambda text: settings_of(str(text).encode(), "pyproject.toml"),
        20_000,
    ),
    Family(
        "comments with ignores", each("a  # stackcheck: ignore[x/y%d] z"), lambda text: find_ignores(str(text), "x")
    ),
    Family("files of an index page", _page, lambda data: parse_json(data, "https://h/"), 200_000),  # type: ignore[arg-type]
    Family(
        "links of an index page",
        each('<a href="a-1.%d-py3-none-any.whl#sha256=0">a-1.%d-py3-none-any.whl</a>'),
        lambda text: parse_html(str(text), "https://h/"),
        200_000,
    ),
    Family(
        "requirements of metadata",
        each("Requires-Dist: a%d>=1; extra == 'x%d'", "Metadata-Version: 2.1\nName: a\n"),
        lambda text: parse_metadata(str(text)),
        200_000,
    ),
    Family("a long word of uv's", lambda count: "a" * count, lambda text: uv_text.parse_refusal(str(text))),
    Family(
        "words of uv's refusal",
        each("Because a%d==1 depends on b%d>=2 and b%d has no wheels with a matching tag, ", between=""),
        lambda text: uv_text.parse_refusal(str(text)),
        1_000,
    ),
    Family("lines of a RECORD", each("a/f%d.py,sha256=x,1"), lambda text: parse_record(str(text))),
    *(Family(name, make, _scanned, most, name in BOUNDED) for name, (make, most) in IMAGES.items()),
)
"""Every family, in the order in which they are measured."""
