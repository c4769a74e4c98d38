"""Where the settings want nothing to be suggested."""

from __future__ import annotations

import pytest

from code_checks.hole import Hole
from lsp_server.settings.consent import refusal
from lsp_server.settings.layers import load_file, with_client_options

ALL_OFF = {"suggest": {"in_comments": False, "in_strings": False}}
COMMENT = "`suggest.in_comments` is false (client)"
STRING = "`suggest.in_strings` is false (client)"

PLACES = {
    "code": ("python", "x = |", ""),
    "a comment": ("python", "x = 1  # the |", COMMENT),
    "behind a comment": ("python", "# the\n|", ""),
    "a string": ("python", "x = 'the |'", STRING),
    "a hash in a string": ("python", "x = '# |'", STRING),
    "behind a string": ("python", "x = 'the' + |", ""),
    "a docstring": ("python", 'def f():\n    """Return |', STRING),
    "a block comment": ("javascript", "/* the\n * |", COMMENT),
    "a template string": ("typescript", "x = `the\n|`", STRING),
    "a line comment elsewhere": ("lua", "x = 1 -- |", COMMENT),
    "plain text": ("plaintext", "# the '|", ""),
}


@pytest.mark.parametrize(("language", "marked", "reason"), PLACES.values(), ids=PLACES)
def test_comments_and_strings_can_be_left_alone(language: str, marked: str, reason: str) -> None:
    hole = Hole(language, *marked.split("|"))
    assert refusal(with_client_options(load_file(), ALL_OFF), hole) == reason
    assert refusal(load_file(), hole) == ""


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"enabled": False}, "`enabled` is false (client)"),
        (
            {"languages.python.enabled": False},
            "`languages.python.enabled` is false (client)",
        ),
        ({"languages.lua.enabled": False}, ""),
        ({"suggest.in_strings": False}, ""),
        ({"suggest.in_comments": False}, COMMENT),
    ],
)
def test_the_reason_names_the_key(options: dict[str, object], reason: str) -> None:
    hole = Hole("python", "# ", "")
    assert refusal(with_client_options(load_file(), options), hole) == reason


CONFLICT = (
    "def a(w, h):\n1\n<<<<<<< HEAD\n    2\n||||||| base\n    3\n=======\n    4\n>>>>>>> theirs\n"
    "5\n\n\ndef b():\n    6\n"
)


@pytest.mark.parametrize("language", ["python", "javascript", "markdown", "plaintext"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("place", "is_between"),
    [("1", False), ("2", True), ("3", True), ("4", True), ("=======", True),
     (">>>>>>>", True), ("5", False), ("6", False)],
)  # fmt: skip
def test_nothing_comes_between_the_markers_of_a_conflict(
    language: str, line_end: str, place: str, is_between: bool
) -> None:
    before, _, after = CONFLICT.partition(place)
    hole = Hole(language, (before + place).replace("\n", line_end), after.replace("\n", line_end))
    assert ("conflict" in refusal(load_file(), hole)) is is_between


@pytest.mark.parametrize(
    "marked",
    ["<<<<<<< HEAD\n|\n", "x = '<<<<<<< '\n|\n'>>>>>>> '\n", "Title\n=======\n|\n=======\n"],
)
def test_what_is_no_conflict(marked: str) -> None:
    assert refusal(load_file(), Hole("python", *marked.split("|"))) == ""
