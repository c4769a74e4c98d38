"""Filters for white space at the two ends of a text."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.text.indentation import layout
from code_checks.text.pairs import CLOSING_BRACKET

_GOES_ON = re.compile(r"(?:[-+*/%=<>&|^~,.\\(\[{!?@:]|\b(?:and|or|not|in|is|return|await|new))$")


def remove_leading_blank_lines(hole: Hole, text: str) -> str:
    """Remove blank lines from the beginning where the cursor's line is blank, too.

    A line behind them that begins to the left of the cursor stays on a line of its own: on the
    cursor's it would be part of another block.
    """
    look = layout(hole)
    kept = re.sub(r"\A(?:[ \t]*\n)+", "", text) if look.is_whole_line else text
    if kept == text or not look.head or not kept.strip():
        return kept
    column, cursor = look.column(kept.split("\n")[0]), look.column(look.head + ".")
    if column >= cursor:
        return look.lead(column - cursor) + kept.lstrip(" \t")
    if look.pushes_tail_down:
        return ""
    gap = text[: len(text) - len(kept)].count("\n")
    return "\n" * (1 if column else gap) + kept


def remove_trailing_blank(hole: Hole, text: str) -> str:
    """Remove white space from the end, except where it parts the text from the line's tail."""
    if not text.strip():
        return ""
    look = layout(hole)
    kept = text.rstrip()
    blank = text[len(kept) :]
    tail = look.tail.strip()
    if look.pushes_tail_down:
        if "\n" in blank:
            return kept + "\n"
        return text if look.head else kept + blank
    if not tail:
        return kept
    return kept if "\n" in blank or tail[0] in ")]};,:" else text


def end_line_for_suffix(hole: Hole, text: str) -> str:
    """End the text with the line end, and the indentation, that the rest of its line needs."""
    look = layout(hole)
    if not text:
        return text
    if look.pushes_tail_down:
        return _end_whole_line(look.head, look.tail, text)
    tail = look.tail.strip()
    opening = look.head.rstrip()[-1:]
    is_opened = bool(tail) and tail[0] == CLOSING_BRACKET.get(opening)
    if is_opened and text.lstrip(" \t").startswith("\n"):
        return text.rstrip() + "\n" + look.lead(look.column(look.head))
    return text


def _end_whole_line(head: str, tail: str, text: str) -> str:
    """Part a whole line from the line that it pushes down.

    A text without a line end may instead be the beginning of the line below. It is a line of its
    own if the line below is indented and the cursor stands before the indentation, or if a
    statement could end where the text ends.
    """
    if text.endswith("\n"):
        return text + head
    if head:
        return text
    if tail[0] in " \t" or not (text[-1].isspace() or _GOES_ON.search(text)):
        return text.rstrip() + "\n"
    return text
