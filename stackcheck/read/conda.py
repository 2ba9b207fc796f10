"""conda's environment.yml: the Python that it makes, its pip list, and the names of what conda brings itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Ask, Indexes, Known, Location, Origin, Stated, Unread
from stackcheck.read import yaml
from stackcheck.read.files import Files, ReadResult, in_order, merge
from stackcheck.read.indexes import from_variables
from stackcheck.read.lines import without_comment
from stackcheck.read.markers import marker_environment
from stackcheck.read.pep508 import python_ask
from stackcheck.read.quote import shown
from stackcheck.read.requirements import PipRun
from stackcheck.read.tables import plain_specifier
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack
    from stackcheck.read.yaml import Node

NAMED = 5
"""Packages that one sentence names at most."""

_TORCH = {"pytorch": "torch", "pytorch-gpu": "torch", "torchvision": "torchvision", "torchaudio": "torchaudio"}
"""conda's names of what goes by release whoever builds it: which releases go together, and with which Python."""
_CONDA = Indexes(("conda",), "first")

_MATCH = re.compile(r"(?:\S+::)?([A-Za-z0-9_.-]+)\s*(.*)")
_SPEC = re.compile(
    r"(?:(?P<channel>\S+)::)?(?P<name>[A-Za-z0-9_.-]+)(?:\s*==?\s*|\s+)?(?P<rest>[^\[]*)(?:\[(?P<keys>[^\]]*)\])?"
)
_KEY = re.compile(r"(version|build|channel)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^,\s]*))")
"""What may stand in brackets behind a name: `blas[build=mkl]`."""
_HOSTS = re.compile(r"^https?://(?:conda\.anaconda\.org|repo\.anaconda\.com)/")
_PIN = re.compile(r"\d+(?:\.\d+)+")


def read_conda(path: str, root: Node, text: str, target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """An environment file (conda: "Managing environments", "Creating an environment file manually")."""
    conda: list[str] = []
    torch: list[ReadResult] = []
    own = ReadResult()
    pip: list[Node] = []
    searched = channels_of(yaml.elements(yaml.child(root, "channels")))
    stated: list[Stated] = list(_platforms(root, path))
    listed = yaml.child(root, "dependencies")
    odd = [listed] if listed is not None and listed.id != "sequence" else []
    for node in listed.value if listed is not None and listed.id == "sequence" else ():
        if node.id != "scalar":
            lists = [value for key, value in yaml.items(node) if key == "pip"]
            pip += [one for value in lists for one in yaml.elements(value)]
            odd += [] if lists else [node]
            continue
        found = _MATCH.fullmatch(node.value.strip())
        name, version = (found[1].lower(), found[2]) if found else (node.value, "")
        version = _keys(version).get("version", "") if version.startswith("[") else version
        if name == "python":
            own = python_of(version, yaml.place(node, path))
        elif name in _TORCH:
            torch.append(torch_of(_TORCH[name], version, yaml.place(node, path)))
        if name not in ("python", "pip"):
            conda.append(name)
        stated += conda_states(node.value, searched, yaml.place(node, path))
    # The environment has a Python of its own: markers are about that one.
    inside = target.with_facts({one.name: one.state for one in own.stated})
    run = PipRun(Files(load), {}, from_variables(inside))
    run.files.read[path] = None
    odd += [node for node in pip if node.id != "scalar"]
    for node in (node for node in pip if node.id == "scalar"):
        line = yaml.lines(node, text)
        content = without_comment(line.text)
        if content.strip():
            start = len(content) - len(content.lstrip())
            run.statement(line, content.strip(), start, constraint=False, within=(path,))
    read = merge((own, *torch))
    asks = (*read.asks, *run.asks({**marker_environment(inside), "extra": ""}))
    notes = (*read.unread, *(_not_read(node, path) for node in odd), *brought_by_conda(conda, Location(path)))
    unread = in_order((*run.unread, *notes), run.files.read)
    made = bool(own.python or own.stated)
    return ReadResult(asks, unread, tuple(run.files.read), own.python, (*own.stated, *stated), own_python=made)


def channels_of(nodes: Iterable[Node]) -> str:
    """The channels of an environment file as `Stack.conda` has them; "" where it names none.

    Which ones are searched then says the installation: Anaconda's asks `defaults`, Miniforge's asks conda-forge.
    """
    names = [_HOSTS.sub("", node.value.strip()).rstrip("/") for node in nodes if node.id == "scalar"]
    return ",".join(name for name in names if name and "," not in name and name != "nodefaults")


def conda_states(text: str, channels: str, place: Location) -> tuple[Stated, ...]:
    """One package that conda is asked for (conda's match specification: `channel::name=version=build`, or with
    `[version=…, build=…]` behind the name, which counts before what stands outside)."""
    found = _SPEC.fullmatch(text.strip())
    if found is None or found["name"].lower() in ("python", "pip"):
        return ()
    rest = found["rest"].strip()
    # An ordering (`>=6`) takes no build; a version alone may have one behind it.
    version, _, build = (rest, "", "") if rest[:1] in "<>!~" else rest.replace(" ", "=").strip("=").partition("=")
    keys = _keys(found["keys"] or "")
    version, build = keys.get("version") or version, keys.get("build") or build
    value = f"{keys.get('channel') or found['channel'] or channels}::{version.strip() or '*'}="
    value += build.strip("=").strip() or "*"
    origin = Origin(f"{text.strip()} is asked of conda", str(place), place)
    return (Stated("conda", found["name"].lower(), Known(value, origin)),)


def _keys(text: str) -> dict[str, str]:
    """What stands in a match specification's brackets."""
    return {key: "".join(values) for key, *values in _KEY.findall(text.strip("[]"))}


def _platforms(root: Node, path: str) -> Iterable[Stated]:
    """The platforms that a file says it is for: `platforms:`, which conda-lock and prefix read."""
    listed = yaml.child(root, "platforms")
    return platforms_stated([node.value for node in yaml.elements(listed) if node.id == "scalar"], listed, path)


def platforms_stated(names: list[str], node: Node, path: str) -> Iterable[Stated]:
    """Platforms as `Stack.conda` has them; none where none are named."""
    if not names:
        return ()
    place = yaml.place(node, path)
    origin = Origin(f"{path} is for {few(names, NAMED)}", str(place), place)
    return (Stated("conda", f"platforms:{path}", Known(" ".join(names), origin)),)


def _not_read(node: Node, path: str) -> Unread:
    said = shown(node.value) if node.id == "scalar" else f"This {node.id}"
    return Unread(f"{said} is not what stands there in an environment file, and was not read.", yaml.place(node, path))


def python_of(version: str, place: Location) -> ReadResult:
    """What conda's `python=3.11` or `python >=3.10,<3.13` says: a release or series is a fact, a range is an ask."""
    text = version.strip().split(" ")[0] if version.strip().startswith("=") else version.strip()
    pin = text.lstrip("=").split("=")[0].removesuffix(".*").rstrip("*")
    if _PIN.fullmatch(pin) and not re.match(r"[<>!~]", text):
        known = Known(pin, Origin(f"python {pin} is installed", str(place), place))
        return ReadResult(stated=(Stated("facts", "python", known),))
    specifier = plain_specifier(text or "*")
    ask = python_ask(specifier, f"python {text}", place)
    if ask is None:
        return ReadResult(unread=(Unread(f"Which Python {shown(text)} means was not read.", place),))
    return ReadResult(python=(ask,) if specifier else ())


def torch_of(name: str, version: str, place: Location) -> ReadResult:
    """conda's `pytorch=2.1` as an ask for the project, from builders of whose builds nothing is known."""
    text = version.strip()
    pin = text.lstrip("=").split("=")[0].split(" ")[0]
    exact = text.startswith("==") or pin.count(".") > 1
    specifier = f"=={pin}" if exact else f"=={pin.removesuffix('.*')}.*" if pin else ""
    found = plain_specifier((text if re.match(r"[<>!~]", text) else specifier) or "*")
    if found is None:
        return ReadResult(unread=(Unread(f"Which {name} {shown(text)} means was not read.", place),))
    origin = Origin(f"{name} {text}".strip(), str(place), place)
    return ReadResult((Ask(name, found, origin, indexes=_CONDA, transitive=_CONDA),))


def brought_by_conda(names: Iterable[str], place: Location) -> tuple[Unread, ...]:
    """Says once of all packages of conda's own that they are not judged."""
    every = sorted(dict.fromkeys(names), key=lambda name: (name not in _TORCH, name))
    if not every:
        return ()
    said = few([shown(name) for name in every], NAMED)
    return (
        Unread(f"{said} come{'s' if len(every) == 1 else ''} from conda, whose builds are not judged.", place, "note"),
    )
