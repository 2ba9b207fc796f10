"""torch itself, asked in a child process of the judged interpreter (`--deep`): importing it runs the user's code."""

from __future__ import annotations

import json
import re

from stackcheck.model import Unknown
from stackcheck.probe.run import run
from stackcheck.values import dataclass

LIMIT_S = 90.0
"""Importing torch for the first time after a start takes half a minute on a slow disk."""

# Runs in the judged interpreter. What lies in the current folder is not to be imported in torch's place.
_SCRIPT = """\
import json, sys, warnings
sys.path[:] = [place for place in sys.path if place]
out = {'stackcheck-torch': 1}
try:
    import torch
except BaseException as error:
    out['missing'] = getattr(error, 'name', None) == 'torch' and isinstance(error, ImportError)
    out['failed'] = '%s: %s' % (type(error).__name__, error)
else:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        try:
            out['version'] = str(torch.__version__)
            out['cuda'] = torch.version.cuda
            out['arches'] = list(torch.cuda.get_arch_list())
            out['available'] = bool(torch.cuda.is_available())
            count = torch.cuda.device_count() if out['available'] else 0
            out['devices'] = [
                [torch.cuda.get_device_name(n), '%d.%d' % torch.cuda.get_device_capability(n)] for n in range(count)
            ]
        except Exception as error:
            out['problem'] = '%s: %s' % (type(error).__name__, error)
    if 'problem' not in out and said:
        out['problem'] = str(said[-1].message)
sys.stdout.write('\\n' + json.dumps(out) + '\\n')
"""

_ARCH = re.compile(r"(sm|compute)_(\d+)(\d)([af]?)")
_CAPABILITY = re.compile(r"\d{1,2}\.\d")


@dataclass(frozen=True, slots=True)
class Torch:
    """What torch says of itself. `missing`: there is none. `failed`: importing it did, with this message.

    `cubins` and `ptx` are its architecture list, `devices` name and capability of each GPU that it can use; `problem`
    is what it complained of while asked.
    """

    version: str | None = None
    cuda: str | None = None
    cubins: tuple[str, ...] = ()
    ptx: tuple[str, ...] = ()
    available: bool = False
    devices: tuple[tuple[str, str], ...] = ()
    problem: str | None = None
    failed: str | None = None
    missing: bool = False


def ask(executable: str, limit_s: float = LIMIT_S) -> Torch | Unknown:
    """Ask torch in this interpreter; `Unknown` where no answer came, a `Torch` that failed where it crashed."""
    answer = run((executable, "-B", "-c", _SCRIPT), limit_s)
    if isinstance(answer, Unknown):
        return Unknown(f"torch was asked, but {answer.reason}")
    found = parse_answer(answer.text)
    if found is not None:
        return found
    if answer.status < 0:
        return Torch(failed=f"the interpreter was ended by signal {-answer.status}")
    lines = answer.errors.strip().splitlines() or [f"status {answer.status}"]
    return Unknown(f"torch was asked, but gave no answer: {_line(lines[-1])}")


def parse_answer(text: str) -> Torch | None:
    """The answer of the script, whatever was printed around it; None where there is none."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                answer = json.loads(line)
                return _torch(answer) if answer["stackcheck-torch"] == 1 else None
            except (ValueError, RecursionError, KeyError, TypeError):
                return None
    return None


def _torch(answer: dict[str, object]) -> Torch:
    if "failed" in answer:
        return Torch(failed=_line(str(answer["failed"])), missing=answer.get("missing") is True)
    arches, devices = answer.get("arches"), answer.get("devices")
    codes = [match for arch in (arches if isinstance(arches, list) else ()) if (match := _ARCH.fullmatch(str(arch)))]
    pairs = [pair for pair in (devices if isinstance(devices, list) else ()) if isinstance(pair, list)]
    problem = answer.get("problem")
    return Torch(
        version=str(answer["version"]) if "version" in answer else None,
        cuda=str(answer["cuda"]) if answer.get("cuda") is not None else None,
        cubins=tuple(f"{one[2]}.{one[3]}{one[4]}" for one in codes if one[1] == "sm"),
        ptx=tuple(f"{one[2]}.{one[3]}{one[4]}" for one in codes if one[1] == "compute"),
        available=answer.get("available") is True,
        devices=tuple((str(name), str(code)) for name, code in pairs if _CAPABILITY.fullmatch(str(code))),
        problem=_line(str(problem)) if problem is not None else None,
    )


def _line(text: str) -> str:
    """The first line of a message, without control characters, short enough for a sentence."""
    first = text.strip().partition("\n")[0]
    return "".join(char for char in first if char.isprintable())[:300]
