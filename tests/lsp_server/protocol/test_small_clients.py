"""Clients that say little of themselves, as editors really introduce themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.lsp_server.client import Client, Message, span
from tests.lsp_server.conftest import Start

CAST = {"small": {"answers": {"😀 = res": ["ult"], "x = ": ["1"]}}}
BROKEN = "print(max(1, 2)\n\n\nx = 1\n"

_LITERALS: Message = {
    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}}
}
# What editors say of themselves, as far as it is about what is used here, and whether an edit may
# be sent to them.
EDITORS: dict[str, tuple[Message, bool]] = {
    "nothing": ({}, True),
    "Kate 22.12": (
        {"textDocument": {"codeAction": _LITERALS}, "window": {"workDoneProgress": True}},
        True,
    ),
    "eglot 1.9": (
        {
            "textDocument": {
                "codeAction": {**_LITERALS, "dynamicRegistration": False},
                "completion": {"completionItem": {"snippetSupport": False}, "contextSupport": True},
            },
            "workspace": {
                "applyEdit": True,
                "workspaceEdit": {"documentChanges": True},
                "configuration": True,
            },
        },
        True,
    ),
    "ALE 3.3": (
        {
            "textDocument": {
                "codeAction": {**_LITERALS, "dynamicRegistration": False},
                "completion": {"completionItem": {"snippetSupport": False}},
            },
            "workspace": {"applyEdit": False, "configuration": False, "workspaceFolders": False},
        },
        False,
    ),
}


async def completion(client: Client, uri: str, line: int, character: int) -> Message:
    position = {"line": line, "character": character}
    params = {"textDocument": {"uri": uri}, "position": position}
    (item,) = (await client.request("textDocument/completion", params))["items"]
    found: Message = item
    return found


@pytest.mark.parametrize("editor", EDITORS)
async def test_completions_and_actions(start: Start, tmp_path: Path, editor: str) -> None:
    capabilities, takes_edits = EDITORS[editor]
    uri = (tmp_path / "broken.py").as_uri()
    client = await start(CAST, inline=False, **capabilities)
    # ALE takes a provider without any entry for none.
    assert client.capabilities["completionProvider"]
    client.replies["workspace/applyEdit"] = {"applied": True}
    client.open(uri, "x = ", "python")
    assert (await completion(client, uri, 0, 4))["textEdit"]["newText"] == "1"
    client.change(uri, {"text": BROKEN})
    place = span((0, 0), (0, 0))
    params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": []}}
    actions = await client.request("textDocument/codeAction", params)
    fixes = [action for action in actions if action["kind"] == "quickfix"]
    assert bool(fixes) is takes_edits
    for fix in fixes:
        await client.command(fix["command"]["command"], *fix["command"]["arguments"])
        applied = [m for m in client.received if m.get("method") == "workspace/applyEdit"]
        assert len(applied) == 1
        assert "))" in json.dumps(applied) or '")"' in json.dumps(applied)


@pytest.mark.parametrize(("encoding", "start_at"), [("utf-8", 7), ("utf-16", 5), ("utf-32", 4)])
async def test_each_encoding(start: Start, document: str, encoding: str, start_at: int) -> None:
    client = await start(CAST, inline=False, encodings=[encoding])
    client.open(document, "😀 = res")
    item = await completion(client, document, 0, start_at + 3)
    assert item["textEdit"]["newText"] == "result"
    assert item["textEdit"]["range"] == span((0, start_at), (0, start_at + 3))


async def test_the_least_that_can_be_said(tmp_path: Path) -> None:
    """No process, no root, no options, and nothing that the client could do."""
    file = tmp_path / "cast.json"
    file.write_text(json.dumps(CAST))
    config = tmp_path / "config.toml"
    config.write_text('[deadline]\nautomatic = "60 s"\n')
    client = await Client.start(
        sys.executable, "-m", "tests.lsp_server.scripted", str(file),
        env={"COTERIE_CONFIG": str(config)},
    )  # fmt: skip
    params: Message = {"processId": None, "rootUri": None, "capabilities": {}}
    capabilities = (await client.request("initialize", params))["capabilities"]
    assert capabilities["positionEncoding"] == "utf-16"
    # Some begin before they have said that they are initialized.
    client.open("untitled:Untitled-1", "x = ", "python")
    client.notify("initialized")
    assert (await completion(client, "untitled:Untitled-1", 0, 4))["label"] == "1"
    assert [m["method"] for m in client.received if "method" in m and "id" in m] == []
    assert await client.goodbye() == 0


# What editors call a language, and a text in it with two continuations: what does not parse is
# not suggested, if the language was understood.
IDENTIFIERS = [
    (("python", "py"), "x = ", "1", "1)"),
    (("javascript", "js", "javascriptreact", "jsx", "javascript.jsx"), "let x = ", "1;", "1 +;"),
    (("javascriptreact", "typescriptreact", "tsx"), "let y = ", "<p>{1}</p>;", "<p>{1}</div>;"),
    (("typescript", "ts"), "let x: number = ", "1;", "1 +;"),
    (("shellscript", "sh", "bash", "zsh"), "x=", "$(date)", "$(date))"),
    (("json", "jsonc", "js-json"), '{"x": ', "[1]}", "[1}"),
    (("cpp", "c++"), "int x = ", "1;", "1 +;"),
    (("csharp", "cs", "c#"), "int z = ", "1;", "1 +;"),
    (("html", "mhtml"), "<p>", "x</p>", "x</p></div>"),
    (("toml", "conf-toml"), "y = ", "[1]", "[1"),
]


async def test_what_editors_call_languages(start: Start) -> None:
    answers = {line: [good, bad, bad] for _, line, good, bad in IDENTIFIERS}
    both = {"small": {"answers": answers}, "large": {"answers": answers}}
    client = await start(both, options={"suggest": {"minimum_agreement": 0.0}})
    for number, (names, line, good, bad) in enumerate(IDENTIFIERS):
        for name in names:
            uri = f"untitled:Untitled-{number}-{name}"
            client.open(uri, line, name)
            found = await client.texts(uri, 0, len(line))
            trace = (await client.command("coterie.lastTrace", uri))["text"]
            assert bad not in found, (name, trace)
            assert good in found, (name, trace)


async def test_a_language_is_switched_off_by_either_name(start: Start) -> None:
    options = {"languages": {"shellscript": {"enabled": False}, "tsx": {"enabled": False}}}
    client = await start({"small": {"otherwise": ["1"]}}, options=options)
    for number, (name, given) in enumerate([
        ("shellscript", []), ("sh", []), ("zsh", []), ("tsx", []),
        ("typescriptreact", ["1"]), ("python", ["1"]),
    ]):  # fmt: skip
        uri = f"untitled:Untitled-{number}"
        client.open(uri, "x=", name)
        assert await client.texts(uri, 0, 2) == given, name
