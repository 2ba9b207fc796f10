"""The time limit of a page holds for its headers too."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from stackcheck.probe.opener import opener

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends `head`, and then `drop` again and again; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                place, _ = server.accept()
                with place:
                    place.recv(1 << 16)
                    place.sendall(head)
                    while True:
                        place.sendall(drop)
                        time.sleep(0.02)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_an_answer_that_drips_ends_in_time(head: bytes, drop: bytes) -> None:
    start = time.monotonic()
    with dripping(head, drop) as url, pytest.raises(Exception, match=r"timed out|header"):
        opener(None, None).open(url, timeout=0.3).read()
    assert time.monotonic() - start < 5


def test_an_answer_is_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    with dripping(answer, b"") as url, opener(None, None).open(url, timeout=5) as response:
        assert (response.status, response.read()) == (200, b"abc")
