"""Inline completions over the wire: answered, cancelled, superseded, remembered, upgraded."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.lsp_server.client import Client, Message
from tests.lsp_server.conftest import Start

CANCELLED = -32800
SLOW = {"small": {"otherwise": ["slow"], "delay": 60.0}}
IMPATIENT = {"deadline": {"automatic": "10 ms"}}


async def answered(client: Client, future: asyncio.Future[Message]) -> Message:
    return await asyncio.wait_for(future, 20)


async def events(client: Client, uri: str) -> list[str]:
    trace = await client.command("coterie.lastTrace", uri)
    return [step["event"] for step in trace["trace"]]


def order(client: Client, *numbers: int) -> list[int]:
    """Return in which order requests were answered."""
    return [message["id"] for message in client.received if message.get("id") in numbers]


async def test_an_answer_with_its_trace(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"hello ": ["world"]}}})
    client.open(document, "hello ")
    items = await client.inline(document, 0, 6)
    assert [item["insertText"] for item in items] == ["world"]
    assert items[0]["command"]["command"] == "coterie.accepted"
    assert await client.command("coterie.accepted", *items[0]["command"]["arguments"]) is None
    trace = await client.command("coterie.lastTrace", document)
    assert [completion["text"] for completion in trace["completions"]] == ["world"]
    assert "decided" in await events(client, document)
    assert "decided" in trace["text"]


async def test_nothing_to_say_is_an_empty_list(start: Start, document: str) -> None:
    client = await start({"small": {"otherwise": [""]}, "large": {"otherwise": [""]}})
    client.open(document, "hello ")
    future = client.ask_inline(document, 0, 6)[1]
    assert (await answered(client, future))["result"] == {"items": []}


async def test_cancel(start: Start, document: str) -> None:
    client = await start(SLOW)
    client.open(document, "hello ")
    number, future = client.ask_inline(document, 0, 6)
    await client.notification("coterie/status", lambda status: status["state"] == "busy")
    client.notify("$/cancelRequest", {"id": number})
    assert (await answered(client, future))["error"]["code"] == CANCELLED


async def test_superseded_requests_are_cancelled_in_order(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"abcd": ["!"]}, "otherwise": ["?"], "delay": 0.3}})
    client.open(document, "")
    asked = []
    for column, letter in enumerate("abcd"):
        client.type(document, 0, column, letter)
        asked.append(client.ask_inline(document, 0, column + 1))
    answers = [await answered(client, future) for _, future in asked]
    assert [answer.get("error", {}).get("code") for answer in answers] == [CANCELLED] * 3 + [None]
    assert [item["insertText"] for item in answers[3]["result"]["items"]] == ["!"]
    numbers = [number for number, _ in asked]
    assert order(client, *numbers) == numbers


async def test_superseded_by_a_remembered_answer(start: Start, document: str) -> None:
    cast = {"small": {"answers": {"hello ": ["world"]}, "otherwise": ["?"], "delay": 0.2}}
    client = await start(cast)
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["world"]
    client.change(document, {"text": "other"})
    older, cancelled = client.ask_inline(document, 0, 5)
    client.change(document, {"text": "hello wor"})
    newer, remembered = client.ask_inline(document, 0, 9)
    assert (await answered(client, remembered))["result"]["items"][0]["insertText"] == "ld"
    assert (await answered(client, cancelled))["error"]["code"] == CANCELLED
    assert order(client, older, newer) == [older, newer]


async def test_typing_into_an_answer_asks_no_model(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"hello ": ["world"]}, "otherwise": ["?"]}})
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["world"]
    for column, letter in enumerate("wor", 6):
        client.type(document, 0, column, letter)
    assert await client.texts(document, 0, 9) == ["ld"]
    assert (await events(client, document))[-1] == "remembered"


async def test_the_next_answer_is_known_when_this_is_accepted(start: Start, document: str) -> None:
    answers = {"hello ": ["world"], "hello world": [" again"]}
    client = await start({"small": {"answers": answers}})
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["world"]
    client.type(document, 0, 6, "world")
    # If the speculation has not ended it is adopted, and the answer is the same.
    assert await client.texts(document, 0, 11) == [" again"]


async def test_an_upgrade_after_the_deadline(start: Start, document: str) -> None:
    client = await start(
        {"small": {"answers": {"hello ": ["world"]}, "delay": 0.3}}, options=IMPATIENT
    )
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == []
    upgrade = await client.notification("coterie/suggestionUpgraded")
    assert upgrade["textDocument"] == {"uri": document, "version": 1}
    assert upgrade["position"] == {"line": 0, "character": 6}
    assert [item["insertText"] for item in upgrade["items"]] == ["world"]
    assert await client.texts(document, 0, 6) == ["world"]
    assert (await events(client, document))[-1] == "remembered"


async def test_no_upgrade_for_another_document_than_was_asked_about(
    start: Start, document: str
) -> None:
    client = await start(
        {"small": {"answers": {"hello ": ["world"]}, "delay": 0.3}}, options=IMPATIENT
    )
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == []
    client.change(document, {"text": "goodbye"})
    await client.settled()
    assert not [m for m in client.received if m.get("method") == "coterie/suggestionUpgraded"]


async def test_several_candidates_are_several_items(start: Start, document: str) -> None:
    # Three samples that disagree, and a larger model that agrees with itself on a fourth.
    cast = {
        "small": {"otherwise": ["one", "two", "two"]},
        "large": {"otherwise": ["two"]},
    }
    options = {"tiers": [{"model": "small", "samples": 3, "quorum": 1.0}]}
    client = await start(cast, options=options)
    client.open(document, "number ")
    assert await client.texts(document, 0, 7) == ["two", "one"]


async def test_a_failing_model_is_an_empty_answer_and_trouble(start: Start, document: str) -> None:
    broken = {"failure": "the model has a headache"}
    client = await start({"small": broken, "large": broken})
    client.open(document, "hello ")
    assert await client.inline(document, 0, 6) == []
    status = await client.notification(
        "coterie/status", lambda status: status["state"] == "trouble"
    )
    assert status["message"] == "the model has a headache"
    assert status["remedy"]
    popups = [m for m in client.received if m.get("method") == "window/showMessage"]
    assert popups == []


async def test_what_is_selected_in_a_list_counts_as_typed(start: Start, document: str) -> None:
    client = await start({"small": {"answers": {"x.append": ["(1)"]}}})
    client.open(document, "x.ap")
    params: dict[str, Any] = {
        "textDocument": {"uri": document},
        "position": {"line": 0, "character": 4},
        "context": {
            "triggerKind": 2,
            "selectedCompletionInfo": {
                "range": {
                    "start": {"line": 0, "character": 2},
                    "end": {"line": 0, "character": 4},
                },
                "text": "append",
            },
        },
    }
    items = (await client.request("textDocument/inlineCompletion", params))["items"]
    assert [item["insertText"] for item in items] == ["append(1)"]
    assert items[0]["range"]["start"] == {"line": 0, "character": 2}
    assert items[0]["range"]["end"] == {"line": 0, "character": 4}
