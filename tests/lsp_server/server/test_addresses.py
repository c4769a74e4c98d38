"""Documents by their URIs: files with odd names, what is no file yet, and what is elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tests.lsp_server.client import Client
from tests.lsp_server.conftest import Start

CAST = {"small": {"otherwise": ["text"]}, "large": {"otherwise": ["text"]}}

# URIs of documents that are like any other, in a workspace with a folder `a b`.
ORDINARY = [
    "{folder}/a%20b/notes.txt",
    "{folder}/a%20b/caf%C3%A9%20%23%3F.txt",
    "{folder}/a b/not encoded.txt",
    "{folder}/missing/new.txt",
    "file:///c%3A/Users/me/notes.txt",
    "file:///C:/Users/me/notes.txt",
    "file://server/share/notes.txt",
    "untitled:Untitled-1",
    "untitled:{path}/not-saved-yet.txt",
    "vscode-notebook-cell:{path}/book.ipynb#W0sZmlsZQ%3D%3D",
    "vscode-remote://ssh-remote%2Bhost/home/me/notes.txt",
    "vscode-vfs://github/owner/repository/notes.txt",
    "inmemory://model/1",
    "zipfile:///home/me/archive.zip::notes.txt",
]
# URIs of secrets: whatever keeps them, and whether they are there or not.
SECRET = [
    "{folder}/a%20b/%2Eenv",
    "{folder}/a%20b/.ENV",
    "{folder}/a%20b/deploy%2Epem",
    "file:///c%3A/Users/me/.ssh/id_rsa",
    "file://server/share/.env",
    "untitled:{path}/.env",
    "vscode-notebook-cell:{path}/credentials.ipynb#W0sZmlsZQ%3D%3D",
    "git:{path}/.env?%7B%22ref%22%3A%22HEAD%22%7D",
    "vscode-remote://ssh-remote%2Bhost/home/me/.env",
]


async def answers(client: Client, uri: str) -> list[str]:
    client.open(uri, "hello ")
    return await client.texts(uri, 0, 6)


async def reason(client: Client, uri: str) -> str:
    trace = await client.command("coterie.lastTrace", uri)
    return str(trace["trace"][0]["facts"].get("reason", ""))


async def test_with_a_workspace(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "a b").mkdir(parents=True)
    client = await start(CAST, folders=[folder.as_uri()])
    places = {"folder": folder.as_uri(), "path": quote(folder.as_posix())}
    for address in ORDINARY:
        assert await answers(client, address.format(**places)) == ["text"], address
    for address in SECRET:
        uri = address.format(**places)
        assert await answers(client, uri) == [], address
        assert "secret" in await reason(client, uri), address


async def test_without_a_workspace(start: Start, tmp_path: Path) -> None:
    client = await start(CAST)
    places = {"folder": tmp_path.as_uri(), "path": quote(tmp_path.as_posix())}
    for address in (*ORDINARY, *SECRET):
        expected = [] if address in SECRET else ["text"]
        assert await answers(client, address.format(**places)) == expected, address


async def test_secrets_that_are_no_files_are_no_context(start: Start, tmp_path: Path) -> None:
    cast = {"small": {"reading": {"hunter2": ["seen = 1"]}, "otherwise": ["hidden = 1"]}}
    client = await start(cast)
    secret = "password = 'hunter2'\n" * 3
    for address in SECRET:
        uri = address.format(folder=tmp_path.as_uri(), path=quote(tmp_path.as_posix()))
        client.open(uri, secret, "python")
        client.notify("textDocument/didFocus", {"textDocument": {"uri": uri}})
    asking = "password = ask()\n" * 8
    client.open("untitled:Untitled-1", asking, "python")
    assert await client.texts("untitled:Untitled-1", 8, 0) == ["hidden = 1"]
    # The same text in a document that is no secret is context.
    client.open("untitled:Untitled-2", secret, "python")
    client.open("untitled:Untitled-3", asking, "python")
    assert await client.texts("untitled:Untitled-3", 8, 0) == ["seen = 1"]


async def test_settings_of_a_folder_hold_for_what_belongs_to_it(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / ".coterie.toml").write_text('exclude = ["generated/"]\n')
    client = await start(CAST, folders=[tmp_path.as_uri()])
    path = quote(tmp_path.as_posix())
    for scheme in ("file://", "untitled:", "vscode-notebook-cell:"):
        assert await answers(client, f"{scheme}{path}/generated/book.txt") == [], scheme
        assert await answers(client, f"{scheme}{path}/written/book.txt") == ["text"], scheme


async def test_settings_cannot_open_secrets(start: Start, tmp_path: Path) -> None:
    """A workspace may add secrets; what it leaves out stays one."""
    (tmp_path / ".coterie.toml").write_text('secrets = ["private*"]\n')
    client = await start(CAST, folders=[tmp_path.as_uri()])
    for name, expected in [(".env", []), ("private.txt", []), ("notes.txt", ["text"])]:
        assert await answers(client, f"{tmp_path.as_uri()}/{name}") == expected, name
