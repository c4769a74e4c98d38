"""Servers for tests: with scripted models, and the real executable."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lsp_server.client import Client

Cast = Mapping[str, Mapping[str, Any]]
Start = Callable[..., Awaitable[Client]]


PATIENT = """
[deadline]
automatic = "60 s"
invoked = "60 s"
"""
"""Settings with which a busy machine changes nothing."""


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start servers with scripted models; the options are those of `Client.initialize`.

    Deadlines are a minute if the options do not say otherwise.
    """
    clients: list[Client] = []
    config = tmp_path / "config.toml"
    config.write_text(PATIENT)

    async def started(cast: Cast, *, ready: bool = True, **options: Any) -> Client:
        file = tmp_path / f"cast-{len(clients)}.json"
        file.write_text(json.dumps(cast))
        client = await Client.start(
            sys.executable, "-m", "tests.lsp_server.scripted", str(file),
            env={"COTERIE_CONFIG": str(config)},
        )  # fmt: skip
        clients.append(client)
        client.configuration = options.pop("configuration", {})
        await client.initialize(**options)
        if ready:
            await client.ready()
        return client

    yield started
    for client in clients:
        await client.close()


@pytest.fixture
def document(tmp_path: Path) -> str:
    """The URI of a text file in a folder of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    return (folder / "notes.txt").as_uri()
