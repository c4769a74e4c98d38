"""While a slow model thinks and somebody types on, no text for an older state is ever shown.

Neovim sends a request 200 ms after the last key and cancels none; it shows whichever answer comes
last, except RequestCancelled. So all of this is the server's business.
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.neovim.conftest import PATIENT, StartEditor
from tests.neovim.editor import Editor
from tests.neovim.scripted_server import command, suggestion_for


def type_on(editor: Editor, words: list[str]) -> None:
    """Type the words, each as soon as the request for the one before has been sent."""
    for word in words:
        before = editor.requests_sent()
        editor.press(word)
        editor.wait_for(partial(editor.has_asked_since, before))


def test_only_the_newest_state_is_answered(start_editor: StartEditor) -> None:
    editor = start_editor(PATIENT, command(delay_s=1.5))
    editor.open("notes.txt", "")
    editor.keys("i")
    type_on(editor, ["one ", "two ", "three ", "four"])
    assert editor.ghost() == "", "something was shown before any model had answered"

    ghost = editor.wait_for(editor.ghost)
    assert editor.line_head == "one two three four"
    assert ghost == suggestion_for("one two three four")
    assert [answer["number"] for answer in editor.answers()] == [editor.requests_sent()]
    # Late answers, if there were any, would come now: the server has nothing else to say.
    editor.server_answer("coterie.documentHash", editor.uri)
    assert editor.ghost() == ghost


def test_an_empty_answer_clears_what_was_shown(start_editor: StartEditor) -> None:
    editor = start_editor(PATIENT, command(delay_s=0.0))
    editor.open("notes.txt", "")
    editor.keys("i")
    editor.press("something")
    editor.wait_for(editor.ghost)
    editor.press("<CR>silent")
    editor.wait_for(lambda: editor.answers()[-1]["asked_at"] == "silent")
    answer = editor.answers()[-1]
    assert (answer["error"], answer["is_list"], answer["count"]) == ("", True, 0)
    assert editor.ghost() == ""


@pytest.mark.parametrize("keys", ["<BS>", "x", "<CR>", "<Left>", "<C-w>"])
def test_what_is_shown_fits_after_any_key(start_editor: StartEditor, keys: str) -> None:
    """Answers are never mixed up with the state that the key has changed."""
    editor = start_editor(PATIENT, command(delay_s=0.3))
    editor.open("notes.txt", "")
    editor.keys("i")
    type_on(editor, ["some words", keys])
    newest = editor.requests_sent()
    editor.wait_for(lambda: editor.answers() and editor.answers()[-1]["number"] == newest)
    # Nothing comes by itself while somebody deletes.
    is_deleting = keys in ("<BS>", "<C-w>")
    assert editor.ghost() == ("" if is_deleting else suggestion_for(editor.line_head))
