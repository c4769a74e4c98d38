"""A completion server on this machine that says what a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

CLOSING_HEAD = HEAD.replace(b"Transfer-Encoding: chunked", b"Connection: close")
"""Of a stream that ends where the connection does."""
ENDLESS_HEAD = CLOSING_HEAD.replace(b"text/event-stream", b"application/json")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(**fields: Any) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def choice(text: str, index: int = 0, finish: str | None = None) -> dict[str, Any]:
    logprobs = {"token_logprobs": [-0.5]}
    return {"text": text, "index": index, "finish_reason": finish, "logprobs": logprobs}


def stream(*events: bytes, end: bool = True) -> list[bytes]:
    """Return an answer as a stream of events, one chunk each."""
    chunks = [chunk(part) for part in events]
    return [HEAD, *chunks, *([chunk(b"data: [DONE]\n\n"), b"0\r\n\r\n"] if end else [])]


def whole(body: bytes, status: str = "200 OK", *headers: str) -> list[bytes]:
    """Return an answer that is not streamed."""
    lines = ("Content-Type: application/json", f"Content-Length: {len(body)}", *headers)
    return ["\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode() + body]


class FakeServer:
    """Answers each request with `parts`, then waits until the client hangs up if `stays`."""

    def __init__(self, parts: Iterable[bytes], stays: bool) -> None:
        self.parts = parts
        self.stays = stays
        self.url = ""
        self.heads: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.asked = asyncio.Event()
        self.hung_up = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if length := re.search(r"content-length: (\d+)", head.lower()):
            self.bodies.append(json.loads(await reader.readexactly(int(length[1]))))
        self.asked.set()
        # A client that has heard enough resets the connection in the middle of what is written.
        with contextlib.suppress(ConnectionError):
            for part in self.parts:
                writer.write(part)
                await writer.drain()
            if self.stays:
                # An end of the input is what a closed connection looks like from here.
                await reader.read()
                self.hung_up.set()
        writer.close()


@asynccontextmanager
async def fake_server(
    parts: Iterable[bytes], *, stays: bool = False, secure: ssl.SSLContext | None = None
) -> AsyncIterator[FakeServer]:
    fake = FakeServer(parts, stays)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=secure)
    scheme = "http" if secure is None else "https"
    fake.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield fake
