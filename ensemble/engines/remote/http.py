"""A POST whose answer is a stream of events, with the standard library only.

HTTP/1.1 (RFC 9112, chunked coding in section 7.1) and server-sent events, of which only `data`
lines matter here. Closing the iterator closes the connection, which is how a server learns that
nobody wants the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from urllib.parse import SplitResult, urlsplit

from ensemble.errors import EngineUnavailable

_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 120.0
"""How long a server may say nothing: it may be opening a model, or another request is first."""
_LONGEST_LINE = 1024 * 1024
_LONGEST_COMPLAINT = 300


async def post_events(url: str, body: bytes, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Yield the data of each event that the server answers with.

    A body that is not an event stream is yielded whole. Raises EngineUnavailable, whose message
    names the URL, if the server cannot be reached, refuses, breaks off, or falls silent.
    """
    reader, writer = await _connect(url)
    try:
        writer.write(_request(url, body, headers))
        await writer.drain()
        status, answered = await asyncio.wait_for(_head(reader), _SILENCE_SECONDS)
        content = _body(reader, answered)
        if status != 200:
            complaint = b"".join([part async for part in content])[:_LONGEST_COMPLAINT]
            detail = " ".join(complaint.decode("utf-8", "replace").split())
            raise EngineUnavailable(f"{url}: the server answered {status}: {detail}")
        if answered.get("content-type", "").startswith("text/event-stream"):
            async for event in _events(content):
                yield event
        else:
            yield b"".join([part async for part in content])
    except TimeoutError:
        raise EngineUnavailable(f"{url}: the server fell silent") from None
    except (OSError, EOFError, ValueError) as error:
        # EOFError: the connection ended early. ValueError: what came is not HTTP.
        raise EngineUnavailable(f"{url}: the connection broke ({error})") from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = ssl.create_default_context() if secure else None
    connecting = asyncio.open_connection(parts.hostname, port, ssl=context, limit=_LONGEST_LINE)
    try:
        return await asyncio.wait_for(connecting, _CONNECT_SECONDS)
    except TimeoutError:
        reason = f"no connection within {_CONNECT_SECONDS:.0f} s"
        raise EngineUnavailable(f"{url}: the server cannot be reached ({reason})") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineUnavailable(f"{url}: the server cannot be reached ({reason})") from error


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    parts = urlsplit(url)
    lines = [
        f"POST {_target(parts)} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        "Content-Type: application/json",
        "Accept: text/event-stream",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return the status and the headers, whose names are in lower case."""
    version, _, rest = (await _line(reader)).partition(" ")
    if not version.startswith("HTTP/"):
        raise ValueError("the answer is not HTTP")
    headers: dict[str, str] = {}
    while header := await _line(reader):
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(rest[:3]), headers


async def _line(reader: asyncio.StreamReader) -> str:
    line = await reader.readuntil(b"\n")
    return line.decode("latin-1").rstrip("\r\n")


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they come, whichever way its end is marked."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        async for chunk in _chunks(reader):
            yield chunk
        return
    length = headers.get("content-length")
    remaining = int(length) if length else None
    while remaining is None or remaining > 0:
        part = await asyncio.wait_for(reader.read(65536), _SILENCE_SECONDS)
        if not part:
            if remaining:
                raise EOFError("it ended early")
            return
        yield part
        remaining = None if remaining is None else remaining - len(part)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        size_line = await asyncio.wait_for(_line(reader), _SILENCE_SECONDS)
        size = int(size_line.partition(";")[0], 16)
        if size == 0:
            return
        yield await asyncio.wait_for(reader.readexactly(size), _SILENCE_SECONDS)
        await reader.readexactly(2)


async def _events(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the data of server-sent events."""
    rest = b""
    async for part in content:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()
