"""What a server writes down of what becomes of suggestions, and where it stays silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.learning.accepted import accepted_store
from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome, outcome_store
from tests.lsp_server.client import Client, span
from tests.lsp_server.conftest import Start

CAST = {"small": {"answers": {"confidential_head ": ["confidential_tail"]}, "otherwise": ["?"]}}
HEAD, TAIL = "confidential_head ", "confidential_tail"
SECRETS = ("confidential", "notes", "project", "hidden")
Steps = Callable[[Client, str, list[dict[str, Any]]], Any]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that this test has for itself."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def insert(client: Client, uri: str, text: str = TAIL) -> None:
    client.type(uri, 0, len(HEAD), text)


async def asked(client: Client, uri: str) -> list[dict[str, Any]]:
    client.open(uri, HEAD)
    items = await client.inline(uri, 0, len(HEAD))
    assert [item["insertText"] for item in items] == [TAIL]
    return items


async def accept(client: Client, uri: str, items: list[dict[str, Any]]) -> None:
    insert(client, uri)
    command = items[0]["command"]
    await client.command(command["command"], *command["arguments"])
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})


async def undo(client: Client, uri: str, items: list[dict[str, Any]]) -> None:
    insert(client, uri)
    client.change(uri, {"range": span((0, len(HEAD)), (0, len(HEAD + TAIL))), "text": ""})


async def take_a_part(client: Client, uri: str, items: list[dict[str, Any]]) -> None:
    client.notify("textDocument/didShowCompletion", {"item": items[0]})
    insert(client, uri, TAIL[:12])
    part = {"item": {"command": items[0]["command"]}, "acceptedLength": 12}
    client.notify("textDocument/didPartiallyAcceptCompletion", part)
    client.type(uri, 0, len(HEAD) + 12, "!")


async def dismiss(client: Client, uri: str, items: list[dict[str, Any]]) -> None:
    await client.command("coterie.dismissed", items[0]["command"]["arguments"][0])


async def talk_nonsense(client: Client, uri: str, items: list[dict[str, Any]]) -> None:
    for item in (
        None,
        {},
        {"command": {"command": "other", "arguments": ["1"]}},
        items[0]["range"],
    ):
        client.notify("textDocument/didShowCompletion", {"item": item})
        client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item})


ENDS: dict[str, tuple[Steps, dict[str, Any]]] = {
    "accepted": (
        accept,
        {"ending": SuggestionEnding.ACCEPTED, "accepted": 1.0, "kept": 1.0, "told": None},
    ),
    "undone": (undo, {"ending": SuggestionEnding.ACCEPTED, "kept": 0.0, "undone": True}),
    "partly": (take_a_part, {"ending": SuggestionEnding.PARTIAL, "told": True, "accepted": 0.706}),
    "dismissed": (dismiss, {"ending": SuggestionEnding.DISMISSED, "accepted": 0.0, "kept": None}),
    "nonsense": (talk_nonsense, {"ending": SuggestionEnding.IGNORED}),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_written_down(end: str, start: Start, document: str, data: Path) -> None:
    steps, expected = ENDS[end]
    client = await start(CAST)
    items = await asked(client, document)
    await steps(client, document, items)
    await client.goodbye()
    (outcome,) = outcome_store().rows()
    found = {name: getattr(outcome, name) for name in expected}
    assert found == expected
    assert (outcome.model, outcome.tier, outcome.trigger) == ("small", 0, "automatic")
    assert (outcome.characters, outcome.language) == (len(TAIL), "other")
    assert 0 < outcome.latency_ms < 60_000
    assert_no_text(data)


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def assert_no_text(folder: Path) -> None:
    """Nothing in a folder may hold a word of the document, a file's name or a part of its path."""
    written = files_in(folder)
    assert written
    for file in written:
        content = file.read_bytes().decode("utf-8", "replace")
        assert not [secret for secret in SECRETS if secret in content]


def test_an_outcome_has_no_room_for_text(document: str) -> None:
    """Its texts are a day, a model's name and words that the server itself has chosen."""
    texts = {name for name, kind in SuggestionOutcome.__annotations__.items() if kind == "str"}
    assert texts == {"day", "model", "language", "trigger"}


async def test_nothing_is_written_down_when_switched_off(
    start: Start, document: str, data: Path
) -> None:
    client = await start(CAST, options={"stats": {"record": False}})
    await accept(client, document, await asked(client, document))
    await client.goodbye()
    assert files_in(data) == []


async def test_after_an_undo_nothing_comes_by_itself(start: Start, document: str) -> None:
    client = await start(CAST)
    await undo(client, document, await asked(client, document))
    assert await client.inline(document, 0, len(HEAD)) == []
    trace = await client.command("coterie.lastTrace", document)
    assert "undo" in trace["trace"][0]["facts"]["reason"]
    assert await client.texts(document, 0, len(HEAD), invoked=True) == [TAIL]
    client.type(document, 0, len(HEAD), "c")
    assert await client.texts(document, 0, len(HEAD) + 1) == [TAIL[1:]]


async def test_what_was_dismissed_does_not_come_again(start: Start, document: str) -> None:
    client = await start(CAST)
    await dismiss(client, document, await asked(client, document))
    assert await client.inline(document, 0, len(HEAD)) == []
    assert await client.texts(document, 0, len(HEAD), invoked=True) == [TAIL]
    client.type(document, 0, len(HEAD), "c")
    assert await client.texts(document, 0, len(HEAD) + 1) == [TAIL[1:]]


@pytest.mark.parametrize("end", [dismiss, undo])
async def test_what_is_not_wanted_does_not_come_back_with_the_next_letter(
    end: Steps, start: Start, document: str
) -> None:
    client = await start(CAST)
    await end(client, document, await asked(client, document))
    client.type(document, 0, len(HEAD), "c")
    assert await client.inline(document, 0, len(HEAD) + 1) == []
    trace = await client.command("coterie.lastTrace", document)
    assert "a moment ago" in trace["trace"][-1]["facts"]["reason"]


async def test_while_somebody_deletes_nothing_comes(start: Start, document: str) -> None:
    """Letter by letter, into what was accepted; then the beginning is typed again, and another."""
    client = await start({"small": {"answers": {HEAD: [TAIL], HEAD[:-1]: [HEAD[-1] + TAIL]}}})
    client.open(document, HEAD)
    assert await client.texts(document, 0, len(HEAD)) == [TAIL]
    client.type(document, 0, len(HEAD), TAIL)
    for end in range(len(HEAD + TAIL) - 1, len(HEAD) - 1, -1):
        client.change(document, {"range": span((0, end), (0, end + 1)), "text": ""})
        assert await client.inline(document, 0, end) == []
    assert await client.texts(document, 0, len(HEAD), invoked=True) == [TAIL]


RECORD = "[distill]\nrecord = true\n"


@pytest.mark.parametrize(
    ("user", "workspace", "name", "count"),
    [
        ("", "", "notes.txt", 0),
        ("", RECORD, "notes.txt", 0),
        (RECORD, "", "notes.txt", 1),
        (RECORD, "[distill]\nrecord = false\n", "notes.txt", 0),
        (RECORD, "", ".env", 0),
        (RECORD, "", "hidden/notes.txt", 0),
    ],
    ids=["off", "only a workspace wants it", "on", "the workspace does not", "secret", "ignored"],
)
async def test_accepted_suggestions(
    user: str, workspace: str, name: str, count: int, start: Start, tmp_path: Path, document: str
) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir()
    (project / ".gitignore").write_text("hidden/\n")
    (project / ".coterie.toml").write_text(workspace)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + user)
    client = await start(CAST, folders=[project.as_uri()])
    uri = (project / name).as_uri()
    client.open(uri, HEAD)
    items = await client.inline(uri, 0, len(HEAD))
    assert bool(items) == (name == "notes.txt")
    if items:
        await accept(client, uri, items)
    else:
        insert(client, uri)
    await client.goodbye()
    rows = accepted_store().rows()
    assert len(rows) == count
    assert accepted_store().file.exists() == bool(count)
    for row in rows:
        assert (row.prefix, row.text, row.suffix) == (HEAD, TAIL, "")
        assert (row.path, row.repository) == ("notes.txt", "project")


async def test_nothing_is_kept_of_what_has_no_file(
    start: Start, tmp_path: Path, data: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(RECORD)
    client = await start(CAST, options={"distill": {"record": True}})
    uri = "untitled:Untitled-1"
    await accept(client, uri, await asked(client, uri))
    await client.goodbye()
    assert not accepted_store().file.exists()
    assert len(outcome_store().rows()) == 1


async def test_a_broken_file_disturbs_nobody(start: Start, document: str, data: Path) -> None:
    outcome_store().file.parent.mkdir(parents=True)
    outcome_store().file.write_text(json.dumps(["this is no database"]) * 50)
    client = await start(CAST)
    await accept(client, document, await asked(client, document))
    assert await client.goodbye() == 0
    assert "recorded" in client.logged
