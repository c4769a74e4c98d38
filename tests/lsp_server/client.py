"""A small client of the protocol that keeps every message in the order in which it came."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from itertools import count
from typing import Any

Message = dict[str, Any]
PATIENCE_S = 20.0
STATUS = "coterie/status"


class Client:
    """Speaks to a server over streams. `configuration` is what `workspace/configuration` gives, by
    scope; `received` are the server's messages, the first first."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received: list[Message] = []
        self.configuration: dict[str | None, Any] = {}
        self.replies: Message = {}
        """What the server's other requests get, by method; null if nothing is said."""
        self.capabilities: Message = {}
        self.logged = ""
        """What the server has written to standard error."""
        self.process: asyncio.subprocess.Process | None = None
        self.encoding = "utf-16"
        self._reader = reader
        self._writer = writer
        self._numbers = count(1)
        self._versions: dict[str, int] = {}
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._news = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self.keep(self._listen())

    @classmethod
    async def start(cls, *command: str, env: Mapping[str, str] | None = None) -> Client:
        """Start a server and speak to it over its standard streams."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        assert process.stdin is not None and process.stdout is not None
        client = cls(process.stdout, process.stdin)
        client.process = process
        client.keep(client._read_log())
        return client

    @classmethod
    async def connect(cls, port: int) -> Client:
        """Speak to a server that listens on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def announced_port(self) -> int:
        """Return the port of a server that was started to listen."""

        def found() -> re.Match[str] | None:
            return re.search(r"Listening on .*:(\d+)", self.logged)

        async with self._news:
            await asyncio.wait_for(self._news.wait_for(found), PATIENCE_S)
        match = found()
        assert match is not None
        return int(match[1])

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def hang_up(self) -> None:
        """Close the stream to the server, as when this process dies."""
        self._writer.close()

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Message]]:
        """Send a request; return its number and the future of its answer."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self.send({"id": number, "method": method, "params": params})
        return number, self._answers[number]

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result. Fails on an error."""
        answer = await asyncio.wait_for(self.ask(method, params)[1], PATIENCE_S)
        assert "error" not in answer, answer
        return answer["result"]

    async def initialize(
        self,
        *,
        encodings: Sequence[str] | None = None,
        options: Any = None,
        folders: Sequence[str] = (),
        inline: bool = True,
        process: int | None = None,
        **capabilities: Any,
    ) -> None:
        """Introduce the client; `capabilities` are the server's from then on."""
        document: Message = {"inlineCompletion": {}} if inline else {}
        general = {"positionEncodings": list(encodings)} if encodings else {}
        result = await self.request(
            "initialize",
            {
                "processId": process or os.getpid(),
                "rootUri": None,
                "workspaceFolders": [{"uri": uri, "name": uri[-1]} for uri in folders] or None,
                "capabilities": {"textDocument": document, "general": general, **capabilities},
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        self.capabilities = result["capabilities"]
        self.encoding = self.capabilities["positionEncoding"]

    def open(self, uri: str, text: str, language: str = "plaintext") -> None:
        self._versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, *changes: Message) -> None:
        """Send changes: `{"text"}`, or with a `range` as `span` makes it."""
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def type(self, uri: str, line: int, character: int, text: str) -> None:
        self.change(uri, {"range": span((line, character), (line, character)), "text": text})

    def ask_inline(
        self, uri: str, line: int, character: int, *, invoked: bool = False
    ) -> tuple[int, asyncio.Future[Message]]:
        return self.ask(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": 1 if invoked else 2},
            },
        )

    async def inline(self, uri: str, line: int, character: int, **more: bool) -> list[Message]:
        """Return the items of an inline completion."""
        future = self.ask_inline(uri, line, character, **more)[1]
        answer = await asyncio.wait_for(future, PATIENCE_S)
        assert "error" not in answer, answer
        items: list[Message] = answer["result"]["items"]
        return items

    async def texts(self, uri: str, line: int, character: int, **more: bool) -> list[str]:
        return [item["insertText"] for item in await self.inline(uri, line, character, **more)]

    async def command(self, name: str, *arguments: Any) -> Any:
        return await self.request(
            "workspace/executeCommand", {"command": name, "arguments": list(arguments)}
        )

    async def notification(
        self, method: str, fits: Callable[[Any], bool] = lambda params: True
    ) -> Any:
        """Wait for a notification with fitting parameters, which may have come already."""

        def found() -> list[Any]:
            return [
                message["params"]
                for message in self.received
                if message.get("method") == method and fits(message.get("params"))
            ]

        async with self._news:
            await asyncio.wait_for(self._news.wait_for(found), PATIENCE_S)
        return found()[0]

    async def ready(self) -> None:
        """Wait until the models are loaded."""
        await self.notification(STATUS, lambda status: status["state"] == "ready")

    async def settled(self) -> None:
        """Wait until the server has dealt with what was sent, and works on nothing."""
        await self.command("coterie.status")

        def idle() -> bool:
            states = [m["params"]["state"] for m in self.received if m.get("method") == STATUS]
            return bool(states) and states[-1] not in ("busy", "loading")

        async with self._news:
            await asyncio.wait_for(self._news.wait_for(idle), PATIENCE_S)
        # What the server asked of the client meanwhile was answered before this is sent.
        await self.command("coterie.status")

    async def goodbye(self) -> int:
        """Say goodbye as the protocol has it; return the server's exit code."""
        await self.request("shutdown")
        self.notify("exit")
        return await self.ended()

    async def ended(self) -> int:
        assert self.process is not None
        code = await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        await self.close()
        return code

    async def close(self) -> None:
        """Let go of the server, however it takes that."""
        self._writer.close()
        if self.process is not None:
            await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        for task in self._tasks:
            task.cancel()

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something until the client is closed."""
        self._tasks.append(asyncio.create_task(work))

    async def _read_log(self) -> None:
        assert self.process is not None and self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._news:
                self.logged += line.decode(errors="replace")
                self._news.notify_all()

    async def _listen(self) -> None:
        while True:
            length = 0
            while (line := await self._reader.readline()).strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                self._fail_pending()
                return
            message = json.loads(await self._reader.readexactly(length))
            self._take(message)
            async with self._news:
                self.received.append(message)
                self._news.notify_all()

    def _fail_pending(self) -> None:
        for future in self._answers.values():
            if not future.done():
                future.set_exception(
                    ConnectionError(f"the server has gone; it wrote:\n{self.logged}")
                )

    def _take(self, message: Message) -> None:
        if "method" not in message and message["id"] is not None:
            self._answers[message["id"]].set_result(message)
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": self._result(message)})

    def _result(self, message: Message) -> Any:
        if message["method"] != "workspace/configuration":
            return self.replies.get(message["method"])
        return [self.configuration.get(item.get("scopeUri")) for item in message["params"]["items"]]


def span(start: tuple[int, int], end: tuple[int, int]) -> Message:
    """Return a range as the protocol writes it."""
    return {
        "start": {"line": start[0], "character": start[1]},
        "end": {"line": end[0], "character": end[1]},
    }
