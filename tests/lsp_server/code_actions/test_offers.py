"""What is offered where, and why the last suggestion was made."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from lsp_server.code_actions.catalog import offered
from lsp_server.code_actions.cursor_context import CursorContext
from tests.lsp_server.client import Message
from tests.lsp_server.code_actions.editing import (
    COMMANDS,
    PREVIEWS,
    action_data,
    messages,
    offer,
    offers,
    resolve,
)
from tests.lsp_server.conftest import Start
from tests.notation import hole

COMPLETE, REPAIR, TESTS = "completeFunction", "repairFunction", "writeTests"
DOCUMENT, FIX = "documentFunction", "fixSyntax"
WRITTEN = "def f(x):\n    return x‸\n"


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "def f(x):\n    ‸pass\n", [COMPLETE]),
        ("python", "def f‸(x):\n    ...\n", [COMPLETE]),
        ("python", "def f(x):\n    ‸\n", [COMPLETE, FIX]),
        ("python", 'def f(x):\n    """Say hello."""\n    ‸\n', [COMPLETE]),
        ("python", 'def f(x):\n    """Say‸ hello."""\n', [COMPLETE]),
        ("python", "def f(x):\n    raise NotImplementedError‸\n", [COMPLETE]),
        ("python", "def g():\n    return 1\n\n\ndef f(x):\n    ‸pass\n", [COMPLETE]),
        ("python", WRITTEN, [REPAIR, TESTS, DOCUMENT]),
        ("python", "@cached\ndef f(x):‸\n    return x\n", [REPAIR, TESTS, DOCUMENT]),
        ("python", 'def f(x):\n    """Say hello."""\n    return x‸\n', [REPAIR, TESTS]),
        ("python", "class A:\n    def f(self):\n        return 1‸\n", [REPAIR, DOCUMENT]),
        ("python", "x = (1‸\n", [FIX]),
        ("python", "def f(x):\n    return x‸\n\n\nx = (1\n", [REPAIR, TESTS, DOCUMENT]),
        ("python", "x = 1‸\n", []),
        ("javascript", "function f(x) {\n  ‸\n}\n", [COMPLETE]),
        ("javascript", "function f(x) {\n  return x‸;\n}\n", [REPAIR, TESTS, DOCUMENT]),
        ("typescript", "const f = (x: number) => {‸};\n", [COMPLETE]),
        ("go", "package p\n\nfunc F() int {\n\treturn 1‸\n}\n", [REPAIR, DOCUMENT]),
        ("rust", "fn f() -> i32 {\n    1‸\n}\n", []),
        ("rust", "fn f() -> i32 {\n    (1‸\n}\n", [FIX]),
        ("plaintext", "Some text (and‸ more", []),
        ("unknown", "‸", []),
    ],
)
def test_where_actions_are_offered(language: str, code: str, expected: list[str]) -> None:
    found = hole(language, code)
    row = found.prefix.count("\n")
    context = CursorContext(language, found.prefix + found.suffix, len(found.prefix), row, row)
    assert sorted(a.name for a in offered(context, [], may_run=True)) == sorted(expected)
    runnable = {REPAIR, TESTS}
    kept = sorted(a.name for a in offered(context, [], may_run=False))
    assert kept == sorted(set(expected) - runnable)


def kept_apart(path: Path) -> str | None:
    """Return a file's text if only this user may see it and nobody write it; None without one."""
    if not path.exists():
        return None
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parents[1].stat().st_mode & 0o777 == 0o700
    return path.read_text()


STUB = (
    'def double(x):\n    """Return twice as much.\n\n    >>> double(2)\n    4\n    """\n    pass\n'
)


@pytest.mark.parametrize(
    ("options", "workspace", "said"),
    [
        pytest.param({}, None, "verified: 1 of 1 tests pass", marks=pytest.mark.needs("sandbox")),
        ({"tests": {"run": False}}, None, "unverified: no tests were run; 100% of the votes"),
        ({}, {"tests": {"run": False}}, "unverified: no tests were run; 100% of the votes"),
    ],
    ids=["as it comes", "switched off by the user", "switched off by the workspace"],
)
async def test_whether_tests_are_run(
    start: Start, module: str, options: Message, workspace: Message | None, said: str
) -> None:
    folder = module.rpartition("/")[0]
    capabilities = {**PREVIEWS, "workspace": {**PREVIEWS["workspace"], "configuration": True}}
    client = await start(
        {"small": {"otherwise": ["    return 2 * x"]}},
        options=options, folders=[folder], configuration={folder: workspace}, **capabilities,
    )  # fmt: skip
    client.open(module, STUB, "python")
    resolved = await resolve(client, await offer(client, module, COMPLETE, 6, 4))
    (annotation,) = resolved["edit"]["changeAnnotations"].values()
    assert annotation["description"] == said
    client.change(module, {"text": STUB.replace("pass", "return 1")})
    names = [action_data(action).get("action") for action in await offers(client, module, 6, 4)]
    assert (REPAIR in names and TESTS in names) == said.startswith("verified")


@pytest.mark.needs("sandbox")
async def test_new_tests_go_into_a_file_of_their_own(start: Start, module: str) -> None:
    client = await start(
        {"small": {"otherwise": ["1) == 2\n    assert double(0) == 0"]}}, **PREVIEWS
    )
    client.open(module, "def double(x):\n    return 2 * x\n", "python")
    edit = (await resolve(client, await offer(client, module, TESTS, 1, 4)))["edit"]
    created, changed = edit["documentChanges"]
    target = module.replace("shop.py", "tests/test_shop.py")
    assert (created["kind"], created["uri"]) == ("create", target)
    assert changed["textDocument"]["uri"] == target
    assert "assert double(1) == 2" in changed["edits"][0]["newText"]
    (annotation,) = edit["changeAnnotations"].values()
    assert annotation["needsConfirmation"] and "2 tests" in annotation["description"]


async def test_why_is_a_document_that_nobody_can_write(start: Start, module: str) -> None:
    client = await start({"small": {"otherwise": [" = 1"]}}, **PREVIEWS)
    client.replies = {"window/showDocument": {"success": True}}
    client.open(module, "hello", "python")
    assert await offers(client, module, 0) == [], "there is nothing to explain yet"
    assert await client.texts(module, 0, 5) == [" = 1"]
    (action,) = await offers(client, module, 0, only=["source"])
    assert action["kind"] == "source" and action_data(action) == {}
    command = action["command"]
    text = await client.command(command["command"], *command["arguments"])
    assert "small wrote 3 of 3 candidates" in text
    shown = [m["params"] for m in client.received if m.get("method") == "window/showDocument"]
    path = Path(unquote(urlparse(shown[0]["uri"]).path))
    assert kept_apart(path) == text
    assert await client.goodbye() == 0
    assert kept_apart(path) is None, "what was written goes with the server"


async def test_why_for_a_client_that_shows_no_documents(start: Start, module: str) -> None:
    client = await start({"small": {"otherwise": [" = 1"]}}, **COMMANDS)
    client.open(module, "hello", "python")
    assert "no suggestion" in await client.command("coterie.why", module)
    assert len(messages(client)) == 1
    assert await client.texts(module, 0, 5) == [" = 1"]
    assert "decided" in await client.command("coterie.why", module)
    assert not [m for m in client.received if m.get("method") == "window/showDocument"]
