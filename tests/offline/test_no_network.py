"""The main job works, and works the same, where there is no network at all."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.offline.namespace import prefix

pytestmark = pytest.mark.needs("a namespace without a network")

COTERIE = Path(sys.executable).with_name("coterie")
SOURCE = """\
class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z =
"""
PLACE = types.Position(line=4, character=16)

CONNECT = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
except OSError as error:
    print("unreachable", error)
else:
    print("connected")
print([name for _, name in socket.if_nameindex() if name != "lo"])
"""


@pytest.fixture(scope="module")
def nowhere() -> tuple[str, ...]:
    """What to put before a command so that it runs without a network."""
    way = prefix()
    assert way is not None
    return way


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "point.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def listener() -> Iterator[int]:
    """The port of somebody who listens on this machine, outside the namespace."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def printed(*command: str | Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_namespace_has_no_network(nowhere: tuple[str, ...], listener: int) -> None:
    """Otherwise the tests below would prove nothing: outside, the same connection succeeds."""
    connect = (sys.executable, "-c", CONNECT, str(listener))
    assert printed(*connect)[0] == "connected"
    inside = printed(*nowhere, *connect)
    assert inside[0].startswith("unreachable")
    assert inside[1] == "[]"


def test_the_command_line_completes(nowhere: tuple[str, ...], source: Path) -> None:
    place = f"{source}:{PLACE.line + 1}:{PLACE.character + 1}"
    command = (COTERIE, "complete", "--json", "--invoked", place)
    answer = json.loads("".join(printed(*nowhere, *command)))
    assert answer["tokens"]["generated"] > 0
    assert not [step for step in answer["trace"] if step["event"] == "engine_failed"]


async def test_the_server_completes(nowhere: tuple[str, ...], source: Path) -> None:
    client = LanguageClient("offline-test", "1")
    await client.start_io(*nowhere, str(COTERIE), "serve")
    try:
        await client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    text_document=types.TextDocumentClientCapabilities(
                        inline_completion=types.InlineCompletionClientCapabilities()
                    )
                ),
                initialization_options={
                    "suggest": {"minimum_agreement": 0.0},
                    "deadline": {"invoked": "60 s"},
                    "host": {"idle_exit": 0},
                },
            )
        )
        client.initialized(types.InitializedParams())
        document = types.TextDocumentItem(
            uri=source.as_uri(), language_id="python", version=1, text=SOURCE
        )
        client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))
        answer = await client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                text_document=types.TextDocumentIdentifier(uri=document.uri),
                position=PLACE,
                context=types.InlineCompletionContext(
                    trigger_kind=types.InlineCompletionTriggerKind.Invoked
                ),
            )
        )
        assert isinstance(answer, types.InlineCompletionList)
        assert [item.insert_text for item in answer.items] != []
        await client.shutdown_async(None)
        client.exit(None)
    finally:
        await client.stop()  # type: ignore[no-untyped-call]  # pygls' own
