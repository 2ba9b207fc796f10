"""A package index on this machine for tests: pages from a table, every request counted, nothing outside asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Served:
    """The pages by path (media type, bytes, and the status where it is not 200), and what was asked for."""

    pages: dict[str, tuple[str, bytes] | int] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(pages: dict[str, tuple[str, bytes] | int]) -> Iterator[Served]:
    """Serves the pages on 127.0.0.1 for as long as the context lasts."""
    served = Served(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append((self.path, dict(self.headers)))
            page = served.pages.get(self.path, 404)
            if isinstance(page, int):
                self.send_response(page)
                if page == 302:
                    self.send_header("Location", "file:///etc/hostname")
                self.end_headers()
                return
            self.page(*page)

        def page(self, kind: str, data: bytes) -> None:
            if self.headers.get("If-None-Match") == '"one"':
                self.send_response(304)
                self.end_headers()
                return
            ranged = self.headers.get("Range", "")
            if ranged:
                start, _, end = ranged.removeprefix("bytes=").partition("-")
                first = max(0, len(data) - int(end)) if not start else int(start)
                part = data[first:] if not start else data[first : int(end) + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
                data = part
            else:
                self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("ETag", '"one"')
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
