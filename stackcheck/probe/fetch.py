"""Pages from the network, within stated bounds: `urllib` alone, in threads, each page at most once a run.

Nothing here raises for what a server does: what cannot be had is `Absent` (the server says that it is not there) or
`Unknown` with a phrase. Credentials of a URL go into a header for its own host, never into a text.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.request
import zlib
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from stackcheck.disk import read_plain, write_whole
from stackcheck.model import Absent, Origin, Unknown
from stackcheck.probe.opener import opener
from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

REQUEST_S = 10.0
"""Seconds that one page may take, from the first byte sent to the last one read."""

RUN_S = 120.0
"""Seconds that all pages of one run may take together."""

LIMIT_BYTES = 32 << 20
"""Bytes of one page, unpacked."""

AT_ONCE = 8
"""Requests that are under way at the same time."""

_FRESH_S = 600.0
"""How long a kept page is taken without asking whether it has changed: what package indexes themselves allow."""

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)

_BUSY = (429, 502, 503, 504)

PRIVATE = "private"
"""The folder below the cache's with the pages that a password gave."""

_PATIENCE = 2
"""Failed connections after which a host is not asked again in this run."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a server gave: the bytes, their media type, and the address they came from after all redirections."""

    data: bytes
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a file, and how many the whole file has."""

    data: bytes
    total: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may cost: seconds, and bytes received; and the pauses after which it tries again what failed."""

    run_s: float
    run_bytes: int | None = None
    pauses_s: tuple[float, ...] = ()


class Fetcher:
    """The pages of one run. `cache` is a folder that the user named; nothing is written anywhere else."""

    def __init__(
        self,
        cert: str | None = None,
        proxy: str | None = None,
        cache: Path | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Raises `OSError` for certificates that cannot be read (`ssl.SSLError` is one too)."""
        self._opener = opener(cert, proxy)
        self._cache = cache
        self._bounds = bounds or Bounds(RUN_S)
        self._ends = time.monotonic() + self._bounds.run_s
        self._failures: dict[str, list[str]] = {}
        self._counting = threading.Lock()
        self.requests = 0
        self.received = 0
        """Bytes of bodies, as they came."""

    def page(self, url: str, accept: str = "*/*", *, unchanging: bool = False) -> Page | Absent | Unknown:
        """One page. `unchanging`: what lies at this address never changes, so a kept copy needs no question."""
        host = _host(url)
        kept = self._kept(url)
        if kept is not None and (unchanging or kept.age < _FRESH_S):
            return kept.page
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        if kept is not None and kept.etag is not None:
            headers["If-None-Match"] = kept.etag
        answer = self._open(url, host, headers, lambda response, ends: self._take(url, response, ends))
        if isinstance(answer, _Status):
            return kept.page if answer.code == 304 and kept is not None else _refusal(host, answer.code)
        return answer

    def _take(self, url: str, response: http.client.HTTPResponse, ends: float) -> Page:
        data = _read(response, ends, LIMIT_BYTES, self._count)
        page = Page(data, response.headers.get_content_type(), redact(response.url))
        self._keep(url, page, response.headers.get("ETag"))
        return page

    def part(self, url: str, start: int | None, length: int) -> Part | Unknown:
        """Bytes of a file (RFC 9110, 14): `length` from `start` on, or the last ones where that is None."""
        host = _host(url)
        ranged = f"bytes=-{length}" if start is None else f"bytes={start}-{start + length - 1}"
        answer = self._open(
            url, host, {"Range": ranged}, lambda response, ends: _part(response, ends, start, length, self._count)
        )
        if isinstance(answer, _Status):
            refusal = _refusal(host, answer.code)
            return refusal if isinstance(refusal, Unknown) else Unknown(refusal.origin.text)
        return answer

    def kept(self, url: str) -> bytes | None:
        """What an earlier run kept of something that never changes."""
        found = self._kept(url)
        return None if found is None else found.page.data

    def keep(self, url: str, data: bytes) -> None:
        """Keeps something that never changes, where the user has named a folder for it."""
        self._keep(url, Page(data, "application/octet-stream", redact(url)), None)

    def each(self, jobs: Sequence[Callable[[], T]], tell: Callable[[int], None] | None = None) -> list[T | Unknown]:
        """The jobs' results in their order, at most `AT_ONCE` at a time; `Unknown` for those that time ran out on.

        The threads are daemons: one that hangs in a name look-up does not keep the program from ending.
        """
        waiting: queue.SimpleQueue[tuple[int, Callable[[], T]]] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, T | Exception]] = queue.SimpleQueue()
        for numbered in enumerate(jobs):
            waiting.put(numbered)
        for _ in range(min(AT_ONCE, len(jobs))):
            threading.Thread(target=_work, args=(waiting, done), daemon=True).start()
        late = self._late()
        results: list[T | Unknown] = [late] * len(jobs)
        for count in range(1, len(jobs) + 1):
            try:
                number, result = done.get(timeout=max(0.0, self._ends - time.monotonic()))
            except queue.Empty:
                _drain(waiting)
                break
            if isinstance(result, Exception):
                raise result
            results[number] = result
            if tell is not None:
                tell(count)
        return results

    def _open(
        self,
        url: str,
        host: str,
        headers: dict[str, str],
        take: Callable[[http.client.HTTPResponse, float], T],
    ) -> T | _Status | Unknown:
        """One request, and again after each of the bounds' pauses where a connection failed or a server was busy.

        A host that could not be reached `_PATIENCE` times in a row is left alone for the rest of the run.
        """
        failures = self._failures.setdefault(host, [])
        for pause in (*self._bounds.pauses_s, None):
            if len(failures) >= _PATIENCE:
                return Unknown(failures[-1])
            answer = self._once(url, host, headers, take)
            failed = isinstance(answer, _Failure)
            busy = isinstance(answer, _Status) and answer.code in _BUSY
            if pause is None or not (failed or busy):
                break
            time.sleep(max(0.0, min(pause, self._ends - time.monotonic())))
        if isinstance(answer, _Failure):
            failures.append(answer.text)
            return Unknown(answer.text)
        failures.clear()
        return answer

    def _once(
        self,
        url: str,
        host: str,
        headers: dict[str, str],
        take: Callable[[http.client.HTTPResponse, float], T],
    ) -> T | _Status | _Failure | Unknown:
        left = min(REQUEST_S, self._ends - time.monotonic())
        if left <= 0:
            return self._late()
        if self._bounds.run_bytes is not None and self.received > self._bounds.run_bytes:
            return Unknown(f"this run has had its {self._bounds.run_bytes >> 20} MiB")
        ends = time.monotonic() + left
        try:
            with self._counting:
                self.requests += 1
            with self._opener.open(_request(url, headers), timeout=left) as response:
                return take(response, ends)
        except urllib.error.HTTPError as error:
            error.close()
            return _Status(error.code)
        except _BoundError as error:
            return Unknown(f"{host} {error}")
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            return _Failure(f"{host} cannot be reached: {_phrase(error)}")

    def _late(self) -> Unknown:
        return Unknown(f"the index did not answer everything in {self._bounds.run_s:g} s")

    def _count(self, received: int) -> None:
        with self._counting:
            self.received += received

    def _kept(self, url: str) -> _Kept | None:
        if self._cache is None:
            return None
        try:
            head, _, data = read_plain(str(_place(self._cache, url)), LIMIT_BYTES + (1 << 16)).partition(b"\n")
            about = json.loads(head)
            if len(data) != about["size"]:
                return None
            page = Page(data, str(about["kind"]), str(about["final"]))
            etag = about["etag"]
            return _Kept(page, None if etag is None else str(etag), time.time() - float(about["fetched"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not kept, or damaged: it is fetched

    def _keep(self, url: str, page: Page, etag: str | None) -> None:
        if self._cache is None:
            return
        about: dict[str, object] = {"url": redact(url), "kind": page.kind, "final": page.url, "etag": etag}
        about |= {"fetched": time.time(), "size": len(page.data)}
        place = _place(self._cache, url)
        with contextlib.suppress(OSError):  # a full disk costs only the time of asking again
            place.parent.mkdir(mode=0o700, exist_ok=True)
            data = json.dumps(about).encode() + b"\n" + page.data
            write_whole(str(place), data, private=True, sync=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    page: Page
    etag: str | None
    age: float


@dataclass(frozen=True, slots=True)
class _Status:
    """An answer that is no success."""

    code: int


@dataclass(frozen=True, slots=True)
class _Failure:
    """A connection that failed, with a phrase."""

    text: str


class _BoundError(Exception):
    """A page that is too large or trickles, or an answer that is not what was asked for."""


def _work(
    waiting: queue.SimpleQueue[tuple[int, Callable[[], T]]], done: queue.SimpleQueue[tuple[int, T | Exception]]
) -> None:
    while True:
        try:
            number, job = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((number, job()))
        except Exception as error:  # noqa: BLE001 - a mistake of ours: raised again by the thread that waits
            done.put((number, error))


def _drain(waiting: queue.SimpleQueue[tuple[int, Callable[[], T]]]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.get_nowait()


def _host(url: str) -> str:
    """The host of a URL, for people; "the index" where it is none that `urllib` reads (`https://[x]/`)."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return "the index"


def _request(url: str, headers: dict[str, str]) -> urllib.request.Request:
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    bare = urlunsplit(parts._replace(netloc=place, fragment=""))
    request = urllib.request.Request(bare, headers={"User-Agent": "stackcheck", **headers})  # noqa: S310 - see opener
    if user:
        # Not sent on to where a redirection leads.
        secret = base64.b64encode(unquote(user).encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {secret}")
    return request


def _read(response: http.client.HTTPResponse, ends: float, limit: int, count: Callable[[int], None]) -> bytes:
    """The body, unpacked. Raises `_BoundError`."""
    unpack = zlib.decompressobj(wbits=31) if response.headers.get("Content-Encoding") == "gzip" else None
    parts: list[bytes] = []
    size = 0
    while data := _piece(response):
        count(len(data))
        part = data if unpack is None else unpack.decompress(data, limit + 1 - size)
        parts.append(part)
        size += len(part)
        if size > limit or (unpack is not None and unpack.unconsumed_tail):
            raise _BoundError(f"gives more than {limit >> 20} MiB for one page")
        if time.monotonic() > ends:
            raise _BoundError(f"did not give the page in {REQUEST_S:g} s")
    return b"".join(parts)


def _piece(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(1 << 16)
    except TimeoutError as error:
        raise _BoundError(f"did not give the page in {REQUEST_S:g} s") from error


def _part(
    response: http.client.HTTPResponse, ends: float, start: int | None, length: int, count: Callable[[int], None]
) -> Part:
    """The bytes of a range, where they are those that were asked for. Raises `_BoundError`."""
    said = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status != 206 or said is None:
        raise _BoundError("gives files only whole")
    first, last, total = map(int, said.groups())
    asked = max(0, total - length) if start is None else start
    data = _read(response, ends, max(length, 1 << 20), count)
    if first != asked or last >= total or len(data) != last - first + 1 or len(data) > length:
        raise _BoundError("gives other bytes of a file than it is asked for")
    return Part(data, total)


def _refusal(host: str, status: int) -> Absent | Unknown:
    if status in (404, 410):
        return Absent(Origin(f"{host} does not have it", host))
    if status in (401, 403, 407):
        return Unknown(f"{host} refuses the page without other credentials ({status})")
    return Unknown(f"{host} answers with status {status}")


def _phrase(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer in {REQUEST_S:g} s"
    said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return redact(str(said)).rstrip(".")


def _place(cache: Path, url: str) -> Path:
    """Where a page is kept. What a password or a token gave lies apart, by a name in which that counts, in a folder of
    its own that others cannot even list: who comes without it, or with another one, does not get the page."""
    name = f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()}.page"
    bare = url.partition("#")[0]
    return cache / name if redact(bare) == bare else cache / PRIVATE / name
