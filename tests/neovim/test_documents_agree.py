"""After hundreds of fast edits the server's document is the editor's, character for character."""

from __future__ import annotations

import hashlib
import random

import pytest

from tests.neovim.conftest import PATIENT, StartEditor
from tests.neovim.editor import Editor
from tests.neovim.scripted_server import command

SOURCE = 'def größe(liste):\n    """Zählt 😀."""\n    return len(liste)\n\n\nprint(größe([1, 2]))\n'

TEXTS = (
    "x", "value = 1", "😀", "é", "e\u0301", "\u2028", "\x0c", "\t", "日本語", '"""', "((", "# end",
    "a\nb\n\nc", "\n", "👩‍👩‍👧\n  x", "\x85", "\x1c",
)  # fmt: skip
"""What is inserted: with every character that some library takes for the end of a line."""

CHANGES = (
    "x", "X", "dd", "dw", "D", "J", "yyp", "yyP", "p", ">>", "<lt><lt>", "~", "u", "u", "<C-r>",
    "dG", "ggyGP", "vjd", "Vkd", "cwnew<Esc>", "onext line<Esc>", "Oline before<Esc>", "rß", "g~~",
    ":%s/e/€/e<CR>", ":silent! 2,3move 0<CR>", "<C-v>jjIq<Esc>", "S<Esc>", "guu", "gUU",
)  # fmt: skip
MOVES = ("gg", "G", "0", "$", "w", "b", "j", "k", "5l", "3h", "{", "}")


def change_something(editor: Editor, chance: random.Random) -> None:
    """Move somewhere and change something, by keys or by a whole inserted text."""
    editor.keys(chance.choice(MOVES))
    if chance.random() < 0.5:
        editor.keys(chance.choice(CHANGES))
    else:
        editor.lua("vim.api.nvim_put(vim.split(..., '\\n'), 'c', false, true)",
                   chance.choice(TEXTS))  # fmt: skip


def ask(editor: Editor) -> None:
    """Ask for a completion at the cursor and don't wait for it."""
    editor.lua(
        "local client = vim.lsp.get_clients({ bufnr = 0 })[1]\n"
        "local params = vim.lsp.util.make_position_params(0, client.offset_encoding)\n"
        "params.context = { triggerKind = 2 }\n"
        "client:request('textDocument/inlineCompletion', params, function() end,\n"
        "  vim.api.nvim_get_current_buf())"
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("fileformat", "seed"), [("unix", 1), ("unix", 2), ("dos", 3), ("mac", 4)])
def test_two_hundred_edits(start_editor: StartEditor, fileformat: str, seed: int) -> None:
    chance = random.Random(seed)
    end = {"unix": "\n", "dos": "\r\n", "mac": "\r"}[fileformat]
    editor = start_editor(PATIENT, command(delay_s=0.02))
    editor.command("set fileformats=unix,dos,mac")
    editor.open("size.py", SOURCE.replace("\n", end))
    assert editor.lua("return vim.bo.fileformat") == fileformat

    for number in range(200):
        change_something(editor, chance)
        if number % 3 == 0:
            ask(editor)
        # Not only at the end: deleting everything would hide an earlier disagreement.
        if number % 10 == 9:
            answer = editor.server_answer("coterie.documentHash", editor.uri)
            assert editor.documents_agree(), f"after edit {number}"
            version = editor.lua("return vim.lsp.util.buf_versions[vim.fn.bufnr()]")
            assert answer["version"] == version


def test_the_comparison_can_fail(start_editor: StartEditor) -> None:
    """The server hashes what it was sent, and not, say, the file on disk."""
    editor = start_editor(PATIENT, command(delay_s=0.0))
    editor.open("size.py", SOURCE)
    first = editor.server_answer("coterie.documentHash", editor.uri)
    assert first["sha256"] == digest(SOURCE)
    editor.keys("ggx")
    second = editor.server_answer("coterie.documentHash", editor.uri)
    assert second["sha256"] == digest(SOURCE[1:])
