"""Requests that are wrong or come at the wrong time are answered all the same."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lsp_server.client import Client, Message
from tests.lsp_server.conftest import Start

CAST = {"small": {"otherwise": ["text"]}}


async def error_of(future: asyncio.Future[Message]) -> int:
    answer = await asyncio.wait_for(future, 20)
    return int(answer["error"]["code"])


async def test_before_initialize(tmp_path: Path) -> None:
    file = tmp_path / "cast.json"
    file.write_text(json.dumps(CAST))
    client = await Client.start(sys.executable, "-m", "tests.lsp_server.scripted", str(file))
    assert await error_of(client.ask_inline("file:///a.txt", 0, 0)[1]) == -32002
    await client.initialize()
    assert await client.goodbye() == 0


async def test_after_shutdown(start: Start, document: str) -> None:
    client = await start(CAST)
    await client.request("shutdown")
    assert await error_of(client.ask_inline(document, 0, 0)[1]) == -32600
    client.notify("exit")
    assert await client.ended() == 0


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("textDocument/inlineCompletion", {"position": "here"}, -32602),
        ("textDocument/inlineCompletion", None, -32602),
        ("workspace/executeCommand", {"command": "coterie.unknown"}, -32602),
        ("workspace/executeCommand", {"command": "coterie.documentHash", "arguments": []}, -32602),
        ("textDocument/hover", {}, -32601),
    ],
)
async def test_wrong_requests(
    start: Start, document: str, method: str, params: Any, code: int
) -> None:
    client = await start(CAST)
    assert await error_of(client.ask(method, params)[1]) == code
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["text"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'{"jsonrpc": "2.0", "method": 1}', b"\xff"])
async def test_messages_that_are_none(start: Start, document: str, body: bytes) -> None:
    client = await start(CAST)
    client.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["text"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/didFocus", {"textDocument": {"uri": "file:///unknown"}}),
        ("textDocument/didFocus", None),
        ("textDocument/didShowCompletion", {"item": {"insertText": "x"}}),
        ("textDocument/didPartiallyAcceptCompletion", {"item": {}, "acceptedLength": 3}),
        ("textDocument/didChange", {"textDocument": {"uri": "file:///unknown", "version": 1},
                                    "contentChanges": [{"text": "x"}]}),
        ("textDocument/didClose", {"textDocument": {"uri": "file:///unknown"}}),
        ("textDocument/didSave", {"textDocument": {"uri": "file:///unknown"}}),
        ("$/cancelRequest", {"id": 12345}),
        ("$/setTrace", {"value": "verbose"}),
        ("window/workDoneProgress/cancel", {"token": "unknown"}),
        ("some/notification", {"nobody": "knows"}),
    ],
)  # fmt: skip
async def test_notifications_nobody_minds(
    start: Start, document: str, method: str, params: Any
) -> None:
    client = await start(CAST)
    client.notify(method, params)
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["text"]
    assert not [m for m in client.received if m.get("method") == "window/showMessage"]


async def test_headers_in_any_case_and_of_any_kind(start: Start, document: str) -> None:
    client = await start(CAST)
    body = json.dumps({"jsonrpc": "2.0", "id": "a", "method": "shutdown"}).encode()
    client.write(
        b"content-type: application/vscode-jsonrpc; charset=utf-8\r\n"
        b"CONTENT-LENGTH: %d\r\n\r\n%s" % (len(body), body)
    )
    client.notify("exit")
    assert await client.ended() == 0
