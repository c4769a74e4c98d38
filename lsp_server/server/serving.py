"""Running the language server, over the standard streams or for the clients of a TCP port."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lsp_server.answers.backend import Builder
from lsp_server.answers.build_engines import build_engines
from lsp_server.protocol.transport import PipeWriter, claim_standard_streams, is_alive, reading
from lsp_server.server.handlers import register
from lsp_server.server.language_server import CoterieServer
from lsp_server.settings.layers import load_file

_PARENT_SECONDS = 2.0
_FAREWELL_SECONDS = 10.0


def run_stdio(build: Builder = build_engines) -> int:
    """Serve the client at the other end of the standard streams; return the exit code.

    It is 0 if the client has said `shutdown` and 1 otherwise, as the protocol has it.
    """
    source, target = claim_standard_streams()
    return _run(_serve_streams(source, target, build))


def run_tcp(host: str, port: int, build: Builder = build_engines) -> int:
    """Serve every client that connects; return `host.idle_exit` after the last one has gone.

    The address is written to standard error: for port 0 the system chooses one. Raises OSError if
    it cannot be had.
    """
    return _run(_serve_port(host, port, build))


def _run(main: Coroutine[Any, Any, int]) -> int:
    # Below this level pygls logs whole messages, and with them the user's source; its warnings are
    # about cancelled requests that have been answered, which editors would show as errors.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    return asyncio.run(_in_time(main))


async def _in_time(main: Coroutine[Any, Any, int]) -> int:
    """Run to the end; a thread that does not return does not keep the process from its own."""
    try:
        return await main
    finally:
        exit_watchdog = threading.Timer(_FAREWELL_SECONDS, os._exit, [1])
        exit_watchdog.daemon = True
        exit_watchdog.start()


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Have the signals that end a process call a function instead, where there are such."""
    loop = asyncio.get_running_loop()
    # Windows has no such handlers: there a signal ends the process, and its streams tell the host.
    with suppress(NotImplementedError):
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop)
    yield


async def _serve_streams(source: int, target: int, build: Builder) -> int:
    server = register(CoterieServer(build))
    writer = PipeWriter(target, gone=server.stop)
    server.protocol.set_writer(writer)
    server.client.background(_watch_parent(server))
    with _stopped_by_signals(server.stop):
        await _converse(server, reading(source))
    writer.close()
    return 0 if server.protocol.shut_down else 1


async def _converse(server: CoterieServer, reader: asyncio.StreamReader) -> None:
    """Handle messages until the client or a signal ends it, then leave nothing behind."""
    messages = asyncio.create_task(server.protocol.run(reader))
    stopped = asyncio.create_task(server.stopped.wait())
    await asyncio.wait([messages, stopped], return_when=asyncio.FIRST_COMPLETED)
    messages.cancel()
    stopped.cancel()
    await server.close()


async def _watch_parent(server: CoterieServer) -> None:
    """End the server with the process that started it, even if the streams stay open."""
    while server.process_id is None or is_alive(server.process_id):
        with suppress(TimeoutError):
            async with asyncio.timeout(_PARENT_SECONDS):
                await server.stopped.wait()
                return
    server.stop()


class _ClientCounter:
    """Counts clients, and closes when there has been none for a while since the last one left."""

    def __init__(self, build: Builder, idle_exit: float) -> None:
        self.closed = asyncio.Event()
        self._build = build
        self._idle_exit = idle_exit
        self._servers: set[CoterieServer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it goes."""
        if self._timer is not None:
            self._timer.cancel()
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._left)

    async def close(self) -> None:
        """Send every client away and wait until all are gone."""
        for server in self._servers:
            server.stop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = register(CoterieServer(self._build))
        self._servers.add(server)
        try:
            server.protocol.set_writer(writer)
            await _converse(server, reader)
        finally:
            self._servers.discard(server)
            writer.close()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._idle_exit, self.closed.set)


async def _serve_port(host: str, port: int, build: Builder) -> int:
    clients = _ClientCounter(build, load_file().idle_exit)
    listener = await asyncio.start_server(clients.accept, host, port)
    for socket in listener.sockets:
        address, number, *_ = socket.getsockname()
        print(f"Listening on {address}:{number}", file=sys.stderr, flush=True)
    with _stopped_by_signals(clients.closed.set):
        await clients.closed.wait()
    listener.close()
    await clients.close()
    return 0
