"""However a client leaves, nothing of its server is left: no process, no child."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.lsp_server.client import Client
from tests.processes import alive, outliving

WITH_CHILD = {"small": {"children": True, "otherwise": ["text"]}, "large": {}}


@pytest.fixture
def mark() -> str:
    """An entry of the environment of everything that a test starts."""
    return f"COTERIE_TEST_LIFE={uuid.uuid4()}"


async def started(mark: str, tmp_path: Path, *more: str, stdio: bool = True) -> Client:
    file = tmp_path / "cast.json"
    file.write_text(json.dumps(WITH_CHILD))
    name, _, value = mark.partition("=")
    command = (sys.executable, "-m", "tests.lsp_server.scripted", str(file), *more)
    client = await Client.start(*command, env={name: value})
    if stdio:
        await client.initialize()
        await client.ready()
        # The server and the process of its models.
        assert len(alive(mark)) == 2
    return client


async def test_shutdown_and_exit(mark: str, tmp_path: Path) -> None:
    client = await started(mark, tmp_path)
    assert await client.goodbye() == 0
    assert alive(mark) == []


async def exit_alone(client: Client) -> None:
    client.notify("exit")


async def end_of_input(client: Client) -> None:
    client.hang_up()


async def terminated(client: Client) -> None:
    assert client.process is not None
    client.process.send_signal(signal.SIGTERM)


async def nonsense(client: Client) -> None:
    client.write(b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize("leave", [exit_alone, end_of_input, terminated, nonsense])
async def test_leaving_without_shutdown(
    mark: str, tmp_path: Path, leave: Callable[[Client], Awaitable[None]]
) -> None:
    client = await started(mark, tmp_path)
    await leave(client)
    assert await client.ended() == 1
    assert outliving(mark) == []


async def test_leaving_while_a_model_thinks(mark: str, tmp_path: Path) -> None:
    client = await started(mark, tmp_path)
    client.open("file:///notes.txt", "hello ")
    client.ask_inline("file:///notes.txt", 0, 6)
    client.hang_up()
    assert await client.ended() == 1
    assert outliving(mark) == []


async def test_the_editor_is_killed_but_its_streams_stay_open(mark: str, tmp_path: Path) -> None:
    """As when the editor was started by something that holds the same pipes."""
    file = tmp_path / "cast.json"
    file.write_text(json.dumps(WITH_CHILD))
    name, _, value = mark.partition("=")
    editor = await asyncio.create_subprocess_exec("sleep", "600")
    client = await Client.start(
        sys.executable, "-m", "tests.lsp_server.scripted", str(file), env={name: value}
    )
    await client.initialize(process=editor.pid)
    await client.ready()
    editor.kill()
    await editor.wait()
    assert await client.ended() == 1
    assert outliving(mark) == []


async def test_tcp_serves_several_and_ends_after_the_last(mark: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[host]\nidle_exit = 0\n")
    os.environ["COTERIE_CONFIG"] = str(config)
    try:
        listener = await started(mark, tmp_path, "0", stdio=False)
    finally:
        del os.environ["COTERIE_CONFIG"]
    port = await listener.announced_port()
    first, second = await Client.connect(port), await Client.connect(port)
    for client in (first, second):
        await client.initialize()
        await client.ready()
        client.open("file:///notes.txt", "hello ")
    assert await first.texts("file:///notes.txt", 0, 6) == ["text"]
    await first.close()
    assert await second.texts("file:///notes.txt", 0, 6) == ["text"]
    await second.close()
    assert await listener.ended() == 0
    assert outliving(mark) == []
