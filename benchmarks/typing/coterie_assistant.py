"""Coterie as an editor with its plugin uses it: over the Language Server Protocol."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.typing.places import Place
from benchmarks.typing.processes import cpu_seconds
from benchmarks.typing.screen import Screen
from tests.lsp_server.client import STATUS, Client, Message

_UPGRADED = "coterie/suggestionUpgraded"
_LOADING_SECONDS = 120.0
_QUIET_SECONDS = 30.0


class CoterieAssistant:
    """A running server with an editor's view of it: one request at each change."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._uri = ""
        self._line = ""
        self._opened: dict[Path, tuple[str, str]] = {}
        self._screen: Screen | None = None
        self._seen = 0
        self._read = self._written = 0
        self._asking = set[asyncio.Task[None]]()
        self._watch = asyncio.create_task(self._watch_upgrades())

    @classmethod
    async def start(cls, config: Path) -> CoterieAssistant:
        """Start a server with a settings file and wait until its models are loaded."""
        executable = Path(sys.executable).with_name("coterie")
        client = await Client.start(str(executable), "serve", env={"COTERIE_CONFIG": str(config)})
        await client.initialize(encodings=["utf-32"])
        ready = client.notification(
            STATUS, lambda status: all(model["state"] == "ready" for model in status["models"])
        )
        await asyncio.wait_for(ready, _LOADING_SECONDS)
        return cls(client, config.parent)

    async def close(self) -> None:
        self._watch.cancel()
        await self._client.goodbye()

    async def open(self, place: Place, screen: Screen) -> None:
        self._screen = screen
        self._uri = (self._folder / place.file.name).as_uri()
        text = screen.before + screen.after
        if place.file in self._opened:
            self._client.change(self._uri, {"text": text})
        else:
            self._client.open(self._uri, text, "python")
        self._opened[place.file] = screen.before, screen.after
        self._text = text

    def edited(self, screen: Screen) -> None:
        self._send_change(screen)
        task = asyncio.create_task(self._ask(screen, screen.version))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def rest(self) -> None:
        if self._asking:
            await asyncio.wait(self._asking)
        deadline = time.monotonic() + _QUIET_SECONDS
        quiet_since = time.monotonic()
        used = self.cpu_seconds()
        while time.monotonic() < deadline and time.monotonic() - quiet_since < 0.5:
            await asyncio.sleep(0.1)
            now = self.cpu_seconds()
            if now - used > 0.02:
                quiet_since = time.monotonic()
            used = now

    def cpu_seconds(self) -> float:
        assert self._client.process is not None
        return cpu_seconds(self._client.process.pid)

    def tokens(self) -> tuple[int, int]:
        return self._read, self._written

    def _send_change(self, screen: Screen) -> None:
        """Send what differs from what the server has: the end of the text before the cursor."""
        text = screen.before + screen.after
        old = self._text[: len(self._text) - len(screen.after)]
        common = len(_common(old, screen.before))
        start, end = _place_of(old[:common]), _place_of(old)
        span = {"start": _position(start), "end": _position(end)}
        self._client.change(self._uri, {"range": span, "text": screen.before[common:]})
        self._text = text

    async def _ask(self, screen: Screen, version: int) -> None:
        answer = await self._client.ask_inline(self._uri, *_place_of(screen.before))[1]
        if "error" in answer or screen.version != version or screen is not self._screen:
            return
        self._present(screen, answer["result"]["items"])

    def _present(self, screen: Screen, items: list[Message]) -> None:
        screen.show(_ghost(screen, items[0]) if items else "")

    async def _watch_upgrades(self) -> None:
        """Show an upgrade where nothing is shown, as the plugins do."""
        while True:
            await asyncio.sleep(0.005)
            received, screen = self._client.received, self._screen
            fresh, self._seen = received[self._seen :], len(received)
            for message in fresh:
                if message.get("method") == _UPGRADED and screen is not None:
                    params: Any = message["params"]
                    here = params["position"] == _position(_place_of(screen.before))
                    if here and params["textDocument"]["uri"] == self._uri and not screen.ghost:
                        self._present(screen, params["items"])


def _ghost(screen: Screen, item: Message) -> str:
    """Return what an item puts behind the cursor: its text without what it replaces before it."""
    line = screen.before.rsplit("\n", 1)[-1]
    start = item["range"]["start"]["character"] if "range" in item else len(line)
    head = line[start:]
    text: str = item["insertText"]
    return text[len(head) :] if text.startswith(head) else ""


def _common(left: str, right: str) -> str:
    length = next(
        (at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
        min(len(left), len(right)),
    )
    return left[:length]


def _place_of(before: str) -> tuple[int, int]:
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)


def _position(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}
