"""What was deleted, undone or dismissed does not come back by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp_server.feedback.editing import CURSOR, Editor

ASSIGNED = "a = 1\nx = ‸\nb = 2\n"
CALL = "a = 1\nsend(item.id‸)\nb = 2\n"
STATEMENT = "def f(x):\n    a(x)\n    send(x)\n‸    b(x)\n"
MAX = ("offer", "1", "max(1, 2)")
GONE = ((MAX, ("dismiss", "1")), (MAX, ("insert", "max(1, 2)"), ("undo",)))

# The document, what happens, a text that a model has for the cursor then, and whether it may come.
CASES: dict[str, tuple[str, tuple[tuple[Any, ...], ...], str, bool]] = {
    "dismissed": (ASSIGNED, GONE[0], "max(1, 2)", False),
    "dismissed, and its first letter typed": (
        ASSIGNED, (*GONE[0], ("type", "m")), "ax(1, 2)", False,
    ),
    "dismissed, and something else comes": (ASSIGNED, (*GONE[0], ("type", "m")), "in(1, 2)", True),
    "dismissed, and it goes on": (ASSIGNED, (*GONE[0], ("type", "m")), "ax(1, 2) + 3", False),
    "dismissed, and a line above is changed": (
        ASSIGNED, (*GONE[0], ("prepend", "import os\n")), "max(1, 2)", False,
    ),
    "dismissed, and typed by hand": (
        ASSIGNED, (*GONE[0], ("type", "max(1, 2)")), " + 3", True,
    ),
    "dismissed a while ago": (ASSIGNED, (*GONE[0], ("wait", 31)), "max(1, 2)", True),
    "undone, and its first letter typed": (
        ASSIGNED, (*GONE[1], ("type", "m")), "ax(1, 2)", False,
    ),
    "a part of a line": (CALL, (("cut", 3),), ".id", False),
    "a part of a line, letter by letter": (CALL, (("delete", 3),), ".id", False),
    "a part of a line, and more": (CALL, (("delete", 3),), ".identifier", False),
    "a part of a line, and something else": (CALL, (("delete", 3),), ".name", True),
    "a part of a line, and typed again": (CALL, (("delete", 3), ("type", ".id")), ", 1", True),
    "a whole line, and one opened there": (
        STATEMENT, (("cut", 12), ("insert", "    \n", 1)), "send(x)", False,
    ),
    "a whole line, with other indentation": (
        STATEMENT, (("cut", 12), ("insert", "  \n", 1)), "send(x)", False,
    ),
    "two lines, and the first of them comes": (
        STATEMENT, (("cut", 21), ("insert", "    \n", 1)), "a(x)", False,
    ),
    "another line than the deleted one": (
        STATEMENT, (("cut", 12), ("insert", "    \n", 1)), "post(x)", True,
    ),
    "an insertion is no deletion": (CALL, (("type", ")"),), ".id", True),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_may_come_back(case: tuple[str, tuple[tuple[Any, ...], ...], str, bool]) -> None:
    marked, steps, text, may_come = case
    editor = Editor(marked).play(*steps)
    assert editor.welcome(text) == [text] * may_come
    assert editor.welcome(text, invoked=True) == [text], "whoever asks is answered"
    assert editor.welcome(text) == [text], "who has asked may go on typing"


def test_the_same_text_elsewhere_is_another() -> None:
    editor = Editor(ASSIGNED).play(MAX, ("dismiss", "1"))
    elsewhere = "import os\n\n\ndef g():\n    return 3\n\n\nx = ‸\n\n\ndef h(): ...\n"
    editor.text, editor.cursor = elsewhere.replace(CURSOR, ""), elsewhere.index(CURSOR)
    assert editor.welcome("max(1, 2)") == ["max(1, 2)"]


def test_what_is_left_is_offered() -> None:
    editor = Editor(ASSIGNED).play(MAX, ("dismiss", "1"))
    assert editor.welcome("max(1, 2)", "min(1, 2)") == ["min(1, 2)"]
