"""A notebook's cells are context for each other, however a client sends them."""

from __future__ import annotations

from tests.lsp_server.client import Client, Message, span
from tests.lsp_server.code_actions.editing import PLAIN, apply, changed_documents, messages, offer
from tests.lsp_server.conftest import Start

NOTEBOOK = "file:///home/prices.ipynb"
CELLS = [f"vscode-notebook-cell:/home/prices.ipynb#W{number}sZmlsZQ" for number in range(4)]
TEXTS = ["%matplotlib inline\nprices = [1, 2]\n", "Some *prose*", "total = sum(", "print(total)"]
LANGUAGES = ["python", "markdown", "python", "python"]
# What the model says if it was shown the first cell, and what it says otherwise.
CAST = {"small": {"reading": {"prices = [1, 2]": ["prices)"]}, "otherwise": ["unheard_of)"]}}


def item(number: int, uri: str = "") -> Message:
    """Return the text document of a cell."""
    text, language = TEXTS[number], LANGUAGES[number]
    return {"uri": uri or CELLS[number], "languageId": language, "version": 1, "text": text}


def cell(number: int, uri: str = "") -> Message:
    return {"kind": 1 if LANGUAGES[number] == "markdown" else 2, "document": uri or CELLS[number]}


def open_notebook(client: Client, *numbers: int) -> None:
    notebook = {"uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 1}
    client.notify(
        "notebookDocument/didOpen",
        {
            "notebookDocument": {**notebook, "cells": [cell(number) for number in numbers]},
            "cellTextDocuments": [item(number) for number in numbers],
        },
    )


def change_notebook(client: Client, **cells: object) -> None:
    document = {"uri": NOTEBOOK, "version": 2}
    client.notify(
        "notebookDocument/didChange", {"notebookDocument": document, "change": {"cells": cells}}
    )


async def names_verdict(client: Client, uri: str) -> tuple[str, str]:
    """Return what the check of names said of the last answer's first text."""
    trace = await client.command("coterie.lastTrace", uri)
    verdicts = trace["completions"][0]["verdicts"]
    found = next(verdict for verdict in verdicts if verdict["check"] == "names")
    return found["outcome"], found["detail"]


async def test_a_client_that_knows_notebooks(start: Start) -> None:
    client = await start(CAST, notebookDocument={"synchronization": {}})
    assert client.capabilities["notebookDocumentSync"] == {"notebookSelector": [{"notebook": "*"}]}
    open_notebook(client, 0, 1, 2, 3)
    items = await client.inline(CELLS[2], 0, 12)
    assert [found["insertText"] for found in items] == ["prices)"]
    # Positions are the cell's own, whatever stands in the cells before it.
    assert items[0]["range"] == span((0, 12), (0, 12))
    assert await names_verdict(client, CELLS[2]) == ("SKIP", "a notebook's cells share their names")
    # Typing into the answer needs no model here either.
    change = {"range": span((0, 12), (0, 12)), "text": "pri"}
    change_notebook(
        client, textContent=[{"document": {"uri": CELLS[2], "version": 2}, "changes": [change]}]
    )
    assert await client.texts(CELLS[2], 0, 15) == ["ces)"]
    trace = await client.command("coterie.lastTrace", CELLS[2])
    assert trace["trace"][-1]["event"] == "remembered"


async def test_cells_that_come_move_and_go(start: Start) -> None:
    client = await start(CAST)
    open_notebook(client, 2)
    assert await client.texts(CELLS[2], 0, 12) == ["unheard_of)"]
    structure: Message = {"array": {"start": 0, "deleteCount": 0, "cells": [cell(0)]}}
    change_notebook(client, structure={**structure, "didOpen": [item(0)]})
    assert await client.texts(CELLS[2], 0, 12) == ["prices)"]
    # Swapped: context comes from below a cell, too.
    swapped = {"start": 0, "deleteCount": 2, "cells": [cell(2), cell(0)]}
    change_notebook(client, structure={"array": swapped})
    assert await client.texts(CELLS[2], 0, 12) == ["prices)"]
    removed: Message = {"array": {"start": 1, "deleteCount": 1, "cells": []}}
    change_notebook(client, structure={**removed, "didClose": [{"uri": CELLS[0]}]})
    assert await client.texts(CELLS[2], 0, 12) == ["unheard_of)"]
    client.notify(
        "notebookDocument/didClose",
        {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": [{"uri": CELLS[2]}]},
    )
    assert await client.command("coterie.documentHash", CELLS[2]) is None


async def test_cells_that_are_sent_as_documents(start: Start) -> None:
    client = await start(CAST)
    other = "vscode-notebook-cell:/home/other.ipynb#W0sZmlsZQ"
    for number in (1, 2, 3):
        client.open(CELLS[number], TEXTS[number], LANGUAGES[number])
    assert await client.texts(CELLS[2], 0, 12) == ["unheard_of)"]
    assert (await names_verdict(client, CELLS[2]))[0] == "SKIP"
    client.open(CELLS[0], TEXTS[0], LANGUAGES[0])
    client.open(other, TEXTS[2], "python")
    assert await client.texts(CELLS[2], 0, 12) == ["prices)"]


async def test_a_cell_in_another_language_gets_no_python(start: Start) -> None:
    client = await start({"small": {"reading": {"prices": ["1"]}, "otherwise": ["2"]}})
    client.open(CELLS[0], TEXTS[0], "python")
    client.open(CELLS[1], "select ", "sql")
    assert await client.texts(CELLS[1], 0, 7) == ["2"]


async def test_an_action_in_a_cell(start: Start) -> None:
    """A name from another cell is no reason against a body, and the edit is the cell's own."""
    cast = {"small": {"otherwise": ["return factor * x"]}}
    source = "def scaled(x):\n    pass\n"
    client = await start(cast, **PLAIN)
    client.replies = {"workspace/applyEdit": {"applied": True}}
    client.open(CELLS[0], "factor = 3\n", "python")
    client.open(CELLS[2], source, "python")
    action = await offer(client, CELLS[2], "completeFunction", 1)
    await client.command(action["command"]["command"], *action["command"]["arguments"])
    asked = [m["params"] for m in client.received if m.get("method") == "workspace/applyEdit"]
    assert asked, messages(client)
    edits = changed_documents(asked[0]["edit"])[CELLS[2]]
    assert apply(source, edits) == "def scaled(x):\n    return factor * x\n"
