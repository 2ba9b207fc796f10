"""Running a command that may hang, flood or never have been there: the one place where a process is started."""

# ruff: noqa: PTH112 - pathlib takes longer to load than all this to run

from __future__ import annotations

import contextlib
import os
import time
from typing import IO, TYPE_CHECKING, cast

from stackcheck.model import Unknown
from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

LIMIT_S = 5.0
"""Seconds that a command has to answer, unless the caller says otherwise."""

LIMIT_BYTES = 1 << 20
"""Bytes that a command may print, both streams together."""

_GRACE_S = 0.5
"""Seconds to wait for a killed process. One that hangs in the kernel (a broken driver) does not even die."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed, and its exit status (negative: the signal that ended it)."""

    text: str
    errors: str
    status: int


def run(argv: Sequence[str], limit_s: float = LIMIT_S, variables: Mapping[str, str] | None = None) -> Output | Unknown:
    """Run a program without a shell, with nothing to read and C messages; `variables` are added to its environment.

    Returns `Unknown` with a phrase where it cannot be started, does not end in time or prints too much; its whole
    process group is then killed. Never raises for what the program does.
    """
    import subprocess  # 15 ms that a machine without a GPU need not pay

    name = redact(argv[0]).rpartition("/")[2]
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; what is run is fixed, or named by the user
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", **(variables or {})},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Unknown(f"{name} cannot be started: {getattr(error, 'strerror', None) or error}")
    try:
        return _collect(process, name, limit_s)
    finally:
        _end(process)


def find_program(name: str, path: str | None = None) -> str | None:
    """The absolute path of a program on PATH, or None. Relative folders on it are not searched: they are anybody's."""
    for folder in (os.environ.get("PATH", "") if path is None else path).split(os.pathsep):
        if folder.startswith("/"):
            candidate = f"{folder.rstrip('/')}/{name}"
            if os.access(candidate, os.X_OK) and not os.path.isdir(candidate):
                return candidate
    return None


def _collect(process: subprocess.Popen[bytes], name: str, limit_s: float) -> Output | Unknown:
    import selectors

    deadline = time.monotonic() + limit_s
    late = Unknown(f"{name} did not answer in {limit_s:g} s")
    parts: dict[str, list[bytes]] = {"text": [], "errors": []}
    left = LIMIT_BYTES
    with selectors.DefaultSelector() as waiting:
        for stream, part in ((process.stdout, "text"), (process.stderr, "errors")):
            waiting.register(cast("IO[bytes]", stream), selectors.EVENT_READ, part)
        while waiting.get_map():
            ready = waiting.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                return late
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if not data:
                    waiting.unregister(key.fileobj)
                parts[key.data].append(data)
                left -= len(data)
            if left < 0:
                return Unknown(f"{name} printed more than {LIMIT_BYTES >> 20} MiB")
    if not _has_ended(process, deadline):
        return late
    _kill(process)  # what it has left behind; its own number is still taken
    return Output(_decode(parts["text"]), _decode(parts["errors"]), process.wait())


def _decode(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", "replace")


def _has_ended(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Whether a process ends in time. It stays on the kernel's list, so that nothing else gets its number."""
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills what is left of a process group."""
    import signal

    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    import subprocess

    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process group, and take the process off the kernel's list where it dies at all."""
    if process.returncode is None:
        _kill(process)
        _wait(process, _GRACE_S)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
