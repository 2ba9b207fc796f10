"""The first error of a log: the shapes in which programs write one, what only follows from one, and its package."""

from __future__ import annotations

import time

import pytest

from stackcheck.judge.first_error import first_error

BEFORE = (
    "Collecting errors==1.0\nchecking for sys/errno.h... no such file\n0 errors, 2 warnings\ncopying src/error.py\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "ImportError: cannot import name 'x'",
        "safetensors_rust.SafetensorError: Error while deserializing header",
        "src/a.cpp:12:10: fatal error: orc/OrcFile.hh: No such file or directory",
        "src/a.cu(12): error: identifier is undefined",
        "ERROR: No matching distribution found for x",
        "error: Failed to parse `uv.lock`",
        "error[E0425]: cannot find value `x` in this scope",
        "E: Unable to locate package x",
        "docker: Error response from daemon: pull access denied",
        "CMake Error at CMakeLists.txt:3 (find_package):",
        "##[error]Unable to resolve action",
        "bash: nvcc: command not found",
        "Segmentation fault (core dumped)",
        "x: Assertion `a != b' failed.",
        "terminate called after throwing an instance of 'std::runtime_error'",
        "Killed",
    ],
)
@pytest.mark.parametrize(
    "prefix",
    ["", "2026-11-28T13:00:00.1234567Z ", "#12 1.234 ", "2026-11-28T13:00:00.1234567Z #12 1.234 ", "web-1 | ", "  | "],
)
def test_programs_write_errors_in_few_shapes(line: str, prefix: str) -> None:
    text = f"{BEFORE}{prefix}{line}\nerror: later\n"
    found = first_error(text, text)
    assert found is not None
    assert (found.line, found.text) == (5, line)


def test_what_only_says_that_a_step_ended_is_no_cause() -> None:
    text = "error: subprocess-exited-with-error\nERROR: Failed building wheel for x\nx.c:1:1: error: unknown type\n"
    found = first_error(text, text)
    assert found is not None
    assert found.line == 3
    ended = text.partition("x.c")[0]
    found = first_error(ended, ended)
    assert found is not None
    assert found.line == 1
    assert first_error(BEFORE, BEFORE) is None
    assert first_error("", "") is None


def test_the_package_is_that_of_the_last_frame() -> None:
    text = """Traceback (most recent call last):
  File "/home/me/run.py", line 3, in <module>
  File "/home/me/venv/lib/python3.12/site-packages/outer/__init__.py", line 1, in <module>
  File "/home/me/venv/lib/python3.12/site-packages/inner_part/a.py", line 1, in <module>
RuntimeError:
        It went wrong.
"""
    found = first_error(text, text)
    assert found is not None
    assert (found.line, found.text, found.package) == (5, "RuntimeError: It went wrong.", "inner_part")


def test_lines_are_those_of_the_log_as_it_was_written() -> None:
    text = "10%\r50%\r100%\nerror: it\n"
    found = first_error(text.replace("\r", "\n"), text)
    assert found is not None
    assert found.line == 2


def test_time_is_linear_in_the_log() -> None:
    line = "2026-11-28T13:00:00Z #12 1.2 copying a.b.c: error_handler x.Error y: " + ": a" * 60 + "\n"

    def seconds(size: int) -> float:
        text = line * size
        started = time.perf_counter()
        assert first_error(text, text) is None
        return time.perf_counter() - started

    once, eight_times = (min(seconds(size) for _ in range(3)) for size in (1000, 8000))
    assert eight_times < 8 * once * 3
