"""Ordinary completions, for clients that have no inline ones, and only for them."""

from __future__ import annotations

import pytest

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


LINES: Message = {"insertTextModeSupport": {"valueSet": [1, 2]}}
BLOCK = "otal = 0\n    for y in x:\n        total += y\n    return total"


async def block(start: Start, uri: str, item: Message, text: str, answer: str) -> list[Message]:
    """Return the items at the end of a document, for a client that says this of its items."""
    client = await start(
        {"small": {"otherwise": [answer]}},
        inline=False,
        textDocument={"completion": {"completionItem": item}},
    )
    client.open(uri, text, "python")
    lines = text.splitlines() or [""]
    items: list[Message] = (await complete(client, uri, len(lines) - 1, len(lines[-1])))["items"]
    return items


async def test_several_lines_go_in_as_they_are(start: Start, document: str) -> None:
    (item,) = await block(start, document, LINES, "def f(x):\n    t", BLOCK)
    assert item["textEdit"]["newText"] == "t" + BLOCK
    assert item["insertTextMode"] == 1


@pytest.mark.parametrize("said", [{}, {"insertTextModeSupport": {"valueSet": [2]}}], ids=str)
async def test_who_cannot_take_several_lines_gets_one(
    start: Start, document: str, said: Message
) -> None:
    (item,) = await block(start, document, said, "def f(x):\n    t", BLOCK)
    assert item["textEdit"]["newText"] == "total = 0"
    assert "insertTextMode" not in item and "documentation" not in item


async def test_one_line_of_a_text_that_begins_below_is_nothing(start: Start, document: str) -> None:
    text, answer = "def f(x):\n    for y in x:\n        g(y)\n        ", "\n    return x"
    assert await block(start, document, {}, text, answer) == []
    (item,) = await block(start, document, LINES, text, answer)
    assert (item["textEdit"]["newText"], item["label"]) == ("\n    return x", "return x")


async def test_lines_end_with_a_line_feed(start: Start, document: str) -> None:
    """As the inline ones do: editors insert their own line ends."""
    text = "def f(x):\r\n    t"
    (item,) = await block(start, document, LINES, text, BLOCK)
    assert item["textEdit"]["newText"] == "t" + BLOCK
