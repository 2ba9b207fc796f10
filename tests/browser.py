"""A page in headless Chromium as a device shows it: a picture, what it said on its console, and what it asked for.

Through the browser's own protocol (Chrome DevTools Protocol), since a window cannot be as narrow as a phone.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Seen:
    """What a page came to on a device. `width` is that of its content; `values` are those of the scripts."""

    picture: Path
    requests: tuple[str, ...]
    console: tuple[str, ...]
    width: int
    values: tuple[Any, ...]


def look(
    page: Path, width: int, height: int, folder: Path, *scripts: str, whole: bool = False, scheme: str = "light"
) -> Seen:
    """Opens a page on a device of some width, runs scripts in it one after the other (what a promise comes to is
    waited for), and takes a picture. `scheme`: "light" or "dark", as the device prefers."""
    profile = Path(tempfile.mkdtemp(dir=folder))  # a fresh one: it says where the browser listens
    command = [
        *(str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
        *(f"--user-data-dir={profile}", "--no-first-run", "--remote-allow-origins=*", "about:blank"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            return asyncio.run(_look(page, width, height, folder, profile, scripts, whole, scheme))
        finally:
            browser.terminate()


async def _look(
    page: Path,
    width: int,
    height: int,
    folder: Path,
    profile: Path,
    scripts: tuple[str, ...],
    whole: bool,
    scheme: str,
) -> Seen:
    from tornado.websocket import websocket_connect

    port = _port(profile)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        address = next(one["webSocketDebuggerUrl"] for one in json.load(answer) if one["type"] == "page")
    socket = await websocket_connect(address, max_message_size=1 << 28)
    requests: list[str] = []
    console: list[str] = []
    loaded = asyncio.Event()
    answers: dict[int, asyncio.Future[Any]] = {}

    async def listen() -> None:
        while (text := await socket.read_message()) is not None:
            message = json.loads(text)
            method, params = message.get("method"), message.get("params", {})
            if "id" in message:
                answers.pop(message["id"]).set_result(message)
            elif method == "Network.requestWillBeSent":
                requests.append(params["request"]["url"])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                console.append(json.dumps(params))
            elif method == "Page.loadEventFired":
                loaded.set()

    async def ask(method: str, **params: Any) -> Any:
        number = len(asked)
        asked.append(method)
        answers[number] = asyncio.get_running_loop().create_future()
        future = answers[number]
        await socket.write_message(json.dumps({"id": number, "method": method, "params": params}))
        answer = await asyncio.wait_for(future, 60)
        assert "error" not in answer, answer
        return answer["result"]

    asked: list[str] = []
    listener = asyncio.ensure_future(listen())
    for domain in ("Network", "Runtime", "Log", "Page"):
        await ask(f"{domain}.enable")
    device = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    await ask("Emulation.setDeviceMetricsOverride", **device)
    await ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await ask("Page.navigate", url=page.resolve().as_uri())
    await asyncio.wait_for(loaded.wait(), 60)
    values = []
    for script in scripts:
        answer = await ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        values.append(answer["result"].get("value"))
    measure = "document.documentElement.scrollWidth"
    wide = (await ask("Runtime.evaluate", expression=measure, returnByValue=True))["result"]["value"]
    picture = folder / f"{page.stem}-{width}.png"
    shot = await ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
    picture.write_bytes(base64.b64decode(shot["data"]))
    socket.close()
    await asyncio.wait_for(listener, 10)  # until the other side has closed, too
    return Seen(picture, tuple(requests), tuple(console), wide, tuple(values))


def _port(profile: Path) -> int:
    """The port that the browser chose, which it writes into its profile."""
    for _ in range(300):
        path = profile / "DevToolsActivePort"
        if path.exists() and (lines := path.read_text(encoding="utf-8").split()):
            return int(lines[0])
        time.sleep(0.1)
    raise TimeoutError("the browser did not start")
