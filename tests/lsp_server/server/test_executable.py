"""The real executable with the embedded models: what somebody has who configures nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.lsp_server.client import STATUS, Client
from tests.processes import alive, outliving

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


def host_of(mark: str) -> int:
    """Return the process that holds the models."""
    [found] = [process for process in alive(mark) if "ensemble.inference.host" in process]
    return int(found.split()[0])


async def test_killed_in_the_middle_of_an_answer(serve: Serve, mark: str, tmp_path: Path) -> None:
    """The request in flight is answered, and the next one comes from restarted models."""
    client = await serve()
    uri = (tmp_path / "add.py").as_uri()
    client.open(uri, SOURCE, "python")
    first = host_of(mark)
    os.kill(first, signal.SIGSTOP)
    answer = client.ask_inline(uri, 1, 11, invoked=True)[1]
    await client.notification(STATUS, lambda status: status["state"] == "busy")
    os.kill(first, signal.SIGKILL)
    message = await asyncio.wait_for(answer, 20)
    assert isinstance(message["result"]["items"], list)
    # In this document the question may still be open: a larger model waits for the restart.
    other = (tmp_path / "other.py").as_uri()
    client.open(other, SOURCE, "python")
    await client.inline(other, 1, 11, invoked=True)
    trace = await client.command("coterie.lastTrace", other)
    events = [step["event"] for step in trace["trace"]]
    assert "generated" in events
    assert "engine_failed" not in events
    assert host_of(mark) != first


async def test_typing_on_a_line_recomputes_only_that_line(serve: Serve, tmp_path: Path) -> None:
    """Forty characters on one line of a file of a thousand, one request each."""
    typed = "result = collect(values, start, stop + 1)"
    half = "".join(f"def function_{n}(x):\n    return x * {n}\n\n\n" for n in range(125))
    client = await serve()
    uri = (tmp_path / "long.py").as_uri()
    line = half.count("\n") + 1
    source = half + "def middle(values, start, stop):\n    \n    return result\n\n\n" + half
    client.open(uri, source, "python")
    computed: dict[str, list[int]] = {"small": [], "large": []}
    for column, character in enumerate(typed, 4):
        await client.inline(uri, line, column, invoked=True)
        trace = await client.command("coterie.lastTrace", uri)
        # What is typed may agree with the last answer: that is shown again, and computes nothing.
        again = any(step["event"] == "remembered" for step in trace["trace"])
        for step in trace["trace"]:
            if step["event"] == "generated" and not again:
                computed[step["facts"]["model"]].append(step["facts"]["computed_tokens"])
        client.type(uri, line, column, character)
    # At most the line's own tokens, of which there are fewer than characters.
    assert computed["small"][0] > 100
    for model, counts in computed.items():
        assert len(counts) > 5, model
        assert max(counts[1:]) <= len(typed), model
