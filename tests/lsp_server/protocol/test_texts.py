"""What is suggested, to the letter: where it goes in, what it replaces, and its line ends."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.lsp_server.client import Client, Message, span
from tests.lsp_server.conftest import Start

# Text that snippets give a meaning to, and that must arrive as it is.
LITERAL = "cost = `$1 ${2:x}` + $TM_LINE \\$ \\\\ } {"


class Selected(NamedTuple):
    """A line whose end is about to be replaced by what is selected in the editor's own list."""

    line: str
    start: int
    text: str
    head: str
    """The line as it will be, for which the model is asked."""


SELECTED = [
    Selected("x.ap", 2, "append", "x.append"),
    Selected("x.", 2, "append", "x.append"),
    Selected("x.APP", 2, "append", "x.append"),
    Selected("x.zip", 2, "append", "x.append"),
    Selected("é😀.ap", 4, "append", "é😀.append"),
    Selected("x", 0, "$x", "$x"),
]


async def with_selected(client: Client, uri: str, case: Selected) -> list[Message]:
    """Return the items for the end of a line, while a text is selected in the editor's list."""
    end = len(case.line.encode("utf-16-le")) // 2
    info = {"range": span((0, case.start), (0, end)), "text": case.text}
    params = {
        "textDocument": {"uri": uri},
        "position": {"line": 0, "character": end},
        "context": {"triggerKind": 2, "selectedCompletionInfo": info},
    }
    items: list[Message] = (await client.request("textDocument/inlineCompletion", params))["items"]
    return items


async def plain(client: Client, uri: str, line: int, character: int) -> list[Message]:
    """Return the items of the list for clients without inline completion."""
    position = {"line": line, "character": character}
    params = {"textDocument": {"uri": uri}, "position": position}
    items: list[Message] = (await client.request("textDocument/completion", params))["items"]
    return items


async def test_what_extends_the_selected_item(start: Start) -> None:
    """The text begins with the selected one, and both replace the same."""
    client = await start({"small": {"answers": {case.head: ["(1)"] for case in SELECTED}}})
    for number, case in enumerate(SELECTED):
        uri = f"untitled:Untitled-{number}"
        client.open(uri, case.line + "\nnext\n")
        end = len(case.line.encode("utf-16-le")) // 2
        (item,) = await with_selected(client, uri, case)
        assert item["insertText"] == case.text + "(1)", case
        assert item["range"] == span((0, case.start), (0, end)), case
        # Another item is selected, and then none: each time it is another question.
        other = case._replace(text="zzz")
        assert await with_selected(client, uri, other) == [], case


@pytest.mark.parametrize("pair", ["()", "[]", '""', "{}"])
async def test_closed_by_the_editor(start: Start, document: str, pair: str) -> None:
    """What the editor has put behind the cursor is replaced by the text that brings it along."""
    opening, closing = pair[0], pair[1]
    text = f"{opening}😀 + 1{closing}"
    client = await start({"small": {"answers": {"call": [text]}}})
    client.open(document, "call\nnext\n")
    assert await client.texts(document, 0, 4) == [text]
    client.type(document, 0, 4, pair)
    (item,) = await client.inline(document, 0, 5)
    assert item["insertText"] == text[1:]
    assert item["range"] == span((0, 5), (0, 6))


async def test_what_snippets_give_a_meaning_to(start: Start, document: str) -> None:
    """Nothing is sent as a snippet, so that nothing needs to be escaped, and nothing is."""
    cast = {"small": {"answers": {"": [LITERAL]}}}
    inline, other = await start(cast), await start(cast, inline=False)
    for client in (inline, other):
        client.open(document, "")
    (item,) = await inline.inline(document, 0, 0)
    assert item["insertText"] == LITERAL
    assert item.get("insertTextFormat", 1) == 1
    (item,) = await plain(other, document, 0, 0)
    assert item["textEdit"]["newText"] == LITERAL
    assert item["insertTextFormat"] == 1


async def test_line_ends_are_line_feeds(start: Start) -> None:
    """The protocol leaves line ends to the editor, which has its own for the document."""
    body = "first = 1\nsecond = 2"
    cast = {"small": {"answers": {"    ": [body], "rest = ": ["value"]}}}
    sources = ["if x:\n    ", "if x:\r\n    ", "if x:\r\n    \r\n", "if x:\n    \n\n"]
    for inline in (True, False):
        client = await start(cast, inline=inline)
        for number, source in enumerate(sources):
            uri = f"untitled:Untitled-{number}"
            client.open(uri, source, "python")
            if inline:
                texts = await client.texts(uri, 1, 4, invoked=True)
            else:
                texts = [item["textEdit"]["newText"] for item in await plain(client, uri, 1, 4)]
            assert texts and all("\r" not in text for text in texts), source
            assert texts[0].startswith("first = 1"), source


async def test_without_a_final_line_end(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"x = ": ["1"], "": ["y = 2"]}}})
    client.open(document, "x = ", "python")
    (item,) = await client.inline(document, 0, 4)
    assert (item["insertText"], item["range"]) == ("1", span((0, 4), (0, 4)))
    client.change(document, {"text": "x = 1\n"})
    (item,) = await client.inline(document, 1, 0)
    assert (item["insertText"], item["range"]) == ("y = 2", span((1, 0), (1, 0)))


async def test_a_very_large_document(start: Start, document: str) -> None:
    lines = 60_000
    client = await start({"small": {"answers": {"last = ": ["value_1"]}}})
    source = "".join(f"value_{number} = {number}\n" for number in range(lines))
    client.open(document, source + "last = \n" + source, "python")
    (item,) = await client.inline(document, lines, 7)
    assert item["insertText"] == "value_1"
    assert item["range"] == span((lines, 7), (lines, 7))
    client.type(document, lines, 7, "value")
    assert await client.texts(document, lines, 12) == ["_1"]


async def test_a_document_that_changes_before_its_answer(start: Start, document: str) -> None:
    cast = {"small": {"answers": {"hello ": ["world"]}, "delay": 0.5}}
    client = await start(cast)
    # What is typed meanwhile, and what is answered to the question before: what still holds.
    for typed, given in [("w", ["world"]), ("x", []), ("\n", [])]:
        client.open(document, "hello ")
        _, answer = client.ask_inline(document, 0, 6)
        client.type(document, 0, 6, typed)
        assert [item["insertText"] for item in (await answer)["result"]["items"]] == given, typed
        client.notify("textDocument/didClose", {"textDocument": {"uri": document}})
