"""Code actions in Neovim, from the menu's entry to the buffer, with the real sandbox."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.neovim.conftest import PATIENT, StartEditor
from tests.neovim.editor import Editor
from tests.processes import descendants, running

TITLE = "Coterie: complete this function (verified)"
STUB = '''\
def total(prices):
    """Return the sum of the prices.

    >>> total([1, 2])
    3
    >>> total([])
    0
    """
    pass
'''
WRONG = "    return len(prices)"
RIGHT = "    return sum(prices)"
ENDLESS = "    while True:\n        pass"
SETTINGS = {**PATIENT, "deadline": {**PATIENT["deadline"], "function": "60 s"}}  # type: ignore[dict-item]


@pytest.fixture
def order(start_editor: StartEditor, tmp_path: Path) -> Any:
    """A function that opens the stub with a cast of models and orders its completion."""

    def ordered(cast: Mapping[str, Any]) -> Editor:
        file = tmp_path / "cast.json"
        file.write_text(json.dumps(cast))
        server = [sys.executable, "-m", "tests.lsp_server.scripted", str(file)]
        editor = start_editor(SETTINGS, server)
        editor.open("shop.py", STUB)
        editor.keys("9G")
        editor.lua(
            # Without a screen there is nobody who could press a key.
            "vim.fn.confirm = function(question)\n"
            "  _G.question = question\n"
            "  return vim.wait(30000, function() return _G.reply end) and _G.reply\n"
            "end\n"
            "vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)\n"
            "  local value = event.data.params.value\n"
            "  if value.title and value.title:find('Complete') then\n"
            "    _G.token = event.data.params.token\n"
            "  end\n"
            "end })\n"
            "local title = ...\n"
            "vim.lsp.buf.code_action({ apply = true, filter = function(action)\n"
            "  return action.title == title\n"
            "end })",
            TITLE,
        )
        return editor

    return ordered


def question(editor: Editor) -> str:
    """Wait until the editor asks whether to make the change; return what it shows for it."""
    return str(editor.wait_for(lambda: editor.lua("return _G.question")))


@pytest.mark.needs("sandbox")
def test_the_body_that_passes_is_applied(order: Any) -> None:
    editor = order({"small": {"otherwise": [WRONG]}, "large": {"otherwise": [RIGHT]}})
    assert "Complete total: verified: 2 of 2 tests pass" in question(editor)
    assert editor.text == STUB.rstrip("\n"), "nothing is changed before it is accepted"
    editor.lua("_G.reply = 1")
    expected = STUB.replace("    pass\n", RIGHT)
    editor.wait_for(lambda: editor.text == expected)
    trace = editor.server_answer("coterie.lastTrace", editor.uri)
    tested = [step["facts"] for step in trace["trace"] if step["event"] == "tested"]
    passed = {facts["text"].strip(): len(facts["passed"]) for facts in tested}
    assert passed == {WRONG.strip(): 1, RIGHT.strip(): 2}
    assert trace["trace"][-1]["event"] == "proposed"
    assert "2 of 2 tests pass" in trace["text"]


def test_a_body_that_is_refused_changes_nothing(order: Any) -> None:
    editor = order({"small": {"otherwise": [RIGHT]}})
    assert question(editor)
    editor.lua("_G.reply = 2")
    assert editor.server_answer("coterie.documentHash", editor.uri)["version"] == 0
    assert editor.text == STUB.rstrip("\n")


@pytest.mark.parametrize(
    ("cast", "sandboxed"),
    [
        ({"small": {"otherwise": [RIGHT], "delay": 60.0}}, False),
        pytest.param(
            {"small": {"otherwise": [ENDLESS]}, "large": {"otherwise": [ENDLESS]}}, True,
            marks=pytest.mark.needs("sandbox"),
        ),
    ],
    ids=["while a model thinks", "while a test runs"],
)  # fmt: skip
def test_cancelled_half_way(order: Any, cast: Mapping[str, Any], *, sandboxed: bool) -> None:
    editor = order(cast)
    token = editor.wait_for(lambda: editor.lua("return _G.token"))
    # What it starts has its name, too, for a moment.
    server = min(
        p for p, name in descendants(editor.pid).items() if "tests.lsp_server.scripted" in name
    )
    started: dict[int, str] = {}
    if sandboxed:
        editor.wait_for(lambda: started.update(descendants(server)) or started)
    editor.lua(
        "vim.lsp.get_clients({ bufnr = 0 })[1]:notify('window/workDoneProgress/cancel',\n"
        "  { token = ... })",
        token,
    )
    editor.wait_for(lambda: not editor.lua("return vim.lsp.status()"))
    editor.wait_for(lambda: not running(started) and not descendants(server))
    answer = editor.server_answer("coterie.documentHash", editor.uri)
    assert answer["version"] == 0, "the document is what it was"
    assert editor.text == STUB.rstrip("\n")
    assert not editor.lua("return _G.question"), "nothing is proposed"
