"""Ordering a code action over the wire: offered, resolved, cancelled, outdated, refused.

The order is one that needs no test to be run: a line that a model has to write anew.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp_server.client import Client, Message
from tests.lsp_server.code_actions.editing import (
    COMMANDS,
    PLAIN,
    PREVIEWS,
    action_data,
    apply,
    cancelled,
    changed_documents,
    messages,
    offer,
    offers,
    progress,
    resolve,
)
from tests.lsp_server.conftest import Start

BROKEN = "x = 1 +* 2\n"
FIXED = "x = 1 + 2\n"
FIX = "fixSyntax"
CAST: Message = {"small": {"otherwise": ["x = 1 + 2"]}}
SLOW: Message = {"small": {"otherwise": ["x = 1 + 2"], "delay": 60.0}}
CANCELLED = -32800


async def opened(start: Start, uri: str, cast: Message, client: Message, **more: Any) -> Client:
    started = await start(cast, **client, **more)
    started.replies = {"workspace/applyEdit": {"applied": True}}
    started.open(uri, BROKEN, "python")
    return started


async def test_a_resolved_action_is_an_edit_of_that_version_to_be_confirmed(
    start: Start, module: str
) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    action = await offer(client, module, FIX, 0)
    assert "edit" not in action and "command" not in action, "nothing is done before it is wanted"
    assert action["kind"] == "quickfix"
    edit = (await resolve(client, action))["edit"]
    assert apply(BROKEN, changed_documents(edit)[module]) == FIXED
    assert edit["documentChanges"][0]["textDocument"] == {"uri": module, "version": 1}
    (annotation,) = edit["changeAnnotations"].values()
    assert annotation["needsConfirmation"]
    assert annotation["description"] == "the document parses, rewritten by a model"
    assert messages(client) == []


async def test_the_trace_of_an_order(start: Start, module: str) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    await resolve(client, await offer(client, module, FIX, 0))
    trace = await client.command("coterie.lastTrace", module)
    events = [step["event"] for step in trace["trace"]]
    assert events[0] == "ordered" and events[-1] == "proposed"
    assert "small: x = 1 + 2" in trace["text"]
    assert "the document parses" in trace["text"]


@pytest.mark.parametrize("capabilities", [COMMANDS, PLAIN])
async def test_a_client_that_resolves_nothing_is_asked_to_apply_the_edit(
    start: Start, module: str, capabilities: Message
) -> None:
    client = await opened(start, module, CAST, capabilities)
    action = await offer(client, module, FIX, 0)
    command = action["command"]
    assert await client.command(command["command"], *command["arguments"]) is None
    asked = [m["params"] for m in client.received if m.get("method") == "workspace/applyEdit"]
    assert len(asked) == 1
    assert apply(BROKEN, changed_documents(asked[0]["edit"])[module]) == FIXED
    assert ("documentChanges" in asked[0]["edit"]) == (capabilities is COMMANDS)
    # Where an edit cannot say what speaks for it, a message does.
    assert messages(client) == ["Fix this syntax error: the document parses, rewritten by a model."]


async def test_progress_is_shown_and_ends(start: Start, module: str) -> None:
    client = await opened(start, module, {"small": {**CAST["small"], "delay": 0.3}}, PREVIEWS)
    await resolve(client, await offer(client, module, FIX, 0))
    (begin,) = progress(client, "begin")
    assert begin["value"]["cancellable"] is True
    assert begin["value"]["title"] == "Coterie: Fix this syntax error"
    assert [end["token"] for end in progress(client, "end")] == [begin["token"]]


async def waiting(client: Client, uri: str) -> tuple[int, Any]:
    """Order something that takes a minute; return when the model has been asked."""
    action = await offer(client, uri, FIX, 0)
    number, future = client.ask("codeAction/resolve", action)
    await client.notification("$/progress", lambda p: p["value"].get("message") == "small writes")
    return number, future


async def test_cancelled_by_its_request(start: Start, module: str) -> None:
    client = await opened(start, module, SLOW, PREVIEWS)
    number, future = await waiting(client, module)
    client.notify("$/cancelRequest", {"id": number})
    assert await cancelled(future) == CANCELLED
    assert progress(client, "end")[0]["value"]["message"] == "cancelled"
    assert messages(client) == []


async def test_cancelled_by_its_progress(start: Start, module: str) -> None:
    client = await opened(start, module, SLOW, PREVIEWS)
    _, future = await waiting(client, module)
    token = progress(client, "begin")[0]["token"]
    client.notify("window/workDoneProgress/cancel", {"token": token})
    assert await cancelled(future) == CANCELLED


@pytest.mark.parametrize("by_progress", [False, True])
async def test_a_cancelled_command_applies_nothing(
    start: Start, module: str, by_progress: bool
) -> None:
    capabilities = {**COMMANDS, "window": {"workDoneProgress": True}}
    client = await opened(
        start, module, {"small": {**CAST["small"], "delay": 1.0}}, capabilities
    )  # fmt: skip
    command = (await offer(client, module, FIX, 0))["command"]
    number, future = client.ask("workspace/executeCommand", command)
    await client.notification("$/progress", lambda p: p["value"].get("message") == "small writes")
    if by_progress:
        token = progress(client, "begin")[0]["token"]
        client.notify("window/workDoneProgress/cancel", {"token": token})
        assert (await future)["result"] is None
    else:
        client.notify("$/cancelRequest", {"id": number})
        assert await cancelled(future) == CANCELLED
    await client.notification("$/progress", lambda p: p["value"].get("message") == "cancelled")
    # The model would have answered by the time that a second order for the same has.
    assert await client.command(command["command"], *command["arguments"]) is None
    asked = [m for m in client.received if m.get("method") == "workspace/applyEdit"]
    assert len(asked) == 1, "only the second order"


async def test_a_newer_order_ends_the_one_before(start: Start, module: str) -> None:
    client = await opened(start, module, SLOW, PREVIEWS)
    _, first = await waiting(client, module)
    second_number, second = client.ask("codeAction/resolve", await offer(client, module, FIX, 0))
    assert await cancelled(first) == CANCELLED
    client.notify("$/cancelRequest", {"id": second_number})
    assert await cancelled(second) == CANCELLED


async def test_a_change_of_the_document_ends_it_with_one_message(start: Start, module: str) -> None:
    client = await opened(start, module, SLOW, PREVIEWS)
    _, future = await waiting(client, module)
    client.type(module, 0, 0, "y")
    answer = await future
    assert "edit" not in answer["result"]
    assert messages(client) == ["The document has been changed meanwhile: nothing was edited."]


async def test_an_offer_for_an_older_version_edits_nothing(start: Start, module: str) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    action = await offer(client, module, FIX, 0)
    client.type(module, 0, 0, "y")
    assert "edit" not in await resolve(client, action)
    assert messages(client) == ["The document has been changed meanwhile: nothing was edited."]


async def test_nothing_found_is_said_once_and_edits_nothing(start: Start, module: str) -> None:
    client = await opened(start, module, {"small": {"otherwise": ["x = 3 +* 4"]}}, PREVIEWS)
    assert "edit" not in await resolve(client, await offer(client, module, FIX, 0))
    assert messages(client) == ["Fix this syntax error: no edit was found that makes it parse."]


async def test_a_failing_model_is_nothing_found(start: Start, module: str) -> None:
    broken = {"failure": "the model has a headache"}
    client = await opened(start, module, {"small": broken, "large": broken}, PREVIEWS)
    assert "edit" not in await resolve(client, await offer(client, module, FIX, 0))
    assert "headache" in (await client.command("coterie.lastTrace", module))["text"]


async def test_action_data_that_is_none_of_ours(start: Start, module: str) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    nowhere = {"uri": "file:///x", "version": 1, "offset": 0}
    none: list[Any] = [None, 1, "text", {}, {"action": FIX}, {"action": FIX, **nowhere}]
    for data in [*none, {"action": "unknown", **nowhere}, {"action": "unknown", "uri": module}]:
        assert "edit" not in await resolve(client, {"title": "x", "data": data})
        assert await client.command("coterie.action", data) is None
    assert action_data(await offer(client, module, FIX, 0))["action"] == FIX


async def test_hidden_files_are_offered_nothing(start: Start, module: str) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    secret = module.replace("shop.py", "credentials.py")
    client.open(secret, BROKEN, "python")
    assert await offers(client, secret, 0) == []
    ordered = {**action_data(await offer(client, module, FIX, 0)), "uri": secret}
    assert "edit" not in await resolve(client, {"title": "x", "data": ordered})
    assert len(messages(client)) == 1


async def test_languages_that_are_switched_off_are_offered_nothing(
    start: Start, module: str
) -> None:
    options = {"languages": {"python": {"enabled": False}}}
    client = await opened(start, module, CAST, PREVIEWS, options=options, ready=False)
    assert await offers(client, module, 0) == []


async def test_only_the_kinds_that_are_wanted(start: Start, module: str) -> None:
    client = await opened(start, module, CAST, PREVIEWS)
    wanted = {"quickfix": [FIX], "refactor": [], "source": [], "quickfix.other": []}
    for kind, expected in wanted.items():
        actions = await offers(client, module, 0, only=[kind])
        assert [action_data(action)["action"] for action in actions] == expected, kind


async def test_the_deadline_ends_it(start: Start, module: str) -> None:
    options = {"deadline": {"function": "50 ms"}}
    client = await opened(start, module, SLOW, PREVIEWS, options=options)
    assert "edit" not in await resolve(client, await offer(client, module, FIX, 0))
    assert messages(client) == ["Fix this syntax error: nothing was found in 0.05 s."]
