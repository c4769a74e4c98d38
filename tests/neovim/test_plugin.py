"""What the plugin adds while one types: cycling, reasons, a switch; and several documents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.neovim.cast import Cast, server_with
from tests.neovim.conftest import PATIENT, editors_in
from tests.neovim.editor import Editor

CAST: Cast = {
    "small": {
        "answers": {
            "choose = ": ["10", "10", "12"],
            "first = ": ["sum([1]) + 2"],
            "second = ": ["max(3, 4)"],
        },
        "otherwise": [""],
    },
    "large": {"answers": {"choose = ": ["10", "12"]}, "otherwise": [""]},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    directory = tmp_path_factory.mktemp("plugin")
    with editors_in(directory) as start:
        yield start(PATIENT, server_with(directory, CAST), plugin=True)


@pytest.fixture
def editor(shared: Editor, request: pytest.FixtureRequest) -> Editor:
    """The editor, with a document of its own for each test."""
    shared.keys("<Esc>")
    number = shared.lua("_G.files = (_G.files or 0) + 1; return _G.files")
    shared.open(f"{request.node.originalname}{number}.py", "")
    return shared


def test_cycling(editor: Editor) -> None:
    editor.keys("ichoose = ")
    editor.wait_to_see("10", editor.ghost)
    for key, expected in [("<M-]>", "12 (2/2)"), ("<M-]>", "10 (1/2)"), ("<M-[>", "12 (2/2)")]:
        editor.keys(key)
        editor.wait_to_see(expected, editor.ghost)
    sent = editor.requests_sent()
    editor.keys("1")
    editor.wait_for(lambda: editor.has_been_answered_since(sent))
    assert editor.ghost() == "2", "the one that is shown stays, though the other is the first"
    editor.keys("<Tab>")
    editor.wait_to_see("choose = 12", lambda: editor.text)


def test_the_reasons(editor: Editor) -> None:
    editor.keys("ifirst = ")
    editor.wait_for(editor.ghost)
    editor.keys("<Esc>")
    editor.command("Coterie why")
    editor.wait_for(lambda: editor.lua("return #vim.api.nvim_list_wins()") == 2)
    editor.command("Coterie why")
    editor.wait_for(lambda: "of the votes" in editor.text)
    assert editor.text.startswith("sum([1]) + 2\n")
    assert "decided" in editor.text
    editor.keys("q")
    assert editor.lua("return #vim.api.nvim_list_wins()") == 1
    assert editor.text == "first = "


def test_two_documents(editor: Editor) -> None:
    editor.keys("ifirst = ")
    editor.wait_to_see("sum([1]) + 2", editor.ghost)
    editor.keys("<Esc>:split<CR>")
    editor.open("b.py", "b = 1\n")
    editor.keys("osecond = ")
    editor.wait_to_see("max(3, 4)", editor.ghost)
    editor.keys("<Tab>")
    editor.wait_to_see("b = 1\nsecond = max(3, 4)", lambda: editor.text)
    assert editor.documents_agree()
    editor.keys("<Esc><C-w>jA")
    editor.wait_to_see("sum([1]) + 2", editor.ghost)
    editor.keys("<Tab>")
    editor.wait_to_see("first = sum([1]) + 2", lambda: editor.text)
    assert editor.documents_agree()


@pytest.mark.parametrize(
    "keys", ["o<Esc>u", "iif x:<CR><Esc>u", "oa<Esc>obc<Esc>ggdGu<C-r>", "ia<CR><C-u>"]
)
def test_a_document_that_becomes_empty(editor: Editor, keys: str) -> None:
    """There Neovim by itself tells the server something else."""
    editor.keys(keys)
    assert editor.documents_agree()
    editor.keys("<Esc>onew<Esc>")
    assert editor.documents_agree()


def test_suggestions_can_be_switched_off(editor: Editor) -> None:
    editor.keys("ifirst = ")
    editor.wait_for(editor.ghost)
    editor.keys("<Esc>")
    editor.command("Coterie toggle")
    sent = editor.requests_sent()
    editor.keys("S")
    editor.keys("first = ")
    editor.server_answer("coterie.documentHash", editor.uri)
    assert (editor.ghost(), editor.requests_sent()) == ("", sent)
    editor.keys("<Esc>")
    editor.command("Coterie toggle")
    editor.keys("S")
    editor.keys("second = ")
    editor.wait_for(editor.ghost)
