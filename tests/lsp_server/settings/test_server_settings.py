"""Settings from the client and the workspace, for each document by its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp_server.client import Client
from tests.lsp_server.conftest import Start

CAST = {"small": {"otherwise": ["text"]}, "large": {"otherwise": ["text"]}}


def folder(tmp_path: Path, name: str, settings: str = "") -> str:
    """Make a workspace folder; return its URI."""
    path = tmp_path / name
    path.mkdir()
    if settings:
        (path / ".coterie.toml").write_text(settings)
    return path.as_uri()


def popups(client: Client) -> list[str]:
    return [
        message["params"]["message"]
        for message in client.received
        if message.get("method") == "window/showMessage"
    ]


def changed(**folders: list[dict[str, str]]) -> dict[str, object]:
    return {"event": {"added": [], "removed": [], **folders}}


async def asked(client: Client, uri: str, language: str = "plaintext") -> list[str]:
    client.open(uri, "hello ", language)
    return await client.texts(uri, 0, 6)


async def reason(client: Client, uri: str) -> str:
    trace = await client.command("coterie.lastTrace", uri)
    return str(trace["trace"][0]["facts"]["reason"])


async def test_two_folders_with_different_settings(start: Start, tmp_path: Path) -> None:
    quiet = folder(tmp_path, "quiet", "enabled = false\n")
    lively = folder(tmp_path, "lively")
    client = await start(CAST, folders=[quiet, lively])
    assert await asked(client, f"{quiet}/notes.txt") == []
    assert await reason(client, f"{quiet}/notes.txt") == "`enabled` is false (workspace)"
    assert await asked(client, f"{lively}/notes.txt") == ["text"]


async def test_a_folder_within_a_folder(start: Start, tmp_path: Path) -> None:
    outer = folder(tmp_path, "outer")
    inner = folder(tmp_path / "outer", "inner", "enabled = false\n")
    client = await start(CAST, folders=[outer, inner])
    assert await asked(client, f"{outer}/notes.txt") == ["text"]
    assert await asked(client, f"{inner}/notes.txt") == []


async def test_a_folder_that_is_added_and_removed(start: Start, tmp_path: Path) -> None:
    quiet = folder(tmp_path, "quiet", "enabled = false\n")
    # Not the file's own folder, whose settings would hold without a workspace too.
    file = f"{folder(tmp_path / 'quiet', 'inner')}/notes.txt"
    client = await start(CAST, folders=[folder(tmp_path, "lively")])
    named = {"uri": quiet, "name": "quiet"}
    assert await asked(client, file) == ["text"]
    client.notify("workspace/didChangeWorkspaceFolders", changed(added=[named]))
    assert await asked(client, file) == []
    client.notify("workspace/didChangeWorkspaceFolders", changed(removed=[named]))
    assert await asked(client, file) == ["text"]


async def test_configuration_of_the_client_for_a_folder(start: Start, tmp_path: Path) -> None:
    quiet, lively = folder(tmp_path, "quiet"), folder(tmp_path, "lively")
    client = await start(
        CAST,
        folders=[quiet, lively],
        configuration={quiet: {"enabled": False}, None: {"suggest": {"max_lines": 4}}},
        workspace={"configuration": True},
    )
    await client.settled()
    assert await asked(client, f"{quiet}/notes.txt") == []
    assert await asked(client, f"{lively}/notes.txt") == ["text"]
    assert popups(client) == []


async def test_configuration_that_changes(start: Start, tmp_path: Path) -> None:
    where = folder(tmp_path, "here")
    client = await start(CAST, folders=[where], workspace={"configuration": True})
    assert await asked(client, f"{where}/a.txt") == ["text"]
    client.configuration = {None: {"languages": {"plaintext": {"enabled": False}}}}
    client.notify("workspace/didChangeConfiguration", {"settings": {}})
    await client.settled()
    assert await asked(client, f"{where}/b.txt") == []


async def test_a_workspace_may_only_tighten(start: Start, tmp_path: Path) -> None:
    where = folder(tmp_path, "here", 'enabled = true\n[models.small]\npath = "/evil.gguf"\n')
    client = await start(CAST, folders=[where], options={"enabled": False}, ready=False)
    assert await asked(client, f"{where}/a.txt") == []
    await client.notification("window/showMessage")
    assert len(popups(client)) == 2
    assert any("models.small.path" in message for message in popups(client))


# Options that are wrong, and what the one message names.
BAD = [
    ({"deadline": {"automatic": "soon"}}, ["deadline.automatic", "60 s"]),
    ({"suggest": {"max_lines": -3}}, ["suggest.max_lines", "8"]),
    ({"sugest": {"max_lines": 3}}, ["sugest"]),
    ("nonsense", ["nonsense"]),
]


@pytest.mark.parametrize(("options", "named"), BAD)
async def test_bad_options_are_one_message(
    start: Start, document: str, options: object, named: list[str]
) -> None:
    client = await start(CAST, options=options)
    assert await asked(client, document) == ["text"]
    client.notify("workspace/didChangeConfiguration", {"settings": {}})
    await client.settled()
    (message,) = popups(client)
    assert all(name in message for name in named)


# Files that no model may see, why, and the settings and files that make them so.
HIDDEN = [
    (".env", "secret", {}, {}),
    ("server.pem", "secret", {}, {}),
    ("id_rsa", "secret", {}, {}),
    ("generated/big.txt", "exclude", {"exclude": ["generated/"]}, {}),
    ("private.txt", "secret", {"secrets": ["private*"]}, {}),
    (
        "build/out.txt", "version control", {},
        {".gitignore": "build/\n", ".git/HEAD": "ref: refs/heads/main\n"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "why", "options", "files"), HIDDEN, ids=[case[0] for case in HIDDEN]
)
async def test_hidden_files_get_nothing(
    start: Start, tmp_path: Path, *, name: str, why: str, options: object, files: dict[str, str]
) -> None:
    where = folder(tmp_path, "here")
    for file, text in {**files, name: "hello "}.items():
        path = tmp_path / "here" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    client = await start(CAST, folders=[where], options=options)
    assert await asked(client, f"{where}/{name}") == []
    assert why in await reason(client, f"{where}/{name}")
    assert await asked(client, f"{where}/open.txt") == ["text"]


async def test_hidden_files_are_no_context(start: Start, tmp_path: Path) -> None:
    where = folder(tmp_path, "here")
    secret = "password = hunter2\n" * 5
    client = await start(CAST, folders=[where], options={"models": {}})
    client.open(f"{where}/.env", secret)
    client.open(f"{where}/open.txt", "user = admin\n" * 5)
    for uri in (f"{where}/.env", f"{where}/open.txt"):
        client.notify("textDocument/didFocus", {"textDocument": {"uri": uri}})
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert await asked(client, f"{where}/notes.txt") == ["text"]
    trace = await client.command("coterie.lastTrace", f"{where}/notes.txt")
    context = next(step for step in trace["trace"] if step["event"] == "context")
    # What was offered: the open file, and not the document itself.
    assert context["facts"]["offered"] == 1
    assert "hunter2" not in str(trace)


@pytest.mark.parametrize(
    ("options", "language", "why"),
    [
        ({"enabled": False}, "plaintext", "`enabled` is false (client)"),
        (
            {"languages.python.enabled": False},
            "python",
            "`languages.python.enabled` is false (client)",
        ),
    ],
)
async def test_switched_off(
    start: Start, document: str, options: object, language: str, why: str
) -> None:
    client = await start(CAST, options=options, ready=False)
    assert await asked(client, document, language) == []
    assert await reason(client, document) == why


# Places in Python that are not code, and the option that keeps them free of suggestions.
PLACES = [
    ("in_comments", "# hello ", False),
    ("in_comments", "x = 'hello ", True),
    ("in_strings", "x = 'hello ", False),
    ("in_strings", "# hello ", True),
]


@pytest.mark.parametrize(("key", "line", "asks"), PLACES)
async def test_comments_and_strings(
    start: Start, document: str, key: str, line: str, asks: bool
) -> None:
    client = await start(CAST, options={"suggest": {key: False}})
    client.open(document, line, "python")
    # A suggestion may still be refused by a check; what matters is whether a model was asked.
    await client.texts(document, 0, len(line))
    trace = await client.command("coterie.lastTrace", document)
    assert any(step["event"] == "route" for step in trace["trace"]) is asks
