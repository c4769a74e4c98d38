"""Standard output carries messages only, whatever a library prints: in the server and the host."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from tests.lsp_server.client import PATIENCE_S, Client
from tests.lsp_server.protocol.noise import WAYS, WORD

IN_THE_HOST = """
from ensemble.inference.host import take_standard_output
from tests.lsp_server.protocol.noise import make_noise
protocol = take_standard_output()
make_noise()
protocol.write(b"a message")
protocol.close()
"""


async def test_the_server_keeps_noise_away_from_its_client() -> None:
    client = await Client.start(sys.executable, "-m", "tests.lsp_server.protocol.noise")
    await client.initialize()
    client.open("file:///notes.txt", "value")
    assert await client.texts("file:///notes.txt", 0, 5) == [" = 1"]
    # It is not lost either: whoever looks for the cause finds it in the editor's log.
    async with asyncio.timeout(PATIENCE_S):
        while client.logged.count(WORD) < WAYS:
            await client.command("coterie.status")
    assert await client.goodbye() == 0


def test_the_host_keeps_noise_away_from_the_server() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_HOST], capture_output=True, text=True, check=True
    )
    assert done.stdout == "a message"
    assert done.stderr.count(WORD) == WAYS
