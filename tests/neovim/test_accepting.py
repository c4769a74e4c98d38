"""Accepting a suggestion, whole and in parts, with the plugin's keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.neovim.cast import server_with, unanimous
from tests.neovim.conftest import PATIENT, StartEditor, editors_in
from tests.neovim.editor import Editor

ALL, WORD, LINE = "<Tab>", "<M-Right>", "<M-Down>"

SAID = {
    "first = ": "sum([1]) + 2",
    "words = ": "max, min",
    "    ": "both = a + b\n    print(both)\n    return both",
    "total = ": "max(1, 2)",
    'x = "😀😀" + ': '"é" * 3',
    "pair = zip(": "[1], {2})",
}


@dataclass(frozen=True)
class Case:
    """What is typed, and what is in the buffer and on the screen after each further key.

    `|` is the cursor; the text that is shown stands between ‹ and ›.
    """

    name: str
    file: str
    text: str
    typed: str
    steps: tuple[tuple[str, str], ...]


CASES = [
    Case("all", "a.py", "", "first = ", (
        ("", "first = |‹sum([1]) + 2›"),
        (ALL, "first = sum([1]) + 2|"),
    )),
    Case("word by word", "a.py", "", "words = ", (
        ("", "words = |‹max, min›"),
        (WORD, "words = max|‹, min›"),
        (WORD, "words = max,|‹ min›"),
        (WORD, "words = max, min|"),
    )),
    Case("a word, then all", "a.py", "a = 1\n\nb = 2", "<Down>first = ", (
        (WORD, "a = 1\nfirst = sum|‹([1]) + 2›\nb = 2"),
        (ALL, "a = 1\nfirst = sum([1]) + 2|\nb = 2"),
    )),
    Case("line by line", "a.py", "def add(a, b):", "<End><CR>", (
        ("", "def add(a, b):\n    |‹both = a + b\n    print(both)\n    return both›"),
        (LINE, "def add(a, b):\n    both = a + b|‹\n    print(both)\n    return both›"),
        (LINE, "def add(a, b):\n    both = a + b\n    print(both)|‹\n    return both›"),
        (LINE, "def add(a, b):\n    both = a + b\n    print(both)\n    return both|"),
    )),
    Case("a word over the end of a line", "a.py", "def add(a, b):", "<End><CR>", (
        (LINE, "def add(a, b):\n    both = a + b|‹\n    print(both)\n    return both›"),
        (WORD, "def add(a, b):\n    both = a + b\n    print|‹(both)\n    return both›"),
    )),
    Case("typed along", "a.py", "", "words = ", (
        ("", "words = |‹max, min›"),
        ("m", "words = m|‹ax, min›"),
        (WORD, "words = max|‹, min›"),
    )),
    Case("emoji before the cursor", "a.py", "", 'x = "😀😀" + ', (
        ("", 'x = "😀😀" + |‹"é" * 3›'),
        (WORD, 'x = "😀😀" + "|‹é" * 3›'),
        (WORD, 'x = "😀😀" + "é|‹" * 3›'),
        (ALL, 'x = "😀😀" + "é" * 3|'),
    )),
    Case("an auto-closed bracket", "a.py", "", "total = ", (
        ("", "total = |‹max(1, 2)›"),
        ("max()<Left>", "total = max(|‹1, 2)›)"),
        (ALL, "total = max(1, 2)|"),
    )),
    Case("words before an auto-closed bracket", "a.py", "", "total = ", (
        ("", "total = |‹max(1, 2)›"),
        ("max()<Left>", "total = max(|‹1, 2)›)"),
        (WORD, "total = max(1|‹, 2)›)"),
        (LINE, "total = max(1, 2)|"),
    )),
    Case("several auto-closed brackets", "a.py", "", "pair = zip(", (
        ("", "pair = zip(|‹[1], {2})›"),
        ("[])<Left><Left>", "pair = zip([|‹1], {2})›])"),
        (WORD, "pair = zip([1|]‹, {2})›)"),
        (WORD, "pair = zip([1],|‹ {2})›)"),
        (ALL, "pair = zip([1], {2})|"),
    )),
]  # fmt: skip


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    directory = tmp_path_factory.mktemp("accepting")
    with editors_in(directory) as start:
        yield start(PATIENT, server_with(directory, unanimous(SAID)), plugin=True)


def seen(editor: Editor) -> str:
    """The buffer with the cursor and what is shown, in the notation of the cases."""
    row, column = editor.lua("return vim.api.nvim_win_get_cursor(0)")
    lines = [line.encode() for line in editor.text.split("\n")]
    ghost, line = editor.ghost(), lines[row - 1]
    shown = f"‹{ghost}›".encode() if ghost else b""
    # What stands there already is not drawn once more: the text is shown behind it.
    place = max(column, editor.ghost_column()) if ghost else column
    lines[row - 1] = line[:column] + b"|" + line[column:place] + shown + line[place:]
    return b"\n".join(lines).decode()


def open_anew(editor: Editor, file: str, text: str) -> None:
    """Open a file that the server has not seen yet, with the cursor at its beginning."""
    number = editor.lua("_G.files = (_G.files or 0) + 1; return _G.files")
    editor.keys("<Esc>")
    editor.open(f"{number}{file}", text)
    editor.command("setlocal noexpandtab< shiftwidth=4 expandtab")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_step_by_step(editor: Editor, case: Case) -> None:
    open_anew(editor, case.file, case.text)
    editor.keys("i" + case.typed)
    for keys, expected in case.steps:
        if keys in (ALL, WORD, LINE):
            editor.wait_for(editor.ghost)
        editor.keys(keys)
        editor.wait_to_see(expected, lambda: seen(editor))
    assert editor.documents_agree()
    assert "rror" not in editor.messages


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("m<Tab>", "words = max, min|"),
        ("ma<M-Right>", "words = max|‹, min›"),
        ("x<Tab>", "words = x|"),
        ("<BS><Tab>", "words =|"),
        ("<Left><Tab>", "words =| "),
    ],
)
def test_faster_than_the_answer(editor: Editor, keys: str, expected: str) -> None:
    """What is accepted is what is on the screen, even if it was asked for before the last keys."""
    open_anew(editor, "a.py", "")
    editor.keys("iwords = ")
    editor.wait_to_see("words = |‹max, min›", lambda: seen(editor))
    editor.keys(keys)
    editor.wait_to_see(expected, lambda: seen(editor))


def test_an_undo_takes_back_what_was_accepted_and_nothing_else(editor: Editor) -> None:
    open_anew(editor, "a.py", "a = 1\n")
    editor.keys("ofirst = ")
    editor.wait_for(editor.ghost)
    editor.keys(WORD)
    editor.wait_to_see("a = 1\nfirst = sum|‹([1]) + 2›", lambda: seen(editor))
    editor.keys(ALL)
    for text in ["a = 1\nfirst = sum([1]) + 2", "a = 1\nfirst = sum", "a = 1\nfirst = ", "a = 1"]:
        editor.wait_to_see(text, lambda: editor.text)
        editor.keys("<Esc>u")
    assert editor.documents_agree()


def test_nothing_is_suggested_right_after_an_undo(editor: Editor) -> None:
    open_anew(editor, "a.py", "first = ")
    editor.keys("Ax<Esc>u")
    asked = editor.requests_sent()
    editor.keys("A")
    editor.wait_for(lambda: editor.has_been_answered_since(asked))
    assert editor.ghost() == ""
    editor.keys("<BS> ")
    editor.wait_for(editor.ghost)


def test_what_was_dismissed_does_not_come_back_by_itself(editor: Editor) -> None:
    open_anew(editor, "a.py", "")
    editor.keys("ifirst = ")
    editor.wait_for(editor.ghost)
    sent = editor.requests_sent()
    editor.keys("<C-]>")
    editor.wait_to_see("", editor.ghost)
    editor.server_answer("coterie.documentHash", editor.uri)
    assert (editor.ghost(), editor.requests_sent()) == ("", sent)
    editor.keys("<M-Bslash>")
    editor.wait_for(editor.ghost)
    assert editor.requests_sent() == sent + 1, "it was asked for expressly"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("<Tab>", "    "), ("<M-Right>", ""), ("<C-]>", "")],
)
def test_a_key_without_a_suggestion_does_what_it_did_before(
    editor: Editor, key: str, expected: str
) -> None:
    open_anew(editor, "a.py", "")
    editor.keys(f"i{key}<Esc>")
    assert editor.text == expected


def test_an_accepted_text_can_be_undone_without_the_plugin(
    start_editor: StartEditor, tmp_path: Path
) -> None:
    editor = start_editor(PATIENT, server_with(tmp_path, unanimous(SAID)))
    editor.open("a.py", "a = 1\n")
    editor.keys("ofirst = ")
    editor.wait_for(editor.ghost)
    editor.keys("<Tab>")
    editor.wait_to_see("a = 1\nfirst = sum([1]) + 2", lambda: editor.text)
    editor.keys("<Esc>u")
    assert editor.text == "a = 1"
    assert editor.documents_agree()


def test_the_server_is_told_of_parts_and_of_dismissals(editor: Editor) -> None:
    open_anew(editor, "a.py", "")
    editor.lua(
        "_G.told = {}\n"
        "local client = vim.lsp.get_clients({ bufnr = 0 })[1]\n"
        "for _, send in ipairs({ 'notify', 'request' }) do\n"
        "  local original = client[send]\n"
        "  client[send] = function(self, method, params, ...)\n"
        "    local about = params.acceptedLength or params.command\n"
        "    if about then table.insert(_G.told, about) end\n"
        "    return original(self, method, params, ...)\n"
        "  end\n"
        "end"
    )
    editor.keys('ix = "😀😀" + ')
    editor.wait_for(editor.ghost)
    for keys, ghost in [(WORD, 'é" * 3'), ("é", '" * 3'), (WORD, " * 3"), ("<C-]>", "")]:
        editor.keys(keys)
        editor.wait_to_see(ghost, editor.ghost)
    assert editor.lua("return _G.told") == [1, 3, "coterie.dismissed"]
