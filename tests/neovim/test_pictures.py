"""What a user sees, as pictures that are kept in .tools/artifacts, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.neovim.cast import Cast, server_with
from tests.neovim.conftest import PATIENT, editors_in
from tests.neovim.editor import Editor
from tests.neovim.picture import take_picture

SHOP = '''\
"""What is in the basket, and what it costs."""


def total(prices):
    """Return the sum of the prices.

    >>> total([1, 2])
    3
    """
    pass
'''
AVERAGE = "\n\ndef average(prices):\n"
BODY = "count = len(prices)\n    if count == 0:\n        return 0\n    return total(prices) / count"
CAST: Cast = {
    "small": {
        "answers": {
            "    ": [BODY],
            "    pass": ["    return sum(prices)"],
            "mean = ": ["average([1, 2])", "average([1, 2])", "total([1, 2]) / 2"],
        },
        "otherwise": ["    return sum(prices)"],
    },
    "large": {"answers": {"mean = ": ["average([1, 2])"]}, "otherwise": ["    return sum(prices)"]},
}
SCREEN = """
vim.o.termguicolors = true
vim.o.lines, vim.o.columns = 28, 100
vim.o.laststatus = 2
vim.o.statusline = "%t%=%{v:lua.require'coterie'.status()}  %l,%c"
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    directory = tmp_path_factory.mktemp("pictures")
    with editors_in(directory) as start:
        yield start(PATIENT, server_with(directory, CAST), plugin=True, before=SCREEN)


def test_a_suggestion_of_several_lines_and_the_status(editor: Editor) -> None:
    editor.open("average.py", SHOP + AVERAGE)
    editor.keys("Go")
    editor.wait_for(editor.ghost)
    editor.wait_to_see("Coterie: ready", lambda: editor.lua("return require('coterie').status()"))
    seen = take_picture(editor, "ghost-text")
    assert "    count = len(prices)\n    if count == 0:\n        return 0\n" in seen
    assert "Coterie: ready" in seen


def test_one_of_several(editor: Editor) -> None:
    editor.keys("<Esc>")
    editor.open("mean.py", "from shop import average, total\n\n")
    editor.keys("Gomean = ")
    editor.wait_for(editor.ghost)
    editor.keys("<M-]>")
    editor.wait_to_see("total([1, 2]) / 2 (2/2)", editor.ghost)
    assert "mean = total([1, 2]) / 2 (2/2)" in take_picture(editor, "second-suggestion")


def test_the_reason(editor: Editor) -> None:
    editor.keys("<Esc>")
    editor.open("why.py", "from shop import average, total\n\n")
    editor.keys("Gomean = ")
    editor.wait_for(editor.ghost)
    editor.keys("<Esc>")
    editor.command("Coterie why")
    editor.wait_for(lambda: editor.lua("return #vim.api.nvim_list_wins()") == 2)
    seen = take_picture(editor, "reasons")
    assert "Why this suggestion?" in seen
    assert "of the votes" in seen
    editor.command("fclose!")


@pytest.mark.needs("sandbox")
def test_the_result_of_a_code_action(editor: Editor) -> None:
    editor.keys("<Esc>")
    editor.open("shop.py", SHOP)
    editor.keys("10G")
    editor.lua(
        "vim.fn.confirm = function(question) _G.question = question; return 1 end\n"
        "vim.lsp.buf.code_action({ apply = true, filter = function(action)\n"
        "  return action.title == 'Coterie: complete this function (verified)'\n"
        "end })"
    )
    editor.wait_for(lambda: "    return sum(prices)" in editor.text)
    question = editor.lua("return _G.question")
    assert "verified: 1 of 1 tests pass" in question
    editor.lua("vim.api.nvim_echo({ { ... } }, false, {})", question.splitlines()[-1])
    assert "    return sum(prices)" in take_picture(editor, "code-action-result")
