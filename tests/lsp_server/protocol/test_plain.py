"""Ordinary completions, for clients that have no inline ones, and only for them."""

from __future__ import annotations

from tests.lsp_server.client import Client, Message, span
from tests.lsp_server.conftest import Start


async def complete(client: Client, uri: str, line: int, character: int) -> Message:
    result: Message = await client.request(
        "textDocument/completion",
        {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}},
    )
    return result


async def test_only_without_inline_completion(start: Start) -> None:
    with_inline = await start({})
    without = await start({}, inline=False)
    assert "completionProvider" not in with_inline.capabilities
    assert without.capabilities["completionProvider"] is not None
    assert with_inline.capabilities["inlineCompletionProvider"] is not None


async def test_an_item(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"😀 hel": ["lo world\nand more"]}}}, inline=False)
    client.open(document, "😀 hel")
    result = await complete(client, document, 0, 6)
    assert result["isIncomplete"] is True
    (item,) = result["items"]
    assert item["label"] == "hello world"
    assert item["filterText"] == "hello world"
    assert item["sortText"] == "~"
    assert item["textEdit"]["newText"].startswith("hello world")
    assert item["textEdit"]["range"] == span((0, 3), (0, 6))
    assert item["command"]["command"] == "coterie.accepted"


async def test_nothing_is_an_empty_list(start: Start, document: str) -> None:
    client = await start({}, inline=False)
    client.open(document, "hel")
    assert await complete(client, document, 0, 3) == {"isIncomplete": True, "items": []}
