"""The server seen from the plugin: its status, its death and its restarts."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.neovim.cast import Cast, server_with, unanimous
from tests.neovim.conftest import PATIENT, StartEditor
from tests.neovim.editor import Editor
from tests.processes import descendants

FIRST = unanimous(
    {"first = ": "sum([1]) + 2", "first = sum": "([1]) + 2", "second = ": "max(3, 4)"}
)
RECORD = """
_G.notices, _G.texts, _G.attached = {}, {}, 0
vim.api.nvim_create_autocmd('LspAttach', { callback = function()
  _G.attached = _G.attached + 1
end })
vim.notify = function(text) table.insert(_G.notices, text) end
vim.api.nvim_create_autocmd('User', { pattern = 'CoterieStatus', callback = function()
  table.insert(_G.texts, require('coterie').status())
end })
"""


@pytest.fixture
def start(start_editor: StartEditor, tmp_path: Path) -> Any:
    """A function that starts Neovim with the plugin and a cast of models, and opens a file."""

    def started(cast: Cast, settings: Mapping[str, object] = PATIENT) -> Editor:
        editor = start_editor(settings, server_with(tmp_path, cast), plugin=True, before=RECORD)
        editor.open("a.py", "")
        return editor

    return started


def servers(editor: Editor) -> list[int]:
    """Return the processes of the server."""
    found = descendants(editor.pid).items()
    return [pid for pid, command in found if "tests.lsp_server.scripted" in command]


def test_a_server_that_was_killed_is_started_again(start: Any) -> None:
    editor = start(FIRST)
    editor.keys("ifirst = ")
    editor.wait_for(editor.ghost)
    (server,) = servers(editor)
    os.kill(server, signal.SIGKILL)
    editor.wait_for(lambda: editor.lua("return #vim.lsp.get_clients()") == 0)
    # Typed while no server is there, which makes Neovim stop listening.
    editor.press("sum")
    editor.wait_to_see("first = sum", lambda: editor.text)
    editor.wait_for(lambda: editor.lua("return _G.attached") == 2)
    assert servers(editor) not in ([], [server])
    # Neovim asks the new one without another key.
    editor.wait_to_see("([1]) + 2", editor.ghost)
    editor.keys("<CR>second = ")
    editor.wait_to_see("max(3, 4)", editor.ghost)
    editor.keys("<Tab>")
    editor.wait_to_see("first = sum\nsecond = max(3, 4)", lambda: editor.text)
    assert editor.documents_agree()
    (notice,) = editor.lua("return _G.notices")
    assert "quit with exit code" in notice, "only what Neovim itself says"


def test_a_server_that_was_stopped_stays_stopped(start: Any) -> None:
    editor = start(FIRST)
    editor.lua("vim.lsp.enable('coterie', false)")
    editor.wait_for(lambda: not servers(editor))
    editor.wait_for(lambda: editor.lua("return #vim.lsp.get_clients()") == 0)
    assert editor.lua("return require('coterie').status()") == ""
    assert editor.lua("return _G.notices") == []


def test_a_server_that_dies_again_and_again_is_left_alone(start_editor: StartEditor) -> None:
    # The pauses between the restarts are for people; here they would only take time.
    hurry = (
        "local defer = vim.defer_fn\n"
        "vim.defer_fn = function(call, pause) return defer(call, pause / 1000) end"
    )
    command = [sys.executable, "-m", "tests.neovim.dying_server"]
    editor = start_editor(PATIENT, command, plugin=True, before=RECORD + hurry)
    editor.command(f"edit {editor.directory}/a.py")

    def is_enough() -> bool:
        return any("again and again" in notice for notice in editor.lua("return _G.notices"))

    editor.wait_for(is_enough)
    deaths = [text for text in editor.lua("return _G.notices") if "quit with exit code" in text]
    assert len(deaths) in {5, 6}, "the first time and five restarts; Neovim tells the last one late"
    assert descendants(editor.pid) == {}


@pytest.mark.parametrize(
    ("manners", "settings", "expected"),
    [
        ({"loading": 0.5, "delay": 0.5}, {}, ["loading", "thinking", "ready"]),
        ({}, {"enabled": False}, ["off"]),
        ({"refusal": "broken file"}, {}, ["trouble"]),
    ],
    ids=["well", "off", "trouble"],
)
def test_the_status(
    start: Any, manners: Mapping[str, object], settings: Mapping[str, object], expected: list[str]
) -> None:
    editor = start(unanimous({"first = ": "sum([1]) + 2"}, **manners), {**PATIENT, **settings})

    def in_order() -> bool:
        seen = iter(editor.lua("return _G.texts"))
        return all(f"Coterie: {word}" in seen for word in expected)

    editor.keys("ifirst = ")
    editor.wait_for(in_order)
    editor.keys("<Esc>")
    editor.command("Coterie status")
    assert editor.lua("return require('coterie').status()") in editor.messages
    assert ("coterie doctor" in editor.messages) == (expected == ["trouble"]), "the remedy"


def test_the_status_without_a_server(start_editor: StartEditor) -> None:
    editor = start_editor(plugin=True)
    assert editor.lua("return require('coterie').status()") == ""
    editor.command("Coterie status")
    assert "not attached" in editor.messages
