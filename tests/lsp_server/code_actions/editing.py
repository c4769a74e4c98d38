"""What an editor does with code actions: asks, resolves, and applies the edits to its texts."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.lsp_server.client import PATIENCE_S, Client, Message, span

PREVIEWS: Message = {
    "textDocument": {
        "inlineCompletion": {},
        "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
    },
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create"],
            "changeAnnotationSupport": {},
        },
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}
"""A client that resolves actions and shows edits before it makes them."""

COMMANDS: Message = {
    "textDocument": {"inlineCompletion": {}},
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
}
"""A client that knows actions as commands only."""

PLAIN: Message = {"textDocument": {"inlineCompletion": {}}, "workspace": {"applyEdit": True}}
"""A client that knows neither versions nor annotations."""


async def offers(
    client: Client, uri: str, line: int, character: int = 0, only: list[str] | None = None
) -> list[Message]:
    """Return the actions at a place."""
    place = (line, character)
    context: Message = {"diagnostics": [], **({"only": only} if only else {})}
    params = {"textDocument": {"uri": uri}, "range": span(place, place), "context": context}
    actions: list[Message] = await client.request("textDocument/codeAction", params)
    return actions


async def offer(client: Client, uri: str, name: str, line: int, character: int = 0) -> Message:
    """Return the action with this name at a place."""
    actions = await offers(client, uri, line, character)
    found = [action for action in actions if action_data(action).get("action") == name]
    assert found, f"{name} is not among {[action['title'] for action in actions]}"
    return found[0]


def action_data(action: Message) -> Message:
    """Return what an action says of itself, which a client hands back as it is."""
    arguments = action.get("command", {}).get("arguments", [{}])
    data = action.get("data", arguments[0])
    return data if isinstance(data, dict) else {}


async def resolve(client: Client, action: Message) -> Message:
    """Have the work of an action done; return the action with its edit."""
    resolved: Message = await client.request("codeAction/resolve", action)
    return resolved


def messages(client: Client) -> list[str]:
    """Return what the server has shown to people."""
    shown = [m["params"] for m in client.received if m.get("method") == "window/showMessage"]
    return [params["message"] for params in shown]


def changed_documents(edit: Message | None) -> dict[str, list[Message]]:
    """Return an edit's text edits by document."""
    if edit is None:
        return {}
    if "changes" in edit:
        return dict(edit["changes"])
    changes = [change for change in edit["documentChanges"] if "textDocument" in change]
    return {change["textDocument"]["uri"]: change["edits"] for change in changes}


def apply(text: str, edits: list[Message]) -> str:
    """Return an ASCII text with edits made that do not overlap."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]

    def offset(position: Message) -> int:
        return min(len(text), starts[position["line"]] + int(position["character"]))

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def progress(client: Client, kind: str) -> list[Message]:
    """Return the reports of this kind about orders."""
    reports = [m["params"] for m in client.received if m.get("method") == "$/progress"]
    begun = {
        report["token"]
        for report in reports
        if report["value"]["kind"] == "begin" and "loading" not in report["value"]["title"]
    }
    return [
        report for report in reports if report["value"]["kind"] == kind and report["token"] in begun
    ]


async def cancelled(future: asyncio.Future[Message]) -> int:
    """Return the code of the error that a request is answered with."""
    answer = await asyncio.wait_for(future, PATIENCE_S)
    return int(answer["error"]["code"])


def texts(edits: dict[str, list[Message]], uri: str, before: str) -> Any:
    """Return a document's text after an edit."""
    return apply(before, edits.get(uri, []))
