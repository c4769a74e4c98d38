"""What becomes of suggestions, told from edits and from what clients say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ensemble.learning.outcomes import SuggestionEnding
from tests.lsp_server.feedback.editing import Editor

HELLO = "say hello ‸\nprint()\n"
CALL = "print(‸)\n"
WINDOWS = "if ready:\r\n‸\r\nend\r\n"
UNDO, DISMISSED = "the last change was an undo", "a suggestion was dismissed here"
DELETED = "something is being deleted"
WORLD = ("offer", "1", "world again")


@dataclass(frozen=True, slots=True)
class Case:
    """`ended` are the endings, with the parts accepted and kept and whether it was undone;
    `refusal` is why nothing comes by itself in the end."""

    steps: tuple[tuple[Any, ...], ...]
    ended: tuple[tuple[SuggestionEnding, float, float | None, bool], ...] = ()
    refusal: str = ""
    marked: str = HELLO


CASES = {
    "inserted, said so, saved": Case(
        (WORLD, ("insert", "world again"), ("accept", "1"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "said so before it is inserted": Case(
        (WORLD, ("accept", "1"), ("insert", "world again"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "inserted, nothing is said": Case(
        (WORLD, ("insert", "world again"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "the editor changes what it inserts, but says that it was this": Case(
        (WORLD, ("insert", "world  again"), ("accept", "1"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "looked at after half a minute": Case(
        (WORLD, ("insert", "world again"), ("wait", 29), ("wait", 2)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "not looked at before": Case((WORLD, ("insert", "world again"), ("wait", 29))),
    "partly rewritten": Case(
        (WORLD, ("insert", "world again"), ("delete", 5), ("type", "tomorrow"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.545, False),),
    ),
    "something is inserted far above it": Case(
        (WORLD, ("insert", "world again"), ("prepend", "import os\n" * 50), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "undone": Case(
        (WORLD, ("insert", "world again"), ("undo",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, True),), UNDO,
    ),
    "undone, then something else is typed": Case(
        (WORLD, ("insert", "world again"), ("undo",), ("type", "x")),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, True),),
    ),
    "undone, and back there again": Case(
        (WORLD, ("insert", "world again"), ("undo",), ("type", "x"), ("delete",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, True),), DISMISSED,
    ),
    "undone, and back there after a while": Case(
        (WORLD, ("insert", "world again"), ("undo",), ("type", "x"), ("wait", 40), ("delete",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, True),),
        DELETED,
    ),
    "deleted again by hand, letter by letter": Case(
        (WORLD, ("insert", "world again"), ("delete", 11)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, True),),
        UNDO,
    ),
    "all is cut away and the beginning is typed once more": Case(
        (WORLD, ("insert", "world again"), ("cut", 21), ("type", "say hello "), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 0.0, False),),
    ),
    "typed through": Case(
        (WORLD, ("type", "world again")), ((SuggestionEnding.TYPED, 0.0, None, False),),
    ),
    "typed for a while, then taken": Case(
        (WORLD, ("type", "wor"), ("insert", "ld again"), ("accept", "1"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 0.727, 1.0, False),),
    ),
    "typed for a while, taken, undone: what was typed stays": Case(
        (WORLD, ("type", "wor"), ("insert", "ld again"), ("undo",), ("type", "x"), ("delete",)),
        ((SuggestionEnding.ACCEPTED, 0.727, 0.0, True),), DISMISSED,
    ),
    "the rest that is offered again is no other suggestion": Case(
        (WORLD, ("type", "wor"), ("offer", "2", "ld again"), ("insert", "ld again"),
         ("accept", "2"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 0.727, 1.0, False),),
    ),
    "the same is asked for twice": Case(
        (WORLD, ("offer", "2", "world again"), ("insert", "world again"), ("accept", "2"),
         ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "something else is typed": Case(
        (WORLD, ("type", "x"), ("wait", 2)), ((SuggestionEnding.PASSED, 0.0, None, False),),
    ),
    "something else is typed after a beginning": Case(
        (WORLD, ("type", "wox"), ("wait", 2)), ((SuggestionEnding.PASSED, 0.0, None, False),),
    ),
    "a letter is typed and deleted: it is still there": Case(
        (WORLD, ("type", "wo"), ("delete",), ("insert", "orld again"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 0.909, 1.0, False),),
    ),
    "words are taken, then something else is typed": Case(
        (WORLD, ("insert", "world"), ("type", "!"), ("save",), ("wait", 2), ("save",)),
        ((SuggestionEnding.PARTIAL, 0.455, 1.0, False),),
    ),
    "words are taken one after another": Case(
        (WORLD, ("insert", "world"), ("offer", "2", " again"), ("insert", " again"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "a client says which part was taken": Case(
        (WORLD, ("part", "1", 5), ("close",)), ((SuggestionEnding.PARTIAL, 0.455, 0.0, False),),
    ),
    "parts are counted in UTF-16 from the beginning of what was given": Case(
        (("offer", "1", "🙂 world"), ("part", "1", 3), ("close",)),
        ((SuggestionEnding.PARTIAL, 0.286, 0.0, False),),
    ),
    "what the suggest widget had selected counts as there": Case(
        (("type", "w"), ("offer", "1", "ld again"), ("close",)),
        ((SuggestionEnding.IGNORED, 0.0, None, False),),
    ),
    "a part that includes what was selected": Case(
        (("offer", "1", "ld again", 0, "wor"), ("part", "1", 5), ("close",)),
        ((SuggestionEnding.PARTIAL, 0.25, 0.0, False),),
    ),
    "sent away": Case(
        (WORLD, ("dismiss", "1")), ((SuggestionEnding.DISMISSED, 0.0, None, False),), DISMISSED,
    ),
    "sent away a while ago": Case(
        (WORLD, ("dismiss", "1"), ("wait", 31)), ((SuggestionEnding.DISMISSED, 0.0, None, False),),
    ),
    "sent away elsewhere": Case(
        (WORLD, ("dismiss", "1"), ("type", "x")), ((SuggestionEnding.DISMISSED, 0.0, None, False),),
    ),
    "sent away after a beginning was typed": Case(
        (WORLD, ("type", "wo"), ("dismiss", "1")),
        ((SuggestionEnding.DISMISSED, 0.0, None, False),),
        DISMISSED,
    ),
    "sent away after words were taken": Case(
        (WORLD, ("insert", "world"), ("dismiss", "1"), ("save",)),
        ((SuggestionEnding.PARTIAL, 0.455, 1.0, False),), DISMISSED,
    ),
    "turned elsewhere": Case(
        (WORLD, ("offer", "2", "entirely else")), ((SuggestionEnding.IGNORED, 0.0, None, False),),
    ),
    "turned elsewhere, where nothing is offered": Case(
        (WORLD, ("offer", "2")), ((SuggestionEnding.IGNORED, 0.0, None, False),),
    ),
    "closed": Case((WORLD, ("close",)), ((SuggestionEnding.IGNORED, 0.0, None, False),)),
    "the second of two": Case(
        (("offer", "1", "world", "planet"), ("insert", "planet"), ("accept", "1", 1), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "an upgrade": Case(
        (("offer", "1", "world"), ("upgrade", "2", "planet"), ("insert", "planet"),
         ("accept", "2"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),),
    ),
    "a bracket that closes itself": Case(
        (("offer", "1", "f(x)"), ("type", "f"), ("insert", "()", 1), ("type", "x")),
        ((SuggestionEnding.TYPED, 0.0, None, False),),
    ),
    "a bracket that closes itself is not taken by order": Case(
        (("offer", "1", "f(x) + 1"), ("type", "f"), ("insert", "()", 1), ("type", "x"),
         ("close",)),
        ((SuggestionEnding.IGNORED, 0.0, None, False),),
    ),
    "the closing bracket behind the cursor is replaced": Case(
        (("offer", "1", "x)", 1), ("insert", "x)", -1), ("accept", "1"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),), marked=CALL,
    ),
    "line ends of Windows": Case(
        (("offer", "1", "go()\nstop()"), ("insert", "go()\r\nstop()"), ("save",)),
        ((SuggestionEnding.ACCEPTED, 1.0, 1.0, False),), marked=WINDOWS,
    ),
    "an indented new line is typed, not taken": Case(
        (("offer", "1", "\n    x = 1"), ("insert", "\n    "), ("close",)),
        ((SuggestionEnding.IGNORED, 0.0, None, False),),
    ),
    "an undo of what was typed": Case(
        (("insert", "abc"), ("undo",)), refusal=UNDO,
    ),
    "an undo of a deletion": Case((("cut", 4), ("undo",)), refusal=UNDO),
    "a redo": Case(
        (("insert", "abc"), ("undo",), ("insert", "abc")), refusal=UNDO,
    ),
    "an undo, and on it goes": Case((("insert", "abc"), ("undo",), ("type", "d"))),
    "a typing error that is corrected is no undo": Case(
        (("type", "ab"), ("delete", 2)), refusal=DELETED
    ),
    "who types again has deleted": Case((("type", "ab"), ("delete", 2), ("type", "c"))),
    "nor is one where a client always sends everything": Case(
        (("send_all", "say hello"), ("send_all", "say hell"), ("send_all", "say hello")),
    ),
    "what a name says that nobody has given": Case(
        (("accept", "77"), ("part", "77", 3), ("show", "77"), ("dismiss", "77")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    editor = Editor(case.marked)
    for name, *arguments in case.steps:
        if name == "offer" and len(arguments) > 2 and isinstance(arguments[2], int):
            first, text, replaced, *head = arguments
            editor.now += 0.1
            editor.offer(first, text, replaced=replaced, head=head[0] if head else "")
        else:
            editor.play((name, *arguments))
    found = [
        (
            suggestion.ending,
            round(suggestion.accepted, 3),
            suggestion.kept and round(suggestion.kept, 3),
            suggestion.undone,
        )
        for suggestion in editor.ended
    ]
    assert found == list(case.ended)
    assert editor.refusal() == case.refusal
    assert editor.refusal(invoked=True) == ""


def test_what_the_client_shows_is_told() -> None:
    editor = Editor(HELLO).play(WORLD, ("show", "1"), ("close",))
    assert [suggestion.told for suggestion in editor.ended] == [True]


def test_which_text_was_taken() -> None:
    editor = Editor(HELLO).play(
        ("offer", "1", "world", "planet"), ("upgrade", "2", "moon"), ("accept", "2", 0), ("close",)
    )
    assert [suggestion.completion.model for suggestion in editor.ended] == ["large"]


def test_only_so_many_texts_are_watched() -> None:
    editor = Editor(HELLO)
    for number in range(40):
        word = f"word{number} "
        editor.play(("offer", str(number), word), ("insert", word))
    assert len(editor.ended) == 40 - 16
    editor.play(("close",))
    assert [suggestion.kept for suggestion in editor.ended] == [None] * 24 + [1.0] * 16
