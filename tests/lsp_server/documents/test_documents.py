"""The server's copy of a document is the client's, whatever is typed."""

from __future__ import annotations

import hashlib
import random

import pytest

from lsp_server.documents.document import split_lines
from tests.lsp_server.client import Client, Message, span
from tests.lsp_server.conftest import Start

PIECES = [
    "x", "word ", "\n", "\r\n", "\r", "\f", "\v", "\x1c", "\x85", "\u2028", "\u2029",
    "é", "漢", "😀", "𝒳", "def f():\n    ", "a😀\f\r\nb",
]  # fmt: skip
WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def place(text: str, offset: int, encoding: str) -> tuple[int, int]:
    """Return the line and character of an offset, as a client that counts so would."""
    lines = split_lines(text[:offset])
    codec, width = WIDTHS[encoding]
    return len(lines) - 1, len(lines[-1].encode(codec)) // width


def inside_line_end(text: str, offset: int) -> bool:
    return text[offset - 1 : offset + 1] == "\r\n"


def random_change(text: str, chance: random.Random, encoding: str) -> tuple[str, Message]:
    """Return the text after a random edit, and the edit as a client sends it."""
    offsets = [n for n in range(len(text) + 1) if not inside_line_end(text, n)]
    start, end = sorted(chance.choices(offsets, k=2))
    end = min(end, start + chance.choice([0, 0, 1, 5]))
    if inside_line_end(text, end):
        end += 1
    new = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 1, 3])))
    where = span(place(text, start, encoding), place(text, end, encoding))
    return text[:start] + new + text[end:], {"range": where, "text": new}


async def hash_of(client: Client, uri: str) -> tuple[int, str]:
    answer = await client.command("coterie.documentHash", uri)
    return answer["version"], answer["sha256"]


@pytest.mark.parametrize("encoding", sorted(WIDTHS))
async def test_two_hundred_edits(start: Start, document: str, encoding: str) -> None:
    client = await start({}, encodings=[encoding])
    chance = random.Random(encoding)
    text = "first\f line\r\n😀 second\u2028\rthird"
    client.open(document, text)
    for number in range(1, 201):
        changes = []
        for _ in range(chance.choice([1, 1, 2])):
            text, change = random_change(text, chance, encoding)
            changes.append(change)
        client.change(document, *changes)
        if number % 10 == 0:
            expected = hashlib.sha256(text.encode()).hexdigest()
            assert await hash_of(client, document) == (number + 1, expected)


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (None, "utf-16"),
        (["utf-16"], "utf-16"),
        (["utf-8", "utf-16", "utf-32"], "utf-8"),
        (["utf-32", "utf-16"], "utf-32"),
        (["utf-7"], "utf-16"),
    ],
)
async def test_negotiated_encoding(start: Start, offered: list[str] | None, agreed: str) -> None:
    client = await start({}, encodings=offered)
    assert client.encoding == agreed


@pytest.mark.parametrize("encoding", sorted(WIDTHS))
async def test_a_position_behind_an_emoji(start: Start, document: str, encoding: str) -> None:
    client = await start({"small": {"answers": {"é😀 = ": ["here"]}}}, encodings=[encoding])
    text = "# 😀\né😀 = \n"
    client.open(document, text)
    line, character = place(text, len(text) - 1, encoding)
    items = await client.inline(document, line, character)
    assert [item["insertText"] for item in items] == ["here"]
    assert items[0]["range"] == span((line, character), (line, character))


async def test_replacing_everything(start: Start, document: str) -> None:
    client = await start({})
    client.open(document, "old")
    client.change(document, {"text": "new\f\n"})
    expected = hashlib.sha256(b"new\f\n").hexdigest()
    assert await hash_of(client, document) == (2, expected)


async def test_a_document_that_is_not_open(start: Start, document: str) -> None:
    client = await start({"small": {"otherwise": ["text"]}})
    assert await client.command("coterie.documentHash", document) is None
    assert await client.command("coterie.lastTrace", document) is None
    assert await client.inline(document, 0, 0) == []
    client.open(document, "x")
    assert await client.texts(document, 0, 1) == ["text"]
    client.notify("textDocument/didClose", {"textDocument": {"uri": document}})
    assert await client.inline(document, 0, 1) == []
    assert await client.command("coterie.documentHash", document) is None


@pytest.mark.parametrize(("line", "character"), [(0, 999), (999, 0), (999, 999)])
async def test_a_position_beyond_the_end_is_the_end(
    start: Start, document: str, line: int, character: int
) -> None:
    client = await start({"small": {"answers": {"only line": ["!"]}}})
    client.open(document, "only line")
    assert await client.texts(document, line, character) == ["!"]
