"""What a user sees on the first day: Neovim, the README's lines, and the models in the wheel."""

from __future__ import annotations

from tests.neovim.conftest import StartEditor
from tests.neovim.editor import Editor
from tests.processes import alive, outliving

SOURCE = """\
class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
"""


def typed(start_editor: StartEditor) -> Editor:
    """An editor in which somebody is typing a line that any model can finish."""
    editor = start_editor()
    editor.open("point.py", SOURCE)
    # The editor indents the new line like the one above it.
    editor.keys("Goself.z =")
    return editor


def test_a_suggestion_is_shown_and_accepted(start_editor: StartEditor) -> None:
    editor = typed(start_editor)
    ghost = editor.wait_for(editor.ghost)
    before = editor.text
    editor.press("<Tab>")
    editor.wait_for(lambda: editor.text != before)
    assert editor.text == before + ghost
    compile(editor.text, "point.py", "exec")
    assert editor.ghost() == ""


def test_typing_along_keeps_the_rest_of_the_suggestion(start_editor: StartEditor) -> None:
    editor = typed(start_editor)
    ghost = editor.wait_for(editor.ghost)
    sent = editor.requests_sent()
    editor.press(ghost[0] if ghost[0] != "<" else "<lt>")
    editor.wait_for(lambda: any(answer["number"] > sent for answer in editor.answers()))
    assert editor.ghost() == ghost[1:]


def test_nothing_is_left_when_the_editor_is_killed(start_editor: StartEditor) -> None:
    editor = typed(start_editor)
    editor.wait_for(editor.ghost)
    mine = f"COTERIE_TEST_EDITOR={editor.lua('return vim.env.COTERIE_TEST_EDITOR')}"
    running = alive(mine)
    # Neovim, the server and the host of the models.
    assert len(running) >= 3, running
    editor.kill()
    assert outliving(mine) == []
