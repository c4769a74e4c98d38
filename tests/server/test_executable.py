"""The real executable with the embedded models: what somebody has who configures nothing."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.processes import alive, outliving
from tests.server.client import STATUS, Client

COTERIE = Path(sys.executable).with_name("coterie")
SOURCE = "def add(first, second):\n    return \n"

Serve = Callable[..., Awaitable[Client]]


@pytest.fixture
def mark() -> str:
    """An entry of the environment of everything that a test starts."""
    return f"COTERIE_TEST_EXECUTABLE={uuid.uuid4()}"


@pytest.fixture
async def serve(mark: str) -> AsyncIterator[Serve]:
    """Start `coterie serve` and wait until all of its models are loaded."""
    clients: list[Client] = []

    async def started(*arguments: str) -> Client:
        name, _, value = mark.partition("=")
        client = await Client.start(str(COTERIE), "serve", *arguments, env={name: value})
        clients.append(client)
        await client.initialize(options={"deadline": {"invoked": "60 s"}})
        await client.notification(
            STATUS, lambda status: all(model["state"] == "ready" for model in status["models"])
        )
        return client

    yield started
    for client in clients:
        await client.close()


@pytest.mark.parametrize("arguments", [[], ["--stdio"]])
async def test_it_completes(serve: Serve, mark: str, tmp_path: Path, arguments: list[str]) -> None:
    client = await serve(*arguments)
    uri = (tmp_path / "add.py").as_uri()
    client.open(uri, SOURCE, "python")
    await client.inline(uri, 1, 11, invoked=True)
    trace = await client.command("coterie.lastTrace", uri)
    events = [step["event"] for step in trace["trace"]]
    assert "generated" in events
    assert "engine_failed" not in events
    assert trace["usage"]["generated"] > 0
    assert await client.goodbye() == 0
    assert alive(mark) == []


async def test_its_models_end_with_a_client_that_is_killed(serve: Serve, mark: str) -> None:
    client = await serve()
    # The server and the process of the models.
    assert len(alive(mark)) >= 2
    client.hang_up()
    await client.ended()
    assert outliving(mark) == []
